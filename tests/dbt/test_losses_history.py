"""Losses over time: the tables that others made, swapped links, pages of one kind, and nights in any order."""

from __future__ import annotations

import csv
import gzip
import io
import random
import re
import shutil
import tarfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from oryx_home import PUBLISHED, LossesHome, page

from boomerang.home import Home

Landed = tuple[str, bytes, datetime, str]
"""Source, content, moment and file name."""

PICTURES = "https://i.postimg.cc/aaaaaaaa"
UNREADABLE_STATUSES = {"TB2", "burned", "ground", "stripped", "Russia", "2 and 3 destroyed"}
"""What jessicaw9910's table has for a status where the page's text ends in another word."""


# --- The real tables


def scarnecchia(real_data: Path) -> Iterator[Landed]:
    """Every dated version, in the order of their days; the time of day is not known."""
    for path in sorted((real_data / "oryx-scarnecchia" / "totals_by_system_snapshots").glob("*.csv.gz")):
        found = re.search(r"\d{4}-\d\d-\d\d", path.name)
        assert found is not None
        yield "oryx_history", path.read_bytes(), datetime.fromisoformat(found[0]).replace(tzinfo=UTC), path.name


def head(real_data: Path) -> Iterator[Landed]:
    """The table as it stands at the end, in its four parts."""
    for path in sorted((real_data / "oryx-scarnecchia").glob("event_*.csv.gz")):
        yield "oryx_history", path.read_bytes(), datetime(2025, 7, 19, tzinfo=UTC), path.name


def jessicaw9910(real_data: Path) -> Iterator[Landed]:
    """Every table of the first three weeks, by the time in its name."""
    with tarfile.open(real_data / "oryx-jessicaw9910" / "assets.tar.xz") as archive:
        for member in archive.getmembers():
            stream = archive.extractfile(member) if member.isfile() else None
            if stream is not None:
                name = Path(member.name).name
                observed_at = datetime.strptime(name, "%Y-%m-%dT%H%M%SZ.csv").replace(tzinfo=UTC)
                yield "oryx_history", stream.read(), observed_at, name


@cache
def address(url: str) -> str:
    """The address as docs/losses.md says that it identifies a picture, by other means than the models'."""
    parts = urlsplit(url.strip())
    query = f"?{parts.query}" if parts.query else ""
    return f"https://{parts.netloc.lower()}{parts.path}{query}".rstrip("/")


def expected(content: bytes) -> tuple[Counter[tuple[str, str]], int]:
    """Losses by side and picture, under the rules in docs/losses.md, and how many different rows there are."""
    text = (gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content).decode()
    pictures: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    vehicles: set[tuple[str, ...]] = set()
    rows = set()
    for row in csv.DictReader(io.StringIO(text)):
        rows.add(tuple(value for name, value in row.items() if not name.endswith("ID")))
        url = row.get("url") or row.get("link") or ""
        if not re.match(r"https?://", url.strip(), re.IGNORECASE):
            continue
        if "idx" in row:
            if row["status"] not in UNREADABLE_STATUSES:
                side = {"RUS": "russia", "UKR": "ukraine"}[row["country"]]
                name = row.get("name") or row["names"]
                vehicles.add((side, address(url), name, row["idx"], row["group"], row["status"]))
        elif row["system"] not in {"", "NA"}:
            names = pictures[row["country"].lower(), address(url)]
            name = " ".join(row["system"].casefold().split())
            names[name] = min(row["date_recorded"], names.get(name, "9"))
    losses = Counter((side, url) for side, url, *_ in vehicles)
    for picture, names in pictures.items():
        losses[picture] = max(Counter(names.values()).values())
    return losses, len(rows)


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory, real_data: Path) -> LossesHome:
    """Every real table, landed and built once."""
    home = LossesHome(Home.open(tmp_path_factory.mktemp("history") / "home", profile="live"))
    for landed in (*scarnecchia(real_data), *head(real_data), *jessicaw9910(real_data)):
        source, content, observed_at, name = landed
        home.land(content, observed_at, source, name)
    status, said = home.build()
    assert status == 0, said
    return home


