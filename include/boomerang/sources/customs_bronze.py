"""Typed customs rows as the Parquet files of bronze: every row with its address, each file whole."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from boomerang.layouts.layout import MONEY, QUANTITIES
from boomerang.sources.customs_text import Typed
from boomerang.sources.specification import PROVENANCE, QUARANTINE_SCHEMA

SECONDS_BETWEEN_MESSAGES: Final = 5.0

_DICTIONARY: Final = pa.dictionary(pa.int32(), pa.string())
_CONSTANTS: Final = {"_source_sha256", "_source_member", "layout", "reporter_country_code", "value_basis"}
"""Columns with one value: written as one, not compared row by row."""

_VARIED: Final = {
    *("_source_row", "declaration_number", "description", "row_hash", "detail", "content"),
    *QUANTITIES,
    *MONEY,
}
"""Columns that hardly repeat a value: a dictionary of them costs and saves nothing."""

_SOUGHT: Final = {*(field.name for field in PROVENANCE), "declared_on", "month", "hs_code", "procedure_code", "reason"}
"""Columns that queries choose rows by: their least and greatest value of each group is kept."""

_log = logging.getLogger(__name__)


class BronzeFiles:
    """Writes ``<table>.parquet`` and ``quarantine.parquet``; a table without rows has no file. A context manager.

    Args:
        folder: Where to.
        sha256: Of the landed file.
        schemas: The tables of bronze.
    """

    def __init__(self, folder: Path, sha256: str, schemas: dict[str, pa.Schema]) -> None:
        self._folder = folder
        self._sha256 = sha256
        self._schemas = {**schemas, "quarantine": QUARANTINE_SCHEMA}
        self._writers: dict[str, pq.ParquetWriter] = {}

    def __enter__(self) -> BronzeFiles:
        """The files themselves."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Complete the files."""
        for writer in self._writers.values():
            writer.close()

    def take(self, table: str, member: str, records: Iterable[Typed], name: str = "", size: int = 0) -> tuple[int, int]:
        """Write typed records; a long file tells how far it is.

        Args:
            table: The table of bronze that the loaded ones belong to.
            member: The sheet, or the file in a zip.
            records: Some at a time.
            name: What the file is called in messages.
            size: Its bytes.

        Returns:
            How many were loaded and how many refused.
        """
        loaded = refused = 0
        told = time.monotonic()
        for typed in records:
            loaded += typed.loaded.num_rows
            refused += typed.refused.num_rows
            self.write(table, member, typed.loaded)
            self.write("quarantine", member, typed.refused)
            if time.monotonic() - told >= SECONDS_BETWEEN_MESSAGES:
                told = time.monotonic()
                share = f", {min(typed.bytes_read / size, 1):.0%} of the file read" if size and typed.bytes_read else ""
                _log.info("%s: %s records typed%s", name, f"{loaded + refused:,}", share)
        return loaded, refused

    def write(self, table: str, member: str, rows: pa.Table) -> None:
        """Write rows with their address.

        Args:
            table: The table of bronze, or ``quarantine``.
            member: The sheet, or the file in a zip.
            rows: The ordinals in the first column, the table's own columns behind it.
        """
        if not rows.num_rows:
            return
        schema = self._schemas[table]
        written = pa.schema([field.with_type(_DICTIONARY) if field.name in _CONSTANTS else field for field in schema])
        if table not in self._writers:
            names = set(schema.names)
            self._writers[table] = pq.ParquetWriter(
                self._folder / f"{table}.parquet",
                written,
                compression="zstd",
                compression_level=1,
                use_dictionary=sorted(names - _VARIED),
                write_statistics=sorted(names & _SOUGHT),
                store_decimal_as_integer=True,
                store_schema=False,  # else its readers would see our dictionaries
            )
        zeros = pa.repeat(pa.scalar(0, pa.int32()), rows.num_rows)
        address = [pa.DictionaryArray.from_arrays(zeros, [value]) for value in (self._sha256, member)]
        columns = [rows.column(place).cast(written.field(place + 2).type) for place in range(rows.num_columns)]
        self._writers[table].write_table(pa.Table.from_arrays([*address, *columns], schema=written), 1 << 20)
