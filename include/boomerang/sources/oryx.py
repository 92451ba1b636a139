"""The Oryx pages of equipment losses: headline, headings, model lines and loss links, as the page shows them.

Two layouts are read by one rule. From 2022 to 2024 a model line is an ``<li>`` ("53 T-62M: " and a link for each
picture); from 2025 it is a ``<details>`` whose ``<summary>`` carries that label, sometimes inside an ``<li>``,
sometimes nested by a tag that was never closed. A link therefore belongs to the innermost model line around it.

A page of one country begins with that side's headline; a page of ships or aircraft lists both sides, each in a section
of its own. A long list is split over further pages, which the first links to: all of them are one observation.

The page is written by hand. What it says is kept as it stands (a heading that disagrees with its links is data for the
reconciliation); what can't be read for certain goes to the quarantine with its text, and is never guessed.
"""

from __future__ import annotations

import gzip
import logging
import re
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit

import pyarrow as pa
import pyarrow.parquet as pq
from selectolax.lexbor import LexborHTMLParser, LexborNode

from boomerang.bundle import is_bundle, read_bundle
from boomerang.errors import ContentRefusedError, UsageError
from boomerang.sources.specification import (
    PROVENANCE,
    QUARANTINE_SCHEMA,
    Continuations,
    Errand,
    LandedFile,
    MemberCount,
    Showing,
    SourceSpecification,
)

log = logging.getLogger(__name__)

Status = Literal["destroyed", "damaged", "abandoned", "captured"]

PRECEDENCE: Final[tuple[Status, ...]] = ("destroyed", "captured", "abandoned", "damaged")
"""The one status that a vehicle counts under is the first of these that is set (CONTRACT)."""

INVASION: Final = date(2022, 2, 24)
"""The war that these pages list began; an earlier date in a picture's name is not the date of a loss in it."""

MAXIMUM_UNREADABLE_SHARE: Final = 0.005
"""The real page of April 2023 has none that can't be read; a new status text on a few links is for the quarantine, more
of them mean that the page is written in another way."""

FEW_UNREADABLE: Final = 3
"""So many are borne on any page: on the short pages of ships and aircraft a single one is more than that share."""

MAXIMUM_LINKS: Final = 200_000
MAXIMUM_HEADINGS: Final = 1_000
"""Ends for a hostile page; in April 2023 there were 9,274 loss links and 25 headings."""

MAXIMUM_REPEATED_SHARE: Final = 0.05
"""Vehicles of one line with the same status and number, as a share. On the real page of April 2023 there is one among
10,113, and in 42 versions of the first three weeks at most one in two hundred: more is a list listed twice."""


# --- What the page's words mean


@dataclass(frozen=True)
class Phrase:
    """One word or phrase of a status text.

    Attributes:
        sets: The flag that it sets, if any.
        is_qualifier: It tells more than the flag does, and is kept as qualifier. A phrase that neither sets nor
            qualifies joins others ("damaged *and* captured").
        why: Where the meaning is not plain from the word itself.
    """

    sets: Status | None = None
    is_qualifier: bool = False
    why: str = ""


def _qualifier(why: str = "") -> Phrase:
    return Phrase(is_qualifier=True, why=why)


PHRASES: Final[dict[str, Phrase]] = {
    "destroyed": Phrase("destroyed"),
    "damaged": Phrase("damaged"),
    "abandoned": Phrase("abandoned"),
    "captured": Phrase("captured"),
    "damagd": Phrase("damaged", why="misspelt on the page of 2023-04-23"),
    "abanonded": Phrase("abandoned", why="misspelt on the page of 2023-04-23"),
    "sunk": Phrase("destroyed", is_qualifier=True, why="the heading of the ships counts the sunk one as destroyed"),
    "scuttled": Phrase("destroyed", is_qualifier=True, why="sunk by its own crew; no other status is given with it"),
    "stripped": _qualifier("parts were taken off; says nothing on its own about the vehicle's status"),
    "burned": _qualifier("seen beside another status; Oryx does not say whether it counts as destroyed"),
    "beyond economical repair": _qualifier(
        "read as it is worded, damaged: so the headline of 2023-04-23 comes out (6,579 destroyed, 316 damaged), "
        "although the heading of the aircraft counts its three as destroyed"
    ),
    "on the ground": _qualifier("of aircraft that did not fly when they were hit"),
    "in a non-combat related incident": _qualifier(),
    "to prevent capture by russia": _qualifier("intent, not a capture"),
    "but later raised by russia": _qualifier("raised is not one of the page's statuses; the ship was sunk"),
    "raised by russia": _qualifier("as above"),
    "ambulance": _qualifier("the version of the vehicle"),
    "unknown id": _qualifier("a vessel whose number is not known"),
    "and": Phrase(),
    "and later": Phrase(),
    "but later": Phrase(),
    "later": Phrase(),
    ",": Phrase(),
}
"""Every word and phrase of a status text that is understood. A status text is read only if nothing of it is left over;
for a text that lies in the quarantine as ``unknown_status``, add a line here, with the reason."""

_STATUS_WORDS: Final = "|".join(word for word, phrase in PHRASES.items() if phrase.sets)
_PHRASE: Final = re.compile(
    "|".join(
        re.escape(word) if word == "," else rf"\b{re.escape(word)}\b" for word in sorted(PHRASES, key=len, reverse=True)
    ),
    re.IGNORECASE,
)
_NO_STATUS: Final = rf"(?:(?!\b(?:{_STATUS_WORDS})\b)[^,])"
_OPEN_QUALIFIER: Final = re.compile(
    rf"with {_NO_STATUS}+(?=,)"  # "with ZU-23 AA gun, destroyed": what the vehicle carried
    rf"|by {_NO_STATUS}+?(?=$|,| and )"  # "destroyed by Bayraktar TB2": what hit it
    rf"|(?:(?!['‘]){_NO_STATUS}){{0,30}}['‘][^'‘’]+['’]",  # "BG-32 'Donbass' sunk": the vessel's name
    re.IGNORECASE,
)
"""Qualifiers whose own words are free; they hold no status word, and the status beside them is read for itself."""


@dataclass(frozen=True)
class StatusReading:
    """What a status text says.

    Attributes:
        flags: The statuses that it names; independent of each other.
        qualifier: What else it says ("with ZU-23 AA gun", "on the ground"); ``None`` if nothing.
    """

    flags: frozenset[Status]
    qualifier: str | None


def read_status(text: str) -> StatusReading | None:
    """Read a status text as the page writes it, e.g. ``with ZU-23 AA gun, damaged and captured``.

    Returns:
        The reading; ``None`` if a word of the text is not known or the text names no status.
    """
    flags: set[Status] = set()
    qualifiers = []
    position = 0
    while position < len(text):
        if text[position] == " ":
            position += 1
            continue
        match = _PHRASE.match(text, position)
        if match:
            phrase = PHRASES[match.group().lower()]
            if phrase.sets:
                flags.add(phrase.sets)
            if phrase.is_qualifier:
                qualifiers.append(match.group())
        else:
            match = _OPEN_QUALIFIER.match(text, position)
            if not match:
                return None
            qualifiers.append(match.group().strip())
        position = match.end()
    return StatusReading(frozenset(flags), "; ".join(qualifiers) or None) if flags else None


