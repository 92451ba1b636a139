"""Files by hand: what analysts drop into the inbox, and what they name on the command line."""

from __future__ import annotations

import logging
import os
import stat
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib.resources import files
from pathlib import Path
from typing import IO, Final

from boomerang.clock import start_of_day, utc_now
from boomerang.errors import ContentRefusedError, UsageError
from boomerang.home import Home
from boomerang.landing.coverage import SIDECAR_MAXIMUM_BYTES, SIDECAR_SUFFIX, parse_coverage, read_sidecar
from boomerang.landing.gate import admit, as_error, refuse
from boomerang.landing.observation import Coverage, Observation, Refusal
from boomerang.landing.retraction import check_not_retracted
from boomerang.landing.store import Landing, disk_errors_told, readable_name, receive, suffix_of
from boomerang.sources.specification import SourceSpecification
from boomerang.sources.specification import specification as find_specification

log = logging.getLogger(__name__)

INBOX_SOURCE: Final = "customs"
QUIET_SECONDS: Final = 10.0
"""A file that changed more recently may still be growing; ``BOOMERANG_INBOX_QUIET_SECONDS`` sets another."""

UNFINISHED_SUFFIXES: Final = (".part", ".partial", ".filepart", ".crdownload", ".download", ".tmp", ".swp")
"""What browsers, copiers and editors call a file that they are still writing."""


@dataclass(frozen=True)
class _Seen:
    """What tells a file from the one that was there a moment ago."""

    inode: int
    bytes: int
    modified_ns: int
    changed_ns: int

    @classmethod
    def of(cls, facts: os.stat_result) -> _Seen:
        return cls(facts.st_ino, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns)


class _WaitError(Exception):
    """The file is left where it is, for the reason given, and looked at again by the next run."""


def take_inbox(
    home: Home,
    *,
    source: str | SourceSpecification = INBOX_SOURCE,
    quiet_seconds: float | None = None,
    tell: Callable[[str], None] = log.warning,
    wait: float = 60,
) -> list[Observation]:
    """Land what analysts dropped into ``inbox/`` and ``inbox/<layout>/``; a taken file is removed from there.

    A file goes away only when its landing (or its quarantine) is on the disk: a kill repeats harmlessly. What is
    still growing, open in a spreadsheet or without its file (a lone ``.coverage.yml``) waits; links, folders and
    devices are not followed; a folder that is no layout is left alone.

    Args:
        home: The home.
        source: Which source the files are of.
        quiet_seconds: How long a file must not have changed; default ``$BOOMERANG_INBOX_QUIET_SECONDS``, else 10.
        tell: Called with one line for each file that waits, was refused or was left alone.
        wait: Seconds to wait for another run that is taking files.

    Returns:
        What landed.

    Raises:
        UsageError: The setting makes no sense.
        HomeBusyError: Another run is taking files.
        BoomerangError: The disk is full.
    """
    specification = find_specification(source, home.profile) if isinstance(source, str) else source
    quiet = _quiet_seconds() if quiet_seconds is None else quiet_seconds
    landing = Landing(home)
    landed = []
    with home.lock(f"pull-{specification.name}", wait), disk_errors_told(home.root):
        for path, layout in _dropped(home, tell):
            if not os.path.lexists(path):  # a sidecar that was taken with its file
                continue
            shown = readable_name(str(path.relative_to(home.inbox)))
            try:
                outcome = _take(landing, specification, path, layout, quiet)
            except _WaitError as reason:
                tell(f"inbox: {shown} waits: {reason}")
                continue
            if isinstance(outcome, Refusal):
                tell(f"inbox: {shown} was refused: {_both(outcome)}")
            else:
                landed.append(outcome)
    return landed


def ingest(
    home: Home,
    paths: Sequence[Path],
    *,
    source: str | SourceSpecification = INBOX_SOURCE,
    layout: str | None = None,
    as_of: str | date | datetime | None = None,
    covers: Sequence[str | Coverage] = (),
    wait: float = 60,
) -> list[Observation]:
    """Land files that are named by hand; the originals stay where they are.

    A ``<file>.coverage.yml`` beside a file is read as its coverage, besides ``covers``.

    Args:
        home: The home.
        paths: The files.
        source: Which source they are of.
        layout: The vendor layout; default: recognised by the reader.
        as_of: When the source showed them: a day (its beginning, UTC) or a UTC time; default now.
        covers: What each of them covers, as for ``--covers``.
        wait: Seconds to wait for a pull of the same source.

    Returns:
        What landed, one for each file.

    Raises:
        UsageError: A path is no file, or ``as_of`` or ``covers`` make no sense; nothing was taken.
        ContentRefusedError: Files were refused and lie in the quarantine too; the others have landed.
        HomeBusyError: A pull of the same source is running.
        BoomerangError: The disk is full.
    """
    specification = find_specification(source, home.profile) if isinstance(source, str) else source
    observed_at = utc_now() if as_of is None else parse_as_of(as_of)
    coverage = tuple(parse_coverage(item) if isinstance(item, str) else item for item in covers)
    chosen = [path for path in paths if not path.name.endswith(SIDECAR_SUFFIX)]
    if not chosen:
        raise UsageError("no file was named", "name the files themselves; their .coverage.yml is found beside them")
    for path in chosen:
        if not path.is_file():
            what = "is a folder" if path.is_dir() else "is not there" if not path.exists() else "is not a file"
            raise UsageError(f"{path} {what}; nothing was taken", "name the files themselves")
        if (size := path.stat().st_size) > specification.maximum_bytes:
            raise UsageError(
                f"{path} has {size:,} bytes and {specification.maximum_bytes:,} are allowed; nothing was taken",
                f"split it, or raise maximum_bytes of {specification.name}",
            )
    landing = Landing(home)
    outcomes = []
    with home.lock(f"pull-{specification.name}", wait), disk_errors_told(home.root):
        for path in chosen:
            outcomes.append(_ingest_one(landing, specification, path, layout, observed_at, coverage))
    landed = [item for item in outcomes if isinstance(item, Observation)]
    refused = [item for item in outcomes if isinstance(item, Refusal)]
    if refused:
        raise as_error(refused, f"{len(landed)} of {len(chosen)} files have landed")
    return landed


