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
from boomerang.synthetic.customs_abroad import SUMS
from boomerang.synthetic.customs_files import (
    LAYOUTS,
    Dialect,
    Generator,
    Layout,
    synthesise,
    synthesise_sums,
)

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
    country = LAYOUTS[layout].get("country")
    russian_file: Layout = (
        "russia_declaration_fields" if LAYOUTS[layout]["direction"] == "import" else "russia_export_full"
    )
    with Generator(russian_file, 3_000, 11) as russian:
        mirrored = russian.mirrored_lines(country, 20) if country in {"IN", "KZ"} else None
    answer = synthesise(tmp_path / "files", lines=LINES, seed=11, layout=layout, dialect=dialect, mirrored=mirrored)
    file = answer.files[0]
    landed = ingest(home, [tmp_path / "files" / layout / file.file], source="customs")
    make_bronze(home)
    lines = f"'{home.bronze}/customs/lines/*.parquet'"

    assert landed[0].sha256 == file.sha256
    reporter = LAYOUTS[layout].get("country", "RU")
    assert [span.reporter_country_code for span in landed[0].coverage] == [reporter]
    assert duckdb.sql(
        f"select rows_in, rows_loaded, rows_quarantined from '{home.bronze}/customs/ledger/*.parquet'"
    ).fetchall() == [(file.rows_in, file.rows_loaded + file.rows_duplicate, file.rows_quarantined)]

    expected = {row: REASONS[item.trap] for item in answer.findings if item.trap in REASONS for row in item.rows}
    quarantine = [str(path) for path in (home.quarantine / "customs").glob("*.parquet")]
    found = duckdb.sql(f"select _source_row, reason from read_parquet({quarantine})").fetchall() if quarantine else []
    assert dict(found) == expected

    kinds = dict(duckdb.sql(f"select record_kind, count(*) from {lines} group by all").fetchall())
    rebuilt = sum(len(item.rows) for item in answer.findings if item.record_kind == "RECONSTRUCTED")
    expected_kinds = {"synthetic": file.rows_in - file.rows_quarantined - rebuilt, "reconstructed": rebuilt}
    assert kinds == {kind: rows for kind, rows in expected_kinds.items() if rows}

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
            for column, value in item.expects.items():
                rows = duckdb.sql(
                    f"select distinct {column} from {lines} where list_contains({list(item.rows)}, _source_row)"
                ).fetchall()
                assert rows == [(value,)], column

    assert duckdb.sql(f"select distinct reporter_country_code, layout from {lines}").fetchall() == [(reporter, layout)]


@pytest.mark.parametrize("layout", ["india_shipping_bills", "india_import_full", "kazakhstan_export_full"])
def test_every_day_of_another_country_s_file_is_the_day_there(home: Home, tmp_path: Path, layout: Layout) -> None:
    synthesise(tmp_path, lines=LINES, seed=11, layout=layout)
    ingest(home, [next((tmp_path / layout).glob("synthetic*[vx]"))])
    make_bronze(home)
    with Generator(layout, LINES, 11) as generator:
        days = generator.connection.execute("select i + 1, declared_on from lines where spoiled is null").fetchall()
    found = duckdb.sql(f"select _source_row, declared_on from '{home.bronze}/customs/lines/*.parquet'").fetchall()
    assert sorted(found) == sorted(days) != []


@pytest.mark.parametrize("layout", sorted(SUMS))
def test_files_of_sums_hold_what_their_lines_add_up_to(home: Home, tmp_path: Path, layout: str) -> None:
    answer = synthesise_sums(tmp_path, lines=LINES, seed=11, layout=layout)
    (file,) = answer.files
    assert file.rows_duplicate > 0
    ingest(home, [tmp_path / layout / file.file])
    assert f"({file.rows_in:,} rows loaded, 0 quarantined)" in make_bronze(home).parsed[0]
    sums = f"'{home.bronze}/customs/aggregates/*.parquet'"
    assert duckdb.sql(
        f"select count(*), count(distinct row_hash), count(distinct record_kind || layout) from {sums}"
    ).fetchall() == [(file.rows_in, file.rows_loaded, 1)]
    with Generator(SUMS[layout].lines_of, LINES, 11) as generator:
        expected = generator.connection.execute(
            "select date_trunc('month', declared_on)::date, sum(quantity)::double from lines"
            " where spoiled is null and record_kind = 'SYNTHETIC' group by all order by all"
        ).fetchall()
    found = duckdb.sql(
        f"""
        with distinct_rows as (select month, any_value(quantity) as quantity from {sums} group by month, row_hash)
        select month, sum(quantity)::double from distinct_rows group by all order by all
        """
    ).fetchall()
    assert [month for month, _ in found] == [month for month, _ in expected]
    assert [quantity for _, quantity in found] == pytest.approx([quantity for _, quantity in expected], rel=1e-9)
    assert list((home.bronze / "customs" / "lines").glob(f"{file.sha256}*")) == []


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
