"""What a layout is, and which there are."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, Literal, Self
from zoneinfo import ZoneInfo

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

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
MONEY: Final = ("invoice_value", "customs_value_rub", "value_usd")
CODES: Final = ("line_number", "declared_on", "direction", "procedure_code", "hs_code")
LINE_COLUMNS: Final = frozenset((*TEXTS, *QUANTITIES, *MONEY, *CODES))
AGGREGATE_COLUMNS: Final = LINE_COLUMNS | {"month"}

RECORD_KIND_COLUMN: Final = "RECORD_KIND"
"""Accepted in every layout: says of each row whether it is real, reconstructed or synthetic."""

MAXIMUM_HEADER_ROW: Final = 50
"""The header must stand in the first 50 rows."""


class Dates(BaseModel):
    """How a layout writes dates.

    Attributes:
        formats: strptime patterns, tried in order; ISO dates (2022-12-31) are always read.
        time_zone: Where a moment with an offset (``2025-03-28T18:30:00.000Z``) falls on a day; without one such
            a moment is not a date.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    formats: tuple[str, ...] = ()
    time_zone: str | None = None

    @field_validator("formats")
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


class Layout(BaseModel):
    """One vendor layout; docs/layouts.md explains each key by example.

    Attributes:
        name: As it is named on the command line and in ``inbox/<layout>/``.
        grain: ``lines`` (declaration lines) or ``aggregates`` (sums, never taken for lines).
        required: Canonical columns that a file must have to be of this layout.
        columns: Canonical column to the spellings that a header may use; the first that a file has is read.
        otherwise: Canonical column to columns that are read where the first is empty in a row.
        joined: Canonical column to the spellings of its parts, where a file splits it.
        not_taken: Columns that are known and left in the landed file.
        titles_in_brackets: Whether a header may carry a title in brackets behind the name.
        values: Canonical column to its values as declared and what they mean (only ``direction``).
        nulls: Texts that mean "no data" in any column.
        column_nulls: The same for one canonical column.
        decimal_marks: The marks before decimals. Blanks between digits are left out, other separators refused.
        hs_code_digits: How many digits a code may have; empty: 6 to 12.
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
    not_taken: tuple[str, ...] = ()
    titles_in_brackets: bool = False
    values: dict[Literal["direction"], dict[str, Literal["import", "export"]]] = {}
    nulls: tuple[str, ...] = ()
    column_nulls: dict[str, tuple[str, ...]] = {}
    dates: Dates = Dates()
    decimal_marks: tuple[Literal[".", ","], ...] = (".",)
    hs_code_digits: tuple[int, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        known = LINE_COLUMNS if self.grain == "lines" else AGGREGATE_COLUMNS
        named = {
            "columns": set(self.columns),
            "otherwise": set(self.otherwise),
            "joined": set(self.joined),
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
        if self.grain == "lines":
            if "declared_on" not in self.required:
                raise ValueError("declared_on must be required: a line without a day can't be placed")
            if (self.constants.direction is None) != ("direction" in self.columns):
                raise ValueError("direction must be a constant or a column, and not both")
            if ("direction" in self.columns) != bool(self.values.get("direction")):
                raise ValueError("a column for direction needs values.direction, and only then")
        return self

    def spellings(self) -> list[str]:
        """Every column name that the layout knows, the ones it does not take included."""
        return [
            *(spelling for spellings in self.columns.values() for spelling in spellings),
            *(spelling for spellings in self.otherwise.values() for spelling in spellings),
            *(spelling for parts in self.joined.values() for part in parts for spelling in part),
            *self.not_taken,
            RECORD_KIND_COLUMN,
        ]


def fold(spelling: str) -> str:
    """A column name as it is compared: no case, no repeated or outer blanks, no byte-order mark."""
    return " ".join(spelling.replace("\ufeff", " ").replace("\u200b", "").split()).casefold()


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