def parse_as_of(moment: str | date | datetime) -> datetime:
    """When a source showed something, as a user gives it.

    Args:
        moment: ``yyyy-mm-dd`` (the beginning of that day, UTC) or a time with its zone, ``2023-04-23T14:45:57Z``.

    Raises:
        UsageError: It is neither, has no zone, or has not come yet.
    """
    try:
        if isinstance(moment, str):
            moment = date.fromisoformat(moment) if len(moment) == len("yyyy-mm-dd") else datetime.fromisoformat(moment)
    except ValueError as error:
        raise UsageError(
            f"--as-of {moment!r} is neither a day nor a time", "give 2023-04-23 or 2023-04-23T14:45:57Z"
        ) from error
    if not isinstance(moment, datetime):
        moment = start_of_day(moment)
    elif moment.tzinfo is None:
        raise UsageError(f"--as-of {moment} does not say in which time zone", f"for UTC: {moment.isoformat()}Z")
    if moment > utc_now():
        raise UsageError(f"--as-of {moment} has not come yet", "give the time at which the source showed the file")
    return moment.astimezone(UTC)


def known_layouts(home: Home) -> set[str]:
    """The names of the vendor layouts: those that come along, and the user's own in ``layouts/`` of the home."""
    shipped = {entry.name for entry in files("boomerang.layouts").iterdir()}
    own = {path.name for path in (home.root / "layouts").glob("*.yml")}
    return {name.removesuffix(".yml") for name in shipped | own if name.endswith(".yml")}


def _quiet_seconds() -> float:
    text = os.environ.get("BOOMERANG_INBOX_QUIET_SECONDS", str(QUIET_SECONDS))
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise UsageError(f"BOOMERANG_INBOX_QUIET_SECONDS is {text!r}", "give a number of seconds, 0 or more")
    return seconds


def _dropped(home: Home, tell: Callable[[str], None]) -> Iterator[tuple[Path, str | None]]:
    """Every entry of the inbox that may be a file to take, with the layout that its folder names."""
    layouts = known_layouts(home)
    for path in _visible(home.inbox):
        if path.is_symlink() or not path.is_dir():
            yield path, None
        elif path.name in layouts:
            for inner in _visible(path):
                if inner.is_dir() and not inner.is_symlink():
                    shown = readable_name(inner.name)
                    tell(f"inbox: the folder {path.name}/{shown} is left alone: put its files into {path.name}/")
                else:
                    yield inner, path.name
        else:
            tell(
                f"inbox: the folder {readable_name(path.name)} is left alone: there is no layout of that name; "
                f"known layouts: {', '.join(sorted(layouts)) or 'none'}; or drop the files into {home.inbox} itself"
            )


def _visible(folder: Path) -> list[Path]:
    """Hidden files are no drops: copiers, desktops and spreadsheets leave them."""
    return sorted(path for path in folder.iterdir() if not path.name.startswith("."))


