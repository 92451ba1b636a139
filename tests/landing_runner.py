"""Landing in processes of its own, some of which are killed: ``python -m landing_runner JOB`` (JSON), see ``run``."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from boomerang.errors import BoomerangError
from boomerang.home import Home
from boomerang.landing.fetch import ClientSettings
from boomerang.landing.inbox import take_inbox
from boomerang.landing.pull import pull
from boomerang.landing.store import Landing
from landing_reader import lines, source

START = datetime(2023, 4, 23, 2, tzinfo=UTC)


def land_many(home: Home, count: int) -> None:
    """Land and refuse files at given moments: an uninterrupted run always leaves the same tree."""
    landing = Landing(home)
    for number in range(count):
        observed_at = START + timedelta(hours=number)
        temporary = landing.new_path()
        temporary.write_bytes(lines(number // 2))  # every second one has landed before
        facts: dict[str, Any] = {"observed_at": observed_at, "file_name": "page.txt", "origin": "pull"}
        landing.land(source(), temporary, figures={"lines": number // 2}, **facts)
        bad = landing.new_path()
        bad.write_bytes(b"<html>" + bytes(number))
        landing.refuse("plain", bad, "not_lines", "a web page", **facts)


def work(job: dict[str, Any]) -> None:
    """Do one job in this process."""
    if limit := job.get("file_size_limit"):
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    home = Home.open(job["home"], "live")
    if job["action"] == "pull":
        settings = ClientSettings(attempts=1)
        specification = source(**job["source"])
        result = pull(home, specification, settings=settings, wait=job.get("wait", 0))
        sys.stdout.write(f"{result.describe()}\n")
    elif job["action"] == "inbox":
        take_inbox(home, source=source(**job["source"]), quiet_seconds=0)
    else:
        land_many(home, job["count"])


def killed(job: dict[str, Any], after: float) -> bool:
    """Do a job in a child that is killed after so many seconds; whether it was still at work then."""
    child = os.fork()
    if child == 0:
        try:
            work(job)
        finally:
            os._exit(0)
    time.sleep(after)
    done, _ = os.waitpid(child, os.WNOHANG)
    if done:
        return False
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return True


def run(**job: Any) -> subprocess.CompletedProcess[str]:
    """Run a job in a fresh process: ``home``, ``action`` (pull, inbox, land), ``source``, ``kills`` (delays) ..."""
    return subprocess.run(command(job), capture_output=True, text=True, check=False, timeout=120, env=environment())


def start(**job: Any) -> subprocess.Popen[str]:
    """The same without waiting for its end."""
    return subprocess.Popen(command(job), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment())


def command(job: dict[str, Any]) -> list[str]:
    return [sys.executable, "-m", "landing_runner", json.dumps(job, default=str)]


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}


def main(job: dict[str, Any]) -> int:
    try:
        if "kills" not in job:
            work(job)
            return 0
        # Each kill meets a home of its own; the rerun completes it.
        interrupted = 0
        for number, delay in enumerate(job["kills"]):
            one = job | {"home": f"{job['home']}-{number}"}
            interrupted += killed(one, delay)
            work(one)
        sys.stdout.write(f"interrupted {interrupted}\n")
    except BoomerangError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_status
    return 0


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
