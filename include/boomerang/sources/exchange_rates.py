"""Exchange rates: what the readers of the banks' answers have in common. Decimals throughout, never floats."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from boomerang.sources.community_tables import MAXIMUM_CONTENT, write_tables
from boomerang.sources.specification import PROVENANCE, LandedFile, MemberCount

AMOUNT: Final = pa.decimal128(20, 8)

CURRENCY: Final = re.compile(r"[A-Z]{3}")
"""An ISO 4217 alphabetic code."""

LONGEST_GAP_DAYS: Final = 14
"""How long a published rate stays in force at most, in days: the Russian holidays around New Year take up to 12. The
dbt variable ``longest_rate_gap_days`` says the same to the models."""

TABLES: Final[dict[str, pa.Schema]] = {
    "rates": pa.schema(
        [
            *PROVENANCE,
            pa.field("rate_on", pa.date32(), nullable=False),
            pa.field("asked_on", pa.date32()),
            pa.field("currency", pa.string(), nullable=False),
            pa.field("nominal", pa.int64(), nullable=False),
            pa.field("value", AMOUNT, nullable=False),
        ]
    )
}
"""``value`` as published: roubles for ``nominal`` units (Bank of Russia), units for one euro (ECB; nominal 1).
``asked_on``: the day that was asked for, where one was; ``rate_on``: the day that the bank gives the rate for."""


@dataclass(frozen=True)
class Rate:
    """One published rate; ``row`` is the ordinal of its record in the member."""

    row: int
    rate_on: date
    currency: str
    nominal: int
    value: Decimal


@dataclass(frozen=True)
class UnreadRate:
    """A record that can't be taken."""

    row: int
    reason: str
    detail: str
    content: str


@dataclass
class Answer:
    """One answer of a bank.

    Attributes:
        member: Its name in the bundle or zip; empty for a file by itself.
        records: How many records stand in it, readable or not.
        asked_on: The day that was asked for, where one was.
    """

    member: str
    rates: list[Rate] = field(default_factory=list)
    unread: list[UnreadRate] = field(default_factory=list)
    records: int = 0
    asked_on: date | None = None


def amount(text: str | None, separator: str) -> Decimal | None:
    """A published amount; ``None`` where it is not one, is not above 0, or has more digits than can be kept.

    Args:
        text: As published.
        separator: Its decimal separator; nothing separates thousands.
    """
    if text is None or not re.fullmatch(rf"[0-9]{{1,9}}(?:{re.escape(separator)}[0-9]{{1,8}})?", text):
        return None
    value = Decimal(text.replace(separator, "."))
    return value if value > 0 else None


def day(text: str | None) -> date | None:
    """A day as ``dd.mm.yyyy``; ``None`` where it is none."""
    match = re.fullmatch(r"([0-9]{2})\.([0-9]{2})\.([0-9]{4})", text or "")
    try:
        return date(int(match[3]), int(match[2]), int(match[1])) if match else None
    except ValueError:
        return None


def figures(answers: list[Answer]) -> dict[str, int]:
    """What bounds may be declared for: ``rates``, ``days``, ``currencies``, ``quarantined``."""
    rates = [rate for answer in answers for rate in answer.rates]
    return {
        "rates": len(rates),
        "days": len({rate.rate_on for rate in rates}),
        "currencies": len({rate.currency for rate in rates}),
        "quarantined": sum(len(answer.unread) for answer in answers),
    }


def write_answers(landed: LandedFile, output: Path, answers: list[Answer]) -> list[MemberCount]:
    """Write the rates of a landed file, and the records that can't be taken to the quarantine.

    Args:
        landed: The file.
        output: An empty folder.
        answers: What it says.

    Returns:
        A count of the records of each member.
    """
    rates = [_rate_row(answer, rate) for answer in answers for rate in answer.rates]
    write_tables(landed, output, TABLES, {"rates": rates, "quarantine": list(_unread_rows(answers))})
    return [
        MemberCount(
            source_member=answer.member,
            rows_in=answer.records,
            rows_loaded=answer.records - len(answer.unread),
            rows_quarantined=len(answer.unread),
        )
        for answer in answers
    ]


def _rate_row(answer: Answer, rate: Rate) -> dict[str, Any]:
    return {
        "_source_member": answer.member,
        "_source_row": rate.row,
        "rate_on": rate.rate_on,
        "asked_on": answer.asked_on,
        "currency": rate.currency,
        "nominal": rate.nominal,
        "value": rate.value,
    }


def _unread_rows(answers: list[Answer]) -> Iterator[dict[str, Any]]:
    for answer in answers:
        for unread in answer.unread:
            yield {
                "_source_member": answer.member,
                "_source_row": unread.row,
                "reason": unread.reason,
                "detail": unread.detail,
                "content": unread.content[:MAXIMUM_CONTENT],
            }
