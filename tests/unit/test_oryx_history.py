"""Tables that others made of the Oryx pages: two collectors, their defects, and everything in the ledger."""

from __future__ import annotations

import gzip
import tarfile
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from boomerang.errors import ContentRefusedError, SourceUnavailableError, UsageError
from boomerang.home import Home
from boomerang.landing.fetch import ClientSettings
from boomerang.landing.inbox import ingest
from boomerang.landing.pull import pull
from boomerang.landing.store import Landing
from boomerang.sources.oryx_history import READER, Counts, clean_name
from boomerang.sources.specification import LandedFile, MemberCount, specification
from boomerang.synthetic.server import serve

SCARNECCHIA = "country,origin,system,status,url,date_recorded,sysID,imageID,statusID,matID"
EARLY = "country,origin,system,status,url,date_recorded,sysID,imageID,matID,statusID"
SPECIFICATION = specification("oryx_history")
QUICK = ClientSettings(attempts=1)


def parse(path: Path, folder: Path) -> tuple[list[MemberCount], dict[str, list[dict[str, Any]]]]:
    folder.mkdir()
    landed = LandedFile(path=path, sha256="a" * 64, file_name=path.name, specification=SPECIFICATION)
    members = READER.parse(landed, folder)
    return members, {file.stem: pq.read_table(file).to_pylist() for file in sorted(folder.iterdir())}


@pytest.fixture
def read(tmp_path: Path) -> Any:
    """What the reader makes of a table that is given as its lines."""

    def read_lines(*lines: str) -> dict[str, list[dict[str, Any]]]:
        path = tmp_path / "table.csv"
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        (member,), tables = parse(path, tmp_path / "output")
        assert member.rows_in == len(lines) - 1 == len(tables["rows"]) + len(tables["quarantine"])
        return tables

    return read_lines


def row(system: str = "T-72B", status: str = "destroyed", url: str = "https://i.postimg.cc/a/1.png") -> str:
    return f"Russia,Soviet Union,{system},{status},{url},2022-06-01,1,2,3,4-5"


@pytest.mark.parametrize("header", [SCARNECCHIA, EARLY])
def test_both_orders_of_the_collectors_numbers_are_read(read: Any, header: str) -> None:
    tables = read(header, row())
    (loss,) = tables["rows"]
    assert (loss["side"], loss["producer_country"], loss["model_spelling"]) == ("russia", "Soviet Union", "T-72B")
    assert loss["recorded_on"] == date(2022, 6, 1)
    assert loss["_source_row"] == 1
    assert tables["tables"][0]["unknown_columns"] == []


def test_a_date_in_the_pictures_name_is_read_as_on_the_pages_and_not_after_the_row_was_seen(read: Any) -> None:
    urls = ("https://h/1-t72-dest-31-05-22.jpg", "https://h/1-t72-dest-02-06-22.jpg", "https://h/1-t72-31-12-21.jpg")
    tables = read(SCARNECCHIA, *(row(url=url) for url in urls))
    assert [loss["pictured_on"] for loss in tables["rows"]] == [date(2022, 5, 31), None, None]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (row(url="ttps://i.postimg.cc/a/1.jpg"), "bad_url"),
        (row(url="Ural tanker https://i.postimg.cc/a/1.jpg"), "bad_url"),
        (row(url=""), "no_link"),
        (row(url="NA"), "no_link"),
        (row(system="NA"), "no_model"),
        (row(status="TB2"), "unknown_status"),
        (row().replace("2022-06-01", "1 June"), "bad_date"),
        (row().replace("Russia,", "Belarus,"), "unknown_side"),
        (row() + ",more", "wrong_columns"),
        ("cut off in the", "wrong_columns"),
    ],
)
def test_a_row_that_can_not_be_read_for_certain_is_quarantined_with_its_text(read: Any, line: str, reason: str) -> None:
    tables = read(SCARNECCHIA, row(), line, row(url="https://i.postimg.cc/b/2.png"))
    (fault,) = tables["quarantine"]
    assert (fault["_source_row"], fault["reason"]) == (2, reason)
    assert fault["content"] == line
    assert [loss["_source_row"] for loss in tables["rows"]] == [1, 3]


