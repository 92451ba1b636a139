"""An observation: a source showed these bytes at this moment."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


class Coverage(BaseModel):
    """A span of days that a file covers, as its giver declares (never inferred from the rows)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reporter_country_code: str = Field(pattern=r"^[A-Z]{2}$")
    direction: Literal["import", "export"]
    covered_from: date
    covered_to: date
    hs_prefix: str = Field(default="", pattern=r"^\d{0,10}$")
    declared_by: str


class Observation(BaseModel):
    """One fetch record: a JSON file beside the landed bytes.

    Attributes:
        source: The source's name.
        observed_at: When the source showed the bytes: the time of the response, or ``--as-of``. UTC.
        sha256: Of the bytes as received.
        bytes: Their number.
        file_name: The name under which they came (last part of the url, or of the path).
        landed_path: Where the bytes lie, relative to the home.
        origin: How they came: ``pull`` over HTTP, ``inbox`` (dropped), ``ingest`` (named by hand).
        is_new_content: False where the same bytes had landed before.
        url: The address without secrets; ``None`` for files.
        http_status: 200, or 304 where the server said that nothing changed.
        etag: The server's validator, sent back at the next pull.
        last_modified: The server's date of the content, as it was sent.
        content_type: As it was sent.
        started_at: When the fetch began.
        finished_at: When the last byte was on disk.
        layout: The vendor layout, where the user named one or the inbox's folder did.
        figures: What :meth:`SourceReader.inspect` counted; bounds compare them with the next observation's.
        coverage: What the file covers, as declared.
        shows_from: First day of loss that the pull asked for, where the source is asked by day.
        shows_to: Last day of loss that it asked for.
        is_complete: Whether it asked for every day that the source has: only then is what is missing from it
            withdrawn. ``None`` where the source is not asked by day.
        accepted_because: Why a person accepted it against the bounds.
        accepted_at: When that was. UTC.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str
    observed_at: AwareDatetime
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    bytes: int = Field(ge=0)
    file_name: str
    landed_path: str
    origin: Literal["pull", "inbox", "ingest"]
    is_new_content: bool
    url: str | None = None
    http_status: int | None = None
    etag: str | None = None
    last_modified: str | None = None
    content_type: str | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    layout: str | None = None
    figures: dict[str, int] = {}
    coverage: tuple[Coverage, ...] = ()
    shows_from: date | None = None
    shows_to: date | None = None
    is_complete: bool | None = None
    accepted_because: str | None = None
    accepted_at: AwareDatetime | None = None


class Refusal(BaseModel):
    """What could not be taken, and why: a JSON file in the quarantine, beside the bytes where there are any.

    Attributes:
        source: The source's name.
        observed_at: When the source showed the bytes, or failed to. UTC.
        reason: Short and enumerated: ``unavailable`` (nothing came), ``counts_fell``, ``too_large`` ...
        message: What is wrong and where, for people.
        what_to_do: The next step for the reader of the message; may be empty.
        file_name: The name under which it came.
        origin: How it came.
        sha256: Of the bytes as received; ``None`` where none were kept.
        bytes: Their number.
        quarantined_path: Where the bytes lie, relative to the home; ``None`` where none were kept, or where
            they had landed before.
        url: The address without secrets.
        http_status: The answer's status, where there was an answer.
        etag: The server's validator.
        last_modified: The server's date of the content, as it was sent.
        content_type: As it was sent.
        started_at: When the fetch began.
        finished_at: When it ended.
        layout: The vendor layout, where one was named.
        figures: What the reader counted, where it got that far.
        coverage: What the file covers, as declared.
        shows_from: As of :class:`Observation`, with ``shows_to`` and ``is_complete``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str
    observed_at: AwareDatetime
    reason: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    message: str
    what_to_do: str = ""
    file_name: str
    origin: Literal["pull", "inbox", "ingest"]
    sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")
    bytes: int | None = None
    quarantined_path: str | None = None
    url: str | None = None
    http_status: int | None = None
    etag: str | None = None
    last_modified: str | None = None
    content_type: str | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    layout: str | None = None
    figures: dict[str, int] = {}
    coverage: tuple[Coverage, ...] = ()
    shows_from: date | None = None
    shows_to: date | None = None
    is_complete: bool | None = None
