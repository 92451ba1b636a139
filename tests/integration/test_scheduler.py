"""A real Airflow (scheduler with LocalExecutor, DAG processor, triggerer, API server) on a home, from up to down."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from boomerang.home import Home
from boomerang.orchestration.standalone import find, login, session_members

pytestmark = pytest.mark.timeout(900)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(what: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not what():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.5)
    return True


class Airflow:
    """The commands, as a person gives them."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.environment = {
            **os.environ,
            "BOOMERANG_HOME": str(home),
            "BOOMERANG_AIRFLOW_PORT": str(_free_port()),
            "BOOMERANG_INBOX_QUIET_SECONDS": "1",
        }

    def __call__(self, module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", f"boomerang.orchestration.{module}", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )


def test_airflow_runs_nights_from_up_to_down(tmp_path: Path) -> None:
    airflow = Airflow(tmp_path / "home")
    leader = None
    try:
        started = airflow("standalone", "up")
        assert started.returncode == 0, started.stderr
        home = Home.open(airflow.home)
        running = find(home)
        assert running is not None
        leader = running.pid
        user, password = login(home)
        assert running.address in started.stdout
        assert password in started.stdout

        _nobody_comes_in_without_the_password(running.address, user, password)

        again = airflow("standalone", "up")
        assert again.returncode == 5
        assert "runs on" in again.stderr

        night = airflow("nightly")
        assert night.returncode == 0, night.stdout + night.stderr
        assert f"the night runs in Airflow at {running.address}" in night.stdout
        release = home.current.resolve()
        assert release.name in {path.name for path in home.releases.iterdir()}

        # Dropped while Airflow runs: the triggerer sees it and a night begins by itself. It is taken, and refused.
        dropped = home.inbox / "not_customs.csv"
        dropped.write_text("<!DOCTYPE html><html><body>Please log in</body></html>")
        assert _wait_for(lambda: not dropped.exists(), 180), "no night began"
        assert list(home.quarantine.rglob("*.json"))

        # That night is still under way, or has just ended: down ends it too.
        ended = airflow("standalone", "down")
        assert ended.returncode == 0, ended.stderr
        assert session_members(leader) == []
        assert find(home) is None
        assert (home.current / "manifest.json").is_file()
        with home.lock("airflow"), home.lock("writer"):
            pass
        assert airflow("standalone", "down").stdout == "Airflow did not run\n"
    finally:
        if leader is not None and session_members(leader):
            airflow("standalone", "down")


def _nobody_comes_in_without_the_password(address: str, user: str, password: str) -> None:
    assert httpx.get(f"{address}/api/v2/dags", trust_env=False).status_code == 401
    wrong = httpx.post(f"{address}/auth/token", json={"username": user, "password": password[:-1]}, trust_env=False)
    assert wrong.status_code == 401


def test_a_taken_port_is_told_and_nothing_is_left_behind(tmp_path: Path) -> None:
    airflow = Airflow(tmp_path / "home")
    with socket.socket() as other:
        other.bind(("127.0.0.1", int(airflow.environment["BOOMERANG_AIRFLOW_PORT"])))
        other.listen()
        refused = airflow("standalone", "up")
    assert refused.returncode == 2
    assert "is taken" in refused.stderr
    assert not (airflow.home / "airflow" / "standalone.json").exists()
    status = airflow("standalone", "status", "--home", str(airflow.home))
    assert (status.returncode, status.stdout) == (3, "Airflow is down\n")
    assert json.loads((airflow.home / "home.json").read_text())["profile"] == "sample"
