"""Suites: one YAML a published mart, read by people in a diff; docs/checks.md gives every key."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from boomerang.errors import UsageError

Severity = Literal["critical", "warning"]

Counting = Literal["values", "rows", "aggregate", "count", "always"]

KINDS: Final[dict[str, Counting]] = {
    "expect_column_max_to_be_between": "aggregate",
    "expect_column_mean_to_be_between": "aggregate",
    "expect_column_median_to_be_between": "aggregate",
    "expect_column_min_to_be_between": "aggregate",
    "expect_column_pair_values_a_to_be_greater_than_b": "values",
    "expect_column_pair_values_to_be_equal": "values",
    "expect_column_stdev_to_be_between": "aggregate",
    "expect_column_sum_to_be_between": "aggregate",
    "expect_column_unique_value_count_to_be_between": "count",
    "expect_column_value_lengths_to_be_between": "values",
    "expect_column_values_to_be_between": "values",
    "expect_column_values_to_be_in_set": "values",
    "expect_column_values_to_be_null": "rows",
    "expect_column_values_to_be_unique": "values",
    "expect_column_values_to_not_be_in_set": "values",
    "expect_column_values_to_not_be_null": "rows",
    "expect_compound_columns_to_be_unique": "values",
    "expect_table_row_count_to_be_between": "always",
    "expect_table_row_count_to_equal": "always",
}
"""The expectations that are proved to run on DuckDB (tests/unit/test_quality_kinds.py), and how one sees that they
looked at anything. For others (patterns do not run there, sets of distinct values hide what they observed) there is
``rows_query``."""


def class_name(kind: str) -> str:
    """``expect_column_max_to_be_between`` -> ``ExpectColumnMaxToBeBetween``."""
    return "".join(word.capitalize() for word in kind.split("_"))


_KIND_OF: Final = {spelling: kind for kind in KINDS for spelling in (kind, class_name(kind))}


class Expectation(BaseModel):
    """One entry of a suite.

    Attributes:
        name: The fact that must hold, as a name, unique in its suite.
        severity: ``critical`` blocks the release; ``warning`` is published and shown.
        because: What a failure means, and what to do, for the reader of the report.
        expect: The kind, by the name or the class that Great Expectations gives it; its arguments under ``with``.
        rows_query: Plain SQL on the tables of the candidate (``marts.<table>``); every row that it returns fails.
        looked_at: With ``rows_query``: SQL for one number, how many rows the query judged. None is a failure.
        expected: With ``rows_query``: what is expected, in words.
        needs: Other marts that must have rows; where one is empty, this is reported as not evaluated.
        also_when_empty: With ``rows_query``: evaluated on a mart without rows too (is it rightly empty?).
        only_in: The profile that the question is asked of.
        may_evaluate_nothing: Why it is no fault that nothing could be evaluated; without it, it is one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    severity: Severity
    because: str = Field(min_length=1)
    expect: str | None = None
    arguments: dict[str, Any] = Field(default={}, alias="with")
    rows_query: str | None = None
    looked_at: str | None = None
    expected: str | None = None
    needs: tuple[str, ...] = ()
    also_when_empty: bool = False
    only_in: str | None = None
    may_evaluate_nothing: str | None = None

    @model_validator(mode="after")
    def _is_one_of_two_shapes(self) -> Expectation:
        if (self.expect is None) == (self.rows_query is None):
            raise ValueError("give either expect (with its arguments under with) or rows_query")
        if self.expect is not None and self.expect not in _KIND_OF:
            raise ValueError(
                f"{self.expect!r} is not an expectation that runs here; see docs/checks.md for those that do"
            )
        if self.expect is not None and (self.looked_at or self.expected or self.also_when_empty):
            raise ValueError("looked_at, expected and also_when_empty belong to a rows_query")
        if self.rows_query is not None and (self.looked_at is None or self.expected is None):
            raise ValueError("a rows_query needs looked_at (SQL for one number) and expected (in words)")
        if self.rows_query is not None and self.arguments:
            raise ValueError("a rows_query takes no arguments under with")
        return self

    @property
    def kind(self) -> str:
        """The expectation as Great Expectations names it."""
        return "unexpected_rows_expectation" if self.expect is None else _KIND_OF[self.expect]

    @cached_property
    def expected_in_words(self) -> str:
        """What is expected: the author's words, or the kind and its arguments."""
        if self.expected is not None:
            return self.expected
        words = self.kind.removeprefix("expect_").replace("_", " ")
        arguments = "; ".join(f"{key} {_plain(value)}" for key, value in self.arguments.items())
        return f"{words}: {arguments}" if arguments else words


