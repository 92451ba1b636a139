"""Whole Oryx pages: both layouts, what is accounted for, what is refused."""

from __future__ import annotations

import gzip
import time
from datetime import date
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from boomerang.errors import ContentRefusedError
from boomerang.home import PROJECT_ROOT
from boomerang.sources.oryx import READER, read_page
from boomerang.sources.specification import (
    QUARANTINE_SCHEMA,
    LandedFile,
    MemberCount,
    specification,
)

FIXTURES = PROJECT_ROOT / "tests" / "fixtures" / "oryx"
SHA256 = "5" * 64


def _inspect(path: Path, source: str = "oryx_russia") -> dict[str, int]:
    return READER.inspect(path, specification(source), None)


def _parse(path: Path, output: Path, source: str = "oryx_russia") -> list[MemberCount]:
    return READER.parse(
        LandedFile(path=path, sha256=SHA256, file_name=path.name, specification=specification(source)), output
    )


def _page(tmp_path: Path, body: str, headline: str = "Russia - 3, of which: destroyed: 3") -> Path:
    path = tmp_path / "page.html"
    path.write_text(
        "<html><head><meta content='2023-06-30T12:00:00Z' itemprop='dateModified'></head>"
        f"<body><div class='post-body'><h3>{headline}</h3>{body}</div></body></html>",
        encoding="utf-8",
    )
    return path


def _tanks(*links: str, heading: str = "<h3>Tanks (3, of which destroyed: 3)</h3>") -> str:
    return f"{heading}<ul><li>3 T-72A: {' '.join(links)}</li></ul>"


def _loss(text: str, url: str = "https://pictures.example.org/1.jpg") -> str:
    return f'<a href="{url}">{text}</a>'


def _refusal(path: Path, source: str = "oryx_russia") -> ContentRefusedError:
    with pytest.raises(ContentRefusedError) as caught:
        _inspect(path, source)
    return caught.value


# --- the fixtures


def test_list_layout_reads_every_vehicle_with_its_model_numbers_and_status(tmp_path: Path) -> None:
    assert _parse(FIXTURES / "list.html", tmp_path) == [MemberCount(rows_in=11, rows_loaded=11, rows_quarantined=0)]
    found = duckdb.sql(
        f"select model, numbers, is_destroyed, is_damaged, is_abandoned, is_captured "
        f"from '{tmp_path}/loss_links.parquet' order by _source_row"
    ).fetchall()
    assert found == [
        ("T-72A", [1], True, False, False, False),
        ("T-72A", [2, 3], False, True, True, False),
        ("T-72A", [4], False, True, False, False),
        ("T-72A", [5], True, False, False, False),
        ("T-90M", [1], False, False, False, True),
        ("T-90M", [2], True, False, False, False),
        ("T-90M", [3], False, True, False, False),
        ("T-90M", [4], False, False, False, True),
        ("55K6A", [1], True, False, False, True),
        ("2 m cabin for K-4386", [1, 2, 3], True, False, False, False),
        ("2 m cabin for K-4386", [4, 5], False, False, False, True),
    ]


def test_details_layout_reads_the_same_way(tmp_path: Path) -> None:
    counts = _parse(FIXTURES / "details.html", tmp_path, "oryx_ukraine")
    assert counts == [MemberCount(rows_in=7, rows_loaded=7, rows_quarantined=0)]
    found = duckdb.sql(
        f"select category, model, numbers, status_text, qualifier from '{tmp_path}/loss_links.parquet' "
        "order by _source_row"
    ).fetchall()
    assert found == [
        ("Tanks", "PT-91 Twardy", [1], "destroyed", None),
        ("Tanks", "PT-91 Twardy", [2], "damaged", None),
        ("Tanks", "Challenger 2", [1], "destroyed by Lancet", "by Lancet"),
        ("Tanks", "Challenger 2", [2], "captured", None),
        ("Naval Ships", "Project 58155 gunboat", [1], "'U-170' sunk", "'U-170'; sunk"),
        ("Naval Ships", "Project 1400M patrol boat", [1], "unknown ID, captured", "unknown ID"),
        ("Naval Ships", "Project 1400M patrol boat", [2, 3], "destroyed", None),
    ]


def test_headline_and_headings_are_kept_as_displayed_roll_ups_apart(tmp_path: Path) -> None:
    _parse(FIXTURES / "details.html", tmp_path, "oryx_ukraine")
    found = duckdb.sql(
        f"select kind, category, displayed_total, displayed_destroyed, displayed_damaged "
        f"from '{tmp_path}/headings.parquet' order by _source_row"
    ).fetchall()
    assert found == [
        ("headline", None, 1012, 700, 100),
        ("roll_up", "Losses of Armoured Combat Vehicles [Tanks, AFVs]", 600, 500, None),
        ("category", "Tanks", 4, 2, 1),
        ("category", "Naval Ships", 4, 3, None),
    ]


