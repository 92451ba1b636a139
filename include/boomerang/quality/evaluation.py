"""Evaluating expectations on a candidate's database with Great Expectations."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final

from boomerang.errors import UsageError
from boomerang.quality.report import CheckResult
from boomerang.quality.suites import KINDS, Expectation, SuiteFile, class_name

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Connection

SCHEMA: Final = "marts"

SHOWN_ROWS: Final = 5
"""How many failing rows a result carries: enough to see what is wrong, few enough to print."""

MOST_ROWS: Final = 1000
"""How many failing rows of a query Great Expectations may hold in memory; the exact number is counted in SQL."""


class Evaluator:
    """Great Expectations on one database, read-only; use it as a context.

    Queries may ask for ``getvariable('profile')`` (text) and ``getvariable('built_at')`` (a UTC time stamp).

    Args:
        database: The candidate's database; no writer may hold it.
        profile: The home's profile.
        built_at: The moment against which freshness is judged, aware.
    """

    def __init__(self, database: Path, *, profile: str, built_at: datetime) -> None:
        os.environ["GX_ANALYTICS_ENABLED"] = "false"
        import great_expectations  # noqa: PLC0415 - takes seconds; the command line imports this module
        import sqlalchemy  # noqa: PLC0415

        from boomerang.quality import dialect  # noqa: PLC0415

        dialect.register()
        self.version: str = great_expectations.__version__
        self._gx = great_expectations
        self._sql = sqlalchemy
        context = great_expectations.get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False}
        self._source = context.data_sources.add_sql(
            "candidate",
            connection_string=f"{dialect.DRIVER}:///{database.resolve()}",
            create_temp_table=False,
            kwargs={
                "connect_args": {
                    "read_only": True,
                    # A suite judges this database and nothing else; without a network an automatic install hangs.
                    "config": {
                        "enable_external_access": "false",
                        "autoinstall_known_extensions": "false",
                        "autoload_known_extensions": "false",
                    },
                    "variables": {"profile": profile, "built_at": built_at},
                }
            },
        )
        self._engine = self._source.get_engine()

    def __enter__(self) -> Evaluator:
        """Open for use."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go of the database."""
        self._source.get_execution_engine().close()  # Great Expectations opens connections of its own
        self._engine.dispose()

    def count(self, mart: str) -> int | None:
        """How many rows a table has; ``None`` where there is no such table."""
        if not self._sql.inspect(self._engine).has_table(mart, schema=SCHEMA):
            return None
        table = self._sql.table(mart, schema=SCHEMA)
        with self._engine.connect() as connection:
            return int(connection.execute(self._sql.select(self._sql.func.count()).select_from(table)).scalar_one())

    def evaluate(
        self, file: SuiteFile, expectations: Sequence[tuple[int, Expectation]]
    ) -> tuple[list[CheckResult], Any]:
        """Evaluate expectations of one suite.

        Args:
            file: The suite.
            expectations: Those to evaluate, with their place in the suite.

        Returns:
            A result for each, in the order given, and what Great Expectations said (for its pages).

        Raises:
            UsageError: An argument that the expectation does not know; the message names file and line.
        """
        mart = file.suite.mart
        batch = self._source.add_table_asset(mart, table_name=mart, schema_name=SCHEMA)
        batch = batch.add_batch_definition_whole_table("whole").get_batch()
        suite = self._gx.ExpectationSuite(
            name=mart, expectations=[self._build(file, place, entry) for place, entry in expectations]
        )
        validation = batch.validate(
            suite,
            result_format={
                "result_format": "SUMMARY",
                "partial_unexpected_count": SHOWN_ROWS,
                "unexpected_index_column_names": list(file.suite.rows_named_by),
            },
        )
        # The results come back in another order than the expectations went in.
        found = {outcome.expectation_config.meta["place"]: outcome for outcome in validation.results}
        results = []
        for place, entry in expectations:
            result = self._judge(mart, entry, found[place])
            # What evaluated nothing has not passed, whatever the pages of Great Expectations would say.
            found[place].success = bool(result.success)
            results.append(result)
        validation.success = all(outcome.success for outcome in validation.results)
        validation.meta["run_id"] = self._gx.RunIdentifier(run_name="checks")
        return results, validation

    def _build(self, file: SuiteFile, place: int, entry: Expectation) -> Any:
        common = {
            "severity": entry.severity,
            "description": f"{entry.name}: {entry.expected_in_words}",
            "meta": {"place": place},
        }
        try:
            if entry.rows_query is not None:
                return self._gx.expectations.UnexpectedRowsExpectation(
                    unexpected_rows_query=_as_template(entry.rows_query), **common
                )
            return getattr(self._gx.expectations, class_name(entry.kind))(**entry.arguments, **common)
        except (ValueError, TypeError) as error:  # Great Expectations checks the arguments of its own
            raise UsageError(
                f"{file.path}:{file.lines[place]}: {entry.name}: {error}", "docs/checks.md gives the arguments"
            ) from error

    def _judge(self, mart: str, entry: Expectation, outcome: Any) -> CheckResult:
        def result(
            observed: str, success: bool | None, rows: Sequence[str] = (), *, is_broken: bool = False
        ) -> CheckResult:
            return CheckResult(
                suite=mart,
                expectation=entry.name,
                kind=entry.kind,
                # A check that broke or judged nothing tells nothing: that blocks, however mild its own verdict.
                severity="critical" if is_broken else entry.severity,
                description=entry.because,
                expected=entry.expected_in_words,
                observed=observed,
                success=success,
                failing_rows=tuple(rows),
            )

        raised = _exception_of(outcome.exception_info)
        if raised is not None:
            return result(f"the check itself broke: {raised}", False, is_broken=True)
        try:
            judged, observed, rows = self._observe(entry, outcome)
            success = bool(outcome.success) and not (entry.rows_query and rows)
        except self._sql.exc.SQLAlchemyError as error:
            return result(f"the check itself broke: {_first_lines(str(error))}", False, is_broken=True)
        if not judged:
            if entry.may_evaluate_nothing:
                return result(f"not evaluated: {entry.may_evaluate_nothing}", None)
            return result("evaluated nothing: no value or row that it could judge", False, is_broken=True)
        return result(observed, success, () if success else rows)

    def _observe(self, entry: Expectation, outcome: Any) -> tuple[bool, str, list[str]]:
        """Whether anything was judged, what was observed, and a few failing rows."""
        facts: dict[str, Any] = outcome.result
        if entry.rows_query is not None:
            return self._observe_query(entry)
        observed = facts.get("observed_value")
        match KINDS[entry.kind]:
            case "values" | "rows":
                missing = 0 if KINDS[entry.kind] == "rows" else int(facts.get("missing_count") or 0)
                judged = int(facts["element_count"]) - missing
                against = int(facts.get("unexpected_count") or 0)
                share = f" ({100 * against / judged:.3g} %)" if judged and against else ""
                empty = f"; {missing:,} empty" if missing else ""
                # Keys and value, where Great Expectations gives them; for several columns at once it does not.
                shown = facts.get("partial_unexpected_index_list") or facts.get("partial_unexpected_list") or []
                rows = [_as_json(row) for row in shown]
                return judged > 0, f"{against:,} of {judged:,} against it{share}{empty}", rows
            case "aggregate":
                return observed is not None, _figure(observed), []
            case "count":
                return bool(observed), _figure(observed), []
            case "always":
                return observed is not None, _figure(observed), []

    def _observe_query(self, entry: Expectation) -> tuple[bool, str, list[str]]:
        query, looked_at = str(entry.rows_query).rstrip("; \n"), str(entry.looked_at).rstrip("; \n")
        with self._engine.connect() as connection:
            judged = _number(connection, looked_at)
            # The suites are the project's own files, as trusted as its code; the database is read-only.
            against = _number(connection, f"select count(*) from (\n{query}\n)")  # noqa: S608
            rows = connection.exec_driver_sql(
                f"select to_json(failing)::varchar from (\n{query}\n) as failing limit {SHOWN_ROWS}"  # noqa: S608
            ).scalars()
            return judged > 0, f"{against:,} found among {judged:,} looked at", [str(row) for row in rows]


