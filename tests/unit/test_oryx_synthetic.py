"""The synthetic pages against their known answer, as the reader reads them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from boomerang.home import Home
from boomerang.landing.gate import admit
from boomerang.landing.observation import Observation
from boomerang.landing.store import Landing, receive
from boomerang.sources.oryx import READER, read_page
from boomerang.sources.specification import LandedFile, specification
from boomerang.synthetic.oryx_pages import NIGHTS, PRESS_CASE, write_oryx_pages

STATUSES = ("destroyed", "damaged", "abandoned", "captured")


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> dict[int, tuple[Path, dict[str, Any]]]:
    """Folder and answer of each night; the pages stand in the folder as written and as bronze tables."""
    made = {}
    for night in (1, 2):
        folder = tmp_path_factory.mktemp(f"night-{night}")
        answer = write_oryx_pages(folder, night)
        for side in ("russia", "ukraine", "naval", "aircraft"):
            path = folder / "oryx" / f"{side}.html"
            output = folder / side
            output.mkdir()
            landed = LandedFile(
                path=path, sha256="0" * 64, file_name=path.name, specification=specification(f"oryx_{side}")
            )
            READER.parse(landed, output)
        made[night] = folder, answer
    return made


BOTH = pytest.mark.parametrize(("night", "side"), [(night, side) for night in (1, 2) for side in ("russia", "ukraine")])
STATUS = (
    "case when is_destroyed then 'destroyed' when is_captured then 'captured' "
    "when is_abandoned then 'abandoned' else 'damaged' end"
)


@BOTH
def test_reader_finds_what_was_put_on_the_page(nights: dict[int, Any], night: int, side: str) -> None:
    folder, answers = nights[night]
    answer = answers[side]
    figures = READER.inspect(folder / "oryx" / f"{side}.html", specification(f"oryx_{side}"), None)
    assert figures["vehicles"] == answer["vehicles"]
    assert figures["loss_links"] == answer["loss_links"]
    assert figures["quarantined"] == answer["unreadable"]
    assert figures["entries"] == answer["entries"]
    assert figures["categories"] == len(answer["by_category"]) >= 12
    assert figures["headline_total"] == answer["displayed"]["headline"]["total"]
    assert {status: figures[status] for status in STATUSES} == answer["by_status"]


@BOTH
def test_every_category_and_status_counts_as_put(nights: dict[int, Any], night: int, side: str) -> None:
    folder, answers = nights[night]
    found: dict[str, dict[str, int]] = {}
    for category, status, vehicles in duckdb.sql(
        f"select category, {STATUS}, sum(len(numbers))::int from '{folder}/{side}/loss_links.parquet' group by all"
    ).fetchall():
        found.setdefault(category, dict.fromkeys(STATUSES, 0))[status] = vehicles
    expected = {
        category: {status: figures[status] for status in STATUSES}
        for category, figures in answers[side]["by_category"].items()
    }
    assert found == expected


@BOTH
def test_displayed_figures_and_disagreements_come_out(nights: dict[int, Any], night: int, side: str) -> None:
    folder, answers = nights[night]
    answer = answers[side]
    headings = duckdb.sql(
        f"select kind, category, displayed_total, displayed_destroyed, displayed_damaged, displayed_abandoned, "
        f"displayed_captured from '{folder}/{side}/headings.parquet' where kind in ('headline', 'category')"
    ).fetchall()
    shown = {
        "headline" if kind == "headline" else category: dict(
            zip(("total", *STATUSES), (figure or 0 for figure in figures), strict=True)
        )
        for kind, category, *figures in headings
    }
    assert shown == answer["displayed"]
    models = duckdb.sql(
        f"select entries.model, displayed_count, coalesce(sum(len(numbers)), 0)::int as counted "
        f"from '{folder}/{side}/entries.parquet' as entries "
        f"left join '{folder}/{side}/loss_links.parquet' as links on entries._source_row = links.entry_row "
        "group by entries._source_row, entries.model, displayed_count having displayed_count != counted"
    ).fetchall()
    assert {model: {"displayed": displayed, "counted": counted} for model, displayed, counted in models} == answer[
        "disagreements"
    ]["models"]


@BOTH
def test_dates_in_picture_names_come_out(nights: dict[int, Any], night: int, side: str) -> None:
    folder, answers = nights[night]
    found = duckdb.sql(
        f"select model, sum(len(numbers))::int from '{folder}/{side}/loss_links.parquet' "
        f"where pictured_on < date '{PRESS_CASE}' group by model"
    ).fetchall()
    assert dict(found) == answers[side]["pictured_before_press_case"]
    assert sum(answers[side]["pictured_before_press_case"].values()) > 0.3 * answers[side]["vehicles"]


SISTERS = pytest.mark.parametrize(
    ("night", "name"), [(night, name) for night in (1, 2) for name in ("naval", "aircraft")]
)


@SISTERS
def test_the_pages_of_both_sides_hold_what_was_put_on_them(nights: dict[int, Any], night: int, name: str) -> None:
    folder, answers = nights[night]
    answer = answers[name]
    figures = READER.inspect(folder / "oryx" / f"{name}.html", specification(f"oryx_{name}"), None)
    for figure in ("vehicles", "loss_links", "entries"):
        assert figures[figure] == answer[figure]
    assert {status: figures[status] for status in STATUSES} == answer["by_status"]
    assert (figures["quarantined"], figures["links_of_unknown_side"]) == (0, 0)
    found: dict[str, dict[str, dict[str, int]]] = {}
    for side, category, status, vehicles in duckdb.sql(
        f"select side, category, {STATUS}, sum(len(numbers))::int from '{folder}/{name}/loss_links.parquet' "
        "group by all"
    ).fetchall():
        counts = found.setdefault(side, {}).setdefault(category, {"total": 0} | dict.fromkeys(STATUSES, 0))
        counts[status] = vehicles
        counts["total"] += vehicles
    assert found == answer["by_category"]
    shown = duckdb.sql(
        "select side, category, displayed_total, coalesce(displayed_destroyed, 0) "
        f"from '{folder}/{name}/headings.parquet' where kind = 'category'"
    ).fetchall()
    assert {(side, category): (total, destroyed) for side, category, total, destroyed in shown} == {
        (side, category): (counts["total"], counts["destroyed"])
        for side, categories in answer["by_category"].items()
        for category, counts in categories.items()
    }


@SISTERS
def test_most_of_the_pages_of_both_sides_stands_on_the_countries_pages_too(
    nights: dict[int, Any], night: int, name: str
) -> None:
    folder, answers = nights[night]
    for side in ("russia", "ukraine"):
        here, there = (
            {
                url
                for (url,) in duckdb.sql(
                    f"select url from '{folder}/{page}/loss_links.parquet' where side = '{side}'"
                ).fetchall()
            }
            for page in (name, side)
        )
        assert sorted(here & there) == sorted(set(answers[name]["also_on_country_page"][side])) != []
        assert sorted(here - there) == answers[name]["only_there"][side] != []


def test_both_layouts_are_on_the_pages(nights: dict[int, Any]) -> None:
    folder, _ = nights[1]
    assert read_page(folder / "oryx" / "russia.html", "russia", 10**7).layout == "details"
    assert read_page(folder / "oryx" / "ukraine.html", "ukraine", 10**7).layout == "list"
    assert read_page(folder / "oryx" / "naval.html", None, 10**7).layout == "list"
    assert read_page(folder / "oryx" / "aircraft.html", None, 10**7).layout == "details"


def test_second_night_withdraws_restatuses_adds_and_renames_what_it_says(nights: dict[int, Any]) -> None:
    rows = {
        night: dict(
            duckdb.sql(
                f"select url, list({STATUS} order by _source_row) "
                f"from '{folder}/russia/loss_links.parquet' group by url"
            ).fetchall()
        )
        for night, (folder, _) in nights.items()
    }
    changes = nights[2][1]["changes"]
    assert sorted(rows[1].keys() - rows[2].keys()) == changes["withdrawn"] != []
    assert sorted(rows[2].keys() - rows[1].keys()) == changes["added"] != []
    assert (
        [
            {"url": url, "before": rows[1][url][0], "after": rows[2][url][0]}
            for url in sorted(rows[1].keys() & rows[2].keys())
            if rows[1][url] != rows[2][url]
        ]
        == changes["restatused"]
        != []
    )
    models = {
        night: {
            model for (model,) in duckdb.sql(f"select distinct model from '{folder}/russia/entries.parquet'").fetchall()
        }
        for night, (folder, _) in nights.items()
    }
    assert models[1] - models[2] == {changes["renamed"]["before"]}
    assert models[2] - models[1] == {changes["renamed"]["after"]}
    assert nights[1][1]["changes"] == {}


@pytest.mark.parametrize("name", ["russia", "ukraine", "naval", "aircraft"])
def test_second_night_is_within_the_bounds_of_the_source(nights: dict[int, Any], home: Home, name: str) -> None:
    landing = Landing(home)
    source = specification(f"oryx_{name}")
    for night, (folder, _) in nights.items():
        path = landing.new_path(".html")
        with (folder / "oryx" / f"{name}.html").open("rb") as stream:
            received = receive(stream, path)
        shown = admit(landing, source, received, observed_at=NIGHTS[night], file_name=f"{name}.html", origin="pull")
        assert isinstance(shown, Observation), shown


def test_unchanged_page_is_the_same_bytes_on_both_nights(nights: dict[int, Any]) -> None:
    first, second = (nights[night][0] / "oryx" / "ukraine.html" for night in (1, 2))
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("seed", [7, 20221209])
def test_a_seed_decides_every_byte_and_any_seed_reads_back(tmp_path: Path, seed: int) -> None:
    for name in ("a", "b"):
        answer = write_oryx_pages(tmp_path / name, 2, seed)
    pages = [(tmp_path / name / "oryx" / "russia.html").read_bytes() for name in ("a", "b")]
    assert pages[0] == pages[1]
    figures = READER.inspect(tmp_path / "a" / "oryx" / "russia.html", specification("oryx_russia"), None)
    assert figures["vehicles"] == answer["russia"]["vehicles"]
    assert figures["quarantined"] == answer["russia"]["unreadable"] == 2
    assert len(answer["changes"]["restatused"]) == 24


def test_pages_say_that_they_are_synthetic(nights: dict[int, Any]) -> None:
    for side in ("russia", "ukraine", "naval", "aircraft"):
        text = (nights[1][0] / "oryx" / f"{side}.html").read_text(encoding="utf-8")
        assert "<title>SYNTHETIC" in text
        assert "This page is synthetic." in text
        assert "https://pictures.example.org/" in text
        assert "oryxspioenkop" not in text
