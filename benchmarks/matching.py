"""Measure how Oryx losses and WarSpotting records are paired: this project's rule, simpler ones, and Splink.

``python -m benchmarks.matching FOLDER``, where FOLDER holds the real tables (oryx-scarnecchia, warspotting), which are
not part of the repository. Each way is judged by the dates in the names of Oryx's pictures, which none of them sees.
Splink is measured where it is installed (``pip install splink==5.0.0``); it is no dependency.
"""

# ruff: noqa: S608 - the SQL is put together from texts of this file; no input is in it
from __future__ import annotations

import argparse
import importlib.util
import json
import shutil
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
from rich.console import Console
from rich.table import Table

from boomerang.bronze import make_bronze
from boomerang.errors import UsageError
from boomerang.home import Home
from boomerang.landing.inbox import ingest
from boomerang.release.content import literal
from boomerang.transform import build_database, dbt, dbt_target

DUMP = "warspotting/lazar-bit-snapshots/warspotting_losses.2026-08-22.29fba102.csv.gz"
MODELS = ("int_matching__oryx_losses", "int_matching__warspotting_records", "int_losses__warspotting_matches")
WITHIN_DAYS = (0, 1, 3, 7, 30)
SEED = 1

AT_RANDOM = """
    select loss_id, warspotting_id
    from oryx inner join warspotting
        on oryx.model_key = warspotting.model_key and oryx.status = warspotting.status
        and oryx.first_seen_on - warspotting.lost_on between 0 and 14
    qualify row_number() over (partition by loss_id order by md5(loss_id || warspotting_id)) = 1
"""
ONLY_CANDIDATES = """
    select loss_id, warspotting_id
    from oryx inner join warspotting
        on oryx.model_key = warspotting.model_key and oryx.status = warspotting.status
        and oryx.first_seen_on - warspotting.lost_on between 0 and 7
    qualify count(*) over (partition by loss_id) = 1 and count(*) over (partition by warspotting_id) = 1
"""


