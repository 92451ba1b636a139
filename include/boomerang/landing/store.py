"""The landing room: bytes by checksum, one record an observation, and the quarantine of what was refused."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Final, Literal, TypeVar
from uuid import uuid4

from pydantic import BaseModel, ValidationError

from boomerang.bundle import BUNDLE_SUFFIX
from boomerang.clock import stamp
from boomerang.durable import DISK_ERRORS, fsync_path, rename_durably
from boomerang.errors import BoomerangError, UsageError
from boomerang.home import Home
from boomerang.landing.observation import Coverage, Observation, Refusal
from boomerang.landing.retraction import not_retracted
from boomerang.sources.specification import SourceSpecification

PIECE_BYTES: Final = 1 << 20

_RECORD: Final = re.compile(r"^(?P<name>[0-9a-f]{64}|unavailable)\.(?P<stamp>\d{8}T\d{12}Z)\.json$")
_SUFFIX: Final = re.compile(r"(\.[a-z0-9]{1,8}){1,2}$")


_Record = TypeVar("_Record", bound=BaseModel)


@contextmanager
def disk_errors_told(place: Path) -> Iterator[None]:
    """Tell a full, read-only or failing disk as a message that says what to do.

    Args:
        place: A folder on the disk that is written to.

    Raises:
        BoomerangError: The block met such a disk.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in DISK_ERRORS:
            raise
        free = shutil.disk_usage(place).free
        raise BoomerangError(
            f"can't write below {place}: {error.strerror} ({free:,} bytes are free there); "
            "nothing half-written was kept",
            "make room (or mend the permissions), then run the same again",
        ) from error


@dataclass(frozen=True)
class Received:
    """Bytes on disk under a temporary name, with their checksum.

    Attributes:
        path: Where they lie.
        sha256: Their checksum, taken on the way to the disk.
        bytes: Their number.
    """

    path: Path
    sha256: str
    bytes: int


def receive(stream: IO[bytes], destination: Path) -> Received:
    """Write a stream to a new file, flushed to the disk, hashing on the way."""
    digest = hashlib.sha256()
    written = 0
    with destination.open("xb") as output:
        while piece := stream.read(PIECE_BYTES):
            digest.update(piece)
            output.write(piece)
            written += len(piece)
        output.flush()
        os.fsync(output.fileno())
    return Received(destination, digest.hexdigest(), written)


def suffix_of(file_name: str, default: str) -> str:
    """The ending under which a file lands (``.csv``, ``.html.gz``), or ``default`` where its name has none."""
    found = _SUFFIX.search(file_name.lower())
    if found is None or found.start() == 0:
        return default
    parts = found.group().lstrip(".").split(".")
    return "." + ".".join(parts if parts[-1] in {"gz", "bz2", "xz", "zst"} else parts[-1:])


def readable_name(name: str) -> str:
    """A file name fit for records and terminals: bytes that are no text and control characters are replaced."""
    text = os.fsencode(name).decode("utf-8", "replace")
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)


