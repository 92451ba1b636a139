"""The sample's two nights: built once, whole, and the second differs from the first as its answer says."""

from __future__ import annotations

import csv
import hashlib
import json
import statistics
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest

from boomerang.errors import UsageError
from boomerang.landing.pull import parse_listing
from boomerang.sources.specification import specifications
from boomerang.synthetic.customs_files import Answer
from boomerang.synthetic.sample_site import COMPLETE, MIRRORED_TRAPS, sample_site

FIRST = "russia_declaration_fields/synthetic_russia_declaration_fields.csv"
REVISION = "russia_declaration_fields/revision_russia_declaration_fields.csv"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("home") / "sample"
    for night in (1, 2):
        sample_site(root, night)
    return root


def answer_of(folder: Path) -> Answer:
    return Answer.model_validate_json((folder / COMPLETE).read_text())


def rows_of(path: Path) -> list[list[str]]:
    with path.open(encoding="cp1251", newline="") as stream:
        return list(csv.reader(stream, delimiter=";"))[1:]


def listed(folder: Path) -> dict[str, str]:
    entries = parse_listing((folder / "customs" / "SHA256SUMS").read_bytes(), "customs")
    return {entry.name: entry.sha256 for entry in entries}


def test_every_customs_file_is_listed_with_its_checksum(root: Path) -> None:
    for night in (1, 2):
        customs = root / f"night-{night}" / "customs"
        found = {
            path.relative_to(customs).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in customs.rglob("*")
            if path.is_file() and path.name != "SHA256SUMS"
        }
        assert listed(root / f"night-{night}") == found
        assert {name.partition("/")[0] for name in found} == {
            "russia_declaration_fields",
            "russia_import_full",
            "russia_export_full",
            "kazakhstan_export_full",
            "india_import_short",
        }
        uncovered = {name for name in found if not (name.endswith(".coverage.yml") or f"{name}.coverage.yml" in found)}
        assert uncovered == {"india_import_short/synthetic_india_import_short.xlsx"}


def test_there_are_at_least_100_000_lines_and_both_press_cases(root: Path) -> None:
    answer = answer_of(root / "night-1")

    assert sum(file.rows_loaded for file in answer.files) > 100_000
    assert len(rows_of(root / "night-1" / "customs" / FIRST)) == answer.files[0].rows_in
    assert {"uvz_myanmar", "kbm_india"} <= {finding.trap for finding in answer.findings}


def test_the_second_night_adds_one_file_and_changes_none(root: Path) -> None:
    first, second = listed(root / "night-1"), listed(root / "night-2")

    assert first.items() <= second.items()
    assert set(second) - set(first) == {REVISION, f"{REVISION}.coverage.yml"}


def test_the_pages_of_losses_are_served_and_the_second_night_revises_all_but_one(root: Path) -> None:
    pages = {
        (night, name): (root / f"night-{night}" / "oryx" / f"{name}.html").read_bytes()
        for night in (1, 2)
        for name in ("russia", "ukraine", "naval", "aircraft")
    }

    assert all(pages.values())
    assert {name for _, name in pages if pages[1, name] != pages[2, name]} == {"russia", "naval", "aircraft"}


def test_the_revision_holds_what_its_answer_says(root: Path) -> None:
    answer = answer_of(root / "night-2")
    findings = {finding.trap: finding for finding in answer.findings if finding.file.startswith("revision")}
    ledger = next(file for file in answer.files if file.file.startswith("revision"))
    before = rows_of(root / "night-1" / "customs" / FIRST)
    revision = rows_of(root / "night-2" / "customs" / REVISION)
    whole = {tuple(row) for row in before}
    numbered = {(row[1], row[21]): row for row in before if len(row) == 30}

    assert len(revision) == ledger.rows_in == ledger.rows_loaded + ledger.rows_duplicate
    assert sorted(row for finding in findings.values() for row in finding.rows) == [*range(1, len(revision) + 1)]

    for number in findings["revision_duplicate"].rows:
        assert tuple(revision[number - 1]) in whole
    for number in findings["revision_superseded"].rows:
        row = revision[number - 1]
        former = numbered[row[1], row[21]]
        changed = {position for position, (old, new) in enumerate(zip(former, row, strict=True)) if old != new}
        # Quantity, weights and values, in columns 16 (G221), 20 (G31_7), 25 (G35), 27 to 30 (G38, G42, G45, G46).
        assert {19, 29} <= changed <= {15, 19, 24, 26, 27, 28, 29}
    for number in findings["revision_new"].rows:
        row = revision[number - 1]
        assert (row[1], row[21]) not in numbered
        assert row[0] == "SYNTHETIC"


