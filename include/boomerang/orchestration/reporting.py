"""What a person sees of a run: one line a task, and how it ended."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Any, NamedTuple, TextIO

from boomerang.clock import utc_now

WORDS = {
    "success": "done",
    "skipped": "nothing to do",
    "up_for_retry": "failed, will be tried again",
    "upstream_failed": "not run",
}
"""Airflow's states, as they are told; any other stands as it is."""


class Outcome(NamedTuple):
    """How a run ended.

    Attributes:
        exit_status: As the command line's: 0 done, 1 a check failed, 2 configuration, 3 a required source could
            not be had, 4 internal error, 5 another run holds the home.
        message: What is wrong and what to do; empty where nothing is.
    """

    exit_status: int
    message: str = ""


def failed_run(failures: dict[str, dict[str, Any]], where: str) -> Outcome:
    """Tell why a run failed: by the first task that stopped it, in the order of the flow.

    Args:
        failures: By task, ``exit_status`` and ``message`` (:mod:`boomerang.orchestration.steps`).
        where: Where more stands.
    """
    for task in ("due", "bronze", "build", "check", "publish"):
        if task in failures:
            return Outcome(int(failures[task]["exit_status"]), f"{failures[task]['message']}\n  -> {where}")
    return Outcome(4, f"the run failed and no task says why\n  -> {where}")


class Progress:
    """Writes a line a task: when it began, what it is, how long it took, how it ended.

    Args:
        stream: Where to; default the standard output.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout

    def line(self, text: str) -> None:
        """Write a line as it is."""
        self._stream.write(text.rstrip() + "\n")
        self._stream.flush()

    def task(
        self, name: str, state: str, began_at: datetime | None, ended_at: datetime | None = None, message: str = ""
    ) -> None:
        """Tell how a task ended.

        Args:
            name: The task, with what it was mapped over.
            state: Airflow's word for it.
            began_at: ``None`` where it never began.
            ended_at: ``None`` stands for now.
            message: Why it failed.
        """
        word = WORDS.get(state, state)
        if began_at is None:
            self.line(f"            {name:<24} {'':>9}  {word}")
        else:
            seconds = ((ended_at or utc_now()) - began_at).total_seconds()
            self.line(f"  {began_at.astimezone(UTC):%H:%M:%S}  {name:<24} {seconds:7.1f} s  {word}")
        for line in message.splitlines():
            self.line(f"            {line}")
