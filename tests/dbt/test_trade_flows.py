"""Flows of trade, from the answers of UN Comtrade to the mart."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sanctions_home import BuiltHome

from boomerang.bundle import write_bundle
from boomerang.home import Home
from boomerang.synthetic.comtrade_answers import flow_row

BUILD = ("+path:models/marts/trade", "path:tests/comtrade")
RUSSIA, INDIA, INDIA_TO_1974, USA, MONACO_OR_EUROPE, WORLD, EU = 643, 699, 356, 842, 492, 0, 97
ASKED_OF, ASKED_ABOUT = "A/reporter-643/2020-2021/1.json", "A/partner-643/2020-2021/1.json"


def answer(*rows: dict[str, Any]) -> bytes:
    return json.dumps({"count": len(rows), "data": rows, "error": ""}).encode()


def first_answers() -> dict[str, bytes]:
    """What the first pull brings: Russia's own reports, and the others' on Russia."""
    itself = [
        flow_row(RUSSIA, RUSSIA, "2021", "M", "901310", 700.5),
        flow_row(RUSSIA, RUSSIA, "2021", "RM", "901310", 700.5),
    ]
    return {
        ASKED_OF: answer(
            flow_row(RUSSIA, INDIA, "2021", "X", "901310", 1000),
            flow_row(RUSSIA, USA, "2021", "X", "901310", 50, netWgt=0),
            flow_row(RUSSIA, USA, "2021", "RX", "901310", 20),
            flow_row(RUSSIA, WORLD, "2021", "X", "901310", 1050),
            flow_row(RUSSIA, EU, "2021", "X", "901310", 500),
            flow_row(RUSSIA, MONACO_OR_EUROPE, "2021", "X", "901310", 5),
            flow_row(RUSSIA, INDIA, "2020", "X", "880330", 300),
            flow_row(RUSSIA, INDIA, "2021", "X", "8710", 9999, aggrLevel=4),
            *itself,
        ),
        ASKED_ABOUT: answer(
            flow_row(INDIA, RUSSIA, "2021", "M", "901310", 1200.25),
            # The other number of the same country, which must not be taken for its partner's mirror.
            flow_row(INDIA_TO_1974, RUSSIA, "2021", "M", "901310", 77777),
            # An import that is given free on board only.
            flow_row(USA, RUSSIA, "2021", "M", "871000", 10, cifvalue=None, fobvalue=10),
            *itself,
        ),
    }


def second_answers() -> dict[str, bytes]:
    """A month later: of 2021 one value is revised and the American row withdrawn; of 2020 nothing comes at all."""
    return {
        ASKED_OF: answer(
            flow_row(RUSSIA, INDIA, "2021", "X", "901310", 1100),
            flow_row(RUSSIA, RUSSIA, "2021", "M", "901310", 700.5),
            flow_row(RUSSIA, RUSSIA, "2021", "RM", "901310", 700.5),
        ),
        "M/partner-643/202101-202106/1.json": answer(flow_row(INDIA, RUSSIA, "202103", "M", "901310", 100)),
    }


def land(home: BuiltHome, folder: Path, name: str, answers: dict[str, bytes], as_of: str) -> None:
    path = folder / f"{name}.zip"
    write_bundle(answers, path)
    home.land("comtrade", path, as_of)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> BuiltHome:
    folder = tmp_path_factory.mktemp("trade")
    home = BuiltHome(Home.open(folder / "home", profile="live"), BUILD)
    land(home, folder, "first", first_answers(), "2023-05-01T00:00:00Z")
    status, said = home.build()
    assert status == 0, said
    return home


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> BuiltHome:
    """Both pulls, landed the newer one first."""
    folder = tmp_path_factory.mktemp("trade")
    home = BuiltHome(Home.open(folder / "home", profile="live"), BUILD)
    land(home, folder, "second", second_answers(), "2023-06-01T00:00:00Z")
    land(home, folder, "first", first_answers(), "2023-05-01T00:00:00Z")
    status, said = home.build()
    assert status == 0, said
    return home


def flows(home: BuiltHome, columns: str, where: str) -> list[tuple[object, ...]]:
    return home.query(f"select {columns} from marts.mart_trade_flows where {where} order by all")


def test_reimports_are_shown_beside_the_import_that_holds_them_and_count_once(first: BuiltHome) -> None:
    columns = "flow, value_usd, of_which_reimports_usd, counts_in_totals, value_basis, mirror_value_usd"
    assert flows(first, columns, "reporter_code = partner_code") == [
        ("M", Decimal("700.5"), Decimal("700.5"), True, "cif", None),
        ("RM", Decimal("700.5"), None, False, "cif", None),
    ]
    total = "sum(value_usd) filter (where counts_in_totals)"
    assert first.query(
        f"select {total} from marts.mart_trade_flows where flow in ('M', 'RM') and reporter_code = 643"
    ) == [(Decimal("700.5"),)]


def test_reexports_are_a_part_of_exports(first: BuiltHome) -> None:
    columns = "flow, value_usd, of_which_reexports_usd, of_which_reimports_usd, counts_in_totals, net_weight_kg"
    assert flows(first, columns, f"partner_code = {USA}") == [
        ("RX", Decimal(20), None, None, False, Decimal("0.2")),
        ("X", Decimal(50), Decimal(20), None, True, None),
    ]


def test_the_mirror_is_the_partners_opposite_flow_by_number(first: BuiltHome) -> None:
    columns = "reporter_code, flow, value_usd, value_basis, mirror_value_usd, mirror_value_basis, gap_usd"
    where = f"hs6 = '901310' and {{}} in ({INDIA}, {INDIA_TO_1974})"
    assert flows(first, columns, where.format("partner_code")) == [
        (RUSSIA, "X", Decimal(1000), "fob", Decimal("1200.25"), "cif", Decimal("-200.25")),
    ]
    assert flows(first, columns, where.format("reporter_code")) == [
        (INDIA_TO_1974, "M", Decimal(77777), "cif", None, None, None),
        (INDIA, "M", Decimal("1200.25"), "cif", Decimal(1000), "fob", Decimal("200.25")),
    ]


def test_a_mirror_that_nobody_reported_is_null_and_not_zero(first: BuiltHome) -> None:
    assert flows(first, "mirror_value_usd, gap_usd", "hs6 = '880330'") == [(None, None)]


def test_an_import_without_freight_is_called_what_it_is(first: BuiltHome) -> None:
    assert flows(first, "flow, value_basis", "hs6 = '871000'") == [("M", "fob")]


def test_sums_of_countries_and_of_codes_are_left_out_and_492_is_not_monaco(first: BuiltHome) -> None:
    assert flows(first, "count(*)", f"partner_code in ({WORLD}, {EU}) or length(hs6) < 6") == [(0,)]
    assert flows(first, "partner_country_code", f"partner_code = {MONACO_OR_EUROPE}") == [(None,)]
    assert flows(first, "distinct reporter_country_code", f"reporter_code in ({INDIA}, {USA})") == [("IN",), ("US",)]


def test_the_newest_answer_to_a_question_decides_and_an_empty_one_takes_nothing_away(second: BuiltHome) -> None:
    columns = "partner_code, period, hs6, flow, value_usd, known_from::varchar"
    assert flows(second, columns, f"reporter_code = {RUSSIA} and partner_code <> {RUSSIA}") == [
        (INDIA, "2020", "880330", "X", Decimal(300), "2023-05-01"),
        (INDIA, "2021", "901310", "X", Decimal(1100), "2023-06-01"),
    ]
    # The question about Russia was not asked again: its answer of May stands.
    assert flows(second, "value_usd, gap_usd", f"reporter_code = {INDIA} and period = '2021'") == [
        (Decimal("1200.25"), Decimal("100.25")),
    ]


def test_years_and_months_stay_apart(second: BuiltHome) -> None:
    assert flows(second, "period, frequency, value_usd, mirror_value_usd", f"reporter_code = {INDIA}") == [
        ("2021", "annual", Decimal("1200.25"), Decimal(1100)),
        ("202103", "monthly", Decimal(100), None),
    ]


def test_every_flow_leads_back_to_its_row(second: BuiltHome) -> None:
    assert flows(second, "source_member, source_row", f"partner_code = {INDIA}") == [(ASKED_OF, 1), (ASKED_OF, 7)]
