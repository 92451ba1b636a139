"""Files that are broken or meant to break: refused with a reason, or each bad row quarantined; nothing executed."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from boomerang.errors import ContentRefusedError
from boomerang.sources import customs_workbook
from boomerang.sources.customs import READER
from boomerang.sources.specification import specification
from customs_tables import COLUMNS, delimited, parse, reasons, row, write_csv
from old_excel import write_xls

TABLE = delimited([list(COLUMNS), row()])
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20


def refused(path: Path, output: Path) -> ContentRefusedError:
    """The refusal, the same before landing and after."""
    with pytest.raises(ContentRefusedError) as inspected:
        READER.inspect(path, specification("customs"), None)
    with pytest.raises(ContentRefusedError) as parsed:
        parse(path, output)
    assert parsed.value.reason == inspected.value.reason
    assert inspected.value.what_to_do
    assert list(output.iterdir()) == []
    return inspected.value


def workbook(path: Path, rows: int = 1) -> Path:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("S")
        for number, cells in enumerate([list(COLUMNS), *[row()] * rows]):
            sheet.write_row(number, 0, cells)
    return path


def with_part(path: Path, source: Path, name: str, content: bytes) -> Path:
    """A copy of a workbook with one part replaced."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            new.writestr(part, content if part == name else old.read(part))
    return path


def sheet_xml(rows: bytes) -> bytes:
    return (
        b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        b"<sheetData>" + rows + b"</sheetData></worksheet>"
    )


def zipped() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.csv", TABLE)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.csv", b"", "empty"),
        ("a.csv", b"\xef\xbb\xbf \r\n\n", "empty"),
        ("a.xlsx", b"", "empty"),
        ("a.csv", ";".join(COLUMNS).encode(), "empty"),
        ("a.csv", ";".join(COLUMNS).encode() + b"\n\n\n", "empty"),
        ("a.csv", PNG, "not_a_table"),
        ("a.xlsx", PNG, "not_a_workbook"),
        ("a.xlsx", TABLE.encode(), "not_a_workbook"),
        ("a.xlsx", b"PK\x03\x04" + b"x" * 500, "not_a_workbook"),
        ("a.csv", b"\n <!DOCTYPE html><html><body>503 Service Unavailable</body></html>", "html_instead_of_csv"),
        ("a.csv", "<html><table><tr><td>ND</td></tr></table></html>".encode("utf-16"), "html_instead_of_csv"),
        ("a.csv", gzip.compress(TABLE.encode()), "wrong_extension"),
        ("a.csv", zipped(), "wrong_extension"),
        ("a.xlsx", zipped(), "not_a_workbook"),
        ("a.7z", b"7z\xbc\xaf\x27\x1c" + bytes(100), "packed"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "not_a_workbook"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0" + bytes(600) + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
        ("a.csv", b"PAR1" + b"\x00" * 100 + b"PAR1", "wrong_extension"),
        ("a.parquet", b"PAR1" + b"\x00" * 100 + b"PAR1", "damaged_parquet"),
        ("a.csv", b"just some words\nand more\n", "layout_unknown"),
        ("a.csv", b"\x00" * 5000, "empty"),
        ("a.csv", b";" * 1_500_000 + b"\n", "too_many_columns"),
        ("a.csv", TABLE.replace("G33", "G99").encode(), "missing_column"),
        ("a.csv", TABLE.replace("G46", "G33").encode(), "repeated_column"),
    ],
)
def test_what_is_no_customs_table_is_refused_with_a_reason(
    tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    (tmp_path / name).write_bytes(content)
    (tmp_path / "out").mkdir()
    assert refused(tmp_path / name, tmp_path / "out").reason == reason


def test_a_workbook_with_the_suffix_of_a_text_is_refused(tmp_path: Path) -> None:
    workbook(tmp_path / "a.xlsx").rename(tmp_path / "a.csv")
    (tmp_path / "out").mkdir()
    assert refused(tmp_path / "a.csv", tmp_path / "out").reason == "wrong_extension"


@pytest.mark.parametrize("keep", [0.3, 0.7, 0.98])
def test_a_workbook_that_was_cut_off_is_refused(tmp_path: Path, keep: float) -> None:
    whole = workbook(tmp_path / "whole.xlsx", rows=200).read_bytes()
    (tmp_path / "a.xlsx").write_bytes(whole[: int(len(whole) * keep)])
    (tmp_path / "out").mkdir()
    assert refused(tmp_path / "a.xlsx", tmp_path / "out").reason == "not_a_workbook"


def test_a_workbook_with_flipped_bytes_is_refused(tmp_path: Path) -> None:
    whole = bytearray(workbook(tmp_path / "whole.xlsx", rows=3000).read_bytes())
    middle = len(whole) // 2
    whole[middle : middle + 40] = bytes(40)
    (tmp_path / "a.xlsx").write_bytes(bytes(whole))
    (tmp_path / "out").mkdir()
    assert refused(tmp_path / "a.xlsx", tmp_path / "out").reason == "not_a_workbook"


def test_a_zip_bomb_is_refused_before_anything_opens_it(tmp_path: Path) -> None:
    bomb = sheet_xml(b"<row>" + b" " * (40 << 20) + b"</row>")
    with_part(tmp_path / "a.xlsx", workbook(tmp_path / "whole.xlsx"), "xl/worksheets/sheet1.xml", bomb)
    (tmp_path / "out").mkdir()
    error = refused(tmp_path / "a.xlsx", tmp_path / "out")
    assert error.reason == "zip_bomb"
    assert (tmp_path / "a.xlsx").stat().st_size < 1 << 18


def test_a_workbook_whose_directory_lies_about_sizes_is_refused(tmp_path: Path) -> None:
    bomb = sheet_xml(b"<row>" + b" " * (40 << 20) + b"</row>")
    path = with_part(tmp_path / "a.xlsx", workbook(tmp_path / "whole.xlsx"), "xl/worksheets/sheet1.xml", bomb)
    content = path.read_bytes()
    assert content.count(len(bomb).to_bytes(4, "little")) >= 1
    path.write_bytes(content.replace(len(bomb).to_bytes(4, "little"), (5000).to_bytes(4, "little")))
    (tmp_path / "out").mkdir()
    assert refused(path, tmp_path / "out").reason == "not_a_workbook"


def test_one_cell_in_the_last_corner_does_not_take_all_memory(tmp_path: Path) -> None:
    corner = sheet_xml(b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')
    path = with_part(tmp_path / "a.xlsx", workbook(tmp_path / "whole.xlsx"), "xl/worksheets/sheet1.xml", corner)
    (tmp_path / "out").mkdir()
    assert refused(path, tmp_path / "out").reason in {"too_large", "too_many_columns"}


def test_one_long_text_in_very_many_cells_does_not_take_all_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Excel stores a text once and points to it: 50,000 pointers to 32,000 letters are 1.6 GB."""
    with xlsxwriter.Workbook(tmp_path / "one.xlsx") as book:
        book.add_worksheet("S").write(0, 0, "y" * 32_000)
    cells = b'<c t="s"><v>0</v></c>' * 10
    rows = b"".join(b"<row>" + cells + b"</row>" for _ in range(5_000))
    path = with_part(tmp_path / "a.xlsx", tmp_path / "one.xlsx", "xl/worksheets/sheet1.xml", sheet_xml(rows))
    assert path.stat().st_size < 1 << 18
    monkeypatch.setattr(customs_workbook, "MAXIMUM_MEMORY", 1 << 30)
    (tmp_path / "out").mkdir()
    assert refused(path, tmp_path / "out").reason == "too_large"


def test_a_file_larger_than_the_source_may_be_is_refused(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [row()])
    small = specification("customs").model_copy(update={"maximum_bytes": 100})
    with pytest.raises(ContentRefusedError) as caught:
        READER.inspect(path, small, None)
    assert caught.value.reason == "too_large"


def test_a_cell_of_a_hundred_megabytes_costs_its_row_only(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with path.open("w", encoding="utf-8") as stream:
        stream.write(delimited([list(COLUMNS), row()]))
        stream.write("1;")
        for _ in range(100):
            stream.write("x" * (1 << 20))
        stream.write("\n" + delimited([row()]))
    _counts, lines, quarantine = parse(path, tmp_path / "out")
    assert reasons(quarantine) == {2: "record_too_long"}
    assert [line["_source_row"] for line in lines] == [1, 3]


def test_a_million_quotes_in_one_line_cost_their_row_only(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(delimited([list(COLUMNS), row()]) + '"' * 1_000_001 + "\n" + delimited([row(), row()]))
    _counts, lines, quarantine = parse(path, tmp_path / "out")
    assert set(reasons(quarantine).values()) <= {"broken_quotes", "shifted_columns", "record_too_long"}
    assert len(lines) == 3


def test_mixed_encodings_cost_the_rows_of_the_lesser_one(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    good, bad = delimited([row()]).encode(), delimited([row()]).encode("cp1251")
    path.write_bytes(delimited([list(COLUMNS)]).encode() + good * 20 + bad + good + bad * 2 + good)
    _counts, lines, quarantine = parse(path, tmp_path / "out")
    assert reasons(quarantine) == dict.fromkeys((21, 23, 24), "bad_encoding")
    assert len(lines) == 22
    assert "\\xcf" in quarantine[0]["content"]


def test_bytes_that_a_single_byte_encoding_lacks_cost_their_row(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    good = delimited([row()]).encode("cp1251")
    path.write_bytes(delimited([list(COLUMNS)]).encode() + good + good.replace(b"MYANMAR", b"\x98YANMAR") + good)
    _counts, lines, quarantine = parse(path, tmp_path / "out")
    assert reasons(quarantine) == {2: "bad_encoding"}
    assert len(lines) == 2


def test_formulas_sql_and_html_are_text(tmp_path: Path) -> None:
    texts = [
        "=1+1",
        "+cmd|' /C calc'!A0",
        "@SUM(A1)",
        "'; drop table lines; --",
        "<script>alert(1)</script>",
        "{{ 7*7 }}",
    ]
    path = write_csv(tmp_path / "a.csv", [row(G31_1=text, G022=text) for text in texts])
    _counts, lines, quarantine = parse(path, tmp_path / "out")
    assert [line["description"] for line in lines] == texts
    assert [line["consignor_name"] for line in lines] == texts
    assert quarantine == []


def test_names_of_columns_and_sheets_are_never_sql(tmp_path: Path) -> None:
    evil = "x\"'); drop table lines; --"
    path = write_csv(tmp_path / "a.csv", [[*row(), "1"]], [*COLUMNS, evil])
    assert len(parse(path, tmp_path / "one")[1]) == 1
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        sheet = book.add_worksheet('it\'s "drop"')
        sheet.write_row(0, 0, [*COLUMNS, evil])
        sheet.write_row(1, 0, [*row(), "1"])
    (line,) = parse(tmp_path / "a.xlsx", tmp_path / "two")[1]
    assert line["_source_member"] == 'it\'s "drop"'


def test_a_file_in_which_every_row_is_bad_is_quarantined_whole(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [row(G072="x")] * 5)
    (count,), lines, quarantine = parse(path, tmp_path / "out")
    assert (count.rows_in, count.rows_quarantined, lines, len(quarantine)) == (5, 5, [], 5)


def parquet(path: Path, rows: int = 1, **options: object) -> Path:
    columns = {name: [row()[place]] * rows for place, name in enumerate(COLUMNS)}
    pq.write_table(pa.table(columns), path, **options)
    return path


def archive(path: Path, *members: tuple[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in members:
            target.writestr(name, content)
    return path


def test_merged_cells_cost_the_rows_that_they_touch(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        sheet = book.add_worksheet("S")
        for number, cells in enumerate([["", "BANNER"], [*COLUMNS, "NOTE"], *[[*row(), ""]] * 6]):
            sheet.write_row(number, 0, cells)
        sheet.merge_range(0, 0, 0, 5, "BANNER")
        sheet.merge_range(3, COLUMNS.index("G082"), 5, COLUMNS.index("G082"), "ONE CONSIGNEE")
        sheet.merge_range(6, len(COLUMNS), 7, len(COLUMNS), "a note that nobody reads")
    _counts, lines, quarantine = parse(tmp_path / "a.xlsx", tmp_path / "out")
    assert reasons(quarantine) == dict.fromkeys((2, 3, 4), "merged_cells")
    assert {entry["detail"] for entry in quarantine} == {"G082"}
    assert [line["_source_row"] for line in lines] == [1, 5, 6]


def test_formulas_of_a_workbook_are_not_believed(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        sheet = book.add_worksheet("a & b")
        for number, cells in enumerate([[*COLUMNS, "NOTE"], *[[*row(), ""]] * 4]):
            sheet.write_row(number, 0, cells)
        sheet.write_formula(2, COLUMNS.index("G46"), "=1+1", value=2)
        sheet.write_formula(3, COLUMNS.index("G31_1"), '=HYPERLINK("http://127.0.0.1/")', value="SIGHT")
        sheet.write_formula(4, len(COLUMNS), "=1+1", value=2)
    _counts, lines, quarantine = parse(tmp_path / "a.xlsx", tmp_path / "out")
    assert [(entry["_source_row"], entry["reason"], entry["detail"]) for entry in quarantine] == [
        (2, "formula", "G46"),
        (3, "formula", "G31_1"),
    ]
    assert [line["_source_row"] for line in lines] == [1, 4]


def test_two_header_rows_one_above_the_other_are_one_header_and_one_reject(tmp_path: Path) -> None:
    rows = [list(COLUMNS), list(COLUMNS), row(), list(COLUMNS), row()]
    _counts, lines, quarantine = parse(write_csv(tmp_path / "a.csv", rows[1:]), tmp_path / "out")
    assert reasons(quarantine) == {1: "repeated_header", 3: "repeated_header"}
    assert [line["_source_row"] for line in lines] == [2, 4]


def test_columns_shifted_by_one_are_not_loaded_as_something_else(tmp_path: Path) -> None:
    shifted = ["", *row()[:-1]]
    _counts, lines, quarantine = parse(write_csv(tmp_path / "a.csv", [row(), shifted]), tmp_path / "out")
    assert reasons(quarantine) == {2: "bad_date"}
    assert len(lines) == 1


def test_a_file_named_for_the_wrong_layout_is_refused_and_names_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(ContentRefusedError) as refusal:
        READER.inspect(write_csv(tmp_path / "a.csv", [row()]), specification("customs"), "india_export_full")
    assert refusal.value.reason in {"layout_unknown", "missing_column"}
    assert refusal.value.what_to_do


def test_a_cell_of_a_quarter_of_a_gigabyte_in_a_small_gzip_costs_its_row_only(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    with gzip.open(path, "wb", compresslevel=1) as stream:
        stream.write((delimited([list(COLUMNS), row()]) + "1;").encode())
        piece = b"x" * (1 << 24)
        for _ in range(16):
            stream.write(piece)
        stream.write(("\n" + delimited([row()])).encode())
    assert path.stat().st_size < 2 << 20
    _counts, lines, quarantine = parse(path, tmp_path / "out")
    assert reasons(quarantine) == {2: "record_too_long"}
    assert [line["_source_row"] for line in lines] == [1, 3]


def test_a_gzip_bomb_is_refused_before_the_disk_is_full(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(TABLE.encode() + b" " * (80 << 20)))
    (tmp_path / "out").mkdir()
    assert refused(path, tmp_path / "out").reason == "too_large_unpacked"


def test_a_gzip_that_was_cut_off_is_refused(tmp_path: Path) -> None:
    whole = gzip.compress(delimited([list(COLUMNS), *[row(ND=str(n)) for n in range(9000)]]).encode())
    (tmp_path / "a.csv.gz").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "out").mkdir()
    assert refused(tmp_path / "a.csv.gz", tmp_path / "out").reason == "damaged_gzip"


def locked(content: bytes) -> bytes:
    """A zip whose directory says that its members are encrypted."""
    flagged = bytearray(content)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = flagged.find(signature)
        flagged[at + offset] |= 1
    return bytes(flagged)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda path: archive(path, ("a.csv", TABLE.encode() + b" " * (80 << 20))), "zip_bomb"),
        (lambda path: archive(path, *((f"{n}.csv", b"") for n in range(1001))), "too_many_members"),
        (archive, "empty"),
        (lambda path: archive(path, ("a/", b""), ("b/", b"")), "empty"),
        (lambda path: archive(path, ("inner.zip", zipped())), "nested_archive"),
        (lambda path: archive(path, ("inner.csv.gz", gzip.compress(TABLE.encode()))), "nested_archive"),
        (
            lambda path: archive(path, ("a.txt", b"hello\n"), ("b.csv", TABLE.replace("G33", "G99").encode())),
            "missing_column",
        ),
        (lambda path: path.write_bytes(zipped()[:-30]), "not_a_workbook"),
        (lambda path: path.write_bytes(locked(zipped())), "encrypted"),
        (
            lambda path: path.write_bytes(
                archive(path, ("a.csv", TABLE.encode()), ("b.csv", TABLE.encode()))
                .read_bytes()
                .replace(b"b.csv", b"a.csv")
            ),
            "damaged_archive",
        ),
    ],
)
def test_a_zip_that_can_not_be_taken_is_refused_with_a_reason(tmp_path: Path, make: object, reason: str) -> None:
    path = tmp_path / "a.zip"
    assert callable(make)
    make(path)
    (tmp_path / "out").mkdir()
    assert refused(path, tmp_path / "out").reason == reason


def test_a_zip_whose_directory_lies_about_a_size_is_refused(tmp_path: Path) -> None:
    size = len(TABLE.encode()) + (40 << 20)
    path = archive(tmp_path / "a.zip", ("a.csv", TABLE.encode() + b"x" * (40 << 20)))
    path.write_bytes(path.read_bytes().replace(struct.pack("<I", size), struct.pack("<I", 5000)))
    (tmp_path / "out").mkdir()
    assert refused(path, tmp_path / "out").reason == "damaged_archive"


def test_a_zip_never_writes_outside_its_folder(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", ("../../escaped.csv", TABLE.encode()), ("/abs.csv", TABLE.encode()))
    counts, lines, _quarantine = parse(path, tmp_path / "deep" / "out")
    assert len(lines) == 2
    assert [count.source_member for count in counts] == ["../../escaped.csv", "/abs.csv"]
    assert sorted(entry.name for entry in tmp_path.rglob("*.csv")) == []


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda path: path.write_bytes(parquet(path).read_bytes()[:-20]), "damaged_parquet"),
        (lambda path: pq.write_table(pa.table({name: pa.array([], pa.string()) for name in COLUMNS}), path), "empty"),
        (lambda path: pq.write_table(pa.table({"a": ["1"], "b": ["2"]}), path), "layout_unknown"),
        (
            lambda path: pq.write_table(pa.table({**{name: ["1"] for name in COLUMNS}, "X": [[1]]}), path),
            "unsupported_columns",
        ),
        (
            lambda path: pq.write_table(pa.table({**{name: ["1"] for name in COLUMNS}, "X": [b"1"]}), path),
            "unsupported_columns",
        ),
        (lambda path: pq.write_table(pa.table({f"c{n}": ["1"] for n in range(1001)}), path), "too_many_columns"),
        (lambda path: pq.write_table(pa.table([pa.array(["1"])] * 2, names=["G33", "G33"]), path), "layout_unknown"),
        (lambda path: parquet(path, 1_500_000), "parquet_bomb"),
    ],
)
def test_a_parquet_file_that_can_not_be_taken_is_refused_with_a_reason(
    tmp_path: Path, make: object, reason: str
) -> None:
    path = tmp_path / "a.parquet"
    assert callable(make)
    make(path)
    (tmp_path / "out").mkdir()
    assert refused(path, tmp_path / "out").reason == reason


def test_a_parquet_file_with_damaged_pages_is_refused_when_its_rows_are_read(tmp_path: Path) -> None:
    path = parquet(tmp_path / "a.parquet", 5000, compression="zstd", use_dictionary=False)
    content = bytearray(path.read_bytes())
    content[200:400] = bytes(200)
    path.write_bytes(bytes(content))
    with pytest.raises(ContentRefusedError) as refusal:
        parse(path, tmp_path / "out")
    assert refusal.value.reason == "damaged_parquet"


def test_a_hostile_name_of_a_parquet_column_is_never_sql(tmp_path: Path) -> None:
    columns = {name: [row()[place]] for place, name in enumerate(COLUMNS)}
    pq.write_table(pa.table({**columns, "x\"'); drop table lines; --": ["1"]}), tmp_path / "a.parquet")
    assert len(parse(tmp_path / "a.parquet", tmp_path / "out")[1]) == 1


def test_an_old_workbook_that_is_damaged_is_refused_and_a_whole_one_read(tmp_path: Path) -> None:
    path = write_xls(tmp_path / "a.xls", [list(COLUMNS), row(), row(G46="x")])
    _counts, lines, quarantine = parse(path, tmp_path / "whole")
    assert (len(lines), reasons(quarantine)) == (1, {2: "bad_number"})
    path.write_bytes(path.read_bytes()[:1200])
    (tmp_path / "out").mkdir()
    assert refused(path, tmp_path / "out").reason == "not_a_workbook"


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "xls", "parquet"])
def test_nothing_hostile_in_a_text_is_lost_or_executed_in_any_format(tmp_path: Path, suffix: str) -> None:
    texts = ["=1+1", "'; drop table lines; --", "<script>alert(1)</script>", '"quoted", and; more', "-1+1"]
    rows = [row(G31_1=text, G022=text) for text in texts]
    path = tmp_path / f"a.{suffix}"
    if suffix == "csv":
        write_csv(path, rows)
    elif suffix == "xlsx":
        with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
            sheet = book.add_worksheet("S")
            for number, cells in enumerate([list(COLUMNS), *rows]):
                sheet.write_row(number, 0, cells)
    elif suffix == "xls":
        write_xls(path, [list(COLUMNS), *rows])
    else:
        duckdb.from_arrow(
            pa.table({name: [cells[place] for cells in rows] for place, name in enumerate(COLUMNS)})
        ).write_parquet(str(path))
    _counts, lines, quarantine = parse(path, tmp_path / "out")
    assert [line["description"] for line in lines] == [line["consignor_name"] for line in lines] == texts
    assert quarantine == []
