"""What could not be taken: whole files and single rows, where and why."""

from __future__ import annotations

import json
from typing import Any

import duckdb

from boomerang.home import Home
from boomerang.landing.retraction import as_records


def quarantined_files(home: Home) -> list[dict[str, Any]]:
    """Files that were refused or taken back, newest first: the records that say why."""
    records = [json.loads(path.read_text()) for path in home.quarantine.glob("*/*.json")]
    records += as_records(home)
    return sorted(records, key=lambda record: str(record["observed_at"]), reverse=True)


def quarantined_rows(home: Home) -> list[dict[str, Any]]:
    """Rows that were refused, counted by source, file and reason, with the first few addresses and an example."""
    if not list(home.quarantine.glob("*/*.parquet")):
        return []
    pattern = str(home.quarantine / "*" / "*.parquet")
    ledgers = str(home.bronze / "*" / "ledger" / "*.parquet")
    with duckdb.connect() as connection:
        cursor = connection.execute(
            """
            with ledger as (
                select distinct _source_sha256, source, file_name from read_parquet($ledgers)
            )

            select
                ledger.source,
                ledger.file_name,
                refused._source_sha256 as source_sha256,
                refused.reason,
                count(*) as rows,
                (list(refused._source_row order by refused._source_row))[1:5] as first_rows,
                min_by(refused.detail, refused._source_row) as example,
            from read_parquet($pattern) as refused
            inner join ledger on refused._source_sha256 = ledger._source_sha256
            group by all
            order by all
            """,
            {"pattern": pattern, "ledgers": ledgers},
        )
        columns = [column[0] for column in cursor.description]
        return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
