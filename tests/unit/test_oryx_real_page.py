"""The real page of Russian losses of 23 April 2023: every vehicle accounted for, every disagreement known."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from pathlib import Path

import pytest

from boomerang.sources.oryx import PRECEDENCE, READER, Page, counted_status, read_page, read_pictured_on
from boomerang.sources.specification import LandedFile, MemberCount, specification


@pytest.fixture(scope="module")
def path(real_data: Path) -> Path:
    return real_data / "oryx-html" / "russia.html.gz"


@pytest.fixture(scope="module")
def page(path: Path) -> Page:
    return read_page(path, "russia", 10_000_000)


def test_figures_of_the_page(path: Path) -> None:
    figures = READER.inspect(path, specification("oryx_russia"), None)
    categories = {name: figures.pop(name) for name in list(figures) if name.startswith("category:")}
    assert (len(categories), sum(categories.values())) == (24, 10_113)
    assert categories["category:Naval Ships"] == 12
    assert figures == {
        "vehicles": 10_113,
        "loss_links": 9_274,
        "quarantined": 0,
        "categories": 24,
        "entries": 353,
        "headline_total": 10_110,
        "destroyed": 6_579,
        "damaged": 316,
        "abandoned": 394,
        "captured": 2_824,
        "unknown_flags": 0,
        "empty_links": 1,
        "links_of_other_side": 0,
        "links_of_unknown_side": 0,
        "parts": 1,
    }


def test_no_link_is_unaccounted_for(path: Path, tmp_path: Path) -> None:
    landed = LandedFile(path=path, sha256="0" * 64, file_name=path.name, specification=specification("oryx_russia"))
    assert READER.parse(landed, tmp_path) == [MemberCount(rows_in=9_274, rows_loaded=9_274, rows_quarantined=0)]
    assert [loss.row for loss in read_page(path, "russia", 10_000_000).losses] == list(range(1, 9_275))


def test_statuses_counted_by_precedence_reproduce_the_headline(page: Page) -> None:
    counts = Counter[str]()
    for loss in page.losses:
        counts[counted_status(loss.reading.status.flags)] += len(loss.reading.numbers)
    headline = page.headings[0].figures
    assert counts["destroyed"] == headline.destroyed == 6_579
    assert counts["captured"] == headline.captured == 2_824
    assert counts["damaged"] == headline.damaged == 316
    # The headline is three short of the links: 391 abandoned, and so 10,110 in all.
    assert (counts["abandoned"], headline.abandoned) == (394, 391)
    assert (counts.total(), headline.total) == (10_113, 10_110)


def test_categories_whose_heading_disagrees_with_its_links(page: Page) -> None:
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for loss in page.losses:
        counts[loss.line.category][counted_status(loss.reading.status.flags)] += len(loss.reading.numbers)
    disagreements = {
        heading.category: (heading.figures.total, counts[heading.category].total())
        for heading in page.headings
        if heading.category
        and any((getattr(heading.figures, status) or 0) != counts[heading.category][status] for status in PRECEDENCE)
    }
    assert disagreements == {
        "Tanks": (1907, 1908),
        "Armoured Fighting Vehicles": (838, 838),
        "Infantry Fighting Vehicles": (2319, 2318),
        "Armoured Personnel Carriers": (306, 304),
        "Command Posts And Communications Stations": (241, 241),
        "Engineering Vehicles And Equipment": (299, 299),
        "Self-Propelled Artillery": (386, 385),
        # Three "damaged beyond economical repair", which the heading counts as destroyed and the headline does not.
        "Aircraft": (80, 80),
        "Trucks, Vehicles and Jeeps": (2454, 2455),
    }


def test_models_whose_leading_count_disagrees_with_their_links(page: Page) -> None:
    counts = Counter[int]()
    for loss in page.losses:
        counts[loss.line.row] += len(loss.reading.numbers)
    assert {
        line.model: (line.displayed_count, counts[line.row])
        for line in page.lines
        if line.displayed_count != counts[line.row]
    } == {
        "T-72B": (259, 258),
        "Unknown AFV": (191, 190),
        "BMP-1(P)": (360, 365),
        "BMP-2(K)": (811, 812),
        "Unknown BMP-1/2": (120, 119),
        "ZiL-131": (25, 24),
        "KamAZ 6x6": (726, 731),
        "KamAZ 6x6 tanker": (119, 117),
    }
    assert sum(line.displayed_count or 0 for line in page.lines) == 10_108


@pytest.mark.parametrize(
    ("model", "text", "numbers"),
    [
        ("T-80U", "(9, and 10, destroyed)", (9, 10)),
        ("BMP-3", "(5, 6, and 7, destroyed)", (5, 6, 7)),
        ("KamAZ 6x6", "39, destroyed)", (39,)),
        ("MT-LB", "(67, 68, 69 70, 71 and 72, captured)", (67, 68, 69, 70, 71, 72)),
        ("152mm 2A65 Msta-B howitzer", "(2, damaged)", (2,)),
    ],
)
def test_mis_set_links_are_read(page: Page, model: str, text: str, numbers: tuple[int, ...]) -> None:
    assert [loss.reading.numbers for loss in page.losses if (loss.line.model, loss.text) == (model, text)] == [numbers]


def test_numbers_of_a_model_run_without_gap_or_repetition_but_for_one(page: Page) -> None:
    seen = Counter(
        (loss.line.model, counted_status(loss.reading.status.flags), number)
        for loss in page.losses
        for number in loss.reading.numbers
    )
    assert [key for key, uses in seen.items() if uses > 1] == [("KamAZ 6x6", "destroyed", 138)]


def test_links_addresses_and_dates(page: Page) -> None:
    assert sum(len(loss.reading.numbers) > 1 for loss in page.losses) == 556
    assert len({loss.url for loss in page.losses}) == 8_740
    assert all(loss.url == loss.url.strip() for loss in page.losses)
    assert len({loss.reading.status_text for loss in page.losses}) == 31


def test_dates_in_the_pictures_names_are_read_in_every_form_that_says_one_day(page: Page) -> None:
    days = Counter(bool(read_pictured_on(loss.url, date(2023, 4, 23))) for loss in page.losses)
    assert days[True] == 1_601


def test_every_link_is_of_the_pages_side(page: Page) -> None:
    assert (
        {line.side for line in page.lines}
        == {heading.side for heading in page.headings if heading.entries}
        == {"russia"}
    )
