"""Runs the night in an Airflow that is up, through its REST interface."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any, Final

import httpx

from boomerang.errors import UsageError
from boomerang.home import Home
from boomerang.orchestration import standalone
from boomerang.orchestration.environment import FAILURE_KEY
from boomerang.orchestration.reporting import Outcome, Progress, failed_run

KNOWN_WITHIN_SECONDS: Final = 90
"""A DAG that has just been put there is parsed within this time."""

ENDED: Final = {"success", "failed", "skipped", "upstream_failed", "removed"}


def run_night(home: Home, address: str, wait: int, progress: Progress) -> Outcome:
    """Start a run of ``nightly`` and follow it to its end; it queues behind a run that is under way.

    Args:
        home: The home that this Airflow works on.
        address: Where its API server answers.
        wait: Seconds that each task waits for another run on the home.
        progress: Told of each task.

    Raises:
        UsageError: Airflow does not answer as it should.
    """
    try:
        with httpx.Client(base_url=address, timeout=30, trust_env=False) as http:
            user, password = standalone.login(home)
            token = _answer(http.post("/auth/token", json={"username": user, "password": password}))
            http.headers["Authorization"] = f"Bearer {token['access_token']}"
            run_id = _start(http, wait)
            return _follow(http, f"/api/v2/dags/nightly/dagRuns/{run_id}", progress)
    except httpx.HTTPError as error:
        raise UsageError(
            f"Airflow at {address} does not answer as it should: {error}",
            "look at it with: boomerang-airflow status; or end it with: make down",
        ) from error


def _start(http: httpx.Client, wait: int) -> str:
    deadline = time.monotonic() + KNOWN_WITHIN_SECONDS
    while True:
        answer = http.post("/api/v2/dags/nightly/dagRuns", json={"logical_date": None, "conf": {"wait_seconds": wait}})
        if answer.status_code != httpx.codes.NOT_FOUND or time.monotonic() > deadline:
            return str(_answer(answer)["dag_run_id"])
        time.sleep(1)  # not parsed yet


def _follow(http: httpx.Client, path: str, progress: Progress) -> Outcome:
    told: set[str] = set()
    while True:
        state = _answer(http.get(path))["state"]  # asked for first: what is told below is then complete
        instances = _answer(http.get(f"{path}/taskInstances", params={"limit": 100}))["task_instances"]
        for instance in sorted(instances, key=lambda item: item["end_date"] or ""):
            if instance["state"] in ENDED and instance["id"] not in told:
                told.add(instance["id"])
                _tell(instance, progress)
        if state in {"success", "failed"}:
            break
        time.sleep(1)
    if state == "success":
        return Outcome(0)
    failures = {
        instance["task_id"]: failure
        for instance in instances
        if instance["state"] == "failed" and (failure := _failure(http, path, instance))
    }
    return failed_run(failures, f"the logs of its tasks: {http.base_url.join('/dags/nightly')}")


def _tell(instance: dict[str, Any], progress: Progress) -> None:
    source = instance["rendered_map_index"]
    began, ended = (
        datetime.fromisoformat(instance[key]) if instance[key] else None for key in ("start_date", "end_date")
    )
    progress.task(f"{instance['task_id']} {source}" if source else instance["task_id"], instance["state"], began, ended)


def _failure(http: httpx.Client, path: str, instance: dict[str, Any]) -> dict[str, Any] | None:
    answer = http.get(
        f"{path}/taskInstances/{instance['task_id']}/xcomEntries/{FAILURE_KEY}",
        params={"map_index": instance["map_index"], "deserialize": True},
    )
    if answer.status_code == httpx.codes.NOT_FOUND:  # its process died
        return None
    value: dict[str, Any] = _answer(answer)["value"]
    return value


def _answer(response: httpx.Response) -> Any:
    return response.raise_for_status().json()
