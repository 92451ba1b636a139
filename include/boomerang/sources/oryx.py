"""The Oryx pages of equipment losses: headline, headings, model lines and loss links, as the page shows them.

Two layouts are read by one rule. From 2022 to 2024 a model line is an ``<li>`` ("53 T-62M: " and a link for each
picture); from 2025 it is a ``<details>`` whose ``<summary>`` carries that label, sometimes inside an ``<li>``,
sometimes nested by a tag that was never closed. A link therefore belongs to the innermost model line around it.

The page is written by hand. What it says is kept as it stands (a heading that disagrees with its links is data for the
reconciliation); what can't be read for certain goes to the quarantine with its text, and is never guessed.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.parquet as pq
from selectolax.lexbor import LexborHTMLParser, LexborNode

from boomerang.errors import ContentRefusedError
from boomerang.sources.specification import (
    PROVENANCE,
    QUARANTINE_SCHEMA,
    LandedFile,
    MemberCount,
    SourceSpecification,
)

Status = Literal["destroyed", "damaged", "abandoned", "captured"]

PRECEDENCE: Final[tuple[Status, ...]] = ("destroyed", "captured", "abandoned", "damaged")
"""The one status that a vehicle counts under is the first of these that is set (CONTRACT)."""

INVASION: Final = date(2022, 2, 24)
"""The war that these pages list began; an earlier date in a picture's name is not the date of a loss in it."""

MAXIMUM_UNREADABLE_SHARE: Final = 0.005
"""The real page of April 2023 has none that can't be read; a new status text on a few links is for the quarantine, more
of them mean that the page is written in another way."""


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
    "Luxembourg", "Netherlands", "North Korea", "North Macedonia", "Norway", "Poland", "Portugal", "Romania",
    "Russia", "Serbia", "Slovakia", "Slovenia", "South Africa", "South Korea", "Soviet Union", "Spain", "Sweden",
    "Switzerland", "Turkey", "Ukraine", "United Arab Emirates", "United Kingdom", "United States", "Yugoslavia",
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
# Not behind a year: "2022-05-08-23.jpg" is the 23rd picture of 8 May 2022, if anything.
_PICTURED_ON: Final = re.compile(
    r"(?<![0-9])(?<!20[0-9]{2}-)([0-9]{2})-([0-9]{2})-([0-9]{2})\.[a-z]{3,4}$", re.IGNORECASE
)
_ARCHIVE_PREFIX: Final = re.compile(r"^(?:https?:)?(?://web\.archive\.org)?/web/\d+[a-z_]*/(?=https?:)")
_MAXIMUM_CONTENT: Final = 2_000


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
    """Read ``1907, of which destroyed: 1161, damaged: 101, abandoned: 101, captured: 544``; ``None`` if it can't be."""
    total = _TOTAL.match(text)
    if not total:
        return None
    by_status: dict[str, int] = {}
    position = total.end()
    while match := _FIGURE.match(text, position):
        status = PHRASES[match.group(1).lower()].sets
        if status is None or status in by_status:
            return None
        by_status[status] = _integer(match.group(2))
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
    if len(set(values)) < len(values) or 0 in values:
        return Unread("unreadable_numbers", "a number stands twice in one link, or is not a vehicle's number")
    status_text = tail.rstrip(" ,")
    if not status_text:
        return Unread("no_status", "the link names no status")
    status = read_status(status_text)
    if status is None:
        return Unread("unknown_status", f"status text {status_text!r} is not in the table of statuses")
    return LinkReading(values, status_text, status)


def read_pictured_on(url: str, modified_on: date | None) -> date | None:
    """The date at the end of a picture's name (``1027-t55-dam-05-08-23.jpg``: 5 August 2023).

    Args:
        url: The picture's address.
        modified_on: The day on which the page was last modified, UTC; without it no date can be confirmed.

    Returns:
        The date; ``None`` if there is none, if it is no date of the calendar, or if it lies before the invasion
        or after the page.
    """
    match = _PICTURED_ON.search(url.split("?", 1)[0].split("#", 1)[0].rsplit("/", 1)[-1])
    if not match or modified_on is None:
        return None
    day, month, year = (int(part) for part in match.groups())
    try:
        found = date(2000 + year, month, day)
    except ValueError:
        return None
    return found if INVASION <= found <= modified_on else None


# --- The page


