"""The assets that Airflow shows, one a room of the home, so that its graph is the flow of the data.

An event of a landing asset means an observation: also an unchanged pull is one.
"""

from __future__ import annotations

from typing import Final

from airflow.sdk import Asset, AssetAlias, AssetWatcher

from boomerang.orchestration.inbox import InboxTrigger

INBOX: Final = Asset(
    "inbox",
    "boomerang://home/inbox",
    group="boomerang",
    watchers=[AssetWatcher(name="inbox", trigger=InboxTrigger())],
)
"""Files that analysts dropped and that have been quiet for a while."""

BRONZE: Final = Asset("bronze", "boomerang://home/bronze", group="boomerang")
CANDIDATE: Final = Asset("candidate", "boomerang://home/build/candidate", group="boomerang")
CHECKED: Final = Asset("checked_candidate", "boomerang://home/build/candidate/checks", group="boomerang")
RELEASE: Final = Asset("release", "boomerang://home/current", group="boomerang")
"""The published release; events only where a new one was published."""

LANDED: Final = AssetAlias("landed", group="boomerang")
"""Stands for whichever landing assets the night's pulls turn out to fill."""


def landing(source: str) -> Asset:
    """What has landed of one source."""
    return Asset(f"landing_{source}", f"boomerang://home/landing/{source}", group="boomerang")
