"""The one SQL statement that types the rows of a customs table: the same rules for workbooks and delimited text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from boomerang.layouts.layout import MONEY, ONLY_IN_LINES, QUANTITIES, TEXTS, Layout
from boomerang.layouts.recognition import Recognised
from boomerang.sources.customs_parties import (
    SIDES,
    columns_of,
    parts_expression,
    party_expressions,
    was_read_expression,
)
from boomerang.sources.customs_records import MAXIMUM_CONTENT

MAXIMUM_CELL: Final = 65_536
"""Bytes of one cell; a longer one is no value of a declaration."""

FIRST_DAY: Final = "1990-01-01"
LAST_DAY: Final = "2099-12-31"
"""The last day that a row may bear. A day after the file was observed is settled downstream, where that moment is
known: here it would make the rows depend on when they are read."""

PROCEDURE_DIGITS: Final = (2, 4, 7)
"""Box 37: procedure; procedure and previous procedure; the same with three further digits."""

SHEET_NOTES: Final = {"merged": "merged_cells", "formulas": "formula"}
"""Columns that the relation of a sheet has besides its cells: the places (``,3,7,``) of cells of which not the value
itself stands in the sheet; and the reason for which such a row is not taken, if one of them is read."""

_NUMBERS: Final = (*QUANTITIES, *MONEY)
_VALUED: Final = ("line_number", "declared_on", "month", "direction", "procedure_code", "hs_code", *_NUMBERS, *TEXTS)
_BLANKS: Final = ("' '", "chr(160)", "chr(9)", "chr(10)", "chr(13)")


def literal(text: str) -> str:
    """A text as SQL takes it; DuckDB knows no escape but the doubled quote."""
    if "\x00" in text:
        raise ValueError("a NUL byte can't stand in SQL")
    return "'" + text.replace("'", "''") + "'"


def one_file(path: Path) -> str:
    """A path as DuckDB takes it for this file alone, whatever letters are in it."""
    return literal(re.sub(r"([*?\[])", r"[\1]", str(path)))


def literals(texts: Iterable[str]) -> str:
    """Texts as a list in brackets."""
    return ", ".join(literal(text) for text in texts)


def _is_one_of(expression: str, values: Iterable[str | int]) -> str:
    """Whether an expression is one of some values, which SQL's own ``in`` may not say here.

    DuckDB makes a join of a longer ``in`` list, and a join gives the rows in any order: a row's number would no longer
    be the ordinal of its record.
    """
    spelt = [literal(value) if isinstance(value, str) else str(value) for value in values]
    return "(" + " or ".join(f"{expression} = {value}" for value in spelt) + ")"


def typing_statement(
    found: Recognised,
    rows: str,
    columns: int,
    *,
    has_short_cells: bool = False,
    has_spaces_only: bool = False,
    is_sheet: bool = False,
) -> str:
    """The query that types rows and gives the reason where one can't be taken.

    Args:
        found: The table's layout and where its columns are.
        rows: A relation with text columns ``c0`` ... in the order of the records.
        columns: How many it has.
        has_short_cells: No cell is longer than :data:`MAXIMUM_CELL`; it need not be looked at again.
        has_spaces_only: No cell begins or ends with another blank than a space.
        is_sheet: The relation also has the columns :data:`SHEET_NOTES`.

    Returns:
        A select of the canonical columns (without provenance and :func:`constants`), ``reason``, ``detail`` and
        ``content``; the last three are null for a row that is taken.
    """
    layout = found.layout
    same = constants(found)
    cells = [f"c{place}" for place in range(columns)]
    carried = ", ".join([*cells, *(SHEET_NOTES if is_sheet else ())])
    declared = {name: _declared(found, name) for name in _VALUED}
    typed = {
        "line_number": "try_cast(line_number as integer)",
        "declared_on": _day(layout),
        "month": _month(layout),
        "direction": _direction(layout),
        "procedure_code": _code("procedure_code", PROCEDURE_DIGITS),
        "hs_code": _code("hs_code", layout.hs_code_digits or range(6, 13)),
        **{name: _number(name, layout) for name in _NUMBERS},
    }
    kind = "null" if found.record_kind is None else f"lower(t{found.record_kind})"
    reasons = _reasons(found, cells, has_short_cells=has_short_cells, is_sheet=is_sheet)
    filled = ", ".join(f"coalesce({cell}, '')" for cell in cells)
    content = f"left(concat_ws(' | ', {filled}), {MAXIMUM_CONTENT})"
    detail = _detail(found, is_sheet=is_sheet)
    final = {
        "layout": literal(layout.name),
        "record_kind": "'real'" if found.record_kind is None else "record_kind",
        "reporter_country_code": literal(layout.constants.reporter_country_code),
        "direction": "typed_direction",
        "line_number": "nullif(typed_line_number, 0)",
        "declared_on": "typed_declared_on",
        "month": "typed_month",
        "procedure_code": "typed_procedure_code",
        "hs_code": "typed_hs_code",
        "value_basis": literal(layout.constants.value_basis),
        "local_currency": _local_currency(layout),
        "row_hash": _row_hash(found, cells),
        **{name: _final_number(name, layout) for name in _NUMBERS},
    }
    for side in SIDES:
        final |= party_expressions(side, f"{side}_parts", f"{side}_was_read")
    varying = [name for name in columns_of_table(layout) if name not in same]
    select_final = ",\n    ".join(f"{final.get(name, name)} as {name}" for name in varying)
    return f"""
