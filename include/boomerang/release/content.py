"""Counting and fingerprinting the tables of a release, the same way before and after it moves."""

from __future__ import annotations

import hashlib
from pathlib import Path

import duckdb


def quoted(identifier: str) -> str:
    """An identifier as SQL, whatever is in it."""
    return '"' + identifier.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as an SQL literal, where the statement takes no bound value (ATTACH, COPY, COMMENT)."""
    return "'" + text.replace("'", "''") + "'"


def table_names(connection: duckdb.DuckDBPyConnection, schema: str = "marts") -> list[str]:
    """The tables of a schema, in the order of their names."""
    rows = connection.execute(
        "select table_name from duckdb_tables() where schema_name = ? and database_name = current_database() "
        "order by table_name",
        [schema],
    ).fetchall()
    return [row[0] for row in rows]


def table_facts(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, int | str]:
    """Rows and content hash of a table; the hash does not depend on the order of the rows.

    The hash is DuckDB's own of each whole row, summed: quick, and equal in every process of one DuckDB version. It
    guards against a release that differs from what was checked; the address of a published file is its sha256 in
    the manifest.
    """
    name = f"marts.{quoted(table)}"
    row = connection.execute(
        f"select count(*), coalesce(sum(hash(t)::hugeint), 0)::varchar from {name} as t"  # noqa: S608 - quoted
    ).fetchone()
    assert row is not None  # noqa: S101 - an aggregate always gives a row
    return {"rows": int(row[0]), "content_hash": str(row[1])}


def file_sha256(path: Path) -> str:
    """The sha256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