def _number(connection: Connection, query: str) -> int:
    return int(connection.exec_driver_sql(query).scalar() or 0)


def _as_template(query: str) -> str:
    """Plain SQL in the spelling in which Great Expectations and SQLAlchemy leave it as it is.

    Braces are doubled (it is a format string there) and ``:name`` is escaped (it is a bound value there). The
    comment names the batch, without which Great Expectations prints a warning each time it looks at the query.
    """
    plain = query.rstrip("; \n").replace("{", "{{").replace("}", "}}")
    plain = re.sub(r"(?<![:\w\\]):(?=\w)", r"\\:", plain)
    return f"select * from (\n{plain}\n) as failing limit {MOST_ROWS} /* {{batch}} */"  # noqa: S608


def _exception_of(information: dict[str, Any]) -> str | None:
    """The message of whatever was raised; Great Expectations nests it by metric, or not."""
    if "raised_exception" in information:
        return _first_lines(str(information.get("exception_message"))) if information["raised_exception"] else None
    messages = [_exception_of(nested) for nested in information.values() if isinstance(nested, dict)]
    return next((message for message in messages if message), None)


def _first_lines(message: str) -> str:
    """An error without the statement and the links that SQLAlchemy adds."""
    return " ".join(message.split("[SQL:", maxsplit=1)[0].split())[:400]


def _as_json(row: Any) -> str:
    return json.dumps(row, ensure_ascii=False, default=str)


def _figure(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return str(value)
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.6g}"
    return str(value)
