"""Small releases made by hand, for tests of composing, publishing and reading."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from boomerang.home import Home
from boomerang.quality import CheckResult, ChecksReport
from boomerang.quality.report import sha256_of
from boomerang.release.compose import compose

MANIFEST: dict[str, Any] = {
    "nodes": {
        f"model.boomerang.{name}": {
            "name": name,
            "resource_type": "model",
            "primary_key": [key],
            "config": {"meta": {"published": True, "row_sources": sources}},
        }
        for name, key, sources in [
            ("fct_reimports", "reimport_id", ["customs"]),
            ("fct_equipment_losses", "loss_id", ["oryx_russia"]),
        ]
    }
}


def candidate(home: Home, second: int = 0, rows: int = 1000, is_replay: bool = False, change: str = "") -> Path:
    """Compose a candidate of two small marts, changed by some SQL first."""
    home.build.mkdir(exist_ok=True)
    database = home.build / "warehouse.duckdb"
    database.unlink(missing_ok=True)
    with duckdb.connect(str(database)) as connection:
        connection.execute("create schema marts")
        connection.execute(
            "create table marts.fct_reimports as "
            "select md5(i::varchar) as reimport_id, date '2022-12-09' as declared_on, $second::int as build, "
            "i::decimal(18, 2) as value_usd, "
            "[{'signal': 'own', 'text': 'Юг'}] as evidence from range($rows) as r(i)",
            {"second": second, "rows": rows},
        )
        connection.execute("create table marts.fct_equipment_losses (loss_id varchar, build int)")
        connection.execute("insert into marts.fct_equipment_losses values ('a', $1)", [second])
        connection.execute("comment on table marts.fct_reimports is 'One row per line that''s re-imported.'")
        connection.execute("comment on column marts.fct_reimports.value_usd is 'USD; \"statistical\"'")
        connection.execute(change or "select 1")
    return compose(
        home,
        database=database,
        dbt_manifest=MANIFEST,
        fingerprint=f"{second:08x}" + "0" * 56,
        built_at=datetime(2026, 1, 1, 2, 0, second, tzinfo=UTC),
        landed={"customs"},
        observed_until=datetime(2026, 1, 1, 1, 0, tzinfo=UTC),
        is_replay=is_replay,
    )


def checked(folder: Path, success: bool = True) -> None:
    """Write the report of one check beside a candidate."""
    ChecksReport(
        release_id="r",
        profile="live",
        checked_at=datetime(2026, 1, 1, 3, tzinfo=UTC),
        checked_with="1",
        database_sha256=sha256_of(folder / "warehouse.duckdb"),
        results=(
            CheckResult(
                suite="fct_reimports",
                expectation="there_are_rows",
                kind="gate",
                severity="critical",
                description="why",
                expected="rows",
                observed="some" if success else "none",
                success=success,
            ),
        ),
    ).write(folder)