def test_a_count_before_a_name_is_taken_off_where_the_file_shows_that_counts_leak() -> None:
    names = {
        "T-72B3", "349 T-72B3", "350 T-72B3", "2 1V18", "3 1V18", "KamAZ 6x6", "559 KamAZ 6x6",
        "4 DH-1 Domakha", "9K33 Osa", "3 9K33 Osa", "152mm 2A65 Msta-B howitzer", "3 23 ItK 61 23mm", "23 ItK 61 23mm",
    }  # fmt: skip
    counts = Counts(names)
    assert counts.split("349 T-72B3") == (349, "T-72B3")
    assert counts.split("2 1V18") == (2, "1V18")
    assert counts.split("4 DH-1 Domakha") == (4, "DH-1 Domakha")
    assert counts.split("3 9K33 Osa") == (3, "9K33 Osa")
    for name in ("9K33 Osa", "152mm 2A65 Msta-B howitzer", "23 ItK 61 23mm", "T-72B3"):
        assert counts.split(name) == (None, name)
    assert counts.split("3 23 ItK 61 23mm") == (3, "23 ItK 61 23mm")


def test_a_number_before_a_name_stays_where_nothing_shows_that_it_is_a_count() -> None:
    counts = Counts({"105 mm L119", "1 55K6A", "T-72B", "2 1V18"})
    for name in ("105 mm L119", "1 55K6A", "2 1V18"):
        assert counts.split(name) == (None, name)


def test_what_tools_left_in_a_name_is_taken_out() -> None:
    assert clean_name("9<U+041C>133 Kornet") == "9М133 Kornet"
    assert clean_name("1L22 'Parol': (1, destroyed)") == "1L22 'Parol'"
    assert clean_name("2 152mm 2A36 Giatsint-B:") == "2 152mm 2A36 Giatsint-B"
    assert clean_name("BMP-1(P)") == "BMP-1(P)"
    assert clean_name("Unknown T-54/55 (tank)") == "Unknown T-54/55 (tank)"


def test_a_vehicle_of_the_first_weeks_keeps_its_number_and_category(read: Any) -> None:
    tables = read(
        "names,status,idx,group,country,link",
        'GAZ-66,captured,2,"Trucks, Vehicles and Jeeps",UKR, https://i.postimg.cc/a/1.png',
        "Saturn,sunk,1,Naval Ships,UKR,https://i.postimg.cc/a/2.png",
        "T-72B,damaged and abandoned,3,Tanks,RUS,https://i.postimg.cc/a/3.png",
        "BMP-2,burned,1,IFV,RUS,https://i.postimg.cc/a/4.png",
    )
    loss, ship, tank = tables["rows"]
    assert (loss["side"], loss["category"], loss["list_number"]) == ("ukraine", "Trucks, Vehicles and Jeeps", 2)
    assert loss["url"] == "https://i.postimg.cc/a/1.png"
    assert (ship["is_destroyed"], ship["qualifier"]) == (True, "sunk")
    assert (tank["is_damaged"], tank["is_abandoned"], tank["is_destroyed"]) == (True, True, False)
    assert [fault["reason"] for fault in tables["quarantine"]] == ["unknown_status"]


def test_a_table_without_links_says_so(read: Any) -> None:
    tables = read("names,status,idx,group,country", "T-72B,captured,1,Tanks,RUS")
    assert tables["rows"][0]["url"] is None
    assert "link" not in tables["tables"][0]["columns"]


