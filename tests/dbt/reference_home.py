"""A home with exchange rates and nomenclatures in it, landed, parsed and built by the real parts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from boomerang.bronze import make_bronze
from boomerang.home import Home
from boomerang.landing.inbox import ingest
from boomerang.sources.specification import specification
from boomerang.transform import build_database, dbt

BUILT_AT = datetime(2025, 6, 1, tzinfo=UTC)
MODELS = (
    "+path:models/marts/reference",
    "+path:models/intermediate/exchange_rates",
    "+path:models/intermediate/nomenclature",
    "path:models/intermediate/reference",
    "currencies",
    "countries",
    "quantity_units",
    "path:tests/reference",
)


@dataclass(frozen=True)
class ReferenceHome:
    """A home of which the reference tables are built.

    Attributes:
        said: What dbt said at each build.
    """

    home: Home
    said: list[str] = field(default_factory=list)

    def land(self, source: str, path: Path, as_of: str) -> None:
        """Land a file as if it had been observed at that day, and parse it; small ones are as good as whole ones."""
        facts = specification(source).model_copy(update={"bounds": {}})
        ingest(self.home, [path], source=facts, as_of=as_of)
        make_bronze(self.home)

    def build(self) -> tuple[int, str]:
        """Build the reference tables with their tests; dbt's exit status and what it said."""
        said: list[str] = []
        arguments = ("build", "--indirect-selection", "cautious", "--select", *MODELS)
        status = dbt(self.home, *arguments, built_at=BUILT_AT, progress=said.append)
        self.said.append("\n".join(said))
        return status, self.said[-1]

    def query(self, sql: str) -> list[tuple[object, ...]]:
        """Rows of the built database."""
        with duckdb.connect(str(build_database(self.home)), read_only=True) as connection:
            return connection.execute(sql).fetchall()
