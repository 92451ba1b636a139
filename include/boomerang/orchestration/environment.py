"""Airflow on a home: its folder, configuration, secrets and database, all below ``<home>/airflow``.

Everything that is not Airflow's default stands in ``<home>/airflow/airflow.cfg``, so that
``AIRFLOW_HOME=<home>/airflow airflow ...`` works by hand too. The file is written anew at each start (the checkout may
have moved); only the secrets and the port in it are kept.
"""

from __future__ import annotations

import configparser
import os
import secrets
from base64 import urlsafe_b64encode
from importlib.metadata import version
from io import StringIO
from pathlib import Path
from typing import Final

from boomerang.durable import write_durably
from boomerang.errors import UsageError
from boomerang.home import PROJECT_ROOT, Home

WRITER_POOL: Final = "warehouse_writer"
"""The pool with one slot that every task holds which writes to the warehouse."""

DEFAULT_PORT: Final = 8080
PARALLEL_TASKS: Final = 4
"""Tasks at a time; each is a process of about 200 MB before it does anything."""


def airflow_home(home: Home) -> Path:
    """Airflow's own folder in a home."""
    return home.root / "airflow"


def port_of(home: Home) -> int:
    """The port of Airflow's pages: ``BOOMERANG_AIRFLOW_PORT``, else the one used before, else 8080.

    Raises:
        UsageError: It is not a port number.
    """
    asked = os.environ.get("BOOMERANG_AIRFLOW_PORT") or _written(home).get(
        "api", "port", fallback=str(DEFAULT_PORT)
    )
    if not (asked.isdecimal() and 1024 <= int(asked) <= 65535):
        raise UsageError(
            f"BOOMERANG_AIRFLOW_PORT is {asked!r}, which is no port", "name one from 1024 to 65535"
        )
    return int(asked)


def configure(home: Home) -> dict[str, str]:
    """Write Airflow's configuration for a home and tell the environment that its processes need.

    Nothing of Airflow is imported. No call to the outside: no usage data, no look-up of the machine's name.

    Args:
        home: The home that Airflow's tasks will work on.

    Returns:
        The variables to add to the environment.

    Raises:
        UsageError: The port is no port number.
    """
    folder = airflow_home(home)
    folder.mkdir(mode=0o700, exist_ok=True)
    port = port_of(home)
    written = _written(home)
    settings: dict[str, dict[str, object]] = {
        "core": {
            "dags_folder": PROJECT_ROOT / "dags",
            "load_examples": False,
            "executor": "LocalExecutor",
            "parallelism": PARALLEL_TASKS,
            "dags_are_paused_at_creation": False,
            "default_timezone": "utc",
            "hostname_callable": "socket.gethostname",
            "fernet_key": written.get("core", "fernet_key", fallback="")
            or urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            "execution_api_server_url": f"http://127.0.0.1:{port}/execution/",
            "simple_auth_manager_passwords_file": password_file(home),
        },
        "database": {"sql_alchemy_conn": f"sqlite:///{folder / 'airflow.db'}"},
        "api": {
            "host": "127.0.0.1",
            "port": port,
            "base_url": f"http://127.0.0.1:{port}",
            "secret_key": written.get("api", "secret_key", fallback="") or secrets.token_urlsafe(32),
            "instance_name": f"Boomerang ({home.profile})",
        },
        "api_auth": {"jwt_secret": written.get("api_auth", "jwt_secret", fallback="") or secrets.token_urlsafe(64)},
        "logging": {"colored_console_log": False},
        "usage_data_collection": {"enabled": False},
    }
    content = configparser.ConfigParser(interpolation=None)
    content.read_dict({name: {key: str(value).replace("%", "%%") for key, value in facts.items()} for name, facts in settings.items()})
    text = StringIO()
    content.write(text)
    old_mask = os.umask(0o077)
    try:
        write_durably(folder / "airflow.cfg", text.getvalue().encode())
    finally:
        os.umask(old_mask)
    return {
        "AIRFLOW_HOME": str(folder),
        "BOOMERANG_HOME": str(home.root),
        "BOOMERANG_PROFILE": home.profile,
        "BOOMERANG_PROJECT": str(PROJECT_ROOT),
        "NO_COLOR": "1",
        "SCARF_ANALYTICS": "false",
    }


def password_file(home: Home) -> Path:
    """Where Airflow keeps the password that it generated for the user ``admin``."""
    return airflow_home(home) / "passwords.json"


def prepare(home: Home) -> None:
    """Bring Airflow's database to this version and make the writer's pool; once, then it costs nothing.

    The environment that :func:`configure` gave must be in force: this imports Airflow.

    Args:
        home: The home.
    """
    marker = airflow_home(home) / ".prepared"
    wanted = f"{version('apache-airflow')} {airflow_home(home)}"
    if marker.exists() and marker.read_text() == wanted:
        return
    from airflow.models.pool import Pool
    from airflow.utils.db import initdb

    initdb()
    Pool.create_or_update_pool(
        WRITER_POOL, slots=1, description="DuckDB has one writer", include_deferred=True
    )
    write_durably(marker, wanted.encode())


def _written(home: Home) -> configparser.ConfigParser:
    """The configuration that lies in the home already, empty where there is none."""
    parser = configparser.ConfigParser()
    parser.read(airflow_home(home) / "airflow.cfg")
    return parser
