"""A bundle: the answers of one pull that took several requests, as one file, so that they land whole or not at all.

It is a zip whose members are the answers as received, stored (not packed), in the order of their names and without
times: equal answers give equal bytes.
"""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from boomerang.errors import ContentRefusedError
from boomerang.unpacking import ZIP_MAGIC, zip_damage_told

BUNDLE_SUFFIX: Final = ".zip"
MISSING_SUFFIX: Final = ".missing"
"""The ending of a member without bytes, which keeps that the server had nothing there (404)."""
MAXIMUM_MEMBERS: Final = 100_000
_NO_TIME: Final = (1980, 1, 1, 0, 0, 0)


def write_bundle(parts: Mapping[str, Path | bytes], path: Path) -> None:
    """Write a bundle.

    Args:
        parts: Member name -> the answer as received, or where it lies.
        path: The file to write; it does not exist.
    """
    with zipfile.ZipFile(path, "x", zipfile.ZIP_STORED) as bundle:
        for name in sorted(parts):
            member = zipfile.ZipInfo(name, _NO_TIME)
            member.create_system = 3  # the same on every system
            member.external_attr = 0o444 << 16
            part = parts[name]
            if isinstance(part, bytes):
                bundle.writestr(member, part)
                continue
            member.file_size = part.stat().st_size
            with part.open("rb") as stream, bundle.open(member, "w") as output:
                shutil.copyfileobj(stream, output)


def is_bundle(path: Path) -> bool:
    """Whether a file is a bundle, told by its first bytes."""
    with path.open("rb") as stream:
        return stream.read(len(ZIP_MAGIC)) == ZIP_MAGIC


def read_bundle(path: Path, maximum_bytes: int) -> Iterator[tuple[str, bytes]]:
    """The members of a bundle and what they hold, in the order of their names.

    Args:
        path: The bundle.
        maximum_bytes: The most that all members may hold together.

    Raises:
        ContentRefusedError: It is no bundle as :func:`write_bundle` makes it (``not_a_bundle``), a member's checksum
            does not hold (``damaged_bundle``), or it holds more than is allowed (``too_large_unpacked``).
    """
    with (
        zip_damage_told("damaged_bundle", f"{path.name} can't be read as a bundle", "fetch or copy it again"),
        zipfile.ZipFile(path) as bundle,
    ):
        members = sorted(bundle.infolist(), key=lambda member: member.filename)
        names = [member.filename for member in members]
        is_odd = any(member.compress_type != zipfile.ZIP_STORED or member.flag_bits & 1 for member in members)
        if not members or len(members) > MAXIMUM_MEMBERS or len(set(names)) < len(names) or is_odd:
            raise ContentRefusedError(
                "not_a_bundle",
                f"{path.name} is a zip, but none that a pull wrote (stored members, each name once)",
                "unpack it and ingest the files in it",
            )
        total = sum(member.file_size for member in members)
        if total > maximum_bytes:
            raise ContentRefusedError(
                "too_large_unpacked",
                f"{path.name} holds {total:,} bytes where {maximum_bytes:,} are allowed",
                "if it is right, raise maximum_bytes in the YAML of the source",
            )
        for member in members:
            yield member.filename, bundle.read(member)
