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
        "consignor_name_declared": None,
        "consignor_name_marks": None,
        "consignor_tax_number": None,
        "consignor_on_behalf_of_name": None,
        "consignor_on_behalf_of_tax_number": None,
        "consignee_name": "ООО МЕГАПОЛИС БАЛТИКА",
        "consignee_name_declared": None,
        "consignee_name_marks": None,
        "consignee_tax_number": "3905601620",
        "consignee_on_behalf_of_name": None,
        "consignee_on_behalf_of_tax_number": None,
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
        "local_value": None,
        "local_currency": None,
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
    assert (second["consignee_name"], second["consignee_on_behalf_of_name"]) == (
        "ООО AKABE",
        "HAZAR INSAAT DIS TIC LIMITED STI",
    )
    assert second["consignee_name_declared"] == "ООО AKABE ПО ПОРУЧЕНИЮ HAZAR INSAAT DIS TIC LIMITED STI"


WORKBOOKS = {
    "India Export USA 610990 (1).xlsx": ("india_export_full", "IN", "export", 16),
    "India Import F.xlsx": ("india_import_full", "IN", "import", 2),
    "India Import S.xlsx": ("india_import_short", "IN", "import", 1000),
    "Kazakhstan Export F.xlsx": ("kazakhstan_export_full", "KZ", "export", 2),
    "Kazakhstan Export S.xlsx": ("kazakhstan_export_short", "KZ", "export", 87),
    "Kazakhstan Import F.xlsx": ("kazakhstan_import_full", "KZ", "import", 2),
    "Kazakhstan Import S.xlsx": ("kazakhstan_import_short", "KZ", "import", 1000),
    "Russia Export Full.xlsx": ("russia_export_full", "RU", "export", 2),
    "Russia Export Short.xlsx": ("russia_export_short", "RU", "export", 1000),
    "Russia Import Full.xlsx": ("russia_import_full", "RU", "import", 2),
    "Russia Import Short.xlsx": ("russia_import_short", "RU", "import", 1000),
    "Ukraine Import Full.xlsx": ("ukraine_import_full", "UA", "import", 2),
    "Ukraine Import Short.xlsx": ("ukraine_import_short", "UA", "import", 1000),
}


def test_every_real_workbook_has_its_layout(real_data: Path) -> None:
    assert {path.name for path in (real_data / "customs-vendor-samples").glob("*.xlsx")} == set(WORKBOOKS)


@pytest.mark.parametrize("name", sorted(WORKBOOKS))
def test_every_real_workbook_goes_in_whole(real_data: Path, tmp_path: Path, name: str) -> None:
    layout, reporter, direction, rows = WORKBOOKS[name]
    path = real_data / "customs-vendor-samples" / name
    assert READER.inspect(path, specification("customs"), None) == {
        "tables": 1,
        "unknown_columns": 0,
        "strange_members": 0,
    }
    (count,), lines, quarantine = parse(path, tmp_path / "out")
    assert (count.rows_in, count.rows_loaded, quarantine) == (rows, rows, [])
    assert {(line["layout"], line["reporter_country_code"], line["direction"]) for line in lines} == {
        (layout, reporter, direction)
    }
    is_of_sums = layout.endswith("_short")
    assert {entry.name for entry in (tmp_path / "out").iterdir()} == {
        "aggregates.parquet" if is_of_sums else "lines.parquet"
    }
    assert all(line["month" if is_of_sums else "declared_on"] and line["hs_code"] for line in lines)


