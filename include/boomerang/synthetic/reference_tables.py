"""What the sample profile's server serves as exchange rates and nomenclatures: synthetic, in the manner of the real.

The rates are those that the synthetic customs lines are reckoned by, give or take a hundredth from day to day. Days of
nomenclatures (8803 up to 2021, 8807 from 2022 on) are facts; names are our own.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from boomerang.synthetic.customs_files import RUB_PER_USD

FIRST_DAY: Final = date(2013, 1, 1)
LAST_DAY: Final = date(2023, 3, 31)
"""The days that the synthetic customs lines are of; sources/profiles/sample.yml says the same."""

LAST_ROUBLE_OF_THE_ECB: Final = date(2022, 3, 1)

CURRENCIES: Final[dict[str, tuple[str, str, int, Decimal]]] = {
    "AED": ("R01230", "784", 1, Decimal("3.6725")),
    "CNY": ("R01375", "156", 1, Decimal("6.8")),
    "EUR": ("R01239", "978", 1, Decimal("0.92")),
    "INR": ("R01270", "356", 100, Decimal(79)),
    "KZT": ("R01335", "398", 100, Decimal(450)),
    "TRY": ("R01700J", "949", 10, Decimal(18)),
    "USD": ("R01235", "840", 1, Decimal(1)),
}
"""Currency -> the bank's code, ISO number, nominal, units for a dollar."""

HEADINGS: Final = (
    # heading, name, first day, last day
    ("1001", "ПШЕНИЦА", "01.01.2002", ""),
    ("4415", "ТАРА ДЕРЕВЯННАЯ", "01.01.2002", ""),
    ("7304", "ТРУБЫ БЕСШОВНЫЕ", "01.01.2002", ""),
    ("8207", "ИНСТРУМЕНТЫ СМЕННЫЕ", "01.01.2002", ""),
    ("8482", "ПОДШИПНИКИ", "01.01.2002", ""),
    ("8525", "КАМЕРЫ И ПЕРЕДАТЧИКИ", "01.01.2002", "31.12.2021"),
    ("8525", "КАМЕРЫ И ПЕРЕДАТЧИКИ (С 2022)", "01.01.2022", ""),
    ("8606", "ВАГОНЫ ГРУЗОВЫЕ", "01.01.2002", ""),
    ("8607", "ЧАСТИ ПОДВИЖНОГО СОСТАВА", "01.01.2002", ""),
    ("8803", "ЧАСТИ ЛЕТАТЕЛЬНЫХ АППАРАТОВ", "01.01.2002", "31.12.2021"),
    ("8806", "АППАРАТЫ БЕСПИЛОТНЫЕ", "01.01.2022", ""),
    ("8807", "ЧАСТИ ЛЕТАТЕЛЬНЫХ АППАРАТОВ (С 2022)", "01.01.2022", ""),
    ("9002", "ОПТИКА В ОПРАВЕ", "01.01.2002", ""),
    ("9013", "ПРИЦЕЛЫ, ЛАЗЕРЫ И ПРОЧИЕ ПРИБОРЫ", "01.01.2002", ""),
    ("9032", "ПРИБОРЫ РЕГУЛИРУЮЩИЕ", "01.01.2002", ""),
)

HS_CODES: Final = (
    ("XVII", "87", "Vehicles, other than on rails", "TOTAL"),
    ("XVII", "8710", "Tanks and other armoured vehicles", "87"),
    ("XVII", "871000", "Tanks and other armoured vehicles, with parts", "8710"),
    ("XVII", "88", "Aircraft", "TOTAL"),
    ("XVII", "8807", "Parts of aircraft", "88"),
    ("XVII", "880730", "Parts of aeroplanes and helicopters, others", "8807"),
    ("XVIII", "90", "Instruments", "TOTAL"),
    ("XVIII", "9013", "Lasers, sights and other optical devices", "90"),
    ("XVIII", "901310", "Telescopic sights", "9013"),
    ("XIX", "93", "Arms", "TOTAL"),
    ("XIX", "9302", "Revolvers and pistols", "93"),
)


