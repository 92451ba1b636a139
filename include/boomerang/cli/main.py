"""``boomerang``: every verb of the contract, each a thin call of the pipeline."""

from __future__ import annotations

import errno
import json
import os
import sys
import traceback
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from boomerang.clock import utc_now
from boomerang.errors import BoomerangError, UsageError
from boomerang.home import Home

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="A nightly warehouse of arms parts that come back: re-imports set against confirmed losses.",
)
releases_app = typer.Typer(invoke_without_command=True, help="List releases; keep one for good.")
layout_app = typer.Typer(no_args_is_help=True, help="Try a vendor layout on a file.")
models_app = typer.Typer(no_args_is_help=True, help="Names of equipment and what they are mapped to.")
app.add_typer(releases_app, name="releases")
app.add_typer(layout_app, name="layout")
app.add_typer(models_app, name="models")

HomeOption = Annotated[
    Path | None,
    typer.Option("--home", help="The home; default $BOOMERANG_HOME, else ./data.", show_default=False),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Answer as JSON on stdout.")]
ProfileOption = Annotated[
    str | None, typer.Option("--profile", help="sample or live; a home belongs to one.", show_default=False)
]
WaitOption = Annotated[float, typer.Option("--wait", min=0, help="Seconds to wait for another run of this home.")]

out = Console(highlight=False)
messages = Console(stderr=True, highlight=False)


def say(line: str) -> None:
    """Tell the person at the terminal, on stderr."""
    messages.print(escape(line))


def answer(as_json: bool, facts: Any, show: Callable[[], object]) -> None:
    """Answer a program with facts, or a person with a picture of them."""
    if as_json:
        out.file.write(json.dumps(facts, default=str, ensure_ascii=False, indent=2) + "\n")
    else:
        show()


def table(title: str, columns: list[str], rows: list[list[Any]]) -> Table:
    """A table that folds long texts instead of running out of the terminal."""
    shown = Table(title=title, title_justify="left", show_edge=False, header_style="bold")
    for column in columns:
        shown.add_column(column, overflow="fold")
    for row in rows:
        shown.add_row(*(escape("" if value is None else str(value)) for value in row))
    return shown


def parse_day(text: str | None) -> date | None:
    """A day as ``yyyy-mm-dd``.

    Raises:
        UsageError: It is none.
    """
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{text!r} is not a day", "write it as yyyy-mm-dd, e.g. 2023-06-30") from error


@app.command()
def nightly(
    day: Annotated[
        str | None, typer.Option("--date", help="Replay what had been observed by the end of this day (UTC).")
    ] = None,
    profile: ProfileOption = None,
    no_pull: Annotated[bool, typer.Option("--no-pull", help="Work with what has landed.")] = False,
    home: HomeOption = None,
    wait: WaitOption = 0,
    as_json: JsonOption = False,
) -> None:
    """Run the whole night in one process: pull, bronze, build, check, publish."""
    from boomerang import pipeline

    opened = Home.open(home, profile)
    outcome = pipeline.nightly(opened, day=parse_day(day), with_pull=not no_pull, wait=wait, progress=say)
    facts = {"release_id": outcome.release_id, "is_new": outcome.is_new, "unavailable": outcome.unavailable}
    answer(as_json, facts, lambda: out.file.write(pipeline.summary(opened, outcome.release_id)))


@app.command()
def pull(
    source: str,
    since: Annotated[str | None, typer.Option(help="First day to ask for, of a source that is asked by day.")] = None,
    until: Annotated[str | None, typer.Option(help="Last day to ask for.")] = None,
    home: HomeOption = None,
    wait: WaitOption = 0,
    as_json: JsonOption = False,
) -> None:
    """Fetch one source and land what is new."""
    from boomerang import pipeline

    done = pipeline.pull(Home.open(home), source, wait, since=parse_day(since), until=parse_day(until))
    answer(as_json, done.model_dump(), lambda: out.print(escape(done.description)))


@app.command()
def ingest(
    paths: list[Path],
    source: Annotated[str, typer.Option(help="Which source the files are of.")] = "customs",
    layout: Annotated[str | None, typer.Option(help="The vendor layout; default: recognised by the header.")] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="When the source showed this: yyyy-mm-dd or a UTC time.")
    ] = None,
    covers: Annotated[
        list[str] | None,
        typer.Option(help="REPORTER:DIRECTION:FROM:TO[:HS], what a file covers; may be repeated."),
    ] = None,
    profile: ProfileOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Land files by hand: customs files, or a saved copy of any source."""
    from boomerang.landing.inbox import ingest as land

    results = land(
        Home.open(home, profile), paths, source=source, layout=layout, as_of=as_of, covers=tuple(covers or ())
    )
    facts = [observation.model_dump(mode="json") for observation in results]
    rows = [[item.file_name, "landed" if item.is_new_content else "had landed before", item.sha256] for item in results]
    answer(as_json, facts, lambda: out.print(table("", ["file", "what happened", "sha256"], rows)))


@app.command()
def accept(
    source: str,
    observation: str,
    why: Annotated[str, typer.Option(help="Why it is right after all; kept on record.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Accept a pull that was stopped by its bounds."""
    from boomerang.landing.pull import accept as accept_observation

    accepted = accept_observation(Home.open(home), source, observation, why)
    answer(
        as_json,
        accepted.model_dump(mode="json"),
        lambda: out.print(f"accepted {accepted.source} {accepted.sha256}"),
    )


