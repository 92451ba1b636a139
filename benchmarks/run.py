"""Measure the intake against hand-written SQL, and what a night costs; print the tables and keep the last run.

``make bench``, or ``python -m benchmarks.run --lines 5000000``. Nothing here asserts a time: the figures of one run
on one machine, with the ratio that carries over.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import duckdb
from rich.console import Console
from rich.table import Table

from benchmarks import losses, nights
from benchmarks.handwritten import hash_read_and_type
from benchmarks.measure import Cost, command, in_process
from boomerang.bronze import make_bronze
from boomerang.clock import utc_now
from boomerang.durable import write_durably
from boomerang.home import PROJECT_ROOT, Home
from boomerang.landing import inbox
from boomerang.synthetic.customs_files import Dialect, Layout, synthesise
from boomerang.transform import build_database, dbt, dbt_target

LAYOUT: Layout = "russia_declaration_fields"
STAGING = "stg_customs__lines"
SEED = 5
Encoding = Literal["utf-8", "cp1251"]
CASES: tuple[tuple[Encoding, bool], ...] = (("utf-8", True), ("utf-8", False), ("cp1251", True), ("cp1251", False))
"""Encoding of the file, and whether it has rows that can't be read."""
PAGE = PROJECT_ROOT / "docs" / "performance.md"
TABLE_VERSIONS, TABLE_ROWS = 80, 37_000
REAL_PAGE = PROJECT_ROOT.parent / "shared" / "real-data" / "oryx-html" / "russia.html.gz"
BEGIN, END = "<!-- benchmark: begin -->", "<!-- benchmark: end -->"
VERSIONS = ("duckdb", "dbt-core", "dbt-duckdb", "great-expectations", "apache-airflow")


@dataclass(frozen=True)
class Row:
    """A line of a table: what was measured, and the text beside it."""

    what: str
    cost: Cost
    remark: str = ""


