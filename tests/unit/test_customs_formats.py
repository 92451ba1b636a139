"""The same lines come out of every format: text, old and new workbooks, Parquet, and these in gzip or a zip."""

from __future__ import annotations

import gzip
import zipfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from boomerang.bronze import make_bronze
from boomerang.home import Home
from boomerang.landing.inbox import ingest
from boomerang.layouts import try_layout
from boomerang.sources.customs import READER
from boomerang.sources.specification import specification
from customs_tables import COLUMNS, delimited, parse, reasons, row
from old_excel import write_xls

ROWS = [row(), row(G022="а, б; в"), row(G33="НЕТ"), row(G072="31.02.2022"), row(G011="ЭК", G46="0,5")]
TABLE = [list(COLUMNS), *ROWS]


def text(path: Path) -> Path:
    path.write_text(delimited(TABLE), encoding="utf-8")
    return path


def workbook(path: Path) -> Path:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("S")
        for number, cells in enumerate([["", "BANNER"], *TABLE]):
            sheet.write_row(number, 0, cells)
    return path


def parquet(path: Path) -> Path:
    columns = {name: pa.array([cells[place] for cells in ROWS]) for place, name in enumerate(COLUMNS)}
    pq.write_table(pa.table(columns), path)
    return path


def packed(path: Path, inner: Path) -> Path:
    path.write_bytes(gzip.compress(inner.read_bytes()))
    return path


