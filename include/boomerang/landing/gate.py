"""The gate before landing: bytes that are not what the source promises go to the quarantine, with the reason."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, Literal

from boomerang.errors import BoomerangError, ContentRefusedError, SourceUnavailableError
from boomerang.landing.observation import Coverage, Observation, Refusal
from boomerang.landing.store import Landing, Received
from boomerang.sources.specification import Bounds, SourceSpecification

log = logging.getLogger(__name__)

UNAVAILABLE: Final = "unavailable"
"""The reason where nothing came."""

BOUNDS_REASONS: Final = frozenset({"below_minimum", "counts_fell", "counts_rose", "vanished"})
"""What a person may accept; anything else is not the source's promise at all."""


def check_bounds(
    specification: SourceSpecification,
    figures: dict[str, int],
    previous: Observation | None,
    observed_at: datetime | None = None,
) -> None:
    """Compare an observation's figures with the declared bounds and the last good observation.

    Args:
        specification: The source.
        figures: What the reader counted.
        previous: The last good observation, if there is any.
        observed_at: When the source showed them, UTC; rises are judged by the time since ``previous``.

    Raises:
        ContentRefusedError: One is beyond its bounds (a reason of ``BOUNDS_REASONS``), or was not counted.
    """
    before = previous.figures if previous else {}
    when = f"{previous.observed_at:%Y-%m-%d %H:%M} UTC" if previous else ""
    days = (observed_at - previous.observed_at).total_seconds() / 86_400 if previous and observed_at else 0
    for name, bounds in specification.bounds.items():
        names = [name]
        if name.endswith("*"):
            names = sorted(figure for figure in {**before, **figures} if figure.startswith(name[:-1]))
            _check_none_vanished(specification, names, figures, before, when)
        for figure in names:
            _check_figure(specification, figure, bounds, figures.get(figure), before.get(figure), when, days)


def _check_none_vanished(
    specification: SourceSpecification, names: list[str], figures: dict[str, int], before: dict[str, int], when: str
) -> None:
    vanished = [f"{name} ({before[name]:,})" for name in names if name not in figures]
    if vanished:
        new = [name for name in names if name not in before]
        instead = f"; new: {', '.join(new)}" if new else ""
        raise ContentRefusedError(
            "vanished", f"{specification.name}: {', '.join(vanished)} stood there on {when} and is gone{instead}"
        )


def _check_figure(
    specification: SourceSpecification,
    name: str,
    bounds: Bounds,
    value: int | None,
    before: int | None,
    when: str,
    days: float,
) -> None:
    if value is None:
        raise ContentRefusedError(
            "figure_missing", f"{specification.name}: the figure {name!r} has bounds but was not counted"
        )
    if value < bounds.minimum:
        raise ContentRefusedError(
            "below_minimum", f"{specification.name}: {name} = {value:,}, below the minimum of {bounds.minimum:,}"
        )
    if not before or abs(value - before) <= bounds.slack:
        return
    change = (value - before) / before
    seen = f"{specification.name}: {name} went from {before:,} ({when}) to {value:,}"
    if bounds.maximum_fall is not None and -change > bounds.maximum_fall:
        raise ContentRefusedError(
            "counts_fell", f"{seen}, a fall of {-change:.1%} where at most {bounds.maximum_fall:.1%} is believed"
        )
    if bounds.maximum_rise is not None:
        allowed = bounds.maximum_rise * max(1, days / bounds.rise_days if bounds.rise_days else 1)
        if change > allowed:
            raise ContentRefusedError(
                "counts_rose", f"{seen}, a rise of {change:.1%} where at most {allowed:.1%} is believed"
            )


def last_comparable(
    landing: Landing,
    specification: SourceSpecification,
    observed_at: datetime,
    file_name: str,
    is_complete: bool | None = None,
) -> Observation | None:
    """The last good observation that bounds compare with: of the page, or of the file of the same name.

    Of a source that is asked by day, all of it is compared with all of it, and a few days (``is_complete`` false)
    with nothing.
    """
    if is_complete is False:
        return None
    is_of_files = bool(specification.listing or specification.files or specification.cadence == "files")
    return landing.last_good(specification.name, observed_at, file_name if is_of_files else None, with_windows=False)


