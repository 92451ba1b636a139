"""UN Comtrade: what countries report of their trade, by partner, month or year and six-digit HS code.

A pull asks for Russia as reporter with every partner, and for every reporter with Russia as partner: what the YAML says
under ``questions``. Its answers land as one bundle, each under the name of its question
(``A/reporter-643/2010-2012/1.json``), so that what was asked can be told from what was answered.

Re-imports (RM) are a part of imports (M), re-exports (RX) of exports (X). Totals are asked for: every customs
procedure, means of transport and second partner together. A row that is a part of one goes to the quarantine. An answer
of as many rows as the server gives at most is cut off, and refused.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal
from urllib.parse import urlencode, urljoin

import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from boomerang.bundle import is_bundle, read_bundle
from boomerang.errors import ContentRefusedError, SourceUnavailableError, UsageError
from boomerang.sources.community_tables import MAXIMUM_CONTENT, write_tables
from boomerang.sources.specification import PROVENANCE, Errand, LandedFile, MemberCount, Showing, SourceSpecification
from boomerang.unpacking import open_capped

if TYPE_CHECKING:
    from boomerang.landing.observation import Observation

log = logging.getLogger(__name__)

AMOUNT: Final = pa.decimal128(20, 4)
_LARGEST: Final = Decimal(10) ** 16
_PLACES: Final = Decimal("0.0001")

FLOWS: Final = frozenset({"M", "X", "RM", "RX", "DX", "FM", "MIP", "MOP", "XIP", "XOP"})
"""The server's flows; those after the first four are kinds of them that few countries report."""

TOTALS: Final = {"customsCode": "C00", "motCode": "0", "partner2Code": "0", "mosCode": "0"}
"""What these fields hold where a row is a total; any other value is a part of one."""

REQUIRED: Final = frozenset(
    {
        "typeCode", "freqCode", "period", "reporterCode", "partnerCode", "partner2Code", "flowCode", "cmdCode",
        "classificationCode", "customsCode", "motCode", "mosCode", "netWgt", "isNetWgtEstimated", "cifvalue",
        "fobvalue", "primaryValue", "isReported", "isAggregate",
    }
)  # fmt: skip

MAXIMUM_UNREADABLE_SHARE: Final = 0.005
_MEMBER: Final = re.compile(r"([AM])/(reporter|partner)-([0-9]{1,3})/([0-9]{4,6})-([0-9]{4,6})/([0-9]{1,4})\.json")
_PERIOD: Final = {"A": re.compile(r"[12][0-9]{3}"), "M": re.compile(r"[12][0-9]{3}(?:0[1-9]|1[0-2])")}
_WHAT_TO_DO: Final = "look at the address in a browser; the last good observation stands, the next run asks again"

TABLES: Final[dict[str, pa.Schema]] = {
    "answers": pa.schema(
        [
            *PROVENANCE,
            pa.field("frequency", pa.string()),
            pa.field("asked_side", pa.string(), nullable=False),
            pa.field("area_code", pa.int32()),
            pa.field("periods", pa.list_(pa.string()), nullable=False),
        ]
    ),
    "flows": pa.schema(
        [
            *PROVENANCE,
            pa.field("frequency", pa.string(), nullable=False),
            pa.field("period", pa.string(), nullable=False),
            pa.field("reporter_code", pa.int32(), nullable=False),
            pa.field("partner_code", pa.int32(), nullable=False),
            pa.field("flow", pa.string(), nullable=False),
            pa.field("commodity_code", pa.string(), nullable=False),
            pa.field("classification", pa.string(), nullable=False),
            pa.field("value_usd", AMOUNT, nullable=False),
            pa.field("cif_value_usd", AMOUNT),
            pa.field("fob_value_usd", AMOUNT),
            pa.field("net_weight_kg", AMOUNT),
            pa.field("is_net_weight_estimated", pa.bool_()),
            pa.field("is_reported", pa.bool_()),
            pa.field("is_aggregate", pa.bool_()),
        ]
    ),
}
"""``answers``: one row a member; ``asked_side`` is ``reporter`` or ``partner`` (whose ``area_code`` was asked for), or
``given`` for an answer that somebody else asked for, of which only its rows are known."""


# --- What is asked