def test_first_bracket_of_a_heading_is_not_its_count(tmp_path: Path) -> None:
    _parse(FIXTURES / "list.html", tmp_path)
    found = duckdb.sql(
        f"select category, displayed_total from '{tmp_path}/headings.parquet' where category like 'Mine%'"
    ).fetchall()
    assert found == [("Mine-Resistant Ambush Protected (MRAP) Vehicles", 6)]


def test_entries_keep_count_flag_and_text(tmp_path: Path) -> None:
    _parse(FIXTURES / "list.html", tmp_path)
    found = duckdb.sql(
        f"select model, displayed_count, producer_country, text from '{tmp_path}/entries.parquet' order by _source_row"
    ).fetchall()
    assert found == [
        ("T-72A", 5, "Soviet Union", "5 T-72A"),
        ("T-90M", 4, "Russia", "4 T-90M"),
        ("55K6A", 1, None, "1 55K6A"),
        ("2 m cabin for K-4386", 5, None, "5 2 m cabin for K-4386"),
    ]


def test_links_point_to_their_entry_and_carry_a_clean_address_and_the_pictures_date(tmp_path: Path) -> None:
    _parse(FIXTURES / "list.html", tmp_path)
    found = duckdb.sql(
        f"select entry_row, url, pictured_on from '{tmp_path}/loss_links.parquet' order by _source_row limit 5"
    ).fetchall()
    assert found == [
        (1, "https://pictures.example.org/a/1001-t72a-destr-05-06-23.jpg", date(2023, 6, 5)),
        (1, "https://pictures.example.org/a/2x-t72a.jpg", None),
        (1, "https://pictures.example.org/a/split.jpg", None),
        (1, "https://social.example.org/status/5", None),
        (2, "https://pictures.example.org/a/t90m-31-02-23.jpg", None),
    ]


def test_inspect_counts_what_bounds_are_declared_for() -> None:
    assert _inspect(FIXTURES / "list.html") == {
        "vehicles": 15,
        "loss_links": 11,
        "quarantined": 0,
        "categories": 2,
        "entries": 4,
        "headline_total": 21,
        "destroyed": 7,
        "damaged": 2,
        "abandoned": 2,
        "captured": 4,
        "unknown_flags": 1,
        "empty_links": 1,
        "links_of_other_side": 0,
        "links_of_unknown_side": 0,
        "parts": 1,
        "category:Tanks": 9,
        "category:Mine-Resistant Ambush Protected (MRAP) Vehicles": 6,
    }


def test_files_have_the_declared_schemas_and_provenance(tmp_path: Path) -> None:
    _parse(FIXTURES / "list.html", tmp_path)
    for name, schema in (READER.tables | {"quarantine": QUARANTINE_SCHEMA}).items():
        table = pq.read_table(tmp_path / f"{name}.parquet")
        assert table.schema.equals(schema), name
        assert set(table["_source_sha256"].to_pylist()) <= {SHA256}
    page = pq.read_table(tmp_path / "pages.parquet").to_pylist()[0]
    assert (page["layout"], page["side"]) == ("list", "russia")
    assert page["modified_at"].isoformat() == "2023-06-30T12:00:00+00:00"


def test_parsing_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        _parse(FIXTURES / "list.html", tmp_path / name)
    for path in sorted((tmp_path / "a").iterdir()):
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


def test_packed_page_reads_like_the_page(tmp_path: Path) -> None:
    packed = tmp_path / "page.html.gz"
    packed.write_bytes(gzip.compress((FIXTURES / "list.html").read_bytes()))
    assert _inspect(packed) == _inspect(FIXTURES / "list.html")


# --- nothing is lost


