"""The night's steps, in order, as plain functions: the command line and the DAGs only call these.

Each step is a transaction: it leaves everything or nothing, can be killed at any point and run again, and takes
the home's writer lock itself.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from pydantic import BaseModel

from boomerang.bronze import BronzeSummary, make_bronze
from boomerang.clock import start_of_day, utc_now
from boomerang.durable import write_durably
from boomerang.errors import (
    BoomerangError,
    CheckFailedError,
    ContentRefusedError,
    SourceUnavailableError,
    UsageError,
)
from boomerang.home import PROJECT_ROOT, Home
from boomerang.landing import inbox
from boomerang.landing import pull as landing_pull
from boomerang.landing.observation import Observation
from boomerang.landing.store import Landing
from boomerang.quality import ChecksReport, MartState, ReleaseContext, run_checks
from boomerang.release.compose import candidate_folder, candidate_manifest, candidate_marts, compose
from boomerang.release.publish import current_id, keep_newest, release_folder
from boomerang.release.publish import publish as publish_candidate
from boomerang.sources.specification import ConfiguredReader, specification, specifications
from boomerang.transform import build_database, build_models, dbt_target, manifest, parser_versions

Progress = Callable[[str], None]


def silent(_: str) -> None:
    """Say nothing."""


class PullSummary(BaseModel):
    """What a pull did, small enough to hand from task to task."""

    source: str
    description: str
    new_files: int


@dataclass
class NightlyOutcome:
    """What a night did.

    Attributes:
        release_id: The release that is current afterwards.
        is_new: Whether this night published it.
        unavailable: Sources that could not be had, with the reason; they are marked stale in the release.
    """

    release_id: str
    is_new: bool
    unavailable: dict[str, str] = field(default_factory=dict)


def due_sources(home: Home) -> list[str]:
    """The sources that should be pulled now: they have an address and their cadence has come round."""
    now = utc_now()
    return [
        facts.name
        for facts in specifications(home.profile).values()
        if (facts.address and home.profile == "sample") or landing_pull.is_due(home, facts, now)
    ]


def pull(
    home: Home, source: str, wait: float = 0, *, since: date | None = None, until: date | None = None
) -> PullSummary:
    """Fetch one source and land what is new.

    Args:
        home: The home.
        source: The source's name.
        wait: Seconds to wait for another pull of it.
        since: The first day to ask for, of a source that is asked by day; default: what is due.
        until: The last one.

    Raises:
        SourceUnavailableError: It could not be had; the last good observation stands.
        ContentRefusedError: What came is not what the source promises; it lies in the quarantine.
        UsageError: The source can't be asked for days.
    """
    specification(source, home.profile)
    with _sample_server(home) as base_address:
        result = landing_pull.pull(home, source, base_address=base_address, wait=wait, since=since, until=until)
    return PullSummary(
        source=source,
        description=result.describe(),
        new_files=sum(observation.is_new_content for observation in result.observations),
    )


@contextmanager
def _sample_server(home: Home) -> Iterator[str | None]:
    """The sample profile's sources are served over real HTTP for as long as a pull lasts."""
    if home.profile != "sample":
        yield None
        return
    from boomerang.synthetic.sample_site import sample_site  # noqa: PLC0415 - the live profile needs none of it
    from boomerang.synthetic.server import serve  # noqa: PLC0415

    # The first release shows the first night; whatever comes after it, the second. A killed first night is
    # repeated as the first.
    night = 1 if current_id(home) is None else 2
    with serve(sample_site(home.root / "sample", night)) as base_address:
        yield base_address


def take_inbox(home: Home, wait: float = 0, progress: Progress = silent) -> list[Observation]:
    """Land what analysts dropped into the inbox; what is taken, waits or is refused is told."""
    taken = inbox.take_inbox(home, tell=progress, wait=wait)
    for observation in taken:
        progress(f"taken from the inbox: {observation.file_name}")
    return taken


def bronze(home: Home, until: datetime | None = None, wait: float = 0) -> BronzeSummary:
    """Parse what has landed and is not parsed yet."""
    with home.lock("writer", wait):
        return make_bronze(home, until)