@dataclass
class Heading:
    """A heading from the headline on.

    Attributes:
        text: As displayed.
        kind: ``headline``, ``category``, ``rollup`` (figures over several categories, from August 2024),
            ``other_side`` (what an early page lists of the other side), ``other`` (no figures).
        category: The name without the figures.
        figures: What it displays.
        entries: How many model lines stand below it.
    """

    text: str
    kind: str = "other"
    category: str | None = None
    figures: Figures = Figures()
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
    row: int = 0


@dataclass(frozen=True)
class LossLink:
    """A loss link that was read; ``row`` is its ordinal among all that were found, unread ones included."""

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
class Page:
    """A page as it was read; ``figures`` are what :meth:`OryxReader.inspect` returns."""

    title: str
    modified_at: datetime | None
    side: str
    layout: str = ""
    headings: list[Heading] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    losses: list[LossLink] = field(default_factory=list)
    unread: list[UnreadLink] = field(default_factory=list)
    figures: dict[str, int] = field(default_factory=dict)

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
            self.unread.append(UnreadLink(self.links + 1, reading, f"{label}{text} {url}".strip()))


_HEADING_TAGS: Final = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_LINE_TAGS: Final = frozenset({"li", "details"})
_INERT_TAGS: Final = frozenset({"script", "style", "template", "noscript", "textarea"})
_MAXIMUM_DEPTH: Final = 2_000
_OPEN_OR_CLOSE: Final = re.compile(
    r"<(/?)(?!(?:area|base|br|col|embed|hr|img|input|li|link|meta|p|source|track|wbr)\b)[a-z]", re.IGNORECASE
)
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


def _walk(root: LexborNode) -> _Article:
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
            article.hrefs.append(node.attributes.get("href") or "")
            if isinstance(sink, Line):
                sink.segments.append(("", link))  # so that a link without text leaves a trace
        elif tag == "img" and isinstance(sink, Line) and sink.flag_url is None and link is None:
            sink.flag_url = (node.attributes.get("src") or "").strip() or None
        if tag != "-text":
            changed = (sink, link, is_inert) != (context.sink, context.link, context.is_inert)
            contexts[node.mem_id] = _Context(sink, link, is_inert) if changed else context
    return article


def _read_text(path: Path, maximum_bytes: int) -> str:
    """The page as text: unpacked where it is gzip, UTF-8, whole.

    Raises:
        ContentRefusedError: ``empty``, ``not_html``, ``truncated``, ``too_large`` or ``too_deep``.
    """
    name = path.name
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


def read_page(path: Path, side: str, maximum_bytes: int) -> Page:
    """Read a page whole.

    Args:
        path: The file, HTML or gzip of it.
        side: ``russia`` or ``ukraine``: whose losses it must list. What an early page (until April 2022) lists of the
            other side as well is left to that side's source, which reads the same file.
        maximum_bytes: The most that the unpacked page may have.

    Raises:
        ContentRefusedError: ``empty``, ``not_html``, ``truncated``, ``too_large``, ``too_deep``, ``wrong_page``,
            ``no_entries``, ``heading_unparsed`` or ``heading_without_entries``.
    """
    tree = LexborHTMLParser(_read_text(path, maximum_bytes))
    root = tree.css_first("div.post-body") or tree.body
    if root is None:
        raise ContentRefusedError("not_html", f"{path.name}: no body", "is this the right file?")
    title = tree.css_first("title")
    modified = tree.css_first("meta[itemprop='dateModified']")
    page = Page(
        title=_tidy(title.text()) if title else "",
        modified_at=_moment(modified.attributes.get("content") if modified else None),
        side=side,
    )
    _place(_walk(root), page, path.name)
    tags = sorted({line.tag for line in page.lines})
    page.layout = {"li": "list", "details": "details"}.get("".join(tags), "mixed")
    _settle_headings(page, path.name)
    vehicles = Counter[str]()
    for loss in page.losses:
        vehicles[counted_status(loss.reading.status.flags)] += len(loss.reading.numbers)
    if not vehicles:
        raise ContentRefusedError(
            "no_entries", f"{path.name}: no loss link that can be read stands below the headline", _LOOK
        )
    headline = next(heading for heading in page.headings if heading.kind == "headline")
    page.figures |= {
        "vehicles": vehicles.total(),
        "loss_links": page.links,
        "quarantined": len(page.unread),
        "categories": sum(heading.kind == "category" for heading in page.headings),
        "entries": len(page.lines),
        "headline_total": headline.figures.total or 0,
        "destroyed": vehicles["destroyed"],
        "damaged": vehicles["damaged"],
        "abandoned": vehicles["abandoned"],
        "captured": vehicles["captured"],
        "unknown_flags": sum(
            line.flag_url is not None and producer_country(line.flag_url) is None for line in page.lines
        ),
    }
    return page


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


