"""Four synthetic pages of losses in the manner of Oryx, with a known answer, for the sample profile and the tests.

Every picture, number and date is invented, and the pages say so; only the names of models and categories are real.
The Russian page has the layout from 2025 (``<details>``), the Ukrainian one that of 2022 to 2024 (``<li>``). On the
second night the Russian page is revised, and the Ukrainian one is byte for byte the same. The pages of ships and of
aircraft list both sides, in sections; most of what they show stands on the country's page too, by the same address, and
some stands there only.

Traps, each counted in the answer:

- ``disagreements``: the headline is off by a few, the heading of the tanks and the leading count of one model say other
  figures than their links, as on the real page;
- ``unreadable``: a range of numbers and an unknown status, which must go to the quarantine;
- compound and misspelt statuses, qualifiers, links for several vehicles, a link split in three, one without its comma,
  one without its bracket, one without text, a line without a colon, names that begin with a digit, an unknown flag;
- addresses used by two models, posts without a date in their address, dates that can't be true.
"""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any, Final, Literal

from boomerang.durable import write_durably

Status = Literal["destroyed", "damaged", "abandoned", "captured"]
STATUSES: Final[tuple[Status, ...]] = ("destroyed", "damaged", "abandoned", "captured")

HOST: Final = "https://pictures.example.org"
"""A host that is reserved for examples: nothing stands behind the addresses."""

FIRST_DAY: Final = date(2022, 2, 24)
PRESS_CASE: Final = date(2022, 12, 9)
"""Most pictures are older than the better known press case, so that there are losses before it."""

NIGHTS: Final = {night: datetime(2023, 6, 28 + night, 18, tzinfo=UTC) for night in (1, 2)}
"""When the Russian page of each night says that it was last modified, UTC."""

STATUS_TEXTS: Final[tuple[tuple[str, Status, int], ...]] = (
    ("destroyed", "destroyed", 600),
    ("captured", "captured", 230),
    ("damaged", "damaged", 55),
    ("abandoned", "abandoned", 55),
    ("damaged and captured", "captured", 24),
    ("damaged and abandoned", "abandoned", 12),
    ("abandoned and later destroyed", "destroyed", 5),
    ("captured and later destroyed", "destroyed", 4),
    ("captured and stripped", "captured", 3),
    ("with ZU-23 AA gun, destroyed", "destroyed", 3),
    ("damaged and abanonded", "abandoned", 2),
    ("damagd and captured", "captured", 2),
)
"""Text, the status that the vehicle counts under, and how often among a thousand."""

AIRCRAFT_TEXTS: Final[tuple[tuple[str, Status, int], ...]] = (
    ("destroyed", "destroyed", 70),
    ("destroyed on the ground", "destroyed", 15),
    ("damaged on the ground", "damaged", 15),
)
SHIP_TEXTS: Final[tuple[tuple[str, Status, int], ...]] = (
    ("sunk", "destroyed", 45),
    ("destroyed", "destroyed", 20),
    ("damaged", "damaged", 35),
)
TEXTS_BY_CATEGORY: Final = {"Aircraft": AIRCRAFT_TEXTS, "Helicopters": STATUS_TEXTS, "Naval Ships": SHIP_TEXTS}

Plan = dict[str, tuple[tuple[str, str, int], ...]]
"""Category -> (model, country of the flag, vehicles)."""

_SU, _RU, _UA = "the_Soviet_Union", "Russia", "Ukraine"