class Span(BaseModel):
    """Years (``2010``) or months (``202101``) to ask for.

    Attributes:
        first: The first one; the last is that which has ended when the pull begins.
        periods_per_call: How many in one request; the server takes twelve at most.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    first: int
    periods_per_call: int = Field(gt=0, le=12)


class Questions(BaseModel):
    """The part ``questions`` of the source's YAML.

    Attributes:
        reporters: Areas asked for as reporter, with every partner; codes of UN Comtrade.
        partners: Areas asked for as partner, of every reporter.
        flows: M, X, RM, RX.
        annual: Years.
        monthly: Months.
        codes: HS codes of six digits; those of earlier editions too.
        codes_per_call: How many in one request.
        cut_at: Numbers of rows at which the server cuts an answer off without a word.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    reporters: tuple[int, ...]
    partners: tuple[int, ...]
    flows: tuple[Literal["M", "X", "RM", "RX"], ...] = Field(min_length=1)
    annual: Span | None = None
    monthly: Span | None = None
    codes: tuple[str, ...] = Field(min_length=1)
    codes_per_call: int = Field(gt=0)
    cut_at: tuple[int, ...] = Field(min_length=1)


@dataclass(frozen=True)
class Question:
    """What a group of requests asks for: one for each block of codes. All of a group are asked, or none.

    Attributes:
        frequency: A (years) or M (months).
        side: Whose area it is.
        area: The code of the area.
        periods: ``2010`` or ``202101``, without a gap.
    """

    frequency: str
    side: str
    area: int
    periods: tuple[str, ...]

    @property
    def name(self) -> str:
        """Under this name the bundle keeps its answers."""
        return f"{self.frequency}/{self.side}-{self.area}/{self.periods[0]}-{self.periods[-1]}"

    @property
    def figure(self) -> str:
        """Under this name figures count its rows; it stays while the newest block of periods grows."""
        return f"rows {self.frequency}/{self.side}-{self.area}/{self.periods[0]}"


def questions_of(specification: SourceSpecification) -> Questions:
    """The declared questions.

    Raises:
        UsageError: They can't be read.
    """
    try:
        questions = Questions(**specification.questions)
    except ValidationError as error:
        raise UsageError(f"{specification.name}: its questions can't be read: {error}", "mend its YAML") from error
    wrong = [code for code in questions.codes if not re.fullmatch(r"[0-9]{6}", code)]
    for frequency, span in (("A", questions.annual), ("M", questions.monthly)):
        if span and not _PERIOD[frequency].fullmatch(str(span.first)):
            wrong.append(str(span.first))
    if wrong or len(set(questions.codes)) < len(questions.codes):
        raise UsageError(
            f"{specification.name}: its questions name no code or period with {', '.join(wrong) or 'a code twice'}",
            "mend its YAML: codes have six digits (in quotes), years four, months six",
        )
    return questions


def periods_between(frequency: str, first: str, last: str) -> tuple[str, ...]:
    """Every year, or every month as ``yyyymm``, from the first to the last."""
    if frequency == "A":
        return tuple(str(year) for year in range(int(first), int(last) + 1))
    months = range(_month_number(first), _month_number(last) + 1)
    return tuple(f"{number // 12:04}{number % 12 + 1:02}" for number in months)


def _month_number(period: str) -> int:
    return int(period[:4]) * 12 + int(period[4:]) - 1


