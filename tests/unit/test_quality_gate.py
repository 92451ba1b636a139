"""The gate, on a real DuckDB file through the real Great Expectations: each rule can fail."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent, indent

import duckdb
import pytest

from boomerang.errors import CheckFailedError, UsageError
from boomerang.quality import CheckResult, ChecksReport, MartState, ReleaseContext, read_report, run_checks

CONTEXT = ReleaseContext(
    release_id="20230423T020000Z-0a1b2c3d", profile="sample", built_at=datetime(2023, 4, 23, 2, tzinfo=UTC)
)

LOSSES = """
    create table marts.losses as
    select * from (values
        ('a', 'T-72B3', 10, date '2022-03-01', null),
        ('b', 'unmapped', 20, date '2022-04-01', null),
        ('c', 'T-90M', null, date '2022-05-01', null)
    ) as rows (loss_id, family, pieces, lost_on, note)
"""

ALWAYS_TRUE = """
    - name: some_losses
      severity: critical
      because: No loss at all is not possible.
      expect: expect_table_row_count_to_be_between
      with: {min_value: 1}
"""


@pytest.fixture
def check(tmp_path: Path) -> Callable[..., ChecksReport]:
    """Check a candidate whose marts are made by ``sql`` against suites given as the YAML of their entries."""

    def run(
        sql: str = LOSSES,
        suites: dict[str, str] | None = None,
        states: Sequence[MartState] = (MartState("losses", 3, True, True, False),),
        context: ReleaseContext = CONTEXT,
    ) -> ChecksReport:
        candidate = tmp_path / "candidate"
        candidate.mkdir(exist_ok=True)
        (candidate / "warehouse.duckdb").unlink(missing_ok=True)
        with duckdb.connect(str(candidate / "warehouse.duckdb")) as connection:
            connection.execute(f"create schema marts; {sql}")
        folder = tmp_path / "expectations"
        folder.mkdir(exist_ok=True)
        for mart, entries in (suites if suites is not None else {"losses": ALWAYS_TRUE}).items():
            head = f"mart: {mart}\nabout: A test.\nrows_named_by: [loss_id]\nexpectations:"
            (folder / f"{mart}.yml").write_text(
                f"{head}\n{indent(dedent(entries), '  ')}" if entries else f"{head} []\n"
            )
        return run_checks(candidate, marts=states, expectations=folder, context=context)

    return run


def result_of(report: ChecksReport, expectation: str) -> CheckResult:
    (found,) = [result for result in report.results if result.expectation == expectation]
    return found


def test_a_sound_mart_passes_and_may_be_published(check: Callable[..., ChecksReport]) -> None:
    report = check()
    assert [result.success for result in report.results] == [True] * 4
    assert not report.blocks
    assert report.describe() == "4 checks: 4 passed"


def test_failing_rows_are_named_with_actual_against_expected(check: Callable[..., ChecksReport]) -> None:
    report = check(
        suites={
            "losses": """
            - name: equipment_is_mapped
              severity: critical
              because: Add the line to the seed.
              expect: expect_column_values_to_not_be_in_set
              with: {column: family, value_set: [unmapped], mostly: 0.995}
            """
        }
    )
    result = result_of(report, "equipment_is_mapped")
    assert report.blocks
    assert result.success is False
    assert result.expected == "column values to not be in set: column family; value_set [unmapped]; mostly 0.995"
    assert result.observed == "1 of 3 against it (33.3 %)"
    assert [json.loads(row) for row in result.failing_rows] == [{"loss_id": "b", "family": "unmapped"}]
    text = str(report.render())
    assert '{"loss_id": "b", "family": "unmapped"}' in text
    assert "1 of 3 against it" in text
    assert max(len(line) for line in text.splitlines()) <= 100


def test_a_query_shows_its_rows_and_counts_them_all(check: Callable[..., ChecksReport]) -> None:
    report = check(
        sql="create table marts.losses as select i::varchar as loss_id, i as pieces from range(5000) as r (i)",
        states=[MartState("losses", 5000, True, True, False)],
        suites={
            "losses": """
            - name: even_pieces
              severity: critical
              because: A test.
              rows_query: |
                select loss_id, pieces, {'100 % :sure': pieces} as detail
                from marts.losses where pieces % 2 = 1 and loss_id not like '%:x' and pieces::int >= 0 order by pieces
              looked_at: select count(*) from marts.losses
              expected: an even number
            """
        },
    )
    result = result_of(report, "even_pieces")
    assert result.observed == "2,500 found among 5,000 looked at"
    assert len(result.failing_rows) == 5
    assert json.loads(result.failing_rows[0]) == {"loss_id": "1", "pieces": 1, "detail": {"100 % :sure": 1}}


def test_a_warning_is_shown_and_does_not_block(check: Callable[..., ChecksReport]) -> None:
    report = check(
        suites={
            "losses": """
            - name: equipment_is_mapped
              severity: warning
              because: Add the line to the seed.
              expect: ExpectColumnValuesToNotBeInSet
              with: {column: family, value_set: [unmapped]}
            """
        }
    )
    assert [result.expectation for result in report.of("warning")] == ["equipment_is_mapped"]
    assert not report.blocks
    assert "WARNING losses: equipment_is_mapped" in str(report.render())


def test_a_mart_without_a_suite_blocks(check: Callable[..., ChecksReport]) -> None:
    report = check(suites={})
    result = result_of(report, "mart_has_a_suite_that_asks_something")
    assert (result.success, result.observed) == (False, "there is no losses.yml among the suites")
    assert report.blocks


def test_an_empty_suite_blocks(check: Callable[..., ChecksReport]) -> None:
    report = check(suites={"losses": ""})
    assert result_of(report, "mart_has_a_suite_that_asks_something").observed == "0 expectations"
    assert report.blocks


def test_a_suite_without_a_mart_blocks(check: Callable[..., ChecksReport]) -> None:
    report = check(suites={"losses": ALWAYS_TRUE, "loses": ALWAYS_TRUE})
    assert result_of(report, "suite_has_a_mart").suite == "loses"
    assert report.blocks


VACUOUS = {
    "a column that is all null": """
        expect: expect_column_values_to_be_in_set
        with: {column: note, value_set: [x]}
    """,
    "a mean over nothing": """
        expect: expect_column_mean_to_be_between
        with: {column: note, min_value: 0, max_value: 1}
    """,
    "distinct values of nothing": """
        expect: expect_column_unique_value_count_to_be_between
        with: {column: note, max_value: 3}
    """,
    "a condition that no row meets": """
        expect: expect_column_values_to_not_be_null
        with: {column: lost_on, row_condition: 'col("family") == "T-34"', condition_parser: great_expectations}
    """,
    "a query that looks at no row": """
        rows_query: select * from marts.losses where family = 'T-34' and pieces < 0
        looked_at: select count(*) from marts.losses where family = 'T-34'
        expected: no negative number
    """,
}


@pytest.mark.parametrize("entry", VACUOUS.values(), ids=VACUOUS.keys())
def test_what_evaluates_nothing_blocks_even_as_a_warning(check: Callable[..., ChecksReport], entry: str) -> None:
    vacuous = f"- name: vacuous\n  severity: warning\n  because: A test.\n{indent(dedent(entry).strip(), '  ')}\n"
    report = check(sql=LOSSES.replace(", null)", ", null::integer)"), suites={"losses": vacuous})
    result = result_of(report, "vacuous")
    assert (result.success, result.severity) == (False, "critical")
    assert result.observed.startswith("evaluated nothing")
    assert report.blocks

    excused = check(
        sql=LOSSES.replace(", null)", ", null::integer)"),
        suites={"losses": f"{dedent(ALWAYS_TRUE)}{vacuous}  may_evaluate_nothing: no note yet\n"},
    )
    assert result_of(excused, "vacuous").success is None
    assert result_of(excused, "vacuous").observed == "not evaluated: no note yet"
    assert not excused.blocks


@pytest.mark.parametrize(
    "entry",
    [
        "expect: expect_column_values_to_not_be_null\nwith: {column: no_such_column}",
        "rows_query: select no_such_column from marts.losses\nlooked_at: select 1\nexpected: nothing",
        "rows_query: select * from marts.losses where pieces < 0\nlooked_at: selekt 1\nexpected: nothing",
    ],
)
def test_a_check_that_breaks_blocks_and_says_why(check: Callable[..., ChecksReport], entry: str) -> None:
    broken = f"- name: broken\n  severity: warning\n  because: A test.\n{indent(entry, '  ')}\n"
    report = check(suites={"losses": f"{dedent(ALWAYS_TRUE)}{broken}"})
    result = result_of(report, "broken")
    assert (result.success, result.severity) == (False, "critical")
    assert result.observed.startswith("the check itself broke: ")
    assert "no_such_column" in result.observed or "selekt" in result.observed
    assert result_of(report, "some_losses").success is True
    assert report.blocks


EMPTY = "create table marts.losses (loss_id varchar, family varchar)"


def test_an_empty_mart_blocks_where_its_sources_have_landed(check: Callable[..., ChecksReport]) -> None:
    report = check(sql=EMPTY, states=[MartState("losses", 0, True, True, False)])
    assert result_of(report, "mart_is_empty_only_if_unobserved").success is False
    assert result_of(report, "some_losses").observed == "not evaluated: the mart is empty"
    assert report.blocks


def test_a_derived_mart_may_be_empty_with_a_warning_but_its_own_doubts_are_asked(
    check: Callable[..., ChecksReport],
) -> None:
    doubt = """
    - name: rightly_empty
      severity: critical
      because: A test.
      rows_query: select * from marts.lines where procedure_code = '60'
      looked_at: select count(*) from marts.lines
      expected: no line of procedure 60
      also_when_empty: true
    """
    states = [MartState("losses", 0, True, True, True), MartState("lines", 1, True, True, False)]
    suites = {"losses": dedent(doubt) + dedent(ALWAYS_TRUE), "lines": ALWAYS_TRUE}
    lines = "create table marts.lines as select '1' as loss_id, '{}' as procedure_code"
    report = check(sql=f"{EMPTY}; {lines.format('40')}", states=states, suites=suites)
    assert [(result.expectation, result.observed) for result in report.of("warning")] == [
        ("mart_is_empty_only_if_unobserved", "no line qualifies")
    ]
    assert result_of(report, "rightly_empty").success is True
    assert not report.blocks
    assert check(sql=f"{EMPTY}; {lines.format('60')}", states=states, suites=suites).blocks


def test_a_mart_whose_sources_never_landed_passes_as_not_observed(check: Callable[..., ChecksReport]) -> None:
    report = check(sql=EMPTY, states=[MartState("losses", 0, False, True, False)])
    assert result_of(report, "mart_is_empty_only_if_unobserved").success is None
    assert result_of(report, "some_losses").success is None
    assert "not observed" in result_of(report, "some_losses").observed
    assert not report.blocks
    assert "none of its sources has ever landed" in str(report.render())


def test_rows_without_a_landed_source_block(check: Callable[..., ChecksReport]) -> None:
    assert check(states=[MartState("losses", 3, False, True, False)]).blocks


def test_a_mart_that_is_not_built_is_not_checked(check: Callable[..., ChecksReport]) -> None:
    report = check(states=[MartState("losses", 3, True, True, False), MartState("flows", 0, False, False, False)])
    assert {result.suite for result in report.results} == {"losses"}
    assert not report.blocks


@pytest.mark.parametrize("rows", [2, 4])
def test_a_row_count_that_differs_from_the_manifest_blocks(check: Callable[..., ChecksReport], rows: int) -> None:
    report = check(states=[MartState("losses", rows, True, True, False)])
    assert result_of(report, "mart_has_the_rows_it_is_said_to_have").observed == "3 rows"
    assert report.blocks


def test_a_missing_table_blocks(check: Callable[..., ChecksReport]) -> None:
    report = check(sql="create table marts.other as select 1 as one")
    assert result_of(report, "mart_has_the_rows_it_is_said_to_have").observed == "no such table"
    assert report.blocks


def test_no_marts_at_all_block(check: Callable[..., ChecksReport]) -> None:
    assert check(suites={}, states=[]).blocks


def test_what_needs_an_empty_mart_is_not_evaluated(check: Callable[..., ChecksReport]) -> None:
    needing = f"{ALWAYS_TRUE}      needs: [lines]\n"
    also = dedent(ALWAYS_TRUE).replace("some_losses", "any")
    report = check(
        sql=f"{LOSSES}; create table marts.lines (loss_id varchar)",
        states=[MartState("losses", 3, True, True, False), MartState("lines", 0, False, True, False)],
        suites={"losses": dedent(needing) + also, "lines": ALWAYS_TRUE.replace("some_losses", "lines")},
    )
    assert result_of(report, "some_losses").observed == "not evaluated: it needs lines, which is empty"
    assert not report.blocks


def test_a_suite_that_waits_as_a_whole_blocks(check: Callable[..., ChecksReport]) -> None:
    report = check(suites={"losses": f"{ALWAYS_TRUE}      only_in: live\n"})
    assert result_of(report, "some_losses").observed == "not evaluated: asked of the profile live only"
    assert result_of(report, "suite_evaluated_something").success is False
    assert report.blocks


def test_queries_know_the_profile_and_the_moment_of_the_build(check: Callable[..., ChecksReport]) -> None:
    report = check(
        suites={
            "losses": """
            - name: told
              severity: critical
              because: A test.
              rows_query: |
                select 1 where getvariable('profile') is distinct from 'sample'
                or getvariable('built_at') is distinct from timestamptz '2023-04-23 02:00:00+00'
              looked_at: select 1
              expected: the context
            """
        }
    )
    assert result_of(report, "told").success is True


def test_a_suite_can_read_nothing_but_the_candidate(check: Callable[..., ChecksReport], tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("a\n1\n")
    report = check(
        suites={
            "losses": f"""
            - name: nosy
              severity: critical
              because: A test.
              rows_query: select * from read_csv('{tmp_path}/secret.csv')
              looked_at: select 1
              expected: nothing
            """
        }
    )
    assert "disabled" in result_of(report, "nosy").observed


def test_the_report_is_stored_and_read_again(check: Callable[..., ChecksReport], tmp_path: Path) -> None:
    report = check()
    assert read_report(tmp_path / "candidate") == report
    assert report.release_id == CONTEXT.release_id


def test_pages_open_offline_and_run_nothing(check: Callable[..., ChecksReport], tmp_path: Path) -> None:
    check(
        sql=LOSSES.replace("'unmapped'", "'<script>alert(1)</script>'"),
        suites={
            "losses": """
            - name: equipment_is_known
              severity: warning
              because: A test of <b>.
              expect: expect_column_values_to_be_in_set
              with: {column: family, value_set: [T-72B3, T-90M]}
            - name: broken
              severity: warning
              because: A test.
              expect: expect_column_values_to_not_be_null
              with: {column: no_such_column}
            """
        },
    )
    folder = tmp_path / "candidate" / "checks"
    assert {path.name for path in folder.iterdir()} == {"index.html", "losses.html", "results.json"}
    for name in ("index.html", "losses.html"):
        page = (folder / name).read_text()
        assert "&lt;script&gt;alert(1)" in page
        assert not [tag for tag in ("<script", "<link", "<img", "src=", "Traceback", "../") if tag in page]
        assert "equipment_is_known" in page


def test_a_database_changed_after_the_checks_is_noticed(check: Callable[..., ChecksReport], tmp_path: Path) -> None:
    check()
    candidate = tmp_path / "candidate"
    with duckdb.connect(str(candidate / "warehouse.duckdb")) as connection:
        connection.execute("update marts.losses set family = 'T-80U' where loss_id = 'b'")
    with pytest.raises(CheckFailedError, match="changed after the checks"):
        read_report(candidate)


def test_a_candidate_that_was_not_checked_is_refused(check: Callable[..., ChecksReport], tmp_path: Path) -> None:
    check()
    candidate = tmp_path / "candidate"
    (candidate / "checks" / "results.json").unlink()
    with pytest.raises(UsageError, match="was not checked"):
        read_report(candidate)
    (candidate / "checks" / "results.json").write_text("{}")
    with pytest.raises(UsageError, match="can't be read"):
        read_report(candidate)


def test_checking_again_replaces_the_old_results(check: Callable[..., ChecksReport], tmp_path: Path) -> None:
    check(suites={})
    stale = tmp_path / "candidate" / "checks" / "stale.html"
    stale.write_text("old")
    assert not check().blocks
    assert not stale.exists()
    assert not read_report(tmp_path / "candidate").blocks


def test_checks_write_nothing_outside_the_candidate(
    check: Callable[..., ChecksReport], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    monkeypatch.setenv("HOME", str(elsewhere))
    check()
    assert not list(elsewhere.iterdir())
    assert {path.name for path in (tmp_path / "candidate").iterdir()} == {"warehouse.duckdb", "checks"}


def test_without_a_candidate_the_user_is_told_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="boomerang build"):
        run_checks(tmp_path, marts=[], context=CONTEXT)