RUSSIA: Final[Plan] = {
    "Tanks": (
        ("T-62M", _SU, 24), ("T-64BV", _SU, 16), ("T-72A", _SU, 16), ("T-72B", _SU, 84), ("T-72B Obr. 1989", _SU, 30),
        ("T-72BA", _RU, 10), ("T-72B3", _RU, 92), ("T-72B3 Obr. 2016", _RU, 64), ("Unknown T-72", _SU, 30),
        ("T-80BV", _SU, 62), ("T-80U", _SU, 22), ("T-80BVM", _RU, 24), ("T-90A", _RU, 12), ("T-90M", _RU, 8),
        ("Unknown tank", _SU, 40),
    ),
    "Armoured Fighting Vehicles": (
        ("BRM-1(K) reconnaissance vehicle", _SU, 8), ("MT-LB", _SU, 96), ("MT-LB with ZU-23 AA gun", _SU, 8),
        ("2S1 with ZU-23 AA gun", _SU, 2), ("Unknown AFV", _SU, 40),
    ),
    "Infantry Fighting Vehicles": (
        ("BMP-1(P)", _SU, 78), ("BMP-2(K)", _SU, 136), ("BMP-3", _RU, 44), ("BMD-2", _SU, 34), ("BTR-82A(M)", _RU, 82),
    ),
    "Armoured Personnel Carriers": (("BTR-80", _SU, 34), ("BTR-D", _SU, 12)),
    "Mine-Resistant Ambush Protected (MRAP) Vehicles": (
        ("KamAZ-63968 Typhoon", _RU, 8), ("K-53949 Linza", "Ruritania", 4),
    ),
    "Infantry Mobility Vehicles": (("GAZ Tigr-M", _RU, 30), ("Iveco LMV Rys", "Italy", 6)),
    "Command Posts And Communications Stations": (
        ("BTR-60PU-12command vehicle", _SU, 9), ("R-142NSA command and signals vehicle", _SU, 2),
        ("R-149MA1 command and staff vehicle", _RU, 16),
    ),
    "Artillery Support Vehicles And Equipment": (
        ("1V13(M) battery fire control center", _SU, 6), ("1V14 battery command and forward observer vehicle", _SU, 5),
    ),
    "Towed Artillery": (("122mm D-30 howitzer", _SU, 12), ("152mm 2A65 Msta-B howitzer", _SU, 22)),
    "Self-Propelled Artillery": (("122mm 2S1 Gvozdika", _SU, 14), ("152mm 2S19 Msta-S", _RU, 28)),
    "Multiple Rocket Launchers": (("122mm BM-21 Grad", _SU, 26), ("220mm BM-27 Uragan", _SU, 10)),
    "Self-Propelled Anti-Aircraft Guns": (("ZSU-23-4 Shilka", _SU, 3), ("2K22M1 Tunguska", _SU, 9)),
    "Surface-To-Air Missile Systems": (
        ("9K33 Osa", _SU, 8), ("9K35 Strela-10", _SU, 14), ("9A310M1-2 TELAR (for Buk-M1-2)", _RU, 4),
        ("9A317 TELAR (for Buk-M2)", _RU, 7), ("Pantsir-S1", _RU, 9),
    ),
    "Radars": (("9S36 (for Buk-M2)", _RU, 2), ("1L261 (for 1L260 Zoopark-1M counter-battery radar complex)", _RU, 4)),
    "Helicopters": (
        ("Mi-8 transport helicopter", _SU, 11), ("Mi-24P attack helicopter", _SU, 3),
        ("Mi-28 attack helicopter", _RU, 7), ("Ka-52 'Alligator' attack helicopter", _RU, 18),
    ),
    "Reconnaissance Unmanned Aerial Vehicles": (("Orlan-10", _RU, 54),),
    "Trucks, Vehicles and Jeeps": (("Ural-4320", _SU, 70), ("KamAZ 6x6", _RU, 72), ("UAZ-452 van", _SU, 8)),
    "Aircraft": (
        ("Su-25 close air support aircraft", _SU, 6), ("Su-30SM multirole aircraft", _RU, 3),
        ("Su-34 strike aircraft", _RU, 5),
    ),
    "Naval Ships": (
        ("Project 03160 Raptor-class patrol boat", _RU, 5), ("Project 11770 Serna-class landing craft", _RU, 2),
        ("Project 775 Ropucha-class landing ship", "Poland", 2),
        ("Project 636.3 Improved Kilo-class submarine", _RU, 1),
    ),
}  # fmt: skip
UKRAINE: Final[Plan] = {
    "Tanks": (("T-64BV", _SU, 62), ("T-72A", _SU, 10), ("T-80BV", _SU, 8)),
    "Armoured Fighting Vehicles": (("MT-LB", _SU, 26), ("BRDM-2", _SU, 6)),
    "Infantry Fighting Vehicles": (("BMP-1(P)", _SU, 34), ("BMP-2(K)", _SU, 32)),
    "Armoured Personnel Carriers": (("BTR-70", _SU, 6), ("BTR-80", _SU, 14)),
    "Towed Artillery": (("122mm D-30 howitzer", _SU, 8), ("152mm 2A65 Msta-B howitzer", _SU, 8)),
    "Self-Propelled Artillery": (("122mm 2S1 Gvozdika", _SU, 14),),
    "Multiple Rocket Launchers": (("122mm BM-21 Grad", _SU, 8),),
    "Self-Propelled Anti-Aircraft Guns": (("ZSU-23-4 Shilka", _SU, 2),),
    "Surface-To-Air Missile Systems": (("9K33 Osa", _SU, 7), ("9K35 Strela-10", _SU, 4)),
    "Radars": (("P-18T", _UA, 3),),
    "Helicopters": (("Mi-8 transport helicopter", _SU, 6),),
    "Trucks, Vehicles and Jeeps": (("Ural-4320", _SU, 20), ("KamAZ 6x6", _RU, 22)),
    "Aircraft": (("MiG-29 fighter aircraft", _SU, 4), ("Su-25 close air support aircraft", _SU, 3)),
    "Naval Ships": (("Gyurza-M class gunboat", _UA, 3), ("Island-class patrol boat", "the_United_States", 1)),
}

