"""Customs lines in vendors' files: any layout in, typed declaration lines out, nothing lost.

The layout (:mod:`boomerang.layouts`) says what the columns mean; :mod:`boomerang.sources.customs_files` what the bytes
are; :mod:`boomerang.sources.customs_records` where the records end; :mod:`boomerang.sources.customs_statement` is the
SQL that types them, :mod:`boomerang.sources.customs_text` how a long text goes through it, and
:mod:`boomerang.sources.customs_bronze` what is written. DuckDB reads; Python never sees a row.
"""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import duckdb
import pyarrow as pa

from boomerang.durable import DISK_ERRORS
from boomerang.errors import ContentRefusedError
from boomerang.layouts import fingerprint
from boomerang.layouts.layout import MAXIMUM_HEADER_ROW, MONEY, QUANTITIES, Layout, known_layouts
from boomerang.layouts.recognition import Recognised, recognise_table
from boomerang.sources.customs_archive import unpack_gzip, unpack_zip
from boomerang.sources.customs_bronze import BronzeFiles
from boomerang.sources.customs_files import (
    Format,
    TextFile,
    check_workbook,
    format_of,
    read_text_file,
)
from boomerang.sources.customs_parquet import ParquetTable, read_footer
from boomerang.sources.customs_records import MAXIMUM_CONTENT, first_records
from boomerang.sources.customs_statement import (
    AGGREGATE_COLUMNS,
    COLUMNS,
    literal,
    one_file,
    typing_statement,
)
from boomerang.sources.customs_text import Typed, check_order, database, split, typed_text
from boomerang.sources.customs_workbook import MAXIMUM_COLUMNS, Sheet, read_workbook
from boomerang.sources.specification import (
    PROVENANCE,
    LandedFile,
    MemberCount,
    SourceSpecification,
)

PARSER_VERSION: Final = 2
DELIMITERS: Final = (";", ",", "\t")
ROWS_AT_ONCE: Final = 100_000
"""Of a sheet or a Parquet file."""

