"""A wrong file is taken back, with a reason: it leaves later builds, nothing of it is lost, and it can come back."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from boomerang.bronze import make_bronze
from boomerang.errors import ContentRefusedError, UsageError
from boomerang.home import Home
from boomerang.landing.inbox import ingest, take_inbox
from boomerang.landing.observation import Observation
from boomerang.landing.retraction import retract, retracted, retractions
from boomerang.landing.store import Landing
from boomerang.serving.quarantine import quarantined_files
from customs_tables import row, write_csv

WHY = "the vendor sent another client's file"


@pytest.fixture
def landed(home: Home, tmp_path: Path) -> Observation:
    (observation,) = ingest(home, [write_csv(tmp_path / "wrong.csv", [row()])], as_of="2023-01-02")
    return observation


def in_bronze(home: Home, table: str) -> int:
    make_bronze(home)
    return pq.read_metadata(home.bronze / "observations" / f"{table}.parquet").num_rows


@pytest.mark.parametrize("digits", [8, 64])
def test_a_file_taken_back_leaves_the_observations_but_not_the_disk(
    home: Home, landed: Observation, digits: int
) -> None:
    assert in_bronze(home, "observations") == 1
    record = retract(home, landed.sha256[:digits], WHY)
    assert (record.sha256, record.file_name, record.why) == (landed.sha256, "wrong.csv", WHY)
    assert Landing(home).observations() == []
    assert Landing(home).observations(with_retracted=True) == [landed]
    assert in_bronze(home, "observations") == 0
    assert (home.root / landed.landed_path).is_file()
    assert list((home.bronze / "customs" / "lines").glob(f"{landed.sha256}.*"))


def test_what_was_taken_back_is_shown_with_its_reason(home: Home, landed: Observation) -> None:
    retract(home, "wrong.csv", WHY)
    (shown,) = quarantined_files(home)
    assert (shown["source"], shown["file_name"], shown["reason"], shown["message"]) == (
        "customs",
        "wrong.csv",
        "retracted",
        WHY,
    )
    assert landed.sha256[:12] in shown["what_to_do"]


def test_it_can_count_again_and_every_decision_stays_on_record(home: Home, landed: Observation) -> None:
    retract(home, landed.sha256, WHY)
    retract(home, landed.sha256, "it was ours after all", undo=True)
    assert Landing(home).observations() == [landed]
    assert [(item.is_retracted, item.why) for item in retractions(home)] == [
        (True, WHY),
        (False, "it was ours after all"),
    ]
    assert retracted(home) == []
    assert quarantined_files(home) == []


def test_the_same_bytes_given_again_are_refused_with_the_reason(
    home: Home, landed: Observation, tmp_path: Path
) -> None:
    retract(home, landed.sha256, WHY)
    with pytest.raises(ContentRefusedError, match=WHY) as refusal:
        ingest(home, [tmp_path / "wrong.csv"])
    assert refusal.value.reason == "retracted"
    assert "--undo" in refusal.value.what_to_do
    (home.inbox / "again.csv").write_bytes((tmp_path / "wrong.csv").read_bytes())
    told: list[str] = []
    assert take_inbox(home, quiet_seconds=0, tell=told.append) == []
    assert WHY in told[0]
    assert Landing(home).observations() == []


def test_one_observation_with_a_wrong_coverage_is_taken_back_alone(
    home: Home, landed: Observation, tmp_path: Path
) -> None:
    wrong = ["RU:import:2019-01-01:2022-12-31"]
    (second,) = ingest(home, [tmp_path / "wrong.csv"], as_of="2023-01-03", covers=wrong)
    assert in_bronze(home, "coverage") == 1
    retract(home, landed.sha256, "the coverage ends in 2020", observed_at=second.observed_at)
    assert Landing(home).observations() == [landed]
    assert in_bronze(home, "coverage") == 0
    right = ["RU:import:2019-01-01:2020-12-31"]
    (third,) = ingest(home, [tmp_path / "wrong.csv"], as_of="2023-01-04", covers=right)
    assert Landing(home).observations() == [landed, third]


def test_what_cannot_be_meant_is_an_error_that_says_what_to_do(home: Home, landed: Observation, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    ingest(home, [write_csv(tmp_path / "other" / "wrong.csv", [row(), row()])])
    for file, why, message in (
        ("none.csv", WHY, "no landed file is called"),
        (landed.sha256[:7], WHY, "no landed file is called"),
        ("wrong.csv", WHY, "several landed files"),
        (landed.sha256, "  ", "no reason"),
    ):
        with pytest.raises(UsageError, match=message):
            retract(home, file, why)
    with pytest.raises(UsageError, match="is not retracted"):
        retract(home, landed.sha256, WHY, undo=True)
    with pytest.raises(UsageError, match="was not observed at"):
        retract(home, landed.sha256, WHY, observed_at=datetime(2020, 1, 1, tzinfo=UTC))
    retract(home, landed.sha256, WHY)
    with pytest.raises(UsageError, match="is retracted already"):
        retract(home, landed.sha256, WHY)


def test_a_damaged_record_stops_the_build_instead_of_letting_the_file_count_again(
    home: Home, landed: Observation
) -> None:
    retract(home, landed.sha256, WHY)
    (record,) = (home.landing / "retractions" / "customs").iterdir()
    record.chmod(0o644)
    record.write_text("{}")
    with pytest.raises(UsageError, match="can't be read"):
        Landing(home).observations()
