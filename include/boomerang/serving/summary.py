"""What a release found, on one screen, for the person who ran the night."""

from __future__ import annotations

import io
import os
import shutil
import sys
from pathlib import Path

import duckdb
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from boomerang.release.publish import RELEASE_TABLES
from boomerang.serving.query import open_release

QUESTIONS = {
    "Re-imports by tier of evidence": (
        "fct_reimports",
        """
        select
            evidence_tier as tier,
            record_kind as "kind of record",
            format('{:,}', count(*)) as lines,
            format('{:,}', sum(value_usd)::bigint) as "USD",
            value_basis as basis,
        from fct_reimports
        group by all
        order by all
        """,
    ),
    "The cases that the press reported: sums, quantities, months are its own; days and splits are reconstructed": (
        "fct_reimports",
        """
        select
            declared_on as day,
            importer_name as importer,
            counterparty_name as "from",
            component_class as goods,
            format('{:,}', quantity::bigint) || ' ' || quantity_unit as quantity,
            format('{:,}', value_usd::bigint) as "USD",
            evidence_tier as tier,
        from fct_reimports
        where record_kind = 'reconstructed'
        order by all
        """,
    ),
    "Losses that stand, each counted once under one status": (
        "fct_equipment_losses",
        """
        select
            side,
            case when sources = 'warspotting' then 'WarSpotting alone' else 'Oryx' end as "listed by",
            format('{:,}', count(*)) as vehicles,
            format('{:,}', count(*) filter (where status = 'destroyed')) as destroyed,
            format('{:,}', count(*) filter (where status = 'captured')) as captured,
            format('{:,}', count(*) filter (where status = 'abandoned')) as abandoned,
            format('{:,}', count(*) filter (where status = 'damaged')) as damaged,
            format('{:,}', count(*) filter (where lost_on is null)) as "without a day",
        from fct_equipment_losses
        where withdrawn_on is null
        group by all
        order by all
        """,
    ),
    "Rows: in = loaded + quarantined + duplicate": (
        "row_ledger",
        """
        select
            source,
            count(*) as files,
            format('{:,}', sum(rows_in)::bigint) as "in",
            format('{:,}', sum(rows_loaded)::bigint) as loaded,
            format('{:,}', sum(rows_quarantined)::bigint) as quarantined,
            format('{:,}', sum(rows_duplicate)::bigint) as duplicate,
        from row_ledger
        group by all
        order by all
        """,
    ),
    "Checks": (
        "release_checks",
        """
        select
            severity,
            count(*) filter (where success) as passed,
            count(*) filter (where not success) as failed,
            count(*) filter (where success is null) as "not evaluated",
        from release_checks
        group by all
        order by all
        """,
    ),
    "Warnings (why, and the rows: checks/index.html)": (
        "release_checks",
        """
        select suite as "table", replace(expectation, '_', ' ') as "what is not so", observed
        from release_checks
        where not success
        order by all
        """,
    ),
}
"""What is shown: title -> the table that it rests on, and the query."""


def describe_release(folder: Path) -> str:
    """The release's main figures, as text that fits the terminal.

    A table that is not built, or whose sources never landed, is said to be so; it is never shown as zero.

    Args:
        folder: The release's folder.
    """
    width = min(shutil.get_terminal_size((100, 40)).columns, 140)
    console = Console(file=io.StringIO(), width=width, force_terminal=sys.stdout.isatty(), highlight=False)
    with open_release(folder) as connection:
        release_id, profile, observed_until = connection.execute(
            "select release_id, profile, observed_until from release"
        ).fetchall()[0]
        observed = dict(
            connection.execute("select mart, has_landed_sources from release_marts where is_built").fetchall()
        )
        console.rule(f"[bold]Boomerang release {release_id}", align="left")
        if profile == "sample":
            console.print("Synthetic sample: every record is invented, or reconstructed from press reports.")
        if observed_until:
            console.print(f"Observed until {observed_until:%Y-%m-%d %H:%M} UTC")
        for title, (table, query) in QUESTIONS.items():
            console.print()
            if table not in observed and table not in RELEASE_TABLES:
                console.print(f"{title}: not built yet")
            elif not observed.get(table, True):
                console.print(f"{title}: not observed, no source of it has ever landed")
            else:
                _show(console, connection, title, query)
    console.print()
    try:
        shown = Path(os.path.relpath(folder))
    except ValueError:
        shown = folder
    console.print(f"The release: {escape(str(shown))}/ (warehouse.duckdb, parquet/, checks/index.html, manifest.json)")
    console.print("Ask it:      boomerang sql \"select * from fct_reimports where evidence_tier = 'A'\"")
    return console.file.getvalue()  # type: ignore[attr-defined,no-any-return]


def _show(console: Console, connection: duckdb.DuckDBPyConnection, title: str, query: str) -> None:
    cursor = connection.execute(query)
    columns = [column[0] for column in cursor.description]
    rows = cursor.fetchall()
    if not rows:
        console.print(f"{title}: none")
        return
    table = Table(title=title, title_justify="left", title_style="bold", show_edge=False, header_style="dim")
    numbers = {
        index
        for index, _ in enumerate(columns)
        if all(str(row[index]).replace(",", "").isdigit() for row in rows if row[index] is not None)
    }
    for index, column in enumerate(columns):
        table.add_column(column, justify="right" if index in numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*(escape("" if value is None else str(value)) for value in row))
    console.print(table)
