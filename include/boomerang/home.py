"""The home: the one folder that holds everything that is not code."""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from boomerang.clock import utc_now
from boomerang.durable import write_durably
from boomerang.errors import HomeBusyError, UsageError

PROJECT_ROOT: Final = Path(os.environ.get("BOOMERANG_PROJECT") or Path(__file__).resolve().parents[2])
"""The checkout: where ``dags/``, ``dbt_project/`` and ``expectations/`` lie."""

FORMAT: Final = 1
"""The layout of the home; a home of another format is refused rather than half understood."""

ABANDONED_AFTER_SECONDS: Final = 24 * 3600
"""Temporary files older than this belong to a run that was killed and are removed."""


@dataclass(frozen=True)
class Home:
    """The rooms of a home. Build one with :meth:`open`, which creates what is missing.

    Attributes:
        root: The folder itself, absolute.
        profile: ``sample`` or ``live``; a home belongs to one profile and refuses another.
    """

    root: Path
    profile: str

    @classmethod
    def open(cls, root: Path | str | None = None, profile: str | None = None) -> Home:
        """Open a home, creating it where there is none.

        Args:
            root: The folder; default ``$BOOMERANG_HOME``, else ``./data``.
            profile: The profile that the caller asks for; default ``$BOOMERANG_PROFILE``, else the home's own.
                A new home without either becomes ``live``.

        Raises:
            UsageError: The home belongs to another profile, is of another format, or can't be written.
        """
        root = Path(root or os.environ.get("BOOMERANG_HOME") or "data").resolve()
        profile = profile or os.environ.get("BOOMERANG_PROFILE") or None
        marker = root / "home.json"
        try:
            root.mkdir(parents=True, exist_ok=True)
            if not marker.exists():
                if profile and not re.fullmatch(r"[a-z][a-z0-9_]*", profile):
                    raise UsageError(f"profile {profile!r} is not a name", "use --profile sample or live")
                write_durably(marker, json.dumps({"format": FORMAT, "profile": profile or "live"}).encode())
            facts = json.loads(marker.read_text())
        except (OSError, ValueError) as error:
            raise UsageError(
                f"{root} can't be used as a home: {error}", "name another with --home or BOOMERANG_HOME"
            ) from error
        if facts.get("format") != FORMAT:
            raise UsageError(
                f"{root} is a home of format {facts.get('format')}, this version reads {FORMAT}",
                "use the version of Boomerang that made it, or a new home",
            )
        if profile and profile != facts["profile"]:
            raise UsageError(
                f"{root} is a home of the profile {facts['profile']!r} and can't be run as {profile!r}: "
                "synthetic and real records must not meet in one warehouse",
                f"drop --profile (or BOOMERANG_PROFILE), or name another home, e.g. --home {root}-{profile}",
            )
        home = cls(root=root, profile=str(facts["profile"]))
        for room in (
            home.inbox,
            home.landing,
            home.bronze,
            home.quarantine,
            home.releases,
            home.locks,
            home.temporary,
        ):
            room.mkdir(exist_ok=True)
        home._sweep()
        return home

    @property
    def inbox(self) -> Path:
        """Where analysts drop files: ``inbox/<layout>/`` or ``inbox/`` itself."""
        return self.root / "inbox"

    @property
    def landing(self) -> Path:
        """Raw bytes as received, immutable, each with its fetch records."""
        return self.root / "landing"

    @property
    def bronze(self) -> Path:
        """Parquet, one file for each landed file and table."""
        return self.root / "bronze"

    @property
    def quarantine(self) -> Path:
        """Rows and files that could not be taken, with the reason."""
        return self.root / "quarantine"

    @property
    def build(self) -> Path:
        """The writer's own database and the candidate release."""
        return self.root / "build"

    @property
    def releases(self) -> Path:
        """Whole releases, one folder each."""
        return self.root / "releases"

    @property
    def current(self) -> Path:
        """The relative link to the release that readers should open."""
        return self.root / "current"

    @property
    def locks(self) -> Path:
        """Lock files; the lock is the kernel's, a file left behind holds nothing."""
        return self.root / ".locks"

    @property
    def temporary(self) -> Path:
        """Half-written files, on the same file system as their final places."""
        return self.root / ".tmp"

    @contextmanager
    def lock(self, name: str, wait_seconds: float = 0) -> Iterator[None]:
        """Hold a lock of this home until the end of the block; it ends with the process, however that ends.

        The writer's lock is ``writer``; a pull holds ``pull-<source>``. A lock that this thread holds
        already is entered again.

        Args:
            name: Which lock.
            wait_seconds: How long to wait for another holder; 0 leaves at once.

        Raises:
            HomeBusyError: Another process holds it.
        """
        path = self.locks / f"{name}.lock"
        lock = FileLock(path, is_singleton=True)
        try:
            lock.acquire(timeout=wait_seconds, poll_interval=0.2)
        except Timeout as error:
            holder = path.with_suffix(".holder")
            who = holder.read_text() if holder.exists() else "unknown"
            raise HomeBusyError(
                f"another run holds {self.root} (lock {name!r}, held by {who})",
                "wait for it to end, or give --wait SECONDS; nothing was changed",
            ) from error
        try:
            path.with_suffix(".holder").write_text(f"process {os.getpid()} since {utc_now():%Y-%m-%d %H:%M:%S} UTC")
            yield
        finally:
            lock.release()

    def _sweep(self) -> None:
        """Remove what killed runs left in the temporary room."""
        oldest = time.time() - ABANDONED_AFTER_SECONDS
        for path in self.temporary.iterdir():
            try:
                if path.stat().st_mtime < oldest:
                    shutil.rmtree(path) if path.is_dir() else path.unlink()
            except FileNotFoundError:  # another run swept it first
                continue
