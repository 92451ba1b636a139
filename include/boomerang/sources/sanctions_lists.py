"""Lists of sanctioned organisations: what their readers have in common.

A list says who stands on it today, and nothing about yesterday. An empty or cut one is refused: nobody leaves a list
because a download failed.

Lists name persons, ships and aircraft too. They are counted, and kept with id, name, kind and programme only (no birth
dates, no passports); nothing of them goes further than bronze.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import IO, Any, Final, Literal

import pyarrow as pa

from boomerang.errors import ContentRefusedError
from boomerang.sources.community_tables import as_text, write_tables
from boomerang.sources.specification import PROVENANCE, LandedFile, MemberCount, SourceSpecification

Kind = Literal["organisation", "person", "vessel", "aircraft", "other"]

TABLES: Final[dict[str, pa.Schema]] = {
    "entries": pa.schema(
        [
            *PROVENANCE,
            pa.field("entry_id", pa.string(), nullable=False),
            pa.field("name", pa.string(), nullable=False),
            pa.field("kind", pa.string(), nullable=False),
            pa.field("kind_as_listed", pa.string(), nullable=False),
            pa.field("programmes", pa.list_(pa.string()), nullable=False),
            pa.field("aliases", pa.list_(pa.string()), nullable=False),
            pa.field("countries", pa.list_(pa.string()), nullable=False),
            pa.field("first_seen_by_publisher_on", pa.date32()),
        ]
    ),
    "numbers": pa.schema(
        [
            *PROVENANCE,
            pa.field("entry_id", pa.string(), nullable=False),
            pa.field("number", pa.string(), nullable=False),
            pa.field("number_kind", pa.string(), nullable=False),
            pa.field("country", pa.string()),
        ]
    ),
}
"""``numbers``: those of organisations; ``number_kind`` is ``tax``, ``registration`` or ``not_told``, ``country`` as the
list writes it."""

MAXIMUM_UNREADABLE_SHARE: Final = 0.005
_WHAT_TO_DO: Final = "look at the address in a browser; the last good observation stands, the next run asks again"


@dataclass(frozen=True)
class Number:
    """A number that a list gives for an organisation."""

    number: str
    kind: Literal["tax", "registration", "not_told"]
    country: str | None = None


@dataclass(frozen=True)
class Entry:
    """One entry; of anything but an organisation only the first five fields are filled."""

    entry_id: str
    name: str
    kind: Kind
    kind_as_listed: str
    programmes: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    numbers: tuple[Number, ...] = ()
    first_seen_by_publisher_on: date | None = None


@dataclass(frozen=True)
class UnreadEntry:
    """Why a record can't be taken."""

    reason: str
    detail: str


@dataclass
class SanctionsList:
    """A list as it was read; records are by their ordinal, from 1."""

    entries: dict[int, Entry] = field(default_factory=dict)
    unread: dict[int, tuple[UnreadEntry, str]] = field(default_factory=dict)

    def figures(self) -> dict[str, int]:
        """What bounds may be declared for."""
        kinds = Counter(entry.kind for entry in self.entries.values())
        return {
            "entries": len(self.entries),
            "organisations": kinds["organisation"],
            "persons": kinds["person"],
            "other": len(self.entries) - kinds["organisation"] - kinds["person"],
            "numbers": sum(len(entry.numbers) for entry in self.entries.values()),
            "quarantined": len(self.unread),
        }


def csv_records(stream: IO[bytes], name: str) -> Iterator[list[str]]:
    """The records of a CSV table in UTF-8, empty lines passed over; a field may hold line breaks.

    Raises:
        ContentRefusedError: ``not_a_list``: it is no CSV, or a quote is never closed (the file is cut off).
    """
    reader = csv.reader(io.TextIOWrapper(stream, "utf-8-sig", newline=""), strict=True)
    try:
        for record in reader:
            if record:
                yield record
    except (csv.Error, UnicodeDecodeError) as error:
        raise ContentRefusedError(
            "not_a_list", f"{name} can't be read as CSV at line {reader.line_num + 1}: {error}", _WHAT_TO_DO
        ) from error


