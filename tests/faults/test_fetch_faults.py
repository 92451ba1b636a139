"""Fetching from servers that fail in every way a server can: real ones, on real sockets."""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from email.utils import format_datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from boomerang.clock import utc_now
from boomerang.errors import BoomerangError, ContentRefusedError, SourceUnavailableError
from boomerang.landing.fetch import ClientSettings, FetchResult, Session, fetch, redacted
from boomerang.sources.specification import RateLimit

CONTENT = bytes(range(256)) * 400
QUICK = ClientSettings(
    connect_seconds=2, read_seconds=0.5, total_seconds=5, attempts=3, first_wait_seconds=0.01, longest_wait_seconds=2
)


@pytest.fixture
def destination(tmp_path: Path) -> Path:
    return tmp_path / "fetched"


@contextmanager
def raw_server(*answers: bytes | Callable[[socket.socket], None]) -> Iterator[tuple[str, list[bytes]]]:
    """A server that answers its connections one after the other with exactly these bytes, then closes each.

    The last answer is repeated. Yields its address and the requests as they come.
    """
    requests: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.1)
        is_over = threading.Event()

        def serve() -> None:
            while not is_over.is_set():
                try:
                    connection, _ = listener.accept()
                except TimeoutError:
                    continue
                with connection:
                    connection.settimeout(5)
                    requests.append(connection.recv(65536))
                    answer = answers[min(len(requests), len(answers)) - 1]
                    try:
                        if callable(answer):
                            answer(connection)
                        else:
                            connection.sendall(answer)
                    except OSError:  # the client has had enough
                        continue

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/page", requests
        finally:
            is_over.set()
            thread.join()


