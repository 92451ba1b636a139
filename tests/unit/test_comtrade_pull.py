"""Pulling from a server that speaks UN Comtrade's API, and fails as it does; the key and where it goes."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import httpx
import pytest
from pytest_httpserver import HTTPServer

from boomerang.bundle import read_bundle
from boomerang.errors import BoomerangError, ContentRefusedError, SourceUnavailableError
from boomerang.home import Home
from boomerang.landing.fetch import ClientSettings, ServerKey
from boomerang.landing.pull import pull
from boomerang.landing.store import Landing
from boomerang.sources.specification import SourceSpecification, specification
from boomerang.synthetic.comtrade_answers import KEY_HEADER, ROOT, ComtradeSite, Fault, flow_row
from boomerang.synthetic.server import serve

QUICK = ClientSettings(attempts=3, first_wait_seconds=0.01, longest_wait_seconds=3)
SECRET = "5ecretKeyOfNobody00112233"  # noqa: S105 - nobody's

CODES = ["871000", "880330", "901310"]


def rows(per_year: int = 3) -> list[dict[str, object]]:
    return [
        flow_row(643, 699, str(year), "X", CODES[number % 3], 1000 + number)
        for year in range(2018, 2022)
        for number in range(per_year)
    ]


@contextmanager
def served(site: ComtradeSite, folder: Path, **facts: object) -> Iterator[SourceSpecification]:
    """A source of two questions for two years each: four requests, or eight where codes are asked for in two blocks."""
    questions = {
        "reporters": [643], "partners": [643], "flows": ["M", "X", "RM", "RX"], "codes": CODES, "codes_per_call": 3,
        "annual": {"first": 2018, "periods_per_call": 2}, "cut_at": [500, 100_000, 250_000],
        **facts.pop("questions", {}),  # type: ignore[dict-item]
    }  # fmt: skip
    with serve(folder, {ROOT: site}) as address:
        yield specification("comtrade").model_copy(
            update={
                "address": f"{address}{ROOT}", "rate_limit": None, "last_day": date(2021, 12, 31), "attempts": 3,
                "window_days": 36_500, "questions": questions, **facts,
            }
        )  # fmt: skip


def members(home: Home) -> list[str]:
    (seen,) = Landing(home).observations("comtrade")
    return [name for name, _ in read_bundle(home.root / seen.landed_path, 10_000_000)]


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOOMERANG_COMTRADE_KEY", SECRET)


def texts_of(home: Home) -> bytes:
    """Everything that a home keeps, as bytes."""
    return b"".join(path.read_bytes() for path in sorted(home.root.rglob("*")) if path.is_file())


def test_a_pull_asks_every_question_and_lands_the_answers_as_one(home: Home, tmp_path: Path) -> None:
    site = ComtradeSite(rows(), key=SECRET)
    with served(site, tmp_path) as facts:
        result = pull(home, facts, settings=QUICK)
    assert members(home) == [
        "A/partner-643/2018-2019/1.json",
        "A/partner-643/2020-2021/1.json",
        "A/reporter-643/2018-2019/1.json",
        "A/reporter-643/2020-2021/1.json",
    ]
    (seen,) = result.observations
    assert (seen.is_complete, seen.figures["rows"], seen.figures["rows A/reporter-643/2020"]) == (True, 12, 6)
    assert site.asked[0] == {
        "frequency": "A", "reporterCode": "643", "period": "2020,2021", "cmdCode": ",".join(CODES),
        "flowCode": "M,X,RM,RX", "partner2Code": "0", "customsCode": "C00", "motCode": "0", "maxRecords": "250000",
        "includeDesc": "false",
    }  # fmt: skip


def test_the_key_goes_into_the_header_and_nowhere_else(
    home: Home, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    site = ComtradeSite(rows(), key=SECRET)
    with served(site, tmp_path) as facts:
        pull(home, facts, settings=QUICK)
        site.faults = ["error"]
        with pytest.raises(ContentRefusedError) as refused:
            pull(home, facts, settings=QUICK)
    assert all(headers[KEY_HEADER] == SECRET for headers in site.headers)
    assert SECRET not in str(site.asked) + caplog.text + str(refused.value) + repr(facts)
    assert SECRET.encode() not in texts_of(home)


def test_without_a_key_nothing_is_asked_and_the_message_says_where_it_belongs(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BOOMERANG_COMTRADE_KEY")
    site = ComtradeSite(rows())
    with served(site, tmp_path) as facts, pytest.raises(SourceUnavailableError, match="BOOMERANG_COMTRADE_KEY is not"):
        pull(home, facts, settings=QUICK)
    assert site.asked == []
    (refusal,) = Landing(home).refusals("comtrade")
    assert refusal.reason == "unavailable"


@pytest.mark.parametrize("value", ["two words", "naïve", "line\nbreak"])
def test_a_value_that_can_be_no_key_is_not_sent_and_not_shown(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("BOOMERANG_COMTRADE_KEY", value)
    site = ComtradeSite(rows())
    with served(site, tmp_path) as facts, pytest.raises(SourceUnavailableError, match="holds signs") as refused:
        pull(home, facts, settings=QUICK)
    assert site.asked == [] and value not in str(refused.value)


def test_a_wrong_key_is_told_and_not_tried_again(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOOMERANG_COMTRADE_KEY", "another")
    site = ComtradeSite(rows(), key=SECRET)
    with served(site, tmp_path) as facts, pytest.raises(SourceUnavailableError, match="401"):
        pull(home, facts, settings=QUICK)
    assert len(site.asked) == 1


@pytest.mark.parametrize(
    ("url", "is_sent"),
    [
        ("https://comtradeapi.un.org/data/v1/get/C/A/HS", True),
        ("http://comtradeapi.un.org/data/v1/get/C/A/HS", False),
        ("https://comtradeapi.un.org.example.org/", False),
        ("https://example.org/?host=comtradeapi.un.org", False),
        ("https://un.org/", False),
        ("http://127.0.0.1:8080/", True),
        ("http://localhost/", True),
    ],
)
def test_the_key_is_for_the_source_itself_over_https_and_for_this_machine(url: str, is_sent: bool) -> None:
    # As a redirect would carry it along.
    request = httpx.Request("GET", url, headers={KEY_HEADER: SECRET})
    ServerKey(KEY_HEADER, "comtradeapi.un.org", SECRET).put_on(request)
    assert (KEY_HEADER in request.headers) is is_sent
    assert SECRET not in repr(ServerKey(KEY_HEADER, "comtradeapi.un.org", SECRET))


def test_a_redirect_elsewhere_is_followed_without_the_key(
    home: Home, tmp_path: Path, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    # This machine by its other name stands for a host that is not the source's.
    monkeypatch.setattr("boomerang.landing.fetch._THIS_MACHINE", {"127.0.0.1"})
    elsewhere = f"http://localhost:{httpserver.port}/elsewhere"
    httpserver.expect_request("/get/C/A/HS").respond_with_data("", 302, {"Location": elsewhere})
    httpserver.expect_request("/elsewhere").respond_with_json({"count": 0, "data": [], "error": ""})
    with served(ComtradeSite([]), tmp_path) as facts:
        pulled = facts.model_copy(update={"address": f"http://127.0.0.1:{httpserver.port}/get/", "bounds": {}})
        pull(home, pulled, settings=QUICK)
    sent = {request.path: KEY_HEADER in request.headers for request, _ in httpserver.log}
    assert sent == {"/get/C/A/HS": True, "/elsewhere": False}


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("broken_json", "broken_answer"),
        ("wrong_shape", "broken_answer"),
        ("error", "server_error"),
        ("wrong_count", "count_mismatch"),
        ("other_fields", "field_missing"),
    ],
)
def test_a_broken_answer_lands_nothing_and_is_kept_apart(home: Home, tmp_path: Path, fault: Fault, reason: str) -> None:
    site = ComtradeSite(rows(), faults=[fault])
    with served(site, tmp_path) as facts, pytest.raises(ContentRefusedError) as refused:
        pull(home, facts, settings=QUICK)
    assert refused.value.reason == reason
    assert Landing(home).observations("comtrade") == []
    (refusal,) = Landing(home).refusals("comtrade")
    assert refusal.file_name == "A/reporter-643/2020-2021/1.json" and refusal.quarantined_path


def test_too_many_requests_are_tried_again_after_the_time_asked_for(home: Home, tmp_path: Path) -> None:
    site = ComtradeSite(rows(), faults=["429", "500"])
    with served(site, tmp_path) as facts:
        pull(home, facts, settings=QUICK)
    assert len(site.asked) == 6


def test_a_server_that_wants_to_be_left_alone_is(home: Home, tmp_path: Path) -> None:
    site = ComtradeSite(rows(), faults=["429_for_long"])
    with served(site, tmp_path) as facts, pytest.raises(SourceUnavailableError, match="asks to be left alone"):
        pull(home, facts, settings=QUICK)
    assert len(site.asked) == 1


def test_the_cut_of_the_public_preview_is_noticed_and_refused(home: Home, tmp_path: Path) -> None:
    site = ComtradeSite(rows(per_year=300), cut_at=500)
    with served(site, tmp_path) as facts, pytest.raises(ContentRefusedError, match="cuts an answer off") as refused:
        pull(home, facts, settings=QUICK)
    assert refused.value.reason == "cut_off"
    assert Landing(home).observations("comtrade") == []


def test_a_pull_stops_before_the_budget_names_what_is_left_and_the_next_asks_it_first(
    home: Home, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    site = ComtradeSite(rows())
    with served(site, tmp_path, calls_a_day=5) as facts:
        # Each request may take three tries: after three of them a fourth could cross five.
        (seen,) = pull(home, facts, settings=QUICK).observations
        assert (len(site.asked), seen.is_complete) == (3, False)
        assert "1 questions are left for the next pull: A/partner-643/2018-2019" in caplog.text
        with pytest.raises(SourceUnavailableError, match="are left: A/partner-643/2018-2019"):
            pull(home, facts, settings=QUICK)
        assert len(site.asked) == 3
        pull(home, facts.model_copy(update={"calls_a_day": 9}), settings=QUICK)
    assert (site.asked[3]["partnerCode"], site.asked[3]["period"]) == ("643", "2018,2019")


def test_a_question_of_several_blocks_is_asked_whole_or_not_at_all(home: Home, tmp_path: Path) -> None:
    site = ComtradeSite(rows())
    with served(site, tmp_path, calls_a_day=8, questions={"codes_per_call": 2}) as facts:
        pull(home, facts, settings=QUICK)
    assert members(home) == [
        "A/partner-643/2020-2021/1.json",
        "A/partner-643/2020-2021/2.json",
        "A/reporter-643/2018-2019/1.json",
        "A/reporter-643/2018-2019/2.json",
        "A/reporter-643/2020-2021/1.json",
        "A/reporter-643/2020-2021/2.json",
    ]


def test_all_that_was_reported_cannot_vanish_unnoticed(home: Home, tmp_path: Path) -> None:
    site = ComtradeSite(rows(per_year=100))
    with served(site, tmp_path) as facts:
        pull(home, facts, settings=QUICK)
        site.rows = [row for row in site.rows if row["period"] > "2019"]
        with pytest.raises(BoomerangError) as refused:
            pull(home, facts, settings=QUICK)
    assert isinstance(refused.value, ContentRefusedError) and refused.value.reason == "counts_fell"


def test_days_can_be_named(home: Home, tmp_path: Path) -> None:
    site = ComtradeSite(rows())
    with served(site, tmp_path) as facts:
        (seen,) = pull(home, facts, settings=QUICK, since=date(2019, 6, 1), until=date(2019, 7, 1)).observations
    assert [asked["period"] for asked in site.asked] == ["2019", "2019"]
    assert seen.is_complete is False


def test_a_single_answer_keeps_the_name_of_its_question(home: Home, tmp_path: Path) -> None:
    site = ComtradeSite(rows())
    with served(site, tmp_path, questions={"partners": []}) as facts:
        (seen,) = pull(home, facts, settings=QUICK, since=date(2021, 6, 1)).observations
    assert members(home) == ["A/reporter-643/2021-2021/1.json"]
    assert "rows A/reporter-643/2021" in seen.figures


def test_a_year_that_is_added_to_the_newest_question_does_not_count_as_one_that_vanished(
    home: Home, tmp_path: Path
) -> None:
    site = ComtradeSite([*rows(), flow_row(643, 699, "2022", "X", CODES[0], 1)])
    with served(site, tmp_path, questions={"annual": {"first": 2018, "periods_per_call": 3}}) as facts:
        pull(home, facts, settings=QUICK)
        (seen,) = pull(home, facts.model_copy(update={"last_day": date(2022, 12, 31)}), settings=QUICK).observations
    assert (seen.is_complete, seen.figures["rows A/reporter-643/2021"]) == (True, 4)
