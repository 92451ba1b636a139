"""Records of WarSpotting, from pages of the API and from dumps: what is taken, what is not, and why."""

from __future__ import annotations

import csv
import gzip
import io
import json
import logging
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from boomerang.bundle import write_bundle
from boomerang.errors import ContentRefusedError
from boomerang.sources.specification import LandedFile, MemberCount, specification
from boomerang.sources.warspotting import READER, Loss, read_loss, read_page

SPECIFICATION = specification("warspotting")
LOSS: dict[str, Any] = {
    "id": 602,
    "type": "Tanks",
    "model": "T-80BVM",
    "status": "Destroyed",
    "lost_by": "Russia",
    "date": "2022-02-24",
    "nearest_location": "Kharkiv, Kharkiv raion",
    "geo": "50.0549042,36.3615697",
    "unit": "200th Separate Motor Rifle Brigade",
    "tags": "Turretless, Mine plow/roller",
    "comment": "",
    "sources": [],
    "photos": [],
}


def bundle(path: Path, pages: dict[str, Any]) -> Path:
    """A pull of some days: ``{"2022-02-24/1": [records]}``, the 404 behind each day's last page added."""
    parts = {f"{name}.json": json.dumps({"losses": losses}).encode() for name, losses in pages.items()}
    for day in {name.split("/")[0] for name in pages}:
        count = sum(name.startswith(day) for name in pages)
        parts[f"{day}/{count + 1}.json.missing"] = b""
    write_bundle(parts, path)
    return path


def parse(path: Path, folder: Path) -> tuple[list[MemberCount], dict[str, list[dict[str, Any]]]]:
    folder.mkdir()
    landed = LandedFile(path=path, sha256="a" * 64, file_name=path.name, specification=SPECIFICATION)
    members = READER.parse(landed, folder)
    return members, {file.stem: pq.read_table(file).to_pylist() for file in sorted(folder.iterdir())}


def taken(**changes: Any) -> Loss:
    loss = read_loss({**LOSS, **changes})
    assert isinstance(loss, Loss)
    return loss


def test_a_record_is_read_as_it_stands() -> None:
    loss = taken()
    assert (loss.warspotting_id, loss.lost_on, loss.side, loss.status) == (
        602,
        date(2022, 2, 24),
        "russia",
        "destroyed",
    )
    assert (loss.latitude, loss.longitude) == (Decimal("50.0549042"), Decimal("36.3615697"))
    assert loss.comment is None and loss.photo_links is None


def test_every_way_in_which_a_place_was_written_gives_the_same_place() -> None:
    geo = taken()
    split = taken(geo=None, latitude=Decimal("50.0549042"), longitude="36.3615697")
    both = taken(latitude="50.05490420000001", longitude="36.3615697")
    assert {(loss.latitude, loss.longitude) for loss in (geo, split, both)} == {(geo.latitude, geo.longitude)}
    assert taken(geo="").latitude is None


def test_tags_are_the_same_as_a_text_and_as_a_list() -> None:
    assert taken(tags=["Turretless", "Mine plow/roller"]) == taken(tags="Turretless,Mine plow/roller ") == taken()
    assert taken(tags=[]).tags is taken(tags=None).tags is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"status": "Repaired"}, "unknown_status"),
        ({"lost_by": "Belarus"}, "unknown_side"),
        ({"date": "24.02.2022"}, "bad_date"),
        ({"date": "2022-02-23"}, "bad_date"),
        ({"id": "602a"}, "bad_id"),
        ({"id": 0}, "bad_id"),
        ({"model": " "}, "field_empty"),
        ({"model": None}, "field_empty"),
        ({"geo": "50.05"}, "bad_coordinates"),
        ({"geo": "36.36N,50.05E"}, "bad_coordinates"),
        ({"geo": "150.05,36.36"}, "bad_coordinates"),
        ({"geo": "nan,36.36"}, "bad_coordinates"),
        ({"latitude": "50.06", "longitude": "36.3615697"}, "bad_coordinates"),
    ],
)
def test_a_record_that_can_not_be_true_is_not_taken(changes: dict[str, Any], reason: str) -> None:
    reading = read_loss({**LOSS, **changes})
    assert not isinstance(reading, Loss)
    assert reading.reason == reason


