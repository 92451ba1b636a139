"""Writing that leaves everything or nothing: a temporary name, fsync, one rename, fsync of the folder."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from uuid import uuid4

DISK_ERRORS: Final = {
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EFBIG,
    errno.EROFS,
    errno.EACCES,
    errno.EPERM,
    errno.EIO,
}
"""Numbers of errors that are the disk's, and say nothing of what was read or written."""


def fsync_path(path: Path) -> None:
    """Force a file's content, or a folder's entries, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def fsync_tree(folder: Path) -> None:
    """Force everything below ``folder``, and the folder itself, to the disk."""
    for path in sorted(folder.rglob("*")):
        if not path.is_symlink():
            fsync_path(path)
    fsync_path(folder)


def rename_durably(temporary: Path, final: Path) -> None:
    """Put ``temporary`` in place of ``final`` in one step that survives a power cut.

    Both must be on one file system. ``temporary`` must already be flushed (:func:`fsync_path`).
    """
    _make_durably(final.parent)
    temporary.replace(final)
    fsync_path(final.parent)


def _make_durably(folder: Path) -> None:
    """Create a folder and its parents so that they survive a power cut."""
    if not folder.is_dir():
        _make_durably(folder.parent)
        folder.mkdir(exist_ok=True)
        fsync_path(folder.parent)


def write_durably(final: Path, content: bytes) -> None:
    """Write a small file whole or not at all."""
    _make_durably(final.parent)
    temporary = final.with_name(f".{final.name}.{uuid4().hex}.tmp")
    try:
        with temporary.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        rename_durably(temporary, final)
    finally:
        temporary.unlink(missing_ok=True)


def switch_symlink(link: Path, target: Path) -> None:
    """Point ``link`` at ``target`` (as a relative link) in one step: readers see the old or the new, never none."""
    temporary = link.with_name(f".{link.name}.{uuid4().hex}.tmp")
    try:
        temporary.symlink_to(os.path.relpath(target, link.parent))
        temporary.replace(link)
        fsync_path(link.parent)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def temporary_folder(parent: Path) -> Iterator[Path]:
    """A fresh folder below ``parent``, removed at the end whatever happens."""
    folder = parent / uuid4().hex
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
