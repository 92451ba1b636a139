"""Files that are not what they say, or worse: refused with a reason, or taken but for the rows that are broken."""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter

from boomerang.bronze import make_bronze
from boomerang.errors import ContentRefusedError
from boomerang.home import Home
from boomerang.landing.inbox import ingest
from boomerang.sources.customs import READER
from boomerang.sources.customs_workbook import MAXIMUM_COLUMNS
from boomerang.sources.specification import specification
from customs_reading import DECLARATION, csv_file, csv_text, declaration, field, read, record


def workbook(path: Path, rows: list[list[object]], sheet: str = "Sheet", more: dict[str, list[list[object]]] = {}) -> Path:  # noqa: B006, E501
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False}) as book:
        for name, cells in {sheet: rows, **more}.items():
            page = book.add_worksheet(name)
            for number, row in enumerate(cells):
                page.write_row(number, 0, row)
    return path


def table(*changes: dict[str, str]) -> list[list[object]]:
    return [list(DECLARATION), *(list(declaration(**change)) for change in changes)]


def truncated_workbook(path: Path) -> None:
    whole = workbook(path, table({}, {})).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


def damaged_workbook(path: Path) -> None:
    """The directory is whole, a part's bytes are not."""
    with zipfile.ZipFile(workbook(path, table({}, {}))) as book:
        start = book.getinfo("xl/worksheets/sheet1.xml").header_offset
    content = bytearray(path.read_bytes())
    content[start + 80 : start + 120] = bytes(40)
    path.write_bytes(content)


def zip_bomb(path: Path) -> None:
    workbook(path, table({}))
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as book, book.open("xl/media/x.bin", "w") as part:
        for _ in range(64):
            part.write(bytes(1 << 20))
    assert path.stat().st_size < 100_000


def far_cell(path: Path) -> None:
    """Two cells, the second in the last column of the last row: 17 thousand million cells in between."""
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet()
        page.write(0, 0, "ND")
        page.write(1_048_575, 16_383, "x")


def wide_csv(path: Path) -> None:
    names = [*DECLARATION, *(f"X{number}" for number in range(MAXIMUM_COLUMNS))]
    path.write_text(csv_text([], names), encoding="utf-8")


def write(content: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(content)


HTML = "<!DOCTYPE html>\n<html><body><table><tr><td>ND;G072;G011</td></tr></table></body></html>".encode()
CSV = csv_text([record(declaration())]).encode()
TWO_G33 = csv_text([record([*declaration(), "1"])], [*DECLARATION, "G33"]).encode()
WITHOUT_G33 = csv_text([], [name for name in DECLARATION if name != "G33"]).encode()

REFUSED: list[tuple[str, str, Callable[[Path], object]]] = [
    ("empty", "empty.csv", write(b"")),
    ("empty", "empty.xlsx", write(b"")),
    ("empty", "blanks.csv", write(b"\xef\xbb\xbf \r\n\r\n")),
    ("empty", "header_only.csv", write(csv_text([]).encode())),
    ("empty", "header_only.xlsx", lambda path: workbook(path, table())),
    ("empty", "no_cells.xlsx", lambda path: workbook(path, [])),
    ("not_a_workbook", "truncated.xlsx", truncated_workbook),
    ("not_a_workbook", "damaged.xlsx", damaged_workbook),
    ("not_a_workbook", "picture.xlsx", write(b"\x89PNG\r\n\x1a\n" + bytes(100))),
    ("not_a_workbook", "text.xlsx", write(CSV)),
    ("not_a_table", "picture.csv", write(b"\x89PNG\r\n\x1a\n" + bytes(100))),
    ("not_a_table", "letter.csv", write(b"%PDF-1.7\n")),
    ("html_instead_of_csv", "page.csv", write(HTML)),
    ("html_instead_of_csv", "page.xlsx", write(b"\xef\xbb\xbf\n  " + HTML)),
    ("html_instead_of_csv", "page16.csv", write(HTML.decode().encode("utf-16"))),
    ("wrong_extension", "workbook.csv", lambda path: workbook(path, table({}))),
    ("packed", "packed.csv", write(gzip.compress(CSV))),
    ("unsupported_format", "old.xls", write(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100))),
    ("zip_bomb", "bomb.xlsx", zip_bomb),
    ("too_many_columns", "far.xlsx", far_cell),
    ("too_many_columns", "wide.csv", wide_csv),
    ("repeated_column", "twice.csv", write(TWO_G33)),
    ("missing_column", "without.csv", write(WITHOUT_G33)),
    ("layout_unknown", "other.csv", write("имя;город\nА;Б\n".encode())),
    ("unknown_encoding", "bytes.csv", write(CSV + bytes(range(128, 256)) * 50)),
]


