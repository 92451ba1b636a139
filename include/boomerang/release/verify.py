"""Verifying a release as a reader: opened read-only in a fresh process, compared with its manifest.

Run as ``python -m boomerang.release.verify FOLDER``; the exit status is 0 where everything agrees.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from boomerang.release.content import file_sha256, table_facts, table_names


def disagreements(folder: Path) -> list[str]:
    """Everything in which a release differs from its manifest; empty where it is whole.

    Args:
        folder: The release's folder.
    """
    manifest = json.loads((folder / "manifest.json").read_text())
    found = []
    for name, facts in manifest["files"].items():
        path = folder / name
        if not path.is_file() or path.stat().st_size != facts["bytes"] or file_sha256(path) != facts["sha256"]:
            found.append(f"{name} is not the file that the manifest describes")
    if found:
        return found  # nothing in it can be trusted; reading on would fail
    if list(folder.glob("*.wal")):
        found.append("a write-ahead log lies beside warehouse.duckdb")
    with duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True) as connection:
        tables = table_names(connection)
        if tables != sorted(manifest["tables"]):
            found.append(f"tables are {tables}, the manifest says {sorted(manifest['tables'])}")
        for table in tables:
            facts = table_facts(connection, table)
            if facts != manifest["tables"].get(table):
                found.append(f"{table} is {facts}, the manifest says {manifest['tables'].get(table)}")
    for table, facts in manifest["tables"].items():
        rows = pq.read_metadata(folder / "parquet" / f"{table}.parquet").num_rows
        if rows != facts["rows"]:
            found.append(f"parquet/{table}.parquet has {rows} rows, the manifest says {facts['rows']}")
    return found


if __name__ == "__main__":
    problems = disagreements(Path(sys.argv[1]))
    sys.stdout.writelines(f"{problem}\n" for problem in problems)
    sys.exit(1 if problems else 0)
