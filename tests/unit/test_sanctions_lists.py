"""Reading OFAC's and OpenSanctions' lists: what is taken, what is refused, and that nobody leaves by a bad download."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from boomerang.errors import ContentRefusedError
from boomerang.home import Home
from boomerang.landing.fetch import ClientSettings
from boomerang.landing.inbox import ingest
from boomerang.landing.pull import accept, pull
from boomerang.landing.store import Landing
from boomerang.sources import ofac_sdn, opensanctions
from boomerang.sources.sanctions_lists import Entry, Number, SanctionsList
from boomerang.sources.specification import LandedFile, SourceReader, specification
from boomerang.synthetic.sanctions_lists import (
    HEADER,
    NULL,
    ofac_entries,
    ofac_entry,
    ofac_list,
    opensanctions_entries,
    opensanctions_table,
    write_sanctions_lists,
)
from boomerang.synthetic.server import serve

ENOUGH = 10_000_000
QUICK = ClientSettings(attempts=1, first_wait_seconds=0.01)


def read_ofac(tmp_path: Path, content: bytes) -> SanctionsList:
    path = tmp_path / "SDN.CSV"
    path.write_bytes(content)
    return ofac_sdn.read_list(path, ENOUGH)


def read_opensanctions(tmp_path: Path, content: bytes) -> SanctionsList:
    path = tmp_path / "targets.simple.csv"
    path.write_bytes(content)
    return opensanctions.read_list(path, ENOUGH)


def test_ofac_null_is_nothing_and_no_type_is_an_organisation(tmp_path: Path) -> None:
    found = read_ofac(
        tmp_path, ofac_list([ofac_entry(1, "SYNTHETIC LLC", programme="RUSSIA-EO14024] [UKRAINE-EO13661")])
    )
    assert found.entries == {
        1: Entry("1", "SYNTHETIC LLC", "organisation", "", programmes=("RUSSIA-EO14024", "UKRAINE-EO13661"))
    }


@pytest.mark.parametrize(
    ("remarks", "numbers"),
    [
        ("Tax ID No. 5022039177 (Russia); a.k.a. 'JSC RPC KBM'.", (Number("5022039177", "tax", "Russia"),)),
        ("DOB 1970; Tax ID No. 5022039177.", (Number("5022039177", "tax"),)),
        (
            "Tax ID No. 7722307636 (Russia); alt. Tax ID No. 12345678 (Malta); "
            "Registration Number 1057709110436 (Russia).",
            (
                Number("7722307636", "tax", "Russia"),
                Number("12345678", "tax", "Malta"),
                Number("1057709110436", "registration", "Russia"),
            ),
        ),
        ("Linked To: Tax ID No. Holding; Vessel Registration Identification IMO 9187629.", ()),
        (NULL, ()),
    ],
)
def test_numbers_are_read_in_the_remarks_with_their_country(remarks: str, numbers: tuple[Number, ...]) -> None:
    assert ofac_sdn.read_numbers(remarks) == numbers


def test_the_end_mark_of_ofac_is_no_record(tmp_path: Path) -> None:
    found = read_ofac(tmp_path, ofac_list(ofac_entries(1)))
    assert found.figures() == {
        "entries": 27, "organisations": 23, "persons": 2, "other": 2, "numbers": 21, "quarantined": 0,
    }  # fmt: skip


def test_of_a_person_nothing_but_id_name_and_programme_is_kept(tmp_path: Path) -> None:
    (person,) = (
        entry for entry in read_ofac(tmp_path, ofac_list(ofac_entries(1))).entries.values() if entry.entry_id == "90011"
    )
    assert person == Entry("90011", "ROE, Jane Synthetic", "person", "individual", ("SYNTHETIC-RUSSIA",))
    (other,) = (
        entry
        for entry in read_opensanctions(tmp_path, opensanctions_table(opensanctions_entries(1))).entries.values()
        if entry.kind == "person"
    )
    assert (other.countries, other.numbers, other.first_seen_by_publisher_on) == ((), (), None)


def test_opensanctions_fields_may_hold_line_breaks_quotes_and_several_values(tmp_path: Path) -> None:
    found = read_opensanctions(tmp_path, opensanctions_table(opensanctions_entries(1)))
    entry = found.entries[1]
    assert (entry.aliases, entry.countries, entry.programmes) == (
        ("NPK URALVAGONZAVOD JSC",), ("ru",), ("SYNTHETIC-MILIND",),
    )  # fmt: skip
    assert [number.number for number in entry.numbers] == [
        "1086623002190", "1187746432345", "6623029538", "7706453206",
    ]  # fmt: skip
    assert entry.first_seen_by_publisher_on == date(2023, 1, 2)
    assert len(found.entries) == 14 and not found.unread


OFAC = ofac_list(ofac_entries(1))
TABLE = opensanctions_table(opensanctions_entries(1))
HEADER_ONLY = (",".join(HEADER) + "\n").encode()


@pytest.mark.parametrize(
    ("read", "content", "reason"),
    [
        (read_ofac, b"\x1a", "no_entries"),
        (read_ofac, b"", "no_entries"),
        (read_ofac, b"<!DOCTYPE html>\n<html><body>Maintenance, sorry</body></html>\n", "not_a_list"),
        (read_ofac, OFAC[: OFAC.index(b"90104") + 20], "not_a_list"),
        (read_ofac, b"\r\n".join(OFAC.split(b"\r\n")[:5]) + b'\r\n90100,"SYNTHETIC TR"', "cut_short"),
        (read_ofac, b"\xff\xfe1\x00,\x00", "not_a_list"),
        (read_opensanctions, HEADER_ONLY, "no_entries"),
        (read_opensanctions, b"", "not_a_list"),
        (read_opensanctions, b"<html><body>404, no such file</body></html>", "not_a_list"),
        (read_opensanctions, TABLE.replace(b"identifiers", b"numbers", 1), "not_a_list"),
        (read_opensanctions, TABLE[: TABLE.index(b"quotes")], "not_a_list"),
        (read_opensanctions, TABLE[: TABLE.index(b"NK-synthetic-5")] + b"NK-synthetic-5,Comp", "cut_short"),
    ],
)
def test_an_empty_cut_or_other_file_is_refused(read: object, content: bytes, reason: str, tmp_path: Path) -> None:
    assert callable(read)
    with pytest.raises(ContentRefusedError) as refused:
        read(tmp_path, content)
    assert refused.value.reason == reason


def test_records_that_cannot_be_read_go_to_the_quarantine_with_their_reason(tmp_path: Path) -> None:
    entries = ofac_entries(1)
    spoiled = [*entries[:3], '90900,"TOO SHORT"', *entries[3:], entries[0]]
    found = read_ofac(tmp_path, ofac_list(spoiled[:-1]))
    assert [(row, fault.reason) for row, (fault, _) in found.unread.items()] == [(4, "wrong_columns")]
    # One more than is borne.
    with pytest.raises(ContentRefusedError, match="2 records can't be read") as refused:
        read_ofac(tmp_path, ofac_list(spoiled))
    assert refused.value.reason == "too_many_unreadable"


@pytest.mark.parametrize(
    ("source", "reader", "content"),
    [("ofac_sdn", ofac_sdn.READER, OFAC), ("opensanctions", opensanctions.READER, TABLE)],
)
def test_bronze_counts_every_record_and_names_persons_only_there(
    source: str, reader: SourceReader, content: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "list.csv.gz"
    path.write_bytes(gzip.compress(content))
    landed = LandedFile(path=path, sha256="0" * 64, file_name=path.name, specification=specification(source))
    (tmp_path / "out").mkdir()
    (count,) = reader.parse(landed, tmp_path / "out")
    entries = pq.read_table(tmp_path / "out" / "entries.parquet")
    assert count.rows_in == count.rows_loaded == entries.num_rows
    assert entries.schema.equals(reader.tables["entries"])
    numbers = pq.read_table(tmp_path / "out" / "numbers.parquet").to_pylist()
    kinds = {row["entry_id"]: row["kind"] for row in entries.to_pylist()}
    assert numbers and {kinds[row["entry_id"]] for row in numbers} == {"organisation"}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    site = tmp_path / "site"
    write_sanctions_lists(site, 1)
    with serve(site) as address:
        yield address, site


def test_an_empty_list_is_a_failed_pull_and_the_last_good_one_stands(home: Home, server: tuple[str, Path]) -> None:
    address, site = server
    facts = specification("ofac_sdn", "sample").model_copy(update={"address": f"{address}/ofac_sdn/SDN.CSV"})
    (good,) = pull(home, facts, settings=QUICK).observations
    (site / "ofac_sdn" / "SDN.CSV").write_bytes(b"\x1a")
    with pytest.raises(ContentRefusedError, match="lists nobody"):
        pull(home, facts, settings=QUICK)
    assert [item.sha256 for item in Landing(home).observations("ofac_sdn")] == [good.sha256]


def test_a_list_that_lost_many_is_stopped_until_a_person_accepts_it(home: Home, server: tuple[str, Path]) -> None:
    address, site = server
    facts = specification("ofac_sdn").model_copy(
        update={
            "address": f"{address}/ofac_sdn/SDN.CSV",
            "bounds": {
                name: bounds.model_copy(update={"minimum": 1})
                for name, bounds in specification("ofac_sdn").bounds.items()
            },
        }
    )
    pull(home, facts, settings=QUICK)
    (site / "ofac_sdn" / "SDN.CSV").write_bytes(ofac_list(ofac_entries(1)[:-2]))
    with pytest.raises(ContentRefusedError) as refused:
        pull(home, facts, settings=QUICK)
    assert refused.value.reason == "counts_fell"
    (refusal,) = Landing(home).refusals("ofac_sdn")
    assert refusal.sha256 is not None
    assert accept(home, facts, refusal.sha256[:12], "two were taken off, see the notice").accepted_because


def test_the_declared_bounds_believe_what_the_real_list_did_in_a_year(home: Home, real_data: Path) -> None:
    for day in ("2022-07-06", "2023-05-23"):
        ((path),) = (real_data / "ofac-sdn").glob(f"sdn.{day}.*")
        ingest(home, [path], source="ofac_sdn", as_of=f"{day}T12:00:00Z")
    observations = Landing(home).observations("ofac_sdn")
    assert [item.figures["entries"] for item in observations] == [10_426, 12_543]
    assert [item.figures["organisations"] for item in observations] == [4_289, 5_203]
    # The older one again, a day later: two thousand would have left the list overnight.
    ((path),) = (real_data / "ofac-sdn").glob("sdn.2022-07-06.*")
    later = datetime(2023, 5, 24, tzinfo=UTC) + timedelta(hours=1)
    with pytest.raises(ContentRefusedError, match="a fall of"):
        ingest(home, [path], source="ofac_sdn", as_of=later.isoformat())


def test_the_real_half_of_opensanctions_is_read_whole(real_data: Path) -> None:
    path = real_data / "opensanctions-ua-war-sanctions" / "targets.simple.organisations-half.csv.gz"
    found = opensanctions.read_list(path, ENOUGH)
    assert found.figures() == {
        "entries": 1_379, "organisations": 1_379, "persons": 0, "other": 0, "numbers": 2_040, "quarantined": 0,
    }  # fmt: skip
