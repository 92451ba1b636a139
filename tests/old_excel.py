"""A small old Excel workbook (.xls, BIFF8 in a compound file), written byte by byte: no library at hand writes one."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

_SECTOR = 512
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def write_xls(path: Path, rows: Sequence[Sequence[str | float]], name: str = "Sheet1") -> Path:
    """Write one sheet of texts and numbers."""
    sheet = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 2000, 0, 0x0600))
    for number, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            if isinstance(cell, str):
                text = cell.encode("utf-16-le")
                sheet += _record(0x0204, struct.pack("<HHHHB", number, column, 0, len(text) // 2, 1) + text)
            else:
                sheet += _record(0x0203, struct.pack("<HHHd", number, column, 0, cell))
    sheet += _record(0x000A, b"")
    title = name.encode("utf-16-le")
    start = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 2000, 0, 0x0600))
    start += _record(0x0042, struct.pack("<H", 1200))
    length = len(start) + 4 + 8 + len(title) + 4
    start += _record(0x0085, struct.pack("<IBBBB", length, 0, 0, len(title) // 2, 1) + title)
    path.write_bytes(_compound(start + _record(0x000A, b"") + sheet))
    return path


def _record(kind: int, content: bytes) -> bytes:
    return struct.pack("<HH", kind, len(content)) + content


def _compound(stream: bytes) -> bytes:
    """A compound file with the one stream ``Workbook``; shorter ones than 4,096 bytes would lie elsewhere in it."""
    stream += _record(0x4444, bytes(max(0, 4096 - len(stream))))
    size = len(stream)
    stream += bytes(-size % _SECTOR)
    sectors = len(stream) // _SECTOR
    chain = [_FAT, _END, *range(3, 2 + sectors), _END]
    fats = -(-len(chain) // 128)
    if fats > 1:
        raise ValueError("the sheet is too large for this writer")
    chain += [_FREE] * (128 - len(chain))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH6xIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, _END, 0, _END, 0)
    header += struct.pack("<109I", 0, *[_FREE] * 108)
    entries = _entry("Root Entry", 5, 1, _END, 0) + _entry("Workbook", 2, _FREE, 2, size) + bytes(256)
    return header + struct.pack("<128I", *chain) + entries + stream


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    text = name.encode("utf-16-le")
    return (
        text.ljust(64, b"\x00")
        + struct.pack("<HBBIII", len(text) + 2, kind, 1, _FREE, _FREE, child)
        + bytes(36)
        + struct.pack("<IQ", start, size)
    )