def last_of_each_day(real_data: Path) -> dict[date, Counter[tuple[str, str]]]:
    """What the last table of each day says; of two without a time of day the one with more rows is the later one."""
    versions = defaultdict(list)
    for _, content, observed_at, _ in (*scarnecchia(real_data), *jessicaw9910(real_data)):
        losses, rows = expected(content)
        if losses:
            versions[observed_at.date()].append((observed_at, rows, losses))
    days = {day: max(found, key=lambda version: version[:2])[2] for day, found in versions.items()}
    parts = [content for _, content, _, _ in head(real_data)]
    # Four tables, a status each, and together one: read as one.
    first, *others = (gzip.decompress(part).decode() for part in parts)
    whole = first + "".join(other.split("\n", 1)[1] for other in others)
    days[date(2025, 7, 19)] = expected(whole.encode())[0]
    return days


def test_as_of_the_days_of_the_tables_their_last_version_is_answered(history: LossesHome, real_data: Path) -> None:
    days = last_of_each_day(real_data)
    assert len(days) == 55
    wrong = {}
    for day, losses in days.items():
        rows = history.query_as_of(day, "select side, oryx_url, loss_id, observed_on, is_observed from answer")
        assert len({row[2] for row in rows}) == len(rows)
        assert {row[3:] for row in rows} == {(day, True)}
        answered = Counter((str(side), address(str(url))) for side, url, *_ in rows)
        if answered != losses:
            wrong[day] = (answered - losses, losses - answered)
    assert wrong == {}


def test_day_that_was_not_observed_is_answered_by_the_one_before_and_says_so(history: LossesHome) -> None:
    assert history.query_as_of(date(2022, 2, 23), "select count(*) from answer") == [(0,)]
    gap = "select observed_on, is_observed, count(*), count(distinct loss_id) from answer group by all"
    ((observed_on, is_observed, rows, losses),) = history.query_as_of(date(2022, 6, 15), gap)
    assert (observed_on, is_observed) == (date(2022, 5, 4), False)
    assert rows == losses == history.query_as_of(date(2022, 5, 4), gap)[0][2]
    # The table of 13 March 2022 has no links: nobody can tell which losses its rows are.
    assert history.query_as_of(date(2022, 3, 13), gap)[0][:2] == (date(2022, 3, 3), False)
    assert history.query(
        "select unread_reason, count(*) from marts.observations where not is_read group by all order by all"
    ) == [("no_addresses", 1), ("other_table_of_the_same_moment", 4)]


def test_every_row_of_the_tables_is_a_loss_or_accounted_for(history: LossesHome) -> None:
    # 4,470 rows, of which a faulty join had written 1,945 again.
    assert history.query(
        "select rows_in, rows_quarantined, rows_duplicate, rows_loaded, rows_merged, losses "
        "from marts.loss_row_reconciliation where observed_on = '2022-03-27'"
    ) == [(4470, 0, 1945, 2525, 171, 2354)]
    assert history.query(
        "select rows_in, rows_quarantined, rows_duplicate, rows_loaded, rows_merged, losses, "
        "losses_of_several_statuses, losses_of_earlier_names "
        "from marts.loss_row_reconciliation where observed_on = '2025-07-19'"
    ) == [(37505, 15, 0, 37490, 2069, 35421, 2012, 19)]
    assert history.query(
        "select count(*) from marts.row_ledger where rows_in <> rows_loaded + rows_quarantined + rows_duplicate"
    ) == [(0,)]
    # Every row that made no loss of its own is named beside the loss that it was put to.
    ((named, merged),) = history.query(
        "select sum(len(string_split(rows, ', '))), count(*) from ("
        "  select distinct side, oryx_url, other_rows as rows from marts.fct_equipment_loss_versions"
        "  where collector = 'scarnecchia' and recorded_to is null and other_rows is not null)"
    )
    assert named > merged > 1000


def test_what_the_tables_can_not_tell_is_marked(history: LossesHome) -> None:
    assert history.query(
        "select collector, is_withdrawal_observable from marts.fct_equipment_loss_versions "
        "where recorded_from >= '2022-03-27' or recorded_to < '2022-03-27' group by all order by all"
    ) == [("jessicaw9910", True), ("scarnecchia", False)]
    assert history.query(
        "select distinct collector, withdrawal_basis from marts.fct_equipment_loss_versions "
        "where withdrawal_basis is not null order by all"
    ) == [("jessicaw9910", "other_collector"), ("jessicaw9910", "withdrawn"), ("scarnecchia", "dropped_from_table")]
    assert history.query(
        "select count(*) from marts.fct_equipment_losses where withdrawn_on is null and is_withdrawal_observable"
    ) == [(0,)]
    # A change of the collector is no fall.
    assert (
        history.query(
            "select count(*), count(total_change) from marts.fct_equipment_losses_daily where day = '2022-03-27'"
        )[0][1]
        == 0
    )


