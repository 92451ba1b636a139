"""Running ``boomerang`` as a user does: the installed command, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

COMMAND = str(Path(sys.executable).with_name("boomerang"))


def boomerang(*arguments: str | Path, home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run to the end."""
    return subprocess.run(
        [COMMAND, *map(str, arguments)],
        env={**os.environ, "BOOMERANG_HOME": str(home), "COLUMNS": "100", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def start(*arguments: str | Path, home: Path, **environment: str) -> subprocess.Popen[bytes]:
    """Start in a process group of its own, so that a kill strikes its children too."""
    return subprocess.Popen(
        [COMMAND, *map(str, arguments)],
        env={**os.environ, "BOOMERANG_HOME": str(home), **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
