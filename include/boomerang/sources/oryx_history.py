"""Tables that others made of the Oryx pages, for the days before the first own pull.

Two collectors, told apart by their header:

- ``scarnecchia``: a row for each country, origin, system, status and link. Either one table of all statuses, as it
  stood on a day (``totals_by_system``), or four files, one a status (``event_*``), which are pulled together.
- ``jessicaw9910``: a row for each vehicle of the first three weeks; its status is often only the last word of the
  page's text ("destroyed by Bayraktar TB2" has become "TB2"), which is not guessed back.

Both say what their scraper made of the page. What can't be read for certain goes to the quarantine with its text.
"""

from __future__ import annotations

import logging
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import urljoin

import pyarrow as pa

from boomerang.errors import ContentRefusedError, UsageError
from boomerang.sources.community_tables import CsvTable, as_text, parts_of, write_tables
from boomerang.sources.oryx import PRECEDENCE, Status, StatusReading, Unread, read_pictured_on, read_status
from boomerang.sources.specification import (
    PROVENANCE,
    Errand,
    LandedFile,
    MemberCount,
    Showing,
    SourceSpecification,
)

log = logging.getLogger(__name__)

Collector = Literal["scarnecchia", "jessicaw9910"]

REQUIRED: Final[dict[Collector, frozenset[str]]] = {
    "scarnecchia": frozenset({"country", "origin", "system", "status", "url", "date_recorded"}),
    "jessicaw9910": frozenset({"name", "status", "idx", "group", "country"}),
}
OPTIONAL: Final[dict[Collector, frozenset[str]]] = {
    # The collector's own numbers; their meaning changed on 2022-03-28, and nothing rests on them.
    "scarnecchia": frozenset({"sysID", "imageID", "statusID", "matID"}),
    "jessicaw9910": frozenset({"link"}),
}
RENAMED: Final = {"names": "name"}
"""The tables of 13 and 14 March 2022 call it so."""

SIDES: Final = {"Russia": "russia", "RUS": "russia", "Ukraine": "ukraine", "UKR": "ukraine"}

MISSING: Final = frozenset({"", "NA", "NaN", "None"})
"""How R and Python write that there is nothing."""

MAXIMUM_UNREADABLE_SHARE: Final = 0.2
"""The worst real tables (mid-March 2022) have one row in eight that can't be read ("TB2" for a status, or in place of
the link); more is another format."""

_ADDRESS: Final = re.compile(r"https?://[^\s/]", re.IGNORECASE)
_R_ESCAPE: Final = re.compile(r"<U\+([0-9A-F]{4})>")
_LABEL_END: Final = re.compile(r"\s*:\s*(?:\([^()]*\)\s*)?$")
_NUMBERED: Final = re.compile(r"([0-9]{1,5}) (\S.*)")
_NUMBERED_NAMES: Final = re.compile(r"[0-9]+ (?:mm|cm)\b|23 ItK 61\b")
"""Names of which it is known that they begin with a number and a blank: a calibre, or the Finnish name of a ZU-23."""
_LEAKS_FROM: Final = 3


def _is_missing(text: str) -> bool:
    return text.strip() in MISSING


def clean_name(text: str) -> str:
    """A model's name without what the collector's tools left in it.

    R writes a letter that it can't show as ``<U+041C>``; the page's colon, with a link's text behind it, was sometimes
    taken for a part of the name.
    """
    text = _R_ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
    return _LABEL_END.sub("", " ".join(text.split()))


class Counts:
    """Which numbers before a name are the page's leading counts ("349 T-72B3"), and which belong to it.

    Decided by the names of the file: a number is a count if the rest stands there without it, or with another number.
    Where that shows that counts leak into the file's names, the numbers of names that stand only once are counts
    too; a name that is itself the rest of another ("3 23 ItK 61 23mm") keeps its number. In a file without such
    evidence nothing is taken away.
    """

    def __init__(self, names: set[str]) -> None:
        """Args: names: Every name of the file, cleaned."""
        numbered = {name: found for name in names if (found := _NUMBERED.fullmatch(name))}
        numbers_by_rest: dict[str, set[str]] = defaultdict(set)
        for found in numbered.values():
            numbers_by_rest[found[2]].add(found[1])
        proved = {rest for rest, numbers in numbers_by_rest.items() if rest in names or len(numbers) > 1}
        leaks = len(proved) >= _LEAKS_FROM
        self._split = {
            name: (int(found[1]), found[2])
            for name, found in numbered.items()
            if not _NUMBERED_NAMES.match(name) and name not in numbers_by_rest and (found[2] in proved or leaks)
        }

    def split(self, name: str) -> tuple[int | None, str]:
        """The leading count, if there is one, and the name."""
        return self._split.get(name, (None, name))


