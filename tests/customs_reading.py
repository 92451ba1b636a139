"""Customs files made by hand, and what the reader makes of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow.parquet as pq

from boomerang.sources.customs import READER
from boomerang.sources.specification import LandedFile, MemberCount, specification

DECLARATION: dict[str, str] = {
    "ND": "99001010/081122/0000001",
    "G072": "08.11.2022",
    "G011": "ИМ",
    "G021": "",
    "G022": "ARSENAL OF SOMEWHERE",
    "G081": "0000000017",
    "G082": 'АО "ЗАВОД"; ЦЕХ 2',
    "G16": "РОССИЯ",
    "G31_1": "ПРИЦЕЛ НОЧНОЙ, Т-72",
    "G31_11": "АО ЗАВОД",
    "G31_7": "1 200,5",
    "G32": "3",
    "G33": "9013101000",
    "G34": "RU",
    "G37": "6010000",
    "G38": "0,125",
    "G46": "24000000,01",
}
"""One sound declaration line: box -> what stands in it. The names are nobody's."""

TITLES = {
    "ND": "Номер декларации",
    "G082": "Наименование получателя",
    "G31_1": "Описание и характеристика товаров",
    "G33": "Код товара по ТН ВЭД (10 знаков)",
}


@dataclass(frozen=True)
class Reading:
    """What became of a file: every record is in ``lines`` or in ``quarantine``."""

    lines: list[dict[str, Any]]
    quarantine: list[dict[str, Any]]
    members: list[MemberCount]

    @property
    def reasons(self) -> dict[int, str]:
        """Ordinal of each quarantined record, and why."""
        return {row["_source_row"]: row["reason"] for row in self.quarantine}

    @property
    def loaded(self) -> list[int]:
        """Ordinals of the records that were taken."""
        return [row["_source_row"] for row in self.lines]


def read(path: Path, layout: str | None = None) -> Reading:
    """Inspect and parse a file as landing and bronze do; the ledger must balance and no record stand twice."""
    facts = specification("customs")
    READER.inspect(path, facts, layout)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    landed = LandedFile(path=path, sha256=sha256, file_name=path.name, specification=facts, layout=layout)
    with TemporaryDirectory() as folder:
        members = READER.parse(landed, Path(folder))
        lines, quarantine = (
            pq.read_table(file).to_pylist() if (file := Path(folder, f"{table}.parquet")).exists() else []
            for table in ("lines", "quarantine")
        )
        assert not list(Path(folder).glob(".*")), "the scratch folder stayed"
    for member in members:
        loaded, refused = (
            [row["_source_row"] for row in rows if row["_source_member"] == member.source_member]
            for rows in (lines, quarantine)
        )
        assert (len(loaded), len(refused)) == (member.rows_loaded, member.rows_quarantined)
        assert member.rows_in == member.rows_loaded + member.rows_quarantined
        assert len({*loaded, *refused}) == member.rows_in
    assert {row["_source_sha256"] for row in (*lines, *quarantine)} <= {sha256}
    return Reading(lines, quarantine, members)


def field(text: str, delimiter: str) -> str:
    """A field as CSV writes it: quoted where it must be."""
    needs_quotes = any(mark in text for mark in (delimiter, '"', "\r", "\n"))
    return '"' + text.replace('"', '""') + '"' if needs_quotes else text


def record(fields: Iterable[str], delimiter: str = ";") -> str:
    """A line of CSV without its end."""
    return delimiter.join(field(text, delimiter) for text in fields)


def declaration(**changes: str) -> list[str]:
    """The fields of a sound declaration line, but for some."""
    return list({**DECLARATION, **changes}.values())


def csv_text(records: Sequence[str], header: Iterable[str] = DECLARATION, delimiter: str = ";", end: str = "\n") -> str:
    """A header and records, each with its line end."""
    return "".join(line + end for line in (record(header, delimiter), *records))


def csv_file(path: Path, *changes: Mapping[str, str], extra: Mapping[str, str] | None = None) -> Path:
    """A file of declaration lines in UTF-8, each sound but for its changes; ``extra`` adds a column to all."""
    extra = extra or {}
    rows = [record([*declaration(), *extra.values()])] if not changes else []
    for change in changes:
        rows.append(record({**DECLARATION, **extra, **change}.values()))
    path.write_text(csv_text(rows, [*DECLARATION, *extra]), encoding="utf-8")
    return path
