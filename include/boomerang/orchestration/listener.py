"""Airflow's listener of a run in this process: tells of each task as it ends."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from airflow.listeners import hookimpl

from boomerang.clock import utc_now
from boomerang.orchestration.reporting import Progress


class TaskListener:
    """Relays what Airflow says of its tasks.

    Args:
        progress: Where to.
    """

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._began_at: datetime | None = None

    @hookimpl  # type: ignore[untyped-decorator]  # Airflow ships no types
    def on_task_instance_running(self, task_instance: Any) -> None:
        """A task began."""
        self._began_at = utc_now()

    @hookimpl  # type: ignore[untyped-decorator]
    def on_task_instance_success(self, task_instance: Any) -> None:
        """It is done."""
        self._tell(task_instance, "success")

    @hookimpl  # type: ignore[untyped-decorator]
    def on_task_instance_skipped(self, task_instance: Any) -> None:
        """It had nothing to do."""
        self._tell(task_instance, "skipped")

    @hookimpl  # type: ignore[untyped-decorator]
    def on_task_instance_failed(self, task_instance: Any, error: Any) -> None:
        """It failed, for good or until it is tried again; why the run failed is told at its end."""
        state = getattr(task_instance.state, "value", "failed")
        self._tell(task_instance, state, str(error) if task_instance.task_id == "pull" else "")

    def _tell(self, task_instance: Any, state: str, message: str = "") -> None:
        source = task_instance.rendered_map_index
        name = f"{task_instance.task_id} {source}" if source else task_instance.task_id
        self._progress.task(name, state, self._began_at, message=message)
