"""A server that speaks UN Comtrade's API, and synthetic flows of trade for it to show.

It answers ``GET .../C/{A or M}/HS?reporterCode=...&period=...&cmdCode=...`` with the rows that fit; without a word it
cuts at a number of rows; it counts calls, wants a key where one is set, and fails on demand.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Final, Literal
from urllib.parse import parse_qs, urlsplit

from boomerang.durable import write_durably
from boomerang.synthetic.server import SiteAnswer

ROOT: Final = "/comtrade/data/v1/get/"
"""Where the sample's server shows it."""

KEY_HEADER: Final = "Ocp-Apim-Subscription-Key"
_JSON: Final = {"Content-Type": "application/json"}

Fault = Literal["429", "429_for_long", "500", "broken_json", "wrong_shape", "error", "wrong_count", "other_fields"]
FAULTS: Final[dict[Fault, SiteAnswer]] = {
    "429": SiteAnswer(429, {"Retry-After": "0"}, b'{"message": "Rate limit is exceeded."}'),
    "429_for_long": SiteAnswer(429, {"Retry-After": "43200"}, b""),
    "500": SiteAnswer(500, {}, b""),
    "broken_json": SiteAnswer(200, _JSON, b'{"count": 2, "data": [{"typeCode'),
    "wrong_shape": SiteAnswer(200, _JSON, b"[]"),
    "error": SiteAnswer(200, _JSON, b'{"count": 0, "data": [], "error": "The query is too large."}'),
    "wrong_count": SiteAnswer(200, _JSON, b'{"count": 7, "data": [], "error": ""}'),
    "other_fields": SiteAnswer(200, _JSON, b'{"count": 1, "data": [{"type": "C", "value": 1}], "error": ""}'),
}


