"""WarSpotting: Russian losses one by one, with the day, the place and the unit; records are revised for years.

Read are the answers of the API (``GET .../{yyyy-mm-dd}/{page}/``, 100 records a page, 404 behind the last one), bundled
as one pull, and the CSV dumps that others made of them. A bundle proves itself: each day has its pages from 1 on
without a gap, and the 404 behind the last.
"""

from __future__ import annotations

import json
import logging
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final, Literal

import pyarrow as pa

from boomerang.bundle import MISSING_SUFFIX, is_bundle, read_bundle
from boomerang.errors import ContentRefusedError, UsageError
from boomerang.sources.community_tables import MAXIMUM_CONTENT, CsvTable, as_text, parts_of, write_tables
from boomerang.sources.oryx import INVASION, PRECEDENCE, Status, Unread
from boomerang.sources.specification import (
    PROVENANCE,
    Errand,
    LandedFile,
    MemberCount,
    Showing,
    SourceSpecification,
)

log = logging.getLogger(__name__)

SIDES: Final = {"Russia": "russia", "Ukraine": "ukraine"}
STATUSES: Final[dict[str, Status]] = {status.capitalize(): status for status in PRECEDENCE}

REQUIRED: Final = frozenset({"id", "date", "type", "model", "status", "lost_by"})
OPTIONAL: Final = frozenset(
    {"nearest_location", "geo", "latitude", "longitude", "unit", "tags", "comment", "sources", "photos"}
)
RENAMED: Final = {"geolocation": "geo"}
"""So called until 2024. Latitude and longitude had a capital then: names are compared in small letters."""

MAXIMUM_UNREADABLE_SHARE: Final = 0.005
MAXIMUM_PAGES_A_DAY: Final = 100
"""The busiest day has 230 losses, on 3 pages. A server that never says 404 is not asked for ever."""

_PLACES: Final = Decimal(1).scaleb(-15)
_SAME_PLACE: Final = Decimal(1).scaleb(-7)
"""A ten-millionth of a degree is a centimetre."""
_MEMBER: Final = re.compile(r"(\d{4}-\d{2}-\d{2})/(\d+)\.json")
_WHAT_TO_DO: Final = "look at the address in a browser; the last good observation stands, the next run asks again"


@dataclass(frozen=True)
class Loss:
    """One record."""

    warspotting_id: int
    lost_on: date
    type: str
    model: str
    status_text: str
    status: Status
    lost_by: str
    side: str
    nearest_location: str | None
    latitude: Decimal | None
    longitude: Decimal | None
    unit: str | None
    tags: str | None
    comment: str | None
    source_links: str | None
    photo_links: str | None


@dataclass(frozen=True)
class UnreadLoss:
    """A record that can't be taken; its id, where it has one, so that it does not pass for withdrawn."""

    fault: Unread
    content: str
    warspotting_id: int | None = None


@dataclass
class Part:
    """A page of the API, or a whole dump; records are by their ordinal, from 1."""

    member: str
    losses: dict[int, Loss] = field(default_factory=dict)
    unread: dict[int, UnreadLoss] = field(default_factory=dict)


@dataclass
class Answer:
    """A received file as it was read.

    Attributes:
        kind: What it is.
        parts: Its pages, or the one table.
        fields: The fields that its records have, empty or not.
        unknown_fields: Fields of the records that are not known, with the number of records that have them.
        first_day: The first day of loss that it answers for; ``None``: all there are.
        last_day: The last one.
    """

    kind: Literal["api", "dump"]
    parts: list[Part] = field(default_factory=list)
    fields: set[str] = field(default_factory=set)
    unknown_fields: Counter[str] = field(default_factory=Counter)
    first_day: date | None = None
    last_day: date | None = None

    @property
    def losses(self) -> Iterator[Loss]:
        """Every record that was read."""
        return (loss for part in self.parts for loss in part.losses.values())


# --- One record


def _text(value: Any) -> str | None:
    """A field's text; what is empty is nothing."""
    if value is None or value in ("", []):
        return None
    if isinstance(value, list):
        return ", ".join(item if isinstance(item, str) else _json(item) for item in value)
    if isinstance(value, dict):
        return _json(value)
    return str(value).strip() or None


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)


def _tags(value: Any) -> str | None:
    """Tags, whether they came as a list or as one text, in the order in which they came."""
    parts = value if isinstance(value, list) else str(value or "").split(",")
    return ", ".join(tag for part in parts if (tag := str(part).strip())) or None


