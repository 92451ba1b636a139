"""Small customs files for tests: written here cell by cell, labelled synthetic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from boomerang.sources.customs import READER
from boomerang.sources.specification import LandedFile, MemberCount, specification

COLUMNS = ("ND", "G072", "G011", "G022", "G082", "G33", "G37", "G31_1", "G31_7", "G46", "RECORD_KIND")
SOUND = {
    "ND": "99001001/091222/0000001",
    "G072": "09.12.2022",
    "G011": "ИМ",
    "G022": "MYANMAR ARMY",
    "G082": 'АО "НПК УРАЛВАГОНЗАВОД"',
    "G33": "9005800000",
    "G37": "6010000",
    "G31_1": "ПРИЦЕЛ-ДАЛЬНОМЕР ТПД-К1",
    "G31_7": "10",
    "G46": "1234,5",
    "RECORD_KIND": "SYNTHETIC",
}
TITLES = {
    "ND": "Номер декларации",
    "G072": "Дата выпуска",
    "G011": "Направление",
    "G022": "Наименование отправителя",
    "G082": "Наименование получателя",
    "G33": "Код товара",
    "G37": "Процедура",
    "G31_1": "Описание",
    "G31_7": "Количество",
    "G46": "Стат. стоимость, долл. США",
    "RECORD_KIND": "Вид записи",
}


def row(**changes: str) -> list[str]:
    """A sound declaration line, but for ``changes``."""
    return [{**SOUND, **changes}[name] for name in COLUMNS]


def quoted(cell: str, delimiter: str) -> str:
    """A cell as CSV has it."""
    if any(letter in cell for letter in (delimiter, '"', "\n", "\r")):
        return '"' + cell.replace('"', '""') + '"'
    return cell


def delimited(rows: Sequence[Sequence[str]], delimiter: str = ";", end: str = "\n") -> str:
    """A table as CSV."""
    return "".join(delimiter.join(quoted(cell, delimiter) for cell in cells) + end for cells in rows)


def write_csv(path: Path, rows: Sequence[Sequence[str]], header: Sequence[str] = COLUMNS) -> Path:
    """A CSV in UTF-8 with semicolons."""
    path.write_bytes(delimited([header, *rows]).encode())
    return path


def parse(path: Path, output: Path, layout: str | None = None) -> tuple[list[MemberCount], list[Any], list[Any]]:
    """Parse a file as the pipeline does; the ledger's counts, the lines (or sums) and the quarantine."""
    output.mkdir(parents=True, exist_ok=True)
    landed = LandedFile(
        path=path, sha256="ab" * 32, file_name=path.name, specification=specification("customs"), layout=layout
    )
    counts = READER.parse(landed, output)
    names = ("lines.parquet", "aggregates.parquet", "quarantine.parquet")
    assert {entry.name for entry in output.iterdir()} <= set(names)
    lines, aggregates, quarantine = (
        pq.read_table(output / name).to_pylist() if (output / name).exists() else [] for name in names
    )
    lines += aggregates
    assert sum(count.rows_in for count in counts) == len(lines) + len(quarantine)
    assert sum(count.rows_loaded for count in counts) == len(lines)
    return counts, lines, quarantine


def reasons(quarantine: Sequence[Mapping[str, Any]]) -> dict[int, str]:
    """Row to reason."""
    return {entry["_source_row"]: entry["reason"] for entry in quarantine}
