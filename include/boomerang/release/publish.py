"""Publishing: the checked candidate becomes a whole release, and ``current`` points at it, in one step."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import duckdb

from boomerang.clock import utc_now
from boomerang.durable import fsync_tree, rename_durably, switch_symlink, write_durably
from boomerang.errors import CheckFailedError, UsageError
from boomerang.home import Home
from boomerang.quality import ChecksReport, read_report
from boomerang.release.compose import candidate_folder, candidate_manifest, export_parquet
from boomerang.release.content import file_sha256, literal, table_facts
from boomerang.release.contract import Mart

RELEASE_ID: Final = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}")
KEEP_RELEASES: Final = 30

RELEASE_TABLES: Final = {
    "release": (
        "One row: this release.",
        {
            "release_id": (
                "varchar",
                "Name of the release: time of the build (UTC) and 8 digits of its fingerprint.",
            ),
            "published_at": ("timestamptz", "When it was published, UTC."),
            "built_at": (
                "timestamptz",
                "When its tables were built, UTC; what counts as stale is judged by it.",
            ),
            "observed_until": ("timestamptz", "The newest observation of any source in it, UTC."),
            "fingerprint": ("varchar", "sha256 of all inputs: observations, models, rules, code."),
            "profile": ("varchar", "sample (synthetic sources) or live."),
            "code_version": ("varchar", "Version of Boomerang."),
            "duckdb_version": ("varchar", "Version of DuckDB that wrote the file."),
            "duckdb_storage_version": ("varchar", "Storage version of the file, for older clients."),
        },
    ),
    "release_marts": (
        "One row per table that the contract promises.",
        {
            "mart": ("varchar", "Name of the table."),
            "rows": ("bigint", "Its rows; null where it is not built."),
            "has_landed_sources": (
                "boolean",
                "False: no source of this table has ever landed. It is empty because nothing was observed, not "
                "because there is nothing.",
            ),
            "is_built": ("boolean", "False: not implemented yet. It is absent, not zero."),
            "row_sources": ("varchar[]", "The sources that give it rows; empty where seeds do."),
            "primary_key": ("varchar[]", "The columns that identify a row."),
        },
    ),
    "release_checks": (
        "One row per check that ran on this release before it was published.",
        {
            "suite": ("varchar", "The table that was checked."),
            "expectation": ("varchar", "The fact that must hold, as a name; unique in its suite."),
            "kind": ("varchar", "How it was evaluated: an expectation of Great Expectations, or a rule of the gate."),
            "severity": ("varchar", "critical: its failure stops the release; warning: published and shown."),
            "description": ("varchar", "Why it is expected, in words."),
            "observed": ("varchar", "What was found."),
            "expected": ("varchar", "What would have been right."),
            "success": ("boolean", "Null: not evaluated; observed says why."),
            "failing_rows": ("varchar[]", "Some of the rows that fail, each a JSON object."),
        },
    ),
}
"""The tables that describe the release itself: comment of the table, type and comment of each column."""


def publish(home: Home) -> str:
    """Publish the candidate.

    Args:
        home: The home; the caller holds its writer lock.

    Returns:
        The id of the release; it is current afterwards, unless it is a replay of an earlier day. Publishing the
        same candidate again is harmless: a kill before the release's folder has its name leaves the candidate, a
        kill after it is completed here.

    Raises:
        UsageError: There is no candidate, or it was not checked.
        CheckFailedError: A critical check failed, or the candidate is not what was checked.
    """
    finish_interrupted(home)
    candidate = candidate_folder(home)
    facts = candidate_manifest(candidate)
    release_id = facts["release_id"]
    report = read_report(candidate)
    if report.blocks:
        raise CheckFailedError(
            "a critical check failed; the last release stands", "see `boomerang check` and mend the cause"
        )
    final = home.releases / release_id
    if not final.exists():
        temporary = home.releases / f".{release_id}.{uuid4().hex}"
        try:
            _assemble(candidate, temporary, facts, report)
            _verify_in_another_process(temporary)
            fsync_tree(temporary)
            rename_durably(temporary, final)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    if not facts["is_replay"] or current_id(home) is None:
        _switch(home, final)
    shutil.rmtree(candidate)
    return str(release_id)


def finish_interrupted(home: Home) -> None:
    """Complete a publication that was killed between naming the release and switching to it."""
    for leftover in home.releases.glob(".*"):
        if leftover.is_dir():
            shutil.rmtree(leftover)
    names = release_ids(home)
    current = current_id(home)
    if names and (current is None or names[-1] > current):
        newest = home.releases / names[-1]
        if current is None or not candidate_manifest(newest)["is_replay"]:
            _switch(home, newest)


def _switch(home: Home, release: Path) -> None:
    if current_id(home) != release.name:
        switch_symlink(home.current, release)


def _assemble(candidate: Path, folder: Path, facts: dict[str, Any], report: ChecksReport) -> None:
    folder.mkdir()
    shutil.copyfile(candidate / "warehouse.duckdb", folder / "warehouse.duckdb")
    shutil.copytree(candidate / "parquet", folder / "parquet", copy_function=os.link)
    shutil.copytree(candidate / "checks", folder / "checks")
    published_at = utc_now()
    with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
        tables = dict(facts["tables"])
        rows = _release_rows(connection, facts, report, published_at)
        for table, (comment, columns) in RELEASE_TABLES.items():
            _create(connection, table, comment, columns, rows[table])
            tables[table] = table_facts(connection, table)
            export_parquet(connection, table, folder / "parquet")
        connection.execute("checkpoint")
    files = {
        str(path.relative_to(folder)): {"bytes": path.stat().st_size, "sha256": file_sha256(path)}
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    manifest = {**facts, "published_at": published_at.isoformat(), "tables": tables, "files": files}
    write_durably(folder / "manifest.json", json.dumps(manifest, indent=2).encode())


def _release_rows(
    connection: duckdb.DuckDBPyConnection, facts: dict[str, Any], report: ChecksReport, published_at: datetime
) -> dict[str, list[tuple[Any, ...]]]:
    storage = connection.execute(
        "select tags['storage_version'] from duckdb_databases() where database_name = current_database()"
    ).fetchone()
    return {
        "release": [
            (
                facts["release_id"],
                published_at,
                datetime.fromisoformat(facts["built_at"]),
                datetime.fromisoformat(facts["observed_until"]) if facts.get("observed_until") else None,
                facts["fingerprint"],
                facts["profile"],
                facts["code_version"],
                facts["duckdb_version"],
                storage[0] if storage else None,
            )
        ],
        "release_marts": [
            (
                mart.mart,
                facts["tables"][mart.mart]["rows"] if mart.is_built else None,
                mart.has_landed_sources,
                mart.is_built,
                list(mart.row_sources),
                list(mart.primary_key),
            )
            for mart in (Mart(**item) for item in facts["marts"])
        ],
        "release_checks": [
            (
                result.suite,
                result.expectation,
                result.kind,
                result.severity,
                result.description,
                result.observed,
                result.expected,
                result.success,
                list(result.failing_rows),
            )
            for result in report.results
        ],
    }


def _create(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    comment: str,
    columns: dict[str, tuple[str, str]],
    rows: list[tuple[Any, ...]],
) -> None:
    typed = ", ".join(f'"{name}" {kind}' for name, (kind, _) in columns.items())
    connection.execute(f"create table marts.{table} ({typed})")
    if rows:
        places = ", ".join("?" for _ in columns)
        connection.executemany(f"insert into marts.{table} values ({places})", rows)  # noqa: S608 - our own names
    connection.execute(f"comment on table marts.{table} is {literal(comment)}")
    for name, (_, text) in columns.items():
        connection.execute(f'comment on column marts.{table}."{name}" is {literal(text)}')


def _verify_in_another_process(folder: Path) -> None:
    """Open the release as a reader would, in a fresh process, and compare it with its manifest."""
    run = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", "boomerang.release.verify", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode != 0:
        raise CheckFailedError(
            f"the release that was written is not what was checked; the last one stands:\n{run.stdout}{run.stderr}",
            "run again; if it happens twice, look at the disk",
        )


def release_ids(home: Home) -> list[str]:
    """The whole releases, oldest first."""
    return sorted(path.name for path in home.releases.iterdir() if RELEASE_ID.fullmatch(path.name))


def current_id(home: Home) -> str | None:
    """The release that ``current`` points at."""
    return home.current.resolve().name if home.current.is_symlink() and home.current.exists() else None


def release_folder(home: Home, release: str | None = None) -> Path:
    """The folder of a release, the current one by default.

    Raises:
        UsageError: There is no such release.
    """
    if release is None:
        if current_id(home) is None:
            raise UsageError(f"nothing has been published in {home.root} yet", "run `boomerang nightly`")
        return home.current.resolve()
    if release not in release_ids(home):
        raise UsageError(f"there is no release {release!r}", "see `boomerang releases`")
    return home.releases / release


def pin(home: Home, release: str) -> None:
    """Keep a release for good, e.g. because it was cited."""
    release_folder(home, release)
    write_durably(home.releases / f"{release}.pinned", f"pinned {datetime.now(UTC).isoformat()}\n".encode())


def is_pinned(home: Home, release: str) -> bool:
    """Whether a release is kept for good."""
    return (home.releases / f"{release}.pinned").exists()


def keep_newest(home: Home, count: int = KEEP_RELEASES) -> list[str]:
    """Remove all but the newest releases; the current and pinned ones stay. Open readers keep what they read.

    Returns:
        The ids of those removed.
    """
    current = current_id(home)
    removed = [name for name in release_ids(home)[: -max(count, 1)] if name != current and not is_pinned(home, name)]
    for name in removed:
        # First out of sight, then away: a kill in between leaves no half release under its name.
        hidden = home.releases / f".{name}.{uuid4().hex}"
        (home.releases / name).rename(hidden)
        shutil.rmtree(hidden)
    return removed