def _coordinates(values: Mapping[str, Any]) -> tuple[Decimal, Decimal] | Unread | None:
    """Latitude and longitude in degrees, from ``geo`` ("50.05,36.36") or the two fields; both must agree."""
    pairs = []
    if geo := _text(values.get("geo")):
        pairs.append(geo.split(","))
    single = [_text(values.get("latitude")), _text(values.get("longitude"))]
    if any(single):
        pairs.append([part or "" for part in single])
    if not pairs:
        return None
    try:
        points = [[Decimal(part.strip()) for part in pair] for pair in pairs]
    except InvalidOperation:
        points = []
    are_good = all(
        len(point) == 2 and all(number.is_finite() for number in point) and abs(point[0]) <= 90 and abs(point[1]) <= 180
        for point in points
    )
    if not points or not are_good:
        return Unread("bad_coordinates", f"the place is {pairs}, no latitude and longitude on the globe")
    # Dumps give both, the second through a float: it is off in the fifteenth place at times.
    if any(abs(one - other) > _SAME_PLACE for point in points for one, other in zip(points[0], point, strict=True)):
        return Unread("bad_coordinates", f"the place is {pairs}: two different points")
    return points[0][0].quantize(_PLACES), points[0][1].quantize(_PLACES)


def read_loss(  # noqa: PLR0911 - a return for each thing that can be wrong
    values: Mapping[str, Any], day: date | None = None
) -> Loss | Unread:
    """Read one record.

    Args:
        values: Its fields, under the names of today.
        day: The day of loss that was asked for, if one was.

    Returns:
        The record; what is wrong with it where it can't be taken. Nothing of it is guessed.
    """
    texts = {name: _text(values.get(name)) for name in REQUIRED}
    if missing := sorted(name for name, text in texts.items() if text is None):
        return Unread("field_empty", f"nothing stands in {', '.join(missing)}")
    found = {name: str(text) for name, text in texts.items()}
    lost_on = _day(found["date"])
    status = STATUSES.get(found["status"].capitalize())
    side = SIDES.get(found["lost_by"])
    place = _coordinates(values)
    if not re.fullmatch(r"[0-9]{1,12}", found["id"]) or int(found["id"]) == 0:
        return Unread("bad_id", f"the id is {found['id']!r}")
    if lost_on is None or lost_on < INVASION or (day or lost_on) != lost_on:
        asked = f"the losses of {day} were asked for" if day else f"losses are from {INVASION} on, as yyyy-mm-dd"
        return Unread("bad_date", f"the date is {found['date']!r}; {asked}")
    if status is None:
        return Unread("unknown_status", f"the status is {found['status']!r}, none of {', '.join(STATUSES)}")
    if side is None:
        return Unread("unknown_side", f"lost by {found['lost_by']!r}, neither Russia nor Ukraine")
    if isinstance(place, Unread):
        return place
    return Loss(
        warspotting_id=int(found["id"]),
        lost_on=lost_on,
        type=found["type"],
        model=found["model"],
        status_text=found["status"],
        status=status,
        lost_by=found["lost_by"],
        side=side,
        nearest_location=_text(values.get("nearest_location")),
        latitude=place[0] if place else None,
        longitude=place[1] if place else None,
        unit=_text(values.get("unit")),
        tags=_tags(values.get("tags")),
        comment=_text(values.get("comment")),
        source_links=_text(values.get("sources")),
        photo_links=_text(values.get("photos")),
    )


def _field_names(names: Iterable[str]) -> dict[str, str]:
    """Name as given -> name of today."""
    return {name: RENAMED.get(name.strip().lower(), name.strip().lower()) for name in names}


def _require(names: Iterable[str], where: str) -> None:
    if missing := sorted(REQUIRED - set(names)):
        raise ContentRefusedError(
            "field_missing",
            f"{where}: a loss has no {', '.join(missing)}: the records are not as they were",
            "if WarSpotting has renamed a field, add it to RENAMED in boomerang/sources/warspotting.py; "
            "the last good observation stands",
        )


# --- Pages and dumps