# fmt: off
FLAG_COUNTRIES: Final = frozenset({
    "Australia", "Austria", "Belarus", "Belgium", "Bulgaria", "Canada", "China", "Croatia", "Cyprus",
    "Czech Republic", "Czechoslovakia", "Denmark", "East Germany", "Estonia", "Finland", "France", "Germany",
    "Greece", "Hungary", "India", "Iran", "Ireland", "Israel", "Italy", "Japan", "Jordan", "Latvia", "Lithuania",
    "Luxembourg", "Netherlands", "North Korea", "North Macedonia", "Norway", "People's Republic of China", "Poland",
    "Portugal", "Romania", "Russia", "Serbia", "Slovakia", "Slovenia", "South Africa", "South Korea", "Soviet Union",
    "Spain", "Sweden", "Switzerland", "Turkey", "Ukraine", "United Arab Emirates", "United Kingdom", "United States",
    "Yugoslavia",
})
# fmt: on
"""Countries that a flag's picture may be named for ("23px-Flag_of_the_Soviet_Union.svg.png"); the producer country is
kept as the flag has it. Any other flag is counted as ``unknown_flags``, not guessed."""

_FLAG_NAME: Final = re.compile(r"(?:^|px-)Flag_of_(?:the_)?(.+?)(?:_\([^()]*\))?\.(?:svg|png|gif|jpg)", re.IGNORECASE)


def producer_country(flag_url: str) -> str | None:
    """The country whose flag stands before a model, from the name of the flag's picture; ``None`` if not known."""
    match = _FLAG_NAME.search(unquote(flag_url).rsplit("/", 1)[-1])
    name = match.group(1).replace("_", " ") if match else ""
    return name if name in FLAG_COUNTRIES else None


# --- Texts of headings, labels and links

_INVISIBLE: Final = {ord(mark): None for mark in "\u200b\u200c\u200d\u2060\ufeff"}
_COUNT: Final = r"[0-9]{1,3}(?:,[0-9]{3}){1,2}(?![0-9])|[0-9]{1,7}(?![0-9])"
_FIGURE: Final = re.compile(rf"[\s,;]*(?:and\s+)?({_STATUS_WORDS})\s*:?\s*({_COUNT})", re.IGNORECASE)
_TOTAL: Final = re.compile(rf"\s*({_COUNT})\s*,?\s*(?:of\s+which\s*:?)?", re.IGNORECASE)
_HEADLINE: Final = re.compile(r"(.+?)\s*[-–—]\s*(\d[\d,]*\s*,?\s*of\s+which.*)", re.IGNORECASE)
_CATEGORY: Final = re.compile(r"(.+?)\s*\((\d[^()]*)\)?")
_LOOKS_LIKE_FIGURES: Final = re.compile(rf"\bof which\b|\b(?:{_STATUS_WORDS})\b\W*\d|\(\s*\d", re.IGNORECASE)
_LABEL: Final = re.compile(rf"({_COUNT})\s+(\S.*)")
_LOOKS_LIKE_LOSS: Final = re.compile(rf"\(?\s*\d[^()]*\b(?:{_STATUS_WORDS})\b", re.IGNORECASE)
_NUMBER: Final = r"[0-9]{1,5}(?![\w-])"
_NUMBERS: Final = re.compile(rf"{_NUMBER}(?:(?:\s*,\s*and\s+|\s*,\s*|\s+and\s+|\s*&\s*|\s+){_NUMBER})*")
_RANGE: Final = re.compile(r"[0-9]+\s*(?:-|–|—|\bto\b|\bthrough\b)\s*[0-9]", re.IGNORECASE)
_NEXT_BRACKET: Final = re.compile(r"(?<=\))[\s,]*(?=\(\s*\d)")
_PICTURE_NAME: Final = re.compile(r"^(.+?)(?:[-_](?:jpe?g|png))?\.[a-z]{3,4}$", re.IGNORECASE)
_DAY_MONTH_YEAR: Final = re.compile(r"(?<![0-9])([0-9]{2})([-_])([0-9]{2})\2([0-9]{2})$")
# "2022-05-08-23" is 8 May 2022 and a number, or a number and 5 August 2023.
_YEAR_BEFORE_IT: Final = re.compile(r"(20[0-9]{2})([-_])([0-9]{2})\2([0-9]{2})\2[0-9]{2}$")
_YEAR_FIRST: Final = (
    re.compile(r"^(20[0-9]{2})([-_])([0-9]{2})\2([0-9]{2})(?![0-9]|\2[0-9]{2}$)"),
    re.compile(r"(?<![0-9])(20[0-9]{2})([-_])([0-9]{2})\2([0-9]{2})$"),
)
_YEAR_LAST: Final = (
    re.compile(r"^([0-9]{2})([-_])([0-9]{2})\2(20[0-9]{2})(?![0-9])"),
    re.compile(r"(?<![0-9])([0-9]{2})([-_])([0-9]{2})\2(20[0-9]{2})$"),
)
_ARCHIVE_PREFIX: Final = re.compile(r"^(?:https?:)?(?://web\.archive\.org)?/web/\d+[a-z_]*/(?=https?:)")
_MAXIMUM_CONTENT: Final = 2_000
_MAXIMUM_LABEL: Final = 500
_MAXIMUM_NUMBERS: Final = 200
_ABSOLUTE: Final = re.compile(r"https?://([^/?#]+)([^?#]*)", re.IGNORECASE)
_MEMBER_ORDER: Final = re.compile(r"^[0-9]+-")


def _tidy(text: str) -> str:
    """Text as a reader of the page sees it: one blank for each run of blanks, no invisible marks."""
    return " ".join(text.translate(_INVISIBLE).split())


def _integer(text: str) -> int:
    return int(text.replace(",", ""))


@dataclass(frozen=True)
class Figures:
    """Counts of vehicles that a heading displays; a status that it does not name is ``None``, not zero."""

    total: int | None = None
    destroyed: int | None = None
    damaged: int | None = None
    abandoned: int | None = None
    captured: int | None = None


def read_figures(text: str) -> Figures | None:
    """Read ``1907, of which destroyed: 1161, damaged: 101, abandoned: 101, captured: 544``; ``None`` if it can't be.

    Words that set one status are added up (``sunk: 2, destroyed: 1``: three destroyed).
    """
    total = _TOTAL.match(text)
    if not total:
        return None
    by_word: dict[str, int] = {}
    by_status: dict[str, int] = {}
    position = total.end()
    while match := _FIGURE.match(text, position):
        word = match.group(1).lower()
        status = PHRASES[word].sets
        if status is None or word in by_word:
            return None
        by_word[word] = _integer(match.group(2))
        by_status[status] = by_status.get(status, 0) + by_word[word]
        position = match.end()
    if text[position:].strip(" .,;"):
        return None
    return Figures(total=_integer(total.group(1)), **by_status)


