"""What a layout is, and which there are."""

from __future__ import annotations

import hashlib
import re
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, Literal, Self
from zoneinfo import ZoneInfo

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from boomerang.errors import UsageError

TEXTS: Final = (
    "declaration_number",
    "consignor_name",
    "consignor_tax_number",
    "consignor_address",
    "consignee_name",
    "consignee_tax_number",
    "consignee_address",
    "manufacturer_name",
    "trade_mark",
    "origin_country",
    "dispatch_country",
    "destination_country",
    "description",
    "description_english",
    "quantity_unit",
    "currency",
    "incoterms",
)
"""Canonical columns that are kept as declared."""

QUANTITIES: Final = ("quantity", "net_weight_kg", "gross_weight_kg")
MONEY: Final = ("invoice_value", "customs_value_rub", "local_value", "value_usd")
CODES: Final = ("line_number", "declared_on", "direction", "procedure_code", "hs_code")
LINE_COLUMNS: Final = frozenset((*TEXTS, *QUANTITIES, *MONEY, *CODES))
ONLY_IN_LINES: Final = frozenset(
    {"declaration_number", "line_number", "procedure_code", "trade_mark", "incoterms", "customs_value_rub"}
)
COLUMNS_OF_SUMS: Final = LINE_COLUMNS - ONLY_IN_LINES | {"month"}

RECORD_KIND_COLUMN: Final = "RECORD_KIND"
"""Accepted in every layout: says of each row whether it is real, reconstructed or synthetic."""

MINIMUM_PHRASE: Final = 6
"""Letters of a phrase that joins two parties: from these on it is recognised where the field cuts it off."""

MAXIMUM_HEADER_ROW: Final = 50
"""The header must stand in the first 50 rows."""


class Dates(BaseModel):
    """How a layout writes dates.

    Attributes:
        formats: strptime patterns, tried in order; ISO dates (2022-12-31) are always read.
        month_formats: The same for the month of aggregates (``%b %Y``); 2022-12 is always read.
        time_zone: Where a moment with an offset (``2025-03-28T18:30:00.000Z``) falls on a day; without one such
            a moment is not a date.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    formats: tuple[str, ...] = ()
    month_formats: tuple[str, ...] = ()
    time_zone: str | None = None

    @field_validator("formats", "month_formats")
    @classmethod
    def _four_digit_years(cls, formats: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in formats:
            if "%Y" not in pattern or not re.fullmatch(r"(?:%[YmdHMSbBfzj]|[ .:/,T-])+", pattern):
                raise ValueError(f"{pattern!r} is not a date format with a four-digit year (%Y)")
        return formats

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, zone: str | None) -> str | None:
        if zone is not None:
            try:
                ZoneInfo(zone)
            except (KeyError, ValueError, OSError) as error:
                raise ValueError(f"{zone!r} is no time zone, write it like Asia/Kolkata") from error
        return zone


class Constants(BaseModel):
    """What holds for every row of a layout."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reporter_country_code: str = Field(pattern=r"^[A-Z]{2}$")
    direction: Literal["import", "export"] | None = None
    value_basis: Literal["fob", "cif", "statistical", "unknown"] = "unknown"
    local_currency: str | None = Field(default=None, pattern=r"^[A-Z]{3}$")