SISTER_PAGES: Final = {
    "naval": {
        "Project 636.3 Improved Kilo-class submarine": "Submarines",
        "Project 775 Ropucha-class landing ship": "Landing Ships",
        "Project 11770 Serna-class landing craft": "Landing Ships",
        "Project 03160 Raptor-class patrol boat": "Patrol Boats",
        "Gyurza-M class gunboat": "Patrol Boats And Gunboats",
        "Island-class patrol boat": "Patrol Boats And Gunboats",
    },
    "aircraft": {
        "Su-25 close air support aircraft": "Combat Aircraft",
        "Su-30SM multirole aircraft": "Combat Aircraft",
        "Su-34 strike aircraft": "Combat Aircraft",
        "MiG-29 fighter aircraft": "Combat Aircraft",
        "Mi-8 transport helicopter": "Transport Helicopters",
        "Mi-24P attack helicopter": "Attack Helicopters",
        "Mi-28 attack helicopter": "Attack Helicopters",
        "Ka-52 'Alligator' attack helicopter": "Attack Helicopters",
    },
}
"""Model -> its category on the page of ships or of aircraft, which differs from the country page's."""

ONLY_THERE: Final[dict[str, tuple[tuple[str, str, str, Status], ...]]] = {
    "naval": (
        ("russia", "Project 03160 Raptor-class patrol boat", "sunk", "destroyed"),
        ("russia", "Project 11770 Serna-class landing craft", "'D-0' sunk", "destroyed"),
        ("ukraine", "Gyurza-M class gunboat", "'U-0', captured", "captured"),
    ),
    "aircraft": (
        ("russia", "Su-34 strike aircraft", "destroyed on the ground", "destroyed"),
        ("ukraine", "Mi-8 transport helicopter", "damaged beyond economical repair", "damaged"),
        ("ukraine", "MiG-29 fighter aircraft", "destroyed", "destroyed"),
    ),
}
"""Side, model, text and status of what stands on no country's page. The numbers of the vessels are invented."""

