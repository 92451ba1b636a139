"""The Russian customs nomenclature (TN VED) as the Federal Tax Service publishes it: which code was in force when.

One file a level: TNVED1 (sections), TNVED2 (groups, two digits), TNVED3 (headings, four digits). The first line gives
the edition; fields end with ``|``. Each code has a line for each period. Headings that are not subdivided (8710, 9302
...) are missing at level 3, so the table never proves that a code does not exist. Names hold Latin letters where
species are named; they are kept as they stand.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from boomerang.errors import ContentRefusedError
from boomerang.sources.community_tables import MAXIMUM_CONTENT, write_tables
from boomerang.sources.exchange_rates import day
from boomerang.sources.specification import PROVENANCE, LandedFile, MemberCount, SourceSpecification
from boomerang.unpacking import read_capped

TABLES: Final[dict[str, pa.Schema]] = {
    "codes": pa.schema(
        [
            *PROVENANCE,
            pa.field("level", pa.int32(), nullable=False),
            pa.field("code", pa.string(), nullable=False),
            pa.field("name", pa.string(), nullable=False),
            pa.field("valid_from", pa.date32(), nullable=False),
            pa.field("valid_to", pa.date32()),
            pa.field("edition", pa.string(), nullable=False),
            pa.field("edition_on", pa.date32(), nullable=False),
        ]
    )
}

FIELDS: Final = {1: 5, 2: 6, 3: 5}
"""Fields of a line at each level: the code's parts, the name, at levels 1 and 2 a note, first and last day in force."""

CODE_PARTS: Final = {1: 1, 2: 2, 3: 2}
MAXIMUM_UNREADABLE_SHARE: Final = 0.005

_EDITION: Final = re.compile(r"([0-9]{3})\|([0-9]{4})([0-9]{2})([0-9]{2})\|0000\|")
_WHAT_TO_DO: Final = "give TNVED1, TNVED2 or TNVED3 as the Federal Tax Service publishes it, in CP866 or UTF-8"


@dataclass(frozen=True)
class Code:
    """A code in one period; ``valid_to`` is ``None`` while it is in force."""

    row: int
    code: str
    name: str
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True)
class UnreadCode:
    """A line that can't be taken."""

    row: int
    reason: str
    detail: str
    content: str


@dataclass
class Nomenclature:
    """A file as it was read.

    Attributes:
        member: Its name in a zip; empty where it came by itself.
        level: 1 to 3.
        edition: The edition's number, e.g. ``020``.
        edition_on: Its day.
    """

    member: str
    level: int
    edition: str
    edition_on: date
    codes: list[Code] = field(default_factory=list)
    unread: list[UnreadCode] = field(default_factory=list)


def read_nomenclature(path: Path, maximum_bytes: int) -> Nomenclature:
    """Read a file of the nomenclature.

    Args:
        path: The file, plain, packed with gzip, or alone in a zip.
        maximum_bytes: The most that may come out of it.

    Raises:
        ContentRefusedError: ``not_tnved``: it is no such file. ``no_codes``, ``too_many_unreadable``. What
            :func:`boomerang.unpacking.read_capped` raises.
    """
    member, content = read_capped(path, maximum_bytes)
    lines = _text(content, path.name).split("\n")
    edition = _EDITION.fullmatch(lines[0].rstrip("\r"))
    edition_on = day(f"{edition[4]}.{edition[3]}.{edition[2]}") if edition else None
    if edition is None or edition_on is None:
        raise ContentRefusedError(
            "not_tnved", f"{path.name} begins {lines[0][:60]!r}, not with an edition (020|20220811|0000|)", _WHAT_TO_DO
        )
    records = [(row, line.rstrip("\r")) for row, line in enumerate(lines[1:], start=1) if line.strip()]
    found = Nomenclature(member, _level(records, path.name), edition[1], edition_on)
    for row, line in records:
        reading = _read_line(line, row, found.level)
        if isinstance(reading, Code):
            found.codes.append(reading)
        else:
            found.unread.append(UnreadCode(row, reading[0], reading[1], line[:MAXIMUM_CONTENT]))
    if len(found.unread) > MAXIMUM_UNREADABLE_SHARE * len(records):
        example = found.unread[0]
        raise ContentRefusedError(
            "too_many_unreadable",
            f"{path.name}: {len(found.unread):,} of {len(records):,} lines can't be read, e.g. line {example.row + 1}: "
            f"{example.detail}",
            _WHAT_TO_DO,
        )
    return found


