"""Vendor layouts: what a customs file looks like, as data. One YAML each, here or in ``$BOOMERANG_HOME/layouts/``."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from boomerang.home import Home
from boomerang.layouts.layout import Layout, known_layouts

if TYPE_CHECKING:
    from boomerang.sources.customs_trial import Trial


def layouts(home: Home | None = None) -> dict[str, Layout]:
    """Every layout known, by name: the shipped ones and the home's own.

    Raises:
        UsageError: A layout file can't be used; the message says which and why.
    """
    return known_layouts(home.root if home else None)


def fingerprint(home_root: Path | None = None) -> str:
    """A checksum of every layout known: the shipped ones and the home's own.

    Raises:
        UsageError: A layout file can't be used.
    """
    every = sorted(layout.fingerprint for layout in known_layouts(home_root).values())
    return hashlib.sha256("".join(every).encode()).hexdigest()


def try_layout(path: Path, home: Home | None = None, layout_name: str | None = None) -> Trial:
    """What would become of a file, before anything is taken.

    Args:
        path: The file.
        home: The home with the user's own layouts.
        layout_name: The layout to try; default: by the header.

    Raises:
        ContentRefusedError: The file can't be taken.
        UsageError: A layout file can't be used, or there is no such file.
    """
    from boomerang.sources.customs_trial import try_layout as try_on  # noqa: PLC0415 - it reads this package

    return try_on(path, home.root if home else None, layout_name)
