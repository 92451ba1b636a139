"""Whole customs files: the real workbooks, and three header dialects in four encodings with three delimiters."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import xlsxwriter

from boomerang.errors import ContentRefusedError
from boomerang.layouts import try_layout
from boomerang.sources.customs import READER, recognise
from boomerang.sources.customs_workbook import as_text
from boomerang.sources.specification import specification
from customs_tables import COLUMNS, TITLES, delimited, parse, reasons, row

SPLIT = [name for name in COLUMNS if name != "G37"]
DIALECTS = {
    "codes": (list(COLUMNS), None),
    "titles": ([f"{name} ({TITLES[name]})" for name in COLUMNS], None),
    "split": (
        [name.replace("G", "g") for name in SPLIT] + ["G37_1  (Процедура)", "G37_2  (Предыдущая)"],
        ("6010", "000"),
    ),
}
ENCODINGS = {
    "utf-8": lambda text: text.encode(),
    "utf-8 with mark": lambda text: text.encode("utf-8-sig"),
    "utf-16 with mark": lambda text: text.encode("utf-16"),
    "utf-16-le": lambda text: text.encode("utf-16-le"),
    "utf-16-be": lambda text: text.encode("utf-16-be"),
    "cp1251": lambda text: text.encode("cp1251"),
    "cp866": lambda text: text.encode("cp866"),
}


def sheet(path: Path, sheets: dict[str, list[list[object]]]) -> Path:
    with xlsxwriter.Workbook(path, {"default_date_format": "dd.mm.yyyy"}) as workbook:
        for name, rows in sheets.items():
            worksheet = workbook.add_worksheet(name)
            for number, cells in enumerate(rows):
                for column, cell in enumerate(cells):
                    worksheet.write(number, column, cell)
    return path


@pytest.mark.parametrize("encoding", sorted(ENCODINGS))
@pytest.mark.parametrize("dialect", sorted(DIALECTS))
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_every_dialect_gives_the_same_lines(tmp_path: Path, dialect: str, encoding: str, delimiter: str) -> None:
    header, split = DIALECTS[dialect]
    rows = [row(), row(G022="а, б; в\tг", G31_1="прицел\nночной"), row(G33="НЕТ"), row(G011="ЭК")]
    if split:
        rows = [
            [cell for name, cell in zip(COLUMNS, cells, strict=True) if name != "G37"] + list(split) for cells in rows
        ]
    path = tmp_path / "a.csv"
    path.write_bytes(ENCODINGS[encoding](delimited([header, *rows], delimiter, "\r\n")))
    assert recognise(path).name == "russia_declaration_fields"
    _counts, lines, quarantine = parse(path, tmp_path / "out")
    assert reasons(quarantine) == {3: "bad_hs_code"}
    assert [line["_source_row"] for line in lines] == [1, 2, 4]
    assert [line["direction"] for line in lines] == ["import", "import", "export"]
    assert (lines[1]["consignor_name"], lines[1]["description"]) == ("а, б; в\tг", "прицел\nночной")
    assert {line["consignee_name"] for line in lines} == {'АО "НПК УРАЛВАГОНЗАВОД"'}
    assert {line["procedure_code"] for line in lines} == {"6010000"}
    assert {line["value_usd"] for line in lines} == {Decimal("1234.5")}


def test_letters_that_tell_the_encoding_may_stand_far_below(tmp_path: Path) -> None:
    plain = row(G011="", G082="UVZ", G31_1="SIGHT")
    text = delimited([list(COLUMNS), *[plain] * 30_000, row()])
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode("cp1251"))
    assert path.stat().st_size > 2 << 20
    _counts, lines, quarantine = parse(path, tmp_path / "out")
    assert [line["consignee_name"] for line in lines] == ['АО "НПК УРАЛВАГОНЗАВОД"']
    assert len(quarantine) == 30_000


def test_letters_of_no_known_encoding_are_refused_not_guessed(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(delimited([list(COLUMNS), row(G011="", G082="Café Zürich", G31_1="")]).encode("latin-1"))
    with pytest.raises(ContentRefusedError) as caught:
        parse(path, tmp_path / "out")
    assert caught.value.reason == "unknown_encoding"


def test_the_real_import_workbook_is_right_to_the_cell(real_data: Path, tmp_path: Path) -> None:
    path = real_data / "customs-vendor-samples" / "Russia Import Full.xlsx"
    (count,), lines, quarantine = parse(path, tmp_path / "out")
    assert (count.source_member, count.rows_in, count.rows_loaded, quarantine) == ("Sheet", 2, 2, [])
    first, second = lines
    assert [line["_source_row"] for line in lines] == [1, 2]
    assert {name: value for name, value in first.items() if "address" not in name and "description" not in name} == {
        "_source_sha256": "ab" * 32,
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
        "consignor_name": "KEDAR CERA LLP",
        "consignor_tax_number": None,
        "consignee_name": "ООО МЕГАПОЛИС БАЛТИКА",
        "consignee_tax_number": "3905601620",
        "manufacturer_name": "KEDAR CERA LLP",
        "trade_mark": "KEDAR CERA",
        "origin_country": "INDIA",
        "dispatch_country": None,
        "destination_country": "RUSSIAN FEDERATION",
        "hs_code": "6907219009",
        "quantity": Decimal("8.64"),
        "quantity_unit": "M2",
        "net_weight_kg": Decimal("163.2"),
        "gross_weight_kg": Decimal("163.2"),
        "currency": "INR",
        "invoice_value": None,
        "customs_value_rub": Decimal("6947.52"),
        "value_usd": Decimal("83.02"),
        "value_basis": "unknown",
        "incoterms": "FOB",
    }
    assert (second["procedure_code"], second["consignee_tax_number"]) == ("4000000", "7720870441")
    assert (second["net_weight_kg"], second["gross_weight_kg"]) == (Decimal("137470"), Decimal("139945"))
    assert (second["value_usd"], second["customs_value_rub"]) == (Decimal("60662.77"), Decimal("5076339.23"))
    assert second["description"].endswith("НЕ БОЛЕЕ 0,5 МАС.%")
    assert second["description_english"].startswith("GLAZED PORCELAIN GRANITE")


def test_the_real_export_workbook_is_right_to_the_cell(real_data: Path, tmp_path: Path) -> None:
    path = real_data / "customs-vendor-samples" / "Russia Export Full.xlsx"
    (count,), lines, quarantine = parse(path, tmp_path / "out")
    assert (count.rows_in, count.rows_loaded, quarantine) == (2, 2, [])
    first, second = lines
    assert {line["direction"] for line in lines} == {"export"}
    assert {str(line["declared_on"]) for line in lines} == {"2025-03-31"}
    assert [line["declaration_number"] for line in lines] == ["10511010/310325/5040427", "10013160/310325/5135241"]
    assert [line["consignor_tax_number"] for line in lines] == ["6658449389", "5047179507"]
    assert [line["procedure_code"] for line in lines] == [None, None]
    assert [line["destination_country"] for line in lines] == ["OTHER COUNTRY", "AZERBAIJAN"]
    assert (first["quantity"], first["net_weight_kg"]) == (Decimal("665.02"), Decimal("12571.54"))
    assert (first["currency"], first["invoice_value"]) == ("RUB", Decimal("500223.47"))
    assert (first["customs_value_rub"], first["value_usd"]) == (Decimal("540875.4243"), Decimal("6515.7"))
    assert (second["customs_value_rub"], second["value_usd"]) == (Decimal("105083.7515"), Decimal("1265.9"))
    assert second["consignee_name"] == "ООО AKABE ПО ПОРУЧЕНИЮ HAZAR INSAAT DIS TIC LIMITED STI"


@pytest.mark.parametrize("name", ["Russia Import Short.xlsx", "Russia Export Short.xlsx"])
def test_sums_are_never_taken_for_lines(real_data: Path, name: str) -> None:
    with pytest.raises(ContentRefusedError, match="Sums are no declaration lines") as caught:
        READER.inspect(real_data / "customs-vendor-samples" / name, specification("customs"), None)
    assert caught.value.reason == "aggregates"


def test_other_countries_real_workbooks_are_not_taken_for_russian_ones(real_data: Path) -> None:
    for path in sorted((real_data / "customs-vendor-samples").glob("*.xlsx")):
        if not path.name.startswith("Russia"):
            with pytest.raises(ContentRefusedError):
                recognise(path)


def test_a_workbook_gives_what_the_same_rows_as_text_give(tmp_path: Path) -> None:
    rows = [list(COLUMNS), row(), row(G072="31.02.2022"), row(G31_7="-3"), [""] * len(COLUMNS), row(G31_1="a\nb")]
    (tmp_path / "a.csv").write_text(delimited(rows))
    sheet(tmp_path / "a.xlsx", {"DATA": [["", "BANNER"], [], *rows]})
    _counts, text_lines, text_quarantine = parse(tmp_path / "a.csv", tmp_path / "text")
    _counts, sheet_lines, sheet_quarantine = parse(tmp_path / "a.xlsx", tmp_path / "sheet")
    assert {line.pop("_source_member") for line in sheet_lines} == {"DATA"}
    assert {line.pop("_source_member") for line in text_lines} == {""}
    assert sheet_lines == text_lines
    assert reasons(sheet_quarantine) == reasons(text_quarantine)
    assert [entry["content"] for entry in sheet_quarantine] == [entry["content"] for entry in text_quarantine]


def test_numbers_and_days_of_a_workbook_keep_their_meaning(tmp_path: Path) -> None:
    header = [*COLUMNS, "G081", "G38"]
    cells: list[object] = [*row(), 6623029538.0, 540875.42427]
    cells[COLUMNS.index("G33")] = 9005800000.0
    cells[COLUMNS.index("G072")] = datetime(2022, 12, 9)  # noqa: DTZ001 - Excel knows no zones
    cells[COLUMNS.index("G37")] = 6010000
    _counts, (line,), _quarantine = parse(sheet(tmp_path / "a.xlsx", {"S": [header, cells]}), tmp_path / "out")
    assert (line["consignee_tax_number"], line["hs_code"]) == ("6623029538", "9005800000")
    assert (line["declared_on"], line["procedure_code"]) == (date(2022, 12, 9), "6010000")
    assert line["net_weight_kg"] == Decimal("540875.4243")


def test_cells_become_text_without_decimals_that_were_not_there() -> None:
    assert [as_text(cell) for cell in (1.0, 1.5, "", "x", None, True, 1e300, 83.02)] == [
        "1",
        "1.5",
        None,
        "x",
        None,
        "TRUE",
        "1e+300",
        "83.02",
    ]


def test_each_sheet_is_a_member_and_a_strange_one_is_quarantined_row_by_row(tmp_path: Path) -> None:
    table = [list(COLUMNS), row(), row(G46="x")]
    notes = [["Notes"], [], ["ask Ivan", 7]]
    path = sheet(tmp_path / "a.xlsx", {"One": table, "Empty": [], "Notes": notes, "Two": [[], *table]})
    counts, lines, quarantine = parse(path, tmp_path / "out")
    assert {count.source_member: (count.rows_in, count.rows_loaded) for count in counts} == {
        "One": (2, 1),
        "Two": (2, 1),
        "Notes": (2, 0),
    }
    assert [(line["_source_member"], line["_source_row"]) for line in lines] == [("One", 1), ("Two", 1)]
    assert [(entry["_source_member"], entry["_source_row"], entry["reason"]) for entry in quarantine] == [
        ("One", 2, "bad_number"),
        ("Two", 2, "bad_number"),
        ("Notes", 1, "layout_unknown"),
        ("Notes", 3, "layout_unknown"),
    ]
    assert quarantine[-1]["content"] == "ask Ivan | 7"
    assert set(try_layout(path).strange_sheets) == {"Notes"}


def test_a_table_that_begins_in_the_middle_of_a_sheet_is_found(tmp_path: Path) -> None:
    rows = [[], [], *([None, None, *cells] for cells in ([*COLUMNS], row(), row()))]
    _counts, lines, quarantine = parse(sheet(tmp_path / "a.xlsx", {"S": rows}), tmp_path / "out")
    assert [(line["_source_row"], line["hs_code"]) for line in lines] == [(1, "9005800000"), (2, "9005800000")]
    assert quarantine == []


def test_columns_that_no_layout_knows_are_counted_and_named(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "a.csv"
    path.write_text(delimited([[*COLUMNS, "G999", "MY NOTE"], [*row(), "1", "2"]]))
    figures = READER.inspect(path, specification("customs"), None)
    assert figures == {"tables": 1, "unknown_columns": 2, "strange_sheets": 0}
    assert "'G999', 'MY NOTE'" in caplog.text


def test_a_layout_that_was_named_must_fit(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(delimited([list(COLUMNS), row()]))
    assert READER.inspect(path, specification("customs"), "russia_declaration_fields")["tables"] == 1
    with pytest.raises(ContentRefusedError) as caught:
        READER.inspect(path, specification("customs"), "russia_import_full")
    assert caught.value.reason == "layout_unknown"


def test_paths_with_letters_that_mean_something_to_duckdb_are_read(tmp_path: Path) -> None:
    folder = tmp_path / "it's [a]* home?"
    folder.mkdir()
    (tmp_path / "it's a home?").mkdir()
    for name in ("it's [a]* home?", "it's a home?"):
        (tmp_path / name / "a.csv").write_text(delimited([list(COLUMNS), row()]))
    _counts, lines, _quarantine = parse(folder / "a.csv", folder / "out")
    assert len(lines) == 1
