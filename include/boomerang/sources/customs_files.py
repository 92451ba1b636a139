"""What a received customs file is: workbook, Parquet, delimited text, packed; in which encoding. Told by its bytes."""

from __future__ import annotations

import codecs
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from boomerang.errors import ContentRefusedError
from boomerang.unpacking import is_bomb, zip_damage_told

Format = Literal["workbook", "parquet", "text", "zip", "gzip"]

SAMPLE: Final = 1 << 20
PIECE: Final = 16 << 20
MAXIMUM_UNPACKED: Final = 2 << 30
"""A workbook's parts together; more than a sheet of a million rows takes."""

_WORKBOOK_SUFFIXES: Final = frozenset({".xlsx", ".xlsm", ".xls"})
_OLE: Final = b"\xd0\xcf\x11\xe0"
"""What old Excel files begin with, and those locked with a password."""
_LOCKED: Final = "EncryptedPackage".encode("utf-16-le")
_HTML: Final = (b"<!doctype", b"<html", b"<head", b"<body", b"<table", b"<?xml", b"<script")
_SAVE: Final = "save it as .xlsx or as CSV"
_OTHER_FORMATS: Final = (
    (b"7z\xbc\xaf", "packed", "7-Zip"),
    (b"Rar!", "packed", "RAR"),
    (b"BZh", "packed", "bzip2"),
    (b"\xfd7zXZ", "packed", "xz"),
    (b"\x28\xb5\x2f\xfd", "packed", "Zstandard"),
    (b"\x89PNG", "not_a_table", "a PNG picture"),
    (b"\xff\xd8\xff", "not_a_table", "a JPEG picture"),
    (b"GIF8", "not_a_table", "a GIF picture"),
    (b"%PDF", "not_a_table", "a PDF"),
    (b"{\\rtf", "not_a_table", "an RTF text"),
    (b"\x7fELF", "not_a_table", "a program"),
    (b"SQLite format 3", "not_a_table", "an SQLite"),
)

_BEGINNINGS: Final[tuple[tuple[bytes, Format], ...]] = ((b"PAR1", "parquet"), (b"PK", "zip"), (b"\x1f\x8b", "gzip"))

Encoding = Literal["utf-8", "utf-16-le", "utf-16-be", "cp1251", "cp866"]
_MARKS: Final[tuple[tuple[bytes, Encoding], ...]] = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def format_of(path: Path) -> Format:
    """What a file is, by its first bytes; a suffix that says otherwise is an error, not a hint.

    Raises:
        ContentRefusedError: ``empty``, ``packed``, ``not_a_workbook``, ``html_instead_of_csv``, ``not_a_table``,
            ``wrong_extension``, ``encrypted``.
    """
    with path.open("rb") as stream:
        head = stream.read(4096)
    is_named_workbook = path.suffix.lower() in _WORKBOOK_SUFFIXES
    marks = [mark for mark, _encoding in _MARKS if head.startswith(mark)]
    letters = head.removeprefix(marks[0] if marks else b"").replace(b"\x00", b"").strip().lower()
    if not letters:
        raise ContentRefusedError("empty", "the file is empty", "ask the vendor for it again, or export it again")
    if letters.startswith(_HTML):
        raise ContentRefusedError(
            "html_instead_of_csv",
            "the file is a page of HTML or XML, not a table: often an error page, or an 'Excel' that is a web page",
            f"look at it in a browser; if the table is in it, {_SAVE}",
        )
    is_named_text = path.suffix.lower() in {".csv", ".txt", ".tsv"}
    if head.startswith(_OLE) or (head.startswith(b"PK") and _is_workbook(path)):
        if head.startswith(_OLE) and _holds(path, _LOCKED):
            raise ContentRefusedError("encrypted", "the workbook is locked with a password", "save it without one")
        if is_named_text:
            raise ContentRefusedError(
                "wrong_extension", f"the file is named {path.suffix}, but is an Excel workbook", "name it .xlsx or .xls"
            )
        return "workbook"
    for magic, kind in _BEGINNINGS:
        if head.startswith(magic):
            if is_named_text or is_named_workbook:
                raise ContentRefusedError(
                    "not_a_workbook" if is_named_workbook else "wrong_extension",
                    f"the file is named {path.suffix}, but is a {kind} file",
                    f"name it as what it is, or {_SAVE}",
                )
            return kind
    for magic, reason, what in _OTHER_FORMATS:
        if head.startswith(magic):
            raise ContentRefusedError(
                "not_a_workbook" if is_named_workbook else reason,
                f"the file is {what} file"
                + (f", not the workbook that {path.suffix} says" if is_named_workbook else ""),
                "unpack it and give the files in it" if reason == "packed" else _SAVE,
            )
    if is_named_workbook:
        raise ContentRefusedError(
            "not_a_workbook",
            f"the file is named {path.suffix}, but is no Excel workbook",
            "give it its right suffix (.csv for delimited text), or export it again",
        )
    return "text"


def _holds(path: Path, what: bytes) -> bool:
    """Whether bytes occur in a file."""
    tail = b""
    with path.open("rb") as stream:
        while piece := stream.read(PIECE):
            if what in tail + piece:
                return True
            tail = piece[-len(what) :]
    return False


