"""The sheets of a workbook as tables of text, made by a process of its own.

A small workbook can ask for any amount of memory (one cell in the last column of the last row, one long text in a
million cells), and the library that opens it takes what is asked. So it runs in a child with a limit of memory: what
goes beyond is refused, and the night goes on.
"""

from __future__ import annotations

import contextlib
import json
import re
import resource
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import IO, Any, Final
from xml.etree import ElementTree

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict

from boomerang.errors import ContentRefusedError

MAXIMUM_MEMORY: Final = 6 << 30
MAXIMUM_SECONDS: Final = 1800
MAXIMUM_COLUMNS: Final = 1000
_BATCH: Final = 20_000
_LARGEST_MERGED_RANGE: Final = 1_000_000
_REFUSED: Final = 3


class Sheet(BaseModel):
    """A sheet that holds anything, as a Parquet file of text columns ``c0``, ``c1`` ..., ``merged``, ``formulas``.

    The last two give, where there are any, the places of the row's cells that are merged with others or are formulas:
    what stands in such a cell is not the whole truth (``,3,7,``).

    Attributes:
        name: As the workbook calls it.
        rows: Rows down to the last that holds anything.
        columns: Columns up to the last that holds anything.
        head: The first rows as text, for the search of the header.
        file_name: The Parquet file in the output folder.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    rows: int
    columns: int
    head: list[list[str]]
    file_name: str


def read_workbook(path: Path, folder: Path, maximum_rows: int | None = None) -> list[Sheet]:
    """Read the sheets of a workbook into Parquet files of text.

    Args:
        path: The workbook; it must have been checked (:func:`boomerang.sources.customs_files.check_workbook`).
        folder: Where the Parquet files go.
        maximum_rows: Only so many rows of each sheet (then ``rows`` counts no more than these).

    Raises:
        ContentRefusedError: ``not_a_workbook``, ``too_large``, ``too_many_columns``.
    """
    arguments = [str(path), str(folder), str(maximum_rows or 0), str(MAXIMUM_MEMORY)]
    command = [sys.executable, "-m", "boomerang.sources.customs_workbook", *arguments]
    try:
        child = subprocess.run(  # noqa: S603 - the project's own module, no shell
            command, capture_output=True, check=False, timeout=MAXIMUM_SECONDS, text=True
        )
    except subprocess.TimeoutExpired as error:
        raise ContentRefusedError(
            "too_large", f"the workbook was not read in {MAXIMUM_SECONDS} s", "save the sheet as CSV"
        ) from error
    if child.returncode == _REFUSED:
        refusal = json.loads(child.stdout)
        raise ContentRefusedError(refusal["reason"], refusal["message"], refusal["what_to_do"])
    if child.returncode != 0:
        said = child.stderr.strip().splitlines()[-1:] or [""]
        raise ContentRefusedError(
            "too_large",
            f"the workbook could not be opened within {MAXIMUM_MEMORY >> 30} GB of memory "
            f"(exit status {child.returncode}) {said[0][:300]}",
            "save the sheet as CSV: those have no limit of size",
        )
    return [Sheet(**facts) for facts in json.loads((folder / "sheets.json").read_text(encoding="utf-8"))]


def as_text(cell: Any) -> str | None:
    """A cell as text; a whole number has no decimals (a tax number is not ``6907219009.0``), empty is ``None``."""
    if isinstance(cell, str):
        return cell or None
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 2**53 else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(sep=" ", timespec="seconds")
    if isinstance(cell, date):
        return cell.isoformat()
    return None if cell is None else str(cell)


def _batches(rows: Iterator[list[Any]], maximum_rows: int) -> Iterator[list[list[str | None]]]:
    """Rows as text, without the empty ones at the end; the first of them is that of number 0."""
    batch: list[list[str | None]] = []
    empty = 0
    for number, row in enumerate(rows):
        if maximum_rows and number >= maximum_rows:
            break
        texts = [as_text(cell) for cell in row]
        if all(text is None or not text.strip() for text in texts):
            empty += 1
            continue
        batch.extend([None] * len(texts) for _ in range(empty))
        empty = 0
        batch.append(texts)
        if len(batch) >= _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


_Places = dict[int, set[int]]
"""Row (from 0) to columns (from 0)."""


def _merged(ranges: list[tuple[tuple[int, int], tuple[int, int]]] | None) -> _Places:
    """The cells that are merged with others; a range that is larger than any table counts for nothing."""
    places: _Places = {}
    for (first_row, first_column), (last_row, last_column) in ranges or []:
        if (last_row - first_row + 1) * (last_column - first_column + 1) > _LARGEST_MERGED_RANGE:
            continue
        for row in range(first_row, last_row + 1):
            places.setdefault(row, set()).update(range(first_column, last_column + 1))
    return places


def _formulas(path: str, name: str) -> _Places:
    """The cells of a sheet of an ``.xlsx`` that are formulas; nothing for other formats, which don't tell."""
    if not zipfile.is_zipfile(path):
        return {}
    with zipfile.ZipFile(path) as archive:
        part = _part_of(archive, name)
        if part is None or not _has_formulas(archive, part):
            return {}
        with archive.open(part) as stream:
            return _formula_cells(stream)


