"""A publication that is killed at any point leaves a whole release, and a rerun completes it."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import duckdb

from boomerang.home import Home
from boomerang.release.publish import current_id, publish, release_folder, release_ids
from boomerang.release.verify import disagreements
from releases import candidate, checked

PUBLISH = """
import sys
from boomerang.home import Home
from boomerang.release.publish import publish
home = Home.open(sys.argv[1])
print("ready", flush=True)
publish(home)
"""
KILLS = 12


def start(home: Home) -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-c", PUBLISH, str(home.root)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def test_a_killed_publication_leaves_a_whole_release_and_is_completed(home: Home) -> None:
    checked(candidate(home, 0))
    began = time.monotonic()
    start(home).wait()
    duration = time.monotonic() - began
    outcomes = set()
    for step in range(KILLS):
        before = current_id(home)
        checked(candidate(home, step + 1))
        with start(home) as process:
            time.sleep(duration * (step + 0.5) / KILLS)
            process.kill()
            process.wait()
        current = current_id(home)
        assert disagreements(release_folder(home)) == []
        outcomes.add("old" if current == before else "new")
        if candidate_waits(home):
            publish(home)
        assert current_id(home) == release_ids(home)[-1] != before
        assert disagreements(release_folder(home)) == []
        assert not list(home.releases.glob(".*.*"))
    assert "old" in outcomes  # the kills did strike before the switch


def candidate_waits(home: Home) -> bool:
    return (home.build / "candidate").exists()


def test_readers_see_whole_releases_only_while_others_are_published(home: Home) -> None:
    checked(candidate(home, 0))
    publish(home)
    reader = """
import sys, duckdb
path, builds = sys.argv[1], set()
while True:
    with duckdb.connect(path, read_only=True) as connection:
        rows = connection.execute(
            "select distinct build from marts.fct_reimports union all select build from marts.fct_equipment_losses"
        ).fetchall()
    assert len(rows) == 2 and rows[0] == rows[1], rows
    builds.add(rows[0][0])
    print(len(builds), flush=True)
    if max(builds) == 4:
        break
"""
    with subprocess.Popen(
        [sys.executable, "-c", reader, str(home.current / "warehouse.duckdb")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()  # it has read the first release
        for second in range(1, 5):
            checked(candidate(home, second))
            publish(home)
        seen, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert int(seen.split()[-1]) >= 2


def test_a_full_disk_leaves_the_last_release(home: Home, tmp_path: Path) -> None:
    checked(candidate(home, 0))
    first = publish(home)
    checked(candidate(home, 1, rows=400_000))
    # A limit of the operating system on the size of a file: the same error path as a disk without room.
    limited = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, 2_000_000))\n{PUBLISH}"
    run = subprocess.run([sys.executable, "-c", limited, str(home.root)], capture_output=True, text=True, check=False)
    assert run.returncode != 0
    assert "File too large" in run.stderr
    assert current_id(home) == first
    assert release_ids(home) == [first]
    assert not list(home.releases.glob(".*.*"))
    assert publish(home) != first
    rows = duckdb.connect(str(home.current / "warehouse.duckdb"), read_only=True).sql("from marts.fct_reimports")
    assert len(rows.fetchall()) == 400_000
