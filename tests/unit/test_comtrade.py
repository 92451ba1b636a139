"""What is asked of UN Comtrade, and how its answers are read."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from boomerang.bundle import write_bundle
from boomerang.errors import ContentRefusedError, UsageError
from boomerang.landing.observation import Observation
from boomerang.sources.comtrade import (
    READER,
    Flow,
    Question,
    Questions,
    Span,
    UnreadFlow,
    address_of_question,
    due,
    last_day_of,
    periods_between,
    plan,
    questions_of,
    read_answers,
    read_flow,
    read_rows,
)
from boomerang.sources.specification import LandedFile, specification
from boomerang.synthetic.comtrade_answers import flow_row

CUTS = (500, 100_000, 250_000)
LIVE = specification("comtrade")


def questions(**facts: Any) -> Questions:
    return Questions(
        **{
            "reporters": (643,), "partners": (643,), "flows": ("M", "X", "RM", "RX"), "codes": ("871000", "901310"),
            "codes_per_call": 10, "cut_at": CUTS, "annual": Span(first=2019, periods_per_call=2), **facts,
        }
    )  # fmt: skip


def answer(*rows: dict[str, Any], **facts: Any) -> bytes:
    return json.dumps({"elapsedTime": "0.1 secs", "count": len(rows), "data": rows, "error": "", **facts}).encode()


def observation(day: date, *names: str) -> Observation:
    return Observation(
        source="comtrade", observed_at=datetime(day.year, day.month, day.day, tzinfo=UTC), sha256="0" * 64, bytes=1,
        file_name="comtrade.zip", landed_path="landing/comtrade/x", origin="pull", is_new_content=True,
        figures={"answers": len(names), **{f"rows {name}": 1 for name in names}},
    )  # fmt: skip


# --- What is asked


def test_periods_are_years_or_months_without_a_gap() -> None:
    assert periods_between("A", "2019", "2021") == ("2019", "2020", "2021")
    assert periods_between("M", "202111", "202202") == ("202111", "202112", "202201", "202202")
    assert [last_day_of(period) for period in ("2020", "202002", "202112")] == [
        date(2020, 12, 31), date(2020, 2, 29), date(2021, 12, 31),
    ]  # fmt: skip


def test_plan_asks_both_sides_for_what_has_ended_newest_first() -> None:
    asked = plan(questions(monthly=Span(first=202212, periods_per_call=6)), date(2023, 3, 1))
    assert [question.name for question in asked] == [
        "M/reporter-643/202212-202302",
        "M/partner-643/202212-202302",
        "A/reporter-643/2021-2022",
        "A/partner-643/2021-2022",
        "A/reporter-643/2019-2020",
        "A/partner-643/2019-2020",
    ]


def test_days_named_by_hand_limit_the_periods() -> None:
    asked = plan(questions(), date(2023, 3, 1), since=date(2020, 5, 1), until=date(2021, 1, 1))
    assert [question.periods for question in asked] == [("2021",), ("2021",), ("2020",), ("2020",)]


def test_what_was_never_answered_comes_first_and_old_answers_rest() -> None:
    everything = plan(questions(), date(2023, 3, 1))
    facts = LIVE.model_copy(update={"window_days": 400, "complete_every_days": 180})
    past = [
        observation(date(2022, 6, 1), "A/reporter-643/2019"),
        observation(date(2023, 2, 1), "A/partner-643/2019", "A/reporter-643/2021"),
    ]
    asked = due(everything, past, facts, datetime(2023, 3, 1, tzinfo=UTC))
    assert [question.name for question in asked] == [
        "A/partner-643/2021-2022",  # never answered
        "A/reporter-643/2019-2020",  # answered more than 180 days ago
        "A/reporter-643/2021-2022",  # young
    ]


def test_address_asks_for_totals_and_holds_no_key() -> None:
    question = Question("A", "partner", 643, ("2021", "2022"))
    address = address_of_question(LIVE.address or "", question, ["871000", "901310"], ["M", "X"], 250_000)
    assert address == (
        "https://comtradeapi.un.org/data/v1/get/C/A/HS?partnerCode=643&period=2021,2022&cmdCode=871000,901310"
        "&flowCode=M,X&partner2Code=0&customsCode=C00&motCode=0&maxRecords=250000&includeDesc=false"
    )


def test_declared_questions_fit_into_a_day_and_an_address() -> None:
    declared = questions_of(LIVE)
    asked = plan(declared, date(2026, 11, 24))
    assert len(declared.codes) <= declared.codes_per_call  # one request a question
    assert len(asked) < (LIVE.calls_a_day or 0) / 10
    longest = max(
        len(address_of_question(LIVE.address or "", item, declared.codes, declared.flows, 250_000)) for item in asked
    )
    assert longest < 2_000


@pytest.mark.parametrize(
    "change",
    [
        {"codes": ["87100"]},
        {"codes": ["871000", "871000"]},
        {"annual": {"first": 21, "periods_per_call": 3}},
        {"monthly": {"first": 202113, "periods_per_call": 3}},
        {"flows": ["IMPORT"]},
        {"annual": {"first": 2010, "periods_per_call": 13}},
        {"countries": [643]},
    ],
)
def test_questions_that_make_no_sense_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="questions"):
        questions_of(LIVE.model_copy(update={"questions": {**LIVE.questions, **change}}))


# --- What is answered


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b'{"count": 2, "data": [{"typeCode', "broken_answer"),
        (b"[]", "broken_answer"),
        (b'{"count": 1, "data": {"a": 1}, "error": ""}', "broken_answer"),
        (b'{"count": 0, "data": [], "error": "The query is too large."}', "server_error"),
        (b'{"statusCode": 200, "message": "Quota exceeded"}', "server_error"),
        (b'{"count": 7, "data": [], "error": ""}', "count_mismatch"),
        (b'{"count": 1, "data": [{"type": "C"}], "error": ""}', "field_missing"),
    ],
)
def test_an_answer_that_is_none_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(ContentRefusedError) as refused:
        read_rows(content, "the answer", CUTS)
    assert refused.value.reason == reason


@pytest.mark.parametrize(("rows", "is_cut"), [(499, False), (500, True), (501, False), (100_000, True)])
def test_an_answer_of_as_many_rows_as_the_server_gives_is_cut_off(rows: int, is_cut: bool) -> None:
    content = answer(*[{"n": 1}] * rows)
    with pytest.raises(ContentRefusedError) as refused:
        read_rows(content, "the answer", CUTS)
    assert refused.value.reason == ("cut_off" if is_cut else "field_missing")


def test_an_empty_answer_is_an_answer() -> None:
    assert read_rows(answer(), "the answer", CUTS) == []


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"typeCode": "S"}, "not_goods"),
        ({"period": "202213"}, "bad_period"),
        ({"freqCode": "Q"}, "bad_period"),
        ({"reporterCode": "RUS"}, "bad_area"),
        ({"flowCode": "RI"}, "unknown_flow"),
        ({"cmdCode": "8803.30"}, "bad_code"),
        ({"customsCode": "C02"}, "part_of_a_total"),
        ({"motCode": 1000}, "part_of_a_total"),
        ({"partner2Code": 156}, "part_of_a_total"),
        ({"mosCode": "1 "}, "part_of_a_total"),
        ({"primaryValue": None}, "bad_amount"),
        ({"primaryValue": -1}, "bad_amount"),
        ({"netWgt": "12 kg"}, "bad_amount"),
    ],
)
def test_a_row_that_cannot_be_taken_says_why(change: dict[str, Any], reason: str) -> None:
    reading = read_flow(flow_row(643, 699, "2021", "X", "880330", 1) | change)
    assert isinstance(reading, UnreadFlow) and reading.reason == reason


def test_amounts_keep_their_decimals_and_a_blank_behind_a_code_is_none() -> None:
    row = json.loads(
        json.dumps(flow_row(643, 699, "2021", "X", "880330", 100023010.624, mosCode="0 ")), parse_float=Decimal
    )
    reading = read_flow(row)
    assert isinstance(reading, Flow)
    assert (reading.value_usd, reading.fob_value_usd, reading.cif_value_usd) == (
        Decimal("100023010.6240"), Decimal("100023010.6240"), None,
    )  # fmt: skip


def bundle(tmp_path: Path, members: dict[str, bytes]) -> Path:
    path = tmp_path / "comtrade.zip"
    write_bundle(members, path)
    return path


def test_a_bundle_tells_what_was_asked_and_what_came(tmp_path: Path) -> None:
    path = bundle(
        tmp_path,
        {
            "A/reporter-643/2020-2021/1.json": answer(flow_row(643, 699, "2021", "X", "880330", 5.5)),
            "A/partner-643/2020-2021/1.json": answer(),
            "M/partner-643/202112-202202/1.json": answer(flow_row(699, 643, "202201", "M", "880730", 7)),
        },
    )
    assert READER.inspect(path, LIVE, None) == {
        "rows": 2, "answers": 3, "quarantined": 0, "rows A/partner-643/2020": 0,
        "rows A/reporter-643/2020": 1, "rows M/partner-643/202112": 1,
    }  # fmt: skip
    (tmp_path / "out").mkdir()
    landed = LandedFile(path=path, sha256="0" * 64, file_name=path.name, specification=LIVE)
    counts = READER.parse(landed, tmp_path / "out")
    assert [(count.source_member, count.rows_in, count.rows_loaded) for count in counts] == [
        ("A/partner-643/2020-2021/1.json", 0, 0),
        ("A/reporter-643/2020-2021/1.json", 1, 1),
        ("M/partner-643/202112-202202/1.json", 1, 1),
    ]
    asked = pq.read_table(tmp_path / "out" / "answers.parquet").to_pylist()
    assert [(row["frequency"], row["asked_side"], row["periods"]) for row in asked] == [
        ("A", "partner", ["2020", "2021"]),
        ("A", "reporter", ["2020", "2021"]),
        ("M", "partner", ["202112", "202201", "202202"]),
    ]


@pytest.mark.parametrize(
    ("member", "row"),
    [
        ("A/reporter-643/2020-2021/1.json", flow_row(699, 643, "2021", "X", "880330", 1)),
        ("A/partner-643/2020-2021/1.json", flow_row(643, 699, "2021", "X", "880330", 1)),
        ("A/reporter-643/2020-2021/1.json", flow_row(643, 699, "2019", "X", "880330", 1)),
        ("M/reporter-643/202101-202103/1.json", flow_row(643, 699, "2021", "X", "880330", 1)),
    ],
)
def test_an_answer_to_another_question_is_refused(member: str, row: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(ContentRefusedError) as refused:
        read_answers(bundle(tmp_path, {member: answer(row)}), LIVE)
    assert refused.value.reason == "other_answer"


@pytest.mark.parametrize("member", ["../x.json", "A/reporter-643/2021-2020/1.json", "M/partner-643/2021-2022/1.json"])
def test_a_bundle_of_something_else_is_refused(member: str, tmp_path: Path) -> None:
    with pytest.raises(ContentRefusedError) as refused:
        read_answers(bundle(tmp_path, {member: answer()}), LIVE)
    assert refused.value.reason == "not_answers"


def test_parts_of_totals_in_numbers_are_another_answer_than_was_asked_for(tmp_path: Path) -> None:
    rows = [flow_row(643, 699, "2021", "X", "880330", 1, customsCode=f"C0{number}") for number in range(3)]
    with pytest.raises(ContentRefusedError) as refused:
        read_answers(bundle(tmp_path, {"A/reporter-643/2021-2021/1.json": answer(*rows)}), LIVE)
    assert refused.value.reason == "too_many_unreadable"


def test_the_recorded_answers_of_the_server_are_read(real_data: Path) -> None:
    folder = real_data / "comtrade" / "api-responses"
    (answered,) = read_answers(folder / "get_C_A_HS-60a6ad.json", LIVE)
    assert not answered.unread
    assert [
        (flow.reporter_code, flow.partner_code, flow.flow, flow.period, flow.value_usd)
        for flow in answered.flows.values()
    ][:2] == [
        (156, 32, "M", "2010", Decimal("6804128143.0000")),
        (156, 276, "M", "2010", Decimal("74251272075.0000")),
    ]
    assert len(answered.flows) == 4
    assert all(flow.cif_value_usd is None for flow in answered.flows.values() if flow.flow == "X")
    (empty,) = read_answers(folder / "bulk_empty_HS-a503f3.json", LIVE)
    assert not empty.flows and not empty.unread