def collect_entries(readings: Iterable[tuple[list[str], Entry | UnreadEntry]], name: str) -> SanctionsList:
    """Put a list together.

    Args:
        readings: Each record, and what was read in it.
        name: The file's, for messages.

    Raises:
        ContentRefusedError: ``no_entries``: nobody is on it. ``cut_short``: it ends within a record.
            ``too_many_unreadable``.
    """
    found = SanctionsList()
    seen: set[str] = set()
    reading: Entry | UnreadEntry | None = None
    for row, (record, reading) in enumerate(readings, start=1):
        if isinstance(reading, Entry) and reading.entry_id in seen:
            fault = UnreadEntry("repeated_id", f"the id {reading.entry_id} stands in this list before")
            found.unread[row] = (fault, as_text(record))
        elif isinstance(reading, Entry):
            seen.add(reading.entry_id)
            found.entries[row] = reading
        else:
            found.unread[row] = (reading, as_text(record))
    if isinstance(reading, UnreadEntry) and reading.reason == "wrong_columns":
        raise ContentRefusedError(
            "cut_short", f"{name} ends within a record: {reading.detail} in the last one", _WHAT_TO_DO
        )
    if not found.entries:
        raise ContentRefusedError(
            "no_entries",
            f"{name} lists nobody: that is a failed download, not the end of all sanctions",
            _WHAT_TO_DO,
        )
    if len(found.unread) > max(1, MAXIMUM_UNREADABLE_SHARE * len(found.entries)):
        row, (example, _) = next(iter(found.unread.items()))
        raise ContentRefusedError(
            "too_many_unreadable",
            f"{name}: {len(found.unread):,} records can't be read beside {len(found.entries):,} that can, e.g. record "
            f"{row}: {example.detail}",
            _WHAT_TO_DO,
        )
    return found


@dataclass(frozen=True)
class ListReader:
    """Reads a list of sanctions; see :class:`boomerang.sources.specification.SourceReader`.

    Attributes:
        parser_version: As of any reader.
        read_list: How the publisher's file is read: its path and the most bytes that may come out of it. Raises
            ``ContentRefusedError``.
        tables: The bronze tables.
    """

    parser_version: int
    read_list: Callable[[Path, int], SanctionsList]
    tables: dict[str, pa.Schema] = field(default_factory=lambda: TABLES)

    def inspect(self, path: Path, specification: SourceSpecification, layout: str | None) -> dict[str, int]:
        """Read the list, and count who stands on it: the figures of :meth:`SanctionsList.figures`.

        Raises:
            ContentRefusedError: What ``read_list`` raises.
        """
        return self.read_list(path, specification.maximum_bytes).figures()

    def parse(self, landed: LandedFile, output: Path) -> list[MemberCount]:
        """Write the entries, and the records that can't be taken to the quarantine.

        Raises:
            ContentRefusedError: What ``read_list`` raises.
        """
        return _write(self.read_list(landed.path, landed.specification.maximum_bytes), landed, output)


def _write(found: SanctionsList, landed: LandedFile, output: Path) -> list[MemberCount]:
    """Write ``entries``, ``numbers`` and the quarantine of a landed list, and count its records."""
    rows: dict[str, list[dict[str, Any]]] = {"entries": [], "numbers": [], "quarantine": []}
    for row, entry in found.entries.items():
        address = {"_source_member": "", "_source_row": row}
        rows["entries"].append({**vars(entry), **address})
        rows["numbers"] += [
            {
                **address,
                "entry_id": entry.entry_id,
                "number": number.number,
                "number_kind": number.kind,
                "country": number.country,
            }
            for number in entry.numbers
        ]
    rows["quarantine"] = [
        {
            "_source_member": "",
            "_source_row": row,
            "reason": fault.reason,
            "detail": fault.detail,
            # A record that can't be read may be a person's; the landed file has it.
            "content": content.partition(",")[0],
        }
        for row, (fault, content) in found.unread.items()
    ]
    write_tables(landed, output, TABLES, rows)
    return [
        MemberCount(
            rows_in=len(found.entries) + len(found.unread),
            rows_loaded=len(found.entries),
            rows_quarantined=len(found.unread),
        )
    ]
