"""Landing under SIGKILL, on a full disk, and from several processes at once: all of it or nothing."""

from __future__ import annotations

import hashlib
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from boomerang.home import Home
from boomerang.landing.store import Landing
from landing_reader import lines, tree
from landing_runner import land_many, run, start

FILES = {f"file{number}.csv": lines(1000 + number) for number in range(6)}


def _delays(longest: float, count: int) -> list[float]:
    """Kills spread evenly from the first moment of a job to its end."""
    return [longest * (number + 0.5) / count for number in range(count)]


def _assert_whole(home: Home, contents: list[bytes]) -> None:
    """Every content landed once, whole, and new once; nothing else lies about."""
    observations = Landing(home).observations()
    assert {item.sha256 for item in observations} == {hashlib.sha256(content).hexdigest() for content in contents}
    for item in observations:
        landed = home.root / item.landed_path
        assert hashlib.sha256(landed.read_bytes()).hexdigest() == item.sha256
    assert sum(item.is_new_content for item in observations) == len(contents)
    assert len({item.landed_path for item in observations}) == len(contents)
    assert len(tree(home.landing)) == len(contents) + len(observations)
    assert Landing(home).refusals() == []


@pytest.fixture
def site(httpserver: HTTPServer) -> HTTPServer:
    """A listing of six files, each of which takes a moment to come."""

    def slow(content: bytes) -> Response:
        def pieces() -> Iterator[bytes]:
            for begin in range(0, len(content), 2000):
                time.sleep(0.003)
                yield content[begin : begin + 2000]

        return Response(pieces(), headers={"Content-Length": str(len(content))})

    sums = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in FILES.items())
    httpserver.expect_request("/SHA256SUMS").respond_with_data(sums)
    for name, content in FILES.items():

        def answer(_: Request, content: bytes = content) -> Response:
            return slow(content)

        httpserver.expect_request(f"/{name}").respond_with_handler(answer)
    return httpserver


def _facts(server: HTTPServer, name: str = "files") -> dict[str, object]:
    return {"name": name, "address": server.url_for("/SHA256SUMS"), "listing": True, "cadence": "files"}


def test_landing_killed_at_any_point_and_run_again_leaves_the_same_tree(tmp_path: Path) -> None:
    count, kills = 6, 24
    undisturbed = Home.open(tmp_path / "undisturbed", "live")
    land_many(undisturbed, 1)  # warm
    began = time.monotonic()
    land_many(undisturbed, count)
    longest = time.monotonic() - began
    done = run(home=tmp_path / "killed", action="land", count=count, kills=_delays(longest, kills))
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[-1]) > kills / 4  # the kills did hit
    for number in range(kills):
        for room in ("landing", "quarantine"):
            assert tree(tmp_path / f"killed-{number}" / room) == tree(undisturbed.root / room)


def test_a_pull_killed_at_any_point_is_completed_by_the_next(tmp_path: Path, site: HTTPServer) -> None:
    kills = 12
    began = time.monotonic()
    done = run(home=tmp_path / "killed", action="pull", source=_facts(site), kills=[0.0])
    longest = time.monotonic() - began - 0.5  # without the start of Python
    assert done.returncode == 0, done.stderr
    done = run(home=tmp_path / "killed", action="pull", source=_facts(site), kills=_delays(min(longest, 1), kills))
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[-1]) > kills / 4
    for number in range(kills):
        _assert_whole(Home.open(tmp_path / f"killed-{number}", "live"), list(FILES.values()))


def test_taking_the_inbox_killed_at_any_point_loses_and_doubles_no_file(tmp_path: Path) -> None:
    kills = 30
    for number in range(kills):
        home = Home.open(tmp_path / f"killed-{number}", "live")
        for name, content in FILES.items():
            (home.inbox / name).write_bytes(content)
    facts = {"name": "customs", "cadence": "files"}
    done = run(home=tmp_path / "killed", action="inbox", source=facts, kills=_delays(0.06, kills))
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[-1]) > kills / 4
    for number in range(kills):
        home = Home.open(tmp_path / f"killed-{number}", "live")
        assert tree(home.inbox) == {}
        _assert_whole(home, list(FILES.values()))