_SPECIAL_TYPES: Final = {
    "line_number": pa.int32(),
    "declared_on": pa.date32(),
    "month": pa.date32(),
    **{name: pa.decimal128(18, 4) for name in (*QUANTITIES, *MONEY)},
}
LINES_SCHEMA: Final = pa.schema(
    [*PROVENANCE, *(pa.field(name, _SPECIAL_TYPES.get(name, pa.string())) for name in COLUMNS)]
)
"""One row per declaration line as one vendor's file has it; the meaning of each column is in docs/layouts.md."""
AGGREGATES_SCHEMA: Final = pa.schema(
    [*PROVENANCE, *(pa.field(name, _SPECIAL_TYPES.get(name, pa.string())) for name in AGGREGATE_COLUMNS)]
)
"""One row per sum of declaration lines as one vendor's file has it."""
MAXIMUM_UNPACKED: Final = 20 << 30
"""What an archive may unpack to where no source's own limit is at hand."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Table:
    """A table of a file, its layout known.

    Attributes:
        member: The file's name in a zip, the sheet's name, or both (``a.xlsx#Sheet1``); '' for a file of one table.
        found: The layout and where its columns are.
        text: Delimited text: the file and its encoding.
        data_start: Delimited text: where the first record begins, in bytes of its UTF-8 without a mark.
        delimiter: Delimited text: what stands between fields.
        sheet: Workbook: the sheet.
        folder: Workbook: where the sheet was unpacked.
        parquet: Parquet: the file and what its footer says.
    """

    member: str
    found: Recognised
    text: TextFile | None = None
    data_start: int = 0
    delimiter: str = ""
    sheet: Sheet | None = None
    folder: Path = Path()
    parquet: ParquetTable | None = None


@dataclass(frozen=True)
class StrangeMember:
    """A sheet, or a file in a zip, that holds something else.

    Attributes:
        member: As :attr:`Table.member`.
        error: Why it is not taken.
        sheet: The sheet, if it is one: it goes to the quarantine row by row, a file whole.
        folder: Where the sheet was unpacked.
    """

    member: str
    error: ContentRefusedError
    sheet: Sheet | None = None
    folder: Path = Path()


@dataclass(frozen=True)
class Contents:
    """What a file holds.

    Attributes:
        tables: The tables whose layout is known; one at least.
        strange: Sheets and files in a zip that hold something else.
    """

    tables: tuple[Table, ...]
    strange: tuple[StrangeMember, ...] = ()


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
    tables: dict[str, pa.Schema] = {  # noqa: RUF012 - the protocol's own declaration
        "lines": LINES_SCHEMA,
        "aggregates": AGGREGATES_SCHEMA,
    }

    def inspect(self, path: Path, specification: SourceSpecification, layout: str | None) -> dict[str, int]:
        """Recognise the layout of a file; see :class:`SourceReader`.

        Returns:
            ``tables``: how many tables of a known layout; ``unknown_columns``: columns that the layout doesn't know
            (their names are logged); ``strange_members``: sheets and files in a zip that are no such table.
        """
        if path.stat().st_size > specification.maximum_bytes:
            raise ContentRefusedError(
                "too_large",
                f"the file has {path.stat().st_size:,} bytes, more than {specification.maximum_bytes:,}",
                "split it",
            )
        with scratch_folder(None) as scratch:
            contents = open_file(
                path, scratch, None, layout, MAXIMUM_HEADER_ROW + 10, maximum_bytes=specification.maximum_bytes
            )
        _warn(contents, path.name)
        return {
            "tables": len(contents.tables),
            "unknown_columns": sum(len(table.found.unknown_columns) for table in contents.tables),
            "strange_members": len(contents.strange),
        }

    def parse(self, landed: LandedFile, output: Path) -> list[MemberCount]:
        """Type every row of a landed file; see :class:`SourceReader`."""
        with scratch_folder(output) as scratch, BronzeFiles(output, landed.sha256, self.tables) as files:
            contents = open_file(
                landed.path,
                scratch,
                home_of(landed.path),
                landed.layout,
                None,
                maximum_bytes=landed.specification.maximum_bytes,
            )
            _warn(contents, landed.file_name)
            counts = []
            for number, table in enumerate(contents.tables):
                folder = scratch / f"table_{number}"
                name = f"{landed.file_name} {table.member}".rstrip()
                size = table.text.path.stat().st_size if table.text else 0
                layout = table.found.layout
                loaded, refused = files.take(layout.grain, table.member, typed_table(table, folder), name, size)
                shutil.rmtree(folder)
                counts.append(
                    MemberCount(
                        source_member=table.member,
                        rows_in=loaded + refused,
                        rows_loaded=loaded,
                        rows_quarantined=refused,
                        read_with=layout.fingerprint,
                    )
                )
            counts += [_refuse(strange, files, scratch) for strange in contents.strange]
        if not sum(count.rows_in for count in counts):
            raise _nothing_below_header("the file")
        return counts

    def configuration(self, home_root: Path) -> str:
        """A checksum of every layout; see :class:`boomerang.sources.specification.ConfiguredReader`."""
        return fingerprint(home_root)

    def reading(self, landed: LandedFile) -> dict[str, str]:
        """With which layout each member would be read now; see :class:`ConfiguredReader`."""
        with scratch_folder(None) as scratch:
            try:
                contents = open_file(
                    landed.path,
                    scratch,
                    home_of(landed.path),
                    landed.layout,
                    MAXIMUM_HEADER_ROW + 10,
                    maximum_bytes=landed.specification.maximum_bytes,
                )
            except ContentRefusedError:
                return {"": ""}
        return {
            **{table.member: table.found.layout.fingerprint for table in contents.tables},
            **{strange.member: strange.error.reason for strange in contents.strange},
        }


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


def open_file(
    path: Path,
    scratch: Path,
    home_root: Path | None,
    layout_name: str | None,
    maximum_rows: int | None,
    *,
    maximum_bytes: int = MAXIMUM_UNPACKED,
) -> Contents:
    """Find the tables of a file and their layouts.

    Args:
        path: The file.
        scratch: Where archives and the sheets of workbooks are unpacked.
        home_root: The home with the user's own layouts; default: the one that the file lies in.
        layout_name: The layout that the user named; only that one may match.
        maximum_rows: Unpack only so many rows of each sheet, and only the beginning of packed texts.
        maximum_bytes: The most that may come out of an archive.

    Raises:
        ContentRefusedError: The file can't be taken, whatever the reason.
    """
    known = known_layouts(home_root or home_of(path))
    kind = format_of(path)
    if kind not in {"zip", "gzip"}:
        return _open_one(path, kind, "", scratch, known, layout_name, maximum_rows)
    folder = scratch / "unpacked"
    folder.mkdir()
    is_look = maximum_rows is not None
    if kind == "gzip":
        inner = unpack_gzip(path, folder, maximum_bytes, only_beginning=is_look)
        return _open_one(inner.path, _unpacked_format(inner.path), "", folder, known, layout_name, maximum_rows)
    tables: list[Table] = []
    strange: list[StrangeMember] = []
    for number, member in enumerate(unpack_zip(path, folder, maximum_bytes, only_beginning=is_look)):
        place = folder / str(number)
        place.mkdir()
        try:
            found = _open_one(
                member.path, _unpacked_format(member.path), member.name, place, known, layout_name, maximum_rows
            )
        except ContentRefusedError as error:
            strange.append(StrangeMember(member.name, error))
        else:
            tables += found.tables
            strange += found.strange
    if not tables:
        raise _of_members(strange)
    return Contents(tuple(tables), tuple(strange))


def _unpacked_format(path: Path) -> Format:
    kind = format_of(path)
    if kind in {"zip", "gzip"}:
        raise ContentRefusedError(
            "nested_archive", f"it is a {kind} archive within an archive", "unpack it and give the files in it"
        )
    return kind


def _open_one(
    path: Path,
    kind: Format,
    member: str,
    folder: Path,
    known: dict[str, Layout],
    layout_name: str | None,
    maximum_rows: int | None,
) -> Contents:
    """The tables of a file that is not packed."""
    place = f"the file {member!r}" if member else "the file"
    if kind == "text":
        return Contents((_open_text(read_text_file(path), known, layout_name, member, place),))
    if kind == "parquet":
        parquet = read_footer(path)
        if len(parquet.names) > MAXIMUM_COLUMNS:
            raise _too_many_columns(place, len(parquet.names))
        found = recognise_table([parquet.names], known, place, layout_name)
        return Contents((Table(member, found, parquet=parquet),))
    check_workbook(path)
    tables: list[Table] = []
    strange: list[StrangeMember] = []
    for sheet in read_workbook(path, folder, maximum_rows):
        name = f"{member}#{sheet.name}" if member else sheet.name
        place = f"the sheet {name!r}"
        try:
            found = recognise_table(sheet.head, known, place, layout_name)
            if sheet.rows <= found.header_row + 1:
                raise _nothing_below_header(place)
            tables.append(Table(name, found, sheet=sheet, folder=folder))
        except ContentRefusedError as error:
            strange.append(StrangeMember(name, error, sheet, folder))
    if not tables:
        raise _most_telling([one.error for one in strange])
    return Contents(tuple(tables), tuple(strange))


def _open_text(text: TextFile, known: dict[str, Layout], layout_name: str | None, member: str, place: str) -> Table:
    refusals = []
    for delimiter in DELIMITERS:
        records = first_records(text.sample, delimiter, MAXIMUM_HEADER_ROW + 10)
        rows = [fields for _end, fields in records]
        try:
            # A line that is longer than the sample is no record of it yet.
            first_line = text.sample.count(delimiter.encode()) + 1
            if (widest := max((len(fields) for fields in rows), default=first_line)) > MAXIMUM_COLUMNS:
                raise _too_many_columns(place, widest)
            found = recognise_table(rows, known, place, layout_name)
            start = records[found.header_row][0]
            if text.is_whole and not text.sample[start:].strip():
                raise _nothing_below_header(place)
        except ContentRefusedError as error:
            refusals.append(error)
        else:
            return Table(member, found, text=text, data_start=start, delimiter=delimiter)
    raise _most_telling(refusals)


def _too_many_columns(place: str, columns: int) -> ContentRefusedError:
    return ContentRefusedError(
        "too_many_columns",
        f"{place} has a row of at least {columns:,} columns, more than {MAXIMUM_COLUMNS:,}",
        "is it a customs table at all?",
    )


def _of_members(strange: list[StrangeMember]) -> ContentRefusedError:
    """Why nothing of a zip is taken: the member that came nearest, and how many there are."""
    nearest = _most_telling([one.error for one in strange])
    member = next(one.member for one in strange if one.error is nearest)
    others = f" (nor can any of its {len(strange) - 1:,} other members)" if len(strange) > 1 else ""
    return ContentRefusedError(
        nearest.reason, f"{member} in the zip archive can't be taken{others}: {nearest.args[0]}", nearest.what_to_do
    )


def _nothing_below_header(place: str) -> ContentRefusedError:
    return ContentRefusedError(
        "empty", f"{place} has a header and no record below it", "was the export cut off? Nothing was taken"
    )


def _most_telling(refusals: list[ContentRefusedError]) -> ContentRefusedError:
    """The refusal that came nearest to taking something."""
    order = ("layout_ambiguous", "repeated_column", "missing_column", "empty", "too_many_columns")
    ranked = sorted(refusals, key=lambda error: order.index(error.reason) if error.reason in order else len(order))
    return ranked[0] if ranked else ContentRefusedError("empty", "the workbook has no sheet with cells", "get it again")


def _warn(contents: Contents, file_name: str) -> None:
    for table in contents.tables:
        if names := table.found.unknown_columns:
            _log.warning(
                "%s%s: %d columns that the layout %s doesn't know stay in the landed file: %s",
                file_name,
                f", {table.member!r}" if table.member else "",
                len(names),
                table.found.layout.name,
                ", ".join(repr(name[:60]) for name in names[:50]),
            )
    for strange in contents.strange:
        _log.warning("%s: %r goes to the quarantine: %s", file_name, strange.member, strange.error.args[0])


def typed_table(table: Table, scratch: Path) -> Generator[Typed]:
    """Type the records of a table, some at a time, in their order.

    Args:
        table: The table.
        scratch: A folder for temporary files; made if it is missing.

    Raises:
        ContentRefusedError: ``unreadable``, ``damaged_parquet``.
    """
    scratch.mkdir(exist_ok=True)
    if table.text is not None:
        yield from typed_text(table.text, table.found, table.delimiter, table.data_start, scratch)
    elif table.sheet is not None:
        rows = (
            f"(select * exclude (file_row_number) from read_parquet({one_file(table.folder / table.sheet.file_name)}, "  # noqa: S608
            f"file_row_number = true) where file_row_number > {table.found.header_row})"
        )
        yield from _typed(typing_statement(table.found, rows, table.sheet.columns, is_sheet=True), table.found, scratch)
    elif table.parquet is not None:
        mark = "." if "." in table.found.layout.decimal_marks else ","
        statement = typing_statement(table.found, table.parquet.relation(mark), len(table.parquet.names))
        seen = 0
        try:
            for typed in _typed(statement, table.found, scratch):
                seen += typed.records
                yield typed
        except duckdb.OutOfMemoryException:  # the machine's fault, not the file's
            raise
        except (duckdb.Error, pa.ArrowException, OSError) as error:
            if isinstance(error, OSError) and error.errno in DISK_ERRORS:
                raise
            raise _damaged_parquet(str(error).splitlines()[0][:300]) from error
        if seen != table.parquet.rows:
            raise _damaged_parquet(f"{table.parquet.rows:,} rows are promised, {seen:,} can be read")


def _typed(statement: str, found: Recognised, scratch: Path) -> Iterator[Typed]:
    """Run a typing statement, on one thread, which leaves no other order than that of the rows."""
    with database(scratch, threads=1) as connection:
        check_order(connection, statement)
        first = 1
        for batch in connection.execute(statement).to_arrow_reader(ROWS_AT_ONCE):
            yield Typed(*split(pa.Table.from_batches([batch]), pa.arange(first, first + batch.num_rows), found))
            first += batch.num_rows


def _damaged_parquet(what: str) -> ContentRefusedError:
    return ContentRefusedError(
        "damaged_parquet", f"the rows of the Parquet file can't be read: {what}", "get the file again"
    )


def _refuse(strange: StrangeMember, files: BronzeFiles, scratch: Path) -> MemberCount:
    """Put a member that is no table into the quarantine: a sheet row by row, a file as one record, before its first."""
    told = (
        f"{literal(strange.error.reason)} as reason, "
        f"{literal(str(strange.error.args[0]).replace(chr(0), '')[:500])} as detail"
    )
    query = f"select cast(0 as bigint) as row, {told}, '' as content"
    if strange.sheet is not None:
        cells = ", ".join(f"coalesce(c{place}, '')" for place in range(strange.sheet.columns))
        relation = f"read_parquet({one_file(strange.folder / strange.sheet.file_name)}, file_row_number = true)"
        query = (
            f"select file_row_number + 1 as row, {told}, left(concat_ws(' | ', {cells}), {MAXIMUM_CONTENT}) as content "  # noqa: S608
            f"from {relation} where trim(concat_ws('', {cells})) <> ''"
        )
    refused = 0
    with database(scratch, threads=1) as connection:
        for batch in connection.execute(query).to_arrow_reader(ROWS_AT_ONCE):
            files.write("quarantine", strange.member, pa.Table.from_batches([batch]))
            refused += batch.num_rows
    return MemberCount(
        source_member=strange.member,
        rows_in=refused,
        rows_loaded=0,
        rows_quarantined=refused,
        read_with=strange.error.reason,
    )
