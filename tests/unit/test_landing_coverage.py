"""Coverage is declared, strictly read, and never guessed."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from boomerang.clock import utc_now
from boomerang.errors import ContentRefusedError, UsageError
from boomerang.landing.coverage import parse_coverage, read_sidecar


def test_a_span_is_read_from_the_command_line() -> None:
    span = parse_coverage("RU:import:2019-01-01:2023-03-31:9013")
    assert (span.reporter_country_code, span.direction) == ("RU", "import")
    assert (span.covered_from, span.covered_to) == (date(2019, 1, 1), date(2023, 3, 31))
    assert (span.hs_prefix, span.declared_by) == ("9013", "command line")
    assert parse_coverage("IN:export:2019-01-01:2023-03-31").hs_prefix == ""


@pytest.mark.parametrize(
    "text",
    [
        "",
        "RU:import:2019-01-01",
        "RU:import:2019-01-01:2023-03-31:90:13",
        "Russia:import:2019-01-01:2023-03-31",
        "ru:import:2019-01-01:2023-03-31",
        "RU:imports:2019-01-01:2023-03-31",
        "RU:import:2019-02-30:2023-03-31",
        "RU:import:2023-03-31:2019-01-01",
        "RU:import:2019-01-01:2023-03-31:tank",
        f"RU:import:2019-01-01:{utc_now().date() + timedelta(days=2)}",
    ],
)
def test_a_span_that_makes_no_sense_is_told(text: str) -> None:
    with pytest.raises(UsageError, match="REPORTER:DIRECTION"):
        parse_coverage(text)


def test_a_sidecar_declares_several_spans() -> None:
    spans = read_sidecar(
        b"coverage:\n"
        b"- {reporter_country_code: RU, direction: import, covered_from: 2019-01-01, covered_to: 2023-03-31}\n"
        b"- reporter_country_code: 'NO'\n  direction: export\n  covered_from: 2022-01-01\n  covered_to: 2022-12-31\n"
        b"  hs_prefix: '0901'\n  declared_by: the vendor's letter of 3 May 2023\n",
        "lines.csv.coverage.yml",
    )
    assert [span.declared_by for span in spans] == ["lines.csv.coverage.yml", "the vendor's letter of 3 May 2023"]
    assert spans[1].hs_prefix == "0901"


SPAN = "{reporter_country_code: RU, direction: import, covered_from: 2019-01-01, covered_to: 2023-03-31"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "the one key 'coverage'"),
        (b"coverage: [", "can't be read"),
        (b"coverage: []", "must be a list of spans"),
        (b"coverage: all", "must be a list of spans"),
        (f"coverage: [{SPAN}}}]\nfile: x".encode(), "the one key 'coverage'"),
        (f"coverage: [{SPAN}, sure: true}}]".encode(), "sure: Extra inputs are not permitted"),
        (f"coverage: [{SPAN}, hs_prefix: 0701}}]".encode(), "hs_prefix: Input should be a valid string"),
        (f"coverage: [{SPAN.replace('RU', 'NO')}}}]".encode(), "reporter_country_code: Input should be a valid string"),
        (f"coverage: [{SPAN.replace('2023', '2013')}}}]".encode(), "ends before it begins"),
        (f"coverage: [{SPAN.replace('2023', '2999')}}}]".encode(), "has not come yet"),
        (b"\xff\xfe", "can't be read"),
        (b"coverage: !!python/object/apply:os.system [true]", "can't be read"),
        (b"#" * 70_000, "65,536 are allowed"),
        (b"[" * 5_000, "can't be read"),
    ],
)
def test_a_sidecar_that_is_not_of_the_form_is_refused(content: bytes, told: str) -> None:
    with pytest.raises(ContentRefusedError, match=told) as caught:
        read_sidecar(content, "lines.csv.coverage.yml")
    assert caught.value.reason == "coverage_unreadable"
    assert "lines.csv.coverage.yml" in str(caught.value)
