"""Customs files in a zip or in gzip: unpacked into a folder of ours, under caps, one level deep."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from boomerang.errors import ContentRefusedError
from boomerang.unpacking import MAXIMUM_RATIO, RATIO_MATTERS_FROM, is_bomb, open_capped, zip_damage_told

MAXIMUM_MEMBERS: Final = 1000
BEGINNING: Final = 16 << 20
"""What is kept of a text that is only looked at."""

_PIECE: Final = 1 << 20
_WHOLE: Final = (b"PK", b"PAR1", b"\xd0\xcf\x11\xe0")
"""Beginnings of formats that can't be read without their end."""
_ENCRYPTED: Final = 0x1
_UTF8_NAME: Final = 0x800


@dataclass(frozen=True)
class Unpacked:
    """A file out of an archive.

    Attributes:
        name: As the archive calls it; '' for what gzip holds.
        path: Where it was unpacked, under a name of ours with its suffix.
    """

    name: str
    path: Path


def unpack_gzip(path: Path, folder: Path, maximum_bytes: int, *, only_beginning: bool) -> Unpacked:
    """Unpack what gzip holds.

    Args:
        path: The packed file.
        folder: Where to.
        maximum_bytes: The most that may come out.
        only_beginning: Keep only the first 16 MB of a text; all of it is unpacked once all the same.

    Raises:
        ContentRefusedError: ``damaged_gzip``, ``too_large_unpacked``.
    """
    cap = min(maximum_bytes, max(RATIO_MATTERS_FROM, MAXIMUM_RATIO * path.stat().st_size))
    target = folder / f"unpacked{_suffix(path.name.lower().removesuffix('.gz'))}"
    with open_capped(path, cap) as stream:
        _copy(stream, target, only_beginning=only_beginning)
    return Unpacked("", target)


def unpack_zip(path: Path, folder: Path, maximum_bytes: int, *, only_beginning: bool) -> list[Unpacked]:
    """Unpack the members of a zip; folders in it are none.

    Args:
        path: The archive.
        folder: Where to; a member's own path plays no part in it.
        maximum_bytes: The most that may come out, all members together.
        only_beginning: Keep only the first 16 MB of texts; everything is unpacked once all the same.

    Raises:
        ContentRefusedError: ``damaged_archive``, ``zip_bomb``, ``too_large_unpacked``, ``too_many_members``,
            ``encrypted``, ``empty``.
    """
    with (
        zip_damage_told("damaged_archive", "the zip archive is damaged or cut off", "get the file again"),
        zipfile.ZipFile(path) as archive,
    ):
        members = [member for member in archive.infolist() if not member.is_dir()]
        names = [_name(member) for member in members]
        _check(path, members, names, maximum_bytes)
        unpacked = []
        for number, (member, name) in enumerate(zip(members, names, strict=True)):
            target = folder / f"member{number}{_suffix(name)}"
            with archive.open(member) as stream:
                _copy(stream, target, only_beginning=only_beginning)
            unpacked.append(Unpacked(name, target))
        return unpacked


def _check(path: Path, members: list[zipfile.ZipInfo], names: list[str], maximum_bytes: int) -> None:
    """Judge an archive by its directory; a member that is longer than the directory says fails when it is unpacked."""
    if not members:
        raise ContentRefusedError("empty", "the zip archive holds no file", "ask the vendor for it again")
    if len(members) > MAXIMUM_MEMBERS:
        raise ContentRefusedError(
            "too_many_members",
            f"the zip archive holds {len(members):,} files, more than {MAXIMUM_MEMBERS:,}",
            "unpack it and give the files that matter",
        )
    if any(member.flag_bits & _ENCRYPTED for member in members):
        raise ContentRefusedError("encrypted", "the zip archive is locked with a password", "unpack it")
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ContentRefusedError(
            "damaged_archive", f"the zip archive holds two files named {twice[0]!r}", "unpack it and give the files"
        )
    packed, unpacked = path.stat().st_size, sum(member.file_size for member in members)
    if is_bomb(packed, unpacked):
        raise ContentRefusedError(
            "zip_bomb",
            f"{packed:,} bytes would unpack to {unpacked:,}: the archive is made to fill the disk",
            "do not open it; if it is genuine, unpack it and give the files in it",
        )
    if unpacked > maximum_bytes:
        raise ContentRefusedError(
            "too_large_unpacked",
            f"the zip archive unpacks to {unpacked:,} bytes, more than the {maximum_bytes:,} that are allowed",
            "split it, or raise maximum_bytes in the YAML of the source",
        )


def _copy(stream: IO[bytes], target: Path, *, only_beginning: bool) -> None:
    written = 0
    keeps_all = not only_beginning
    with target.open("xb") as output:
        while piece := stream.read(_PIECE):
            if not written:
                keeps_all = keeps_all or piece.startswith(_WHOLE)
            if keeps_all or written < BEGINNING:
                output.write(piece)
                written += len(piece)


def _name(member: zipfile.ZipInfo) -> str:
    """A member's name; one that is not marked as UTF-8 was written in the code page of Russian DOS, if in any."""
    name = member.filename
    if not name.isascii() and not member.flag_bits & _UTF8_NAME:
        name = name.encode("cp437", "replace").decode("cp866", "replace")
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in name)


def _suffix(name: str) -> str:
    found = re.search(r"\.[a-z0-9]{1,8}$", name.lower())
    return found.group() if found else ""