def test_first_seen_is_an_upper_bound_and_none_for_the_first_day(history: LossesHome) -> None:
    assert history.query(
        "select count(*) from marts.fct_equipment_losses "
        "where lost_on > first_seen_on or (lost_on is null) <> (lost_on_basis = 'not_known')"
    ) == [(0,)]
    assert history.query(
        "select max(first_seen_on) from marts.fct_equipment_losses where lost_on_basis = 'not_known'"
    ) == [(date(2022, 2, 24),)]


def test_tables_and_pages_in_any_order_and_night_by_night_give_the_same_rows(tmp_path: Path, real_data: Path) -> None:
    landed = [
        *list(scarnecchia(real_data))[:12:2],
        *list(scarnecchia(real_data))[30:36],
        *list(jessicaw9910(real_data))[::6],
        *head(real_data),
        ("oryx_russia", gzip.decompress((real_data / "oryx-html" / "russia.html.gz").read_bytes()),
         datetime(2023, 4, 23, 18, tzinfo=UTC), "russia.html"),
    ]  # fmt: skip
    at_once = LossesHome(Home.open(tmp_path / "at_once", profile="live"))
    for source, content, observed_at, name in landed:
        at_once.land(content, observed_at, source, name)
    status, said = at_once.build()
    assert status == 0, said
    by_night = LossesHome(Home.open(tmp_path / "by_night", profile="live"))
    # What a file holds is read once: the order of the nights is what is tested.
    for folder in ("bronze", "quarantine"):
        shutil.copytree(at_once.home.root / folder, by_night.home.root / folder, dirs_exist_ok=True)
    random.Random(20220224).shuffle(landed)  # noqa: S311 - any order will do, but the same in every run
    for night in (landed[:9], landed[9:11], landed[11:]):
        for source, content, observed_at, name in (*night, night[0]):
            by_night.land(content, observed_at, source, name)
        status, said = by_night.build()
        assert status == 0, said
    expected_rows = at_once.exports(tmp_path / "once")
    found = by_night.exports(tmp_path / "nights")
    assert {table for table in PUBLISHED if found[table] != expected_rows[table]} == set()


# --- Small pages and tables


def day(number: int) -> datetime:
    """A moment of an evening in April 2023."""
    return datetime(2023, 4, number, 20, tzinfo=UTC)


def tanks(*links: tuple[str, str], label: str | None = None) -> bytes:
    """A page of Russian losses with one model line."""
    return page(
        f"Russia - {len(links)}, of which: destroyed: {len(links)}",
        {
            f"Tanks ({len(links)}, of which destroyed: {len(links)})": {
                label or f"{len(links)} T-72B": [(f"{PICTURES}/{name}", text) for name, text in links]
            }
        },
    )


def table(*rows: tuple[str, str, str, str]) -> bytes:
    """A table of Russian losses as scarnecchia writes it; rows are system, status, picture, day recorded."""
    lines = ["country,origin,system,status,url,date_recorded,sysID,imageID,statusID,matID"]
    lines += [
        f"Russia,Soviet Union,{system},{status},{PICTURES}/{name},{recorded},1,1,1,1"
        for system, status, name, recorded in rows
    ]
    return "\n".join(lines).encode()


@pytest.fixture
def losses(home: Home) -> LossesHome:
    """An empty home for losses."""
    return LossesHome(home)


def test_swapped_link_leaves_the_loss_its_id(losses: LossesHome) -> None:
    losses.land(tanks(("1.jpg", "(1, destroyed)"), ("2.jpg", "(2, destroyed)")), day(1))
    losses.land(tanks(("1.jpg", "(1, destroyed)"), ("2b.jpg", "(2, destroyed)")), day(2))
    losses.land(tanks(("1.jpg", "(1, destroyed)"), ("2c.jpg", "(2, destroyed)")), day(3))
    status, said = losses.build()
    assert status == 0, said
    assert losses.query(
        "select oryx_url, first_seen_on, withdrawn_on, versions from marts.fct_equipment_losses order by oryx_url"
    ) == [
        (f"{PICTURES}/1.jpg", date(2023, 4, 1), None, 1),
        (f"{PICTURES}/2c.jpg", date(2023, 4, 1), None, 3),
    ]
    assert losses.query(
        "select former_url, new_url, swapped_on, loss_id = (select loss_id from marts.fct_equipment_losses "
        "where oryx_url like '%/2c.jpg') from marts.loss_aliases order by swapped_on"
    ) == [
        (f"{PICTURES}/2.jpg", f"{PICTURES}/2b.jpg", date(2023, 4, 2), True),
        (f"{PICTURES}/2b.jpg", f"{PICTURES}/2c.jpg", date(2023, 4, 3), True),
    ]
    assert losses.query_as_of(date(2023, 4, 2), "select oryx_url from answer order by all") == [
        (f"{PICTURES}/1.jpg",),
        (f"{PICTURES}/2b.jpg",),
    ]