with raw as not materialized (
    select * from {rows}
),
trimmed as not materialized (
    select
    {carried},
    {", ".join(f"{_trimmed(place, has_spaces_only=has_spaces_only)} as t{place}" for place in _read(found))}
    from raw
),
declared as not materialized (
    select
    {carried},
    {kind} as record_kind,
    {", ".join(f"{expression} as {name}" for name, expression in declared.items())}
    from trimmed
),
typed as not materialized (
    select
    *,
    {", ".join(f"{parts_expression(side, layout.parties)} as {side}_parts" for side in SIDES)},
    {", ".join(f"{expression} as typed_{name}" for name, expression in typed.items())}
    from declared
),
judged as not materialized (
    select
    *,
    {", ".join(f"{was_read_expression(f'{side}_parts')} as {side}_was_read" for side in SIDES)},
    {reasons} as reason
    from typed
)
select
    {select_final},
    reason,
    case when reason is not null then {detail} end as detail,
    case when reason is not null then {content} end as content
from judged
"""  # noqa: S608 - every name is a constant of this module, every value is quoted


COLUMNS: Final = (
    "layout",
    "record_kind",
    "reporter_country_code",
    "direction",
    "declaration_number",
    "line_number",
    "declared_on",
    "procedure_code",
    *columns_of("consignor"),
    "consignor_address",
    *columns_of("consignee"),
    "consignee_address",
    "manufacturer_name",
    "trade_mark",
    "origin_country",
    "dispatch_country",
    "destination_country",
    "hs_code",
    "description",
    "description_english",
    "quantity",
    "quantity_unit",
    "net_weight_kg",
    "gross_weight_kg",
    "currency",
    "invoice_value",
    "customs_value_rub",
    "local_value",
    "local_currency",
    "value_usd",
    "value_basis",
    "incoterms",
)
"""The canonical columns after the provenance, in the order of the bronze table ``lines``."""

_IN_BOTH: Final = tuple(column for column in COLUMNS if column not in ONLY_IN_LINES)
AGGREGATE_COLUMNS: Final = (*_IN_BOTH[:4], "month", *_IN_BOTH[4:], "row_hash")
"""The same of the bronze table ``aggregates``."""


def columns_of_table(layout: Layout) -> tuple[str, ...]:
    """The columns that a layout's rows have in bronze."""
    return COLUMNS if layout.grain == "lines" else AGGREGATE_COLUMNS


def constants(found: Recognised) -> dict[str, str | None]:
    """Canonical columns that have one value, or none, in all rows of a table: they need no SQL."""
    layout = found.layout
    names = [name for name in columns_of_table(layout) if not name.startswith(SIDES)]
    absent = [name for name in names if name in _VALUED and not (found.taken.get(name) or found.joined.get(name))]
    same: dict[str, str | None] = dict.fromkeys(absent)
    if "local_value" in same or layout.constants.local_currency is None:
        same["local_currency"] = None
    same |= {
        "layout": layout.name,
        "reporter_country_code": layout.constants.reporter_country_code,
        "value_basis": layout.constants.value_basis,
    }
    return same | ({"direction": layout.constants.direction} if layout.constants.direction is not None else {})


def _read(found: Recognised) -> list[int]:
    """The positions of the columns that are read, each once."""
    places = {place for columns in (*found.taken.values(), *found.joined.values()) for place in columns}
    return sorted(places if found.record_kind is None else places | {found.record_kind})


def _column_name(found: Recognised, place: int) -> str:
    """A column as it is called in messages."""
    return (found.header[place] if place < len(found.header) else f"column {place + 1}").replace("\x00", "")[:100]


def _trimmed(place: int, *, has_spaces_only: bool) -> str:
    """A cell without blanks around it. Few cells have any, and trimming all costs more than everything else."""
    text = f"c{place}"
    blanks = _BLANKS[:1] if has_spaces_only else _BLANKS
    has_blanks = " or ".join([f"{text} < '!'", *(f"suffix({text}, {blank})" for blank in blanks)])
    if not has_spaces_only:
        has_blanks += f" or prefix({text}, chr(160))"
    return f"case when {has_blanks} then trim({text}, {' || '.join(blanks)}) else {text} end"