def admit(
    landing: Landing,
    specification: SourceSpecification,
    received: Received,
    *,
    observed_at: datetime,
    file_name: str,
    origin: Literal["pull", "inbox", "ingest"],
    layout: str | None = None,
    coverage: tuple[Coverage, ...] = (),
    **facts: Any,
) -> Observation | Refusal:
    """Inspect received bytes, then land them or put them into the quarantine.

    Args:
        landing: The landing room.
        specification: The source.
        received: The bytes; they are moved.
        observed_at: When the source showed them. UTC.
        file_name: The name under which they came.
        origin: How they came.
        layout: The vendor layout that was named, if any.
        coverage: What the file covers, as declared.
        **facts: What is known about the fetch (``url``, ``etag`` ...).
    """
    figures: dict[str, int] = {}
    try:
        if received.bytes == 0:
            raise ContentRefusedError("empty", f"{specification.name}: {file_name} is empty")
        figures = _inspect(specification, received, file_name, layout)
        previous = last_comparable(landing, specification, observed_at, file_name, facts.get("is_complete"))
        check_bounds(specification, figures, previous, observed_at)
    except ContentRefusedError as refusal:
        return refuse(
            landing,
            specification,
            received,
            refusal,
            observed_at=observed_at,
            file_name=file_name,
            origin=origin,
            figures=figures,
            layout=layout,
            coverage=coverage,
            **facts,
        )
    return landing.land(
        specification,
        received.path,
        observed_at=observed_at,
        file_name=file_name,
        origin=origin,
        figures=figures,
        sha256=received.sha256,
        layout=layout,
        coverage=coverage,
        **facts,
    )


def refuse(
    landing: Landing,
    specification: SourceSpecification,
    received: Received | None,
    error: BoomerangError,
    *,
    observed_at: datetime,
    file_name: str,
    origin: Literal["pull", "inbox", "ingest"],
    **facts: Any,
) -> Refusal:
    """Put bytes (or the fact that none came) into the quarantine, with what the error says."""
    reason = error.reason if isinstance(error, ContentRefusedError) else UNAVAILABLE
    what_to_do = error.what_to_do
    sha256 = received.sha256 if received else facts.pop("sha256", None)
    if reason in BOUNDS_REASONS and sha256:
        what_to_do = (
            "look at the source; the last good observation stands. If this one is right: "
            f'boomerang accept {specification.name} {sha256[:12]} --why "..."'
        )
    return landing.refuse(
        specification.name,
        received.path if received else None,
        reason,
        str(error.args[0]),
        what_to_do=what_to_do,
        observed_at=observed_at,
        file_name=file_name,
        origin=origin,
        sha256=sha256,
        default_suffix=specification.suffix,
        **facts,
    )


def told(refusal: Refusal) -> str:
    """What is wrong, with the name of the file."""
    is_named = refusal.file_name in refusal.message
    return refusal.message if is_named else f"{refusal.file_name}: {refusal.message}"


def as_error(refusals: Sequence[Refusal], note: str = "") -> BoomerangError:
    """Refusals as one error to raise: unavailable where nothing came at all, else refused."""
    message = "\n".join([*(told(refusal) for refusal in refusals), *([note] if note else [])])
    what_to_do = "\n  -> ".join(dict.fromkeys(item.what_to_do for item in refusals if item.what_to_do))
    reasons = [refusal.reason for refusal in refusals if refusal.reason != UNAVAILABLE]
    return (
        ContentRefusedError(reasons[0], message, what_to_do) if reasons else SourceUnavailableError(message, what_to_do)
    )


def _inspect(
    specification: SourceSpecification, received: Received, file_name: str, layout: str | None
) -> dict[str, int]:
    try:
        return specification.reader.inspect(received.path, specification, layout)
    except (BoomerangError, OSError):
        raise
    except Exception as error:
        # A reader that trips over bytes from outside must not cost the night, nor the bytes.
        log.exception("%s: the reader failed on %s", specification.name, file_name)
        raise ContentRefusedError(
            "reader_failed",
            f"{specification.name}: {file_name} could not be read: {type(error).__name__}: {error}",
            "this is a defect of Boomerang's reader: report it with the file from the quarantine",
        ) from error