@dataclass(frozen=True)
class Row:
    """One row of a table that was read."""

    side: str
    category: str | None
    model_text: str
    producer_country: str | None
    url: str | None
    status_text: str
    status: StatusReading
    list_number: int | None
    recorded_on: date | None


@dataclass
class Table:
    """One table as it was read; rows are by their ordinal, from 1."""

    member: str
    collector: Collector
    columns: list[str]
    rows: dict[int, Row] = field(default_factory=dict)
    unread: dict[int, tuple[Unread, str]] = field(default_factory=dict)

    @property
    def statuses(self) -> list[Status]:
        """The statuses that the table may hold: one, if it holds no other."""
        found = {status for row in self.rows.values() for status in row.status.flags}
        return [*found] if len(found) == 1 else [*PRECEDENCE]


@cache
def _status(text: str) -> StatusReading | None:
    return read_status(text)


def _read_common(country: str, status: str) -> tuple[str, StatusReading] | Unread:
    side = SIDES.get(country.strip())
    if side is None:
        return Unread("unknown_side", f"the country {country!r} is neither Russia nor Ukraine")
    reading = _status(" ".join(status.split()))
    if reading is None:
        return Unread("unknown_status", f"status text {status!r} is not in the table of statuses")
    return side, reading


def _read_url(text: str) -> str | Unread:
    url = text.strip()
    if _is_missing(url):
        return Unread("no_link", "the row has no link: nothing shows the loss")
    if not _ADDRESS.match(url):
        return Unread("bad_url", f"the link's address is not http(s): {url[:200]!r}")
    return url


def _read_day(text: str) -> date | Unread | None:
    if _is_missing(text):
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return Unread("bad_date", f"date_recorded is {text!r}, not yyyy-mm-dd")


def _read_scarnecchia(values: dict[str, str]) -> Row | Unread:
    if _is_missing(values["system"]):
        return Unread("no_model", "the row names no model")
    url = _read_url(values["url"])
    if isinstance(url, Unread):
        return url
    common = _read_common(values["country"], values["status"])
    if isinstance(common, Unread):
        return common
    recorded_on = _read_day(values["date_recorded"])
    if isinstance(recorded_on, Unread):
        return recorded_on
    return Row(
        side=common[0],
        category=None,
        model_text=values["system"],
        producer_country=None if _is_missing(values["origin"]) else values["origin"].strip(),
        url=url,
        status_text=values["status"],
        status=common[1],
        list_number=None,
        recorded_on=recorded_on,
    )


def _read_jessicaw(values: dict[str, str]) -> Row | Unread:
    if _is_missing(values["name"]):
        return Unread("no_model", "the row names no model")
    # The table of 13 March 2022 has no column of links: its rows count, though nobody can tell which loss each is.
    url = _read_url(values["link"]) if "link" in values else None
    if isinstance(url, Unread):
        return url
    common = _read_common(values["country"], values["status"])
    if isinstance(common, Unread):
        return common
    if not re.fullmatch(r"[0-9]{1,5}", values["idx"].strip()):
        return Unread("unreadable_numbers", f"the number in the list is {values['idx']!r}")
    return Row(
        side=common[0],
        category=None if _is_missing(values["group"]) else values["group"].strip(),
        model_text=values["name"],
        producer_country=None,
        url=url,
        status_text=values["status"],
        status=common[1],
        list_number=int(values["idx"]),
        recorded_on=None,
    )


READERS: Final[dict[Collector, Callable[[dict[str, str]], Row | Unread]]] = {
    "scarnecchia": _read_scarnecchia,
    "jessicaw9910": _read_jessicaw,
}