@dataclass(frozen=True)
class Unread:
    """A text that can't be read for certain: an enumerated reason, and what exactly."""

    reason: str
    detail: str


@dataclass(frozen=True)
class LinkReading:
    """What the text of one loss link says.

    Attributes:
        numbers: The vehicles' numbers within their model and status, as displayed; one vehicle each.
        status_text: The words behind the numbers, as displayed.
        status: Their meaning.
    """

    numbers: tuple[int, ...]
    status_text: str
    status: StatusReading


def read_link_text(text: str) -> LinkReading | Unread:
    """Read the text of a loss link: ``(4, 5 and 6, damaged and captured)``, ``39, destroyed)``, ``(5 abandoned)``.

    A list is read, a range ("1-3") is not: whether both ends count is the page's to say.
    """
    text = _tidy(text)
    inner = text.removeprefix("(").removesuffix(")").strip()
    numbers = _NUMBERS.match(inner)
    if not numbers:
        reason = "range_of_numbers" if _RANGE.match(inner) else "unreadable_numbers"
        return Unread(reason, "the link does not begin with a list of numbers that can be read")
    tail = inner[numbers.end() :].lstrip(" ,")
    is_range = bool(_RANGE.match(tail) or _RANGE.match(inner, numbers.end() - 1))
    if is_range or tail[:1] in set("0123456789/+"):
        reason = "range_of_numbers" if is_range else "unreadable_numbers"
        return Unread(reason, f"after {numbers.group()!r} the numbers go on in a way that is not a list")
    values = tuple(int(number) for number in re.findall(r"[0-9]+", numbers.group()))
    if len(set(values)) < len(values) or 0 in values or len(values) > _MAXIMUM_NUMBERS:
        return Unread(
            "unreadable_numbers", "a number stands twice in one link, is not a vehicle's, or there are too many"
        )
    status_text = tail.rstrip(" ,")
    if not status_text:
        return Unread("no_status", "the link names no status")
    status = read_status(status_text)
    if status is None:
        return Unread("unknown_status", f"status text {status_text!r} is not in the table of statuses")
    return LinkReading(values, status_text, status)


def read_pictured_on(url: str, modified_on: date | None) -> date | None:
    """The date in a picture's name.

    Read are ``1027-t55-dam-05-08-23.jpg`` (day, month, year, at the end: the main form), ``2022-04-07-t-72b3.jpg`` and
    ``...-2022-09-12.jpg`` (year, month, day), and ``10-21-2022-btr82a.jpg`` or ``...-24-06-2022.jpg`` (the year in
    full: day and month stand in either order, so that one order only may give a day that can be).

    Args:
        url: The picture's address.
        modified_on: The day on which the page was last modified, UTC; without it no date can be confirmed.

    Returns:
        The date; ``None`` if there is none, if it is no date of the calendar, if it lies before the invasion or after
        the page, or if the name can be read as two dates.
    """
    name = _PICTURE_NAME.match(url.split("?", 1)[0].split("#", 1)[0].rsplit("/", 1)[-1])
    if not name or modified_on is None:
        return None
    stem = name.group(1)
    days: list[date | None] = []
    if match := _DAY_MONTH_YEAR.search(stem):
        days.append(_day(f"20{match.group(4)}", match.group(3), match.group(1)))
    for form in _YEAR_FIRST:
        if match := form.search(stem):
            days.append(_day(match.group(1), match.group(3), match.group(4)))
    for form in _YEAR_LAST:
        if match := form.search(stem):
            first, second, year = match.group(1), match.group(3), match.group(4)
            days += [_day(year, second, first), _day(year, first, second)]
    possible = {day for day in days if day and INVASION <= day <= modified_on}
    if match := _YEAR_BEFORE_IT.search(stem):
        other = _day(match.group(1), match.group(3), match.group(4))
        if other and INVASION <= other <= modified_on:
            return None
    return possible.pop() if len(possible) == 1 else None