def archive(path: Path, *members: tuple[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in members:
            target.writestr(name, content)
    return path


def without_place(lines: list[Any]) -> list[dict[str, Any]]:
    return [{name: value for name, value in line.items() if name != "_source_member"} for line in lines]


@pytest.mark.parametrize(
    ("kind", "member"),
    [
        ("a.csv", ""),
        ("a.txt", ""),
        ("a.xlsx", "S"),
        ("a.xls", "Sheet1"),
        ("a.parquet", ""),
        ("a.csv.gz", ""),
        ("a.xlsx.gz", "S"),
        ("a.parquet.gz", ""),
        ("a.zip", "data/lines.csv"),
        ("workbook.zip", "May.xlsx#S"),
        ("parquet.zip", "lines.parquet"),
        ("old.zip", "May.xls#Sheet1"),
    ],
)
def test_every_format_gives_the_same_rows_and_the_same_rejects(tmp_path: Path, kind: str, member: str) -> None:
    plain = text(tmp_path / "plain.csv")
    path = tmp_path / kind
    if kind.endswith((".csv", ".txt")):
        text(path)
    elif kind.endswith(".xlsx"):
        workbook(path)
    elif kind.endswith(".xls"):
        write_xls(path, TABLE)
    elif kind.endswith(".parquet"):
        parquet(path)
    elif kind.endswith(".gz"):
        make = {"csv": text, "xlsx": workbook, "parquet": parquet}[kind.split(".")[1]]
        packed(path, make(tmp_path / f"inner.{kind.split('.')[1]}"))
    else:
        inner = {
            "data/lines.csv": lambda: plain,
            "May.xlsx#S": lambda: workbook(tmp_path / "inner.xlsx"),
            "lines.parquet": lambda: parquet(tmp_path / "inner.parquet"),
            "May.xls#Sheet1": lambda: write_xls(tmp_path / "inner.xls", TABLE),
        }[member]()
        archive(path, (member.partition("#")[0], inner.read_bytes()))
    assert READER.inspect(path, specification("customs"), None)["tables"] == 1
    expected = parse(plain, tmp_path / "expected")
    counts, lines, quarantine = parse(path, tmp_path / "out")
    assert [(count.source_member, count.rows_in) for count in counts] == [(member, 5)]
    assert {line["_source_member"] for line in (*lines, *quarantine)} == {member}
    assert without_place(lines) == without_place(expected[1]) != []
    assert without_place(quarantine) == without_place(expected[2])
    assert reasons(quarantine) == {3: "bad_hs_code", 4: "bad_date"}
    assert not (tmp_path / "out" / ".scratch").exists()


def test_typed_columns_of_parquet_keep_their_meaning(tmp_path: Path) -> None:
    columns = {
        **{name: [row()[place]] for place, name in enumerate(COLUMNS)},
        "G072": [datetime(2022, 12, 9)],  # noqa: DTZ001 - a column without a zone
        "G33": [9005800000.0],
        "G37": [6010000],
        "G46": [Decimal("1234.50")],
        "G31_7": [2.5],
        "G081": pa.array([6623029538], pa.int64()),
        "G022": pa.array(["MYANMAR ARMY"]).dictionary_encode(),
    }
    pq.write_table(pa.table(columns), tmp_path / "a.parquet", compression="zstd")
    _counts, (line,), _quarantine = parse(tmp_path / "a.parquet", tmp_path / "out")
    assert (line["declared_on"], line["hs_code"], line["procedure_code"]) == (
        date(2022, 12, 9),
        "9005800000",
        "6010000",
    )
    assert (line["value_usd"], line["quantity"]) == (Decimal("1234.5"), Decimal("2.5"))
    assert (line["consignee_tax_number"], line["consignor_name"]) == ("6623029538", "MYANMAR ARMY")


def test_a_file_in_a_zip_that_is_none_of_ours_is_told_and_the_others_are_taken(home: Home, tmp_path: Path) -> None:
    table = text(tmp_path / "plain.csv").read_bytes()
    nested = archive(tmp_path / "inner.zip", ("a.csv", table)).read_bytes()
    path = archive(
        tmp_path / "a.zip",
        ("lines.csv", table),
        ("readme.txt", b"Dear client,\nhere are your lines.\n"),
        ("contract.pdf", b"%PDF-1.7 ..."),
        ("more/inner.zip", nested),
        ("empty.csv", b""),
    )
    (observation,) = ingest(home, [path])
    assert observation.figures == {"tables": 1, "unknown_columns": 0, "strange_members": 4}
    assert "(3 rows loaded, 6 quarantined)" in make_bronze(home).parsed[0]
    counts, _lines, quarantine = parse(path, tmp_path / "out")
    assert {count.source_member: (count.rows_in, count.rows_loaded) for count in counts} == {
        "lines.csv": (5, 3),
        "readme.txt": (1, 0),
        "contract.pdf": (1, 0),
        "more/inner.zip": (1, 0),
        "empty.csv": (1, 0),
    }
    assert {
        entry["_source_member"]: (entry["_source_row"], entry["reason"])
        for entry in quarantine
        if entry["_source_member"] != "lines.csv"
    } == {
        "readme.txt": (0, "layout_unknown"),
        "contract.pdf": (0, "not_a_table"),
        "more/inner.zip": (0, "nested_archive"),
        "empty.csv": (0, "empty"),
    }
    trial = try_layout(path)
    assert (trial.format, set(trial.strange)) == (
        "zip",
        {"readme.txt", "contract.pdf", "more/inner.zip", "empty.csv"},
    )
    assert "contract.pdf would be quarantined: the file is a PDF file" in trial.render()


def test_lines_and_sums_of_one_zip_go_to_their_own_tables(tmp_path: Path) -> None:
    sums = [
        ["HS_CODE", "SUPPLIER_NAME", "ORIGIN_COUNTRY", "IMPORTER_NAME_EN", "TOTALVALUE", "TOTALQUANTITY"],
        ["9013100000", "A DEPOT", "INDIA", "A BUREAU", "100.5", "0"],
        ["9013100000", "A DEPOT", "INDIA", "A BUREAU", "100.5", "0"],
        ["9013100000", "A DEPOT", "INDIA", "A BUREAU", "100.5", "0"],
        ["9013100000", "A DEPOT", "INDIA", "A BUREAU", "100.5", "3"],
    ]
    told = [["IMPORT_PORT_EN", "HS_CODE_DESCRIPTION", "MONTHYEAR"], *[["MUNDRA", "OTHER", "Apr 2023"]] * 2]
    told += [["CHENNAI", "OTHER", "Apr 2023"], ["MUNDRA", "OTHER", "Foo 2023"]]
    rows = [[*cells, *more] for cells, more in zip(sums, told, strict=True)]
    path = archive(
        tmp_path / "a.zip", ("lines.csv", delimited(TABLE).encode()), ("sums.csv", delimited(rows, ",").encode())
    )
    parse(path, tmp_path / "out")
    assert pq.read_metadata(tmp_path / "out" / "lines.parquet").num_rows == 3
    found = pq.read_table(tmp_path / "out" / "aggregates.parquet").to_pylist()
    assert [(line["_source_row"], line["month"], line["quantity"]) for line in found] == [
        (1, date(2023, 4, 1), None),
        (2, date(2023, 4, 1), None),
        (3, date(2023, 4, 1), None),
    ]
    # The ports of the third differ from the others', although no port is read.
    assert found[0]["row_hash"] == found[1]["row_hash"] != found[2]["row_hash"]
    quarantine = pq.read_table(tmp_path / "out" / "quarantine.parquet").to_pylist()
    assert [(entry["reason"], entry["detail"]) for entry in quarantine if entry["_source_member"] == "sums.csv"] == [
        ("bad_month", "month: Foo 2023")
    ]


def test_shares_of_the_query_do_not_tell_two_sums_apart(tmp_path: Path) -> None:
    header = ["HS_CODE", "SUPPLIER_NAME", "IMPORTER_NAME_EN", "SUPPLIER_NAME_EN", "HS_CODE_DESCRIPTION"]
    header += ["ORIGIN_COUNTRY_EN", "TOTALVALUE", "%GTTOTALVALUE", "TOTALQUANTITY", "MONTHYEAR"]
    rows = [["6907210010", "A", "B", "A", "OTHER", "POLAND", "2", share, "1", "Apr 2025"] for share in ("0.1", "0.2")]
    (tmp_path / "a.csv").write_text(delimited([header, *rows], ","))
    _counts, (first, second), _quarantine = parse(tmp_path / "a.csv", tmp_path / "out")
    assert first["row_hash"] == second["row_hash"]


def test_a_moment_in_another_month_than_the_sum_s_is_a_misread_zone(tmp_path: Path) -> None:
    header = [
        "IMPORTER_NAME",
        "SUPPLIER_NAME",
        "HS_CODE",
        "IEC",
        "INDIAN_PORT",
        "IMP_DATE",
        "TOTAL_VALUE_USD",
        "MONTHYEAR",
    ]
    rows = [
        ["A", "B", "69072100", "1", "MUNDRA", "2024-12-31T18:30:00.000Z", "5", "Jan 2025"],
        ["A", "B", "69072100", "1", "MUNDRA", "2024-12-31T18:29:59.000Z", "5", "Jan 2025"],
    ]
    (tmp_path / "a.csv").write_text(delimited([header, *rows], ","))
    _counts, (line,), (entry,) = parse(tmp_path / "a.csv", tmp_path / "out")
    assert (line["declared_on"], line["month"]) == (date(2025, 1, 1), date(2025, 1, 1))
    assert (entry["reason"], entry["detail"]) == (
        "month_differs",
        "month: Jan 2025, declared_on: 2024-12-31T18:29:59.000Z",
    )


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_indian_shipping_bills_are_read(tmp_path: Path, delimiter: str) -> None:
    header = [
        "SB NO",
        "SB DATE",
        "PORT CODE",
        "IEC",
        "EXPORTER NAME",
        "RITC CODE",
        "ITEM DESCRIPTION",
        "QUANTITY",
        "UQC",
    ]
    header += ["FOB VALUE (INR)", "FOB VALUE (USD)", "COUNTRY OF DESTINATION", "PORT OF DISCHARGE", "BUYER NAME"]
    cells = [
        "SYN0001",
        "17-AUG-2022",
        "INDEL4",
        "0512345678",
        "A STATE ARSENAL",
        "90131010",
        "PARTS OF SIGHT",
        "6",
        "NOS",
    ]
    cells += ["480000", "6000.5", "RUSSIA", "MOSCOW", "A DESIGN BUREAU"]
    (tmp_path / "a.csv").write_text(delimited([header, cells], delimiter))
    _counts, (line,), _quarantine = parse(tmp_path / "a.csv", tmp_path / "out")
    assert (line["layout"], line["declared_on"]) == ("india_shipping_bills", date(2022, 8, 17))
    assert (line["local_value"], line["local_currency"], line["value_usd"], line["value_basis"]) == (
        Decimal(480000),
        "INR",
        Decimal("6000.5"),
        "fob",
    )
    assert (line["consignor_tax_number"], line["destination_country"], line["quantity_unit"]) == (
        "0512345678",
        "RUSSIA",
        "NOS",
    )


def test_names_of_zip_members_from_russian_dos_are_read_as_russian(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", ("xxxxxx.csv", delimited(TABLE).encode()))
    path.write_bytes(path.read_bytes().replace(b"xxxxxx.csv", "импорт.csv".encode("cp866")))
    (count,), _lines, _quarantine = parse(path, tmp_path / "out")
    assert count.source_member == "импорт.csv"
