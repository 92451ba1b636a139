"""The dbt build: bronze Parquet to marts in ``build/warehouse.duckdb``, in a process of its own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from boomerang.errors import CheckFailedError
from boomerang.home import PROJECT_ROOT, Home
from boomerang.sources.specification import specifications

WORTH_TELLING = re.compile(r"Done\. PASS|Finished running| (WARN|FAIL|ERROR) (?!=)|\[OK in \d{2,}")
"""Of dbt's hundreds of lines: the end, whatever did not pass, and steps that took ten seconds or more."""

PROJECT = PROJECT_ROOT / "dbt_project"


def build_database(home: Home, *, is_replay: bool = False) -> Path:
    """The writer's own database; a replay of an earlier day has another one, so that the next night can go on."""
    return home.build / ("replay.duckdb" if is_replay else "warehouse.duckdb")


def dbt_target(home: Home) -> Path:
    """Where dbt writes its manifest and results."""
    return home.build / "dbt"


def parser_versions(home: Home) -> dict[str, int]:
    """The dbt variables that name the bronze files to read, e.g. ``oryx_parser_version``."""
    return {
        f"{specification.module.rpartition('.')[2]}_parser_version": specification.reader.parser_version
        for specification in specifications(home.profile).values()
    }


def dbt(
    home: Home,
    *arguments: str,
    built_at: datetime,
    database: Path | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> int:
    """Run dbt on the home's build database.

    A process of its own: DuckDB's lock on the file ends with it, so that the checks can read afterwards.

    Args:
        home: The home; the caller holds its writer lock.
        arguments: What to run, e.g. ``build``.
        built_at: The moment that stands for "now" in every model, UTC.
        database: Another database than the home's own.
        progress: Called with each line that dbt says.

    Returns:
        dbt's exit status.
    """
    command = [
        str(Path(sys.executable).with_name("dbt")),
        *arguments,
        "--project-dir", str(PROJECT),
        "--profiles-dir", str(PROJECT),
        "--vars", json.dumps(parser_versions(home)),
        "--log-path", str(home.build / "logs"),
    ]  # fmt: skip
    environment = {
        **os.environ,
        "BOOMERANG_HOME": str(home.root),
        "BOOMERANG_BUILD_DATABASE": (database or build_database(home)).name,
        "BOOMERANG_BUILT_AT": f"{built_at:%Y-%m-%d %H:%M:%S.%f}",
        "DBT_TARGET_PATH": str(dbt_target(home)),
        "DO_NOT_TRACK": "1",
        "NO_COLOR": "1",
    }
    home.build.mkdir(exist_ok=True)
    # From the folder of the database, so that dbt's profile is the same in every home, and what it has parsed is too.
    with subprocess.Popen(  # noqa: S603 - our own dbt, our own arguments
        command,
        cwd=home.build,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        assert process.stdout is not None  # noqa: S101 - for the type checker: a pipe was asked for
        for line in process.stdout:
            progress(line.rstrip())
    return process.returncode


def build_models(
    home: Home,
    built_at: datetime,
    database: Path,
    progress: Callable[[str], None] = lambda _: None,
    *,
    rules_have_changed: bool = True,
) -> None:
    """Build every seed, model and test in ``database``; what it holds from an earlier build is built on.

    Args:
        home: The home; the caller holds its writer lock.
        built_at: The moment that stands for "now" in every model, UTC.
        database: What to build in.
        progress: Called with lines for people.
        rules_have_changed: False: the models are those of the build that ``database`` comes from, so that dbt's unit
            tests, which look at the models alone, need not run again.

    Raises:
        CheckFailedError: A model or test failed; the message names each, with what it found.
    """
    (dbt_target(home) / "run_results.json").unlink(missing_ok=True)
    said: list[str] = []

    def listen(line: str) -> None:
        said.append(line)
        if WORTH_TELLING.search(line):
            progress(f"dbt: {line.split('  ', 1)[-1]}")

    chosen = () if rules_have_changed else ("--exclude", "test_type:unit")
    status = dbt(home, "build", *chosen, built_at=built_at, database=database, progress=listen)
    if status == 0:
        return
    results = dbt_target(home) / "run_results.json"
    failures = _failures(json.loads(results.read_text())) if results.exists() else said[-20:]
    raise CheckFailedError(
        "dbt could not build the marts; the last release stands:\n  " + "\n  ".join(failures),
        f"the whole log is in {home.build / 'logs' / 'dbt.log'}; mend the cause and run again",
    )


def _failures(results: dict[str, Any]) -> list[str]:
    return [
        f"{result['unique_id']}: {result['status']}: {_without_macros(str(result['message']))}"
        for result in results["results"]
        if result["status"] in {"error", "fail"}
    ]


def _without_macros(message: str) -> str:
    """The message without the trail of macros that dbt appends: it helps nobody who has to mend the cause."""
    return message.split("> in macro", maxsplit=1)[0].strip()


def manifest(home: Home) -> dict[str, Any]:
    """The manifest that dbt wrote of the last build."""
    found: dict[str, Any] = json.loads((dbt_target(home) / "manifest.json").read_text())
    return found