def _part_of(archive: zipfile.ZipFile, name: str) -> str | None:
    """The part of a workbook that holds a sheet."""
    names = set(archive.namelist())
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
        return None
    identifier = None
    for element in ElementTree.fromstring(archive.read("xl/workbook.xml")).iter():  # noqa: S314 - memory is limited
        if _local(element.tag) == "sheet" and element.get("name") == name:
            identifier = next((value for key, value in element.items() if _local(key) == "id"), None)
    for element in ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels")).iter():  # noqa: S314
        if identifier is not None and element.get("Id") == identifier:
            target = (element.get("Target") or "").removeprefix("/")
            part = target if target.startswith("xl/") else f"xl/{target}"
            return part if part in names else None
    return None


def _has_formulas(archive: zipfile.ZipFile, part: str) -> bool:
    tail = b""
    with archive.open(part) as stream:
        while piece := stream.read(1 << 20):
            if re.search(rb"<(?:\w+:)?f[\s/>]", tail + piece):
                return True
            tail = piece[-64:]
    return False


def _formula_cells(stream: IO[bytes]) -> _Places:
    places: _Places = {}
    row = column = -1
    for event, element in ElementTree.iterparse(stream, events=("start", "end")):  # noqa: S314 - memory is limited
        tag = _local(element.tag)
        if event == "start":
            if tag == "row":
                row = int(element.get("r") or row + 2) - 1
                column = -1
            elif tag == "c":
                address = re.match(r"[A-Z]+", element.get("r") or "")
                column = _column(address.group()) if address else column + 1
        elif tag == "f":
            places.setdefault(row, set()).add(column)
        elif tag == "row":
            element.clear()
    return places


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - ord("A") + 1
    return number - 1


def _told(places: _Places, row: int) -> str | None:
    found = places.get(row)
    return f",{','.join(str(place) for place in sorted(found))}," if found else None


def _refuse(reason: str, message: str, what_to_do: str) -> None:
    sys.stdout.write(json.dumps({"reason": reason, "message": message, "what_to_do": what_to_do}))
    raise SystemExit(_REFUSED)


def _main(path: str, folder: str, maximum_rows: int, maximum_memory: int) -> None:
    import python_calamine as calamine  # noqa: PLC0415 - only the child opens workbooks

    resource.setrlimit(resource.RLIMIT_AS, (maximum_memory, maximum_memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sheets = []
    try:
        workbook = calamine.CalamineWorkbook.from_path(path)
        for number, name in enumerate(workbook.sheet_names):
            with contextlib.suppress(calamine.WorksheetNotFound):  # a chart has no cells
                sheet = workbook.get_sheet_by_index(number)
                if sheet.end is None:
                    continue
                columns = sheet.end[1] + 1
                if columns > MAXIMUM_COLUMNS:
                    _refuse(
                        "too_many_columns",
                        f"the sheet {name!r} has {columns:,} columns, more than {MAXIMUM_COLUMNS:,}",
                        "is it a customs table at all? Delete what stands to the right of the table",
                    )
                head: list[list[str]] = []
                rows = 0
                file_name = f"sheet{number}.parquet"
                merged, formulas = _merged(sheet.merged_cell_ranges), _formulas(path, name)
                names = [*(f"c{place}" for place in range(columns)), "merged", "formulas"]
                schema = pa.schema([(column, pa.string()) for column in names])
                with pq.ParquetWriter(Path(folder) / file_name, schema, compression="zstd") as writer:
                    for batch in _batches(sheet.iter_rows(), maximum_rows):
                        head.extend([text or "" for text in row] for row in batch[: 60 - len(head)])
                        filled = [
                            row + [None] * (columns - len(row)) + [_told(merged, number), _told(formulas, number)]
                            for number, row in enumerate(batch, start=rows)
                        ]
                        rows += len(batch)
                        writer.write_table(
                            pa.table([pa.array(cells, pa.string()) for cells in zip(*filled, strict=True)], schema)
                        )
                if rows:
                    sheets.append(Sheet(name=name, rows=rows, columns=columns, head=head, file_name=file_name))
    except calamine.PasswordError:
        _refuse("encrypted", "the workbook is locked with a password", "save it without one")
    except (calamine.CalamineError, calamine.ZipError, calamine.XmlError, ElementTree.ParseError) as error:
        _refuse("not_a_workbook", f"the workbook can't be read: {error}", "open it in Excel and save it again")
    except (MemoryError, pa.ArrowMemoryError):
        _refuse(
            "too_large",
            f"the workbook needs more than {maximum_memory >> 30} GB of memory",
            "save the sheet as CSV: those have no limit of size",
        )
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # what the library raises where it trips over damage
            raise
        _refuse("not_a_workbook", f"the workbook is damaged: {error}", "open it in Excel and save it again")
    (Path(folder) / "sheets.json").write_text(
        json.dumps([sheet.model_dump() for sheet in sheets], ensure_ascii=False), encoding="utf-8"
    )


if __name__ == "__main__":
    _main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
