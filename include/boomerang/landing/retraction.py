"""Taking a wrong file back: its observations leave every later build; the bytes and the record of why stay.

A record is ``landing/retractions/<source>/<sha256>.<stamp>.retraction.json``. Nothing is rewritten or removed: to let
the file count again is another record, and the newest one decides. What was published with the file keeps it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from boomerang.clock import stamp, utc_now
from boomerang.durable import write_durably
from boomerang.errors import ContentRefusedError, UsageError
from boomerang.home import Home
from boomerang.landing.observation import Observation

if TYPE_CHECKING:
    from boomerang.landing.store import Landing

_ROOM: Final = "retractions"
_SUFFIX: Final = ".retraction.json"
_SHORTEST: Final = 8
"""Digits of a checksum that name a file."""


class Retraction(BaseModel):
    """A person took a file back, or let it count again.

    Attributes:
        source: The source's name.
        sha256: Of the file.
        file_name: The name under which it came first.
        observed_at: The one observation that is meant (its coverage was wrong, say); ``None``: all of the file, those
            to come included.
        decided_at: When that was. UTC.
        is_retracted: False: it counts again.
        why: The reason, as given.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    file_name: str
    observed_at: AwareDatetime | None = None
    decided_at: AwareDatetime
    is_retracted: bool
    why: str = Field(min_length=1)


def retract(
    home: Home,
    file: str,
    why: str,
    *,
    observed_at: datetime | None = None,
    undo: bool = False,
    wait: float = 60,
) -> Retraction:
    """Take a landed file out of all later builds, or let it count again.

    Args:
        home: The home.
        file: The file's checksum (at least its first eight digits), or the name under which it came.
        why: The reason, kept on record.
        observed_at: Only this observation of it; default every one.
        undo: Let it count again.
        wait: Seconds to wait for a pull of the same source.

    Raises:
        UsageError: No landed file, or more than one, is called so; it is retracted already, or was not; no reason.
        HomeBusyError: A pull of the source is running.
    """
    from boomerang.landing.store import Landing  # noqa: PLC0415 - the store asks this module what counts

    if not why.strip():
        raise UsageError("no reason was given", 'say why the file is taken back: --why "..."')
    landing = Landing(home)
    found = _named(landing, file)
    with home.lock(f"pull-{found.source}", wait):
        standing = _standing(retractions(home), found.source, found.sha256)
        if observed_at is not None:
            moments = [
                item.observed_at
                for item in landing.observations(found.source, with_retracted=True)
                if item.sha256 == found.sha256
            ]
            if observed_at.astimezone(UTC) not in moments:
                told = ", ".join(f"{moment:%Y-%m-%dT%H:%M:%S.%fZ}" for moment in moments)
                raise UsageError(f"{found.file_name} was not observed at {observed_at}", f"it was at {told}")
        decided = standing.get(observed_at.astimezone(UTC) if observed_at else None)
        is_out = decided is not None and decided.is_retracted
        if is_out != undo:
            state = "is retracted already" if is_out else "is not retracted"
            raise UsageError(f"{found.file_name} ({found.sha256[:12]}) {state}", "nothing was changed")
        record = Retraction(
            source=found.source,
            sha256=found.sha256,
            file_name=found.file_name,
            observed_at=observed_at.astimezone(UTC) if observed_at else None,
            decided_at=utc_now(),
            is_retracted=not undo,
            why=why.strip(),
        )
        folder = home.landing / _ROOM / found.source
        folder.mkdir(parents=True, exist_ok=True)
        write_durably(
            folder / f"{record.sha256}.{stamp(record.decided_at)}{_SUFFIX}",
            record.model_dump_json(indent=2).encode() + b"\n",
        )
    return record


