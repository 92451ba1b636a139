"""The inbox's trigger: files that have lain still for a while start a night.

It runs in Airflow's triggerer for as long as a DAG is scheduled on the inbox.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

from airflow.triggers.base import BaseEventTrigger, TriggerEvent

from boomerang.home import Home

QUIET_SECONDS: Final = 30.0
"""A file that is still being copied, or a batch that is still being dropped, changes within this time."""

POLL_SECONDS: Final = 5.0

Contents = frozenset[tuple[str, int, int]]
"""Relative name, bytes, time of modification in nanoseconds."""


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
        """Whether these contents are new and have come to rest.

        Args:
            contents: What lies there.
            now: Seconds on a monotonic clock.
        """
        if contents != self._seen:
            self._seen, self._seen_at = contents, now
        if contents - self._told and now - self._seen_at >= self._quiet_seconds:
            self._told = contents
            return True
        self._told &= contents
        return False


def contents_of(home: Home) -> Contents:
    """The files in the inbox, hidden ones (half-copied by rsync or a browser) left out."""
    found = set()
    for path in home.inbox.rglob("*"):
        name = path.relative_to(home.inbox)
        try:
            if not any(part.startswith(".") for part in name.parts) and path.is_file():
                facts = path.stat()
                found.add((str(name), facts.st_size, facts.st_mtime_ns))
        except FileNotFoundError:  # taken or renamed in between
            continue
    return frozenset(found)


class InboxTrigger(BaseEventTrigger):  # type: ignore[misc]  # Airflow ships no types
    """Fires each time that files dropped into the inbox have come to rest.

    The home is looked up where the trigger runs (``$BOOMERANG_HOME``), so that a home can be moved.

    Args:
        quiet_seconds: How long the inbox must stay unchanged.
        poll_seconds: How often it is looked at.
    """

    def __init__(self, quiet_seconds: float = QUIET_SECONDS, poll_seconds: float = POLL_SECONDS) -> None:
        super().__init__()
        self.quiet_seconds = quiet_seconds
        self.poll_seconds = poll_seconds

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """How Airflow's triggerer makes this trigger again."""
        return (
            f"{type(self).__module__}.{type(self).__qualname__}",
            {"quiet_seconds": self.quiet_seconds, "poll_seconds": self.poll_seconds},
        )

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Watch for as long as Airflow wants it to."""
        home = await asyncio.to_thread(Home.open)
        debounce = Debounce(self.quiet_seconds)
        clock = asyncio.get_running_loop().time
        while True:
            contents = await asyncio.to_thread(contents_of, home)
            if debounce.is_ready(contents, clock()):
                yield TriggerEvent({"files": len(contents)})
            await asyncio.sleep(self.poll_seconds)
