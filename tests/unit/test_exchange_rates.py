"""The banks' answers as they are, damaged and hostile; what a pull asks for."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml
from pytest_httpserver import HTTPServer
from werkzeug import Response

from boomerang.bronze import bronze_path, make_bronze
from boomerang.bundle import read_bundle, write_bundle
from boomerang.errors import ContentRefusedError, SourceUnavailableError, UsageError
from boomerang.home import PROJECT_ROOT, Home
from boomerang.landing.fetch import ClientSettings
from boomerang.landing.inbox import ingest
from boomerang.landing.pull import PullResult, pull
from boomerang.landing.store import Landing
from boomerang.sources import fx_cbr, fx_ecb
from boomerang.sources.exchange_rates import LONGEST_GAP_DAYS
from boomerang.sources.specification import SourceSpecification, specification
from rates_server import Bank, daily, dynamic, working_days, xml

QUICK = ClientSettings(attempts=1, read_seconds=5)
FRIDAY, SATURDAY, SUNDAY, TUESDAY = date(2025, 3, 28), date(2025, 3, 29), date(2025, 3, 30), date(2025, 4, 1)

# As published for 2025-04-01: 85.4963 roubles for a dollar, 99.9006 for a hundred rupees.
QUOTES = {"USD": (1, "85,4963"), "INR": (100, "99,9006"), "CNY": (1, "11,7136")}


def test_rates_are_used_as_long_as_a_gap_may_be() -> None:
    project = yaml.safe_load((PROJECT_ROOT / "dbt_project" / "dbt_project.yml").read_text(encoding="utf-8"))
    assert project["vars"]["longest_rate_gap_days"] == LONGEST_GAP_DAYS


def cbr(**facts: object) -> SourceSpecification:
    known = specification("fx_cbr")
    return known.model_copy(update={"bounds": {}, "rate_limit": None, "address": "/scripts/", **facts})


def ecb(**facts: object) -> SourceSpecification:
    return specification("fx_ecb").model_copy(update={"bounds": {}, "address": "/hist.zip", **facts})


def refused(content: bytes, currency: str | None = None) -> ContentRefusedError:
    with pytest.raises(ContentRefusedError) as error:
        fx_cbr.read_answer(content, "answer.xml", currency)
    return error.value


# --- The Bank of Russia's answers


def test_a_rate_is_a_decimal_for_a_number_of_units() -> None:
    answer = fx_cbr.read_answer(daily(TUESDAY, QUOTES), "answer.xml")
    assert [(rate.currency, rate.nominal, rate.value) for rate in answer.rates] == [
        ("USD", 1, Decimal("85.4963")),
        ("INR", 100, Decimal("99.9006")),
        ("CNY", 1, Decimal("11.7136")),
    ]
    assert {rate.rate_on for rate in answer.rates} == {TUESDAY}


def test_a_span_gives_each_record_its_own_nominal() -> None:
    quotes = {FRIDAY: (10, "9,7681"), TUESDAY: (100, "99,9006")}
    answer = fx_cbr.read_answer(dynamic("INR", FRIDAY, TUESDAY, quotes), "answer.xml")
    assert [(rate.rate_on, rate.currency, rate.nominal) for rate in answer.rates] == [
        (FRIDAY, "INR", 10),
        (TUESDAY, "INR", 100),
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not_rates"),
        (b"<html><body>Service unavailable</body></html>", "not_rates"),
        (b"<!doctype html><html></html>", "not_rates"),
        (b"<!DOCTYPE html><html></html>", "hostile_xml"),
        (
            b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c"><!ENTITY d "&b;&b;">]><ValCurs>&d;</ValCurs>',
            "hostile_xml",
        ),
        (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><ValCurs Date="01.04.2025"/>', "hostile_xml"),
        (b'<ValCurs Date="01.04.2025"><Valute>&b;</Valute></ValCurs>', "not_rates"),
        (b'<?xml version="1.0" encoding="nonsense"?><ValCurs/>', "not_rates"),
        (daily(TUESDAY, QUOTES)[:-30], "not_rates"),
        (daily(TUESDAY, {}), "no_rates"),
        (xml("", "Error in parameters"), "no_rates"),
        (xml("", "<Valute/>"), "not_rates"),
        (xml('Date="31.02.2025"', "<Valute/>"), "not_rates"),
        (xml('ID="R09999"', '<Record Date="01.04.2025" Id="R09999"/>'), "unknown_currency"),
        (xml('Date="01.04.2025"', "<Valute><CharCode>USD</CharCode></Valute>"), "no_rates"),
    ],
)
def test_what_is_no_answer_of_the_bank_is_refused(content: bytes, reason: str) -> None:
    assert refused(content).reason == reason


def test_an_error_of_the_bank_is_told_in_its_words() -> None:
    assert "Error in parameters" in str(refused(xml("", "Error in parameters")))


@pytest.mark.parametrize(
    ("nominal", "value", "currency", "reason"),
    [
        ("1", "85.4963", "USD", "bad_rate"),
        ("1", "1 085,4963", "USD", "bad_rate"),
        ("1", "0,0000", "USD", "bad_rate"),
        ("1", "-85,4963", "USD", "bad_rate"),
        ("1", "N/A", "USD", "bad_rate"),
        ("1", "9999999999,1", "USD", "bad_rate"),
        ("0", "85,4963", "USD", "bad_rate"),
        ("", "85,4963", "USD", "bad_rate"),
        ("1", "85,4963", "usd", "bad_currency"),
        ("1", "85,4963", "", "bad_currency"),
    ],
)
def test_a_record_that_is_no_rate_costs_that_record_only(nominal: str, value: str, currency: str, reason: str) -> None:
    odd = (
        f'<Valute ID="R01235"><CharCode>{currency}</CharCode>'
        f"<Nominal>{nominal}</Nominal><Value>{value}</Value></Valute>"
    )
    good = '<Valute ID="R01239"><CharCode>EUR</CharCode><Nominal>1</Nominal><Value>92,4276</Value></Valute>'
    answer = fx_cbr.read_answer(xml('Date="01.04.2025"', odd + good), "answer.xml")
    assert [(rate.row, rate.currency) for rate in answer.rates] == [(2, "EUR")]
    assert [(unread.row, unread.reason) for unread in answer.unread] == [(1, reason)]
    assert answer.records == 2


def test_elements_nested_without_end_do_not_bring_the_reader_down() -> None:
    deep = b"<a>" * 50_000 + b"</a>" * 50_000
    content = xml('Date="01.04.2025"', "").replace(b"</ValCurs>", deep + daily(TUESDAY, QUOTES)[-600:])
    with pytest.raises(ContentRefusedError):
        fx_cbr.read_answer(content, "answer.xml")
    whole = xml('Date="01.04.2025"', "X").replace(b"X</ValCurs>", deep + b"</ValCurs>")
    assert refused(whole).reason == "no_rates"


# --- What a pull asks for


def bank(*days: date) -> Bank:
    return Bank({day: dict(QUOTES) for day in days})


def pulled(home: Home, server: HTTPServer, source: SourceSpecification, **span: date) -> PullResult:
    return pull(home, source, base_address=server.url_for("/"), settings=QUICK, **span)


def test_the_first_pull_asks_for_each_currency_once(home: Home, httpserver: HTTPServer) -> None:
    serving = bank(*working_days(date(2025, 1, 10), TUESDAY))
    serving.serve(httpserver)
    source = cbr(first_day=date(2025, 1, 10), last_day=TUESDAY)
    (observation,) = pulled(home, httpserver, source).observations
    assert serving.asked == ["daily 01/04/2025", "dynamic R01235", "dynamic R01270", "dynamic R01375"]
    assert (observation.shows_from, observation.shows_to, observation.is_complete) == (date(2025, 1, 10), TUESDAY, True)
    members = dict(read_bundle(home.root / observation.landed_path, 10_000_000))
    assert list(members) == [
        "daily/2025-04-01.xml",
        "dynamic/CNY_R01375.xml",
        "dynamic/INR_R01270.xml",
        "dynamic/USD_R01235.xml",
    ]
    assert members["daily/2025-04-01.xml"] == daily(TUESDAY, QUOTES)


def test_later_pulls_ask_for_the_missing_days_only(home: Home, httpserver: HTTPServer) -> None:
    serving = bank(*working_days(date(2025, 1, 10), TUESDAY))
    serving.serve(httpserver)
    first_day = date(2025, 1, 10)
    pulled(home, httpserver, cbr(first_day=first_day, last_day=FRIDAY))
    serving.asked.clear()
    (second,) = pulled(home, httpserver, cbr(first_day=first_day, last_day=SUNDAY)).observations
    assert serving.asked == ["daily 30/03/2025", "daily 29/03/2025"]
    assert (second.shows_from, second.shows_to, second.is_complete) == (SATURDAY, SUNDAY, False)
    serving.asked.clear()
    pulled(home, httpserver, cbr(first_day=first_day, last_day=SUNDAY))
    assert serving.asked == ["daily 30/03/2025"]


def test_a_span_asked_for_by_hand_leaves_the_gap_before_it_to_the_next_pull(home: Home, httpserver: HTTPServer) -> None:
    serving = bank(*working_days(date(2025, 1, 10), TUESDAY))
    serving.serve(httpserver)
    source = cbr(first_day=date(2025, 1, 10), last_day=TUESDAY)
    pulled(home, httpserver, source, since=SATURDAY, until=SUNDAY)
    assert serving.asked == ["daily 30/03/2025", "daily 29/03/2025"]
    (later,) = pulled(home, httpserver, source).observations
    assert (later.shows_from, later.is_complete) == (date(2025, 1, 10), True)


def test_the_day_asked_for_is_kept_beside_the_day_of_the_rate(home: Home, httpserver: HTTPServer) -> None:
    bank(SATURDAY).serve(httpserver)
    pulled(home, httpserver, cbr(last_day=SUNDAY), since=SATURDAY, until=SUNDAY)
    make_bronze(home)
    (landed,) = Landing(home).observations("fx_cbr")
    rows = pq.read_table(bronze_path(home, "fx_cbr", "rates", landed.sha256, 1)).to_pylist()
    assert {(row["asked_on"], row["rate_on"]) for row in rows} == {(SATURDAY, SATURDAY), (SUNDAY, SATURDAY)}


def test_a_span_that_ends_before_it_begins_is_refused(home: Home, httpserver: HTTPServer) -> None:
    bank(TUESDAY).serve(httpserver)
    with pytest.raises(UsageError, match="ends before it begins"):
        pulled(home, httpserver, cbr(), since=TUESDAY, until=FRIDAY)


def test_days_to_come_are_not_asked_for(home: Home, httpserver: HTTPServer) -> None:
    serving = bank(TUESDAY)
    serving.serve(httpserver)
    with pytest.raises(UsageError, match="has not come yet"):
        pulled(home, httpserver, cbr(), until=date(2999, 1, 1))
    assert serving.asked == []


@pytest.mark.parametrize("script", ["daily", "dynamic"])
@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Response("down", status=500), None),
        (Response(b""), "not_rates"),
        (Response("<html>Технические работы</html>"), "not_rates"),
        (Response(daily(TUESDAY, QUOTES)[:-30]), "not_rates"),
        (Response(daily(TUESDAY, {})), "no_rates"),
        (Response(daily(date(2024, 1, 10), QUOTES)), "wrong_day"),
        (Response(daily(date(2026, 1, 10), QUOTES)), "wrong_day"),
    ],
)
def test_a_pull_of_which_one_answer_is_bad_lands_nothing(
    home: Home, httpserver: HTTPServer, script: str, answer: Response, reason: str | None
) -> None:
    serving = bank(*working_days(date(2025, 1, 10), TUESDAY))
    serving.serve(httpserver)
    serving.broken[script] = answer
    with pytest.raises(ContentRefusedError if reason else SourceUnavailableError) as error:
        pulled(home, httpserver, cbr(first_day=date(2025, 1, 10), last_day=TUESDAY))
    assert getattr(error.value, "reason", None) == reason
    assert Landing(home).observations("fx_cbr") == []
    (refusal,) = Landing(home).refusals("fx_cbr")
    assert refusal.reason == (reason or "unavailable")


def test_rates_of_another_currency_are_refused(home: Home, httpserver: HTTPServer) -> None:
    serving = bank(*working_days(date(2025, 1, 10), TUESDAY))
    serving.serve(httpserver)
    records = xml(
        'ID="R01235"', '<Record Date="01.04.2025" Id="R01239"><Nominal>1</Nominal><Value>1,0</Value></Record>'
    )
    serving.broken["dynamic"] = Response(records)
    with pytest.raises(ContentRefusedError) as error:
        pulled(home, httpserver, cbr(first_day=date(2025, 1, 10), last_day=TUESDAY))
    assert error.value.reason == "no_rates"


def test_a_day_without_the_dollar_is_refused(home: Home, httpserver: HTTPServer) -> None:
    Bank({TUESDAY: {"INR": QUOTES["INR"]}}).serve(httpserver)
    with pytest.raises(ContentRefusedError) as error:
        pulled(home, httpserver, cbr(first_day=TUESDAY, last_day=TUESDAY))
    assert error.value.reason == "no_dollar"


def test_answers_saved_by_hand_go_in_as_they_are(home: Home, tmp_path: Path) -> None:
    (tmp_path / "day.xml").write_bytes(daily(TUESDAY, QUOTES))
    (tmp_path / "dollar.xml").write_bytes(dynamic("USD", FRIDAY, TUESDAY, {FRIDAY: (1, "84,0000")}))
    ingest(home, [tmp_path / "day.xml", tmp_path / "dollar.xml"], source=cbr())
    summary = make_bronze(home)
    assert not summary.refused
    assert {text.partition("(")[2] for text in summary.parsed} == {
        "3 rows loaded, 0 quarantined)",
        "1 rows loaded, 0 quarantined)",
    }


def test_a_member_that_no_pull_wrote_is_refused(tmp_path: Path) -> None:
    write_bundle({"other.xml": daily(TUESDAY, QUOTES)}, tmp_path / "bundle.zip")
    with pytest.raises(ContentRefusedError, match="no member"):
        fx_cbr.READER.inspect(tmp_path / "bundle.zip", cbr(), None)


# --- The European Central Bank's table

TABLE = (
    "Date,USD,JPY,RUB,\n2022-03-02,1.1106,128.15,N/A,\n2022-03-01,1.1162,128.42,117.201,\n2022-02-28,1.1199,129.31,,\n"
)


def zipped(text: str, name: str = "eurofxref-hist.csv") -> bytes:
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, text)
    return output.getvalue()


def ecb_refused(path: Path, content: bytes, maximum_bytes: int = 1_000_000) -> ContentRefusedError:
    path.write_bytes(content)
    with pytest.raises(ContentRefusedError) as error:
        fx_ecb.read_table(path, maximum_bytes)
    return error.value


def test_the_table_gives_units_for_a_euro_and_nothing_where_there_is_none(tmp_path: Path) -> None:
    (tmp_path / "hist.zip").write_bytes(zipped(TABLE))
    answer = fx_ecb.read_table(tmp_path / "hist.zip", 1_000_000)
    assert (answer.member, answer.records) == ("eurofxref-hist.csv", 3)
    roubles = [(rate.row, rate.rate_on, rate.value) for rate in answer.rates if rate.currency == "RUB"]
    assert roubles == [(2, date(2022, 3, 1), Decimal("117.201"))]
    assert len(answer.rates) == 7


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (zipped(TABLE)[:-40], "damaged_zip"),
        (b"<html>moved</html>", "not_rates"),
        (b"", "not_rates"),
        (zipped("Date,USD\n"), "no_rates"),
        (zipped("Date,JPY\n2022-03-02,128.15\n"), "not_rates"),
        (zipped("Date,USD,USD\n2022-03-02,1,1\n"), "not_rates"),
        (zipped("Date,USD,dollar\n2022-03-02,1,1\n"), "not_rates"),
        (zipped("Date,USD\n2022-03-02,1,1062\n"), "no_rates"),
        (zipped(TABLE + "".join(f"2022-02-{day:02},x,1,1,\n" for day in range(1, 20))), "too_many_unreadable"),
        (zipped('Date,USD\n2022-03-02,"1.1\n'), "not_rates"),
        ("Date,USD\n2022-03-02,1.1\xff\n".encode("latin-1"), "not_rates"),
    ],
)
def test_what_is_no_table_of_rates_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    assert ecb_refused(tmp_path / "hist.zip", content).reason == reason


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    bomb = zipped("0" * 50_000_000)
    assert len(bomb) < 100_000
    assert ecb_refused(tmp_path / "hist.zip", bomb).reason == "too_large_unpacked"


def test_a_zip_of_several_files_is_refused(tmp_path: Path) -> None:
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w") as archive:
        archive.writestr("a.csv", TABLE)
        archive.writestr("b.csv", TABLE)
    assert ecb_refused(tmp_path / "hist.zip", output.getvalue()).reason == "not_one_member"


def test_a_day_with_an_unreadable_cell_goes_to_the_quarantine_whole(home: Home, tmp_path: Path) -> None:
    days = "".join(f"2021-{month:02}-{day:02},1.1,130,80,\n" for month in range(1, 13) for day in range(1, 29))
    (tmp_path / "hist.zip").write_bytes(zipped(TABLE + "2022-02-27,1.1,x,80,\n" + days))
    ingest(home, [tmp_path / "hist.zip"], source=ecb())
    make_bronze(home)
    (landed,) = Landing(home).observations("fx_ecb")
    (unread,) = pq.read_table(home.quarantine / "fx_ecb" / f"{landed.sha256}.v1.parquet").to_pylist()
    assert (unread["reason"], unread["_source_row"], unread["_source_member"]) == ("bad_rate", 4, "eurofxref-hist.csv")
    assert unread["content"] == "2022-02-27,1.1,x,80,"
    rates = pq.read_table(bronze_path(home, "fx_ecb", "rates", landed.sha256, 1))
    assert date(2022, 2, 27) not in rates["rate_on"].to_pylist()


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Response("down", status=500), "unavailable"),
        (Response(zipped(TABLE)[:-40]), "damaged_zip"),
        (Response("<html>moved</html>"), "not_rates"),
        (Response(b""), "empty"),
    ],
)
def test_a_bad_answer_of_the_ecb_lands_nothing(
    home: Home, httpserver: HTTPServer, answer: Response, reason: str
) -> None:
    httpserver.expect_request("/hist.zip").respond_with_response(answer)
    with pytest.raises((ContentRefusedError, SourceUnavailableError)):
        pulled(home, httpserver, ecb())
    assert Landing(home).observations("fx_ecb") == []
    assert [refusal.reason for refusal in Landing(home).refusals("fx_ecb")] == [reason]


def test_a_table_that_lost_days_is_beyond_the_bounds(home: Home, httpserver: HTTPServer) -> None:
    source = ecb(bounds={"days": specification("fx_ecb").bounds["days"]})
    httpserver.expect_request("/hist.zip").respond_with_data(zipped(TABLE))
    assert pulled(home, httpserver, source).new
    httpserver.clear()
    httpserver.expect_request("/hist.zip").respond_with_data(zipped(TABLE[: TABLE.index("2022-02-28")]))
    with pytest.raises(ContentRefusedError) as error:
        pulled(home, httpserver, source)
    assert error.value.reason == "counts_fell"
