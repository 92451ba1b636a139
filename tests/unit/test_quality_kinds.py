"""Each kind of expectation that a suite may name runs on DuckDB, and can pass as well as fail."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
import sqlalchemy

from boomerang.quality import dialect
from boomerang.quality.evaluation import Evaluator
from boomerang.quality.suites import KINDS, Expectation, Suite, SuiteFile

ROWS = """
    create table marts.lines as
    select i as id, (i * 1.5)::decimal(18, 2) as value, i + 1 as more, 'T-' || (i % 3) as family,
        date '2022-01-01' + i::int as day, case when i < 10 then i end as some, null::integer as nothing, i % 2 as half
    from range(100) as r (i)
"""

# kind -> arguments with which it passes, arguments with which it fails.
CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "expect_column_max_to_be_between": (
        {"column": "value", "min_value": 148, "max_value": 149},
        {"column": "value", "max_value": 100},
    ),
    "expect_column_mean_to_be_between": (
        {"column": "value", "min_value": 74, "max_value": 75},
        {"column": "value", "max_value": 74},
    ),
    "expect_column_median_to_be_between": (
        {"column": "value", "min_value": 74, "max_value": 75},
        {"column": "value", "max_value": 74},
    ),
    "expect_column_min_to_be_between": (
        {"column": "day", "min_value": "2022-01-01", "max_value": "2022-01-02"},
        {"column": "id", "min_value": 1},
    ),
    "expect_column_pair_values_a_to_be_greater_than_b": (
        {"column_A": "more", "column_B": "id"},
        {"column_A": "id", "column_B": "more"},
    ),
    "expect_column_pair_values_to_be_equal": (
        {"column_A": "id", "column_B": "id"},
        {"column_A": "id", "column_B": "more"},
    ),
    "expect_column_stdev_to_be_between": (
        {"column": "id", "min_value": 28, "max_value": 30},
        {"column": "id", "max_value": 1},
    ),
    "expect_column_sum_to_be_between": (
        {"column": "value", "min_value": 7425, "max_value": 7425},
        {"column": "value", "max_value": 7424},
    ),
    "expect_column_unique_value_count_to_be_between": (
        {"column": "family", "min_value": 3, "max_value": 3},
        {"column": "family", "min_value": 4},
    ),
    "expect_column_value_lengths_to_be_between": (
        {"column": "family", "min_value": 3, "max_value": 3},
        {"column": "family", "min_value": 4},
    ),
    "expect_column_values_to_be_between": (
        {"column": "day", "min_value": "2022-01-01", "max_value": "2022-12-31"},
        {"column": "id", "min_value": 1},
    ),
    "expect_column_values_to_be_in_set": (
        {"column": "half", "value_set": [0, 1]},
        {"column": "half", "value_set": [0], "mostly": 0.6},
    ),
    "expect_column_values_to_be_null": ({"column": "nothing"}, {"column": "some"}),
    "expect_column_values_to_be_unique": ({"column": "id"}, {"column": "half"}),
    "expect_column_values_to_not_be_in_set": (
        {"column": "family", "value_set": ["unmapped"]},
        {"column": "family", "value_set": ["T-0"]},
    ),
    "expect_column_values_to_not_be_null": ({"column": "id"}, {"column": "some"}),
    "expect_compound_columns_to_be_unique": (
        {"column_list": ["id", "half"]},
        {"column_list": ["family", "half"]},
    ),
    "expect_table_row_count_to_be_between": ({"min_value": 100, "max_value": 100}, {"min_value": 101}),
    "expect_table_row_count_to_equal": ({"value": 100}, {"value": 99}),
}


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("kinds") / "warehouse.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"create schema marts; {ROWS}")
    return path


@pytest.fixture(scope="module")
def evaluator(database: Path) -> Iterator[Evaluator]:
    with Evaluator(database, profile="sample", built_at=datetime(2023, 4, 23, tzinfo=UTC)) as found:
        yield found


def test_every_kind_that_a_suite_may_name_is_proved_here() -> None:
    assert set(CASES) == set(KINDS)


def test_every_kind_passes_and_fails_as_it_should(evaluator: Evaluator) -> None:
    entries = [
        Expectation.model_validate(
            {"name": f"{kind}_{wanted}", "severity": "warning", "because": "A test.", "expect": kind, "with": arguments}
        )
        for kind, (passing, failing) in CASES.items()
        for wanted, arguments in (("passes", passing), ("fails", failing))
    ]
    suite = Suite(mart="lines", about="A test.", rows_named_by=("id",), expectations=tuple(entries))
    file = SuiteFile(Path("lines.yml"), suite, tuple(range(len(entries))))
    results, _ = evaluator.evaluate(file, list(enumerate(entries)))
    assert {result.expectation: result.success for result in results} == {
        entry.name: entry.name.endswith("_passes") for entry in entries
    }
    assert not [result for result in results if "broke" in result.observed or "nothing" in result.observed]
    without_rows = {result.kind for result in results if result.success is False and not result.failing_rows}
    assert without_rows == {kind for kind, counting in KINDS.items() if counting in {"aggregate", "count", "always"}}
    assert all(type(result.success) is bool for result in results)


def test_results_outlive_their_connection() -> None:
    dialect.register()
    engine = sqlalchemy.create_engine(f"{dialect.DRIVER}:///:memory:")
    with engine.connect() as connection:
        rows = connection.execute(sqlalchemy.text("select id from range(3) as r (id) order by id"))
    assert [row.id for row in rows.fetchall()] == [0, 1, 2]
    engine.dispose()