def test_a_table_of_one_status_is_a_part_and_one_of_several_is_whole(read: Any, tmp_path: Path) -> None:
    (table,) = read(SCARNECCHIA, row(), row(url="https://h/2"))["tables"]
    assert (table["collector"], table["kind"], table["statuses"]) == ("scarnecchia", "events", ["destroyed"])
    path = tmp_path / "all.csv"
    path.write_text(f"{SCARNECCHIA}\n{row()}\n{row(status='captured')}\n")
    (table,) = parse(path, tmp_path / "all")[1]["tables"]
    assert (table["kind"], len(table["statuses"])) == ("all", 4)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"country,equipment_type,destroyed,type_total\nRussia,Tanks,1,1\n", "not_losses"),
        (b"country,system,destroyed,captured,abandoned,damaged,total\nRussia,T-72B,1,0,0,0,1\n", "not_losses"),
        (b"<!DOCTYPE html>\n<html>\n", "not_a_table"),
        (b"404: Not Found", "not_a_table"),
        (f"{SCARNECCHIA}\n".encode(), "no_rows"),
        (f'{SCARNECCHIA}\n{row()}\nRussia,"Soviet\n{row()}\n'.encode(), "not_a_table"),
        (f"{SCARNECCHIA}\n{row()}\n".encode("utf-16"), "not_a_table"),
        (f"{SCARNECCHIA}\n{row()}\n{row(status='TB2')}\n".encode(), "too_many_unreadable"),
        (gzip.compress(f"{SCARNECCHIA}\n{row()}\n".encode())[:-9], "damaged_gzip"),
    ],
)
def test_what_is_no_table_of_losses_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "received"
    path.write_bytes(content)
    with pytest.raises(ContentRefusedError) as caught:
        READER.inspect(path, SPECIFICATION, None)
    assert caught.value.reason == reason


def test_a_table_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "table.csv.gz"
    path.write_bytes(gzip.compress(f"{SCARNECCHIA}\n".encode() + f"{row()}\n".encode() * 1000))
    small = SPECIFICATION.model_copy(update={"maximum_bytes": 10_000})
    with pytest.raises(ContentRefusedError) as caught:
        READER.inspect(path, small, None)
    assert caught.value.reason == "too_large_unpacked"


# --- Pulled


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    folder = tmp_path / "site"
    folder.mkdir()
    for status in ("destroyed", "damaged", "abandoned", "captured"):
        lines = [SCARNECCHIA, *(row(status=status, url=f"https://h/{number}-{status}") for number in range(30))]
        (folder / f"event_{status}.csv").write_text("".join(f"{line}\n" for line in lines))
    with serve(folder, {}) as address:
        yield folder, f"{address}/"


def test_the_four_files_land_together_as_one_observation(home: Home, site: tuple[Path, str], tmp_path: Path) -> None:
    facts = SPECIFICATION.model_copy(update={"address": site[1]})
    (observation,) = pull(home, facts, settings=QUICK).observations
    assert observation.figures["different_rows"] == 120
    assert observation.landed_path.endswith(".zip")
    members, tables = parse(home.root / observation.landed_path, tmp_path / "output")
    assert [member.source_member for member in members] == [*SPECIFICATION.files]
    assert {(row["_source_member"], row["kind"]) for row in tables["tables"]} == {
        (name, "events") for name in SPECIFICATION.files
    }
    assert pull(home, facts, settings=QUICK).describe() == "oryx_history: 1 unchanged, nothing new landed"


def test_nothing_lands_where_one_of_the_files_is_missing_or_is_another(home: Home, site: tuple[Path, str]) -> None:
    facts = SPECIFICATION.model_copy(update={"address": site[1]})
    (site[0] / "event_damaged.csv").rename(site[0] / "elsewhere.csv")
    with pytest.raises(SourceUnavailableError, match=r"event_damaged\.csv answered 404"):
        pull(home, facts, settings=QUICK)
    (site[0] / "event_damaged.csv").write_text("country,equipment_type,destroyed\nRussia,Tanks,1\n")
    with pytest.raises(ContentRefusedError) as caught:
        pull(home, facts, settings=QUICK)
    assert caught.value.reason == "not_losses"
    assert Landing(home).observations() == []


