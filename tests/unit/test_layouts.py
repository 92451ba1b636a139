"""Layouts as data: which are known, what a YAML must say, and how a header is recognised."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from boomerang.errors import ContentRefusedError, UsageError
from boomerang.home import Home
from boomerang.layouts import layouts, try_layout
from boomerang.layouts.layout import fold, read_layout
from boomerang.layouts.recognition import recognise_table
from customs_tables import COLUMNS, TITLES, parse, row, write_csv

INDIA = """
name: our_shipping_bills
title: Indian shipping bills, as a vendor lists them
required: [declaration_number, declared_on, consignor_name, hs_code]
constants: {reporter_country_code: IN, direction: export, value_basis: fob}
columns:
  declaration_number: [SB NO]
  declared_on: [SB DATE]
  consignor_name: [EXPORTER]
  hs_code: [RITC CODE]
  quantity: [QTY]
  value_usd: [FOB USD]
nulls: ["NULL", "-"]
dates: {formats: ["%d/%m/%Y", "%d-%b-%Y"], time_zone: Asia/Kolkata}
decimal_marks: [","]
hs_code_digits: [8]
"""
SMALL = {
    "name": "small",
    "title": "Small",
    "required": ["declared_on", "hs_code", "description"],
    "constants": {"reporter_country_code": "IN", "direction": "export"},
    "columns": {"declared_on": ["DAY"], "hs_code": ["HS"], "description": ["GOODS"]},
}


def test_the_shipped_layouts_are_sound() -> None:
    known = layouts()
    assert {"russia_import_full", "russia_export_full", "russia_declaration_fields"} <= set(known)
    assert {layout.grain for name, layout in known.items() if name.endswith("_short")} == {"aggregates"}


def test_a_user_adds_a_country_with_one_file_and_no_code(home: Home) -> None:
    (home.root / "layouts").mkdir()
    (home.root / "layouts" / "our_shipping_bills.yml").write_text(INDIA)
    path = home.temporary / "bills.csv"
    header = ["SB NO", "SB DATE", "EXPORTER", "RITC CODE", "QTY", "FOB USD", "PORT"]
    rows = [
        ["7001", "09/12/2022", "BHARAT OPTICS", "90058090", "12,5", "100,25", "NHAVA SHEVA"],
        ["7002", "2025-03-28T18:30:00.000Z", "BHARAT OPTICS", "90058090", "-", "1.5", ""],
        ["7003", "28-Mar-2025", "BHARAT OPTICS", "90058090", "-", "NULL", ""],
    ]
    write_csv(path, rows, header)
    _counts, lines, quarantine = parse(path, home.temporary / "out")
    assert [(line["declaration_number"], str(line["declared_on"]), line["direction"]) for line in lines] == [
        ("7001", "2022-12-09", "export"),
        ("7003", "2025-03-28", "export"),
    ]
    assert (str(lines[0]["quantity"]), str(lines[0]["value_usd"]), lines[0]["value_basis"]) == (
        "12.5000",
        "100.2500",
        "fob",
    )
    assert lines[1]["quantity"] is None
    assert [(entry["reason"], entry["detail"]) for entry in quarantine] == [("bad_number", "value_usd: 1.5")]
    trial = try_layout(path, home)
    assert trial.tables[0].unknown_columns == ("PORT",)


def test_midnight_in_another_time_zone_is_a_day_there(home: Home) -> None:
    (home.root / "layouts").mkdir()
    (home.root / "layouts" / "our_shipping_bills.yml").write_text(INDIA)
    header = ["SB NO", "SB DATE", "EXPORTER", "RITC CODE"]
    rows = [["1", moment, "X", "90058090"] for moment in ("2025-03-28T18:30:00.000Z", "2025-03-28T18:29:59+00:00")]
    _counts, lines, _quarantine = parse(
        write_csv(home.temporary / "a.csv", rows, header), home.temporary / "out", "our_shipping_bills"
    )
    assert [str(line["declared_on"]) for line in lines] == ["2025-03-29", "2025-03-28"]


def test_a_layout_with_a_shipped_name_is_refused(home: Home) -> None:
    (home.root / "layouts").mkdir()
    shipped = yaml.safe_dump({**SMALL, "name": "russia_import_full"})
    (home.root / "layouts" / "russia_import_full.yml").write_text(shipped)
    with pytest.raises(UsageError, match="name of a shipped one"):
        layouts(home)


def test_a_layout_is_named_as_its_file(home: Home) -> None:
    (home.root / "layouts").mkdir()
    (home.root / "layouts" / "other.yml").write_text(yaml.safe_dump(SMALL))
    with pytest.raises(UsageError, match=r"call the file small\.yml"):
        layouts(home)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"columns": {**SMALL["columns"], "colour": ["C"]}}, "no canonical column: colour"),
        ({"colour": "red"}, "colour: Extra inputs"),
        ({"required": ["declared_on", "hs_code", "quantity"]}, "not among columns: quantity"),
        ({"columns": {**SMALL["columns"], "quantity": ["hs "]}}, "spelt twice: hs"),
        ({"columns": {**SMALL["columns"], "quantity": []}}, "without a spelling: quantity"),
        ({"dates": {"formats": ["%d.%m.%y"]}}, "four-digit year"),
        ({"dates": {"time_zone": "Bombay"}}, "no time zone"),
        ({"constants": {"reporter_country_code": "IN"}}, "direction must be a constant or a column"),
        ({"constants": {"reporter_country_code": "India", "direction": "export"}}, "constants.reporter_country_code"),
        ({"nulls": [None]}, "nulls.0"),
        ({"decimal_marks": ["'"]}, "decimal_marks.0"),
        ({"columns": {**SMALL["columns"], "local_value": ["V"]}}, "local_value needs constants.local_currency"),
        ({"grain": "aggregates"}, "month must be required"),
        ({"extracted": {"hs_code": "[0-9]+"}}, "must have one group"),
        ({"extracted": {"hs_code": "(?=a)(b)"}}, "no look-around"),
        ({"extracted": {"hs_code": "("}}, "can't be read"),
        ({"extracted": {"description": "(.)"}}, "extracted.description"),
        ({"parties": {"on_behalf_of": ["BY"]}}, "at least 6 letters"),
    ],
)
def test_what_is_wrong_in_a_layout_is_named(change: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read_layout(yaml.safe_dump({**SMALL, **change}), "small.yml")


@pytest.mark.parametrize("text", ["", "- a\n", "a: [", "name: small\n", "{1: 2}"])
def test_a_file_that_is_no_layout_is_refused_without_a_traceback(text: str) -> None:
    with pytest.raises(UsageError, match=r"small\.yml"):
        read_layout(text, "small.yml")


@pytest.mark.parametrize(
    "header",
    [
        list(COLUMNS),
        [f"{name} ({TITLES[name]})" for name in COLUMNS],
        [f" {name.lower()}   ({TITLES[name]}) " for name in COLUMNS],
    ],
)
def test_case_blanks_and_titles_in_brackets_do_not_matter(header: list[str]) -> None:
    found = recognise_table([["", "DATA"], [], header], layouts(), "the file")
    assert (found.layout.name, found.header_row, found.unknown_columns) == ("russia_declaration_fields", 2, ())
    assert found.taken["hs_code"] == (COLUMNS.index("G33"),)


def test_fold_knows_marks_and_hard_blanks() -> None:
    assert fold("\ufeff G082\u00a0 (A  b)\n") == "g082 (a b)"


def refusal(rows: list[list[str]], layout: str | None = None) -> ContentRefusedError:
    with pytest.raises(ContentRefusedError) as caught:
        recognise_table(rows, layouts(), "the file", layout)
    return caught.value


def test_a_missing_column_is_named_with_the_nearest_spelling() -> None:
    header = ["G33X" if name == "G33" else name for name in COLUMNS]
    error = refusal([header])
    assert error.reason == "missing_column"
    assert "hs_code (spelt G33; the nearest name in the file is 'G33X')" in str(error)


def test_an_unknown_header_lists_the_known_layouts_and_the_way_to_add_one() -> None:
    error = refusal([["a", "b", "c"], ["1", "2", "3"]])
    assert error.reason == "layout_unknown"
    assert "russia_import_full" in str(error)
    assert "docs/layouts.md" in str(error)


def test_a_named_layout_must_fit_and_must_exist() -> None:
    assert refusal([list(COLUMNS)], "russia_import_full").reason == "layout_unknown"
    assert "no layout 'nonsense'" in str(refusal([list(COLUMNS)], "nonsense"))


def test_a_column_that_stands_twice_is_refused() -> None:
    error = refusal([[*COLUMNS, "G33 (again)"]])
    assert (error.reason, "G33" in str(error)) == ("repeated_column", True)


def test_two_layouts_that_fit_alike_are_told_apart_by_the_user() -> None:
    one, two = (read_layout(yaml.safe_dump({**SMALL, "name": name}), name) for name in ("one", "two"))
    rows = [["DAY", "HS", "GOODS"]]
    with pytest.raises(ContentRefusedError, match="fits several layouts alike: one, two"):
        recognise_table(rows, {"one": one, "two": two}, "the file")
    assert recognise_table(rows, {"one": one, "two": two}, "the file", "two").layout.name == "two"


def test_the_header_is_sought_in_the_first_fifty_rows_only() -> None:
    assert recognise_table([[""]] * 49 + [list(COLUMNS)], layouts(), "the file").header_row == 49
    assert refusal([[""]] * 50 + [list(COLUMNS)]).reason == "layout_unknown"


def test_a_trial_shows_what_would_be_taken_and_leaves_nothing(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [row(), ["short"], row(G46="x"), *[row()] * 30], (*COLUMNS, "EXTRA"))
    path = write_csv(path, [[*row(), ""], ["short"], [*row(G46="x"), ""], *[[*row(), ""]] * 30], (*COLUMNS, "EXTRA"))
    trial = try_layout(path)
    assert trial.format == "text"
    (table,) = trial.tables
    assert (table.becomes, table.encoding, table.delimiter) == ("lines", "utf-8", ";")
    assert table.mapping["consignee_name"] == ("G082",)
    assert "quantity_unit" in table.absent
    assert table.unknown_columns == ("EXTRA",)
    assert [entry["_source_row"] for entry in table.rejects] == [2, 3]
    assert [entry["_source_row"] for entry in table.rows] == [1, *range(4, 21)]
    assert "bad_number value_usd: x" in trial.render()
    assert "2022-12-09" in trial.model_dump_json()
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.csv"]


def test_a_header_that_names_no_country_is_taken_only_with_what_tells_the_country() -> None:
    header = [
        "HS_CODE",
        "SUPPLIER_NAME",
        "ORIGIN_COUNTRY",
        "IMPORTER_NAME_EN",
        "TOTALVALUE",
        "TOTALQUANTITY",
        "MONTHYEAR",
    ]
    told = [*header, "IMPORT_PORT_EN", "HS_CODE_DESCRIPTION"]
    assert recognise_table([told], layouts(), "the file").layout.name == "russia_import_short"
    error = refusal([header])
    assert error.reason == "missing_column"
    assert "by which it is told from others (spelt IMPORT_PORT_EN;" in str(error)
