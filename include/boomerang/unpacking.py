"""Opening received files that may be packed with gzip, with a cap on what comes out."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final, cast

from boomerang.durable import DISK_ERRORS
from boomerang.errors import ContentRefusedError

GZIP_MAGIC: Final = b"\x1f\x8b"
ZIP_MAGIC: Final = b"PK"

MAXIMUM_RATIO: Final = 250
"""Tables of repetitive rows reach about 50; deflate's limit, which bombs use, is 1,032."""
RATIO_MATTERS_FROM: Final = 16 << 20
"""Bytes unpacked; less does no harm."""


class _CappedReader(io.RawIOBase):
    """Hands on a stream's bytes until there are more of them than allowed."""

    def __init__(self, inner: IO[bytes], path: Path, maximum_bytes: int) -> None:
        self._inner = inner
        self._path = path
        self._maximum_bytes = maximum_bytes
        self._bytes = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            piece = self._inner.read(len(buffer))
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise ContentRefusedError(
                "damaged_gzip",
                f"{self._path.name} can't be unpacked after {self._bytes:,} bytes: {error}",
                "fetch or copy it again; `gzip --test FILE` tells whether a copy is whole",
            ) from error
        self._bytes += len(piece)
        if self._bytes > self._maximum_bytes:
            raise ContentRefusedError(
                "too_large_unpacked",
                f"{self._path.name} unpacks to more than the {self._maximum_bytes:,} bytes that are allowed",
                "if it is right, raise maximum_bytes in the YAML of the source",
            )
        buffer[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        self._inner.close()
        super().close()


def is_bomb(packed: int, unpacked: int) -> bool:
    """Whether something is made to fill memory or disk, by its sizes in bytes."""
    return unpacked > RATIO_MATTERS_FROM and unpacked > MAXIMUM_RATIO * packed


@contextmanager
def zip_damage_told(reason: str, message: str, what_to_do: str) -> Iterator[None]:
    """Refuse a zip that Python can't read; a full or failing disk is no fault of the zip and goes on as it is.

    ``zipfile`` says so in many ways: NotImplementedError is a packing that it does not know, RuntimeError a password,
    ValueError and OSError are places that lie outside the file.

    Args:
        reason: Of the refusal.
        message: What is wrong; what Python says is put behind it.
        what_to_do: For the person who gave the file.

    Raises:
        ContentRefusedError: The block met such a zip.
    """
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError) as error:
        if isinstance(error, OSError) and error.errno in DISK_ERRORS:
            raise
        raise ContentRefusedError(reason, f"{message}: {error}", what_to_do) from error


def open_capped(path: Path, maximum_bytes: int) -> io.BufferedReader:
    """Open a received file for reading, unpacked if it is packed with gzip (told by its first bytes).

    Args:
        path: The file as received.
        maximum_bytes: The most that may be read from it, unpacked.

    Returns:
        A binary stream. Reading beyond the cap, or a damaged or truncated gzip file, raises
        ``ContentRefusedError`` (reasons ``too_large_unpacked``, ``damaged_gzip``) from its ``read``.
    """
    with path.open("rb") as stream:
        is_packed = stream.read(len(GZIP_MAGIC)) == GZIP_MAGIC
    opener = gzip.open if is_packed else Path.open
    inner = cast(IO[bytes], opener(path, "rb"))
    return io.BufferedReader(_CappedReader(inner, path, maximum_bytes), buffer_size=1 << 20)


def read_capped(path: Path, maximum_bytes: int) -> tuple[str, bytes]:
    """Read a small received file whole: as it is, packed with gzip, or alone in a zip.

    Args:
        path: The file as received.
        maximum_bytes: The most that may come out of it.

    Returns:
        The name in the zip (empty where it came in none), and the bytes.

    Raises:
        ContentRefusedError: ``too_large_unpacked``, ``damaged_gzip``, ``damaged_zip``; ``not_one_member``: the zip
            holds no file, or several.
    """
    with path.open("rb") as stream:
        is_zip = stream.read(len(ZIP_MAGIC)) == ZIP_MAGIC
    if not is_zip:
        with open_capped(path, maximum_bytes) as stream:
            return "", stream.read()
    with (
        zip_damage_told("damaged_zip", f"{path.name} can't be unpacked", "fetch or copy it again"),
        zipfile.ZipFile(path) as archive,
    ):
        members = [member for member in archive.infolist() if not member.is_dir()]
        if len(members) != 1:
            raise ContentRefusedError(
                "not_one_member",
                f"{path.name} holds {len(members)} files where one was expected",
                "unpack it and give the file that is meant",
            )
        with archive.open(members[0]) as inner:
            content = inner.read(maximum_bytes + 1)
    if len(content) > maximum_bytes:
        raise ContentRefusedError(
            "too_large_unpacked",
            f"{path.name} unpacks to more than the {maximum_bytes:,} bytes that are allowed",
            "if it is right, raise maximum_bytes in the YAML of the source",
        )
    return members[0].filename, content
