"""Suites in YAML: what they may say, and that what is wrong is named with file and line."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import great_expectations
import pytest

from boomerang.errors import UsageError
from boomerang.home import PROJECT_ROOT
from boomerang.quality import MartState, ReleaseContext, run_checks
from boomerang.quality.suites import class_name, read_suite, read_suites

GOOD = """\
mart: losses
about: A test.
rows_named_by: [loss_id]
expectations:
  - name: some_losses
    severity: critical
    because: A test.
    expect: expect_table_row_count_to_be_between
    with: {min_value: 1}
  - name: no_orphans
    severity: warning
    because: A test.
    rows_query: select * from marts.losses where loss_id is null
    looked_at: select count(*) from marts.losses
    expected: each has an id
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "losses.yml"
    path.write_text(text)
    return path


def test_a_suite_is_read_with_the_lines_of_its_entries(tmp_path: Path) -> None:
    file = read_suite(written(tmp_path, GOOD))
    assert [entry.name for entry in file.suite.expectations] == ["some_losses", "no_orphans"]
    assert file.lines == (5, 10)
    assert [entry.kind for entry in file.suite.expectations] == [
        "expect_table_row_count_to_be_between",
        "unexpected_rows_expectation",
    ]
    assert file.suite.expectations[0].expected_in_words == "table row count to be between: min_value 1"
    assert file.suite.expectations[1].expected_in_words == "each has an id"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("severity: critical", "severety: critical", r"losses\.yml:6: severety: unknown key"),
        ("severity: critical", "severity: fatal", r"losses\.yml:6: severity: Input should be 'critical' or 'warning'"),
        (
            "expect_table_row_count_to_be_between",
            "expect_table_row_count_to_be_nice",
            r"losses\.yml:5: 'expect_table_row_count_to_be_nice' is not an expectation that runs here",
        ),
        ("    because: A test.\n    expect", "    expect", r"losses\.yml:5: because: Field required"),
        ("name: no_orphans", "name: some_losses", r"losses\.yml:10: the name some_losses stands twice"),
        ("    looked_at: select count(*) from marts.losses\n", "", r"losses\.yml:10: a rows_query needs looked_at"),
        ("    with: {min_value: 1}", "    rows_query: select 1", r"losses\.yml:5: give either expect"),
        ("mart: losses", "mart: lines", r"losses\.yml:1: the suite of lines must lie in lines\.yml"),
        ("about: A test.", "about: A test.\nowner: me", r"losses\.yml:3: owner: unknown key"),
        ("about: A test.", "about: A test.\nabout: Again.", r"losses\.yml:3: the key 'about' stands twice"),
        (GOOD, "- a list", r"losses\.yml:1: a suite is a mapping"),
        (GOOD, "mart: [", r"losses\.yml can't be read"),
    ],
)
def test_what_is_wrong_is_named_with_file_and_line(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in GOOD
    with pytest.raises(UsageError, match=message):
        read_suite(written(tmp_path, GOOD.replace(old, new, 1)))


@pytest.mark.parametrize("arguments", ["{least: 1}", "{min_value: [1]}"])
def test_an_argument_that_the_expectation_does_not_know_is_named_with_file_and_line(
    tmp_path: Path, arguments: str
) -> None:
    written(tmp_path, GOOD.replace("{min_value: 1}", arguments))
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        connection.execute("create schema marts; create table marts.losses as select 'a' as loss_id")
    context = ReleaseContext(release_id="r", profile="sample", built_at=datetime(2023, 4, 23, tzinfo=UTC))
    states = [MartState("losses", 1, True, True, False)]
    with pytest.raises(UsageError, match=r"losses\.yml:5: some_losses: "):
        run_checks(tmp_path, marts=states, expectations=tmp_path, context=context)


def test_a_missing_folder_of_suites_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no folder of suites"):
        read_suites(tmp_path / "expectations")


def test_the_suites_of_this_project_can_be_read_and_ask_something() -> None:
    suites = read_suites(PROJECT_ROOT / "expectations")
    assert len(suites) >= 17
    assert all(file.suite.expectations for file in suites.values())


def test_great_expectations_takes_every_argument_of_the_suites_of_this_project() -> None:
    for file in read_suites(PROJECT_ROOT / "expectations").values():
        for entry in file.suite.expectations:
            if entry.expect is not None:
                kind = getattr(great_expectations.expectations, class_name(entry.kind))
                assert kind(**entry.arguments).expectation_type == entry.kind
