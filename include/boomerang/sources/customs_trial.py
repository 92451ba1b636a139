"""What a layout would make of a customs file, before anything is taken."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import duckdb
from pydantic import BaseModel, ConfigDict

from boomerang.layouts.layout import MAXIMUM_HEADER_ROW
from boomerang.sources.customs import Table, database, open_file, scratch_folder, type_sheet, type_text
from boomerang.sources.customs_files import to_utf8
from boomerang.sources.customs_records import first_records
from boomerang.sources.customs_statement import COLUMNS

_DELIMITER_NAMES: Final = {";": "semicolon", ",": "comma", "\t": "tab"}


class TableTrial(BaseModel):
    """What a layout makes of one table.

    Attributes:
        member: The sheet's name; '' for delimited text.
        layout: The layout's name.
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
    header_row: int
    mapping: dict[str, tuple[str, ...]]
    absent: tuple[str, ...]
    unknown_columns: tuple[str, ...]
    rows: tuple[dict[str, Any], ...]
    rejects: tuple[dict[str, Any], ...]


class Trial(BaseModel):
    """What would become of a file.

    Attributes:
        format: ``workbook`` or ``text``.
        encoding: Of a text.
        delimiter: Of a text.
        tables: One for each table whose layout is known.
        strange_sheets: Each other sheet: its name, and why it would go to the quarantine.
    """

    model_config = ConfigDict(frozen=True)

    format: str
    encoding: str | None
    delimiter: str | None
    tables: tuple[TableTrial, ...]
    strange_sheets: dict[str, str]

    def render(self) -> str:
        """The same for a person."""
        how = (
            f", {self.encoding}, {_DELIMITER_NAMES.get(self.delimiter or '', self.delimiter)}" if self.encoding else ""
        )
        said = [f"{self.format}{how}"]
        for table in self.tables:
            said += [
                "",
                f"{f'sheet {table.member}: ' if table.member else ''}layout {table.layout}, "
                f"header in row {table.header_row}",
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
        said += [f"\nsheet {name} would be quarantined: {why}" for name, why in self.strange_sheets.items()]
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
    with scratch_folder(None) as scratch, database(scratch) as connection:
        contents = open_file(path, scratch, home_root, layout_name, MAXIMUM_HEADER_ROW + maximum_rows)
        trials = []
        for number, table in enumerate(contents.tables):
            name = f"table_{number}"
            if contents.text is None:
                type_sheet(connection, name, table, scratch)
            else:
                sample = contents.text.sample
                records = first_records(sample[table.data_start :], table.delimiter, maximum_rows)
                beginning = scratch / "beginning.csv"
                beginning.write_bytes(sample[: table.data_start + (records[-1][0] if records else 0)])
                text = to_utf8(replace(contents.text, path=beginning, encoding="utf-8", mark=0), scratch)
                type_text(connection, name, table, text, 0, scratch)
            trials.append(_trial(connection, name, table, maximum_rows))
        return Trial(
            format="workbook" if contents.text is None else "text",
            encoding=None if contents.text is None else contents.text.encoding,
            delimiter=contents.tables[0].delimiter or None,
            tables=tuple(trials),
            strange_sheets={sheet.name: str(error.args[0]) for sheet, error in contents.strange_sheets},
        )


def _trial(connection: duckdb.DuckDBPyConnection, name: str, table: Table, maximum_rows: int) -> TableTrial:
    found = table.found

    def rows(columns: str, condition: str) -> tuple[dict[str, Any], ...]:
        query = (
            f"select rowid + 1 as _source_row, {columns} from {name} where rowid < {maximum_rows} and {condition} "  # noqa: S608
            "order by rowid"
        )
        return tuple(connection.sql(query).to_arrow_table().to_pylist())

    taken = {**found.taken, **found.joined}
    return TableTrial(
        member=table.member,
        layout=found.layout.name,
        header_row=found.header_row + 1,
        mapping={canonical: tuple(found.header[place] for place in places) for canonical, places in taken.items()},
        absent=tuple(canonical for canonical in found.layout.columns if found.is_missing(canonical)),
        unknown_columns=found.unknown_columns,
        rows=rows(", ".join(COLUMNS), "reason is null"),
        rejects=rows("reason, detail, content", "reason is not null"),
    )
