"""The Bank of Russia's official rates: roubles for a number of units of a currency, in force from a day on.

Two answers are read: ``XML_daily.asp`` (every currency on a day) and ``XML_dynamic.asp`` (one currency over a span).
Asked for a day without a rate of its own, the bank gives the last one before it, under that one's date: both are kept.
A pull asks for the days that no earlier one covered, by day where they are few and by currency where they are many,
so that a night takes a request or two and the first pull about sixty.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn
from urllib.parse import urlencode, urljoin
from xml.etree import ElementTree

from boomerang.bundle import is_bundle, read_bundle
from boomerang.errors import ContentRefusedError, UsageError
from boomerang.sources.exchange_rates import (
    CURRENCY,
    LONGEST_GAP_DAYS,
    TABLES,
    Answer,
    Rate,
    UnreadRate,
    amount,
    day,
    figures,
    write_answers,
)
from boomerang.sources.specification import Errand, LandedFile, MemberCount, Showing, SourceSpecification
from boomerang.unpacking import open_capped

if TYPE_CHECKING:
    from boomerang.landing.observation import Observation

DOLLAR: Final = "USD"

CURRENCY_OF: Final = {
    "R01010": "AUD", "R01020A": "AZN", "R01035": "GBP", "R01060": "AMD", "R01090B": "BYN", "R01100": "BGN",
    "R01115": "BRL", "R01135": "HUF", "R01150": "VND", "R01200": "HKD", "R01210": "GEL", "R01215": "DKK",
    "R01230": "AED", "R01235": "USD", "R01239": "EUR", "R01240": "EGP", "R01270": "INR", "R01280": "IDR",
    "R01335": "KZT", "R01350": "CAD", "R01355": "QAR", "R01370": "KGS", "R01375": "CNY", "R01500": "MDL",
    "R01530": "NZD", "R01535": "NOK", "R01565": "PLN", "R01585F": "RON", "R01589": "XDR", "R01625": "SGD",
    "R01670": "TJS", "R01675": "THB", "R01700J": "TRY", "R01710A": "TMT", "R01717": "UZS", "R01720": "UAH",
    "R01760": "CZK", "R01770": "SEK", "R01775": "CHF", "R01805F": "RSD", "R01810": "ZAR", "R01815": "KRW",
    "R01820": "JPY",
}  # fmt: skip
"""The bank's own codes, which a span of days gives without the currency's. A pull takes them from the bank; these are
for files that are given by hand."""

_DAILY: Final = re.compile(r"daily/(\d{4}-\d{2}-\d{2})\.xml")
_DYNAMIC: Final = re.compile(r"dynamic/([A-Z]{3})_(R[0-9A-Z]+)\.xml")
_CODE: Final = re.compile(r"R[0-9]{5}[A-Z]?")
_LOOK: Final = "look at the address in a browser; the last good observation stands, the next run asks again"


class _NoDoctype(ElementTree.TreeBuilder):
    """The bank's answers have no document type: entities are never declared, so none can be expanded."""

    def doctype(self, name: str, pubid: str, system: str) -> NoReturn:
        raise ContentRefusedError("hostile_xml", "it declares a document type, which the bank's answers never do")


def read_answer(content: bytes, where: str, currency: str | None = None) -> Answer:
    """Read an answer of the bank.

    Args:
        content: As received: XML in the encoding that it declares (windows-1251).
        where: Its name, for messages.
        currency: Whose rates were asked for, where it is a span of days.

    Raises:
        ContentRefusedError: ``not_rates``: it is no such XML. ``hostile_xml``: it declares a document type.
            ``no_rates``: there is no rate in it.
    """
    root = _parse(content, where)
    answer = Answer(where)
    if len(root) == 0:
        said = " ".join("".join(root.itertext()).split())[:80]
        raise ContentRefusedError("no_rates", f"{where} holds no rate{f': {said!r}' if said else ''}", _LOOK)
    rate_on = day(root.get("Date"))
    code = root.get("ID")
    if rate_on is not None:
        for row, record in enumerate(root, start=1):
            _take(answer, row, record, _read_record(record, row, "Valute", rate_on, record.findtext("CharCode")))
    elif code is not None:
        known = currency or CURRENCY_OF.get(code)
        if known is None:
            raise ContentRefusedError(
                "unknown_currency",
                f"{where} holds the rates of the bank's currency {code!r}, which is not known",
                "add it to CURRENCY_OF in boomerang/sources/fx_cbr.py, or pull: the bank tells which one it is",
            )
        for row, record in enumerate(root, start=1):
            found = record.get("Id") == code
            _take(
                answer,
                row,
                record,
                _read_record(record, row, "Record", day(record.get("Date")), known if found else None),
            )
    else:
        raise ContentRefusedError("not_rates", f"{where} gives neither a day nor a currency of its rates", _LOOK)
    if not answer.rates:
        raise ContentRefusedError(
            "no_rates", f"{where}: none of its {answer.records} records is a rate: {answer.unread[0].detail}", _LOOK
        )
    return answer


