"""Pages that list both sides: whose loss each link shows, from the headings above it, and never by a guess."""

from __future__ import annotations

import logging
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from boomerang.errors import ContentRefusedError
from boomerang.sources.oryx import READER, read_page
from boomerang.sources.specification import LandedFile, specification


def _page(tmp_path: Path, body: str, title: str = "List Of Naval Losses During The Invasion") -> Path:
    path = tmp_path / "page.html"
    path.write_text(
        f"<html><head><title>{title}</title><meta content='2023-06-30T12:00:00Z' itemprop='dateModified'></head>"
        f"<body><div class='post-body'>{body}</div></body></html>",
        encoding="utf-8",
    )
    return path


def _category(heading: str, *links: str) -> str:
    shown = " ".join(f'<a href="https://pictures.example.org/{heading}/{text}">{text}</a>' for text in links)
    return f"<h3>{heading}</h3><ul><li>{len(links)} Project 1 patrol boat: {shown}</li></ul>"


BOATS = _category("Patrol Boats (2, of which sunk: 1, damaged: 1)", "(1, sunk)", "(1, damaged)")
SUBMARINES = _category("Submarines (1, of which damaged: 1)", "(1, damaged)")


def _sides(path: Path) -> list[tuple[str, str]]:
    page = read_page(path, None, 1_000_000)
    return [(loss.line.category, loss.line.side) for loss in page.losses]


@pytest.mark.parametrize(
    ("russia", "ukraine"),
    [
        ("Russia - 3, of which: sunk: 1, damaged: 2", "Ukraine - 2, of which: sunk: 1, damaged: 1"),
        ("Russia (3, of which sunk: 1, damaged: 2)", "Ukraine (2, of which sunk: 1, damaged: 1)"),
        ("Russia", "Ukraine"),
        ("Russian Navy", "Ukrainian Navy:"),
        ("Russian naval losses - 3, of which: damaged: 3", "Ukrainian naval losses - 2, of which: damaged: 2"),
        ("Losses of the Russian Federation", "Losses of the Ukrainian Armed Forces"),
        ("The Russian Aerospace Forces (3)", "The Ukrainian Air Force (2)"),
    ],
)
@pytest.mark.parametrize("is_russia_first", [True, False])
def test_a_section_tells_the_side_of_every_link_below_it(
    tmp_path: Path, russia: str, ukraine: str, is_russia_first: bool
) -> None:
    ours = f"<h3>{russia}</h3>{SUBMARINES}{BOATS}"
    theirs = f"<h2>{ukraine}</h2>{BOATS}"
    found = _sides(_page(tmp_path, ours + theirs if is_russia_first else theirs + ours))
    assert sorted(found) == sorted(
        [
            ("Submarines", "russia"),
            ("Patrol Boats", "russia"),
            ("Patrol Boats", "russia"),
            ("Patrol Boats", "ukraine"),
            ("Patrol Boats", "ukraine"),
        ]
    )


def test_the_title_of_the_article_opens_no_section(tmp_path: Path) -> None:
    body = f"<h2>Naval losses of Russia and Ukraine</h2><h3>Ukraine</h3>{BOATS}<h3>Related: Russia at sea</h3>"
    assert {side for _, side in _sides(_page(tmp_path, body))} == {"ukraine"}


def test_a_category_that_names_its_side_needs_no_section(tmp_path: Path) -> None:
    body = _category("Russian Patrol Boats (1, of which sunk: 1)", "(1, sunk)") + _category(
        "Ukrainian Ships Captured By Russia (1, of which captured: 1)", "(1, captured)"
    )
    body += _category("Ships Of The Russian Black Sea Fleet (1, of which sunk: 1)", "(1, sunk)")
    assert [side for _, side in _sides(_page(tmp_path, body))] == ["russia", "ukraine", "russia"]


def test_what_no_heading_tells_or_two_tell_apart_is_unknown_and_warned_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    body = (
        _category("Unidentified Vessels (2, of which sunk: 2)", "(1 and 2, sunk)")
        + f"<h3>Russia - 2, of which: sunk: 1, damaged: 1</h3>{BOATS}"
        + _category("Former Ukrainian Ships (1, of which sunk: 1)", "(1, sunk)")
    )
    path = _page(tmp_path, body)
    assert _sides(path) == [
        ("Unidentified Vessels", "unknown"),
        ("Patrol Boats", "russia"),
        ("Patrol Boats", "russia"),
        ("Former Ukrainian Ships", "unknown"),
    ]
    with caplog.at_level(logging.WARNING):
        figures = READER.inspect(path, specification("oryx_naval").model_copy(update={"bounds": {}}), None)
    assert figures["links_of_unknown_side"] == 2
    assert figures["category:unknown:Unidentified Vessels"] == 2
    assert "Unidentified Vessels" in caplog.text and "Former Ukrainian Ships" in caplog.text