@dataclass
class ComtradeSite:
    """The API, over a list of rows.

    Attributes:
        rows: What there is, with the fields of the API.
        cut_at: The most rows that it gives.
        key: The key that it wants in the header; ``None``: none.
        faults: What it says to the next requests instead, one after the other.
        asked: The queries of all requests, in order, each as name -> value.
        headers: The headers of all requests.
    """

    rows: Sequence[Mapping[str, Any]]
    cut_at: int = 250_000
    key: str | None = None
    faults: list[Fault] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def answer(self, path: str, headers: Mapping[str, str]) -> SiteAnswer:
        """What it says to a GET.

        Args:
            path: The path with its query.
            headers: The request's headers.
        """
        parts = urlsplit(path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        frequency = parts.path.removesuffix("/HS")[-1:]
        self.asked.append({"frequency": frequency, **query})
        self.headers.append(dict(headers))
        if self.key is not None and headers.get(KEY_HEADER) != self.key:
            return SiteAnswer(401, _JSON, b'{"statusCode": 401, "message": "Access denied due to invalid key."}')
        if self.faults:
            return FAULTS[self.faults.pop(0)]
        found = [row for row in self.rows if _fits(row, frequency, query)][: self.cut_at]
        body = {"elapsedTime": "0.01 secs", "count": len(found), "data": found, "error": ""}
        return SiteAnswer(200, _JSON, json.dumps(body).encode())


def _fits(row: Mapping[str, Any], frequency: str, query: Mapping[str, str]) -> bool:
    return row["freqCode"] == frequency and all(
        name not in query or str(row[name]).strip() in query[name].split(",")
        for name in ("reporterCode", "partnerCode", "partner2Code", "period", "cmdCode", "flowCode", "customsCode")
    )


def flow_row(
    reporter: int, partner: int, period: str, flow: str, commodity: str, value: float, **facts: Any
) -> dict[str, Any]:
    """One row as the API writes it when descriptions are not asked for.

    Args:
        reporter: UN Comtrade's number of the reporter.
        partner: Of the partner.
        period: Year or month.
        flow: M, X, RM, RX.
        commodity: HS code.
        value: US dollars.
        **facts: Fields that differ.
    """
    is_month = len(period) == 6
    return {
        "typeCode": "C", "freqCode": "M" if is_month else "A", "refPeriodId": int(f"{period:0<6}01"),
        "refYear": int(period[:4]), "refMonth": int(period[4:]) if is_month else 52, "period": period,
        "reporterCode": reporter, "reporterISO": None, "reporterDesc": None, "flowCode": flow, "flowDesc": None,
        "partnerCode": partner, "partnerISO": None, "partnerDesc": None, "partner2Code": 0, "partner2ISO": None,
        "partner2Desc": None, "classificationCode": "H6" if int(period[:4]) >= 2022 else "H5",
        "classificationSearchCode": "HS", "isOriginalClassification": True, "cmdCode": commodity, "cmdDesc": None,
        "aggrLevel": 6, "isLeaf": True, "customsCode": "C00", "customsDesc": None, "mosCode": "0 ", "motCode": 0,
        "motDesc": None, "qtyUnitCode": 8, "qtyUnitAbbr": None, "qty": 0.0, "isQtyEstimated": False,
        "altQtyUnitCode": -1, "altQtyUnitAbbr": None, "altQty": 0.0, "isAltQtyEstimated": False,
        "netWgt": round(value / 100, 3), "isNetWgtEstimated": False, "grossWgt": 0.0, "isGrossWgtEstimated": False,
        "cifvalue": value if flow == "M" else None, "fobvalue": value if flow in {"X", "RX"} else None,
        "primaryValue": value, "legacyEstimationFlag": 0, "isReported": True, "isAggregate": False, **facts,
    }  # fmt: skip


RUSSIA: Final = 643
PARTNERS: Final = {699: 1.0, 104: 0.3, 792: 0.6, 398: 0.8, 757: 0.1}
"""India, Myanmar, Türkiye, Kazakhstan, Switzerland: UN Comtrade's number, and how much they trade here."""

CODES: Final = ("871000", "880330", "880730", "901310", "930690")
WORLD: Final = 0


def synthetic_flows(night: int, seed: int) -> list[dict[str, Any]]:
    """Flows between Russia and five countries, invented: each side reports what it likes, Russia nothing from 2022 on.

    Args:
        night: 1; or 2, when one value is revised.
        seed: Equal seeds give equal flows.
    """
    rows = list(_flows(Random(f"{seed} comtrade")))  # noqa: S311 - invented, not secret
    if night > 1:
        rows[0] = rows[0] | {"primaryValue": rows[0]["primaryValue"] + 1000, "fobvalue": rows[0]["fobvalue"] + 1000}
    return rows


def _flows(random: Random) -> Iterator[dict[str, Any]]:
    months = [f"{number // 12}{number % 12 + 1:02}" for number in range(2022 * 12, 2023 * 12 + 3)]
    for period in [*map(str, range(2013, 2023)), *months]:
        for code in CODES:
            if (code == "880330" and period >= "2022") or (code == "880730" and period < "2022"):
                continue
            world = 0.0
            for partner, share in PARTNERS.items():
                value = round(random.uniform(10_000, 9_000_000) * share, 3)
                if period < "2022":
                    yield flow_row(RUSSIA, partner, period, "X", code, value)
                    world += value
                if random.random() < 0.8:
                    # The other side's import: dearer by the freight, give or take.
                    yield flow_row(partner, RUSSIA, period, "M", code, round(value * random.uniform(0.9, 1.2), 3))
                if random.random() < 0.2:
                    yield flow_row(partner, RUSSIA, period, "X", code, round(value / 50, 3))
            if period < "2022":
                yield flow_row(RUSSIA, WORLD, period, "X", code, round(world, 3), isAggregate=True)
                # What came back: an import of Russia from itself, and the same again as the part that it is.
                back = round(random.uniform(1_000, 200_000), 3)
                yield flow_row(RUSSIA, RUSSIA, period, "M", code, back)
                yield flow_row(RUSSIA, RUSSIA, period, "RM", code, back)


def write_flows(folder: Path, night: int, seed: int) -> None:
    """Write ``comtrade/flows.json``, from which :func:`boomerang.synthetic.server.serve` speaks the API."""
    text = json.dumps(synthetic_flows(night, seed), indent=0) + "\n"
    write_durably(folder / "comtrade" / "flows.json", text.encode())


def site_of(folder: Path) -> ComtradeSite | None:
    """The API over ``comtrade/flows.json`` of a folder, if it has that file."""
    path = folder / "comtrade" / "flows.json"
    return ComtradeSite(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else None
