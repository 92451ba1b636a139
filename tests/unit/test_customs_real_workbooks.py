"""A vendor's real workbooks: ceramic tiles, typed right to the cell."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from boomerang.errors import ContentRefusedError
from boomerang.sources.customs import READER, recognise
from boomerang.sources.specification import specification
from customs_reading import read

IMPORTS: list[dict[str, Any]] = [
    {
        "_source_member": "Sheet",
        "_source_row": 1,
        "layout": "russia_import_full",
        "record_kind": "real",
        "reporter_country_code": "RU",
        "direction": "import",
        "declaration_number": "10012020/310325/5016594",
        "line_number": None,
        "declared_on": date(2025, 3, 31),
        "procedure_code": "7800021",
        "consignee_tax_number": "3905601620",
        "consignor_tax_number": None,
        "origin_country": "INDIA",
        "dispatch_country": None,
        "destination_country": "RUSSIAN FEDERATION",
        "hs_code": "6907219009",
        "quantity": Decimal("8.6400"),
        "quantity_unit": "M2",
        "net_weight_kg": Decimal("163.2000"),
        "gross_weight_kg": Decimal("163.2000"),
        "currency": "INR",
        "invoice_value": None,  # the vendor's INVOICE_VALUE_RUB is no value in the currency beside it
        "customs_value_rub": Decimal("6947.5200"),
        "value_usd": Decimal("83.0200"),
        "value_basis": "unknown",
        "incoterms": "FOB",
    },
    {
        "_source_member": "Sheet",
        "_source_row": 2,
        "declaration_number": "10317120/310325/5058372",
        "declared_on": date(2025, 3, 31),
        "procedure_code": "4000000",
        "consignee_tax_number": "7720870441",
        "quantity": Decimal("8769.6000"),
        "net_weight_kg": Decimal("137470.0000"),
        "gross_weight_kg": Decimal("139945.0000"),
        "customs_value_rub": Decimal("5076339.2300"),
        "value_usd": Decimal("60662.7700"),
        "incoterms": "DAP",
    },
]
EXPORTS: list[dict[str, Any]] = [
    {
        "_source_row": 1,
        "layout": "russia_export_full",
        "direction": "export",
        "declaration_number": "10511010/310325/5040427",
        "line_number": None,
        "declared_on": date(2025, 3, 31),
        "procedure_code": None,
        "consignor_tax_number": "6658449389",
        "origin_country": None,
        "dispatch_country": "RUSSIAN FEDERATION",
        "destination_country": "OTHER COUNTRY",
        "hs_code": "6907219009",
        "quantity": Decimal("665.0200"),
        "net_weight_kg": Decimal("12571.5400"),
        "gross_weight_kg": Decimal("12764.4900"),
        "currency": "RUB",
        "invoice_value": Decimal("500223.4700"),
        "customs_value_rub": Decimal("540875.4243"),  # the cell says 540875.42427; four decimals are kept
        "value_usd": Decimal("6515.7000"),
        "incoterms": "FCA",
    },
    {
        "_source_row": 2,
        "declaration_number": "10013160/310325/5135241",
        "consignor_tax_number": "5047179507",
        "destination_country": "AZERBAIJAN",
        "quantity": Decimal("214.5600"),
        "currency": "USD",
        "invoice_value": Decimal("1265.9000"),
        "value_usd": Decimal("1265.9000"),
    },
]


@pytest.mark.parametrize(("name", "expected"), [("Russia Import Full", IMPORTS), ("Russia Export Full", EXPORTS)])
def test_every_cell_of_a_full_workbook_is_typed_as_it_stands(
    real_data: Path, name: str, expected: list[dict[str, Any]]
) -> None:
    found = read(real_data / "customs-vendor-samples" / f"{name}.xlsx")
    assert (found.members[0].rows_in, found.quarantine) == (len(expected), [])
    assert [{key: line[key] for key in row} for line, row in zip(found.lines, expected, strict=True)] == expected


@pytest.mark.parametrize("name", ["Russia Import Full", "Russia Export Full"])
def test_texts_of_a_full_workbook_are_the_cells_own(real_data: Path, name: str) -> None:
    import python_calamine

    path = real_data / "customs-vendor-samples" / f"{name}.xlsx"
    rows = python_calamine.CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    header = next(row for row in rows if "HS_CODE" in row)
    cells = [dict(zip(header, row, strict=True)) for row in rows[rows.index(header) + 1 :]]
    columns = recognise(path).columns
    lines = read(path).lines
    texts = ("consignor_name", "consignor_address", "consignee_name", "consignee_address", "manufacturer_name")
    for line, cell in zip(lines, cells, strict=True):
        for canonical in (*texts, "trade_mark", "description", "description_english"):
            assert line[canonical] == cell[columns[canonical][0]], canonical


@pytest.mark.parametrize("name", ["Russia Import Short", "Russia Export Short"])
def test_sums_by_month_are_never_taken_for_declaration_lines(real_data: Path, name: str) -> None:
    with pytest.raises(ContentRefusedError, match="Sums are no declaration lines") as refusal:
        READER.inspect(real_data / "customs-vendor-samples" / f"{name}.xlsx", specification("customs"), None)
    assert refusal.value.reason == "aggregates"
    assert "ask the vendor for the declaration lines" in refusal.value.what_to_do


def test_no_other_countrys_workbook_is_taken_for_a_russian_one(real_data: Path) -> None:
    others = [
        path
        for path in sorted((real_data / "customs-vendor-samples").glob("*.xlsx"))
        if not path.name.startswith("Russia")
    ]
    assert len(others) == 9
    for path in others:
        with pytest.raises(ContentRefusedError) as refusal:
            READER.inspect(path, specification("customs"), None)
        assert refusal.value.reason in {"layout_unknown", "missing_column", "aggregates"}, path.name
        assert refusal.value.what_to_do
