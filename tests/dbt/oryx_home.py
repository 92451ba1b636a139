"""A home with small pages of losses in it, landed, parsed and built by the real parts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib.resources import files
from pathlib import Path

import duckdb

from boomerang.bronze import make_bronze
from boomerang.home import Home
from boomerang.landing.store import Landing
from boomerang.sources.specification import specification
from boomerang.transform import build_database, dbt

BUILT_AT = datetime(2023, 5, 1, tzinfo=UTC)
LOSSES = ("+path:models/marts/losses", "+path:models/marts/provenance", "path:tests/losses")
PUBLISHED = (
    "dim_equipment",
    "fct_equipment_losses",
    "fct_equipment_loss_versions",
    "fct_equipment_losses_daily",
    "observation_days",
    "oryx_reconciliation",
    "loss_leading_sources",
    "loss_aliases",
    "loss_row_reconciliation",
    "bulk_revisions",
    "observations",
    "row_ledger",
)
"""The tables that equal observations must fill with equal rows."""


def page(
    headline: str, categories: dict[str, dict[str, list[tuple[str, str]]]], title: str = "Russian Equipment Losses"
) -> bytes:
    """A page in the layout of 2022 to 2024.

    Args:
        headline: Its text, as the page displays it.
        categories: Heading as displayed -> model line as displayed -> (address, text of the link).
        title: Title of the page.
    """
    body = [f"<h3>{headline}</h3>"]
    for heading, lines in categories.items():
        body.append(f"<h3>{heading}</h3><ul>")
        for label, links in lines.items():
            anchors = " ".join(f'<a href="{address}">{text}</a>' for address, text in links)
            body.append(f"<li>{label}: {anchors}</li>")
        body.append("</ul>")
    return (
        f"<!DOCTYPE html><html><head><title>{title}</title>"
        "<meta content='2023-04-01T12:00:00Z' itemprop='dateModified'/></head>"
        f'<body><div class="post-body">{"".join(body)}</div></body></html>'
    ).encode()


@dataclass(frozen=True)
class LossesHome:
    """A home of which only the losses are built."""

    home: Home

    def land(
        self, content: bytes, observed_at: datetime, source: str = "oryx_russia", name: str = "losses.html"
    ) -> None:
        """Land a page or table of losses as if it had been observed at that moment; no bounds are asked."""
        landing = Landing(self.home)
        received = landing.new_path("".join(Path(name).suffixes[-2:]))
        received.write_bytes(content)
        landing.land(
            specification(source), received, observed_at=observed_at, file_name=name, origin="ingest", figures={}
        )

    def build(self, *, bronze: bool = True) -> tuple[int, str]:
        """Parse what has landed, build and test the losses; dbt's exit status and what it said."""
        if bronze:
            make_bronze(self.home)
        said: list[str] = []
        arguments = ("build", "--indirect-selection", "cautious", "--exclude", "test_type:unit", "--select", *LOSSES)
        status = dbt(self.home, *arguments, built_at=BUILT_AT, progress=said.append)
        return status, "\n".join(said)

    def query(self, sql: str) -> list[tuple[object, ...]]:
        """Rows of the built database."""
        with duckdb.connect(str(build_database(self.home)), read_only=True) as connection:
            connection.execute("set timezone = 'UTC'")
            return connection.execute(sql).fetchall()

    def query_as_of(self, day: date, sql: str) -> list[tuple[object, ...]]:
        """Rows of a query on ``losses_as_of(day)``, by the macro that a release carries."""
        macros = (files("boomerang.release") / "macros.sql").read_text(encoding="utf-8")
        as_of = macros[: macros.index(";") + 1].replace("macro marts.", "temporary macro ")
        with duckdb.connect(str(build_database(self.home)), read_only=True) as connection:
            connection.execute("set timezone = 'UTC'")
            connection.execute(as_of)
            return connection.execute(f"with answer as (from losses_as_of(?::date)) {sql}", [day]).fetchall()

    def exports(self, folder: Path) -> dict[str, bytes]:
        """Each published table as sorted CSV."""
        folder.mkdir()
        with duckdb.connect(str(build_database(self.home)), read_only=True) as connection:
            connection.execute("set timezone = 'UTC'")
            for table in PUBLISHED:
                target = folder / f"{table}.csv"
                connection.execute(f"copy (from marts.{table} order by all) to '{target}' (format csv)")
        return {table: (folder / f"{table}.csv").read_bytes() for table in PUBLISHED}
