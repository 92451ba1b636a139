"""Oryx and WarSpotting paired loss by loss, on the real tables: how well, and what may not change a pair."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import duckdb
import pytest

from boomerang.bronze import make_bronze
from boomerang.home import Home
from boomerang.landing.inbox import ingest
from boomerang.transform import build_database, dbt, dbt_target

BUILT_AT = datetime(2026, 9, 1, tzinfo=UTC)
DUMP = "warspotting/lazar-bit-snapshots/warspotting_losses.2026-08-22.29fba102.csv.gz"
CHAIN = ("int_matching__oryx_losses", "int_matching__warspotting_records", "int_losses__warspotting_matches")
VERSIONS = ("int_losses__versions", "int_warspotting__versions")

# What was measured (docs/matching.md) less a margin: losses whose picture's name has a date, by days from the record's.
LEAST_PAIRS = 2_200
LEAST_AGREEMENT = {1: 0.83, 3: 0.89, 7: 0.92, 30: 0.95}


@pytest.fixture(scope="module")
def home(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The four tables of Oryx's losses as of July 2025, and a dump of WarSpotting, built up to the pairs."""
    home = Home.open(tmp_path_factory.mktemp("matching") / "home", profile="live")
    tables = sorted((real_data / "oryx-scarnecchia").glob("event_*.csv.gz"))
    ingest(home, tables, source="oryx_history", layout=None, as_of="2025-07-19T12:00:00+00:00", covers=())
    ingest(home, [real_data / DUMP], source="warspotting", layout=None, as_of="2026-08-22T12:00:00+00:00", covers=())
    make_bronze(home)
    said: list[str] = []
    arguments = (
        "build",
        "--indirect-selection",
        "cautious",
        "--exclude",
        "test_type:unit",
        "--select",
        "+loss_matches",
    )
    status = dbt(home, *arguments, built_at=BUILT_AT, progress=said.append)
    assert status == 0, "\n".join(said)
    return home


