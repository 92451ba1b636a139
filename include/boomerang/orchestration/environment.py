"""Airflow on a home: its folder, configuration, secrets and database, all below ``<home>/airflow``.

Everything that is not Airflow's default stands in ``<home>/airflow/airflow.cfg``, so that
``AIRFLOW_HOME=<home>/airflow airflow ...`` works by hand too. The file is written anew at each start (the checkout
may have moved); only the secrets and the port in it are kept.
"""

from __future__ import annotations

import configparser
import os
import secrets
from base64 import urlsafe_b64encode
from importlib.metadata import version
from pathlib import Path
from typing import Final

from boomerang.durable import write_durably
from boomerang.errors import UsageError
from boomerang.home import PROJECT_ROOT, Home
from boomerang.orchestration.catalogue import home_profile

WRITER_POOL: Final = "warehouse_writer"
"""The pool with one slot that every task holds which writes to the warehouse."""

AIRFLOW_LOCK: Final = "airflow"
"""The home's lock that whoever runs Airflow on it holds: a night in its own process, or the services of `up`."""

FAILURE_KEY: Final = "failure"
"""The XCom in which a failed task says why: ``{"exit_status": ..., "message": ...}``."""

QUIETER: Final = "great_expectations=WARNING"
"""It tells a hundred lines of its own inner life a run."""

PARALLEL_TASKS: Final = 4
"""Tasks at a time; each is a process of about 200 MB before it does anything."""


def open_home(root: Path | str | None) -> Home:
    """Open the home that Airflow is to work on; a new one gets the profile ``sample``, unless told otherwise."""
    if root is not None:
        os.environ["BOOMERANG_HOME"] = str(root)
    return Home.open(root, home_profile(default="sample"))


def airflow_home(home: Home) -> Path:
    """Airflow's own folder in a home."""
    return home.root / "airflow"


def password_file(home: Home) -> Path:
    """Where Airflow keeps the password that it generated for the user ``admin``."""
    return airflow_home(home) / "passwords.json"


def port_of(home: Home) -> int:
    """The port of Airflow's pages, as :func:`configure` wrote it."""
    written = configparser.ConfigParser()
    written.read(airflow_home(home) / "airflow.cfg")
    return written.getint("api", "port")


def configured_port() -> int | None:
    """The port that the user names with ``BOOMERANG_AIRFLOW_PORT``, if any.

    Raises:
        UsageError: It is no port.
    """
    asked = os.environ.get("BOOMERANG_AIRFLOW_PORT")
    if not asked:
        return None
    if not (asked.isdecimal() and 1024 <= int(asked) <= 65535):
        raise UsageError(f"BOOMERANG_AIRFLOW_PORT is {asked!r}, which is no port", "name one from 1024 to 65535")
    return int(asked)


def configure(home: Home, port: int | None = None) -> dict[str, str]:
    """Write Airflow's configuration for a home and tell the environment that its processes need.

    Nothing of Airflow is imported. No call to the outside: no usage data, no look-up of the machine's name.

    Args:
        home: The home that Airflow's tasks will work on.
        port: Of Airflow's pages; default the one written before.

    Returns:
        The variables to add to the environment.
    """
    folder = airflow_home(home)
    folder.mkdir(mode=0o700, exist_ok=True)
    file = folder / "airflow.cfg"
    written = configparser.ConfigParser()
    written.read(file)

    def kept(section: str, key: str, otherwise: str) -> str:
        return written.get(section, key) if written.has_option(section, key) else otherwise

    port = port or int(kept("api", "port", "8080"))
    settings: dict[str, dict[str, object]] = {
        "core": {
            "dags_folder": PROJECT_ROOT / "dags",
            "load_examples": False,
            "executor": "LocalExecutor",
            "parallelism": PARALLEL_TASKS,
            "dags_are_paused_at_creation": False,
            "default_timezone": "utc",
            "hostname_callable": "socket.gethostname",
            "fernet_key": kept("core", "fernet_key", urlsafe_b64encode(secrets.token_bytes(32)).decode()),
            "execution_api_server_url": f"http://127.0.0.1:{port}/execution/",
            "simple_auth_manager_passwords_file": password_file(home),
        },
        "database": {"sql_alchemy_conn": f"sqlite:///{folder / 'airflow.db'}"},
        "api": {
            "host": "127.0.0.1",
            "port": port,
            "base_url": f"http://127.0.0.1:{port}",
            "secret_key": kept("api", "secret_key", secrets.token_urlsafe(32)),
            "instance_name": f"Boomerang ({home.profile})",
        },
        "api_auth": {"jwt_secret": kept("api_auth", "jwt_secret", secrets.token_urlsafe(64))},
        "logging": {"colored_console_log": False, "namespace_levels": QUIETER},
        "usage_data_collection": {"enabled": False},
    }
    text = "\n".join(
        f"[{section}]\n" + "".join(f"{key} = {value}\n".replace("%", "%%") for key, value in facts.items())
        for section, facts in settings.items()
    )
    if not file.exists() or file.read_text() != text:
        write_durably(file, text.encode())
    file.chmod(0o600)
    return {
        "AIRFLOW_HOME": str(folder),
        "BOOMERANG_HOME": str(home.root),
        "BOOMERANG_PROFILE": home.profile,
        "BOOMERANG_PROJECT": str(PROJECT_ROOT),
        "NO_COLOR": "1",
        "SCARF_ANALYTICS": "false",
    }


def prepare(home: Home) -> None:
    """Bring Airflow's database in a home to this version; once, then it costs nothing.

    The environment that :func:`configure` gave must be in force.

    Args:
        home: The home.
    """
    marker = airflow_home(home) / ".prepared"
    wanted = f"{version('apache-airflow')} {airflow_home(home)}"
    if not marker.exists() or marker.read_text() != wanted:
        migrate()
        write_durably(marker, wanted.encode())


def migrate() -> None:
    """Bring the database that Airflow is configured for to this version and make the writer's pool.

    ``python -m boomerang.orchestration.environment`` does this alone, for docker-compose.yml.
    """
    from airflow.models.pool import Pool  # noqa: PLC0415 - the environment must stand first
    from airflow.utils.db import initdb  # noqa: PLC0415

    initdb()
    Pool.create_or_update_pool(WRITER_POOL, slots=1, description="DuckDB has one writer", include_deferred=True)


def close_killed_runs() -> None:
    """Mark runs that a killed process left open as failed: a scheduler would wait for them, or take them up.

    Only runs that were made by ``dag.test()``: those of a scheduler that was stopped go on with the next one. The
    caller holds the lock :data:`AIRFLOW_LOCK`, so that none of them is alive.
    """
    from airflow.models.dagrun import DagRun  # noqa: PLC0415 - the environment must stand first
    from airflow.utils.session import create_session  # noqa: PLC0415
    from airflow.utils.state import DagRunState, State, TaskInstanceState  # noqa: PLC0415
    from airflow.utils.types import DagRunTriggeredByType  # noqa: PLC0415

    with create_session() as session:
        for dag_run in DagRun.find(dag_id="nightly", state=DagRunState.RUNNING, session=session):
            if dag_run.triggered_by != DagRunTriggeredByType.TEST:
                continue
            for instance in dag_run.get_task_instances(session=session):
                if instance.state not in State.finished:
                    instance.state = TaskInstanceState.FAILED
            dag_run.state = DagRunState.FAILED


if __name__ == "__main__":
    migrate()
