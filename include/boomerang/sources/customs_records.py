"""The records of a delimited text: where each begins and ends, and which are broken.

DuckDB reads sound text at full speed, but three things it can't do here: it loses its place where a quoted line
break stands at the edge of two of its buffers (rows appear that are in no file, without an error), it stops at mixed
line ends, and the ordinals of what it rejects count blank lines. So :class:`Survey` looks whether a text is plain
(one record a line) and :func:`repair` makes a plain text of one that isn't, in which a broken record is a row that
says so. A row's number in a plain text is the ordinal of its record, by construction.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

PIECE: Final = 2 << 20
MAXIMUM_RECORD: Final = PIECE
"""Bytes of one record; a longer one is quarantined. At least DuckDB's ``max_line_size`` is twice this."""

MAXIMUM_CONTENT: Final = 2000
SEPARATOR: Final = "\x1f"

_TAIL: Final = 256
_STRUCTURE: Final = b'\x00\r\n"'
_OTHER_BYTES: Final = bytes(byte for byte in range(256) if byte not in _STRUCTURE)
_ODD_QUOTES: Final = re.compile(rb'(?:\A|\n)(?:"")*+"\n')


class Survey:
    r"""What a text is made of, gathered piece by piece (UTF-8 bytes).

    Attributes:
        lines: Lines, without the blank ones at the end.
        ends: The line end that all lines have, ``\n`` or ``\r\n``; ``None`` where they are mixed or lone ``\r``.
        is_plain: One record a line, as far as quotes tell; no NUL bytes, one kind of line end. Blank lines between
            records are not looked for: DuckDB passes over them, and the rows are then fewer than the lines.
    """

    def __init__(self) -> None:
        self._feeds = 0
        self._returns = 0
        self._pairs = 0
        self._has_nul = False
        self._has_odd_quotes = False
        self._open_line = b""
        self._tail = b""

    def add(self, piece: bytes) -> None:
        """Look at the next bytes."""
        if not piece:
            return
        structure = piece.translate(None, _OTHER_BYTES)
        if b"\x00" in structure:
            self._has_nul = True
        returns = structure.count(b"\r")
        if returns or b"\r" in self._tail:
            self._returns += returns
            self._pairs += piece.count(b"\r\n") + (self._tail[-1:] == b"\r" and piece[:1] == b"\n")
            structure = structure.replace(b"\r", b"")
        self._feeds += structure.count(b"\n")
        structure = self._open_line + structure
        cut = structure.rfind(b"\n") + 1
        self._open_line = structure[cut:]
        if not self._has_odd_quotes and _ODD_QUOTES.search(structure, 0, cut):
            self._has_odd_quotes = True
        if len(self._open_line) > PIECE:  # no line of a table holds so many quotes
            self._open_line, self._has_odd_quotes = b"", True
        self._tail = piece[-_TAIL:]

    @property
    def lines(self) -> int:
        """Lines, without the blank ones at the end."""
        blank = self._tail[len(self._tail.rstrip(b"\r\n")) :].count(b"\n") - 1
        return self._feeds - max(blank, 0) + (self._tail[-1:] not in (b"\n", b""))

    @property
    def ends(self) -> str | None:
        """The one line end of all lines, else ``None``."""
        if self._returns == 0:
            return "\n"
        return "\r\n" if self._returns == self._pairs == self._feeds else None

    @property
    def is_plain(self) -> bool:
        """Whether each line can be read as one record."""
        odd = self._has_odd_quotes or self._open_line.count(b'"') % 2 == 1
        return not (odd or self._has_nul or self.ends is None)


def survey(path: Path) -> Survey:
    """Look through a whole file."""
    found = Survey()
    with path.open("rb") as stream:
        while piece := stream.read(PIECE):
            found.add(piece)
    return found


