"""Nights that build on the night before give the rows of one build from nothing, whatever came in which order."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from customs_home import BUILT_AT, CustomsHome, declarations

from boomerang.home import Home

Line = dict[str, str]


@dataclass(frozen=True)
class Delivery:
    """A file of declarations, and the day that it was observed on."""

    name: str
    as_of: str
    lines: tuple[Line, ...]


def item(declaration: int, number: str = "1", **said: str) -> Line:
    """A line of a declaration; without a number its content and place name it."""
    return {"ND": f"99001000/010223/{declaration:07}", "G32": number, **said}


DELIVERIES = (
    Delivery("first", "2023-03-01", (item(1), item(2), item(3), item(4, "0"), item(4, "0"))),
    # One line otherwise, one the same again, one that is new, and one more of the equal rows without a number.
    Delivery("second", "2023-03-05", (item(1, G31_7="6"), item(2), item(5), *[item(4, "0")] * 3)),
    # What the first file said of the first line is said again; the second line is corrected twice in one file.
    Delivery("third", "2023-03-09", (item(1), item(2, G46="2000"), item(2, G46="2500"))),
    # Comes last and was observed first: it takes no line's place, but makes them known earlier.
    Delivery("late", "2023-02-20", (item(1, G31_7="4"), item(3), item(6, G082='ООО "ПРИМЕР"', G081="", G31_71="КГ"))),
    # No line in common with any other; a unit and a country that no other file has.
    # One line is another's in all but its kind.
    Delivery("apart", "2023-03-02", (item(7, G31_71="КОМПЛ", G15A="IN"), item(7, RECORD_KIND="RECONSTRUCTED"))),
)


def land(home: CustomsHome, folder: Path, delivery: Delivery, as_of: str | None = None) -> None:
    home.land(declarations(folder / f"{delivery.name}.csv", *delivery.lines), as_of or delivery.as_of)


def opened(path: Path) -> CustomsHome:
    return CustomsHome(Home.open(path, profile="live"))


@pytest.fixture(scope="module")
def built_at_once(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("at_once")
    home = opened(folder / "home")
    for delivery in DELIVERIES:
        land(home, folder, delivery)
    status, said = home.build()
    assert status == 0, said
    return home.exports(folder / "exports")


def test_nights_in_another_order_give_the_rows_of_one_build(tmp_path: Path, built_at_once: dict[str, bytes]) -> None:
    home = opened(tmp_path / "home")
    nights = ((2,), (1, 3), (4,), (0,))
    for night, numbers in enumerate(nights):
        for number in numbers:
            land(home, tmp_path, DELIVERIES[number])
        status, said = home.build(tested=night == len(nights) - 1, built_at=BUILT_AT + timedelta(days=night))
        assert status == 0, said

    assert home.exports(tmp_path / "exports") == built_at_once
    touched = home.query("select count(distinct built_at) from intermediate.int_customs__lines_identified")
    assert touched == [(len(nights),)], "each night is to identify its own files alone"


def test_a_file_that_turns_out_to_have_been_observed_earlier_is_settled_anew(tmp_path: Path) -> None:
    first, second = DELIVERIES[:2]
    by_nights, at_once = opened(tmp_path / "by_nights"), opened(tmp_path / "at_once")
    land(by_nights, tmp_path, first)
    land(by_nights, tmp_path, second)
    assert by_nights.build(tested=False)[0] == 0
    land(by_nights, tmp_path, second, as_of="2023-02-01")
    assert by_nights.build(built_at=BUILT_AT + timedelta(days=1))[0] == 0

    land(at_once, tmp_path, second, as_of="2023-02-01")
    land(at_once, tmp_path, first)
    land(at_once, tmp_path, second)
    assert at_once.build(tested=False)[0] == 0

    assert by_nights.exports(tmp_path / "one") == at_once.exports(tmp_path / "other")
    standing = by_nights.query("select quantity from marts.fct_customs_lines where declaration_number like '%0000001'")
    assert [int(str(row[0]).split(".")[0]) for row in standing] == [5]


def test_equal_rows_without_item_number_are_as_many_lines_and_the_next_file_repeats_them(
    built_at_once: dict[str, bytes],
) -> None:
    lines = built_at_once["fct_customs_lines"].decode().splitlines()
    assert sum("/0000004" in line for line in lines) == 3


def test_a_synthetic_line_never_takes_the_place_of_a_real_one(built_at_once: dict[str, bytes]) -> None:
    lines = [line for line in built_at_once["fct_customs_lines"].decode().splitlines() if "/0000007" in line]
    assert sorted(kind for line in lines for kind in ("reconstructed", "synthetic") if f",{kind}," in line) == [
        "reconstructed",
        "synthetic",
    ]


def test_a_rate_that_comes_after_the_line_values_it_and_a_correction_of_the_rate_values_it_anew(tmp_path: Path) -> None:
    in_roubles = Delivery("roubles", "2023-03-01", (item(1, G46="", G45="780000,00"), item(2)))
    by_nights, at_once = opened(tmp_path / "by_nights"), opened(tmp_path / "at_once")
    land(by_nights, tmp_path, in_roubles)
    valued = "select value_usd, value_basis, currency, fx_rate, fx_on, fx_source from marts.fct_customs_lines where {}"
    converted = valued.format("declaration_number like '%0000001'")

    assert by_nights.build(tested=False)[0] == 0
    assert by_nights.query(converted) == [(None, "statistical", None, None, None, None)]

    # No rate is published for a Sunday: the last one before it is in force.
    for night, roubles in enumerate(("80", "78"), start=1):
        rates = euro_rates(tmp_path / f"{roubles}.zip", {"2023-01-29": ("1.00", roubles), "2023-02-02": ("1.00", "1")})
        by_nights.land_rates(rates, f"2023-03-0{1 + night}")
        assert by_nights.build(tested=False, built_at=BUILT_AT + timedelta(days=night))[0] == 0
        ((value, basis, currency, _, rate_on, source),) = by_nights.query(converted)
        assert (basis, currency, str(rate_on), source) == ("statistical", "RUB", "2023-01-29", "fx_ecb")
        assert value == round(Decimal(780_000) / Decimal(roubles), 4)
    assert by_nights.query(valued.format("declaration_number like '%0000002'")) == [
        (Decimal("1000.0000"), "statistical", None, None, None, None)
    ]

    # What takes its place is valued too; of the former line it is kept what was declared, which is no value in dollars.
    corrected = Delivery("corrected", "2023-03-04", (item(1, G46="", G45="790000,00"),))
    land(by_nights, tmp_path, corrected)
    assert by_nights.build(tested=True, built_at=BUILT_AT + timedelta(days=3))[0] == 0
    assert by_nights.query("select value_usd, value_basis from marts.customs_lines_superseded") == [
        (None, "statistical")
    ]

    for roubles, as_of in (("78", "2023-03-03"), ("80", "2023-03-02")):
        at_once.land_rates(tmp_path / f"{roubles}.zip", as_of)
    land(at_once, tmp_path, in_roubles)
    land(at_once, tmp_path, corrected)
    assert at_once.build(tested=False)[0] == 0
    assert by_nights.exports(tmp_path / "one") == at_once.exports(tmp_path / "other")


def euro_rates(path: Path, days: dict[str, tuple[str, str]]) -> Path:
    """The European Central Bank's history of a few days: dollars and roubles for one euro."""
    rows = [f"{day},{dollars},{roubles}," for day, (dollars, roubles) in sorted(days.items(), reverse=True)]
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("eurofxref-hist.csv", "\n".join(["Date,USD,RUB,", *rows, ""]))
    return path