def _place(article: _Article, page: Page, name: str) -> None:
    """Give each model line its heading, in the order of the document, and read both."""
    current: Heading | None = None
    is_ours = False
    figures = Counter(empty_links=0, links_of_other_side=0)
    for item in article.items:
        if isinstance(item, _HeadingText):
            heading = _read_heading(_tidy("".join(item.parts)), page, name)
            if heading is None:
                continue
            if heading.kind in {"headline", "other_side"}:
                is_ours, current = heading.kind == "headline", None
            elif is_ours:
                current = heading
            else:
                heading.kind = "other_side"
            page.headings.append(heading)
        elif not is_ours:
            segments = item.segments if isinstance(item, Line) else [item]
            figures["links_of_other_side"] += sum(bool(_LOOKS_LIKE_LOSS.match(_tidy(text))) for text, _ in segments)
        elif isinstance(item, Line):
            _read_line(item, current, page, article.hrefs, name)
            with_text = {link for text, link in item.segments if text.strip()}
            figures["empty_links"] += len({link for _, link in item.segments} - with_text - {None})
        elif _LOOKS_LIKE_LOSS.match(text := _tidy(item[0])):
            url = _address(article.hrefs[item[1]]) if item[1] is not None else ""
            page.add(None, text, url, Unread("outside_model_line", "a loss that stands below no model"))
    page.figures = dict(figures)
    if not any(heading.kind == "headline" for heading in page.headings):
        shown = repr(page.headings[0].text) if page.headings else "no headline of either side"
        raise ContentRefusedError(
            "wrong_page",
            f"{name}: not the page of the losses of {page.side}: {shown}",
            "look at the address; for a file, name the right source with --source",
        )


def _read_heading(text: str, page: Page, name: str) -> Heading | None:
    """What a heading is by its own text; ``None`` for an empty one, and for the blog's own above the headline."""
    headline = _HEADLINE.fullmatch(text)
    if headline and (figures := read_figures(headline.group(2))):
        of = headline.group(1).lower()
        if of == page.side and not any(heading.kind == "headline" for heading in page.headings):
            return Heading(text, "headline", None, figures)
        if of != page.side and of in {"russia", "ukraine"}:
            return Heading(text, "other_side", None, figures)
        return Heading(text, "rollup", headline.group(1), figures) if page.headings else None
    if not text or not page.headings:
        return None
    category = _CATEGORY.fullmatch(text)
    if category and (figures := read_figures(category.group(2))):
        return Heading(text, "category", category.group(1), figures)
    if _LOOKS_LIKE_FIGURES.search(text):
        raise ContentRefusedError(
            "heading_unparsed", f"{name}: the figures of the heading {text!r} can't be read", _LOOK
        )
    return Heading(text)


def _settle_headings(page: Page, name: str) -> None:
    """Tell roll-ups from categories by what stands below them, and refuse a category that lost its entries."""
    for heading in page.headings:
        if heading.kind not in {"category", "rollup"}:
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
        elif is_rollup_by_name:
            heading.kind = "rollup"
        elif heading.kind == "category" and heading.figures.total:
            raise ContentRefusedError(
                "heading_without_entries",
                f"{name}: no model line stands below the heading {heading.text!r}",
                _LOOK,
            )


def _read_line(line: Line, heading: Heading | None, page: Page, hrefs: list[str], name: str) -> None:
    """Split a model line into its label and its loss links, and read both."""
    label, rest = _split_label(line.segments)
    links = list(_join_links(rest, hrefs))
    counted = _LABEL.fullmatch(label)
    if not counted and not links:
        return  # a wrapper around model lines, or an ordinary bullet point
    if heading is None or heading.category is None:
        below = f"the heading {heading.text!r}, which has no figures" if heading else "no category's heading"
        raise ContentRefusedError("heading_unparsed", f"{name}: the model line {label!r} stands below {below}", _LOOK)
    heading.entries += 1
    line.category = heading.category
    line.label = label
    line.displayed_count, line.model = (_integer(counted.group(1)), counted.group(2)) if counted else (None, label)
    page.lines.append(line)
    line.row = len(page.lines)
    for text, url in links:
        for part in _NEXT_BRACKET.split(text):
            page.add(line, part, url, _judge(line, part, url))