RENAMED: Final = ("BTR-60PU-12command vehicle", "BTR-60PU-12 command vehicle")
WITHDRAWN, DESTROYED_SINCE, CAPTURED_SINCE, ADDED = 12, 14, 10, 25


@dataclass
class Picture:
    """One link of a page. ``quirk`` is how it is mis-set; ``range`` and ``unknown`` can't be read."""

    url: str
    vehicles: int
    text: str
    status: Status
    quirk: str = ""

    @property
    def is_readable(self) -> bool:
        """Whether the link says for certain how many vehicles it shows, and their status."""
        return self.quirk not in {"range", "unknown"}


@dataclass
class Model:
    """A model line; its leading count may be off by a few, as on the real page."""

    name: str
    flag: str
    pictures: list[Picture] = field(default_factory=list)
    off_by: int = 0

    @property
    def displayed_count(self) -> int:
        """The leading count."""
        return sum(picture.vehicles for picture in self.pictures) + self.off_by

    @property
    def readable_vehicles(self) -> int:
        """The vehicles that its links say for certain."""
        return sum(picture.vehicles for picture in self.pictures if picture.is_readable)


Page = dict[str, list[Model]]


def write_oryx_pages(folder: Path, night: int, seed: int = 20230630) -> dict[str, Any]:
    """Write ``oryx/russia.html``, ``oryx/ukraine.html``, ``oryx/naval.html`` and ``oryx/aircraft.html``.

    Args:
        folder: Where ``oryx/`` is made.
        night: 1, or 2 for the revised Russian page, and what of it stands on the pages of ships and aircraft.
        seed: Equal seeds give equal bytes.

    Returns:
        The answer: for each side ``vehicles``, ``loss_links``, ``unreadable``, ``entries``, ``by_status``,
        ``by_category`` (as counted from the links), ``displayed`` (as the page says), ``disagreements`` and
        ``pictured_before_press_case``; ``changes`` of the second night against the first: addresses ``withdrawn``,
        ``restatused`` (with the statuses before and after), ``added``, and the model ``renamed``; and for ``naval`` and
        ``aircraft`` ``vehicles``, ``loss_links``, ``entries``, ``by_status``, ``by_category`` (side -> category), and
        the addresses ``also_on_country_page`` and ``only_there`` (side -> addresses).
    """
    russia = _draw(RUSSIA, Random(f"{seed} russia"), NIGHTS[1].date(), "r")  # noqa: S311 - invented, not secret
    ukraine = _draw(UKRAINE, Random(f"{seed} ukraine"), NIGHTS[1].date(), "u")  # noqa: S311
    _set_traps(russia)
    changes = _revise(russia, Random(f"{seed} night 2")) if night == 2 else {}  # noqa: S311
    answer: dict[str, Any] = {
        "night": night,
        "russia": _answer(russia, {"total": 3, "abandoned": -2}),
        "ukraine": _answer(ukraine, {}),
        "changes": changes,
    }
    pages = {
        "russia": _russian_page(russia, answer["russia"], NIGHTS[night]),
        "ukraine": _ukrainian_page(ukraine, answer["ukraine"], NIGHTS[1]),
    }
    for name in SISTER_PAGES:
        sides = {side: _sister(page, name, side) for side, page in (("russia", russia), ("ukraine", ukraine))}
        answer[name] = _sister_answer(sides)
        pages[name] = _sister_page(sides, name, NIGHTS[night])
    for name, text in pages.items():
        write_durably(folder / "oryx" / f"{name}.html", text.encode("utf-8"))
    return answer


# --- What stands on the pages


