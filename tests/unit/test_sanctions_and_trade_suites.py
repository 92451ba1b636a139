"""What the suites of the sanctions and of the trade flows are there for is caught by them, and nothing else is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from boomerang.home import PROJECT_ROOT
from boomerang.quality.suites import read_suites

SUITES = read_suites(PROJECT_ROOT / "expectations")
NEEDED = ("organisation_sanctions", "dim_organisations", "observations", "mart_trade_flows")


def contracts() -> dict[str, dict[str, str]]:
    models = (PROJECT_ROOT / "dbt_project" / "models" / "marts").rglob("*.yml")
    found = [model for path in models for model in yaml.safe_load(Path(path).read_text()).get("models", [])]
    return {
        model["name"]: {column["name"]: column["data_type"] for column in model["columns"]}
        for model in found
        if model["name"] in NEEDED
    }


class Marts:
    """The published tables, empty, to be filled by a test."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection

    def put(self, table: str, **values: Any) -> None:
        names, marks = ", ".join(values), ", ".join("?" * len(values))
        self.connection.execute(f"insert into marts.{table} ({names}) values ({marks})", [*values.values()])

    def caught(self, mart: str, name: str) -> int:
        """How many rows a check finds."""
        (entry,) = [entry for entry in SUITES[mart].suite.expectations if entry.name == name]
        return len(self.connection.execute(str(entry.rows_query)).fetchall())


@pytest.fixture
def marts() -> Iterator[Marts]:
    with duckdb.connect() as connection:
        connection.execute("create schema marts; set TimeZone = 'UTC'")
        connection.execute("set variable built_at = timestamptz '2023-04-23 02:00:00+00'")
        for table, columns in contracts().items():
            connection.execute(
                f"create table marts.{table} ({', '.join(f'{name} {kind}' for name, kind in columns.items())})"
            )
        yield Marts(connection)


def spell(marts: Marts, inn: str, **facts: Any) -> None:
    row = {
        "organisation_id": f"ru-inn-{inn}", "list": "ofac_sdn", "entry_id": "1", "listed_seen_from": "2023-01-01",
        "match_basis": "tax_number", "tax_number": inn, "name_on_list": "SYNTHETIC", "organisations_of_entry": 1,
    }  # fmt: skip
    marts.put("organisation_sanctions", **row | facts)


def organisation(marts: Marts, inn: str) -> None:
    marts.put("dim_organisations", organisation_id=f"ru-inn-{inn}", inn=inn, role="defence_maker")


def observed(marts: Marts, source: str, day: str) -> None:
    marts.put("observations", source=source, observed_on=day, is_read=True)


def test_a_list_that_names_no_arms_maker_any_more_is_caught(marts: Marts) -> None:
    check = ("organisation_sanctions", "every_observed_list_names_a_known_arms_maker")
    organisation(marts, "6623029538")
    observed(marts, "ofac_sdn", "2023-01-01")
    observed(marts, "oryx_russia", "2023-01-01")
    assert marts.caught(*check) == 1
    spell(marts, "6623029538", listed_seen_to="2023-01-01")
    assert marts.caught(*check) == 1
    spell(marts, "6623029538", listed_seen_from="2023-01-02")
    assert marts.caught(*check) == 0


def test_spells_on_days_on_which_nobody_looked_are_caught(marts: Marts) -> None:
    check = ("organisation_sanctions", "spells_lie_on_observed_days")
    observed(marts, "ofac_sdn", "2023-01-01")
    observed(marts, "opensanctions", "2023-01-05")
    spell(marts, "6623029538")
    assert marts.caught(*check) == 0
    spell(marts, "6623029538", not_listed_seen_on="2022-12-31", removal_seen_on="2023-01-05")
    assert marts.caught(*check) == 2


def test_a_tax_number_of_another_is_caught(marts: Marts) -> None:
    check = ("organisation_sanctions", "tax_numbers_are_the_organisations_own")
    organisation(marts, "5022039177")
    spell(marts, "5022039177")
    spell(marts, "5022039177", match_basis="plain_name", tax_number=None)
    assert marts.caught(*check) == 0
    spell(marts, "5022039177", tax_number="7722307636")
    spell(marts, "4501033519")
    assert marts.caught(*check) == 2


