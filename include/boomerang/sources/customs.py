"""Customs lines in vendors' files: any layout in, typed declaration lines out, nothing lost.

The layout (:mod:`boomerang.layouts`) says what the columns mean; :mod:`boomerang.sources.customs_files` what the bytes
are; :mod:`boomerang.sources.customs_records` where the records end; :mod:`boomerang.sources.customs_statement` is the
SQL that types them. DuckDB reads and writes; Python never sees a row.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from uuid import uuid4

import duckdb
import pyarrow as pa

from boomerang.errors import ContentRefusedError
from boomerang.layouts.layout import MAXIMUM_HEADER_ROW, MONEY, QUANTITIES, Layout, known_layouts
from boomerang.layouts.recognition import Recognised, recognise_table
from boomerang.sources.customs_files import (
    TextFile,
    Utf8File,
    check_workbook,
    format_of,
    read_text_file,
    to_utf8,
)
from boomerang.sources.customs_records import MAXIMUM_CONTENT, MAXIMUM_RECORD, Repair, first_records
from boomerang.sources.customs_statement import COLUMNS, MAXIMUM_CELL, literal, typing_statement
from boomerang.sources.customs_workbook import MAXIMUM_COLUMNS, Sheet, read_workbook
from boomerang.sources.specification import (
    PROVENANCE,
    LandedFile,
    MemberCount,
    SourceSpecification,
)

PARSER_VERSION: Final = 1
DELIMITERS: Final = (";", ",", "\t")
MEMORY_LIMIT: Final = "2GB"
"""What DuckDB may hold; the rest goes to a temporary folder."""

_SPECIAL_TYPES: Final = {
    "line_number": pa.int32(),
    "declared_on": pa.date32(),
    **{name: pa.decimal128(18, 4) for name in (*QUANTITIES, *MONEY)},
}
LINES_SCHEMA: Final = pa.schema(
    [*PROVENANCE, *(pa.field(name, _SPECIAL_TYPES.get(name, pa.string())) for name in COLUMNS)]
)
"""One row per declaration line as one vendor's file has it; the meaning of each column is in docs/layouts.md."""

_LINE_ENDS: Final = {"\n": "\\n", "\r\n": "\\r\\n"}
"""How DuckDB wants them named."""

_OPERATORS_IN_ORDER: Final = frozenset({"PROJECTION", "READ_CSV", "READ_PARQUET", "FILTER", "EMPTY_RESULT"})
"""What a plan may do with rows whose number is their ordinal; a join, say, would mix them."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Table:
    """A table of a file, its layout known.

    Attributes:
        member: The sheet's name; '' for delimited text.
        found: The layout and where its columns are.
        data_start: Delimited text: where the first record begins, in bytes of its UTF-8 without a mark.
        delimiter: Delimited text: what stands between fields.
        sheet: Workbook: the sheet.
    """

    member: str
    found: Recognised
    data_start: int = 0
    delimiter: str = ""
    sheet: Sheet | None = None


@dataclass(frozen=True)
class Contents:
    """What a file holds.

    Attributes:
        tables: The tables whose layout is known; one at least.
        strange_sheets: Sheets that hold something else, with the reason.
        text: Delimited text: the file and its encoding.
    """

    tables: tuple[Table, ...]
    strange_sheets: tuple[tuple[Sheet, ContentRefusedError], ...] = ()
    text: TextFile | None = None


def home_of(path: Path) -> Path | None:
    """The home that a file lies in, else ``$BOOMERANG_HOME``: where a user's own layouts are."""
    for folder in path.resolve().parents:
        if (folder / "home.json").is_file():
            return folder
    named = os.environ.get("BOOMERANG_HOME")
    return Path(named) if named else None


def recognise(path: Path, home_root: Path | None = None, layout_name: str | None = None) -> Layout:
    """The layout of a file: of its first table, if it has several.

    Args:
        path: The file.
        home_root: The home with the user's own layouts; default: the one that the file lies in.
        layout_name: The layout that the user named; only that one may match.

    Raises:
        ContentRefusedError: The file can't be taken, whatever the reason.
        UsageError: A layout file can't be used.
    """
    with scratch_folder(None) as scratch:
        return open_file(path, scratch, home_root, layout_name, MAXIMUM_HEADER_ROW + 10).tables[0].found.layout