def test_one_superseded_line_is_a_reimport(root: Path) -> None:
    findings = answer_of(root / "night-2").findings
    superseded = next(item for item in findings if item.trap == "revision_superseded")
    reimports = next(item for item in findings if item.trap == "own_product_declared" and item.file in FIRST)

    assert len(set(superseded.declaration_numbers) & set(reimports.declaration_numbers)) == 1


def test_reimports_from_kazakhstan_have_the_kazakh_record_of_the_shipment(root: Path) -> None:
    findings = answer_of(root / "night-1").findings
    (mirror,) = (item for item in findings if item.verdict == "mirror")
    russian = [item for item in findings if item.trap in MIRRORED_TRAPS and item.file in FIRST]

    assert {item.verdict for item in russian} == {"reimport"}
    declared = {number for item in russian for number in item.declaration_numbers}
    assert len(mirror.rows) == len(set(mirror.mirrors)) >= 10
    assert {number for number, _ in mirror.mirrors} <= declared
    assert {item.trap for item in russian if {n for n, _ in mirror.mirrors} & set(item.declaration_numbers)} == set(
        MIRRORED_TRAPS
    )


def test_numbers_of_warspotting_are_given_in_the_order_of_entry(root: Path) -> None:
    for night in (1, 2):
        losses = json.loads((root / f"night-{night}" / "warspotting" / "losses.json").read_text())
        days = [date.fromisoformat(loss["date"]).toordinal() for loss in sorted(losses, key=lambda loss: loss["id"])]
        assert len({loss["id"] for loss in losses}) == len(losses)
        # A few are entered weeks late; of a month's records the middle one is of about that month.
        middles = [statistics.median(days[start : start + 40]) for start in range(0, len(days) - 40, 40)]
        assert middles == sorted(middles)


def test_a_night_is_built_once(root: Path) -> None:
    before = (root / "night-1" / COMPLETE).stat().st_mtime_ns

    assert sample_site(root, 1) == root / "night-1"
    assert (root / "night-1" / COMPLETE).stat().st_mtime_ns == before
    assert not list(root.glob(".*.tmp"))


def test_an_unknown_night_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no night 3"):
        sample_site(tmp_path, 3)
    assert not list(tmp_path.glob("*night*")) + list(tmp_path.glob(".*night*"))


def building(root: Path) -> subprocess.Popen[bytes]:
    code = "import sys, pathlib; from boomerang.synthetic.sample_site import sample_site as s; "
    return subprocess.Popen([sys.executable, "-c", code + "s(pathlib.Path(sys.argv[1]), 1)", str(root)])


def test_a_killed_build_leaves_no_night_and_the_next_ones_build_it_once(tmp_path: Path, root: Path) -> None:
    killed = building(tmp_path)
    deadline = time.monotonic() + 120
    while not list(tmp_path.glob(".night-1.tmp/customs/*")) and time.monotonic() < deadline:
        time.sleep(0.01)
    killed.kill()
    killed.wait()

    assert list(tmp_path.glob(".night-1.tmp/customs/*"))
    assert not (tmp_path / "night-1").exists()

    together = [building(tmp_path), building(tmp_path)]
    assert [process.wait(timeout=240) for process in together] == [0, 0]
    assert listed(tmp_path / "night-1") == listed(root / "night-1")
    assert not list(tmp_path.glob(".*.tmp"))


def test_the_sample_profile_says_that_its_sources_are_synthetic() -> None:
    live, sample = specifications("live"), specifications("sample")
    served = [facts for facts in sample.values() if (facts.address or "").startswith("/")]

    assert {facts.name for facts in served} >= {"oryx_russia", "oryx_ukraine", "oryx_naval", "oryx_aircraft"}
    for facts in served:
        assert "ynthetic" in facts.title and "synthetic" in facts.publisher
        assert facts.licence == "CC0-1.0" and facts.may_redistribute
        assert facts.side == live[facts.name].side
        # Small tables have few rows; what is bounded is the same.
        assert set(facts.bounds) <= set(live[facts.name].bounds)
    pages = [facts for facts in served if facts.name in {"oryx_russia", "oryx_ukraine", "oryx_naval", "oryx_aircraft"}]
    assert [facts.bounds for facts in pages] == [live[facts.name].bounds for facts in pages]
    assert not [facts.name for facts in sample.values() if facts.address and not facts.address.startswith("/")]
