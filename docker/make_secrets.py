"""Make the secrets of docker-compose.yml, each once, into two folders (volumes there); there are no default passwords.

Standard library only. Usage: python make_secrets.py AIRFLOW_FOLDER DATABASE_FOLDER
"""

from __future__ import annotations

import json
import os
import secrets
import sys
from base64 import urlsafe_b64encode
from pathlib import Path

OWNER_ONLY = 0o600
EVERYBODY_WHO_MOUNTS_IT = 0o444
"""PostgreSQL's server runs under another number than Airflow; only these two mount the folder."""


def make(file: Path, content: str, mode: int) -> str:
    """Write a secret unless it is there; returns the one that counts."""
    if not file.exists():
        temporary = file.with_suffix(".tmp")
        temporary.unlink(missing_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
        with os.fdopen(descriptor, "w", encoding="ascii") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.chmod(mode)
        temporary.rename(file)
    return file.read_text(encoding="ascii")


def main(airflow: Path, database: Path) -> None:
    """Make what is missing."""
    password = make(database / "postgres_password", secrets.token_urlsafe(32), EVERYBODY_WHO_MOUNTS_IT)
    address = f"postgresql+psycopg2://airflow:{password}@postgres/airflow"
    make(airflow / "sql_alchemy_conn", address, OWNER_ONLY)
    make(airflow / "fernet_key", urlsafe_b64encode(secrets.token_bytes(32)).decode(), OWNER_ONLY)
    make(airflow / "api_secret_key", secrets.token_urlsafe(32), OWNER_ONLY)
    make(airflow / "jwt_secret", secrets.token_urlsafe(64), OWNER_ONLY)
    make(airflow / "passwords.json", json.dumps({"admin": secrets.token_urlsafe(16)}), OWNER_ONLY)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
