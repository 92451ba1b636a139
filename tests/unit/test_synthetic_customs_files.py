"""The synthetic customs files: repeatable, labelled, and what their answer says they are."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path
from typing import get_args

import duckdb
import pytest
from python_calamine import CalamineWorkbook

from boomerang.errors import UsageError
from boomerang.layouts import layouts
from boomerang.synthetic.customs_abroad import SUMS
from boomerang.synthetic.customs_files import (
    DECLARATION_FIELDS,
    Answer,
    Dialect,
    Finding,
    Generator,
    Layout,
    SpecialLine,
    organisations,
    press_cases,
    synthesise,
    synthesise_directory,
    traps,
)
from boomerang.synthetic.customs_files import LAYOUTS as FACTS

LINES = 1_200
LAYOUTS = get_args(Layout)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("synthetic")


@pytest.fixture(scope="module")
def answer(folder: Path) -> Answer:
    return synthesise_directory(folder, LINES, seed=7)


@pytest.fixture(scope="module")
def declarations(folder: Path, answer: Answer) -> list[dict[str, str]]:
    """The rows of the CSV file that have as many fields as the header, read by Python's own reader."""
    path = folder / "russia_declaration_fields" / "synthetic_russia_declaration_fields.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.reader(stream, delimiter=";")
        header = next(reader)
        return [dict(zip(header, row, strict=False)) | {"fields": str(len(row))} for row in reader]


def read_workbook(folder: Path, layout: str, header_row: int = 5) -> tuple[list[list[object]], list[dict[str, object]]]:
    path = folder / layout / f"synthetic_{layout}.xlsx"
    rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python(skip_empty_area=False)
    header = list(map(str, rows[header_row]))
    return rows[: header_row + 1], [dict(zip(header, row, strict=True)) for row in rows[header_row + 1 :]]


def by_trap(answer: Answer, name: str, file: str = "synthetic_russia_declaration_fields.csv") -> Finding:
    return next(finding for finding in answer.findings if finding.trap == name and finding.file == file)


