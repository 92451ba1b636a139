"""What single texts of an Oryx page mean: links, statuses, headings, flags, picture names."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boomerang.sources.oryx import (
    PHRASES,
    Figures,
    LinkReading,
    Unread,
    counted_status,
    producer_country,
    read_figures,
    read_link_text,
    read_pictured_on,
    read_status,
)

NUMBERS = st.lists(st.integers(min_value=1, max_value=99_999), min_size=1, max_size=25, unique=True)


def _listed(numbers: list[int], last: str) -> str:
    words = [str(number) for number in numbers]
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + last + words[-1]


@given(
    numbers=NUMBERS,
    last=st.sampled_from([" and ", ", and ", ", ", " ", "  and ", " & "]),
    before_status=st.sampled_from([", ", " ", ","]),
    status=st.sampled_from(["destroyed", "damaged and captured", "with ZU-23 AA gun, abandoned", "sunk"]),
    brackets=st.sampled_from(["({})", "{})", "({}", " ( {} ) "]),
)
def test_any_list_of_numbers_in_the_pages_style_reads_back(
    numbers: list[int], last: str, before_status: str, status: str, brackets: str
) -> None:
    reading = read_link_text(brackets.format(_listed(numbers, last) + before_status + status))
    assert isinstance(reading, LinkReading)
    assert list(reading.numbers) == numbers
    assert reading.status_text == status


@given(st.text(alphabet="0123456789 ,-–()andestroyed&to\u00a0", max_size=40))
def test_a_reading_never_holds_a_number_that_is_not_displayed(text: str) -> None:
    reading = read_link_text(text)
    if isinstance(reading, LinkReading):
        assert list(reading.numbers) == [int(number) for number in re.findall(r"\d+", text)]
        assert read_status(reading.status_text) == reading.status
    else:
        assert reading.reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("(1-3, destroyed)", "range_of_numbers"),
        ("(1 – 3, destroyed)", "range_of_numbers"),
        ("(10 to 12, captured)", "range_of_numbers"),
        ("(1, 3-5, captured)", "range_of_numbers"),
        ("(destroyed)", "unreadable_numbers"),
        ("(3 and 3, destroyed)", "unreadable_numbers"),
        ("(0, destroyed)", "unreadable_numbers"),
        ("(1/2, destroyed)", "unreadable_numbers"),
        (f"({'9' * 5000}, destroyed)", "unreadable_numbers"),
        (f"({', '.join(map(str, range(1, 500)))}, destroyed)", "unreadable_numbers"),
        ("(4,)", "no_status"),
        ("(4, vaporised)", "unknown_status"),
        ("(4, not destroyed)", "unknown_status"),
        ("(4, stripped)", "unknown_status"),
        ("(4, destroyed?)", "unknown_status"),
        ("(4, with gun destroyed)", "unknown_status"),
    ],
)
def test_what_is_not_certain_is_not_read(text: str, reason: str) -> None:
    reading = read_link_text(text)
    assert isinstance(reading, Unread)
    assert reading.reason == reason


@pytest.mark.parametrize(
    ("text", "flags", "qualifier"),
    [
        ("destroyed", {"destroyed"}, None),
        ("damaged and captured", {"damaged", "captured"}, None),
        ("damagd and captured", {"damaged", "captured"}, None),
        ("damaged and abanonded", {"damaged", "abandoned"}, None),
        ("damaged, abandoned and later destroyed", {"damaged", "abandoned", "destroyed"}, None),
        ("captured and stripped", {"captured"}, "stripped"),
        ("sunk", {"destroyed"}, "sunk"),
        ("sunk but later raised by Russia", {"destroyed"}, "sunk; but later raised by Russia"),
        ("scuttled to prevent capture by Russia", {"destroyed"}, "scuttled; to prevent capture by Russia"),
        ("with\u00a0RP-377VM1 jammer, captured".replace("\u00a0", " "), {"captured"}, "with RP-377VM1 jammer"),
        ("ambulance, captured", {"captured"}, "ambulance"),
        ("destroyed in a non-combat related incident", {"destroyed"}, "in a non-combat related incident"),
        ("damaged beyond economical repair on the ground", {"damaged"}, "beyond economical repair; on the ground"),
        ("damaged by Bayraktar TB2 and captured", {"damaged", "captured"}, "by Bayraktar TB2"),
        ("Lubny 'P178', sunk", {"destroyed"}, "Lubny 'P178'; sunk"),
        (
            "Lubny 'P178', sunk but later raised by Russia",
            {"destroyed"},
            "Lubny 'P178'; sunk; but later raised by Russia",
        ),
        ("sunk and later raised by Russia", {"destroyed"}, "sunk; raised by Russia"),
        ("'RF-00000' '00 Red', destroyed on the ground", {"destroyed"}, "'RF-00000'; '00 Red'; on the ground"),
        ("BG-32 'Donbass' sunk", {"destroyed"}, "BG-32 'Donbass'; sunk"),
        ("Captured", {"captured"}, None),
    ],
)
def test_status_text_sets_the_flags_that_it_names(text: str, flags: set[str], qualifier: str | None) -> None:
    reading = read_status(text)
    assert reading is not None
    assert (set(reading.flags), reading.qualifier) == (flags, qualifier)


@pytest.mark.parametrize("text", ["", "and", "with gun,", "by Lancet", "burned", "destroyed by mistake, repaired"])
def test_status_text_without_a_known_status_or_with_more_than_is_known_is_not_read(text: str) -> None:
    assert read_status(text) is None


def test_a_free_qualifier_never_swallows_a_status() -> None:
    assert read_status("with captured gun, destroyed") is None


def test_a_vehicle_counts_once_destroyed_before_captured_before_abandoned_before_damaged() -> None:
    assert counted_status(frozenset({"captured", "destroyed"})) == "destroyed"
    assert counted_status(frozenset({"abandoned", "captured", "damaged"})) == "captured"
    assert counted_status(frozenset({"damaged", "abandoned"})) == "abandoned"
    assert counted_status(frozenset({"damaged"})) == "damaged"


def test_every_phrase_that_is_not_plain_tells_why() -> None:
    plain = {"destroyed", "damaged", "abandoned", "captured"}
    assert all(phrase.why for word, phrase in PHRASES.items() if phrase.sets and word not in plain)


@pytest.mark.parametrize(
    ("text", "figures"),
    [
        (
            "1907, of which destroyed: 1161, damaged: 101, abandoned: 101, captured: 544",
            Figures(1907, destroyed=1161, damaged=101, abandoned=101, captured=544),
        ),
        ("17, of which destroyed: 3, captured: 14", Figures(17, destroyed=3, captured=14)),
        ("1,907, of which: destroyed: 1,161", Figures(1907, destroyed=1161)),
        ("80, of which destroyed: 72 damaged 8", Figures(80, destroyed=72, damaged=8)),
        ("12", Figures(12)),
        ("12, of which mislaid: 3", None),
        ("4, of which sunk: 2, destroyed: 1, damaged: 1", Figures(4, destroyed=3, damaged=1)),
        ("12, of which destroyed: 3, destroyed: 4", None),
        ("12, of which destroyed:", None),
        ("many", None),
    ],
)
def test_figures_of_a_heading_are_read_whole_or_not_at_all(text: str, figures: Figures | None) -> None:
    assert read_figures(text) == figures


@pytest.mark.parametrize(
    ("flag", "country"),
    [
        ("https://host/thumb/a/a9/Flag_of_the_Soviet_Union.svg/23px-Flag_of_the_Soviet_Union.svg.png", "Soviet Union"),
        ("23px-Flag_of_Canada_%28Pantone%29.svg.png", "Canada"),
        ("23px-Flag_of_South_Korea_%281949%E2%80%931984%29.svg.png", "South Korea"),
        ("23px-Flag_of_the_People%27s_Republic_of_China.svg.png", "People's Republic of China"),
        ("23px-Flag_of_Atlantis.svg.png", None),
        ("k0.jpg", None),
    ],
)
def test_producer_country_is_the_flags_or_not_known(flag: str, country: str | None) -> None:
    assert producer_country(flag) == country


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("1027-t55-dam-05-08-22.jpg", date(2022, 8, 5)),
        ("1027_t55_05-08-22.png?dl=1", date(2022, 8, 5)),
        ("a-24-02-22.jpg", date(2022, 2, 24)),
        ("a-30-06-23.jpg", date(2023, 6, 30)),
        ("a-23-02-22.jpg", None),  # before the invasion
        ("a-01-07-23.jpg", None),  # after the page
        ("a-31-02-23.jpg", None),  # no such day
        ("a-05-08-22-1.jpg", None),  # not at the end
        ("1021-t72b3-destr-2022-09-12.jpg", date(2022, 9, 12)),
        ("2022-04-07-t-72b3-2.jpg", date(2022, 4, 7)),
        ("2022-04-07-t-72b3-07-04-22.jpg", date(2022, 4, 7)),  # twice, and the same
        ("2022-04-07-t-72b3-08-04-22.jpg", None),  # two dates
        ("2022-05-08-23.jpg", None),  # 8 May 2022 and a number, or a number and 5 August 2023
        ("1337-t72obr2022-16-10-22.jpg", date(2022, 10, 16)),  # the name ends with a year; there is no 16th month
        ("1031-t80bv-2022-03-07-22.jpg", None),  # 7 March 2022 and a number, or 3 July 2022
        ("2007_MAN_KAT_4x4_destr_28_01_23.jpg", date(2023, 1, 28)),
        ("1043-uaz452-28-06-23-jpg.jpg", date(2023, 6, 28)),
        ("10-21-2022-UA-T-64-BV-2-destroyed.png", date(2022, 10, 21)),  # month first, for there is no 21st month
        ("1041-orlan10-capt-24-06-2022.jpg", date(2022, 6, 24)),  # day first
        ("11-11-2022-BMP-2-destroyed.png", date(2022, 11, 11)),  # both
        ("04-01-2022-BMP-2-Captured.png", date(2022, 4, 1)),  # 4 January 2022 is before the invasion
        ("10-05-2022-BMP-2-captured.png", None),  # 10 May or 5 October
        ("1090-BTR-82-AT-destr-14-4-23.jpg", None),  # one digit may belong to a model's name
        ("2001-Old-loss-from-25-02-2022-Destroyed-PRV-16.jpg", None),  # in the middle
        ("1050-msta-s-destr-26-12-233.jpg", None),
        ("1006-R-166-0-5.jpg", None),
        ("1001-72-1-destr.jpg", None),
        ("zBC4NPVv", None),
    ],
)
def test_date_in_a_pictures_name_is_taken_only_where_it_can_be_true(name: str, day: date | None) -> None:
    assert read_pictured_on(f"https://pictures.example.org/x/{name}", date(2023, 6, 30)) == day


def test_without_the_pages_own_date_no_pictures_date_can_be_confirmed() -> None:
    assert read_pictured_on("https://pictures.example.org/a-05-08-22.jpg", None) is None
