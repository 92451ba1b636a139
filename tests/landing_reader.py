"""The plainest source there can be: lines of text behind the line ``LINES``, ended by ``END``."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa

from boomerang.errors import ContentRefusedError
from boomerang.home import Home
from boomerang.sources.specification import PROVENANCE, LandedFile, MemberCount, SourceSpecification
from boomerang.unpacking import open_capped


class LinesReader:
    def __init__(self) -> None:
        self.parser_version = 1
        self.tables = {"lines": pa.schema([*PROVENANCE, pa.field("text", pa.string())])}

    def inspect(self, path: Path, specification: SourceSpecification, layout: str | None) -> dict[str, int]:
        with open_capped(path, specification.maximum_bytes) as stream:
            lines = stream.read().decode().splitlines()
        if lines == ["BUG"]:
            raise IndexError("list index out of range")
        if not lines or lines[0] != "LINES":
            raise ContentRefusedError("not_lines", f"{path.name} does not begin with LINES", "look at the address")
        if lines[-1] != "END":
            raise ContentRefusedError("truncated", f"{path.name} does not end with END")
        return {"lines": len(lines) - 2}

    def parse(self, landed: LandedFile, output: Path) -> list[MemberCount]:
        raise AssertionError(f"landing looks at a file and never parses it: {landed.file_name} into {output}")


READER = LinesReader()


def lines(count: int, word: str = "tank") -> bytes:
    """A good file of ``count`` lines."""
    return b"LINES\n" + f"{word}\n".encode() * count + b"END\n"


def source(name: str = "plain", **facts: Any) -> SourceSpecification:
    """A source that :class:`LinesReader` reads."""
    return SourceSpecification(
        **{
            "name": name,
            "title": "Lines",
            "publisher": "the tests",
            "address": None,
            "cadence": "daily",
            "fresh_for_hours": 36,
            "licence": "none needed",
            "may_redistribute": True,
            "module": "landing_reader",
            "suffix": ".txt",
            "maximum_bytes": 1_000_000,
            **facts,
        }
    )


def tree(root: Path) -> dict[str, bytes]:
    """Every file below a folder, by its relative path."""
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


@contextmanager
def held_by_another_process(home: Home, lock: str) -> Iterator[None]:
    """Another process holds a lock of the home until the end of the block."""
    code = (
        "import sys; from boomerang.home import Home; home = Home.open(sys.argv[1])\n"
        "with home.lock(sys.argv[2]): print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(home.root), lock]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        yield
        process.communicate(b"")