@app.command()
def retract(
    file: str,
    why: Annotated[str, typer.Option(help="Why it is taken back, or counts again; kept on record.")],
    observed_at: Annotated[
        str | None, typer.Option("--observed-at", help="Only this observation of it: a UTC time.")
    ] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Let it count again.")] = False,
    home: HomeOption = None,
    wait: WaitOption = 60,
    as_json: JsonOption = False,
) -> None:
    """Take a wrong file out of all later releases; it is named by the first digits of its checksum, or by its name."""
    from boomerang.landing.inbox import parse_as_of
    from boomerang.landing.retraction import retract as take_back

    moment = parse_as_of(observed_at) if observed_at else None
    record = take_back(Home.open(home), file, why, observed_at=moment, undo=undo, wait=wait)
    what = "counts again from the next build on" if undo else "is left out of every later build"
    answer(
        as_json,
        record.model_dump(mode="json"),
        lambda: out.print(escape(f"{record.source} {record.file_name} ({record.sha256[:12]}) {what}")),
    )


@app.command()
def build(home: HomeOption = None, wait: WaitOption = 0, as_json: JsonOption = False) -> None:
    """Make bronze, run dbt and compose the candidate release."""
    from boomerang import pipeline

    candidate = pipeline.build(Home.open(home), wait=wait, progress=say)
    answer(
        as_json,
        {"candidate": candidate},
        lambda: out.print(f"candidate: {candidate or 'nothing has changed'}"),
    )


@app.command()
def check(home: HomeOption = None, wait: WaitOption = 0, as_json: JsonOption = False) -> None:
    """Run every suite on the candidate."""
    from boomerang import pipeline

    report = pipeline.check(Home.open(home), wait)
    answer(as_json, report.model_dump(mode="json"), lambda: out.print(report.render()))


@app.command()
def publish(home: HomeOption = None, wait: WaitOption = 0, as_json: JsonOption = False) -> None:
    """Publish the checked candidate."""
    from boomerang import pipeline

    release_id = pipeline.publish(Home.open(home), wait)
    answer(as_json, {"release_id": release_id}, lambda: out.print(f"current release: {release_id}"))


