"""What a source is: one YAML (facts about it) and one module (how it is read)."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, runtime_checkable
from urllib.parse import urlsplit

import pyarrow as pa
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from boomerang.errors import UsageError

if TYPE_CHECKING:
    from boomerang.landing.observation import Observation

USER_AGENT: Final = "boomerang/0.1 (nightly warehouse of customs records and equipment losses; one polite reader)"


class Bounds(BaseModel):
    """Limits of one figure of a source; beyond them the pull stops and the last good one stands.

    Attributes:
        minimum: The least that any observation may show.
        maximum_fall: Largest fall against the last good observation, as a share (0.1 = a tenth).
        maximum_rise: Largest rise, as a share; ``None``: unbounded.
        rise_days: The rise is one within so many days; where the last good observation is older, it is allowed in
            proportion. ``None``: whatever the time between.
        slack: A change by so many is believed whatever its share.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    minimum: int = 0
    maximum_fall: float | None = None
    maximum_rise: float | None = None
    rise_days: int | None = Field(default=None, gt=0)
    slack: int = Field(default=0, ge=0)


class Continuations(BaseModel):
    """Further pages of one list, which the first page links to; all of them together are one observation.

    Attributes:
        pattern: Regular expression that the whole path of their addresses matches (on the same host).
        maximum: The most that are followed.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    pattern: str
    maximum: int = Field(gt=0)


class RateLimit(BaseModel):
    """How many requests a server bears.

    Attributes:
        requests: At most so many
        seconds: in any span of so many seconds.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    requests: int = Field(gt=0)
    seconds: float = Field(gt=0)


class SourceSpecification(BaseModel):
    """The facts about a source, as its YAML gives them.

    Attributes:
        listing: The address is a ``SHA256SUMS`` file whose entries (names relative to it) are the files to
            fetch; else the address is the one file.
        module: The module whose ``READER`` reads it; ``suffix`` and ``maximum_bytes`` of what it delivers.
        side: Whose losses a page of losses lists; ``None``: both sides', in sections.
        title_says: Words that the title of the right page holds, in any case.
        continuations: The further pages of a list that is split.
        is_required: A night without it publishes nothing.
        is_reference: A table of codes, joined to rows when they come in: a new one builds everything anew.
        files: The files behind the address that are pulled together, where the reader collects several.
        rate_limit: What the server bears; ``None``: one request after the other.
        attempts: How often an address is tried.
        first_day: The first day that the source has, where it is asked by day.
        last_day: The last one; ``None``: the day of the pull (UTC).
        window_days: How many days back a nightly pull asks for.
        complete_every_days: After how many days every day is asked for again.
        key_header: The header in which the server wants a key. It is sent over https to the host of ``address`` alone
            (and to this machine, for tests).
        key_variable: The environment variable that holds the key.
        calls_a_day: How many requests a day (UTC) the server allows; ``None``: it does not count.
        questions: What a collecting reader asks for, as its module defines it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str
    publisher: str
    address: str | None
    cadence: str
    fresh_for_hours: int = Field(gt=0)
    licence: str
    may_redistribute: bool
    module: str
    suffix: str = Field(pattern=r"^\.[a-z0-9.]+$")
    maximum_bytes: int = Field(gt=0)
    listing: bool = False
    side: Literal["russia", "ukraine"] | None = None
    title_says: str | None = None
    continuations: Continuations | None = None
    is_required: bool = False
    is_reference: bool = False
    files: tuple[str, ...] = ()
    rate_limit: RateLimit | None = None
    attempts: int = Field(default=4, gt=0)
    first_day: date | None = None
    last_day: date | None = None
    window_days: int | None = Field(default=None, gt=0)
    complete_every_days: int | None = Field(default=None, gt=0)
    key_header: str | None = Field(default=None, pattern=r"^[A-Za-z][A-Za-z0-9-]*$")
    key_variable: str | None = Field(default=None, pattern=r"^BOOMERANG_[A-Z0-9_]+$")
    calls_a_day: int | None = Field(default=None, gt=0)
    questions: dict[str, Any] = {}
    bounds: dict[str, Bounds] = {}
    """By figure; a name that ends with ``*`` stands for every figure that begins so, none of which may vanish."""

    @property
    def fresh_for(self) -> timedelta:
        """How old the last good pull may be before the source counts as stale."""
        return timedelta(hours=self.fresh_for_hours)

    @property
    def reader(self) -> SourceReader:
        """The module that reads this source."""
        module: Any = import_module(self.module)
        reader: SourceReader = module.READER
        return reader


class MemberCount(BaseModel):
    """The ledger of one member (a sheet, a file in a zip, or the file itself: '') of a landed file.

    ``rows_in = rows_loaded + rows_quarantined`` at bronze; duplicates are told apart later, in dbt.

    Attributes:
        read_with: What of the reader's settings made the rows (:class:`ConfiguredReader`); '' where it has none.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    source_member: str = ""
    rows_in: int = Field(ge=0)
    rows_loaded: int = Field(ge=0)
    rows_quarantined: int = Field(ge=0)
    read_with: str = ""