@pytest.mark.parametrize(("reason", "name", "make"), REFUSED, ids=[name for _, name, _ in REFUSED])
def test_a_file_that_is_no_customs_table_is_refused_with_what_to_do(
    tmp_path: Path, reason: str, name: str, make: Callable[[Path], object]
) -> None:
    make(tmp_path / name)
    with pytest.raises(ContentRefusedError) as refusal:
        READER.inspect(tmp_path / name, specification("customs"), None)
    assert refusal.value.reason == reason
    assert refusal.value.what_to_do


def test_a_file_larger_than_the_source_allows_is_refused_unread(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "large.csv")
    facts = specification("customs").model_copy(update={"maximum_bytes": 10})
    with pytest.raises(ContentRefusedError) as refusal:
        READER.inspect(path, facts, None)
    assert refusal.value.reason == "too_large"


def test_a_workbook_that_asks_for_too_much_memory_is_refused_and_the_run_goes_on(tmp_path: Path) -> None:
    """One long shared text in very many cells: 3 MB that become gigabytes once each cell is a text of its own."""
    path = tmp_path / "greedy.xlsx"
    long = "Ж" * 32_000
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet()
        for number in range(1_200):
            page.write_row(number, 0, [long] * 200)
    with pytest.raises(ContentRefusedError) as refusal:
        READER.inspect(path, specification("customs"), None)
    assert refusal.value.reason in {"too_large", "layout_unknown"}


def test_formulas_in_text_stay_text(tmp_path: Path) -> None:
    hostile = ["=1+1", "=HYPERLINK(\"http://127.0.0.1/\";\"x\")", "@SUM(A1)", "+1|cmd", "'; drop table lines; --", "${x}{{x}}"]
    found = read(csv_file(tmp_path / "formulas.csv", *({"G31_1": text} for text in hostile)))
    assert [line["description"] for line in found.lines] == hostile
    in_cells = read(workbook(tmp_path / "formulas.xlsx", table(*({"G31_1": text} for text in hostile))))
    assert [line["description"] for line in in_cells.lines] == hostile


def test_names_in_a_header_or_a_sheet_are_never_sql(tmp_path: Path) -> None:
    rows = [[*DECLARATION, "x', (select 1)) --"], [*declaration(), "y"]]
    found = read(workbook(tmp_path / "names.xlsx", rows, sheet="a'); drop --"))
    assert [(line["_source_member"], line["hs_code"]) for line in found.lines] == [("a'); drop --", "9013101000")]


def test_broken_rows_of_a_workbook_are_quarantined_with_their_place(tmp_path: Path) -> None:
    rows = table({}, {"G072": "31.02.2022"}, {"G33": "9O13101000"}, {})
    rows[4:4] = [[], list(DECLARATION)]
    banner: list[list[object]] = [["DATA"], []]
    found = read(workbook(tmp_path / "rows.xlsx", banner + rows))
    assert found.loaded == [1, 6]
    assert found.reasons == {2: "bad_date", 3: "bad_hs_code", 4: "empty_row", 5: "repeated_header"}


