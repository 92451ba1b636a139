"""Customs files in the vendors' layouts with a known answer: everyday trade, and traps with a verdict each.

What is in them is data: ``sample/traps.yml`` (lines with a verdict), ``sample/press_cases.yml`` (the two cases that
the press reported), ``sample/everyday_goods.csv`` and ``sample/everyday_names.yml``. ``lines.sql`` draws the rest
from the seed and the number of the row, by DuckDB's ``hash``: equal arguments give equal bytes with the same
DuckDB, which is pinned. Every row carries ``RECORD_KIND``: SYNTHETIC, or RECONSTRUCTED for the press cases.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, Literal, cast, get_args

import duckdb
import pyarrow as pa
import xlsxwriter
import yaml
from pydantic import BaseModel, ConfigDict, Field

from boomerang.durable import fsync_path, rename_durably, temporary_folder, write_durably
from boomerang.errors import UsageError
from boomerang.home import PROJECT_ROOT
from boomerang.synthetic.customs_abroad import ABROAD, SHIPPING_BILLS, SUMS, WORKBOOK_COLUMNS, sum_rows_query

Layout = Literal[
    "russia_declaration_fields",
    "russia_import_full",
    "russia_export_full",
    "india_export_full",
    "india_import_full",
    "india_shipping_bills",
    "kazakhstan_export_full",
    "kazakhstan_import_full",
    "ukraine_import_full",
]
Verdict = Literal[
    "reimport", "kept_out", "quarantined", "duplicate", "counted_twice", "export", "superseded", "new", "mirror"
]

MINIMUM_LINES: Final = 1_000
MAXIMUM_LINES: Final = 16_000_000
MAXIMUM_WORKBOOK_LINES: Final = 1_000_000
"""A sheet has 1,048,576 rows."""

REPEATS_AT_MOST: Final = 200
"""However long the file, no trap line stands in it more often: the answer stays readable."""

WORKBOOK_LINES: Final = 20_000
"""A workbook is written cell by cell; ``synthesise_directory`` makes none longer."""

PIECE: Final = 16 * 1024 * 1024
WRITTEN_AT: Final = datetime(2023, 4, 1, tzinfo=UTC)
"""What the workbooks give as their day of creation, so that equal content has equal bytes."""

LAYOUTS: Final[dict[str, dict[str, Any]]] = {
    "russia_declaration_fields": {
        "post": "99001",
        "direction": "import",
        "covered_from": date(2021, 1, 1),
        "covered_to": date(2023, 3, 31),
        "suffix": ".csv",
    },
    "russia_import_full": {
        "post": "99002",
        "direction": "import",
        "covered_from": date(2021, 1, 1),
        "covered_to": date(2023, 3, 31),
        "suffix": ".xlsx",
    },
    "russia_export_full": {
        "post": "99003",
        "direction": "export",
        "covered_from": date(2013, 1, 1),
        "covered_to": date(2023, 3, 31),
        "suffix": ".xlsx",
    },
    **{
        layout: {
            **facts,
            # Russia's side of it: what another country exports, Russia imports.
            "direction": "import" if facts["reported_as"] == "export" else "export",
            "covered_from": date(2021, 1, 1) if facts["reported_as"] == "export" else date(2013, 1, 1),
            "covered_to": date(2022, 2, 23) if facts["country"] == "UA" else date(2023, 3, 31),
        }
        for layout, facts in ABROAD.items()
    },
}
"""Customs posts begin with 10; those that begin with 99 are ours, so no declaration number can be a real one."""

RUB_PER_USD: Final = [32, 38, 61, 67, 58, 63, 65, 72, 74, 68, 75]
"""For 2013 to 2023: of the size of that year's rate, no official figure."""

DECLARATION_FIELDS: Final = {
    "RECORD_KIND": ("Вид записи", "record_kind"),
    "ND": ("Номер декларации", "declaration_number"),
    "G072": ("Дата выпуска", "day"),
    "G011": ("Направление перемещения", "case direction when 'import' then 'ИМ' else 'ЭК' end"),
    "G021": ("ИНН отправителя", "case direction when 'import' then '' else russian_inn end"),
    "G022": ("Наименование отправителя", "case direction when 'import' then foreign_name else russian_name end"),
    "G023": ("Адрес отправителя", "case direction when 'import' then foreign_address else russian_address end"),
    "G081": ("ИНН получателя", "case direction when 'import' then russian_inn else '' end"),
    "G082": ("Наименование получателя", "case direction when 'import' then russian_name else foreign_name end"),
    "G083": ("Адрес получателя", "case direction when 'import' then russian_address else foreign_address end"),
    "G141": ("ИНН декларанта", "russian_inn"),
    "G15A": ("Код страны отправления", "case direction when 'import' then country_code else 'RU' end"),
    "G16": ("Страна происхождения", "origin_name_ru"),
    "G17A": ("Код страны назначения", "case direction when 'import' then 'RU' else country_code end"),
    "G202": ("Валюта", "currency"),
    "G221": ("Общая сумма по счету", "number(invoice_total)"),
    "G31_1": ("Описание товара", "description"),
    "G31_11": ("Изготовитель", "maker"),
    "G31_12": ("Товарный знак", "brand"),
    "G31_7": ("Количество", "number(case spoiled when 'quantity' then -quantity else quantity end)"),
    "G31_71": (
        "Единица измерения",
        "case unit when 'PCS' then 'ШТ' when 'KG' then 'КГ' when 'M' then 'М' when 'M2' then 'М2' else 'Л' end",
    ),
    "G32": ("Номер товара", "item_number::varchar"),
    "G33": ("Код товара по ТН ВЭД", "written_hs_code"),
    "G34": ("Код страны происхождения", "origin_code"),
    "G35": ("Вес брутто в кг", "number(gross_weight_kg)"),
    "G37": ("Процедура", "procedure_code"),
    "G38": ("Вес нетто в кг", "number(net_weight_kg)"),
    "G42": ("Цена товара", "number(item_price)"),
    "G45": ("Таможенная стоимость в рублях", "number(value_rub)"),
    "G46": ("Статистическая стоимость в долларах США", "number(value_usd)"),
}
"""Column -> the title that some dumps put behind it, and the SQL of its text. The label comes first, so that a row
that ends early carries it too."""

