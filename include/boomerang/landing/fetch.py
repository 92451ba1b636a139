"""Fetching one address over HTTP into a file: verified, capped, hashed on the way, tried again where it helps."""

from __future__ import annotations

import hashlib
import logging
import os
import re
import ssl
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import httpx
import stamina
from stamina.instrumentation import RetryDetails, set_on_retry_hooks

from boomerang.clock import utc_now
from boomerang.errors import ContentRefusedError, SourceUnavailableError
from boomerang.sources.specification import USER_AGENT, RateLimit

log = logging.getLogger(__name__)

_SECRET_NAME: Final = re.compile(r"key|token|secret|sign|passw|pwd|credential|auth|session|^sig$|^code$", re.IGNORECASE)
_MAXIMUM_DRAINED: Final = 65536
_REDIRECTS: Final = {301, 302, 303, 307, 308}
_THIS_MACHINE: Final = {"127.0.0.1", "localhost", "::1"}


@dataclass(frozen=True)
class ClientSettings:
    """How patient a fetch is. All times in seconds.

    Attributes:
        connect_seconds: For a connection.
        read_seconds: For the next piece of an answer.
        total_seconds: For one attempt as a whole, so that a server that drips does not hold the night up.
        attempts: How often an address is tried.
        first_wait_seconds: Before the second attempt; doubled before each further one, with jitter.
        longest_wait_seconds: The longest wait before an attempt; a server that asks for more (``Retry-After``)
            is left alone until the next run.
        redirects: How many are followed.
    """

    connect_seconds: float = 10
    read_seconds: float = 60
    total_seconds: float = 1800
    attempts: int = 4
    first_wait_seconds: float = 1
    longest_wait_seconds: float = 120
    redirects: int = 5


@dataclass(frozen=True)
class FetchResult:
    """What came.

    Attributes:
        http_status: 200; or 304 where the server said that nothing changed, 404 where that is an answer: then no
            file was written.
        url: The address that was asked for, without secrets.
        observed_at: When the answer began to come. UTC.
        started_at: When the fetch began, the attempts that failed included. UTC.
        finished_at: When the last byte was on disk. UTC.
        sha256: Of the bytes; empty where there are none.
        bytes: Their number.
        etag: The server's validator.
        last_modified: The server's date of the content, as it was sent.
        content_type: As it was sent.
    """

    http_status: int
    url: str
    observed_at: datetime
    started_at: datetime
    finished_at: datetime
    sha256: str
    bytes: int
    etag: str | None
    last_modified: str | None
    content_type: str | None


@dataclass(frozen=True)
class ServerKey:
    """A key that a server wants in a header. It goes over https to that server alone, and to this machine.

    Attributes:
        header: The header's name.
        host: The server's.
        value: The secret; it stands in no text of this object.
    """

    header: str
    host: str
    value: str = field(repr=False)

    def put_on(self, request: httpx.Request) -> None:
        """Put the key on a request that may have it, take it off any other (a redirect carries headers along)."""
        request.headers.pop(self.header, None)
        if request.url.host in _THIS_MACHINE or (request.url.scheme == "https" and request.url.host == self.host):
            request.headers[self.header] = self.value


class _TryAgainError(SourceUnavailableError):
    """A failure that may pass.

    Attributes:
        wait_seconds: What the server asked for, if it did.
    """

    def __init__(self, message: str, wait_seconds: float | None = None) -> None:
        super().__init__(message)
        self.wait_seconds = wait_seconds


class Session:
    """Many fetches from one server: connections are kept open, and requests (repeated ones too) are spaced out."""

    def __init__(self, rate_limit: RateLimit | None = None) -> None:
        """Args: rate_limit: What the server bears; ``None``: one request after the other."""
        self._limit = rate_limit
        self._recent: deque[float] = deque(maxlen=rate_limit.requests if rate_limit else None)
        self._client: httpx.Client | None = None
        self.requests = 0
        """How many were sent."""

    def wait(self) -> None:
        """Wait until one more request is within the limit."""
        self.requests += 1
        if self._limit is None:
            return
        if len(self._recent) == self._limit.requests:
            time.sleep(max(0.0, self._recent[0] + self._limit.seconds - time.monotonic()))
        self._recent.append(time.monotonic())

    @contextmanager
    def client(self, settings: ClientSettings) -> Iterator[httpx.Client]:
        """Connections for one attempt; closed where it fails, so that the next one begins afresh."""
        if self._client is None or self._client.is_closed:
            self._client = _new_client(settings)
        try:
            yield self._client
        except BaseException:
            self._client.close()
            raise

    def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            self._client.close()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _new_client(settings: ClientSettings) -> httpx.Client:
    timeout = httpx.Timeout(settings.read_seconds, connect=settings.connect_seconds)
    # A proxy of the environment is for the world outside, never for this machine.
    direct = dict.fromkeys(("all://127.0.0.1", "all://localhost", "all://[::1]"))
    return httpx.Client(timeout=timeout, mounts=direct)