def test_a_table_that_fell_is_stopped_and_days_can_not_be_asked_for(home: Home, site: tuple[Path, str]) -> None:
    facts = SPECIFICATION.model_copy(update={"address": site[1]})
    pull(home, facts, settings=QUICK)
    path = site[0] / "event_destroyed.csv"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:20]))
    with pytest.raises(ContentRefusedError) as caught:
        pull(home, facts, settings=QUICK)
    assert caught.value.reason == "counts_fell"
    with pytest.raises(UsageError, match="can't be asked for days"):
        pull(home, facts, settings=QUICK, since=date(2022, 3, 1))


# --- The real tables


def test_every_real_version_lands_by_hand_with_a_balanced_ledger(home: Home, real_data: Path, tmp_path: Path) -> None:
    folder = real_data / "oryx-scarnecchia"
    versions = sorted((folder / "totals_by_system_snapshots").iterdir())
    for path in versions:
        ingest(home, [path], source="oryx_history", as_of=path.name.split(".")[1])
    events = sorted(folder.glob("event_*.csv.gz"))
    ingest(home, events, source="oryx_history", as_of="2025-07-19")
    observations = Landing(home).observations("oryx_history")
    assert len(observations) == len(versions) + 4
    total: Counter[str] = Counter()
    for observation in observations[-6:]:  # the last two versions, and the four files
        (member,), tables = parse(home.root / observation.landed_path, tmp_path / observation.sha256)
        with gzip.open(home.root / observation.landed_path, "rb") as stream:
            assert member.rows_in == sum(1 for _ in stream) - 1
        assert (len(tables["rows"]), len(tables["quarantine"])) == (member.rows_loaded, member.rows_quarantined)
        rows = sorted(row["_source_row"] for row in tables["rows"] + tables["quarantine"])
        assert rows == [*range(1, member.rows_in + 1)]
        if observation in observations[-4:]:
            total.update(fault["reason"] for fault in tables["quarantine"])
            total["rows"] += member.rows_in
            assert tables["tables"][0]["kind"] == "events"
            # No leading count is left, save in the one name that begins with a number and a blank.
            left = {row["model_spelling"] for row in tables["rows"] if row["model_spelling"].split(" ")[0].isdigit()}
            assert left <= {"23 ItK 61 23mm"}
    assert total == {"rows": 37_505, "bad_url": 7, "no_model": 8}


def test_counts_of_the_real_tables_are_refused(home: Home, real_data: Path) -> None:
    for name in ("daily_count", "totals_by_type", "totals_by_system_wide"):
        with pytest.raises(ContentRefusedError) as caught:
            ingest(home, [real_data / "oryx-scarnecchia" / f"{name}.csv.gz"], source="oryx_history")
        assert caught.value.reason == "not_losses"


def test_every_real_table_of_the_first_weeks_lands_at_its_moment(home: Home, real_data: Path, tmp_path: Path) -> None:
    with tarfile.open(real_data / "oryx-jessicaw9910" / "assets.tar.xz") as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    paths = sorted((tmp_path / "unpacked").rglob("*.csv"))
    assert len(paths) == 42
    for path in paths:
        moment = f"{path.stem[:13]}:{path.stem[13:15]}:{path.stem[15:17]}Z"  # 2022-03-16T193938Z
        ingest(home, [path], source="oryx_history", as_of=moment)
    observations = Landing(home).observations("oryx_history")
    assert len({item.observed_at for item in observations}) == 42
    first, last = observations[0], observations[-1]
    assert (first.figures["rows"], first.figures["quarantined"]) == (32, 0)
    (member,), tables = parse(home.root / last.landed_path, tmp_path / "last")
    assert member.rows_in == 1890
    assert Counter(fault["content"].split(",")[1] for fault in tables["quarantine"]) == {
        "TB2": 44, "burned": 9, "stripped": 2, "ground": 1, "Russia": 1,
    }  # fmt: skip
    assert [row["is_destroyed"] for row in tables["rows"] if row["status_text"] == "sunk"] == [True]
    # In the tables of 14 and 15 March the status stands in place of some links.
    by_reason = Counter(fault["reason"] for fault in parse(paths[-7], tmp_path / "earlier")[1]["quarantine"])
    assert by_reason == {"bad_url": 162, "unknown_status": 52}
