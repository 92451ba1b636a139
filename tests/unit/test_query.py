from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from rich.console import Console

from boomerang.errors import UsageError
from boomerang.home import Home
from boomerang.release.publish import publish, release_folder
from boomerang.serving.query import run_query, write_result
from releases import candidate, checked


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    home = Home.open(tmp_path_factory.mktemp("home"))
    checked(candidate(home))
    publish(home)
    return release_folder(home)


def test_a_query_needs_no_schema_name(release: Path) -> None:
    assert run_query(release, "select count(*) as n from fct_reimports").to_pylist() == [{"n": 1000}]


@pytest.mark.parametrize(
    "hostile",
    [
        "delete from fct_reimports",
        "drop table fct_reimports",
        "create table marts.x as select 1",
        "attach '/tmp/x.duckdb' as x",
        "copy fct_reimports to '/tmp/stolen.csv'",
        "install httpfs",
        "load httpfs",
        "set enable_external_access = true",
        "select * from read_text('/etc/passwd')",
        "select * from '/etc/passwd'",
        "select * from read_csv('https://example.org/x.csv')",
        "pragma database_list; drop table fct_reimports",
        "select 1; select 2",
        "export database '/tmp/stolen'",
        "selec 1",
        "",
    ],
)
def test_anything_but_reading_the_release_is_refused(release: Path, hostile: str) -> None:
    before = run_query(release, "select count(*) as n, sum(value_usd) as s from fct_reimports").to_pylist()
    with pytest.raises(UsageError):
        run_query(release, hostile)
    assert run_query(release, "select count(*) as n, sum(value_usd) as s from fct_reimports").to_pylist() == before
    assert not Path("/tmp/stolen.csv").exists()  # noqa: S108 - what the hostile statement named
    assert not Path("/tmp/stolen").exists()  # noqa: S108


def text_of(release: Path, sql: str, form: str) -> str:
    console = Console(file=io.StringIO(), width=80)
    write_result(run_query(release, sql), form, None, console)  # type: ignore[arg-type]
    return console.file.getvalue()  # type: ignore[attr-defined,no-any-return]


def test_csv_runs_no_formula(release: Path) -> None:
    sql = """select '=cmd|''/c calc''!A1' as name, -5 as number, '+7 499' as phone"""
    assert text_of(release, sql, "csv") == "name,number,phone\n'=cmd|'/c calc'!A1,-5,'+7 499\n"


def test_json_keeps_nulls_lists_and_cyrillic(release: Path) -> None:
    rows = json.loads(text_of(release, "select null as nothing, evidence from fct_reimports limit 1", "json"))
    assert rows == [{"nothing": None, "evidence": [{"signal": "own", "text": "Юг"}]}]


def test_a_table_fits_the_terminal_and_shows_markup_as_text(release: Path) -> None:
    text = text_of(release, "select '[bold]x' as name, repeat('long ', 60) as long, null as nothing", "table")
    assert "[bold]x" in text
    assert "null" in text
    assert max(len(line) for line in text.splitlines()) <= 80


def test_parquet_is_written_whole(release: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.parquet"
    write_result(run_query(release, "from fct_reimports"), "parquet", target, Console())
    assert pq.read_metadata(target).num_rows == 1000
    with pytest.raises(UsageError, match="--output"):
        write_result(run_query(release, "select 1"), "parquet", None, Console())


def test_an_output_that_cannot_be_written_is_said(release: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="can't be written"):
        write_result(run_query(release, "select 1"), "csv", tmp_path / "file" / "x.csv", Console())