def _take(
    landing: Landing, specification: SourceSpecification, path: Path, layout: str | None, quiet_seconds: float
) -> Observation | Refusal:
    if path.name.endswith(SIDECAR_SUFFIX):
        return _wait_for_file(path)
    _check_finished(path)
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise _WaitError(f"it could not be removed from {path.parent} afterwards: make that folder writable")
    sidecar = path.with_name(path.name + SIDECAR_SUFFIX)
    with _open(path) as stream:
        seen = _Seen.of(os.fstat(stream.fileno()))
        _check_quiet(seen, quiet_seconds)
        if seen.bytes > specification.maximum_bytes:
            raise _WaitError(
                f"it has {seen.bytes:,} bytes and {specification.maximum_bytes:,} are allowed: "
                f"split it, or raise maximum_bytes of {specification.name}"
            )
        declared = _read_quiet_sidecar(sidecar, quiet_seconds) if os.path.lexists(sidecar) else None
        temporary = landing.new_path(suffix_of(path.name, specification.suffix))
        try:
            received = receive(stream, temporary)
            if _Seen.of(os.fstat(stream.fileno())) != seen or received.bytes != seen.bytes:
                raise _WaitError("it changed while it was read")
            observed_at = utc_now()
            try:
                check_not_retracted(landing.home, specification.name, received.sha256)
                coverage = read_sidecar(declared, sidecar.name) if declared is not None else ()
            except ContentRefusedError as error:
                outcome: Observation | Refusal = refuse(
                    landing,
                    specification,
                    received,
                    error,
                    observed_at=observed_at,
                    file_name=readable_name(path.name),
                    origin="inbox",
                    layout=layout,
                )
            else:
                outcome = admit(
                    landing,
                    specification,
                    received,
                    observed_at=observed_at,
                    file_name=readable_name(path.name),
                    origin="inbox",
                    layout=layout,
                    coverage=coverage,
                )
        finally:
            temporary.unlink(missing_ok=True)
    if _is_still(path, seen):  # else somebody put another file of that name there: it is the next run's
        if declared is not None:
            sidecar.unlink(missing_ok=True)
        path.unlink()
    return outcome


def _ingest_one(
    landing: Landing,
    specification: SourceSpecification,
    path: Path,
    layout: str | None,
    observed_at: datetime,
    coverage: tuple[Coverage, ...],
) -> Observation | Refusal:
    sidecar = path.with_name(path.name + SIDECAR_SUFFIX)
    temporary = landing.new_path(suffix_of(path.name, specification.suffix))
    try:
        with path.open("rb") as stream:
            received = receive(stream, temporary)
        check_not_retracted(landing.home, specification.name, received.sha256)
        if sidecar.is_file():
            with sidecar.open("rb") as stream:
                coverage += read_sidecar(stream.read(SIDECAR_MAXIMUM_BYTES + 1), sidecar.name)
        return admit(
            landing,
            specification,
            received,
            observed_at=observed_at,
            file_name=readable_name(path.name),
            origin="ingest",
            layout=layout,
            coverage=coverage,
        )
    except ContentRefusedError as error:  # the sidecar's, or it was retracted; the original stays where it is
        return refuse(
            landing,
            specification,
            received,
            error,
            observed_at=observed_at,
            file_name=readable_name(path.name),
            origin="ingest",
            layout=layout,
        )
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def _open(path: Path) -> Iterator[IO[bytes]]:
    """Open a regular file without following a link and without waiting at a pipe."""
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            raise _WaitError("it is a link, a pipe or a device; drop the file itself")
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except (FileNotFoundError, PermissionError) as error:
        raise _WaitError(f"it can't be read: {error.strerror}") from error
    with os.fdopen(descriptor, "rb") as stream:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise _WaitError("it is a link, a pipe or a device; drop the file itself")
        yield stream


def _check_finished(path: Path) -> None:
    """Wait for what is still being copied or edited, as its name or a lock file beside it tells."""
    name = path.name
    if name.startswith("~$") or name.endswith("~") or name.lower().endswith(UNFINISHED_SUFFIXES):
        raise _WaitError("its name is that of an unfinished copy or of an editor's lock")
    locks = (f".~lock.{name}#", f"~${name}", f"~${name[2:]}")
    for lock in locks:
        if lock != name and os.path.lexists(path.with_name(lock)):
            raise _WaitError(f"it is open in a spreadsheet (there is {lock})")


def _check_quiet(seen: _Seen, quiet_seconds: float) -> None:
    # The time of the inode's change: unlike that of the content it can't be set by the copying program.
    if time.time() - seen.changed_ns / 1e9 < quiet_seconds:
        raise _WaitError(f"it changed less than {quiet_seconds:g} s ago and may still be growing")


def _read_quiet_sidecar(sidecar: Path, quiet_seconds: float) -> bytes:
    try:
        with _open(sidecar) as stream:
            _check_quiet(_Seen.of(os.fstat(stream.fileno())), quiet_seconds)
            return stream.read(SIDECAR_MAXIMUM_BYTES + 1)
    except _WaitError as reason:
        raise _WaitError(f"{sidecar.name}: {reason}") from reason


def _wait_for_file(sidecar: Path) -> Observation:
    owner = sidecar.name.removesuffix(SIDECAR_SUFFIX)
    if os.path.lexists(sidecar.with_name(owner)):
        raise _WaitError(f"{owner} waits")
    raise _WaitError(f"the file {owner}, whose coverage it declares, is not there; drop the file (again) beside it")


def _is_still(path: Path, seen: _Seen) -> bool:
    try:
        return _Seen.of(path.lstat()) == seen
    except FileNotFoundError:
        return False


def _both(refusal: Refusal) -> str:
    return f"{refusal.message} -> {refusal.what_to_do}" if refusal.what_to_do else refusal.message


__all__ = ["ingest", "known_layouts", "parse_as_of", "parse_coverage", "take_inbox"]
