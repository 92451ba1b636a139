"""The suites in ``expectations/``: their SQL fits the models' contracts, and what they are there for is caught."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import duckdb
import pytest
import yaml

from boomerang.home import PROJECT_ROOT
from boomerang.quality.suites import Expectation, read_suites

SUITES = read_suites(PROJECT_ROOT / "expectations")
QUERIES = [
    pytest.param(entry, id=f"{mart}-{entry.name}")
    for mart, file in SUITES.items()
    for entry in file.suite.expectations
    if entry.rows_query
]


def contracts() -> dict[str, dict[str, str]]:
    """The published tables as the models promise them: table -> column -> type."""
    return {
        model["name"]: {column["name"]: column["data_type"] for column in model["columns"]}
        for path in sorted((PROJECT_ROOT / "dbt_project" / "models" / "marts").rglob("*.yml"))
        for model in yaml.safe_load(path.read_text()).get("models", [])
    }


CONTRACTS = contracts()


@pytest.fixture
def marts() -> Iterator[duckdb.DuckDBPyConnection]:
    """Every published table, empty."""
    with duckdb.connect() as connection:
        connection.execute("create schema marts; set TimeZone = 'UTC'")
        connection.execute("set variable profile = 'sample'")
        connection.execute("set variable built_at = timestamptz '2023-04-23 02:00:00+00'")
        for table, columns in CONTRACTS.items():
            typed = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
            connection.execute(f"create table marts.{table} ({typed})")
        yield connection


@pytest.fixture
def caught(marts: duckdb.DuckDBPyConnection) -> Callable[[str, str], list[dict[str, Any]]]:
    """The rows that a check finds, each as a mapping."""

    def find(mart: str, name: str) -> list[dict[str, Any]]:
        (entry,) = [entry for entry in SUITES[mart].suite.expectations if entry.name == name]
        answer = marts.execute(str(entry.rows_query))
        names = [column[0] for column in answer.description]
        return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]

    return find


def put(marts: duckdb.DuckDBPyConnection, table: str, *rows: dict[str, Any]) -> None:
    for row in rows:
        places = ", ".join(f"${name} as {name}" for name in row)
        marts.execute(f"insert into marts.{table} by name select {places}", row)


@pytest.mark.parametrize("mart", SUITES)
def test_suites_name_columns_that_the_contract_has(mart: str) -> None:
    suite = SUITES[mart].suite
    named = {name for entry in suite.expectations for key, name in entry.arguments.items() if key.startswith("column")}
    assert {*suite.rows_named_by, *named} <= set(CONTRACTS[mart])
    assert {needed for entry in suite.expectations for needed in entry.needs} <= set(CONTRACTS)


@pytest.mark.parametrize("entry", QUERIES)
def test_queries_run_on_the_contract_s_tables(marts: duckdb.DuckDBPyConnection, entry: Expectation) -> None:
    marts.execute(str(entry.rows_query)).fetchall()
    looked_at = marts.execute(str(entry.looked_at)).fetchall()
    assert len(looked_at) == 1
    assert isinstance(looked_at[0][0], int)


HEADLINE = {
    "source": "oryx_russia",
    "observed_at": "2023-04-23 01:00:00+00",
    "kind": "headline",
    "displayed_total": 10110,
    "displayed_destroyed": 6579,
    "counted_destroyed": 6577,
}


@pytest.mark.parametrize(
    ("counted", "caught_statuses"), [(10108, []), (10009, []), (10008, ["total"]), (10212, ["total"])]
)
def test_a_count_far_from_the_headline_is_caught(
    marts: duckdb.DuckDBPyConnection,
    caught: Callable[[str, str], list[dict[str, Any]]],
    counted: int,
    caught_statuses: list[str],
) -> None:
    put(marts, "oryx_reconciliation", {**HEADLINE, "counted_total": counted})
    found = caught("oryx_reconciliation", "our_count_is_within_a_hundredth_of_the_headline")
    assert [row["status"] for row in found] == caught_statuses


def test_a_newest_page_without_its_headline_is_caught(
    marts: duckdb.DuckDBPyConnection, caught: Callable[[str, str], list[dict[str, Any]]]
) -> None:
    check = ("oryx_reconciliation", "the_newest_page_shows_its_headline")
    put(marts, "oryx_reconciliation", {**HEADLINE, "counted_total": 10108})
    assert not caught(*check)
    later = {"source": "oryx_russia", "observed_at": "2023-04-24 01:00:00+00", "kind": "category"}
    put(marts, "oryx_reconciliation", later)
    assert [row["source"] for row in caught(*check)] == ["oryx_russia"]


def test_half_a_page_taken_as_whole_is_caught(
    marts: duckdb.DuckDBPyConnection, caught: Callable[[str, str], list[dict[str, Any]]]
) -> None:
    for day, total in (("2023-04-21", 1000), ("2023-04-22", 990), ("2023-04-23", 600)):
        put(
            marts,
            "fct_equipment_losses_daily",
            {"day": day, "source": "oryx_russia", "side": "russia", "category": "Tanks", "total": total},
        )
    (found,) = caught("fct_equipment_losses_daily", "the_newest_page_has_not_lost_a_third")
    assert (found["total"], found["total_before"]) == (600, 990)


def test_losses_that_the_newest_page_does_not_show_are_caught(
    marts: duckdb.DuckDBPyConnection, caught: Callable[[str, str], list[dict[str, Any]]]
) -> None:
    check = ("fct_equipment_losses", "standing_losses_equal_the_newest_page")
    put(
        marts,
        "fct_equipment_losses_daily",
        {"day": "2023-04-22", "source": "oryx_russia", "side": "russia", "total": 7},
        {"day": "2023-04-23", "source": "oryx_russia", "side": "russia", "total": 2},
    )
    loss = {"side": "russia", "source": "oryx_russia", "sources": "oryx_russia, warspotting"}
    put(marts, "fct_equipment_losses", {**loss, "loss_id": "a"}, {**loss, "loss_id": "b"})
    put(marts, "fct_equipment_losses", {**loss, "loss_id": "c", "withdrawn_on": "2023-04-23"})
    assert not caught(*check)
    put(marts, "fct_equipment_losses", {**loss, "loss_id": "d"})
    assert [(row["on_page"], row["losses"]) for row in caught(*check)] == [(2, 3)]


LINE = {
    "customs_line_id": "l1",
    "reporter_country_code": "RU",
    "direction": "import",
    "procedure_code": "6010",
    "consignee_id": "ru-inn-6623029538",
    "declared_on": "2022-12-09",
    "record_kind": "reconstructed",
    "source_sha256": "0" * 64,
    "source_member": "",
    "source_row": 1,
}


def test_a_declared_reimport_that_is_neither_kept_nor_excluded_is_caught(
    marts: duckdb.DuckDBPyConnection, caught: Callable[[str, str], list[dict[str, Any]]]
) -> None:
    check = ("fct_reimports", "every_declared_reimport_of_an_arms_maker_is_kept_or_excluded")
    put(marts, "dim_organisations", {"organisation_id": "ru-inn-6623029538", "role": "defence_maker"})
    put(marts, "fct_customs_lines", LINE, {**LINE, "customs_line_id": "l2", "procedure_code": "4000"})
    assert [row["customs_line_id"] for row in caught(*check)] == ["l1"]
    put(marts, "fct_reimport_exclusions", {"customs_line_id": "l1"})
    assert not caught(*check)


def test_a_reimport_told_with_another_value_is_caught(
    marts: duckdb.DuckDBPyConnection, caught: Callable[[str, str], list[dict[str, Any]]]
) -> None:
    shared = {name: LINE[name] for name in LINE if name in CONTRACTS["fct_reimports"]}
    put(marts, "fct_customs_lines", {**LINE, "value_usd": 24_000_000})
    put(marts, "fct_reimports", {**shared, "reimport_id": "r1", "value_usd": 24_000_000})
    assert not caught("fct_reimports", "figures_are_those_of_the_declaration")
    marts.execute("update marts.fct_reimports set value_usd = 24000")
    (found,) = caught("fct_reimports", "figures_are_those_of_the_declaration")
    assert (found["value_usd"], found["value_usd_declared"]) == (24_000, 24_000_000)


def test_a_press_case_that_is_no_longer_found_in_the_sample_is_caught(
    marts: duckdb.DuckDBPyConnection, caught: Callable[[str, str], list[dict[str, Any]]]
) -> None:
    case = {"evidence_tier": "A", "record_kind": "reconstructed"}
    kbm = {**case, "importer_id": "ru-inn-5022039177", "counterparty_country_code": "IN"}
    uvz = {**case, "importer_id": "ru-inn-6623029538", "counterparty_country_code": "MM", "declared_on": "2022-12-09"}
    put(marts, "fct_reimports", {**kbm, "declared_on": "2022-08-10"}, {**kbm, "declared_on": "2022-11-10"})
    put(marts, "fct_reimports", {**uvz, "quantity": 6775})
    (found,) = caught("fct_reimports", "the_press_cases_are_found_in_the_sample")
    assert (found["inn"], found["quantity"]) == ("6623029538", 6775)
    put(marts, "fct_reimports", {**uvz, "quantity": 200})
    assert not caught("fct_reimports", "the_press_cases_are_found_in_the_sample")


def test_losses_counted_otherwise_than_published_are_caught(
    marts: duckdb.DuckDBPyConnection, caught: Callable[[str, str], list[dict[str, Any]]]
) -> None:
    loss = {"side": "russia", "sources": "oryx_russia", "family": "T-72"}
    days = ["2021-12-08", "2021-12-09", "2022-09-10", "2022-12-08", "2022-12-09"]
    put(marts, "fct_equipment_losses", *({**loss, "loss_id": day, "lost_on": day} for day in days))
    link = {"reimport_id": "r1", "family": "T-72", "declared_on": "2022-12-09"}
    counts = {"losses_before": 4, "losses_90d_before": 2, "losses_365d_before": 3}
    put(marts, "fct_reimport_loss_links", {**link, **counts})
    assert not caught("fct_reimport_loss_links", "losses_before_can_be_counted_again")
    marts.execute("update marts.fct_reimport_loss_links set losses_before = 5")
    assert caught("fct_reimport_loss_links", "losses_before_can_be_counted_again")


@pytest.mark.parametrize(
    ("profile", "kinds", "is_caught"),
    [
        ("sample", ["synthetic", "reconstructed"], False),
        ("sample", ["synthetic", "real"], True),
        ("live", ["real", "reconstructed"], False),
        ("live", ["synthetic"], False),
        ("live", ["real", "synthetic"], True),
    ],
)
def test_real_and_invented_lines_in_one_home_are_caught(
    marts: duckdb.DuckDBPyConnection,
    caught: Callable[[str, str], list[dict[str, Any]]],
    profile: str,
    kinds: list[str],
    is_caught: bool,
) -> None:
    marts.execute("set variable profile = ?", [profile])
    put(marts, "fct_customs_lines", *({**LINE, "record_kind": kind} for kind in kinds))
    assert bool(caught("fct_customs_lines", "real_and_invented_lines_do_not_meet")) is is_caught


def test_lines_that_differ_from_the_ledger_are_caught(
    marts: duckdb.DuckDBPyConnection, caught: Callable[[str, str], list[dict[str, Any]]]
) -> None:
    check = ("fct_customs_lines", "the_ledger_and_the_lines_agree_file_by_file")
    address = {"source_sha256": "0" * 64, "source_member": ""}
    put(marts, "row_ledger", {**address, "source": "customs", "file_name": "a.csv", "rows_loaded": 2})
    put(marts, "fct_customs_lines", LINE)
    assert [(row["rows_loaded"], row["rows_published"]) for row in caught(*check)] == [(2, 1)]
    put(marts, "customs_lines_superseded", {**address, "source_row": 2})
    assert not caught(*check)
    sums = {"source_sha256": "1" * 64, "source_member": "Sheet1"}
    put(marts, "row_ledger", {**sums, "source": "customs", "file_name": "sums.xlsx", "rows_loaded": 1})
    assert [row["file_name"] for row in caught(*check)] == ["sums.xlsx"]
    put(marts, "fct_customs_aggregates", {**sums, "source_row": 1})
    assert not caught(*check)


def test_namesakes_that_were_joined_are_caught(
    marts: duckdb.DuckDBPyConnection, caught: Callable[[str, str], list[dict[str, Any]]]
) -> None:
    check = ("dim_organisations", "the_companies_of_the_press_cases_stay_apart")
    companies = {"5022039177": "kbm-kolomna", "7722307636": "kbm-moscow", "6623029538": "uvz", "7709835066": None}
    for inn, group in companies.items():
        put(marts, "dim_organisations", {"organisation_id": f"ru-inn-{inn}", "inn": inn, "group_id": group})
    assert not caught(*check)
    marts.execute("update marts.dim_organisations set group_id = 'kbm-kolomna' where inn = '7722307636'")
    assert [row["other_inn"] for row in caught(*check)] == ["7722307636"]