def inn_is_right(inn: str) -> bool:
    def digit(weights: list[int]) -> int:
        return sum(weight * int(letter) for weight, letter in zip(weights, inn, strict=False)) % 11 % 10

    if len(inn) == 10:
        return digit([2, 4, 10, 3, 5, 9, 4, 6, 8]) == int(inn[9])
    return (
        len(inn) == 12
        and digit([7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) == int(inn[10])
        and digit([3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) == int(inn[11])
    )


@pytest.mark.parametrize("layout", LAYOUTS)
def test_equal_seeds_give_equal_bytes_and_other_seeds_do_not(tmp_path: Path, layout: Layout, answer: Answer) -> None:
    first = next(file for file in answer.files if file.layout == layout)
    again = [synthesise(tmp_path / name, lines=LINES, seed=7, layout=layout).files[0] for name in ("again", "twice")]
    other = synthesise(tmp_path / "other", lines=LINES, seed=8, layout=layout).files[0]

    assert again[0] == again[1]
    first = first if "country" not in FACTS[layout] else again[0]  # with its mirrors the directory's has more rows
    assert again[0] == first
    assert other.sha256 != first.sha256


def test_bytes_do_not_depend_on_the_number_of_threads(tmp_path: Path) -> None:
    # Two row groups (of 122,880): enough that threads really share the work.
    written = []
    for threads in (1, 4):
        with Generator("russia_declaration_fields", 130_000, 7) as generator:
            generator.connection.execute(f"set threads = {threads}")
            path = tmp_path / f"{threads}.csv"
            generator.write_csv(path, Dialect())
            written.append(path.read_bytes())

    assert written[0] == written[1]


def test_every_row_says_that_it_is_synthetic_or_reconstructed(
    folder: Path, answer: Answer, declarations: list[dict[str, str]]
) -> None:
    kinds = {"SYNTHETIC", "RECONSTRUCTED"}

    assert len(declarations) == LINES
    assert {row["RECORD_KIND"] for row in declarations} == kinds
    for file in answer.files:
        if file.file.endswith(".xlsx"):
            header_row = 0 if file.layout in SUMS else 5
            _, rows = read_workbook(folder, file.layout, header_row)
            assert len(rows) == file.rows_in
            assert {row["RECORD_KIND"] for row in rows} == (
                kinds if file.layout.startswith("russia") else {"SYNTHETIC"}
            ) - ({"RECONSTRUCTED"} if file.layout in SUMS else set())


def test_the_directory_holds_a_file_in_every_shipped_layout(answer: Answer) -> None:
    assert sorted(file.layout for file in answer.files) == sorted(layouts())


def test_equal_seeds_give_equal_files_of_every_layout(answer: Answer, tmp_path: Path) -> None:
    assert synthesise_directory(tmp_path, LINES, seed=7) == answer


def test_mirrored_shipments_stand_in_both_files(
    folder: Path, answer: Answer, declarations: list[dict[str, str]]
) -> None:
    path = folder / "india_shipping_bills" / "synthetic_india_shipping_bills.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        bills = list(csv.DictReader(stream))
    russian = {(row["ND"], row["G32"]): row for row in declarations if row["fields"] == "30"}
    mirrored = by_trap(answer, "mirror", path.name)

    assert len(mirrored.rows) > 30
    for number, (declaration, item) in zip(mirrored.rows, mirrored.mirrors, strict=True):
        bill, line = bills[number - 1], russian[declaration, str(item)]
        assert (bill["EXPORTER NAME"], bill["RITC CODE"][:6]) == (line["G022"], line["G33"][:6])
        assert Decimal(bill["QUANTITY"]) == Decimal(line["G31_7"].replace(",", "."))
        assert line["G15A"] == "IN" and Decimal(bill["FOB VALUE (USD)"]) < Decimal(line["G46"].replace(",", "."))


def test_no_declaration_number_can_be_a_real_one(declarations: list[dict[str, str]]) -> None:
    assert all(row["ND"].startswith("99") and len(row["ND"]) == 23 for row in declarations)


def test_invented_tax_numbers_are_of_no_region_and_have_right_check_digits(
    declarations: list[dict[str, str]],
) -> None:
    known = {organisation.inn for organisation in organisations().values()}
    invented = {row["G141"] for row in declarations} - known - {""}

    assert len(invented) > 100
    assert {len(inn) for inn in invented} == {10, 12}
    assert all(inn.startswith("00") and inn_is_right(inn) for inn in invented)
    assert all(inn_is_right(inn) for inn in known)


def test_a_firm_keeps_its_name_and_number(declarations: list[dict[str, str]]) -> None:
    known = {organisation.inn for organisation in organisations().values()}
    importers = {
        (row["G081"], row["G082"])
        for row in declarations
        if row["fields"] == "30" and row["G011"] == "ИМ" and row["G081"] not in known and row["G081"]
    }

    assert len(importers) > 100
    assert len({inn for inn, _ in importers}) == len(importers)


def test_the_answer_names_the_rows_of_each_trap(answer: Answer, declarations: list[dict[str, str]]) -> None:
    findings = [item for item in answer.findings if item.file == "synthetic_russia_declaration_fields.csv"]

    assert {item.trap for item in findings} >= {
        trap.trap for trap in traps() if "russia_declaration_fields" in trap.layouts
    }
    for item in findings:
        rows = [declarations[number - 1] for number in item.rows]
        assert [row["ND"] for row in rows] == list(item.declaration_numbers)
        if item.verdict != "quarantined":
            assert sum(Decimal(row["G46"].replace(",", ".")) for row in rows) == item.value_usd
            assert sum(Decimal(row["G31_7"].replace(",", ".")) for row in rows) == item.quantity


def test_an_independent_reading_finds_as_many_unreadable_and_repeated_rows(folder: Path, answer: Answer) -> None:
    file = next(item for item in answer.files if item.layout == "russia_declaration_fields")
    path = folder / "russia_declaration_fields" / file.file
    fields = len(DECLARATION_FIELDS)
    unreadable, rows, distinct = duckdb.execute(
        f"""
        with lines as (select unnest(string_split(rtrim(content, '\n'), '\n')) as line from read_text('{path}')),
        -- No field holds a line break, so that a delimiter outside quotes ends a field.
        counted as (
            select line, len(string_split(regexp_replace(line, '"([^"]|"")*"', '', 'g'), ';')) as fields
            from lines offset 1
        ),
        split as (select *, string_split(regexp_replace(line, '"([^"]|"")*"', '', 'g'), ';') as parts from counted)
        select
            count(*) filter (
                fields <> {fields}
                or try_strptime(parts[3], '%d.%m.%Y') is null
                or not regexp_full_match(parts[23], '[0-9]{{10}}')
                or parts[20] like '-%'
            ),
            count(*),
            count(distinct line)
        from split
        """
    ).fetchall()[0]

    assert rows == file.rows_in == LINES
    assert unreadable == file.rows_quarantined == answer_rows(answer, "quarantined", file.file) > 0
    assert rows - distinct == file.rows_duplicate > 0
    assert file.rows_in == file.rows_loaded + file.rows_quarantined + file.rows_duplicate


def test_a_file_can_be_made_without_damage(tmp_path: Path) -> None:
    answer = synthesise(tmp_path, lines=LINES, seed=7, layout="russia_declaration_fields", with_damage=False)
    path = tmp_path / "russia_declaration_fields" / answer.files[0].file
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream, delimiter=";"))[1:]

    assert answer.files[0].rows_quarantined == 0 < answer.files[0].rows_duplicate
    assert {len(row) for row in rows} == {len(DECLARATION_FIELDS)}


