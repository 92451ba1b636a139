"""Synthetic tables in the manner of scarnecchia's: what a collector would have made of the synthetic pages of losses.

With its habits: a row for each link and status, rows that Oryx has withdrawn since are kept, the page's leading count
has leaked into a part of the names, one address is malformed and one model is "NA".
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final

from boomerang.durable import write_durably

STATUSES: Final = ("destroyed", "damaged", "abandoned", "captured")
HEADER: Final = (
    "country", "origin", "system", "status", "url", "date_recorded", "sysID", "imageID", "statusID", "matID",
)  # fmt: skip
VERSIONS: Final = {1: date(2022, 11, 30), 2: date(2022, 12, 31)}
"""The last day that the collector had seen, by night: long before the pages' own first observation."""


def write_history(folder: Path, links: Mapping[str, Sequence[Mapping[str, Any]]], night: int, seed: int) -> None:
    """Write ``oryx-history/event_<status>.csv``.

    Args:
        folder: Where ``oryx-history/`` is made.
        links: Side -> the loss links of the first night's page, as the reader gives them.
        night: 1, or 2 for the later version.
        seed: Equal seeds give equal bytes.
    """
    random = Random(f"{seed} history")  # noqa: S311 - invented, not secret
    rows: dict[str, list[tuple[str, ...]]] = {status: [] for status in STATUSES}
    for side, of_side in sorted(links.items()):
        for number, (link, recorded_on) in enumerate(zip(of_side, recorded_days(of_side, side, seed), strict=True)):
            system = f"{random.randrange(1, 90)} {link['model']}" if random.random() < 0.3 else link["model"]
            if recorded_on > VERSIONS[night]:
                continue
            for status in STATUSES:
                if link[f"is_{status}"]:
                    key = (str(number), str(number), str(STATUSES.index(status)), f"7-{number}")
                    facts = (side.title(), "Soviet Union", system, status, link["url"], str(recorded_on), *key)
                    rows[status].append(facts)
    rows["destroyed"].append(("Russia", "Russia", "NA", "destroyed", "https://pictures.example.org/na/1.jpg",
                              "2022-09-01", "1", "1", "1", "7-1"))  # fmt: skip
    rows["destroyed"].append(("Russia", "Russia", "KamAZ 6x6", "destroyed", "ttps://pictures.example.org/bad/1.jpg",
                              "2022-09-01", "1", "2", "1", "7-2"))  # fmt: skip
    for status, table in rows.items():
        output = io.StringIO()
        writer = csv.writer(output, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows(sorted(table))
        write_durably(folder / "oryx-history" / f"event_{status}.csv", output.getvalue().encode())


def recorded_days(links: Sequence[Mapping[str, Any]], side: str, seed: int) -> list[date]:
    """The day on which the collector saw each link for the first time.

    Args:
        links: The loss links of the first night's page of a side, as the reader gives them.
        side: ``russia`` or ``ukraine``.
        seed: Equal seeds give equal days.
    """
    random = Random(f"{seed} history {side}")  # noqa: S311 - invented, not secret
    return [_recorded_on(random, link["pictured_on"]) for link in links]


def _recorded_on(random: Random, pictured_on: date | None) -> date:
    lag = timedelta(days=random.choice((1, 2, 7, 7, 30)))
    return (pictured_on or date(2022, 3, 1) + timedelta(days=random.randrange(400))) + lag
