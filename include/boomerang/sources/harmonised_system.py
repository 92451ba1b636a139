"""The Harmonized System, edition 2022, as a table of codes: chapters, headings, subheadings with English names.

A code of an earlier edition (8803, 852580) is not in it: it says what is in force from 2022 on and nothing before.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from boomerang.errors import ContentRefusedError
from boomerang.sources.community_tables import CsvTable, as_text, write_tables
from boomerang.sources.specification import PROVENANCE, LandedFile, MemberCount, SourceSpecification
from boomerang.unpacking import open_capped

COLUMNS: Final = ("section", "hscode", "description", "parent", "level")
TABLES: Final[dict[str, pa.Schema]] = {
    "codes": pa.schema(
        [
            *PROVENANCE,
            pa.field("code", pa.string(), nullable=False),
            pa.field("name", pa.string(), nullable=False),
        ]
    )
}
TOTAL: Final = ["TOTAL", "TOTAL", "TOTAL", "5"]
"""Section, code, parent and level of the last record, which is the sum of all codes and none of them."""

MAXIMUM_UNREADABLE_SHARE: Final = 0.005
_WHAT_TO_DO: Final = "give data/harmonized-system.csv of github.com/datasets/harmonized-system"

_Read = tuple[list[dict[str, Any]], list[dict[str, Any]]]


def read_codes(path: Path, maximum_bytes: int) -> _Read:
    """Read the table.

    Args:
        path: The CSV, plain or packed with gzip.
        maximum_bytes: The most that may come out of it.

    Returns:
        Rows of ``codes`` and of ``quarantine``. The record of the total is among the latter: it is no code.

    Raises:
        ContentRefusedError: ``not_a_table``, ``not_codes``: it is no such table. ``too_many_unreadable``.
    """
    codes: list[dict[str, Any]] = []
    unread: list[dict[str, Any]] = []
    with open_capped(path, maximum_bytes) as stream:
        table = CsvTable(stream, path.name)
        if tuple(table.header) != COLUMNS:
            raise ContentRefusedError(
                "not_codes", f"{path.name} has the columns {', '.join(table.header)[:120]}", _WHAT_TO_DO
            )
        for row, record in enumerate(table.records(), start=1):
            address = {"_source_member": "", "_source_row": row}
            fault = _fault(record)
            if fault is None:
                codes.append({**address, "code": record[1], "name": record[2].strip()})
            else:
                reason, detail = fault
                unread.append({**address, "reason": reason, "detail": detail, "content": as_text(record)})
    if not codes or len(unread) > max(1, MAXIMUM_UNREADABLE_SHARE * (len(codes) + len(unread))):
        example = f", e.g. record {unread[0]['_source_row']}: {unread[0]['detail']}" if unread else ""
        raise ContentRefusedError(
            "too_many_unreadable" if unread else "no_codes",
            f"{path.name}: {len(codes):,} codes can be read and {len(unread):,} records can't{example}",
            _WHAT_TO_DO,
        )
    return codes, unread


def _fault(record: list[str]) -> tuple[str, str] | None:
    if len(record) != len(COLUMNS):
        return "wrong_columns", f"{len(record)} fields where the header has {len(COLUMNS)}"
    section, code, name, parent, level = record
    if [section, code, parent, level] == TOTAL:
        return "total", "the sum of all codes, which is none of them"
    if not re.fullmatch(r"(?:[0-9]{2}){1,3}", code) or level != str(len(code)):
        return "bad_code", f"the code {code!r} stands at level {level!r}"
    if not name.strip():
        return "no_name", f"the code {code} has no name"
    return None


class HarmonisedSystemReader:
    """Reads the table of codes; see :class:`boomerang.sources.specification.SourceReader`."""

    parser_version = 1
    tables = TABLES

    def inspect(self, path: Path, specification: SourceSpecification, layout: str | None) -> dict[str, int]:
        """Read the table, and count what stands in it.

        Args:
            path: The table.
            specification: The source.
            layout: Not used.

        Returns:
            ``codes``, ``headings`` (of four digits), ``quarantined``.

        Raises:
            ContentRefusedError: What :func:`read_codes` raises.
        """
        codes, unread = read_codes(path, specification.maximum_bytes)
        headings = sum(len(code["code"]) == 4 for code in codes)
        return {"codes": len(codes), "headings": headings, "quarantined": len(unread)}

    def parse(self, landed: LandedFile, output: Path) -> list[MemberCount]:
        """Write the codes, and the records that can't be taken to the quarantine.

        Args:
            landed: The table.
            output: An empty folder.

        Returns:
            One count: of the records.

        Raises:
            ContentRefusedError: What :func:`read_codes` raises.
        """
        codes, unread = read_codes(landed.path, landed.specification.maximum_bytes)
        write_tables(landed, output, TABLES, {"codes": codes, "quarantine": unread})
        return [MemberCount(rows_in=len(codes) + len(unread), rows_loaded=len(codes), rows_quarantined=len(unread))]


READER: Final = HarmonisedSystemReader()