def recognise(header: list[str], name: str) -> tuple[Collector, list[str]]:
    """Whose table it is, by its header.

    Args:
        header: The columns' names.
        name: The file's name, for messages.

    Returns:
        The collector, and the columns under the names by which they are read.

    Raises:
        ContentRefusedError: ``not_losses``: a table of counts, or another one.
    """
    columns = [RENAMED.get(column.strip(), column.strip()) for column in header]
    for collector, required in REQUIRED.items():
        if required <= set(columns) and len(set(columns)) == len(columns):
            return collector, columns
    raise ContentRefusedError(
        "not_losses",
        f"{name} holds no losses but the columns {', '.join(columns)[:200]}: tables of counts (daily_count, "
        "totals_by_type, totals_by_system_wide) and others are not read",
        "give event_*.csv or totals_by_system.csv of scarnecchia/oryx_data, or a table of jessicaw9910/oryx",
    )


def read_tables(path: Path, maximum_bytes: int) -> Iterator[Table]:
    """Read every table of a received file.

    Args:
        path: A CSV, plain or packed with gzip, or a bundle of them.
        maximum_bytes: The most that may come out of it.

    Raises:
        ContentRefusedError: It is no table, or none of losses.
    """
    with parts_of(path, maximum_bytes) as parts:
        for member, stream in parts:
            name = member or path.name
            csv_table = CsvTable(stream, name)
            collector, columns = recognise(csv_table.header, name)
            table = Table(member, collector, columns)
            read = READERS[collector]
            for number, record in enumerate(csv_table.records(), start=1):
                if len(record) != len(columns):
                    fault = Unread("wrong_columns", f"{len(record)} fields where the header has {len(columns)}")
                    table.unread[number] = (fault, as_text(record))
                    continue
                row = read(dict(zip(columns, record, strict=True)))
                if isinstance(row, Unread):
                    table.unread[number] = (row, as_text(record))
                else:
                    table.rows[number] = row
            yield table


TABLES: Final[dict[str, pa.Schema]] = {
    "tables": pa.schema(
        [
            *PROVENANCE,
            pa.field("collector", pa.string(), nullable=False),
            pa.field("kind", pa.string(), nullable=False),
            pa.field("statuses", pa.list_(pa.string()), nullable=False),
            pa.field("columns", pa.list_(pa.string()), nullable=False),
            pa.field("unknown_columns", pa.list_(pa.string()), nullable=False),
        ]
    ),
    "rows": pa.schema(
        [
            *PROVENANCE,
            pa.field("collector", pa.string(), nullable=False),
            pa.field("side", pa.string(), nullable=False),
            pa.field("category", pa.string()),
            pa.field("model_spelling", pa.string(), nullable=False),
            pa.field("model_text", pa.string(), nullable=False),
            pa.field("leading_count", pa.int32()),
            pa.field("producer_country", pa.string()),
            pa.field("url", pa.string()),
            pa.field("status_text", pa.string(), nullable=False),
            pa.field("is_destroyed", pa.bool_(), nullable=False),
            pa.field("is_damaged", pa.bool_(), nullable=False),
            pa.field("is_abandoned", pa.bool_(), nullable=False),
            pa.field("is_captured", pa.bool_(), nullable=False),
            pa.field("qualifier", pa.string()),
            pa.field("list_number", pa.int32()),
            pa.field("recorded_on", pa.date32()),
            pa.field("pictured_on", pa.date32()),
        ]
    ),
}
"""The bronze tables: ``tables`` has one row for each file or member of a bundle, ``rows`` one for each of its rows."""


