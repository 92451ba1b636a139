"""Landing: bytes once, a record for each observation, refusals kept with their reason."""

from __future__ import annotations

import hashlib
import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from boomerang.errors import UsageError
from boomerang.home import Home
from boomerang.landing.coverage import parse_coverage
from boomerang.landing.observation import Observation
from boomerang.landing.store import Landing, readable_name, suffix_of
from landing_reader import lines, source, tree

NIGHT = datetime(2023, 4, 23, 2, 0, 5, 123456, tzinfo=UTC)


def _land(home: Home, content: bytes, observed_at: datetime = NIGHT, **facts: Any) -> Observation:
    temporary = Landing(home).new_path(".txt")
    temporary.write_bytes(content)
    facts = {"file_name": "page.html", "origin": "pull", "figures": {"lines": 3}} | facts
    return Landing(home).land(source(), temporary, observed_at=observed_at, **facts)


def test_bytes_land_under_their_checksum_read_only_with_a_record_beside_them(home: Home) -> None:
    observation = _land(home, lines(3), url="https://example.org/page", etag='"v1"')
    sha256 = hashlib.sha256(lines(3)).hexdigest()
    assert observation.landed_path == f"landing/plain/2023-04-23/{sha256}.txt"
    landed = home.root / observation.landed_path
    assert landed.read_bytes() == lines(3)
    assert stat.S_IMODE(landed.stat().st_mode) == 0o444
    record = json.loads((landed.parent / f"{sha256}.20230423T020005123456Z.json").read_text())
    assert (record["url"], record["etag"], record["bytes"]) == ("https://example.org/page", '"v1"', len(lines(3)))
    assert observation.is_new_content
    assert list(home.temporary.iterdir()) == []


def test_the_same_bytes_on_another_day_land_a_record_only(home: Home) -> None:
    first = _land(home, lines(3))
    second = _land(home, lines(3), NIGHT + timedelta(days=1))
    assert not second.is_new_content
    assert second.landed_path == first.landed_path
    assert sum(name.endswith(".txt") for name in tree(home.landing)) == 1
    assert Landing(home).observations("plain") == [first, second]


def test_landing_the_same_observation_twice_changes_nothing(home: Home) -> None:
    first = _land(home, lines(3))
    before = tree(home.root)
    assert _land(home, lines(3)) == first
    assert tree(home.root) == before


def test_an_observation_is_never_rewritten_with_another_coverage(home: Home) -> None:
    _land(home, lines(3))
    with pytest.raises(UsageError, match="another layout or coverage"):
        _land(home, lines(3), coverage=(parse_coverage("RU:import:2019-01-01:2022-12-31"),))
    assert Landing(home).observations()[0].coverage == ()


def test_bytes_that_a_kill_left_without_a_record_count_as_new_when_they_land_again(home: Home) -> None:
    observation = _land(home, lines(3))
    expected = tree(home.landing)
    (record,) = home.landing.rglob("*.json")
    record.unlink()
    assert Landing(home).observations() == []
    assert _land(home, lines(3)) == observation
    assert tree(home.landing) == expected


def test_observations_come_sorted_whatever_the_order_of_arrival(home: Home) -> None:
    late, early = _land(home, lines(2), NIGHT), _land(home, lines(1), NIGHT - timedelta(days=400))
    assert Landing(home).observations() == [early, late]
    assert Landing(home).observations("another") == []


def test_last_good_is_the_newest_before_the_moment(home: Home) -> None:
    early, late = _land(home, lines(1), NIGHT - timedelta(days=1)), _land(home, lines(2), NIGHT)
    landing = Landing(home)
    assert landing.last_good("plain") == late
    assert landing.last_good("plain", before=NIGHT) == early
    assert landing.last_good("plain", before=early.observed_at) is None
    assert landing.last_good("plain", file_name="other.html") is None


def test_a_source_whose_bytes_are_json_is_told_apart_from_the_records(home: Home) -> None:
    temporary = home.temporary / "answer"
    temporary.write_bytes(b"{}")
    facts: dict[str, Any] = {"observed_at": NIGHT, "file_name": "1", "origin": "pull", "figures": {}}
    observation = Landing(home).land(source(suffix=".json"), temporary, **facts)
    assert observation.landed_path.endswith(f"{observation.sha256}.json")
    assert Landing(home).observations() == [observation]


def test_refused_bytes_lie_in_the_quarantine_with_the_reason(home: Home) -> None:
    bad = home.temporary / "bad"
    bad.write_bytes(b"<html>")
    refusal = Landing(home).refuse(
        "plain", bad, "not_lines", "page.txt is a web page", observed_at=NIGHT, file_name="page.txt", origin="pull"
    )
    assert refusal.quarantined_path == f"quarantine/plain/{refusal.sha256}.txt"
    assert (home.root / str(refusal.quarantined_path)).read_bytes() == b"<html>"
    assert Landing(home).refusals() == [refusal]
    assert Landing(home).observations() == []


def test_last_failure_tells_why_a_source_is_stale_until_it_is_good_again(home: Home) -> None:
    landing = Landing(home)
    assert landing.last_failure("plain") is None
    failure = landing.refuse(
        "plain", None, "unavailable", "no answer", observed_at=NIGHT, file_name="page.txt", origin="pull"
    )
    assert landing.last_failure("plain") == failure
    _land(home, lines(3), NIGHT + timedelta(days=1))
    assert landing.last_failure("plain") is None


def test_a_record_that_was_changed_by_hand_is_told_with_its_path(home: Home) -> None:
    _land(home, lines(3))
    (record,) = home.landing.rglob("*.json")
    record.write_text('{"source": "plain"')
    with pytest.raises(UsageError, match=record.name):
        Landing(home).observations()


@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        ("India Import F.xlsx", ".xlsx"),
        ("SDN.CSV", ".csv"),
        ("russia.html.gz", ".html.gz"),
        ("targets.simple.csv", ".csv"),
        ("README", ".txt"),
        (".hidden", ".txt"),
        ("page.a very odd ending", ".txt"),
        ("", ".txt"),
    ],
)
def test_a_file_lands_with_its_own_ending(name: str, suffix: str) -> None:
    assert suffix_of(name, ".txt") == suffix


def test_a_name_that_is_no_text_becomes_readable() -> None:
    assert readable_name(Path("\udcff\x1b[31mНакладная.csv").name) == "��[31mНакладная.csv"
