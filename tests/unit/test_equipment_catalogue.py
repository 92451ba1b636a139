"""The seed of equipment names: in order, without contradiction, and with the names that the real sources use."""

from __future__ import annotations

import csv
import tarfile
from collections import Counter, defaultdict
from pathlib import Path

import duckdb
import jinja2
import pyarrow.parquet as pq
import pytest

from boomerang.home import PROJECT_ROOT
from boomerang.serving.unmapped import COLUMNS, SEED
from boomerang.sources import oryx_history, warspotting
from boomerang.sources.specification import LandedFile, SourceReader, specification

MOST_UNMAPPED = 0.005
SEVERAL_CATEGORIES = {
    # A system with its launchers, radars and command posts.
    *("Buk", "S-300", "S-300V", "S-350", "S-400", "Patriot", "IRIS-T", "Kasta", "Podlet", "Bayraktar TB2"),
    # Vehicles that Oryx lists by their armament.
    *("BTR-80", "MT-LB", "YPR-765", "Roshel Senator", "Forpost", "Orlan-10"),
}


def lines() -> list[dict[str, str]]:
    with SEED.open(encoding="utf-8", newline="") as seed:
        return list(csv.DictReader(seed))


def folded(names: list[str]) -> dict[str, str]:
    """Each name's key, made by the very macro that the models use."""
    macro = (PROJECT_ROOT / "dbt_project" / "macros" / "fold_equipment_name.sql").read_text(encoding="utf-8")
    fold = jinja2.Environment(autoescape=False).from_string(macro).module.fold_equipment_name("name")  # type: ignore[attr-defined]  # noqa: S701
    sql = f"select name, {fold} from (select unnest($names) as name)"
    return dict(duckdb.execute(sql, {"names": names}).fetchall())


def test_lines_are_in_order_so_that_changes_are_small() -> None:
    seed = lines()
    assert tuple(seed[0]) == COLUMNS
    columns = ("family", "model", "spelling")
    keys = [(row["category"], *((row[column].lower(), row[column]) for column in columns)) for row in seed]
    assert keys == sorted(keys)


def test_model_has_one_family_and_one_category_and_is_its_own_spelling() -> None:
    seed = lines()
    keys = folded([row["spelling"] for row in seed] + [row["model"] for row in seed])
    assert max(Counter(keys[row["spelling"]] for row in seed).values()) == 1
    meanings = defaultdict(set)
    for row in seed:
        meanings[keys[row["model"]]].add((row["model"], row["family"], row["category"]))
        assert all(value == value.strip() != "" for value in row.values()), row
    assert {key: found for key, found in meanings.items() if len(found) > 1} == {}
    assert set(meanings) <= {keys[row["spelling"]] for row in seed}


def test_families_keep_to_one_category_but_for_systems_of_several_vehicles() -> None:
    categories = defaultdict(set)
    for row in lines():
        categories[row["family"]].add(row["category"])
    assert {family for family, found in categories.items() if len(found) > 1} == SEVERAL_CATEGORIES


@pytest.mark.parametrize(
    ("oryx", "warspotting_name", "model", "family"),
    [
        ("T-72B3 Obr. 2016", "T-72B3 mod. 2016", "T-72B3 Obr. 2016", "T-72"),
        ("Unknown T-72", "T-72 *", "Unknown T-72", "T-72"),
        ("T-72B", "T-72B(1)", "T-72B", "T-72"),
        ("BMP-1(P)", "BMP-1P", "BMP-1(P)", "BMP-1"),
        ("MT-LB", "MT-LB(V)", "MT-LB", "MT-LB"),
        ("122mm BM-21 Grad", "122mm 2B17 BM-21-1 (for 9K51 'Grad')", "122mm BM-21 Grad", "Grad"),
        ("152mm 2S33 Msta-SM2", "152mm 2S19M2 'Msta-S'", "152mm 2S33 Msta-SM2", "Msta-S"),
        ("GAZ Tigr-M", "AMN-233114 'Tigr-M'", "GAZ Tigr-M", "Tigr"),
        ("Ural-4320 tanker", "Ural-4320 fuel tanker", "Ural-4320 tanker", "Ural-4320"),
        ("Pantsir-S1", "72V6 combat vehicle (for 96K6 'Pantsir-S1')", "Pantsir-S1", "Pantsir"),
    ],
)
def test_both_sources_names_mean_one_model(oryx: str, warspotting_name: str, model: str, family: str) -> None:
    by_spelling = {row["spelling"]: (row["model"], row["family"]) for row in lines()}
    assert by_spelling[oryx] == by_spelling[warspotting_name] == (model, family)


