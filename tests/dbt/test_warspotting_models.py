"""Versions of WarSpotting's records, from landed answers to the table: what changed when, and what is withdrawn."""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from boomerang.bronze import make_bronze
from boomerang.bundle import write_bundle
from boomerang.home import Home
from boomerang.landing.inbox import ingest
from boomerang.landing.store import Landing
from boomerang.sources.specification import specification
from boomerang.transform import build_database, dbt

MODELS = ("+int_warspotting__versions", "int_warspotting__rows_counted")
NIGHTS = [datetime(2022, 3, day, 3, tzinfo=UTC) for day in range(20, 30)]
DAY = date(2022, 3, 10)

Record = dict[str, Any]


def record(number: int, day: date = DAY, **facts: Any) -> Record:
    return {
        "id": number, "type": "Tanks", "model": "T-72B", "status": "Destroyed", "lost_by": "Russia", "date": str(day),
        "nearest_location": "Kharkiv", "geo": "50.0,36.0", "unit": None, "tags": "Z", **facts,
    }  # fmt: skip


@dataclass
class Warspotting:
    """A home of which only the versions are built, night after night, as the pipeline does."""

    home: Home
    builds: int = 0

    def show(
        self, observed_at: datetime, records: list[Record], since: date | None = None, until: date | None = None
    ) -> None:
        """Land a pull of these days; without days, of everything."""
        first, last = since or date(2022, 2, 24), until or observed_at.date()
        by_day: dict[date, list[Record]] = {}
        for item in records:
            by_day.setdefault(date.fromisoformat(item["date"]), []).append(item)
        parts: dict[str, Path | bytes] = {}
        day = first
        while day <= last:
            pages = [by_day[day]] if day in by_day else []
            parts |= {f"{day}/{n}.json": json.dumps({"losses": page}).encode() for n, page in enumerate(pages, 1)}
            parts[f"{day}/{len(pages) + 1}.json.missing"] = b""
            day += timedelta(days=1)
        landing = Landing(self.home)
        path = landing.new_path(".zip")
        write_bundle(parts, path)
        facts = {"shows_from": first, "shows_to": last, "is_complete": since is None and until is None}
        landing.land(
            specification("warspotting"), path, observed_at=observed_at, file_name="warspotting.zip", origin="pull",
            figures={}, **facts,
        )  # fmt: skip

    def dump(self, observed_at: datetime, records: list[Record]) -> None:
        """Land a CSV of everything."""
        output = io.StringIO()
        writer = csv.DictWriter(output, [*records[0]])
        writer.writeheader()
        writer.writerows(records)
        landing = Landing(self.home)
        path = landing.new_path(".csv")
        path.write_text(output.getvalue(), encoding="utf-8")
        landing.land(
            specification("warspotting"), path, observed_at=observed_at, file_name="dump.csv", origin="ingest",
            figures={},
        )  # fmt: skip

    def build(self) -> None:
        """Build on what stands, as a night does."""
        make_bronze(self.home)
        said: list[str] = []
        self.builds += 1
        built_at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=self.builds)
        arguments = ("build", "--indirect-selection", "cautious", "--select", *MODELS)
        status = dbt(self.home, *arguments, built_at=built_at, progress=said.append)
        assert status == 0, "\n".join(said)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(build_database(self.home)), read_only=True) as connection:
            connection.execute("set timezone = 'UTC'")
            return connection.execute(sql).fetchall()

    def versions(self) -> list[tuple[Any, ...]]:
        return self.query("select * from intermediate.int_warspotting__versions order by all")

    def told(self, number: int) -> list[tuple[Any, ...]]:
        return self.query(
            "select changed, recorded_from, recorded_to, last_shown_at from intermediate.int_warspotting__versions "
            f"where warspotting_id = {number} order by version_number"
        )


@pytest.fixture(scope="module")
def warspotting(tmp_path_factory: pytest.TempPathFactory) -> Warspotting:
    """Seven nights: everything, four windows, everything twice; built in three builds."""
    new = Warspotting(Home.open(tmp_path_factory.mktemp("warspotting") / "home", profile="live"))
    recent = date(2022, 3, 8)
    first = [record(1), record(2), record(3), record(4), record(5, date(2022, 2, 25)), record(6), record(7), record(8)]
    new.show(NIGHTS[0], first)
    # A window: 1 has another status, 2 another model and tags, 3 is re-dated out of it, 4 is missing, 5 is older.
    # 6 can't be read, 8 is dated to a day that has not come.
    second = [
        record(1, status="Captured"),
        record(2, model="T-72B3", tags=["Z", "Turretless"]),
        record(6, status="Lost"),
        record(7),
        record(8, date(2022, 3, 30)),
    ]
    new.show(NIGHTS[1], second, since=recent, until=date(2022, 3, 30))
    new.build()
    # The same again: no version.
    again = [record(1, status="Captured"), record(2, model="T-72B3", tags="Z, Turretless"), record(6), record(7)]
    new.show(NIGHTS[2], again, since=recent)
    new.show(NIGHTS[3], again, since=recent)
    new.build()
    # Everything: 3 is found at its new date, 4 and 8 are gone, 6 can't be read.
    everything = [
        record(1, status="Captured"),
        record(2, model="T-72B3", tags="Z, Turretless"),
        record(3, date(2022, 2, 26)),
        record(5, date(2022, 2, 25)),
        record(6, status="Lost"),
        record(7),
        record(7),
    ]
    new.show(NIGHTS[4], everything)
    new.show(NIGHTS[5], [*again, record(4, unit="1st Brigade")], since=recent)
    new.show(NIGHTS[6], [*everything[:4], record(6), record(7), record(4, unit="1st Brigade")])
    new.build()
    return new