@pytest.mark.parametrize(
    ("links", "reason"),
    [
        (_loss("(2-4, destroyed)"), "range_of_numbers"),
        (_loss("(2, teleported)"), "unknown_status"),
        ("(2, destroyed)", "no_link"),
        (_loss("(2, destroyed)", "javascript:alert(1)"), "bad_url"),
        (_loss("(2,", "https://a.example/1") + _loss("destroyed)", "https://b.example/2"), "no_status"),
    ],
)
def test_loss_that_cannot_be_read_lies_in_the_quarantine_with_its_text(tmp_path: Path, links: str, reason: str) -> None:
    path = _page(tmp_path, _tanks(_loss("(1, destroyed)"), links))
    output = tmp_path / "out"
    output.mkdir()
    (count,) = _parse(path, output)
    rows = pq.read_table(output / "quarantine.parquet").to_pylist()
    assert count.rows_loaded == 1
    assert count.rows_in == 1 + len(rows)
    assert rows[0]["reason"] == reason
    assert rows[0]["_source_row"] == 2
    assert "(2" in rows[0]["content"]
    assert "3 T-72A" in rows[0]["content"]


def test_loss_outside_any_model_line_lies_in_the_quarantine(tmp_path: Path) -> None:
    path = _page(tmp_path, _tanks(_loss("(1, destroyed)")) + "<p>" + _loss("(2, destroyed)") + "</p>")
    page = read_page(path, "russia", 10_000)
    assert [link.unread.reason for link in page.unread] == ["outside_model_line"]


def test_line_without_a_model_gives_no_loss_without_a_model(tmp_path: Path) -> None:
    lines = f"<li>{_loss('(1, captured)')}</li><li>2&nbsp;: {_loss('(1, captured)')}</li>"
    page = read_page(_page(tmp_path, _tanks(_loss("(1, destroyed)")) + f"<ul>{lines}</ul>"), "russia", 10_000)
    assert [link.unread.reason for link in page.unread] == ["no_model", "no_model"]


def test_label_that_a_link_cuts_in_two_is_no_loss(tmp_path: Path) -> None:
    body = "<h3>Radars (1, of which destroyed: 1)</h3><li>1 9S36 (for Buk-M2): " + _loss("(1, destroyed)") + "</li>"
    page = read_page(_page(tmp_path, body), "russia", 10_000)
    assert [(line.model, line.displayed_count) for line in page.lines] == [("9S36 (for Buk-M2)", 1)]
    assert page.unread == []


def test_archived_copy_keeps_the_original_addresses(tmp_path: Path) -> None:
    link = _loss("(1, destroyed)", "https://web.archive.org/web/20230424101010/https://pictures.example.org/1.jpg")
    page = read_page(_page(tmp_path, _tanks(link)), "russia", 10_000)
    assert page.losses[0].url == "https://pictures.example.org/1.jpg"


def test_early_page_with_both_sides_gives_each_source_its_own(tmp_path: Path) -> None:
    path = _page(
        tmp_path,
        _tanks(_loss("(1, destroyed)"))
        + "<h3>Ukraine - 2, of which: destroyed: 2</h3>"
        + _tanks(_loss("(1, destroyed)"), _loss("(2, captured)")),
    )
    assert _inspect(path)["vehicles"] == 1
    assert _inspect(path)["links_of_other_side"] == 2
    assert _inspect(path, "oryx_ukraine")["vehicles"] == 2
    kinds = [heading.kind for heading in read_page(path, "russia", 10_000).headings]
    assert kinds == ["headline", "category", "other_side", "other_side"]


def test_two_brackets_in_one_link_are_two_losses_and_a_line_needs_no_colon(tmp_path: Path) -> None:
    body = "<h3>Stations (2, of which destroyed: 2)</h3><ul><li>2 R-142NSA " + _loss("(1, destroyed) (2, destroyed)")
    page = read_page(_page(tmp_path, body + "</li></ul>"), "russia", 10_000)
    assert [(loss.line.model, loss.reading.numbers) for loss in page.losses] == [("R-142NSA", (1,)), ("R-142NSA", (2,))]


@pytest.mark.parametrize(
    ("label", "count", "model"),
    [
        ("2 1V18 command vehicle:", 2, "1V18 command vehicle"),
        ("1 55K6A:", 1, "55K6A"),
        ("1&nbsp;2 m cabin for K-4386:", 1, "2 m cabin for K-4386"),
        ("1,024 T-72B3:", 1024, "T-72B3"),
        ("2K22M1 Tunguska:", None, "2K22M1 Tunguska"),
    ],
)
def test_a_model_that_begins_with_a_digit_keeps_it(tmp_path: Path, label: str, count: int | None, model: str) -> None:
    body = f"<h3>Vehicles (1, of which destroyed: 1)</h3><ul><li>{label} {_loss('(1, destroyed)')}</li></ul>"
    page = read_page(_page(tmp_path, body), "russia", 10_000)
    assert [(line.displayed_count, line.model) for line in page.lines] == [(count, model)]