def _declared(found: Recognised, name: str) -> str:
    """A canonical column as declared: null where the vendor has nothing."""
    layout = found.layout
    nulls = {"", *layout.nulls}
    if name not in _NUMBERS and name != "line_number":
        nulls |= set(layout.column_nulls.get(name, ()))
    spelt = sorted({variant for null in nulls for variant in (null, null.upper(), null.lower())})
    longest = max(len(null.encode()) for null in spelt)

    def cell(place: int) -> str:
        text = f"t{place}"
        value = (
            f"case when strlen({text}) > {longest} then {text} when {_is_one_of(text, spelt)} then null else {text} end"
        )
        # A tax number that passed through a spreadsheet or a data frame: 7722476458.0
        return (
            f"case when suffix({value}, '.0') then left({value}, -2) else {value} end"
            if "tax_number" in name
            else value
        )

    if places := found.taken.get(name):
        value = cell(places[0]) if len(places) == 1 else f"coalesce({', '.join(cell(place) for place in places)})"
        if pattern := layout.extracted.get(name):  # type: ignore[call-overload]
            # Where the pattern does not match the value stays as it is, and is judged as that.
            value = f"coalesce(nullif(regexp_extract({value}, {literal(pattern)}, 1), ''), {value})"
        return value
    if places := found.joined.get(name):
        first, second = (cell(place) for place in places)
        # 40 + 0 is 40 00, 4000 + 0 is 4000 000: a spreadsheet drops leading noughts.
        width = f"cast(greatest(case when length({first}) = 2 then 2 else 3 end, length({second})) as integer)"
        return f"case when {first} is not null then {first} || coalesce(lpad({second}, {width}, '0'), '') end"
    return "cast(null as varchar)"


def _day(layout: Layout) -> str:
    formats = list(dict.fromkeys((*layout.dates.formats, "%Y-%m-%d", "%Y-%m-%d %H:%M:%S")))
    plain = f"cast(try_strptime(declared_on, [{literals(formats)}]) as date)"
    if layout.dates.time_zone is None:
        return plain
    moment = f"cast(timezone({literal(layout.dates.time_zone)}, try_cast(declared_on as timestamptz)) as date)"
    has_offset = r"regexp_matches(declared_on, '[0-9][T ][0-9:.]+ ?(Z|[+-][0-9]{2}(:?[0-9]{2})?)$')"
    return f"coalesce({plain}, case when {has_offset} then {moment} end)"


def _month(layout: Layout) -> str:
    formats = list(dict.fromkeys((*layout.dates.month_formats, "%Y-%m", "%Y-%m-%d")))
    return f"cast(date_trunc('month', try_strptime(month, [{literals(formats)}])) as date)"


def _local_currency(layout: Layout) -> str:
    currency = layout.constants.local_currency
    return (
        "cast(null as varchar)"
        if currency is None
        else f"case when typed_local_value is not null then {literal(currency)} end"
    )


def _row_hash(found: Recognised, cells: list[str]) -> str:
    """What tells one row of aggregates from another: every cell, but those that say nothing of the row itself."""
    told = [f"coalesce({cell}, chr(30))" for place, cell in enumerate(cells) if place not in found.ignored]
    return f"md5(concat_ws(chr(31), {', '.join(told)}))"


def _direction(layout: Layout) -> str:
    if layout.constants.direction is not None:
        return literal(layout.constants.direction)
    cases = " ".join(
        f"when {literal(value.upper())} then {literal(meaning)}"
        for value, meaning in layout.values["direction"].items()
    )
    return f"case upper(direction) {cases} end"


def _code(name: str, sizes: Iterable[int]) -> str:
    """Digits of certain lengths; blanks between them, and the ``.0`` of a data frame, are left out."""
    pattern = literal("|".join(f"[0-9]{{{size}}}" for size in sizes))
    bare = f"regexp_replace(replace(replace({name}, ' ', ''), chr(160), ''), '\\.0$', '')"
    return (
        f"case when regexp_full_match({name}, {pattern}) then {name} "
        f"when regexp_full_match({bare}, {pattern}) then {bare} end"
    )


def _number(name: str, layout: Layout) -> str:
    """A decimal. The second attempt, without blanks between digits, is made only where the first gives none."""

    def pointed(text: str) -> str:
        return f"replace({text}, ',', '.')" if "," in layout.decimal_marks else text

    bare = f"replace(replace({name}, ' ', ''), chr(160), '')"
    first, second = (f"try_cast({pointed(text)} as decimal(18, 4))" for text in (name, bare))
    number = f"coalesce({first}, {second})"
    return number if "." in layout.decimal_marks else f"case when not contains({name}, '.') then {number} end"