def redacted(address: str) -> str:
    """An address fit for records, messages and logs.

    User name, password and fragment are left out; the values of query parameters whose names speak of a key,
    a token, a signature or a password read ``REDACTED``.
    """
    parts = urlsplit(address)
    query = parts.query
    pairs = parse_qsl(query, keep_blank_values=True)
    if any(_SECRET_NAME.search(name) for name, _ in pairs):
        query = urlencode([(name, "REDACTED" if _SECRET_NAME.search(name) else value) for name, value in pairs])
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, query, ""))


class _RedactUrls(logging.Filter):
    """httpx logs each request with its full address."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(redacted(str(item)) if isinstance(item, httpx.URL) else item for item in record.args)
        return True


def _log_retry(details: RetryDetails) -> None:
    log.warning(
        "%s; trying again in %.1f s (attempt %d failed)",
        details.caused_by.args[0] if details.caused_by.args else type(details.caused_by).__name__,
        details.wait_for,
        details.retry_num,
    )


logging.getLogger("httpx").addFilter(_RedactUrls())
# Where structlog is installed (Airflow brings it), stamina would print retries to stdout, among the --json answers.
set_on_retry_hooks([_log_retry])


def fetch(
    address: str,
    destination: Path,
    *,
    maximum_bytes: int,
    etag: str | None = None,
    last_modified: str | None = None,
    settings: ClientSettings | None = None,
    session: Session | None = None,
    may_be_missing: bool = False,
    key: ServerKey | None = None,
) -> FetchResult:
    """Fetch an address into a new file.

    TLS is verified, ``identity`` is asked for, redirects never lead from https to http. Time-outs, cut or refused
    connections, 429 and 5xx are tried again, from the first byte each time; other statuses are not.

    Args:
        address: An http(s) address.
        destination: The file to write; it does not exist, and exists afterwards only if all of the answer came.
        maximum_bytes: The most that is taken.
        etag: Of the bytes that are at hand: the server may answer 304.
        last_modified: Of the same.
        settings: How patient to be.
        session: What the fetch is one of; ``None``: it stands alone.
        may_be_missing: A 404 is an answer, not a failure.
        key: The key that the server wants.

    Raises:
        SourceUnavailableError: It could not be had.
        ContentRefusedError: More than ``maximum_bytes`` came.
    """
    settings = settings or ClientSettings()
    started_at = utc_now()
    headers = {"User-Agent": USER_AGENT, "Accept-Encoding": "identity"}
    if etag:
        headers["If-None-Match"] = etag
    if last_modified:
        headers["If-Modified-Since"] = last_modified
    tries = 0
    try:
        for attempt in stamina.retry_context(
            on=_wait_before_next,
            attempts=settings.attempts,
            timeout=None,
            wait_initial=settings.first_wait_seconds,
            wait_max=settings.longest_wait_seconds,
            wait_jitter=settings.first_wait_seconds,
        ):
            with attempt:
                tries += 1
                destination.unlink(missing_ok=True)
                if session is not None:
                    session.wait()
                with (
                    session.client(settings) if session else _new_client(settings) as client,
                    _closed_after(client, settings),
                ):
                    return _attempt(
                        client, address, destination, headers, maximum_bytes, settings, started_at, may_be_missing, key
                    )
    except _TryAgainError as error:
        destination.unlink(missing_ok=True)
        raise SourceUnavailableError(
            f"{error.args[0]} ({tries} attempts)",
            "look at the address in a browser; the last good observation stands, the next run tries again",
        ) from error
    except BaseException:
        destination.unlink(missing_ok=True)
        raise
    raise AssertionError("the loop returns or raises")


def _wait_before_next(error: Exception) -> bool | float:
    if not isinstance(error, _TryAgainError):
        return False
    return True if error.wait_seconds is None else error.wait_seconds


def _attempt(
    client: httpx.Client,
    address: str,
    destination: Path,
    headers: dict[str, str],
    maximum_bytes: int,
    settings: ClientSettings,
    started_at: datetime,
    may_be_missing: bool,
    key: ServerKey | None,
) -> FetchResult:
    where = redacted(address)
    deadline = time.monotonic() + settings.total_seconds
    try:
        response = _follow(client, client.build_request("GET", address, headers=headers), where, settings, key)
        observed_at = utc_now()
        try:
            sha256, count = "", 0
            is_unchanged = response.status_code == 304 and headers.keys() & {"If-None-Match", "If-Modified-Since"}
            if response.status_code == 200:
                sha256, count = _store(response, destination, where, maximum_bytes)
            elif not is_unchanged and not (response.status_code == 404 and may_be_missing):
                raise _status_error(response, where, settings)
            else:
                _drain(response)
        finally:
            response.close()
    except (httpx.RequestError, RuntimeError) as error:  # a closed client raises the latter
        if time.monotonic() >= deadline:
            raise _TryAgainError(f"{where} was not done after {settings.total_seconds:g} s") from error
        if isinstance(error, RuntimeError):
            raise
        raise _request_error(error, where) from error
    except httpx.InvalidURL as error:
        raise SourceUnavailableError(f"{where} is not an address: {error}", "mend the address of the source") from error
    return FetchResult(
        http_status=response.status_code,
        url=where,
        observed_at=observed_at,
        started_at=started_at,
        finished_at=utc_now(),
        sha256=sha256,
        bytes=count,
        etag=response.headers.get("etag"),
        last_modified=response.headers.get("last-modified"),
        content_type=response.headers.get("content-type"),
    )


@contextmanager
def _closed_after(client: httpx.Client, settings: ClientSettings) -> Iterator[None]:
    """Close the connections of an attempt that takes too long: httpx limits the wait for each piece, not the sum."""
    timer = threading.Timer(settings.total_seconds, client.close)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _follow(
    client: httpx.Client, request: httpx.Request, where: str, settings: ClientSettings, key: ServerKey | None
) -> httpx.Response:
    """Send a request and follow its redirects by hand: each is looked at first."""
    for _ in range(settings.redirects + 1):
        if key is not None:
            key.put_on(request)
        response = client.send(request, stream=True)
        following = response.next_request
        if response.status_code not in _REDIRECTS or following is None:
            return response
        response.close()
        target = redacted(str(following.url))
        allowed = {"https"} if request.url.scheme == "https" else {"http", "https"}
        if following.url.scheme not in allowed:
            raise SourceUnavailableError(
                f"{where} redirects to {target}, where only {' and '.join(sorted(allowed))} is allowed",
                "that is not followed; if the source has moved, give its new address",
            )
        request = following
    raise SourceUnavailableError(
        f"{where} redirects more than {settings.redirects} times, last to {target}",
        "if the source has moved, give its new address",
    )


def _store(
    response: httpx.Response,
    destination: Path,
    where: str,
    maximum_bytes: int,
) -> tuple[str, int]:
    promised = response.headers.get("content-length", "")
    if promised.isdigit() and int(promised) > maximum_bytes:
        raise _too_large(where, maximum_bytes, f"it says {int(promised):,}")
    digest = hashlib.sha256()
    count = 0
    with destination.open("xb") as output:
        for piece in response.iter_bytes():
            count += len(piece)
            if count > maximum_bytes:
                raise _too_large(where, maximum_bytes, "it was cut off there")
            digest.update(piece)
            output.write(piece)
        output.flush()
        os.fsync(output.fileno())
    if promised.isdigit() and response.num_bytes_downloaded != int(promised):
        raise _TryAgainError(
            f"{where} was cut short: {response.num_bytes_downloaded:,} bytes came of {int(promised):,}"
        )
    return digest.hexdigest(), count


def _drain(response: httpx.Response) -> None:
    """Read what comes with an answer that has no content, if it is short: the connection can be used again then."""
    count = 0
    for piece in response.iter_raw():
        count += len(piece)
        if count > _MAXIMUM_DRAINED:
            return


def _too_large(where: str, maximum_bytes: int, detail: str) -> ContentRefusedError:
    return ContentRefusedError(
        "too_large",
        f"{where} sends more than the {maximum_bytes:,} bytes that are allowed ({detail})",
        "if it is right, raise maximum_bytes in the YAML of the source",
    )


def _status_error(response: httpx.Response, where: str, settings: ClientSettings) -> SourceUnavailableError:
    status = response.status_code
    message = f"{where} answered {status} {response.reason_phrase}".rstrip()
    if status != 429 and status < 500:
        return SourceUnavailableError(
            message,
            "look at the address in a browser: it may have moved or ask for a key; the last good observation stands",
        )
    wait = _retry_after(response.headers.get("retry-after"))
    if wait is not None and wait > settings.longest_wait_seconds:
        return SourceUnavailableError(
            f"{message} and asks to be left alone for {wait:,.0f} s",
            "the last good observation stands; run again after that time",
        )
    return _TryAgainError(message, wait)


def _retry_after(value: str | None) -> float | None:
    """Seconds to wait, from either form of the header; ``None`` where it is absent or makes no sense."""
    if not value:
        return None
    if value.strip().isdigit():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - utc_now()).total_seconds())


def _request_error(error: httpx.RequestError, where: str) -> SourceUnavailableError:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return SourceUnavailableError(
                f"{where} shows a certificate that can't be verified: {cause.verify_message}",
                "nothing was taken; if the machine uses certificates of its own, name them in SSL_CERT_FILE",
            )
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, httpx.UnsupportedProtocol):
        return SourceUnavailableError(f"{where} is not an http(s) address", "mend the address of the source")
    if isinstance(error, httpx.ConnectTimeout | httpx.PoolTimeout):
        return _TryAgainError(f"{where} could not be reached in time")
    if isinstance(error, httpx.TimeoutException):
        return _TryAgainError(f"{where} stopped answering")
    if isinstance(error, httpx.ConnectError):
        return _TryAgainError(f"{where} can't be reached: {error}")
    return _TryAgainError(f"{where} was cut short: {error}")
