"""OpenSanctions' simplified table (``targets.simple.csv``) of one list, here Ukraine's "War and Sanctions".

Several values of a field are parted by ``;``. Numbers stand together without a word on what they are
(``1097746469952;7709835066``: a state registration number and a tax number, in no fixed order). An entry may stand for
several legal persons at once, and then gives the numbers of each.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
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

REQUIRED: Final = frozenset({"id", "schema", "name", "aliases", "countries", "identifiers"})
KINDS: Final[dict[str, Kind]] = {
    "Company": "organisation",
    "LegalEntity": "organisation",
    "Organization": "organisation",
    "PublicBody": "organisation",
    "Person": "person",
    "Vessel": "vessel",
    "Airplane": "aircraft",
}
"""Any other schema (a security, a wallet) is ``other``."""


def _values(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in text.split(";") if part.strip()))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def read_record(header: list[str], record: list[str]) -> Entry | UnreadEntry:
    """One record of the table."""
    if len(record) != len(header):
        return UnreadEntry("wrong_columns", f"{len(record)} fields where the header has {len(header)}")
    values = dict(zip(header, record, strict=True))
    if not re.fullmatch(r"\S{1,200}", values["id"]):
        return UnreadEntry("bad_id", f"the id is {values['id'][:40]!r}")
    if not values["name"].strip():
        return UnreadEntry("no_name", f"the entry {values['id']} has no name")
    kind = KINDS.get(values["schema"], "other")
    entry = Entry(
        entry_id=values["id"],
        name=values["name"].strip(),
        kind=kind,
        kind_as_listed=values["schema"],
        programmes=_values(values.get("program_ids", "")),
    )
    if kind != "organisation":
        return entry
    return Entry(
        **{
            **vars(entry),
            "aliases": _values(values["aliases"]),
            "countries": _values(values["countries"]),
            "numbers": tuple(Number(number, "not_told") for number in _values(values["identifiers"])),
            "first_seen_by_publisher_on": _day(values.get("first_seen", "")),
        }
    )


def read_list(path: Path, maximum_bytes: int) -> SanctionsList:
    """Read the table.

    Args:
        path: ``targets.simple.csv``, plain or packed with gzip.
        maximum_bytes: The most that may come out of it.

    Raises:
        ContentRefusedError: ``not_a_list``: it is something else; what
            :func:`boomerang.sources.sanctions_lists.collect_entries` raises.
    """
    with open_capped(path, maximum_bytes) as stream:
        records = csv_records(stream, path.name)
        header = next(records, [])
        if missing := sorted(REQUIRED - set(header)):
            raise ContentRefusedError(
                "not_a_list",
                f"{path.name} is no targets.simple.csv of OpenSanctions: it has no {', '.join(missing)}",
                "look at the file: it may be a web page, or another of OpenSanctions' files",
            )
        return collect_entries(_readings(header, records), path.name)


def _readings(header: list[str], records: Iterator[list[str]]) -> Iterator[tuple[list[str], Entry | UnreadEntry]]:
    for record in records:
        yield record, read_record(header, record)


READER: Final = ListReader(parser_version=1, read_list=read_list)