def _draw(plan: Plan, random: Random, last_day: date, prefix: str) -> Page:
    page: Page = {}
    used: list[str] = []
    for category, models in plan.items():
        page[category] = []
        for name, flag, vehicles in models:
            model = Model(name, flag)
            left = vehicles
            while left:
                count = min(left, random.choices((1, 2, 3, 5), (93, 4, 2, 1))[0])
                text, status = _status(random, TEXTS_BY_CATEGORY.get(category, STATUS_TEXTS))
                url = _url(random, name, status, count, last_day, f"{prefix}{len(used)}")
                if random.random() < 0.02 and used:
                    url = random.choice(used)  # one picture that shows vehicles of two models
                used.append(url)
                model.pictures.append(Picture(url, count, text, status))
                left -= count
            page[category].append(model)
    return page


def _status(random: Random, texts: tuple[tuple[str, Status, int], ...]) -> tuple[str, Status]:
    text, status, _ = random.choices(texts, [weight for *_, weight in texts])[0]
    return text, status


def _sister(page: Page, name: str, side: str) -> Page:
    """One side's section of the page of ships or aircraft: the country page's pictures, and some of its own.

    A picture that shows vehicles of two models stands on the country's page only.
    """
    uses = Counter(picture.url for model in _models(page) for picture in model.pictures)
    section: Page = {}
    for model in _models(page):
        if category := SISTER_PAGES[name].get(model.name):
            pictures = [picture for picture in model.pictures if uses[picture.url] == 1]
            section.setdefault(category, []).append(Model(model.name, model.flag, pictures))
    for number, (of, model_name, text, status) in enumerate(ONLY_THERE[name]):
        if of == side:
            url = f"{HOST}/{name}/{number}.jpg"
            _named(section, model_name).pictures.append(Picture(url, 1, text, status))
    return section


def _url(random: Random, model: str, status: Status, count: int, last_day: date, key: str) -> str:
    code = sha256(f"{key} {model} {random.random()}".encode()).hexdigest()[:8]
    kind = random.choices(("dated", "plain", "post"), (60, 25, 15))[0]
    if kind == "post":
        return f"{HOST}/someone/status/{int(code, 16):019d}"
    if kind == "plain":
        return f"{HOST}/{code}/{random.randrange(1, 999)}.png"
    until = PRESS_CASE - timedelta(days=1) if random.random() < 0.65 else last_day
    day = FIRST_DAY + timedelta(days=random.randrange((until - FIRST_DAY).days + 1))
    slug = "".join(
        letter for letter in model.lower().split("(")[0].replace(" ", "-") if letter.isalnum() or letter == "-"
    )
    several = f"{count}x-" if count > 1 else ""
    return f"{HOST}/{code}/{random.randrange(1000, 1060)}-{several}{slug.strip('-')}-{status[:4]}-{day:%d-%m-%y}.jpg"


def _models(page: Page) -> Iterator[Model]:
    for models in page.values():
        yield from models


def _named(page: Page, name: str) -> Model:
    return next(model for model in _models(page) if model.name == name)


def _set_traps(page: Page) -> None:
    """Put the traps at fixed places, whatever the seed."""
    quirks = {
        "T-72B": "range", "MT-LB": "unknown", "152mm 2A65 Msta-B howitzer": "split", "T-80U": "no_comma",
        "KamAZ 6x6": "no_bracket", "BMP-3": "comma_and", "BMP-2(K)": "empty_before",
    }  # fmt: skip
    for name, quirk in quirks.items():
        vehicles = 3 if quirk in {"range", "comma_and"} else 1
        text = "dismantled for a museum" if quirk == "unknown" else "destroyed"
        _named(page, name).pictures.append(Picture(f"{HOST}/traps/{quirk}.jpg", vehicles, text, "destroyed", quirk))
    _named(page, "BMP-1(P)").off_by = -5
    for day in ("31-02-23", "01-01-24", "05-01-22"):  # no such day, after the page, before the invasion
        _named(page, "BTR-82A(M)").pictures.append(Picture(f"{HOST}/traps/1001-{day}.jpg", 1, "captured", "captured"))


