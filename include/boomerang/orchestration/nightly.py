"""Run the ``nightly`` DAG through Airflow and tell how it went: what ``make nightly`` does.

Where Airflow runs on this home (``boomerang-airflow up``), its scheduler runs the night; else the DAG runs in this
process, task after task, recorded in Airflow's database all the same.
"""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from boomerang.clock import stamp, utc_now
from boomerang.errors import BoomerangError
from boomerang.home import PROJECT_ROOT, Home
from boomerang.orchestration import client, standalone
from boomerang.orchestration.environment import (
    AIRFLOW_LOCK,
    FAILURE_KEY,
    airflow_home,
    close_killed_runs,
    configure,
    open_home,
    prepare,
)
from boomerang.orchestration.reporting import Outcome, Progress, failed_run


def main(arguments: list[str] | None = None) -> int:
    """Run the night, print what it found; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m boomerang.orchestration.nightly", description=__doc__)
    parser.add_argument("--home", help="the home (default: $BOOMERANG_HOME, else ./data)")
    parser.add_argument(
        "--wait", type=int, default=0, metavar="SECONDS", help="how long to wait for another run on this home"
    )
    asked = parser.parse_args(arguments)
    progress = Progress()
    try:
        home = open_home(asked.home)
        outcome = run(home, max(asked.wait, 0), progress)
        if outcome.exit_status == 0:
            from boomerang import pipeline  # noqa: PLC0415 - heavy, and not needed before

            progress.line("")
            progress.line(pipeline.summary(home))
    except BoomerangError as error:
        outcome = Outcome(error.exit_status, str(error))
    if outcome.message:
        sys.stderr.write(outcome.message + "\n")
    return outcome.exit_status


def run(home: Home, wait: int, progress: Progress) -> Outcome:
    """Run the night on a home, wherever its Airflow is.

    Args:
        home: The home.
        wait: Seconds to wait for another run on it.
        progress: Told of each task.

    Raises:
        HomeBusyError: Another run in a process of its own holds this home's Airflow.
        UsageError: Airflow can't be configured, or does not answer.
    """
    running = standalone.find(home)
    progress.line(f"Boomerang, profile {home.profile}, home {home.root}")
    if running:
        progress.line(f"the night runs in Airflow at {running.address}")
        return client.run_night(home, running.address, wait, progress)
    with home.lock(AIRFLOW_LOCK, wait):
        return _run_here(home, wait)


def _run_here(home: Home, wait: int) -> Outcome:
    """Run the night in this process, by Airflow's own ``dag.test()``.

    Whatever Airflow and the tasks say goes to ``<home>/airflow/logs``; the standard output gets a line a task.
    """
    os.environ.update(configure(home))
    log = airflow_home(home) / "logs" / f"nightly-{stamp(utc_now())}.log"
    log.parent.mkdir(exist_ok=True)
    with _output_to(log) as terminal:
        try:
            prepare(home)
            state, failures = _run_dag(wait, Progress(terminal))
        except Exception:  # whatever Airflow raises: the reader gets a message and the place of the log
            traceback.print_exc()
            return Outcome(4, f"internal error in Airflow\n  -> the whole log is {log}; please report it")
    return Outcome(0) if state == "success" else failed_run(failures, f"the whole log is {log}")


def _run_dag(wait: int, progress: Progress) -> tuple[str, dict[str, dict[str, Any]]]:
    """Run the DAG; returns its state and, by task, why the failed ones failed."""
    # The environment had to stand before the first import of Airflow.
    from airflow.dag_processing.dagbag import DagBag  # noqa: PLC0415
    from airflow.models.xcom import XComModel  # noqa: PLC0415
    from airflow.sdk.listener import get_listener_manager  # noqa: PLC0415
    from airflow.utils.session import create_session  # noqa: PLC0415

    from boomerang.orchestration.listener import TaskListener  # noqa: PLC0415

    close_killed_runs()
    bag = DagBag(PROJECT_ROOT / "dags" / "nightly.py")
    if bag.import_errors:
        raise RuntimeError(f"the DAG can't be read: {bag.import_errors}")
    get_listener_manager().add_listener(TaskListener(progress))
    dag_run = bag.dags["nightly"].test(run_conf={"wait_seconds": wait})
    with create_session() as session:
        said = session.scalars(XComModel.get_many(run_id=dag_run.run_id, key=FAILURE_KEY, dag_ids="nightly"))
        failures = {entry.task_id: XComModel.deserialize_value(entry) for entry in said}
    return str(dag_run.state), failures


@contextmanager
def _output_to(log: Path) -> Iterator[TextIO]:
    """Send the output of this process and its children to a file; yields the terminal."""
    sys.stdout.flush()
    sys.stderr.flush()
    kept = os.dup(1), os.dup(2)
    with log.open("ab") as stream, os.fdopen(os.dup(1), "w", encoding="utf-8") as terminal:
        os.dup2(stream.fileno(), 1)
        os.dup2(stream.fileno(), 2)
        try:
            yield terminal
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            for descriptor, number in zip(kept, (1, 2), strict=True):
                os.dup2(descriptor, number)
                os.close(descriptor)


if __name__ == "__main__":
    sys.exit(main())