def _parse(content: bytes, where: str) -> ElementTree.Element:
    # Safe from entities and from what lies outside: a document type is refused before its first declaration.
    parser = ElementTree.XMLParser(target=_NoDoctype())  # noqa: S314
    try:
        parser.feed(content)
        root = parser.close()
    except ContentRefusedError as error:
        raise ContentRefusedError(error.reason, f"{where}: {error.args[0]}", _LOOK) from error
    except (ElementTree.ParseError, LookupError, ValueError) as error:
        raise ContentRefusedError(
            "not_rates", f"{where} is not XML ({error}); it begins {content[:60]!r}", _LOOK
        ) from error
    if not isinstance(root, ElementTree.Element) or root.tag != "ValCurs":
        raise ContentRefusedError("not_rates", f"{where} is another XML than the bank's rates", _LOOK)
    return root


def _read_record(
    record: ElementTree.Element, row: int, tag: str, rate_on: date | None, currency: str | None
) -> Rate | tuple[str, str]:
    """A record as a rate; else why not: a reason and a detail."""
    nominal, value = record.findtext("Nominal"), record.findtext("Value")
    if record.tag != tag:
        return "unknown_record", f"the element {record.tag!r} stands where {tag!r} should"
    if rate_on is None:
        return "bad_date", f"the day is {record.get('Date')!r}, not dd.mm.yyyy"
    if currency is None or not CURRENCY.fullmatch(currency):
        return (
            "bad_currency",
            f"the currency is {currency!r} (the bank's code: {record.get('Id') or record.get('ID')!r})",
        )
    units = int(nominal) if nominal and re.fullmatch(r"[0-9]{1,9}", nominal) else 0
    roubles = amount(value, ",")
    if units < 1 or roubles is None:
        return "bad_rate", f"{currency}: {value!r} roubles for {nominal!r} units"
    return Rate(row, rate_on, currency, units, roubles)


def _take(answer: Answer, row: int, record: ElementTree.Element, reading: Rate | tuple[str, str]) -> None:
    answer.records += 1
    if isinstance(reading, Rate):
        answer.rates.append(reading)
    else:
        content = f"{record.tag} {record.attrib} " + " ".join("".join(record.itertext()).split())
        answer.unread.append(UnreadRate(row, reading[0], reading[1], content))


def read_answers(path: Path, maximum_bytes: int) -> list[Answer]:
    """Read a landed file: a bundle of answers, or one answer by itself.

    Args:
        path: The file.
        maximum_bytes: The most that may come out of it.

    Raises:
        ContentRefusedError: What :func:`read_answer` raises; ``wrong_day``: an answer is not to what was asked.
    """
    if not is_bundle(path):
        with open_capped(path, maximum_bytes) as stream:
            answer = read_answer(stream.read(), path.name)
        answer.member = ""
        return [answer]
    return [_read_member(name, content) for name, content in read_bundle(path, maximum_bytes)]


def _read_member(name: str, content: bytes) -> Answer:
    daily, dynamic = _DAILY.fullmatch(name), _DYNAMIC.fullmatch(name)
    if daily:
        return _read_daily(content, name, date.fromisoformat(daily[1]))
    if dynamic:
        return read_answer(content, name, dynamic[1])
    raise ContentRefusedError("not_rates", f"{name[:80]!r} is no member that a pull of the Bank of Russia wrote")


def _read_daily(content: bytes, name: str, asked_on: date) -> Answer:
    answer = read_answer(content, name)
    rate_on = answer.rates[0].rate_on
    if not timedelta(0) <= asked_on - rate_on <= timedelta(LONGEST_GAP_DAYS):
        raise ContentRefusedError(
            "wrong_day", f"{name} gives the rates of {rate_on} where those in force on {asked_on} were asked for", _LOOK
        )
    if all(rate.currency != DOLLAR for rate in answer.rates):
        raise ContentRefusedError("no_dollar", f"{name} has no rate of the dollar, by which all are converted", _LOOK)
    answer.asked_on = asked_on
    return answer


