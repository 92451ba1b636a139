"""Files by hand: the inbox and ingest."""

from __future__ import annotations

import gzip
import os
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from boomerang.clock import utc_now
from boomerang.errors import ContentRefusedError, UsageError
from boomerang.home import Home
from boomerang.landing.inbox import ingest, known_layouts, parse_as_of, take_inbox
from boomerang.landing.observation import Observation
from boomerang.landing.store import Landing
from landing_reader import lines, source, tree

FILES = source("customs", cadence="files", suffix=".csv")
COVERAGE = (
    b"coverage: [{reporter_country_code: RU, direction: import, covered_from: 2019-01-01, covered_to: 2023-03-31}]"
)


def _take(home: Home, quiet_seconds: float = 0, **facts: Any) -> tuple[list[Observation], list[str]]:
    told: list[str] = []
    landed = take_inbox(home, source=FILES, quiet_seconds=quiet_seconds, tell=told.append, **facts)
    return landed, told


@pytest.fixture
def layout(home: Home) -> str:
    """A layout of the user's own."""
    (home.root / "layouts").mkdir()
    (home.root / "layouts" / "our_vendor.yml").write_text("name: our_vendor\n")
    (home.inbox / "our_vendor").mkdir()
    return "our_vendor"


def test_a_dropped_file_lands_and_goes_from_the_inbox(home: Home) -> None:
    (home.inbox / "march.csv").write_bytes(lines(3))
    (observation,), told = _take(home)
    assert (observation.origin, observation.file_name, observation.layout) == ("inbox", "march.csv", None)
    assert utc_now() - observation.observed_at < timedelta(seconds=10)
    assert (home.root / observation.landed_path).read_bytes() == lines(3)
    assert (tree(home.inbox), told) == ({}, [])


def test_the_folder_names_the_layout_and_stays(home: Home, layout: str) -> None:
    (home.inbox / layout / "march.csv").write_bytes(lines(3))
    (observation,), _ = _take(home)
    assert observation.layout == layout
    assert (home.inbox / layout).is_dir()


def test_the_sidecar_beside_a_file_is_its_coverage(home: Home) -> None:
    (home.inbox / "march.csv").write_bytes(lines(3))
    (home.inbox / "march.csv.coverage.yml").write_bytes(COVERAGE)
    (observation,), told = _take(home)
    assert observation.coverage[0].covered_to == date(2023, 3, 31)
    assert (tree(home.inbox), told) == ({}, [])
    assert len(list(home.landing.rglob("*.csv"))) == 1
    assert not list(home.landing.rglob("*.yml"))


def test_a_sidecar_without_its_file_waits_and_says_so(home: Home) -> None:
    (home.inbox / "march.csv.coverage.yml").write_bytes(COVERAGE)
    landed, (told,) = _take(home)
    assert landed == []
    assert "the file march.csv, whose coverage it declares, is not there" in told
    assert list(tree(home.inbox)) == ["march.csv.coverage.yml"]


def test_a_file_whose_sidecar_can_not_be_read_is_refused_and_both_leave_the_inbox(home: Home) -> None:
    (home.inbox / "march.csv").write_bytes(lines(3))
    (home.inbox / "march.csv.coverage.yml").write_bytes(b"everything")
    landed, (told,) = _take(home)
    assert landed == []
    assert "march.csv was refused: march.csv.coverage.yml can't be read" in told
    assert tree(home.inbox) == {}
    (refusal,) = Landing(home).refusals("customs")
    assert (home.root / str(refusal.quarantined_path)).read_bytes() == lines(3)


def test_a_file_that_may_still_be_growing_waits(home: Home) -> None:
    dropped = home.inbox / "march.csv"
    dropped.write_bytes(lines(3)[:10])
    os.utime(dropped, (1, 1))  # as `cp --preserve` does while it copies
    landed, (told,) = _take(home, quiet_seconds=30)
    assert landed == []
    assert "march.csv waits: it changed less than 30 s ago" in told
    assert list(tree(home.inbox)) == ["march.csv"]
    with dropped.open("ab") as stream:
        stream.write(lines(3)[10:])
    time.sleep(0.3)
    assert len(_take(home, quiet_seconds=0.2)[0]) == 1