def main() -> None:
    """Run every part that is asked for, print it, and keep it in docs/performance.md."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    parser.add_argument("--lines", type=int, default=5_000_000, help="lines of the vendor file (default 5,000,000)")
    parser.add_argument("--rounds", type=int, default=2, help="how often each way is measured; the best counts")
    parser.add_argument("--folder", type=Path, help="where to work (a few GB); default a temporary folder")
    parser.add_argument("--part", choices=["all", "intake", "nights", "losses", "night"], default="all")
    parser.add_argument("--no-page", action="store_true", help=f"leave {PAGE.name} as it is")
    asked = parser.parse_args()
    console = Console(width=120)
    folder = Path(tempfile.mkdtemp(prefix="boomerang-bench-", dir=asked.folder))
    try:
        sections = []
        if asked.part in {"all", "intake"}:
            for encoding, with_damage in CASES:
                work = folder / f"intake_{encoding}_{with_damage}"
                sections += intake(work, asked.lines, asked.rounds, encoding, with_damage, console)
        if asked.part in {"all", "nights"}:
            sections += growing_customs(folder / "nights", asked.lines, console)
        if asked.part in {"all", "losses"}:
            sections += growing_losses(folder / "losses", console)
        if asked.part in {"all", "night"}:
            sections += night(folder / "night", console)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    text = machine() + "\n\n" + "\n\n".join(sections)
    if not asked.no_page:
        write_page(text)
        console.print(f"kept in {PAGE.relative_to(PROJECT_ROOT)}")


# --- The intake of one big file -----------------------------------------------------------------------------------


def intake(folder: Path, lines: int, rounds: int, encoding: Encoding, with_damage: bool, console: Console) -> list[str]:
    """One vendor file by hand-written SQL, and through landing, bronze and staging."""
    made = in_process(_generate, folder, lines, encoding, with_damage)
    path = Path(made.result)
    size = path.stat().st_size
    by_hand, landed, parsed, staged = [], [], [], []
    for number in range(rounds):
        by_hand.append(in_process(hash_read_and_type, path, folder / f"by_hand_{number}", encoding))
        home = folder / f"home_{number}"
        landed.append(in_process(_land, home, path))
        parsed.append(in_process(_bronze, home))
        in_process(_make_staging_view, home)
        staged.append(in_process(_stage, home))
        for rest in (home, folder / f"by_hand_{number}"):
            shutil.rmtree(rest)
    hand = min(by_hand, key=lambda cost: cost.seconds)
    steps = [min(costs, key=lambda cost: cost.seconds) for costs in (landed, parsed, staged)]
    whole = Cost(
        seconds=sum(step.seconds for step in steps),
        cpu_seconds=sum(step.cpu_seconds for step in steps),
        peak_mb=max(step.peak_mb for step in steps),
    )
    rows = [
        Row("the file is made", made, f"{size / 1e6:,.0f} MB"),
        Row("by hand", hand, f"hashed, read, typed, kept as Parquet: {hand.result:,} rows; what it can't read is lost"),
        Row("landing", steps[0], "copied, hashed, flushed to the disk"),
        Row("bronze", steps[1], f"{steps[1].result:,} rows loaded; the others in the quarantine, with their reasons"),
        Row("staging", steps[2], f"{steps[2].result:,} rows, every column scanned"),
        Row("landing + bronze + staging", whole, f"{whole.seconds / hand.seconds:.2f} times by hand"),
    ]
    remark = (
        f"Ratio: **{whole.seconds / hand.seconds:.2f}** by the clock, "
        f"**{whole.cpu_seconds / hand.cpu_seconds:.2f}** in work of all cores (aim: 1.5 or less). "
        f"Best of {rounds} rounds each."
    )
    shutil.rmtree(folder)
    what = "with rows that can't be read" if with_damage else "without damage"
    return [show(f"One vendor file of {lines:,} lines in {encoding}, {what}", rows, console), say(remark, console)]


def _generate(folder: Path, lines: int, encoding: Encoding, with_damage: bool) -> str:
    dialect = Dialect(encoding=encoding)
    answer = synthesise(folder, lines=lines, seed=SEED, layout=LAYOUT, dialect=dialect, with_damage=with_damage)
    return str(folder / LAYOUT / answer.files[0].file)


def _land(home: Path, path: Path) -> None:
    inbox.ingest(Home.open(home, profile="live"), [path], source="customs", layout=LAYOUT)


def _bronze(home: Path) -> int:
    make_bronze(Home.open(home, profile="live"))
    ledger = duckdb.read_parquet(str(home / "bronze" / "customs" / "ledger" / "*.parquet"))
    return int(ledger.aggregate("sum(rows_loaded)").fetchall()[0][0])


def _make_staging_view(home: Path) -> None:
    opened = Home.open(home, profile="live")
    opened.build.mkdir(exist_ok=True)
    said: list[str] = []
    if dbt(opened, "run", "--select", f"+{STAGING}", built_at=utc_now(), progress=said.append):
        raise RuntimeError("dbt could not make the staging view:\n" + "\n".join(said[-20:]))


def _stage(home: Path) -> int:
    """Scan the staging view, every column (the greatest of each)."""
    with duckdb.connect(str(build_database(Home.open(home))), read_only=True) as connection:
        row = connection.execute(f"select count(*), max(columns(*)) from staging.{STAGING}").fetchall()[0]  # noqa: S608
    return int(row[0])


# --- Nights on a history ------------------------------------------------------------------------------------------


def growing_customs(folder: Path, lines: int, console: Console) -> list[str]:
    """A night of a few thousand customs lines on a history, and all of it from nothing."""
    found = nights.costs(folder, lines)
    rows = [Row(name, cost) for name, cost in found.items()]
    night_seconds = found["a night: bronze"].seconds + found["a night: dbt"].seconds
    whole_seconds = found["from nothing: bronze"].seconds + found["from nothing: dbt"].seconds
    remark = (
        f"A night of {nights.NIGHTLY_LINES:,} lines on {lines:,}: bronze and dbt, with every test, take "
        f"**{night_seconds / whole_seconds:.2f}** of what all takes from nothing (aim: 0.1); composing the release "
        f"from whole tables is on top: {found['a night: composing'].seconds:.1f} s. The rows of every mart were equal."
    )
    return [show(f"A night on {lines:,} customs lines", rows, console), say(remark, console)]


def growing_losses(folder: Path, console: Console) -> list[str]:
    """Versions of a table of losses, one after the other, one in between, and all from nothing."""
    found, models = losses.costs(folder, TABLE_VERSIONS, TABLE_ROWS)
    rows = [Row(name, cost, f"{models[name]:.1f} s in the models of losses") for name, cost in found.items()]
    short, long = (models[name] for name in models if name.startswith("one more"))
    whole = models[f"all {TABLE_VERSIONS} from nothing"]
    remark = (
        f"The models of losses take **{long / short:.2f}** times as long for one version more after "
        f"{TABLE_VERSIONS - 2} as after {max(TABLE_VERSIONS // 8, 2)}, and **{long / whole:.2f}** of what all "
        f"{TABLE_VERSIONS} take from nothing. The last version has {TABLE_ROWS:,} rows; the seconds are those of dbt's "
        "models, summed over its threads."
    )
    sections = [show(f"{TABLE_VERSIONS} dated versions of a table of losses", rows, console), say(remark, console)]
    if REAL_PAGE.exists():
        page = folder / "russia.html"
        page.write_bytes(gzip.decompress(REAL_PAGE.read_bytes()))
        cost = losses.page_seconds(page, folder)
        sections.append(say(f"The real Russian page of April 2023: read in {cost.seconds:.2f} s.", console))
    return sections


# --- A night ------------------------------------------------------------------------------------------------------


def night(folder: Path, console: Console) -> list[str]:
    """The sample's nights, in one process step by step, and through Airflow."""
    home = folder / "steps"
    site = in_process(_site, home)
    steps: dict[str, list[Cost]] = {}
    for number, name in ((1, "first"), (2, "with changes"), (3, "no change")):
        steps[name] = [in_process(step, home) for step in (_pull, _bronze_of_home, _build, _check, _publish)]
        if number == 1:
            dbt_seconds, node_seconds = steps[name][2].result
    names = ("pull", "bronze", "dbt and composing", "checks", "publish")
    titles = {"first": "first night", "with changes": "night with changes", "no change": "night without changes"}
    rows = [Row("the sample's files are made", site, "both nights")]
    for name, costs in steps.items():
        rows += [Row(f"{titles[name]}: {step}", cost) for step, cost in zip(names, costs, strict=True)]
    sections = [show("The sample's nights, step by step", rows, console)]

    in_one = folder / "in_one"
    through_airflow = folder / "airflow"
    runs: list[Row] = []
    for title in titles.values():
        plain = command(
            [str(Path(sys.executable).with_name("boomerang")), "nightly", "--home", str(in_one), "--profile", "sample"],
            PROJECT_ROOT,
            {},
        )
        airflow = command(
            [sys.executable, "-m", "boomerang.orchestration.nightly", "--home", str(through_airflow)],
            PROJECT_ROOT,
            {"BOOMERANG_PROFILE": "sample"},
        )
        runs.append(Row(f"{title}: boomerang nightly", plain))
        runs.append(Row(f"{title}: through Airflow", airflow, f"{airflow.seconds - plain.seconds:+.1f} s"))
    idle = command(
        [str(Path(sys.executable).with_name("boomerang")), "nightly", "--no-pull", "--home", str(in_one)],
        PROJECT_ROOT,
        {},
    )
    runs.append(Row("nothing observed since: boomerang nightly --no-pull", idle))
    sections.append(show("Whole nights, each a command", runs, console))
    first = steps["first"]
    remark = (
        f"dbt runs for {dbt_seconds:.1f} s (its models, seeds and tests: {node_seconds:.1f} s, summed over threads); "
        f"the rest of that step, {first[2].seconds - dbt_seconds:.1f} s, is dbt's start and the composing. "
        f"Checks: {first[3].seconds:.1f} s. Airflow adds {runs[1].cost.seconds - runs[0].cost.seconds:.1f} s to the "
        f"first night, which sets up its database, and {runs[5].cost.seconds - runs[4].cost.seconds:.1f} s to one "
        "without changes."
    )
    return [*sections, say(remark, console)]


