"""Airflow natively on a home, in the background: ``boomerang-airflow up``, ``down``, ``status``.

One supervising process leads a session of its own and holds the home's lock ``airflow`` for as long as it lives; the
scheduler, the DAG processor, the triggerer and the API server are its children. Airflow's tasks form process groups
of their own, but stay in the session: ``down`` ends everything that is in it.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from types import FrameType
from typing import Final, NamedTuple

import httpx
import psutil  # type: ignore[import-untyped]

from boomerang.durable import write_durably
from boomerang.errors import BoomerangError, HomeBusyError, UsageError
from boomerang.home import Home
from boomerang.orchestration.environment import (
    AIRFLOW_LOCK,
    airflow_home,
    close_killed_runs,
    configure,
    configured_port,
    open_home,
    password_file,
    port_of,
    prepare,
)

SERVICES: Final = {
    "scheduler": ("scheduler", "--skip-serve-logs"),
    "dag-processor": ("dag-processor",),
    "triggerer": ("triggerer", "--skip-serve-logs"),
    "api-server": ("api-server",),
}
"""Airflow's services; logs are files of this home, so that none of them has to serve its own over the network."""

HEALTHY_WITHIN_SECONDS: Final = 180
ENDED_WITHIN_SECONDS: Final = 20


class Running(NamedTuple):
    """Airflow as it runs on a home.

    Attributes:
        pid: The supervising process, which leads the session.
        created_at: When that process began, in seconds since 1970: a number that is used again is told apart.
        port: Of the API server.
    """

    pid: int
    created_at: float
    port: int

    @property
    def address(self) -> str:
        """Where Airflow's pages are."""
        return f"http://127.0.0.1:{self.port}"


def find(home: Home) -> Running | None:
    """Airflow as it runs on this home, if it does."""
    try:
        running = Running(**json.loads(_state_file(home).read_text()))
        process = psutil.Process(running.pid)
        is_same = abs(process.create_time() - running.created_at) < 2  # the number may have been given out again
        return running if is_same and process.status() != psutil.STATUS_ZOMBIE else None
    except (FileNotFoundError, psutil.NoSuchProcess):
        return None


def up(home: Home) -> Running:
    """Start Airflow on a home and wait until every service is healthy.

    Raises:
        HomeBusyError: It runs already, or a night runs in a process of its own.
        UsageError: The port is taken, or Airflow did not become healthy.
    """
    if running := find(home):
        raise HomeBusyError(f"Airflow runs on {home.root} already, at {running.address}", "end it with: make down")
    with home.lock(AIRFLOW_LOCK):  # refuses while a night runs in its own process
        environment = {**os.environ, **configure(home, _free_port())}
    log = airflow_home(home) / "logs" / "standalone.log"
    log.parent.mkdir(exist_ok=True)
    with log.open("wb") as stream:
        supervisor = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", "boomerang.orchestration.standalone", "supervise", "--home", str(home.root)],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            cwd=airflow_home(home),
            start_new_session=True,
        )
    deadline = time.monotonic() + HEALTHY_WITHIN_SECONDS
    while supervisor.poll() is None and time.monotonic() < deadline:
        running = find(home)
        if running and is_healthy(running):
            return running
        time.sleep(0.5)
    _end_session(supervisor.pid)
    last = log.read_text(errors="replace").splitlines()[-5:]
    raise UsageError(
        "Airflow did not start: " + ("\n  ".join(last) or "it says nothing"), f"its logs are in {log.parent}"
    )


def is_healthy(running: Running) -> bool:
    """Whether every service says that it is well."""
    try:
        answer = httpx.get(f"{running.address}/api/v2/monitor/health", timeout=5, trust_env=False)
        services = answer.raise_for_status().json()
    except (httpx.HTTPError, ValueError):
        return False
    return all(
        (services.get(name) or {}).get("status") == "healthy"
        for name in ("metadatabase", "scheduler", "triggerer", "dag_processor")
    )


def down(home: Home) -> bool:
    """End Airflow and everything that it started.

    Returns:
        Whether it ran.

    Raises:
        UsageError: Something could not be ended.
    """
    running = find(home)
    if running:
        _end_session(running.pid)
    _state_file(home).unlink(missing_ok=True)
    return running is not None


