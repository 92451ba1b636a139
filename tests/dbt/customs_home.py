"""A home with customs files in it, landed, parsed and built by the real parts."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from boomerang.bronze import make_bronze
from boomerang.home import Home
from boomerang.landing.inbox import ingest, parse_as_of
from boomerang.landing.store import Landing
from boomerang.sources.specification import specification
from boomerang.synthetic.customs_files import DECLARATION_FIELDS
from boomerang.transform import build_database, dbt

BUILT_AT = datetime(2023, 7, 1, tzinfo=UTC)
MARTS = tuple(f"+path:models/marts/{room}" for room in ("customs", "parties", "reimports", "links"))
FACTS = ("path:tests/customs", "path:tests/reimports")
PUBLISHED = (
    "fct_customs_lines",
    "customs_lines_superseded",
    "fct_customs_aggregates",
    "customs_coverage",
    "dim_organisations",
    "organisation_aliases",
    "dim_components",
    "bridge_component_equipment",
    "fct_reimports",
    "fct_reimport_exclusions",
    "bridge_reimport_exports",
    "bridge_shipment_lines",
    "mart_defect_claims",
    "fct_reimport_loss_links",
    "row_ledger",
)
"""The tables that equal observations must fill with equal rows."""

SIGHTS = {
    "RECORD_KIND": "SYNTHETIC",
    "ND": "99001000/010223/0000001",
    "G072": "01.02.2023",
    "G011": "ИМ",
    "G022": "EXAMPLE LAND FORCES DEPOT",
    "G081": "6623029538",
    "G082": 'АО "НПК "УРАЛВАГОНЗАВОД"',
    "G15A": "DZ",
    "G17A": "RU",
    "G31_1": "ПРИЦЕЛ-ДАЛЬНОМЕР ТПД-К1 ДЛЯ ТАНКА Т-72А, ДЛЯ РЕМОНТА",
    "G31_11": "УРАЛВАГОНЗАВОД",
    "G31_7": "5",
    "G31_71": "ШТ",
    "G32": "1",
    "G33": "9013100000",
    "G34": "RU",
    "G37": "6010000",
    "G46": "1000",
}
"""A re-import of tier A, as a Russian declaration has it."""


def declarations(path: Path, *lines: dict[str, str]) -> Path:
    """Write a file of declaration fields: each line is :data:`SIGHTS` with what is said of it.

    Args:
        path: The file.
        lines: Fields that differ.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(DECLARATION_FIELDS), delimiter=";", restval="")
        writer.writeheader()
        writer.writerows({**SIGHTS, **line} for line in lines)
    return path


@dataclass(frozen=True)
class CustomsHome:
    """A home of which the customs half is built."""

    home: Home

    def land(self, path: Path, as_of: str, *covers: str) -> None:
        """Land a file as if it had been observed at that day, and parse it."""
        ingest(self.home, [path], source="customs", as_of=as_of, covers=covers)
        make_bronze(self.home)

    def land_rates(self, path: Path, as_of: str) -> None:
        """Land a small answer of the European Central Bank, and parse it; no bounds are asked."""
        landing = Landing(self.home)
        received = landing.new_path(path.suffix)
        received.write_bytes(path.read_bytes())
        landing.land(
            specification("fx_ecb"),
            received,
            observed_at=parse_as_of(as_of),
            file_name=path.name,
            origin="ingest",
            figures={},
        )
        make_bronze(self.home)

    def build(
        self,
        *,
        tested: bool = True,
        built_at: datetime = BUILT_AT,
        chosen: tuple[str, ...] = (*MARTS, "+row_ledger", *FACTS),
    ) -> tuple[int, str]:
        """Build the customs half; dbt's exit status and what it said.

        Args:
            tested: Run the tests too.
            built_at: The moment of the build.
            chosen: What to build, as dbt selects it.
        """
        left_out = ("test_type:unit",) if tested else ("resource_type:test", "resource_type:unit_test")
        return self._dbt(
            "build", "--indirect-selection", "cautious", "--exclude", *left_out, "--select", *chosen, built_at=built_at
        )

    def check_facts(self) -> tuple[int, str]:
        """Run the facts (singular tests) alone on what has been built."""
        return self._dbt("test", "--select", *FACTS)

    def _dbt(self, *arguments: str, built_at: datetime = BUILT_AT) -> tuple[int, str]:
        said: list[str] = []
        return dbt(self.home, *arguments, built_at=built_at, progress=said.append), "\n".join(said)

    def query(self, sql: str) -> list[tuple[object, ...]]:
        """Rows of the built database."""
        with duckdb.connect(str(build_database(self.home)), read_only=True) as connection:
            connection.execute("set timezone = 'UTC'")
            return connection.execute(sql).fetchall()

    def exports(self, folder: Path) -> dict[str, bytes]:
        """Each published table as sorted CSV."""
        folder.mkdir()
        with duckdb.connect(str(build_database(self.home)), read_only=True) as connection:
            connection.execute("set timezone = 'UTC'")
            for table in PUBLISHED:
                target = folder / f"{table}.csv"
                connection.execute(f"copy (from marts.{table} order by all) to '{target}' (format csv)")
        return {table: (folder / f"{table}.csv").read_bytes() for table in PUBLISHED}