def last_day_of(period: str) -> date:
    """The last day of a year or month."""
    number = _month_number(period) + 1 if len(period) == 6 else (int(period) + 1) * 12
    return date(number // 12, number % 12 + 1, 1) - timedelta(1)


def plan(questions: Questions, today: date, since: date | None = None, until: date | None = None) -> list[Question]:
    """Every question there is to ask, newest periods first.

    The blocks of periods are counted from the first period on, so that a question has the same name each time.

    Args:
        questions: What is declared.
        today: Only periods that ended before it are asked for.
        since: Only periods that end on it or later.
        until: Only periods that begin on it or earlier.
    """
    found = []
    for frequency, span in (("A", questions.annual), ("M", questions.monthly)):
        if span is None:
            continue
        newest = f"{today.year - 1}" if frequency == "A" else f"{today - timedelta(today.day):%Y%m}"
        periods = periods_between(frequency, str(span.first), newest)
        for start in range(0, len(periods), span.periods_per_call):
            block = tuple(
                period
                for period in periods[start : start + span.periods_per_call]
                if (since is None or last_day_of(period) >= since)
                and (until is None or date(int(period[:4]), int(period[4:] or 1), 1) <= until)
            )
            if block:
                sides = [("reporter", area) for area in questions.reporters]
                sides += [("partner", area) for area in questions.partners]
                found += [Question(frequency, side, area, block) for side, area in sides]
    return sorted(found, key=lambda item: (last_day_of(item.periods[-1]), item.name), reverse=True)


def due(
    questions: Sequence[Question], past: Sequence[Observation], facts: SourceSpecification, now: datetime
) -> list[Question]:
    """The questions that are to be asked now: what was never answered first, then what was answered longest ago.

    Old periods are seldom revised: a question is asked again while its last period ended within ``window_days``, and
    else when its last answer is older than ``complete_every_days``.
    """
    answered: dict[str, datetime] = {}
    for observation in past:
        for figure in observation.figures:
            answered[figure] = max(observation.observed_at, answered.get(figure, observation.observed_at))
    window = timedelta(facts.window_days or 0)
    every = timedelta(facts.complete_every_days or 0)

    def is_due(question: Question) -> bool:
        last = answered.get(question.figure)
        is_young = now.date() - last_day_of(question.periods[-1]) <= window
        # An hour's slack: a pull that begins a little earlier than the last one is due all the same.
        return last is None or is_young or now - last >= every - timedelta(hours=1)

    never = datetime.min.replace(tzinfo=UTC)
    return sorted((item for item in questions if is_due(item)), key=lambda item: answered.get(item.figure, never))


# --- What is answered


@dataclass(frozen=True)
class Flow:
    """One row of an answer; amounts in US dollars, rounded to a hundredth of a cent."""

    frequency: str
    period: str
    reporter_code: int
    partner_code: int
    flow: str
    commodity_code: str
    classification: str
    value_usd: Decimal
    cif_value_usd: Decimal | None
    fob_value_usd: Decimal | None
    net_weight_kg: Decimal | None
    is_net_weight_estimated: bool | None
    is_reported: bool | None
    is_aggregate: bool | None


@dataclass(frozen=True)
class UnreadFlow:
    """A row that can't be taken."""

    reason: str
    detail: str
    content: str = ""


@dataclass
class Answer:
    """One answer as it was read; rows are by their ordinal, from 1.

    Attributes:
        member: Its name in the bundle; empty for a file by itself.
        question: What was asked; ``None`` for a file by itself.
    """

    member: str
    question: Question | None
    flows: dict[int, Flow] = field(default_factory=dict)
    unread: dict[int, UnreadFlow] = field(default_factory=dict)


def read_rows(content: bytes, where: str, cut_at: Sequence[int]) -> list[dict[str, Any]]:
    """The rows of an answer, looked at as a whole.

    Args:
        content: As received.
        where: Its name, for messages.
        cut_at: Numbers of rows at which the server cuts an answer off.

    Raises:
        ContentRefusedError: ``broken_answer``: it is no such JSON. ``server_error``: it tells of an error.
            ``count_mismatch``: it holds another number of rows than it says. ``cut_off``. ``field_missing``.
    """
    try:
        # Decimal: an amount must come out as it was written.
        answer = json.loads(content, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise ContentRefusedError("broken_answer", f"{where} is not JSON: {error}", _WHAT_TO_DO) from error
    if not isinstance(answer, dict):
        raise ContentRefusedError("broken_answer", f"{where} has another shape: {content[:80]!r}", _WHAT_TO_DO)
    if said := answer.get("error") or (answer.get("message") if "data" not in answer else None):
        raise ContentRefusedError("server_error", f"{where} tells of an error: {str(said)[:200]!r}", _WHAT_TO_DO)
    rows, count = answer.get("data"), answer.get("count")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ContentRefusedError("broken_answer", f"{where} holds no list of rows: {content[:80]!r}", _WHAT_TO_DO)
    if count != len(rows):
        raise ContentRefusedError(
            "count_mismatch", f"{where} says that it holds {count} rows, and holds {len(rows):,}", _WHAT_TO_DO
        )
    if rows and (len(rows) in cut_at or len(rows) >= max(cut_at)):
        raise ContentRefusedError(
            "cut_off",
            f"{where} holds {len(rows):,} rows: at that number the server cuts an answer off without a word",
            "ask with a key (without one it gives 500 rows), or for less at once: lower periods_per_call or "
            "codes_per_call in the YAML of the source",
        )
    missing = sorted(REQUIRED - _common(rows))
    if rows and missing:
        raise ContentRefusedError(
            "field_missing",
            f"{where}: a row has no {', '.join(missing)}: the answers are not as they were",
            "compare with UN Comtrade's documentation; the last good observation stands",
        )
    return rows


def _common(rows: Sequence[Mapping[str, Any]]) -> set[str]:
    """The fields that every row has."""
    return set.intersection(*(set(row) for row in rows)) if rows else set()


def _amount(value: Any) -> Decimal | None:
    """An amount of 0 or more, to four decimals; ``None`` where it is none."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    try:
        amount = Decimal(value).quantize(_PLACES, ROUND_HALF_UP)
    except InvalidOperation:
        return None
    return amount if 0 <= amount < _LARGEST else None


def _code(value: Any) -> int | None:
    text = str(value).strip()
    return int(text) if not isinstance(value, bool) and re.fullmatch(r"[0-9]{1,4}", text) else None


def _flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def read_flow(row: Mapping[str, Any]) -> Flow | UnreadFlow:
    """Read one row; what is wrong with it where it can't be taken."""
    frequency, period = str(row["freqCode"]), str(row["period"])
    reporter, partner = _code(row["reporterCode"]), _code(row["partnerCode"])
    flow, commodity = str(row["flowCode"]).strip(), str(row["cmdCode"]).strip()
    amounts = {name: _amount(row[name]) for name in ("primaryValue", "cifvalue", "fobvalue", "netWgt")}
    wrong = [f"{name} {row[name]!r}" for name, amount in amounts.items() if amount is None and row[name] is not None]
    value = amounts["primaryValue"]
    parts = [f"{name} {row[name]!r}" for name, total in TOTALS.items() if str(row[name]).strip() != total]
    fault: tuple[str, str] | None = None
    if row["typeCode"] != "C":
        fault = "not_goods", f"the type is {row['typeCode']!r}, not C (goods)"
    elif frequency not in _PERIOD or not _PERIOD[frequency].fullmatch(period):
        fault = "bad_period", f"the period is {period!r} with the frequency {frequency!r}"
    elif reporter is None or partner is None:
        fault = "bad_area", f"reporter {row['reporterCode']!r}, partner {row['partnerCode']!r}"
    elif flow not in FLOWS:
        fault = "unknown_flow", f"the flow is {flow!r}"
    elif not re.fullmatch(r"[0-9]{2,6}|TOTAL", commodity):
        fault = "bad_code", f"the commodity code is {commodity!r}"
    elif parts:
        fault = "part_of_a_total", f"{', '.join(parts)}: the total holds it already"
    elif wrong or value is None:
        fault = "bad_amount", f"{', '.join(wrong)} is no amount" if wrong else "it has no value"
    if fault or reporter is None or partner is None or value is None:
        return UnreadFlow(*(fault or ("bad_area", "")), json.dumps(row, default=str)[:MAXIMUM_CONTENT])
    return Flow(
        frequency=frequency,
        period=period,
        reporter_code=reporter,
        partner_code=partner,
        flow=flow,
        commodity_code=commodity,
        classification=str(row["classificationCode"]),
        value_usd=value,
        cif_value_usd=amounts["cifvalue"],
        fob_value_usd=amounts["fobvalue"],
        net_weight_kg=amounts["netWgt"],
        is_net_weight_estimated=_flag(row["isNetWgtEstimated"]),
        is_reported=_flag(row["isReported"]),
        is_aggregate=_flag(row["isAggregate"]),
    )


def read_answer(content: bytes, member: str, question: Question | None, cut_at: Sequence[int]) -> Answer:
    """Read one answer.

    Args:
        content: As received.
        member: Its name.
        question: What was asked, where that is known.
        cut_at: Numbers of rows at which the server cuts an answer off.

    Raises:
        ContentRefusedError: What :func:`read_rows` raises; ``other_answer``: it answers another question.
    """
    answer = Answer(member, question)
    for number, row in enumerate(read_rows(content, member or "the answer", cut_at), start=1):
        reading = read_flow(row)
        if isinstance(reading, UnreadFlow):
            answer.unread[number] = reading
            continue
        answer.flows[number] = reading
        area = reading.reporter_code if question and question.side == "reporter" else reading.partner_code
        if question and (area, reading.frequency) != (question.area, question.frequency):
            raise ContentRefusedError(
                "other_answer",
                f"{member}: row {number} is of {reading.frequency}, reporter {reading.reporter_code}, partner "
                f"{reading.partner_code}, which was not asked for",
                _WHAT_TO_DO,
            )
        if question and reading.period not in question.periods:
            raise ContentRefusedError(
                "other_answer", f"{member}: row {number} is of {reading.period}, which was not asked for", _WHAT_TO_DO
            )
    return answer


def read_answers(path: Path, specification: SourceSpecification) -> list[Answer]:
    """Read a landed file: a bundle of answers, or one answer by itself.

    Args:
        path: The file.
        specification: The source.

    Raises:
        ContentRefusedError: What :func:`read_answer` raises; ``not_answers``: a member is none that a pull wrote;
            ``too_many_unreadable``.
    """
    cut_at = questions_of(specification).cut_at
    if is_bundle(path):
        answers = [
            read_answer(content, name, _question(name), cut_at)
            for name, content in read_bundle(path, specification.maximum_bytes)
        ]
    else:
        with open_capped(path, specification.maximum_bytes) as stream:
            answers = [read_answer(stream.read(), "", None, cut_at)]
    unread = [item for answer in answers for item in answer.unread.values()]
    read = sum(len(answer.flows) for answer in answers)
    if len(unread) > max(1, MAXIMUM_UNREADABLE_SHARE * read):
        raise ContentRefusedError(
            "too_many_unreadable",
            f"{path.name}: {len(unread):,} rows can't be taken beside {read:,} that can, e.g. {unread[0].detail}",
            _WHAT_TO_DO,
        )
    return answers


def _question(member: str) -> Question:
    match = _MEMBER.fullmatch(member)
    if match and _PERIOD[match[1]].fullmatch(match[4]) and _PERIOD[match[1]].fullmatch(match[5]):
        periods = periods_between(match[1], match[4], match[5])
        if periods:
            return Question(match[1], match[2], int(match[3]), periods)
    raise ContentRefusedError("not_answers", f"{member[:80]!r} is no member that a pull of UN Comtrade wrote")


def address_of_question(base: str, question: Question, codes: Sequence[str], flows: Sequence[str], most: int) -> str:
    """Where a question is asked.

    Args:
        base: The folder of the service (``.../data/v1/get/``).
        question: What is asked.
        codes: The commodities.
        flows: The flows.
        most: The most rows that are wanted: as many as the server gives.
    """
    query = {
        f"{question.side}Code": question.area,
        "period": ",".join(question.periods),
        "cmdCode": ",".join(codes),
        "flowCode": ",".join(flows),
        "partner2Code": 0,
        "customsCode": "C00",
        "motCode": 0,
        "maxRecords": most,
        "includeDesc": "false",
    }
    return urljoin(base, f"C/{question.frequency}/HS?{urlencode(query, safe=',')}")


class ComtradeReader:
    """Reads UN Comtrade's answers; see :class:`boomerang.sources.specification.CollectingReader`."""

    parser_version = 1
    tables = TABLES
    is_always_bundled = True
    """An answer does not say what was asked: its name in the bundle does."""

    def collect(self, errand: Errand) -> Showing:
        """Ask what is due, within the number of calls that a day has.

        What could not be asked is named in the log; the next pull asks it first. Without ``--since`` and ``--until``
        the periods are those of :func:`due`.

        Args:
            errand: What to fetch.

        Raises:
            UsageError: No period lies within the days asked for.
            SourceUnavailableError: An answer could not be had, or no call of the day is left.
            ContentRefusedError: An answer is not what it should be.
        """
        facts = errand.specification
        questions = questions_of(facts)
        today = errand.started_at.date()
        if facts.last_day:
            today = min(today, facts.last_day + timedelta(1))
        all_of_them = plan(questions, today)
        if errand.since or errand.until:
            wanted = plan(questions, today, errand.since, errand.until)
        else:
            wanted = due(all_of_them, errand.past(), facts, errand.started_at)
            # Nothing is due: the newest periods are looked at all the same.
            wanted = wanted or [item for item in all_of_them if item.periods == all_of_them[0].periods]
        if not wanted:
            raise UsageError(f"{facts.name}: there is nothing to ask for in these days", "mend --since and --until")
        blocks = [
            questions.codes[start : start + questions.codes_per_call]
            for start in range(0, len(questions.codes), questions.codes_per_call)
        ]
        calls = _calls_left(errand)
        asked: list[Question] = []
        for question in wanted:
            # Each request may be repeated; a question of several blocks is asked whole or not at all.
            if calls is not None and errand.requests_made + len(blocks) + facts.attempts - 1 > calls:
                break
            for number, codes in enumerate(blocks, start=1):
                member = f"{question.name}/{number}.json"
                address = address_of_question(errand.address, question, codes, questions.flows, max(questions.cut_at))
                read_answer(errand.fetch(address, member) or b"", member, question, questions.cut_at)
            asked.append(question)
        if left := wanted[len(asked) :]:
            names = ", ".join(question.name for question in left)
            told = (
                f"{facts.name}: the {facts.calls_a_day} calls of a day are not enough, {len(left)} questions are left"
            )
            if not asked:
                raise SourceUnavailableError(f"{told}: {names}", "run again tomorrow (UTC)")
            log.warning("%s for the next pull: %s", told, names)
        return Showing(is_complete=set(asked) == set(all_of_them))

    def inspect(self, path: Path, specification: SourceSpecification, layout: str | None) -> dict[str, int]:
        """Read the answers, and count what stands in them.

        Args:
            path: A bundle, or one answer.
            specification: The source.
            layout: Not used.

        Returns:
            ``rows``, ``answers``, ``quarantined``, and ``rows <question>`` for each question, by its first period.

        Raises:
            ContentRefusedError: What :func:`read_answers` raises.
        """
        answers = read_answers(path, specification)
        figures = {
            "rows": sum(len(answer.flows) for answer in answers),
            "answers": len(answers),
            "quarantined": sum(len(answer.unread) for answer in answers),
        }
        for answer in answers:
            if answer.question:
                name = answer.question.figure
                figures[name] = figures.get(name, 0) + len(answer.flows)
        return figures

    def parse(self, landed: LandedFile, output: Path) -> list[MemberCount]:
        """Write the rows, what was asked, and what can't be taken to the quarantine.

        Args:
            landed: A bundle, or one answer.
            output: An empty folder.

        Returns:
            A count of the rows of each answer.

        Raises:
            ContentRefusedError: What :func:`read_answers` raises.
        """
        answers = read_answers(landed.path, landed.specification)
        rows: dict[str, list[dict[str, Any]]] = {
            "answers": [_answer_row(answer) for answer in answers],
            "flows": [
                {**vars(flow), "_source_member": answer.member, "_source_row": number}
                for answer in answers
                for number, flow in answer.flows.items()
            ],
            "quarantine": list(_unread_rows(answers)),
        }
        write_tables(landed, output, TABLES, rows)
        return [
            MemberCount(
                source_member=answer.member,
                rows_in=len(answer.flows) + len(answer.unread),
                rows_loaded=len(answer.flows),
                rows_quarantined=len(answer.unread),
            )
            for answer in answers
        ]


def _calls_left(errand: Errand) -> int | None:
    """How many requests the day (UTC) still has, by the pulls of it that landed; ``None``: nobody counts."""
    allowed = errand.specification.calls_a_day
    if allowed is None:
        return None
    today = errand.started_at.date()
    return allowed - sum(
        item.figures.get("answers", 0)
        for item in errand.past()
        if item.origin == "pull" and item.observed_at.astimezone(UTC).date() == today
    )


def _answer_row(answer: Answer) -> dict[str, Any]:
    question = answer.question
    return {
        "_source_member": answer.member,
        "_source_row": 1,
        "frequency": question.frequency if question else None,
        "asked_side": question.side if question else "given",
        "area_code": question.area if question else None,
        "periods": list(question.periods) if question else [],
    }


def _unread_rows(answers: Sequence[Answer]) -> Iterator[dict[str, Any]]:
    for answer in answers:
        for number, unread in answer.unread.items():
            yield {"_source_member": answer.member, "_source_row": number, **vars(unread)}


READER: Final = ComtradeReader()