def test_address_that_comes_back_was_not_swapped(losses: LossesHome) -> None:
    first = tanks(("1.jpg", "(1, destroyed)"))
    losses.land(first, day(1))
    losses.land(tanks(("2.jpg", "(1, destroyed)")), day(2))
    losses.land(first, day(3))
    status, said = losses.build()
    assert status == 0, said
    assert losses.query("select count(*) from marts.loss_aliases") == [(0,)]
    assert losses.query(
        "select oryx_url, withdrawn_on, withdrawal_basis from marts.fct_equipment_losses order by oryx_url"
    ) == [(f"{PICTURES}/1.jpg", None, None), (f"{PICTURES}/2.jpg", date(2023, 4, 3), "withdrawn")]


def test_model_renamed_by_the_score_is_told_in_one_line(losses: LossesHome) -> None:
    links = [(f"{number}.jpg", f"({number}, destroyed)") for number in range(1, 26)]
    losses.land(tanks(*links, label="25 Unknown T-72"), day(1))
    losses.land(tanks(*links), day(2))
    status, said = losses.build()
    assert status == 0, said
    assert losses.query(
        "select source, observed_on, change, value_before, value_after, losses from marts.bulk_revisions"
    ) == [("oryx_russia", date(2023, 4, 2), "model", "Unknown T-72", "T-72B", 25)]
    assert losses.query(
        "select model, total, total_change from marts.fct_equipment_losses_daily where day = '2023-04-02' order by all"
    ) == [("T-72B", 25, 25), ("Unknown T-72", 0, -25)]


def test_own_page_answers_instead_of_the_tables_and_says_what_they_could_not(losses: LossesHome) -> None:
    rows = [
        ("T-72B", "destroyed", "1.jpg", "2022-03-19"),
        ("T-72B", "destroyed", "2.jpg", "2022-05-01"),
        ("T-72B", "damaged", "3.jpg", "2022-06-01"),
        ("T-72B", "abandoned", "3.jpg", "2022-06-01"),
    ]
    losses.land(table(*rows), datetime(2022, 7, 1, tzinfo=UTC), "oryx_history", "totals_by_system.csv")
    own_page = tanks(("1.jpg", "(1 and 2, destroyed)"), ("2.jpg", "(3, destroyed)"))
    losses.land(own_page, day(1))
    # Filed under the evening of the page's day and the days after it, the page answers all the same.
    later = table(*rows, ("T-72B", "destroyed", "4.jpg", "2023-04-02"))
    losses.land(later, datetime(2023, 4, 2, tzinfo=UTC), "oryx_history", "totals_by_system.csv")
    status, said = losses.build()
    assert status == 0, said
    assert losses.query(
        "select right(oryx_url, 5), sources, lost_on, lost_on_basis, withdrawn_on, withdrawal_basis "
        "from marts.fct_equipment_losses order by oryx_url, sources, lost_on"
    ) == [
        ("1.jpg", "oryx_history, oryx_russia", None, "not_known", None, None),
        ("1.jpg", "oryx_russia", None, "not_known", None, None),
        ("2.jpg", "oryx_history, oryx_russia", date(2022, 5, 1), "first_seen", None, None),
        ("3.jpg", "oryx_history", date(2022, 6, 1), "first_seen", date(2023, 4, 1), "not_on_next_page"),
        ("4.jpg", "oryx_history", date(2023, 4, 2), "first_seen", date(2023, 4, 2), "not_on_next_page"),
    ]
    counted = "select source, observed_on, count(*) from answer group by all"
    assert losses.query_as_of(date(2022, 7, 1), counted) == [("oryx_history", date(2022, 7, 1), 3)]
    assert losses.query_as_of(date(2023, 4, 2), counted) == [("oryx_russia", date(2023, 4, 1), 3)]
    assert losses.query(
        "select day, source, sum(total)::int from marts.fct_equipment_losses_daily group by all order by all"
    ) == [(date(2022, 7, 1), "oryx_history", 3), (date(2023, 4, 1), "oryx_russia", 3)]


