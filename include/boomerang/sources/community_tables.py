"""CSV tables that other collectors made: plain or packed with gzip, UTF-8, a header, one record a line."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final, cast

import pyarrow as pa
import pyarrow.parquet as pq

from boomerang.bundle import is_bundle, read_bundle
from boomerang.errors import ContentRefusedError
from boomerang.sources.specification import QUARANTINE_SCHEMA, LandedFile
from boomerang.unpacking import open_capped

MAXIMUM_CONTENT: Final = 2_000
"""Letters of a quarantined record that are kept with it; the landed file has the rest."""


@contextmanager
def parts_of(path: Path, maximum_bytes: int) -> Iterator[Iterator[tuple[str, IO[bytes]]]]:
    """The parts of a received file: the members of a bundle, or the file itself under the name ``""``.

    Raises:
        ContentRefusedError: It can't be unpacked, or holds more than ``maximum_bytes``.
    """
    if is_bundle(path):
        yield ((name, io.BytesIO(content)) for name, content in read_bundle(path, maximum_bytes))
        return
    with open_capped(path, maximum_bytes) as stream:
        yield iter([("", cast(IO[bytes], stream))])


class CsvTable:
    """A table as it is read: the header first, then each record once.

    Attributes:
        header: The columns' names, as they stand in the file.
    """

    def __init__(self, stream: IO[bytes], name: str) -> None:
        """Read the header.

        Args:
            stream: The bytes.
            name: The file's name, for messages.

        Raises:
            ContentRefusedError: ``not_a_table``: it has no header, is not UTF-8, or is a web page.
        """
        self._name = name
        self._reader = csv.reader(io.TextIOWrapper(stream, "utf-8-sig", newline=""))
        self.header: list[str] = next(self._lines(), [])
        if len(self.header) < 2:
            raise ContentRefusedError(
                "not_a_table",
                f"{name} is no CSV table: its first line is {', '.join(self.header)[:80]!r}",
                "look at the file: it may be a web page, or an answer that says that there is no file",
            )

    def _lines(self) -> Iterator[list[str]]:
        try:
            yield from self._reader
        except (csv.Error, UnicodeDecodeError) as error:
            raise ContentRefusedError(
                "not_a_table",
                f"{self._name} can't be read as CSV at line {self._reader.line_num + 1}: {error}",
                "look at the file; fetch or copy it again",
            ) from error

    def records(self) -> Iterator[list[str]]:
        """Each record, empty lines passed over.

        Raises:
            ContentRefusedError: ``not_a_table``: a quote that is not closed has swallowed the lines behind it.
        """
        for record in self._lines():
            if not record:
                continue
            if any("\n" in field for field in record):
                raise ContentRefusedError(
                    "not_a_table",
                    f"{self._name}: a quote opens a field that goes on over several lines, up to line "
                    f"{self._reader.line_num}: {','.join(record)[:120]!r}",
                    "the file is damaged, or cut off in the middle; fetch or copy it again",
                )
            yield record


def as_text(record: Sequence[str]) -> str:
    """A record as a line of CSV, for the quarantine."""
    output = io.StringIO()
    csv.writer(output, lineterminator="").writerow(record)
    return output.getvalue()[:MAXIMUM_CONTENT]


def write_tables(
    landed: LandedFile, output: Path, schemas: dict[str, pa.Schema], rows: dict[str, list[dict[str, Any]]]
) -> None:
    """Write the rows of each table, and ``quarantine``, with the file's checksum.

    Args:
        landed: The file that they come from.
        output: An empty folder.
        schemas: Of each table.
        rows: Of each table and of ``quarantine``; ``_source_member`` and ``_source_row`` are in them.
    """
    for table, records in rows.items():
        schema = schemas.get(table, QUARANTINE_SCHEMA)
        names = [name for name in schema.names if name != "_source_sha256"]
        columns = {name: [record[name] for record in records] for name in names}
        columns["_source_sha256"] = [landed.sha256] * len(records)
        pq.write_table(pa.table({name: columns[name] for name in schema.names}, schema), output / f"{table}.parquet")
