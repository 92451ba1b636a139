"""A server that speaks WarSpotting's API, and synthetic losses for it to show.

It answers ``GET .../{yyyy-mm-dd}/{page}/`` with the losses of that day, 100 a page, and with 404 behind the last page;
it wants a User-Agent, counts requests and says 429 to who asks too fast; and it fails on demand, as the real one does.
"""

from __future__ import annotations

import json
import re
import time
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from random import Random
from threading import Lock
from typing import Any, Final, Literal

from boomerang.durable import write_durably
from boomerang.sources.specification import RateLimit
from boomerang.synthetic.oryx_history import recorded_days
from boomerang.synthetic.server import SiteAnswer

PAGE_LOSSES: Final = 100
ROOT: Final = "/warspotting/api/losses/russia/"
"""Where the sample's server shows it."""

_PATH: Final = re.compile(re.escape(ROOT) + r"(\d{4}-\d{2}-\d{2})/(?:(\d{1,4})/)?")
_JSON: Final = {"Content-Type": "application/json"}

Fault = Literal["520", "429", "broken_json", "wrong_shape", "empty", "other_fields", "not_found"]
FAULTS: Final[dict[Fault, SiteAnswer]] = {
    "520": SiteAnswer(520, {"Content-Type": "text/html"}, b"<html>Web server is returning an unknown error</html>"),
    "429": SiteAnswer(429, {"Retry-After": "0"}, b""),
    "broken_json": SiteAnswer(200, _JSON, b'{"losses": [{"id": 1, "date": "20'),
    "wrong_shape": SiteAnswer(200, _JSON, b'{"message": "maintenance"}'),
    "empty": SiteAnswer(200, _JSON, b'{"losses": []}'),
    "other_fields": SiteAnswer(200, _JSON, b'{"losses": [{"identifier": 1, "vehicle": "T-72B3"}]}'),
    "not_found": SiteAnswer(404, _JSON, b'{"detail": "Not found."}'),
}