def test_part_of_a_table_withdraws_nothing(losses: LossesHome) -> None:
    rows = [
        ("T-72B", "destroyed", "1.jpg", "2022-03-19"),
        ("T-72B", "captured", "2.jpg", "2022-05-01"),
        ("T-72B", "damaged", "3.jpg", "2022-06-01"),
        ("T-72B", "abandoned", "4.jpg", "2022-06-01"),
    ]
    losses.land(table(*rows), datetime(2022, 7, 1, tzinfo=UTC), "oryx_history", "totals_by_system.csv")
    losses.land(table(rows[0]), datetime(2022, 7, 2, tzinfo=UTC), "oryx_history", "event_destroyed.csv")
    for row in rows:
        losses.land(table(row), datetime(2022, 7, 3, tzinfo=UTC), "oryx_history", f"event_{row[1]}.csv")
    status, said = losses.build()
    assert status == 0, said
    counted = "select observed_on, is_observed, count(*) from answer group by all"
    assert losses.query_as_of(date(2022, 7, 2), counted) == [(date(2022, 7, 1), False, 4)]
    assert losses.query_as_of(date(2022, 7, 3), counted) == [(date(2022, 7, 3), True, 4)]
    assert losses.query("select count(*) from marts.fct_equipment_loss_versions") == [(4,)]


def test_ship_on_the_country_page_and_on_its_own_is_one_loss(losses: LossesHome) -> None:
    country = page(
        "Russia - 1, of which: destroyed: 1",
        {"Naval Ships (1, of which destroyed: 1)": {"1 Project 1164": [(f"{PICTURES}/ship.jpg", "(1, destroyed)")]}},
    )
    ships = page(
        "Russia - 2, of which: destroyed: 2",
        {
            "Naval Ships (2, of which destroyed: 2)": {
                "2 Project 1164": [
                    (f"{PICTURES}/ship.jpg", "(1, sunk)"),
                    (f"{PICTURES}/other.jpg", "(2, destroyed)"),
                ]
            }
        },
        title="List of Naval Losses",
    )
    losses.land(ships, day(1), "oryx_naval")
    losses.land(country, day(2))
    status, said = losses.build()
    assert status == 0, said
    assert losses.query(
        "select right(oryx_url, 8), sources, source, status_text, qualifier, withdrawn_on "
        "from marts.fct_equipment_losses order by oryx_url"
    ) == [
        ("ther.jpg", "oryx_naval", "oryx_naval", "destroyed", None, None),
        ("ship.jpg", "oryx_naval, oryx_russia", "oryx_russia", "destroyed", "sunk", None),
    ]
    counted = "select source, count(*) from answer group by all order by all"
    assert losses.query_as_of(date(2023, 4, 1), counted) == [("oryx_naval", 2)]
    assert losses.query_as_of(date(2023, 4, 2), counted) == [("oryx_naval", 1), ("oryx_russia", 1)]


def test_older_page_that_is_put_in_between_is_replayed_from_there(losses: LossesHome, tmp_path: Path) -> None:
    pages = {
        1: tanks(("1.jpg", "(1, destroyed)")),
        2: tanks(("1.jpg", "(1, destroyed)"), ("2.jpg", "(2, destroyed)")),
        3: tanks(("1.jpg", "(1, damaged)"), ("3.jpg", "(2, destroyed)")),
    }
    for number in (1, 3):
        losses.land(pages[number], day(number))
    assert losses.build()[0] == 0
    losses.land(pages[2], day(2))
    status, said = losses.build()
    assert status == 0, said
    whole = LossesHome(Home.open(tmp_path / "whole", profile="live"))
    for number, content in pages.items():
        whole.land(content, day(number))
    assert whole.build()[0] == 0
    assert losses.exports(tmp_path / "in_between") == whole.exports(tmp_path / "at_once")
    assert losses.query("select former_url, swapped_on from marts.loss_aliases") == [
        (f"{PICTURES}/2.jpg", date(2023, 4, 3))
    ]
    assert losses.query("select max(day) - min(day) from marts.observation_days") == [(timedelta(days=2).days,)]
