"""Whether a night may build on the night before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from boomerang import layouts
from boomerang.home import Home
from boomerang.landing.inbox import ingest
from boomerang.landing.retraction import retract
from boomerang.landing.store import Landing
from boomerang.pipeline import BuildInputs, build_inputs
from boomerang.synthetic.customs_files import synthesise

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def inputs(home: Home, now: datetime = NOW) -> BuildInputs:
    return build_inputs(home, Landing(home).observations(), now)


def land(home: Home, folder: Path, seed: int) -> str:
    made = synthesise(
        folder / str(seed), lines=1_000, seed=seed, layout="russia_declaration_fields", with_coverage=False
    )
    path = folder / str(seed) / "russia_declaration_fields" / made.files[0].file
    return ingest(home, [path], source="customs", as_of="2025-01-01")[0].sha256


def test_a_night_that_adds_a_file_builds_on_the_last_one(home: Home, tmp_path: Path) -> None:
    land(home, tmp_path, 1)
    before = inputs(home)
    land(home, tmp_path, 2)
    after = inputs(home, NOW + timedelta(days=1))
    assert after.continues(before)
    assert after.fingerprint != before.fingerprint
    assert not before.continues(after)


def test_the_same_inputs_are_the_same_whenever_they_are_asked(home: Home, tmp_path: Path) -> None:
    land(home, tmp_path, 1)
    assert inputs(home) == inputs(home, NOW + timedelta(hours=1))


def test_a_retracted_file_is_no_addition(home: Home, tmp_path: Path) -> None:
    sha256 = land(home, tmp_path, 1)
    before = inputs(home)
    retract(home, sha256, "the vendor sent another country's lines")
    assert not inputs(home).continues(before)
    retract(home, sha256, "it was right after all", undo=True)
    assert inputs(home) == before


def test_a_layout_of_the_user_s_own_that_changes_builds_everything_anew(home: Home, tmp_path: Path) -> None:
    land(home, tmp_path, 1)
    before = inputs(home)
    shipped = (Path(layouts.__file__).parent / "russia_import_full.yml").read_text(encoding="utf-8")
    own = shipped.replace("name: russia_import_full", "name: my_own")
    (home.root / "layouts").mkdir(exist_ok=True)
    (home.root / "layouts" / "my_own.yml").write_text(own, encoding="utf-8")
    added = inputs(home)
    assert not added.continues(before)
    (home.root / "layouts" / "my_own.yml").write_text(own.replace("title: ", "title: Changed, "), encoding="utf-8")
    assert not inputs(home).continues(added)


def test_another_table_of_reference_builds_everything_anew(home: Home, tmp_path: Path) -> None:
    before = inputs(home)
    table = tmp_path / "TNVED3.TXT"
    table.write_bytes("020|20220811|0000|\n01|01|ЛОШАДИ|01.01.2022||\n".encode("cp866"))
    ingest(home, [table], source="tnved", as_of="2025-01-01")
    assert not inputs(home).continues(before)