def test_a_strange_sheet_beside_a_table_goes_to_the_quarantine_whole(tmp_path: Path) -> None:
    notes: list[list[object]] = [["Query of 3 May"], [], ["ask", "Anna"]]
    found = read(workbook(tmp_path / "two.xlsx", table({}, {}), more={"Notes": notes, "Blank": []}))
    assert [(row["_source_member"], row["_source_row"], row["reason"]) for row in found.quarantine] == [
        ("Notes", 1, "layout_unknown"),
        ("Notes", 3, "layout_unknown"),
    ]
    assert [(member.source_member, member.rows_in, member.rows_loaded) for member in found.members] == [
        ("Sheet", 2, 2),
        ("Notes", 2, 0),
    ]


def test_every_sheet_of_a_known_layout_is_read(tmp_path: Path) -> None:
    found = read(workbook(tmp_path / "two.xlsx", table({}, {}), more={"2022": table({}, {"G011": "??"})}))
    assert [(line["_source_member"], line["_source_row"]) for line in found.lines] == [
        ("Sheet", 1),
        ("Sheet", 2),
        ("2022", 1),
    ]
    assert found.reasons == {2: "unknown_direction"}


def test_bytes_of_another_encoding_cost_their_records_only(tmp_path: Path) -> None:
    good = csv_text([record(declaration())] * 50)
    path = tmp_path / "mixed.csv"
    path.write_bytes(good.encode() + record(declaration()).encode("cp1251") + b"\n" + record(declaration()).encode())
    found = read(path)
    assert (found.loaded, found.reasons) == ([*range(1, 51), 52], {51: "bad_encoding"})


def test_two_files_glued_together_give_one_repeated_header(tmp_path: Path) -> None:
    path = tmp_path / "glued.csv"
    path.write_bytes(CSV + CSV)
    found = read(path)
    assert (found.loaded, found.reasons) == ([1, 3], {2: "repeated_header"})


def test_a_quote_that_is_never_closed_loses_no_other_record_silently(tmp_path: Path) -> None:
    good = record(declaration(G082="АО ЗАВОД"))
    path = tmp_path / "open.csv"
    path.write_text(csv_text([good, good.replace("ПРИЦЕЛ", '"ПРИЦЕЛ'), good, good]), encoding="utf-8")
    found = read(path)
    assert (found.loaded, found.reasons) == ([1, 3, 4], {2: "broken_quotes"})


def test_a_hostile_file_leaves_the_night_and_the_ledger_whole(home: Home, tmp_path: Path) -> None:
    """Through landing and bronze: what is refused lies in the quarantine, what is sound is loaded."""
    import pyarrow.parquet as pq

    long = field("Д" * 40_000, ";")
    spoiled = [record(declaration(G072="31.02.2022")), f"{long}{';' * (len(DECLARATION) - 1)}", "a;b"]
    sound = tmp_path / "sound.csv"
    sound.write_text(csv_text([record(declaration()), *spoiled, record(declaration())]), encoding="utf-8")
    bomb = tmp_path / "bomb.xlsx"
    zip_bomb(bomb)
    with pytest.raises(ContentRefusedError, match="fill memory"):
        ingest(home, [bomb], source="customs")
    ingest(home, [sound], source="customs")
    make_bronze(home)

    ledger = pq.read_table(next((home.bronze / "customs" / "ledger").glob("*.parquet"))).to_pylist()
    assert [(row["rows_in"], row["rows_loaded"], row["rows_quarantined"]) for row in ledger] == [(5, 2, 3)]
    quarantine = pq.read_table(next((home.quarantine / "customs").glob("*.parquet"))).to_pylist()
    assert {row["_source_row"]: row["reason"] for row in quarantine} == {
        2: "bad_date",
        3: "cell_too_long",
        4: "shifted_columns",
    }
    assert len(list((home.quarantine / "customs").glob("*.xlsx"))) == 1
