"""The sample server speaks the HTTP that a pull relies on, and serves nothing else."""

from __future__ import annotations

import hashlib
import http.client
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from boomerang.synthetic.server import serve

PAGE = "<p>Т-72</p>".encode()


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    (tmp_path / "site" / "oryx").mkdir(parents=True)
    (tmp_path / "site" / "oryx" / "russia.html").write_bytes(PAGE)
    (tmp_path / "secret.txt").write_text("not for you")
    (tmp_path / "site" / "link.txt").symlink_to(tmp_path / "secret.txt")
    with serve(tmp_path / "site") as served:
        yield served


def raw_status(address: str, path: str) -> int:
    """Ask for a path as it is, which a client library would tidy up first."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=10)
    try:
        connection.putrequest("GET", path)
        connection.endheaders()
        return connection.getresponse().status
    finally:
        connection.close()


def test_a_file_comes_whole_with_its_validators(address: str) -> None:
    answer = httpx.get(f"{address}/oryx/russia.html")

    assert answer.status_code == 200
    assert answer.content == PAGE
    assert answer.headers["etag"] == f'"{hashlib.sha256(PAGE).hexdigest()}"'
    assert answer.headers["content-length"] == str(len(PAGE))
    assert answer.headers["content-type"] == "text/html"
    assert answer.headers["last-modified"].endswith("GMT")


def test_who_has_the_file_already_gets_304_and_no_bytes(address: str) -> None:
    etag = httpx.get(f"{address}/oryx/russia.html").headers["etag"]
    answer = httpx.get(f"{address}/oryx/russia.html", headers={"If-None-Match": f'"other", W/{etag}'})

    assert answer.status_code == 304
    assert answer.content == b""
    assert answer.headers["etag"] == etag


def test_who_has_another_version_gets_the_file(address: str) -> None:
    answer = httpx.get(f"{address}/oryx/russia.html", headers={"If-None-Match": '"other"'})

    assert (answer.status_code, answer.content) == (200, PAGE)


def test_a_changed_file_has_another_etag(address: str, tmp_path: Path) -> None:
    before = httpx.get(f"{address}/oryx/russia.html").headers["etag"]
    (tmp_path / "site" / "oryx" / "russia.html").write_bytes(PAGE + PAGE)

    assert httpx.get(f"{address}/oryx/russia.html").headers["etag"] != before


def test_head_answers_without_the_file(address: str) -> None:
    answer = httpx.head(f"{address}/oryx/russia.html")

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == str(len(PAGE))


@pytest.mark.parametrize("path", ["/", "/oryx", "/oryx/", "/nothing.html", "/oryx/russia.html/more"])
def test_folders_and_missing_files_are_not_found(address: str, path: str) -> None:
    assert raw_status(address, path) == 404


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/oryx/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "//etc/hostname",
        "/link.txt",
        "/oryx/russia.html%00.txt",
        "/" + "a" * 5000,
    ],
)
def test_nothing_outside_the_folder_is_served(address: str, path: str) -> None:
    assert raw_status(address, path) == 404


def test_many_clients_are_served_at_once(address: str) -> None:
    with httpx.Client() as first, httpx.Client() as second:
        assert first.get(f"{address}/oryx/russia.html").content == PAGE
        # The first connection is still open.
        assert second.get(f"{address}/oryx/russia.html").content == PAGE


def test_the_server_is_gone_after_the_block(tmp_path: Path) -> None:
    with serve(tmp_path) as address:
        assert httpx.get(address).status_code == 404
    with pytest.raises(httpx.ConnectError):
        httpx.get(address)