_RECORD_ID: Final = (
    "regexp_replace(md5(k || ' ' || getvariable('seed')), '(.{8})(.{4})(.{4})(.{4})(.{12})', '\\1-\\2-\\3-\\4-\\5')"
)
_QUANTITY: Final = "(case spoiled when 'quantity' then -quantity else quantity end)::double"

IMPORT_COLUMNS: Final = {
    "RECORDS_TAG": "'SYNTHETIC'",
    "DECLARATION_NUMBER": "declaration_number",
    "IMP_DATE": "day",
    "SUPPLIER_NAME": "foreign_name",
    "SUPPLIER_ADDRESS": "foreign_address",
    "IMPORTER_CODE": "russian_inn",
    "IMPORTER_NAME": "russian_name",
    "IMPORTER_NAME_EN": "russian_name_en",
    "IMPORTER_ADDRESS": "russian_address",
    "IMPORTER_ADDRESS_EN": "latin(russian_address)",
    "CUSTOMS_CODE": "left(declaration_number, 8)",
    "CUSTOMS_INN_CODE": "'NULL'",
    "IMPORT_PORT": "'NULL'",
    "IMPORT_PORT_EN": "'NULL'",
    "CURRENCY_OF_CONTRACT_PRICE": "currency",
    "WAREHOUSE_OF_IMPORTER": "'NULL'",
    "ITEM_NUMBER": "'0'",
    "INVOICE_NUMBER": "'NULL'",
    "MANIFEST_DATE": "'NULL'",
    "DESTINATION_COUNTRY": "'RUSSIAN FEDERATION'",
    "COUNTRY_OF_SHIPMENT": "country_name",
    "ORIGIN_COUNTRY": "origin_name",
    "BRAND": "brand",
    "HS_CODE": "written_hs_code",
    "HS_CODE_DESCRIPTION": "'OTHER'",
    "PRODUCT_DESCRIPTION": "description",
    "PRODUCT_DESCRIPTION_EN": "description_en",
    "QUANTITY": _QUANTITY,
    "UNIT": "unit",
    "GROSS_WEIGHT_KG": "gross_weight_kg::double",
    "NET_WEIGHT_KG": "net_weight_kg::double",
    "CUSTOMS_COST_VALUE_RUB": "value_rub::double",
    "INVOICE_VALUE_RUB": "value_rub::double",
    "CURRENCY_UNIT": "currency",
    "USD_PER_KG": "round(value_usd::double / net_weight_kg::double, 2)",
    "TOTAL_VALUE_USD": "value_usd::double",
    "INCOTERMS": "incoterms",
    "MANUFACTURER": "maker",
    "CUSTOMS_BROKER_NAME": "'NULL'",
    "CUSTOMS_BROKER_CODE": "'NULL'",
    "CUSTOMS_PROCEDURE_CODE": "procedure_code",
    "CUSTOMS_DECLARANT_NAME": "'NULL'",
    "CONTAINER_QUANTITY": "'0'",
    "PACKAGES": "'0'",
    "HS_CODE_2": "left(hs_code, 2)",
    "HS_CODE_4": "left(hs_code, 4)",
    "COUNTRY_ISO_CODE_2": "country_code",
    "RECORD_ID": _RECORD_ID,
    "RECORD_KIND": "record_kind",
}
"""The vendor's columns, and COUNTRY_OF_SHIPMENT from its export workbook: without it nothing says whence."""

EXPORT_COLUMNS: Final = {
    "RECORDS_TAG": "'SYNTHETIC'",
    "DECLARATION_NUMBER": "declaration_number",
    "EXP_DATE": "day",
    "BUYER_NAME": "foreign_name",
    "BUYER_NAME_EN": "foreign_name",
    "BUYER_ADDRESS": "foreign_address",
    "BUYER_ADDRESS_EN": "foreign_address",
    "CUSTOMS_INN_CODE": "'NULL'",
    "CUSTOMS_APPLICANT_NAME": "russian_name",
    "CUSTOMS_APPLICANT_ADDRESS": "russian_address",
    "IMPORT_PORT": "'NULL'",
    "DESTINATION_COUNTRY": "country_name",
    "COUNTRY_OF_SHIPMENT": "'RUSSIAN FEDERATION'",
    "HS_CODE": "written_hs_code",
    "HS_PRODUCT_DESCRIPTION": "'OTHER'",
    "PRODUCT_DESCRIPTION": "description",
    "PRODUCT_DESCRIPTION_EN": "description_en",
    "QUANTITY": _QUANTITY,
    "UNIT": "unit",
    "GROSS_WEIGHT_KG": "gross_weight_kg::double",
    "INCOTERMS": "incoterms",
    "NET_WEIGHT_KG": "net_weight_kg::double",
    "CURRENCY": "currency",
    "USD_PER_KG": "round(value_usd::double / net_weight_kg::double, 2)",
    "TOTAL_VALUE_USD": "value_usd::double",
    "MANUFACTURER": "maker",
    "CUSTOMS_CODE": "left(declaration_number, 8)",
    "ITEM_NUMBER": "'0'",
    "INVOICE_NUMBER": "'NULL'",
    "EXPORTER_TAX_NUMBER": "russian_inn",
    "EXPORTER_NAME": "russian_name",
    "EXPORTER_NAME_EN": "russian_name_en",
    "EXPORT_ADDRESS": "russian_address",
    "EXPORT_ADDRESS_EN": "latin(russian_address)",
    "AMOUNT_OF_PAYMENT_IN_RUB": "value_rub::double",
    "CUSTOMS_VALUE_IN_RUB": "value_rub::double",
    "INVOICE_VALUE_IN_FC": "item_price::double",
    "DECLARANT_CODE": "'NULL'",
    "DECLARANT_NAME": "'NULL'",
    "DECLARANT_ADDRESS": "'NULL'",
    "BRAND": "brand",
    "HS_CODE_2": "left(hs_code, 2)",
    "HS_CODE_4": "left(hs_code, 4)",
    "COUNTRY_ISO_CODE_2": "country_code",
    "RECORD_ID": _RECORD_ID,
    "RECORD_KIND": "record_kind",
}