def build(home: Home, until: datetime | None = None, wait: float = 0, progress: Progress = silent) -> Path | None:
    """Build the marts and compose the candidate release.

    Args:
        home: The home.
        until: Take only what was observed up to this moment (a replay); default all.
        wait: Seconds to wait for another writer.
        progress: Called with lines for people.

    Returns:
        The candidate's folder, or ``None`` where the current release rests on the very same inputs.

    Raises:
        CheckFailedError: A model or one of dbt's tests failed.
    """
    with home.lock("writer", wait):
        progress(make_bronze(home, until).describe())
        built_at = until or utc_now()
        observations = [item for item in Landing(home).observations() if until is None or item.observed_at <= until]
        inputs = build_inputs(home, observations, built_at)
        current = current_id(home)
        if current and candidate_manifest(home.releases / current)["fingerprint"] == inputs.fingerprint:
            progress(f"nothing has changed since release {current}")
            return None
        candidate = candidate_folder(home)
        if candidate.exists() and candidate_manifest(candidate)["fingerprint"] == inputs.fingerprint:
            progress("the candidate is built already")
            return candidate
        database = build_database(home, is_replay=until is not None)
        _build_database(home, database, inputs, built_at, progress)
        candidate = compose(
            home,
            database=database,
            dbt_manifest=manifest(home),
            fingerprint=inputs.fingerprint,
            built_at=built_at,
            landed={item.source for item in observations},
            observed_until=max((item.observed_at for item in observations), default=None),
            is_replay=until is not None,
        )
        if until is not None:
            _forget(database)
        return candidate


class BuildInputs(BaseModel):
    """Everything that a build depends on.

    Attributes:
        fingerprint: Of all of it, staleness of the sources included.
        rules: Fingerprint of what is the same from night to night: models, seeds, suites, code, facts of the sources.
        observations: What each observation says, as a checksum.
    """

    fingerprint: str
    rules: str
    observations: frozenset[str]

    def continues(self, earlier: BuildInputs) -> bool:
        """Whether this adds observations to the earlier one, and changes nothing else."""
        return self.rules == earlier.rules and earlier.observations <= self.observations


def _build_database(home: Home, database: Path, inputs: BuildInputs, built_at: datetime, progress: Progress) -> None:
    """Run dbt, unless the database was built whole from the same inputs.

    A night that only adds observations builds on the database of the night before; any other starts from nothing.
    Either gives the same rows. The mark ``.dirty`` stands while dbt writes: a database that carries it was left half
    built by a kill, and is built anew from bronze.
    """
    home.build.mkdir(exist_ok=True)
    dirty, state = database.with_suffix(".dirty"), database.with_suffix(".inputs.json")
    is_whole = database.exists() and state.exists() and not dirty.exists()
    earlier = BuildInputs.model_validate_json(state.read_bytes()) if is_whole else None
    if earlier and earlier.fingerprint == inputs.fingerprint:
        return
    write_durably(dirty, b"")
    goes_on = earlier is not None and inputs.continues(earlier)
    if earlier is None or not goes_on:
        _forget(database)
        # What dbt has parsed is kept from night to night; of other rules it would keep some (its unit tests' rows).
        (dbt_target(home) / "partial_parse.msgpack").unlink(missing_ok=True)
    else:
        added = len(inputs.observations - earlier.observations)
        progress(f"building on the last night: {added} {'observation' if added == 1 else 'observations'} more")
    build_models(home, built_at, database, progress, rules_have_changed=not goes_on)
    write_durably(state, inputs.model_dump_json().encode())
    dirty.unlink()


def _forget(database: Path) -> None:
    """Remove a build database with what is known of it; the mark of a build that is under way stays."""
    for path in (database.with_suffix(".inputs.json"), database, database.with_suffix(".duckdb.wal")):
        path.unlink(missing_ok=True)


def build_inputs(home: Home, observations: list[Observation], built_at: datetime) -> BuildInputs:
    """What a build of some observations rests on.

    Args:
        home: The home, with the user's own layouts.
        observations: What is built.
        built_at: The moment by which sources are judged stale. UTC.
    """
    known = specifications(home.profile)
    facts = {name: item.model_dump(mode="json") for name, item in known.items()}
    settings = {
        name: item.reader.configuration(home.root)
        for name, item in known.items()
        if isinstance(item.reader, ConfiguredReader)
    }
    digest = hashlib.sha256(json.dumps([facts, settings, parser_versions(home)], sort_keys=True).encode())
    for folder in (PROJECT_ROOT / "dbt_project", PROJECT_ROOT / "include", PROJECT_ROOT / "expectations"):
        for path in sorted(folder.rglob("*")):
            rules = path.suffix in {".py", ".sql", ".yml", ".csv"}
            if rules and path.is_file() and not {"target", "logs"} & set(path.relative_to(folder).parts):
                digest.update(str(path.relative_to(PROJECT_ROOT)).encode())
                digest.update(path.read_bytes())
    # What a table of reference says of a line is settled when the line comes in: another table settles all anew.
    tables = sorted({item.sha256 for item in observations if known[item.source].is_reference})
    rules_fingerprint = _checksum(digest.hexdigest(), tables)
    seen = sorted(
        _checksum(
            item.source,
            item.observed_at.isoformat(),
            item.sha256,
            [span.model_dump(mode="json") for span in item.coverage],
        )
        for item in observations
    )
    newest = {item.source: item.observed_at for item in observations}
    stale = [
        name
        for name, item in sorted(known.items())
        if newest.get(name) is None or built_at - newest[name] > item.fresh_for
    ]
    return BuildInputs(
        fingerprint=_checksum(rules_fingerprint, seen, stale), rules=rules_fingerprint, observations=frozenset(seen)
    )


