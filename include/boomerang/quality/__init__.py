"""Checks: what must hold of a candidate release before anybody reads it.

dbt tests keys and logic inside the build; the suites in ``expectations/`` look at the finished candidate from
outside: volume, distribution, reconciliation, freshness. Great Expectations is imported inside functions only (it
takes seconds).
"""

from boomerang.quality.gate import MartState, ReleaseContext, run_checks
from boomerang.quality.report import CheckResult, ChecksReport, read_report

__all__ = ["CheckResult", "ChecksReport", "MartState", "ReleaseContext", "read_report", "run_checks"]