class Landing:
    """Everything that has landed in a home, and everything that was refused."""

    def __init__(self, home: Home) -> None:
        self.home = home

    def new_path(self, suffix: str = "") -> Path:
        """A fresh temporary name on the file system of the home."""
        self.home.temporary.mkdir(exist_ok=True)
        return self.home.temporary / f"{uuid4().hex}{suffix}"

    def land(
        self,
        specification: SourceSpecification,
        temporary: Path,
        *,
        observed_at: datetime,
        file_name: str,
        origin: Literal["pull", "inbox", "ingest"],
        figures: dict[str, int],
        sha256: str | None = None,
        layout: str | None = None,
        coverage: tuple[Coverage, ...] = (),
        **facts: Any,
    ) -> Observation:
        """Store received bytes, once for each source, and record the observation; the bytes first.

        A kill at any point leaves the bytes without a record at most, which the next landing of the same
        bytes completes. Landing the same (source, observed_at, sha256) again changes nothing.

        Args:
            specification: The source.
            temporary: The received file, on the file system of the home; it is moved, or removed where the
                same bytes had landed before.
            observed_at: When the source showed the bytes. UTC.
            file_name: The name under which they came.
            origin: How they came.
            figures: What the reader's inspection counted.
            sha256: Their checksum, where it was taken on the way to the disk; else it is taken now.
            layout: The vendor layout that was named, if any.
            coverage: What the file covers, as declared.
            **facts: Further fields of :class:`Observation` (``url``, ``etag``, ``accepted_because`` ...).

        Raises:
            UsageError: This observation stands already and says otherwise (another layout or coverage).
        """
        if sha256 is None:
            with temporary.open("rb") as stream:
                sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
        size = temporary.stat().st_size
        landed = self.find_bytes(specification.name, sha256)
        if landed is None:
            # A page's own ending says nothing (.asp, none at all); a file's, or a bundle's, tells the reader how to
            # open it.
            is_page = origin == "pull" and not specification.listing and not file_name.endswith(BUNDLE_SUFFIX)
            suffix = specification.suffix if is_page else suffix_of(file_name, specification.suffix)
            landed = self._day(specification.name, observed_at) / f"{sha256}{suffix}"
            fsync_path(temporary)
            temporary.chmod(0o444)
            rename_durably(temporary, landed)
        else:
            temporary.unlink()
        return self._record(
            source=specification.name,
            observed_at=observed_at,
            sha256=sha256,
            bytes=size,
            file_name=file_name,
            landed_path=str(landed.relative_to(self.home.root)),
            origin=origin,
            figures=figures,
            layout=layout,
            coverage=coverage,
            **facts,
        )

    def observe_again(self, seen: Observation, *, observed_at: datetime, **facts: Any) -> Observation:
        """Record that a source still shows bytes that have landed, without having fetched them again.

        Args:
            seen: An earlier observation of the same bytes.
            observed_at: When the source said so. UTC.
            **facts: What differs from ``seen`` (``etag``, ``http_status`` ...).
        """
        return self._record(
            **{
                **seen.model_dump(exclude={"is_new_content", "accepted_because", "accepted_at"}),
                "coverage": seen.coverage,
                "observed_at": observed_at,
                **facts,
            }
        )

    def observations(self, source: str | None = None, *, with_retracted: bool = False) -> list[Observation]:
        """Every observation (of one source) that counts, sorted by source, observed_at, sha256.

        Args:
            source: The source's name; default all.
            with_retracted: Those that a person took back (:mod:`boomerang.landing.retraction`) as well.

        Raises:
            UsageError: A record can't be read.
        """
        sources = [source] if source else [path.name for path in self.home.landing.iterdir() if path.is_dir()]
        found = [_read(Observation, path) for name in sources for _, path in self._records(name)]
        found = found if with_retracted else not_retracted(self.home, found)
        return sorted(found, key=lambda item: (item.source, item.observed_at, item.sha256))

    def last_good(
        self,
        source: str,
        before: datetime | None = None,
        file_name: str | None = None,
        url: str | None = None,
        with_windows: bool = True,
    ) -> Observation | None:
        """The newest observation of a source (before a moment, of one file name or address), if there is any.

        Args:
            source: The source's name.
            before: Only observations made earlier than this. UTC.
            file_name: Only observations of files of this name.
            url: Only observations of this address, as records spell it (without secrets).
            with_windows: Of a source that is asked by day: also those that hold a few days only.
        """
        limit = stamp(before) if before else None
        newest_first = sorted(self._records(source), key=lambda item: (item[0], item[1].name), reverse=True)
        for moment, path in newest_first:
            if limit and moment >= limit:
                continue
            observation = _read(Observation, path)
            if not with_windows and observation.is_complete is False:
                continue
            if file_name in {None, observation.file_name} and url in {None, observation.url}:
                return observation
        return None

    def refuse(
        self,
        source: str,
        path: Path | None,
        reason: str,
        message: str,
        *,
        observed_at: datetime,
        file_name: str,
        origin: Literal["pull", "inbox", "ingest"],
        sha256: str | None = None,
        default_suffix: str = ".bin",
        **facts: Any,
    ) -> Refusal:
        """Keep what can't be taken in the quarantine, with the reason; the bytes first, then the record.

        Args:
            source: The source's name.
            path: The received file, on the file system of the home; it is moved. ``None`` where none are kept.
            reason: Short and enumerated; ``unavailable`` where nothing came.
            message: What is wrong and where, for people.
            observed_at: When the source showed the bytes, or failed to. UTC.
            file_name: The name under which they came.
            origin: How they came.
            sha256: Their checksum, where it is known already.
            default_suffix: The ending under which they lie where ``file_name`` has none of use.
            **facts: Further fields of :class:`Refusal`.
        """
        folder = self.home.quarantine / source
        if path is not None:
            if sha256 is None:
                with path.open("rb") as stream:
                    sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
            facts["bytes"] = path.stat().st_size
            quarantined = folder / f"{sha256}{suffix_of(file_name, default_suffix)}"
            facts["quarantined_path"] = str(quarantined.relative_to(self.home.root))
            if quarantined.exists():
                path.unlink()
            else:
                fsync_path(path)
                path.chmod(0o444)
                rename_durably(path, quarantined)
        refusal = Refusal(
            source=source,
            observed_at=observed_at.astimezone(UTC),
            reason=reason,
            message=message,
            file_name=file_name,
            origin=origin,
            sha256=sha256,
            **facts,
        )
        self._write(folder / f"{sha256 or 'unavailable'}.{stamp(observed_at)}.json", refusal)
        return refusal

    def refusals(self, source: str | None = None) -> list[Refusal]:
        """Everything refused and every pull that failed (of one source), sorted by source and observed_at.

        Raises:
            UsageError: A record can't be read.
        """
        return [refusal for _, refusal in self.refusal_records(source)]

    def refusal_records(self, source: str | None = None) -> list[tuple[Path, Refusal]]:
        """The same, with the path of each record."""
        room = self.home.quarantine
        sources = [source] if source else [path.name for path in room.iterdir() if path.is_dir()]
        found = [
            (path, _read(Refusal, path))
            for name in sources
            if (room / name).is_dir()
            for path in (room / name).iterdir()
            if _RECORD.match(path.name)
        ]
        return sorted(found, key=lambda item: (item[1].source, item[1].observed_at, item[1].file_name))

    def last_failure(self, source: str) -> Refusal | None:
        """Why a source is not fresh: its newest refused or failed pull since the last good one, if any."""
        refusals = [item for item in self.refusals(source) if item.origin == "pull"]
        good = self.last_good(source)
        if not refusals or (good is not None and good.observed_at > refusals[-1].observed_at):
            return None
        return refusals[-1]

    def find_bytes(self, source: str, sha256: str) -> Path | None:
        """Where the bytes of a checksum lie that landed for a source, if they have."""
        for entry in self._files(source):
            if entry.name.startswith(f"{sha256}.") and not _RECORD.match(entry.name):
                return Path(entry.path)
        return None

    def _day(self, source: str, moment: datetime) -> Path:
        return self.home.landing / source / moment.astimezone(UTC).date().isoformat()

    def _files(self, source: str) -> Iterator[os.DirEntry[str]]:
        folder = self.home.landing / source
        if not folder.is_dir():
            return
        # scandir, not pathlib: years of nights are thousands of folders, and this needs no stat of each.
        with os.scandir(folder) as entries:
            days = sorted(entry.path for entry in entries if entry.is_dir())
        for day in days:
            with os.scandir(day) as entries:
                yield from entries

    def _records(self, source: str) -> Iterator[tuple[str, Path]]:
        for entry in self._files(source):
            if match := _RECORD.match(entry.name):
                yield match["stamp"], Path(entry.path)

    def _record(self, **facts: Any) -> Observation:
        source, sha256 = facts["source"], facts["sha256"]
        facts["observed_at"] = facts["observed_at"].astimezone(UTC)
        final = self._day(source, facts["observed_at"]) / f"{sha256}.{stamp(facts['observed_at'])}.json"
        if final.exists():
            standing = _read(Observation, final)
            if standing.layout != facts["layout"] or standing.coverage != facts["coverage"]:
                raise UsageError(
                    f"{source} has an observation of {facts['file_name']} at "
                    f"{facts['observed_at']:%Y-%m-%d %H:%M:%S} UTC already, with another layout or coverage",
                    "give the new facts with another --as-of, or without it; what stands is not rewritten",
                )
            return standing
        # By records, not by bytes: bytes without a record were left by a kill and are new still.
        is_new = not any(path.name.startswith(sha256) for _, path in self._records(source))
        observation = Observation(is_new_content=is_new, **facts)
        self._write(final, observation)
        return observation

    def _write(self, final: Path, record: BaseModel) -> None:
        temporary = self.new_path(".json")
        try:
            with temporary.open("xb") as output:
                output.write(record.model_dump_json(indent=2).encode() + b"\n")
                output.flush()
                os.fsync(output.fileno())
            rename_durably(temporary, final)
        finally:
            temporary.unlink(missing_ok=True)


def _read(kind: type[_Record], path: Path) -> _Record:
    try:
        return kind.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise UsageError(
            f"the record {path} can't be read: {error}",
            "it was changed by hand or by another version; restore it from a backup, or move it away",
        ) from error