def test_rows_carry_the_side_and_the_page_none(tmp_path: Path) -> None:
    body = (
        f"<h3>Russia - 3, of which: sunk: 1, damaged: 2</h3><h3>Losses of ships - 3, of which: damaged: 3</h3>"
        f"{SUBMARINES}{BOATS}<h3>Ukraine</h3>{BOATS}"
    )
    output = tmp_path / "out"
    output.mkdir()
    READER.parse(
        LandedFile(
            path=_page(tmp_path, body), sha256="0" * 64, file_name="x", specification=specification("oryx_naval")
        ),
        output,
    )
    assert pq.read_table(output / "pages.parquet")["side"].to_pylist() == [None]
    headings = duckdb.sql(
        f"select kind, category, side, displayed_total, displayed_destroyed from '{output}/headings.parquet' "
        "order by _source_row"
    ).fetchall()
    assert headings == [
        ("headline", None, "russia", 3, 1),
        ("roll_up", "Losses of ships", "russia", 3, None),
        ("category", "Submarines", "russia", 1, None),
        ("category", "Patrol Boats", "russia", 2, 1),
        ("section", None, "ukraine", None, None),
        ("category", "Patrol Boats", "ukraine", 2, 1),
    ]
    for table in ("entries", "loss_links"):
        sides = duckdb.sql(f"select side, count(*) from '{output}/{table}.parquet' group by side order by side")
        assert (
            sides.fetchall()
            == {"entries": [("russia", 2), ("ukraine", 1)], "loss_links": [("russia", 3), ("ukraine", 2)]}[table]
        )


def test_the_second_headline_of_a_side_is_not_its_headline_again(tmp_path: Path) -> None:
    body = f"<h3>Russian Navy (1)</h3>{SUBMARINES}<h3>Russian Air Force (2)</h3>{BOATS}"
    kinds = [heading.kind for heading in read_page(_page(tmp_path, body), None, 100_000).headings]
    assert kinds == ["headline", "category", "part_headline", "category"]


@pytest.mark.parametrize(
    ("body", "title", "reason"),
    [
        (f"<h3>Russia</h3>{BOATS}", "Attack On Europe: Documenting Russian Equipment Losses", "wrong_page"),
        (f"<h3>Russia</h3>{BOATS}", "Before you continue", "wrong_page"),
        (BOATS, "List Of Naval Losses", "no_sides"),
        ("<h3>Russia - 3, of which: damaged: 3</h3>", "List Of Naval Losses", "no_entries"),
        (
            "<h3>Russia - 1, of which: damaged: 1</h3><ul><li>1 Project 1: <a href='https://e.example/'>(1, damaged)"
            "</a></li></ul>",
            "List Of Naval Losses",
            "heading_unparsed",  # no category tells what it is
        ),
        (
            f"<h3>Russia</h3><h3>Submarines (1, of which lost: 1)</h3>{BOATS}",
            "List Of Naval Losses",
            "heading_unparsed",
        ),
        (f"<h3>Russia</h3><h3>Submarines (7)</h3>{BOATS}", "List Of Naval Losses", "heading_without_entries"),
    ],
)
def test_a_page_that_is_not_understood_is_refused(tmp_path: Path, body: str, title: str, reason: str) -> None:
    with pytest.raises(ContentRefusedError) as caught:
        READER.inspect(_page(tmp_path, body, title), specification("oryx_naval"), None)
    assert caught.value.reason == reason


def test_a_loss_above_every_heading_lies_in_the_quarantine(tmp_path: Path) -> None:
    body = f"<p><a href='https://e.example/'>(1, sunk)</a></p><h3>Russia</h3>{BOATS}"
    page = read_page(_page(tmp_path, body), None, 100_000)
    assert [(link.unread.reason, link.content) for link in page.unread] == [("outside_model_line", "(1, sunk)")]
    assert [loss.row for loss in page.losses] == [2, 3]
