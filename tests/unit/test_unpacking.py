"""Opening packed files with a cap on what comes out."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from boomerang.errors import ContentRefusedError
from boomerang.unpacking import open_capped

TEXT = b"Russia - 10 tanks\n" * 1000


def test_a_plain_and_a_packed_file_open_alike_whatever_their_names(tmp_path: Path) -> None:
    (tmp_path / "plain.html.gz").write_bytes(TEXT)
    (tmp_path / "packed.html").write_bytes(gzip.compress(TEXT))
    for name in ("plain.html.gz", "packed.html"):
        with open_capped(tmp_path / name, len(TEXT)) as stream:
            assert stream.read() == TEXT


def test_a_bomb_is_stopped_at_the_cap(tmp_path: Path) -> None:
    path = tmp_path / "bomb.gz"
    with gzip.open(path, "wb") as stream:
        for _ in range(64):
            stream.write(bytes(1 << 20))
    assert path.stat().st_size < 100_000
    with open_capped(path, 1_000_000) as stream, pytest.raises(ContentRefusedError) as caught:
        while stream.read(1 << 16):
            pass
    assert caught.value.reason == "too_large_unpacked"
    assert "1,000,000" in str(caught.value)


def test_a_plain_file_is_capped_too(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(TEXT)
    with open_capped(tmp_path / "plain", len(TEXT) - 1) as stream, pytest.raises(ContentRefusedError):
        stream.read()


@pytest.mark.parametrize("damage", [lambda data: data[:-9], lambda data: data[:40] + b"\x00\x00" + data[42:]])
def test_a_damaged_packed_file_is_told(tmp_path: Path, damage: object) -> None:
    path = tmp_path / "page.html.gz"
    path.write_bytes(damage(gzip.compress(TEXT)))  # type: ignore[operator]
    with open_capped(path, 1_000_000) as stream, pytest.raises(ContentRefusedError) as caught:
        stream.read()
    assert caught.value.reason == "damaged_gzip"


def test_an_empty_file_opens_empty(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    with open_capped(tmp_path / "empty", 10) as stream:
        assert stream.read() == b""


def test_the_real_russian_page_opens(real_data: Path) -> None:
    with open_capped(real_data / "oryx-html" / "russia.html.gz", 50_000_000) as stream:
        page = stream.read()
    assert page.startswith(b"<")
    assert len(page) > 1_000_000
