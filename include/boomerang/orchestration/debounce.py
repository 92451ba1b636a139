"""When the inbox has come to rest."""

from __future__ import annotations

from pathlib import Path

from boomerang.home import Home

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
        if not contents:
            self._told = contents
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
