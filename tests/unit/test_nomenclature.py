"""The Russian nomenclature and the Harmonized System, real files and damaged ones."""

from __future__ import annotations

import gzip
from datetime import date
from pathlib import Path

import pytest

from boomerang.bronze import make_bronze
from boomerang.errors import ContentRefusedError
from boomerang.home import Home
from boomerang.landing.inbox import ingest
from boomerang.sources.harmonised_system import read_codes
from boomerang.sources.tnved import Nomenclature, read_nomenclature

MAXIMUM = 20_000_000
HEADINGS = (
    "020|20220811|0000|\n"
    "88|03|ЧАСТИ АППАРАТОВ|01.01.2017|31.12.2021|\n"
    "88|07|ЧАСТИ АППАРАТОВ|01.01.2022||\n"
    "03|02|РЫБА РОДА SALMO|01.01.2012||\n"
)


def written(path: Path, content: bytes | str, encoding: str = "cp866") -> Path:
    path.write_bytes(content.encode(encoding) if isinstance(content, str) else content)
    return path


def read(path: Path, content: bytes | str, encoding: str = "cp866") -> Nomenclature:
    return read_nomenclature(written(path, content, encoding), MAXIMUM)


@pytest.mark.parametrize("encoding", ["cp866", "utf-8", "utf-8-sig"])
def test_both_encodings_give_the_same_codes(tmp_path: Path, encoding: str) -> None:
    found = read(tmp_path / "TNVED3.TXT", HEADINGS, encoding)
    assert (found.level, found.edition, found.edition_on) == (3, "020", date(2022, 8, 11))
    assert [(code.code, code.valid_from, code.valid_to) for code in found.codes] == [
        ("8803", date(2017, 1, 1), date(2021, 12, 31)),
        ("8807", date(2022, 1, 1), None),
        ("0302", date(2012, 1, 1), None),
    ]
    assert found.codes[2].name == "РЫБА РОДА SALMO"


@pytest.mark.parametrize(
    ("line", "level", "code"),
    [
        ("17|СРЕДСТВА ТРАНСПОРТА|ПРИМЕЧАНИЯ|01.01.2022||", 1, "17"),
        ("17|88|ЛЕТАТЕЛЬНЫЕ АППАРАТЫ|ПРИМЕЧАНИЯ|01.01.2022||", 2, "88"),
        ("88|07|ЧАСТИ|01.01.2022||", 3, "8807"),
    ],
)
def test_the_level_is_told_by_the_shape_of_the_lines(tmp_path: Path, line: str, level: int, code: str) -> None:
    found = read(tmp_path / "TNVED.TXT", f"020|20220811|0000|\n{line}\n")
    assert (found.level, found.codes[0].code) == (level, code)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "not_tnved"),
        ("<html>", "not_tnved"),
        ("020|20221311|0000|\n88|03|ЧАСТИ|01.01.2022||\n", "not_tnved"),
        ("020|20220811|0000|\n", "no_codes"),
        ("020|20220811|0000|\n88|07|10|000 0|ЧАСТИ|01.01.2022||\n", "not_tnved"),
        (HEADINGS.encode("cp1251"), "not_tnved"),
        (HEADINGS.encode("utf-16"), "not_tnved"),
        (gzip.compress(HEADINGS.encode("cp866"))[:-9], "damaged_gzip"),
        ("020|20220811|0000|\n88|07|ЧАСТИ|01.01.2022||\n88|08|ЧАСТИ|2022-01-01||\n", "too_many_unreadable"),
    ],
)
def test_what_is_no_nomenclature_is_refused(tmp_path: Path, content: bytes | str, reason: str) -> None:
    with pytest.raises(ContentRefusedError) as error:
        read(tmp_path / "TNVED3.TXT", content)
    assert error.value.reason == reason


def test_a_file_that_unpacks_to_more_than_allowed_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "TNVED3.TXT.gz", gzip.compress(b"0" * 5_000_000))
    with pytest.raises(ContentRefusedError) as error:
        read_nomenclature(path, 1_000_000)
    assert error.value.reason == "too_large_unpacked"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("88|07|ЧАСТИ|01.01.2022|", "wrong_columns"),
        ("88|07|ЧАСТИ|И ЕЩЕ|01.01.2022||", "wrong_columns"),
        ("88|X7|ЧАСТИ|01.01.2022||", "bad_code"),
        ("88|07| |01.01.2022||", "no_name"),
        ("88|07|ЧАСТИ|31.02.2022||", "bad_date"),
        ("88|07|ЧАСТИ|||", "bad_date"),
        ("88|07|ЧАСТИ|01.01.2022|01.01.2021|", "bad_date"),
    ],
)
def test_a_line_that_is_no_code_costs_that_line_only(tmp_path: Path, line: str, reason: str) -> None:
    good = "".join(f"10|{number % 100:02}|ЗЛАКИ|01.01.2022||\n" for number in range(300))
    found = read(tmp_path / "TNVED3.TXT", f"020|20220811|0000|\n{good}{line}\n")
    assert len(found.codes) == 300
    assert [(unread.row, unread.reason, unread.content) for unread in found.unread] == [(301, reason, line)]


