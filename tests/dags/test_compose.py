"""docker-compose.yml where no engine is at hand: its schema, its references, and that its commands exist."""

from __future__ import annotations

import json
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from boomerang.home import PROJECT_ROOT
from boomerang.orchestration.standalone import SERVICES

COMPOSE = PROJECT_ROOT / "docker-compose.yml"


@pytest.fixture(scope="module")
def composed() -> dict[str, Any]:
    """The file with its anchors resolved and its variables at their defaults."""
    text = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", COMPOSE.read_text(encoding="utf-8"))
    found: dict[str, Any] = yaml.safe_load(text)
    return {key: value for key, value in found.items() if not key.startswith("x-")}


def test_the_file_follows_the_compose_specification() -> None:
    command = [str(Path(sys.executable).with_name("check-jsonschema")), "--builtin-schema", "vendor.compose-spec"]
    done = subprocess.run([*command, str(COMPOSE)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.skipif(shutil.which("docker") is None, reason="there is no docker here")
def test_docker_compose_itself_reads_the_file() -> None:
    if subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip("docker has no compose plugin here")
    done = subprocess.run(
        ["docker", "compose", "--file", str(COMPOSE), "config", "--quiet"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_every_service_waits_for_services_that_exist_and_can_be_waited_for(composed: dict[str, Any]) -> None:
    services = composed["services"]
    for name, service in services.items():
        for awaited, how in service.get("depends_on", {}).items():
            assert awaited in services, name
            if how["condition"] == "service_healthy":
                assert "healthcheck" in services[awaited], f"{name} waits for {awaited}, which tells no health"
            else:
                assert services[awaited]["restart"] == "no", f"{name} waits for the end of {awaited}"


def test_every_service_is_bounded_unprivileged_and_pinned(composed: dict[str, Any]) -> None:
    for name, service in composed["services"].items():
        assert service["deploy"]["resources"]["limits"].keys() == {"cpus", "memory"}, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["user"].split(":")[0] not in {"", "0", "root"}, name
        assert re.search(r":\d+\.\d+", service["image"]), name
        assert service["restart"] in {"no", "unless-stopped"}, name
        assert service["restart"] == "no" or "healthcheck" in service, name


def test_nothing_listens_beyond_this_machine(composed: dict[str, Any]) -> None:
    published = [port for service in composed["services"].values() for port in service.get("ports", [])]
    assert published == ["127.0.0.1:8080:8080"]


def test_no_password_stands_in_the_file(composed: dict[str, Any]) -> None:
    for service in composed["services"].values():
        for key, value in service.get("environment", {}).items():
            if re.search(r"PASSWORD|SECRET|FERNET|SQL_ALCHEMY_CONN", key):
                assert re.fullmatch(r"(cat )?/secrets/\w+/[\w.]+", value), key


def test_the_services_are_those_that_make_up_starts(composed: dict[str, Any]) -> None:
    commands = {
        name: tuple(service["command"][1:])
        for name, service in composed["services"].items()
        if service.get("command", [""])[0] == "airflow"
    }
    assert commands == SERVICES  # which tests/integration/test_scheduler.py starts for real


def test_airflow_knows_the_health_checks(composed: dict[str, Any], airflow_environment: dict[str, str]) -> None:
    from airflow.cli.cli_parser import get_parser

    tests = [service["healthcheck"]["test"] for service in composed["services"].values() if "healthcheck" in service]
    checks = [
        test[1].replace('"$$(hostname)"', "a-host").split()
        for test in tests
        if test[0] == "CMD-SHELL" and test[1].startswith("airflow ")
    ]
    assert len(checks) == 2
    for _, *arguments in checks:
        assert get_parser().parse_args(arguments).job_type in {"DagProcessorJob", "TriggererJob"}


def test_secrets_are_made_once_and_are_the_owner_s(tmp_path: Path) -> None:
    airflow, database = tmp_path / "airflow", tmp_path / "database"
    airflow.mkdir()
    database.mkdir()
    command = [sys.executable, str(PROJECT_ROOT / "docker" / "make_secrets.py"), str(airflow), str(database)]
    subprocess.run(command, check=True)
    made = {path: path.read_text() for path in sorted(tmp_path.rglob("*")) if path.is_file()}
    subprocess.run(command, check=True)
    assert {path: path.read_text() for path in made} == made
    assert {stat.S_IMODE(path.stat().st_mode) for path in airflow.iterdir()} == {0o600}
    password = (database / "postgres_password").read_text()
    assert len(password) >= 32
    assert f":{password}@postgres/" in (airflow / "sql_alchemy_conn").read_text()
    assert len(json.loads((airflow / "passwords.json").read_text())["admin"]) >= 16
    assert len(set(made.values())) == len(made) == 6


def test_the_files_that_the_image_copies_are_there_and_not_ignored() -> None:
    ignored = (PROJECT_ROOT / "docker" / "Dockerfile.dockerignore").read_text().split()
    copies = re.findall(r"^COPY (.+)$", (PROJECT_ROOT / "docker" / "Dockerfile").read_text(), re.MULTILINE)
    names = [name for line in copies for name in line.split()[:-1]]
    assert names
    for name in names:
        assert (PROJECT_ROOT / name).exists(), name
        assert f"!{name.split('/')[0]}" in ignored, name
