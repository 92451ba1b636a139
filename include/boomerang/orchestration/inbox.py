"""The inbox's trigger: files that have come to rest start a night.

It runs in Airflow's triggerer for as long as a DAG is scheduled on the inbox.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from typing import Any, Final

from airflow.triggers.base import BaseEventTrigger, TriggerEvent

from boomerang.home import Home
from boomerang.orchestration.debounce import Debounce, contents_of

POLL_SECONDS: Final = 2.0


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
