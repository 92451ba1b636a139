"""Fixtures that every kind of test shares."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from boomerang.home import PROJECT_ROOT, Home


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real files, which is not part of the repository."""
    folder = PROJECT_ROOT.parent / "shared" / "real-data"
    if not folder.is_dir():
        pytest.skip("the real files (../shared/real-data) are not at hand; the synthetic ones are tested")
    return folder


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads the settings of the person who runs it."""
    for name in list(os.environ):
        if name.startswith("BOOMERANG_") and name != "BOOMERANG_PROJECT":
            monkeypatch.delenv(name)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A new, empty home of the live profile."""
    return Home.open(tmp_path / "home", profile="live")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The DAGs' tests come last: Airflow sets up logging and the environment of the process for good."""
    items.sort(key=lambda item: item.path.parent.name == "dags" or item.path.stem == "test_scheduler")
