"""From real bytes to a published release, through the same functions as the night."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from boomerang import pipeline
from boomerang.home import Home
from boomerang.landing.inbox import ingest
from boomerang.release.publish import current_id, release_folder, release_ids
from boomerang.release.verify import disagreements
from boomerang_cli import boomerang, start


def rows(home: Home, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(release_folder(home) / "warehouse.duckdb"), read_only=True) as connection:
        connection.execute("set schema = 'marts'")
        return connection.execute(sql).fetchall()


@pytest.fixture(scope="module")
def two_nights(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The sample's first night, then its second."""
    home = Home.open(tmp_path_factory.mktemp("nights") / "home", profile="sample")
    for _ in range(2):
        assert pipeline.nightly(home).is_new
    return home


def test_both_press_cases_are_found_with_their_figures(two_nights: Home) -> None:
    found = rows(
        two_nights,
        "select importer_id, counterparty_country_code, sum(quantity)::int, sum(value_usd)::int, "
        "min(declared_on), max(declared_on), list_distinct(list(evidence_tier)), "
        "list_distinct(list(declared_return_reason)) "
        "from fct_reimports where record_kind = 'reconstructed' group by all order by all",
    )
    assert [row[:4] for row in found] == [
        ("ru-inn-5022039177", "IN", 100, 150_000),
        ("ru-inn-6623029538", "MM", 6_975, 24_000_000),
    ]
    assert {(row[4].year, row[4].month) for row in found} == {(2022, 8), (2022, 12)}
    assert found[1][4] == found[1][5] == date(2022, 12, 9)
    assert all(row[6] == ["A"] and row[7] == ["defect_claim"] for row in found)


def test_every_row_that_came_in_is_accounted_for(two_nights: Home) -> None:
    ledger = rows(two_nights, "select rows_in, rows_loaded, rows_quarantined, rows_duplicate from row_ledger")
    assert sum(row[0] for row in ledger) > 100_000
    assert all(row[0] == row[1] + row[2] + row[3] for row in ledger)
    assert sum(row[2] for row in ledger) > 0
    assert sum(row[3] for row in ledger) > 0


def test_a_number_leads_back_to_the_record_in_the_landed_file(two_nights: Home) -> None:
    sha256, row_number, declaration = rows(
        two_nights,
        "select lines.source_sha256, lines.source_row, lines.declaration_number "
        "from fct_reimports join fct_customs_lines as lines using (customs_line_id) "
        "where fct_reimports.importer_id = 'ru-inn-6623029538' and fct_reimports.record_kind = 'reconstructed' limit 1",
    )[0]
    (landed,) = two_nights.landing.glob(f"customs/*/{sha256}.csv")
    record = landed.read_text(encoding="cp1251").splitlines()[row_number]  # the header is line 0
    assert declaration in record
    assert "RECONSTRUCTED" in record


def test_the_second_night_withdraws_supersedes_and_leaves_the_unchanged_alone(two_nights: Home) -> None:
    withdrawn = rows(two_nights, "select count(*) from fct_equipment_losses where withdrawn_on is not null")[0][0]
    assert withdrawn == 12
    assert rows(two_nights, "select count(*) from customs_lines_superseded")[0][0] >= 1
    ukrainian = rows(two_nights, "select count(*), count(distinct source_sha256) from observations "
                                 "where source = 'oryx_ukraine'")  # fmt: skip
    assert ukrainian == [(2, 1)]
    assert len(list(two_nights.landing.glob("oryx_ukraine/*/*.html"))) == 1


def test_the_page_s_own_figures_stand_beside_ours(two_nights: Home) -> None:
    disagreeing = rows(two_nights, "select count(*) from oryx_reconciliation where not agrees")[0][0]
    assert disagreeing > 0
    # The Ukrainian page of the sample is in order, and did not change from one night to the other.
    headlines = rows(
        two_nights,
        "select displayed_total, counted_total from oryx_reconciliation "
        "where kind = 'headline' and source = 'oryx_ukraine'",
    )
    standing = rows(
        two_nights,
        "select count(*) from fct_equipment_losses where withdrawn_on is null and contains(sources, 'oryx_ukraine')",
    )[0][0]
    assert headlines == [(standing, standing)] * 2