class SourceReader(Protocol):
    """How a source is read. A source's module offers one as ``READER``.

    Attributes:
        parser_version: Raised by hand whenever the same bytes would give other rows; it stands in the names of
            the bronze files, so that a new version parses again.
        tables: The bronze tables that the reader writes, with their schemas. Every one begins with
            ``_source_sha256``, ``_source_member``, ``_source_row``.
    """

    parser_version: int
    tables: dict[str, pa.Schema]

    def inspect(self, path: Path, specification: SourceSpecification, layout: str | None) -> dict[str, int]:
        """Verify that received bytes are what the source promises, before they land.

        Args:
            path: The received file, under a temporary name with the source's or the file's suffix.
            specification: The source.
            layout: The vendor layout that the user named, if any.

        Returns:
            The figures that bounds are declared for (and others worth keeping), e.g. ``{"vehicles": 10108}``.

        Raises:
            ContentRefusedError: The bytes can't be taken.
        """
        ...

    def parse(self, landed: LandedFile, output: Path) -> list[MemberCount]:
        """Turn a landed file into Parquet files in ``output``: ``<table>.parquet`` and ``quarantine.parquet``.

        Args:
            landed: The file and what is known about it.
            output: An empty temporary folder; a table without rows may be left out.

        Raises:
            ContentRefusedError: Nothing of the file can be taken.
        """
        ...


@dataclass(frozen=True)
class Showing:
    """What a collected pull answers for; see :class:`boomerang.landing.observation.Observation`."""

    shows_from: date | None = None
    shows_to: date | None = None
    is_complete: bool | None = None


class Errand(Protocol):
    """What a collecting reader is sent out with.

    Attributes:
        specification: The source.
        address: Where it is, a mirror's or the test server's address put in place of its own.
        started_at: When the pull began. UTC.
        since: The first day that was asked for on the command line.
        until: The last one.
    """

    specification: SourceSpecification
    address: str
    started_at: datetime
    since: date | None
    until: date | None

    @property
    def requests_made(self) -> int:
        """How many requests this pull has sent so far, repeated ones too."""
        ...

    def past(self) -> Sequence[Observation]:
        """The good observations of the source so far, oldest first."""
        ...

    def fetch(self, address: str, member: str, *, may_be_missing: bool = False) -> bytes | None:
        """Fetch one part, within the server's rate limit; it is kept as received.

        Args:
            address: Its address.
            member: The name under which the bundle keeps it; each once.
            may_be_missing: A 404 is an answer (``None``; a member without bytes, ``<member>.missing``, keeps it).

        Raises:
            SourceUnavailableError: It could not be had: the pull fails, nothing lands.
            ContentRefusedError: It is larger than the source may be.
        """
        ...


@runtime_checkable
class CollectingReader(SourceReader, Protocol):
    """A reader whose source takes several requests. What it fetched lands as one file, or nothing does.

    A single part lands as it came; several land as a bundle (:mod:`boomerang.bundle`), which ``inspect`` and
    ``parse`` are given as any other file. A reader that needs the name of a single part too says
    ``is_always_bundled = True``.
    """

    def collect(self, errand: Errand) -> Showing:
        """Fetch every part of one pull, looking at each as it comes.

        Raises:
            SourceUnavailableError: A part could not be had; nothing lands.
            ContentRefusedError: A part is not what the source promises; nothing lands, that part is kept in the
                quarantine.
        """
        ...