@pytest.fixture(scope="module")
def built(home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    """The built database."""
    with duckdb.connect(str(build_database(home)), read_only=True) as connection:
        connection.execute("set timezone = 'UTC'")
        yield connection


@pytest.fixture
def again(home: Home, tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A copy of the built database, in which the matcher can be run again."""
    copy = tmp_path / "warehouse.duckdb"
    shutil.copyfile(build_database(home), copy)
    with duckdb.connect(str(copy)) as connection:
        connection.execute("set timezone = 'UTC'")
        yield connection


def change(connection: duckdb.DuckDBPyConnection, table: str, query: str) -> None:
    """Put the rows of a query on a table in its place."""
    connection.execute(f"create or replace table intermediate.changed as {query}")
    connection.execute(f"drop table intermediate.{table}")
    connection.execute(f"alter table intermediate.changed rename to {table}")


def match(home: Home, connection: duckdb.DuckDBPyConnection) -> list[tuple[object, ...]]:
    """Run the matcher's models, as dbt compiled them, on what the database holds."""
    compiled = dbt_target(home) / "compiled" / "boomerang" / "models" / "intermediate" / "matching"
    for model in CHAIN:
        sql = (compiled / f"{model}.sql").read_text(encoding="utf-8")
        connection.execute(f"create or replace table intermediate.{model} as {sql}")
    return pairs(connection)


def pairs(connection: duckdb.DuckDBPyConnection) -> list[tuple[object, ...]]:
    return connection.execute("from intermediate.int_losses__warspotting_matches order by all").fetchall()


def test_each_loss_and_each_record_stands_in_one_pair_with_its_explanation(built: duckdb.DuckDBPyConnection) -> None:
    (figures,) = built.execute(
        "select count(*), count(distinct loss_id), count(distinct warspotting_id), "
        "count(*) filter (match_score > 0.5 and match_score <= 1), "
        "count(*) filter (explanation like '%same %' and explanation like '%first seen on Oryx on%') "
        "from marts.loss_matches"
    ).fetchall()
    assert figures[0] >= LEAST_PAIRS
    assert set(figures[1:4]) == {figures[0]}
    assert figures[4] >= 0.99 * figures[0]


def test_pairs_agree_with_the_dates_that_were_held_back(built: duckdb.DuckDBPyConnection) -> None:
    days = [
        abs(days)
        for (days,) in built.execute(
            "select days_from_picture from marts.loss_matches where days_from_picture is not null"
        ).fetchall()
    ]
    assert len(days) > 1_000
    agreement = {within: sum(day <= within for day in days) / len(days) for within in LEAST_AGREEMENT}
    assert {within for within, share in agreement.items() if share < LEAST_AGREEMENT[within]} == set(), agreement


def test_pairs_agree_far_better_than_any_record_of_the_same_model_and_fortnight(
    built: duckdb.DuckDBPyConnection,
) -> None:
    by_chance, paired = built.execute(
        """
        select
            (
                select avg(case when abs(records.lost_on - versions.pictured_on) <= 1 then 1 else 0 end)
                from marts.loss_matches as matches
                inner join intermediate.int_losses__versions as versions
                    on matches.loss_id = versions.loss_id and versions.pictured_on is not null
                inner join intermediate.int_matching__oryx_losses as losses on matches.loss_id = losses.loss_id
                inner join intermediate.int_matching__warspotting_records as records
                    on losses.model_key = records.model_key and losses.status = records.status
                    and losses.first_seen_on - records.lost_on between 0 and 14
            ),
            (select avg(case when abs(days_from_picture) <= 1 then 1 else 0 end) from marts.loss_matches
             where days_from_picture is not null)
        """
    ).fetchall()[0]
    assert paired > 1.2 * by_chance


def test_both_addresses_lead_to_the_records(built: duckdb.DuckDBPyConnection) -> None:
    (found,) = built.execute(
        """
        select
            count(*) as pairs,
            count(rows.url) as on_oryx,
            count(losses.warspotting_id) as at_warspotting,
        from marts.loss_matches as matches
        left join staging.stg_oryx_history__rows as rows
            on matches.oryx_source_sha256 = rows.source_sha256
            and matches.oryx_source_row = rows.source_row
            and matches.oryx_url = rows.url
        left join staging.stg_warspotting__losses as losses
            on matches.warspotting_source_sha256 = losses.source_sha256
            and matches.warspotting_source_row = losses.source_row
            and matches.warspotting_id = losses.warspotting_id
            and matches.lost_on = losses.lost_on
        """
    ).fetchall()
    assert found[0] == found[1] == found[2] >= LEAST_PAIRS


def test_order_in_which_rows_lie_changes_no_pair(home: Home, again: duckdb.DuckDBPyConnection) -> None:
    before = pairs(again)
    for table in VERSIONS:
        change(again, table, f"select * from intermediate.{table} order by hash(source_row, 'shuffled')")
    assert match(home, again) == before


def test_dates_in_the_names_of_pictures_change_no_pair(home: Home, again: duckdb.DuckDBPyConnection) -> None:
    before = pairs(again)
    change(
        again,
        "int_losses__versions",
        "select * replace (null as pictured_on, 'https://example.org/' || loss_id as url, "
        "null as lost_on, null as lost_on_basis) from intermediate.int_losses__versions",
    )
    assert match(home, again) == before


def test_later_nights_give_no_loss_another_record(home: Home, again: duckdb.DuckDBPyConnection) -> None:
    again.execute(
        "create table intermediate.all_losses as from intermediate.int_losses__versions; "
        "create table intermediate.all_records as select versions.*, records.entered_about_on "
        "from intermediate.int_warspotting__versions as versions "
        "inner join intermediate.int_matching__warspotting_records as records using (warspotting_id)"
    )
    nights = []
    for day in ("2024-05-10", "2024-05-11", "2024-05-17"):
        change(again, VERSIONS[0], f"from intermediate.all_losses where first_seen_on <= date '{day}'")
        change(again, VERSIONS[1], f"from intermediate.all_records where entered_about_on < date '{day}'")
        nights.append({row[0]: row[1] for row in match(home, again)})
    assert all(len(night) > 1_000 for night in nights)
    for earlier, later in pairwise(nights):
        assert {loss for loss, record in earlier.items() if later.get(loss, record) != record} == set()
        assert len(earlier.keys() - later.keys()) <= 0.02 * len(earlier)
        assert len(later.keys() - earlier.keys()) > 0


def test_record_that_is_withdrawn_is_in_no_pair(home: Home, again: duckdb.DuckDBPyConnection) -> None:
    withdrawn = pairs(again)[0][1]
    again.execute(
        "update intermediate.int_warspotting__versions set recorded_to = '2026-08-23' where warspotting_id = ?",
        [withdrawn],
    )
    after = match(home, again)
    assert withdrawn not in {row[1] for row in after}
    assert len(after) >= LEAST_PAIRS