def _answer(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", *headers, "Connection: close", "", ""]).encode() + body


def _whole() -> bytes:
    return _answer(CONTENT, f"Content-Length: {len(CONTENT)}")


def _fetch(address: str, destination: Path, settings: ClientSettings = QUICK, cap: int = 1_000_000) -> FetchResult:
    return fetch(address, destination, maximum_bytes=cap, settings=settings)


def _fails(address: str, destination: Path, settings: ClientSettings = QUICK, cap: int = 1_000_000) -> BoomerangError:
    with pytest.raises(BoomerangError) as caught:
        _fetch(address, destination, settings, cap)
    assert not destination.exists()
    return caught.value


def test_a_cut_download_is_begun_again_from_its_first_byte(destination: Path) -> None:
    with raw_server(_whole()[:-100], _whole()[:500], _whole()) as (address, requests):
        result = _fetch(address, destination)
    assert len(requests) == 3
    assert destination.read_bytes() == CONTENT
    assert (result.sha256, result.bytes) == (hashlib.sha256(CONTENT).hexdigest(), len(CONTENT))
    assert not any(b"Range" in request for request in requests)


def test_an_answer_shorter_than_its_content_length_is_never_taken(destination: Path) -> None:
    with raw_server(_answer(CONTENT[:-1], f"Content-Length: {len(CONTENT)}")) as (address, requests):
        error = _fails(address, destination)
    assert isinstance(error, SourceUnavailableError)
    assert "was cut short" in str(error)
    assert "(3 attempts)" in str(error)
    assert len(requests) == 3


def test_a_chunked_answer_without_its_last_chunk_is_never_taken(destination: Path) -> None:
    with raw_server(_answer(b"5\r\nTanks\r\n", "Transfer-Encoding: chunked")) as (address, _):
        assert "was cut short" in str(_fails(address, destination))


def test_a_packed_answer_to_a_plain_request_is_unpacked_and_counted_as_sent(destination: Path) -> None:
    packed = gzip.compress(CONTENT)
    with raw_server(_answer(packed, "Content-Encoding: gzip", f"Content-Length: {len(packed)}")) as (address, _):
        result = _fetch(address, destination)
    assert destination.read_bytes() == CONTENT
    assert result.bytes == len(CONTENT)


@pytest.mark.parametrize("header", [f"Content-Length: {len(CONTENT)}", "X-Length: not told"])
def test_more_than_the_cap_is_refused_told_or_not(destination: Path, header: str) -> None:
    with raw_server(_answer(CONTENT, header)) as (address, requests):
        error = _fails(address, destination, cap=len(CONTENT) - 1)
    assert isinstance(error, ContentRefusedError)
    assert error.reason == "too_large"
    assert "raise maximum_bytes" in str(error)
    assert len(requests) == 1


def test_an_endless_answer_is_stopped_at_the_cap(destination: Path) -> None:
    def endless(connection: socket.socket) -> None:
        connection.sendall(_answer(b""))
        while True:
            connection.sendall(bytes(65536))

    with raw_server(endless) as (address, _):
        assert _fails(address, destination).args[0].endswith("(it was cut off there)")


@pytest.mark.parametrize("begun", [_answer(b"", f"Content-Length: {len(CONTENT)}"), b"HTTP/1.1 200 OK\r\nX-Slow: "])
def test_a_server_that_drips_is_given_up(destination: Path, begun: bytes) -> None:
    def drip(connection: socket.socket) -> None:
        connection.sendall(begun)
        for _ in range(100):
            connection.sendall(b"x")
            time.sleep(0.05)

    began = time.monotonic()
    with raw_server(drip) as (address, requests):
        error = _fails(address, destination, replace(QUICK, total_seconds=0.3, attempts=2))
    assert "was not done after 0.3 s (2 attempts)" in str(error)
    assert len(requests) == 2
    assert time.monotonic() - began < 3


def test_a_server_that_says_nothing_is_given_up(destination: Path) -> None:
    with raw_server(lambda _: time.sleep(1)) as (address, requests):
        error = _fails(address, destination, replace(QUICK, attempts=2))
    assert "stopped answering (2 attempts)" in str(error)
    assert len(requests) >= 1


def test_an_answer_that_is_no_http_is_told(destination: Path) -> None:
    with raw_server(b"220 mail.example.org ESMTP\r\n") as (address, _):
        assert "was cut short" in str(_fails(address, destination))


def test_a_closed_port_is_told(destination: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    error = _fails(f"http://127.0.0.1:{port}/page", destination)
    assert f"http://127.0.0.1:{port}/page can't be reached" in str(error)


def test_a_proxy_of_the_environment_is_not_asked_for_this_machine(
    destination: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1/")
    monkeypatch.delenv("NO_PROXY", raising=False)
    with raw_server(_whole()) as (address, _):
        assert _fetch(address, destination).http_status == 200


def _in_turn(*answers: Response) -> Callable[[Request], Response]:
    left = list(answers)
    return lambda _: left.pop(0)


def test_a_server_error_is_tried_again(destination: Path, httpserver: HTTPServer) -> None:
    answers = _in_turn(Response(status=500), Response(status=520), Response(CONTENT))
    httpserver.expect_request("/page").respond_with_handler(answers)
    assert _fetch(httpserver.url_for("/page"), destination).http_status == 200
    assert len(httpserver.log) == 3


def test_a_lasting_server_error_is_given_up(destination: Path, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/page").respond_with_data("sorry", status=503)
    error = _fails(httpserver.url_for("/page"), destination)
    assert "answered 503 SERVICE UNAVAILABLE (3 attempts)" in str(error)
    assert "the last good observation stands" in str(error)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 204, 206])
def test_what_trying_again_would_not_mend_is_not_tried_again(
    destination: Path, httpserver: HTTPServer, status: int
) -> None:
    httpserver.expect_request("/page").respond_with_data("", status=status)
    assert f"answered {status}" in str(_fails(httpserver.url_for("/page"), destination))
    assert len(httpserver.log) == 1


def test_a_304_that_was_not_asked_for_is_no_answer(destination: Path, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/page").respond_with_data("", status=304)
    assert "answered 304" in str(_fails(httpserver.url_for("/page"), destination))


def test_a_404_is_an_answer_where_there_may_be_nothing(destination: Path, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/page").respond_with_data("x" * 200_000, status=404)
    result = fetch(httpserver.url_for("/page"), destination, maximum_bytes=10, settings=QUICK, may_be_missing=True)
    assert (result.http_status, result.sha256, result.bytes) == (404, "", 0)
    assert not destination.exists()


def test_a_session_goes_on_after_a_failure_and_keeps_its_pace(tmp_path: Path, httpserver: HTTPServer) -> None:
    answers = _in_turn(Response(CONTENT), Response(status=404), Response(status=520), Response(CONTENT))
    httpserver.expect_request("/page").respond_with_handler(answers)
    began = time.monotonic()
    with Session(RateLimit(requests=2, seconds=0.3)) as session:
        statuses = [
            fetch(
                httpserver.url_for("/page"), tmp_path / str(number), maximum_bytes=len(CONTENT), settings=QUICK,
                session=session, may_be_missing=True,
            ).http_status
            for number in range(3)
        ]  # fmt: skip
    assert statuses == [200, 404, 200]
    assert time.monotonic() - began >= 0.3
    assert (tmp_path / "2").read_bytes() == CONTENT


def test_a_drip_in_a_session_is_given_up_and_the_session_goes_on(destination: Path, httpserver: HTTPServer) -> None:
    def drip(connection: socket.socket) -> None:
        connection.sendall(_answer(b"", f"Content-Length: {len(CONTENT)}"))
        for _ in range(60):
            connection.sendall(b"x")
            time.sleep(0.05)

    httpserver.expect_request("/page").respond_with_data(CONTENT)
    with raw_server(drip) as (address, _), Session() as session:
        hasty = replace(QUICK, total_seconds=0.3, attempts=1)
        with pytest.raises(SourceUnavailableError, match="was not done after"):
            fetch(address, destination, maximum_bytes=1_000_000, settings=hasty, session=session)
        page = httpserver.url_for("/page")
        assert fetch(page, destination, maximum_bytes=1_000_000, settings=QUICK, session=session).http_status == 200


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_a_server_that_asks_for_time_is_given_it(destination: Path, httpserver: HTTPServer, form: str) -> None:
    moment = utc_now() + dt.timedelta(seconds=2)
    wait = "1" if form == "seconds" else format_datetime(moment, usegmt=True)
    answers = _in_turn(Response(status=429, headers={"Retry-After": wait}), Response(CONTENT))
    httpserver.expect_request("/page").respond_with_handler(answers)
    began = time.monotonic()
    assert _fetch(httpserver.url_for("/page"), destination).http_status == 200
    assert time.monotonic() - began > 0.9


def test_a_server_that_asks_for_an_hour_is_left_alone(destination: Path, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/page").respond_with_data("", status=429, headers={"Retry-After": "3600"})
    assert "asks to be left alone for 3,600 s" in str(_fails(httpserver.url_for("/page"), destination))
    assert len(httpserver.log) == 1


@pytest.mark.parametrize("header", ["soon", "-5", "Thu, 99 Nov 2026 00:00:00 GMT"])
def test_a_wait_that_makes_no_sense_is_our_own_back_off(destination: Path, httpserver: HTTPServer, header: str) -> None:
    answers = _in_turn(Response(status=503, headers={"Retry-After": header}), Response(CONTENT))
    httpserver.expect_request("/page").respond_with_handler(answers)
    assert _fetch(httpserver.url_for("/page"), destination).http_status == 200


def test_retries_are_logged_and_stdout_stays_clean(
    destination: Path, httpserver: HTTPServer, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    httpserver.expect_request("/page").respond_with_handler(_in_turn(Response(status=500), Response(CONTENT)))
    _fetch(httpserver.url_for("/page?key=hunter2"), destination)
    (message,) = [record.getMessage() for record in caplog.records if record.name == "boomerang.landing.fetch"]
    assert "/page?key=REDACTED answered 500 INTERNAL SERVER ERROR; trying again in" in message
    assert capfd.readouterr().out == ""


def test_a_redirect_is_followed(destination: Path, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/old").respond_with_data("", status=301, headers={"Location": "/page"})
    httpserver.expect_request("/page").respond_with_data(CONTENT)
    assert _fetch(httpserver.url_for("/old"), destination).url == httpserver.url_for("/old")
    assert destination.read_bytes() == CONTENT


def test_a_redirect_in_a_circle_is_given_up(destination: Path, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/page").respond_with_data("", status=302, headers={"Location": "/page?token=hunter2"})
    error = _fails(httpserver.url_for("/page"), destination)
    assert "redirects more than 5 times" in str(error)
    assert "hunter2" not in str(error)
    assert len(httpserver.log) == 6


@pytest.mark.parametrize("location", ["file:///etc/passwd", "ftp://127.0.0.1/page"])
def test_a_redirect_to_another_scheme_is_not_followed(destination: Path, httpserver: HTTPServer, location: str) -> None:
    httpserver.expect_request("/page").respond_with_data("", status=302, headers={"Location": location})
    assert "where only http and https is allowed" in str(_fails(httpserver.url_for("/page"), destination))


def _certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a test of Boomerang")])
    now = utc_now()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder / "certificate.pem", folder / "key.pem"


@pytest.fixture
def encrypted(tmp_path: Path) -> Iterator[tuple[HTTPServer, Path]]:
    certificate, key = _certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with HTTPServer(host="127.0.0.1", ssl_context=context) as server:
        yield server, certificate


def test_a_certificate_that_nobody_vouches_for_is_refused_at_once(
    destination: Path, encrypted: tuple[HTTPServer, Path]
) -> None:
    server, _ = encrypted
    server.expect_request("/page").respond_with_data(CONTENT)
    error = _fails(server.url_for("/page"), destination)
    assert "a certificate that can't be verified: self-signed certificate" in str(error)
    assert server.log == []


def test_encryption_is_not_given_up_by_a_redirect(
    destination: Path,
    encrypted: tuple[HTTPServer, Path],
    httpserver: HTTPServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server, certificate = encrypted
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    httpserver.expect_request("/page").respond_with_data(CONTENT)
    server.expect_request("/page").respond_with_data(CONTENT)
    server.expect_request("/moved").respond_with_data("", 302, headers={"Location": httpserver.url_for("/page")})
    assert _fetch(server.url_for("/page"), destination).http_status == 200
    assert "where only https is allowed" in str(_fails(server.url_for("/moved"), destination))
    assert httpserver.log == []


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://example.org/a?b=1", "https://example.org/a?b=1"),
        ("https://user:hunter2@example.org:8443/a#hunter2", "https://example.org:8443/a"),
        ("https://example.org/?Api_Key=hunter2&period=2022", "https://example.org/?Api_Key=REDACTED&period=2022"),
        ("https://example.org/?subscription-key=hunter2", "https://example.org/?subscription-key=REDACTED"),
        ("https://example.org/?X-Amz-Signature=hunter2", "https://example.org/?X-Amz-Signature=REDACTED"),
        ("https://example.org/?password=hunter2&token=", "https://example.org/?password=REDACTED&token=REDACTED"),
        ("https://example.org/?sig=hunter2&a=%D1%82", "https://example.org/?sig=REDACTED&a=%D1%82"),
    ],
)
def test_an_address_is_shown_without_its_secrets(address: str, shown: str) -> None:
    assert redacted(address) == shown
