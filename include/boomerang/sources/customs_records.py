"""The records of a delimited text: where each begins and ends, and which are broken.

A text is taken in stripes of whole records, in which every line end is a line feed. In nearly all of them each line
is a record, and DuckDB tells by itself which lines it can't read; only where that is not so are the lines looked at
that may be something else (:meth:`Records.separate`): quotes not closed on their line, NUL bytes, blank lines.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

MAXIMUM_RECORD: Final = 2 << 20
"""Bytes of one record; a longer one is quarantined."""

MAXIMUM_CONTENT: Final = 2000

_SEARCHED_FOR_CUT: Final = 1 << 20
_OTHER_BYTES: Final = bytes(byte for byte in range(256) if byte not in b'\n"')
_ODD_QUOTES: Final = re.compile(rb'(?:\A|(?<=\n))(?:"")*+"\n')
_LOST_LETTER: Final = "\ufffd".encode()
_WINDOWS: Final = (20, 5000)
"""How many lines are looked at for a record of several lines: first few, then as many as may be."""


class Broken(NamedTuple):
    """A record that can't be taken.

    Attributes:
        record: Its ordinal in the stripe, from 1.
        reason: One of ``shifted_columns``, ``broken_quotes``, ``nul_bytes``, ``bad_encoding``, ``record_too_long``.
        detail: What exactly.
        content: Its beginning, as text.
    """

    record: int
    reason: str
    detail: str
    content: str


@dataclass
class Separated:
    """A stripe, its records told apart.

    Attributes:
        plain: Records of one line each, as pieces of a text.
        records: All records, the others included.
        aside: Records that are read apart from the plain ones, with their ordinals: those of several lines.
        broken: Records that can't be taken, in their order.
    """

    plain: list[bytes] = field(default_factory=list)
    records: int = 0
    aside: list[tuple[int, bytes]] = field(default_factory=list)
    broken: list[Broken] = field(default_factory=list)

    @property
    def others(self) -> list[int]:
        """The ordinals of all records that are not among the plain ones, sorted."""
        return sorted([record for record, _ in self.aside] + [one.record for one in self.broken])


class _Grammar:
    """Regular expressions for the records of a text with one delimiter and, where given, a number of fields."""

    def __init__(self, delimiter: str, fields: int | None = None) -> None:
        d = re.escape(delimiter.encode())
        bare = rb'(?! *")[^%b\r\n]*+' % d
        one_line = rb'(?:%b| *"(?:[^"\r\n]++|"")*+" *)' % bare
        any_line = rb'(?:%b| *"(?:[^"]++|"")*+" *)' % bare
        end = rb"(?:\r\n|\n|\r)"
        blanks = rb"[ \t]*+" if delimiter != "\t" else rb" *+"
        self.blank = re.compile(blanks + end)
        self.blanks_below = re.compile(rb"\n(?=%b\n)" % blanks)
        self.line_end = re.compile(end)
        self.field = re.compile(rb"(%b)(?:%b|%b)" % (any_line, d, end))
        self.any_record = re.compile(rb"(?:%b%b)*+%b%b" % (any_line, d, any_line, end))
        if fields is not None:
            # A delimiter too many at the end of a line is common, and harmless.
            self.sound_record = re.compile(rb"(?:%b%b){%d}%b%b?%b" % (one_line, d, fields - 1, one_line, d, end))
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


class Records:
    """Tells the records of a table's text apart.

    Args:
        delimiter: One character.
        fields: How many fields a record has.
    """

    def __init__(self, delimiter: str, fields: int) -> None:
        self._grammar = _Grammar(delimiter, fields)
        self._fields = fields

    def cut(self, text: bytes) -> int:
        """Where to cut a text so that no record is cut: behind the last line that is a sound record by itself."""
        last = end = text.rfind(b"\n") + 1
        while end > max(last - _SEARCHED_FOR_CUT, 0):
            begin = text.rfind(b"\n", 0, end - 1) + 1
            if self._grammar.sound_record.fullmatch(text, begin, end):
                return end
            end = begin
        return last

    def fault(self, line: bytes, *, may_have_lost_letters: bool = False) -> tuple[str, str] | None:
        """What is wrong with a line (its end included) as a record: reason and detail; ``None`` if it is sound."""
        if len(line) > MAXIMUM_RECORD:
            return "record_too_long", f"more than {MAXIMUM_RECORD:,} bytes"
        if self._grammar.sound_record.fullmatch(line):
            return _letters_fault(line, may_have_lost_letters)
        if self._grammar.any_record.fullmatch(line):
            return self._shifted(line)
        return "broken_quotes", "a quoted field that is not closed as it should be"

    def is_blank(self, line: bytes) -> bool:
        """Whether a line is no record at all."""
        return self._grammar.blank.fullmatch(line) is not None

    def separate(self, text: bytes, *, is_exact: bool, may_have_lost_letters: bool = False) -> Separated:
        """Tell the records of a stripe apart.

        Args:
            text: Whole lines.
            is_exact: Look at every line; else only at those that may be something else than one record.
            may_have_lost_letters: U+FFFD stands for bytes that are no letters in the file's encoding.
        """
        found = Separated()
        lines = text.split(b"\n")[:-1]
        runs: list[bytes] = []
        at = 0
        suspects = range(len(lines)) if is_exact else self._suspects(text, may_have_lost_letters)
        for number in suspects:
            if number < at:
                continue
            if number > at:
                runs += lines[at:number]
                found.records += number - at
            at = number + self._take(lines, number, runs, found, may_have_lost_letters)
        runs += lines[at:]
        found.records += len(lines) - at
        found.plain = [b"\n".join(runs), b"\n"] if runs else []
        return found

    def _suspects(self, text: bytes, may_have_lost_letters: bool) -> list[int]:
        """The numbers of the lines (from 0) that may be no record, or a part of one."""
        structure = text.translate(None, _OTHER_BYTES)
        found = set(_line_numbers(structure, (match.start() for match in _ODD_QUOTES.finditer(structure))))
        for needle in (b"\x00", _LOST_LETTER) if may_have_lost_letters else (b"\x00",):
            found.update(_line_numbers(text, _places(text, needle)))
        blanks = (match.end() for match in self._grammar.blanks_below.finditer(text))
        found.update(_line_numbers(text, blanks), {0})
        return sorted(found)

    def _take(
        self, lines: list[bytes], at: int, runs: list[bytes], found: Separated, may_have_lost_letters: bool
    ) -> int:
        """Take the record that begins with a line; returns how many lines it has."""
        line = lines[at] + b"\n"
        if self.is_blank(line):
            return 1
        found.records += 1
        fault = self.fault(line, may_have_lost_letters=may_have_lost_letters)
        if fault is None:
            runs.append(lines[at])
            return 1
        record = line
        if fault[0] == "broken_quotes":
            for size in _WINDOWS:
                window = b"\n".join((*lines[at : at + size], b""))[:MAXIMUM_RECORD]
                if match := self._grammar.sound_record_of_lines.match(window):
                    record, fault = match.group(), _letters_fault(match.group(), may_have_lost_letters)
                    break
            else:
                if match := self._grammar.any_record.match(window):
                    record, fault = match.group(), self._shifted(match.group())
        if fault is None:
            found.aside.append((found.records, record))
        else:
            found.broken.append(Broken(found.records, *fault, content_of(record)))
        return record.count(b"\n")

    def _shifted(self, record: bytes) -> tuple[str, str]:
        count = len(self._grammar.fields_of(record))
        return "shifted_columns", f"{count} fields where the header has {self._fields}"


def without(numbers: list[int], number: int) -> int:
    """The ``number``-th (from 1) of all whole numbers from 1 that are not among some sorted ones."""
    # The answer is number + how many of the sorted ones lie below it; that is monotonous, so bisect finds it.
    return number + bisect_left(range(len(numbers)), True, key=lambda place: numbers[place] - place > number)


def content_of(record: bytes) -> str:
    """The beginning of a broken record as text, whatever is in it."""
    text = record.rstrip(b"\n")[: 4 * MAXIMUM_CONTENT].decode("utf-8", "backslashreplace")
    return text[:MAXIMUM_CONTENT].replace("\x00", "\\x00")


def _letters_fault(text: bytes, may_have_lost_letters: bool) -> tuple[str, str] | None:
    if b"\x00" in text:
        return "nul_bytes", "a NUL byte"
    if may_have_lost_letters and _LOST_LETTER in text:
        return "bad_encoding", "bytes that are no letters in the encoding of the file"
    try:
        text.decode("utf-8")
    except UnicodeDecodeError as error:
        return "bad_encoding", f"byte {error.object[error.start]:#04x} is no UTF-8, the encoding of the file"
    return None


def _places(text: bytes, needle: bytes) -> Iterator[int]:
    place = text.find(needle)
    while place >= 0:
        yield place
        place = text.find(needle, place + 1)


def _line_numbers(text: bytes, places: Iterable[int]) -> Iterator[int]:
    """The numbers of the lines (from 0) that ascending places lie in."""
    number = seen = 0
    for place in places:
        number += text.count(b"\n", seen, place)
        seen = place
        yield number
