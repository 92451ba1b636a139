"""What docs/layouts.md shows works as it stands there, and nothing that can happen is missing from it."""

from __future__ import annotations

import re
import zipfile
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
from boomerang.sources.customs_statement import AGGREGATE_COLUMNS, COLUMNS
from customs_tables import parse, reasons, row, write_csv

PAGE = (PROJECT_ROOT / "docs" / "layouts.md").read_text(encoding="utf-8")
ROW_REASONS = (
    *("empty_row", "repeated_header", "missing_date", "bad_date", "unknown_record_kind", "unknown_direction"),
    *("missing_month", "bad_month", "month_differs", "merged_cells", "formula"),
    *("bad_hs_code", "bad_procedure_code", "bad_number", "negative_quantity", "negative_value", "cell_too_long"),
    *("shifted_columns", "broken_quotes", "record_too_long", "nul_bytes", "bad_encoding"),
)


def shown(language: str) -> str:
    """The first block of a language on the page."""
    found = re.search(rf"```{language}\n(.*?)```", PAGE, flags=re.DOTALL)
    assert found is not None
    return found.group(1)


@pytest.fixture
def imports(home: Home) -> Path:
    """The page's file in a home that does not know its layout yet."""
    (home.root / "layouts").mkdir()
    path = home.temporary / "imports.csv"
    path.write_text(shown("csv"), encoding="utf-8")
    return path


def add(home: Home, name: str = "turkish_imports", suffix: str = ".yml") -> None:
    text = shown("yaml").replace("name: turkish_imports", f"name: {name}")
    (home.root / "layouts" / f"{name}{suffix}").write_text(text, encoding="utf-8")


def test_the_layout_of_the_page_reads_its_file_which_no_shipped_layout_does(home: Home, imports: Path) -> None:
    with pytest.raises(ContentRefusedError) as refusal:
        recognise(imports)
    assert refusal.value.reason == "layout_unknown"
    assert "docs/layouts.md" in refusal.value.what_to_do

    add(home)
    _counts, lines, quarantine = parse(imports, home.temporary / "out")
    assert [(line["declaration_number"], line["declared_on"]) for line in lines] == [
        ("SYN0002", date(2022, 11, 21)),  # 21:00 UTC on the 20th is midnight in Istanbul
        ("SYN0004", date(2022, 11, 21)),
    ]
    assert [(line["quantity"], line["value_usd"]) for line in lines] == [
        (None, Decimal("1500.50")),
        (Decimal(2), Decimal("1500.50")),
    ]
    assert [(line["procedure_code"], line["local_value"], line["local_currency"]) for line in lines] == [
        ("6123", Decimal(27000), "TRY"),
        ("4000", Decimal(27000), "TRY"),
    ]
    assert [(line["consignor_name"], line["consignor_name_marks"]) for line in lines] == [
        ("A STATE ARSENAL", None),
        ("A STATE ARSENAL", "on_behalf_of_cut_off"),
    ]
    assert {(line["record_kind"], line["direction"], line["value_basis"]) for line in lines} == {
        ("synthetic", "import", "statistical")
    }
    assert reasons(quarantine) == {1: "bad_number", 3: "bad_hs_code"}


def test_the_file_of_the_page_goes_into_bronze_under_its_named_layout(
    home: Home, imports: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(home)
    monkeypatch.setenv("BOOMERANG_HOME", str(home.root))
    ingest(home, [imports], source="customs", layout="turkish_imports")
    assert "2 rows loaded, 2 quarantined" in make_bronze(home).parsed[0]


def test_a_trial_says_what_the_page_shows(home: Home, imports: Path) -> None:
    add(home)
    said = try_layout(imports, home).render().splitlines()
    assert [line for line in shown("text").splitlines() if line not in {"...", *said}] == []


def test_a_file_that_fits_two_layouts_alike_is_not_guessed_but_can_be_named(home: Home, imports: Path) -> None:
    add(home)
    add(home, "other_imports")
    with pytest.raises(ContentRefusedError, match="alike: other_imports, turkish_imports") as refusal:
        recognise(imports)
    assert refusal.value.reason == "layout_ambiguous"
    assert recognise(imports, layout_name="other_imports").name == "other_imports"


@pytest.mark.usefixtures("imports")
def test_a_layout_under_another_suffix_is_not_passed_over_silently(home: Home) -> None:
    add(home, suffix=".yaml")
    with pytest.raises(UsageError, match=r"suffix \.yaml"):
        layouts(home)


def test_the_page_names_every_layout_column_and_reason() -> None:
    package = PROJECT_ROOT / "include" / "boomerang"
    modules = [*package.glob("sources/customs*.py"), *package.glob("layouts/*.py")]
    code = "".join(path.read_text(encoding="utf-8") for path in modules)
    refusals = set(re.findall(r'ContentRefusedError\(\s*"([a-z_]+)"', code))
    assert {"zip_bomb", "damaged_archive", "layout_ambiguous"} <= refusals
    named = {*refusals, "damaged_gzip", "too_large_unpacked", *ROW_REASONS, *COLUMNS, *AGGREGATE_COLUMNS, *layouts()}
    assert sorted(name for name in named if f"`{name}`" not in PAGE) == []


def test_a_layout_that_changes_is_applied_to_what_has_been_read_with_it_and_to_nothing_else(
    home: Home, imports: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(home)
    monkeypatch.setenv("BOOMERANG_HOME", str(home.root))
    other = write_csv(tmp_path / "russian.csv", [row()])
    ingest(home, [imports, other])
    assert len(make_bronze(home).parsed) == 2
    assert make_bronze(home).unchanged == 2

    path = home.root / "layouts" / "turkish_imports.yml"
    path.write_text(path.read_text(encoding="utf-8").replace("hs_code_digits: [12]", "hs_code_digits: [4, 12]"))
    again = make_bronze(home)
    assert again.unchanged == 1
    assert [line for line in again.parsed if "3 rows loaded, 1 quarantined" in line] == again.parsed != []
    assert make_bronze(home).unchanged == 2

    add(home, "another_country")  # fits the Turkish file just as well: it is no longer certain what that one is
    path.write_text(path.read_text(encoding="utf-8").replace("[4, 12]", "[12]"))
    summary = make_bronze(home)
    assert summary.unchanged == 1
    assert "alike" in summary.refused[0]
    assert list((home.bronze / "customs" / "lines").glob("*.parquet")) != []


def test_a_new_layout_is_applied_to_the_sheet_that_none_knew(
    home: Home, imports: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOOMERANG_HOME", str(home.root))
    with zipfile.ZipFile(tmp_path / "both.zip", "w") as archive:
        archive.write(imports, "imports.csv")
        archive.write(write_csv(tmp_path / "russian.csv", [row()]), "russian.csv")
    ingest(home, [tmp_path / "both.zip"])
    assert "(1 rows loaded, 1 quarantined)" in make_bronze(home).parsed[0]
    add(home)
    assert "(3 rows loaded, 2 quarantined)" in make_bronze(home).parsed[0]
