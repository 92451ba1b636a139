"""What the DAG files need to know about the sources, read from their YAML without anything heavy.

A DAG file is parsed every half minute; :mod:`boomerang.sources.specification` brings pyarrow and pydantic with it. It
remains the one that validates: these few facts are taken as they stand.
"""

from __future__ import annotations

import json
import os
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import yaml


class SourceFacts(NamedTuple):
    """A source as the DAGs show it.

    Attributes:
        name: Its name.
        title: Its title, for people.
        address: Where it is pulled from; ``None``: only files are dropped.
        cadence: How often, e.g. ``daily``.
    """

    name: str
    title: str
    address: str | None
    cadence: str


def home_profile(default: str = "live") -> str:
    """The profile that tasks will run under: ``$BOOMERANG_PROFILE``, else the home's own.

    Args:
        default: What it is where there is no home yet.
    """
    if asked := os.environ.get("BOOMERANG_PROFILE"):
        return asked
    marker = Path(os.environ.get("BOOMERANG_HOME") or "data") / "home.json"
    return str(json.loads(marker.read_text())["profile"]) if marker.exists() else default


def sources(profile: str) -> list[SourceFacts]:
    """Every source, by name, under a profile."""
    folder = files("boomerang.sources")
    overlay = folder / "profiles" / f"{profile}.yml"
    overrides: dict[str, Any] = (yaml.safe_load(overlay.read_text("utf-8")) or {}) if overlay.is_file() else {}
    found = []
    for entry in sorted(folder.iterdir(), key=lambda item: item.name):
        if entry.name.endswith(".yml"):
            facts = yaml.safe_load(entry.read_text("utf-8"))
            facts = {**facts, **overrides.get(facts["name"], {})}
            found.append(SourceFacts(**{key: facts[key] for key in SourceFacts._fields}))
    return found
