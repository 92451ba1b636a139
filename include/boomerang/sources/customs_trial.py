"""What a layout would make of a customs file, before anything is taken."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
from pydantic import BaseModel, ConfigDict

from boomerang.layouts.layout import MAXIMUM_HEADER_ROW
from boomerang.sources.customs import Table, open_file, scratch_folder, typed_table
from boomerang.sources.customs_files import format_of
from boomerang.sources.customs_records import first_records

_DELIMITER_NAMES: Final = {";": "semicolon", ",": "comma", "\t": "tab"}


class TableTrial(BaseModel):
    """What a layout makes of one table.

    Attributes:
        member: The file's name in a zip, the sheet's name, or both; '' for a file of one table.
        layout: The layout's name.
        becomes: ``lines`` (declaration lines) or ``aggregates`` (sums).
        encoding: Of a text.
        delimiter: Of a text.
        header_row: Where the header stands, from 1.
        mapping: Canonical column to the names in the file that are read for it.
        absent: Canonical columns of the layout that the file has not.
        unknown_columns: Names that the layout doesn't know.
        rows: The first typed rows.
        rejects: Rows that would go to the quarantine: row, reason, detail, content.
    """

    model_config = ConfigDict(frozen=True)

    member: str
    layout: str
    becomes: str
    encoding: str | None
    delimiter: str | None
    header_row: int
    mapping: dict[str, tuple[str, ...]]
    absent: tuple[str, ...]
    unknown_columns: tuple[str, ...]
    rows: tuple[dict[str, Any], ...]
    rejects: tuple[dict[str, Any], ...]


class Trial(BaseModel):
    """What would become of a file.

    Attributes:
        format: ``workbook``, ``parquet``, ``text``, ``zip`` or ``gzip``.
        tables: One for each table whose layout is known.
        strange: Each other sheet, or file in a zip: its name, and why it would go to the quarantine.
    """

    model_config = ConfigDict(frozen=True)

    format: str
    tables: tuple[TableTrial, ...]
    strange: dict[str, str]

    def render(self) -> str:
        """The same for a person."""
        said = [self.format]
        for table in self.tables:
            spelt = _DELIMITER_NAMES.get(table.delimiter or "", table.delimiter)
            said += [
                "",
                f"{f'{table.member}: ' if table.member else ''}layout {table.layout}, header in row {table.header_row}"
                f"{f', {table.encoding}, {spelt}' if table.encoding else ''}"
                f"{', sums and no declaration lines' if table.becomes == 'aggregates' else ''}",
                *(f"  {name:<24} <- {', else '.join(places)}" for name, places in table.mapping.items()),
                f"  not in the file: {', '.join(table.absent) or 'nothing'}",
                f"  not known to the layout: {', '.join(table.unknown_columns) or 'nothing'}",
            ]
            for row in table.rows[:3]:
                said += ["", f"  row {row['_source_row']}"]
                said += [
                    f"    {name:<24} {value}" for name, value in row.items() if value is not None and name[0] != "_"
                ]
            said += ["", f"  would be quarantined among the first rows: {len(table.rejects)}"]
            said += [f"    row {row['_source_row']}: {row['reason']} {row['detail']}".rstrip() for row in table.rejects]
        said += [f"\n{name} would be quarantined: {why}" for name, why in self.strange.items()]
        return "\n".join(said)


def try_layout(
    path: Path, home_root: Path | None = None, layout_name: str | None = None, maximum_rows: int = 20
) -> Trial:
    """What would become of a file: its layout and its first rows, typed. Nothing is kept.

    Args:
        path: The file.
        home_root: The home with the user's own layouts; default: the one that the file lies in.
        layout_name: The layout to try; default: by the header.
        maximum_rows: How many records to type.

    Raises:
        ContentRefusedError: The file can't be taken, whatever the reason.
        UsageError: A layout file can't be used.
    """
    with scratch_folder(None) as scratch:
        contents = open_file(path, scratch, home_root, layout_name, MAXIMUM_HEADER_ROW + maximum_rows)
        trials = []
        for number, table in enumerate(contents.tables):
            beginning = table
            if table.text is not None:
                sample = table.text.sample
                records = first_records(sample[table.data_start :], table.delimiter, maximum_rows)
                path_of_beginning = scratch / f"beginning{number}.csv"
                path_of_beginning.write_bytes(sample[: table.data_start + (records[-1][0] if records else 0)])
                text = replace(table.text, path=path_of_beginning, encoding="utf-8", mark=0)
                beginning = replace(table, text=text)
            trials.append(_trial(table, beginning, scratch / f"table_{number}", maximum_rows))
        return Trial(
            format=format_of(path),
            tables=tuple(trials),
            strange={one.member: str(one.error.args[0]) for one in contents.strange},
        )


def _trial(table: Table, beginning: Table, scratch: Path, maximum_rows: int) -> TableTrial:
    found = table.found
    rows: list[dict[str, Any]] = []
    rejects: list[dict[str, Any]] = []
    with closing(typed_table(beginning, scratch)) as records:
        for typed in records:
            rows += _first(typed.loaded, maximum_rows)
            rejects += _first(typed.refused, maximum_rows)
            break
    taken = {**found.taken, **found.joined}
    return TableTrial(
        member=table.member,
        layout=found.layout.name,
        becomes=found.layout.grain,
        encoding=table.text.encoding if table.text else None,
        delimiter=table.delimiter or None,
        header_row=found.header_row + 1,
        mapping={canonical: tuple(found.header[place] for place in places) for canonical, places in taken.items()},
        absent=tuple(canonical for canonical in found.layout.columns if found.is_missing(canonical)),
        unknown_columns=found.unknown_columns,
        rows=tuple(rows),
        rejects=tuple(rejects),
    )


def _first(rows: pa.Table, maximum_rows: int) -> list[dict[str, Any]]:
    first = rows.rename_columns(["_source_row", *rows.column_names[1:]]).slice(0, maximum_rows).to_pylist()
    return [row for row in first if row["_source_row"] <= maximum_rows]
