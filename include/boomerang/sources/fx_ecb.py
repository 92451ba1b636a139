"""The European Central Bank's reference rates: units of a currency for one euro, a line a day, a column a currency.

The zip holds one CSV, the newest day first. ``N/A`` or nothing: no rate on that day. The rouble ends on 1 March 2022.
"""

from __future__ import annotations

import csv
import io
import re
from datetime import date
from pathlib import Path
from typing import Final

from boomerang.errors import ContentRefusedError
from boomerang.sources.community_tables import as_text
from boomerang.sources.exchange_rates import CURRENCY, TABLES, Answer, Rate, UnreadRate, amount, figures, write_answers
from boomerang.sources.specification import LandedFile, MemberCount, SourceSpecification
from boomerang.unpacking import read_capped

EURO: Final = "EUR"
NO_RATE: Final = frozenset({"", "N/A"})
MAXIMUM_UNREADABLE_SHARE: Final = 0.005
_LOOK: Final = "look at the address in a browser; the last good observation stands, the next run asks again"


def read_table(path: Path, maximum_bytes: int) -> Answer:
    """Read the table of rates.

    Args:
        path: The zip, or the CSV in it, plain or packed with gzip.
        maximum_bytes: The most that may come out of it.

    Returns:
        The rates; a record is a day. A day of which anything can't be read is unread as a whole.

    Raises:
        ContentRefusedError: ``not_rates``: it is no such table. ``no_rates``: no day stands in it.
            ``too_many_unreadable``. What :func:`boomerang.unpacking.read_capped` raises.
    """
    member, content = read_capped(path, maximum_bytes)
    try:
        lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise ContentRefusedError("not_rates", f"{path.name} is no CSV table: {error}", _LOOK) from error
    header = [name.strip() for name in lines[0]] if lines else []
    while header and not header[-1]:  # the bank ends each line with a comma
        header.pop()
    currencies = header[1:]
    if not header or header[0] != "Date" or "USD" not in currencies or len(set(header)) < len(header):
        raise ContentRefusedError(
            "not_rates", f"{path.name} has the header {','.join(header)[:80]!r} where Date,USD,... was expected", _LOOK
        )
    if odd := [name for name in currencies if not CURRENCY.fullmatch(name)]:
        raise ContentRefusedError("not_rates", f"{path.name} has the columns {odd[:5]}, which are no currencies", _LOOK)
    answer = Answer(member)
    for line in lines[1:]:
        if not line:
            continue
        answer.records += 1
        reading = _read_day(line, currencies, answer.records)
        if isinstance(reading, list):
            answer.rates.extend(reading)
        else:
            answer.unread.append(UnreadRate(answer.records, reading[0], reading[1], as_text(line)))
    _check(answer, path.name)
    return answer


def _read_day(line: list[str], currencies: list[str], row: int) -> list[Rate] | tuple[str, str]:
    """The rates of a day; else why it can't be taken: a reason and a detail."""
    cells = [cell.strip() for cell in line]
    if len(cells) < len(currencies) + 1 or any(cells[len(currencies) + 1 :]):
        return "wrong_columns", f"{len(cells)} fields where the header has {len(currencies) + 1}"
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", cells[0]):
        return "bad_date", f"the day is {cells[0]!r}, not yyyy-mm-dd"
    try:
        rate_on = date.fromisoformat(cells[0])
    except ValueError:
        return "bad_date", f"there is no day {cells[0]!r}"
    rates = []
    for currency, cell in zip(currencies, cells[1:], strict=False):
        if cell in NO_RATE:
            continue
        value = amount(cell, ".")
        if value is None:
            return "bad_rate", f"{currency}: {cell!r} units for a euro"
        rates.append(Rate(row, rate_on, currency, 1, value))
    return rates or ("no_rates", f"no currency has a rate on {rate_on}")


def _check(answer: Answer, name: str) -> None:
    if not answer.rates:
        raise ContentRefusedError("no_rates", f"{name} holds no rate", _LOOK)
    if len(answer.unread) > MAXIMUM_UNREADABLE_SHARE * answer.records:
        example = answer.unread[0]
        raise ContentRefusedError(
            "too_many_unreadable",
            f"{name}: {len(answer.unread):,} of {answer.records:,} days can't be read, e.g. day {example.row}: "
            f"{example.detail}",
            _LOOK,
        )


class EcbReader:
    """Reads the table of rates; see :class:`boomerang.sources.specification.SourceReader`."""

    parser_version = 1
    tables = TABLES

    def inspect(self, path: Path, specification: SourceSpecification, layout: str | None) -> dict[str, int]:
        """Read the table, and count what stands in it.

        Args:
            path: The zip, or the CSV in it.
            specification: The source.
            layout: Not used.

        Returns:
            ``rates``, ``days``, ``currencies``, ``quarantined``.

        Raises:
            ContentRefusedError: What :func:`read_table` raises.
        """
        return figures([read_table(path, specification.maximum_bytes)])

    def parse(self, landed: LandedFile, output: Path) -> list[MemberCount]:
        """Write the rates, and the days that can't be taken to the quarantine.

        Args:
            landed: The file.
            output: An empty folder.

        Returns:
            One count: of the days.

        Raises:
            ContentRefusedError: What :func:`read_table` raises.
        """
        return write_answers(landed, output, [read_table(landed.path, landed.specification.maximum_bytes)])


READER: Final = EcbReader()