class Parties(BaseModel):
    """How two parties, or a party and its tax number, are written into one field.

    The phrases are compared without regard to case and repeated blanks. A layout may give lists of its own; an empty
    one turns that reading off.

    Attributes:
        on_behalf_of: Between the party that acts and the one for which it does. One that is cut off at the end of the
            field is recognised from its sixth letter.
        acting_for: The same, but only where a tax number stands at the end: "X FOR LLC Y TIN 010085635".
        tax_number_words: What may stand before a tax number within a name.
        tax_number_digits: Numbers of digits of a tax number that opens a name without such a word.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    on_behalf_of: tuple[str, ...] = (
        "ON BEHALF OF",
        "BY ORDER OF",
        "BY ORDER",
        "ON ORDER OF",
        "ON INSTRUCTIONS OF",
        "ПО ПОРУЧЕНИЮ",
        "ПО ЗАКАЗУ",
        "ОТ ИМЕНИ",
        "ЗА ДОРУЧЕННЯМ",
    )
    acting_for: tuple[str, ...] = ("FOR", "ДЛЯ")
    tax_number_words: tuple[str, ...] = ("INN", "ИНН", "TIN")
    tax_number_digits: tuple[int, ...] = (10, 12)

    @field_validator("on_behalf_of", "acting_for", "tax_number_words")
    @classmethod
    def _whole_words(cls, phrases: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        shortest = MINIMUM_PHRASE if info.field_name == "on_behalf_of" else 2
        for phrase in phrases:
            if len(phrase) < shortest or phrase != phrase.strip() or "\n" in phrase:
                raise ValueError(f"{phrase!r} is too short to be told from a name (at least {shortest} letters)")
        return phrases


class Layout(BaseModel):
    """One vendor layout; docs/layouts.md explains each key by example.

    Attributes:
        name: As it is named on the command line and in ``inbox/<layout>/``.
        grain: ``lines`` (declaration lines) or ``aggregates`` (sums, never taken for lines).
        required: Canonical columns that a file must have to be of this layout.
        columns: Canonical column to the spellings that a header may use; the first that a file has is read.
        otherwise: Canonical column to columns that are read where the first is empty in a row.
        joined: Canonical column to the spellings of its parts, where a file splits it.
        extracted: Canonical column to a pattern whose one group is its value: ``IM/40/..`` is procedure 40.
        not_taken: Columns that are known and left in the landed file.
        ignored: Known columns that say nothing of the row itself (shares of a query's total): two rows of aggregates
            that differ in nothing else are one.
        told_by: Columns that a header must have although they are not read: they tell one country's files from
            another's.
        titles_in_brackets: Whether a header may carry a title in brackets behind the name.
        values: Canonical column to its values as declared and what they mean (only ``direction``).
        nulls: Texts that mean "no data" in any column.
        column_nulls: The same for one canonical column.
        decimal_marks: The marks before decimals. Blanks between digits are left out, other separators refused.
        hs_code_digits: How many digits a code may have; empty: 6 to 12.
        parties: How parties share a field.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{2,60}$")
    title: str = Field(min_length=1)
    grain: Literal["lines", "aggregates"] = "lines"
    required: tuple[str, ...] = Field(min_length=3)
    constants: Constants
    columns: dict[str, tuple[str, ...]]
    otherwise: dict[str, tuple[str, ...]] = {}
    joined: dict[str, tuple[tuple[str, ...], ...]] = {}
    extracted: dict[Literal["procedure_code", "hs_code", "declared_on", "month"], str] = {}
    not_taken: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    told_by: tuple[str, ...] = ()
    titles_in_brackets: bool = False
    values: dict[Literal["direction"], dict[str, Literal["import", "export"]]] = {}
    nulls: tuple[str, ...] = ()
    column_nulls: dict[str, tuple[str, ...]] = {}
    dates: Dates = Dates()
    decimal_marks: tuple[Literal[".", ","], ...] = (".",)
    hs_code_digits: tuple[int, ...] = ()
    parties: Parties = Parties()

    @field_validator("extracted")
    @classmethod
    def _one_group(cls, patterns: dict[str, str]) -> dict[str, str]:
        for name, pattern in patterns.items():
            try:
                groups = re.compile(pattern).groups
            except re.error as error:
                raise ValueError(f"the pattern of {name} can't be read: {error}") from error
            if groups != 1 or re.search(r"\(\?(?!:)|\\[1-9]|[*+?}]\+", pattern):
                raise ValueError(f"the pattern of {name} must have one group, and no look-around")
        return patterns

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        known = LINE_COLUMNS if self.grain == "lines" else COLUMNS_OF_SUMS
        named: dict[str, set[str]] = {
            "columns": set(self.columns),
            "otherwise": set(self.otherwise),
            "joined": set(self.joined),
            "extracted": set(map(str, self.extracted)),
            "column_nulls": set(self.column_nulls),
        }
        for key, names in named.items():
            if strange := sorted(names - known):
                raise ValueError(f"{key} names no canonical column: {', '.join(strange)}")
        if strange := sorted(set(self.joined) - {"procedure_code"}):
            raise ValueError(f"only procedure_code can be joined, not {', '.join(strange)}")
        if missing := sorted(set(self.required) - set(self.columns)):
            raise ValueError(f"required, but not among columns: {', '.join(missing)}")
        if empty := sorted(name for name, spellings in self.columns.items() if not spellings):
            raise ValueError(f"columns without a spelling: {', '.join(empty)}")
        taken = [fold(spelling) for spelling in self.spellings()]
        if twice := sorted({spelling for spelling in taken if taken.count(spelling) > 1}):
            raise ValueError(f"spelt twice: {', '.join(twice)}")
        if self.grain == "lines" and "declared_on" not in self.required:
            raise ValueError("declared_on must be required: a line without a day can't be placed")
        if self.grain == "aggregates" and "month" not in self.required:
            raise ValueError("month must be required: a sum without a month can't be placed")
        if (self.constants.direction is None) != ("direction" in self.columns):
            raise ValueError("direction must be a constant or a column, and not both")
        if ("direction" in self.columns) != bool(self.values.get("direction")):
            raise ValueError("a column for direction needs values.direction, and only then")
        if (self.constants.local_currency is not None) != ("local_value" in self.columns):
            raise ValueError("local_value needs constants.local_currency, and only then")
        return self

    @property
    def fingerprint(self) -> str:
        """A checksum of all that the layout says."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    def spellings(self) -> list[str]:
        """Every column name that the layout knows, the ones it does not take included."""
        known = [
            *(spelling for spellings in self.columns.values() for spelling in spellings),
            *(spelling for spellings in self.otherwise.values() for spelling in spellings),
            *(spelling for parts in self.joined.values() for part in parts for spelling in part),
            *self.not_taken,
            *self.ignored,
            RECORD_KIND_COLUMN,
        ]
        folded = {fold(spelling) for spelling in known}
        return known + [spelling for spelling in self.told_by if fold(spelling) not in folded]


def fold(spelling: str) -> str:
    """A column name as it is compared: no case, no repeated or outer blanks, no byte-order mark."""
    return " ".join(spelling.replace("\ufeff", " ").replace("\u200b", "").split()).casefold()


@cache
def read_layout(text: str, origin: str) -> Layout:
    """Read one layout.

    Args:
        text: The YAML.
        origin: The file's name, for messages.

    Raises:
        UsageError: It is not a layout; the message names each wrong key.
    """
    try:
        facts: Any = yaml.safe_load(text)
        if not isinstance(facts, dict):
            raise UsageError(f"the layout {origin} is not a YAML mapping", "docs/layouts.md shows one")
        return Layout(**facts)
    except yaml.YAMLError as error:
        raise UsageError(f"the layout {origin} is not YAML: {error}", "docs/layouts.md shows one") from error
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(str(part) for part in fault['loc']) or 'layout'}: {fault['msg']}" for fault in error.errors()
        )
        raise UsageError(f"the layout {origin} can't be used: {faults}", "docs/layouts.md explains each key") from error
    except TypeError as error:
        raise UsageError(f"the layout {origin} has keys that are no text: {error}", "docs/layouts.md") from error


@cache
def _shipped_layouts() -> dict[str, Layout]:
    layouts = (
        read_layout(entry.read_text(encoding="utf-8"), entry.name)
        for entry in sorted(files("boomerang.layouts").iterdir(), key=lambda item: item.name)
        if entry.name.endswith(".yml")
    )
    return {layout.name: layout for layout in layouts}


def known_layouts(home_root: Path | None = None) -> dict[str, Layout]:
    """Every layout known, by name: the shipped ones and those in the home's ``layouts/`` folder.

    Args:
        home_root: The home's folder, or ``None`` for the shipped ones alone.

    Raises:
        UsageError: A file that is no layout, whose name is not its own, or that carries a shipped name.
    """
    shipped = _shipped_layouts()
    found = dict(shipped)
    folder = home_root / "layouts" if home_root else None
    for path in sorted(folder.glob("*.y*ml")) if folder and folder.is_dir() else ():
        if path.suffix != ".yml":
            raise UsageError(f"the layout {path} has the suffix {path.suffix}", f"call it {path.stem}.yml")
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"the layout {path} can't be read: {error}", "save it as UTF-8") from error
        layout = read_layout(text, str(path))
        if layout.name in shipped:
            raise UsageError(
                f"the layout {path} has the name of a shipped one, {layout.name!r}", "give it a name of its own"
            )
        if layout.name != path.stem:
            raise UsageError(
                f"the layout {path} calls itself {layout.name!r}", f"call the file {layout.name}.yml, or change name:"
            )
        found[layout.name] = layout
    return found