def test_the_real_editions_are_read_whole(real_data: Path) -> None:
    rows = {
        (path.parent.name, path.name): read_nomenclature(path, MAXIMUM)
        for path in sorted((real_data / "tnved-fns").glob("*/*.TXT.gz"))
    }
    assert {name: (found.level, found.edition, len(found.codes)) for name, found in rows.items()} == {
        ("cp866-2022", "TNVED1.TXT.gz"): (1, "015", 149),
        ("cp866-2022", "TNVED2.TXT.gz"): (2, "036", 722),
        ("cp866-2022", "TNVED3.TXT.gz"): (3, "020", 6591),
        ("utf8-2019", "TNVED1.TXT.gz"): (1, "014", 127),
        ("utf8-2019", "TNVED2.TXT.gz"): (2, "034", 626),
        ("utf8-2019", "TNVED3.TXT.gz"): (3, "018", 5634),
    }
    assert not any(found.unread for found in rows.values())
    headings = rows["cp866-2022", "TNVED3.TXT.gz"].codes
    assert max(code.valid_to for code in headings if code.code == "8803" and code.valid_to) == date(2021, 12, 31)
    assert all(code.valid_to for code in headings if code.code == "8803")
    assert [code.valid_from for code in headings if code.code == "8807"] == [date(2022, 1, 1)]
    assert not [code for code in headings if code.code in {"8710", "9302", "9304", "9307"}]
    # Not subdivided since 2007, and so left out: that it ended is not said.
    assert [code.valid_to for code in headings if code.code == "8801"] == [date(2006, 12, 31)]
    assert [code.name for code in headings if code.code == "9999"] == ["FIFI2018"]
    assert sum(any("A" <= letter <= "Z" for letter in code.name) for code in headings) > 50


def test_the_real_harmonized_system_is_read_whole(real_data: Path) -> None:
    codes, unread = read_codes(real_data / "hs-nomenclature" / "harmonized-system.csv.gz", MAXIMUM)
    assert (len(codes), [row["reason"] for row in unread]) == (6939, ["total"])
    names = {row["code"]: row["name"] for row in codes}
    assert sum(len(code) == 4 for code in names) == 1229
    assert {"0101", "8807", "880730", "8710", "9302"} <= names.keys()
    assert not {"8803", "880330", "852580"} & names.keys()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "not_a_table"),
        ("<html></html>", "not_a_table"),
        ("section,name\nI,Animals\n", "not_codes"),
        ("section,hscode,description,parent,level\n", "no_codes"),
        ("section,hscode,description,parent,level\nI,101,Horses,1,4\nI,102,Bovines,1,4\n", "too_many_unreadable"),
        ('section,hscode,description,parent,level\nI,0101,"Horses,01,4\nI,0102,Bovines,01,4\n', "not_a_table"),
    ],
)
def test_what_is_no_list_of_codes_is_refused(tmp_path: Path, content: str, reason: str) -> None:
    with pytest.raises(ContentRefusedError) as error:
        read_codes(written(tmp_path / "codes.csv", content, "utf-8"), MAXIMUM)
    assert error.value.reason == reason


def test_nomenclatures_go_in_by_hand_with_a_balanced_ledger(home: Home, tmp_path: Path) -> None:
    ingest(home, [written(tmp_path / "TNVED3.TXT", HEADINGS)], source="tnved")
    table = "section,hscode,description,parent,level\nXVII,8807,Parts,88,4\nTOTAL,TOTAL,Total,TOTAL,5\n"
    ingest(home, [written(tmp_path / "hs.csv", table)], source="harmonised_system")
    summary = make_bronze(home)
    assert not summary.refused
    assert summary.parsed == [
        "harmonised_system: hs.csv (1 rows loaded, 1 quarantined)",
        "tnved: TNVED3.TXT (3 rows loaded, 0 quarantined)",
    ]


def test_a_nomenclature_given_as_the_other_is_refused(home: Home, tmp_path: Path) -> None:
    with pytest.raises(ContentRefusedError):
        ingest(home, [written(tmp_path / "TNVED3.TXT", HEADINGS)], source="harmonised_system")