class Suite(BaseModel):
    """What must hold of one mart.

    Attributes:
        mart: The table in schema ``marts``, and the name of the file.
        about: What could go wrong with it, in words.
        rows_named_by: The columns that name a failing row to a person: its key, and where it comes from.
        expectations: The entries; a suite without any fails at the gate.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    mart: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    about: str = Field(min_length=1)
    rows_named_by: tuple[str, ...] = Field(min_length=1)
    expectations: tuple[Expectation, ...]


@dataclass(frozen=True)
class SuiteFile:
    """A suite and where its entries stand, for messages.

    Attributes:
        path: The file.
        suite: What it says.
        lines: The line on which each entry begins, from 1.
    """

    path: Path
    suite: Suite
    lines: tuple[int, ...]


def read_suites(folder: Path) -> dict[str, SuiteFile]:
    """Read every suite, by mart.

    Args:
        folder: Where the ``*.yml`` lie.

    Raises:
        UsageError: A file that is no suite; the message names file and line.
    """
    if not folder.is_dir():
        raise UsageError(f"there is no folder of suites at {folder}", "look at BOOMERANG_PROJECT, the checkout")
    return {path.stem: read_suite(path) for path in sorted(folder.glob("*.yml"))}


def read_suite(path: Path) -> SuiteFile:
    """Read one suite.

    Raises:
        UsageError: It can't be read, or says something unknown; the message names file and line.
    """
    try:
        text = path.read_text(encoding="utf-8")
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        facts = yaml.safe_load(text)
    except (yaml.YAMLError, OSError, ValueError) as error:
        raise UsageError(f"{path} can't be read: {error}", "docs/checks.md shows a suite") from error
    if not isinstance(root, yaml.MappingNode):
        raise UsageError(f"{path}:1: a suite is a mapping with mart, about, rows_named_by, expectations")
    _refuse_repeated_keys(path, root)
    try:
        suite = Suite.model_validate(facts)
    except ValidationError as error:
        problems = [
            f"{path}:{_line_of(root, e['loc'])}: {_where(e['loc'])}{_message(e['msg'])}" for e in error.errors()
        ]
        raise UsageError("\n".join(problems), "docs/checks.md gives every key of a suite") from error
    lines = tuple(_line_of(root, ("expectations", number)) for number in range(len(suite.expectations)))
    if suite.mart != path.stem:
        raise UsageError(f"{path}:{_line_of(root, ('mart',))}: the suite of {suite.mart} must lie in {suite.mart}.yml")
    names: set[str] = set()
    for expectation, line in zip(suite.expectations, lines, strict=True):
        if expectation.name in names:
            raise UsageError(f"{path}:{line}: the name {expectation.name} stands twice in this suite")
        names.add(expectation.name)
    return SuiteFile(path, suite, lines)


def _refuse_repeated_keys(path: Path, node: yaml.Node) -> None:
    """YAML lets the later of two equal keys win silently; here that would be a check lost."""
    if isinstance(node, yaml.SequenceNode):
        for child in node.value:
            _refuse_repeated_keys(path, child)
    elif isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, child in node.value:
            if key.value in seen:
                raise UsageError(f"{path}:{key.start_mark.line + 1}: the key {key.value!r} stands twice")
            seen.add(key.value)
            _refuse_repeated_keys(path, child)


def _line_of(node: yaml.Node, location: tuple[int | str, ...]) -> int:
    """The line, from 1, of a place in the file; of what surrounds it where the place itself is missing."""
    line = node.start_mark.line
    for step in location:
        if isinstance(node, yaml.MappingNode):
            entry = next(((key, child) for key, child in node.value if key.value == step), None)
            if entry is None:
                break
            line, node = entry[0].start_mark.line, entry[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line
        else:
            break
    return line + 1


def _where(location: tuple[int | str, ...]) -> str:
    """The key that a message is about; nothing for a whole entry."""
    keys = [str(step) for step in location if isinstance(step, str) and step != "expectations"]
    return f"{'.'.join(keys)}: " if keys else ""


def _message(message: str) -> str:
    return "unknown key" if message.startswith("Extra inputs") else re.sub(r"^Value error, ", "", message)


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_plain(item) for item in value) + "]"
    return str(value)