def test_midnight_in_india_is_the_day_there_in_every_row(real_data: Path, tmp_path: Path) -> None:
    path = real_data / "customs-vendor-samples" / "India Import S.xlsx"
    _counts, sums, _quarantine = parse(path, tmp_path / "out")
    assert sums[0]["declared_on"] == date(2025, 3, 29)  # 2025-03-28T18:30:00.000Z
    assert all(line["declared_on"].replace(day=1) == line["month"] for line in sums)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "Kazakhstan Import F.xlsx",
            {
                "declaration_number": "50417/300925/0013512",
                "declared_on": date(2025, 9, 30),
                "procedure_code": "40",
                "consignor_name": None,
                "consignee_name": "ТОО ЗЕРДЕ КЕРАМИКА АКТОБЕ",
                "consignee_tax_number": "160640000489",
                "invoice_value": None,
                "local_value": Decimal(195840),
                "local_currency": "KZT",
                "value_usd": Decimal("359.83"),
                "net_weight_kg": Decimal("2053.6"),
            },
        ),
        (
            "Kazakhstan Export F.xlsx",
            {"procedure_code": "10", "currency": "USD", "invoice_value": Decimal("1351.3"), "incoterms": "EXW"},
        ),
        (
            "Ukraine Import Full.xlsx",
            {
                "declaration_number": "UA209170/2025/94314",
                "line_number": 1,
                "procedure_code": "40",  # IM/40/ДЕ
                "currency": "PLN",
                "invoice_value": None,
                "local_value": Decimal("371.01"),
                "local_currency": "UAH",
                "value_usd": Decimal("8.84"),
            },
        ),
        (
            "India Export USA 610990 (1).xlsx",
            {
                "declaration_number": "2511BGIEHADC",
                "line_number": 1,
                "declared_on": date(2025, 11, 18),
                "consignor_tax_number": "2416910370",
                "consignee_name": "TO THE ORDER OF",
                "destination_country": "UNITED STATES",
                "hs_code": "69072100",
                "quantity": Decimal(270000),
                "quantity_unit": "KGS",
                "local_value": Decimal("4960261.8"),
                "value_usd": Decimal("56527.2"),
                "value_basis": "fob",
            },
        ),
        (
            "Kazakhstan Export S.xlsx",
            {"month": date(2024, 12, 1), "quantity": Decimal(160), "quantity_unit": None, "value_usd": None},
        ),
        (
            "Ukraine Import Short.xlsx",
            {"month": date(2025, 4, 1), "origin_country": "POLAND", "value_usd": Decimal("2.2766"), "currency": None},
        ),
    ],
)
def test_the_first_row_of_a_real_workbook_is_right_to_the_cell(
    real_data: Path, tmp_path: Path, name: str, expected: dict[str, object]
) -> None:
    _counts, lines, _quarantine = parse(real_data / "customs-vendor-samples" / name, tmp_path / "out")
    assert {column: lines[0][column] for column in expected} == expected


def test_two_parties_in_one_real_field_are_told_apart(real_data: Path, tmp_path: Path) -> None:
    found: dict[str, dict[str, object]] = {}
    for name in ("Russia Import Short.xlsx", "Russia Export Short.xlsx", "Kazakhstan Import S.xlsx"):
        for line in parse(real_data / "customs-vendor-samples" / name, tmp_path / name)[1]:
            for side in ("consignor", "consignee"):
                if line[f"{side}_name_declared"]:
                    found[line[f"{side}_name_declared"]] = {
                        column.removeprefix(f"{side}_"): line[column]
                        for column in line
                        if column.startswith(side) and "address" not in column
                    }
    glued = found["7722476458 772201001 OOO YATASH RUS"]
    assert (glued["name"], glued["tax_number"], glued["name_marks"]) == (
        "OOO YATASH RUS",
        "7722476458",
        "tax_number_glued",
    )
    served = found["ABDULLAEV RAJABALI RAUFOVICH FOR LLC AEROEXPRESS TIN 010085635"]
    assert (served["name"], served["on_behalf_of_name"], served["on_behalf_of_tax_number"], served["tax_number"]) == (
        "ABDULLAEV RAJABALI RAUFOVICH",
        "LLC AEROEXPRESS",
        "010085635",
        None,
    )
    cut = found["WENZHOU VICTORY SANITARY WARE CO LIMITED ON BEHALF O"]
    assert (cut["name"], cut["on_behalf_of_name"], cut["name_marks"]) == (
        "WENZHOU VICTORY SANITARY WARE CO LIMITED",
        None,
        "on_behalf_of_cut_off",
    )
    assert {str(parts["name_marks"]) for parts in found.values()} == {
        "tax_number_glued",
        "on_behalf_of",
        "on_behalf_of_cut_off",
    }
    assert len(found) == 22


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
    assert set(try_layout(path).strange) == {"Notes"}


def test_a_table_that_begins_in_the_middle_of_a_sheet_is_found(tmp_path: Path) -> None:
    rows = [[], [], *([None, None, *cells] for cells in ([*COLUMNS], row(), row()))]
    _counts, lines, quarantine = parse(sheet(tmp_path / "a.xlsx", {"S": rows}), tmp_path / "out")
    assert [(line["_source_row"], line["hs_code"]) for line in lines] == [(1, "9005800000"), (2, "9005800000")]
    assert quarantine == []


def test_columns_that_no_layout_knows_are_counted_and_named(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "a.csv"
    path.write_text(delimited([[*COLUMNS, "G999", "MY NOTE"], [*row(), "1", "2"]]))
    figures = READER.inspect(path, specification("customs"), None)
    assert figures == {"tables": 1, "unknown_columns": 2, "strange_members": 0}
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