class _Grammar:
    """Regular expressions for the records of a text with one delimiter and, where given, a number of fields."""

    def __init__(self, delimiter: str, fields: int | None = None) -> None:
        d = re.escape(delimiter.encode())
        bare = rb'(?! *")[^%b\r\n]*+' % d
        one_line = rb'(?:%b| *"(?:[^"\r\n]++|"")*+" *)' % bare
        any_line = rb'(?:%b| *"(?:[^"]++|"")*+" *)' % bare
        end = rb"(?:\r\n|\n|\r)"
        self.blank = re.compile(rb"[ \t]*+%b" % end if delimiter != "\t" else rb" *+%b" % end)
        self.line_end = re.compile(end)
        self.field = re.compile(rb"(%b)(?:%b|%b)" % (any_line, d, end))
        self.any_record = re.compile(rb"(?:%b%b)*+%b%b" % (any_line, d, any_line, end))
        if fields is not None:
            # A delimiter too many at the end of a line is common, and harmless.
            one = rb"(?:%b%b){%d}%b%b?%b" % (one_line, d, fields - 1, one_line, d, end)
            self.sound_record = re.compile(one)
            self.sound_records = re.compile(rb"(?:%b)*+" % one)
            self.sound_record_of_lines = re.compile(
                rb"(?:%b%b){%d}%b%b?%b" % (any_line, d, fields - 1, any_line, d, end)
            )

    def fields_of(self, record: bytes) -> list[bytes]:
        """The fields of a whole record, as they stand."""
        return [match.group(1) for match in self.field.finditer(record)]


def first_records(sample: bytes, delimiter: str, maximum: int) -> list[tuple[int, list[str]]]:
    """The first records of a text, blank lines included: where each ends (in bytes) and its fields, unquoted.

    Args:
        sample: The beginning of a text in UTF-8; a record that is cut off at its end is left out.
        delimiter: One character.
        maximum: How many records at most.
    """
    grammar = _Grammar(delimiter)
    found: list[tuple[int, list[str]]] = []
    position = 0
    while position < len(sample) and len(found) < maximum:
        match = grammar.any_record.match(sample, position)
        if match is None:
            end = grammar.line_end.search(sample, position)
            if end is None:
                break
            fields = sample[position : end.start()].split(delimiter.encode())
            position = end.end()
        else:
            fields = grammar.fields_of(match.group())
            position = match.end()
        found.append((position, [_unquoted(field) for field in fields]))
    return found


def _unquoted(field: bytes) -> str:
    text = field.decode("utf-8", "replace").removeprefix("\ufeff")
    bare = text.strip(" ")
    if len(bare) > 1 and bare[0] == bare[-1] == '"':
        return bare[1:-1].replace('""', '"')
    return text


def _read(stream: BinaryIO) -> bytes:
    """The next bytes; a line end of two bytes is never cut."""
    piece = stream.read(PIECE)
    return piece + stream.read(1) if piece.endswith(b"\r") else piece