def test_a_record_of_another_day_than_was_asked_for_is_not_taken() -> None:
    reading = read_loss(LOSS, date(2022, 2, 25))
    assert not isinstance(reading, Loss)
    assert "where" not in reading.reason and reading.reason == "bad_date"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b'{"losses": [{"id": 1, ', "broken_page"),
        (b"<html>520</html>", "broken_page"),
        (b'{"message": "maintenance"}', "broken_page"),
        (b'{"losses": {"id": 1}}', "broken_page"),
        (b'{"losses": [1, 2]}', "broken_page"),
        (b"\xff\xfe", "broken_page"),
        (b"[" * 100_000, "broken_page"),
        (json.dumps({"losses": [{**LOSS, "geolocation": "1,2"}]}).encode(), "broken_page"),
        (json.dumps({"losses": [{key: LOSS[key] for key in LOSS if key != "status"}]}).encode(), "field_missing"),
        (json.dumps({"losses": [{"vehicle": "T-72"}]}).encode(), "field_missing"),
    ],
)
def test_a_page_of_another_shape_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(ContentRefusedError) as caught:
        read_page(content, "2022-02-24/1.json")
    assert caught.value.reason == reason


def test_a_page_with_the_names_of_2024_is_read_as_one_of_today() -> None:
    old = {("Latitude" if key == "geo" else key): value for key, value in LOSS.items()}
    old |= {"geolocation": LOSS["geo"], "Latitude": "50.0549042", "Longitude": "36.3615697"}
    (record,) = read_page(json.dumps([old]).encode(), "page")
    assert read_loss(record) == taken()


def test_fields_that_are_not_known_are_counted_and_named(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    path = bundle(tmp_path / "pull.zip", {"2022-02-24/1": [LOSS | {"crew": 3}, LOSS | {"id": 603}]})
    assert READER.inspect(path, SPECIFICATION, None)["unknown_fields"] == 1
    assert "crew (1)" in caplog.text
    assert parse(path, tmp_path / "output")[1]["answers"][0]["unknown_fields"] == ["crew"]


def test_a_pull_says_for_which_days_it_answers_and_each_page_has_its_ledger(tmp_path: Path) -> None:
    pages = {"2022-02-24/1": [LOSS, LOSS | {"id": 603}], "2022-02-24/2": [LOSS | {"id": 604, "status": "Lost"}]}
    pages["2022-02-25/1"] = []
    members, tables = parse(bundle(tmp_path / "pull.zip", pages), tmp_path / "output")
    (answer,) = tables["answers"]
    assert (answer["kind"], answer["shows_from"], answer["shows_to"]) == (
        "api", date(2022, 2, 24), date(2022, 2, 25),
    )  # fmt: skip
    assert [(item.source_member, item.rows_in, item.rows_quarantined) for item in members] == [
        ("2022-02-24/1.json", 2, 0),
        ("2022-02-24/2.json", 1, 1),
        ("2022-02-25/1.json", 0, 0),
    ]
    assert [(row["_source_member"], row["_source_row"]) for row in tables["losses"]] == [
        ("2022-02-24/1.json", 1),
        ("2022-02-24/1.json", 2),
    ]
    assert [(row["warspotting_id"], row["_source_member"]) for row in tables["unread_ids"]] == [
        (604, "2022-02-24/2.json")
    ]


def test_a_pull_of_days_without_losses_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "pull.zip"
    write_bundle({"2023-01-01/1.json.missing": b"", "2023-01-02/1.json.missing": b""}, path)
    (member,), tables = parse(path, tmp_path / "output")
    assert (member.rows_in, tables["losses"]) == (0, [])
    assert tables["answers"][0]["shows_to"] == date(2023, 1, 2)


@pytest.mark.parametrize(
    "parts",
    [
        {"2022-02-24/1.json": b"[]"},  # no 404 behind it
        {"2022-02-24/2.json": b"[]", "2022-02-24/3.json.missing": b""},  # the first page is missing
        {"2022-02-24/1.json.missing": b"", "2022-02-26/1.json.missing": b""},  # a day is missing
    ],
)
def test_a_day_that_was_cut_short_is_never_taken_as_whole(tmp_path: Path, parts: dict[str, bytes]) -> None:
    path = tmp_path / "pull.zip"
    write_bundle(parts, path)
    with pytest.raises(ContentRefusedError) as caught:
        READER.inspect(path, SPECIFICATION, None)
    assert caught.value.reason == "day_cut_short"


def test_one_id_with_two_contents_is_set_apart_and_whole_repeats_are_counted(tmp_path: Path) -> None:
    pages = {
        "2022-02-24/1": [LOSS, LOSS, LOSS | {"id": 603}, LOSS | {"id": 604}],
        "2022-02-25/1": [LOSS | {"id": 603, "date": "2022-02-25"}],
    }
    path = bundle(tmp_path / "pull.zip", pages)
    figures = READER.inspect(path, SPECIFICATION, None)
    assert (figures["losses"], figures["repeated"], figures["quarantined"]) == (2, 1, 2)
    members, tables = parse(path, tmp_path / "output")
    assert [(item.rows_in, item.rows_loaded, item.rows_quarantined) for item in members] == [(4, 3, 1), (1, 0, 1)]
    assert {fault["reason"] for fault in tables["quarantine"]} == {"id_repeated"}
    assert [row["warspotting_id"] for row in tables["unread_ids"]] == [603, 603]


def test_a_dump_that_is_mostly_unreadable_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "dump.csv"
    lines = ["id,date,type,model,status,lost_by"] + [
        f"{number},2022-03-01,Tanks,T-72B,Lost,Russia" for number in range(9)
    ]
    path.write_text("\n".join(lines))
    with pytest.raises(ContentRefusedError) as caught:
        READER.inspect(path, SPECIFICATION, None)
    assert caught.value.reason == "too_many_unreadable"


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("id,date,type,model,state,lost_by", "field_missing"),
        ("type_name,counts.losses,counts.losses_new", "not_losses"),
        ("id,ID,model,date,type,status,lost_by", "not_losses"),
    ],
)
def test_a_table_of_another_kind_is_refused(tmp_path: Path, header: str, reason: str) -> None:
    path = tmp_path / "dump.csv"
    path.write_text(header + "\n" + ",".join("x" for _ in header.split(",")) + "\n")
    with pytest.raises(ContentRefusedError) as caught:
        READER.inspect(path, SPECIFICATION, None)
    assert caught.value.reason == reason


