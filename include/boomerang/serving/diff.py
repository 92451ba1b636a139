"""What was added, changed and withdrawn between two releases, table by table."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import duckdb
from pydantic import BaseModel
from rich.markup import escape
from rich.table import Table

from boomerang.errors import UsageError
from boomerang.home import Home
from boomerang.release.compose import candidate_manifest, candidate_marts
from boomerang.release.content import literal, quoted
from boomerang.release.publish import release_folder

MEASURES: Final = {"quantity": "quantity_unit", "value_usd": "value_basis"}
"""What is summed, and the column that keeps apart what must never be added up."""

EXAMPLES: Final = 5


class MeasureChange(BaseModel):
    """A sum in both releases, over rows that may be added up: one kind of record, one unit or basis.

    Attributes:
        column: What is summed.
        kind: ``record_kind`` and unit or basis, joined; empty where the table has neither.
        earlier: The sum in the earlier release; ``None``: no row had a value.
        later: The sum in the later one.
    """

    column: str
    kind: str
    earlier: str | None
    later: str | None


class RowChange(BaseModel):
    """One row that differs.

    Attributes:
        change: ``added``, ``changed`` or ``withdrawn``.
        key: The row's primary key.
        values: A changed row: each column that differs, with its earlier and later value.
    """

    change: str
    key: dict[str, str | None]
    values: dict[str, tuple[str | None, str | None]] = {}


class TableDiff(BaseModel):
    """How a table differs between two releases.

    Attributes:
        mart: The table.
        rows_earlier: Rows in the earlier release; ``None``: it had no such table.
        rows_later: Rows in the later one; ``None``: it has none.
        added, changed, withdrawn: Rows by primary key; ``None`` where one release lacks the table.
        columns_added, columns_removed: Columns that only one of the releases has; they are not compared.
        changed_columns: In how many rows each column changed.
        measures: Sums that differ.
        examples: The first rows of each change, by key.
    """

    mart: str
    rows_earlier: int | None
    rows_later: int | None
    added: int | None = None
    changed: int | None = None
    withdrawn: int | None = None
    columns_added: list[str] = []
    columns_removed: list[str] = []
    changed_columns: dict[str, int] = {}
    measures: list[MeasureChange] = []
    examples: list[RowChange] = []

    @property
    def differs(self) -> bool:
        """Whether there is anything to tell."""
        return bool(
            self.added
            or self.changed
            or self.withdrawn
            or self.columns_added
            or self.columns_removed
            or (self.rows_earlier is None) != (self.rows_later is None)
        )


class ReleaseDiff(BaseModel):
    """How two releases differ.

    Attributes:
        earlier: The release compared with.
        later: The release that is described.
        tables: Every table of either, by name.
    """

    earlier: str
    later: str
    tables: list[TableDiff]

    def render(self) -> list[Table | str]:
        """For people: one line a table, then what changed within each."""
        overview = Table(title=f"{self.earlier} -> {self.later}", title_justify="left", show_edge=False)
        for column in ("table", "rows before", "rows now", "added", "changed", "withdrawn"):
            overview.add_column(column, justify="left" if column == "table" else "right", overflow="fold")
        for table in self.tables:
            counts = (table.rows_earlier, table.rows_later, table.added, table.changed, table.withdrawn)
            overview.add_row(table.mart, *("-" if count is None else f"{count:,}" for count in counts))
        return [overview, *(line for table in self.tables if table.differs for line in _told(table))]


def _told(table: TableDiff) -> Iterator[str]:
    yield f"\n[bold]{table.mart}[/bold]"
    for what, columns in (("new columns", table.columns_added), ("columns gone", table.columns_removed)):
        if columns:
            yield f"  {what}: {', '.join(columns)}"
    if table.changed_columns:
        counted = sorted(table.changed_columns.items(), key=lambda item: (-item[1], item[0]))
        yield "  changed: " + ", ".join(f"{column} in {rows:,}" for column, rows in counted)
    for measure in table.measures:
        of = f" ({measure.kind})" if measure.kind else ""
        yield escape(f"  sum of {measure.column}{of}: {measure.earlier or '-'} -> {measure.later or '-'}")
    for row in table.examples:
        key = ", ".join(f"{column} {value}" for column, value in row.key.items())
        values = "; ".join(f"{column}: {old!r} -> {new!r}" for column, (old, new) in row.values.items())
        yield escape(f"  {row.change} {key}{': ' if values else ''}{values}")


def diff_releases(
    home: Home, earlier: str, later: str, *, table: str | None = None, examples: int = EXAMPLES
) -> ReleaseDiff:
    """Compare two releases.

    A table whose content hash is the same in both manifests is not read. Others are compared row by row, by primary
    key, in DuckDB.

    Args:
        home: The home.
        earlier: Name of the release compared with.
        later: Name of the release that is described.
        table: Only this table.
        examples: Rows to show of each kind of change and table.

    Raises:
        UsageError: There is no such release or table.
    """
    folders = release_folder(home, earlier), release_folder(home, later)
    keys, facts = _keys_and_facts(folders)
    if table is not None and table not in keys:
        raise UsageError(f"neither release has a table {table!r}", f"known: {', '.join(sorted(keys))}")
    with _both(*folders) as connection:
        tables = [
            _diff_table(connection, mart, keys[mart], facts[0].get(mart), facts[1].get(mart), examples)
            for mart in sorted(keys)
            if table in {None, mart}
        ]
    return ReleaseDiff(earlier=folders[0].name, later=folders[1].name, tables=tables)


def _keys_and_facts(folders: tuple[Path, Path]) -> tuple[dict[str, tuple[str, ...]], list[dict[str, Any]]]:
    keys: dict[str, tuple[str, ...]] = {}
    facts = []
    for folder in folders:
        manifest = candidate_manifest(folder)
        marts = {mart.mart: mart.primary_key for mart in candidate_marts(folder) if mart.is_built}
        keys |= marts
        facts.append({name: manifest["tables"][name] for name in marts})
    return keys, facts


@contextmanager
def _both(earlier: Path, later: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"autoinstall_known_extensions": False}) as connection:
        connection.execute("set TimeZone = 'UTC'")
        for name, folder in (("earlier", earlier), ("later", later)):
            connection.execute(f"attach {literal(str(folder / 'warehouse.duckdb'))} as {name} (read_only)")
        yield connection


def _columns(connection: duckdb.DuckDBPyConnection, release: str, mart: str) -> list[str]:
    rows = connection.execute(
        "select column_name from duckdb_columns() where database_name = ? and schema_name = 'marts' "
        "and table_name = ? order by column_index",
        [release, mart],
    ).fetchall()
    return [row[0] for row in rows]


def _diff_table(
    connection: duckdb.DuckDBPyConnection,
    mart: str,
    key: tuple[str, ...],
    earlier: dict[str, Any] | None,
    later: dict[str, Any] | None,
    examples: int,
) -> TableDiff:
    found = TableDiff(
        mart=mart,
        rows_earlier=earlier["rows"] if earlier else None,
        rows_later=later["rows"] if later else None,
    )
    if earlier is None or later is None or not key:
        return found
    before, after = _columns(connection, "earlier", mart), _columns(connection, "later", mart)
    found.columns_added = [column for column in after if column not in before]
    found.columns_removed = [column for column in before if column not in after]
    if earlier == later and before == after:
        found.added = found.changed = found.withdrawn = 0
        return found
    compared = [column for column in after if column in before and column not in key]
    _compare(connection, mart, key, compared, found, examples)
    found.measures = _measures(connection, mart, [*key, *compared])
    return found


def _same_key(key: tuple[str, ...], left: str, right: str) -> str:
    return " and ".join(f"{left}.{quoted(column)} is not distinct from {right}.{quoted(column)}" for column in key)


def _compare(
    connection: duckdb.DuckDBPyConnection,
    mart: str,
    key: tuple[str, ...],
    compared: list[str],
    found: TableDiff,
    examples: int,
) -> None:
    name = quoted(mart)
    keys = ", ".join(quoted(column) for column in key)
    # Rows are told apart by a hash; only those that differ are read again, column by column.
    content = f"hash({', '.join(quoted(column) for column in compared)})" if compared else "0"
    rows = f"select {keys}, {content} as content, true as is_there"
    either = ", ".join(f"coalesce(e.{quoted(column)}, l.{quoted(column)}) as {quoted(column)}" for column in key)
    connection.execute(
        f"create or replace temp table differing as "  # noqa: S608 - identifiers are quoted
        f"select case when e.is_there is null then 'added' when l.is_there is null then 'withdrawn' "
        f"else 'changed' end as change, {either} "
        f"from ({rows} from earlier.marts.{name}) as e "
        f"full outer join ({rows} from later.marts.{name}) as l on {_same_key(key, 'e', 'l')} "
        f"where e.content is distinct from l.content or e.is_there is null or l.is_there is null"
    )
    counts = dict(connection.execute("select change, count(*) from differing group by change").fetchall())
    found.added, found.changed, found.withdrawn = (counts.get(what, 0) for what in ("added", "changed", "withdrawn"))
    if found.changed and compared:
        joined = (
            f"(select * from differing where change = 'changed') as d "  # noqa: S608 - identifiers are quoted
            f"join earlier.marts.{name} as e on {_same_key(key, 'd', 'e')} "
            f"join later.marts.{name} as l on {_same_key(key, 'd', 'l')}"
        )
        differs = [f"e.{quoted(column)} is distinct from l.{quoted(column)}" for column in compared]
        row = connection.execute(
            f"select {', '.join(f'count(*) filter (where {condition})' for condition in differs)} from {joined}"  # noqa: S608
        ).fetchone()
        assert row is not None  # noqa: S101 - an aggregate always gives a row
        found.changed_columns = {column: count for column, count in zip(compared, row, strict=True) if count}
    found.examples = _examples(connection, name, key, list(found.changed_columns), examples)


def _examples(
    connection: duckdb.DuckDBPyConnection, name: str, key: tuple[str, ...], columns: list[str], examples: int
) -> list[RowChange]:
    rows = []
    keys = ", ".join(f"cast(d.{quoted(column)} as varchar)" for column in key)
    order = ", ".join(f"d.{quoted(column)}" for column in key)
    for change in ("added", "changed", "withdrawn"):
        shown = columns if change == "changed" else []
        pairs = "".join(
            f", cast(e.{quoted(column)} as varchar), cast(l.{quoted(column)} as varchar)" for column in shown
        )
        joins = (
            f"join earlier.marts.{name} as e on {_same_key(key, 'd', 'e')} "
            f"join later.marts.{name} as l on {_same_key(key, 'd', 'l')}"
            if shown
            else ""
        )
        for row in connection.execute(
            f"select {keys}{pairs} from differing as d {joins} where d.change = ? order by {order} limit ?",  # noqa: S608
            [change, examples],
        ).fetchall():
            values = zip(row[len(key) :: 2], row[len(key) + 1 :: 2], strict=True)
            rows.append(
                RowChange(
                    change=change,
                    key=dict(zip(key, row, strict=False)),
                    values={column: pair for column, pair in zip(shown, values, strict=True) if pair[0] != pair[1]},
                )
            )
    return rows


def _measures(connection: duckdb.DuckDBPyConnection, mart: str, columns: list[str]) -> list[MeasureChange]:
    changes = []
    for measure, kept_apart in MEASURES.items():
        if measure not in columns:
            continue
        kinds = [column for column in ("record_kind", kept_apart) if column in columns]
        kind = f"concat_ws(', ', {', '.join(quoted(column) for column in kinds)})" if kinds else "''"
        sums = " union all ".join(
            f"select '{release}' as release, {kind} as kind, sum({quoted(measure)}) as total "  # noqa: S608
            f"from {release}.marts.{quoted(mart)} group by all"
            for release in ("earlier", "later")
        )
        for found_kind, earlier, later in connection.execute(
            f"select kind, any_value(total) filter (where release = 'earlier') as before, "  # noqa: S608
            f"any_value(total) filter (where release = 'later') as after from ({sums}) group by kind "
            f"having before is distinct from after order by kind"
        ).fetchall():
            changes.append(
                MeasureChange(
                    column=measure,
                    kind=found_kind,
                    earlier=None if earlier is None else str(earlier),
                    later=None if later is None else str(later),
                )
            )
    return changes