class SampleModel(BaseModel):
    """A fact of ``sample/``: a name that is not known stops the reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Organisation(SampleModel):
    """A firm that the rules must know, or must not take for one that they know."""

    inn: str = Field(pattern=r"^\d{10}$")
    name: str
    name_en: str
    address: str


class SpecialLine(SampleModel):
    """A line with a verdict; what is left out is drawn as for an everyday line.

    Attributes:
        quantity: The number, or the least and the most of a drawn one.
        usd: Price of one unit; ``value_usd`` fixes the line's value, ``invoice_usd`` the whole invoice's.
        kg: Net weight of one unit.
        spoiled: What makes the row unreadable.
        copies_the_row_before: The row is the one before it, once more.
        invented: Of a press case: the fields that were not printed.
    """

    layout: Layout | None = None
    declaration_number: str | None = None
    item_number: int | None = None
    declared_on: date | None = None
    direction: Literal["import", "export"] | None = None
    russian_party: str | None = None
    russian_name: str | None = None
    russian_inn: str | None = None
    foreign_party: str | None = None
    foreign_country: str | None = None
    origin: str | None = None
    maker: str | None = None
    brand: str | None = None
    description: str | None = None
    description_en: str | None = None
    hs_code: str | None = Field(default=None, pattern=r"^\d{10}$")
    procedure: str | None = Field(default=None, pattern=r"^\d{7}$")
    unit: Literal["PCS", "KG", "M", "M2", "L"] | None = None
    quantity: int | tuple[int, int] | None = None
    usd: float | None = None
    value_usd: float | None = None
    invoice_usd: float | None = None
    kg: float | None = None
    spoiled: Literal["date", "hs_code", "quantity", "too_few_fields", "too_many_fields"] | None = None
    copies_the_row_before: bool = False
    invented: tuple[str, ...] = ()


class Trap(SampleModel):
    """Lines of one kind with one verdict (see ``sample/traps.yml``)."""

    trap: str
    verdict: Verdict
    evidence_tier: Literal["A", "B", "C"] | None = None
    needs: Literal["names"] | None = None
    why: str
    expects: dict[str, str | None] = {}
    layouts: tuple[Layout, ...] = ()
    per_100_000: int = 0
    lines: tuple[SpecialLine, ...] = ()


class PressCase(SampleModel):
    """A case as the press reported it, and the lines rebuilt from it (see ``sample/press_cases.yml``)."""

    case: str
    importer: str
    citation: str
    facts: dict[str, str | int | bool]
    lines: tuple[SpecialLine, ...]


class Finding(SampleModel):
    """What is to come of the lines of one trap, or one press case, in one file.

    Attributes:
        trap: Its name in ``sample/traps.yml`` or ``sample/press_cases.yml``.
        verdict: See ``sample/traps.yml``. ``superseded``: other content under a number seen before, which wins.
            ``new``: seen for the first time.
        rows: The ordinals of the records in the file, from 1, the header not counted.
        declaration_numbers: Of the rows, in their order.
        quantity: Sum over the rows, in their unit; as written, a spoiled one before it was spoiled.
        value_usd: Sum over the rows.
        expects: What the canonical columns of these rows are to hold.
        mirrors: ``mirror``: for each row, declaration and item of the Russian line that records the same shipment.
    """

    file: str
    trap: str
    verdict: Verdict
    evidence_tier: Literal["A", "B", "C"] | None = None
    needs: Literal["names"] | None = None
    why: str
    record_kind: Literal["SYNTHETIC", "RECONSTRUCTED"]
    rows: tuple[int, ...]
    declaration_numbers: tuple[str, ...]
    quantity: Decimal
    value_usd: Decimal
    expects: dict[str, str | None] = {}
    mirrors: tuple[tuple[str, int], ...] = ()


class FileAnswer(SampleModel):
    """The ledger of one file: rows_in = rows_loaded + rows_quarantined + rows_duplicate.

    Attributes:
        rows_superseded: Of the loaded rows: those that replace a line of another file (which is superseded).
    """

    file: str
    layout: str
    sha256: str
    rows_in: int
    rows_loaded: int
    rows_quarantined: int
    rows_duplicate: int
    rows_superseding: int = 0


class Answer(SampleModel):
    """What is in the files, and what is to come of it."""

    seed: int
    files: tuple[FileAnswer, ...]
    findings: tuple[Finding, ...]

    def __add__(self, other: Answer) -> Answer:
        """Both answers in one."""
        return Answer(seed=self.seed, files=self.files + other.files, findings=self.findings + other.findings)

    def rows(self, verdict: Verdict, *, tier: str | None = None, needs: str | None = None) -> int:
        """How many rows have a verdict (in a tier; with the given ``needs``)."""
        return sum(
            len(finding.rows)
            for finding in self.findings
            if finding.verdict == verdict
            and (tier is None or finding.evidence_tier == tier)
            and (needs is None or finding.needs == needs)
        )

    def write(self, folder: Path) -> None:
        """Leave the answer as ``answer.json`` in ``folder``."""
        write_durably(folder / "answer.json", self.model_dump_json(indent=1).encode())


@dataclass(frozen=True)
class Dialect:
    """How a CSV file of declaration fields is written; dumps differ in all of it.

    Attributes:
        encoding: Of Python's names; ``utf-16`` writes a byte-order mark.
        delimiter: One character.
        decimal_mark: Comma or point.
        day_format: As ``strftime`` has it.
        with_titles: Put the Russian title behind each code: ``G082 (Наименование получателя)``.
    """

    encoding: Literal["utf-8", "utf-8-sig", "utf-16", "cp1251", "cp866"] = "utf-8"
    delimiter: Literal[";", ",", "\t"] = ";"
    decimal_mark: Literal[",", "."] = ","
    day_format: Literal["%d.%m.%Y", "%Y-%m-%d"] = "%d.%m.%Y"
    with_titles: bool = False


@cache
def _names() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((PROJECT_ROOT / "sample" / "everyday_names.yml").read_text("utf-8"))
    return found


@cache
def _goods() -> list[dict[str, str]]:
    with (PROJECT_ROOT / "sample" / "everyday_goods.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@cache
def organisations() -> dict[str, Organisation]:
    """The arms makers and their false friends, by the key that the lines name them with."""
    facts = yaml.safe_load((PROJECT_ROOT / "sample" / "traps.yml").read_text("utf-8"))
    return {key: Organisation(**value) for key, value in facts["organisations"].items()}


@cache
def traps() -> tuple[Trap, ...]:
    """The traps of ``sample/traps.yml``."""
    facts = yaml.safe_load((PROJECT_ROOT / "sample" / "traps.yml").read_text("utf-8"))
    return tuple(Trap(**value) for value in facts["traps"])


@cache
def press_cases() -> tuple[PressCase, ...]:
    """The press cases of ``sample/press_cases.yml``."""
    facts = yaml.safe_load((PROJECT_ROOT / "sample" / "press_cases.yml").read_text("utf-8"))
    return tuple(PressCase(**value) for value in facts["cases"])


def _templates(layout: Layout) -> list[tuple[Trap, SpecialLine]]:
    """The special lines of a layout, each with its trap; a press case is a trap of its own."""
    found = [(trap, line) for trap in traps() if layout in trap.layouts for line in trap.lines]
    for case in press_cases():
        for line in case.lines:
            if line.layout == layout:
                is_import = LAYOUTS[layout]["direction"] == "import"
                trap = Trap(
                    trap=case.case,
                    verdict="reimport" if is_import else "export",
                    evidence_tier="A" if is_import else None,
                    why=case.citation,
                    layouts=(layout,),
                    lines=(line,),
                )
                found.append((trap, line))
    return found


class Generator:
    """The lines of one layout, seed and length, in a DuckDB in memory; use it as a context manager."""

    def __init__(
        self, layout: Layout, lines: int, seed: int, *, with_damage: bool = True, mirrored: pa.Table | None = None
    ) -> None:
        """Make the lines.

        Args:
            layout: The layout.
            lines: How many.
            seed: Equal seeds give equal lines.
            with_damage: With rows that can't be read.
            mirrored: Lines of a Russian file (:meth:`mirrored_lines`) that this one records from the other side; they
                come last, as further rows.
        """
        if layout not in LAYOUTS:
            raise UsageError(f"no synthetic files are made in the layout {layout!r}", f"one of {', '.join(LAYOUTS)}")
        facts = LAYOUTS[layout]
        most = MAXIMUM_WORKBOOK_LINES if facts["suffix"] == ".xlsx" else MAXIMUM_LINES
        if not MINIMUM_LINES <= lines <= most:
            raise UsageError(
                f"{lines:,} lines can't be made in the layout {layout}", f"give {MINIMUM_LINES:,} to {most:,} lines"
            )
        self.layout: Layout = layout
        self.lines = lines
        self.seed = seed
        self.templates = [item for item in _templates(layout) if with_damage or item[1].spoiled is None]
        self.template_of = self._strew()
        # Rows that wait for their turn to be written are bounded; nothing is spilled to the disk.
        self.connection = duckdb.connect(config={"memory_limit": "1GB", "temp_directory": ""})
        # Rows leave a query in the order of the table they come from, on any number of threads.
        self.connection.execute("set preserve_insertion_order = true")
        self.connection.execute("set enable_progress_bar = false")
        self._prepare()
        self.mirrored = mirrored
        if mirrored is not None:
            self._add_mirrored(mirrored)

    def __enter__(self) -> Generator:
        """The generator itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the database."""
        self.connection.close()

    def _strew(self) -> list[int]:
        """Which template (from 1) each special line follows, in their order in the file."""
        order = []
        for number, (trap, _) in enumerate(self.templates, start=1):
            repeats = min(REPEATS_AT_MOST, max(1, round(trap.per_100_000 * self.lines / 100_000)))
            order += [(number, repeat) for repeat in range(repeats)]

        def place(item: tuple[int, int]) -> str:
            return hashlib.sha256(f"{self.seed} {item}".encode()).hexdigest()

        order.sort(key=place)
        # The first row of a file has none before it that it could copy.
        while self.templates[order[0][0] - 1][1].copies_the_row_before:
            order.append(order.pop(0))
        if len(order) > self.lines // 8:
            raise UsageError(
                f"{self.lines:,} lines are too few for the {len(order)} special ones of {self.layout}",
                f"give {8 * len(order):,} or more",
            )
        return [number for number, _ in order]

    def _prepare(self) -> None:
        facts, names, goods = LAYOUTS[self.layout], _names(), _goods()
        codes = [country["code"] for country in names["countries"]]
        lines = [line for _, line in self.templates]
        known = organisations()
        parties = [known[line.russian_party] if line.russian_party else None for line in lines]
        with_goods = [line for line in lines if line.hs_code]
        own_goods = iter(range(1, len(with_goods) + 1))

        def country(code: str | None) -> int | None:
            return codes.index(code) + 1 if code else None

        def least_and_most(line: SpecialLine) -> tuple[int, int] | None:
            return (line.quantity, line.quantity) if isinstance(line.quantity, int) else line.quantity

        quantities = [least_and_most(line) for line in lines]
        texts: dict[str, list[str | None]] = {
            **{name: names[name] for name in names if name != "countries"},
            "country_code": codes,
            "country_name": [item["name"] for item in names["countries"]],
            "country_name_ru": [item["name_ru"] for item in names["countries"]],
            "country_form": [item["form"] for item in names["countries"]],
            "country_currency": [item["currency"] for item in names["countries"]],
            "t_declaration_number": [line.declaration_number for line in lines],
            "t_direction": [line.direction for line in lines],
            "t_russian_name": [
                line.russian_name or (party.name if party else None) for line, party in zip(lines, parties, strict=True)
            ],
            "t_russian_name_en": [party.name_en if party else None for party in parties],
            "t_russian_inn": [
                line.russian_inn if line.russian_inn is not None else (party.inn if party else None)
                for line, party in zip(lines, parties, strict=True)
            ],
            "t_russian_address": [party.address if party else None for party in parties],
            "t_foreign_party": [line.foreign_party for line in lines],
            "t_maker": [line.maker for line in lines],
            "t_brand": [line.brand for line in lines],
            "t_procedure": [line.procedure for line in lines],
            "t_spoiled": [line.spoiled for line in lines],
            "t_record_kind": ["RECONSTRUCTED" if line.invented else "SYNTHETIC" for line in lines],
            "g_hs_code": [line.hs_code for line in with_goods] + [item["hs_code"] for item in goods],
            "g_hs_code_before_2022": [line.hs_code for line in with_goods]
            + [item["hs_code_before_2022"] or item["hs_code"] for item in goods],
            "g_description": [line.description for line in with_goods] + [item["description"] for item in goods],
            "g_description_en": [line.description_en for line in with_goods]
            + [item["description_en"] for item in goods],
            "g_unit": [line.unit for line in with_goods] + [item["unit"] for item in goods],
        }
        numbers: dict[str, list[int | None]] = {
            "country_shares": [
                number for number, item in enumerate(names["countries"], start=1) for _ in range(item["share"])
            ],
            "template_of": list(self.template_of),
            "rub_per_usd": list(RUB_PER_USD),
            "t_item_number": [line.item_number for line in lines],
            "t_country": [country(line.foreign_country) for line in lines],
            "t_origin": [country(line.origin) for line in lines],
            "t_goods": [next(own_goods) if line.hs_code else None for line in lines],
            "t_quantity_least": [pair[0] if pair else None for pair in quantities],
            "t_quantity_choices": [pair[1] - pair[0] + 1 if pair else None for pair in quantities],
        }
        amounts: dict[str, list[float | None]] = {
            "t_value_usd": [line.value_usd for line in lines],
            "t_invoice_usd": [line.invoice_usd for line in lines],
            "g_usd": [line.usd for line in with_goods] + [float(item["usd"]) for item in goods],
            "g_kg": [line.kg for line in with_goods] + [float(item["kg"]) for item in goods],
        }
        if facts.get("country"):
            numbers["country_shares"] = [country(facts["country"])]
        days = (facts["covered_to"] - facts["covered_from"]).days + 1
        variables: list[tuple[str, object, str]] = [
            ("seed", self.seed, "bigint"),
            ("russian_firms", 4_000, "bigint"),
            ("foreign_firms", 150, "bigint"),
            ("first_everyday_goods", len(with_goods) + 1, "bigint"),
            ("everyday_goods", len(goods), "bigint"),
            ("specials", len(self.template_of), "bigint"),
            ("blocks", self.lines // 8, "bigint"),
            ("russia", codes.index("RU") + 1, "bigint"),
            ("post", facts["post"], "varchar"),
            ("direction", facts["direction"], "varchar"),
            ("covered_from", facts["covered_from"], "date"),
            ("covered_days", days, "bigint"),
            ("t_declared_on", [line.declared_on for line in lines], "date[]"),
            ("t_copies", [line.copies_the_row_before for line in lines], "boolean[]"),
            *((name, value, "varchar[]") for name, value in texts.items()),
            *((name, value, "bigint[]") for name, value in numbers.items()),
            *((name, value, "double[]") for name, value in amounts.items()),
        ]
        for name, value, kind in variables:
            self.connection.execute(f"set variable {name} = $value::{kind}", {"value": value})
        self.choose_all()
        self.connection.execute(files("boomerang.synthetic").joinpath("lines.sql").read_text("utf-8"))

    def write_csv(self, path: Path, dialect: Dialect) -> None:
        """Write the chosen rows in the declaration fields' layout; memory does not grow with their number.

        A row is put together as one text, since rows with too few and too many fields belong to the file.
        """
        self.connection.execute(
            f"create or replace temp macro number(amount) as replace(amount::varchar, '.', '{dialect.decimal_mark}')"
        )
        self.connection.execute(
            f"create or replace temp macro field(content) as case when contains(content, '{dialect.delimiter}')"
            " or contains(content, '\"') then '\"' || replace(content, '\"', '\"\"') || '\"' else content end"
        )
        spelled = [f"field({expression})" for _, expression in DECLARATION_FIELDS.values()]
        whole = f"concat_ws('{dialect.delimiter}', {', '.join(spelled)})"
        part = f"concat_ws('{dialect.delimiter}', {', '.join(spelled[:20])})"
        more = f"concat_ws('{dialect.delimiter}', {whole}, 'ЛИШНЕЕ ПОЛЕ', '1')"
        utf8 = path.with_name(f"{path.name}.utf8")
        target = str(utf8 if dialect.encoding != "utf-8" else path).replace("'", "''")
        header = dialect.delimiter.join(
            f"{name} ({title})" if dialect.with_titles else name for name, (title, _) in DECLARATION_FIELDS.items()
        )
        header = header.replace("'", "''")
        self.connection.execute(
            f"""
            copy (
                select
                    case spoiled when 'too_few_fields' then {part} when 'too_many_fields' then {more} else {whole} end
                        as "{header}"
                from {self._spelled_lines(dialect.day_format)}
            ) to '{target}' (format csv, header true, delimiter '\x01', quote '', escape '')
            """  # noqa: S608 - the expressions above and a path of ours
        )
        if dialect.encoding != "utf-8":
            _transcode(utf8, path, dialect.encoding)
            utf8.unlink()

    def mirrored_lines(self, country: str, most: int, of_traps: Sequence[str] = ()) -> pa.Table:
        """Lines that another country records too: everyday imports from it, or exports to it; as many as there are.

        Args:
            country: Its code.
            most: No more than so many.
            of_traps: The lines of these traps instead of everyday ones.
        """
        places = self.special_positions()
        return self.connection.execute(
            """
            select * from lines
            where country_code = $country and direction = $direction
                and case when $of_traps then list_contains($positions::bigint[], i) else special is null end
            order by i limit $most
            """,
            {
                "country": country,
                "direction": LAYOUTS[self.layout]["direction"],
                "of_traps": bool(of_traps),
                "positions": [place for trap in of_traps for place in places[trap]],
                "most": most,
            },
        ).to_arrow_table()

    def _add_mirrored(self, mirrored: pa.Table) -> None:
        """Further rows: the other side's record of a shipment, days before, less dear, under a number of its own."""
        days = "(3 + draw(k, 29, 18))::integer" if LAYOUTS[self.layout]["direction"] == "import" else "0"
        self.connection.register("mirrored_lines", mirrored)
        self.connection.execute(
            f"""
            create or replace temp table mirrors as
            select
                * replace (
                    {self.lines} + row_number() over (order by i) - 1 as i,
                    declared_on - {days} as declared_on,
                    getvariable('post') || '000/' || strftime(declared_on - {days}, '%d%m%y') || '/'
                    || lpad((8000000 + row_number() over (order by i))::varchar, 7, '0') as declaration_number,
                    1 as item_number,
                    (value_usd::double * 0.93)::decimal(18, 2) as value_usd
                ),
                declaration_number as mirrored_number,
                item_number as mirrored_item
            from mirrored_lines
            """  # noqa: S608 - constants and numbers
        )

    def mirror_finding(self, file: str) -> Finding | None:
        """What is to be found of the mirrored rows."""
        if not self.mirrored:
            return None
        rows = self.connection.execute(
            "select i + 1, declaration_number, quantity, value_usd, mirrored_number, mirrored_item"
            " from mirrors order by i"
        ).fetchall()
        return Finding(
            file=file,
            trap="mirror",
            verdict="mirror",
            why="The other side's record of a shipment in a Russian file: one shipment, counted once.",
            record_kind="SYNTHETIC",
            rows=tuple(row[0] for row in rows),
            declaration_numbers=tuple(row[1] for row in rows),
            quantity=sum((row[2] for row in rows), Decimal()),
            value_usd=sum((row[3] for row in rows), Decimal()),
            mirrors=tuple((row[4], row[5]) for row in rows),
        )

    def write_bills(self, path: Path) -> None:
        """Write the chosen rows as Indian shipping bills: comma, quoted where a field must be."""
        self.connection.execute(
            f"""
            copy (
                select {", ".join(f'{expression} as "{name}"' for name, expression in SHIPPING_BILLS.items())}
                from {self._spelled_lines("%Y-%m-%d")}
            ) to '{str(path).replace("'", "''")}' (format csv, header true)
            """  # noqa: S608 - the expressions above and a path of ours
        )

    def write_workbook(self, path: Path) -> None:
        """Write the chosen rows as the vendor's workbook: a banner cell in row 2, the header in row 6."""
        columns = WORKBOOK_COLUMNS.get(
            self.layout, IMPORT_COLUMNS if self.layout == "russia_import_full" else EXPORT_COLUMNS
        )
        result = self.connection.execute(
            f"select {', '.join(columns.values())} from {self._spelled_lines('%Y-%m-%d')}"  # noqa: S608 - constants
        )
        workbook = _workbook(path)
        sheet = workbook.add_worksheet("Sheet")
        sheet.write_string(1, 4, "DATA")
        sheet.write_row(5, 0, list(columns))
        number = 6
        while batch := result.fetchmany(10_000):
            for row in batch:
                sheet.write_row(number, 0, row)
                number += 1
        workbook.close()

    def _spelled_lines(self, day_format: str) -> str:
        no_such_day = day_format.replace("%d", "31").replace("%m", "02").replace("%Y", "2022")
        return (
            f"(select *, case spoiled when 'date' then '{no_such_day}'"  # noqa: S608 - a format of ours
            f" else strftime(declared_on, '{day_format}') end as day,"
            " case spoiled when 'hs_code' then left(hs_code, 4) || 'I' || right(hs_code, 5) else hs_code end"
            f" as written_hs_code from {self._all_lines()})"
        )

    def _all_lines(self) -> str:
        if not self.mirrored:
            return "lines"
        own = "select * from lines union all select * exclude (mirrored_number, mirrored_item) from mirrors"
        return f"({own})"

    def choose_all(self) -> None:
        """Choose every row of the file."""
        self.choose("select range as i, false as is_revised from range(?)", [self.lines])

    def choose(self, query: str, parameters: list[object] | dict[str, object]) -> None:
        """Choose the rows that the view ``lines`` shows, in this order: columns ``i`` and ``is_revised``."""
        self.connection.execute(f"create or replace temp table positions as {query}", parameters)

    def special_positions(self) -> dict[str, list[int]]:
        """Where the lines of each trap and press case stand: positions from 0."""
        found: dict[str, list[int]] = {}
        for special, template in enumerate(self.template_of):
            position = 8 * (special * (self.lines // 8) // len(self.template_of))
            found.setdefault(self.templates[template - 1][0].trap, []).append(position)
        return found

    def facts(self, positions: list[int], *, are_revised: bool = False) -> dict[int, tuple[str, Decimal, Decimal]]:
        """Declaration number, quantity and USD of some rows, by position."""
        self.choose("select unnest(?::bigint[]) as i, ?::boolean as is_revised", [positions, are_revised])
        rows = self.connection.execute("select i, declaration_number, quantity, value_usd from lines").fetchall()
        return {position: (number, quantity, value_usd) for position, number, quantity, value_usd in rows}

    def findings(self, file: str) -> tuple[Finding, ...]:
        """What is to come of the special lines of the whole file."""
        by_name = {trap.trap: (trap, line) for trap, line in self.templates}
        places = self.special_positions()
        facts = self.facts([position for positions in places.values() for position in positions])
        return tuple(
            finding(
                file,
                trap,
                rows=[position + 1 for position in places[name]],
                facts=[facts[position] for position in places[name]],
                record_kind="RECONSTRUCTED" if line.invented else "SYNTHETIC",
            )
            for name, (trap, line) in sorted(by_name.items())
        )


def finding(
    file: str,
    trap: Trap,
    *,
    rows: list[int],
    facts: list[tuple[str, Decimal, Decimal]],
    record_kind: Literal["SYNTHETIC", "RECONSTRUCTED"] = "SYNTHETIC",
) -> Finding:
    """What is to come of rows of one trap, whose declaration numbers, quantities and USD are given."""
    return Finding(
        file=file,
        trap=trap.trap,
        verdict=trap.verdict,
        evidence_tier=trap.evidence_tier,
        needs=trap.needs,
        why=trap.why,
        record_kind=record_kind,
        rows=tuple(rows),
        declaration_numbers=tuple(number for number, _, _ in facts),
        quantity=sum((quantity for _, quantity, _ in facts), Decimal()),
        value_usd=sum((value_usd for _, _, value_usd in facts), Decimal()),
        expects=trap.expects,
    )


def _transcode(utf8: Path, path: Path, encoding: str) -> None:
    """Write a UTF-8 file in another encoding, piece by piece; a letter that it lacks is an error, never a "?"."""
    decode = codecs.getincrementaldecoder("utf-8")().decode
    encode = codecs.getincrementalencoder(encoding)().encode
    with utf8.open("rb") as source, path.open("wb") as target:
        while piece := source.read(PIECE):
            target.write(encode(decode(piece)))


def sha256_of(path: Path) -> str:
    """The checksum of a file, in hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_coverage(path: Path, layout: str) -> None:
    """Declare beside a file what it covers: ``<file>.coverage.yml``."""
    facts = LAYOUTS[layout]
    span = {
        "reporter_country_code": facts.get("country", "RU"),
        "direction": facts.get("reported_as", facts["direction"]),
        "covered_from": facts["covered_from"],
        "covered_to": facts["covered_to"],
        "declared_by": "synthetic file",
    }
    content = yaml.safe_dump({"coverage": [span]}, sort_keys=False)
    write_durably(path.with_name(f"{path.name}.coverage.yml"), content.encode())


def synthesise(
    folder: Path,
    *,
    lines: int,
    seed: int,
    layout: Layout,
    dialect: Dialect | None = None,
    with_coverage: bool = True,
    with_damage: bool = True,
    mirrored: pa.Table | None = None,
) -> Answer:
    """Write one file of customs lines as ``folder/<layout>/synthetic_<layout>.csv`` or ``.xlsx``, whole or not at all.

    Args:
        folder: Where to; made if it is missing.
        lines: Rows of the file, unreadable ones included, the header not.
        seed: Equal seeds give equal files.
        layout: The vendor layout.
        dialect: How a CSV is written; workbooks have none.
        with_coverage: Declare the file's coverage beside it.
        with_damage: Put rows in that can't be read.
        mirrored: Lines of a Russian file that this one records too (:meth:`Generator.mirrored_lines`), as further rows.

    Returns:
        What is in the file, and what is to come of it.

    Raises:
        UsageError: A layout that is not known, or too few or too many lines for it.
    """
    with Generator(layout, lines, seed, with_damage=with_damage, mirrored=mirrored) as generator:
        final = folder / layout / f"synthetic_{layout}{LAYOUTS[layout]['suffix']}"
        generator.choose_all()
        write_file(generator, final, dialect or Dialect())
        if with_coverage:
            write_coverage(final, layout)
        found = generator.findings(final.name)
        mirror = generator.mirror_finding(final.name)
        return answer_of(generator, final, (*found, mirror) if mirror else found)


def synthesise_sums(folder: Path, *, lines: int, seed: int, layout: str) -> Answer:
    """Write one workbook of sums (month x partner x goods) as ``folder/<layout>/synthetic_<layout>.xlsx``.

    Args:
        folder: Where to; made if it is missing.
        lines: How many lines are summed; the rows are hardly fewer.
        seed: Equal seeds give equal files.
        layout: A layout of sums.

    Returns:
        What is in the file: rows that stand in it twice are duplicates.

    Raises:
        UsageError: A layout that is not known, or too few or too many lines for it.
    """
    if layout not in SUMS:
        raise UsageError(f"no synthetic sums are made in the layout {layout!r}", f"one of {', '.join(SUMS)}")
    sums = SUMS[layout]
    final = folder / layout / f"synthetic_{layout}.xlsx"
    with Generator(cast(Layout, sums.lines_of), lines, seed) as generator:
        result = generator.connection.execute(sum_rows_query(sums))
        rows_in = repeated = 0
        with temporary_folder(final.parent) as temporary:
            path = temporary / final.name
            with _workbook(path) as workbook:
                sheet = workbook.add_worksheet("Sheet1")
                sheet.write_row(0, 0, list(sums.columns))
                while batch := result.fetchmany(10_000):
                    for is_repeat, _number, *cells in batch:
                        rows_in += 1
                        repeated += is_repeat
                        sheet.write_row(rows_in, 0, cells)
            fsync_path(path)
            rename_durably(path, final)
    ledger = FileAnswer(
        file=final.name,
        layout=layout,
        sha256=sha256_of(final),
        rows_in=rows_in,
        rows_loaded=rows_in - repeated,
        rows_quarantined=0,
        rows_duplicate=repeated,
    )
    return Answer(seed=seed, files=(ledger,), findings=())


def _workbook(path: Path) -> xlsxwriter.Workbook:
    workbook = xlsxwriter.Workbook(str(path), {"constant_memory": True, "strings_to_formulas": False})
    workbook.set_properties({"title": "SYNTHETIC", "created": WRITTEN_AT.replace(tzinfo=None)})
    return workbook


def write_file(generator: Generator, final: Path, dialect: Dialect) -> None:
    """Write the generator's chosen rows under a temporary name, and put it in place once it is on the disk."""
    with temporary_folder(final.parent) as temporary:
        path = temporary / final.name
        if generator.layout == "india_shipping_bills":
            generator.write_bills(path)
        elif path.suffix == ".csv":
            generator.write_csv(path, dialect)
        else:
            generator.write_workbook(path)
        fsync_path(path)
        rename_durably(path, final)


def answer_of(generator: Generator, path: Path, findings: tuple[Finding, ...]) -> Answer:
    """The answer of a whole file."""
    counts: Counter[str] = Counter()
    for finding in findings:
        counts[finding.verdict] += len(finding.rows)
    ledger = FileAnswer(
        file=path.name,
        layout=generator.layout,
        sha256=sha256_of(path),
        rows_in=generator.lines + counts["mirror"],
        rows_loaded=generator.lines + counts["mirror"] - counts["quarantined"] - counts["duplicate"],
        rows_quarantined=counts["quarantined"],
        rows_duplicate=counts["duplicate"],
    )
    return Answer(seed=generator.seed, files=(ledger,), findings=findings)


def synthesise_directory(folder: Path, lines: int, seed: int) -> Answer:
    """Write one file a layout, each in a folder of its layout's name (as in ``inbox/``), and ``answer.json``.

    Args:
        folder: Where to.
        lines: Rows of the CSV file of Russian declarations; the other files get as many, but :data:`WORKBOOK_LINES` at
            most. Those of other countries get up to a tenth more: their records of shipments in the Russian files.
        seed: Equal seeds give equal files.

    Raises:
        UsageError: Too few or too many lines.
    """
    answers = []
    mirrors: dict[tuple[str, str], pa.Table] = {}
    shorter = min(lines, WORKBOOK_LINES)
    for layout in get_args(Layout):
        facts = LAYOUTS[layout]
        mirrored = None
        if "country" in facts:
            # The Russian file that would hold the other side's record of these lines.
            russian: Layout = "russia_declaration_fields" if facts["direction"] == "import" else "russia_export_full"
            if (russian, facts["country"]) not in mirrors:
                with Generator(russian, lines if russian == "russia_declaration_fields" else shorter, seed) as other:
                    mirrors[russian, facts["country"]] = other.mirrored_lines(facts["country"], shorter // 10)
            mirrored = mirrors[russian, facts["country"]]
        answers.append(
            synthesise(
                folder,
                lines=lines if layout == "russia_declaration_fields" else shorter,
                seed=seed,
                layout=layout,
                mirrored=mirrored,
            )
        )
    answers += [synthesise_sums(folder, lines=shorter, seed=seed, layout=layout) for layout in SUMS]
    answer = sum(answers[1:], answers[0])
    answer.write(folder)
    return answer
