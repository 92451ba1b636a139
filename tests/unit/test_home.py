from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from boomerang.durable import switch_symlink, write_durably
from boomerang.errors import HomeBusyError, UsageError
from boomerang.home import Home

HOLD = """
import sys, time
from boomerang.home import Home
with Home.open(sys.argv[1]).lock("writer"):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_new_home_is_live_and_has_its_rooms(tmp_path: Path) -> None:
    home = Home.open(tmp_path / "data")
    assert home.profile == "live"
    assert all(room.is_dir() for room in (home.inbox, home.landing, home.bronze, home.quarantine, home.releases))


def test_a_home_keeps_its_profile_and_refuses_another(tmp_path: Path) -> None:
    Home.open(tmp_path, profile="sample")
    assert Home.open(tmp_path).profile == "sample"
    with pytest.raises(UsageError, match="synthetic and real records must not meet"):
        Home.open(tmp_path, profile="live")


def test_a_home_of_another_format_is_refused(tmp_path: Path) -> None:
    (tmp_path / "home.json").write_text('{"format": 99, "profile": "live"}')
    with pytest.raises(UsageError, match="format 99"):
        Home.open(tmp_path)


def test_a_home_that_is_a_file_is_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="BOOMERANG_HOME"):
        Home.open(tmp_path / "file")


def test_the_home_is_taken_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOOMERANG_HOME", str(tmp_path / "elsewhere"))
    assert Home.open().root == tmp_path / "elsewhere"


def test_a_held_lock_is_refused_and_freed_when_its_holder_is_killed(tmp_path: Path) -> None:
    home = Home.open(tmp_path)
    with subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(HomeBusyError, match=f"process {holder.pid}"), home.lock("writer"):
            pass
        holder.kill()
        holder.wait()
    with home.lock("writer"):
        pass


def test_a_waiting_run_gets_the_lock_when_it_is_free(tmp_path: Path) -> None:
    home = Home.open(tmp_path)
    script = HOLD.replace("60", "1")
    with subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with home.lock("writer", wait_seconds=30):
            pass


def test_a_lock_is_entered_again_by_its_holder(tmp_path: Path) -> None:
    home = Home.open(tmp_path)
    with home.lock("writer"), home.lock("writer"):
        pass


def test_what_killed_runs_left_is_swept_after_a_day(tmp_path: Path) -> None:
    home = Home.open(tmp_path)
    old, new = home.temporary / "old", home.temporary / "new"
    old.mkdir()
    new.mkdir()
    (old / "half.parquet").write_text("half")
    import os

    two_days_ago = time.time() - 2 * 24 * 3600
    os.utime(old, (two_days_ago, two_days_ago))
    Home.open(tmp_path)
    assert not old.exists()
    assert new.exists()


def test_a_failed_write_leaves_the_old_file_and_no_temporary(tmp_path: Path) -> None:
    target = tmp_path / "file"
    write_durably(target, b"old")
    with pytest.raises(TypeError):
        write_durably(target, "text is not bytes")  # type: ignore[arg-type]
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_link_is_relative_so_that_a_home_can_be_moved(tmp_path: Path) -> None:
    (tmp_path / "home" / "releases" / "one").mkdir(parents=True)
    switch_symlink(tmp_path / "home" / "current", tmp_path / "home" / "releases" / "one")
    (tmp_path / "home").rename(tmp_path / "moved")
    assert (tmp_path / "moved" / "current").resolve() == tmp_path / "moved" / "releases" / "one"