def main() -> None:
    """Build the pairs from the real tables, measure every way, and print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.matching", description=__doc__)
    parser.add_argument("folder", type=Path, help="the folder of the real tables")
    parser.add_argument("--home", type=Path, help="a home to build in; default a temporary folder")
    arguments = parser.parse_args()
    console = Console(width=140)
    work = arguments.home or Path(tempfile.mkdtemp(prefix="boomerang-matching-"))
    try:
        home = Home.open(work, profile="live")
        build(home, arguments.folder)
        results = json.loads((dbt_target(home) / "run_results.json").read_text())["results"]
        seconds = sum(result["execution_time"] for result in results if result["unique_id"].endswith(MODELS))
        with duckdb.connect() as database:
            database.execute(f"attach {literal(str(build_database(home)))} as built (read_only)")
            measure(database, console, seconds)
    finally:
        if arguments.home is None:
            shutil.rmtree(work)


def build(home: Home, folder: Path) -> None:
    """Land the real tables and build the pairs."""
    tables = sorted((folder / "oryx-scarnecchia").glob("event_*.csv.gz"))
    if not tables or not (folder / DUMP).exists():
        raise UsageError(f"{folder} does not hold oryx-scarnecchia/event_*.csv.gz and {DUMP}")
    ingest(home, tables, source="oryx_history", layout=None, as_of="2025-07-19T12:00:00+00:00", covers=())
    ingest(home, [folder / DUMP], source="warspotting", layout=None, as_of="2026-08-22T12:00:00+00:00", covers=())
    make_bronze(home)
    said: list[str] = []
    select = ("--indirect-selection", "cautious", "--exclude", "test_type:unit", "--select", "+loss_matches")
    if dbt(home, "build", *select, built_at=datetime(2026, 9, 1, tzinfo=UTC), progress=said.append) != 0:
        raise UsageError("\n".join(said))


def measure(database: duckdb.DuckDBPyConnection, console: Console, seconds: float) -> None:
    """Print what each way pairs and how well, and what the pairs of this project are made of."""
    database.execute("create table oryx as from built.intermediate.int_matching__oryx_losses")
    database.execute("create table warspotting as from built.intermediate.int_matching__warspotting_records")
    database.execute("create table matches as from built.marts.loss_matches")
    database.execute(
        "create table pictures as select loss_id, max(pictured_on) as pictured_on "
        "from built.intermediate.int_losses__versions where pictured_on <= first_seen_on group by loss_id"
    )
    sizes = database.execute("select (select count(*) from oryx), (select count(*) from warspotting)").fetchall()[0]
    shown = _table(f"{sizes[0]:,} Oryx losses, {sizes[1]:,} WarSpotting records", "way", "seconds")
    for text, query in (
        ("any record of the model, status and fortnight", AT_RANDOM),
        ("only candidates of a week on both sides", ONLY_CANDIDATES),
    ):
        started = time.perf_counter()
        database.execute(query).fetchall()
        _show(database, shown, text, query, time.perf_counter() - started)
    if importlib.util.find_spec("splink"):
        started = time.perf_counter()
        splink_pairs(database)
        took = time.perf_counter() - started
        for text, column, least in (
            ("Splink, one to one by weight", "probability", 0.5),
            ("Splink, one to one, share of all rivals", "share", 0.5),
            ("Splink, one to one, share of all rivals", "share", 0.35),
        ):
            query = _one_to_one("splink_pairs", column, least)
            _show(database, shown, f"{text} > {least}", query, took)
    _show(database, shown, "this project's rule", "select loss_id, warspotting_id from matches", seconds)
    console.print(shown)
    for what in ("match_rule", "status", "year(first_seen_on)", "floor(match_score * 10) / 10"):
        parts = _table(f"this project's pairs by {what}", what)
        for (value,) in database.execute(f"select distinct {what} as part from matches order by part").fetchall():
            _show(database, parts, str(value), f"select loss_id, warspotting_id from matches where {what} = '{value}'")
        console.print(parts)
    dated = Table("status", "first seen in", "losses", "with a date", title="losses whose picture's name has a date")
    for row in database.execute(
        "select status, year(first_seen_on), count(*), round(count(pictured_on) / count(*), 2) "
        "from oryx left join pictures using (loss_id) group by all order by all"
    ).fetchall():
        dated.add_row(*(str(value) for value in row))
    console.print(dated)


def _table(title: str, first: str, *more: str) -> Table:
    table = Table(title=title, title_justify="left")
    for column in (first, *more, "pairs", "with a date", *(f"within {days} d" for days in WITHIN_DAYS)):
        table.add_column(column, justify="left" if column == first else "right")
    return table


def _show(
    database: duckdb.DuckDBPyConnection, table: Table, what: str, pairs: str, seconds: float | None = None
) -> None:
    """Add a line: the pairs of a query against the dates in the pictures' names."""
    shares = ", ".join(
        f"avg(case when abs(lost_on - pictured_on) <= {days} then 1.0 when pictured_on is not null then 0 end)"
        for days in WITHIN_DAYS
    )
    found = database.execute(
        f"select count(*), count(pictured_on), {shares} from ({pairs}) as pairs "
        "inner join warspotting using (warspotting_id) left join pictures using (loss_id)"
    ).fetchall()[0]
    timing = () if seconds is None else (f"{seconds:.1f}",)
    table.add_row(what, *timing, f"{found[0]:,}", f"{found[1]:,}", *(f"{share or 0:.3f}" for share in found[2:]))


def _one_to_one(table: str, column: str, least: float) -> str:
    """Pairs that are each other's best, above a least value; of equal ones the first by its id."""
    return f"""
        select loss_id, warspotting_id from {table} where {column} > {least}
        qualify
            row_number() over (partition by loss_id order by {column} desc, warspotting_id) = 1
            and row_number() over (partition by warspotting_id order by {column} desc, loss_id) = 1
    """


