"""The DAGs as they run, on the sample's sources, by Airflow's own ``dag.test()``.

The tests go on with one home, in their order: a night takes a while.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import pytest

from boomerang import pipeline
from boomerang.errors import UsageError
from boomerang.home import Home
from boomerang.landing.store import Landing
from boomerang.sources import specification as sources


@pytest.fixture
def run(dag_bag: Any) -> Callable[[str], Any]:
    """Run a DAG; a pull that fails is not tried again, since each try waits for minutes."""

    def run_dag(dag_id: str) -> Any:
        dag = dag_bag.dags[dag_id]
        if dag_id == "nightly":
            dag.task_dict["pull"].partial_kwargs["retries"] = 0
        return dag.test(run_conf={"wait_seconds": 0})

    return run_dag


@pytest.fixture
def deaf_address() -> str:
    """An address with a port where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}/"


def _states(dag_run: Any) -> dict[str, str]:
    return {
        f"{item.task_id} {item.rendered_map_index}" if item.map_index >= 0 else item.task_id: str(item.state)
        for item in dag_run.get_task_instances()
    }


def _events(asset: str) -> list[dict[str, Any]]:
    from airflow.models.asset import AssetEvent, AssetModel
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        found = session.scalars(
            select(AssetEvent).join(AssetModel, AssetModel.id == AssetEvent.asset_id).where(AssetModel.name == asset)
        )
        return [dict(event.extra) for event in found]


def test_a_night_publishes_a_release_and_says_so(run: Callable[[str], Any], sample_home: Home) -> None:
    assert not sample_home.current.exists()
    dag_run = run("nightly")
    due = [name for name, facts in sources.specifications("sample").items() if facts.address]
    steps = ["due", *(f"pull {name}" for name in due), "bronze", "build", "check", "publish"]
    assert _states(dag_run) == dict.fromkeys(steps, "success")
    assert str(dag_run.state) == "success"
    release_id = sample_home.current.resolve().name
    assert (sample_home.current / "warehouse.duckdb").is_file()
    assert _events("release") == [{"release_id": release_id, "is_replay": False}]
    assert {name: len(_events(f"landing_{name}")) for name in due} == dict.fromkeys(due, 1)


def test_sources_that_can_not_be_had_fail_alone_and_the_last_release_stands(
    run: Callable[[str], Any], sample_home: Home, deaf_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Three are enough: each is asked several times, with growing patience.
    silent = ["customs", "oryx_russia", "oryx_ukraine"]
    monkeypatch.setattr(pipeline, "due_sources", lambda home: silent)
    for name in silent:
        monkeypatch.setenv(f"BOOMERANG_{name.upper()}_URL", deaf_address)
    before = sample_home.current.resolve()
    dag_run = run("nightly")
    states = _states(dag_run)
    assert {state for name, state in states.items() if name.startswith("pull ")} == {"failed"}
    assert states["bronze"] == states["build"] == "success"
    assert states["check"] == states["publish"] == "skipped"  # nothing new has landed
    assert str(dag_run.state) == "success"
    assert sample_home.current.resolve() == before
    assert len(_events("release")) == 1


def test_a_night_on_which_no_source_is_due_goes_on_with_what_has_landed(
    run: Callable[[str], Any], sample_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "due_sources", lambda home: [])
    dag_run = run("nightly")
    states = _states(dag_run)
    assert states["pull"] == "skipped"
    assert states["bronze"] == states["build"] == "success"
    assert states["check"] == states["publish"] == "skipped"  # nothing new has landed
    assert str(dag_run.state) == "success"


def test_a_night_without_a_required_source_fails_and_the_last_release_stands(
    run: Callable[[str], Any], sample_home: Home, deaf_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOOMERANG_ORYX_RUSSIA_URL", deaf_address)
    before = sample_home.current.resolve()
    real = sources.specification

    def requiring(name: str, profile: str = "live") -> sources.SourceSpecification:
        return real(name, profile).model_copy(update={"is_required": name == "oryx_russia"})

    monkeypatch.setattr(sources, "specification", requiring)
    dag_run = run("nightly")
    states = _states(dag_run)
    assert states["bronze"] == "failed"
    assert {states[name] for name in ("build", "check", "publish")} == {"upstream_failed"}
    assert str(dag_run.state) == "failed"
    assert sample_home.current.resolve() == before
    assert _failure(dag_run, "bronze")["exit_status"] == 3
    assert "oryx_russia could not be had" in _failure(dag_run, "bronze")["message"]


def test_a_night_that_can_not_tell_what_is_due_fails(
    run: Callable[[str], Any], sample_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(home: Home) -> list[str]:
        raise UsageError("there is a source with an unknown cadence", "mend it")

    monkeypatch.setattr(pipeline, "due_sources", refuse)
    dag_run = run("nightly")
    states = _states(dag_run)
    assert states["due"] == states["bronze"] == "failed"
    assert str(dag_run.state) == "failed"
    assert _failure(dag_run, "due") == {
        "exit_status": 2,
        "message": "there is a source with an unknown cadence\n  -> mend it",
    }


def test_a_source_is_pulled_by_its_own_dag(run: Callable[[str], Any], sample_home: Home) -> None:
    before = Landing(sample_home).observations()
    events = len(_events("landing_oryx_russia"))
    assert str(run("pull_oryx_russia").state) == "success"
    new = [item for item in Landing(sample_home).observations() if item not in before]
    assert [item.source for item in new] == ["oryx_russia"]
    assert len(_events("landing_oryx_russia")) == events + 1


def _failure(dag_run: Any, task_id: str) -> dict[str, Any]:
    from airflow.models.xcom import XComModel
    from airflow.utils.session import create_session

    with create_session() as session:
        query = XComModel.get_many(run_id=dag_run.run_id, key="failure", task_ids=task_id, dag_ids="nightly")
        return dict(XComModel.deserialize_value(session.scalars(query).one()))


def test_a_backfill_replays_the_moment_that_it_stands_for() -> None:
    from datetime import UTC, datetime
    from types import SimpleNamespace

    from airflow.utils.types import DagRunType

    from boomerang.orchestration.steps import replayed_moment

    moment = datetime(2023, 4, 23, 2, tzinfo=UTC)
    asked = {kind: replayed_moment(SimpleNamespace(run_type=kind, logical_date=moment)) for kind in DagRunType}
    assert asked.pop(DagRunType.BACKFILL_JOB) == moment
    assert set(asked.values()) == {None}
