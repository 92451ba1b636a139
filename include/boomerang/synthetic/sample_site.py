"""What the sample profile's server serves on its two nights: losses and customs files, all synthetic.

On the second night the customs files of the first are byte for byte the same, and a revision file has come: lines
seen before, two declarations with other content under their old numbers, and a few new ones.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import pyarrow.parquet as pq
from filelock import FileLock

from boomerang.durable import fsync_tree, rename_durably
from boomerang.errors import UsageError
from boomerang.sources.specification import LandedFile, specification
from boomerang.synthetic.customs_files import (
    LAYOUTS,
    Answer,
    Dialect,
    FileAnswer,
    Generator,
    Layout,
    Trap,
    Verdict,
    finding,
    sha256_of,
    synthesise,
    synthesise_sums,
    write_coverage,
    write_file,
)

SEED: Final = 20221209
"""The day of the better known press case."""

LINES: Final[dict[Layout, int]] = {
    "russia_declaration_fields": 110_000,
    "russia_import_full": 3_000,
    "russia_export_full": 1_000,
}
ABROAD_LINES: Final = 1_000
MIRRORING_LAYOUT: Final[Layout] = "kazakhstan_export_full"
MIRRORED_LAYOUT: Final[Layout] = "russia_declaration_fields"
MIRRORED_TRAPS: Final = ("declared_without_own_product", "own_product_alone", "russian_origin_without_own_product")
"""Re-imports from Kazakhstan, which the Kazakh file records as exports: only such lines are looked for on the other
side, so that mirrors of everyday lines would show nothing."""

SUMS_LAYOUT: Final = "india_import_short"
DIALECT: Final = Dialect(encoding="cp1251")
LAST_NIGHT: Final = 2

REVISED_LAYOUT: Final[Layout] = "russia_declaration_fields"
REVISED_TRAP: Final = "own_product_declared"
"""A re-import among the superseded declarations: the second night shows another quantity and value."""

SEEN_AGAIN: Final = 20
NEW_LINES: Final = 24
COMPLETE: Final = "answer.json"
"""Written last: a folder that has it is whole."""


def sample_site(root: Path, night: int) -> Path:
    """The folder to serve on a night, made at the first call and found again afterwards.

    Args:
        root: Where the nights' folders lie (``<home>/sample``).
        night: 1 or 2.

    Raises:
        UsageError: There is no such night.
    """
    folder = root / f"night-{night}"
    if (folder / COMPLETE).exists():
        return folder
    root.mkdir(parents=True, exist_ok=True)
    # The sources are pulled at the same time: one builds, the others wait and find it built.
    with FileLock(root / ".lock"):
        if not (folder / COMPLETE).exists():
            for left_by_a_kill in root.glob(".*.tmp"):
                shutil.rmtree(left_by_a_kill)
            temporary = root / f".{folder.name}.tmp"
            try:
                build_sample(temporary, night)
                fsync_tree(temporary)
                rename_durably(temporary, folder)
            finally:
                shutil.rmtree(temporary, ignore_errors=True)
    return folder


def build_sample(folder: Path, night: int) -> Answer:
    """Write what the server serves on a night: losses, ``customs/SHA256SUMS`` and the files it lists.

    Sanctions lists are in ``ofac_sdn/`` and ``opensanctions/``, flows of trade in ``comtrade/``.
    Exchange rates and nomenclatures are in ``fx_cbr/``, ``fx_ecb/`` and ``nomenclature/``.
    Losses are ``oryx/*.html``, ``oryx-history/event_*.csv`` and ``warspotting/losses.json``.

    Args:
        folder: An empty or missing folder.
        night: 1 or 2.

    Returns:
        What is in the customs files, and what is to come of it; also left as ``answer.json``.

    Raises:
        UsageError: There is no such night.
    """
    from boomerang.synthetic.comtrade_answers import write_flows  # noqa: PLC0415 - only where pages are made
    from boomerang.synthetic.oryx_pages import write_oryx_pages  # noqa: PLC0415
    from boomerang.synthetic.reference_tables import write_reference_tables  # noqa: PLC0415
    from boomerang.synthetic.sanctions_lists import write_sanctions_lists  # noqa: PLC0415

    if night not in range(1, LAST_NIGHT + 1):
        raise UsageError(f"the sample has no night {night}", f"give 1 to {LAST_NIGHT}")
    folder.mkdir(parents=True, exist_ok=True)
    write_oryx_pages(folder, night, SEED)
    _write_other_losses(folder, night)
    write_reference_tables(folder)
    write_sanctions_lists(folder, night)
    write_flows(folder, night, SEED)
    customs = folder / "customs"
    answers = [
        synthesise(customs, lines=lines, seed=SEED, layout=layout, dialect=DIALECT) for layout, lines in LINES.items()
    ]
    answers += _write_abroad(customs)
    if night == LAST_NIGHT:
        answers.append(write_revision(customs))
    sums = [
        f"{sha256_of(path)}  {path.relative_to(customs).as_posix()}\n"
        for path in sorted(customs.rglob("*"))
        if path.is_file()
    ]
    (customs / "SHA256SUMS").write_text("".join(sums), encoding="utf-8")
    answer = sum(answers[1:], answers[0])
    answer.write(folder)
    return answer


def _write_other_losses(folder: Path, night: int) -> None:
    """Write what WarSpotting and a collector of tables would have made of the losses on the first night's pages."""
    from boomerang.synthetic.oryx_history import write_history  # noqa: PLC0415 - only where pages are made
    from boomerang.synthetic.oryx_pages import write_oryx_pages  # noqa: PLC0415
    from boomerang.synthetic.warspotting_site import synthetic_losses, write_losses  # noqa: PLC0415

    with TemporaryDirectory() as first:
        write_oryx_pages(Path(first), 1, SEED)
        links = {
            side: _links_on(Path(first) / "oryx" / f"{side}.html", f"oryx_{side}") for side in ("russia", "ukraine")
        }
    write_losses(folder, synthetic_losses(links["russia"], night, SEED))
    write_history(folder, links, night, SEED)


def _links_on(page: Path, source: str) -> list[dict[str, Any]]:
    facts = specification(source, "sample")
    with TemporaryDirectory() as output:
        facts.reader.parse(
            LandedFile(path=page, sha256="0" * 64, file_name=page.name, specification=facts), Path(output)
        )
        rows: list[dict[str, Any]] = pq.read_table(Path(output) / "loss_links.parquet").to_pylist()
    return rows


def _write_abroad(customs: Path) -> list[Answer]:
    """Write a Kazakh file that records some of the Russian lines too, and an Indian one of sums."""
    with Generator(MIRRORED_LAYOUT, LINES[MIRRORED_LAYOUT], SEED) as russian:
        mirrored = russian.mirrored_lines(LAYOUTS[MIRRORING_LAYOUT]["country"], ABROAD_LINES, MIRRORED_TRAPS)
    # Coverage is of lines: the sums declare none.
    return [
        synthesise(customs, lines=ABROAD_LINES, seed=SEED, layout=MIRRORING_LAYOUT, mirrored=mirrored),
        synthesise_sums(customs, lines=ABROAD_LINES, seed=SEED, layout=SUMS_LAYOUT),
    ]


def write_revision(customs: Path) -> Answer:
    """Write the second night's file of declaration fields.

    Args:
        customs: The folder of the customs files.

    Returns:
        What is in it: the lines seen again are duplicates of the first night's, the superseding ones take the
        place of lines of the same number and item, the new ones are everyday lines of no interest.
    """
    lines = LINES[REVISED_LAYOUT]
    with Generator(REVISED_LAYOUT, lines, SEED) as generator:
        # Blocks of eight lines without a special: the first line is a declaration by itself, the fourth the first
        # of two.
        taken = {position // 8 for positions in generator.special_positions().values() for position in positions}
        free = [block for block in range(lines // 8 // 2, lines // 8) if block not in taken]
        again = [8 * block + 3 for block in free[:SEEN_AGAIN]]
        superseding = [generator.special_positions()[REVISED_TRAP][0], 8 * free[SEEN_AGAIN]]
        new = [lines + number for number in range(NEW_LINES)]
        rows = [
            (_revision("duplicate", "The same line as in the first night's file."), again),
            (
                _revision("superseded", "Other content under a number of the first night; it stands from now on."),
                superseding,
            ),
            (_revision("new", "Everyday lines that were not there before."), new),
        ]
        every = again + superseding + new
        path = customs / REVISED_LAYOUT / f"revision_{REVISED_LAYOUT}{LAYOUTS[REVISED_LAYOUT]['suffix']}"
        generator.choose(
            "select unnest($every::bigint[]) as i, list_contains($superseding::bigint[], i) as is_revised",
            {"every": every, "superseding": superseding},
        )
        write_file(generator, path, DIALECT)
        write_coverage(path, REVISED_LAYOUT)
        findings = []
        for trap, positions in rows:
            facts = generator.facts(positions, are_revised=trap.verdict == "superseded")
            findings.append(
                finding(
                    path.name,
                    trap,
                    rows=[every.index(position) + 1 for position in positions],
                    facts=[facts[position] for position in positions],
                )
            )
    ledger = FileAnswer(
        file=path.name,
        layout=REVISED_LAYOUT,
        sha256=sha256_of(path),
        rows_in=len(every),
        rows_loaded=len(superseding) + len(new),
        rows_quarantined=0,
        rows_duplicate=len(again),
        rows_superseding=len(superseding),
    )
    return Answer(seed=SEED, files=(ledger,), findings=tuple(findings))


def _revision(verdict: Verdict, why: str) -> Trap:
    return Trap(trap=f"revision_{verdict}", verdict=verdict, why=why)
