"""What two releases differ in."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO

import pytest
from rich.console import Console

from boomerang.errors import UsageError
from boomerang.home import Home
from boomerang.release.publish import publish
from boomerang.serving.diff import ReleaseDiff, TableDiff, diff_releases
from releases import candidate, checked


def published(home: Home, second: int, change: str = "") -> str:
    """Publish the small candidate, its built tables changed by some SQL first."""
    checked(candidate(home, second, change=change))
    return publish(home)


def table(diff: ReleaseDiff, mart: str) -> TableDiff:
    return next(item for item in diff.tables if item.mart == mart)


def test_equal_tables_have_no_difference(home: Home) -> None:
    first, second = published(home, 1), published(home, 1 + 1, "update marts.fct_reimports set build = 1")
    found = table(diff_releases(home, first, second), "fct_reimports")
    assert (found.added, found.changed, found.withdrawn, found.differs) == (0, 0, 0, False)


def test_added_changed_and_withdrawn_rows_are_told_with_old_and_new_values(home: Home) -> None:
    first = published(home, 1)
    second = published(
        home,
        2,
        "update marts.fct_reimports set build = 1;"
        "update marts.fct_reimports set value_usd = 5000.00 where reimport_id = md5('7');"
        "delete from marts.fct_reimports where reimport_id = md5('8');"
        "insert into marts.fct_reimports by name select 'new' as reimport_id, 12.50 as value_usd",
    )
    found = table(diff_releases(home, first, second), "fct_reimports")

    assert (found.rows_earlier, found.rows_later) == (1000, 1000)
    assert (found.added, found.changed, found.withdrawn) == (1, 1, 1)
    assert found.changed_columns == {"value_usd": 1}
    changed = next(row for row in found.examples if row.change == "changed")
    assert changed.values == {"value_usd": ("7.00", "5000.00")}
    assert {row.change: row.key["reimport_id"] for row in found.examples if row.change != "changed"}["added"] == "new"
    assert [(item.column, item.earlier, item.later) for item in found.measures] == [
        ("value_usd", "499500.00", "504497.50")
    ]


def test_sums_never_mix_kinds_of_record_or_bases(home: Home) -> None:
    kinds = "alter table marts.fct_reimports add column record_kind varchar; " \
            "alter table marts.fct_reimports add column value_basis varchar; " \
            "update marts.fct_reimports set build = 1, record_kind = 'real', value_basis = 'cif';"  # fmt: skip
    first = published(home, 1, kinds)
    second = published(
        home, 2, kinds + "update marts.fct_reimports set record_kind = 'synthetic' where reimport_id = md5('9')"
    )
    measures = table(diff_releases(home, first, second), "fct_reimports").measures
    assert [(item.kind, item.earlier, item.later) for item in measures] == [
        ("real, cif", "499500.00", "499491.00"),
        ("synthetic, cif", None, "9.00"),
    ]


def test_a_column_that_is_new_is_named_and_not_compared(home: Home) -> None:
    first = published(home, 1)
    second = published(
        home, 2, "update marts.fct_reimports set build = 1; alter table marts.fct_reimports add column is_new int"
    )
    found = table(diff_releases(home, first, second), "fct_reimports")
    assert (found.columns_added, found.changed, found.differs) == (["is_new"], 0, True)


def test_the_picture_for_people_names_what_changed_and_runs_no_markup_of_the_data(
    home: Home, rendered: Callable[[object], str]
) -> None:
    first = published(home, 1)
    second = published(
        home, 2, "update marts.fct_reimports set build = 1, reimport_id = '[red]x[/red]' where reimport_id = md5('7')"
    )
    picture = "\n".join(rendered(part) for part in diff_releases(home, first, second).render())
    assert "[red]x[/red]" in picture
    assert "withdrawn" in picture


def test_unknown_releases_and_tables_are_told(home: Home) -> None:
    first = published(home, 1)
    with pytest.raises(UsageError, match="neither release has a table"):
        diff_releases(home, first, first, table="fct_nothing")
    with pytest.raises(UsageError):
        diff_releases(home, first, "20000101T000000Z-00000000")


@pytest.fixture
def rendered() -> Callable[[object], str]:
    def render(part: object) -> str:
        console = Console(file=StringIO(), width=160, highlight=False)
        console.print(part)
        return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]

    return render
