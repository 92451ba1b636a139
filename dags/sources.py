"""A DAG a source, for its own cadence or a pull by hand; the nightly run pulls whatever is still due at 02:00.

They end an hour before the night begins, so that a source which did not answer gets a second chance in it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, CronTriggerTimetable, Param, task

from boomerang.orchestration.catalogue import SourceFacts, home_profile, sources
from boomerang.orchestration.flow import landing
from boomerang.orchestration.steps import skip, step

CADENCES = {
    "daily": "0 1 * * *",
    "weekly": "0 1 * * 1",
    "monthly": "0 1 2 * *",
}
"""When a source of each cadence is pulled, UTC; one of any other cadence is pulled by hand."""


def source_dag(source: SourceFacts) -> DAG:
    """The DAG that pulls one source."""
    cron = CADENCES.get(source.cadence)
    with DAG(
        dag_id=f"pull_{source.name}",
        description=source.title,
        schedule=CronTriggerTimetable(cron, timezone="UTC") if cron else None,
        catchup=False,
        max_active_runs=1,
        params={"wait_seconds": Param(600, type="integer", minimum=0)},
        tags=["boomerang", "source"],
    ) as pulling:

        @task(
            outlets=[landing(source.name)],
            retries=2,
            retry_delay=timedelta(minutes=5),
            retry_exponential_backoff=2,
            execution_timeout=timedelta(hours=6),
        )
        def pull(name: str, *, outlet_events: Any = None) -> None:
            with step(tries_again=True) as here:
                if here.until:
                    raise skip("a backfill replays what has landed; today's page is never filed under an old day")
                pulled = here.pipeline.pull(here.home, name, wait=here.wait)
                here.say(pulled.description)
                outlet_events[landing(name)].extra = pulled.model_dump(mode="json")

        pull(source.name)
    return pulling


for facts in sources(home_profile()):
    if facts.address:
        globals()[f"pull_{facts.name}"] = source_dag(facts)