@pytest.mark.parametrize(
    ("model", "family"),
    [
        ("BREM-1 armoured recovery vehicle", "T-72"),  # on its hull, but no tank
        ("MT-LB ambulance", "MT-LB"),
        ("82mm 2B9 Vasilek MT-LB-based automatic gun mortar", "MT-LB"),
        ("Unknown BMP-1/2", "BMP-1"),
        ("9T244 transloader (for 9A330/1 Tor)", "Tor"),
        ("9A83M2 (launcher for S-300V4)", "S-300"),  # S-300V shares its name with S-300P, and nothing else
        ("BTR-60PB", "BTR-80"),
    ],
)
def test_what_does_something_else_is_no_member_of_the_family(model: str, family: str) -> None:
    assert {row["model"]: row["family"] for row in lines()}[model] != family


def spellings(reader: SourceReader, source: str, path: Path, folder: Path, table: str, column: str) -> Counter[str]:
    """The names in a real file as its reader gives them, with the number of rows."""
    folder.mkdir()
    landed = LandedFile(path=path, sha256="a" * 64, file_name=path.name, specification=specification(source))
    reader.parse(landed, folder)
    return Counter(pq.read_table(folder / f"{table}.parquet", columns=[column]).column(column).to_pylist())


HISTORY = [
    *(f"oryx-scarnecchia/event_{status}.csv.gz" for status in ("abandoned", "captured", "damaged", "destroyed")),
    "oryx-scarnecchia/totals_by_system_snapshots/totals_by_system.2022-03-27.2d371aba.csv.gz",
    "oryx-scarnecchia/totals_by_system_snapshots/totals_by_system.2024-11-17.a4ba2760.csv.gz",
]
DUMPS = [
    "warspotting/stijn-2024-05.losses.csv.gz",
    "warspotting/lazar-bit-snapshots/warspotting_losses.2025-07-24.0a3d9f87.csv.gz",
    "warspotting/lazar-bit-snapshots/warspotting_losses.2026-08-22.29fba102.csv.gz",
]


def unmapped_share(names: Counter[str]) -> float:
    known = set(folded([row["spelling"] for row in lines()]).values())
    keys = folded(list(names))
    return sum(rows for name, rows in names.items() if keys[name] not in known) / names.total()


@pytest.mark.parametrize("name", HISTORY)
def test_names_of_the_real_tables_of_oryx_are_mapped(name: str, real_data: Path, tmp_path: Path) -> None:
    names = spellings(oryx_history.READER, "oryx_history", real_data / name, tmp_path / "out", "rows", "model_spelling")
    assert names.total() > 1000
    assert unmapped_share(names) < MOST_UNMAPPED


def test_names_of_the_first_three_weeks_are_mapped(real_data: Path, tmp_path: Path) -> None:
    names: Counter[str] = Counter()
    with tarfile.open(real_data / "oryx-jessicaw9910" / "assets.tar.xz") as archive:
        archive.extractall(tmp_path / "tables", filter="data")
    for number, path in enumerate(sorted((tmp_path / "tables").rglob("*.csv"))):
        names += spellings(oryx_history.READER, "oryx_history", path, tmp_path / str(number), "rows", "model_spelling")
    assert names.total() > 20_000
    assert unmapped_share(names) < MOST_UNMAPPED


@pytest.mark.parametrize("name", DUMPS)
def test_names_of_the_real_dumps_of_warspotting_are_mapped(name: str, real_data: Path, tmp_path: Path) -> None:
    names = spellings(warspotting.READER, "warspotting", real_data / name, tmp_path / "out", "losses", "model")
    assert names.total() > 10_000
    assert unmapped_share(names) < MOST_UNMAPPED
