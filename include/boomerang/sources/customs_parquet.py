"""Parquet files of customs rows: judged by their footer before a row is read, then handed on as text."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq
import pyarrow.types as kinds

from boomerang.errors import ContentRefusedError
from boomerang.unpacking import is_bomb

MAGIC: Final = b"PAR1"
MAXIMUM_ROWS: Final = 200_000_000
ROWS_PER_BYTE: Final = 20
"""A column of one value takes hardly a byte for a million rows, but the columns of a declaration differ."""
ROWS_MATTER_FROM: Final = 1_000_000


@dataclass(frozen=True)
class ParquetTable:
    """A Parquet file whose columns are flat.

    Attributes:
        path: The file.
        rows: How many it has, by its footer.
        names: Its columns.
        are_numbers: Which of them are numbers (their text has a decimal point, whatever the layout says).
    """

    path: Path
    rows: int
    names: tuple[str, ...]
    are_numbers: tuple[bool, ...]

    def relation(self, decimal_mark: str) -> str:
        """Its rows with text columns ``c0``, ``c1`` ... in their order; numbers are written with ``decimal_mark``."""
        columns = []
        for place, is_number in enumerate(self.are_numbers):
            text = f"cast(#{place + 1} as varchar)"
            marked = f"replace({text}, '.', ',')" if is_number and decimal_mark == "," else text
            columns.append(f"{marked} as c{place}")
        return f"(select {', '.join(columns)} from read_parquet({_one_file(self.path)}))"  # noqa: S608 - a path of ours


def read_footer(path: Path) -> ParquetTable:
    """What a Parquet file says of itself; no row is read.

    Raises:
        ContentRefusedError: ``damaged_parquet``, ``parquet_bomb``, ``too_large``, ``unsupported_columns``,
            ``empty``.
    """
    try:
        with pq.ParquetFile(path) as file:
            metadata, schema = file.metadata, file.schema_arrow
            groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
            unpacked = sum(group.total_byte_size for group in groups)
            rows = metadata.num_rows
            is_consistent = rows == sum(group.num_rows for group in groups)
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        raise ContentRefusedError(
            "damaged_parquet", f"the Parquet file can't be read: {str(error)[:300]}", "get the file again"
        ) from error
    packed = path.stat().st_size
    if not is_consistent or rows < 0:
        raise ContentRefusedError(
            "damaged_parquet", "the footer of the Parquet file contradicts itself", "get the file again"
        )
    if is_bomb(packed, unpacked) or (rows > ROWS_MATTER_FROM and rows > ROWS_PER_BYTE * packed):
        raise ContentRefusedError(
            "parquet_bomb",
            f"{packed:,} bytes would become {rows:,} rows of {unpacked:,} bytes: the file is made to fill memory",
            "do not open it; if it is genuine, save it as CSV",
        )
    if rows > MAXIMUM_ROWS:
        raise ContentRefusedError("too_large", f"the file has {rows:,} rows, more than {MAXIMUM_ROWS:,}", "split it")
    if strange := [f"{field.name} ({field.type})" for field in schema if not _is_flat(field.type)]:
        raise ContentRefusedError(
            "unsupported_columns",
            f"these columns are neither text nor numbers nor days: {', '.join(strange[:20])}",
            "write the file without them, or as text",
        )
    if rows == 0:
        raise ContentRefusedError("empty", "the Parquet file has no rows", "was the export cut off? Nothing was taken")
    return ParquetTable(path, rows, tuple(schema.names), tuple(_is_number(field.type) for field in schema))


def _is_flat(kind: pa.DataType) -> bool:
    if kinds.is_dictionary(kind):
        return _is_flat(kind.value_type)
    return bool(
        kinds.is_string(kind)
        or kinds.is_large_string(kind)
        or kinds.is_string_view(kind)
        or kinds.is_boolean(kind)
        or kinds.is_date(kind)
        or kinds.is_timestamp(kind)
        or kinds.is_null(kind)
        or _is_number(kind)
    )


def _is_number(kind: pa.DataType) -> bool:
    return bool(kinds.is_integer(kind) or kinds.is_floating(kind) or kinds.is_decimal(kind))


def _one_file(path: Path) -> str:
    """A path as DuckDB takes it for this file alone, whatever letters are in it."""
    escaped = "".join(f"[{letter}]" if letter in "*?[" else letter for letter in str(path))
    return "'" + escaped.replace("'", "''") + "'"
