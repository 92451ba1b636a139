"""A night that adds a few lines, against a build of everything from nothing; the rows must be the same."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb

from benchmarks.measure import Cost, in_process
from boomerang.bronze import make_bronze
from boomerang.clock import utc_now
from boomerang.home import Home
from boomerang.landing import inbox
from boomerang.release.compose import compose
from boomerang.release.content import table_facts, table_names
from boomerang.synthetic.customs_files import Layout, synthesise
from boomerang.transform import build_database, build_models, manifest

NIGHTLY_LINES = 20_000
LAYOUT: Layout = "russia_declaration_fields"
UNCOMPARED = {"source_freshness"}
"""Tells of the moment of the build."""


def costs(folder: Path, lines: int) -> dict[str, Cost]:
    """Measure a night on a history, and the same from nothing.

    Args:
        folder: Where to work; a few hundred bytes a line.
        lines: The history.

    Returns:
        The steps' costs by name.

    Raises:
        RuntimeError: The two ways gave different rows.
    """
    home = folder / "home"
    found = {"the history: bronze": _landed(folder, home, lines, seed=1)}
    found["the history: dbt"] = in_process(_build, home)
    found["a night: bronze"] = _landed(folder, home, NIGHTLY_LINES, seed=2)
    found["a night: dbt"] = in_process(_build, home)
    found["a night: composing"] = in_process(_compose, home)
    by_nights = in_process(_contents, home).result
    shutil.rmtree(home / "build")
    shutil.rmtree(home / "bronze")
    found["from nothing: bronze"] = in_process(_bronze, home)
    found["from nothing: dbt"] = in_process(_build, home)
    at_once = in_process(_contents, home).result
    different = sorted(name for name in by_nights.keys() | at_once.keys() if by_nights.get(name) != at_once.get(name))
    if different:
        raise RuntimeError(f"a night gives other rows than a build from nothing: {', '.join(different)}")
    return found


def _landed(folder: Path, home: Path, lines: int, *, seed: int) -> Cost:
    """Land a file; the cost of parsing it."""
    in_process(_land, folder / f"delivery_{seed}", home, lines, seed)
    return in_process(_bronze, home)


def _land(folder: Path, home: Path, lines: int, seed: int) -> None:
    made = synthesise(folder, lines=lines, seed=seed, layout=LAYOUT)
    path = folder / LAYOUT / made.files[0].file
    inbox.ingest(Home.open(home, profile="live"), [path], source="customs", layout=LAYOUT)
    shutil.rmtree(folder)


def _bronze(home: Path) -> None:
    make_bronze(Home.open(home))


def _build(home: Path) -> None:
    opened = Home.open(home)
    opened.build.mkdir(exist_ok=True)
    build_models(opened, utc_now(), build_database(opened))


def _compose(home: Path) -> None:
    opened = Home.open(home)
    compose(
        opened,
        database=build_database(opened),
        dbt_manifest=manifest(opened),
        fingerprint="0" * 64,
        built_at=utc_now(),
        landed={"customs"},
        observed_until=None,
        is_replay=False,
    )
    shutil.rmtree(opened.build / "candidate")


def _contents(home: Path) -> dict[str, dict[str, int | str]]:
    """Rows and content of every mart."""
    with duckdb.connect(str(build_database(Home.open(home))), read_only=True) as connection:
        return {name: table_facts(connection, name) for name in table_names(connection) if name not in UNCOMPARED}
