"""Which layout a table has: decided by its header alone."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from boomerang.errors import ContentRefusedError
from boomerang.layouts.layout import MAXIMUM_HEADER_ROW, RECORD_KIND_COLUMN, Layout, fold

HOW_TO_ADD = "docs/layouts.md says how to describe another one in a YAML file"


@dataclass(frozen=True)
class Recognised:
    """A table whose layout is known.

    Attributes:
        layout: The layout.
        header_row: Where its header stands, from 0.
        header: The header as it stands, without blank cells at its end.
        taken: Canonical column to the positions (from 0) of the columns that are read for it, in order.
        joined: Canonical column to the positions of its parts.
        record_kind: Position of the column that labels the rows, if there is one.
        ignored: Positions of the columns that say nothing of the row itself.
        absent_tellers: Columns by which the layout is told from others, and that the table has not.
        unknown_columns: Names that the layout doesn't know; they stay in the landed file.
        repeated: Columns that are read and stand in the header more than once.
    """

    layout: Layout
    header_row: int
    header: tuple[str, ...]
    taken: dict[str, tuple[int, ...]]
    joined: dict[str, tuple[int, ...]]
    record_kind: int | None
    ignored: frozenset[int]
    absent_tellers: tuple[str, ...]
    unknown_columns: tuple[str, ...]
    repeated: tuple[str, ...]

    def is_missing(self, canonical: str) -> bool:
        """Whether the table has no column for ``canonical``."""
        return canonical not in self.taken and canonical not in self.joined

    @property
    def missing(self) -> tuple[str, ...]:
        """Required canonical columns that the table has not."""
        return (*(name for name in self.layout.required if self.is_missing(name)), *self.absent_tellers)

    @property
    def recognised_columns(self) -> int:
        """How many named columns the layout knows."""
        return sum(1 for name in self.header if name.strip()) - len(self.unknown_columns)


def _lay_over(layout: Layout, row: Sequence[str], header_row: int) -> Recognised:
    """The layout laid over one row, as if that were its header."""
    header = list(row)
    while header and not header[-1].strip():
        header.pop()
    known = {fold(spelling) for spelling in layout.spellings()}
    positions: dict[str, list[int]] = {}
    for position, name in enumerate(header):
        key = fold(name)
        if layout.titles_in_brackets and key not in known:
            key = fold(re.sub(r"\(.*\)\s*$", "", name, flags=re.DOTALL))
        positions.setdefault(key, []).append(position)

    def find(spellings: Sequence[str]) -> int | None:
        for spelling in spellings:
            if (found := positions.get(fold(spelling))) is not None:
                return found[0]
        return None

    joined = {}
    for canonical, parts in layout.joined.items():
        places = [find(part) for part in parts]
        if find(layout.columns.get(canonical, ())) is None and None not in places:
            joined[canonical] = tuple(place for place in places if place is not None)
    taken = {}
    for canonical in {**layout.columns, **layout.otherwise}:
        first = find(layout.columns.get(canonical, ()))
        others = [find([spelling]) for spelling in layout.otherwise.get(canonical, ())]
        places = [place for place in (first, *others) if place is not None]
        if places and canonical not in joined:
            taken[canonical] = tuple(place for place in places if place is not None)
    record_kind = find([RECORD_KIND_COLUMN])
    read = {place for places in (*taken.values(), *joined.values()) for place in places} | {record_kind}
    return Recognised(
        layout=layout,
        header_row=header_row,
        header=tuple(header),
        taken=taken,
        joined=joined,
        record_kind=record_kind,
        ignored=frozenset(place for name in layout.ignored for place in positions.get(fold(name), ())),
        absent_tellers=tuple(name for name in layout.told_by if find([name]) is None),
        unknown_columns=tuple(
            header[place] for key, places in positions.items() if key and key not in known for place in places
        ),
        repeated=tuple(header[places[0]] for key, places in positions.items() if len(places) > 1 and places[0] in read),
    )


def recognise_table(
    rows: Sequence[Sequence[str]], known: Mapping[str, Layout], place: str, layout_name: str | None = None
) -> Recognised:
    """The layout of a table, by its header.

    Args:
        rows: The first rows as text; the header is sought in the first 50.
        known: The layouts that may be meant.
        place: What the table is called in messages.
        layout_name: The layout that the user named; only that one may match.

    Raises:
        ContentRefusedError: ``layout_unknown``, ``layout_ambiguous`` (two fit alike), ``missing_column`` (one fits but
            for a required column), ``repeated_column``.
    """
    if layout_name is not None and layout_name not in known:
        raise ContentRefusedError(
            "layout_unknown",
            f"{place}: there is no layout {layout_name!r}",
            f"known layouts: {', '.join(known)}; {HOW_TO_ADD}",
        )
    candidates = [layout for layout in known.values() if layout_name in (None, layout.name)]
    laid = [
        _lay_over(layout, row, number)
        for number, row in enumerate(rows[:MAXIMUM_HEADER_ROW])
        if any(cell.strip() for cell in row)
        for layout in candidates
    ]
    fitting = [one for one in laid if not one.missing]
    if fitting:
        first_row = min(one.header_row for one in fitting)
        fitting = [one for one in fitting if one.header_row == first_row]
        best = max(one.recognised_columns for one in fitting)
        fitting = [one for one in fitting if one.recognised_columns == best]
        if len(fitting) > 1:
            names = ", ".join(one.layout.name for one in fitting)
            raise ContentRefusedError(
                "layout_ambiguous", f"{place} fits several layouts alike: {names}", "name one with --layout"
            )
        if fitting[0].repeated:
            raise ContentRefusedError(
                "repeated_column",
                f"{place} has these columns more than once: {', '.join(fitting[0].repeated)}",
                "leave one of each in the file; which one is meant can't be told from here",
            )
        return fitting[0]
    near = [one for one in laid if len(one.missing) * 3 <= len(one.layout.required)]
    if near:
        nearest = min(near, key=lambda one: (len(one.missing) / len(one.layout.required), one.header_row))
        raise ContentRefusedError("missing_column", f"{place}: {_missing(nearest)}", HOW_TO_ADD)
    if layout_name is not None:
        raise ContentRefusedError(
            "layout_unknown",
            f"{place}: no row among the first {MAXIMUM_HEADER_ROW} is a header of the layout {layout_name}",
            "drop --layout (or take the file out of the layout's inbox folder) to have it recognised",
        )
    raise ContentRefusedError(
        "layout_unknown",
        f"{place}: no row among the first {MAXIMUM_HEADER_ROW} is a header of a known layout",
        f"known layouts: {', '.join(known)}; {HOW_TO_ADD}",
    )


def _missing(found: Recognised) -> str:
    """What is missing of a layout that nearly fits, with what stands in the file instead."""
    names = {fold(name): name for name in found.header if name.strip()}
    parts = []
    for canonical in found.missing:
        is_read = canonical in found.layout.columns
        spellings = found.layout.columns[canonical] if is_read else (canonical,)
        near = difflib.get_close_matches(fold(spellings[0]), names, n=1, cutoff=0.6)
        hint = f"; the nearest name in the file is {names[near[0]]!r}" if near else ""
        what = canonical if is_read else "by which it is told from others"
        parts.append(f"{what} (spelt {' or '.join(spellings)}{hint})")
    return (
        f"row {found.header_row + 1} is the header of the layout {found.layout.name}, "
        f"but for the column {', and '.join(parts)}"
    )
