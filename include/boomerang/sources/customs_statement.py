"""The one SQL statement that types the rows of a customs table: the same rules for workbooks and delimited text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from boomerang.layouts.layout import MONEY, QUANTITIES, TEXTS, Layout
from boomerang.layouts.recognition import Recognised
from boomerang.sources.customs_records import MAXIMUM_CONTENT, SEPARATOR

MAXIMUM_CELL: Final = 65_536
"""Bytes of one cell; a longer one is no value of a declaration."""

FIRST_DAY: Final = "1990-01-01"
LAST_DAY: Final = "2099-12-31"
"""The last day that a row may bear. A day after the file was observed is settled downstream, where that moment is
known: here it would make the rows depend on when they are read."""

PROCEDURE_DIGITS: Final = (2, 4, 7)
"""Box 37: procedure; procedure and previous procedure; the same with three further digits."""

_NUMBERS: Final = (*QUANTITIES, *MONEY)
_VALUED: Final = ("line_number", "declared_on", "direction", "procedure_code", "hs_code", *_NUMBERS, *TEXTS)
_BLANKS: Final = ("' '", "chr(160)", "chr(9)", "chr(10)", "chr(13)")


def literal(text: str) -> str:
    """A text as SQL takes it; DuckDB knows no escape but the doubled quote."""
    if "\x00" in text:
        raise ValueError("a NUL byte can't stand in SQL")
    return "'" + text.replace("'", "''") + "'"


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
    token: str | None = None,
    line_break: str | None = None,
) -> str:
    """The query that types rows and gives the reason where one can't be taken.

    Args:
        found: The table's layout and where its columns are.
        rows: A relation with text columns ``c0`` ... in the order of the records.
        columns: How many it has.
        has_short_cells: No cell is longer than :data:`MAXIMUM_CELL`; it need not be looked at again.
        token: Begins the first column of a row that stands for a broken record.
        line_break: Stands for a line break inside a value.

    Returns:
        A select of the canonical columns (without provenance), ``reason``, ``detail`` and ``content``; the last three
        are null for a row that is taken.
    """
    layout = found.layout
    cells = [f"c{place}" for place in range(columns)]
    declared = {name: _declared(found, name) for name in _VALUED}
    typed = {
        "line_number": "try_cast(line_number as integer)",
        "declared_on": _day(layout),
        "direction": _direction(layout),
        "procedure_code": _code("procedure_code", PROCEDURE_DIGITS),
        "hs_code": _code("hs_code", layout.hs_code_digits or range(6, 13)),
        **{name: _number(name, layout) for name in _NUMBERS},
    }
    kind = "null" if found.record_kind is None else f"lower(t{found.record_kind})"
    reasons = _reasons(found, cells, token, has_short_cells=has_short_cells)
    filled = ", ".join(f"coalesce({cell}, '')" for cell in cells)
    content = f"left(concat_ws(' | ', {filled}), {MAXIMUM_CONTENT})"
    if line_break is not None:
        content = f"replace({content}, {literal(line_break)}, chr(10))"
    detail = _detail()
    if token is not None:
        part = f"split_part(substr(c0, {len(token) + 1}), {literal(SEPARATOR)}, %d)"
        broken = f"starts_with(c0, {literal(token)})"
        detail = f"case when {broken} then {part % 2} else {detail} end"
        broken_content = part % 3
        if line_break is not None:
            broken_content = f"replace({broken_content}, {literal(line_break)}, chr(10))"
        content = f"case when {broken} then {broken_content} else {content} end"
    final = {
        "layout": literal(layout.name),
        "record_kind": "'real'" if found.record_kind is None else "record_kind",
        "reporter_country_code": literal(layout.constants.reporter_country_code),
        "direction": "typed_direction",
        "line_number": "nullif(typed_line_number, 0)",
        "declared_on": "typed_declared_on",
        "procedure_code": "typed_procedure_code",
        "hs_code": "typed_hs_code",
        "value_basis": literal(layout.constants.value_basis),
        **{name: _final_number(name, layout) for name in _NUMBERS},
    }
    select_final = ",\n    ".join(f"{final.get(name, name)} as {name}" for name in COLUMNS)
    return f"""
with raw as not materialized (
    select * from {rows}
),
trimmed as not materialized (
    select
    {", ".join(cells)},
    {", ".join(f"{_trimmed(place, line_break)} as t{place}" for place in _read(found))}
    from raw
),
declared as not materialized (
    select
    {", ".join(cells)},
    {kind} as record_kind,
    {", ".join(f"{expression} as {name}" for name, expression in declared.items())}
    from trimmed
),
typed as not materialized (
    select
    *,
    {", ".join(f"{expression} as typed_{name}" for name, expression in typed.items())}
    from declared
),
judged as not materialized (
    select
    *,
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
    "value_usd",
    "value_basis",
    "incoterms",
)
"""The canonical columns after the provenance, in the order of the bronze table."""


def _read(found: Recognised) -> list[int]:
    """The positions of the columns that are read, each once."""
    places = {place for columns in (*found.taken.values(), *found.joined.values()) for place in columns}
    return sorted(places if found.record_kind is None else places | {found.record_kind})


def _trimmed(place: int, line_break: str | None) -> str:
    """A cell without blanks around it. Few cells have any, and trimming all costs more than everything else."""
    text = f"c{place}"
    if line_break is not None:
        text = f"replace({text}, {literal(line_break)}, chr(10))"
    has_blanks = " or ".join(
        [f"{text} < '!'", *(f"suffix({text}, {blank})" for blank in _BLANKS), f"prefix({text}, chr(160))"]
    )
    return f"case when {has_blanks} then trim({text}, {' || '.join(_BLANKS)}) else {text} end"


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
        return cell(places[0]) if len(places) == 1 else f"coalesce({', '.join(cell(place) for place in places)})"
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


def _reasons(found: Recognised, cells: list[str], token: str | None, *, has_short_cells: bool) -> str:
    """The first thing that is wrong with a row, or null."""
    header = [
        f"c{places[0]} = {literal(found.header[places[0]])}"
        for name in found.layout.required
        if (places := found.taken.get(name))
    ]
    cases = []
    if token is not None:
        part = f"split_part(substr(c0, {len(token) + 1}), {literal(SEPARATOR)}, 1)"
        cases.append((f"starts_with(c0, {literal(token)})", part))
    is_empty = " and ".join(f"coalesce(trim({cell}, {' || '.join(_BLANKS)}), '') = ''" for cell in cells)
    if not has_short_cells:
        cases.append((" or ".join(f"strlen({cell}) > {MAXIMUM_CELL}" for cell in cells), "'cell_too_long'"))
    cases += [
        (
            "typed_declared_on is null or typed_declared_on not between "
            f"date {literal(FIRST_DAY)} and date {literal(LAST_DAY)}",
            f"case when {is_empty} then 'empty_row' when {' and '.join(header)} then 'repeated_header' "
            "when declared_on is null then 'missing_date' else 'bad_date' end",
        ),
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


def _detail() -> str:
    """What exactly is wrong, for the reasons that concern one value."""

    def say(name: str) -> str:
        return f"'{name}: ' || left({name}, 200)"

    numbers = (*_NUMBERS, "line_number")
    unread = ", ".join(
        f"case when {name} is not null and typed_{name} is null then {say(name)} end" for name in numbers
    )
    below = ", ".join(f"case when typed_{name} < 0 then {say(name)} end" for name in numbers)
    return f"""case reason
        when 'bad_date' then {say("declared_on")}
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