def _check_span(answer: Answer, since: date, until: date) -> None:
    days = [rate.rate_on for rate in answer.rates]
    if min(days) < since or max(days) > until or max(days) < until - timedelta(LONGEST_GAP_DAYS):
        raise ContentRefusedError(
            "wrong_day",
            f"{answer.member} gives rates of {min(days)} to {max(days)} where {since} to {until} was asked for",
            _LOOK,
        )


def first_day_missing(past: Sequence[Observation], first_day: date) -> date:
    """The first day that no observation answered for.

    Args:
        past: The observations so far; those of files given by hand answer for no span.
        first_day: The first day wanted.
    """
    spans = sorted((item.shows_from, item.shows_to) for item in past if item.shows_from and item.shows_to)
    for shows_from, shows_to in spans:
        if shows_from <= first_day <= shows_to:
            first_day = shows_to + timedelta(1)
    return first_day


class CbrReader:
    """Reads the Bank of Russia's answers; see :class:`boomerang.sources.specification.CollectingReader`."""

    parser_version = 1
    tables = TABLES

    def collect(self, errand: Errand) -> Showing:
        """Ask for the days that are missing, by day or by currency, whichever takes fewer requests.

        Args:
            errand: What to fetch; without days named, those that no earlier pull answered for.

        Raises:
            UsageError: The span asked for ends before it begins, or has not come yet.
            SourceUnavailableError: An answer could not be had.
            ContentRefusedError: An answer is not the bank's rates, or to another day.
        """
        facts = errand.specification
        until = errand.until or facts.last_day or errand.started_at.date()
        since = errand.since or min(first_day_missing(errand.past(), facts.first_day or until), until)
        if until > errand.started_at.date():
            raise UsageError(f"{facts.name}: {until} has not come yet (UTC)", "give a day up to today with --until")
        if since > until:
            raise UsageError(f"{facts.name}: {since} to {until} ends before it begins", "mend --since or --until")
        newest, codes = self._ask_day(errand, until)
        span = [since + timedelta(number) for number in range((until - since).days)]
        if len(span) < len(newest.rates):
            for asked_on in span:
                self._ask_day(errand, asked_on)
        else:
            for currency, code in codes.items():
                self._ask_span(errand, currency, code, since, until)
        return Showing(shows_from=since, shows_to=until, is_complete=since == facts.first_day)

    def _ask_day(self, errand: Errand, asked_on: date) -> tuple[Answer, dict[str, str]]:
        member = f"daily/{asked_on}.xml"
        query = urlencode({"date_req": f"{asked_on:%d/%m/%Y}"})
        content = errand.fetch(urljoin(errand.address, f"XML_daily.asp?{query}"), member) or b""
        answer = _read_daily(content, member, asked_on)
        return answer, dict(_codes(content, member))

    def _ask_span(self, errand: Errand, currency: str, code: str, since: date, until: date) -> None:
        member = f"dynamic/{currency}_{code}.xml"
        query = urlencode({"date_req1": f"{since:%d/%m/%Y}", "date_req2": f"{until:%d/%m/%Y}", "VAL_NM_RQ": code})
        content = errand.fetch(urljoin(errand.address, f"XML_dynamic.asp?{query}"), member) or b""
        _check_span(read_answer(content, member, currency), since, until)

    def inspect(self, path: Path, specification: SourceSpecification, layout: str | None) -> dict[str, int]:
        """Read the answers, and count what stands in them.

        Args:
            path: A bundle, or one answer.
            specification: The source.
            layout: Not used.

        Returns:
            ``rates``, ``days``, ``currencies``, ``quarantined``.

        Raises:
            ContentRefusedError: What :func:`read_answers` raises.
        """
        return figures(read_answers(path, specification.maximum_bytes))

    def parse(self, landed: LandedFile, output: Path) -> list[MemberCount]:
        """Write the rates, and the records that can't be taken to the quarantine.

        Args:
            landed: A bundle, or one answer.
            output: An empty folder.

        Returns:
            A count of the records of each answer.

        Raises:
            ContentRefusedError: What :func:`read_answers` raises.
        """
        return write_answers(landed, output, read_answers(landed.path, landed.specification.maximum_bytes))


def _codes(content: bytes, where: str) -> Iterator[tuple[str, str]]:
    """Each currency of a day and the bank's code for it."""
    for record in _parse(content, where):
        currency, code = record.findtext("CharCode") or "", record.get("ID") or ""
        if CURRENCY.fullmatch(currency) and _CODE.fullmatch(code):
            yield currency, code


READER: Final = CbrReader()
