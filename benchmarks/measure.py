"""Measuring in a process of its own: seconds, seconds of work on all cores, memory at its highest."""

from __future__ import annotations

import multiprocessing
import os
import resource
import subprocess
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Cost:
    """What something cost.

    Attributes:
        seconds: By the clock on the wall.
        cpu_seconds: Spent by all cores together; hardly moved by what else the machine does.
        peak_mb: Memory of the process at its highest, in MB; of a command, of its largest process.
        result: What the function returned.
    """

    seconds: float
    cpu_seconds: float
    peak_mb: float
    result: Any = None


def in_process(function: Callable[..., Any], *arguments: Any) -> Cost:
    """Call a function of a module in a fresh process and measure it, imports left out.

    Args:
        function: Importable by name.
        arguments: What it is called with; must pickle.
    """
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=1, mp_context=context, initializer=_hush) as pool:
        return pool.submit(_measured, function, arguments).result()


def _hush() -> None:
    """Send what the process prints (progress bars) nowhere: the tables are the output."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _measured(function: Callable[..., Any], arguments: Sequence[Any]) -> Cost:
    began, worked = time.perf_counter(), _cpu_seconds()
    result = function(*arguments)
    return Cost(
        seconds=time.perf_counter() - began,
        cpu_seconds=_cpu_seconds() - worked,
        peak_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        result=result,
    )


def command(arguments: Sequence[str], folder: Path, environment: dict[str, str]) -> Cost:
    """Run a command to its end and measure it with all its processes.

    Raises:
        RuntimeError: It failed; the message is what it said.
    """
    # From a process of its own: the memory of children is known only as the highest of all that ever ended.
    cost: Cost = in_process(_command, arguments, folder, environment).result
    return cost


def _command(arguments: Sequence[str], folder: Path, environment: dict[str, str]) -> Cost:
    began = time.perf_counter()
    done = subprocess.run(  # noqa: S603 - the project's own commands
        arguments, cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        said = f"{done.stdout}\n{done.stderr}"
        raise RuntimeError(f"{' '.join(arguments)} ended with {done.returncode}:\n{said[-20_000:]}")
    return Cost(
        seconds=time.perf_counter() - began,
        cpu_seconds=used.ru_utime + used.ru_stime,
        peak_mb=used.ru_maxrss / 1024,
        result=done.stdout,
    )


def _cpu_seconds() -> float:
    own = resource.getrusage(resource.RUSAGE_SELF)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime
