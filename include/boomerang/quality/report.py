"""The report of the checks: what was expected, what was observed, which rows fail; stored beside the candidate."""

from __future__ import annotations

import hashlib
import io
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError
from rich.console import Console, ConsoleOptions, RenderableType
from rich.table import Table
from rich.text import Text

from boomerang.durable import write_durably
from boomerang.errors import CheckFailedError, UsageError
from boomerang.quality.suites import Severity

DATABASE: Final = "warehouse.duckdb"
FOLDER: Final = "checks"
RESULTS: Final = "results.json"


class CheckResult(BaseModel):
    """What came of one check; a row of ``release_checks``.

    Attributes:
        suite: The mart.
        expectation: The fact that must hold, as a name; unique in its suite.
        kind: How it was evaluated: an expectation of Great Expectations, or ``gate`` (a rule of the gate itself).
        severity: ``critical`` blocks the release; ``warning`` is published and shown.
        description: What a failure means, and what to do.
        expected: What was expected, in words.
        observed: What was found, in words and figures.
        success: ``None`` where it was not evaluated; ``observed`` then says why.
        failing_rows: A few of the rows that fail, each a JSON object.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    suite: str
    expectation: str
    kind: str
    severity: Severity
    description: str
    expected: str
    observed: str
    success: bool | None
    failing_rows: tuple[str, ...] = ()

    @property
    def state(self) -> str:
        """``passed``, ``not evaluated``, ``warning`` or ``failed``."""
        if self.success is None:
            return "not evaluated"
        if self.success:
            return "passed"
        return "failed" if self.severity == "critical" else "warning"


STATES: Final = ("passed", "warning", "failed", "not evaluated")


class ChecksReport(BaseModel):
    """Every result of one run of the checks.

    Attributes:
        release_id: The candidate's.
        profile: Of the home whose candidate was checked.
        checked_at: When, in UTC.
        checked_with: The version of Great Expectations.
        database_sha256: Of the candidate's database as it was checked.
        results: In the order of the suites.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    release_id: str
    profile: str
    checked_at: AwareDatetime
    checked_with: str
    database_sha256: str
    results: tuple[CheckResult, ...]

    @property
    def blocks(self) -> bool:
        """Whether the candidate must not be published."""
        return not self.results or any(result.state == "failed" for result in self.results)

    def of(self, state: str) -> tuple[CheckResult, ...]:
        """The results in a state (see :attr:`CheckResult.state`)."""
        return tuple(result for result in self.results if result.state == state)

    def describe(self) -> str:
        """One line: how many checks came out how."""
        counts = ", ".join(f"{len(self.of(state))} {state}" for state in STATES if self.of(state))
        return f"{len(self.results)} checks: {counts or 'none'}"

    def render(self) -> Rendering:
        """The report for people: print it on a rich console, or turn it into text with ``str``."""
        return Rendering(self)

    def write(self, candidate: Path) -> None:
        """Store the report in the candidate, whole or not at all; until then the candidate counts as unchecked."""
        write_durably(candidate / FOLDER / RESULTS, self.model_dump_json(indent=1).encode())


@dataclass(frozen=True)
class Rendering:
    """A report for a terminal of 80 columns or more: a line a mart, then whatever did not pass, in full."""

    report: ChecksReport

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        """Draw it on a rich console."""
        results = self.report.results
        table = Table("mart", title="Checks on the candidate release", title_justify="left")
        for heading in ("passed", "warnings", "failed", "not evaluated"):
            table.add_column(heading, justify="right")
        for suite in dict.fromkeys(result.suite for result in results):
            counts = [
                sum(1 for result in results if (result.suite, result.state) == (suite, state)) for state in STATES
            ]
            style = "red" if counts[2] else "yellow" if counts[1] else None
            table.add_row(suite, *(str(count or "") for count in counts), style=style)
        yield table
        for result in self.report.of("failed"):
            yield _in_full(result, "bold red")
        for result in self.report.of("warning"):
            yield _in_full(result, "yellow")
        waiting = [
            (result.suite, result.observed.removeprefix("not evaluated: ")) for result in self.report.of(STATES[3])
        ]
        if waiting:
            yield Text("NOT EVALUATED", style="bold")
        for suite, reason in dict.fromkeys(waiting):
            yield Text(f"  {suite} ({waiting.count((suite, reason))}): {reason}")
        blocks = self.report.blocks
        verdict = "it must not be published" if blocks else "it may be published"
        yield Text(f"{self.report.describe()}; {verdict}", style="bold red" if blocks else "bold green")

    def __str__(self) -> str:
        """The same without colours, as wide as the terminal, 80 to 100 columns."""
        width = max(80, min(100, shutil.get_terminal_size((80, 24)).columns))
        console = Console(file=io.StringIO(), width=width)
        with console.capture() as capture:
            console.print(self)
        return capture.get().rstrip()


def _in_full(result: CheckResult, style: str) -> Text:
    text = Text()
    text.append(f"{result.state.upper()} {result.suite}: {result.expectation}\n", style=style)
    text.append(f"  expected  {result.expected}\n  observed  {result.observed}\n")
    for row in result.failing_rows:
        text.append(f"  row       {row}\n", style="dim")
    text.append(f"  why       {' '.join(result.description.split())}\n")
    return text


def read_report(candidate: Path) -> ChecksReport:
    """The report of a candidate, if it tells about the candidate as it lies there now.

    Args:
        candidate: The folder with ``warehouse.duckdb`` and ``checks/``.

    Raises:
        UsageError: The candidate was never checked, or its report or database can't be read.
        CheckFailedError: The database was changed after the checks.
    """
    path = candidate / FOLDER / RESULTS
    check_it = "run boomerang check, then publish"
    if not path.is_file():
        raise UsageError(f"{candidate} was not checked: there is no {FOLDER}/{RESULTS}", check_it)
    try:
        report = ChecksReport.model_validate_json(path.read_bytes())
    except (ValidationError, OSError) as error:
        raise UsageError(f"{path} can't be read: {error}", check_it) from error
    if sha256_of(candidate / DATABASE) != report.database_sha256:
        raise CheckFailedError(
            f"{candidate / DATABASE} was changed after the checks: what was checked is not what would be published",
            check_it,
        )
    return report


def sha256_of(database: Path) -> str:
    """The checksum of a file.

    Raises:
        UsageError: It can't be read.
    """
    try:
        with database.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise UsageError(f"{database} can't be read: {error}", "run boomerang build, then check") from error
