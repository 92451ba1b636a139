"""The inbox's trigger: files that have come to rest start a night.

It runs in Airflow's triggerer for as long as a DAG is scheduled on the inbox.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

from airflow.triggers.base import BaseEventTrigger, TriggerEvent

from boomerang.home import Home

POLL_SECONDS: Final = 2.0

Contents = frozenset[tuple[str, int, int]]
"""Relative name, bytes, time of the last change in nanoseconds."""


class Debounce:
    """Decides when changing contents have come to rest; each rest is told once.

    Args:
        quiet_seconds: How long contents must stay the same.
    """

    def __init__(self, quiet_seconds: float) -> None:
        self._quiet_seconds = quiet_seconds
        self._seen: Contents = frozenset()
        self._seen_at = 0.0
        self._told: Contents = frozenset()

    def is_ready(self, contents: Contents, now: float) -> bool:
        """Whether there are files, they are not those of last time, and they have come to rest.

        Args:
            contents: What lies in the inbox.
            now: Seconds on a monotonic clock.
        """
        if contents != self._seen:
            self._seen, self._seen_at = contents, now
        # A hidden file (a spreadsheet's lock, half a copy) is no reason to begin, but its going away is one.
        is_new = contents != self._told and any(not Path(name).name.startswith(".") for name, _, _ in contents)
        if not is_new or now - self._seen_at < self._quiet_seconds:
            return False
        self._told = contents
        return True


def contents_of(home: Home) -> Contents:
    """The files in the inbox."""
    found = set()
    for path in home.inbox.rglob("*"):
        try:
            if path.is_file():
                facts = path.stat()
                found.add((str(path.relative_to(home.inbox)), facts.st_size, facts.st_ctime_ns))
        except FileNotFoundError:  # taken or renamed in between
            continue
    return frozenset(found)


class InboxTrigger(BaseEventTrigger):  # type: ignore[misc]  # Airflow ships no types
    """Fires each time that files dropped into the inbox have come to rest.

    They must lie still for twice the time after which the inbox takes a file (``$BOOMERANG_INBOX_QUIET_SECONDS``,
    default 10), so that a batch which is being copied makes one night. The home is looked up where the trigger
    runs, so that a home can be moved.
    """

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """How Airflow's triggerer makes this trigger again."""
        return f"{type(self).__module__}.{type(self).__qualname__}", {}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Watch for as long as Airflow wants it to."""
        home = await asyncio.to_thread(Home.open)
        debounce = Debounce(2 * float(os.environ.get("BOOMERANG_INBOX_QUIET_SECONDS") or 10))
        clock = asyncio.get_running_loop().time
        while True:
            contents = await asyncio.to_thread(contents_of, home)
            if debounce.is_ready(contents, clock()):
                yield TriggerEvent({"files": len(contents)})
            await asyncio.sleep(POLL_SECONDS)