def _judge(line: Line, text: str, url: str) -> LinkReading | Unread:
    """A loss must have a model, and a link to its picture; only then is its text worth reading."""
    if not line.model:
        return Unread("no_model", "the line names no model")
    if not url:
        return Unread("no_link", "the text stands in no link: nothing shows the loss")
    if not re.match(r"https?://[^\s/]", url, re.IGNORECASE):
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
            pa.field("side", pa.string(), nullable=False),
        ]
    ),
    "headings": pa.schema(
        [
            *PROVENANCE,
            pa.field("kind", pa.string(), nullable=False),
            pa.field("text", pa.string(), nullable=False),
            pa.field("category", pa.string()),
            *_FIGURE_FIELDS,
        ]
    ),
    "entries": pa.schema(
        [
            *PROVENANCE,
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
"""The bronze tables of a page; ``entry_row`` is the ``_source_row`` of the link's model line in ``entries``."""


class OryxReader:
    """Reads a page of losses; see :class:`boomerang.sources.specification.SourceReader`."""

    parser_version = 1
    tables = TABLES

    def inspect(self, path: Path, specification: SourceSpecification, layout: str | None) -> dict[str, int]:
        """Read the page whole, and count what stands on it.

        Args:
            path: The page, HTML or gzip of it.
            specification: The source; its ``side`` and ``maximum_bytes`` count.
            layout: Not used: the page shows its own.

        Returns:
            ``vehicles`` (of the links that can be read), ``loss_links`` (all that were found), ``quarantined``,
            ``categories``, ``entries``, ``headline_total``, vehicles by the status that they count under,
            ``unknown_flags``, ``empty_links`` (without text; they show nothing) and ``links_of_other_side``.

        Raises:
            ContentRefusedError: What :func:`read_page` raises, and ``too_many_unreadable``.
        """
        page = read_page(path, specification.side or "", specification.maximum_bytes)
        if len(page.unread) > MAXIMUM_UNREADABLE_SHARE * page.links:
            examples = "; ".join(f"{link.content[:120]!r} ({link.unread.reason})" for link in page.unread[:5])
            raise ContentRefusedError(
                "too_many_unreadable",
                f"{path.name}: {len(page.unread):,} of {page.links:,} loss links can't be read, e.g. {examples}",
                "for new status texts, add them to PHRASES in boomerang/sources/oryx.py; else " + _LOOK,
            )
        return page.figures

    def parse(self, landed: LandedFile, output: Path) -> list[MemberCount]:
        """Write the page's tables, and what can't be read to the quarantine.

        Args:
            landed: The page.
            output: An empty folder.

        Returns:
            One count: of the loss links that were found, read or not.

        Raises:
            ContentRefusedError: What :func:`read_page` raises.
        """
        page = read_page(landed.path, landed.specification.side or "", landed.specification.maximum_bytes)
        modified_on = page.modified_at.date() if page.modified_at else None
        title = {"title": page.title, "modified_at": page.modified_at, "layout": page.layout, "side": page.side}
        rows: dict[str, list[dict[str, Any]]] = {
            "pages": [{"_source_row": 1, **title}],
            "headings": [_heading_row(row, heading) for row, heading in enumerate(page.headings, 1)],
            "entries": [_entry_row(line) for line in page.lines],
            "loss_links": [_loss_row(loss, modified_on) for loss in page.losses],
            "quarantine": [_unread_row(link) for link in page.unread],
        }
        for name, records in rows.items():
            for record in records:
                record |= {"_source_sha256": landed.sha256, "_source_member": ""}
            schema = TABLES.get(name, QUARANTINE_SCHEMA)
            pq.write_table(pa.Table.from_pylist(records, schema=schema), output / f"{name}.parquet")
        return [
            MemberCount(rows_in=page.links, rows_loaded=len(page.losses), rows_quarantined=len(page.unread)),
        ]


def _heading_row(row: int, heading: Heading) -> dict[str, Any]:
    figures = {f"displayed_{name}": value for name, value in vars(heading.figures).items()}
    return {
        "_source_row": row,
        "kind": heading.kind,
        "text": heading.text,
        "category": heading.category,
        **figures,
    }


def _entry_row(line: Line) -> dict[str, Any]:
    return {
        "_source_row": line.row,
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
        "content": link.content[:_MAXIMUM_CONTENT],
    }


READER: Final = OryxReader()