def test_the_time_that_a_file_must_rest_is_a_setting(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    (home.inbox / "march.csv").write_bytes(lines(3))
    assert take_inbox(home, source=FILES) == []
    monkeypatch.setenv("BOOMERANG_INBOX_QUIET_SECONDS", "soon")
    with pytest.raises(UsageError, match="BOOMERANG_INBOX_QUIET_SECONDS"):
        take_inbox(home, source=FILES)
    monkeypatch.setenv("BOOMERANG_INBOX_QUIET_SECONDS", "0")
    assert len(take_inbox(home, source=FILES)) == 1


@pytest.mark.parametrize(
    "name", ["march.csv.part", "march.csv.crdownload", "march.csv.filepart", "~$march.xlsx", "march.csv~", "march.TMP"]
)
def test_an_unfinished_copy_waits(home: Home, name: str) -> None:
    (home.inbox / name).write_bytes(lines(3))
    landed, told = _take(home)
    assert landed == []
    assert len(told) == 1
    assert list(tree(home.inbox)) == [name]


@pytest.mark.parametrize("lock", [".~lock.march.xlsx#", "~$march.xlsx", "~$rch.xlsx"])
def test_a_workbook_that_is_open_in_a_spreadsheet_waits(home: Home, lock: str) -> None:
    (home.inbox / "march.xlsx").write_bytes(lines(3))
    (home.inbox / lock).touch()
    landed, told = _take(home)
    assert landed == []
    assert any("march.xlsx waits: it is open in a spreadsheet" in line for line in told)
    assert (home.inbox / "march.xlsx").exists()


def test_a_folder_that_is_no_layout_is_left_alone_and_the_rest_is_taken(home: Home, layout: str) -> None:
    (home.inbox / "our_vendr").mkdir()
    (home.inbox / "our_vendr" / "march.csv").write_bytes(lines(3))
    (home.inbox / "april.csv").write_bytes(lines(4))
    landed, (told,) = _take(home)
    assert [item.file_name for item in landed] == ["april.csv"]
    assert "the folder our_vendr is left alone: there is no layout of that name" in told
    assert layout in told
    assert list(tree(home.inbox)) == ["our_vendr/march.csv"]


def test_links_pipes_and_folders_within_are_not_followed(home: Home, layout: str, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_bytes(lines(3))
    (home.inbox / "link.csv").symlink_to(tmp_path / "secret.csv")
    (home.inbox / "linked").symlink_to(tmp_path)
    os.mkfifo(home.inbox / "pipe.csv")
    (home.inbox / layout / "deeper").mkdir()
    (home.inbox / layout / "deeper" / "march.csv").write_bytes(lines(3))
    landed, told = _take(home)
    assert landed == []
    assert len(told) == 4
    assert tree(home.landing) == tree(home.quarantine) == {}
    assert (tmp_path / "secret.csv").exists()
    assert (home.inbox / "link.csv").is_symlink()


def test_a_hidden_file_is_no_drop(home: Home) -> None:
    (home.inbox / ".march.csv.Xk3f9a").write_bytes(lines(3))
    assert _take(home) == ([], [])
    assert len(tree(home.inbox)) == 1


def test_a_refused_file_moves_to_the_quarantine_with_the_reason(home: Home) -> None:
    (home.inbox / "page.csv").write_bytes(b"<html>log in first</html>")
    (home.inbox / "good.csv").write_bytes(lines(3))
    landed, (told,) = _take(home)
    assert [item.file_name for item in landed] == ["good.csv"]
    assert "page.csv was refused" in told
    assert "look at the address" in told
    (refusal,) = Landing(home).refusals("customs")
    assert (refusal.reason, refusal.origin, refusal.file_name) == ("not_lines", "inbox", "page.csv")
    assert (home.root / str(refusal.quarantined_path)).read_bytes() == b"<html>log in first</html>"
    assert tree(home.inbox) == {}


def test_a_file_above_the_cap_stays_and_the_cap_is_told(home: Home) -> None:
    with (home.inbox / "huge.csv").open("wb") as stream:
        stream.truncate(1_000_001)
    landed, (told,) = _take(home)
    assert landed == []
    assert "1,000,001 bytes and 1,000,000 are allowed" in told
    assert list(tree(home.inbox)) == ["huge.csv"]


def test_the_same_file_dropped_again_is_an_observation_of_the_same_bytes(home: Home) -> None:
    for name in ("march.csv", "march (copy).csv"):
        (home.inbox / name).write_bytes(lines(3))
        _take(home)
    first, second = Landing(home).observations("customs")
    assert (first.is_new_content, second.is_new_content) == (True, False)
    assert first.landed_path == second.landed_path


def test_a_name_that_is_no_text_does_not_stop_the_others(home: Home) -> None:
    Path(os.fsdecode(os.fsencode(home.inbox) + b"/\xcc\xe0\xf0\xf2.csv")).write_bytes(lines(2))
    (home.inbox / "march.csv").write_bytes(lines(3))
    landed, _ = _take(home)
    assert sorted(item.file_name for item in landed) == ["march.csv", "����.csv"]


def test_ingest_copies_and_leaves_the_original(home: Home, tmp_path: Path) -> None:
    path = tmp_path / "march.csv"
    path.write_bytes(lines(3))
    (tmp_path / "march.csv.coverage.yml").write_bytes(COVERAGE)
    (observation,) = ingest(
        home,
        [path, tmp_path / "march.csv.coverage.yml"],
        source=FILES,
        layout="our_vendor",
        as_of="2023-04-23",
        covers=["IN:export:2019-01-01:2022-12-31"],
    )
    assert observation.observed_at == datetime(2023, 4, 23, tzinfo=UTC)
    assert (observation.origin, observation.layout) == ("ingest", "our_vendor")
    assert [span.reporter_country_code for span in observation.coverage] == ["IN", "RU"]
    assert path.read_bytes() == lines(3)


def test_a_packed_page_lands_as_it_came(home: Home, tmp_path: Path) -> None:
    path = tmp_path / "russia.html.gz"
    path.write_bytes(gzip.compress(lines(3)))
    (observation,) = ingest(home, [path], source=source("page"), as_of="2023-04-23T14:45:57Z")
    assert observation.landed_path.endswith(".html.gz")
    assert (home.root / observation.landed_path).read_bytes() == path.read_bytes()
    assert observation.figures == {"lines": 3}


def test_a_page_of_an_earlier_day_is_compared_with_what_came_before_it(home: Home, tmp_path: Path) -> None:
    page = source("page", bounds={"lines": {"maximum_fall": 0.1}})
    for day, count in [("2023-03-01", 100), ("2023-05-01", 200)]:
        (tmp_path / "page.html").write_bytes(lines(count))
        ingest(home, [tmp_path / "page.html"], source=page, as_of=day)
    (tmp_path / "page.html").write_bytes(lines(120))
    assert len(ingest(home, [tmp_path / "page.html"], source=page, as_of="2023-04-01")) == 1
    (tmp_path / "page.html").write_bytes(lines(121))
    with pytest.raises(ContentRefusedError, match="from 200"):
        ingest(home, [tmp_path / "page.html"], source=page, as_of="2023-06-01")


def test_ingest_lands_the_good_files_and_tells_the_refused_ones(home: Home, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_bytes(lines(3))
    bad.write_bytes(b"<html>")
    with pytest.raises(ContentRefusedError, match=r"(?s)bad\.csv.*1 of 2 files have landed"):
        ingest(home, [bad, good], source=FILES)
    assert [item.file_name for item in Landing(home).observations()] == ["good.csv"]
    assert [item.file_name for item in Landing(home).refusals()] == ["bad.csv"]
    assert bad.exists()


def test_ingest_takes_nothing_where_a_path_is_no_file(home: Home, tmp_path: Path) -> None:
    (tmp_path / "good.csv").write_bytes(lines(3))
    for wrong in (tmp_path, tmp_path / "gone.csv"):
        with pytest.raises(UsageError, match="nothing was taken"):
            ingest(home, [tmp_path / "good.csv", wrong], source=FILES)
    assert tree(home.landing) == {}


def test_a_moment_is_a_day_or_a_time_with_its_zone() -> None:
    assert parse_as_of("2023-04-23") == datetime(2023, 4, 23, tzinfo=UTC)
    assert parse_as_of(date(2023, 4, 23)) == datetime(2023, 4, 23, tzinfo=UTC)
    assert parse_as_of("2023-04-23T17:45:57+03:00") == datetime(2023, 4, 23, 14, 45, 57, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "told"),
    [
        ("2023-04-23T14:45:57", "does not say in which time zone"),
        ("23.04.2023", "neither a day nor a time"),
        ("yesterday", "neither a day nor a time"),
        ("2999-01-01", "has not come yet"),
        (utc_now() + timedelta(days=1), "has not come yet"),
    ],
)
def test_a_moment_that_can_not_be_is_refused(moment: str | datetime, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        parse_as_of(moment)


def test_layouts_are_those_that_come_along_and_the_users_own(home: Home, layout: str) -> None:
    assert known_layouts(home) > {layout}