def write_reference_tables(folder: Path) -> None:
    """Write ``fx_cbr/``, ``fx_ecb/`` and ``nomenclature/``.

    Args:
        folder: Where the server's files lie. An answer that depends on the query lies under a name that holds it.
    """
    for name in ("fx_cbr", "fx_ecb", "nomenclature"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    _write_cbr(folder / "fx_cbr")
    _write_ecb(folder / "fx_ecb" / "eurofxref-hist.zip")
    lines = ["901|20220101|0000|", *("|".join([item[0][:2], item[0][2:], *item[1:]]) + "|" for item in HEADINGS)]
    (folder / "nomenclature" / "TNVED3.TXT").write_bytes("".join(f"{line}\n" for line in lines).encode("cp866"))
    output = io.StringIO()
    table = csv.writer(output, lineterminator="\n")
    table.writerow(["section", "hscode", "description", "parent", "level"])
    table.writerows([section, code, name, parent, len(code)] for section, code, name, parent in HS_CODES)
    (folder / "nomenclature" / "harmonized-system.csv").write_text(output.getvalue(), encoding="utf-8")


def roubles_per_dollar(day: date) -> Decimal:
    """The synthetic rate of a day: that of its year, give or take a hundredth."""
    wobble = Decimal(1000 + day.toordinal() * 7 % 21 - 10) / 1000
    return RUB_PER_USD[day.year - FIRST_DAY.year] * wobble


def rate_days() -> Iterator[date]:
    """The days with a rate: Tuesday to Saturday, and none in the first nine days of a year."""
    day = FIRST_DAY
    while day <= LAST_DAY:
        if 1 <= day.weekday() <= 5 and (day.month, day.day) > (1, 9):
            yield day
        day += timedelta(1)


def _write_cbr(folder: Path) -> None:
    days = list(rate_days())
    span = {"date_req1": f"{FIRST_DAY:%d/%m/%Y}", "date_req2": f"{LAST_DAY:%d/%m/%Y}"}
    records = []
    for currency, (code, number, nominal, _) in CURRENCIES.items():
        series = "".join(
            f'<Record Date="{day:%d.%m.%Y}" Id="{code}"><Nominal>{nominal}</Nominal>'
            f"<Value>{_roubles(currency, day)}</Value></Record>"
            for day in days
        )
        head = f'ID="{code}" DateRange1="{FIRST_DAY:%d.%m.%Y}" DateRange2="{LAST_DAY:%d.%m.%Y}"'
        _write_xml(folder, "XML_dynamic.asp", span | {"VAL_NM_RQ": code}, head, series)
        records.append(
            f'<Valute ID="{code}"><NumCode>{number}</NumCode><CharCode>{currency}</CharCode>'
            f"<Nominal>{nominal}</Nominal><Name>Синтетический курс</Name>"
            f"<Value>{_roubles(currency, days[-1])}</Value></Valute>"
        )
    head = f'Date="{days[-1]:%d.%m.%Y}"'
    _write_xml(folder, "XML_daily.asp", {"date_req": f"{LAST_DAY:%d/%m/%Y}"}, head, "".join(records))


def _write_xml(folder: Path, script: str, query: dict[str, str], head: str, records: str) -> None:
    text = (
        f'<?xml version="1.0" encoding="windows-1251"?><ValCurs {head} name="Boomerang (synthetic)">{records}</ValCurs>'
    )
    (folder / f"{script}?{urlencode(query)}").write_bytes(text.encode("cp1251"))


def _roubles(currency: str, day: date) -> str:
    _, _, nominal, per_dollar = CURRENCIES[currency]
    value = (roubles_per_dollar(day) * nominal / per_dollar).quantize(Decimal("0.0001"))
    return str(value).replace(".", ",")


def _write_ecb(path: Path) -> None:
    per_euro = CURRENCIES["EUR"][3]
    names = ["USD", "CNY", "INR", "TRY", "RUB"]
    lines = [",".join(["Date", *names, ""])]
    for day in reversed(list(rate_days())):
        if day.weekday() == 5:
            continue
        worths = {name: CURRENCIES[name][3] for name in names if name != "RUB"} | {"RUB": roubles_per_dollar(day)}
        cells = [str((worths[name] / per_euro).quantize(Decimal("0.0001"))) for name in names]
        if day > LAST_ROUBLE_OF_THE_ECB:
            cells[-1] = "N/A"
        lines.append(",".join([day.isoformat(), *cells, ""]))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        member = zipfile.ZipInfo("eurofxref-hist.csv", (2023, 4, 1, 0, 0, 0))
        member.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(member, "".join(f"{line}\n" for line in lines))