def _end_session(leader: int) -> None:
    """End a supervising process and everything in its session."""
    _signal(leader, signal.SIGTERM)
    if _session_ends(leader, ENDED_WITHIN_SECONDS):
        return
    for pid in session_members(leader):
        _signal(pid, signal.SIGKILL)
    if not _session_ends(leader, ENDED_WITHIN_SECONDS):
        left = ", ".join(map(str, session_members(leader)))
        raise UsageError(f"processes of Airflow could not be ended: {left}", "end them by their numbers")


def session_members(leader: int) -> list[int]:
    """The processes of a session that still run."""
    members = []
    for process in psutil.process_iter(["status"]):
        try:
            if os.getsid(process.pid) == leader and process.info["status"] != psutil.STATUS_ZOMBIE:
                members.append(process.pid)
        except (ProcessLookupError, PermissionError):
            continue
    return members


def supervise(home: Home) -> int:
    """Run the services until one of them ends or this process is told to end; then end them all."""
    stopping = False

    def stop(_: int, __: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    with home.lock(AIRFLOW_LOCK, wait_seconds=10):
        own = Running(os.getpid(), psutil.Process().create_time(), port_of(home))
        write_durably(_state_file(home), json.dumps(own._asdict()).encode())
        prepare(home)
        close_killed_runs()
        services = {name: _start(home, name, arguments) for name, arguments in SERVICES.items()}
        while not stopping:
            ended = [name for name, service in services.items() if service.poll() is not None]
            if ended:
                sys.stderr.write(f"{', '.join(ended)} ended; its log: {airflow_home(home)}/logs/{ended[0]}.log\n")
                break
            time.sleep(0.5)
        for service in services.values():
            service.terminate()
        for service in services.values():
            try:
                service.wait(ENDED_WITHIN_SECONDS / 2)
            except subprocess.TimeoutExpired:
                service.kill()
        for pid in session_members(os.getpid()):  # tasks, which are not children of this process
            if pid != os.getpid():
                _signal(pid, signal.SIGKILL)
    return 0 if stopping else 4


def _start(home: Home, name: str, arguments: tuple[str, ...]) -> subprocess.Popen[bytes]:
    with (airflow_home(home) / "logs" / f"{name}.log").open("wb") as stream:
        return subprocess.Popen(  # noqa: S603 - Airflow's own command line
            [sys.executable, "-m", "airflow", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
        )


def _session_ends(leader: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while session_members(leader):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)
    return True


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _free_port() -> int:
    """The port to serve on: exactly the one that the user named, else the first free one from 8080."""
    asked = configured_port()
    for port in [asked] if asked else range(8080, 8180):
        with closing(socket.socket()) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                continue
        return port
    raise UsageError(
        f"port {asked} is taken" if asked else "every port from 8080 to 8179 is taken",
        "name a free one: BOOMERANG_AIRFLOW_PORT=...",
    )


def _state_file(home: Home) -> Path:
    return airflow_home(home) / "standalone.json"


def login(home: Home) -> tuple[str, str]:
    """The user and the password that Airflow made up for this home."""
    user, password = next(iter(json.loads(password_file(home).read_text()).items()))
    return user, password


def describe(home: Home, running: Running) -> str:
    """Address and login, for people."""
    user, password = login(home)
    return (
        f"Airflow is up: {running.address}\n"
        f"  user {user}, password {password}\n"
        f"  home {home.root}, profile {home.profile}"
    )


def main(arguments: list[str] | None = None) -> int:
    """The command ``boomerang-airflow``; returns the exit status."""
    parser = argparse.ArgumentParser(prog="boomerang-airflow", description=__doc__)
    parser.add_argument("verb", choices=["up", "down", "status", "supervise"], metavar="{up,down,status}")
    parser.add_argument("--home", help="the home (default: $BOOMERANG_HOME, else ./data)")
    asked = parser.parse_args(arguments)
    try:
        home = open_home(asked.home)
        if asked.verb == "supervise":
            return supervise(home)
        if asked.verb == "up":
            sys.stdout.write(describe(home, up(home)) + "\n")
        elif asked.verb == "down":
            sys.stdout.write("Airflow is down\n" if down(home) else "Airflow did not run\n")
        elif running := find(home):
            well = "" if is_healthy(running) else "\n  not every service is healthy (yet)"
            sys.stdout.write(describe(home, running) + well + "\n")
        else:
            sys.stdout.write("Airflow is down\n")
            return 3
    except BoomerangError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_status
    return 0


def run() -> None:
    """Console script ``boomerang-airflow``."""
    sys.exit(main())


if __name__ == "__main__":
    run()
