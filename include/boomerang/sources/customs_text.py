"""The rows of a delimited text, typed stripe by stripe.

A stripe is cut out of the text, made UTF-8 and read by DuckDB as one buffer on one thread, from its first byte to its
last: a row's place in the result is its line's place in the stripe, by construction, and quoted line breaks can't
stand at the edge of two buffers, where DuckDB loses its place. Several stripes are typed at the same time. A line
that DuckDB can't read costs that line only; where rows and rejected lines together are not as many as the lines, the
stripe's records are told apart first (:meth:`boomerang.sources.customs_records.Records.separate`).
"""

from __future__ import annotations

import codecs
import contextlib
import ctypes
import os
import re
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from queue import SimpleQueue
from typing import Final

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from boomerang.errors import ContentRefusedError
from boomerang.layouts.recognition import Recognised
from boomerang.sources.customs_files import TextFile
from boomerang.sources.customs_records import (
    MAXIMUM_RECORD,
    Broken,
    Records,
    Separated,
    content_of,
    without,
)
from boomerang.sources.customs_statement import (
    MAXIMUM_CELL,
    columns_of_table,
    constants,
    literal,
    one_file,
    typing_statement,
)

MEMORY_LIMIT_MB: Final = 2048
"""What DuckDB may hold, all connections together; the rest goes to a temporary folder."""

PIECE: Final = 4 << 20
STRIPE: Final = 64 << 20
"""Bytes that are typed at once; also the rows of a group in the Parquet file. Memory grows with it, speed hardly."""

MOST_WORKERS: Final = 4
NOTES: Final = ("reason", "detail", "content")
_SLICES_AT_MOST: Final = 100
_M_MMAP_THRESHOLD: Final = -3

_OPERATORS_IN_ORDER: Final = frozenset({"PROJECTION", "READ_CSV", "READ_PARQUET", "FILTER", "EMPTY_RESULT"})
"""What a plan may do with rows whose number is their ordinal; a join, say, would mix them."""


def give_memory_back() -> None:
    """Have the C library give freed blocks of 1 MB and more back to the system, once and for all.

    By itself glibc keeps blocks of up to 32 MB for later use; those that many threads free in turn leave gaps, and the
    process would grow with the file. Other C libraries have no such setting and need none.
    """
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, 1 << 20)


@dataclass(frozen=True)
class Typed:
    """Some records of a table, in their order.

    Attributes:
        loaded: ``row`` (the ordinal of the record in the table, from 1) and the canonical columns.
        refused: ``row``, ``reason``, ``detail``, ``content``.
        bytes_read: How much of the file was read by then.
    """

    loaded: pa.Table
    refused: pa.Table
    bytes_read: int = 0

    @property
    def records(self) -> int:
        """How many records they are."""
        return int(self.loaded.num_rows + self.refused.num_rows)


