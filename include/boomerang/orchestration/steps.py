"""What every task does around a step of the pipeline: open the home, log plainly, fail plainly."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import Any, Final

from airflow.sdk import get_current_context
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

from boomerang.errors import BoomerangError, HomeBusyError, SourceUnavailableError, UsageError
from boomerang.home import Home
from boomerang.orchestration.environment import FAILURE_KEY

_COLOURS: Final = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@dataclass(frozen=True)
class Step:
    """What a task hands to a step of the pipeline.

    Attributes:
        pipeline: The module :mod:`boomerang.pipeline`; too heavy for the top of a DAG file.
        home: The home.
        wait: Seconds to wait for another run that holds it.
        until: For a backfill, the moment that it replays: only what was observed by then counts, and nothing
            is pulled. ``None`` in any other run. UTC.
        say: Writes a line into the task's log.
    """

    pipeline: Any
    home: Home
    wait: float
    until: datetime | None
    say: Callable[[str], None]


@contextmanager
def step(*, tries_again: bool = False) -> Iterator[Step]:
    """Open the home of this run; turn an error into a failed task that says what to do.

    Airflow's own retries are left to what may pass by itself: the death of a task's process, which is not seen
    here, and, for a pull, a source that does not answer or is held by another run. Anything else would fail again.

    Args:
        tries_again: The task is a pull.

    Raises:
        AirflowException: It may pass; Airflow tries again as the task says.
        AirflowFailException: It will not.
    """
    context = get_current_context()
    log = logging.getLogger("airflow.task")

    def say(line: str) -> None:
        log.info("%s", _COLOURS.sub("", line))

    try:
        yield Step(
            pipeline=import_module("boomerang.pipeline"),
            home=Home.open(),
            wait=float(context["params"]["wait_seconds"]),
            until=replayed_moment(context["dag_run"]),
            say=say,
        )
    except AirflowException:  # the task itself skips
        raise
    except BoomerangError as error:
        _tell(context, error.exit_status, str(error))
        may_pass = tries_again and isinstance(error, SourceUnavailableError | HomeBusyError)
        raise (AirflowException if may_pass else AirflowFailException)(str(error)) from None
    except Exception as error:
        log.exception("internal error")
        _tell(context, 4, f"internal error: {type(error).__name__}: {error}")
        raise AirflowFailException(f"internal error: {error}") from error


def replayed_moment(dag_run: Any) -> datetime | None:
    """The moment that a backfill replays; ``None`` for any other run."""
    moment: datetime | None = dag_run.logical_date if dag_run.run_type == "backfill" else None
    return moment


def skip(why: str) -> AirflowException:
    """What to raise where there is nothing to do."""
    return AirflowSkipException(why)


def refuse_without_required(home: Home, due: list[str] | None, pulled: list[str]) -> None:
    """Stop a night that lacks a source without which nothing may be published.

    Args:
        home: The home.
        due: Sources that should have been pulled; ``None`` where the task that names them failed.
        pulled: Those that were.

    Raises:
        SourceUnavailableError: A source that is declared required is missing.
        UsageError: Nobody knows what was due.
    """
    if due is None:
        raise UsageError("the sources that are due could not be named", "see why the task `due` failed")
    from boomerang.sources.specification import specification  # noqa: PLC0415 - brings pyarrow

    missing = [name for name in due if name not in pulled and specification(name, home.profile).is_required]
    if missing:
        raise SourceUnavailableError(
            f"{', '.join(missing)} could not be had, and a night without publishes nothing; the last release stands",
            "see the pull's own log for the reason, then run the night again",
        )


def _tell(context: Any, exit_status: int, message: str) -> None:
    message = _COLOURS.sub("", message)
    logging.getLogger("airflow.task").error("%s", message)
    context["ti"].xcom_push(key=FAILURE_KEY, value={"exit_status": exit_status, "message": message[:4000]})