def _revise(page: Page, random: Random) -> dict[str, Any]:
    """Turn the first night's page into the second's.

    What changes has an address of its own, so that it can be told apart whatever else moves on the page.
    """
    uses = Counter(picture.url for model in _models(page) for picture in model.pictures)

    def candidates(text: str) -> list[tuple[Model, Picture]]:
        found = [
            (model, picture)
            for model in _models(page)
            if len(model.pictures) > 8 and model.name != RENAMED[0]
            for picture in model.pictures
            if picture.text == text
            and picture.vehicles == 1
            and uses[picture.url] == 1
            and "/traps/" not in picture.url
        ]
        random.shuffle(found)
        return found

    withdrawn = candidates("destroyed")[:WITHDRAWN]
    for model, picture in withdrawn:
        model.pictures.remove(picture)
    restatused = []
    turns: tuple[tuple[Status, Status, int], ...] = (
        ("damaged", "destroyed", DESTROYED_SINCE),
        ("abandoned", "captured", CAPTURED_SINCE),
    )
    for before, after, number in turns:
        for _, picture in candidates(before)[:number]:
            picture.text = picture.status = after
            restatused.append({"url": picture.url, "before": before, "after": after})
    added = []
    for number in range(ADDED):
        model = random.choice([model for model in _models(page) if len(model.pictures) > 8])
        url = f"{HOST}/new/{number:04d}-{NIGHTS[2] - timedelta(days=number % 5):%d-%m-%y}.jpg"
        model.pictures.append(Picture(url, 1, "destroyed", "destroyed"))
        added.append(url)
    for name in ("Project 03160 Raptor-class patrol boat", "Su-34 strike aircraft"):
        url = f"{HOST}/new/{len(added):04d}-{NIGHTS[2] - timedelta(days=1):%d-%m-%y}.jpg"
        _named(page, name).pictures.append(Picture(url, 1, "destroyed", "destroyed"))
        added.append(url)
    _named(page, RENAMED[0]).name = RENAMED[1]
    return {
        "withdrawn": sorted(picture.url for _, picture in withdrawn),
        "restatused": sorted(restatused, key=lambda change: change["url"]),
        "added": added,
        "renamed": {"before": RENAMED[0], "after": RENAMED[1]},
    }


# --- What is to be found on them


def _count(models: Iterator[Model] | list[Model], *, with_unreadable: bool) -> dict[str, int]:
    counts = Counter[str]()
    for model in models:
        for picture in model.pictures:
            if picture.is_readable or with_unreadable:
                counts[picture.status] += picture.vehicles
    return {"total": counts.total()} | {status: counts[status] for status in STATUSES}


def _answer(page: Page, headline_off_by: dict[str, int]) -> dict[str, Any]:
    pictures = [picture for model in _models(page) for picture in model.pictures]
    counted = {category: _count(models, with_unreadable=False) for category, models in page.items()}
    displayed = {category: _count(models, with_unreadable=True) for category, models in page.items()}
    total = _count(_models(page), with_unreadable=False)
    headline = _count(_models(page), with_unreadable=True)
    for name, difference in headline_off_by.items():
        headline[name] += difference
    if headline_off_by:
        displayed["Tanks"]["destroyed"] += 2
    return {
        "vehicles": total["total"],
        "loss_links": len(pictures),
        "unreadable": sum(not picture.is_readable for picture in pictures),
        "entries": sum(len(models) for models in page.values()),
        "by_status": {status: total[status] for status in STATUSES},
        "by_category": counted,
        "displayed": {"headline": headline} | displayed,
        "disagreements": {
            "headline": headline != total,
            "categories": sorted(category for category in counted if counted[category] != displayed[category]),
            "models": {
                model.name: {"displayed": model.displayed_count, "counted": model.readable_vehicles}
                for model in _models(page)
                if model.displayed_count != model.readable_vehicles
            },
        },
        "pictured_before_press_case": dict(
            Counter(
                model.name
                for model in _models(page)
                for picture in model.pictures
                if (day := _true_date(picture)) and day < PRESS_CASE
                for _ in range(picture.vehicles)
            )
        ),
    }


