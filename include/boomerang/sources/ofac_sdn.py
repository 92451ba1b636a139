"""The Specially Designated Nationals list of the US Treasury (OFAC), as ``SDN.CSV``.

The file has no header. Null is ``-0-``; the last byte is an old end-of-file mark (0x1A). Numbers of organisations stand
in the text of the remarks ("Tax ID No. 5022039177 (Russia)"). Addresses, most aliases and longer remarks are in other
files of OFAC, which are not read. The short names that the remarks give as ``a.k.a.`` are weak aliases by OFAC's own
account, and are not taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from boomerang.errors import ContentRefusedError
from boomerang.sources.sanctions_lists import (
    Entry,
    Kind,
    ListReader,
    Number,
    SanctionsList,
    UnreadEntry,
    collect_entries,
    csv_records,
)
from boomerang.unpacking import open_capped

COLUMNS: Final = 12
"""Id, name, type, programmes, title, call sign, vessel type, tonnage, gross tonnage, flag, owner, remarks."""

NULL: Final = "-0-"
END_MARK: Final = ["\x1a"]
KINDS: Final[dict[str, Kind]] = {
    NULL: "organisation",
    "individual": "person",
    "vessel": "vessel",
    "aircraft": "aircraft",
}
"""OFAC gives organisations no type."""

_NUMBER: Final = re.compile(
    r"(?:alt\. )?(Tax ID No\.|Registration Number|Registration ID) ([^\s();]+)(?: \(([^()]+)\))?\.?", re.IGNORECASE
)


def read_numbers(remarks: str) -> tuple[Number, ...]:
    """The tax and registration numbers in the remarks, each once, with the country where it is told."""
    found = []
    for part in remarks.split(";"):
        match = _NUMBER.match(part.strip())
        if match:
            kind = "tax" if match[1].lower().startswith("tax") else "registration"
            found.append(Number(match[2].rstrip("."), kind, match[3]))  # type: ignore[arg-type]
    return tuple(dict.fromkeys(found))


def read_record(record: list[str]) -> Entry | UnreadEntry:
    """One record of the list."""
    if len(record) != COLUMNS:
        return UnreadEntry("wrong_columns", f"{len(record)} fields where {COLUMNS} belong")
    values = [value.strip() for value in record]
    if not re.fullmatch(r"[0-9]{1,9}", values[0]):
        return UnreadEntry("bad_id", f"the id is {values[0][:40]!r}, not a number")
    if values[1] in ("", NULL):
        return UnreadEntry("no_name", f"the entry {values[0]} has no name")
    kind = KINDS.get(values[2].lower(), "other")
    numbers = read_numbers(values[11]) if kind == "organisation" else ()
    return Entry(
        entry_id=values[0],
        name=values[1],
        kind=kind,
        kind_as_listed="" if values[2] == NULL else values[2],
        programmes=tuple(values[3].split("] [")) if values[3] not in ("", NULL) else (),
        countries=tuple(dict.fromkeys(number.country for number in numbers if number.country)),
        numbers=numbers,
    )


def read_list(path: Path, maximum_bytes: int) -> SanctionsList:
    """Read the list.

    Args:
        path: ``SDN.CSV``, plain or packed with gzip.
        maximum_bytes: The most that may come out of it.

    Raises:
        ContentRefusedError: ``not_a_list``: it is something else; what
            :func:`boomerang.sources.sanctions_lists.collect_entries` raises.
    """
    with open_capped(path, maximum_bytes) as stream:
        return collect_entries(_readings(csv_records(stream, path.name), path.name), path.name)


def _readings(records: Iterator[list[str]], name: str) -> Iterator[tuple[list[str], Entry | UnreadEntry]]:
    is_first = True
    for record in records:
        if record == END_MARK:
            continue
        if is_first and len(record) != COLUMNS:
            raise ContentRefusedError(
                "not_a_list",
                f"{name} is not OFAC's SDN.CSV: its first record has {len(record)} fields where {COLUMNS} belong",
                "look at the file: it may be a web page, or another of OFAC's files",
            )
        is_first = False
        yield record, read_record(record)


READER: Final = ListReader(parser_version=1, read_list=read_list)
