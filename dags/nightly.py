"""The nightly run: pull what is due, parse, build, check, publish.

At 02:00 UTC, and whenever files dropped into the inbox have come to rest. A source that can't be had fails its own
pull and nothing else (it is published as stale, unless it is declared required); a failed check fails the run and
leaves the last release.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import AssetOrTimeSchedule, CronTriggerTimetable, Param, TriggerRule, dag, task

from boomerang.orchestration.catalogue import home_profile, sources
from boomerang.orchestration.environment import WRITER_POOL
from boomerang.orchestration.flow import BRONZE, CANDIDATE, CHECKED, INBOX, LANDED, RELEASE, landing
from boomerang.orchestration.steps import refuse_without_required, skip, step

LANDING = [landing(source.name) for source in sources(home_profile())]


@dag(
    schedule=AssetOrTimeSchedule(timetable=CronTriggerTimetable("0 2 * * *", timezone="UTC"), assets=INBOX),
    catchup=False,
    max_active_runs=1,
    params={"wait_seconds": Param(1800, type="integer", minimum=0, description="Seconds to wait for another run")},
    # For a task whose process died; errors that will not pass fail at once (boomerang.orchestration.steps).
    default_args={"retries": 1, "retry_delay": timedelta(seconds=30), "execution_timeout": timedelta(hours=6)},
    tags=["boomerang"],
    doc_md=__doc__,
)
def nightly() -> None:
    """Pull, parse, build, check, publish."""

    @task
    def due() -> list[str]:
        """Name the sources whose cadence has come round; a backfill pulls nothing."""
        with step() as here:
            return [] if here.until else here.pipeline.due_sources(here.home)

    @task(
        outlets=[LANDED],
        retries=2,
        retry_delay=timedelta(minutes=1),
        retry_exponential_backoff=2,
        map_index_template="{{ task.op_kwargs['source'] }}",
    )
    def pull(source: str, *, outlet_events: Any = None) -> str:
        """Land one source."""
        with step(tries_again=True) as here:
            pulled = here.pipeline.pull(here.home, source, wait=here.wait)
            here.say(pulled.description)
            outlet_events[LANDED].add(landing(source), extra=pulled.model_dump(mode="json"))
            return source

    @task(
        pool=WRITER_POOL,
        inlets=[INBOX, *LANDING],
        outlets=[BRONZE],
        trigger_rule=TriggerRule.ALL_DONE,  # pulls may fail, and there may be none
    )
    def bronze(due: list[str] | None, pulled: list[str]) -> None:
        """Take the inbox, then parse what has landed."""
        with step() as here:
            refuse_without_required(here.home, due, list(pulled or []))
            if not here.until:
                here.pipeline.take_inbox(here.home, here.wait, here.say)
            here.say(here.pipeline.bronze(here.home, here.until, wait=here.wait).describe())

    @task(pool=WRITER_POOL, inlets=[BRONZE], outlets=[CANDIDATE])
    def build() -> str | None:
        """Build the marts and compose the candidate release; nothing where nothing has changed."""
        with step() as here:
            candidate = here.pipeline.build(here.home, here.until, wait=here.wait, progress=here.say)
            return candidate and candidate.name

    @task(pool=WRITER_POOL, inlets=[CANDIDATE], outlets=[CHECKED])
    def check(candidate: str | None) -> None:
        """Run every suite on the candidate."""
        with step() as here:
            if candidate is None:
                raise skip("nothing has changed since the last release")
            here.say(here.pipeline.check(here.home, wait=here.wait).describe())

    @task(pool=WRITER_POOL, inlets=[CHECKED], outlets=[RELEASE], trigger_rule=TriggerRule.NONE_FAILED)
    def publish(*, outlet_events: Any = None) -> str:
        """Publish the checked candidate; no event where the last release stands."""
        with step() as here:
            before = here.home.current.resolve().name
            release_id = here.pipeline.publish(here.home, wait=here.wait)
            if release_id == before:
                raise skip(f"release {release_id} stands: nothing has changed")
            here.say(f"published release {release_id}")
            outlet_events[RELEASE].extra = {"release_id": release_id, "is_replay": bool(here.until)}
            return release_id

    named = due()
    candidate = build()
    bronze(named, pull.expand(source=named)) >> candidate
    check(candidate) >> publish()


nightly()