def _sister_answer(sides: dict[str, Page]) -> dict[str, Any]:
    models = [model for page in sides.values() for model in _models(page)]
    total = _count(models, with_unreadable=False)
    urls = {
        side: [picture.url for model in _models(page) for picture in model.pictures] for side, page in sides.items()
    }
    own = {f"{HOST}/{name}/" for name in SISTER_PAGES}
    return {
        "vehicles": total["total"],
        "loss_links": sum(len(listed) for listed in urls.values()),
        "entries": len(models),
        "by_status": {status: total[status] for status in STATUSES},
        "by_category": {
            side: {category: _count(listed, with_unreadable=False) for category, listed in page.items()}
            for side, page in sides.items()
        },
        "also_on_country_page": {
            side: sorted(url for url in listed if not url.startswith(tuple(own))) for side, listed in urls.items()
        },
        "only_there": {
            side: sorted(url for url in listed if url.startswith(tuple(own))) for side, listed in urls.items()
        },
    }


def _true_date(picture: Picture) -> date | None:
    """The date in the picture's name, where it can be true; built apart from the reader that is tested with it."""
    name = picture.url.removesuffix(".jpg")
    if not picture.is_readable or name == picture.url:
        return None
    try:
        day = datetime.strptime(name[-8:], "%d-%m-%y").date()  # noqa: DTZ007 - a day, no moment
    except ValueError:
        return None
    return day if FIRST_DAY <= day <= NIGHTS[2].date() else None


# --- How they are written


def _russian_page(page: Page, answer: dict[str, Any], modified_at: datetime) -> str:
    shown = answer["displayed"]
    armoured = ("Tanks", "Armoured Fighting Vehicles", "Infantry Fighting Vehicles", "Armoured Personnel Carriers")
    rollup = {name: sum(shown[category][name] for category in armoured) for name in shown["headline"]}
    parts = [
        _top("Russian equipment losses", modified_at),
        f"<h3><span>Russia - {_figures(shown['headline'], 'of which: ')}<br></span></h3>\n<h3>\n</h3>\n",
        f"<h3>Losses of Armoured Combat Vehicles [Tanks, AFVs, IFVs, APCs] - {_figures(rollup, 'of which: ')}</h3>\n",
    ]
    for category, models in page.items():
        parts.append(
            f"<h3><span class='mw-headline'>{category} </span>({_figures(shown[category], 'of which ')})</h3>\n"
        )
        for number, model in enumerate(models):
            colon = "" if model.name.startswith("R-142NSA") else ":"
            label = f"{_flag(model)}&nbsp;{model.displayed_count} {html.escape(model.name)}{colon}"
            entry = f"<details><summary>{label}</summary>\n{_links(model)}\n</details>\n"
            parts.append(f"<ul><li>{entry}</li></ul>\n" if number % 2 else entry)
    return "".join([*parts, _BOTTOM])


def _ukrainian_page(page: Page, answer: dict[str, Any], modified_at: datetime) -> str:
    shown = answer["displayed"]
    parts = [
        _top("Ukrainian equipment losses", modified_at),
        f"<h3>Ukraine - {_figures(shown['headline'], 'of which: ')}</h3>\n",
    ]
    for category, models in page.items():
        parts.append(f"<h3>{category} ({_figures(shown[category], 'of which ')})</h3>\n<ul>")
        parts += [
            f"<li>{_flag(model)}&nbsp;{model.displayed_count} {html.escape(model.name)}:&nbsp;{_links(model)}</li>\n"
            for model in models
        ]
        parts.append("</ul><div><br></div>\n")
    return "".join([*parts, _BOTTOM])


