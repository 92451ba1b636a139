"""The inbox starts a night when what was dropped has come to rest."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from boomerang.home import Home
from boomerang.orchestration.debounce import Contents, Debounce, contents_of


def _contents(*files: tuple[str, int]) -> Contents:
    return frozenset((name, size, 0) for name, size in files)


def test_an_empty_inbox_starts_nothing() -> None:
    debounce = Debounce(10)
    assert not any(debounce.is_ready(frozenset(), now) for now in (0.0, 20.0, 40.0))


def test_a_growing_file_waits_until_it_has_been_quiet() -> None:
    debounce = Debounce(10)
    asked = [(0.0, 1), (6.0, 2), (12.0, 3), (18.0, 3), (21.9, 3), (22.0, 3)]
    ready = [debounce.is_ready(_contents(("a.csv", size)), now) for now, size in asked]
    assert ready == [False, False, False, False, False, True]


def test_a_batch_starts_one_night() -> None:
    debounce = Debounce(10)
    batch = _contents(("a.csv", 1), ("b.csv", 1), ("b.csv.coverage.yml", 1))
    assert [debounce.is_ready(batch, now) for now in (0.0, 10.0, 20.0, 30.0)] == [False, True, False, False]


def test_files_dropped_after_a_night_start_another() -> None:
    debounce = Debounce(10)
    assert [debounce.is_ready(_contents(("a.csv", 1)), now) for now in (0.0, 10.0)] == [False, True]
    assert [debounce.is_ready(frozenset(), now) for now in (20.0, 40.0)] == [False, False]
    assert [debounce.is_ready(_contents(("a.csv", 1)), now) for now in (50.0, 60.0)] == [False, True]


def test_a_file_that_was_open_in_a_spreadsheet_starts_a_night_when_it_is_closed() -> None:
    debounce = Debounce(10)
    opened = _contents(("a.csv", 1), (".~lock.a.csv#", 1))
    assert [debounce.is_ready(opened, now) for now in (0.0, 10.0)] == [False, True]
    assert [debounce.is_ready(_contents(("a.csv", 1)), now) for now in (20.0, 30.0)] == [False, True]


def test_half_a_copy_alone_starts_nothing() -> None:
    debounce = Debounce(10)
    assert not any(debounce.is_ready(_contents((".a.csv.Xy12", 1)), now) for now in (0.0, 20.0))


def test_the_contents_are_the_files_at_any_depth(home: Home) -> None:
    (home.inbox / "some_layout").mkdir()
    (home.inbox / "some_layout" / "a.csv").write_bytes(b"abc")
    (home.inbox / "b.csv").write_bytes(b"")
    assert {(name, size) for name, size, _ in contents_of(home)} == {("some_layout/a.csv", 3), ("b.csv", 0)}


def test_the_trigger_fires_once_for_a_dropped_file(
    sample_home: Home, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    from boomerang.orchestration import inbox

    home = Home.open(tmp_path / "another", profile="live")
    monkeypatch.setenv("BOOMERANG_HOME", str(home.root))
    monkeypatch.setenv("BOOMERANG_PROFILE", "live")
    monkeypatch.setenv("BOOMERANG_INBOX_QUIET_SECONDS", "0.05")
    monkeypatch.setattr(inbox, "POLL_SECONDS", 0.02)

    async def watch() -> list[Any]:
        events = []

        async def listen() -> None:
            async for event in inbox.InboxTrigger().run():
                events.append(event.payload)

        listening = asyncio.create_task(listen())
        await asyncio.sleep(0.1)
        (home.inbox / "a.csv").write_bytes(b"abc")
        await asyncio.sleep(0.6)
        listening.cancel()
        return events

    assert asyncio.run(watch()) == [{"files": 1}]


def test_airflow_makes_the_trigger_again_from_what_it_wrote_down(sample_home: Home) -> None:
    from airflow.sdk.module_loading import import_string

    from boomerang.orchestration.inbox import InboxTrigger

    path, arguments = InboxTrigger().serialize()
    assert isinstance(import_string(path)(**arguments), InboxTrigger)