def answer_rows(answer: Answer, verdict: str, file: str) -> int:
    return sum(len(item.rows) for item in answer.findings if item.verdict == verdict and item.file == file)


def test_a_repeated_row_follows_its_original(answer: Answer, declarations: list[dict[str, str]]) -> None:
    repeated = by_trap(answer, "row_twice_in_a_file")

    assert repeated.rows
    assert all(declarations[number - 1] == declarations[number - 2] for number in repeated.rows)


def test_no_other_row_is_a_reimport_of_a_known_maker(answer: Answer, declarations: list[dict[str, str]]) -> None:
    """What the answer does not list is everyday trade by invented firms."""
    file = "synthetic_russia_declaration_fields.csv"
    listed = {number for item in answer.findings if item.file == file for number in item.rows}
    rest = [row for number, row in enumerate(declarations, start=1) if number not in listed]
    known = {organisation.inn for organisation in organisations().values()}

    assert len(rest) > LINES * 0.9
    assert not known & {row["G081"] for row in rest}
    # Everyday firms take goods back too.
    assert any(row["G37"].startswith("60") for row in rest)


def test_the_press_cases_add_up_to_the_printed_figures(answer: Answer) -> None:
    uvz = by_trap(answer, "uvz_myanmar")
    kbm = by_trap(answer, "kbm_india", "synthetic_russia_import_full.xlsx")

    assert (uvz.quantity, uvz.value_usd) == (6_775 + 200, 24_000_000)
    assert {number[9:15] for number in uvz.declaration_numbers} == {"091222"}
    assert kbm.value_usd == 150_000
    assert [number[11:15] for number in sorted(kbm.declaration_numbers)] == ["0822", "1122"]
    assert {uvz.record_kind, kbm.record_kind} == {"RECONSTRUCTED"}
    assert {uvz.evidence_tier, kbm.evidence_tier} == {"A"}


def test_the_press_cases_quantities_are_the_printed_ones() -> None:
    case = next(case for case in press_cases() if case.case == "uvz_myanmar")
    returned = {line.hs_code: line for line in case.lines if line.layout == "russia_declaration_fields"}

    assert returned["9013100000"].quantity == case.facts["telescopes"] == 6_775
    assert returned["8525890000"].quantity == case.facts["cameras"] == 200
    assert sum(line.value_usd or 0 for line in returned.values()) == case.facts["value_usd"] == 24_000_000
    assert not any("quantity" in line.invented for line in returned.values())


def test_what_the_press_did_not_print_is_marked_as_invented() -> None:
    not_printed = {"declaration_number", "hs_code", "description", "procedure", "kg", "value_usd"}
    lines = [line for case in press_cases() for line in case.lines]

    assert lines
    assert all("Nikkei Asia" in case.citation and "The Moscow Times" in case.citation for case in press_cases())
    for line in lines:
        assert not_printed <= set(line.invented) <= set(SpecialLine.model_fields)


def test_the_earlier_exports_precede_their_return_by_years() -> None:
    for case in press_cases():
        exported = [line.declared_on for line in case.lines if line.layout == "russia_export_full"]
        returned = [line.declared_on for line in case.lines if line.layout != "russia_export_full"]
        assert exported and returned
        assert {day.year for day in exported if day} == {int(case.facts["exported"])}
        assert {day.year for day in returned if day} == {2022}