class OryxHistoryReader:
    """Reads tables of losses; see :class:`boomerang.sources.specification.SourceReader`."""

    parser_version = 1
    tables = TABLES

    def collect(self, errand: Errand) -> Showing:
        """Fetch the files of the source, which are one table in parts.

        Raises:
            UsageError: Days were asked for: the files are as they stand today.
        """
        if errand.since or errand.until:
            raise UsageError(
                f"{errand.specification.name} can't be asked for days: its files are as they stand today",
                "pull it without --since and --until; to land an old version, use ingest with --as-of",
            )
        folder = errand.address if errand.address.endswith("/") else f"{errand.address}/"
        for name in errand.specification.files:
            content = errand.fetch(urljoin(folder, name), name)
            header = (content or b"").split(b"\n", 1)[0].decode("utf-8-sig", "replace").strip()
            recognise(header.split(","), name)
        return Showing()

    def inspect(self, path: Path, specification: SourceSpecification, layout: str | None) -> dict[str, int]:
        """Read every table whole, and count its rows.

        Args:
            path: A CSV, plain or packed with gzip, or a bundle of them.
            specification: The source; its ``maximum_bytes`` counts.
            layout: Not used: the header tells.

        Returns:
            ``rows`` (that can be read), ``different_rows`` (without those that say the same again),
            ``quarantined``, ``unknown_columns``, and rows by the status that they count under.

        Raises:
            ContentRefusedError: What :func:`read_tables` raises, and ``no_rows``, ``too_many_unreadable``.
        """
        figures: Counter[str] = Counter(dict.fromkeys(("rows", "different_rows", "quarantined", "unknown_columns"), 0))
        examples = []
        for table in read_tables(path, specification.maximum_bytes):
            if not table.rows:
                raise ContentRefusedError(
                    "no_rows",
                    f"{table.member or path.name} has no row that can be read",
                    "an empty table is a failed collection, never a sign that nothing was lost",
                )
            unknown = _unknown_columns(table)
            if unknown:
                log.warning("%s: columns that are not known are left out: %s", path.name, ", ".join(unknown))
            figures["rows"] += len(table.rows)
            figures["quarantined"] += len(table.unread)
            figures["different_rows"] += len(set(table.rows.values()))
            figures["unknown_columns"] += len(unknown)
            figures.update(_counted_under(row) for row in table.rows.values())
            examples += [f"{content[:120]!r} ({fault.reason})" for fault, content in list(table.unread.values())[:5]]
        if figures["quarantined"] > MAXIMUM_UNREADABLE_SHARE * figures["rows"]:
            raise ContentRefusedError(
                "too_many_unreadable",
                f"{path.name}: {figures['quarantined']:,} rows can't be read beside {figures['rows']:,} that can, "
                f"e.g. {'; '.join(examples[:5])}",
                "look at the file: its format may have changed",
            )
        return dict(figures)

    def parse(self, landed: LandedFile, output: Path) -> list[MemberCount]:
        """Write the rows of every table, and what can't be read to the quarantine.

        Args:
            landed: The file.
            output: An empty folder.

        Returns:
            One count for each table.

        Raises:
            ContentRefusedError: What :func:`read_tables` raises.
        """
        written: dict[str, list[dict[str, Any]]] = {"tables": [], "rows": [], "quarantine": []}
        members = []
        for table in read_tables(landed.path, landed.specification.maximum_bytes):
            address = {"_source_member": table.member}
            written["tables"].append(
                {
                    **address,
                    "_source_row": 1,
                    "collector": table.collector,
                    "kind": "events" if len(table.statuses) == 1 else "all",
                    "statuses": table.statuses,
                    "columns": table.columns,
                    "unknown_columns": _unknown_columns(table),
                }
            )
            names = {row.model_text: clean_name(row.model_text) for row in table.rows.values()}
            counts = Counts(set(names.values()))
            for number, row in table.rows.items():
                leading_count, model = counts.split(names[row.model_text])
                written["rows"].append(
                    {
                        **address,
                        "_source_row": number,
                        "collector": table.collector,
                        "side": row.side,
                        "category": row.category,
                        "model_spelling": model,
                        "model_text": row.model_text,
                        "leading_count": leading_count,
                        "producer_country": row.producer_country,
                        "url": row.url,
                        "status_text": row.status_text,
                        **{f"is_{status}": status in row.status.flags for status in PRECEDENCE},
                        "qualifier": row.status.qualifier,
                        "list_number": row.list_number,
                        "recorded_on": row.recorded_on,
                        # The day on which the row was first seen is the last on which its picture can be taken.
                        "pictured_on": read_pictured_on(row.url, row.recorded_on) if row.url else None,
                    }
                )
            written["quarantine"] += [
                {**address, "_source_row": number, "reason": fault.reason, "detail": fault.detail, "content": content}
                for number, (fault, content) in table.unread.items()
            ]
            members.append(
                MemberCount(
                    source_member=table.member,
                    rows_in=len(table.rows) + len(table.unread),
                    rows_loaded=len(table.rows),
                    rows_quarantined=len(table.unread),
                )
            )
        write_tables(landed, output, TABLES, written)
        return members


def _counted_under(row: Row) -> Status:
    return next(status for status in PRECEDENCE if status in row.status.flags)


def _unknown_columns(table: Table) -> list[str]:
    return [name for name in table.columns if name not in REQUIRED[table.collector] | OPTIONAL[table.collector]]


READER: Final = OryxHistoryReader()