class Repair:
    r"""Makes a plain text of any: one record a line, ``\n`` at its end, each broken record a row that says so.

    Args:
        delimiter: One character.
        fields: How many fields a record has.
        token: Stands at the start of a row that replaces a broken record; must not occur in the text.
        line_break: Stands for a line break inside quotes; must not occur in the text.
        has_replacements: Letters were lost when the text was made UTF-8 (U+FFFD stands for them).
    """

    def __init__(
        self, *, delimiter: str, fields: int, token: str, line_break: str, has_replacements: bool = False
    ) -> None:
        self._grammar = _Grammar(delimiter, fields)
        self._delimiter = delimiter.encode()
        self._fields = fields
        self._token = token
        self._line_break = line_break.encode()
        self._has_replacements = has_replacements

    def write(self, source: Path, start: int, target: Path) -> int:
        """Write the plain text.

        Args:
            source: The text in UTF-8.
            start: Where the first record begins, in bytes.
            target: Where to write.

        Returns:
            How many records there are, the broken ones included.
        """
        records = 0
        with source.open("rb") as stream, target.open("wb") as output:
            stream.seek(start)
            for plain in self._pieces(stream):
                records += plain.count(b"\n")
                output.write(plain)
        return records

    def _pieces(self, stream: BinaryIO) -> Iterator[bytes]:
        grammar = self._grammar
        buffer, position, is_last = b"", 0, False
        while True:
            if not is_last and len(buffer) - position < MAXIMUM_RECORD:
                piece = _read(stream)
                buffer, position, is_last = buffer[position:] + piece, 0, len(piece) < PIECE
                if is_last and buffer and not buffer.endswith((b"\n", b"\r")):
                    buffer += b"\n"
            if position >= len(buffer):
                return
            run = grammar.sound_records.match(buffer, position)
            if run is not None and run.end() > position:
                yield self._sound(run.group())
                position = run.end()
                continue
            if not is_last and len(buffer) - position < MAXIMUM_RECORD:
                continue
            if match := grammar.blank.match(buffer, position):
                position = match.end()
            elif match := grammar.sound_record_of_lines.match(buffer, position):
                yield self._sound_of_lines(match.group())
                position = match.end()
            elif match := grammar.any_record.match(buffer, position):
                count = len(grammar.fields_of(match.group()))
                yield self._broken(
                    match.group(), "shifted_columns", f"{count} fields where the header has {self._fields}"
                )
                position = match.end()
            elif match := grammar.line_end.search(buffer, position):
                yield self._broken(
                    buffer[position : match.end()], "broken_quotes", "a quoted field that is not closed as it should be"
                )
                position = match.end()
            else:
                # A line longer than any record can be: the rest of it is passed over.
                head, length, end = buffer[position : position + 4 * MAXIMUM_CONTENT], len(buffer) - position, None
                while end is None and (buffer := _read(stream)):
                    end = grammar.line_end.search(buffer)
                    length += end.start() if end else len(buffer)
                position = end.end() if end else 0
                yield self._broken(head, "record_too_long", f"{length} bytes where a record may have {MAXIMUM_RECORD}")

    def _sound(self, run: bytes) -> bytes:
        """Records of one line each, all with the right number of fields."""
        fault = self._fault(run)
        if fault is None:
            return run.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        plain = []
        for match in self._grammar.sound_record.finditer(run):
            record = match.group()
            fault = self._fault(record)
            plain.append(record.rstrip(b"\r\n") + b"\n" if fault is None else self._broken(record, *fault))
        return b"".join(plain)

    def _sound_of_lines(self, record: bytes) -> bytes:
        """One record with line breaks inside quotes."""
        if len(record) > MAXIMUM_RECORD:
            return self._broken(
                record, "record_too_long", f"{len(record)} bytes where a record may have {MAXIMUM_RECORD}"
            )
        if fault := self._fault(record):
            return self._broken(record, *fault)
        end = re.search(rb"(?:\r\n|\n|\r)\Z", record)
        body = record[: end.start()] if end else record
        return re.sub(rb"\r\n|\n|\r", self._line_break.replace(b"\\", rb"\\"), body) + b"\n"

    def _fault(self, text: bytes) -> tuple[str, str] | None:
        if b"\x00" in text:
            return "nul_bytes", "a NUL byte"
        if self._has_replacements and "\ufffd".encode() in text:
            return "bad_encoding", "bytes that are no letters in the encoding of the file"
        try:
            text.decode("utf-8")
        except UnicodeDecodeError as error:
            return "bad_encoding", f"byte {error.object[error.start]:#04x} is no UTF-8, the encoding of the file"
        return None

    def _broken(self, record: bytes, reason: str, detail: str) -> bytes:
        """The row that stands for a broken record."""
        content = record.rstrip(b"\r\n")[: 4 * MAXIMUM_CONTENT].decode("utf-8", "backslashreplace")
        content = content[:MAXIMUM_CONTENT].replace("\x00", "\\x00").replace(SEPARATOR, "\\x1f")
        content = re.sub(r"\r\n|\n|\r", self._line_break.decode(), content)
        text = self._token + SEPARATOR.join((reason, detail, content))
        return b'"%b"%b\n' % (text.replace('"', '""').encode(), self._delimiter * (self._fields - 1))