def _category(name: str, total: int) -> str:
    links = " ".join(_loss(f"({number}, destroyed)") for number in range(1, total + 1))
    return f"<h3>{name} ({total}, of which destroyed: {total})</h3><ul><li>{total} {name} type 1: {links}</li></ul>"


@pytest.mark.parametrize(
    "roll_up",
    [
        "Losses excluding Recon Drones and Trucks - 9, of which: destroyed: 9",
        "Losses of Armoured Combat Vehicles [Tanks, AFVs] - 5, of which: destroyed: 5",
        "All armour (5, of which destroyed: 5)",
        "Armoured Combat Vehicles (5, of which destroyed: 5)",  # told by its sum alone
    ],
)
def test_a_roll_up_is_no_category_and_its_vehicles_count_once(tmp_path: Path, roll_up: str) -> None:
    body = f"<h3>{roll_up}</h3>" + _category("Tanks", 3) + _category("AFVs", 2) + _category("Radars", 4)
    page = read_page(_page(tmp_path, body), "russia", 100_000)
    assert [heading.kind for heading in page.headings] == ["headline", "roll_up", "category", "category", "category"]
    assert {name for name in page.figures if name.startswith("category:")} == {
        "category:Tanks",
        "category:AFVs",
        "category:Radars",
    }
    assert page.figures["vehicles"] == 9


def test_a_category_whose_lines_are_gone_is_no_roll_up(tmp_path: Path) -> None:
    body = "<h3>Jammers (4, of which destroyed: 4)</h3>" + _category("Tanks", 3) + _category("Radars", 4)
    assert _refusal(_page(tmp_path, body)).reason == "heading_without_entries"


def test_a_list_that_stands_there_twice_is_refused(tmp_path: Path) -> None:
    tanks = _category("Tanks", 200)
    lines = tanks.partition("</h3>")[2]
    refusal = _refusal(_page(tmp_path, tanks + lines))
    assert refusal.reason == "listed_twice"
    assert "200 of 400" in str(refusal)


# --- what is refused


def test_too_many_unreadable_links_refuse_the_page_with_examples(tmp_path: Path) -> None:
    links = [_loss(f"({number}, destroyed)") for number in range(1, 1_000)]
    unread = [_loss(f"({number}, lost?)") for number in range(1_000, 1_006)]
    assert _inspect(_page(tmp_path, _tanks(*links, *unread[:5])))["quarantined"] == 5  # half a per cent is borne
    refusal = _refusal(_page(tmp_path, _tanks(*links, *unread)))
    assert refusal.reason == "too_many_unreadable"
    assert "(1000, lost?)" in str(refusal)
    assert "PHRASES" in str(refusal)


def test_an_unknown_status_on_a_short_page_is_quarantined_and_the_page_taken(tmp_path: Path) -> None:
    links = [_loss("(1, destroyed)"), _loss("(2, vaporised)")]
    assert _inspect(_page(tmp_path, _tanks(*links)))["quarantined"] == 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"PK\x03\x04 a workbook", "damaged_bundle"),
        (b"\xff\xfe<\x00h\x00t\x00m\x00l\x00>\x00", "not_html"),
        (b"name;count\n1;2\n", "not_html"),
        (b"<html><body><p>503 Service Unavailable</p></body></html>", "wrong_page"),
        (b"\x1f\x8b not gzip", "not_html"),
        (
            b"<!doctype html><html><title>Before you continue</title><form>Accept all cookies</form></html>",
            "wrong_page",
        ),
    ],
)
def test_bytes_that_are_no_page_are_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "page.html"
    path.write_bytes(content)
    assert _refusal(path).reason == reason


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_page_cut_anywhere_is_refused(tmp_path: Path, share: float) -> None:
    whole = (FIXTURES / "list.html").read_bytes()
    path = tmp_path / "page.html"
    path.write_bytes(whole[: int(len(whole) * share)])
    assert _refusal(path).reason == "truncated"
    packed = gzip.compress(whole)
    path.write_bytes(packed[: int(len(packed) * share)])
    assert _refusal(path).reason == "truncated"


def test_the_other_sides_page_is_refused() -> None:
    refusal = _refusal(FIXTURES / "list.html", "oryx_ukraine")
    assert refusal.reason == "wrong_page"
    assert "Russia - 21" in str(refusal)


def test_page_without_a_single_loss_is_refused(tmp_path: Path) -> None:
    assert _refusal(_page(tmp_path, "<p>Nothing here.</p>")).reason == "no_entries"


