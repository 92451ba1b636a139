"""What a file covers, as its giver declares: on the command line, or in a small YAML beside the file."""

from __future__ import annotations

from typing import Any, Final

import yaml
from pydantic import ValidationError

from boomerang.clock import utc_now
from boomerang.errors import ContentRefusedError, UsageError
from boomerang.landing.observation import Coverage

SIDECAR_SUFFIX: Final = ".coverage.yml"
SIDECAR_MAXIMUM_BYTES: Final = 64 * 1024

_FORM: Final = "REPORTER:DIRECTION:FROM:TO[:HS], e.g. RU:import:2019-01-01:2023-03-31:9013"


def parse_coverage(text: str, declared_by: str = "command line") -> Coverage:
    """Read one ``--covers``: ``RU:import:2019-01-01:2023-03-31`` or ``...:9013`` for one HS prefix.

    Args:
        text: Country code of the reporter, ``import`` or ``export``, first and last day covered, HS prefix.
        declared_by: Who says so.

    Raises:
        UsageError: It is not of that form, or ends before it begins, or in the future.
    """
    parts = text.split(":")
    if not 4 <= len(parts) <= 5:
        raise UsageError(f"--covers {text!r} is not of the form {_FORM}")
    names = ("reporter_country_code", "direction", "covered_from", "covered_to", "hs_prefix")
    try:
        return _span(dict(zip(names, parts, strict=False)), declared_by)
    except (ValidationError, ValueError) as error:
        raise UsageError(f"--covers {text!r} can't be taken: {_explain(error)}", f"the form is {_FORM}") from error


def read_sidecar(content: bytes, name: str) -> tuple[Coverage, ...]:
    """Read a ``<file>.coverage.yml``: one key ``coverage``, a list of spans (see docs/landing.md).

    Args:
        content: The file's bytes.
        name: Its name, for messages and as ``declared_by`` where a span gives none.

    Raises:
        ContentRefusedError: ``coverage_unreadable``.
    """
    try:
        if len(content) > SIDECAR_MAXIMUM_BYTES:
            raise ValueError(f"it has {len(content):,} bytes, {SIDECAR_MAXIMUM_BYTES:,} are allowed")
        document = yaml.safe_load(content.decode("utf-8"))
        if not isinstance(document, dict) or set(document) != {"coverage"}:
            raise ValueError("it must have the one key 'coverage'")
        spans = document["coverage"]
        if not isinstance(spans, list) or not spans or not all(isinstance(span, dict) for span in spans):
            raise ValueError("'coverage' must be a list of spans")
        return tuple(_span(span, name) for span in spans)
    except (ValidationError, ValueError, TypeError, yaml.YAMLError, RecursionError) as error:
        raise ContentRefusedError(
            "coverage_unreadable",
            f"{name} can't be read: {_explain(error)}",
            "mend it (codes in quotes: 'NO' and '0901' mean something else in YAML without them), "
            "then give the file and it again",
        ) from error


def _span(facts: dict[str, Any], declared_by: str) -> Coverage:
    span = Coverage(**{"declared_by": declared_by, **facts})
    if span.covered_to < span.covered_from:
        raise ValueError(f"{span.covered_from} to {span.covered_to} ends before it begins")
    if span.covered_to > utc_now().date():
        raise ValueError(f"it ends on {span.covered_to}, which has not come yet: no record can cover it")
    return span


def _explain(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return "; ".join(f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}" for item in error.errors())
    return str(error)