def _checksum(*facts: object) -> str:
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def check(home: Home, wait: float = 0) -> ChecksReport:
    """Run every suite on the candidate; its results are stored in the candidate.

    Raises:
        CheckFailedError: A critical check failed; the last release stands.
        UsageError: There is no candidate.
    """
    with home.lock("writer", wait):
        candidate = candidate_folder(home)
        facts = candidate_manifest(candidate)
        report = run_checks(
            candidate,
            marts=[
                MartState(
                    mart=mart.mart,
                    rows=facts["tables"][mart.mart]["rows"] if mart.is_built else 0,
                    has_landed_sources=mart.has_landed_sources,
                    is_built=mart.is_built,
                    derived=mart.is_derived,
                )
                for mart in candidate_marts(candidate)
            ],
            context=ReleaseContext(
                release_id=facts["release_id"],
                profile=home.profile,
                built_at=datetime.fromisoformat(facts["built_at"]),
            ),
        )
    if report.blocks:
        failed = [result for result in report.results if result.success is False and result.severity == "critical"]
        raise CheckFailedError(
            f"{len(failed)} critical checks failed; the last release stands\n{report.render()}",
            f"the whole report: {candidate / 'checks' / 'index.html'}",
        )
    return report


def publish(home: Home, wait: float = 0) -> str:
    """Publish the checked candidate and remove releases beyond the newest 30; returns the current release's id."""
    with home.lock("writer", wait):
        current = current_id(home)
        if not candidate_folder(home).exists() and current and not _is_outdated(home, current):
            return current
        release_id = publish_candidate(home)
        keep_newest(home)
        return release_id


def _is_outdated(home: Home, current: str) -> bool:
    """Whether the built database rests on other inputs than the current release."""
    state = build_database(home).with_suffix(".inputs.json")
    if not state.exists():
        return False
    built = BuildInputs.model_validate_json(state.read_bytes())
    return bool(built.fingerprint != candidate_manifest(home.releases / current)["fingerprint"])


def nightly(
    home: Home,
    *,
    day: date | None = None,
    with_pull: bool = True,
    wait: float = 0,
    progress: Progress = silent,
) -> NightlyOutcome:
    """Run the whole night in this process: the same steps as the DAG.

    Args:
        home: The home; its writer lock is held from the first step to the last.
        day: A day in the past: a replay of what had been observed by its end, without pulling; today's page is
            never filed under an old day. Default today.
        with_pull: False works with what has landed.
        wait: Seconds to wait for another run.
        progress: Called with lines for people.

    Raises:
        CheckFailedError: The last release stands.
        SourceUnavailableError: A source that is declared required could not be had.
    """
    until = _end_of(day)
    unavailable: dict[str, str] = {}
    with home.lock("writer", wait):
        if with_pull and until is None:
            unavailable = _pull_all(home, wait, progress)
        if until is None:
            take_inbox(home, wait, progress)
        before = current_id(home)
        if build(home, until, wait, progress) is not None:
            report = check(home, wait)
            progress(report.describe())
        release_id = publish(home, wait)
    return NightlyOutcome(release_id=release_id, is_new=release_id != before, unavailable=unavailable)


def _end_of(day: date | None) -> datetime | None:
    today = utc_now().date()
    if day is None or day == today:
        return None
    if day > today:
        raise UsageError(f"{day} has not come yet (UTC)", "give a day in the past, or none for today")
    return start_of_day(day) + timedelta(days=1) - timedelta(microseconds=1)


def _pull_all(home: Home, wait: float, progress: Progress) -> dict[str, str]:
    unavailable = {}
    for source in due_sources(home):
        try:
            progress(pull(home, source, wait).description)
        except (SourceUnavailableError, ContentRefusedError) as error:
            if specification(source, home.profile).is_required:
                raise
            unavailable[source] = str(error.args[0])
            progress(f"{source} could not be had, the last good observation stands: {error}")
    return unavailable


def summary(home: Home, release: str | None = None) -> str:
    """What a release found (the current one by default), for people."""
    from boomerang.serving.summary import describe_release  # noqa: PLC0415 - only at the end of a run

    return describe_release(release_folder(home, release))


__all__ = [
    "BoomerangError",
    "NightlyOutcome",
    "PullSummary",
    "bronze",
    "build",
    "check",
    "due_sources",
    "nightly",
    "publish",
    "pull",
    "summary",
    "take_inbox",
]