def test_changes_make_versions_and_are_named(warspotting: Warspotting) -> None:
    assert warspotting.told(1) == [
        ("first_seen", NIGHTS[0], NIGHTS[1], NIGHTS[0]),
        ("status", NIGHTS[1], None, NIGHTS[6]),
    ]
    assert warspotting.told(2) == [
        ("first_seen", NIGHTS[0], NIGHTS[1], NIGHTS[0]),
        ("model, tags", NIGHTS[1], None, NIGHTS[6]),
    ]
    assert warspotting.query(
        "select version_number, model_spelling, previous_model_spelling, status, source_member, source_row "
        "from intermediate.int_warspotting__versions where warspotting_id = 2 order by version_number"
    ) == [
        (1, "T-72B", None, "destroyed", "2022-03-10/1.json", 2),
        (2, "T-72B3", "T-72B", "destroyed", "2022-03-10/1.json", 2),
    ]


def test_missing_from_a_window_is_not_withdrawn_and_a_new_date_is_a_revision(warspotting: Warspotting) -> None:
    assert warspotting.told(3) == [
        ("first_seen", NIGHTS[0], NIGHTS[4], NIGHTS[0]),
        ("date", NIGHTS[4], None, NIGHTS[6]),
    ]
    assert warspotting.told(5) == [("first_seen", NIGHTS[0], None, NIGHTS[6])]


def test_missing_from_everything_is_withdrawn_until_it_returns(warspotting: Warspotting) -> None:
    assert warspotting.told(4) == [
        ("first_seen", NIGHTS[0], NIGHTS[4], NIGHTS[0]),
        ("returned, unit", NIGHTS[5], None, NIGHTS[6]),
    ]


def test_a_record_in_the_quarantine_is_not_withdrawn(warspotting: Warspotting) -> None:
    assert warspotting.told(6) == [("first_seen", NIGHTS[0], None, NIGHTS[6])]


def test_a_day_that_had_not_come_is_not_believed_and_the_record_is_there_until_it_is_gone(
    warspotting: Warspotting,
) -> None:
    assert warspotting.told(8) == [("first_seen", NIGHTS[0], NIGHTS[4], NIGHTS[1])]


def test_a_record_that_stands_twice_in_an_answer_is_one_and_counted(warspotting: Warspotting) -> None:
    assert warspotting.told(7) == [("first_seen", NIGHTS[0], None, NIGHTS[6])]
    assert warspotting.query(
        "select sum(rows_duplicate), sum(rows_loaded) from intermediate.int_warspotting__rows_counted "
        "inner join staging.stg_boomerang__observations as observations using (source_sha256) "
        f"where observations.observed_at = '{NIGHTS[4]}'"
    ) == [(1, 5)]


def test_night_after_night_gives_the_rows_of_one_build(warspotting: Warspotting, tmp_path: Path) -> None:
    at_once = Warspotting(Home.open(tmp_path / "home", profile="live"))
    observations = Landing(warspotting.home).observations("warspotting")
    random.Random(7).shuffle(observations)  # noqa: S311 - an order, no secret
    landing = Landing(at_once.home)
    for item in observations:
        path = landing.new_path(".zip")
        path.write_bytes((warspotting.home.root / item.landed_path).read_bytes())
        showing = item.model_dump(include={"shows_from", "shows_to", "is_complete"})
        landing.land(
            specification("warspotting"), path, observed_at=item.observed_at, file_name=item.file_name,
            origin="pull", figures={}, **showing,
        )  # fmt: skip
    at_once.build()
    assert at_once.versions() == warspotting.versions()


