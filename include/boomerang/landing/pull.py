"""Pulling a source: fetch, pass the gate, land; one file, or every file of a listing."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, unquote, urljoin, urlsplit

from boomerang.bundle import BUNDLE_SUFFIX, MISSING_SUFFIX, write_bundle
from boomerang.clock import utc_now
from boomerang.durable import temporary_folder
from boomerang.errors import BoomerangError, ContentRefusedError, SourceUnavailableError, UsageError
from boomerang.home import Home
from boomerang.landing.coverage import SIDECAR_MAXIMUM_BYTES, SIDECAR_SUFFIX, read_sidecar
from boomerang.landing.fetch import ClientSettings, FetchResult, ServerKey, Session, fetch, redacted
from boomerang.landing.gate import (
    BOUNDS_REASONS,
    admit,
    as_error,
    check_bounds,
    last_comparable,
    refuse,
    told,
)
from boomerang.landing.observation import Coverage, Observation, Refusal
from boomerang.landing.store import Landing, Received, disk_errors_told, readable_name, receive, suffix_of
from boomerang.sources.specification import CollectingReader, SourceSpecification, address_of
from boomerang.sources.specification import specification as find_specification

CADENCES: Final = {"daily": timedelta(days=1), "weekly": timedelta(days=7), "monthly": timedelta(days=30)}
SLACK: Final = timedelta(hours=1)
"""A nightly run that starts a little earlier than the last one pulls all the same."""

LISTING_MAXIMUM_BYTES: Final = 4 * 1024 * 1024

_LISTING_LINE: Final = re.compile(r"(?P<sha256>[0-9a-f]{64}) [ *](?P<name>.+)")


@dataclass(frozen=True)
class PullResult:
    """What a pull did.

    Attributes:
        source: The source's name.
        observations: What it showed and is good, new or not.
        refused: What it showed of a listing and could not be taken; the last good ones stand.
    """

    source: str
    observations: Sequence[Observation]
    refused: Sequence[Refusal] = ()

    @property
    def new(self) -> list[Observation]:
        """What had not landed before."""
        return [item for item in self.observations if item.is_new_content]

    @property
    def unchanged(self) -> list[Observation]:
        """What had landed before."""
        return [item for item in self.observations if not item.is_new_content]

    def describe(self) -> str:
        """One plain line for people."""
        parts = []
        if self.new:
            names = ", ".join(f"{item.file_name} ({item.bytes:,} bytes)" for item in self.new[:3])
            more = f" and {len(self.new) - 3} more" if len(self.new) > 3 else ""
            parts.append(f"{len(self.new)} new: {names}{more}")
        if self.unchanged:
            parts.append(f"{len(self.unchanged)} unchanged")
        if not self.new:
            parts.append("nothing new landed")
        if self.refused:
            parts.append(f"{len(self.refused)} refused: " + "; ".join(told(item) for item in self.refused))
        return f"{self.source}: {', '.join(parts)}"


def pull(
    home: Home,
    source: str | SourceSpecification,
    *,
    base_address: str | None = None,
    settings: ClientSettings | None = None,
    wait: float = 0,
    since: date | None = None,
    until: date | None = None,
) -> PullResult:
    """Fetch a source and land what is new; pulls of different sources may run at the same time.

    Whatever was refused, or could not be had, is kept on record in the quarantine.

    Args:
        home: The home.
        source: The source, by name or as a specification.
        base_address: What an address that begins with ``/`` is relative to (the sample server).
        settings: How patient to be with the server.
        wait: Seconds to wait for another pull of the same source.
        since: The first day to ask for, of a source that is asked by day; default: what is due.
        until: The last one.

    Returns:
        What was observed. Of a listing, some files may be refused while others are good.

    Raises:
        SourceUnavailableError: Nothing could be had; the last good observation stands.
        ContentRefusedError: Nothing of what came can be taken; the last good observation stands.
        UsageError: The source has no address, or a wrong one; it can't be asked for days, or not for these.
        HomeBusyError: Another pull of this source is running.
        BoomerangError: The disk is full.
    """
    specification = _specification(home, source)
    address = resolve_address(specification, base_address)
    if address is None:
        raise UsageError(
            f"{specification.name} has no address to pull from",
            f"drop its files into {home.inbox}, use boomerang ingest, "
            f"or set BOOMERANG_{specification.name.upper()}_URL",
        )
    is_collected = isinstance(specification.reader, CollectingReader)
    if (since or until) and not is_collected:
        raise UsageError(
            f"{specification.name} can't be asked for days: it shows what it shows today",
            "pull it without --since and --until",
        )
    settings = settings or ClientSettings(attempts=specification.attempts)
    with home.lock(f"pull-{specification.name}", wait), disk_errors_told(home.root):
        puller = _Puller(Landing(home), specification, address, settings)
        if is_collected:
            result = puller.pull_collected(since, until)
        else:
            result = puller.pull_listing() if specification.listing else puller.pull_file()
    if not result.observations:
        raise as_error(result.refused)
    return result


def resolve_address(specification: SourceSpecification, base_address: str | None = None) -> str | None:
    """Where to pull from, with an address of the form ``/path`` put behind ``base_address``.

    Raises:
        UsageError: The address is not http(s), or carries a password.
    """
    own = specification.address
    if own and own.startswith("/") and base_address:
        specification = specification.model_copy(update={"address": urljoin(base_address, own)})
    return address_of(specification)


def is_due(home: Home, specification: SourceSpecification, now: datetime) -> bool:
    """Whether a source should be pulled: it has an address and no good observation within its cadence.

    Args:
        home: The home.
        specification: The source.
        now: The moment asked about. UTC.

    Raises:
        UsageError: The cadence is not known.
    """
    if resolve_address(specification, "http://localhost") is None:
        return False
    if specification.cadence == "files":
        return True
    if specification.cadence not in CADENCES:
        raise UsageError(
            f"the source {specification.name} has the unknown cadence {specification.cadence!r}",
            f"known: {', '.join([*CADENCES, 'files'])}",
        )
    last = Landing(home).last_good(specification.name, before=now)
    return last is None or now - last.observed_at >= CADENCES[specification.cadence] - SLACK


def accept(
    home: Home, source: str | SourceSpecification, observation: str, why: str, *, wait: float = 0
) -> Observation:
    """Land what was stopped by the bounds, because a person looked at it and says that it is right.

    Args:
        home: The home.
        source: The source.
        observation: The first letters (eight at least) of the checksum, as the message and ``boomerang
            quarantine`` show it. Where the source showed the same bytes several times, all those observations
            are accepted.
        why: The reason; kept on record.
        wait: Seconds to wait for a pull of the same source.

    Returns:
        The newest observation accepted.

    Raises:
        UsageError: There is no such observation, or it was not stopped by its bounds.
    """
    specification = _specification(home, source)
    name = specification.name
    if not why.strip():
        raise UsageError("a reason is needed: it is kept on record", 'give it with --why "..."')
    if not re.fullmatch(r"[0-9a-f]{8,64}", observation):
        raise UsageError(f"{observation!r} is not the beginning of a checksum", "boomerang quarantine lists them")
    landing = Landing(home)
    with home.lock(f"pull-{name}", wait), disk_errors_told(home.root):
        found = [item for item in landing.refusal_records(name) if (item[1].sha256 or "").startswith(observation)]
        if len({refusal.sha256 for _, refusal in found}) != 1:
            what = "several refused files begin" if found else "no refused file begins"
            raise UsageError(f"{name}: {what} with {observation}", "boomerang quarantine lists them in full")
        stopped = [item for item in found if item[1].reason in BOUNDS_REASONS]
        if not stopped:
            raise UsageError(
                f"{name}: {found[-1][1].file_name} was not stopped by bounds but refused as {found[-1][1].reason}: "
                f"{found[-1][1].message}",
                "only what is beyond the bounds can be accepted; mend the file or the source",
            )
        landed = [_accept_one(landing, specification, refusal, why.strip()) for _, refusal in stopped]
        for path, refusal in stopped:
            is_needed = len(stopped) < len(found)
            if refusal.quarantined_path and not is_needed:
                (home.root / refusal.quarantined_path).unlink(missing_ok=True)
            path.unlink()
    return landed[-1]


def _accept_one(landing: Landing, specification: SourceSpecification, refusal: Refusal, why: str) -> Observation:
    kept = landing.home.root / refusal.quarantined_path if refusal.quarantined_path else None
    if kept is None or not kept.exists():  # it had landed before, or an accept was killed after landing it
        kept = landing.find_bytes(specification.name, str(refusal.sha256))
    if kept is None:
        raise UsageError(
            f"{specification.name}: the bytes of {refusal.file_name} are gone from the quarantine",
            f"pull or ingest it again; its checksum is {refusal.sha256}",
        )
    temporary = landing.new_path(kept.suffix)
    try:
        with kept.open("rb") as stream:
            received = receive(stream, temporary)
        if received.sha256 != refusal.sha256:
            raise UsageError(f"{kept} is not what was refused: its checksum differs", "pull or ingest it again")
        carried = refusal.model_dump(
            include={
                "url", "http_status", "etag", "last_modified", "content_type", "started_at", "finished_at",
                "shows_from", "shows_to", "is_complete",
            }
        )  # fmt: skip
        return landing.land(
            specification,
            temporary,
            observed_at=refusal.observed_at,
            file_name=refusal.file_name,
            origin=refusal.origin,
            figures=refusal.figures,
            sha256=received.sha256,
            layout=refusal.layout,
            coverage=refusal.coverage,
            accepted_because=why,
            accepted_at=utc_now(),
            **carried,
        )
    finally:
        temporary.unlink(missing_ok=True)


def _specification(home: Home, source: str | SourceSpecification) -> SourceSpecification:
    return find_specification(source, home.profile) if isinstance(source, str) else source


@dataclass(frozen=True)
class ListingEntry:
    """A line of a listing.

    Attributes:
        sha256: The checksum that the file must have.
        name: The file's name, relative to the listing; a folder in it names the vendor layout.
    """

    sha256: str
    name: str

    @property
    def file_name(self) -> str:
        """The name without its folder."""
        return self.name.rpartition("/")[2]

    @property
    def layout(self) -> str | None:
        """The folder, which names the vendor layout."""
        return self.name.rpartition("/")[0] or None


def parse_listing(content: bytes, source: str) -> list[ListingEntry]:
    """Read a ``SHA256SUMS`` file as coreutils writes it. One wrong line and none of it is believed.

    Args:
        content: The file.
        source: The source's name, for messages.

    Returns:
        The entries, sorted by name.

    Raises:
        ContentRefusedError: ``listing_unreadable``, ``listing_empty`` or ``listing_unsafe`` (a name that leads
            out of the listing's own folder).
    """
    try:
        lines = content.decode("utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise ContentRefusedError("listing_unreadable", f"{source}: the listing is not text: {error}") from error
    entries: dict[str, ListingEntry] = {}
    for number, line in enumerate(lines, start=1):
        match = _LISTING_LINE.fullmatch(line)
        if match is None:
            raise ContentRefusedError(
                "listing_unreadable",
                f"{source}: line {number} of the listing is not 'sha256  name': {line[:80]!r}",
                "look at the address: it must be a SHA256SUMS file, as `sha256sum FILES > SHA256SUMS` writes it",
            )
        entry = ListingEntry(match["sha256"], match["name"])
        parts = entry.name.split("/")
        if (
            len(parts) > 2
            or any(part in {"", ".", ".."} or len(part) > 255 for part in parts)
            or "\\" in entry.name
            or not entry.name.isprintable()
        ):
            raise ContentRefusedError(
                "listing_unsafe",
                f"{source}: line {number} of the listing names {entry.name[:200]!r}, "
                "which is neither FILE nor LAYOUT/FILE",
                "nothing of the listing was taken; names must be relative, in one folder at most",
            )
        if entry.name in entries:
            raise ContentRefusedError(
                "listing_unreadable", f"{source}: the listing names {entry.name!r} twice (line {number})"
            )
        entries[entry.name] = entry
    if not entries:
        raise ContentRefusedError(
            "listing_empty",
            f"{source}: the listing is empty",
            "an empty list is a failed pull, never a sign that there is nothing",
        )
    return [entries[name] for name in sorted(entries)]


class _Errand:
    """What a collecting reader is sent out with; see :class:`boomerang.sources.specification.Errand`.

    Attributes:
        parts: Member -> where the answer lies; an answer that there is nothing has no bytes.
        answers: What came, in order.
        asked: The address of the last request.
        judged: The part that came last: where it lies, its checksum, its bytes.
        judged_name: Its member.
    """

    def __init__(
        self,
        puller: _Puller,
        folder: Path,
        session: Session,
        started_at: datetime,
        since: date | None,
        until: date | None,
    ) -> None:
        self.specification = puller.specification
        self.address = puller.address
        self.started_at = started_at
        self.since = since
        self.until = until
        self.parts: dict[str, Path] = {}
        self.answers: list[FetchResult] = []
        self.asked = puller.address
        self.judged: tuple[Path, str, int] | None = None
        self.judged_name = ""
        self._puller = puller
        self._folder = folder
        self._session = session
        self._bytes_left = puller.specification.maximum_bytes

    @property
    def requests_made(self) -> int:
        """How many requests this pull has sent so far, repeated ones too."""
        return self._session.requests

    def past(self) -> Sequence[Observation]:
        """The good observations of the source so far, oldest first."""
        return self._puller.landing.observations(self.specification.name)

    def fetch(self, address: str, member: str, *, may_be_missing: bool = False) -> bytes | None:
        """Fetch one part and keep it."""
        if member in self.parts:
            raise ValueError(f"two parts of one pull are called {member!r}")
        self.asked, self.judged, self.judged_name = address, None, member
        path = self._folder / str(len(self.parts))
        answer = fetch(
            address,
            path,
            maximum_bytes=self._bytes_left,
            settings=self._puller.settings,
            session=self._session,
            may_be_missing=may_be_missing,
            key=self._puller.key(),
        )
        self.answers.append(answer)
        self._bytes_left -= answer.bytes
        if answer.http_status == 404:
            path.touch()
            self.parts[f"{member}{MISSING_SUFFIX}"] = path
            return None
        self.parts[member] = path
        self.judged = (path, answer.sha256, answer.bytes)
        return path.read_bytes()


class _Puller:
    """One pull of one source."""

    def __init__(
        self, landing: Landing, specification: SourceSpecification, address: str, settings: ClientSettings
    ) -> None:
        self.landing = landing
        self.specification = specification
        self.address = address
        self.settings = settings

    def key(self) -> ServerKey | None:
        """The key that the source wants, from the environment.

        Raises:
            SourceUnavailableError: The variable is not set (a mirror at another address may want none), or can't be
                a key.
        """
        header, variable = self.specification.key_header, self.specification.key_variable
        if header is None or variable is None:
            return None
        value = os.environ.get(variable, "").strip()
        if not value and self.address != self.specification.address:
            return None
        if not re.fullmatch(r"[!-~]{1,512}", value):
            what = "holds signs that no key has" if value else "is not set"
            raise SourceUnavailableError(
                f"{self.specification.name} wants a key, and {variable} {what}",
                f"put the key that {self.specification.publisher} gave you into {variable}",
            )
        return ServerKey(header, urlsplit(self.specification.address or "").hostname or "", value)

    def pull_file(self) -> PullResult:
        """The address is the one file."""
        name = self.specification.name
        file_name = _file_name(self.address) or f"{name}{self.specification.suffix}"
        seen = self._last_validated()
        path = self.landing.new_path(self.specification.suffix)
        started_at = utc_now()
        try:
            answer = fetch(
                self.address,
                path,
                maximum_bytes=self.specification.maximum_bytes,
                etag=seen.etag if seen else None,
                last_modified=seen.last_modified if seen else None,
                settings=self.settings,
                key=self.key(),
            )
            if answer.http_status == 304 and seen is not None:
                facts = _facts(answer)
                # A 304 need not repeat what the 200 said.
                facts = {key: value for key, value in facts.items() if value is not None}
                outcome = self._still_shown(seen, answer.observed_at, origin="pull", **facts)
            else:
                outcome = self._admit(path, answer, file_name)
        except (SourceUnavailableError, ContentRefusedError) as error:
            outcome = self._refuse(error, file_name, self.address, started_at)
        finally:
            path.unlink(missing_ok=True)
        return _result(name, [outcome])

    def pull_collected(self, since: date | None, until: date | None) -> PullResult:
        """The reader fetches the parts; they land together or not at all."""
        name = self.specification.name
        reader = self.specification.reader
        assert isinstance(reader, CollectingReader)  # noqa: S101 - for the type checker: the caller asked
        started_at = utc_now()
        bundle = self.landing.new_path(BUNDLE_SUFFIX)
        with temporary_folder(self.landing.home.temporary) as folder, Session(self.specification.rate_limit) as session:
            errand = _Errand(self, folder, session, started_at, since, until)
            try:
                showing = asdict(reader.collect(errand))
                if not errand.answers:
                    raise SourceUnavailableError(f"{name}: there was nothing to fetch", "give the source its files")
                last = errand.answers[-1]
                if len(errand.parts) == 1 and not getattr(reader, "is_always_bundled", False):
                    ((_, path),) = errand.parts.items()
                    file_name = _file_name(last.url) or f"{name}{self.specification.suffix}"
                    return _result(name, [self._admit(path, last, file_name, **showing)])
                write_bundle(errand.parts, bundle)
                with bundle.open("rb") as stream:
                    sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
                received = Received(bundle, sha256, bundle.stat().st_size)
                # By the last answer all of it had been shown; the validators are those of single parts.
                outcome = admit(
                    self.landing,
                    self.specification,
                    received,
                    observed_at=last.observed_at,
                    file_name=f"{name}{BUNDLE_SUFFIX}",
                    origin="pull",
                    url=redacted(self.address),
                    http_status=200,
                    started_at=started_at,
                    finished_at=last.finished_at,
                    **showing,
                )
                return _result(name, [outcome])
            except ContentRefusedError as error:
                # Of all that was fetched the part that could not be taken is kept.
                part = errand.judged
                received_part = Received(*part) if part else None
                file_name = errand.judged_name or f"{name}{BUNDLE_SUFFIX}"
                return _result(name, [self._refuse(error, file_name, errand.asked, started_at, received_part)])
            except SourceUnavailableError as error:
                return _result(name, [self._refuse(error, f"{name}{BUNDLE_SUFFIX}", errand.asked, started_at)])
            finally:
                bundle.unlink(missing_ok=True)

    def pull_listing(self) -> PullResult:
        """The address is a ``SHA256SUMS`` file: fetch each file that has not landed, verified against it."""
        name = self.specification.name
        path = self.landing.new_path()
        started_at = utc_now()
        file_name = _file_name(self.address) or "SHA256SUMS"
        try:
            answer = fetch(
                self.address, path, maximum_bytes=LISTING_MAXIMUM_BYTES, settings=self.settings, key=self.key()
            )
            try:
                entries = parse_listing(path.read_bytes(), name)
            except ContentRefusedError as error:
                received = Received(path, answer.sha256, answer.bytes)
                return _result(name, [self._refuse(error, file_name, self.address, started_at, received)])
        except (SourceUnavailableError, ContentRefusedError) as error:
            return _result(name, [self._refuse(error, file_name, self.address, started_at)])
        finally:
            path.unlink(missing_ok=True)
        sidecars = {
            entry.name.removesuffix(SIDECAR_SUFFIX): entry for entry in entries if entry.name.endswith(SIDECAR_SUFFIX)
        }
        files = [entry for entry in entries if not entry.name.endswith(SIDECAR_SUFFIX)]
        seen = {item.sha256: item for item in self.landing.observations(name)}
        outcomes = [
            self._pull_entry(entry, sidecars.pop(entry.name, None), seen.get(entry.sha256), answer.observed_at)
            for entry in files
        ]
        for entry in sidecars.values():
            orphan = ContentRefusedError(
                "sidecar_without_file",
                f"{name}: the listing names {entry.name}, but not the file whose coverage it declares",
                "list the file too, or leave the sidecar out",
            )
            outcomes.append(self._refuse(orphan, entry.file_name, self._address(entry), utc_now()))
        return _result(name, outcomes)

    def _pull_entry(
        self, entry: ListingEntry, sidecar: ListingEntry | None, seen: Observation | None, listed_at: datetime
    ) -> Observation | Refusal:
        address = self._address(entry)
        started_at = utc_now()
        path = self.landing.new_path(suffix_of(entry.file_name, self.specification.suffix))
        coverage: tuple[Coverage, ...] = ()
        try:
            if sidecar is not None:
                coverage = self._fetch_sidecar(sidecar)
            if seen is not None:
                return self._still_shown(
                    seen,
                    listed_at,
                    file_name=entry.file_name,
                    origin="pull",
                    url=redacted(address),
                    http_status=None,
                    etag=None,
                    last_modified=None,
                    content_type=None,
                    started_at=None,
                    finished_at=None,
                    layout=entry.layout,
                    coverage=coverage,
                )
            answer = fetch(
                address,
                path,
                maximum_bytes=self.specification.maximum_bytes,
                settings=self.settings,
                key=self.key(),
            )
            try:
                _verify(entry, answer, address)
            except ContentRefusedError as error:
                received = Received(path, answer.sha256, answer.bytes)
                return self._refuse(error, entry.file_name, address, started_at, received, layout=entry.layout)
            return self._admit(path, answer, entry.file_name, layout=entry.layout, coverage=coverage)
        except (SourceUnavailableError, ContentRefusedError) as error:
            return self._refuse(error, entry.file_name, address, started_at, layout=entry.layout)
        finally:
            path.unlink(missing_ok=True)

    def _fetch_sidecar(self, sidecar: ListingEntry) -> tuple[Coverage, ...]:
        path = self.landing.new_path()
        address = self._address(sidecar)
        try:
            answer = fetch(address, path, maximum_bytes=SIDECAR_MAXIMUM_BYTES, settings=self.settings, key=self.key())
            _verify(sidecar, answer, address)
            return read_sidecar(path.read_bytes(), sidecar.file_name)
        finally:
            path.unlink(missing_ok=True)

    def _admit(
        self,
        path: Path,
        answer: FetchResult,
        file_name: str,
        layout: str | None = None,
        coverage: tuple[Coverage, ...] = (),
        **facts: Any,
    ) -> Observation | Refusal:
        return admit(
            self.landing,
            self.specification,
            Received(path, answer.sha256, answer.bytes),
            observed_at=answer.observed_at,
            file_name=file_name,
            origin="pull",
            layout=layout,
            coverage=coverage,
            **_facts(answer),
            **facts,
        )

    def _still_shown(self, seen: Observation, observed_at: datetime, **facts: Any) -> Observation | Refusal:
        """The source says that it shows bytes that have landed: they need not be fetched, but must be in bounds."""
        file_name = str(facts.get("file_name", seen.file_name))
        try:
            previous = last_comparable(self.landing, self.specification, observed_at, file_name)
            check_bounds(self.specification, seen.figures, previous, observed_at)
        except ContentRefusedError as error:
            kept = {**seen.model_dump(include={"layout", "figures"}), "coverage": seen.coverage, **facts}
            kept |= {"file_name": file_name, "origin": "pull"}
            return refuse(
                self.landing,
                self.specification,
                None,
                error,
                observed_at=observed_at,
                sha256=seen.sha256,
                bytes=seen.bytes,
                **kept,
            )
        return self.landing.observe_again(seen, observed_at=observed_at, **facts)

    def _refuse(
        self,
        error: BoomerangError,
        file_name: str,
        address: str,
        started_at: datetime,
        received: Received | None = None,
        **facts: Any,
    ) -> Refusal:
        return refuse(
            self.landing,
            self.specification,
            received,
            error,
            observed_at=utc_now(),
            file_name=file_name,
            origin="pull",
            url=redacted(address),
            started_at=started_at,
            finished_at=utc_now(),
            **facts,
        )

    def _last_validated(self) -> Observation | None:
        """The last pull of this address whose bytes are at hand, for a conditional request."""
        last = self.landing.last_good(self.specification.name, url=redacted(self.address))
        if last is None or not (self.landing.home.root / last.landed_path).is_file():
            return None
        return last

    def _address(self, entry: ListingEntry) -> str:
        return urljoin(self.address, "/".join(quote(part, safe="") for part in entry.name.split("/")))


def _verify(entry: ListingEntry, answer: FetchResult, address: str) -> None:
    if answer.sha256 != entry.sha256:
        raise ContentRefusedError(
            "checksum_mismatch",
            f"{redacted(address)} has the checksum {answer.sha256[:12]}..., the listing says {entry.sha256[:12]}...",
            "the file or the listing changed in between, or the file was damaged; the next run tries again",
        )


def _facts(answer: FetchResult) -> dict[str, Any]:
    return {
        "url": answer.url,
        "http_status": answer.http_status,
        "etag": answer.etag,
        "last_modified": answer.last_modified,
        "content_type": answer.content_type,
        "started_at": answer.started_at,
        "finished_at": answer.finished_at,
    }


def _file_name(address: str) -> str:
    """The last part of an address's path; empty where it ends in a slash."""
    return readable_name(unquote(urlsplit(address).path.rpartition("/")[2]))[:255]


def _result(source: str, outcomes: list[Observation | Refusal]) -> PullResult:
    return PullResult(
        source,
        observations=[item for item in outcomes if isinstance(item, Observation)],
        refused=[item for item in outcomes if isinstance(item, Refusal)],
    )