# --- The real dumps


def test_every_record_of_the_real_dumps_is_taken(real_data: Path, tmp_path: Path) -> None:
    folder = real_data / "warspotting"
    snapshots = sorted((folder / "lazar-bit-snapshots").iterdir())
    for path in (folder / "stijn-2024-05.losses.csv.gz", snapshots[0], snapshots[-1]):
        (member,), tables = parse(path, tmp_path / path.name)
        with gzip.open(path, "rt", encoding="utf-8", newline="") as stream:
            records = [*csv.DictReader(stream)]
        assert (member.rows_in, member.rows_loaded, member.rows_quarantined) == (len(records), len(records), 0)
        assert [row["warspotting_id"] for row in tables["losses"]] == [int(record["id"]) for record in records]
        assert [row["model"] for row in tables["losses"]] == [record["model"].strip() for record in records]
        places = [record.get("geo", record.get("geolocation")) for record in records]
        assert [row["latitude"] is not None for row in tables["losses"]] == [bool(place) for place in places]
        assert tables["answers"][0]["unknown_fields"] == []


def test_the_real_statistics_are_no_losses(real_data: Path) -> None:
    with pytest.raises(ContentRefusedError) as caught:
        READER.inspect(real_data / "warspotting" / "stijn-2024-05.stats.csv.gz", SPECIFICATION, None)
    assert caught.value.reason == "not_losses"


def test_a_real_dump_says_the_same_as_the_pages_that_it_was_made_of(real_data: Path, tmp_path: Path) -> None:
    path = real_data / "warspotting" / "stijn-2024-05.losses.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8", newline="") as stream:
        records = [record for record in csv.DictReader(stream) if record["date"] == "2022-03-31"]
    output = io.StringIO()
    writer = csv.DictWriter(output, [*records[0]])
    writer.writeheader()
    writer.writerows(records)
    dump = tmp_path / "dump.csv"
    dump.write_text(output.getvalue(), encoding="utf-8")
    pages = {
        f"2022-03-31/{number}": records[start : start + 100]
        for number, start in enumerate(range(0, len(records), 100), start=1)
    }
    assert len(pages) > 1

    def losses(path: Path) -> list[tuple[Any, ...]]:
        rows = parse(path, tmp_path / f"{path.name}.d")[1]["losses"]
        return sorted(tuple(value for key, value in row.items() if not key.startswith("_")) for row in rows)

    assert losses(dump) == losses(bundle(tmp_path / "pull.zip", pages))
