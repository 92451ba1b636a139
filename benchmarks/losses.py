"""What a page or table of losses costs at the end of a history, put in between, and in a build from nothing.

The history is synthetic: versions of a table in the manner of the community's, that only grows.
"""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.measure import Cost, in_process
from boomerang.bronze import make_bronze
from boomerang.clock import utc_now
from boomerang.home import Home
from boomerang.landing.store import Landing
from boomerang.sources.oryx import READER as PAGES
from boomerang.sources.specification import LandedFile, specification
from boomerang.transform import dbt, dbt_target

FIRST = datetime(2022, 3, 1, tzinfo=UTC)
STATUSES = ("destroyed", "captured", "damaged", "abandoned")
MODELS = (
    "T-72B",
    "T-80BV",
    "BMP-2(K)",
    "BTR-82A(M)",
    "MT-LB",
    "2S3(M) Akatsiya",
    "KamAZ 6x6",
    "T-62M",
    "BMD-2",
    "UAZ-469",
)
COLUMNS = (
    "country", "origin", "system", "status", "url", "date_recorded", "sysID", "imageID", "statusID", "matID"
)  # fmt: skip
CHOSEN = ("+path:models/marts/losses", "--exclude", "resource_type:test", "resource_type:unit_test")


def costs(folder: Path, versions: int, rows: int) -> tuple[dict[str, Cost], dict[str, float]]:
    """Measure nights on a short and a long history.

    Args:
        folder: Where to work.
        versions: Versions of the long history.
        rows: Rows of its last version.

    Returns:
        Costs by name, and the seconds that dbt spent in the models of losses, by the same names.
    """
    home = folder / "home"
    short = max(versions // 8, 2)
    late, in_between = range(versions), versions // 2
    steps = {
        f"{short} versions from nothing": range(short),
        f"one more after {short}": range(short, short + 1),
        f"all but one of {versions} from nothing": [
            number for number in late if number not in {in_between, versions - 1}
        ],
        f"one more after {versions - 2}": [versions - 1],
        "one put in between": [in_between],
    }
    found, models = {}, {}
    for name, numbers in steps.items():
        in_process(_land, home, list(numbers), versions, rows)
        if "from nothing" in name:
            shutil.rmtree(home / "build", ignore_errors=True)
        found[name] = in_process(_build, home)
        models[name] = found[name].result
    shutil.rmtree(home / "build")
    found[f"all {versions} from nothing"] = in_process(_build, home)
    models[f"all {versions} from nothing"] = found[f"all {versions} from nothing"].result
    return found, models


def page_seconds(page: Path, folder: Path) -> Cost:
    """Read one saved page of losses, unpacked."""
    return in_process(_read_page, page, folder)


def _read_page(page: Path, folder: Path) -> int:
    facts = specification("oryx_russia")
    counted = PAGES.parse(LandedFile(path=page, sha256="0" * 64, file_name=page.name, specification=facts), folder)
    return sum(member.rows_loaded for member in counted)


def _land(home: Path, numbers: list[int], versions: int, rows: int) -> None:
    opened = Home.open(home, profile="live")
    landing = Landing(opened)
    for number in numbers:
        received = landing.new_path(".csv")
        received.write_text(_table(number, versions, rows), encoding="utf-8")
        landing.land(
            specification("oryx_history"),
            received,
            observed_at=FIRST + timedelta(days=14 * number),
            file_name="totals_by_system.csv",
            origin="ingest",
            figures={},
        )
    make_bronze(opened)


def _table(number: int, versions: int, rows: int) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(_rows(number, versions, rows))
    return text.getvalue()


def _rows(number: int, versions: int, rows: int) -> Iterator[tuple[object, ...]]:
    for row in range(rows * (number + 1) // versions):
        recorded = FIRST + timedelta(days=14 * (row * versions // rows))
        # One in a hundred is told otherwise in every version.
        told = row + number if row % 100 == 0 else row
        side = "Russia" if row % 4 else "Ukraine"
        link = f"https://i.postimg.cc/synthetic/{row}.png"
        status, model = STATUSES[told % 4], MODELS[row % len(MODELS)]
        yield side, side, model, status, link, f"{recorded:%Y-%m-%d}", row % 10, row, told % 4, f"{row}-{told % 4}"


def _build(home: Path) -> float:
    opened = Home.open(home)
    said: list[str] = []
    if dbt(opened, "build", "--select", *CHOSEN, built_at=utc_now(), progress=said.append):
        raise RuntimeError("dbt could not build the losses:\n" + "\n".join(said[-20:]))
    results = json.loads((dbt_target(opened) / "run_results.json").read_text())["results"]
    return sum(node["execution_time"] for node in results if ".int_losses__" in node["unique_id"])