def _open_sample(home: Path) -> Home:
    return Home.open(home, profile="sample")


def _site(home: Path) -> None:
    from boomerang.synthetic.sample_site import sample_site  # noqa: PLC0415 - measured with its import

    for number in (1, 2):
        sample_site(_open_sample(home).root / "sample", number)


def _pull(home: Path) -> None:
    from boomerang import pipeline  # noqa: PLC0415 - its imports are part of each step's cost

    opened = _open_sample(home)
    for source in pipeline.due_sources(opened):
        pipeline.pull(opened, source)


def _bronze_of_home(home: Path) -> None:
    make_bronze(_open_sample(home))


def _build(home: Path) -> tuple[float, float]:
    """Build; returns dbt's own seconds, and the sum of its nodes'."""
    from boomerang import pipeline  # noqa: PLC0415 - its imports are part of each step's cost

    opened = _open_sample(home)
    if pipeline.build(opened) is None:
        return 0.0, 0.0
    results = json.loads((dbt_target(opened) / "run_results.json").read_text())
    return results["elapsed_time"], sum(node["execution_time"] for node in results["results"])


def _if_built(step: Callable[[Any], object], home: Path) -> None:
    from boomerang.release.compose import candidate_folder  # noqa: PLC0415 - its imports are part of the cost

    opened = _open_sample(home)
    if candidate_folder(opened).exists():
        step(opened)


