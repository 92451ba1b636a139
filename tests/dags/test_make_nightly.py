"""``python -m boomerang.orchestration.nightly``, as ``make nightly`` starts it: what a person sees, exit statuses."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from boomerang.home import PROJECT_ROOT, Home
from boomerang.orchestration.environment import airflow_home, configure


def _nightly(home: Home, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "boomerang.orchestration.nightly", "--home", str(home.root), *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


@pytest.fixture
def released_home(sample_home: Home) -> Home:
    """A home with a release; the other tests of this folder leave one."""
    if not sample_home.current.exists():
        done = _nightly(sample_home)
        assert done.returncode == 0, done.stdout + done.stderr
    return sample_home


def test_a_failed_check_exits_1_and_the_last_release_stands(released_home: Home, tmp_path: Path) -> None:
    # A checkout like this one, whose checks ask for what can't be.
    for name in ("dags", "dbt_project", "expectations"):
        shutil.copytree(
            PROJECT_ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("target", "logs", "__pycache__")
        )
    (tmp_path / "include").symlink_to(PROJECT_ROOT / "include")
    with (tmp_path / "expectations" / "fct_equipment_losses.yml").open("a") as suite:
        suite.write(
            "\n  - name: there_are_a_million_losses\n    severity: critical\n    because: A test asks for it.\n"
            "    expect: expect_table_row_count_to_equal\n    with: {value: 1000000}\n"
        )
    before = released_home.current.resolve()
    done = _nightly(released_home, BOOMERANG_PROJECT=str(tmp_path))
    assert done.returncode == 1, done.stdout + done.stderr
    assert released_home.current.resolve() == before
    ended = {line.split()[1]: line for line in done.stdout.splitlines() if line[2:4].isdigit()}
    assert ended["build"].endswith("done")
    assert ended["check"].endswith("failed")
    assert "publish" not in ended
    assert "there_are_a_million_losses" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_a_night_on_a_home_that_another_run_holds_leaves_cleanly_with_5(released_home: Home) -> None:
    before = released_home.current.resolve()
    with released_home.lock("writer"):
        done = _nightly(released_home)
    assert done.returncode == 5, done.stdout + done.stderr
    assert f"another run holds {released_home.root}" in done.stderr
    assert released_home.current.resolve() == before


def test_a_killed_night_leaves_no_run_that_a_scheduler_would_take_up(released_home: Home) -> None:
    command = [sys.executable, "-m", "boomerang.orchestration.nightly", "--home", str(released_home.root)]
    with released_home.lock("writer"):  # so that it does not come far
        killed = subprocess.Popen([*command, "--wait", "600"], stdout=subprocess.PIPE, text=True)
        assert killed.stdout is not None
        for line in killed.stdout:
            if " due " in line:
                break
        killed.kill()
        killed.communicate()
        assert "running" in _run_states(released_home)
        assert _nightly(released_home).returncode == 5
    assert set(_run_states(released_home)) <= {"success", "failed"}


def _run_states(home: Home) -> list[str]:
    with closing(sqlite3.connect(airflow_home(home) / "airflow.db")) as database:
        return [state for (state,) in database.execute("select state from dag_run where dag_id = 'nightly'")]


def test_two_make_nightly_at_once_do_not_meet(released_home: Home) -> None:
    with released_home.lock("airflow"):
        done = _nightly(released_home)
    assert done.returncode == 5, done.stdout + done.stderr
    assert "lock 'airflow'" in done.stderr
    assert f"process {os.getpid()}" in done.stderr


def test_a_home_of_another_profile_is_refused(released_home: Home) -> None:
    done = _nightly(released_home, BOOMERANG_PROFILE="live")
    assert done.returncode == 2
    assert "is a home of the profile 'sample'" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_configuration_keeps_its_secrets_and_shows_them_to_nobody(home: Home) -> None:
    configure(home)
    file = airflow_home(home) / "airflow.cfg"
    first = file.read_text()
    assert airflow_home(home).stat().st_mode & 0o077 == 0
    assert file.stat().st_mode & 0o077 == 0
    configure(home)
    assert file.read_text() == first
    another = Home.open(home.root.with_name("another"), profile="live")
    configure(another)
    keys = ("fernet_key", "secret_key", "jwt_secret")
    secret = {line for line in first.splitlines() if line.startswith(keys)}
    assert len(secret) == 3
    assert secret.isdisjoint((airflow_home(another) / "airflow.cfg").read_text().splitlines())