def retractions(home: Home, source: str | None = None) -> list[Retraction]:
    """Every decision on record (about one source), oldest first.

    Raises:
        UsageError: A record can't be read.
    """
    room = home.landing / _ROOM
    if not room.is_dir():
        return []
    folders = [room / source] if source else sorted(path for path in room.iterdir() if path.is_dir())
    found = [
        _read(Path(entry.path))
        for folder in folders
        if folder.is_dir()
        for entry in os.scandir(folder)
        if entry.name.endswith(_SUFFIX)
    ]
    return sorted(found, key=lambda item: (item.decided_at, item.source, item.sha256))


def retracted(home: Home) -> list[Retraction]:
    """What is taken back now: the decision that stands for each file, or observation of one."""
    newest: dict[tuple[str, str, datetime | None], Retraction] = {}
    for decision in retractions(home):
        newest[decision.source, decision.sha256, decision.observed_at] = decision
    return [decision for decision in newest.values() if decision.is_retracted]


def not_retracted(home: Home, observations: Sequence[Observation]) -> list[Observation]:
    """The observations that count."""
    decisions = retractions(home)
    if not decisions:
        return list(observations)
    return [
        item for item in observations if not _is_out(_standing(decisions, item.source, item.sha256), item.observed_at)
    ]


def check_not_retracted(home: Home, source: str, sha256: str) -> None:
    """Refuse a file that a person took back and somebody gives again.

    Raises:
        ContentRefusedError: ``retracted``.
    """
    standing = _standing(retractions(home, source), source, sha256).get(None)
    if standing is not None and standing.is_retracted:
        raise ContentRefusedError(
            "retracted",
            f"this file ({sha256[:12]}) was taken back on {standing.decided_at:%Y-%m-%d}: {standing.why}",
            f'if it is right after all: boomerang retract {sha256[:12]} --undo --why "..."',
        )


def as_records(home: Home) -> list[dict[str, str]]:
    """What is taken back now, in the form of the quarantine's records."""
    return [
        {
            "source": item.source,
            "file_name": item.file_name,
            "observed_at": item.decided_at.isoformat(),
            "sha256": item.sha256,
            "reason": "retracted",
            "message": item.why
            if item.observed_at is None
            else f"only what was observed at {item.observed_at:%Y-%m-%d %H:%M:%S} UTC: {item.why}",
            "what_to_do": f'if it is right after all: boomerang retract {item.sha256[:12]} --undo --why "..."',
        }
        for item in retracted(home)
    ]


def _standing(decisions: Sequence[Retraction], source: str, sha256: str) -> dict[datetime | None, Retraction]:
    """The newest decision about a file as a whole (``None``), and about each observation of it."""
    return {item.observed_at: item for item in decisions if (item.source, item.sha256) == (source, sha256)}


def _is_out(standing: dict[datetime | None, Retraction], observed_at: datetime | None) -> bool:
    decisions = [standing.get(None), standing.get(observed_at)]
    return any(decision is not None and decision.is_retracted for decision in decisions)


def _named(landing: Landing, file: str) -> Observation:
    """The first observation of the file that is meant."""
    every = landing.observations(with_retracted=True)
    is_digits = len(file) >= _SHORTEST and all(letter in "0123456789abcdef" for letter in file)
    found = {
        (item.source, item.sha256): item
        for item in reversed(every)
        if item.file_name == file or (is_digits and item.sha256.startswith(file))
    }
    if not found:
        raise UsageError(
            f"no landed file is called {file!r}",
            "name it by its checksum (source_sha256 in every table; at least eight digits) or by its file name",
        )
    if len(found) > 1:
        told = ", ".join(f"{sha256[:12]} ({source})" for source, sha256 in sorted(found))
        raise UsageError(f"several landed files are called {file!r}", f"name one by its checksum: {told}")
    return next(iter(found.values()))


def _read(path: Path) -> Retraction:
    try:
        return Retraction.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise UsageError(
            f"the record {path} can't be read: {error}",
            "it was changed by hand or by another version; restore it from a backup, or move it away",
        ) from error