def test_namesakes_under_one_entry_are_caught_and_one_group_under_one_is_not(marts: Marts) -> None:
    check = ("organisation_sanctions", "namesakes_do_not_share_an_entry")
    for inn in ("6623029538", "7706453206"):
        spell(marts, inn)
    spell(marts, "5022039177", entry_id="2")
    spell(marts, "7722307636", entry_id="3")
    assert marts.caught(*check) == 0
    spell(marts, "7722307636", entry_id="2")
    assert marts.caught(*check) == 1


def test_a_plain_name_for_two_organisations_is_caught(marts: Marts) -> None:
    check = ("organisation_sanctions", "no_plain_name_lists_two_organisations")
    spell(marts, "6623029538")
    spell(marts, "7706453206")
    assert marts.caught(*check) == 0
    for inn in ("1", "2"):
        spell(marts, inn, entry_id="9", match_basis="plain_name", tax_number=None)
    assert marts.caught(*check) == 1


def flow(marts: Marts, **facts: Any) -> None:
    row = {
        "reporter_code": 643, "partner_code": 643, "period": "2021", "hs6": "901310", "flow": "M",
        "frequency": "annual", "counts_in_totals": True, "value_usd": 10,
    }  # fmt: skip
    marts.put("mart_trade_flows", **row | facts)


def test_a_reimport_without_its_import_or_larger_than_it_is_caught(marts: Marts) -> None:
    check = ("mart_trade_flows", "every_part_has_its_whole")
    flow(marts)
    flow(marts, flow="RM", counts_in_totals=False)
    assert marts.caught(*check) == 0
    flow(marts, flow="RM", counts_in_totals=False, hs6="871000")
    flow(marts, hs6="880730")
    flow(marts, flow="RM", counts_in_totals=False, hs6="880730", value_usd=11)
    assert marts.caught(*check) == 2


def test_parts_that_count_in_totals_are_caught(marts: Marts) -> None:
    check = ("mart_trade_flows", "parts_do_not_count_in_totals")
    flow(marts)
    flow(marts, flow="RM", counts_in_totals=False)
    assert marts.caught(*check) == 0
    flow(marts, flow="RX")
    flow(marts, flow="X", counts_in_totals=False)
    assert marts.caught(*check) == 2


def test_periods_that_have_not_ended_are_caught(marts: Marts) -> None:
    check = ("mart_trade_flows", "no_period_lies_after_the_build")
    flow(marts, period="2023")
    flow(marts, period="202304", frequency="monthly")
    assert marts.caught(*check) == 0
    flow(marts, period="2024")
    flow(marts, period="202305", frequency="monthly")
    assert marts.caught(*check) == 2


def test_gaps_that_are_no_difference_are_caught(marts: Marts) -> None:
    check = ("mart_trade_flows", "gaps_are_the_difference_to_the_mirror")
    flow(marts, partner_code=699, mirror_value_usd=8, gap_usd=2)
    flow(marts, partner_code=699)
    assert marts.caught(*check) == 0
    flow(marts, partner_code=699, gap_usd=10)
    flow(marts, mirror_value_usd=10, gap_usd=0)
    assert marts.caught(*check) == 2


def test_values_at_another_scale_than_the_partners_are_told(marts: Marts) -> None:
    check = ("mart_trade_flows", "imports_are_of_the_size_of_their_mirrors")
    for number in range(20):
        flow(marts, partner_code=699, hs6=f"9000{number}", value_usd=1100, mirror_value_usd=1000)
    assert marts.caught(*check) == 0
    for number in range(21):
        flow(marts, partner_code=699, hs6=f"9100{number}", value_usd=1000, mirror_value_usd=1)
    assert marts.caught(*check) == 1


def test_years_that_are_not_their_months_are_told(marts: Marts) -> None:
    check = ("mart_trade_flows", "months_add_up_to_their_year")
    for code in range(100):
        flow(marts, hs6=str(code), value_usd=120 if code < 70 else 500)
        for month in range(1, 13):
            flow(marts, hs6=str(code), period=f"2021{month:02}", frequency="monthly", value_usd=10)
    assert marts.caught(*check) == 1
    marts.connection.execute("update marts.mart_trade_flows set value_usd = 120 where period = '2021'")
    assert marts.caught(*check) == 0