@pytest.mark.parametrize(
    "body",
    [
        _tanks(_loss("(1, destroyed)"), heading="<h3>Tanks (3, of which exploded: 3)</h3>"),
        _tanks(_loss("(1, destroyed)"), heading="<h3>Tanks</h3>"),
        _tanks(_loss("(1, destroyed)"), heading=""),
        _tanks(_loss("(1, destroyed)"), heading="<h3>Losses of Armoured Vehicles - 3, of which: destroyed: 3</h3>"),
    ],
)
def test_heading_that_does_not_say_its_category_and_figures_refuses_the_page(tmp_path: Path, body: str) -> None:
    assert _refusal(_page(tmp_path, body)).reason == "heading_unparsed"


def test_category_that_lost_its_lines_refuses_the_page(tmp_path: Path) -> None:
    body = "<h3>Radars (31, of which destroyed: 31)</h3>" + _tanks(_loss("(1, destroyed)"))
    refusal = _refusal(_page(tmp_path, body))
    assert refusal.reason == "heading_without_entries"
    assert "Radars" in str(refusal)


# --- hostile pages


def test_page_that_unpacks_to_more_than_the_limit_is_refused(tmp_path: Path) -> None:
    bomb = tmp_path / "page.html.gz"
    with gzip.open(bomb, "wb", compresslevel=1) as stream:
        for _ in range(20):
            stream.write(b" " * 1_000_000)
    assert _refusal(bomb).reason == "too_large"


def test_script_text_is_never_read_as_a_loss() -> None:
    page = read_page(FIXTURES / "list.html", "russia", 10_000)
    assert "T-14" not in {line.model for line in page.lines}


@pytest.mark.parametrize(
    "body",
    [
        "<span>" * 200_000,
        "<details>" * 100_000,
        "<a href='x'>(1," * 50_000,
        "<li>1 T-72: " + "<a href='https://e.example/'>(</a>" * 50_000,
        "<h3>" + "(1" * 200_000 + "</h3>",
        "<h3>" + "- 1, " * 100_000 + "</h3>",
        "<li>" + ", " * 200_000 + "</li>",
        "<li>1 T-72: <a href='https://e.example/'>(" + "1, " * 100_000 + "</a></li>",
        "<!--" + "--><!--" * 50_000 + "-->",
        f"<p data-x='{'x' * 5_000_000}'>",
        f"<h3>Tanks (1, of which destroyed: 1)</h3><li>1 {'T' * 3_000_000}: {_loss('(1, destroyed)') * 500}</li>",
        f"<h3>{'T' * 3_000_000} (1, of which destroyed: 1)</h3>",
        "<h3>Tanks (9, of which destroyed: 9)</h3><li>9 T-72: "
        + _loss("(1, destroyed)", "https://e.example/" + "x" * 10**6) * 4,
        "<script>" + _loss("(1, destroyed)") * 50_000 + "</script>",
        "<h3>x</h3>" * 100_000,
        "<h3>Russia - 1, of which: destroyed: 1</h3>" * 50_000,
    ],
)
def test_hostile_markup_ends_soon_in_an_answer(tmp_path: Path, body: str) -> None:
    path = _page(tmp_path, body + _tanks(_loss("(1, destroyed)")))
    path.write_text(path.read_text() + "<!---->" * 2_000)
    started = time.process_time()
    try:
        assert _inspect(path)["vehicles"] >= 1
    except ContentRefusedError as refusal:
        assert refusal.reason
    assert time.process_time() - started < 60  # linear work takes a part of a second; a runaway one takes hours


def test_a_million_links_are_refused_before_they_are_read(tmp_path: Path) -> None:
    path = _page(tmp_path, _tanks(*["<a>(1, destroyed)</a>"] * 400_000))
    assert path.stat().st_size < specification("oryx_russia").maximum_bytes
    assert _refusal(path).reason == "too_many_links"
    path.write_text(path.read_text().replace("</ul>", "<a>(1, destroyed)</a>" * 600_000))
    assert _refusal(path).reason == "too_large"


def test_an_address_without_end_lies_in_the_quarantine_cut_short(tmp_path: Path) -> None:
    path = _page(tmp_path, _tanks(_loss("(1, destroyed)"), _loss("(2, destroyed)", "https://e.example/" + "x" * 10**6)))
    (link,) = read_page(path, "russia", 10_000_000).unread
    assert (link.unread.reason, len(link.content)) == ("bad_url", 2_000)


def test_page_nested_without_end_is_refused(tmp_path: Path) -> None:
    assert _refusal(_page(tmp_path, "<details>" * 3_000 + _tanks(_loss("(1, destroyed)")))).reason == "too_deep"
