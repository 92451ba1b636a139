"""Pulling from a real local HTTP server."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from boomerang.clock import utc_now
from boomerang.errors import ContentRefusedError, HomeBusyError, SourceUnavailableError, UsageError
from boomerang.home import Home
from boomerang.landing.fetch import ClientSettings
from boomerang.landing.pull import PullResult, accept, is_due, parse_listing, pull, resolve_address
from boomerang.landing.store import Landing
from boomerang.sources.specification import SourceSpecification
from landing_reader import held_by_another_process, lines, source, tree

QUICK = ClientSettings(attempts=1, read_seconds=5)
FALLS = {"lines": {"minimum": 1, "maximum_fall": 0.1, "maximum_rise": 0.5}}


def _page(server: HTTPServer, content: bytes, **headers: str) -> None:
    server.clear()
    server.expect_request("/page").respond_with_data(content, headers=headers)


def _pull(home: Home, server: HTTPServer, specification: SourceSpecification) -> PullResult:
    return pull(home, specification, base_address=server.url_for("/"), settings=QUICK)


@pytest.fixture
def page() -> SourceSpecification:
    return source(address="/page", bounds=FALLS)


def test_a_pull_lands_the_bytes_with_all_that_is_known_about_the_fetch(
    home: Home, httpserver: HTTPServer, page: SourceSpecification
) -> None:
    _page(httpserver, lines(100), ETag='"v1"', **{"Last-Modified": "Sun, 23 Apr 2023 14:45:57 GMT"})
    before = utc_now()
    result = _pull(home, httpserver, page)
    (observation,) = result.observations
    assert before <= observation.observed_at <= utc_now()
    assert observation.sha256 == hashlib.sha256(lines(100)).hexdigest()
    assert observation.url == httpserver.url_for("/page")
    assert (observation.http_status, observation.etag, observation.bytes) == (200, '"v1"', len(lines(100)))
    assert observation.last_modified == "Sun, 23 Apr 2023 14:45:57 GMT"
    assert observation.figures == {"lines": 100}
    assert (home.root / observation.landed_path).read_bytes() == lines(100)
    assert result.describe() == f"plain: 1 new: page ({len(lines(100)):,} bytes)"
    request, _ = httpserver.log[0]
    assert request.headers["User-Agent"].startswith("boomerang/")
    assert request.headers["Accept-Encoding"] == "identity"


def test_the_same_page_again_lands_nothing_new_and_says_so(
    home: Home, httpserver: HTTPServer, page: SourceSpecification
) -> None:
    _page(httpserver, lines(100))
    first = _pull(home, httpserver, page).observations[0]
    result = _pull(home, httpserver, page)
    assert result.describe() == "plain: 1 unchanged, nothing new landed"
    assert result.observations[0].landed_path == first.landed_path
    assert sum(name.endswith(".txt") for name in tree(home.landing)) == 1
    assert len(Landing(home).observations("plain")) == 2


def test_a_server_that_knows_its_etag_is_asked_for_changes_only(
    home: Home, httpserver: HTTPServer, page: SourceSpecification
) -> None:
    def answer(request: Request) -> Response:
        if request.headers.get("If-None-Match") == '"v1"':
            return Response(status=304)
        return Response(lines(100), headers={"ETag": '"v1"'})

    httpserver.expect_request("/page").respond_with_handler(answer)
    first = _pull(home, httpserver, page).observations[0]
    second = _pull(home, httpserver, page).observations[0]
    third = _pull(home, httpserver, page).observations[0]
    assert [item.http_status for item in (first, second, third)] == [200, 304, 304]
    assert third.sha256 == first.sha256
    assert third.figures == {"lines": 100}
    assert third.etag == '"v1"'
    assert not third.is_new_content


def test_landed_bytes_that_are_gone_are_fetched_again_and_not_answered_by_304(
    home: Home, httpserver: HTTPServer, page: SourceSpecification
) -> None:
    _page(httpserver, lines(100), ETag='"v1"')
    landed = home.root / _pull(home, httpserver, page).observations[0].landed_path
    landed.unlink()
    assert _pull(home, httpserver, page).observations[0].http_status == 200
    assert "If-None-Match" not in httpserver.log[-1][0].headers
    assert len(list(home.landing.rglob("*.txt"))) == 1


def test_counts_that_fall_by_a_third_are_refused_and_the_last_good_one_stands(
    home: Home, httpserver: HTTPServer, page: SourceSpecification
) -> None:
    _page(httpserver, lines(90))
    good = _pull(home, httpserver, page).observations[0]
    _page(httpserver, lines(60))
    with pytest.raises(ContentRefusedError, match=r"lines went from 90 .* to 60, a fall of 33.3%") as caught:
        _pull(home, httpserver, page)
    assert caught.value.reason == "counts_fell"
    assert "at most 10.0% is believed" in str(caught.value)
    sha256 = hashlib.sha256(lines(60)).hexdigest()
    assert f'boomerang accept plain {sha256[:12]} --why "..."' in str(caught.value)
    assert Landing(home).observations("plain") == [good]
    (refusal,) = Landing(home).refusals("plain")
    assert (refusal.reason, refusal.figures) == ("counts_fell", {"lines": 60})
    assert (home.root / str(refusal.quarantined_path)).read_bytes() == lines(60)
    assert Landing(home).last_failure("plain") == refusal


@pytest.mark.parametrize(("count", "reason"), [(0, "below_minimum"), (151, "counts_rose"), (89, "counts_fell")])
def test_each_bound_stops_a_pull(
    home: Home, httpserver: HTTPServer, page: SourceSpecification, count: int, reason: str
) -> None:
    _page(httpserver, lines(100))
    _pull(home, httpserver, page)
    _page(httpserver, lines(count))
    with pytest.raises(ContentRefusedError) as caught:
        _pull(home, httpserver, page)
    assert caught.value.reason == reason


@pytest.mark.parametrize("count", [90, 150])
def test_a_change_within_the_bounds_lands(
    home: Home, httpserver: HTTPServer, page: SourceSpecification, count: int
) -> None:
    _page(httpserver, lines(100))
    _pull(home, httpserver, page)
    _page(httpserver, lines(count))
    assert _pull(home, httpserver, page).observations[0].figures == {"lines": count}


def test_a_page_of_years_ago_is_out_of_bounds_although_it_landed_then(
    home: Home, httpserver: HTTPServer, page: SourceSpecification
) -> None:
    for count in (100, 140, 200):
        _page(httpserver, lines(count))
        _pull(home, httpserver, page)
    _page(httpserver, lines(100))
    with pytest.raises(ContentRefusedError, match=r"from 200 .* to 100"):
        _pull(home, httpserver, page)
    assert Landing(home).last_good("plain").figures == {"lines": 200}  # type: ignore[union-attr]


def test_an_accepted_fall_lands_at_the_time_it_was_observed_with_the_reason(
    home: Home, httpserver: HTTPServer, page: SourceSpecification
) -> None:
    _page(httpserver, lines(90))
    _pull(home, httpserver, page)
    _page(httpserver, lines(60))
    for _ in range(2):
        with pytest.raises(ContentRefusedError):
            _pull(home, httpserver, page)
    first, second = Landing(home).refusals("plain")
    accepted = accept(home, page, str(first.sha256)[:12], "the page was split in two")
    assert accepted.observed_at == second.observed_at
    assert accepted.accepted_because == "the page was split in two"
    assert accepted.url == httpserver.url_for("/page")
    _, one, two = Landing(home).observations("plain")
    assert [one.observed_at, two.observed_at] == [first.observed_at, second.observed_at]
    assert (one.is_new_content, two.is_new_content) == (True, False)
    assert (home.root / accepted.landed_path).read_bytes() == lines(60)
    assert tree(home.quarantine) == {}
    assert _pull(home, httpserver, page).describe() == "plain: 1 unchanged, nothing new landed"


def test_only_what_bounds_stopped_can_be_accepted(
    home: Home, httpserver: HTTPServer, page: SourceSpecification
) -> None:
    _page(httpserver, b"<!DOCTYPE html><p>maintenance</p>")
    with pytest.raises(ContentRefusedError) as caught:
        _pull(home, httpserver, page)
    assert caught.value.reason == "not_lines"
    (refusal,) = Landing(home).refusals()
    with pytest.raises(UsageError, match="refused as not_lines"):
        accept(home, page, str(refusal.sha256)[:12], "it looks fine")
    with pytest.raises(UsageError, match="no refused file begins with"):
        accept(home, page, "0" * 12, "it looks fine")
    with pytest.raises(UsageError, match="not the beginning of a checksum"):
        accept(home, page, "../../x", "it looks fine")
    with pytest.raises(UsageError, match="a reason is needed"):
        accept(home, page, str(refusal.sha256)[:12], "  ")
    assert Landing(home).observations() == []
    assert Landing(home).refusals() == [refusal]


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "empty"), (b"<html>", "not_lines"), (b"LINES\ntank\n", "truncated"), (b"BUG", "reader_failed")],
)
def test_what_is_not_the_promised_content_is_refused_and_kept(
    home: Home, httpserver: HTTPServer, page: SourceSpecification, content: bytes, reason: str
) -> None:
    _page(httpserver, content)
    with pytest.raises(ContentRefusedError) as caught:
        _pull(home, httpserver, page)
    assert caught.value.reason == reason
    (refusal,) = Landing(home).refusals("plain")
    assert (home.root / str(refusal.quarantined_path)).read_bytes() == content
    assert tree(home.landing) == {}


def test_a_pull_that_fails_is_on_record(home: Home, httpserver: HTTPServer, page: SourceSpecification) -> None:
    httpserver.expect_request("/page").respond_with_data("gone", status=404)
    with pytest.raises(SourceUnavailableError, match="answered 404 NOT FOUND"):
        _pull(home, httpserver, page)
    failure = Landing(home).last_failure("plain")
    assert failure is not None
    assert (failure.reason, failure.sha256, failure.url) == ("unavailable", None, httpserver.url_for("/page"))


def test_secrets_of_an_address_stand_in_no_record_message_or_log(
    home: Home, httpserver: HTTPServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    specification = source(address="/page?period=2022&subscription-key=hunter2&Token=hunter2")
    _page(httpserver, lines(3))
    pull(home, specification, base_address=httpserver.url_for("/"), settings=QUICK)
    httpserver.clear()
    with pytest.raises(SourceUnavailableError) as caught:
        _pull(home, httpserver, specification)
    assert "hunter2" not in str(caught.value)
    assert "period=2022&subscription-key=REDACTED" in str(caught.value)
    ours = [record.getMessage() for record in caplog.records if record.name != "werkzeug"]  # the server's own log
    assert any("subscription-key=REDACTED" in message for message in ours)
    assert not any("hunter2" in message for message in ours)
    assert b"hunter2" not in b"".join(tree(home.root).values())


def test_another_pull_of_the_same_source_is_kept_out_and_of_another_source_is_not(
    home: Home, httpserver: HTTPServer, page: SourceSpecification
) -> None:
    _page(httpserver, lines(3))
    with held_by_another_process(home, "pull-plain"):
        with pytest.raises(HomeBusyError):
            _pull(home, httpserver, page)
        other = page.model_copy(update={"name": "other"})
        assert len(_pull(home, httpserver, other).observations) == 1


class Site:
    """A listing and its files, as a publisher serves them."""

    def __init__(self, server: HTTPServer) -> None:
        self.server = server

    def show(self, content: dict[str, bytes], *, listed: dict[str, bytes] | None = None) -> None:
        """Serve ``content``; the listing speaks of ``listed`` instead where given."""
        self.server.clear()
        sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in (listed or content).items())
        self.server.expect_request("/files/SHA256SUMS").respond_with_data(sums)
        for name, data in content.items():
            self.server.expect_request(f"/files/{name}").respond_with_data(data)

    @property
    def fetched(self) -> list[str]:
        return [request.path.removeprefix("/files/") for request, _ in self.server.log]


@pytest.fixture
def site(httpserver: HTTPServer) -> Site:
    return Site(httpserver)


@pytest.fixture
def files() -> SourceSpecification:
    return source("files", address="/files/SHA256SUMS", listing=True, cadence="files")


COVERAGE = (
    b"coverage: [{reporter_country_code: RU, direction: import, covered_from: 2019-01-01, covered_to: 2023-03-31}]"
)


def test_every_file_of_a_listing_lands_with_its_layout_and_coverage(
    home: Home, httpserver: HTTPServer, site: Site, files: SourceSpecification
) -> None:
    site.show({"a b.csv": lines(1), "fields/lines.csv": lines(2), "fields/lines.csv.coverage.yml": COVERAGE})
    result = _pull(home, httpserver, files)
    plain, fields = result.observations
    assert (plain.file_name, plain.layout, plain.coverage) == ("a b.csv", None, ())
    assert (fields.file_name, fields.layout) == ("lines.csv", "fields")
    assert fields.coverage[0].declared_by == "lines.csv.coverage.yml"
    assert fields.landed_path.endswith(".csv")
    assert result.describe().startswith("files: 2 new: a b.csv")
    assert len(tree(home.landing)) == 4


def test_listed_files_that_have_landed_are_not_fetched_again_but_observed(
    home: Home, httpserver: HTTPServer, site: Site, files: SourceSpecification
) -> None:
    site.show({"a.csv": lines(1), "b.csv": lines(2)})
    _pull(home, httpserver, files)
    site.show({"a.csv": lines(1), "b.csv": lines(3)})
    httpserver.clear_log()
    result = _pull(home, httpserver, files)
    assert site.fetched == ["SHA256SUMS", "b.csv"]
    assert [(item.file_name, item.is_new_content) for item in result.observations] == [
        ("a.csv", False),
        ("b.csv", True),
    ]
    assert result.describe() == f"files: 1 new: b.csv ({len(lines(3))} bytes), 1 unchanged"
    assert _pull(home, httpserver, files).describe() == "files: 2 unchanged, nothing new landed"


def test_a_file_that_differs_from_the_listing_is_refused_and_the_others_land(
    home: Home, httpserver: HTTPServer, site: Site, files: SourceSpecification
) -> None:
    site.show({"a.csv": lines(1), "b.csv": lines(2)}, listed={"a.csv": lines(1), "b.csv": lines(9)})
    result = _pull(home, httpserver, files)
    assert [item.file_name for item in result.observations] == ["a.csv"]
    assert [item.reason for item in result.refused] == ["checksum_mismatch"]
    assert (home.root / str(result.refused[0].quarantined_path)).read_bytes() == lines(2)
    assert "1 refused" in result.describe()


def test_a_listed_file_that_is_missing_is_told_and_the_others_land(
    home: Home, httpserver: HTTPServer, site: Site, files: SourceSpecification
) -> None:
    site.show({"a.csv": lines(1)}, listed={"a.csv": lines(1), "b.csv": lines(2)})
    result = _pull(home, httpserver, files)
    assert [item.file_name for item in result.observations] == ["a.csv"]
    assert [(item.file_name, item.reason) for item in result.refused] == [("b.csv", "unavailable")]


def test_a_sidecar_that_can_not_be_read_keeps_its_file_out(
    home: Home, httpserver: HTTPServer, site: Site, files: SourceSpecification
) -> None:
    site.show({"a.csv": lines(1), "a.csv.coverage.yml": b"coverage: all of it", "b.csv.coverage.yml": COVERAGE})
    with pytest.raises(ContentRefusedError, match=r"a\.csv\.coverage\.yml can't be read"):
        _pull(home, httpserver, files)
    assert [item.reason for item in Landing(home).refusals()] == ["coverage_unreadable", "sidecar_without_file"]
    assert tree(home.landing) == {}


def test_bounds_compare_a_listed_file_with_the_former_file_of_its_name(
    home: Home, httpserver: HTTPServer, site: Site, files: SourceSpecification
) -> None:
    bounded = files.model_copy(update={"bounds": source(bounds=FALLS).bounds})
    site.show({"a.csv": lines(100), "b.csv": lines(5)})
    assert len(_pull(home, httpserver, bounded).observations) == 2
    site.show({"a.csv": lines(50), "b.csv": lines(5)})
    result = _pull(home, httpserver, bounded)
    assert [item.file_name for item in result.observations] == ["b.csv"]
    assert [item.reason for item in result.refused] == ["counts_fell"]


@pytest.mark.parametrize(
    "name",
    ["../secret", "a/../../b", "/etc/passwd", "a/b/c.csv", "a//b", "./a", "a\\b", ".", "fields/..", "a\x07b"],
)
def test_a_listing_that_leads_out_of_its_folder_is_refused_whole(
    home: Home, httpserver: HTTPServer, files: SourceSpecification, name: str
) -> None:
    good = hashlib.sha256(lines(1)).hexdigest()
    httpserver.expect_request("/files/SHA256SUMS").respond_with_data(f"{good}  good.csv\n{good}  {name}\n")
    with pytest.raises(ContentRefusedError) as caught:
        _pull(home, httpserver, files)
    assert caught.value.reason == "listing_unsafe"
    assert [request.path for request, _ in httpserver.log] == ["/files/SHA256SUMS"]
    assert tree(home.landing) == {}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "listing_empty"),
        (b"<html><body>Not found</body></html>", "listing_unreadable"),
        (b"\xff\xfe", "listing_unreadable"),
        (b"0" * 64 + b"  a\n" + b"1" * 64 + b"  a\n", "listing_unreadable"),
        (b"0" * 63 + b"  a\n", "listing_unreadable"),
    ],
)
def test_what_is_no_listing_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(ContentRefusedError) as caught:
        parse_listing(content, "files")
    assert caught.value.reason == reason


def test_a_listing_is_read_as_sha256sum_writes_it() -> None:
    entries = parse_listing(b"1" * 64 + b" *b.csv\n" + b"0" * 64 + "  поля/a (1).csv\r\n".encode(), "files")
    assert [(entry.name, entry.layout, entry.file_name) for entry in entries] == [
        ("b.csv", None, "b.csv"),
        ("поля/a (1).csv", "поля", "a (1).csv"),
    ]


def test_the_environment_puts_a_mirror_in_place_of_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    assert resolve_address(source(address="/page"), "http://127.0.0.1:81/") == "http://127.0.0.1:81/page"
    assert resolve_address(source(address="https://example.org/x"), "http://127.0.0.1:81/") == "https://example.org/x"
    monkeypatch.setenv("BOOMERANG_PLAIN_URL", "https://mirror.example.org/x")
    assert resolve_address(source(address="/page"), "http://127.0.0.1:81/") == "https://mirror.example.org/x"


def test_a_source_without_an_address_says_how_to_feed_it(home: Home) -> None:
    with pytest.raises(UsageError, match="BOOMERANG_PLAIN_URL"):
        pull(home, source(address=None))


def test_a_source_is_due_when_its_cadence_has_come_round(home: Home, httpserver: HTTPServer) -> None:
    daily, now = source(address="/page"), utc_now()
    assert is_due(home, daily, now)
    _page(httpserver, lines(3))
    _pull(home, httpserver, daily)
    now = utc_now()
    assert not is_due(home, daily, now)
    assert is_due(home, daily, now + timedelta(hours=23, seconds=1))
    weekly = source(address="/page", cadence="weekly")
    assert not is_due(home, weekly, now + timedelta(days=6))
    assert is_due(home, weekly, now + timedelta(days=7))
    assert is_due(home, source("dropped", address="/files", cadence="files"), now)
    assert not is_due(home, source("dropped", address=None, cadence="files"), now)
    assert not is_due(home, source("unknown", address=None), now)
    with pytest.raises(UsageError, match="unknown cadence"):
        is_due(home, source(address="/page", cadence="fortnightly"), now)


def test_a_failed_pull_leaves_the_source_due(home: Home, httpserver: HTTPServer, page: SourceSpecification) -> None:
    httpserver.expect_request("/page").respond_with_data("no", status=404)
    with pytest.raises(SourceUnavailableError):
        _pull(home, httpserver, page)
    assert is_due(home, page, utc_now())


def test_records_hold_moments_in_utc(home: Home, httpserver: HTTPServer, page: SourceSpecification) -> None:
    _page(httpserver, lines(3))
    _pull(home, httpserver, page)
    (record,) = home.landing.rglob("*.json")
    assert datetime.fromisoformat(json.loads(record.read_text())["observed_at"]).tzinfo == UTC