@releases_app.callback()
def releases(context: typer.Context, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List the releases, newest first."""
    from boomerang.release.compose import candidate_manifest
    from boomerang.release.publish import current_id, is_pinned, release_ids

    if context.invoked_subcommand:
        return
    opened = Home.open(home)
    current = current_id(opened)
    facts = []
    for name in reversed(release_ids(opened)):
        manifest = candidate_manifest(opened.releases / name)
        facts.append(
            {
                "release_id": name,
                "published_at": manifest["published_at"],
                "is_current": name == current,
                "is_pinned": is_pinned(opened, name),
                "is_replay": manifest["is_replay"],
                "observed_until": manifest["observed_until"],
                "reimports": manifest["tables"].get("fct_reimports", {}).get("rows"),
                "losses": manifest["tables"].get("fct_equipment_losses", {}).get("rows"),
            }
        )
    rows = [
        [
            item["release_id"],
            item["published_at"][:19].replace("T", " "),
            " ".join(word for word in ("current", "pinned", "replay") if item[f"is_{word}"]),
            item["reimports"],
            item["losses"],
        ]
        for item in facts
    ]
    columns = ["release", "published (UTC)", "", "re-imports", "losses"]
    answer(as_json, facts, lambda: out.print(table("", columns, rows)))


@releases_app.command("pin")
def pin(release: str, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Keep a release for good, e.g. because it was cited."""
    from boomerang.release.publish import pin as keep

    keep(Home.open(home), release)
    answer(as_json, {"release_id": release, "is_pinned": True}, lambda: out.print(f"{release} will be kept"))


@app.command()
def diff(
    earlier: str,
    later: str,
    only: Annotated[str | None, typer.Option("--table", help="Only this table.")] = None,
    examples: Annotated[int, typer.Option(min=0, help="Rows to show of each kind of change and table.")] = 5,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """What was added, changed and withdrawn between two releases, per table."""
    from boomerang.serving.diff import diff_releases

    found = diff_releases(Home.open(home), earlier, later, table=only, examples=examples)
    answer(as_json, found.model_dump(mode="json"), lambda: out.print(*found.render(), sep="\n"))


@app.command()
def sql(
    query: str,
    release: Annotated[str | None, typer.Option(help="Which release; default the current one.")] = None,
    form: Annotated[Literal["table", "csv", "json", "parquet"], typer.Option("--format")] = "table",
    output: Annotated[Path | None, typer.Option(help="Write to this file.")] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Query a release, read-only."""
    from boomerang.release.publish import release_folder
    from boomerang.serving.query import run_query, write_result

    result = run_query(release_folder(Home.open(home), release), query)
    write_result(result, "json" if as_json else form, output, out)


@app.command()
def quarantine(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """What could not be taken, where and why."""
    from boomerang.serving.quarantine import quarantined_files, quarantined_rows

    opened = Home.open(home)
    files, rows = quarantined_files(opened), quarantined_rows(opened)

    def show() -> None:
        shown = [[item["source"], item["file_name"], item["reason"], item["message"]] for item in files]
        out.print(table("Files", ["source", "file", "reason", "what"], shown) if files else "No file was refused.")
        grouped = [
            [
                item["source"],
                item["file_name"],
                item["reason"],
                item["rows"],
                item["first_rows"],
                item["example"],
            ]
            for item in rows
        ]
        columns = ["source", "file", "reason", "rows", "first rows", "example"]
        out.print(table("Rows", columns, grouped) if rows else "No row was refused.")

    answer(as_json, {"files": files, "rows": rows}, show)


@app.command()
def sources(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """The sources that are known, with their addresses, cadence and licence."""
    from boomerang.landing.store import Landing
    from boomerang.sources.specification import specifications

    opened = Home.open(home)
    landing = Landing(opened)
    facts = []
    for item in specifications(opened.profile).values():
        last = landing.last_good(item.name)
        facts.append(
            item.model_dump(mode="json") | {"last_good_pull_at": last.observed_at.isoformat() if last else None}
        )
    rows = [
        [
            item["name"],
            item["title"],
            item["cadence"],
            item["address"],
            item["licence"],
            item["last_good_pull_at"],
        ]
        for item in facts
    ]
    columns = ["source", "title", "cadence", "address", "licence", "last good"]
    answer(as_json, facts, lambda: out.print(table("", columns, rows)))


@app.command()
def layouts(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """The vendor layouts that are known."""
    from boomerang.layouts import layouts as known

    found = known(Home.open(home))
    facts = [layout.model_dump(mode="json") for layout in found.values()]
    rows = [[layout.name, layout.title] for layout in found.values()]
    answer(as_json, facts, lambda: out.print(table("", ["layout", "what"], rows)))


@layout_app.command("try")
def layout_try(file: Path, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """What a layout makes of a file, before anything is taken."""
    from boomerang.layouts import try_layout

    report = try_layout(file, Home.open(home))
    answer(as_json, report.model_dump(mode="json"), lambda: out.print(report.render()))


@models_app.command("unmapped")
def models_unmapped(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Names of equipment that no row of the seed maps, with the nearest models and the row to add."""
    from boomerang.serving.unmapped import show_unmapped, unmapped_names

    facts = unmapped_names(Home.open(home))
    answer(as_json, facts, lambda: show_unmapped(facts, out))


@app.command()
def synthesise(
    folder: Path,
    lines: Annotated[int, typer.Option(help="Customs lines to write, 1,000 or more.")] = 100_000,
    seed: Annotated[int, typer.Option(help="Equal seeds give equal files.")] = 1,
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Write files in the vendors' layouts, with a known answer; every row is labelled synthetic."""
    from boomerang.synthetic.customs_files import synthesise_directory

    made = synthesise_directory(folder, lines, seed)
    answer(as_json, made, lambda: out.print(f"written to {folder}, the answer in {folder / 'answer.json'}"))


@app.command()
def docs(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Write dbt's documentation of every model and column."""
    from boomerang.transform import dbt, dbt_target

    opened = Home.open(home)
    with opened.lock("writer"):
        if dbt(opened, "docs", "generate", "--static", built_at=utc_now(), progress=say) != 0:
            raise UsageError("dbt could not write its documentation", f"see {opened.build / 'logs'}")
    page = dbt_target(opened) / "static_index.html"
    answer(as_json, {"page": page}, lambda: out.print(f"open {page}"))


def run() -> None:
    """Run the command line; a user's mistake is a message and an exit status, never a traceback."""
    try:
        app()  # leaves by SystemExit: 0, or 2 for wrong usage
    except BoomerangError as error:
        messages.print(escape(str(error)))
        sys.exit(error.exit_status)
    except KeyboardInterrupt:
        messages.print("stopped; everything that was finished stands, run again to go on")
        sys.exit(130)
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
            _report_internal_error()
        messages.print(escape(f"{error.filename or 'the home'} can't be written: {error.strerror}"))
        messages.print("  -> make room and run again; nothing half-written was left, the last release stands")
        sys.exit(4)
    except Exception:  # the last resort: a defect of ours gets a report, not a screenful
        _report_internal_error()


def _report_internal_error() -> NoReturn:
    """Write the traceback where it can be sent from, tell where, and exit with 4."""
    folder = Path(os.environ.get("BOOMERANG_HOME") or ".")
    report = (folder / f"boomerang-error-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.txt").resolve()
    try:
        report.write_text(traceback.format_exc(), encoding="utf-8")
        messages.print(f"an internal error; the report is in {report}\n  -> please send it to the maintainers")
    except OSError:
        messages.print(escape(traceback.format_exc()))
    sys.exit(4)
