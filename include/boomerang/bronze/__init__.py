"""Bronze: landed bytes as Parquet, one file for each landed file and table; only new bytes are parsed."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from boomerang.durable import fsync_path, rename_durably, temporary_folder
from boomerang.errors import ContentRefusedError
from boomerang.home import Home
from boomerang.landing.observation import Observation
from boomerang.landing.store import Landing
from boomerang.sources.specification import (
    LEDGER_SCHEMA,
    QUARANTINE_SCHEMA,
    ConfiguredReader,
    LandedFile,
    MemberCount,
    SourceReader,
    SourceSpecification,
    specifications,
)

OBSERVATION_SCHEMA = pa.schema(
    [
        pa.field("source", pa.string(), nullable=False),
        pa.field("observed_at", pa.timestamp("us", tz="UTC"), nullable=False),
        pa.field("sha256", pa.string(), nullable=False),
        pa.field("bytes", pa.int64(), nullable=False),
        pa.field("file_name", pa.string(), nullable=False),
        pa.field("landed_path", pa.string(), nullable=False),
        pa.field("origin", pa.string(), nullable=False),
        pa.field("is_new_content", pa.bool_(), nullable=False),
        pa.field("url", pa.string()),
        pa.field("http_status", pa.int32()),
        pa.field("layout", pa.string()),
        pa.field("accepted_because", pa.string()),
        pa.field("shows_from", pa.date32()),
        pa.field("shows_to", pa.date32()),
        pa.field("is_complete", pa.bool_()),
    ]
)
COVERAGE_SCHEMA = pa.schema(
    [
        pa.field("source_sha256", pa.string(), nullable=False),
        pa.field("observed_at", pa.timestamp("us", tz="UTC"), nullable=False),
        pa.field("reporter_country_code", pa.string(), nullable=False),
        pa.field("direction", pa.string(), nullable=False),
        pa.field("covered_from", pa.date32(), nullable=False),
        pa.field("covered_to", pa.date32(), nullable=False),
        pa.field("hs_prefix", pa.string(), nullable=False),
        pa.field("declared_by", pa.string(), nullable=False),
    ]
)
SOURCE_SCHEMA = pa.schema(
    [
        pa.field("name", pa.string(), nullable=False),
        pa.field("title", pa.string(), nullable=False),
        pa.field("publisher", pa.string(), nullable=False),
        pa.field("address", pa.string()),
        pa.field("cadence", pa.string(), nullable=False),
        pa.field("fresh_for_hours", pa.int32(), nullable=False),
        pa.field("licence", pa.string(), nullable=False),
        pa.field("may_redistribute", pa.bool_(), nullable=False),
        pa.field("side", pa.string()),
        pa.field("parser_version", pa.int32(), nullable=False),
        pa.field("profile", pa.string(), nullable=False),
        pa.field("is_synthetic", pa.bool_(), nullable=False),
    ]
)

_SETTINGS = b"boomerang.settings"
_READ_WITH = b"boomerang.read_with"
"""In the footer of a ledger: a checksum of all settings there were, and what of them made the rows of each member."""


@dataclass
class BronzeSummary:
    """What a run of the step did.

    Attributes:
        parsed: Landed files parsed now, as ``source: file name (rows loaded, rows quarantined)``.
        unchanged: How many were there already.
        refused: Files of which nothing could be taken, with the reason.
    """

    parsed: list[str] = field(default_factory=list)
    unchanged: int = 0
    refused: list[str] = field(default_factory=list)

    def describe(self) -> str:
        """One line for people."""
        text = f"{len(self.parsed)} landed files parsed, {self.unchanged} were there already"
        return text + (f", {len(self.refused)} could not be taken: {'; '.join(self.refused)}" if self.refused else "")


def bronze_path(home: Home, source: str, table: str, sha256: str, parser_version: int) -> Path:
    """Where the rows of a landed file lie."""
    return home.bronze / source / table / f"{sha256}.v{parser_version}.parquet"


def make_bronze(home: Home, until: datetime | None = None) -> BronzeSummary:
    """Parse every landed file that this parser version has not parsed; write the observations anew.

    Args:
        home: The home; the caller holds its writer lock.
        until: Take only observations up to this moment (a replay); default all.

    Returns:
        What was done. A kill at any point leaves whole files only, and a rerun goes on where it ended.
    """
    summary = BronzeSummary()
    known = specifications(home.profile)
    for specification in known.values():
        _write_empty_tables(home, specification)
    observations = [
        observation
        for observation in Landing(home).observations()
        if observation.source in known and (until is None or observation.observed_at <= until)
    ]
    done = set()
    for observation in observations:
        if (observation.source, observation.sha256) in done:
            continue
        done.add((observation.source, observation.sha256))
        _parse(home, known[observation.source], observation, summary)
    _write_observations(home, known, observations)
    return summary


def _parse(home: Home, specification: SourceSpecification, observation: Observation, summary: BronzeSummary) -> None:
    reader = specification.reader
    sha256, version = observation.sha256, reader.parser_version
    ledger_path = bronze_path(home, specification.name, "ledger", sha256, version)
    landed = LandedFile(
        path=home.root / observation.landed_path,
        sha256=sha256,
        file_name=observation.file_name,
        specification=specification,
        layout=observation.layout,
    )
    if ledger_path.exists():
        if _is_read_as_now(home, reader, landed, ledger_path):
            summary.unchanged += 1
            return
        ledger_path.unlink()  # from here on the file is not done
    with temporary_folder(home.temporary) as output:
        try:
            members = reader.parse(landed, output)
        except ContentRefusedError as refusal:
            # The file passed its inspection when it landed and is refused now (a stricter parser version): it
            # counts as one record, so that the ledger shows it and nothing is lost silently.
            summary.refused.append(f"{specification.name}: {observation.file_name}: {refusal.args[0]}")
            for path in output.iterdir():
                path.unlink()
            _write_refusal(output / "quarantine.parquet", sha256, refusal)
            members = [MemberCount(rows_in=1, rows_loaded=0, rows_quarantined=1)]
        _verify(reader, output, members, observation)
        for table in reader.tables:
            _place(output / f"{table}.parquet", bronze_path(home, specification.name, table, sha256, version))
        _place(output / "quarantine.parquet", home.quarantine / specification.name / f"{sha256}.v{version}.parquet")
        ledger = pa.Table.from_pylist(
            [
                {
                    "_source_sha256": sha256,
                    "_source_member": member.source_member,
                    "source": specification.name,
                    "file_name": observation.file_name,
                    "rows_in": member.rows_in,
                    "rows_loaded": member.rows_loaded,
                    "rows_quarantined": member.rows_quarantined,
                }
                for member in members
            ],
            schema=LEDGER_SCHEMA,
        )
        if isinstance(reader, ConfiguredReader):
            told = json.dumps({member.source_member: member.read_with for member in members}, sort_keys=True)
            ledger = ledger.replace_schema_metadata({_SETTINGS: reader.configuration(home.root), _READ_WITH: told})
        pq.write_table(ledger, output / "ledger.parquet")
        _move(output / "ledger.parquet", ledger_path)  # last: it says that the file is done
    loaded = sum(member.rows_loaded for member in members)
    quarantined = sum(member.rows_quarantined for member in members)
    summary.parsed.append(
        f"{specification.name}: {observation.file_name} ({loaded:,} rows loaded, {quarantined:,} quarantined)"
    )


def _is_read_as_now(home: Home, reader: SourceReader, landed: LandedFile, ledger_path: Path) -> bool:
    """Whether a parsed file would be read with the same settings again; where others changed, it is looked at."""
    if not isinstance(reader, ConfiguredReader):
        return True
    ledger = pq.read_table(ledger_path)
    told = ledger.schema.metadata or {}
    configuration = reader.configuration(home.root)
    if told.get(_SETTINGS) == configuration.encode():
        return True
    if json.loads(told.get(_READ_WITH, b"null")) != reader.reading(landed):
        return False
    _write_table(home, ledger_path, ledger.replace_schema_metadata({**told, _SETTINGS: configuration}))
    return True


def _place(temporary: Path, final: Path) -> None:
    """Put a file of rows in place, or take away what an earlier reading left there."""
    if temporary.exists():
        _move(temporary, final)
    else:
        final.unlink(missing_ok=True)


def _verify(reader: SourceReader, output: Path, members: list[MemberCount], observation: Observation) -> None:
    """A parser that loses a row, or writes another schema than it declares, is a defect of ours: stop."""
    for member in members:
        if member.rows_in != member.rows_loaded + member.rows_quarantined:
            raise RuntimeError(
                f"{observation.source}: the ledger of {observation.file_name} does not balance: {member}"
            )
    quarantine = output / "quarantine.parquet"
    written = pq.read_metadata(quarantine).num_rows if quarantine.exists() else 0
    if written != sum(member.rows_quarantined for member in members):
        raise RuntimeError(f"{observation.source}: {observation.file_name}: {written} quarantined rows were written")
    for table, schema in {**reader.tables, "quarantine": QUARANTINE_SCHEMA}.items():
        path = output / f"{table}.parquet"
        if path.exists():
            found = pq.read_schema(path)
            differences = [
                f"{name}: {kind}"
                for name, kind in zip(found.names, found.types, strict=True)
                if name not in schema.names or schema.field(name).type != kind
            ]
            if found.names != schema.names or differences:
                raise RuntimeError(f"{observation.source}: bronze table {table} has another schema: {differences}")


def _write_refusal(path: Path, sha256: str, refusal: ContentRefusedError) -> None:
    row = {
        "_source_sha256": sha256,
        "_source_member": "",
        "_source_row": 0,
        "reason": refusal.reason,
        "detail": str(refusal.args[0]),
        "content": "",
    }
    pq.write_table(pa.Table.from_pylist([row], schema=QUARANTINE_SCHEMA), path)


def _move(temporary: Path, final: Path) -> None:
    fsync_path(temporary)
    rename_durably(temporary, final)


def _write_table(home: Home, final: Path, table: pa.Table) -> None:
    with temporary_folder(home.temporary) as folder:
        pq.write_table(table, folder / "table.parquet")
        _move(folder / "table.parquet", final)


def _write_empty_tables(home: Home, specification: SourceSpecification) -> None:
    """A file without rows for each table: a source that never landed is an empty table, not an error."""
    reader = specification.reader
    schemas = {**reader.tables, "ledger": LEDGER_SCHEMA}
    for table, schema in schemas.items():
        path = bronze_path(home, specification.name, table, "_empty", reader.parser_version)
        if not path.exists():
            _write_table(home, path, schema.empty_table())
    path = home.quarantine / specification.name / f"_empty.v{reader.parser_version}.parquet"
    if not path.exists():
        _write_table(home, path, QUARANTINE_SCHEMA.empty_table())


def _write_observations(home: Home, known: dict[str, SourceSpecification], observations: list[Observation]) -> None:
    rows = [observation.model_dump(include=set(OBSERVATION_SCHEMA.names)) for observation in observations]
    folder = home.bronze / "observations"
    _write_table(home, folder / "observations.parquet", pa.Table.from_pylist(rows, schema=OBSERVATION_SCHEMA))
    spans = [
        {"source_sha256": observation.sha256, "observed_at": observation.observed_at, **span.model_dump()}
        for observation in observations
        for span in observation.coverage
    ]
    _write_table(home, folder / "coverage.parquet", pa.Table.from_pylist(spans, schema=COVERAGE_SCHEMA))
    facts = [
        {
            **specification.model_dump(include=set(SOURCE_SCHEMA.names)),
            "parser_version": specification.reader.parser_version,
            "profile": home.profile,
            "is_synthetic": home.profile != "live",
        }
        for specification in known.values()
    ]
    _write_table(home, folder / "sources.parquet", pa.Table.from_pylist(facts, schema=SOURCE_SCHEMA))
