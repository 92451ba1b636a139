"""The DAG files as Airflow reads them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from boomerang.home import PROJECT_ROOT
from boomerang.landing.pull import CADENCES
from boomerang.orchestration import catalogue
from boomerang.sources.specification import specifications

HEAVY = ("duckdb", "dbt", "great_expectations", "pyarrow", "pandas", "numpy", "boomerang.pipeline", "selectolax")


def test_every_dag_file_is_read_without_an_error(dag_bag: Any) -> None:
    assert dag_bag.import_errors == {}
    pulled = {f"pull_{name}" for name, facts in specifications("sample").items() if facts.address}
    assert pulled
    assert set(dag_bag.dags) == {"nightly"} | pulled


@pytest.mark.parametrize("file", sorted((PROJECT_ROOT / "dags").glob("*.py")), ids=lambda path: path.name)
def test_reading_a_dag_file_imports_nothing_heavy(file: Path, airflow_environment: dict[str, str]) -> None:
    program = f"import runpy, sys; runpy.run_path({str(file)!r}); print(*sorted(set({HEAVY!r}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


def test_a_dag_file_names_airflow_so_that_it_is_not_passed_over() -> None:
    assert all("airflow" in path.read_text() for path in (PROJECT_ROOT / "dags").glob("*.py"))


def test_the_night_runs_at_two_utc_or_when_the_inbox_was_filled_and_one_at_a_time(dag_bag: Any) -> None:
    nightly = dag_bag.dags["nightly"]
    assert nightly.max_active_runs == 1
    assert nightly.catchup is False
    timetable = nightly.timetable
    assert timetable.timetable.expression == "0 2 * * *"
    assert str(timetable.timetable.timezone) == "UTC"
    assert timetable.asset_condition.name == "inbox"


def test_every_task_that_writes_holds_the_one_slot_of_the_writer(dag_bag: Any) -> None:
    from airflow.models.pool import Pool

    writers = {task.task_id for task in dag_bag.dags["nightly"].tasks if task.pool == "warehouse_writer"}
    assert writers == {"bronze", "build", "check", "publish"}
    pool = Pool.get_pool("warehouse_writer")
    assert pool is not None
    assert pool.slots == 1


def test_the_assets_form_the_flow_from_every_source_to_the_release(dag_bag: Any) -> None:
    tasks = dag_bag.dags["nightly"].task_dict
    landed = {f"landing_{name}" for name in specifications("sample")}
    assert {asset.name for asset in tasks["bronze"].inlets} == landed | {"inbox"}
    for before, after in (("bronze", "build"), ("build", "check"), ("check", "publish")):
        made = {asset.name for asset in tasks[before].outlets}
        assert made
        assert made <= {asset.name for asset in tasks[after].inlets}
    assert [asset.name for asset in tasks["publish"].outlets] == ["release"]
    for name, dag in dag_bag.dags.items():
        if name.startswith("pull_"):
            assert {asset.name for asset in dag.tasks[0].outlets} <= landed


@pytest.mark.parametrize("profile", ["sample", "live"])
def test_the_dags_know_the_same_facts_as_the_sources(profile: str) -> None:
    light = {facts.name: facts for facts in catalogue.sources(profile)}
    whole = specifications(profile)
    assert light.keys() == whole.keys()
    for name, facts in light.items():
        assert (facts.title, facts.address, facts.cadence) == (
            whole[name].title,
            whole[name].address,
            whole[name].cadence,
        )


def test_every_cadence_has_its_hour(dag_bag: Any) -> None:
    by_source = {source.name: source.cadence for source in catalogue.sources("sample")}
    pulled = {dag_id.removeprefix("pull_"): dag for dag_id, dag in dag_bag.dags.items() if dag_id != "nightly"}
    assert pulled
    for name, dag in pulled.items():
        has_hour = getattr(dag.timetable, "expression", None) is not None
        assert has_hour == (by_source[name] in CADENCES), name