@contextmanager
def database(
    scratch: Path, threads: int | None = None, memory_mb: int = MEMORY_LIMIT_MB
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in memory that spills to the scratch folder.

    Args:
        scratch: Where it may spill to.
        threads: On how many threads it works; default: on all cores.
        memory_mb: What it may hold.
    """
    spill = scratch / "spill"
    spill.mkdir(parents=True, exist_ok=True)
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": f"{memory_mb}MB",
        "temp_directory": str(spill),
        "preserve_insertion_order": True,  # a row's place in a result is then the ordinal of its record
        "autoinstall_known_extensions": False,
    }
    if threads is not None:
        settings["threads"] = threads
    with duckdb.connect(config=settings) as connection:
        connection.execute("load icu")  # built in; time zones need it
        connection.execute("set TimeZone = 'UTC'")
        yield connection


def check_order(connection: duckdb.DuckDBPyConnection, statement: str) -> None:
    """Make sure that a query gives its rows in the order of the file.

    Raises:
        RuntimeError: Its plan has an operator that is not known to keep the order.
    """
    plan = connection.execute(f"explain (format json) {statement}").fetchall()[0][1]
    operators = set(re.findall(r'"name": "(\w+) *"', plan))
    if not operators <= _OPERATORS_IN_ORDER:
        raise RuntimeError(f"rows would not come in the order of the file: {operators - _OPERATORS_IN_ORDER}")


def split(rows: pa.Table, ordinals: pa.Array, found: Recognised) -> tuple[pa.Table, pa.Table]:
    """The rows of a typing statement, as :class:`Typed` has them.

    Args:
        rows: What the statement gave.
        ordinals: Of the rows.
        found: The layout and where its columns are.

    Returns:
        Those that are loaded, those that are refused.
    """
    same = constants(found)
    nulls = pa.nulls(rows.num_rows, pa.string())
    zeros = pa.repeat(pa.scalar(0, pa.int32()), rows.num_rows)
    columns = {
        name: rows[name]
        if name not in same
        else nulls
        if same[name] is None
        else pa.DictionaryArray.from_arrays(zeros, [same[name]])
        for name in columns_of_table(found.layout)
    }
    loaded = pa.table({"row": ordinals, **columns})
    refused = pa.table({"row": ordinals, **{name: rows[name] for name in NOTES}})
    reasons = rows["reason"]
    if reasons.null_count == len(reasons):
        return loaded, refused.slice(0, 0)
    places = pc.indices_nonzero(pc.is_valid(reasons)).to_pylist()
    if len(places) > _SLICES_AT_MOST:
        is_loaded = pc.is_null(reasons)
        return loaded.filter(is_loaded), refused.filter(pc.invert(is_loaded))
    return pa.concat_tables(_slices(loaded, places)), refused.take(pa.array(places, pa.int64()))


def _slices(rows: pa.Table, left_out: list[int]) -> list[pa.Table]:
    """Rows without some: parts of the same memory, nothing is copied."""
    bounds = [-1, *left_out, rows.num_rows]
    return [rows.slice(begin + 1, end - begin - 1) for begin, end in pairwise(bounds)]


def typed_text(text: TextFile, found: Recognised, delimiter: str, data_start: int, scratch: Path) -> Iterator[Typed]:
    """Type the records of a delimited text, some at a time.

    Args:
        text: The file and its encoding.
        found: The layout and where its columns are.
        delimiter: What stands between fields.
        data_start: Where the first record begins, in bytes of the text in UTF-8 without a mark.
        scratch: A folder for temporary files.

    Raises:
        ContentRefusedError: ``unreadable``: the records could not be told apart with certainty.
    """
    give_memory_back()
    workers = max(1, min(len(os.sched_getaffinity(0)), MOST_WORKERS))
    records = Records(delimiter, len(found.header))
    typists: SimpleQueue[_Typist] = SimpleQueue()
    begun: deque[tuple[int, Future[Typed]]] = deque()
    first = 0

    def done() -> Typed:
        nonlocal first
        bytes_read, future = begun.popleft()
        result = future.result()
        typed = Typed(_from(result.loaded, first), _from(result.refused, first), bytes_read)
        first += typed.records
        return typed

    with ExitStack() as stack:
        for number in range(workers):
            folder = scratch / f"stripe_{number}"
            connection = stack.enter_context(database(folder, 1, MEMORY_LIMIT_MB // workers))
            typists.put(_Typist(connection, folder / "stripe.csv", found, delimiter, records))
        pool = stack.enter_context(ThreadPoolExecutor(workers))
        stack.callback(pool.shutdown, wait=True, cancel_futures=True)
        for piece, has_lost_letters, bytes_read in stack.enter_context(
            closing(_stripes(text, data_start, records.cut))
        ):
            begun.append((bytes_read, pool.submit(_type, typists, piece, has_lost_letters)))
            if len(begun) > workers:
                yield done()
        while begun:
            yield done()


def _type(typists: SimpleQueue[_Typist], pieces: list[bytes], has_lost_letters: bool) -> Typed:
    typist = typists.get()
    try:
        return typist.type(pieces, has_lost_letters)
    finally:
        typists.put(typist)


def _from(rows: pa.Table, first: int) -> pa.Table:
    return rows.set_column(0, "row", pc.add(rows["row"], pa.scalar(first, pa.int64())))


def _stripes(text: TextFile, data_start: int, cut: Callable[[bytes], int]) -> Generator[tuple[list[bytes], bool, int]]:
    r"""The text below the header in UTF-8, cut between records, every line end ``\n``.

    Yields:
        Whole lines, in pieces; whether letters were lost when they were made UTF-8; how much of the file was read by
        then.
    """
    held: list[bytes] = []
    length = 0
    has_lost_letters = False
    bytes_read = 0
    for piece, lost_some, bytes_read in _utf8_pieces(text, data_start):
        held.append(piece)
        length += len(piece)
        has_lost_letters = has_lost_letters or lost_some
        if length < STRIPE:
            continue
        end = cut(piece)
        if not end:
            held = [b"".join(held)]
            end = cut(held[0])
        rest = held[-1][end:]
        if end:
            yield [*held[:-1], held[-1][:end]], has_lost_letters, bytes_read
        else:  # a line longer than any record can be is not held whole
            rest = rest[: MAXIMUM_RECORD + 1]
        held, length, has_lost_letters = [rest], len(rest), has_lost_letters and not end
    rest = b"".join(held).rstrip(b"\n")
    if rest:
        yield [rest, b"\n"], has_lost_letters, bytes_read


def _utf8_pieces(text: TextFile, data_start: int) -> Iterator[tuple[bytes, bool, int]]:
    r"""The text below the header, line ends made ``\n``; whether letters were lost; how much was read."""
    decoder = None if text.encoding == "utf-8" else codecs.getincrementaldecoder(text.encoding)("replace")
    to_skip = data_start
    ends_with_return = False
    with text.path.open("rb") as stream:
        stream.seek(text.mark)
        is_last = False
        while not is_last:
            piece = stream.read(PIECE)
            is_last = not piece
            lost_some = False
            if decoder is not None:
                letters = decoder.decode(piece, final=is_last)
                lost_some = "\ufffd" in letters
                piece = letters.encode()
            if to_skip:
                to_skip, piece = max(to_skip - len(piece), 0), piece[to_skip:]
            if ends_with_return:
                piece = b"\r" + piece
            ends_with_return = piece.endswith(b"\r") and not is_last
            if b"\r" in piece:
                piece = (piece[:-1] if ends_with_return else piece).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
            yield piece, lost_some, stream.tell()


class _Typist:
    """Types one stripe at a time, on one thread."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        path: Path,
        found: Recognised,
        delimiter: str,
        records: Records,
    ) -> None:
        self._connection = connection
        self._path = path
        self._path.touch()
        self._found = found
        self._delimiter = delimiter
        self._records = records
        self._is_rough = False
        check_order(connection, self._statement([], is_aside=False))

    def type(self, pieces: list[bytes], has_lost_letters: bool) -> Typed:
        """Type the records of a stripe; their ordinals are those in the stripe."""
        if not (self._is_rough or has_lost_letters or any(b"\x00" in piece for piece in pieces)):
            lines = sum(piece.count(b"\n") for piece in pieces)
            typed = self._typed(Separated(plain=pieces, records=lines), is_sure=False, has_lost_letters=False)
            if typed is not None:
                return typed
            # Where one stripe holds records of several lines, others will.
            self._is_rough = True
        text = b"".join(pieces)
        for is_exact in (False, True):
            separated = self._records.separate(text, is_exact=is_exact, may_have_lost_letters=has_lost_letters)
            typed = self._typed(separated, is_sure=is_exact, has_lost_letters=has_lost_letters)
            if typed is not None:
                return typed
        raise ContentRefusedError(
            "unreadable",
            "the records of the file can't be told apart with certainty",
            "open it in a spreadsheet and save it as CSV in UTF-8; please report the file, this should not happen",
        )

    def _typed(self, separated: Separated, *, is_sure: bool, has_lost_letters: bool) -> Typed | None:
        """The typed records, or ``None`` where a plain record is not one line, or may not be.

        Args:
            separated: The stripe.
            is_sure: The plain records are known to be one line each, whatever DuckDB says of them.
            has_lost_letters: See :meth:`boomerang.sources.customs_records.Records.fault`.
        """
        others = separated.others
        rows, rejected = self._read(separated.plain, is_aside=False)
        if rows.num_rows + len(rejected) != separated.records - len(others):
            return None
        aside, broken = list(separated.aside), list(separated.broken)
        for number, line in rejected:
            fault = self._records.fault(line, may_have_lost_letters=has_lost_letters)
            if (fault and fault[0] == "broken_quotes" and not is_sure) or self._records.is_blank(line):
                return None
            record = without(others, number)
            if fault is None and len(line) > MAXIMUM_CELL:
                aside.append((record, line))
            elif fault is None and not is_sure:
                return None
            else:
                reason, detail = fault or ("broken_quotes", "DuckDB can't read it")
                broken.append(Broken(record, reason, detail, content_of(line)))
        not_plain = sorted([record for record, _ in aside] + [one.record for one in broken])
        ordinals = pa.concat_arrays(
            [
                pa.arange(begin + 1, end)
                for begin, end in zip([0, *not_plain], [*not_plain, separated.records + 1], strict=True)
            ]
        )
        loaded, refused = split(rows, ordinals, self._found)
        if aside:
            more, more_refused = split(*self._read_aside(sorted(aside), broken), self._found)
            loaded = pa.concat_tables([loaded, more]).sort_by("row")
            refused = pa.concat_tables([refused, more_refused])
        if broken:
            columns = [[getattr(one, name) for one in broken] for name in ("record", *NOTES)]
            refused = pa.concat_tables([refused, pa.table(columns, schema=refused.schema)]).sort_by("row")
        return Typed(loaded, refused)

    def _read_aside(self, aside: list[tuple[int, bytes]], broken: list[Broken]) -> tuple[pa.Table, pa.Array]:
        """Type records that may have several lines; one that DuckDB does not take for one record is broken."""
        rows, rejected = self._read([record for _, record in aside], is_aside=True)
        if rows.num_rows == len(aside) and not rejected:
            return rows, pa.array([number for number, _ in aside], pa.int64())
        if len(aside) == 1:
            number, record = aside[0]
            broken.append(Broken(number, "broken_quotes", "DuckDB can't read it", content_of(record)))
            return rows.slice(0, 0), pa.array([], pa.int64())
        half = len(aside) // 2
        parts = [self._read_aside(part, broken) for part in (aside[:half], aside[half:])]
        return pa.concat_tables([rows for rows, _ in parts]), pa.concat_arrays([numbers for _, numbers in parts])

    def _read(self, pieces: list[bytes], *, is_aside: bool) -> tuple[pa.Table, list[tuple[int, bytes]]]:
        """Type a text of whole lines; the rows, and each line that was rejected with its number, from 1."""
        # Written over, not anew: the system has the pages at hand.
        with self._path.open("r+b") as stream:
            stream.writelines(pieces)
            stream.truncate()
        rows = self._connection.execute(self._statement(pieces, is_aside=is_aside)).to_arrow_table()
        places = self._connection.execute(
            "select distinct line_byte_position - 1 as place from reject_errors order by place"
        ).fetchall()
        self._connection.execute("drop table reject_errors; drop table reject_scans")
        if not places:
            return rows, []
        rejected, number, seen = [], 1, 0
        text = b"".join(pieces)
        for (place,) in places:
            number += text.count(b"\n", seen, place)
            seen = place
            rejected.append((number, text[place : text.index(b"\n", place) + 1]))
        return rows, rejected

    def _statement(self, pieces: list[bytes], *, is_aside: bool) -> str:
        columns = len(self._found.header)
        fields = ", ".join(f"'c{place}': 'varchar'" for place in range(columns))
        longest = 2 * MAXIMUM_RECORD + MAXIMUM_CELL if is_aside else MAXIMUM_CELL
        rows = (
            f"read_csv({one_file(self._path)}, auto_detect = false, header = false, "
            f"delim = {literal(self._delimiter)}, quote = '\"', escape = '\"', new_line = '\\n', "
            f"columns = {{{fields}}}, strict_mode = true, ignore_errors = true, store_rejects = true, "
            f"rejects_limit = 0, max_line_size = {longest}, buffer_size = {max(sum(map(len, pieces)), longest) + 1})"
        )
        # Cells of one line can't begin or end with a line break, and other blanks than spaces are rare.
        # One byte is sought much faster than two, and hardly a text has this one.
        has_spaces_only = not is_aside and not any(
            b"\t" in piece or (b"\xc2" in piece and (b"\xc2\xa0" in piece or piece.endswith(b"\xc2")))
            for piece in pieces
        )
        return typing_statement(
            self._found, rows, columns, has_short_cells=not is_aside, has_spaces_only=has_spaces_only
        )
