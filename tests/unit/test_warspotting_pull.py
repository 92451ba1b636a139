"""Pulling from a server that speaks WarSpotting's API, and fails as the real one does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from boomerang.bundle import read_bundle
from boomerang.clock import utc_now
from boomerang.errors import BoomerangError, ContentRefusedError, SourceUnavailableError, UsageError
from boomerang.home import Home
from boomerang.landing import pull as landing_pull
from boomerang.landing.fetch import ClientSettings
from boomerang.landing.observation import Observation
from boomerang.landing.pull import accept, pull
from boomerang.landing.store import Landing
from boomerang.sources.specification import RateLimit, SourceSpecification, specification
from boomerang.synthetic.server import serve
from boomerang.synthetic.warspotting_site import PAGE_LOSSES, ROOT, Fault, WarspottingSite
from landing_reader import source

QUICK = ClientSettings(attempts=3, first_wait_seconds=0.01, longest_wait_seconds=3)
LAST_DAY = date(2022, 3, 31)


def loss(number: int, day: date, **facts: Any) -> dict[str, Any]:
    return {
        "id": number, "type": "Tanks", "model": "T-72B", "status": "Destroyed", "lost_by": "Russia", "date": str(day),
        "nearest_location": "Synthetic place", "geo": None, "unit": None, "tags": None, **facts,
    }  # fmt: skip


def losses() -> list[dict[str, Any]]:
    """250 losses of 30 March, 100 of the 29th, one of each of the first days of the war, none of the others."""
    busy = [loss(1000 + number, date(2022, 3, 30)) for number in range(250)]
    full = [loss(2000 + number, date(2022, 3, 29)) for number in range(PAGE_LOSSES)]
    return busy + full + [loss(number + 1, date(2022, 2, 24) + timedelta(days=number)) for number in range(4)]


@contextmanager
def served(site: WarspottingSite, folder: Path) -> Iterator[SourceSpecification]:
    with serve(folder, {ROOT: site}) as address:
        yield specification("warspotting").model_copy(
            update={"address": f"{address}{ROOT}", "rate_limit": None, "last_day": LAST_DAY}
        )


def members(home: Home, observation: Observation) -> dict[str, bytes]:
    return dict(read_bundle(home.root / observation.landed_path, 10_000_000))


def test_the_first_pull_asks_for_every_day_and_page_until_the_404(home: Home, tmp_path: Path) -> None:
    site = WarspottingSite(losses())
    with served(site, tmp_path) as facts:
        result = pull(home, facts, settings=QUICK)
    (observation,) = result.observations
    assert (observation.shows_from, observation.shows_to, observation.is_complete) == (
        date(2022, 2, 24), LAST_DAY, True,
    )  # fmt: skip
    assert observation.figures["losses"] == 354
    parts = members(home, observation)
    assert len(parts) == len(site.asked) == 36 + 3 + 1 + 4
    assert [name for name in parts if name.startswith("2022-03-30/")] == [
        "2022-03-30/1.json", "2022-03-30/2.json", "2022-03-30/3.json", "2022-03-30/4.json.missing",
    ]  # fmt: skip
    page = json.loads(parts["2022-03-29/1.json"])
    assert len(page["losses"]) == PAGE_LOSSES
    assert parts["2022-03-29/2.json.missing"] == b""


def test_a_night_asks_for_the_last_days_and_every_week_for_all(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = utc_now()
    spans = []
    with served(WarspottingSite(losses()), tmp_path) as facts:
        for days in (0, 1, 2, 6.99, 8, 14):
            monkeypatch.setattr(landing_pull, "utc_now", lambda days=days: start + timedelta(days=days))
            monkeypatch.setattr("boomerang.landing.fetch.utc_now", lambda days=days: start + timedelta(days=days))
            (observation,) = pull(home, facts, settings=QUICK).observations
            spans.append((observation.shows_from, observation.is_complete))
    everything, window = (date(2022, 2, 24), True), (date(2022, 3, 1), False)
    assert spans == [everything, window, window, everything, window, everything]


def test_an_unchanged_pull_lands_no_bytes(home: Home, tmp_path: Path) -> None:
    with served(WarspottingSite(losses()), tmp_path) as facts:
        days = {"since": date(2022, 3, 28), "until": LAST_DAY}
        first = pull(home, facts, settings=QUICK, **days)
        second = pull(home, facts, settings=QUICK, **days)
    assert [len(first.new), len(second.new)] == [1, 0]
    assert second.describe() == "warspotting: 1 unchanged, nothing new landed"


def test_days_can_be_asked_for_and_are_on_record(home: Home, tmp_path: Path) -> None:
    site = WarspottingSite(losses())
    with served(site, tmp_path) as facts:
        (observation,) = pull(
            home, facts, settings=QUICK, since=date(2022, 2, 25), until=date(2022, 2, 26)
        ).observations
        assert (observation.shows_from, observation.shows_to) == (date(2022, 2, 25), date(2022, 2, 26))
        assert observation.is_complete is False
        for since, until in ((date(2022, 3, 2), date(2022, 3, 1)), (date(2021, 1, 1), None), (None, date(2022, 4, 1))):
            with pytest.raises(UsageError, match="can't be asked for"):
                pull(home, facts, settings=QUICK, since=since, until=until)


def test_a_source_without_days_refuses_to_be_asked_for_them(home: Home) -> None:
    with pytest.raises(UsageError, match="can't be asked for days"):
        pull(home, source(address="http://127.0.0.1:9/"), since=LAST_DAY)


@pytest.mark.parametrize(
    ("faults", "reason"),
    [
        (["520"], "unavailable"),
        (["429"], "unavailable"),
        (["broken_json"], "broken_page"),
        (["wrong_shape"], "broken_page"),
        (["other_fields"], "field_missing"),
    ],
)
def test_a_broken_page_in_the_middle_fails_the_whole_pull(
    home: Home, tmp_path: Path, faults: list[Fault], reason: str
) -> None:
    path = f"{ROOT}2022-03-30/2/"
    site = WarspottingSite(losses(), faults={path: faults})
    with served(site, tmp_path) as facts:
        with pytest.raises(BoomerangError) as caught:
            pull(home, facts, settings=QUICK)
        assert "2022-03-30/2" in str(caught.value)
        assert Landing(home).observations() == []
        failure = Landing(home).last_failure("warspotting")
        assert failure is not None and failure.reason == reason
        if reason != "unavailable":
            assert isinstance(caught.value, ContentRefusedError)
            kept = (home.root / str(failure.quarantined_path)).read_bytes()
            assert kept == httpx.get(f"{facts.address}2022-03-30/2/").content
        site.heal(path)
        assert pull(home, facts, settings=QUICK).observations[0].figures["losses"] == 354


def test_a_server_that_stumbles_is_asked_again(home: Home, tmp_path: Path) -> None:
    site = WarspottingSite(losses())
    with served(site, tmp_path) as facts:
        site.faults = {f"{ROOT}2022-03-30/2/": ["520", "429"], f"{ROOT}2022-03-30/3/": ["520", "520"]}
        # The last fault of a list lasts; it is healed when it has been met.
        answer = site.answer

        def stumbling(path: str, headers: Any) -> Any:
            said = answer(path, headers)
            if site.asked.count(path) == 2:
                site.heal(path)
            return said

        site.answer = stumbling  # type: ignore[method-assign]
        assert pull(home, facts, settings=QUICK).observations[0].figures["losses"] == 354
    assert site.asked.count(f"{ROOT}2022-03-30/2/") == 3


def test_a_server_that_never_says_404_is_given_up(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("boomerang.sources.warspotting.MAXIMUM_PAGES_A_DAY", 5)
    site = WarspottingSite([])
    site.faults = {f"{ROOT}2022-03-30/{page}/": ["empty"] for page in range(1, 10)}
    with served(site, tmp_path) as facts, pytest.raises(ContentRefusedError, match="more than 5 pages"):
        pull(home, facts, settings=QUICK, since=date(2022, 3, 30), until=date(2022, 3, 30))


def test_nothing_anywhere_is_a_failed_pull_and_not_a_war_without_losses(home: Home, tmp_path: Path) -> None:
    with served(WarspottingSite([]), tmp_path) as facts, pytest.raises(ContentRefusedError) as caught:
        pull(home, facts, settings=QUICK)
    assert caught.value.reason == "below_minimum"


def test_a_fall_of_the_whole_is_stopped_and_can_be_accepted_and_windows_are_not_compared(
    home: Home, tmp_path: Path
) -> None:
    everything = {"since": date(2022, 2, 24), "until": LAST_DAY}
    with served(WarspottingSite(losses()), tmp_path) as facts:
        pull(home, facts, settings=QUICK)
        pull(home, facts, settings=QUICK, since=date(2022, 3, 29))
    with served(WarspottingSite(losses()[:300]), tmp_path) as facts:
        pull(home, facts, settings=QUICK, since=date(2022, 3, 30))
        with pytest.raises(ContentRefusedError, match=r"from 354 .* to 300") as caught:
            pull(home, facts, settings=QUICK, **everything)
        assert caught.value.reason == "counts_fell"
        (refusal,) = Landing(home).refusals("warspotting")
        accepted = accept(home, facts, str(refusal.sha256)[:12], "checked against the site")
    assert (accepted.is_complete, accepted.shows_from, accepted.shows_to) == (True, date(2022, 2, 24), LAST_DAY)
    assert accepted.landed_path.endswith(".zip")


def test_requests_stay_within_the_rate_limit_also_when_repeated(home: Home, tmp_path: Path) -> None:
    # Half a second between what we allow ourselves and what the server bears: the machine may be busy.
    site = WarspottingSite(losses(), limit=RateLimit(requests=5, seconds=0.5))
    site.faults = {f"{ROOT}2022-03-28/1/": ["520"]}
    with served(site, tmp_path) as facts:
        paced = facts.model_copy(update={"rate_limit": RateLimit(requests=5, seconds=1)})
        pull(home, paced, settings=QUICK, since=date(2022, 3, 29), until=date(2022, 3, 30))
        with pytest.raises(SourceUnavailableError):
            pull(home, paced, settings=QUICK, since=date(2022, 3, 27), until=date(2022, 3, 28))
    assert (len(site.asked), site.refused) == (2 + 4 + 1 + QUICK.attempts, 0)


def test_a_server_that_says_too_many_is_waited_for(home: Home, tmp_path: Path) -> None:
    site = WarspottingSite(losses(), limit=RateLimit(requests=10, seconds=0.5))
    with served(site, tmp_path) as facts:
        (observation,) = pull(
            home, facts, settings=QUICK, since=date(2022, 3, 25), until=date(2022, 3, 31)
        ).observations
    assert site.refused > 0
    assert observation.figures["losses"] == 350


def test_the_server_wants_a_user_agent_and_has_no_other_paths(tmp_path: Path) -> None:
    with serve(tmp_path, {ROOT: WarspottingSite(losses())}) as address:
        asked = f"{address}{ROOT}2022-03-30/1/"
        assert httpx.get(asked, headers={"User-Agent": ""}).status_code == 403
        assert len(httpx.get(asked).json()["losses"]) == PAGE_LOSSES
        assert len(httpx.get(f"{address}{ROOT}2022-03-30/").json()["losses"]) == PAGE_LOSSES
        for path in ("2022-03-30/4/", "2022-03-30/0/", "2022-03-31/1/", "yesterday/1/", "2022-03-30/1/2/"):
            assert httpx.get(f"{address}{ROOT}{path}").status_code == 404


def test_a_pull_that_is_broken_off_lands_nothing_and_leaves_nothing(home: Home, tmp_path: Path) -> None:
    site = WarspottingSite(losses())
    with served(site, tmp_path) as facts, pytest.MonkeyPatch.context() as patched:

        def broken_off(content: bytes, where: str) -> Any:
            raise KeyboardInterrupt

        patched.setattr("boomerang.sources.warspotting.read_page", broken_off)
        with pytest.raises(KeyboardInterrupt):
            pull(home, facts, settings=QUICK)
    assert site.asked == [f"{ROOT}2022-02-24/1/"]
    assert Landing(home).observations() == []
    assert [*home.temporary.iterdir()] == []


def test_the_sample_shows_losses_on_both_nights_and_revises_them(tmp_path: Path) -> None:
    from boomerang.synthetic.sample_site import _write_other_losses

    shown = []
    for night in (1, 2):
        _write_other_losses(tmp_path / str(night), night)
        shown.append(json.loads((tmp_path / str(night) / "warspotting" / "losses.json").read_text()))
    first, second = ({item["id"]: item for item in night} for night in shown)
    assert len(first) > 500
    assert len(second.keys() - first.keys()) == 15
    assert 5 <= sum(first[number] != second[number] for number in first.keys() & second.keys()) <= 8
    assert all("ynthetic" in item["nearest_location"] for item in second.values())
    assert {item["status"] for item in second.values()} == {"Destroyed", "Captured", "Abandoned", "Damaged"}
    latest = max(datetime.fromisoformat(item["date"]).replace(tzinfo=UTC).date() for item in second.values())
    assert latest <= date(2023, 6, 30)


def test_an_address_that_is_gone_is_told(home: Home, tmp_path: Path) -> None:
    with served(WarspottingSite(losses()), tmp_path) as facts:
        elsewhere = facts.model_copy(update={"address": "http://127.0.0.1:9/api/"})
        with pytest.raises(SourceUnavailableError, match="can't be reached"):
            pull(home, elsewhere, settings=ClientSettings(attempts=1))