def read_page(content: bytes, where: str) -> list[dict[str, Any]]:
    """The records of a page, under the fields' names of today.

    Args:
        content: The page as received: ``{"losses": [...]}``, or the list alone.
        where: Its name, for messages.

    Raises:
        ContentRefusedError: ``broken_page``: it is no such JSON. ``field_missing``: a record lacks a field.
    """
    try:
        # Decimal: a coordinate must come out as it was written.
        answer = json.loads(content, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise ContentRefusedError("broken_page", f"{where} is not JSON: {error}", _WHAT_TO_DO) from error
    records = answer.get("losses") if isinstance(answer, dict) else answer
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise ContentRefusedError(
            "broken_page", f"{where} has another shape: no list of losses but {content[:80]!r}", _WHAT_TO_DO
        )
    named = []
    for record in records:
        names = _field_names(record)
        _require(names.values(), where)
        if len(set(names.values())) < len(names):
            raise ContentRefusedError("broken_page", f"{where}: a loss gives a field twice", _WHAT_TO_DO)
        named.append({names[name]: value for name, value in record.items()})
    return named


def read_answer(path: Path, maximum_bytes: int) -> Answer:
    """Read a bundle of the API's pages, or a CSV dump.

    Args:
        path: The received file.
        maximum_bytes: The most that may come out of it.

    Raises:
        ContentRefusedError: It is neither, or a day in it was cut short (``day_cut_short``).
    """
    answer = _read_bundle(path, maximum_bytes) if is_bundle(path) else _read_dump(path, maximum_bytes)
    _set_apart_contradictions(answer)
    return answer


def _read_bundle(path: Path, maximum_bytes: int) -> Answer:
    answer = Answer("api")
    pages: dict[date, set[int]] = defaultdict(set)
    ends: dict[date, int] = {}
    for name, content in read_bundle(path, maximum_bytes):
        match = _MEMBER.fullmatch(name.removesuffix(MISSING_SUFFIX))
        day = _day(match[1]) if match else None
        if match is None or day is None:
            raise ContentRefusedError("not_losses", f"{path.name}: {name[:80]!r} is no page of a day", _WHAT_TO_DO)
        if name.endswith(MISSING_SUFFIX):
            ends[day] = int(match[2])
            continue
        pages[day].add(int(match[2]))
        part = Part(name)
        for number, record in enumerate(read_page(content, name), start=1):
            answer.fields.update(record)
            answer.unknown_fields.update(record.keys() - REQUIRED - OPTIONAL)
            reading = read_loss(record, day)
            _take(part, number, reading, _json(record) if isinstance(reading, Unread) else "", record.get("id"))
        answer.parts.append(part)
    days = sorted(pages.keys() | ends.keys())
    for day, following in zip(days, [*days[1:], None], strict=True):
        if pages[day] != set(range(1, ends.get(day, 0))):
            raise ContentRefusedError(
                "day_cut_short", f"{path.name}: the pages of {day} are not whole, with a 404 behind the last"
            )
        if following and following != day + timedelta(days=1):
            raise ContentRefusedError("day_cut_short", f"{path.name}: the days behind {day} are missing")
    answer.first_day, answer.last_day = days[0], days[-1]
    return answer


def _read_dump(path: Path, maximum_bytes: int) -> Answer:
    with parts_of(path, maximum_bytes) as parts:
        ((_, stream),) = parts
        table = CsvTable(stream, path.name)
        names = [*_field_names(table.header).values()]
        if len(set(names)) < len(table.header) or not {"id", "model"} <= set(names):
            raise ContentRefusedError(
                "not_losses",
                f"{path.name} holds no losses but the columns {', '.join(table.header)[:200]}",
                "give a dump with a row for each loss (id, date, type, model, status, lost_by ...)",
            )
        _require(names, path.name)
        answer = Answer("dump", [Part("")], {*names})
        unknown = [name for name in names if name not in REQUIRED | OPTIONAL]
        for number, record in enumerate(table.records(), start=1):
            if len(record) != len(names):
                fault = Unread("wrong_columns", f"{len(record)} fields where the header has {len(names)}")
                _take(answer.parts[0], number, fault, as_text(record), record[names.index("id")] if record else None)
                continue
            values = dict(zip(names, record, strict=True))
            if unknown:
                answer.unknown_fields.update(name for name in unknown if values[name])
            reading = read_loss(values)
            _take(
                answer.parts[0],
                number,
                reading,
                as_text(record) if isinstance(reading, Unread) else "",
                values["id"],
            )
        answer.unknown_fields.update(dict.fromkeys(unknown, 0))
    return answer


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _take(part: Part, number: int, reading: Loss | Unread, content: str, identity: Any) -> None:
    if isinstance(reading, Loss):
        part.losses[number] = reading
        return
    known = str(identity).strip()
    part.unread[number] = UnreadLoss(
        reading, content[:MAXIMUM_CONTENT], int(known) if re.fullmatch(r"[0-9]{1,12}", known) else None
    )


def _set_apart_contradictions(answer: Answer) -> None:
    """Records of one id that say different things: which of them stands can't be told, so none is taken."""
    said: dict[int, set[Loss]] = defaultdict(set)
    for loss in answer.losses:
        said[loss.warspotting_id].add(loss)
    repeated = {identity for identity, losses in said.items() if len(losses) > 1}
    for part in answer.parts:
        for number in [number for number, loss in part.losses.items() if loss.warspotting_id in repeated]:
            loss = part.losses.pop(number)
            detail = f"the id {loss.warspotting_id} stands in this answer again, with other content"
            content = _json(vars(loss))[:MAXIMUM_CONTENT]
            part.unread[number] = UnreadLoss(Unread("id_repeated", detail), content, loss.warspotting_id)


# --- The reader

TABLES: Final[dict[str, pa.Schema]] = {
    "answers": pa.schema(
        [
            *PROVENANCE,
            pa.field("kind", pa.string(), nullable=False),
            pa.field("shows_from", pa.date32()),
            pa.field("shows_to", pa.date32()),
            pa.field("fields", pa.list_(pa.string()), nullable=False),
            pa.field("unknown_fields", pa.list_(pa.string()), nullable=False),
        ]
    ),
    "losses": pa.schema(
        [
            *PROVENANCE,
            pa.field("warspotting_id", pa.int64(), nullable=False),
            pa.field("lost_on", pa.date32(), nullable=False),
            pa.field("type", pa.string(), nullable=False),
            pa.field("model", pa.string(), nullable=False),
            pa.field("status_text", pa.string(), nullable=False),
            pa.field("is_destroyed", pa.bool_(), nullable=False),
            pa.field("is_damaged", pa.bool_(), nullable=False),
            pa.field("is_abandoned", pa.bool_(), nullable=False),
            pa.field("is_captured", pa.bool_(), nullable=False),
            pa.field("lost_by", pa.string(), nullable=False),
            pa.field("side", pa.string(), nullable=False),
            pa.field("nearest_location", pa.string()),
            pa.field("latitude", pa.decimal128(18, 15)),
            pa.field("longitude", pa.decimal128(18, 15)),
            pa.field("unit", pa.string()),
            pa.field("tags", pa.string()),
            pa.field("comment", pa.string()),
            pa.field("source_links", pa.string()),
            pa.field("photo_links", pa.string()),
        ]
    ),
    "unread_ids": pa.schema([*PROVENANCE, pa.field("warspotting_id", pa.int64(), nullable=False)]),
}
"""The bronze tables: ``answers`` has one row for each file, ``losses`` one for each record that was taken, and
``unread_ids`` the ids of records that the file shows and that lie in the quarantine: they are not withdrawn."""


class WarspottingReader:
    """Reads losses one by one; see :class:`boomerang.sources.specification.SourceReader`."""

    parser_version = 1
    tables = TABLES

    def collect(self, errand: Errand) -> Showing:
        """Ask for the losses of each day, page by page, until the 404 behind the last page.

        Which days: those that were asked for; else all of them where no complete pull is younger than
        ``complete_every_days``, else the last ``window_days``.

        Raises:
            ContentRefusedError: A page is broken; nothing of the pull lands.
            UsageError: The days that were asked for make no sense.
        """
        showing = days_to_ask(errand)
        root = errand.address if errand.address.endswith("/") else f"{errand.address}/"
        day = showing.shows_from
        while day is not None and showing.shows_to is not None and day <= showing.shows_to:
            for page in range(1, MAXIMUM_PAGES_A_DAY + 2):
                member = f"{day}/{page}.json"
                content = errand.fetch(f"{root}{day}/{page}/", member, may_be_missing=True)
                if content is None:
                    break
                if page > MAXIMUM_PAGES_A_DAY:
                    raise ContentRefusedError(
                        "broken_page", f"{root}{day}/ has more than {MAXIMUM_PAGES_A_DAY} pages", _WHAT_TO_DO
                    )
                read_page(content, member)
            day += timedelta(days=1)
        return showing

    def inspect(self, path: Path, specification: SourceSpecification, layout: str | None) -> dict[str, int]:
        """Read every record, and count.

        Args:
            path: A bundle of pages, or a CSV dump, plain or packed with gzip.
            specification: The source; its ``maximum_bytes`` counts.
            layout: Not used: the file shows its own.

        Returns:
            ``losses`` (different records), ``repeated`` (records that stand in it again, word for word),
            ``quarantined``, ``pages``, ``unknown_fields``, losses by status.

        Raises:
            ContentRefusedError: What :func:`read_answer` raises, and ``too_many_unreadable``.
        """
        answer = read_answer(path, specification.maximum_bytes)
        losses = [*answer.losses]
        unread = [item for part in answer.parts for item in part.unread.values()]
        if len(unread) > max(MAXIMUM_UNREADABLE_SHARE * len(losses), 5):
            examples = "; ".join(f"{item.content[:120]} ({item.fault.reason})" for item in unread[:5])
            raise ContentRefusedError(
                "too_many_unreadable",
                f"{path.name}: {len(unread):,} records can't be read beside {len(losses):,} that can, e.g. {examples}",
                _WHAT_TO_DO,
            )
        if answer.unknown_fields:
            named = ", ".join(f"{name} ({count:,})" for name, count in sorted(answer.unknown_fields.items()))
            log.warning("%s: fields that are not known are left out (losses that have them): %s", path.name, named)
        different = set(losses)
        return {
            "losses": len(different),
            "repeated": len(losses) - len(different),
            "quarantined": len(unread),
            "pages": len(answer.parts),
            "unknown_fields": len(answer.unknown_fields),
            **dict.fromkeys(PRECEDENCE, 0),
            **Counter(loss.status for loss in different),
        }

    def parse(self, landed: LandedFile, output: Path) -> list[MemberCount]:
        """Write the records, and what can't be taken to the quarantine.

        Args:
            landed: The file.
            output: An empty folder.

        Returns:
            One count for each page, or for the dump.

        Raises:
            ContentRefusedError: What :func:`read_answer` raises.
        """
        answer = read_answer(landed.path, landed.specification.maximum_bytes)
        rows: dict[str, list[dict[str, Any]]] = {
            "answers": [
                {
                    "_source_member": "",
                    "_source_row": 1,
                    "kind": answer.kind,
                    "shows_from": answer.first_day,
                    "shows_to": answer.last_day,
                    "fields": sorted(answer.fields),
                    "unknown_fields": sorted(answer.unknown_fields),
                }
            ],
            "losses": [],
            "unread_ids": [],
            "quarantine": [],
        }
        members = []
        for part in answer.parts:
            for number, loss in part.losses.items():
                rows["losses"].append(
                    {
                        **vars(loss),
                        "_source_member": part.member,
                        "_source_row": number,
                        **{f"is_{status}": status == loss.status for status in PRECEDENCE},
                    }
                )
            for number, item in sorted(part.unread.items()):
                address = {"_source_member": part.member, "_source_row": number}
                fault = {"reason": item.fault.reason, "detail": item.fault.detail, "content": item.content}
                rows["quarantine"].append({**address, **fault})
                if item.warspotting_id is not None:
                    rows["unread_ids"].append({**address, "warspotting_id": item.warspotting_id})
            members.append(
                MemberCount(
                    source_member=part.member,
                    rows_in=len(part.losses) + len(part.unread),
                    rows_loaded=len(part.losses),
                    rows_quarantined=len(part.unread),
                )
            )
        write_tables(landed, output, TABLES, rows)
        # A pull of days on which nothing was lost has no page; the ledger says that it was read.
        return members or [MemberCount(rows_in=0, rows_loaded=0, rows_quarantined=0)]


def days_to_ask(errand: Errand) -> Showing:
    """The days of loss that a pull asks for; see :meth:`WarspottingReader.collect`.

    Raises:
        UsageError: They end before they begin, or lie before the source's first day or after today (UTC).
    """
    facts = errand.specification
    first = facts.first_day or INVASION
    today = errand.started_at.date()
    last = min(facts.last_day or today, today)
    if errand.since or errand.until:
        since, until = errand.since or first, errand.until or last
        if not first <= since <= until <= last:
            raise UsageError(
                f"{facts.name} has days from {first} to {last}; {since} to {until} can't be asked for",
                "give --since and --until within them",
            )
    else:
        complete = [item.observed_at for item in errand.past() if item.is_complete]
        every = timedelta(days=facts.complete_every_days or 7)
        # An hour's slack: a night that begins a little earlier than the one a week ago is due all the same.
        is_due = not complete or errand.started_at - max(complete) >= every - timedelta(hours=1)
        since = first if is_due else max(first, last - timedelta(days=facts.window_days or 30))
        until = last
    return Showing(since, until, is_complete=since == first and until == last)


READER: Final = WarspottingReader()
