"""The gate: every suite on the candidate, in one process, and nothing passes because it is empty."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from boomerang.clock import utc_now
from boomerang.errors import UsageError
from boomerang.home import PROJECT_ROOT
from boomerang.quality.data_docs import write_pages
from boomerang.quality.evaluation import Evaluator
from boomerang.quality.report import DATABASE, FOLDER, RESULTS, CheckResult, ChecksReport, sha256_of
from boomerang.quality.suites import Expectation, Severity, SuiteFile, read_suites

SUITES: Final = PROJECT_ROOT / "expectations"

NOT_OBSERVED: Final = "not observed: none of its sources has ever landed"
"""What a mart says that is published empty because there is nothing to know it from; this is not zero."""


@dataclass(frozen=True)
class MartState:
    """A published mart, as the composer of the release knows it.

    Attributes:
        mart: The table in schema ``marts``.
        rows: Its row count.
        has_landed_sources: Some source of it has landed. True for a mart that rests on seeds alone.
        is_built: It is implemented; a mart that is not built is not checked.
        derived: It is a selection (re-imports among all lines), so that no row at all can be the truth.
    """

    mart: str
    rows: int
    has_landed_sources: bool
    is_built: bool
    derived: bool


@dataclass(frozen=True)
class ReleaseContext:
    """What the checks need to know about the release.

    Attributes:
        release_id: The candidate's.
        profile: The home's profile: ``live``, ``sample``.
        built_at: The moment of the build, against which freshness is judged; aware, UTC.
    """

    release_id: str
    profile: str
    built_at: datetime


def run_checks(
    candidate: Path,
    *,
    marts: Sequence[MartState],
    context: ReleaseContext,
    expectations: Path = SUITES,
) -> ChecksReport:
    """Check a candidate release and write the results into it.

    Writes ``checks/index.html``, a page a mart and ``checks/results.json``, the last of all: a run that was killed
    leaves a candidate that was not checked.

    Args:
        candidate: The folder with ``warehouse.duckdb``; nobody may be writing it.
        marts: Every mart that the release publishes.
        context: Profile and moment.
        expectations: The folder of the suites, one YAML a mart.

    Returns:
        Every result; look at :attr:`ChecksReport.blocks`. A check that fails is a result, no exception.

    Raises:
        UsageError: There is no candidate, or a suite can't be read (the message names file and line).
    """
    database = candidate / DATABASE
    if not database.is_file():
        raise UsageError(f"there is no candidate at {candidate}", "run boomerang build first")
    folder = candidate / FOLDER
    (folder / RESULTS).unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    suites = read_suites(expectations)
    checksum = sha256_of(database)
    results: list[CheckResult] = []
    validations: dict[str, Any] = {}
    with Evaluator(database, profile=context.profile, built_at=context.built_at) as evaluator:
        gate = _Gate(evaluator, context.profile, {state.mart: state for state in marts}, validations)
        for state in sorted(marts, key=lambda state: state.mart):
            if state.is_built:
                results.extend(gate.check(state, suites.get(state.mart)))
        results.extend(gate.strays(suites))
        version = evaluator.version
    report = ChecksReport(
        release_id=context.release_id,
        profile=context.profile,
        checked_at=utc_now(),
        checked_with=version,
        database_sha256=checksum,
        results=tuple(results),
    )
    write_pages(folder, validations, report)
    report.write(candidate)
    return report


@dataclass(frozen=True)
class _Gate:
    evaluator: Evaluator
    profile: str
    states: Mapping[str, MartState]
    validations: dict[str, Any]

    def check(self, state: MartState, file: SuiteFile | None) -> Iterator[CheckResult]:
        """Every result of one mart: the rules of the gate, then its suite."""
        entries = list(enumerate(file.suite.expectations)) if file else []
        counted = self.evaluator.count(state.mart)
        yield _rule(
            state,
            "mart_has_the_rows_it_is_said_to_have",
            "Another database was composed than is checked, or the table is missing: build the candidate anew.",
            expected=f"{state.rows:,} rows",
            observed="no such table" if counted is None else f"{counted:,} rows",
            success=counted == state.rows,
        )
        yield _rule(
            state,
            "mart_has_a_suite_that_asks_something",
            "Nobody says what must hold of this mart: write its suite (docs/checks.md).",
            expected="a suite with at least one expectation",
            observed=f"{len(entries)} expectations" if file else f"there is no {state.mart}.yml among the suites",
            success=bool(entries),
        )
        yield self._emptiness(state)
        if counted is None or file is None:
            return
        waiting: dict[int, str] = {}
        for place, entry in entries:
            reason = self._reason_to_wait(state, entry)
            if reason:
                waiting[place] = reason
        evaluated: dict[int, CheckResult] = {}
        ready = [(place, entry) for place, entry in entries if place not in waiting]
        if ready:
            found, validation = self.evaluator.evaluate(file, ready)
            evaluated = dict(zip((place for place, _ in ready), found, strict=True))
            self.validations[state.mart] = validation
        for place, entry in entries:
            yield evaluated.get(place) or _not_evaluated(state, entry, waiting[place])
        if entries and state.rows and not any(result.success is not None for result in evaluated.values()):
            yield _rule(
                state,
                "suite_evaluated_something",
                "A suite that looks at nothing passes whatever the mart holds: give it a check that always applies.",
                expected="at least one expectation evaluated on a mart that has rows",
                observed=f"0 of {len(entries)}",
                success=False,
            )

    def strays(self, suites: Mapping[str, SuiteFile]) -> Iterator[CheckResult]:
        """A suite whose mart is gone: renamed, most likely, and now unchecked under its new name."""
        for mart, file in suites.items():
            if mart not in self.states:
                yield _rule(
                    MartState(mart, 0, has_landed_sources=False, is_built=False, derived=False),
                    "suite_has_a_mart",
                    "The suite is of no use to any mart that is published: rename or remove it.",
                    expected=f"a published mart {mart}",
                    observed=f"{file.path.name}, but no such mart",
                    success=False,
                )

    def _reason_to_wait(self, state: MartState, entry: Expectation) -> str | None:
        if entry.only_in and entry.only_in != self.profile:
            return f"asked of the profile {entry.only_in} only"
        if not state.has_landed_sources:
            return NOT_OBSERVED
        if not state.rows and not entry.also_when_empty:
            return "the mart is empty"
        for mart in entry.needs:
            needed = self.states.get(mart)
            if needed is None or not needed.is_built:
                return f"it needs {mart}, which is not built"
            if not needed.rows:
                return f"it needs {mart}, which is empty"
        return None

    @staticmethod
    def _emptiness(state: MartState) -> CheckResult:
        name = "mart_is_empty_only_if_unobserved"
        description = (
            "Its sources have landed, so an empty mart means that rows were lost on the way, not that there are none."
        )
        if state.rows and state.has_landed_sources:
            return _rule(state, name, description, expected="rows", observed=f"{state.rows:,} rows", success=True)
        if state.rows:
            return _rule(
                state,
                name,
                "Rows without a source that has landed: the mart would be shown as not observed and yet hold rows.",
                expected="no rows, as no source of it has landed",
                observed=f"{state.rows:,} rows",
                success=False,
            )
        if not state.has_landed_sources:
            return _rule(
                state,
                name,
                "Published empty and marked as not observed; this is not zero.",
                expected="no rows, as no source of it has landed",
                observed=NOT_OBSERVED,
                success=None,
                severity="warning",
            )
        if state.derived:
            return _rule(
                state,
                name,
                "The sources have landed and no line qualifies. That can be true; look whether it is.",
                expected="rows",
                observed="no line qualifies",
                success=False,
                severity="warning",
            )
        return _rule(state, name, description, expected="rows", observed="0 rows", success=False)


def _rule(
    state: MartState,
    name: str,
    description: str,
    *,
    expected: str,
    observed: str,
    success: bool | None,
    severity: Severity = "critical",
) -> CheckResult:
    return CheckResult(
        suite=state.mart,
        expectation=name,
        kind="gate",
        severity=severity,
        description=description,
        expected=expected,
        observed=observed,
        success=success,
    )


def _not_evaluated(state: MartState, entry: Expectation, reason: str) -> CheckResult:
    return CheckResult(
        suite=state.mart,
        expectation=entry.name,
        kind=entry.kind,
        severity=entry.severity,
        description=entry.because,
        expected=entry.expected_in_words,
        observed=f"not evaluated: {reason}",
        success=None,
    )
