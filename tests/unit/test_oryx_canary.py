"""The layout canary: what moves beyond the declared bounds does not land, and the last good page stands."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from boomerang.home import Home
from boomerang.landing.gate import admit
from boomerang.landing.observation import Observation, Refusal
from boomerang.landing.pull import accept
from boomerang.landing.store import Landing, receive
from boomerang.sources.specification import specification, specifications

FIRST = datetime(2023, 6, 30, 12, tzinfo=UTC)


def _page(**categories: int) -> bytes:
    total = sum(categories.values())
    body = f"<h3>Russia - {total}, of which: destroyed: {total}</h3>"
    for name, vehicles in categories.items():
        links = " ".join(f'<a href="https://e.example/{name}/{n}">({n}, destroyed)</a>' for n in range(1, vehicles + 1))
        body += (
            f"<h3>{name} ({vehicles}, of which destroyed: {vehicles})</h3><ul><li>{vehicles} {name}: {links}</li></ul>"
        )
    return f"<html><body><div class='post-body'>{body}</div></body></html>".encode()


GOOD = {"Tanks": 1000, "Radars": 30, "Jammers": 2}


@pytest.fixture
def landing(home: Home) -> Landing:
    landing = Landing(home)
    assert isinstance(_show(landing, _page(**GOOD)), Observation)
    return landing


def _show(landing: Landing, content: bytes, days: float = 1) -> Observation | Refusal:
    path = landing.new_path(".html")
    source = landing.home.root / "page.html"
    source.write_bytes(content)
    with source.open("rb") as stream:
        received = receive(stream, path)
    moment = FIRST + timedelta(days=days if landing.observations("oryx_russia") else 0)
    return admit(
        landing, specification("oryx_russia"), received, observed_at=moment, file_name="page.html", origin="pull"
    )


@pytest.mark.parametrize(
    ("change", "reason", "said"),
    [
        ({"Jammers": None}, "vanished", "category:Jammers (2)"),
        ({"Radars": None, "Radar Systems": 30}, "vanished", "new: category:Radar Systems"),
        ({"Radars": 15}, "counts_fell", "category:Radars went from 30"),
        ({"Tanks": 900}, "counts_fell", "vehicles went from 1,032"),
        ({"Tanks": 1300}, "counts_rose", "a rise of 29.1%"),
    ],
)
def test_a_page_beyond_its_bounds_is_stopped_and_the_last_good_one_stands(
    landing: Landing, change: dict[str, int | None], reason: str, said: str
) -> None:
    shown = {name: count for name, count in (GOOD | change).items() if count}
    refused = _show(landing, _page(**shown))
    assert isinstance(refused, Refusal)
    assert (refused.reason, said in refused.message) == (reason, True), refused.message
    assert "boomerang accept oryx_russia" in refused.what_to_do
    last = landing.last_good("oryx_russia")
    assert last is not None and last.observed_at == FIRST


@pytest.mark.parametrize(
    "change",
    [
        {"Tanks": 990},  # a revision
        {"Radars": 22},  # a few of a short category
        {"Jammers": 1},
        {"Tanks": 1200},  # a busy week
        {"Unmanned Ground Vehicles": 1},  # a new category
    ],
)
def test_what_the_page_really_does_lands(landing: Landing, change: dict[str, int]) -> None:
    assert isinstance(_show(landing, _page(**(GOOD | change))), Observation)


def test_a_rise_is_judged_by_the_time_since_the_last_good_page(landing: Landing) -> None:
    grown = _page(**(GOOD | {"Tanks": 1400}))
    assert isinstance(_show(landing, grown, days=3), Refusal)
    assert isinstance(_show(landing, grown, days=21), Observation)


def test_a_renamed_category_is_accepted_once_by_a_person_and_then_known(landing: Landing) -> None:
    renamed = {"Tanks": 1001, "Radar Systems": 30, "Jammers": 2}
    refused = _show(landing, _page(**renamed))
    assert isinstance(refused, Refusal)
    accepted = accept(landing.home, "oryx_russia", (refused.sha256 or "")[:12], "Radars were renamed on the page")
    assert accepted.figures["category:Radar Systems"] == 30
    assert isinstance(_show(landing, _page(**(renamed | {"Tanks": 1002})), days=2), Observation)
    back = _show(landing, _page(**GOOD), days=3)
    assert isinstance(back, Refusal) and back.reason == "vanished"


def test_a_heading_that_does_not_parse_stops_the_pull_and_cannot_be_accepted(landing: Landing) -> None:
    content = _page(**GOOD).replace(b"Radars (30, of which destroyed: 30)", b"Radars (30, of which wrecked: 30)")
    refused = _show(landing, content)
    assert isinstance(refused, Refusal)
    assert (refused.reason, "accept" in refused.what_to_do) == ("heading_unparsed", False)


def test_a_page_of_the_time_before_the_canary_is_no_obstacle(home: Home) -> None:
    landing = Landing(home)
    source = home.root / "old.html"
    source.write_bytes(_page(**GOOD))
    with source.open("rb") as stream:
        received = receive(stream, landing.new_path(".html"))
    landing.land(
        specification("oryx_russia"), received.path, observed_at=FIRST, file_name="x", origin="pull",
        figures={"vehicles": 1032, "categories": 3},
    )  # fmt: skip
    assert isinstance(_show(landing, _page(**(GOOD | {"Tanks": 1010}))), Observation)


def test_every_page_has_a_canary_for_its_categories() -> None:
    pages = [facts for facts in specifications().values() if facts.module == "boomerang.sources.oryx"]
    assert {facts.name for facts in pages} == {"oryx_russia", "oryx_ukraine", "oryx_naval", "oryx_aircraft"}
    for facts in pages:
        assert {"vehicles", "categories", "category:*"} <= facts.bounds.keys()
        assert facts.bounds["vehicles"].maximum_fall and facts.bounds["vehicles"].maximum_rise


def test_the_real_page_with_one_category_cut_out_is_stopped(home: Home, real_data: Path) -> None:
    whole = gzip.decompress((real_data / "oryx-html" / "russia.html.gz").read_bytes())
    start = whole.index(b"<h3", whole.index(b"Jammers And Deception Systems (") - 200)
    end = whole.index(b"<h3", whole.index(b"<ul", start))
    landing = Landing(home)
    assert isinstance(_show(landing, whole), Observation)
    refused = _show(landing, whole[:start] + whole[end:])
    assert isinstance(refused, Refusal)
    assert refused.reason == "vanished"
    assert "category:Jammers And Deception Systems" in refused.message
