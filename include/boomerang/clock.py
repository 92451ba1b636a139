"""The one clock: UTC, and its two spellings in names and files."""

from __future__ import annotations

from datetime import UTC, date, datetime


def utc_now() -> datetime:
    """The present moment, aware, in UTC, to the microsecond."""
    return datetime.now(UTC)


def stamp(moment: datetime) -> str:
    """A moment as it stands in file names: ``20230423T144557123456Z``, sortable as text.

    Args:
        moment: An aware datetime.
    """
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%S%fZ")


def start_of_day(day: date) -> datetime:
    """Midnight UTC at the start of ``day``."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