class CustomsReader:
    """Reads customs files of any known layout (:class:`boomerang.sources.specification.SourceReader`)."""

    parser_version: int = PARSER_VERSION
    tables: dict[str, pa.Schema] = {"lines": LINES_SCHEMA}  # noqa: RUF012 - the protocol's own declaration

    def inspect(self, path: Path, specification: SourceSpecification, layout: str | None) -> dict[str, int]:
        """Recognise the layout of a file; see :class:`SourceReader`.

        Returns:
            ``tables``: how many tables of a known layout; ``unknown_columns``: columns that the layout doesn't know
            (their names are logged); ``strange_sheets``: sheets that are no such table.
        """
        if path.stat().st_size > specification.maximum_bytes:
            raise ContentRefusedError(
                "too_large",
                f"the file has {path.stat().st_size:,} bytes, more than {specification.maximum_bytes:,}",
                "split it",
            )
        with scratch_folder(None) as scratch:
            contents = open_file(path, scratch, None, layout, MAXIMUM_HEADER_ROW + 10)
        _warn(contents, path.name)
        return {
            "tables": len(contents.tables),
            "unknown_columns": sum(len(table.found.unknown_columns) for table in contents.tables),
            "strange_sheets": len(contents.strange_sheets),
        }

    def parse(self, landed: LandedFile, output: Path) -> list[MemberCount]:
        """Type every row of a landed file; see :class:`SourceReader`."""
        with scratch_folder(output) as scratch, database(scratch) as connection:
            contents = open_file(landed.path, scratch, home_of(landed.path), landed.layout, None)
            _warn(contents, landed.file_name)
            for number, table in enumerate(contents.tables):
                if contents.text is not None:
                    text = to_utf8(contents.text, scratch)
                    start = contents.text.mark if text.path == contents.text.path else 0
                    type_text(connection, f"table_{number}", table, text, start, scratch)
                else:
                    type_sheet(connection, f"table_{number}", table, scratch)
            return _write(connection, contents, landed.sha256, scratch, output)


READER: Final = CustomsReader()


@contextmanager
def scratch_folder(output: Path | None) -> Iterator[Path]:
    """A folder for temporary files, beside what is written or else where the system keeps such."""
    if output is None:
        with TemporaryDirectory(prefix="boomerang-") as folder:
            yield Path(folder)
        return
    scratch = output / ".scratch"
    scratch.mkdir()
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


