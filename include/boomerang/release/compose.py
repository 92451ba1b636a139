"""Composing the candidate: what is checked is what ships."""

from __future__ import annotations

import json
import re
import shutil
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb

from boomerang import __version__
from boomerang.durable import fsync_tree, write_durably
from boomerang.errors import UsageError
from boomerang.home import Home
from boomerang.release.content import literal, quoted, table_facts
from boomerang.release.contract import Mart, published_marts


def candidate_folder(home: Home) -> Path:
    """Where the candidate release lies."""
    return home.build / "candidate"


def compose(
    home: Home,
    *,
    database: Path,
    dbt_manifest: dict[str, Any],
    fingerprint: str,
    built_at: datetime,
    landed: set[str],
    observed_until: datetime | None,
    is_replay: bool,
) -> Path:
    """Make the candidate release from the built database: a database of marts alone, Parquet, a manifest.

    Args:
        home: The home; the caller holds its writer lock.
        database: dbt's database, closed.
        dbt_manifest: dbt's manifest: which models are published, and their keys.
        fingerprint: Of the inputs of the build.
        built_at: The moment of the build, UTC; it becomes part of the release's id.
        landed: The sources that were observed at least once.
        observed_until: The newest observation in it, UTC.
        is_replay: Built from what was known on an earlier day; it never becomes current by itself.

    Returns:
        The candidate's folder, replaced in one step.
    """
    marts = published_marts(dbt_manifest, landed)
    temporary = home.build / f".candidate.{uuid4().hex}"
    try:
        (temporary / "parquet").mkdir(parents=True)
        tables = _copy_marts(database, temporary, [mart for mart in marts if mart.is_built])
        facts = {
            "release_id": f"{built_at:%Y%m%dT%H%M%SZ}-{fingerprint[:8]}",
            "fingerprint": fingerprint,
            "built_at": built_at.isoformat(),
            "code_version": __version__,
            "duckdb_version": duckdb.__version__,
            "profile": home.profile,
            "observed_until": observed_until.isoformat() if observed_until else None,
            "is_replay": is_replay,
            "marts": [mart.model_dump() for mart in marts],
            "tables": tables,
        }
        write_durably(temporary / "manifest.json", json.dumps(facts, indent=2, default=list).encode())
        fsync_tree(temporary)
        final = candidate_folder(home)
        if final.exists():
            shutil.rmtree(final)
        temporary.rename(final)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return final


def candidate_manifest(folder: Path) -> dict[str, Any]:
    """What the candidate (or a release) says of itself.

    Raises:
        UsageError: There is none.
    """
    try:
        facts: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
    except FileNotFoundError as error:
        raise UsageError(f"there is no built candidate in {folder}", "run `boomerang build` first") from error
    return facts


def candidate_marts(folder: Path) -> list[Mart]:
    """The marts of the candidate."""
    return [Mart(**facts) for facts in candidate_manifest(folder)["marts"]]


def _copy_marts(database: Path, folder: Path, marts: list[Mart]) -> dict[str, dict[str, int | str]]:
    with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
        connection.execute("set autoinstall_known_extensions = false; set preserve_insertion_order = true")
        connection.execute(f"attach {literal(str(database))} as build (read_only)")
        connection.execute("create schema marts")
        tables = {}
        for mart in marts:
            _copy_table(connection, mart)
            tables[mart.mart] = table_facts(connection, mart.mart)
            export_parquet(connection, mart.mart, folder / "parquet")
        connection.execute("detach build")
        create_macros(connection, set(tables))
        connection.execute("checkpoint")
    return tables


def _copy_table(connection: duckdb.DuckDBPyConnection, mart: Mart) -> None:
    name = quoted(mart.mart)
    # Sorted by key, so that equal rows give equal exports whatever the order in which they were built.
    order = ", ".join(quoted(column) for column in mart.primary_key) or "all"
    connection.execute(f"create table marts.{name} as from build.marts.{name} order by {order}")
    comments = connection.execute(
        "select null, comment from duckdb_tables() "
        "where database_name = 'build' and schema_name = 'marts' and table_name = $table and comment is not null "
        "union all select column_name, comment from duckdb_columns() "
        "where database_name = 'build' and schema_name = 'marts' and table_name = $table and comment is not null",
        {"table": mart.mart},
    ).fetchall()
    for column, comment in comments:
        target = f"column marts.{name}.{quoted(column)}" if column else f"table marts.{name}"
        connection.execute(f"comment on {target} is {literal(comment)}")


def create_macros(connection: duckdb.DuckDBPyConnection, tables: set[str]) -> None:
    """Define the table macros whose tables are built; each statement in macros.sql names the tables it reads."""
    text = files("boomerang.release").joinpath("macros.sql").read_text(encoding="utf-8")
    for statement in filter(str.strip, text.split(";\n")):
        if set(re.findall(r"\bmarts\.(\w+)(?!\w*\()", statement.split("as table", 1)[1])) <= tables:
            connection.execute(statement)


def export_parquet(connection: duckdb.DuckDBPyConnection, table: str, folder: Path) -> None:
    """Write one table as ``<table>.parquet``."""
    target = literal(str(folder / f"{table}.parquet"))
    connection.execute(f"copy marts.{quoted(table)} to {target} (format parquet, compression zstd)")
