"""The nightly run: pull what is due, parse, build, check, publish.

At 02:00 UTC, and whenever files dropped into the inbox have come to rest. A source that can't be had fails its own
pull and nothing else; a failed check fails the run and leaves the last release.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import (
    AssetOrTimeSchedule,
    CronTriggerTimetable,
    Param,
    TriggerRule,
    dag,
    task,
)

from boomerang.orchestration.catalogue import home_profile, sources
from boomerang.orchestration.environment import WRITER_POOL
from boomerang.orchestration.flow import BRONZE, CANDIDATE, INBOX, LANDED, RELEASE, landing

LANDING = [landing(source.name) for source in sources(home_profile())]


@dag(
    schedule=AssetOrTimeSchedule(timetable=CronTriggerTimetable("0 2 * * *", timezone="UTC"), assets=INBOX),
    start_date=datetime(2022, 2, 24, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    params={
        "wait_seconds": Param(
            1800, type="integer", minimum=0, description="How long to wait for another run on this home"
        )
    },
    # A task's process that dies is started again; errors that will not pass fail at once (boomerang.orchestration.steps).
    default_args={"retries": 1, "retry_delay": timedelta(seconds=30), "execution_timeout": timedelta(hours=6)},
    tags=["boomerang"],
    doc_md=__doc__,
)
def nightly() -> None:
    """Pull, parse, build, check, publish."""

    @task
    def due() -> list[str]:
        """Name the sources whose cadence has come round; a backfill pulls nothing."""
        from boomerang import pipeline
        from boomerang.orchestration.steps import step

        with step() as here:
            return [] if here.until else pipeline.due_sources(here.home)

    @task(
        outlets=[LANDED],
        retries=2,
        retry_delay=timedelta(minutes=1),
        retry_exponential_backoff=2,
        map_index_template="{{ task.op_kwargs['source'] }}",
    )
    def pull(source: str, *, outlet_events: Any = None) -> str:
        """Land one source."""
        from boomerang import pipeline
        from boomerang.orchestration.steps import step

        with step() as here:
            pulled = pipeline.pull(here.home, source, wait=here.wait)
            here.say(pulled.description)
            outlet_events[LANDED].add(landing(source), extra=pulled.model_dump(mode="json"))
            return source

    @task(
        pool=WRITER_POOL,
        inlets=[INBOX, *LANDING],
        outlets=[BRONZE],
        trigger_rule=TriggerRule.ALL_DONE_MIN_ONE_SUCCESS,
    )
    def bronze(due: list[str], pulled: list[str]) -> None:
        """Take the inbox, then parse what has landed."""
        from boomerang import pipeline
        from boomerang.orchestration.steps import refuse_without_required, step

        with step() as here:
            refuse_without_required(here.home, due, list(pulled or []))
            if not here.until:
                for observation in pipeline.take_inbox(here.home, wait=here.wait):
                    here.say(f"taken from the inbox: {observation.file_name}")
            here.say(pipeline.bronze(here.home, here.until, wait=here.wait).describe())

    @task(pool=WRITER_POOL, inlets=[BRONZE], outlets=[CANDIDATE])
    def build() -> str | None:
        """Build the marts and compose the candidate release; nothing where nothing has changed."""
        from boomerang import pipeline
        from boomerang.orchestration.steps import step

        with step() as here:
            candidate = pipeline.build(here.home, here.until, wait=here.wait, progress=here.say)
            return candidate and candidate.name

    @task(pool=WRITER_POOL, inlets=[CANDIDATE])
    def check(candidate: str | None) -> None:
        """Run every suite on the candidate."""
        from boomerang import pipeline
        from boomerang.orchestration.steps import skip, step

        with step() as here:
            if candidate is None:
                raise skip("nothing has changed since the last release")
            here.say(pipeline.check(here.home, wait=here.wait).describe())

    @task(pool=WRITER_POOL, inlets=[CANDIDATE], outlets=[RELEASE], trigger_rule=TriggerRule.NONE_FAILED)
    def publish(*, outlet_events: Any = None) -> str:
        """Publish the checked candidate."""
        from boomerang import pipeline
        from boomerang.orchestration.steps import skip, step
        from boomerang.release.publish import current_id

        with step() as here:
            before = current_id(here.home)
            release_id = pipeline.publish(here.home, wait=here.wait)
            if release_id == before:
                raise skip(f"release {release_id} stands: nothing has changed")
            here.say(f"published release {release_id}")
            outlet_events[RELEASE].extra = {"release_id": release_id}
            return release_id

    named = due()
    candidate = build()
    bronze(named, pull.expand(source=named)) >> candidate
    check(candidate) >> publish()


nightly()