def _final_number(name: str, layout: Layout) -> str:
    return f"nullif(typed_{name}, 0)" if "0" in layout.column_nulls.get(name, ()) else f"typed_{name}"


def _reasons(found: Recognised, cells: list[str], *, has_short_cells: bool, is_sheet: bool) -> str:
    """The first thing that is wrong with a row, or null."""
    header = [
        f"c{places[0]} = {literal(found.header[places[0]])}"
        for name in found.layout.required
        if (places := found.taken.get(name))
    ]
    cases = []
    is_empty = " and ".join(f"coalesce(trim({cell}, {' || '.join(_BLANKS)}), '') = ''" for cell in cells)
    if is_sheet:
        for note, reason in SHEET_NOTES.items():
            concerned = " or ".join(f"contains({note}, ',{place},')" for place in _read(found))
            cases.append((f"{note} is not null and ({concerned})", f"'{reason}'"))
    if not has_short_cells:
        cases.append((" or ".join(f"strlen({cell}) > {MAXIMUM_CELL}" for cell in cells), "'cell_too_long'"))
    clock, is_of_lines = ("declared_on", True) if found.layout.grain == "lines" else ("month", False)
    missing, bad = ("missing_date", "bad_date") if is_of_lines else ("missing_month", "bad_month")
    span = f"between date {literal(FIRST_DAY)} and date {literal(LAST_DAY)}"
    cases += [
        (
            f"typed_{clock} is null or typed_{clock} not {span}",
            f"case when {is_empty} then 'empty_row' when {' and '.join(header)} then 'repeated_header' "
            f"when {clock} is null then '{missing}' else '{bad}' end",
        ),
    ]
    if not is_of_lines and "declared_on" in found.taken:
        # A day in the month before is a moment read in the wrong time zone.
        cases += [
            (f"declared_on is not null and (typed_declared_on is null or typed_declared_on not {span})", "'bad_date'"),
            ("date_trunc('month', typed_declared_on) <> typed_month", "'month_differs'"),
        ]
    if found.record_kind is not None:
        is_known = _is_one_of("record_kind", ("real", "reconstructed", "synthetic"))
        cases.append((f"record_kind is null or not {is_known}", "'unknown_record_kind'"))
    if "direction" in found.layout.columns:
        cases.append(("typed_direction is null", "'unknown_direction'"))
    cases += [
        ("hs_code is not null and typed_hs_code is null", "'bad_hs_code'"),
        ("procedure_code is not null and typed_procedure_code is null", "'bad_procedure_code'"),
        (
            " or ".join(f"({name} is not null and typed_{name} is null)" for name in (*_NUMBERS, "line_number"))
            + " or typed_line_number < 0",
            "'bad_number'",
        ),
        (" or ".join(f"typed_{name} < 0" for name in QUANTITIES), "'negative_quantity'"),
        (" or ".join(f"typed_{name} < 0" for name in MONEY), "'negative_value'"),
    ]
    return "case " + " ".join(f"when {condition} then {reason}" for condition, reason in cases) + " end"


def _detail(found: Recognised, *, is_sheet: bool) -> str:
    """What exactly is wrong, for the reasons that concern one value."""

    def concerned(note: str) -> str:
        names = ", ".join(
            f"case when contains({note}, ',{place},') then {literal(_column_name(found, place))} end"
            for place in _read(found)
        )
        return f"concat_ws('; ', {names})"

    notes = (
        " ".join(f"when '{reason}' then {concerned(note)}" for note, reason in SHEET_NOTES.items()) if is_sheet else ""
    )

    def say(name: str) -> str:
        return f"'{name}: ' || left({name}, 200)"

    numbers = (*_NUMBERS, "line_number")
    unread = ", ".join(
        f"case when {name} is not null and typed_{name} is null then {say(name)} end" for name in numbers
    )
    below = ", ".join(f"case when typed_{name} < 0 then {say(name)} end" for name in numbers)
    return f"""case reason {notes}
        when 'bad_date' then {say("declared_on")}
        when 'bad_month' then {say("month")}
        when 'month_differs' then {say("month")} || ', declared_on: ' || left(declared_on, 200)
        when 'unknown_direction' then 'direction: ' || coalesce(left(direction, 200), '(empty)')
        when 'unknown_record_kind' then 'record_kind: ' || coalesce(left(record_kind, 200), '(empty)')
        when 'bad_hs_code' then {say("hs_code")}
        when 'bad_procedure_code' then {say("procedure_code")}
        when 'bad_number' then concat_ws('; ', {unread}, {below})
        when 'negative_quantity' then concat_ws('; ', {below})
        when 'negative_value' then concat_ws('; ', {below})
        when 'cell_too_long' then 'a cell of more than {MAXIMUM_CELL} bytes'
        else ''
    end"""