def test_two_sources_are_pulled_at_the_same_time(tmp_path: Path, site: HTTPServer) -> None:
    home = Home.open(tmp_path / "home", "live")
    pulls = [start(home=home.root, action="pull", source=_facts(site, name)) for name in ("one", "two")]
    said = [process.communicate(timeout=60) for process in pulls]
    assert [process.returncode for process in pulls] == [0, 0], said
    for name in ("one", "two"):
        assert sum(item.is_new_content for item in Landing(home).observations(name)) == len(FILES)


def test_of_two_pulls_of_one_source_the_second_waits_and_finds_nothing_new(tmp_path: Path, site: HTTPServer) -> None:
    home = Home.open(tmp_path / "home", "live")
    pulls = [start(home=home.root, action="pull", source=_facts(site), wait=60) for _ in range(2)]
    said = sorted(process.communicate(timeout=60)[0] for process in pulls)
    assert said[0].startswith("files: 6 new:")
    assert said[1] == "files: 6 unchanged, nothing new landed\n"
    _assert_whole(home, list(FILES.values()))


def test_a_disk_that_takes_no_more_is_told_and_nothing_half_written_stays(
    tmp_path: Path, httpserver: HTTPServer
) -> None:
    """The kernel's own limit on the size of a file: a real error of a real write."""
    httpserver.expect_request("/page").respond_with_data(lines(40_000))
    home = Home.open(tmp_path / "home", "live")
    facts = {"address": httpserver.url_for("/page")}
    done = run(home=home.root, action="pull", source=facts, file_size_limit=100_000)
    assert done.returncode == 2
    assert "can't write below" in done.stderr
    assert "make room" in done.stderr
    assert "Traceback" not in done.stderr
    assert tree(home.landing) == tree(home.quarantine) == tree(home.temporary) == {}
    assert run(home=home.root, action="pull", source=facts).returncode == 0
    _assert_whole(home, [lines(40_000)])


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "boomerang-test", str(place)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("a small disk can only be mounted by an administrator; the limit on file sizes is tested")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def test_a_full_disk_is_told_and_filled_room_is_given_back(small_disk: Path, httpserver: HTTPServer) -> None:
    big, small = lines(190_000), lines(10)  # 950 kB
    httpserver.expect_request("/small").respond_with_data(small)
    httpserver.expect_request("/big").respond_with_data(big)
    home = Home.open(small_disk / "home", "live")
    (home.root / "ballast").write_bytes(bytes(400_000))
    assert run(home=home.root, action="pull", source={"address": httpserver.url_for("/small")}).returncode == 0
    before = tree(home.landing)
    done = run(home=home.root, action="pull", source={"address": httpserver.url_for("/big")})
    assert done.returncode == 2
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr
    assert tree(home.landing) == before
    assert tree(home.quarantine) == tree(home.temporary) == {}
    (home.root / "ballast").unlink()
    assert run(home=home.root, action="pull", source={"address": httpserver.url_for("/big")}).returncode == 0
    assert Landing(home).last_good("plain").bytes == len(big)  # type: ignore[union-attr]


def test_a_file_that_does_not_fit_stays_in_the_inbox(tmp_path: Path) -> None:
    home = Home.open(tmp_path / "home", "live")
    (home.inbox / "big.csv").write_bytes(lines(40_000))
    facts = {"name": "customs", "cadence": "files"}
    done = run(home=home.root, action="inbox", source=facts, file_size_limit=100_000)
    assert done.returncode == 2
    assert "can't write below" in done.stderr
    assert tree(home.inbox) == {"big.csv": lines(40_000)}
    assert tree(home.landing) == tree(home.temporary) == {}
