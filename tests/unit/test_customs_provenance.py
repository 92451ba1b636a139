"""Every row of bronze and of the quarantine stands under the ordinal of its record, in long files too.

The landed file is read once more by Python's csv module, which knows nothing of stripes, threads or DuckDB.
"""

from __future__ import annotations

import csv
import re
import threading
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import duckdb
import pyarrow.parquet as pq
import pytest

from boomerang.sources import customs_text
from boomerang.sources.customs import READER
from boomerang.sources.customs_text import check_order
from boomerang.sources.specification import LandedFile, specification
from boomerang.synthetic.customs_files import Dialect, synthesise

EVERY = 1009
"""One record in so many has each kind of damage; a prime, so that it falls on every place of a buffer."""

COLUMNS = ("declaration_number", "consignee_address", "description", "value_usd", "net_weight_kg", "quantity_unit")
NUMBER, CONSIGNEE, DESCRIPTION, UNIT, WEIGHT, ADDRESS, VALUE = 1, 8, 16, 20, 26, 9, 29


def write_damaged(path: Path, source: Path, encoding: str) -> dict[int, str]:
    """Damage some records of a sound file; record to reason."""
    quote = '"'
    no_letter = b"\xff" if encoding == "utf-8" else b"\x98"
    reasons: dict[int, str] = {}
    with source.open("rb") as lines, path.open("wb") as output:
        output.write(next(lines))
        for number, line in enumerate(lines, 1):
            kind = number % EVERY
            if not 1 <= kind <= 6:
                output.write(line)
                continue
            (record,) = csv.reader([line.decode(encoding)], delimiter=";")
            fields = [
                (f'"{field.replace(quote, quote * 2)}"' if {quote, ";"} & set(field) else field).encode(encoding)
                for field in record
            ]
            if kind == 1:
                text = record[DESCRIPTION].replace('"', '""').encode(encoding)
                fields[DESCRIPTION] = b'"' + text + b"\r\nA;B" + b'"'
            elif kind == 2:
                fields[CONSIGNEE] = b'"UNCLOSED'
                reasons[number] = "broken_quotes"
            elif kind == 3:
                del fields[-3:]
                reasons[number] = "shifted_columns"
            elif kind == 4:
                fields[CONSIGNEE] = b"N\x00L"
                reasons[number] = "nul_bytes"
            elif kind == 5:
                fields[CONSIGNEE] = b"A" + no_letter
                reasons[number] = "bad_encoding"
            output.write(b";".join(fields) + (b"\r\n" if kind == 6 else b"\n"))
    return reasons


def expected(source: Path, encoding: str, reasons: dict[int, str]) -> Iterator[tuple[Any, ...]]:
    """The rows that are to be loaded, by Python's csv module from the sound file."""
    with source.open(encoding=encoding, newline="") as stream:
        records = csv.reader(stream, delimiter=";")
        next(records)
        for number, fields in enumerate(records, 1):
            if number in reasons:
                continue
            description = fields[DESCRIPTION]
            if number % EVERY == 1:
                description += "\nA;B"
            yield (
                number,
                fields[NUMBER],
                fields[ADDRESS],
                description,
                Decimal(fields[VALUE].replace(",", ".")),
                Decimal(fields[WEIGHT].replace(",", ".")),
                fields[UNIT],
            )


def loaded(path: Path) -> Iterator[tuple[Any, ...]]:
    for batch in pq.ParquetFile(path).iter_batches(50_000, columns=["_source_row", *COLUMNS]):
        yield from zip(*(batch.column(name).to_pylist() for name in ("_source_row", *COLUMNS)), strict=True)


@pytest.mark.parametrize(("encoding", "lines"), [("utf-8", 120_000), ("cp1251", 30_000)])
def test_every_row_of_a_long_damaged_file_stands_under_the_ordinal_of_its_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: Literal["utf-8", "cp1251"], lines: int
) -> None:
    answer = synthesise(
        tmp_path,
        lines=lines,
        seed=11,
        layout="russia_declaration_fields",
        dialect=Dialect(encoding=encoding),
        with_damage=False,
        with_coverage=False,
    )
    source = tmp_path / "russia_declaration_fields" / answer.files[0].file
    path, output = tmp_path / "a.csv", tmp_path / "out"
    output.mkdir()
    reasons = write_damaged(path, source, encoding)
    threads = set()
    type_stripe = customs_text._Typist.type

    def spied(*arguments: Any) -> Any:
        threads.add(threading.get_ident())
        return type_stripe(*arguments)

    monkeypatch.setattr(customs_text, "STRIPE", 3 << 20)
    monkeypatch.setattr(customs_text, "PIECE", 1 << 20)
    monkeypatch.setattr(customs_text._Typist, "type", spied)
    landed = LandedFile(path=path, sha256="ab" * 32, file_name="a.csv", specification=specification("customs"))
    (count,) = READER.parse(landed, output)

    assert set(reasons.values()) == {"broken_quotes", "shifted_columns", "nul_bytes", "bad_encoding"}
    assert (count.rows_in, count.rows_quarantined) == (lines, len(reasons))
    for found, wanted in zip(loaded(output / "lines.parquet"), expected(source, encoding, reasons), strict=True):
        assert found == wanted
    quarantine = pq.read_table(output / "quarantine.parquet").to_pylist()
    assert {entry["_source_row"]: entry["reason"] for entry in quarantine} == reasons
    assert len(quarantine) == len(reasons)
    with source.open("rb") as stream:
        numbers = {number: line.split(b";")[NUMBER].decode() for number, line in enumerate(stream) if number in reasons}
    assert all(numbers[entry["_source_row"]] in entry["content"] for entry in quarantine)
    assert pq.read_metadata(output / "lines.parquet").num_row_groups > 3
    assert len(threads) > 1 or len(customs_text.os.sched_getaffinity(0)) == 1


def test_a_plan_that_may_mix_rows_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a\n" * 10)
    rows = f"select c0 from read_csv('{tmp_path}/a.csv', header = false, columns = {{'c0': 'varchar'}})"
    with duckdb.connect() as connection:
        check_order(connection, f"{rows} where c0 = 'a' or c0 = 'b'")
        for mixing in (f"{rows} where c0 in ('a', 'b', 'c', 'd', 'e', 'f')", f"{rows} order by c0"):
            with pytest.raises(RuntimeError, match="would not come in the order of the file"):
                check_order(connection, mixing)


def test_a_row_is_not_typed_by_what_its_neighbours_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stripes with and without broken records go different ways, and must come to the same rows."""
    synthesise(tmp_path, lines=1_000, seed=3, layout="russia_declaration_fields", with_coverage=False)
    (path,) = (tmp_path / "russia_declaration_fields").glob("*.csv")
    tables = []
    for stripe in (1 << 30, 30_000):
        monkeypatch.setattr(customs_text, "STRIPE", stripe)
        monkeypatch.setattr(customs_text, "PIECE", min(stripe, 1 << 20))
        for text in (path.read_bytes(), re.sub(rb"\A.*?\n", rb'\g<0>1;"unclosed\n', path.read_bytes())):
            folder = tmp_path / str(len(tables))
            folder.mkdir()
            (folder / "a.csv").write_bytes(text)
            landed = LandedFile(
                path=folder / "a.csv", sha256="ab" * 32, file_name="a.csv", specification=specification("customs")
            )
            READER.parse(landed, folder)
            tables.append(pq.read_table(folder / "lines.parquet").to_pylist())
    plain, damaged = tables[:2]
    assert tables == [plain, damaged] * 2
    assert [{**row, "_source_row": row["_source_row"] + 1} for row in plain] == damaged
