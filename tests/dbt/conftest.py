"""dbt reads the project once for all tests, not once for each of their homes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from boomerang.home import Home
from boomerang.transform import dbt, dbt_target


@pytest.fixture(scope="session", autouse=True)
def _parsed_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    home = Home.open(tmp_path_factory.mktemp("parsed") / "home", profile="live")
    home.build.mkdir()
    said: list[str] = []
    assert dbt(home, "parse", built_at=datetime(2023, 1, 1, tzinfo=UTC), progress=said.append) == 0, "\n".join(said)
    os.environ["DBT_PARTIAL_PARSE_FILE_PATH"] = str(dbt_target(home) / "partial_parse.msgpack")
    yield
    del os.environ["DBT_PARTIAL_PARSE_FILE_PATH"]