def test_every_published_table_and_column_has_a_comment(two_nights: Home) -> None:
    silent = rows(
        two_nights,
        "select table_name, column_name from duckdb_columns() where schema_name = 'marts' and comment is null "
        "union all select table_name, null from duckdb_tables() where schema_name = 'marts' and comment is null",
    )
    assert silent == []


def test_the_macros_answer_and_the_past_is_not_rewritten(two_nights: Home) -> None:
    standing = rows(
        two_nights,
        "select count(*) from fct_equipment_losses where withdrawn_on is null and sources <> 'warspotting'",
    )
    assert rows(two_nights, "select count(*) from losses_as_of(current_date)") == standing
    assert rows(two_nights, "select count(*) from losses_as_of(date '2020-01-01')") == [(0,)]
    assert rows(two_nights, "select count(*) from reimports_between(date '2022-12-09', date '2022-12-09')")[0][0] >= 2
    everything = rows(two_nights, "select count(*) from fct_reimports")
    assert rows(two_nights, "select count(*) from reimports_known_on(current_date)") == everything


def test_a_night_without_news_publishes_nothing_new(two_nights: Home) -> None:
    before = release_ids(two_nights)
    outcome = pipeline.nightly(two_nights, with_pull=False)
    assert not outcome.is_new
    assert release_ids(two_nights) == before


def exported(home: Home) -> dict[str, str]:
    """Every published table as sorted text, save those that tell of the release itself."""
    folder = release_folder(home)
    names = [name for name in json.loads((folder / "manifest.json").read_text())["tables"]
             if not name.startswith("release") and name != "source_freshness"]  # fmt: skip
    with duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True) as connection:
        return {
            name: "\n".join(str(row) for row in connection.execute(f"from marts.{name} order by all").fetchall())
            for name in names
        }


def test_a_build_that_is_killed_and_run_again_gives_the_same_rows(two_nights: Home) -> None:
    before = exported(two_nights)
    (two_nights.build / "warehouse.inputs.json").unlink(missing_ok=True)
    manifest = release_folder(two_nights) / "manifest.json"
    facts = json.loads(manifest.read_text())
    current = release_folder(two_nights)
    for seconds in (4, 9, 14):
        # Another fingerprint, so that there is something to build.
        manifest.chmod(0o644)
        manifest.write_text(json.dumps({**facts, "fingerprint": "0" * 64}))
        with start("nightly", "--no-pull", home=two_nights.root) as night:
            time.sleep(seconds)
            os.killpg(night.pid, signal.SIGKILL)
            night.wait()
        if current_id(two_nights) == current.name:
            manifest.write_text(json.dumps(facts))
            assert disagreements(current) == []
    manifest.write_text(json.dumps({**facts, "fingerprint": "0" * 64}))
    pipeline.nightly(two_nights, with_pull=False)
    manifest.write_text(json.dumps(facts))
    assert disagreements(release_folder(two_nights)) == []
    assert exported(two_nights) == before


def test_of_two_nights_at_once_the_second_leaves_cleanly(two_nights: Home) -> None:
    with two_nights.lock("writer"):
        run = boomerang("nightly", "--no-pull", home=two_nights.root)
        assert run.returncode == 5
        assert "another run holds" in run.stderr
        assert "nothing was changed" in run.stderr


def test_a_replay_of_an_earlier_day_is_empty_of_what_was_not_yet_observed(two_nights: Home) -> None:
    current = current_id(two_nights)
    run = boomerang("nightly", "--date", "2024-01-01", home=two_nights.root)
    assert current_id(two_nights) == current
    # Nothing had been observed by then: every mart of a source is published empty and marked, or the night says why.
    assert run.returncode == 0, run.stderr
    replay = two_nights.releases / release_ids(two_nights)[0]
    with duckdb.connect(str(replay / "warehouse.duckdb"), read_only=True) as connection:
        assert connection.execute("select count(*) from marts.fct_customs_lines").fetchall() == [(0,)]
        marked = connection.execute(
            "select has_landed_sources from marts.release_marts where mart = 'fct_customs_lines'"
        ).fetchall()
        assert marked == [(False,)]