def _is_workbook(path: Path) -> bool:
    """Whether a zip is an Excel workbook.

    Raises:
        ContentRefusedError: ``not_a_workbook``: the zip can't be opened.
    """
    damage = "the file begins like a workbook or a zip archive, but is damaged or cut off"
    with zip_damage_told("not_a_workbook", damage, "get it again"), zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
    return "[Content_Types].xml" in names and any(name.startswith("xl/") for name in names)


def check_workbook(path: Path) -> None:
    """Refuse a workbook that is damaged or would unpack to more than memory holds, before anything opens it.

    An old workbook (.xls) is not packed; the memory of the process that opens it is limited all the same.

    The sizes in the directory may lie, so every part is unpacked once, a piece at a time: a part that is longer
    than it says fails its checksum.

    Raises:
        ContentRefusedError: ``zip_bomb``, ``too_large``, ``not_a_workbook``.
    """
    with path.open("rb") as stream:
        if stream.read(len(_OLE)) == _OLE:
            return
    with (
        zip_damage_told("not_a_workbook", "the workbook is damaged or cut off", "get the file again"),
        zipfile.ZipFile(path) as archive,
    ):
        parts = archive.infolist()
        unpacked = sum(part.file_size for part in parts)
        packed = path.stat().st_size
        if is_bomb(packed, unpacked):
            raise ContentRefusedError(
                "zip_bomb",
                f"{packed:,} bytes would unpack to {unpacked:,}: the file is made to fill memory",
                "do not open it; if it is genuine, save the sheet as CSV",
            )
        if unpacked > MAXIMUM_UNPACKED:
            raise ContentRefusedError(
                "too_large",
                f"the workbook unpacks to {unpacked:,} bytes, more than {MAXIMUM_UNPACKED:,}",
                "save the sheet as CSV: those have no limit of size",
            )
        for part in parts:
            with archive.open(part) as stream:
                while stream.read(1 << 20):
                    pass


@dataclass(frozen=True)
class TextFile:
    """A delimited text and how it is encoded.

    Attributes:
        path: The file.
        encoding: Decided from the bytes.
        mark: How many bytes the byte-order mark takes.
        sample: Its beginning, as UTF-8.
        is_whole: The sample is all of it.
    """

    path: Path
    encoding: Encoding
    mark: int
    sample: bytes
    is_whole: bool


def read_text_file(path: Path) -> TextFile:
    """Decide the encoding of a text, and read its beginning.

    Raises:
        ContentRefusedError: ``unknown_encoding``.
    """
    with path.open("rb") as stream:
        head = stream.read(SAMPLE)
        telling = head
        while telling.isascii() and (piece := stream.read(PIECE)):
            # The letters that tell the encodings apart may stand far below the header.
            if not piece.isascii():
                first = next(place for place, byte in enumerate(piece) if byte > 127)
                telling = piece[first : first + SAMPLE]
    is_whole = len(head) < SAMPLE
    marked = [(mark, encoding) for mark, encoding in _MARKS if head.startswith(mark)]
    mark, encoding = marked[0] if marked else (b"", _without_mark(telling))
    sample = _as_utf8(head.removeprefix(mark), encoding)
    if is_whole and not sample.endswith((b"\n", b"\r")):
        sample += b"\n"
    return TextFile(path, encoding, len(mark), sample, is_whole)


def _as_utf8(head: bytes, encoding: Encoding) -> bytes:
    if encoding == "utf-8":
        return head
    return codecs.getincrementaldecoder(encoding)("replace").decode(head).encode()


def _without_mark(sample: bytes) -> Encoding:
    """The encoding of a text without a byte-order mark."""
    pairs = sample[: len(sample) // 2 * 2]
    for encoding, high, low in (("utf-16-le", pairs[1::2], pairs[::2]), ("utf-16-be", pairs[::2], pairs[1::2])):
        # Latin and Cyrillic letters lie in 0000-04FF: every second byte is 0 or 4, and a line end is 0A 00.
        if high and sum(map(high.count, (0, 4))) > 0.9 * len(high) and high.count(0) > 0.02 * len(high) and 10 in low:
            return "utf-16-le" if encoding == "utf-16-le" else "utf-16-be"
    text = codecs.getincrementaldecoder("utf-8")("replace").decode(sample)
    # Two bytes that make a Latin or Cyrillic letter in UTF-8 hardly ever follow each other in the other encodings. A
    # few broken bytes among such letters are damage, and cost their records only.
    letters = sum(1 for letter in text if 0x80 <= ord(letter) < 0x500)
    if letters >= text.count("\ufffd"):
        return "utf-8"
    single_byte: tuple[Encoding, ...] = ("cp1251", "cp866")
    shares = {name: _russian_share(sample.decode(name, "replace")) for name in single_byte}
    best = max(shares, key=lambda name: shares[name])
    if shares[best] < 0.85 or shares[best] - min(shares.values()) < 0.1:
        raise ContentRefusedError(
            "unknown_encoding",
            "the file's letters are not UTF-8 or UTF-16, and neither CP1251 nor CP866 makes Russian of them clearly "
            f"(share of Russian letters: {', '.join(f'{name} {share:.0%}' for name, share in shares.items())})",
            "save the file as UTF-8",
        )
    return best


def _russian_share(text: str) -> float:
    """The share of Russian letters, in likely company, among the letters that are not ASCII."""
    foreign = [letter for letter in text if ord(letter) > 127]
    russian = sum(1 for letter in foreign if "а" <= letter.lower() <= "я" or letter in "Ёё№«»")
    return russian / len(foreign) if foreign else 0.0
