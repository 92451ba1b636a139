"""Where the records of a text begin and end: each is loaded or quarantined once, with its ordinal."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Final

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from boomerang.sources.customs import READER
from boomerang.sources.customs_records import Records, without
from boomerang.sources.customs_text import PIECE
from boomerang.sources.specification import LandedFile, specification
from customs_tables import COLUMNS, delimited, parse, reasons, row, write_csv

HEADER: Final = ";".join(COLUMNS).encode()
LAST: Final = len(COLUMNS)


def raw(**changes: str) -> bytes:
    return delimited([row(**changes)]).encode().rstrip(b"\n")


def plain(**changes: str) -> bytes:
    """A line with nothing quoted."""
    return ";".join(row(G082="UVZ", **changes)).encode()


KINDS: Final = {
    "sound": (raw(), None),
    "unquoted": (plain(), None),
    "quotes inside": (plain(G022='OOO "R" LTD'), None),
    "delimiter inside": (raw(G31_1="a;b;;c"), None),
    "two lines": (raw(G31_1="first\nsecond"), None),
    "line ends inside": (raw(G31_1='\r\n\n"x";\r\n'), None),
    "delimiter at the end": (plain() + b";", None),
    "blanks around quotes": (plain().replace(b"MYANMAR", b' "MYANMAR').replace(b"ARMY", b'ARMY" '), None),
    "short": (b"99001001;09.12.2022", "shifted_columns"),
    "long": (plain() + b";a;b", "shifted_columns"),
    "short in two lines": (b'99001001;"a\nb"', "shifted_columns"),
    "letters behind quotes": (b'99;"OOO" R;' + b";".join([b"x"] * (LAST - 2)), "broken_quotes"),
    "nul": (plain(G022="A\x00B"), "nul_bytes"),
    "no utf-8": (plain().replace(b"UVZ", "УВЗ".encode("cp1251")), "bad_encoding"),
    "bad date": (plain(G072="31.02.2022"), "bad_date"),
    "empty fields": (b";" * (LAST - 1), "empty_row"),
}


@st.composite
def files(draw: st.DrawFn) -> tuple[bytes, list[str]]:
    """A file, and the kinds of its records in order."""
    kinds = draw(st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=30))
    ends = draw(st.sampled_from([[b"\n"], [b"\r\n"], [b"\r"], [b"\n", b"\r\n"], [b"\n", b"\n\n"], [b"\n", b"\n \n"]]))
    text = HEADER + draw(st.sampled_from(ends))
    for kind in kinds:
        text += KINDS[kind][0] + draw(st.sampled_from(ends))
    if draw(st.booleans()):
        text = text.rstrip(b"\r\n \t")
    return text, kinds


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(files())
def test_every_record_is_loaded_or_quarantined_once_with_its_ordinal(file: tuple[bytes, list[str]]) -> None:
    text, kinds = file
    folder = Path(tempfile.mkdtemp())
    try:
        (folder / "a.csv").write_bytes(text)
        _counts, lines, quarantine = parse(folder / "a.csv", folder / "out")
    finally:
        shutil.rmtree(folder)
    expected = {number: KINDS[kind][1] for number, kind in enumerate(kinds, 1)}
    assert {**{line["_source_row"]: None for line in lines}, **reasons(quarantine)} == expected
    assert len(lines) + len(quarantine) == len(kinds)
    for line in lines:
        assert line["description"] == DESCRIPTIONS.get(kinds[line["_source_row"] - 1], row()[COLUMNS.index("G31_1")])


DESCRIPTIONS: Final = {
    "delimiter inside": "a;b;;c",
    "two lines": "first\nsecond",
    "line ends inside": '"x";',
}


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=30), st.binary(max_size=30))
def test_random_bytes_between_sound_records_never_cost_more_than_themselves(noise: bytes, more: bytes) -> None:
    folder = Path(tempfile.mkdtemp())
    # Quotes may open a field that runs on to the next quote: that is for the other property.
    noise, more = noise.replace(b'"', b""), more.replace(b'"', b"")
    try:
        (folder / "a.csv").write_bytes(b"\n".join([HEADER, *[plain()] * 5, noise, plain(), more, plain()]) + b"\n")
        _counts, lines, quarantine = parse(folder / "a.csv", folder / "out")
    finally:
        shutil.rmtree(folder)
    rows = sorted([line["_source_row"] for line in lines] + [entry["_source_row"] for entry in quarantine])
    assert rows == list(range(1, len(rows) + 1))
    assert len(lines) >= 7


def test_an_unclosed_quote_costs_its_line_only(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    broken = plain().replace(b"MYANMAR", b'"MYANMAR')
    path.write_bytes(b"\n".join([HEADER, plain(), broken, raw(), plain(), raw(), broken, plain()]) + b"\n")
    _counts, lines, quarantine = parse(path, tmp_path / "out")
    assert reasons(quarantine) == {2: "broken_quotes", 6: "broken_quotes"}
    assert [line["_source_row"] for line in lines] == [1, 3, 4, 5, 7]
    assert quarantine[0]["content"] == broken.decode()


@pytest.mark.parametrize("damage", [b"", b"a;b\n"])
def test_ordinals_hold_over_many_buffers_and_threads(tmp_path: Path, damage: bytes) -> None:
    """DuckDB hands out pieces of 8 MB to its threads: rows must come out in the order of the file."""
    half = 40_000
    lines = [plain(G31_1=f"{place} {'x' * 300}") + b"\n" for place in range(1, 2 * half + 1)]
    path = tmp_path / "a.csv"
    path.write_bytes(HEADER + b"\n" + b"".join(lines[:half]) + damage + b"".join(lines[half:]))
    assert path.stat().st_size > 3 * (8 << 20)
    landed = LandedFile(path=path, sha256="ab" * 32, file_name="a.csv", specification=specification("customs"))
    (count,) = READER.parse(landed, tmp_path)
    assert (count.rows_loaded, count.rows_quarantined) == (2 * half, 1 if damage else 0)
    after = half if damage else 10**9
    wrong = duckdb.sql(f"""
        with numbered as (
            select _source_row, split_part(description, ' ', 1)::int as written from '{tmp_path}/lines.parquet'
        )
        select count(*) from numbered where _source_row <> written + (written > {after})::int
    """).fetchone()
    assert wrong == (0,)


def test_a_record_longer_than_any_can_be_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    long = [plain(G31_1="y" * size) for size in (70_000, 1_500_000, 1_500_000, 1_500_000, 1_500_000)]
    with path.open("wb") as stream:
        stream.write(HEADER + b"\n" + plain() + b"\n" + b'1;"')
        for _ in range(9):
            stream.write(b"x" * PIECE)
        stream.write(b"\n" + b"\n".join([plain(), *long, plain(G31_1="z" * 60_000), plain()]))
    _counts, lines, quarantine = parse(path, tmp_path / "out")
    assert reasons(quarantine) == {2: "record_too_long", **dict.fromkeys(range(4, 9), "cell_too_long")}
    assert [line["_source_row"] for line in lines] == [1, 3, 9, 10]
    assert max(len(entry["content"]) for entry in quarantine) == 2000


@given(
    st.lists(
        st.sampled_from([b"a;b\n", b'a;"b\n', b'"a\nb";c\n', b"a\n", b"\n", b"a;\x00\n", b'a;b"c"\n']),
        min_size=1,
        max_size=12,
    )
)
def test_looking_at_every_line_tells_no_other_records_than_looking_at_the_suspects(lines: list[bytes]) -> None:
    """But for quotes: one that is not closed may find its end in a line that would be a record by itself."""
    records = Records(";", 2)
    quick, exact = (records.separate(b"".join(lines), is_exact=is_exact) for is_exact in (False, True))
    assert (quick.records, quick.aside) == (exact.records, exact.aside)
    # Lines with too few fields are left to DuckDB, which rejects them.
    broken, known = ([one for one in found.broken if one.reason != "shifted_columns"] for found in (exact, quick))
    assert broken == known


def test_a_text_is_cut_behind_a_sound_record(tmp_path: Path) -> None:
    cut = Records(";", 2).cut
    assert cut(b'a;b\nc;d\n"e\nf";g') == len(b"a;b\nc;d\n")
    assert cut(b"a;b\nc\nd") == len(b"a;b\n")
    assert cut(b"a\nb\nc") == len(b"a\nb\n")
    assert cut(b"a") == 0


@given(st.sets(st.integers(1, 40)), st.integers(1, 40))
def test_the_ordinals_of_what_remains_skip_what_was_taken_out(taken: set[int], number: int) -> None:
    remaining = [ordinal for ordinal in range(1, 100) if ordinal not in taken]
    assert without(sorted(taken), number) == remaining[number - 1]


def test_the_same_file_gives_the_same_rows_again(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [row(), row(G31_1="a\nb"), ["short"], row(G46="x")])
    assert parse(path, tmp_path / "one") == parse(path, tmp_path / "two")
