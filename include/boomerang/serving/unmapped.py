"""Equipment names that the catalogue does not know: what they may be, and the line to add to the seed."""

from __future__ import annotations

import csv
import io
from typing import Any, Final

import duckdb
import pyarrow as pa
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from boomerang.errors import UsageError
from boomerang.home import PROJECT_ROOT, Home
from boomerang.release.compose import candidate_folder
from boomerang.release.publish import release_folder
from boomerang.serving.query import open_release

SEED: Final = PROJECT_ROOT / "dbt_project" / "seeds" / "equipment" / "equipment_models.csv"
"""The catalogue: one line per spelling of a name."""

COLUMNS: Final = ("spelling", "model", "family", "category")
NEAREST: Final = 3

_NAMES: Final = """
    select
        model as spelling,
        any_value(category) as category,
        count(distinct loss_id) as losses,
        count(*) as versions,
        list(distinct source order by source) as sources,
    from fct_equipment_loss_versions
    where family = 'unmapped'
    group by equipment_id, model
    order by losses desc, spelling
"""

_SHARES: Final = """
    select
        source,
        count(distinct loss_id) as losses,
        count(distinct case when family = 'unmapped' then loss_id end) as unmapped,
    from fct_equipment_loss_versions
    group by source
    order by source
"""

# Of 300 spellings of the seed left out in turn, the right model came first for 82 % and among three for 94 %: more
# than by either measure alone.
_CANDIDATES: Final = """
    with words as (
        select
            *,
            list_distinct(string_split(trim(regexp_replace(lower(spelling), '[^\\w]+', ' ', 'g')), ' ')) as words,
            trim(regexp_replace(lower(spelling), '[^\\w]+', ' ', 'g')) as text,
        from {table}
    )
"""


def unmapped_names(home: Home) -> dict[str, Any]:
    """What the newest build has under family ``unmapped``: the unpublished candidate's, else the current release's.

    Returns:
        ``names``: one entry a name, the most losses first: ``spelling``, ``losses``, ``versions``, ``sources``,
        ``category`` (where the source lists it), ``nearest`` (up to 3 of ``model``, ``family``, ``category``,
        ``similarity`` from 0 to 1, and ``line``, the line of the seed if it is that model) and ``line_if_new`` (the
        line if it is a model of its own). ``sources``: losses and unmapped ones by source. ``seed``: the file to add
        lines to. Counts are losses ever shown, withdrawn ones too.

    Raises:
        UsageError: Nothing is built, or the seed can't be read.
    """
    candidate = candidate_folder(home)
    with open_release(candidate if candidate.exists() else release_folder(home)) as connection:
        try:
            names = connection.execute(_NAMES).to_arrow_table().to_pylist()
            shares = connection.execute(_SHARES).to_arrow_table().to_pylist()
        except duckdb.CatalogException as error:
            raise UsageError("no losses are built", "run `boomerang nightly` first") from error
    nearest = _nearest([name["spelling"] for name in names])
    for name in names:
        spelling = name["spelling"]
        name["nearest"] = [
            entry | {"line": _line(spelling, entry["model"], entry["family"], entry["category"])}
            for entry in nearest.get(spelling, [])
        ]
        name["line_if_new"] = _line(spelling, spelling, spelling, name["category"] or "")
    return {"names": names, "sources": shares, "seed": str(SEED)}


def show_unmapped(facts: dict[str, Any], console: Console) -> None:
    """Show the answer of :func:`unmapped_names` to a person; the lines to add are never folded nor cut.

    Args:
        facts: The answer.
        console: The terminal.
    """

    def say(text: str) -> None:
        console.print(text, soft_wrap=True, markup=False, highlight=False)

    for share in facts["sources"]:
        part = share["unmapped"] / share["losses"]
        say(f"{share['source']}: {share['unmapped']:,} of {share['losses']:,} losses ({part:.2%}) are unmapped")
    if not facts["names"]:
        say("every name is mapped" if facts["sources"] else "no losses have been observed")
        return
    table = Table(show_edge=False, header_style="bold")
    for column in ("name", "losses", "sources", "nearest models (family, similarity)"):
        table.add_column(column, overflow="fold", justify="right" if column == "losses" else "left")
    for name in facts["names"]:
        nearest = "\n".join(
            f"{entry['model']} ({entry['family']}, {entry['similarity']:.2f})" for entry in name["nearest"]
        )
        table.add_row(
            escape(name["spelling"]), f"{name['losses']:,}", escape(", ".join(name["sources"])), escape(nearest)
        )
    console.print(table)
    say(f"\nAdd to {facts['seed']} what is right; the nearest is a suggestion, not a finding.")
    for name in facts["names"]:
        say("")
        if name["nearest"]:
            say(f"# if it is {name['nearest'][0]['model']}:\n{name['nearest'][0]['line']}")
        say(f"# if it is a model of its own (name its family and category):\n{name['line_if_new']}")


def _line(*values: str) -> str:
    """One line of the seed."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="").writerow(values)
    return buffer.getvalue()


def _nearest(spellings: list[str]) -> dict[str, list[dict[str, Any]]]:
    """The models whose spellings in the seed are most like each name, the likest first."""
    if not spellings:
        return {}
    try:
        with SEED.open(encoding="utf-8", newline="") as lines:
            known = [{column: row[column] for column in COLUMNS} for row in csv.DictReader(lines)]
    except (OSError, KeyError) as error:
        raise UsageError(f"the catalogue {SEED} can't be read: {error}", "restore it from the repository") from error
    schema = pa.schema([(column, pa.string()) for column in COLUMNS])
    with duckdb.connect() as connection:
        connection.register("catalogue", pa.Table.from_pylist(known, schema=schema))
        connection.register("names", pa.table({"spelling": pa.array(spellings, pa.string())}))
        rows = (
            connection.execute(
                f"""
                with known as ({_CANDIDATES.format(table="catalogue")} select * from words),

                asked as ({_CANDIDATES.format(table="names")} select * from words),

                compared as (
                    select
                        asked.spelling,
                        known.model,
                        known.family,
                        known.category,
                        max(
                            0.5 * jaro_winkler_similarity(asked.text, known.text)
                            + len(list_intersect(asked.words, known.words))
                            / (len(asked.words) + len(known.words))
                        ) as similarity,
                    from asked cross join known
                    group by all
                )

                select spelling, model, family, category, round(similarity, 3) as similarity
                from compared
                qualify row_number() over (partition by spelling order by similarity desc, model) <= $nearest
                order by spelling, similarity desc, model
                """,  # noqa: S608 - two texts of this file, no input
                {"nearest": NEAREST},
            )
            .to_arrow_table()
            .to_pylist()
        )
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row.pop("spelling"), []).append(row)
    return found