def test_an_answer_of_an_earlier_moment_replays_from_there(tmp_path: Path) -> None:
    late = Warspotting(Home.open(tmp_path / "late", profile="live"))
    late.build()
    assert late.versions() == []  # a source that never landed has none
    late.show(NIGHTS[0], [record(1), record(2)])
    late.show(NIGHTS[2], [record(1, model="T-72B3"), record(2)])
    late.build()
    assert late.told(2) == [("first_seen", NIGHTS[0], None, NIGHTS[2])]
    late.show(NIGHTS[1], [record(1, model="T-72B3")])
    late.build()
    assert late.told(1) == [
        ("first_seen", NIGHTS[0], NIGHTS[1], NIGHTS[0]),
        ("model", NIGHTS[1], None, NIGHTS[2]),
    ]
    assert late.told(2) == [("first_seen", NIGHTS[0], NIGHTS[1], NIGHTS[0]), ("returned", NIGHTS[2], None, NIGHTS[2])]


def test_what_a_dump_does_not_tell_is_no_revision_and_of_two_answers_of_one_moment_the_fuller_counts(
    tmp_path: Path,
) -> None:
    new = Warspotting(Home.open(tmp_path / "home", profile="live"))
    untold = [{key: value for key, value in record(number).items() if key != "tags"} for number in (1, 2)]
    new.dump(NIGHTS[0], untold)
    new.dump(NIGHTS[0], untold[:1])
    new.show(NIGHTS[1], [record(1), record(2, tags=None)])
    new.dump(NIGHTS[2], untold)
    new.show(NIGHTS[3], [record(1, tags="V"), record(2, tags=None)])
    new.build()
    assert [change for change, *_ in new.told(1)] == ["first_seen", "tags_told", "tags"]
    assert [change for change, *_ in new.told(2)] == ["first_seen"]
    assert new.query(
        "select version_number, tags from intermediate.int_warspotting__versions where warspotting_id = 1 order by all"
    ) == [(1, None), (2, "Z"), (3, "V")]
    assert new.query(
        "select losses, is_read, unread_reason from intermediate.int_warspotting__showings "
        f"where observed_at = '{NIGHTS[0]}' order by losses"
    ) == [(1, False, "other_answer_of_the_same_moment"), (2, True, None)]


# --- The real versions


TOLD = ("date", "type", "model", "status", "nearest_location", "unit")


def told_by_hand(snapshots: list[Path]) -> dict[int, list[Any]]:
    """What each record said, one after the other, without a change left out or told twice; None where it was gone."""
    said: dict[int, list[Any]] = {}
    for path in snapshots:
        with gzip.open(path, "rt", encoding="utf-8", newline="") as stream:
            records = {int(item["id"]): item for item in csv.DictReader(stream)}
        for number in said.keys() - records.keys():
            if said[number][-1] is not None:
                said[number].append(None)
        for number, item in records.items():
            told = [item[name].strip() for name in TOLD]
            # "35.9268" and "35.92680" are one place.
            place = tuple(Decimal(part) for part in item["geo"].split(",") if part)
            content = (*told, place, tuple(tag.strip() for tag in item["tags"].split(",") if tag.strip()))
            if said.setdefault(number, [None])[-1] != content:
                said[number].append(content)
    return said


def test_the_real_versions_replay_into_the_same_rows_in_any_order(real_data: Path, tmp_path: Path) -> None:
    # The two versions of 24 July 2025 and the first of the 25th hold the same records.
    days = ("2025-07-24", "2025-07-25", "2025-08-01", "2026-03-01", "2026-08-22")
    folder = real_data / "warspotting" / "lazar-bit-snapshots"
    snapshots = [path for path in sorted(folder.iterdir()) if path.name.split(".")[1] in days]
    moments: dict[Path, str] = {}
    for path in snapshots:
        day = path.name.split(".")[1]
        hour = sum(moment.startswith(day) for moment in moments.values()) + 1
        moments[path] = f"{day}T{hour:02}:00:00Z"
    new = Warspotting(Home.open(tmp_path / "home", profile="live"))
    order = [*snapshots]
    random.Random(11).shuffle(order)  # noqa: S311 - an order, no secret
    for night in (order[:4], order[4:]):
        for path in night:
            ingest(new.home, [path], source="warspotting", as_of=moments[path])
        new.build()
    expected = told_by_hand(snapshots)
    found = new.query(
        "select warspotting_id, count(*), count(*) filter (where recorded_to is null) "
        "from intermediate.int_warspotting__versions group by warspotting_id order by warspotting_id"
    )
    assert {number: count for number, count, _ in found} == {
        number: sum(content is not None for content in contents) for number, contents in expected.items()
    }
    assert {number for number, _, standing in found if standing} == {
        number for number, contents in expected.items() if contents[-1] is not None
    }
    assert new.query(
        "select count(*), max(version_number) from intermediate.int_warspotting__versions "
        "where recorded_from < '2025-07-25 02:00:00+00'"
    ) == [(20_673, 1)]
