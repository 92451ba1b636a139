from __future__ import annotations

import json
import shutil
from pathlib import Path

import duckdb
import pytest

from boomerang.errors import CheckFailedError, UsageError
from boomerang.home import Home
from boomerang.release.publish import current_id, keep_newest, pin, publish, release_folder, release_ids
from boomerang.release.verify import disagreements
from boomerang.serving.query import open_release
from releases import candidate, checked


def published(home: Home, second: int = 0, **how: bool) -> str:
    folder = candidate(home, second, **how)  # type: ignore[arg-type]
    checked(folder)
    return publish(home)


def test_a_release_is_whole_and_agrees_with_its_manifest(home: Home) -> None:
    release = release_folder(home, published(home))
    assert disagreements(release) == []
    assert not list(release.glob("*.wal"))
    assert home.current.readlink() == Path("releases") / release.name
    manifest = json.loads((release / "manifest.json").read_text())
    assert manifest["tables"]["fct_reimports"]["rows"] == 1000
    assert set(manifest["files"]) >= {"warehouse.duckdb", "parquet/fct_reimports.parquet", "checks/results.json"}


def test_comments_travel_with_the_tables(home: Home) -> None:
    with open_release(release_folder(home, published(home))) as connection:
        comments = connection.execute(
            "select comment from duckdb_tables() where table_name = 'fct_reimports' "
            "union all select comment from duckdb_columns() where column_name = 'value_usd'"
        ).fetchall()
        assert comments == [("One row per line that's re-imported.",), ('USD; "statistical"',)]
        silent = connection.execute(
            "select column_name from duckdb_columns() where table_name like 'release%' and comment is null"
        ).fetchall()
        assert silent == []


def test_what_never_landed_and_what_is_not_built_are_told_apart(home: Home) -> None:
    with open_release(release_folder(home, published(home))) as connection:
        marts = {
            name: rest
            for name, *rest in connection.execute(
                "select mart, rows, has_landed_sources, is_built from release_marts"
            ).fetchall()
        }
    assert marts["fct_reimports"] == [1000, True, True]
    assert marts["fct_equipment_losses"] == [1, False, True]  # oryx_russia was never observed
    assert marts["mart_trade_flows"] == [None, False, False]


def test_rows_are_exported_in_the_order_of_their_key(home: Home) -> None:
    release = release_folder(home, published(home))
    rows = duckdb.sql(
        f"select reimport_id from read_parquet('{release / 'parquet' / 'fct_reimports.parquet'}')"
    ).fetchall()
    assert rows == sorted(rows)
    assert len(rows) == 1000


def test_an_unchecked_candidate_is_refused(home: Home) -> None:
    candidate(home)
    with pytest.raises(UsageError, match="was not checked"):
        publish(home)
    assert release_ids(home) == []


def test_a_failed_critical_check_leaves_the_last_release(home: Home) -> None:
    first = published(home, 1)
    checked(candidate(home, 2), success=False)
    with pytest.raises(CheckFailedError, match="the last release stands"):
        publish(home)
    assert current_id(home) == first
    assert release_ids(home) == [first]


def test_a_candidate_that_was_changed_after_its_checks_is_refused(home: Home) -> None:
    folder = candidate(home)
    checked(folder)
    with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
        connection.execute("update marts.fct_reimports set value_usd = 1")
    with pytest.raises(CheckFailedError, match="changed after the checks"):
        publish(home)
    assert current_id(home) is None


def test_parquet_that_differs_from_the_database_is_noticed(home: Home) -> None:
    folder = candidate(home)
    duckdb.sql("select 1 as x").write_parquet(str(folder / "parquet" / "fct_reimports.parquet"))
    checked(folder)
    with pytest.raises(CheckFailedError, match=r"fct_reimports\.parquet has 1 rows, the manifest says 1000"):
        publish(home)
    assert release_ids(home) == []


def test_an_open_reader_keeps_its_release_and_the_next_sees_the_new(home: Home) -> None:
    published(home, 1)
    old = duckdb.connect(str(home.current / "warehouse.duckdb"), read_only=True)
    published(home, 2)
    new = duckdb.connect(str(home.current / "warehouse.duckdb"), read_only=True)
    query = "select distinct build from marts.fct_reimports"
    assert (old.sql(query).fetchall(), new.sql(query).fetchall()) == ([(1,)], [(2,)])


def test_a_switch_that_a_kill_prevented_is_completed(home: Home) -> None:
    first = published(home, 1)
    second = published(home, 2)
    home.current.unlink()
    home.current.symlink_to(f"releases/{first}")
    (home.releases / f".{second}.half").mkdir()
    checked(candidate(home, 3))
    from boomerang.release.publish import finish_interrupted

    finish_interrupted(home)
    assert current_id(home) == second
    assert not list(home.releases.glob(".*"))


def test_a_replay_is_published_beside_the_current_release(home: Home) -> None:
    current = published(home, 5)
    replay = published(home, 2, is_replay=True)
    assert current_id(home) == current
    assert release_ids(home) == [replay, current]


def test_the_newest_stay_and_so_do_the_current_and_the_pinned(home: Home) -> None:
    names = [published(home, second) for second in range(5)]
    pin(home, names[0])
    home.current.unlink()
    home.current.symlink_to(f"releases/{names[1]}")
    assert keep_newest(home, 2) == [names[2]]
    assert release_ids(home) == [names[0], names[1], names[3], names[4]]


def test_an_unknown_release_is_refused_with_what_to_do(home: Home) -> None:
    with pytest.raises(UsageError, match="nothing has been published"):
        release_folder(home)
    with pytest.raises(UsageError, match="boomerang releases"):
        release_folder(home, "20260101T000000Z-00000000")


def test_a_damaged_release_is_told_from_a_whole_one(home: Home, tmp_path: Path) -> None:
    release = release_folder(home, published(home))
    damaged = tmp_path / "damaged"
    shutil.copytree(release, damaged)
    with (damaged / "warehouse.duckdb").open("r+b") as stream:
        stream.seek(-1, 2)
        stream.write(b"\x01")
    assert disagreements(damaged) == ["warehouse.duckdb is not the file that the manifest describes"]
