"""DuckDB for Great Expectations: a SQLAlchemy dialect that hands over whole results.

Great Expectations fetches rows after it has closed the connection. DuckDB's result lives in the connection and is
gone by then, so that nearly every expectation ends in an ``IndexError`` (great-expectations/great_expectations,
issues 10738 and 11579). This dialect reads the rows as soon as a statement has run and keeps them in memory.

Import it inside functions only: it loads SQLAlchemy.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from duckdb_sqlalchemy import Dialect, DuckDBExecutionContext
from sqlalchemy.dialects import registry
from sqlalchemy.engine.cursor import FullyBufferedCursorFetchStrategy

DRIVER: Final = "duckdb+buffered"


class BufferedExecutionContext(DuckDBExecutionContext):  # type: ignore[misc]  # the package ships no types
    """Reads the whole result when a statement has been executed."""

    def post_exec(self) -> None:
        """Put the rows in place of the cursor, before anyone can close it."""
        super().post_exec()
        description = self.cursor.description
        if description:
            self.cursor_fetch_strategy = FullyBufferedCursorFetchStrategy(
                self.cursor, description, initial_buffer=self.cursor.fetchall()
            )


class BufferedDialect(Dialect):  # type: ignore[misc]  # the package ships no types
    """The DuckDB dialect whose results outlive their connection."""

    driver = "buffered"
    supports_statement_cache = True
    execution_ctx_cls = BufferedExecutionContext

    def connect(self, *arguments: Any, **parameters: Any) -> Any:
        """Connect, in UTC, with the ``variables`` of ``connect_args`` set for ``getvariable``."""
        variables: dict[str, str | datetime] = parameters.pop("variables", {})
        connection = super().connect(*arguments, **parameters)
        cursor = connection.cursor()
        cursor.execute("set TimeZone = 'UTC'")
        for name, value in variables.items():
            cursor.execute(f'set variable "{name}" = ?', (value,))
        return connection

    @classmethod
    def import_dbapi(cls) -> Any:
        """The driver, under the name that SQLAlchemy 2 asks for."""
        return cls.dbapi()


def register() -> None:
    """Make ``duckdb+buffered:///path`` an address that SQLAlchemy understands."""
    registry.register("duckdb.buffered", __name__, BufferedDialect.__name__)
