from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import duckdb
import pytest
from rich.console import Console

from boomerang.errors import UsageError
from boomerang.home import Home
from boomerang.release.compose import candidate_folder
from boomerang.release.publish import publish
from boomerang.serving import unmapped
from boomerang.serving.unmapped import COLUMNS, show_unmapped, unmapped_names
from releases import candidate, checked

VERSIONS = """
    create table marts.fct_equipment_loss_versions as
    select
        'l' || i::varchar as loss_id,
        case when i < 3 then 'oryx_russia' else 'warspotting' end as source,
        case when i < 4 then md5('t-72b3 obr. 2031') else md5('t-90m') end as equipment_id,
        case when i < 4 then 'T-72B3 Obr. 2031' else 'T-90M' end as model,
        'Tanks' as category,
        case when i < 4 then 'unmapped' else 'T-90' end as family,
    from range(10) as r(i)
"""


def shown(facts: dict[str, object]) -> str:
    console = Console(file=io.StringIO(), width=60)
    show_unmapped(facts, console)
    return console.file.getvalue()  # type: ignore[attr-defined]


def built(home: Home, change: str = VERSIONS) -> Home:
    """A home whose candidate holds these versions of losses."""
    folder = candidate(home)
    with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
        connection.execute(change)
    return home


def test_unmapped_name_comes_with_its_losses_its_sources_and_the_nearest_models(home: Home) -> None:
    facts = unmapped_names(built(home))
    (name,) = facts["names"]
    assert (name["spelling"], name["losses"], name["sources"]) == (
        "T-72B3 Obr. 2031",
        4,
        ["oryx_russia", "warspotting"],
    )
    assert len(name["nearest"]) == 3
    assert {entry["family"] for entry in name["nearest"]} == {"T-72"}
    assert facts["sources"] == [
        {"source": "oryx_russia", "losses": 3, "unmapped": 3},
        {"source": "warspotting", "losses": 7, "unmapped": 1},
    ]
    json.dumps(facts)


def test_lines_to_add_are_lines_of_the_seed(home: Home) -> None:
    spelling = 'Radar, "new", of 2031 [with] a name that is wider than the terminal is, and then some'
    facts = unmapped_names(built(home, VERSIONS.replace("T-72B3 Obr. 2031", spelling)))
    (name,) = facts["names"]
    lines = [entry["line"] for entry in name["nearest"]] + [name["line_if_new"]]
    for line in lines:
        (row,) = csv.DictReader(io.StringIO(line), fieldnames=COLUMNS)
        assert row["spelling"] == spelling
        assert all(row.values())
    for line in (lines[0], lines[-1]):
        assert line in shown(facts).splitlines()


def test_added_line_is_found_as_the_nearest_model_at_once(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed = tmp_path / "equipment_models.csv"
    seed.write_text(unmapped.SEED.read_text(encoding="utf-8") + "T-72B3 Obr. 2030,T-72B3 Obr. 2030,T-72,Tanks\n")
    monkeypatch.setattr(unmapped, "SEED", seed)
    (name,) = unmapped_names(built(home))["names"]
    assert "T-72B3 Obr. 2030" in [entry["model"] for entry in name["nearest"]]


def test_unpublished_candidate_is_read_before_the_current_release(home: Home) -> None:
    checked(candidate(home))
    publish(home)
    built(home)
    assert candidate_folder(home).exists()
    assert len(unmapped_names(home)["names"]) == 1


def test_everything_mapped_is_said_in_a_line(home: Home) -> None:
    facts = unmapped_names(built(home, VERSIONS.replace("'unmapped'", "'T-72'")))
    assert facts["names"] == []
    assert shown(facts).splitlines()[-1] == "every name is mapped"


def test_home_without_losses_says_what_to_do(home: Home) -> None:
    candidate(home)
    with pytest.raises(UsageError, match="no losses are built"):
        unmapped_names(home)


def test_home_without_a_build_says_what_to_do(home: Home) -> None:
    with pytest.raises(UsageError):
        unmapped_names(home)


def test_unreadable_seed_says_what_to_do(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unmapped, "SEED", tmp_path / "none.csv")
    with pytest.raises(UsageError, match="restore it"):
        unmapped_names(built(home))
