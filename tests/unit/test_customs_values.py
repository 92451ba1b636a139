"""What becomes of the values of a customs row: typed, null, or the row in quarantine with a reason."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from boomerang.sources.customs import LINES_SCHEMA
from boomerang.sources.specification import QUARANTINE_SCHEMA
from customs_tables import COLUMNS, parse, reasons, row, write_csv


def one_line(path: Path, header: tuple[str, ...] = COLUMNS, **changes: str) -> dict[str, object]:
    cells = [changes[name] if name in changes else row()[COLUMNS.index(name)] for name in header]
    _counts, lines, quarantine = parse(write_csv(path / "a.csv", [cells], header), path / "out")
    assert quarantine == []
    return lines[0]


def test_a_sound_row_is_typed_to_the_cell(tmp_path: Path) -> None:
    line = one_line(tmp_path)
    assert line == {
        **dict.fromkeys(LINES_SCHEMA.names),
        "_source_sha256": "ab" * 32,
        "_source_member": "",
        "_source_row": 1,
        "layout": "russia_declaration_fields",
        "record_kind": "synthetic",
        "reporter_country_code": "RU",
        "direction": "import",
        "declaration_number": "99001001/091222/0000001",
        "declared_on": date(2022, 12, 9),
        "procedure_code": "6010000",
        "consignor_name": "MYANMAR ARMY",
        "consignee_name": 'АО "НПК УРАЛВАГОНЗАВОД"',
        "hs_code": "9005800000",
        "description": "ПРИЦЕЛ-ДАЛЬНОМЕР ТПД-К1",
        "quantity": Decimal("10.0000"),
        "value_usd": Decimal("1234.5000"),
        "value_basis": "statistical",
    }


def test_files_have_the_declared_schemas(tmp_path: Path) -> None:
    parse(write_csv(tmp_path / "a.csv", [row(), row(G072="31.02.2022")]), tmp_path / "out")
    for name, schema in (("lines", LINES_SCHEMA), ("quarantine", QUARANTINE_SCHEMA)):
        found = pq.read_schema(tmp_path / "out" / f"{name}.parquet")
        assert [(field.name, field.type) for field in found] == [(field.name, field.type) for field in schema]


@pytest.mark.parametrize(
    ("change", "reason", "detail"),
    [
        ({"G072": "31.02.2022"}, "bad_date", "declared_on: 31.02.2022"),
        ({"G072": "09.12.22"}, "bad_date", "declared_on: 09.12.22"),
        ({"G072": "09.12.1989"}, "bad_date", "declared_on: 09.12.1989"),
        ({"G072": "09.12.2190"}, "bad_date", "declared_on: 09.12.2190"),
        ({"G072": "12/09/2022"}, "bad_date", "declared_on: 12/09/2022"),
        ({"G072": "NULL"}, "missing_date", ""),
        ({"G46": "1,234.50"}, "bad_number", "value_usd: 1,234.50"),
        ({"G46": "a lot"}, "bad_number", "value_usd: a lot"),
        ({"G46": "nan"}, "bad_number", "value_usd: nan"),
        ({"G46": "123456789012345678"}, "bad_number", "value_usd: 123456789012345678"),
        ({"G31_7": "-1"}, "negative_quantity", "quantity: -1"),
        ({"G46": "-0,01"}, "negative_value", "value_usd: -0,01"),
        ({"G33": "90058O0000"}, "bad_hs_code", "hs_code: 90058O0000"),
        ({"G33": "900580000"}, "bad_hs_code", "hs_code: 900580000"),
        ({"G37": "ИМ60"}, "bad_procedure_code", "procedure_code: ИМ60"),
        ({"G011": "ТТ"}, "unknown_direction", "direction: ТТ"),
        ({"G011": ""}, "unknown_direction", "direction: (empty)"),
        ({"RECORD_KIND": "MAYBE"}, "unknown_record_kind", "record_kind: maybe"),
        ({"RECORD_KIND": ""}, "unknown_record_kind", "record_kind: (empty)"),
    ],
)
def test_a_value_that_cannot_be_taken_costs_its_row_only(
    tmp_path: Path, change: dict[str, str], reason: str, detail: str
) -> None:
    path = write_csv(tmp_path / "a.csv", [row(), row(**change), row()])
    _counts, lines, quarantine = parse(path, tmp_path / "out")
    assert [line["_source_row"] for line in lines] == [1, 3]
    assert [(entry["_source_row"], entry["reason"], entry["detail"]) for entry in quarantine] == [(2, reason, detail)]
    assert quarantine[0]["content"].startswith(row(**change)[0])


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("1234,5", "1234.5"),
        ("1234.5", "1234.5"),
        ("1 234,5", "1234.5"),
        ("1\u00a0234,50", "1234.5"),
        (" 12 ", "12"),
        ("0,00005", "0.0001"),
        ("0", "0"),
    ],
)
def test_amounts_are_decimals_with_comma_or_point(tmp_path: Path, written: str, read: str) -> None:
    assert one_line(tmp_path, G46=written)["value_usd"] == Decimal(read)


@pytest.mark.parametrize("written", ["NULL", "null", "N/A", "", "  "])
def test_no_data_is_null_in_every_kind_of_column(tmp_path: Path, written: str) -> None:
    line = one_line(tmp_path, G46=written, G33=written, G37=written, G022=written, ND=written)
    for name in ("value_usd", "hs_code", "procedure_code", "consignor_name", "declaration_number"):
        assert line[name] is None


def test_a_nought_means_no_data_where_the_layout_says_so_and_only_there(tmp_path: Path) -> None:
    line = one_line(tmp_path, (*COLUMNS, "G32"), G31_7="0,00", G46="0", G32="0")
    assert (line["quantity"], line["line_number"], line["value_usd"]) == (None, None, Decimal("0"))


def test_codes_lose_what_a_data_frame_put_behind_them(tmp_path: Path) -> None:
    line = one_line(
        tmp_path, (*COLUMNS, "G081", "G021"), G33="9005800000.0", G37="6010000.0", G081="6623029538.0", G021="0105"
    )
    assert line["hs_code"] == "9005800000"
    assert line["procedure_code"] == "6010000"
    assert (line["consignee_tax_number"], line["consignor_tax_number"]) == ("6623029538", "0105")


@pytest.mark.parametrize(
    ("first", "second", "joined"),
    [
        ("60", "10", "6010"),
        ("6010", "000", "6010000"),
        ("6010", "0", "6010000"),
        ("40", "0", "4000"),
        ("60", "NULL", "60"),
        ("NULL", "10", None),
    ],
)
def test_a_procedure_in_two_columns_is_joined(tmp_path: Path, first: str, second: str, joined: str | None) -> None:
    header = (*(name for name in COLUMNS if name != "G37"), "G37_1", "G37_2")
    assert one_line(tmp_path, header, G37_1=first, G37_2=second)["procedure_code"] == joined


def test_the_second_column_is_read_where_the_first_is_empty(tmp_path: Path) -> None:
    header = (*COLUMNS, "G16", "G34")
    assert one_line(tmp_path, header, G16="РОССИЯ", G34="RU")["origin_country"] == "RU"
    assert one_line(tmp_path, header, G16="РОССИЯ", G34="NULL")["origin_country"] == "РОССИЯ"


def test_a_file_without_the_label_is_real(tmp_path: Path) -> None:
    assert one_line(tmp_path, COLUMNS[:-1])["record_kind"] == "real"


def test_what_looks_like_a_formula_or_code_is_kept_as_text(tmp_path: Path) -> None:
    evil = "=HYPERLINK(\"http://x\";'y') <script>alert(1)</script>'; drop table lines; --"
    line = one_line(tmp_path, G022=evil, G082="@SUM(1+1)", G31_1="-1+1")
    assert (line["consignor_name"], line["consignee_name"], line["description"]) == (evil, "@SUM(1+1)", "-1+1")


def test_an_empty_row_and_a_second_header_are_quarantined_a_blank_line_is_no_record(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    text = "\n".join(
        ";".join(cells) for cells in (COLUMNS, row(G082="A"), [], COLUMNS, [""] * len(COLUMNS), row(G082="A"))
    )
    path.write_text(text + "\n\n\n")
    _counts, lines, quarantine = parse(path, tmp_path / "out")
    assert reasons(quarantine) == {2: "repeated_header", 3: "empty_row"}
    assert [line["_source_row"] for line in lines] == [1, 4]
