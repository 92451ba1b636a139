"""Read-only SQL on one release, safe with a stranger's SQL."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from boomerang.durable import write_durably
from boomerang.errors import UsageError

Format = Literal["table", "csv", "json", "parquet"]


@contextmanager
def open_release(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a release's database: read-only, no file or network access, no extensions, settings locked.

    Args:
        folder: The release's folder.
    """
    connection = duckdb.connect(
        str(folder / "warehouse.duckdb"),
        read_only=True,
        config={
            "enable_external_access": False,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        },
    )
    try:
        connection.execute("set schema = 'marts'")
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("set lock_configuration = true")
        yield connection
    finally:
        connection.close()


def run_query(folder: Path, sql: str) -> pa.Table:
    """Run one SELECT on a release.

    Args:
        folder: The release's folder.
        sql: One statement.

    Raises:
        UsageError: The statement can't be run; the message is DuckDB's.
    """
    with open_release(folder) as connection:
        try:
            statements = connection.extract_statements(sql)
            if len(statements) != 1:
                raise UsageError(f"give one statement, not {len(statements)}")
            if statements[0].type not in {duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN}:
                raise UsageError(f"a release is read-only: {statements[0].type.name} is not for it", "give a SELECT")
            return connection.execute(statements[0]).to_arrow_table()
        except duckdb.Error as error:
            raise UsageError(
                f"the query can't be run: {error}", "`boomerang sql 'show tables'` lists the tables"
            ) from error


def write_result(result: pa.Table, form: Format, output: Path | None, console: Console) -> None:
    """Show a result, or write it whole to a file.

    Args:
        result: The rows.
        form: ``table`` for people; ``csv``, ``json`` (a list of objects) or ``parquet`` for programs.
        output: Where to; default the console (not for Parquet).
        console: The terminal.

    Raises:
        UsageError: Parquet without a file, or a file that can't be written.
    """
    if form == "parquet":
        if output is None:
            raise UsageError("Parquet is not for the terminal", "name a file with --output")
        buffer = io.BytesIO()
        pq.write_table(result, buffer, compression="zstd")
        content = buffer.getvalue()
    elif form == "csv":
        content = _csv(result).encode()
    elif form == "json":
        content = (json.dumps(result.to_pylist(), default=str, ensure_ascii=False, indent=2) + "\n").encode()
    elif output is None:
        console.print(_table(result))
        return
    else:
        plain = Console(file=io.StringIO(), width=200)
        plain.print(_table(result))
        content = plain.file.getvalue().encode()  # type: ignore[attr-defined]
    if output is None:
        console.file.write(content.decode())
        return
    try:
        write_durably(output, content)
    except OSError as error:
        raise UsageError(f"{output} can't be written: {error.strerror}", "name another file with --output") from error


def _csv(result: pa.Table) -> str:
    """CSV whose texts no spreadsheet runs as a formula: names in customs records come from strangers."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(result.column_names)
    for row in result.to_pylist():
        writer.writerow([_inert(value) for value in row.values()])
    return buffer.getvalue()


def _inert(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"}:
        return "'" + value
    if isinstance(value, list | dict):
        return json.dumps(value, default=str, ensure_ascii=False)
    return value


def _table(result: pa.Table) -> Table:
    table = Table(show_edge=False, header_style="bold")
    for field in result.schema:
        is_number = (
            pa.types.is_integer(field.type) or pa.types.is_floating(field.type) or pa.types.is_decimal(field.type)
        )
        table.add_column(field.name, justify="right" if is_number else "left", overflow="fold")
    for row in result.to_pylist():
        table.add_row(*(_shown(value) for value in row.values()))
    return table


def _shown(value: Any) -> str:

    if value is None:
        return "[dim]null[/dim]"
    if isinstance(value, list | dict):
        return escape(json.dumps(value, default=str, ensure_ascii=False))
    return escape(str(value))
