"""A disk that is full while files are read is no fault of the files: nothing is refused, the next run reads them."""

from __future__ import annotations

import gzip
import multiprocessing
import resource
import zipfile
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from boomerang.bronze import make_bronze
from boomerang.home import Home
from boomerang.landing.inbox import ingest
from customs_tables import COLUMNS, delimited, row

ROWS = 20_000
LIMIT = 20_000
"""Bytes of one file; the table packed has more."""


def plain(folder: Path) -> Path:
    path = folder / "lines.csv"
    numbered = "".join(delimited([row(G32=str(number))]) for number in range(1, ROWS + 1))
    path.write_text(delimited([list(COLUMNS)]) + numbered, encoding="utf-8")
    return path


def in_zip(folder: Path) -> Path:
    with zipfile.ZipFile(folder / "lines.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(plain(folder), "lines.csv")
    return folder / "lines.zip"


def in_gzip(folder: Path) -> Path:
    (folder / "lines.csv.gz").write_bytes(gzip.compress(plain(folder).read_bytes()))
    return folder / "lines.csv.gz"


def parquet(folder: Path) -> Path:
    duckdb.read_csv(str(plain(folder)), delimiter=";", all_varchar=True).write_parquet(str(folder / "lines.parquet"))
    return folder / "lines.parquet"


def _parse_with_little_room(home: Path) -> str:
    resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT, LIMIT))
    try:
        make_bronze(Home.open(home))
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "it went through"


@pytest.mark.parametrize("made", [plain, in_zip, in_gzip, parquet])
def test_a_file_read_on_a_full_disk_is_read_whole_by_the_next_run(
    home: Home, tmp_path: Path, made: Callable[[Path], Path]
) -> None:
    ingest(home, [made(tmp_path)], source="customs")
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        said = pool.apply(_parse_with_little_room, (home.root,))
    assert "large" in said, said
    assert not list(home.bronze.glob("customs/ledger/[0-9a-f]*.parquet"))
    assert not list(home.quarantine.glob("customs/[0-9a-f]*"))

    make_bronze(home)
    ledger = duckdb.read_parquet(str(home.bronze / "customs" / "ledger" / "*.parquet"))
    assert ledger.aggregate("sum(rows_in), sum(rows_loaded)").fetchall() == [(ROWS, ROWS)]
