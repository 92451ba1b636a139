"""Airflow for the tests of the DAGs: one home and one database for all of them, in this process."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from boomerang.home import PROJECT_ROOT, Home
from boomerang.orchestration import environment


@pytest.fixture(scope="session")
def airflow_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Airflow's database made and its settings in force; comes before any import of Airflow."""
    home = Home.open(tmp_path_factory.mktemp("night") / "home", profile="sample")
    settings = environment.configure(home)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in settings.items():
            patch.setenv(name, value)
        environment.prepare(home)
        yield settings


@pytest.fixture
def sample_home(airflow_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Home:
    """The home that the DAGs work on, with the sample profile; it is the same in every test of the session."""
    for name, value in airflow_environment.items():
        monkeypatch.setenv(name, value)  # once more: no test sees what others set
    return Home.open()


@pytest.fixture
def dag_bag(sample_home: Home) -> Any:
    """The DAGs, as Airflow reads them."""
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(PROJECT_ROOT / "dags")