@dataclass
class WarspottingSite:
    """The API, over a list of losses.

    Attributes:
        losses: The records, as the API writes them.
        limit: What it bears; beyond that it says 429.
        faults: Path -> what it says to the next requests of it instead, one after the other; the last is repeated.
        asked: The paths of all requests, in order.
        refused: How many of them were too many.
    """

    losses: Sequence[Mapping[str, Any]]
    limit: RateLimit | None = None
    faults: dict[str, list[Fault]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    refused: int = 0

    def __post_init__(self) -> None:
        self._by_day: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        for loss in self.losses:
            self._by_day[str(loss["date"])].append(loss)
        self._recent: deque[float] = deque()
        self._lock = Lock()

    def answer(self, path: str, headers: Mapping[str, str]) -> SiteAnswer:
        """What it says to a GET.

        Args:
            path: The path, without a query.
            headers: The request's headers.
        """
        with self._lock:
            self.asked.append(path)
            if not any(value for name, value in headers.items() if name.lower() == "user-agent"):
                return SiteAnswer(403, _JSON, b'{"detail": "A User-Agent is required."}')
            if wait := self._too_soon():
                self.refused += 1
                return SiteAnswer(429, {"Retry-After": str(wait)}, b"")
            if faults := self.faults.get(path):
                return FAULTS[faults.pop(0) if len(faults) > 1 else faults[0]]
            match = _PATH.fullmatch(path)
            losses = self._by_day.get(match[1], []) if match else []
            page = int((match and match[2]) or 1)
            shown = losses[(page - 1) * PAGE_LOSSES : page * PAGE_LOSSES] if page else []
            if not shown:
                return FAULTS["not_found"]
            return SiteAnswer(200, _JSON, json.dumps({"losses": shown}, ensure_ascii=False).encode())

    def heal(self, path: str) -> None:
        """Let a path answer as it should again."""
        self.faults.pop(path, None)

    def _too_soon(self) -> int:
        """Seconds to wait, where the limit is reached."""
        if self.limit is None:
            return 0
        now = time.monotonic()
        while self._recent and now - self._recent[0] >= self.limit.seconds:
            self._recent.popleft()
        if len(self._recent) >= self.limit.requests:
            return int(self._recent[0] + self.limit.seconds - now) + 1
        self._recent.append(now)
        return 0


# --- What the sample shows

TYPES: Final = {
    "Tanks": "Tanks",
    "Armoured Fighting Vehicles": "Infantry fighting vehicles",
    "Infantry Fighting Vehicles": "Infantry fighting vehicles",
    "Armoured Personnel Carriers": "Infantry fighting vehicles",
    "Mine-Resistant Ambush Protected (MRAP) Vehicles": "Infantry mobility vehicles",
    "Infantry Mobility Vehicles": "Infantry mobility vehicles",
    "Command Posts And Communications Stations": "Command posts, communication",
    "Engineering Vehicles And Equipment": "Engineering",
    "Towed Artillery": "Towed artillery",
    "Self-Propelled Artillery": "Self-propelled artillery",
    "Multiple Rocket Launchers": "Rocket and missile artillery",
    "Surface-To-Air Missile Systems": "Anti-aircraft systems",
    "Self-Propelled Anti-Aircraft Guns": "Anti-aircraft systems",
    "Radars": "Radars, jammers",
    "Helicopters": "Helicopters",
    "Aircraft": "Airplanes",
    "Naval Ships": "Vessels",
    "Reconnaissance Unmanned Aerial Vehicles": "Drones",
    "Trucks, Vehicles and Jeeps": "Transport",
}
"""Category on the pages -> type at WarSpotting; any other is "Other"."""

SPELLINGS: Final = {"BMP-1(P)": "BMP-1P", "BMP-2(K)": "BMP-2", "BTR-82A(M)": "BTR-82A", "KamAZ 6x6": "KamAZ-4310"}
LAST_DAY: Final = date(2023, 6, 30)
FIRST_DAY: Final = date(2022, 2, 24)
_PICTURED_AFTER: Final = {0: 50, 1: 25, 2: 12, 3: 8, 9: 5}
"""Days after the loss -> how often among a hundred; so below."""
_RECORDED_AFTER: Final = {1: 10, 2: 20, 3: 25, 4: 20, 7: 15, 30: 10}
_ENTERED_AFTER: Final = {0: 40, 1: 30, 2: 15, 3: 10, 25: 5}
_TAGS: Final = (None, None, "Turretless", "Z", "Cope cage", "Turretless, Shattered")


def synthetic_losses(links: Sequence[Mapping[str, Any]], night: int, seed: int) -> list[dict[str, Any]]:
    """Losses in the manner of WarSpotting: part of those on the synthetic Russian page, and some of their own.

    Args:
        links: The loss links of the first night's Russian page, as the reader gives them.
        night: 1; or 2, when losses of the last month have come, have been re-dated and given another status, and one
            is gone.
        seed: Equal seeds give equal losses.

    Returns:
        Records as the API writes them. Places and units are invented, and say so.
    """
    random = Random(f"{seed} warspotting")  # noqa: S311 - invented, not secret
    losses = [
        _loss(random, link["model"], link["category"], _status(link), _day(random, link["pictured_on"], recorded_on))
        for link, recorded_on in zip(links, recorded_days(links, "russia", seed), strict=True)
        for _ in link["numbers"]
        if random.random() < (0.7 if link["pictured_on"] else 0.3)
    ]
    own = [random.choice(links) for _ in range(60)]
    losses += [_loss(random, link["model"], link["category"], "Destroyed", _any_day(random)) for link in own]
    # Ids are given as records come in: most within days of the loss, a few weeks later.
    entered = [date.fromisoformat(loss["date"]) + _lag(random, _ENTERED_AFTER) for loss in losses]
    for number, place in enumerate(sorted(range(len(losses)), key=entered.__getitem__)):
        losses[place]["id"] = 10_000 + number
    if night > 1:
        _revise(losses, Random(f"{seed} warspotting 2"), links)  # noqa: S311
    return sorted(losses, key=lambda loss: (loss["date"], loss["id"]))


def _revise(losses: list[dict[str, Any]], random: Random, links: Sequence[Mapping[str, Any]]) -> None:
    recent = [loss for loss in losses if loss["date"] >= str(LAST_DAY - timedelta(days=25))]
    random.shuffle(recent)
    for loss in recent[:3]:
        loss["date"] = str(date.fromisoformat(loss["date"]) - timedelta(days=2))
    for loss in recent[3:6]:
        loss["status"] = "Captured" if loss["status"] != "Captured" else "Destroyed"
    for loss in recent[6:8]:
        loss["geo"] = "48.01,37.80"
    if len(recent) > 8:
        losses.remove(recent[8])
    new = [random.choice(links) for _ in range(15)]
    losses += [
        _loss(random, link["model"], link["category"], "Destroyed", LAST_DAY - timedelta(days=random.randrange(6)))
        | {"id": 50_000 + number}
        for number, link in enumerate(new)
    ]


def _status(link: Mapping[str, Any]) -> str:
    order = ("destroyed", "captured", "abandoned", "damaged")
    return next(status for status in order if link[f"is_{status}"]).capitalize()


def _day(random: Random, pictured_on: date | None, recorded_on: date) -> date:
    """Of a loss on the page: shortly before its picture, or before a collector of tables saw it there."""
    if pictured_on is None:
        return max(FIRST_DAY, recorded_on - _lag(random, _RECORDED_AFTER))
    return max(FIRST_DAY, pictured_on - _lag(random, _PICTURED_AFTER))


def _any_day(random: Random) -> date:
    return FIRST_DAY + timedelta(days=random.randrange((LAST_DAY - FIRST_DAY).days + 1))


def _lag(random: Random, days: Mapping[int, int]) -> timedelta:
    return timedelta(days=random.choices([*days], [*days.values()])[0])


def _loss(random: Random, model: str, category: str, status: str, day: date) -> dict[str, Any]:
    is_placed = random.random() < 0.6
    return {
        "id": 0,
        "type": TYPES.get(category, "Other"),
        "model": SPELLINGS.get(model, model.replace(" Obr. ", " mod. ").replace("'", "")),
        "status": status,
        "lost_by": "Russia",
        "date": str(day),
        "nearest_location": f"Synthetic place {random.randrange(1, 80)}, Synthetic raion",
        "geo": f"{random.uniform(46.5, 50.5):.6f},{random.uniform(33, 39):.6f}" if is_placed else None,
        "unit": f"Synthetic Brigade {random.randrange(1, 40)}" if random.random() < 0.2 else None,
        "tags": random.choice(_TAGS),
        "comment": "",
        "sources": [],
        "photos": [],
    }


def write_losses(folder: Path, losses: Sequence[Mapping[str, Any]]) -> None:
    """Write ``warspotting/losses.json``, from which :func:`boomerang.synthetic.server.serve` speaks the API."""
    text = json.dumps(list(losses), ensure_ascii=False, indent=1) + "\n"
    write_durably(folder / "warspotting" / "losses.json", text.encode())


def site_of(folder: Path) -> WarspottingSite | None:
    """The API over ``warspotting/losses.json`` of a folder, if it has that file."""
    path = folder / "warspotting" / "losses.json"
    return WarspottingSite(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else None