@pytest.mark.parametrize(
    "dialect",
    [
        Dialect("cp1251"),
        Dialect("cp866", delimiter="\t", decimal_mark="."),
        Dialect("utf-16", delimiter=",", day_format="%Y-%m-%d"),
        Dialect("utf-8-sig", with_titles=True),
    ],
    ids=lambda dialect: dialect.encoding,
)
def test_a_dialect_changes_the_spelling_and_not_the_content(
    tmp_path: Path, dialect: Dialect, declarations: list[dict[str, str]]
) -> None:
    synthesise(tmp_path, lines=LINES, seed=7, layout="russia_declaration_fields", dialect=dialect)
    path = tmp_path / "russia_declaration_fields" / "synthetic_russia_declaration_fields.csv"
    with path.open(encoding=dialect.encoding, newline="") as stream:
        header, *rows = csv.reader(stream, delimiter=dialect.delimiter)

    assert [name.split(" (")[0] for name in header] == list(DECLARATION_FIELDS)
    assert ("(" in header[0]) == dialect.with_titles
    assert len(rows) == LINES
    for row, expected in zip(rows, declarations, strict=True):
        assert row[1] == expected["ND"]
        assert row[16] == expected["G31_1"]
        if expected["fields"] == "30":
            assert row[29].replace(".", ",") == expected["G46"]


@pytest.mark.parametrize(
    ("layout", "vendors_file"),
    [
        ("russia_import_full", "Russia Import Full.xlsx"),
        ("russia_export_full", "Russia Export Full.xlsx"),
        ("india_import_full", "India Import F.xlsx"),
        ("india_export_full", "India Export USA 610990 (1).xlsx"),
        ("kazakhstan_import_full", "Kazakhstan Import F.xlsx"),
        ("kazakhstan_export_full", "Kazakhstan Export F.xlsx"),
        ("ukraine_import_full", "Ukraine Import Full.xlsx"),
    ],
)
def test_a_workbook_has_the_vendors_banner_and_columns(
    folder: Path, answer: Answer, real_data: Path, layout: str, vendors_file: str
) -> None:
    real = CalamineWorkbook.from_path(real_data / "customs-vendor-samples" / vendors_file)
    vendors = real.get_sheet_by_index(0).to_python(skip_empty_area=False)
    above, rows = read_workbook(folder, layout)

    assert above[1][4] == vendors[1][4] == "DATA"
    ours = {"RECORD_KIND", "COUNTRY_OF_SHIPMENT"}
    assert [name for name in above[5] if name not in ours - set(vendors[5])] == vendors[5]
    for column, example in zip(vendors[5], vendors[6], strict=True):
        if "country" not in FACTS[layout]:  # of the others, what is not read is not imitated
            assert isinstance(rows[0][str(column)], type(example)), column


@pytest.mark.parametrize(
    ("layout", "vendors_file"),
    [
        ("russia_import_short", "Russia Import Short.xlsx"),
        ("russia_export_short", "Russia Export Short.xlsx"),
        ("india_import_short", "India Import S.xlsx"),
        ("kazakhstan_import_short", "Kazakhstan Import S.xlsx"),
        ("kazakhstan_export_short", "Kazakhstan Export S.xlsx"),
        ("ukraine_import_short", "Ukraine Import Short.xlsx"),
    ],
)
def test_a_workbook_of_sums_has_the_vendors_columns(
    folder: Path, answer: Answer, real_data: Path, layout: str, vendors_file: str
) -> None:
    assert layout in {file.layout for file in answer.files}
    real = CalamineWorkbook.from_path(real_data / "customs-vendor-samples" / vendors_file)
    header, _ = read_workbook(folder, layout, 0)
    assert header[0] == [*real.get_sheet_by_index(0).to_python()[0], "RECORD_KIND"]


def test_identical_workbook_rows_are_announced_as_two_lines(folder: Path, answer: Answer) -> None:
    _, rows = read_workbook(folder, "russia_import_full")
    twice = by_trap(answer, "row_twice_without_item_number", "synthetic_russia_import_full.xlsx")

    assert twice.verdict == "counted_twice"
    assert twice.rows
    assert all(rows[number - 1] == rows[number - 2] for number in twice.rows)


def test_each_file_declares_its_coverage(folder: Path, answer: Answer) -> None:
    for file in answer.files:
        if file.layout not in SUMS:  # sums cover nothing: they are no lines
            text = (folder / file.layout / f"{file.file}.coverage.yml").read_text()
            last = "2022-02-23" if file.layout.startswith("ukraine") else "2023-03-31"
            assert f"covered_to: {last}" in text


def test_the_answer_is_written_beside_the_files(folder: Path, answer: Answer) -> None:
    assert Answer.model_validate_json((folder / "answer.json").read_text()) == answer


@pytest.mark.parametrize("lines", [0, 999, 16_000_001])
def test_a_file_that_can_not_hold_the_traps_is_refused(tmp_path: Path, lines: int) -> None:
    with pytest.raises(UsageError, match="can't be made"):
        synthesise(tmp_path, lines=lines, seed=7, layout="russia_declaration_fields")
    assert not list(tmp_path.iterdir())