@contextmanager
def database(scratch: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in memory that spills to the scratch folder."""
    spill = scratch / "spill"
    spill.mkdir()
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": MEMORY_LIMIT,
        "temp_directory": str(spill),
        "preserve_insertion_order": True,  # rowid is then the ordinal of the record
        "autoinstall_known_extensions": False,
    }
    with duckdb.connect(config=settings) as connection:
        connection.execute("load icu")  # built in; time zones need it
        connection.execute("set TimeZone = 'UTC'")
        yield connection


def open_file(
    path: Path, scratch: Path, home_root: Path | None, layout_name: str | None, maximum_rows: int | None
) -> Contents:
    """Find the tables of a file and their layouts.

    Args:
        path: The file.
        scratch: Where the sheets of a workbook are unpacked.
        home_root: The home with the user's own layouts; default: the one that the file lies in.
        layout_name: The layout that the user named; only that one may match.
        maximum_rows: Unpack only so many rows of each sheet.

    Raises:
        ContentRefusedError: The file can't be taken, whatever the reason.
    """
    known = known_layouts(home_root or home_of(path))
    if format_of(path) == "text":
        return _open_text(read_text_file(path), known, layout_name)
    check_workbook(path)
    tables, strange = [], []
    for sheet in read_workbook(path, scratch, maximum_rows):
        place = f"the sheet {sheet.name!r}"
        try:
            found = _lines_only(recognise_table(sheet.head, known, place, layout_name), place)
            if sheet.rows <= found.header_row + 1:
                raise _nothing_below_header(place)
            tables.append(Table(member=sheet.name, found=found, sheet=sheet))
        except ContentRefusedError as error:
            strange.append((sheet, error))
    if not tables:
        raise _most_telling([error for _sheet, error in strange])
    return Contents(tables=tuple(tables), strange_sheets=tuple(strange))


def _open_text(text: TextFile, known: dict[str, Layout], layout_name: str | None) -> Contents:
    refusals = []
    for delimiter in DELIMITERS:
        records = first_records(text.sample, delimiter, MAXIMUM_HEADER_ROW + 10)
        rows = [fields for _end, fields in records]
        try:
            # A line that is longer than the sample is no record of it yet.
            first_line = text.sample.count(delimiter.encode()) + 1
            if (widest := max((len(fields) for fields in rows), default=first_line)) > MAXIMUM_COLUMNS:
                raise ContentRefusedError(
                    "too_many_columns",
                    f"the file has a row of at least {widest:,} columns, more than {MAXIMUM_COLUMNS:,}",
                    "is it a customs table at all?",
                )
            found = _lines_only(recognise_table(rows, known, "the file", layout_name), "the file")
            start = records[found.header_row][0]
            if text.is_whole and not text.sample[start:].strip():
                raise _nothing_below_header("the file")
        except ContentRefusedError as error:
            refusals.append(error)
        else:
            table = Table(member="", found=found, data_start=start, delimiter=delimiter)
            return Contents(tables=(table,), text=text)
    raise _most_telling(refusals)


def _lines_only(found: Recognised, place: str) -> Recognised:
    if found.layout.grain == "aggregates":
        raise ContentRefusedError(
            "aggregates",
            f"{place} has the layout {found.layout.name}: {found.layout.title}. Sums are no declaration lines, and are "
            "not taken yet",
            "ask the vendor for the declaration lines behind it",
        )
    return found


def _nothing_below_header(place: str) -> ContentRefusedError:
    return ContentRefusedError(
        "empty", f"{place} has a header and no record below it", "was the export cut off? Nothing was taken"
    )


def _most_telling(refusals: list[ContentRefusedError]) -> ContentRefusedError:
    """The refusal that came nearest to taking something."""
    order = ("layout_ambiguous", "repeated_column", "missing_column", "aggregates", "empty", "too_many_columns")
    ranked = sorted(refusals, key=lambda error: order.index(error.reason) if error.reason in order else len(order))
    return ranked[0] if ranked else ContentRefusedError("empty", "the workbook has no sheet with cells", "get it again")


def _warn(contents: Contents, file_name: str) -> None:
    for table in contents.tables:
        if names := table.found.unknown_columns:
            _log.warning(
                "%s%s: %d columns that the layout %s doesn't know stay in the landed file: %s",
                file_name,
                f", sheet {table.member!r}" if table.member else "",
                len(names),
                table.found.layout.name,
                ", ".join(repr(name[:60]) for name in names[:50]),
            )
    for sheet, error in contents.strange_sheets:
        _log.warning("%s: sheet %r goes to the quarantine: %s", file_name, sheet.name, error.args[0])


def type_text(
    connection: duckdb.DuckDBPyConnection, name: str, table: Table, text: Utf8File, start: int, scratch: Path
) -> None:
    """Make the table ``name`` of typed rows, in the order of the records; ``rowid + 1`` is the ordinal.

    Args:
        connection: The database.
        name: What to call the table.
        table: The table's layout and where it begins.
        text: The text.
        start: Where the text begins in the file, in bytes (behind a mark).
        scratch: Where a repaired copy is written, if one is needed.

    Raises:
        ContentRefusedError: ``unreadable``: the records could not be told apart with certainty.
    """
    columns = len(table.found.header)
    with text.path.open("rb") as stream:
        head = stream.read(start + table.data_start)
    head_is_plain = all(line.count(b'"') % 2 == 0 for line in head.splitlines())
    if text.survey.is_plain and head_is_plain and not text.has_replacements:
        lines_before = head.count(b"\n")
        rows = _read_csv(text.path, table.delimiter, columns, text.survey.ends or "\n", lines_before, MAXIMUM_CELL)
        statement = typing_statement(table.found, rows, columns, has_short_cells=True)
        if _load(connection, name, statement) == text.survey.lines - lines_before:
            return
        _log.info("the text is not as plain as it looks; its records are told apart one by one")
    mark = uuid4().hex
    token, line_break = f"\ue000{mark}\ue000", f"\ue001{mark}\ue001"
    repaired = scratch / "repaired.csv"
    records = Repair(
        delimiter=table.delimiter,
        fields=columns,
        token=token,
        line_break=line_break,
        has_replacements=text.has_replacements,
    ).write(text.path, start + table.data_start, repaired)
    rows = _read_csv(repaired, table.delimiter, columns, "\n", 0, 2 * MAXIMUM_RECORD + MAXIMUM_CELL)
    loaded = _load(connection, name, typing_statement(table.found, rows, columns, token=token, line_break=line_break))
    if loaded != records:
        raise ContentRefusedError(
            "unreadable",
            f"the file has {records:,} records, but DuckDB reads {max(loaded, 0):,}: which ones is not certain",
            "open it in a spreadsheet and save it as CSV in UTF-8; please report the file, this should not happen",
        )
    repaired.unlink()


def _read_csv(path: Path, delimiter: str, columns: int, line_end: str, lines_before: int, longest: int) -> str:
    """A relation with the rows of a plain text, all columns text; a line longer than ``longest`` is an error."""
    fields = ", ".join(f"'c{place}': 'varchar'" for place in range(columns))
    return (
        f"read_csv({_one_file(path)}, auto_detect = false, header = false, skip = {lines_before}, "
        f"delim = {literal(delimiter)}, quote = '\"', escape = '\"', new_line = '{_LINE_ENDS[line_end]}', "
        f"columns = {{{fields}}}, strict_mode = true, ignore_errors = false, "
        f"max_line_size = {longest}, buffer_size = {32 << 20})"
    )


def _one_file(path: Path) -> str:
    """A path as DuckDB takes it for this file alone, whatever letters are in it."""
    return literal(re.sub(r"([*?\[])", r"[\1]", str(path)))


def _load(connection: duckdb.DuckDBPyConnection, name: str, statement: str) -> int:
    """Run a typing statement into a table; how many rows it has, or -1 if DuckDB met a record that it can't read."""
    connection.execute(f"drop table if exists {name}")
    plan = connection.execute(f"explain (format json) {statement}").fetchall()[0][1]
    operators = set(re.findall(r'"name": "(\w+) *"', plan))
    if not operators <= _OPERATORS_IN_ORDER:
        raise RuntimeError(f"rows would not come in the order of the file: {operators - _OPERATORS_IN_ORDER}")
    try:
        connection.execute(f"create temp table {name} as {statement}")
    except (duckdb.InvalidInputException, duckdb.NotImplementedException):  # the latter: a line longer than a buffer
        return -1
    return _count(connection, name)


def _count(connection: duckdb.DuckDBPyConnection, relation: str) -> int:
    row = connection.execute(f"select count(*) from {relation}").fetchone()  # noqa: S608 - names of this module
    return int(row[0]) if row else 0


def type_sheet(connection: duckdb.DuckDBPyConnection, name: str, table: Table, scratch: Path) -> None:
    """The same for a sheet of a workbook."""
    sheet = table.sheet
    if sheet is None:
        raise ValueError("a table of a workbook has a sheet")
    rows = (
        f"(select * exclude (file_row_number) from read_parquet({_one_file(scratch / sheet.file_name)}, "  # noqa: S608
        f"file_row_number = true) where file_row_number > {table.found.header_row})"
    )
    _load(connection, name, typing_statement(table.found, rows, sheet.columns))


def _write(
    connection: duckdb.DuckDBPyConnection, contents: Contents, sha256: str, scratch: Path, output: Path
) -> list[MemberCount]:
    """Write what was typed, and the ledger's figures."""
    lines, quarantined, counts = [], [], []
    columns = ", ".join(COLUMNS)

    def provenance(member: str, row: str) -> str:
        return f"{literal(sha256)} as _source_sha256, {literal(member)} as _source_member, {row} as _source_row"

    for number, table in enumerate(contents.tables):
        name = f"table_{number}"
        where = provenance(table.member, "rowid + 1")
        lines.append(f"select {where}, {columns} from {name} where reason is null")  # noqa: S608
        quarantined.append(
            f"select {where}, reason, coalesce(detail, '') as detail, content from {name} "  # noqa: S608
            "where reason is not null"
        )
        rows_in = _count(connection, name)
        refused = _count(connection, f"{name} where reason is not null")
        counts.append(
            MemberCount(
                source_member=table.member, rows_in=rows_in, rows_loaded=rows_in - refused, rows_quarantined=refused
            )
        )
    for sheet, error in contents.strange_sheets:
        cells = ", ".join(f"coalesce(c{place}, '')" for place in range(sheet.columns))
        relation = f"read_parquet({_one_file(scratch / sheet.file_name)}, file_row_number = true)"
        content = f"left(concat_ws(' | ', {cells}), {MAXIMUM_CONTENT})"
        is_filled = f"trim(concat_ws('', {cells})) <> ''"
        quarantined.append(
            f"select {provenance(sheet.name, 'file_row_number + 1')}, {literal(error.reason)} as reason, "  # noqa: S608
            f"{literal(str(error.args[0])[:500])} as detail, {content} as content from {relation} where {is_filled}"
        )
        refused = _count(connection, f"{relation} where {is_filled}")
        counts.append(MemberCount(source_member=sheet.name, rows_in=refused, rows_loaded=0, rows_quarantined=refused))
    if not sum(count.rows_in for count in counts):
        raise _nothing_below_header("the file")
    if any(count.rows_loaded for count in counts):
        _copy(connection, lines, output / "lines.parquet")
    if any(count.rows_quarantined for count in counts):
        _copy(connection, quarantined, output / "quarantine.parquet")
    return counts


def _copy(connection: duckdb.DuckDBPyConnection, selects: list[str], path: Path) -> None:
    query = " union all ".join(selects)
    connection.execute(f"copy ({query}) to {literal(str(path))} (format parquet, compression zstd)")