def _sister_page(sides: dict[str, Page], name: str, modified_at: datetime) -> str:
    """Ships in the older layout, aircraft in the newer one; the headings of the ships count the sunk ones apart."""
    parts = [_top(f"{name} losses of both sides", modified_at)]
    for side, page in sides.items():
        total = _figures(_count(_models(page), with_unreadable=True), "of which: ")
        parts.append(f"<h3><span>{side.title()} - {total}</span></h3>\n<h3></h3>\n")
        for category, models in page.items():
            figures = _count(models, with_unreadable=True)
            sunk = sum(picture.vehicles for model in models for picture in model.pictures if "sunk" in picture.text)
            shown = _figures(figures | {"destroyed": figures["destroyed"] - sunk}, "of which ")
            words = shown.replace("of which ", f"of which sunk: {sunk}, ") if sunk else shown
            parts.append(f"<h3>{category} ({words.rstrip(', ')})</h3>\n")
            parts += [_sister_line(model, is_list=name == "naval") for model in models]
    return "".join([*parts, _BOTTOM])


def _sister_line(model: Model, *, is_list: bool) -> str:
    label = f"{_flag(model)}&nbsp;{model.displayed_count} {html.escape(model.name)}:"
    if is_list:
        return f"<ul><li>{label}&nbsp;{_links(model)}</li></ul>\n"
    return f"<details><summary>{label}</summary>\n{_links(model)}\n</details>\n"


def _top(what: str, modified_at: datetime) -> str:
    return (
        "<!DOCTYPE html>\n<html>\n<head>\n"
        f"<title>SYNTHETIC: invented {what}, for testing Boomerang</title>\n"
        f"<meta content='{modified_at:%Y-%m-%dT%H:%M:%SZ}' itemprop='dateModified'>\n"
        "</head>\n<body>\n<div class='post-body'>\n"
        "<p><strong>This page is synthetic.</strong> Every loss, number, date and picture on it is invented; it has "
        "the form of a list of visually confirmed losses, so that software that reads such lists can be tried.</p>\n"
    )


_BOTTOM: Final = "</div>\n<p>End of a synthetic page.</p>\n</body>\n</html>\n"


def _figures(figures: dict[str, int], of_which: str) -> str:
    named = ", ".join(f"{status}: {figures[status]}" for status in STATUSES if figures[status])
    return f"{figures['total']}, {of_which}{named}"


def _flag(model: Model) -> str:
    return f'<img alt="" height="12" src="{HOST}/flags/23px-Flag_of_{model.flag}.svg.png" width="23">'


def _links(model: Model) -> str:
    """The links of a model, numbered within each status as Oryx does."""
    texts = []
    for status in STATUSES:
        number = 1
        for picture in model.pictures:
            if picture.status == status:
                texts.append(_link(picture, number))
                number += picture.vehicles
    return "\n".join(texts)


def _link(picture: Picture, first: int) -> str:
    numbers = [str(number) for number in range(first, first + picture.vehicles)]
    listed = " and ".join(part for part in (", ".join(numbers[:-1]), numbers[-1]) if part)
    start = f'<a href="{picture.url}">'
    setting = _QUIRKS.get(picture.quirk, _PLAIN)
    return setting.format(
        a=start, all=listed, text=picture.text, first=numbers[0], last=numbers[-1], others=", ".join(numbers[:-1])
    )


_PLAIN: Final = "{a}({all}, {text})</a>"
_QUIRKS: Final = {
    "range": "{a}({first}-{last}, {text})</a>",
    "split": "{a}({all},</a>{a} {text}</a>{a})</a>",
    "no_comma": "{a}({all} {text})</a>",
    "no_bracket": "{a}{all}, {text})</a>",
    "comma_and": "{a}({others}, and {last}, {text})</a>",
    "empty_before": "{a}</a>{a}({all}, {text})</a>",
}
"""How a link is mis-set, each as it was seen on the real page of April 2023, save for the range."""