def _text(content: bytes, name: str) -> str:
    """UTF-8, else CP866, as published. Text in CP1251 would come out of CP866 full of frames and signs."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp866")
    if odd := re.search(r"[\u2500-\u259f]", text):
        raise ContentRefusedError(
            "not_tnved", f"{name} is neither UTF-8 nor CP866: letter {odd.start() + 1} would be {odd[0]!r}", _WHAT_TO_DO
        )
    return text


def _level(records: list[tuple[int, str]], name: str) -> int:
    """The level of a file, by the shape of its first line: it says so nowhere."""
    if not records:
        raise ContentRefusedError("no_codes", f"{name} holds an edition and no code", _WHAT_TO_DO)
    parts = records[0][1].split("|")[:-1]
    level = {(5, 1): 1, (6, 2): 2, (5, 2): 3}.get((len(parts), len(_leading_codes(parts))))
    if level is None:
        raise ContentRefusedError(
            "not_tnved", f"{name} has lines of another shape than levels 1 to 3: {records[0][1][:80]!r}", _WHAT_TO_DO
        )
    return level


def _leading_codes(parts: list[str]) -> list[str]:
    codes = []
    for part in parts:
        if not re.fullmatch(r"[0-9]{2}", part):
            break
        codes.append(part)
    return codes


def _read_line(line: str, row: int, level: int) -> Code | tuple[str, str]:
    """A line as a code; else why not: a reason and a detail."""
    parts = line.split("|")
    if len(parts) != FIELDS[level] + 1 or parts[-1]:
        return "wrong_columns", f"{len(parts) - 1} fields where level {level} has {FIELDS[level]}"
    codes = parts[: CODE_PARTS[level]]
    if any(not re.fullmatch(r"[0-9]{2}", code) for code in codes):
        return "bad_code", f"the code is {'|'.join(codes)!r}"
    name = " ".join(parts[CODE_PARTS[level]].split())
    valid_from, valid_to = day(parts[-3]), day(parts[-2])
    if not name:
        return "no_name", f"the code {''.join(codes)} has no name"
    if valid_from is None or (parts[-2] and valid_to is None):
        return "bad_date", f"the days in force are {parts[-3]!r} and {parts[-2]!r}, not dd.mm.yyyy"
    if valid_to is not None and valid_to < valid_from:
        return "bad_date", f"the period {valid_from} to {valid_to} ends before it begins"
    # A group's own two digits follow its section at level 2; a heading is group and position.
    return Code(row, "".join(codes[-1:] if level == 2 else codes), name, valid_from, valid_to)


class TnvedReader:
    """Reads the nomenclature; see :class:`boomerang.sources.specification.SourceReader`."""

    parser_version = 1
    tables = TABLES

    def inspect(self, path: Path, specification: SourceSpecification, layout: str | None) -> dict[str, int]:
        """Read the file, and count what stands in it.

        Args:
            path: The file.
            specification: The source.
            layout: Not used.

        Returns:
            ``codes`` (code and period), ``level``, ``edition``, ``quarantined``.

        Raises:
            ContentRefusedError: What :func:`read_nomenclature` raises.
        """
        found = read_nomenclature(path, specification.maximum_bytes)
        return {
            "codes": len(found.codes),
            "level": found.level,
            "edition": int(found.edition),
            "quarantined": len(found.unread),
        }

    def parse(self, landed: LandedFile, output: Path) -> list[MemberCount]:
        """Write the codes, and the lines that can't be taken to the quarantine.

        Args:
            landed: The file.
            output: An empty folder.

        Returns:
            One count: of the lines behind the edition's.

        Raises:
            ContentRefusedError: What :func:`read_nomenclature` raises.
        """
        found = read_nomenclature(landed.path, landed.specification.maximum_bytes)
        edition = {"level": found.level, "edition": found.edition, "edition_on": found.edition_on}
        codes: list[dict[str, Any]] = [
            {
                "_source_member": found.member,
                "_source_row": code.row,
                "code": code.code,
                "name": code.name,
                "valid_from": code.valid_from,
                "valid_to": code.valid_to,
                **edition,
            }
            for code in found.codes
        ]
        unread: list[dict[str, Any]] = [
            {
                "_source_member": found.member,
                "_source_row": line.row,
                "reason": line.reason,
                "detail": line.detail,
                "content": line.content,
            }
            for line in found.unread
        ]
        write_tables(landed, output, TABLES, {"codes": codes, "quarantine": unread})
        return [
            MemberCount(
                source_member=found.member,
                rows_in=len(codes) + len(unread),
                rows_loaded=len(codes),
                rows_quarantined=len(unread),
            )
        ]


READER: Final = TnvedReader()
