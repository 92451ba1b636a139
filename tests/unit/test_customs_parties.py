"""Two parties in one field, a tax number glued to a name: read apart where the form is certain, else left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from customs_tables import COLUMNS, parse, row, write_csv

HEADER = (*COLUMNS, "G081")
BEHALF, CUT, GLUED, DIFFERS = "on_behalf_of", "on_behalf_of_cut_off", "tax_number_glued", "tax_number_differs"


def consignee(folder: Path, name: str, number: str = "") -> dict[str, object]:
    cells = [*row(G082=name), number]
    _counts, (line,), quarantine = parse(write_csv(folder / "a.csv", [cells], HEADER), folder / "out")
    assert quarantine == []
    return {
        column.removeprefix("consignee_"): value
        for column, value in line.items()
        if column.startswith("consignee_") and "address" not in column
    }


@pytest.mark.parametrize(
    ("declared", "name", "principal", "principal_number"),
    [
        ("LLC AKABE ON BEHALF OF HAZAR INSAAT", "LLC AKABE", "HAZAR INSAAT", None),
        ("ООО AKABE ПО ПОРУЧЕНИЮ HAZAR INSAAT", "ООО AKABE", "HAZAR INSAAT", None),
        ("ООО А, по поручению  ООО Б", "ООО А", "ООО Б", None),
        ("UAB CENTRAS BY ORDER MIRAGE GRANITO", "UAB CENTRAS", "MIRAGE GRANITO", None),
        ("A CO BY ORDER OF B CO", "A CO", "B CO", None),
        ("AGAVA LLC ON ORDER OF TK VOG LLC", "AGAVA LLC", "TK VOG LLC", None),
        ("1ST CHOICE (ON BEHALF OF LLC B INN 7722476458)", "1ST CHOICE", "LLC B", "7722476458"),
        ("A PERSON FOR LLC AEROEXPRESS TIN 010085635", "A PERSON", "LLC AEROEXPRESS", "010085635"),
        ("ИВАНОВ ДЛЯ ООО А ИНН 7722476458", "ИВАНОВ", "ООО А", "7722476458"),
    ],
)
def test_the_party_that_acts_and_the_one_behind_it_stand_each_in_its_column(
    tmp_path: Path, declared: str, name: str, principal: str, principal_number: str | None
) -> None:
    assert consignee(tmp_path, declared, "5022039177") == {
        "name": name,
        "name_declared": declared,
        "name_marks": BEHALF,
        "tax_number": "5022039177",
        "on_behalf_of_name": principal,
        "on_behalf_of_tax_number": principal_number,
    }


@pytest.mark.parametrize(
    ("declared", "name"),
    [
        ("WENZHOU CO LIMITED ON BEHALF O", "WENZHOU CO LIMITED"),
        ("WENZHOU CO LIMITED ON BEHALF OF", "WENZHOU CO LIMITED"),
        ("WENZHOU CO LIMITED ON BEH", "WENZHOU CO LIMITED"),
        ("ООО А ПО ПОРУЧЕН", "ООО А"),
    ],
)
def test_a_phrase_that_the_field_cuts_off_is_marked_and_nothing_guessed(
    tmp_path: Path, declared: str, name: str
) -> None:
    found = consignee(tmp_path, declared)
    assert (found["name"], found["name_declared"], found["name_marks"]) == (name, declared, CUT)
    assert (found["on_behalf_of_name"], found["on_behalf_of_tax_number"]) == (None, None)


@pytest.mark.parametrize(
    ("declared", "number", "expected", "marks"),
    [
        ("7722476458 772201001 OOO YATASH RUS", "", "7722476458", GLUED),
        ("7722476458 OOO YATASH RUS", "7722476458", "7722476458", GLUED),
        ("ИНН 7722476458 КПП 772201001 OOO YATASH RUS", "", "7722476458", GLUED),
        ("OOO YATASH RUS, ИНН: 7722476458", "", "7722476458", GLUED),
        ("500100732259 OOO YATASH RUS", "", "500100732259", GLUED),
        ("7722476458 OOO YATASH RUS", "5022039177", "5022039177", f"{GLUED}, {DIFFERS}"),
    ],
)
def test_a_tax_number_glued_to_a_name_is_taken_off_and_never_put_over_a_declared_one(
    tmp_path: Path, declared: str, number: str, expected: str, marks: str
) -> None:
    found = consignee(tmp_path, declared, number)
    assert (found["name"], found["tax_number"], found["name_marks"]) == ("OOO YATASH RUS", expected, marks)
    assert found["name_declared"] == declared


@pytest.mark.parametrize(
    "declared",
    [
        "TO THE ORDER OF",
        "TO THE ORDER ANATOLIA TILE AND STONE USA INC",
        "CENTRE FOR DEFENCE TECHNOLOGY",
        "ЗАВОД ИМЕНИ ЛЕНИНА",
        "ON BEHALF OF NOBODY",
        "7722476458",
        "79161234567 ИВАНОВ",
        "772247645 OOO NINE DIGITS",
        "DAYS INN 12345 LLC",
        "NIKO PLUSS SIA LV 42403024540 LATVIA",
        "BYORDER LTD",
    ],
)
def test_a_name_of_any_other_form_is_left_as_declared(tmp_path: Path, declared: str) -> None:
    assert consignee(tmp_path, declared, "5022039177") == {
        "name": declared,
        "name_declared": None,
        "name_marks": None,
        "tax_number": "5022039177",
        "on_behalf_of_name": None,
        "on_behalf_of_tax_number": None,
    }


def test_a_layout_may_bring_its_own_phrases_or_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = """
name: our_files
title: Ours
required: [declared_on, consignor_name, hs_code]
constants: {reporter_country_code: TR, direction: export}
columns: {declared_on: [DAY], consignor_name: [WHO], hs_code: [HS]}
parties: {on_behalf_of: ["IN NAME OF"], acting_for: [], tax_number_words: [], tax_number_digits: []}
"""
    (tmp_path / "layouts").mkdir()
    (tmp_path / "layouts" / "our_files.yml").write_text(text)
    monkeypatch.setenv("BOOMERANG_HOME", str(tmp_path))
    names = ["A IN NAME OF B", "A ON BEHALF OF B", "7722476458 C", "D INN 7722476458"]
    path = write_csv(tmp_path / "a.csv", [["2023-01-01", name, "901310"] for name in names], ["DAY", "WHO", "HS"])
    _counts, lines, _quarantine = parse(path, tmp_path / "out")
    assert [line["consignor_name"] for line in lines] == ["A", *names[1:]]
    assert [line["consignor_on_behalf_of_name"] for line in lines] == ["B", None, None, None]

    (tmp_path / "layouts" / "our_files.yml").write_text(text.replace('["IN NAME OF"]', "[]"))
    _counts, lines, _quarantine = parse(path, tmp_path / "out2")
    assert [line["consignor_name"] for line in lines] == names
