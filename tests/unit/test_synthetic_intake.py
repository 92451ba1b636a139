"""The project's own intake makes of the synthetic files what their answer says."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import get_args

import duckdb
import pytest

from boomerang.bronze import make_bronze
from boomerang.home import Home
from boomerang.landing.inbox import ingest
from boomerang.synthetic.customs_files import Dialect, Layout, synthesise

LINES = 1_200
REASONS = {
    "day_that_does_not_exist": "bad_date",
    "letters_in_hs_code": "bad_hs_code",
    "negative_quantity": "negative_quantity",
    "too_few_fields": "shifted_columns",
    "too_many_fields": "shifted_columns",
}


@pytest.mark.parametrize(
    ("layout", "dialect"),
    [(layout, Dialect()) for layout in get_args(Layout)]
    + [
        ("russia_declaration_fields", Dialect("cp1251")),
        ("russia_declaration_fields", Dialect("cp866", delimiter="\t", decimal_mark=".")),
        ("russia_declaration_fields", Dialect("utf-16", delimiter=",", day_format="%Y-%m-%d", with_titles=True)),
    ],
    ids=lambda value: value if isinstance(value, str) else value.encoding,
)
def test_the_ledger_the_quarantine_and_the_sums_are_the_answers(
    home: Home, tmp_path: Path, layout: Layout, dialect: Dialect
) -> None:
    answer = synthesise(tmp_path / "files", lines=LINES, seed=11, layout=layout, dialect=dialect)
    file = answer.files[0]
    landed = ingest(home, [tmp_path / "files" / layout / file.file], source="customs")
    make_bronze(home)
    lines = f"'{home.bronze}/customs/lines/*.parquet'"

    assert landed[0].sha256 == file.sha256
    assert [span.reporter_country_code for span in landed[0].coverage] == ["RU"]
    assert duckdb.sql(
        f"select rows_in, rows_loaded, rows_quarantined from '{home.bronze}/customs/ledger/*.parquet'"
    ).fetchall() == [(file.rows_in, file.rows_loaded + file.rows_duplicate, file.rows_quarantined)]

    expected = {row: REASONS[item.trap] for item in answer.findings if item.trap in REASONS for row in item.rows}
    quarantine = [str(path) for path in (home.quarantine / "customs").glob("*.parquet")]
    found = duckdb.sql(f"select _source_row, reason from read_parquet({quarantine})").fetchall() if quarantine else []
    assert dict(found) == expected

    kinds = dict(duckdb.sql(f"select record_kind, count(*) from {lines} group by all").fetchall())
    rebuilt = sum(len(item.rows) for item in answer.findings if item.record_kind == "RECONSTRUCTED")
    assert kinds == {"synthetic": LINES - file.rows_quarantined - rebuilt, "reconstructed": rebuilt}

    for item in answer.findings:
        if item.verdict != "quarantined":
            numbers, quantity, value_usd = duckdb.sql(
                f"""
                select list(declaration_number order by list_position({list(item.rows)}, _source_row)),
                    sum(quantity), sum(value_usd)
                from {lines} where _source_row in {item.rows if len(item.rows) > 1 else f"({item.rows[0]})"}
                """
            ).fetchall()[0]
            assert (tuple(numbers), quantity, value_usd) == (item.declaration_numbers, item.quantity, item.value_usd)


def test_every_row_of_a_file_of_several_scan_blocks_keeps_its_own_number(home: Home, tmp_path: Path) -> None:
    """DuckDB reads a CSV in blocks of 8 MB on several threads; a join in the typing statement shuffles them."""
    answer = synthesise(tmp_path / "files", lines=60_000, seed=11, layout="russia_declaration_fields")
    path = tmp_path / "files" / "russia_declaration_fields" / answer.files[0].file
    assert path.stat().st_size > 3 * 8_000_000
    ingest(home, [path], source="customs")
    make_bronze(home)

    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream, delimiter=";"))[1:]
    bronze = duckdb.sql(
        f"select _source_row, declaration_number, line_number from '{home.bronze}/customs/lines/*.parquet'"
    ).fetchall()
    misplaced = [
        (number, declaration, item)
        for number, declaration, item in bronze
        if (rows[number - 1][1], rows[number - 1][21]) != (declaration, str(item))
    ]
    assert len(bronze) == 60_000 - answer.files[0].rows_quarantined
    assert not misplaced, f"{len(misplaced):,} rows carry another row's number, e.g. {misplaced[:3]}"