def _check(home: Path) -> None:
    from boomerang import pipeline  # noqa: PLC0415 - its imports are part of each step's cost

    _if_built(pipeline.check, home)


def _publish(home: Path) -> None:
    from boomerang import pipeline  # noqa: PLC0415 - its imports are part of each step's cost

    _if_built(pipeline.publish, home)


# --- Showing ------------------------------------------------------------------------------------------------------


def machine() -> str:
    """What it ran on: cores, memory, versions; no names."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = ", ".join(f"{name} {version(name)}" for name in VERSIONS)
    return (
        f"Measured on {utc_now():%Y-%m-%d}: {len(os.sched_getaffinity(0))} cores, {memory:.0f} GB of memory, "
        f"{platform.system()} on {platform.machine()}, load {os.getloadavg()[0]:.1f} at the end. "
        f"Python {platform.python_version()}, {versions}."
    )


def show(title: str, rows: list[Row], console: Console) -> str:
    """Print a table, and return it as Markdown."""
    columns = ("what", "seconds", "CPU seconds", "peak MB", "")
    shown = Table(title=title, title_justify="left")
    for number, column in enumerate(columns):
        shown.add_column(column, justify="right" if number in {1, 2, 3} else "left")
    cells = [
        (row.what, f"{row.cost.seconds:.1f}", f"{row.cost.cpu_seconds:.1f}", f"{row.cost.peak_mb:,.0f}", row.remark)
        for row in rows
    ]
    for line in cells:
        shown.add_row(*line)
    console.print(shown)
    head = ["| " + " | ".join(columns) + " |", "|---|--:|--:|--:|---|"]
    return "\n".join([f"### {title}", "", *head, *("| " + " | ".join(line) + " |" for line in cells)])


def say(text: str, console: Console) -> str:
    """Print a paragraph, and return it."""
    console.print(text.replace("**", ""))
    return text


def write_page(text: str) -> None:
    """Put the last run between the markers of docs/performance.md; the words around them stay."""
    page = PAGE.read_text() if PAGE.exists() else f"# Performance\n\n{BEGIN}\n{END}\n"
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    write_durably(PAGE, f"{before}{BEGIN}\n{text}\n{END}{after}".encode())


if __name__ == "__main__":
    main()
