"""A home with sanctions lists or answers of UN Comtrade in it, landed, parsed and built by the real parts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import duckdb

from boomerang.bronze import make_bronze
from boomerang.home import Home
from boomerang.landing.inbox import ingest
from boomerang.sources.specification import specification
from boomerang.transform import build_database, dbt

BUILT_AT = datetime(2026, 6, 1, tzinfo=UTC)


@dataclass(frozen=True)
class BuiltHome:
    """A home of which some marts are built."""

    home: Home
    models: tuple[str, ...]

    def land(self, source: str, path: Path, as_of: str) -> None:
        """Land a file as if it had been observed at that moment; small ones are as good as whole ones."""
        facts = specification(source).model_copy(update={"bounds": {}})
        ingest(self.home, [path], source=facts, as_of=as_of)

    def build(self) -> tuple[int, str]:
        """Parse what has landed, build and test the marts; dbt's exit status and what it said."""
        make_bronze(self.home)
        said: list[str] = []
        arguments = ("build", "--indirect-selection", "cautious", "--exclude", "test_type:unit", "--select")
        status = dbt(self.home, *arguments, *self.models, built_at=BUILT_AT, progress=said.append)
        return status, "\n".join(said)

    def query(self, sql: str) -> list[tuple[object, ...]]:
        """Rows of the built database."""
        with duckdb.connect(str(build_database(self.home)), read_only=True) as connection:
            connection.execute("set timezone = 'UTC'")
            return connection.execute(sql).fetchall()

    def ask(self, macro: str, sql: str) -> list[tuple[object, ...]]:
        """Rows of a query on a table macro that a release carries; ``answer`` is its table."""
        text = (files("boomerang.release") / "macros.sql").read_text(encoding="utf-8")
        statement = next(part for part in text.split(";\n") if f"create macro marts.{macro}(" in part)
        with duckdb.connect() as connection:
            connection.execute(f"attach '{build_database(self.home)}' as build (read_only)")
            connection.execute("set timezone = 'UTC'; create schema marts")
            for (table,) in connection.execute(
                "select table_name from duckdb_tables() where database_name = 'build' and schema_name = 'marts'"
            ).fetchall():
                connection.execute(f"create view marts.{table} as from build.marts.{table}")
            connection.execute(statement)
            return connection.execute(sql).fetchall()
