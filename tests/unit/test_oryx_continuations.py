"""A list that is split over several pages: all of them are one observation, or none lands."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from pytest_httpserver import HTTPServer

from boomerang.bronze import make_bronze
from boomerang.bundle import is_bundle, write_bundle
from boomerang.clock import utc_now
from boomerang.errors import BoomerangError, ContentRefusedError, SourceUnavailableError, UsageError
from boomerang.home import Home
from boomerang.landing.fetch import ClientSettings
from boomerang.landing.pull import PullResult, pull
from boomerang.landing.store import Landing
from boomerang.sources.oryx import READER, continuation_links, read_page
from boomerang.sources.specification import LandedFile, MemberCount, SourceSpecification, specification

QUICK = ClientSettings(attempts=1, read_seconds=5)
FIRST, SECOND, THIRD = (f"/2025/01/attack-on-europe-documenting-{name}.html" for name in ("equipment", "b", "c"))


@pytest.fixture
def russia() -> SourceSpecification:
    return specification("oryx_russia").model_copy(update={"address": FIRST, "bounds": {}})


def _category(name: str, first: int = 1, vehicles: int = 2) -> str:
    links = " ".join(
        f'<a href="https://e.example/{name}/{n}">({n}, destroyed)</a>' for n in range(first, first + vehicles)
    )
    return f"<h3>{name} ({vehicles}, of which destroyed: {vehicles})</h3><ul><li>{vehicles} {name} 1: {links}</li></ul>"


def _page(body: str, modified: str = "2025-02-01T10:00:00Z") -> str:
    return (
        f"<html><head><title>Russian Equipment Losses</title><meta content='{modified}' itemprop='dateModified'></head>"
        f"<body><a href='{THIRD}?menu'>menu</a><div class='post-body'>{body}</div></body></html>"
    )


HEADLINE = "<h3>Russia - 6, of which: destroyed: 6</h3>"
ONE = _page(f"<p><a href='{SECOND}'>Trucks are here.</a></p>{HEADLINE}{_category('Tanks')}")
TWO = _page(_category("Trucks") + f"<p>Back to <a href='{FIRST}'>the first</a>, on to <a href='{THIRD}#x'>the last</a>")
LAST = _page(_category("Radars"), "2025-02-02T11:00:00Z")


def _serve(server: HTTPServer, pages: dict[str, str]) -> None:
    server.clear()
    for path, text in pages.items():
        server.expect_request(path).respond_with_data(text, content_type="text/html")


def _pull(home: Home, server: HTTPServer, source: SourceSpecification) -> PullResult:
    return pull(home, source, base_address=server.url_for("/"), settings=QUICK)


# --- which links go on


def test_links_of_the_same_series_on_the_same_host_are_followed_once_each() -> None:
    pattern = specification("oryx_russia").continuations
    assert pattern is not None
    html = _page(
        f"<a href='{SECOND}'>a</a><a href='https://oryx.example{SECOND}?m=1#top'>again</a>"
        f"<a href='http://www.oryx.example{THIRD}'>without TLS</a><a href='https://elsewhere.example{THIRD}x'>other</a>"
        f"<a href='{FIRST}'>itself</a><a href='/2022/02/attack-on-europe-documenting-ukrainian.html'>the other side</a>"
        f"<a href='/2022/03/list-of-naval-losses-during-2022.html'>ships</a><a href='http://[bad'>bad</a><a>none</a>"
        "<a href='javascript:alert(1)'>x</a>"
    )
    assert continuation_links(html.encode(), f"https://www.oryx.example{FIRST}", pattern.pattern) == [
        f"https://www.oryx.example{SECOND}",
        f"https://www.oryx.example{THIRD}",
    ]


def test_a_menu_outside_the_article_is_not_followed() -> None:
    assert continuation_links(LAST.encode(), f"https://oryx.example{FIRST}", ".*") == []


def test_the_real_page_goes_on_nowhere(real_data: Path) -> None:
    source = specification("oryx_russia")
    html = gzip.decompress((real_data / "oryx-html" / "russia.html.gz").read_bytes())
    assert source.continuations is not None and source.address is not None
    assert continuation_links(html, source.address, source.continuations.pattern) == []


# --- pulled


def test_a_list_of_three_pages_lands_as_one_observation(
    home: Home, httpserver: HTTPServer, russia: SourceSpecification
) -> None:
    _serve(httpserver, {FIRST: ONE, SECOND: TWO, THIRD: LAST})
    (observation,) = _pull(home, httpserver, russia).observations
    assert observation.figures["parts"] == 3
    assert observation.figures["vehicles"] == 6
    assert observation.figures["category:Radars"] == 2
    landed = home.root / observation.landed_path
    with zipfile.ZipFile(landed) as bundle:
        assert bundle.namelist() == [
            "01-attack-on-europe-documenting-equipment.html",
            "02-attack-on-europe-documenting-b.html",
            "03-attack-on-europe-documenting-c.html",
        ]
    again = _pull(home, httpserver, russia)
    assert [item.sha256 for item in again.unchanged] == [observation.sha256]


def test_a_list_on_one_page_lands_as_the_bare_page(
    home: Home, httpserver: HTTPServer, russia: SourceSpecification
) -> None:
    text = _page(HEADLINE + _category("Tanks"))
    _serve(httpserver, {FIRST: text})
    (observation,) = _pull(home, httpserver, russia).observations
    landed = home.root / observation.landed_path
    assert landed.read_text() == text
    assert landed.suffix == ".html"
    assert not is_bundle(landed)


@pytest.mark.parametrize(
    ("pages", "error"),
    [
        ({FIRST: ONE, SECOND: TWO}, SourceUnavailableError),  # the third is not there
        ({FIRST: ONE, SECOND: TWO, THIRD: LAST[:-20]}, ContentRefusedError),  # cut short
        ({FIRST: ONE, SECOND: TWO, THIRD: _page("<h3>Ukraine - 2, of which: destroyed: 2</h3>")}, ContentRefusedError),
        ({FIRST: ONE, SECOND: "<html><title>Consent</title></html>", THIRD: LAST}, ContentRefusedError),
    ],
)
def test_half_a_list_never_lands(
    home: Home,
    httpserver: HTTPServer,
    russia: SourceSpecification,
    pages: dict[str, str],
    error: type[BoomerangError],
) -> None:
    _serve(httpserver, {FIRST: ONE, SECOND: TWO, THIRD: LAST})
    (good,) = _pull(home, httpserver, russia).observations
    _serve(httpserver, pages)
    with pytest.raises(error):
        _pull(home, httpserver, russia)
    last = Landing(home).last_good("oryx_russia")
    assert last is not None and last.sha256 == good.sha256


def test_links_that_go_on_and_on_are_given_up(home: Home, httpserver: HTTPServer, russia: SourceSpecification) -> None:
    pages = {
        f"/2025/01/attack-on-europe-documenting-{number}.html": _page(
            f"<a href='/2025/01/attack-on-europe-documenting-{number + 1}.html'>on</a>"
        )
        for number in range(100)
    }
    _serve(httpserver, pages | {FIRST: _page("<a href='/2025/01/attack-on-europe-documenting-0.html'>on</a>")})
    with pytest.raises(ContentRefusedError) as caught:
        _pull(home, httpserver, russia)
    assert caught.value.reason == "too_many_parts"
    assert len(httpserver.log) <= 14


def test_days_cannot_be_asked_for(home: Home, httpserver: HTTPServer, russia: SourceSpecification) -> None:
    with pytest.raises(UsageError, match="can't be asked for days"):
        pull(home, russia, base_address=httpserver.url_for("/"), settings=QUICK, since=utc_now().date())


# --- read


def _bundle(tmp_path: Path, *pages: str, names: tuple[str, ...] = (FIRST, SECOND, THIRD)) -> Path:
    path = tmp_path / "list.zip"
    parts: dict[str, Path | bytes] = {
        f"{number:02}-{name.rpartition('/')[2]}": page.encode()
        for number, (name, page) in enumerate(zip(names, pages, strict=False), 1)
    }
    write_bundle(parts, path)
    return path


def test_rows_name_the_page_where_they_stand_and_are_counted_there(tmp_path: Path, russia: SourceSpecification) -> None:
    path = _bundle(tmp_path, ONE, TWO, LAST)
    output = tmp_path / "out"
    output.mkdir()
    counts = READER.parse(LandedFile(path=path, sha256="0" * 64, file_name="x.zip", specification=russia), output)
    members = [
        f"0{number}-attack-on-europe-documenting-{name}.html" for number, name in ((1, "equipment"), (2, "b"), (3, "c"))
    ]
    assert counts == [
        MemberCount(source_member=member, rows_in=2, rows_loaded=2, rows_quarantined=0) for member in members
    ]
    rows = pq.read_table(output / "loss_links.parquet").to_pylist()
    assert [(row["_source_member"], row["_source_row"], row["entry_row"], row["category"]) for row in rows] == [
        (member, number, 1, category)
        for member, category in zip(members, ("Tanks", "Trucks", "Radars"), strict=True)
        for number in (1, 2)
    ]
    (page,) = pq.read_table(output / "pages.parquet").to_pylist()
    assert page["_source_member"] == members[0]
    assert page["modified_at"].isoformat() == "2025-02-02T11:00:00+00:00"


def test_a_further_page_may_show_the_headline_again_and_it_counts_once(
    tmp_path: Path, russia: SourceSpecification
) -> None:
    path = _bundle(tmp_path, ONE, _page(HEADLINE + _category("Trucks")), names=(FIRST, SECOND))
    figures = READER.inspect(path, russia, None)
    assert (figures["headline_total"], figures["vehicles"]) == (6, 4)
    kinds = [
        heading.kind for heading in read_page(path, "russia", 100_000, continuations=russia.continuations).headings
    ]
    assert kinds == ["headline", "category", "part_headline", "category"]


@pytest.mark.parametrize(
    ("pages", "reason"),
    [
        ((ONE,), "incomplete_list"),
        ((ONE, TWO), "incomplete_list"),
        ((TWO, LAST, _page(_category("Jammers"))), "wrong_page"),  # no headline
        ((ONE, _page("<h3>Ukraine - 2, of which: destroyed: 2</h3>" + _category("Trucks")), LAST), "wrong_page"),
        ((ONE, "<html><title>Consent</title></html>", LAST), "wrong_page"),
        ((ONE, TWO, "no page at all"), "not_html"),
        ((ONE, TWO.replace("<li>", "<p>"), LAST), "heading_without_entries"),
        ((ONE,) * 14, "too_many_parts"),
    ],
)
def test_a_bundle_that_is_not_the_whole_list_is_refused(
    tmp_path: Path, russia: SourceSpecification, pages: tuple[str, ...], reason: str
) -> None:
    names = (FIRST, SECOND, THIRD, *(f"/{number}.html" for number in range(20)))
    path = _bundle(tmp_path, *pages, names=names)
    with pytest.raises(ContentRefusedError) as caught:
        READER.inspect(path, russia, None)
    assert caught.value.reason == reason


def test_a_first_page_on_its_own_is_refused_and_told_what_is_missing(
    tmp_path: Path, russia: SourceSpecification
) -> None:
    path = tmp_path / "saved.html"
    path.write_text(ONE)
    with pytest.raises(ContentRefusedError, match=r"attack-on-europe-documenting-b\.html") as caught:
        READER.inspect(path, russia, None)
    assert caught.value.reason == "incomplete_list"


def test_a_list_that_stands_on_two_of_its_pages_is_refused(tmp_path: Path, russia: SourceSpecification) -> None:
    tanks = _category("Tanks", vehicles=100)
    first = ONE.replace(_category("Tanks"), tanks)
    path = _bundle(tmp_path, first, _page(tanks), names=(FIRST, SECOND))
    with pytest.raises(ContentRefusedError) as caught:
        READER.inspect(path, russia, None)
    assert caught.value.reason == "listed_twice"


def test_a_page_of_both_sides_is_never_a_bundle(tmp_path: Path) -> None:
    with pytest.raises(ContentRefusedError) as caught:
        READER.inspect(
            _bundle(tmp_path, ONE, TWO), specification("oryx_naval").model_copy(update={"title_says": None}), None
        )
    assert caught.value.reason == "too_many_parts"


def test_a_split_list_goes_into_bronze_whole(home: Home, httpserver: HTTPServer, russia: SourceSpecification) -> None:
    _serve(httpserver, {FIRST: ONE, SECOND: TWO, THIRD: LAST})
    (observation,) = _pull(home, httpserver, russia).observations
    summary = make_bronze(home)
    assert not summary.refused
    ledger = pq.read_table(
        home.bronze / "oryx_russia" / "ledger" / f"{observation.sha256}.v{READER.parser_version}.parquet"
    )
    assert ledger["rows_loaded"].to_pylist() == [2, 2, 2]
