"""Several answers as one file: equal answers give equal bytes, and what is no bundle of ours is refused."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from boomerang.bundle import is_bundle, read_bundle, write_bundle
from boomerang.errors import ContentRefusedError

PARTS = {"2023-01-02/1.json": b"[2]", "2023-01-01/1.json": b"[1]", "2023-01-01/2.json.missing": b""}


def test_a_bundle_gives_back_its_parts_in_the_order_of_their_names(tmp_path: Path) -> None:
    path = tmp_path / "bundle.zip"
    write_bundle(PARTS, path)

    assert is_bundle(path)
    assert [*read_bundle(path, 100)] == sorted(PARTS.items())


def test_equal_parts_give_equal_bytes_whatever_their_order_age_or_place(tmp_path: Path) -> None:
    first, second = tmp_path / "1.zip", tmp_path / "2.zip"
    write_bundle(PARTS, first)
    files = {}
    for number, (name, content) in enumerate(reversed(PARTS.items())):
        files[name] = tmp_path / str(number)
        files[name].write_bytes(content)
    write_bundle(files, second)

    assert first.read_bytes() == second.read_bytes()


def test_a_damaged_or_cut_bundle_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bundle.zip"
    write_bundle({"a": b"content that is checked"}, path)
    whole = path.read_bytes()
    for damaged in (whole.replace(b"checked", b"chicken"), whole[:-10], whole[:40]):
        path.write_bytes(damaged)
        with pytest.raises(ContentRefusedError) as caught:
            [*read_bundle(path, 100)]
        assert caught.value.reason == "damaged_bundle"


def test_a_bundle_that_holds_more_than_is_allowed_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "bundle.zip"
    write_bundle({"a": bytes(60), "b": bytes(60)}, path)

    assert sum(len(content) for _, content in read_bundle(path, 120)) == 120
    with pytest.raises(ContentRefusedError) as caught:
        [*read_bundle(path, 119)]
    assert caught.value.reason == "too_large_unpacked"


def test_a_packed_zip_and_an_empty_one_are_no_bundles(tmp_path: Path) -> None:
    packed, empty = tmp_path / "packed.zip", tmp_path / "empty.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb", bytes(10_000))
    with zipfile.ZipFile(empty, "w"):
        pass
    for path in (packed, empty):
        with pytest.raises(ContentRefusedError) as caught:
            [*read_bundle(path, 1_000_000)]
        assert caught.value.reason == "not_a_bundle"


def test_a_table_is_no_bundle(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(b"id,date\n")
    assert not is_bundle(path)