def _day(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


# --- The page

Side = Literal["russia", "ukraine", "unknown"]


@dataclass
class Heading:
    """A heading from the headline on.

    Attributes:
        text: As displayed.
        kind: ``headline`` (figures of one side), ``section`` (a side begins, without figures), ``category``,
            ``roll_up`` (figures over several categories, from August 2024), ``part_headline`` (the headline again, on
            a further page of a split list), ``other_side`` (what an early page lists of the other side), ``other``
            (no figures).
        category: The name without the figures.
        figures: What it displays.
        side: Whose losses stand below it; ``None`` where it does not say.
        entries: How many model lines stand below it.
    """

    text: str
    kind: str = "other"
    category: str | None = None
    figures: Figures = Figures()
    side: Side | None = None
    entries: int = 0


@dataclass(eq=False)
class Line:
    """A model line; its segments are (text, number of the link that it stands in)."""

    tag: str
    segments: list[tuple[str, int | None]] = field(default_factory=list)
    flag_url: str | None = None
    label: str = ""
    model: str = ""
    displayed_count: int | None = None
    category: str = ""
    side: Side = "unknown"
    row: int = 0


@dataclass(frozen=True)
class LossLink:
    """A loss link that was read; ``row`` is its ordinal among all that were found in its part, unread ones included."""

    row: int
    line: Line
    url: str
    text: str
    reading: LinkReading


@dataclass(frozen=True)
class UnreadLink:
    """A loss link that was found and can't be read for certain; ``content`` is the page's text."""

    row: int
    unread: Unread
    content: str


@dataclass
class Part:
    """One page of a list; a list that is not split has one, whose ``member`` is empty. Rows are counted in each."""

    member: str
    title: str
    modified_at: datetime | None
    headings: list[Heading] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    losses: list[LossLink] = field(default_factory=list)
    unread: list[UnreadLink] = field(default_factory=list)

    @property
    def links(self) -> int:
        """How many loss links were found, read or not."""
        return len(self.losses) + len(self.unread)

    def add(self, line: Line | None, text: str, url: str, reading: LinkReading | Unread) -> None:
        """Keep the next loss link that was found."""
        if line is not None and isinstance(reading, LinkReading):
            self.losses.append(LossLink(self.links + 1, line, url, text, reading))
        elif isinstance(reading, Unread):
            label = f"{line.label}: " if line else ""
            content = f"{label}{text[:_MAXIMUM_CONTENT]} {url[:_MAXIMUM_CONTENT]}"
            self.unread.append(UnreadLink(self.links + 1, reading, content.strip()[:_MAXIMUM_CONTENT]))


@dataclass
class Page:
    """A list as it was read; ``figures`` are what :meth:`OryxReader.inspect` returns."""

    side: Side | None
    parts: list[Part] = field(default_factory=list)
    layout: str = ""
    figures: dict[str, int] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The title of its first page."""
        return self.parts[0].title

    @property
    def modified_at(self) -> datetime | None:
        """When it was last changed, UTC: the latest of what its pages say."""
        return max((part.modified_at for part in self.parts if part.modified_at), default=None)

    @property
    def headings(self) -> list[Heading]:
        """Those of all parts."""
        return [heading for part in self.parts for heading in part.headings]

    @property
    def lines(self) -> list[Line]:
        """Those of all parts."""
        return [line for part in self.parts for line in part.lines]

    @property
    def losses(self) -> list[LossLink]:
        """Those of all parts."""
        return [loss for part in self.parts for loss in part.losses]

    @property
    def unread(self) -> list[UnreadLink]:
        """Those of all parts."""
        return [link for part in self.parts for link in part.unread]

    @property
    def links(self) -> int:
        """How many loss links were found, read or not."""
        return sum(part.links for part in self.parts)


_HEADING_TAGS: Final = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_LINE_TAGS: Final = frozenset({"li", "details"})
_INERT_TAGS: Final = frozenset({"script", "style", "template", "noscript", "textarea"})
_MAXIMUM_DEPTH: Final = 2_000
_OPEN_OR_CLOSE: Final = re.compile(
    r"<(/?)(?!(?:area|base|br|col|embed|hr|img|input|li|link|meta|p|source|track|wbr)\b)[a-z]", re.IGNORECASE
)
_RIGHT_ADDRESS: Final = "look at the address; for a file, name the right source with --source"
_LOOK: Final = "open the page in a browser; the last good one stands until the reader is taught what changed"


@dataclass(eq=False)
class _HeadingText:
    parts: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Context:
    """Where a node stands: inside which heading or model line, and inside which link."""

    sink: _HeadingText | Line | None = None
    link: int | None = None
    is_inert: bool = False


@dataclass
class _Article:
    """Headings, model lines and the texts outside both, in the order of the document; ``hrefs`` by number of link."""

    items: list[_HeadingText | Line | tuple[str, int | None]] = field(default_factory=list)
    hrefs: list[str] = field(default_factory=list)


def _walk(root: LexborNode, name: str) -> _Article:
    """One pass over the article. A link belongs to the innermost model line, a text to the innermost link."""
    article = _Article()
    contexts = {root.mem_id: _Context()}
    for node in root.traverse(include_text=True):
        parent, tag = node.parent, node.tag
        context = contexts.get(parent.mem_id, _Context()) if parent is not None else _Context()
        sink, link, is_inert = context.sink, context.link, context.is_inert or tag in _INERT_TAGS
        if tag == "-text":
            text = "" if is_inert else node.text_content or ""
            if isinstance(sink, _HeadingText):
                sink.parts.append(text)
            elif isinstance(sink, Line):
                sink.segments.append((text, link))
            else:
                article.items.append((text, link))
        elif tag in _HEADING_TAGS:
            sink, link = _HeadingText(), None
            article.items.append(sink)
        elif tag in _LINE_TAGS:
            sink, link = Line(tag or ""), None
            article.items.append(sink)
        elif tag == "a":
            link = len(article.hrefs)
            if link == MAXIMUM_LINKS:
                raise ContentRefusedError("too_many_links", f"{name}: more than {MAXIMUM_LINKS:,} links", _LOOK)
            article.hrefs.append(node.attributes.get("href") or "")
            if isinstance(sink, Line):
                sink.segments.append(("", link))  # so that a link without text leaves a trace
        elif tag == "img" and isinstance(sink, Line) and sink.flag_url is None and link is None:
            sink.flag_url = (node.attributes.get("src") or "").strip() or None
        if tag != "-text":
            changed = (sink, link, is_inert) != (context.sink, context.link, context.is_inert)
            contexts[node.mem_id] = _Context(sink, link, is_inert) if changed else context
    return article


def _contents(path: Path, maximum_bytes: int) -> Iterator[tuple[str, bytes]]:
    """The pages of a landed file as (member, bytes): one of its own, unpacked where it is gzip, or those of a bundle.

    Raises:
        ContentRefusedError: ``not_html``, ``truncated``, ``too_large``, or what :func:`read_bundle` raises.
    """
    name = path.name
    if is_bundle(path):
        yield from read_bundle(path, maximum_bytes)
        return
    try:
        with path.open("rb") as stream:
            is_packed = stream.read(2) == b"\x1f\x8b"
        with gzip.open(path, "rb") if is_packed else path.open("rb") as stream:
            content = stream.read(maximum_bytes + 1)
    except EOFError as error:
        raise ContentRefusedError("truncated", f"{name}: the gzip file is cut off", "fetch it again") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise ContentRefusedError("not_html", f"{name}: the gzip file is damaged: {error}", "fetch it again") from error
    if len(content) > maximum_bytes:
        raise ContentRefusedError(
            "too_large",
            f"{name}: more than {maximum_bytes:,} bytes when unpacked",
            "if the page has really grown so much, raise maximum_bytes in the source's YAML",
        )
    yield "", content


def _text(content: bytes, name: str) -> str:
    """A page as text: UTF-8, whole.

    Raises:
        ContentRefusedError: ``empty``, ``not_html``, ``truncated`` or ``too_deep``.
    """
    if not content.strip():
        raise ContentRefusedError(
            "empty", f"{name}: no content", "an empty answer is a failed pull, never an empty list; try again later"
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ContentRefusedError(
            "not_html", f"{name}: not text in UTF-8 ({error})", "save the page as HTML, as the site sends it"
        ) from error
    if not re.search(r"<html[\s>]", text[:65_536], re.IGNORECASE):
        raise ContentRefusedError("not_html", f"{name}: no <html> at its beginning", "is this the right file?")
    # Archives append comments behind the page's end.
    end = max((match.start() for match in re.finditer("</html", text, re.IGNORECASE)), default=len(text))
    if not re.fullmatch(r"</html\s*>(?>\s|<!--.*?-->)*+", text[end:], re.IGNORECASE | re.DOTALL):
        raise ContentRefusedError(
            "truncated", f"{name}: does not end with </html>", "the download was cut off: fetch it again"
        )
    # The parser's time grows with the square of the depth; the page of April 2023 is 42 deep.
    depth = 0
    for tag in _OPEN_OR_CLOSE.finditer(text):
        depth = max(depth - 1, 0) if tag.group(1) else depth + 1
        if depth > _MAXIMUM_DEPTH:
            raise ContentRefusedError("too_deep", f"{name}: elements nested more than {_MAXIMUM_DEPTH:,} deep", _LOOK)
    return text


def continuation_links(html: bytes, page_url: str, pattern: str) -> list[str]:
    """The addresses of the further pages of a list, in the order in which a page links to them.

    Only the article is looked at (a blog's menu links to everything), and only its own host: what a page links to
    elsewhere is not its continuation.

    Args:
        html: The page, as received.
        page_url: Its address; it is not among the answer.
        pattern: Regular expression that the whole path of an address matches.

    Returns:
        Addresses on the host and with the scheme of ``page_url``, without query and fragment, each once.
    """
    base = urlsplit(page_url)
    found: dict[str, None] = {}
    for host, path in _linked_paths(LexborHTMLParser(html.decode("utf-8", "replace")), page_url):
        if _plain_host(host) == _plain_host(base.netloc) and path != base.path and re.fullmatch(pattern, path):
            found[urlunsplit((base.scheme, base.netloc, path, "", ""))] = None
    return list(found)


def _linked_paths(tree: LexborHTMLParser, page_url: str) -> Iterator[tuple[str, str]]:
    """Host and path of each link of the article."""
    root = _article_root(tree)
    for node in root.css("a[href]") if root else ():
        href = _address(node.attributes.get("href") or "")
        if absolute := _ABSOLUTE.match(href):  # nearly all; resolving them would cost more than all the rest
            yield absolute.group(1), absolute.group(2)
            continue
        try:
            parts = urlsplit(urljoin(page_url, href))
        except ValueError:
            continue
        if parts.scheme in {"http", "https"}:
            yield parts.netloc, parts.path


def _plain_host(host: str) -> str:
    return host.lower().removeprefix("www.")


def _article_root(tree: LexborHTMLParser) -> LexborNode | None:
    return tree.css_first("div.post-body") or tree.body


def read_page(
    path: Path,
    side: Literal["russia", "ukraine"] | None,
    maximum_bytes: int,
    *,
    title_says: str | None = None,
    continuations: Continuations | None = None,
    address: str | None = None,
) -> Page:
    """Read a list whole: its page, or the pages into which it is split.

    Args:
        path: The file: HTML, gzip of it, or a bundle of the pages.
        side: Whose losses it must list. What an early page (until April 2022) lists of the other side as well is left
            to that side's source, which reads the same file. ``None``: both sides', each in its sections.
        maximum_bytes: The most that the unpacked pages may have together.
        title_says: Words that the first page's title must hold.
        continuations: How the further pages of the list are known, if it may be split.
        address: The list's own address.

    Raises:
        ContentRefusedError: ``empty``, ``not_html``, ``truncated``, ``too_large``, ``too_deep``, ``too_many_links``,
            ``too_many_parts``, ``wrong_page``, ``incomplete_list``, ``no_entries``, ``no_sides``, ``heading_unparsed``,
            ``heading_without_entries``, ``listed_twice``, or what :func:`read_bundle` raises.
    """
    page = Page(side)
    figures = Counter(empty_links=0, links_of_other_side=0)
    linked: set[str] = set()
    own = {urlsplit(address or "").path.rpartition("/")[2]}
    for member, content in _contents(path, maximum_bytes):
        name = f"{path.name}: {member}" if member else path.name
        tree = LexborHTMLParser(_text(content, name))
        root = _article_root(tree)
        if root is None:
            raise ContentRefusedError("not_html", f"{name}: no body", "is this the right file?")
        title = tree.css_first("title")
        modified = tree.css_first("meta[itemprop='dateModified']")
        part = Part(
            member=member,
            title=_tidy(title.text()) if title else "",
            modified_at=_moment(modified.attributes.get("content") if modified else None),
        )
        if len(page.parts) > (continuations.maximum if continuations else 0):
            raise ContentRefusedError("too_many_parts", f"{path.name}: {len(page.parts)} pages and more", _LOOK)
        if title_says and not page.parts and title_says.casefold() not in part.title.casefold():
            raise ContentRefusedError(
                "wrong_page", f"{name}: the title {part.title[:200]!r} does not say {title_says!r}", _RIGHT_ADDRESS
            )
        page.parts.append(part)
        _place(_walk(root, name), page, part, figures, name)
        _settle_headings(part, name)
        if len(page.parts) > 1 and not part.links:
            raise ContentRefusedError("wrong_page", f"{name}: nothing of the list stands on this page of it", _LOOK)
        if continuations:
            own.add(_MEMBER_ORDER.sub("", member))
            own.add(_canonical_name(tree))
            linked |= {
                found.rpartition("/")[2]
                for _, found in _linked_paths(tree, urljoin("https://page.invalid", address or ""))
                if re.fullmatch(continuations.pattern, found)
            }
    if missing := sorted(linked - own):
        raise ContentRefusedError(
            "incomplete_list",
            f"{path.name}: the list goes on on pages that are not in the file: {', '.join(missing)}",
            "half a list is never taken as whole: pull it again, or bundle all its pages into one zip (docs/oryx.md)",
        )
    page.layout = {"li": "list", "details": "details"}.get("".join(sorted({line.tag for line in page.lines})), "mixed")
    _verify(page, path.name)
    page.figures = dict(figures) | _count(page)
    return page


def _canonical_name(tree: LexborHTMLParser) -> str:
    link = tree.css_first("link[rel='canonical']")
    return urlsplit((link.attributes.get("href") or "") if link else "").path.rpartition("/")[2]


def _verify(page: Page, name: str) -> None:
    """Refuse what can't be the list, or can't be all of it once."""
    if page.side and not any(heading.kind == "headline" for heading in page.headings):
        shown = repr(page.headings[0].text) if page.headings else "no headline of either side"
        raise ContentRefusedError(
            "wrong_page", f"{name}: not the page of the losses of {page.side}: {shown}", _RIGHT_ADDRESS
        )
    if not page.losses:
        raise ContentRefusedError(
            "no_entries", f"{name}: no loss link that can be read stands below the headline", _LOOK
        )
    if all(loss.line.side == "unknown" for loss in page.losses):
        raise ContentRefusedError("no_sides", f"{name}: no heading tells whose losses are listed", _LOOK)
    seen = Counter(
        (line.side, line.category, line.flag_url, line.model, counted_status(loss.reading.status.flags), number)
        for loss in page.losses
        for line in (loss.line,)
        for number in loss.reading.numbers
    )
    repeated = seen.total() - len(seen)
    if repeated > max(20, MAXIMUM_REPEATED_SHARE * seen.total()):
        example = next(key for key, uses in seen.items() if uses > 1)
        raise ContentRefusedError(
            "listed_twice",
            f"{name}: {repeated:,} of {seen.total():,} vehicles stand there twice with the same number, "
            f"e.g. {example[3]!r} {example[5]} {example[4]}",
            _LOOK,
        )


def _count(page: Page) -> dict[str, int]:
    """The figures of a page; bounds and the canary compare them with those of the last good one."""
    vehicles = Counter[str]()
    categories = {
        _category_figure(page, heading.side, heading.category): 0
        for heading in page.headings
        if heading.kind == "category"
    }
    for loss in page.losses:
        number = len(loss.reading.numbers)
        vehicles[counted_status(loss.reading.status.flags)] += number
        categories[_category_figure(page, loss.line.side, loss.line.category)] += number
    flags = [line.flag_url for line in page.lines if line.flag_url is not None]
    return {
        "vehicles": vehicles.total(),
        "loss_links": page.links,
        "quarantined": len(page.unread),
        "categories": sum(heading.kind == "category" for heading in page.headings),
        "entries": len(page.lines),
        "parts": len(page.parts),
        "headline_total": sum(heading.figures.total or 0 for heading in page.headings if heading.kind == "headline"),
        **{status: vehicles[status] for status in PRECEDENCE},
        "unknown_flags": sum(producer_country(flag) is None for flag in flags),
        "links_of_unknown_side": sum(loss.line.side == "unknown" for loss in page.losses),
        **categories,
    }


def _category_figure(page: Page, side: Side | None, category: str | None) -> str:
    return f"category:{category}" if page.side else f"category:{side}:{category}"


def counted_status(flags: frozenset[Status]) -> Status:
    """The one status that a vehicle with at least one flag counts under."""
    return next(status for status in PRECEDENCE if status in flags)


def _moment(text: str | None) -> datetime | None:
    """The page's ``dateModified``, in UTC; ``None`` if there is none, or none with a time zone."""
    try:
        moment = datetime.fromisoformat((text or "").strip())
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else None


def _place(article: _Article, page: Page, part: Part, figures: Counter[str], name: str) -> None:
    """Give each model line its heading, in the order of the document, and read both."""
    texts = [_tidy("".join(item.parts)) for item in article.items if isinstance(item, _HeadingText)]
    # A further page of a split list may go on without a headline of its own.
    is_ours = len(page.parts) > 1 and not any(
        (heading := _figured_heading(text, page, None)) and heading.kind in _OPENING for text in texts
    )
    section: Side | None = page.side
    current: Heading | None = None
    remaining = iter(texts)
    for item in article.items:
        if isinstance(item, _HeadingText):
            heading = _read_heading(next(remaining), page, section, has_begun=is_ours or bool(part.headings), name=name)
            if heading is None:
                continue
            if heading.kind in _OPENING:
                is_ours, current = heading.kind != "other_side", None
                section = section if page.side else heading.side
            elif is_ours or (page.side is None and heading.kind == "category"):
                is_ours, current = True, heading
            else:
                heading.kind, heading.side = "other_side", _OTHER.get(page.side or "unknown")
            part.headings.append(heading)
            if len(part.headings) > MAXIMUM_HEADINGS:
                raise ContentRefusedError("heading_unparsed", f"{name}: more than {MAXIMUM_HEADINGS:,} headings", _LOOK)
        elif not is_ours:
            _leave(item.segments if isinstance(item, Line) else [item], page, part, figures)
        elif isinstance(item, Line):
            _read_line(item, current, part, article.hrefs, name)
            with_text = {link for text, link in item.segments if text.strip()}
            figures["empty_links"] += len({link for _, link in item.segments} - with_text - {None})
        elif _LOOKS_LIKE_LOSS.match(text := _tidy(item[0])):
            url = _address(article.hrefs[item[1]]) if item[1] is not None else ""
            part.add(None, text, url, Unread("outside_model_line", "a loss that stands below no model"))


def _leave(segments: list[tuple[str, int | None]], page: Page, part: Part, figures: Counter[str]) -> None:
    """Account for losses outside the list: the other side's are counted; on a page of both sides there are none."""
    losses = [text for text in (_tidy(text) for text, _ in segments) if _LOOKS_LIKE_LOSS.match(text)]
    if page.side:
        figures["links_of_other_side"] += len(losses)
        return
    for loss in losses:
        part.add(None, loss, "", Unread("outside_model_line", "a loss that stands above every heading"))


_OPENING: Final = frozenset({"headline", "part_headline", "section", "other_side"})
_OTHER: Final[dict[str, Side]] = {"russia": "ukraine", "ukraine": "russia"}
_SIDE_WORD: Final = re.compile(r"\b(russia|ukrain)", re.IGNORECASE)
_NOT_ITS_SIDE: Final = re.compile(r"\b(?:by|from|to|against)\s+(?:the\s+)?(?:russia|ukrain)\w*", re.IGNORECASE)
_SECTION: Final = re.compile(
    r"(?:(?:losses|of|by|the)\s+)*(russian?|ukraine|ukrainian)(?:['’]s)?"
    r"(?:\s+(?:federation|armed|naval|navy|air|aerospace|aircraft|forces?|losses|equipment|and))*\s*:?",
    re.IGNORECASE,
)
"""A heading that says nothing but a side: ``Russia``, ``Russian Navy``, ``Losses of the Ukrainian Air Force``."""


def _section_side(name: str) -> Side | None:
    match = _SECTION.fullmatch(name)
    return ("russia" if match.group(1).lower().startswith("russia") else "ukraine") if match else None


def _headline_side(name: str, page: Page) -> Side | None:
    """Whose figures a heading shows by its name: "Russia" in "Russia - 10110, of which: destroyed: 6579"."""
    if page.side is None:
        return _section_side(name)
    sides: dict[str, Side] = {"russia": "russia", "ukraine": "ukraine"}
    return sides.get(name.lower())


def _category_side(category: str, section: Side | None) -> Side:
    """Whose losses stand below a category: its section's, unless its own name says otherwise; never guessed."""
    named: set[Side] = {
        "russia" if word.lower() == "russia" else "ukraine"
        for word in _SIDE_WORD.findall(_NOT_ITS_SIDE.sub("", category))
    }
    told = named | ({section} if section else set())
    return told.pop() if len(told) == 1 else "unknown"


def _read_heading(text: str, page: Page, section: Side | None, *, has_begun: bool, name: str) -> Heading | None:
    """What a heading is by its own text; ``None`` for an empty one, and for the blog's own above the headline."""
    if len(text) > _MAXIMUM_LABEL:
        raise ContentRefusedError("heading_unparsed", f"{name}: a heading of {len(text):,} letters", _LOOK)
    heading = _figured_heading(text, page, section)
    if heading is None and page.side is None and (side := _section_side(text)):
        heading = Heading(text, "section", side=side)
    if heading is None and text and has_begun:
        if _LOOKS_LIKE_FIGURES.search(text):
            raise ContentRefusedError(
                "heading_unparsed", f"{name}: the figures of the heading {text!r} can't be read", _LOOK
            )
        heading = Heading(text, side=section)
    begins = _OPENING | ({"category"} if page.side is None else set())
    return heading if heading and (has_begun or heading.kind in begins) else None


def _figured_heading(text: str, page: Page, section: Side | None) -> Heading | None:
    """A heading with figures: a headline ("Russia - 10110, of which ..."), a roll-up in the same form, a category."""
    headline = _HEADLINE.fullmatch(text)
    is_headline = bool(headline and read_figures(headline.group(2)))
    match = headline if is_headline else _CATEGORY.fullmatch(text)
    figures = read_figures(match.group(2)) if match else None
    if match is None or figures is None:
        return None
    name = match.group(1)
    side = _headline_side(name, page) if is_headline or page.side is None else None
    if side is None:
        kind = "roll_up" if is_headline else "category"
        return Heading(text, kind, name, figures, page.side or _category_side(name, section))
    if page.side and side != page.side:
        return Heading(text, "other_side", None, figures, side)
    is_first = not any(heading.kind == "headline" and heading.side == side for heading in page.headings)
    return Heading(text, "headline" if is_first else "part_headline", None, figures, side)


def _settle_headings(part: Part, name: str) -> None:
    """Tell roll-ups from categories by what stands below them, and refuse a category that lost its entries."""
    for index, heading in enumerate(part.headings):
        if heading.kind not in {"category", "roll_up"}:
            continue
        is_rollup_by_name = bool(re.match(r"(?:losses|all)\b", heading.category or "", re.IGNORECASE))
        if heading.entries and is_rollup_by_name:
            raise ContentRefusedError(
                "heading_unparsed",
                f"{name}: model lines stand directly below the roll-up {heading.text!r}: a category's heading is lost",
                _LOOK,
            )
        if heading.entries:
            heading.kind = "category"
        elif is_rollup_by_name or _is_sum(heading, part.headings[index + 1 :]):
            heading.kind = "roll_up"
        elif heading.kind == "category" and heading.figures.total:
            raise ContentRefusedError(
                "heading_without_entries",
                f"{name}: no model line stands below the heading {heading.text!r}",
                _LOOK,
            )


def _is_sum(heading: Heading, following: list[Heading]) -> bool:
    """Whether a heading displays the sum of two or more categories right below it (the page's sums are a few off)."""
    wanted = heading.figures.total or 0
    total = 0
    for number, category in enumerate((item for item in following if item.kind != "other"), 1):
        if category.kind != "category" or not category.entries:
            return False
        total += category.figures.total or 0
        if number > 1 and abs(total - wanted) <= wanted * 0.01:
            return True
        if total > wanted * 1.01:
            return False
    return False


def _read_line(line: Line, heading: Heading | None, part: Part, hrefs: list[str], name: str) -> None:
    """Split a model line into its label and its loss links, and read both."""
    label, rest = _split_label(line.segments)
    links = list(_join_links(rest, hrefs))
    counted = _LABEL.fullmatch(label)
    if not counted and not links:
        return  # a wrapper around model lines, or an ordinary bullet point
    if heading is None or heading.category is None:
        below = f"the heading {heading.text!r}, which has no figures" if heading else "no category's heading"
        raise ContentRefusedError(
            "heading_unparsed", f"{name}: the model line {label[:200]!r} stands below {below}", _LOOK
        )
    if len(label) > _MAXIMUM_LABEL:
        raise ContentRefusedError(
            "line_unparsed", f"{name}: a model's name of {len(label):,} letters: {label[:200]!r} ...", _LOOK
        )
    heading.entries += 1
    line.category = heading.category
    line.side = heading.side or "unknown"
    if line.flag_url and len(line.flag_url) > _MAXIMUM_CONTENT:
        line.flag_url = line.flag_url[:_MAXIMUM_CONTENT]
    line.label = label
    line.displayed_count, line.model = (_integer(counted.group(1)), counted.group(2)) if counted else (None, label)
    if re.fullmatch(_COUNT, label):
        line.displayed_count, line.model = _integer(label), ""
    part.lines.append(line)
    line.row = len(part.lines)
    for text, url in links:
        for bracket in _NEXT_BRACKET.split(text):
            part.add(line, bracket, url, _judge(line, bracket, url))


def _judge(line: Line, text: str, url: str) -> LinkReading | Unread:
    """A loss must have a model, and a link to its picture; only then is its text worth reading."""
    if not line.model:
        return Unread("no_model", "the line names no model")
    if not url:
        return Unread("no_link", "the text stands in no link: nothing shows the loss")
    if not re.match(r"https?://[^\s/]", url, re.IGNORECASE) or len(url) > _MAXIMUM_CONTENT:
        return Unread("bad_url", f"the link's address is not http(s): {url[:200]!r}")
    return read_link_text(text)


def _split_label(segments: list[tuple[str, int | None]]) -> tuple[str, list[tuple[str, int | None]]]:
    """The label (up to its colon, or to the first link that has a text), and the segments behind it."""
    label = ""
    for index, (text, link) in enumerate(segments):
        if link is not None and text.strip():
            return _tidy(label), segments[index:]
        before, colon, after = text.partition(":")
        label += before
        if colon:
            return _tidy(label), [(after, None), *segments[index + 1 :]]
    return _tidy(label), []


def _join_links(segments: list[tuple[str, int | None]], hrefs: list[str]) -> Iterator[tuple[str, str]]:
    """The loss links of a line as (text, address).

    One bracket that was split ("(2," and "damaged" and ")", each in a link to the same picture) is joined again. A text
    outside any link is given without an address, if it says anything.
    """
    text, url, last = "", "", None
    for part, link in segments:
        if not part.strip():
            text += part
            continue
        address = _address(hrefs[link]) if link is not None else ""
        is_same_link = link is not None and link == last
        if is_same_link or (address in {"", url} and _is_open(text) and not part.lstrip().startswith("(")):
            text += part
        else:
            if url or re.search(r"\w", text):
                yield _tidy(text), url
            text, url = part, address
        last = link
    if url or re.search(r"\w", text):
        yield _tidy(text), url


def _is_open(text: str) -> bool:
    """Whether a bracket of the length of a loss link is still open at the end of ``text``."""
    return len(text) < _MAXIMUM_CONTENT and "(" in text and ")" not in text


def _address(href: str) -> str:
    """A link's address as displayed, without blanks around it and without an archive's prefix."""
    return _ARCHIVE_PREFIX.sub("", href.strip())


# --- The reader

_FIGURE_FIELDS: Final = [
    pa.field(f"displayed_{name}", pa.int32()) for name in ("total", "destroyed", "damaged", "abandoned", "captured")
]

TABLES: Final[dict[str, pa.Schema]] = {
    "pages": pa.schema(
        [
            *PROVENANCE,
            pa.field("title", pa.string(), nullable=False),
            pa.field("modified_at", pa.timestamp("us", tz="UTC")),
            pa.field("layout", pa.string(), nullable=False),
            pa.field("side", pa.string()),
        ]
    ),
    "headings": pa.schema(
        [
            *PROVENANCE,
            pa.field("kind", pa.string(), nullable=False),
            pa.field("text", pa.string(), nullable=False),
            pa.field("category", pa.string()),
            pa.field("side", pa.string()),
            *_FIGURE_FIELDS,
        ]
    ),
    "entries": pa.schema(
        [
            *PROVENANCE,
            pa.field("side", pa.string(), nullable=False),
            pa.field("category", pa.string(), nullable=False),
            pa.field("model", pa.string(), nullable=False),
            pa.field("displayed_count", pa.int32()),
            pa.field("producer_country", pa.string()),
            pa.field("flag_url", pa.string()),
            pa.field("text", pa.string(), nullable=False),
        ]
    ),
    "loss_links": pa.schema(
        [
            *PROVENANCE,
            pa.field("entry_row", pa.int64(), nullable=False),
            pa.field("side", pa.string(), nullable=False),
            pa.field("category", pa.string(), nullable=False),
            pa.field("model", pa.string(), nullable=False),
            pa.field("url", pa.string(), nullable=False),
            pa.field("link_text", pa.string(), nullable=False),
            pa.field("numbers", pa.list_(pa.int32()), nullable=False),
            pa.field("status_text", pa.string(), nullable=False),
            pa.field("is_destroyed", pa.bool_(), nullable=False),
            pa.field("is_damaged", pa.bool_(), nullable=False),
            pa.field("is_abandoned", pa.bool_(), nullable=False),
            pa.field("is_captured", pa.bool_(), nullable=False),
            pa.field("qualifier", pa.string()),
            pa.field("pictured_on", pa.date32()),
        ]
    ),
}
"""The bronze tables of a list. ``pages`` has one row, of the first page; the other rows name the page where they stand
as ``_source_member``, which is empty where the list is not split. ``entry_row`` is the ``_source_row`` of the link's
model line in ``entries``, on the same page."""


class OryxReader:
    """Reads a list of losses; see :class:`boomerang.sources.specification.CollectingReader`."""

    parser_version = 2
    tables = TABLES

    def collect(self, errand: Errand) -> Showing:
        """Fetch the list's page, and every further page that it or one of them links to.

        Raises:
            SourceUnavailableError: A page could not be had: nothing of the list lands.
            ContentRefusedError: A page is too large, or the links go on and on (``too_many_parts``).
            UsageError: Days were asked for; the site has no past.
        """
        if errand.since or errand.until:
            raise UsageError(
                f"{errand.specification.name} can't be asked for days: it shows what it shows today",
                "pull it without --since and --until; for a saved page of an earlier day, use boomerang ingest --as-of",
            )
        continuations = errand.specification.continuations
        addresses = [errand.address]
        for number, address in enumerate(addresses, 1):  # grows on the way
            html = errand.fetch(address, f"{number:02}-{urlsplit(address).path.rpartition('/')[2]}")
            if continuations is None or html is None:
                continue
            links = continuation_links(html, address, continuations.pattern)
            addresses += [link for link in links if link not in addresses]
            if len(addresses) > continuations.maximum + 1:
                raise ContentRefusedError(
                    "too_many_parts",
                    f"{errand.specification.name}: the list goes on on more than {continuations.maximum} further pages",
                    "if it is right, raise continuations.maximum in the YAML of the source",
                )
        return Showing()

    def inspect(self, path: Path, specification: SourceSpecification, layout: str | None) -> dict[str, int]:
        """Read the list whole, and count what stands on it.

        Args:
            path: The page, HTML or gzip of it, or the bundle of its pages.
            specification: The source; its ``side``, ``maximum_bytes``, ``title_says``, ``continuations`` and
                ``address`` count.
            layout: Not used: the page shows its own.

        Returns:
            ``vehicles`` (of the links that can be read), ``loss_links`` (all that were found), ``quarantined``,
            ``categories``, ``entries``, ``parts``, ``headline_total``, vehicles by the status that they count under
            and by category (``category:Tanks``; on a page of both sides ``category:russia:Submarines``),
            ``unknown_flags``, ``empty_links`` (without text; they show nothing), ``links_of_other_side`` and
            ``links_of_unknown_side``.

        Raises:
            ContentRefusedError: What :func:`read_page` raises, and ``too_many_unreadable``.
        """
        page = _read(path, specification)
        if len(page.unread) > max(FEW_UNREADABLE, MAXIMUM_UNREADABLE_SHARE * page.links):
            examples = "; ".join(f"{link.content[:120]!r} ({link.unread.reason})" for link in page.unread[:5])
            raise ContentRefusedError(
                "too_many_unreadable",
                f"{path.name}: {len(page.unread):,} of {page.links:,} loss links can't be read, e.g. {examples}",
                "for new status texts, add them to PHRASES in boomerang/sources/oryx.py; else " + _LOOK,
            )
        if unknown := page.figures["links_of_unknown_side"]:
            below = sorted({heading.text for heading in page.headings if heading.side == "unknown" and heading.entries})
            log.warning(
                "%s: no heading tells whose losses %d links are; they are kept with side unknown, below %s",
                specification.name, unknown, "; ".join(below)[:500],
            )  # fmt: skip
        return page.figures

    def parse(self, landed: LandedFile, output: Path) -> list[MemberCount]:
        """Write the list's tables, and what can't be read to the quarantine.

        Args:
            landed: The page, or the bundle of its pages.
            output: An empty folder.

        Returns:
            One count for each page: of the loss links that were found, read or not.

        Raises:
            ContentRefusedError: What :func:`read_page` raises.
        """
        page = _read(landed.path, landed.specification)
        rows: dict[str, list[dict[str, Any]]] = {
            name: [] for name in ("pages", "headings", "entries", "loss_links", "quarantine")
        }
        for part in page.parts:
            modified_on = part.modified_at.date() if part.modified_at else None
            place = {"_source_sha256": landed.sha256, "_source_member": part.member}
            rows["headings"] += [place | _heading_row(row, heading) for row, heading in enumerate(part.headings, 1)]
            rows["entries"] += [place | _entry_row(line) for line in part.lines]
            rows["loss_links"] += [place | _loss_row(loss, modified_on) for loss in part.losses]
            rows["quarantine"] += [place | _unread_row(link) for link in part.unread]
        rows["pages"] = [
            {
                "_source_sha256": landed.sha256,
                "_source_member": page.parts[0].member,
                "_source_row": 1,
                "title": page.title,
                "modified_at": page.modified_at,
                "layout": page.layout,
                "side": page.side,
            }
        ]
        for name, records in rows.items():
            schema = TABLES.get(name, QUARANTINE_SCHEMA)
            pq.write_table(pa.Table.from_pylist(records, schema=schema), output / f"{name}.parquet")
        return [
            MemberCount(
                source_member=part.member,
                rows_in=part.links,
                rows_loaded=len(part.losses),
                rows_quarantined=len(part.unread),
            )
            for part in page.parts
        ]


def _read(path: Path, specification: SourceSpecification) -> Page:
    return read_page(
        path,
        specification.side,
        specification.maximum_bytes,
        title_says=specification.title_says,
        continuations=specification.continuations,
        address=specification.address,
    )


def _heading_row(row: int, heading: Heading) -> dict[str, Any]:
    figures = {f"displayed_{name}": value for name, value in vars(heading.figures).items()}
    return {
        "_source_row": row,
        "kind": heading.kind,
        "text": heading.text,
        "category": heading.category,
        "side": heading.side,
        **figures,
    }


def _entry_row(line: Line) -> dict[str, Any]:
    return {
        "_source_row": line.row,
        "side": line.side,
        "category": line.category,
        "model": line.model,
        "displayed_count": line.displayed_count,
        "producer_country": producer_country(line.flag_url) if line.flag_url else None,
        "flag_url": line.flag_url,
        "text": line.label,
    }


def _loss_row(loss: LossLink, modified_on: date | None) -> dict[str, Any]:
    return {
        "_source_row": loss.row,
        "entry_row": loss.line.row,
        "side": loss.line.side,
        "category": loss.line.category,
        "model": loss.line.model,
        "url": loss.url,
        "link_text": loss.text,
        "numbers": loss.reading.numbers,
        "status_text": loss.reading.status_text,
        **{f"is_{status}": status in loss.reading.status.flags for status in PRECEDENCE},
        "qualifier": loss.reading.status.qualifier,
        "pictured_on": read_pictured_on(loss.url, modified_on),
    }


def _unread_row(link: UnreadLink) -> dict[str, Any]:
    return {
        "_source_row": link.row,
        "reason": link.unread.reason,
        "detail": link.unread.detail,
        "content": link.content,
    }


READER: Final = OryxReader()
