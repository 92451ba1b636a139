"""What docs/layouts.md shows works as it stands there, and nothing that can happen is missing from it."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from boomerang.bronze import make_bronze
from boomerang.errors import ContentRefusedError, UsageError
from boomerang.home import PROJECT_ROOT, Home
from boomerang.landing.inbox import ingest
from boomerang.layouts import layouts, try_layout
from boomerang.sources.customs import recognise
from boomerang.sources.customs_statement import COLUMNS
from customs_tables import parse, reasons

PAGE = (PROJECT_ROOT / "docs" / "layouts.md").read_text(encoding="utf-8")
ROW_REASONS = (
    *("empty_row", "repeated_header", "missing_date", "bad_date", "unknown_record_kind", "unknown_direction"),
    *("bad_hs_code", "bad_procedure_code", "bad_number", "negative_quantity", "negative_value", "cell_too_long"),
    *("shifted_columns", "broken_quotes", "record_too_long", "nul_bytes", "bad_encoding"),
)


def shown(language: str) -> str:
    """The first block of a language on the page."""
    found = re.search(rf"```{language}\n(.*?)```", PAGE, flags=re.DOTALL)
    assert found is not None
    return found.group(1)


@pytest.fixture
def bills(home: Home) -> Path:
    """The page's file in a home that does not know its layout yet."""
    (home.root / "layouts").mkdir()
    path = home.temporary / "bills.csv"
    path.write_text(shown("csv"), encoding="utf-8")
    return path


def add(home: Home, name: str = "indian_shipping_bills", suffix: str = ".yml") -> None:
    text = shown("yaml").replace("name: indian_shipping_bills", f"name: {name}")
    (home.root / "layouts" / f"{name}{suffix}").write_text(text, encoding="utf-8")


def test_the_layout_of_the_page_reads_its_file_which_no_shipped_layout_does(home: Home, bills: Path) -> None:
    with pytest.raises(ContentRefusedError) as refusal:
        recognise(bills)
    assert refusal.value.reason == "layout_unknown"
    assert "docs/layouts.md" in refusal.value.what_to_do

    add(home)
    _counts, lines, quarantine = parse(bills, home.temporary / "out")
    assert [(line["declaration_number"], line["declared_on"]) for line in lines] == [
        ("SYN0001", date(2022, 8, 17)),
        ("SYN0002", date(2022, 11, 21)),  # 18:30 UTC on the 20th is midnight in India
    ]
    assert [(line["quantity"], line["value_usd"]) for line in lines] == [
        (Decimal(6), Decimal(6000)),
        (None, Decimal("1500.50")),
    ]
    assert {(line["record_kind"], line["direction"], line["value_basis"]) for line in lines} == {
        ("synthetic", "export", "fob")
    }
    assert reasons(quarantine) == {3: "bad_hs_code", 4: "bad_number"}


def test_the_file_of_the_page_goes_into_bronze_under_its_named_layout(
    home: Home, bills: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(home)
    monkeypatch.setenv("BOOMERANG_HOME", str(home.root))
    ingest(home, [bills], source="customs", layout="indian_shipping_bills")
    assert "2 rows loaded, 2 quarantined" in make_bronze(home).parsed[0]


def test_a_trial_says_what_the_page_shows(home: Home, bills: Path) -> None:
    add(home)
    said = try_layout(bills, home).render().splitlines()
    assert [line for line in shown("text").splitlines() if line not in {"...", *said}] == []


def test_a_file_that_fits_two_layouts_alike_is_not_guessed_but_can_be_named(home: Home, bills: Path) -> None:
    add(home)
    add(home, "other_bills")
    with pytest.raises(ContentRefusedError, match="alike: indian_shipping_bills, other_bills") as refusal:
        recognise(bills)
    assert refusal.value.reason == "layout_ambiguous"
    assert recognise(bills, layout_name="other_bills").name == "other_bills"


@pytest.mark.usefixtures("bills")
def test_a_layout_under_another_suffix_is_not_passed_over_silently(home: Home) -> None:
    add(home, suffix=".yaml")
    with pytest.raises(UsageError, match=r"suffix \.yaml"):
        layouts(home)


def test_the_page_names_every_layout_column_and_reason() -> None:
    package = PROJECT_ROOT / "include" / "boomerang"
    modules = [*package.glob("sources/customs*.py"), *package.glob("layouts/*.py")]
    code = "".join(path.read_text(encoding="utf-8") for path in modules)
    refusals = set(re.findall(r'ContentRefusedError\(\s*"([a-z_]+)"', code))
    assert {"zip_bomb", "aggregates", "layout_ambiguous"} <= refusals
    named = {*refusals, *ROW_REASONS, *COLUMNS, *layouts()}
    assert sorted(name for name in named if f"`{name}`" not in PAGE) == []
