"""Delimited customs files: every dialect gives the same lines, and every record is accounted for."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from boomerang.sources import customs_records
from customs_reading import DECLARATION, TITLES, Reading, csv_file, csv_text, declaration, read, record

EXPECTED: dict[str, Any] = {
    "layout": "russia_declaration_fields",
    "record_kind": "real",
    "reporter_country_code": "RU",
    "direction": "import",
    "declaration_number": "99001010/081122/0000001",
    "line_number": 3,
    "declared_on": date(2022, 11, 8),
    "procedure_code": "6010000",
    "consignor_name": "ARSENAL OF SOMEWHERE",
    "consignor_tax_number": None,
    "consignor_address": None,
    "consignee_name": 'АО "ЗАВОД"; ЦЕХ 2',
    "consignee_tax_number": "0000000017",
    "consignee_address": None,
    "manufacturer_name": "АО ЗАВОД",
    "trade_mark": None,
    "origin_country": "RU",
    "dispatch_country": None,
    "destination_country": None,
    "hs_code": "9013101000",
    "description": "ПРИЦЕЛ НОЧНОЙ, Т-72",
    "description_english": None,
    "quantity": Decimal("1200.5"),
    "quantity_unit": None,
    "net_weight_kg": Decimal("0.125"),
    "gross_weight_kg": None,
    "currency": None,
    "invoice_value": None,
    "customs_value_rub": None,
    "value_usd": Decimal("24000000.01"),
    "value_basis": "statistical",
    "incoterms": None,
}


def split_procedure(row: dict[str, str]) -> dict[str, str]:
    code = row["G37"]
    return {key: value for key, value in row.items() if key != "G37"} | {"G37_1": code[:4], "G37_2": code[4:]}


HEADERS: dict[str, Callable[[dict[str, str]], dict[str, str]]] = {
    "plain codes": dict,
    "codes with titles": lambda row: {f"{key} ({TITLES.get(key, 'Графа')})": value for key, value in row.items()},
    "split procedure": split_procedure,
    "doubled blanks": lambda row: {f"  {key}  (Графа   {key}) ": value for key, value in row.items()},
    "lower case": lambda row: {key.lower(): value for key, value in row.items()},
}
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1251", "cp866")


def values(reading: Reading) -> list[dict[str, Any]]:
    return [{key: value for key, value in line.items() if key[0] != "_"} for line in reading.lines]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("header", HEADERS)
def test_every_dialect_gives_the_same_line(tmp_path: Path, header: str, encoding: str) -> None:
    row = HEADERS[header](DECLARATION)
    for delimiter, end in ((";", "\n"), (",", "\r\n"), ("\t", "\n")):
        text = csv_text([record(row.values(), delimiter)] * 2, row, delimiter, end)
        path = tmp_path / f"{ord(delimiter)}.csv"
        path.write_bytes(text.encode(encoding))
        assert values(read(path)) == [EXPECTED, EXPECTED], repr(delimiter)


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        (("60", "10"), "6010"),
        (("6010", "000"), "6010000"),
        (("4000", "0"), "4000000"),
        (("40", "0"), "4000"),
        (("60", ""), "60"),
    ],
)
def test_split_procedure_codes_get_back_the_noughts_that_spreadsheets_drop(
    tmp_path: Path, parts: tuple[str, str], code: str
) -> None:
    row = split_procedure(DECLARATION) | {"G37_1": parts[0], "G37_2": parts[1]}
    path = tmp_path / "split.csv"
    path.write_text(csv_text([record(row.values())], row), encoding="utf-8")
    assert read(path).lines[0]["procedure_code"] == code


@pytest.mark.parametrize(
    ("change", "column", "value"),
    [
        ({"G072": "2022-11-08"}, "declared_on", date(2022, 11, 8)),
        ({"G072": "08.11.2022 23:59:59"}, "declared_on", date(2022, 11, 8)),
        # Midnight in Moscow is the evening before in UTC: the day is Moscow's.
        ({"G072": "2022-11-07T21:00:00.000Z"}, "declared_on", date(2022, 11, 8)),
        ({"G072": "2022-11-08T00:00:00+03:00"}, "declared_on", date(2022, 11, 8)),
        ({"G011": "эк"}, "direction", "export"),
        ({"G081": "7722476458.0"}, "consignee_tax_number", "7722476458"),
        ({"G081": "0000000017"}, "consignee_tax_number", "0000000017"),
        ({"G33": "9013 10 100 0"}, "hs_code", "9013101000"),
        ({"G33": "9013101000.0"}, "hs_code", "9013101000"),
        ({"G33": ""}, "hs_code", None),
        ({"G37": "6010 000"}, "procedure_code", "6010000"),
        ({"G32": "0"}, "line_number", None),
        ({"G31_7": "0"}, "quantity", None),
        ({"G31_7": "1\u00a0200,5"}, "quantity", Decimal("1200.5")),
        ({"G31_7": "1200.5"}, "quantity", Decimal("1200.5")),
        ({"G46": "0"}, "value_usd", Decimal(0)),
        ({"G46": "N/A"}, "value_usd", None),
        ({"G46": "null"}, "value_usd", None),
        ({"G022": "NULL"}, "consignor_name", None),
        ({"G022": " \u00a0ARSENAL\u00a0 "}, "consignor_name", "ARSENAL"),
        ({"G34": "", "G16": "МЬЯНМА"}, "origin_country", "МЬЯНМА"),
        ({"G31_1": "=1+1"}, "description", "=1+1"),
    ],
    ids=str,
)
def test_values_are_typed_by_what_the_layout_says(
    tmp_path: Path, change: dict[str, str], column: str, value: object
) -> None:
    assert read(csv_file(tmp_path / "one.csv", change)).lines[0][column] == value


ROW_FAULTS = [
    ("missing_date", {"G072": ""}, ""),
    ("bad_date", {"G072": "31.02.2022"}, "declared_on: 31.02.2022"),
    ("bad_date", {"G072": "08.11.22"}, "declared_on: 08.11.22"),
    ("bad_date", {"G072": "08.11.0022"}, "declared_on: 08.11.0022"),
    ("unknown_direction", {"G011": "ТР"}, "direction: ТР"),
    ("unknown_direction", {"G011": ""}, "direction: (empty)"),
    ("bad_hs_code", {"G33": "90131O1000"}, "hs_code: 90131O1000"),
    ("bad_hs_code", {"G33": "9013"}, "hs_code: 9013"),
    ("bad_procedure_code", {"G37": "60-10"}, "procedure_code: 60-10"),
    ("bad_procedure_code", {"G37": "601"}, "procedure_code: 601"),
    ("bad_number", {"G46": "24 млн"}, "value_usd: 24 млн"),
    ("bad_number", {"G31_7": "1,200,5"}, "quantity: 1,200,5"),
    ("bad_number", {"G31_7": "1e400"}, "quantity: 1e400"),
    ("bad_number", {"G32": "-1"}, "line_number: -1"),
    ("negative_quantity", {"G31_7": "-5"}, "quantity: -5"),
    ("negative_quantity", {"G38": "-0,1"}, "net_weight_kg: -0,1"),
    ("negative_value", {"G46": "-1"}, "value_usd: -1"),
    ("empty_row", dict.fromkeys(DECLARATION, " "), ""),
    ("repeated_header", {key: key for key in DECLARATION}, ""),
]


@pytest.mark.parametrize(("reason", "change", "detail"), ROW_FAULTS, ids=lambda value: str(value)[:40])
def test_a_row_that_can_not_be_typed_is_quarantined_with_reason_detail_and_place(
    tmp_path: Path, reason: str, change: dict[str, str], detail: str
) -> None:
    found = read(csv_file(tmp_path / "three.csv", {}, change, {}))
    assert found.loaded == [1, 3]
    assert [(row["_source_row"], row["reason"], row["detail"]) for row in found.quarantine] == [(2, reason, detail)]
    assert change.get("G072", DECLARATION["G072"]) in found.quarantine[0]["content"]


@pytest.mark.parametrize(
    ("reason", "line"),
    [
        ("shifted_columns", record([*declaration(), "one", "two"])),
        ("shifted_columns", record(declaration()[:-1])),
        ("broken_quotes", record(declaration()).replace("Т-72", 'Т-72";"b"c;').replace("ПРИЦЕЛ", '"ПРИЦЕЛ')),
        ("nul_bytes", record(declaration(G31_1="ПРИЦЕЛ\x00"))),
        ("bad_encoding", "bytes"),
        ("cell_too_long", record(declaration(G31_1="Д" * 40_000))),
        ("record_too_long", record(declaration(G31_1="Д" * customs_records.MAXIMUM_RECORD))),
    ],
    ids=lambda value: value[:20],
)
def test_a_broken_record_costs_itself_alone(tmp_path: Path, reason: str, line: str) -> None:
    path = tmp_path / "broken.csv"
    good = record(declaration())
    text = csv_text([good, line, good]).encode()
    path.write_bytes(text.replace(b"bytes", record(declaration()).encode().replace("ПРИЦЕЛ".encode(), b"\xcf\xd0")))
    found = read(path)
    assert (found.loaded, found.reasons) == ([1, 3], {2: reason})
    assert values(found) == [EXPECTED, EXPECTED]
    assert len(found.quarantine[0]["content"]) <= customs_records.MAXIMUM_CONTENT
    assert found.quarantine[0]["content"].startswith("99001010")
    if reason not in {"broken_quotes"}:
        assert found.quarantine[0]["detail"]


def test_one_delimiter_too_many_at_the_end_of_a_record_is_harmless(tmp_path: Path) -> None:
    path = tmp_path / "trailing.csv"
    path.write_text(csv_text([record(declaration()) + ";", record(declaration())]), encoding="utf-8")
    assert values(read(path)) == [EXPECTED, EXPECTED]


def test_the_ordinal_counts_records_not_lines_and_rejects_too(tmp_path: Path) -> None:
    path = tmp_path / "lines.csv"
    quoted = record(declaration(G31_1='ПРИЦЕЛ\r\nНОЧНОЙ;\n"1ПН22"'))
    broken = record(declaration()[:4])
    path.write_text(
        "\n" + csv_text([quoted, "", record(declaration(G072="")), broken, "  ", quoted]), encoding="utf-8", newline=""
    )
    found = read(path)
    assert found.loaded == [1, 4]
    assert found.reasons == {2: "missing_date", 3: "shifted_columns"}
    assert {line["description"] for line in found.lines} == {'ПРИЦЕЛ\nНОЧНОЙ;\n"1ПН22"'}


def test_mixed_line_ends_are_read(tmp_path: Path) -> None:
    good = record(declaration())
    path = tmp_path / "mixed.csv"
    path.write_text(csv_text([]) + f"{good}\r\n{good}\r{good}\n{good}", encoding="utf-8", newline="")
    assert values(read(path)) == [EXPECTED] * 4


@pytest.mark.parametrize("kind", ["real", "RECONSTRUCTED", " Synthetic "])
def test_the_label_of_a_row_is_kept(tmp_path: Path, kind: str) -> None:
    path = csv_file(tmp_path / "labelled.csv", extra={"RECORD_KIND": kind})
    assert read(path).lines[0]["record_kind"] == kind.strip().lower()


@pytest.mark.parametrize("kind", ["", "genuine"])
def test_a_row_whose_label_is_not_known_never_counts_as_real(tmp_path: Path, kind: str) -> None:
    found = read(csv_file(tmp_path / "labelled.csv", {}, {"RECORD_KIND": kind}, extra={"RECORD_KIND": "synthetic"}))
    assert (found.loaded, found.reasons) == ([1], {2: "unknown_record_kind"})
    assert found.quarantine[0]["detail"] == f"record_kind: {kind or '(empty)'}"


BLANKS = " \t\n\r\u00a0"
SOUND, SHIFTED, NO_DATE, NEGATIVE = "sound", "shifted_columns", "missing_date", "negative_quantity"


def written(text: str) -> str:
    """Quoted only where it must be, so that quotes in the middle of a bare field are met as well."""
    needs = any(mark in text for mark in ";\r\n") or text.strip(" ").startswith('"')
    return '"' + text.replace('"', '""') + '"' if needs else text


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    records=st.lists(
        st.tuples(
            st.sampled_from([SOUND, SOUND, SOUND, SHIFTED, NO_DATE, NEGATIVE]),
            st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=30)
            | st.text('";\n\r ,aЯ', max_size=12),
        ),
        min_size=1,
        max_size=40,
    ),
    end=st.sampled_from(["\n", "\r\n"]),
    blank_lines=st.integers(0, 2),
)
def test_every_record_of_any_file_is_loaded_or_quarantined_once_under_its_ordinal(
    tmp_path: Path, records: list[tuple[str, str]], end: str, blank_lines: int
) -> None:
    lines = []
    for number, (kind, text) in enumerate(records, start=1):
        changes = {"ND": f"99001010/081122/{number:07}", "G31_1": text}
        changes |= {NO_DATE: {"G072": ""}, NEGATIVE: {"G31_7": "-1"}}.get(kind, {})
        fields = [written(value) for value in declaration(**changes)]
        lines.append(";".join(fields[:-3] if kind == SHIFTED else fields) + end * (number % 3 and blank_lines))
    path = tmp_path / "any.csv"
    path.write_bytes(csv_text(lines, end=end).encode())

    found = read(path)

    assert found.reasons == {number: kind for number, (kind, _) in enumerate(records, start=1) if kind != SOUND}
    texts = {number: text for number, (kind, text) in enumerate(records, start=1) if kind == SOUND}
    assert found.loaded == list(texts)
    for line in found.lines:
        text = re.sub("\r\n|\r", "\n", texts[line["_source_row"]]).strip(BLANKS)
        expected = None if text in {"", "NULL", "null", "N/A", "n/a"} else text
        assert (line["declaration_number"][-7:], line["description"]) == (f"{line['_source_row']:07}", expected)
