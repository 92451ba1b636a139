"""Sums stay apart from lines, equal rows count once, and every real workbook leaves a balanced ledger."""

from __future__ import annotations

import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from customs_home import CustomsHome

from boomerang.home import Home
from boomerang.landing.retraction import retract
from boomerang.synthetic.customs_files import Answer, synthesise, synthesise_sums

LEDGER = "file_name, source_member, rows_in, rows_loaded, rows_quarantined, rows_duplicate"

CHOSEN = ("+fct_customs_aggregates", "+row_ledger")


@pytest.fixture(scope="module")
def real(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> CustomsHome:
    """Every real workbook, landed and built."""
    built = CustomsHome(Home.open(tmp_path_factory.mktemp("real") / "home", profile="live"))
    for path in sorted((real_data / "customs-vendor-samples").glob("*.xlsx")):
        built.land(path, "2026-03-01")
    status, said = built.build(tested=False, chosen=CHOSEN)
    assert status == 0, said
    return built


def test_every_real_workbook_leaves_a_balanced_ledger(real: CustomsHome) -> None:
    ledger = real.query(f"select {LEDGER} from marts.row_ledger order by all")
    assert len(ledger) == 13
    assert all(row[2] == row[3] + row[4] + row[5] > 0 for row in ledger)
    # Whole rows that stand in a file twice, counted with another tool.
    assert {row[0]: row[5] for row in ledger if row[5]} == {
        "Kazakhstan Import S.xlsx": 2,
        "Russia Export Short.xlsx": 5,
        "Russia Import Short.xlsx": 3,
        "Ukraine Import Short.xlsx": 1,
    }


def test_real_sums_are_never_among_the_lines(real: CustomsHome) -> None:
    assert real.query("select count(*) from marts.fct_customs_aggregates") == [(5087 - 11,)]
    assert real.query("select count(*) from marts.fct_customs_lines where layout like '%short%'") == [(0,)]
    assert real.query("select count(*) from marts.fct_customs_lines") == [(28,)]
    assert real.query(
        "select month, declared_on, partner_name, origin_country_code, quantity, quantity_unit, value_usd, value_basis "
        "from marts.fct_customs_aggregates where layout = 'india_import_short' and source_row = 1"
    ) == [
        (
            date(2025, 3, 1),
            date(2025, 3, 29),
            "FOSHAN THE GUIDER BUILDING MATERIAL CO LIMITED",
            "CN",
            Decimal("1.5360"),
            None,
            Decimal("63.5235"),
            "unknown",
        )
    ]


def test_the_party_behind_another_is_published_beside_it(real: CustomsHome) -> None:
    assert real.query(
        "select distinct consignee_name, consignee_on_behalf_of_name, consignee_name_declared, consignee_name_marks "
        "from marts.fct_customs_lines where consignee_name_marks is not null"
    ) == [
        (
            "ООО AKABE",
            "HAZAR INSAAT DIS TIC LIMITED STI",
            "ООО AKABE ПО ПОРУЧЕНИЮ HAZAR INSAAT DIS TIC LIMITED STI",
            "on_behalf_of",
        )
    ]


def test_sums_that_come_again_count_once_and_a_retracted_file_not_at_all(tmp_path: Path) -> None:
    answer: Answer = synthesise_sums(tmp_path, lines=1_000, seed=5, layout="ukraine_import_short")
    answer += synthesise(tmp_path, lines=1_000, seed=5, layout="ukraine_import_full")
    sums, lines = answer.files
    book = tmp_path / sums.layout / sums.file
    with zipfile.ZipFile(tmp_path / "again.zip", "w") as archive:
        archive.write(book, "June/sums.xlsx")
        archive.writestr("readme.txt", "hello")
    built = CustomsHome(Home.open(tmp_path / "home", profile="live"))
    built.land(tmp_path / "again.zip", "2023-02-01")  # later, and landed first
    built.land(book, "2023-01-01")
    built.land(tmp_path / lines.layout / lines.file, "2023-01-01")
    status, said = built.build(chosen=CHOSEN)
    assert status == 0, said
    assert built.query(f"select {LEDGER} from marts.row_ledger order by all") == [
        ("again.zip", "June/sums.xlsx#Sheet1", sums.rows_in, 0, 0, sums.rows_in),
        ("again.zip", "readme.txt", 1, 0, 1, 0),
        (lines.file, "Sheet", lines.rows_in, lines.rows_loaded, lines.rows_quarantined, lines.rows_duplicate),
        (sums.file, "Sheet1", sums.rows_in, sums.rows_loaded, 0, sums.rows_duplicate),
    ]
    assert built.query(
        "select count(*), min(known_from), max(known_from), min(record_kind) from marts.fct_customs_aggregates"
    ) == [(sums.rows_loaded, date(2023, 1, 1), date(2023, 1, 1), "synthetic")]

    retract(built.home, sums.sha256, "sums of another query")
    built.land(tmp_path / "again.zip", "2023-02-02")  # makes the observations anew
    status, said = built.build(tested=False, chosen=CHOSEN)
    assert status == 0, said
    assert built.query("select count(*), min(known_from) from marts.fct_customs_aggregates") == [
        (sums.rows_loaded, date(2023, 2, 1))
    ]
    assert built.query("select count(*) from marts.row_ledger where rows_duplicate > 0") == [(2,)]