def splink_pairs(database: duckdb.DuckDBPyConnection) -> None:
    """Train Splink on the same comparisons by expectation maximisation, and keep its pairs in ``splink_pairs``."""
    import splink.comparison_level_library as levels  # type: ignore[import-not-found]  # noqa: PLC0415
    import splink.comparison_library as comparisons  # type: ignore[import-not-found]  # noqa: PLC0415
    from splink import DuckDBAPI, Linker, SettingsCreator  # type: ignore[import-not-found]  # noqa: PLC0415

    off = "(greatest(added_l - (entered_r + 4), 0) + least(seen_l - (entered_r + 4), 0))"
    after = "(seen_l - lost_r)"

    def compare(name: str, *conditions: str) -> Any:
        chosen = [levels.CustomLevel(condition, condition) for condition in conditions]
        return comparisons.CustomComparison(output_column_name=name, comparison_levels=[*chosen, levels.ElseLevel()])

    settings = SettingsCreator(
        link_type="link_only",
        comparisons=[
            compare(
                "days_off",
                *(f"{off} = {days}" for days in (0, -1, -2, -3, 1)),
                *(f"{off} between {low} and {high}" for low, high in ((2, 3), (4, 7), (-6, -4), (8, 14), (-20, -7))),
            ),
            compare(
                "days_after",
                f"{after} between -1 and 0",
                *(f"{after} = {days}" for days in (1, 2, 3, 4, 5)),
                *(f"{after} between {low} and {high}" for low, high in ((6, 7), (8, 10), (11, 14), (15, 21), (22, 45))),
            ),
            compare("model", "model_l = model_r"),
            compare("status", "status_l = status_r"),
        ],
        blocking_rules_to_generate_predictions=[
            "l.block = r.block and l.seen >= r.lost and l.seen - r.entered between -20 and 60"
        ],
        additional_columns_to_retain=["added", "seen", "lost", "entered"],
        probability_two_random_records_match=15_000 / (23_000 * 23_000),
    )
    columns = "block, model_key as model, status"
    day = "date '2022-01-01'"
    left = database.execute(
        f"select loss_id as unique_id, {columns}, added_from_on - {day} as added, first_seen_on - {day} as seen, "
        "null::bigint as lost, null::bigint as entered from oryx order by loss_id"
    ).to_arrow_table()
    right = database.execute(
        f"select warspotting_id::varchar as unique_id, {columns}, null::bigint as added, null::bigint as seen, "
        f"lost_on - {day} as lost, entered_about_on - {day} as entered from warspotting order by warspotting_id"
    ).to_arrow_table()
    memory = duckdb.connect()
    memory.register("left_table", left)
    memory.register("right_table", right)
    memory.execute("create table oryx_losses as from left_table; create table warspotting_records as from right_table")
    api = DuckDBAPI(memory)
    linker = Linker([api.register("oryx_losses"), api.register("warspotting_records")], settings)
    linker.training.estimate_u_using_random_sampling(max_pairs=2e7, seed=SEED)
    for block in ("l.model = r.model", "l.block = r.block and l.seen >= r.lost and l.seen - r.entered between 3 and 5"):
        linker.training.estimate_parameters_using_expectation_maximisation(block)
    predicted = linker.inference.predict(threshold_match_weight=-5)
    found = memory.execute(
        f"select unique_id_l as loss_id, unique_id_r::bigint as warspotting_id, match_probability as probability, "
        f"least(pow(2, match_weight) / (sum(pow(2, match_weight)) over (partition by unique_id_l) + 0.01), "
        f"pow(2, match_weight) / (sum(pow(2, match_weight)) over (partition by unique_id_r) + 0.01)) as share "
        f"from {predicted.physical_name}"
    ).to_arrow_table()
    database.register("found", found)
    database.execute("create or replace table splink_pairs as from found")


if __name__ == "__main__":
    main()