@runtime_checkable
class ConfiguredReader(SourceReader, Protocol):
    """A reader whose rows also depend on settings that a user may change: a file is parsed again when its own do."""

    def configuration(self, home_root: Path) -> str:
        """A checksum of all settings there are."""
        ...

    def reading(self, landed: LandedFile) -> dict[str, str]:
        """Member to :attr:`MemberCount.read_with`, as ``parse`` would give it now; a file is only looked at."""
        ...


class LandedFile(BaseModel):
    """A landed file as a parser sees it."""

    model_config = ConfigDict(frozen=True)

    path: Path
    sha256: str
    file_name: str
    specification: SourceSpecification
    layout: str | None = None


PROVENANCE: Final = [
    pa.field("_source_sha256", pa.string(), nullable=False),
    pa.field("_source_member", pa.string(), nullable=False),
    pa.field("_source_row", pa.int64(), nullable=False),
]
"""The address of every bronze row: file, member, ordinal of the record in it (rejected ones included)."""

QUARANTINE_SCHEMA: Final = pa.schema(
    [
        *PROVENANCE,
        pa.field("reason", pa.string(), nullable=False),
        pa.field("detail", pa.string(), nullable=False),
        pa.field("content", pa.string(), nullable=False),
    ]
)
"""A row that could not be taken: an enumerated reason, what exactly, and the row as text (at most 2,000 letters)."""

LEDGER_SCHEMA: Final = pa.schema(
    [
        pa.field("_source_sha256", pa.string(), nullable=False),
        pa.field("_source_member", pa.string(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("file_name", pa.string(), nullable=False),
        pa.field("rows_in", pa.int64(), nullable=False),
        pa.field("rows_loaded", pa.int64(), nullable=False),
        pa.field("rows_quarantined", pa.int64(), nullable=False),
    ]
)


def _merge(base: dict[str, Any], override: dict[str, Any]) -> dict[str, Any]:
    return {**base, **override}


@cache
def specifications(profile: str = "live") -> dict[str, SourceSpecification]:
    """Every source known, by name, with the facts of a profile laid over those of the YAML.

    Args:
        profile: ``live`` (the YAML as it is) or another with a file in ``sources/profiles/``.

    Raises:
        UsageError: A YAML that can't be read, or a profile that is not known.
    """
    folder = files("boomerang.sources")
    overrides: dict[str, Any] = {}
    if profile != "live":
        overlay = folder / "profiles" / f"{profile}.yml"
        if not overlay.is_file():
            raise UsageError(f"there is no profile {profile!r}", "use --profile sample or live")
        overrides = yaml.safe_load(overlay.read_text(encoding="utf-8"))
    found = {}
    for entry in sorted(folder.iterdir(), key=lambda item: item.name):
        if not entry.name.endswith(".yml"):
            continue
        facts = yaml.safe_load(entry.read_text(encoding="utf-8"))
        try:
            specification = SourceSpecification(**_merge(facts, overrides.get(facts["name"], {})))
        except (ValidationError, KeyError, TypeError) as error:
            raise UsageError(f"the source file {entry.name} can't be read: {error}") from error
        found[specification.name] = specification
    return found


def specification(name: str, profile: str = "live") -> SourceSpecification:
    """One source by its name.

    Raises:
        UsageError: No such source.
    """
    known = specifications(profile)
    if name not in known:
        raise UsageError(f"there is no source {name!r}", f"known sources: {', '.join(known)}")
    return known[name]


def address_of(specification: SourceSpecification) -> str | None:
    """Where to pull from: ``BOOMERANG_<SOURCE>_URL`` if set (a mirror, a test server), else the source's own.

    Raises:
        UsageError: The address is not http(s), or carries a password.
    """
    variable = f"BOOMERANG_{specification.name.upper()}_URL"
    address = os.environ.get(variable) or specification.address
    if address is None:
        return None
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise UsageError(f"the address of {specification.name} is not an http(s) address", f"look at {variable}")
    if parts.password or parts.username:
        raise UsageError(
            f"the address of {specification.name} carries a user name or password; addresses are written to logs",
            f"take it out of {variable}",
        )
    return address
