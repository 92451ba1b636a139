"""A local server that speaks as the Bank of Russia does, for tests."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

Quote = tuple[int, str]
"""Nominal and roubles, with a decimal comma."""

CODES = {"USD": "R01235", "INR": "R01270", "CNY": "R01375", "EUR": "R01239"}


def xml(head: str, records: str) -> bytes:
    """An answer in the bank's encoding."""
    text = f'<?xml version="1.0" encoding="windows-1251"?><ValCurs {head} name="Рынок">{records}</ValCurs>'
    return text.encode("cp1251")


def daily(rate_on: date, quotes: dict[str, Quote]) -> bytes:
    """Every currency on a day."""
    records = "".join(
        f'<Valute ID="{CODES[currency]}"><NumCode>000</NumCode><CharCode>{currency}</CharCode>'
        f"<Nominal>{nominal}</Nominal><Name>Валюта</Name><Value>{value}</Value><VunitRate>9,9E-05</VunitRate></Valute>"
        for currency, (nominal, value) in quotes.items()
    )
    return xml(f'Date="{rate_on:%d.%m.%Y}"', records)


def dynamic(currency: str, since: date, until: date, quotes: dict[date, Quote]) -> bytes:
    """One currency over a span."""
    records = "".join(
        f'<Record Date="{day:%d.%m.%Y}" Id="{CODES[currency]}">'
        f"<Nominal>{nominal}</Nominal><Value>{value}</Value></Record>"
        for day, (nominal, value) in quotes.items()
    )
    head = f'ID="{CODES[currency]}" DateRange1="{since:%d.%m.%Y}" DateRange2="{until:%d.%m.%Y}"'
    return xml(head, records)


@dataclass
class Bank:
    """The bank's two scripts.

    Attributes:
        rates: Day -> currency -> quote.
        broken: Script's name -> what it answers instead.
        asked: The requests so far, as script and query.
    """

    rates: dict[date, dict[str, Quote]]
    broken: dict[str, Response] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def serve(self, server: HTTPServer) -> str:
        """Answer below ``/scripts/``; gives the address."""
        server.expect_request("/scripts/XML_daily.asp").respond_with_handler(self._daily)
        server.expect_request("/scripts/XML_dynamic.asp").respond_with_handler(self._dynamic)
        return server.url_for("/scripts/")

    def _daily(self, request: Request) -> Response:
        self.asked.append(f"daily {request.args['date_req']}")
        if "daily" in self.broken:
            return self.broken["daily"]
        asked_on = _day(request.args["date_req"])
        rate_on = max((day for day in self.rates if day <= asked_on), default=None)
        if rate_on is None:
            return Response(xml("", "Error in parameters"))
        return Response(daily(rate_on, self.rates[rate_on]), content_type="application/xml; charset=windows-1251")

    def _dynamic(self, request: Request) -> Response:
        code = request.args["VAL_NM_RQ"]
        self.asked.append(f"dynamic {code}")
        if "dynamic" in self.broken:
            return self.broken["dynamic"]
        since, until = _day(request.args["date_req1"]), _day(request.args["date_req2"])
        currency = next(currency for currency, known in CODES.items() if known == code)
        quotes = {
            day: quoted[currency]
            for day, quoted in sorted(self.rates.items())
            if since <= day <= until and currency in quoted
        }
        return Response(dynamic(currency, since, until, quotes))


def _day(text: str) -> date:
    return datetime.strptime(text, "%d/%m/%Y").date()  # noqa: DTZ007 - a day has no zone


def working_days(since: date, until: date) -> list[date]:
    """Tuesday to Saturday: a rate that is set on a working day is in force from the next day on."""
    days = [since + timedelta(number) for number in range((until - since).days + 1)]
    return [day for day in days if 1 <= day.weekday() <= 5]