def test_the_real_page_and_workbooks_go_the_same_way(real_data: Path, home: Home) -> None:
    ingest(home, [real_data / "oryx-html" / "russia.html.gz"], source="oryx_russia", as_of="2023-04-23")
    workbooks = sorted((real_data / "customs-vendor-samples").glob("Russia *Full.xlsx"))
    ingest(home, workbooks, source="customs")
    outcome = pipeline.nightly(home, with_pull=False)
    assert outcome.is_new
    by_status = rows(home, "select status, count(*) from fct_equipment_losses group by all order by all")
    assert by_status == [("abandoned", 394), ("captured", 2824), ("damaged", 316), ("destroyed", 6579)]
    assert rows(home, "select count(*) from dim_equipment where family = 'unmapped'") == [(0,)]
    assert rows(
        home,
        "select displayed_total, counted_total, displayed_captured, counted_captured, agrees "
        "from oryx_reconciliation where kind = 'headline'",
    ) == [(10110, 10113, 2824, 2824, False)]
    assert rows(home, "select count(*) from oryx_reconciliation where not agrees")[0][0] > 10
    ledger = rows(home, "select source, sum(rows_in)::int, sum(rows_loaded)::int from row_ledger group by 1 order by 1")
    assert ledger[1] == ("oryx_russia", 9274, 9274)
    assert ledger[0][1] == ledger[0][2] == rows(home, "select count(*) from fct_customs_lines")[0][0] == 4
    assert rows(home, "select distinct record_kind from fct_customs_lines") == [("real",)]
    # Ceramic tiles are no arms: observed, none found.
    assert rows(home, "select rows, has_landed_sources from release_marts where mart = 'fct_reimports'") == [(0, True)]


def test_customs_alone_leave_the_losses_not_observed(home: Home, tmp_path: Path) -> None:
    from boomerang.synthetic.sample_site import sample_site

    site = sample_site(tmp_path / "site", 1)
    ingest(home, sorted((site / "customs").glob("*/*.csv")), source="customs")
    pipeline.nightly(home, with_pull=False)
    assert rows(home, "select count(*) from fct_equipment_losses") == [(0,)]
    assert rows(home, "select has_landed_sources, is_built from release_marts where mart = 'fct_equipment_losses'") == [
        (False, True)
    ]
    links = rows(
        home,
        "select count(*), count(losses_before), count(losses_90d_before), count(losses_undated), "
        "count(losses_before_known_then) from fct_reimport_loss_links",
    )[0]
    assert links[0] > 0
    assert links[1:] == (0, 0, 0, 0), "no data is not zero"
    assert "not observed" in pipeline.summary(home)


def test_a_failed_check_leaves_the_last_release_and_exits_1(two_nights: Home, tmp_path: Path) -> None:
    """A project whose suite asks for the impossible: the gate is the real one, the release is the last one."""
    import shutil

    from boomerang.home import PROJECT_ROOT

    project = tmp_path / "project"
    for folder in ("dbt_project", "expectations", "include"):
        shutil.copytree(PROJECT_ROOT / folder, project / folder, ignore=shutil.ignore_patterns("target", "logs"))
    suite = project / "expectations" / "row_ledger.yml"
    suite.write_text(
        "mart: row_ledger\nabout: The impossible.\nrows_named_by: [source_sha256]\nexpectations:\n"
        "  - name: there_are_no_files\n    severity: critical\n    because: The impossible is asked for.\n"
        "    rows_query: select source_sha256 from marts.row_ledger\n"
        "    looked_at: select count(*) from marts.row_ledger\n    expected: no file at all\n"
    )
    before = current_id(two_nights)
    run = boomerang("nightly", "--no-pull", home=two_nights.root, BOOMERANG_PROJECT=str(project))
    assert run.returncode == 1, run.stderr
    assert "there_are_no_files" in run.stderr
    assert "the last release stands" in run.stderr
    assert current_id(two_nights) == before


def test_parquet_of_a_release_holds_the_same_rows(two_nights: Home) -> None:
    folder = release_folder(two_nights)
    for table, facts in json.loads((folder / "manifest.json").read_text())["tables"].items():
        assert pq.read_metadata(folder / "parquet" / f"{table}.parquet").num_rows == facts["rows"]


def test_the_python_of_the_tests_is_the_project_s_own() -> None:
    version = subprocess.run([sys.executable, "-m", "pip", "check"], capture_output=True, text=True, check=False)
    assert version.returncode == 0, version.stdout
