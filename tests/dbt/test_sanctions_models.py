"""Who stood on which list when, from landed lists to the mart."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from customs_home import DECLARATION_FIELDS
from sanctions_home import BuiltHome

from boomerang.home import Home
from boomerang.landing.inbox import ingest
from boomerang.sources.specification import specification
from boomerang.synthetic.sanctions_lists import (
    KBM_KOLOMNA,
    KBM_MOSCOW,
    NULL,
    SKBM,
    UVZ,
    UVZ_CONCERN,
    UVZ_TRANS,
    VOMZ,
    ofac_entry,
    ofac_list,
    opensanctions_entries,
    opensanctions_table,
)

BUILD = ("+path:models/marts/sanctions", "+observations", "+row_ledger", "path:tests/sanctions")
KBM_NAME = "JSC RESEARCH AND PRODUCTION CORPORATION KONSTRUKTORSKOYE BYURO MASHYNOSTROYENIYA"
DAYS = ("2022-03-01", "2022-07-06", "2022-12-20", "2023-05-23")


def tax(inn: str, country: str = "Russia") -> str:
    return f"Tax ID No. {inn} ({country})."


def lists() -> dict[str, list[str]]:
    """Day -> the list of OFAC on it."""
    always = [
        ofac_entry(1, "JSC RESEARCH AND PRODUCTION CORPORATION URALVAGONZAVOD", remarks=tax(UVZ)),
        ofac_entry(2, "JOINT STOCK COMPANY MACHINE BUILDING DESIGN BUREAU", remarks=tax(KBM_MOSCOW)),
        ofac_entry(3, "DOE, John", "individual", "Tax ID No. 000000000000 (Russia)."),
        # Namesakes and near names, without a number.
        ofac_entry(10, "KBM"),
        ofac_entry(11, "URALVAGONZAVOD LEASING COMPANY LLC"),
        ofac_entry(12, "SPECIAL DESIGN BUREAU OF MACHINE BUILDING"),
        # The plain name of the plant in Kazan, as a firm of Malta bears it.
        ofac_entry(13, "KAZAN OPTICAL-MECHANICAL PLANT LTD", remarks=tax("12345678", "Malta")),
        # Kurganmashzavod's number with a digit wrong: no number of Russia, and its name decides nothing for another.
        ofac_entry(14, "SYNTHETIC HOLDING LLC", remarks=tax("4501008143")),
    ]
    plant = ofac_entry(4, "JSC VOLOGDA OPTICAL AND MECHANICAL PLANT", remarks=tax(VOMZ))
    without, with_number = (ofac_entry(5, KBM_NAME, remarks=text) for text in (NULL, tax(KBM_KOLOMNA)))
    return dict(
        zip(
            DAYS,
            [[*always], [*always, plant, without], [*always, without], [*always, plant, with_number]],
            strict=True,
        )
    )


def land_lists(home: BuiltHome, folder: Path, days: tuple[str, ...] = DAYS) -> None:
    for day in days:
        (folder / day).mkdir(parents=True, exist_ok=True)
        path = folder / day / "SDN.CSV"
        path.write_bytes(ofac_list(lists()[day]))
        home.land("ofac_sdn", path, f"{day}T12:00:00Z")
    path = folder / "targets.simple.csv"
    path.write_bytes(opensanctions_table(opensanctions_entries(1)))
    home.land("opensanctions", path, "2023-03-13T06:00:00Z")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> BuiltHome:
    folder = tmp_path_factory.mktemp("sanctions")
    home = BuiltHome(Home.open(folder / "home", profile="live"), BUILD)
    land_lists(home, folder)
    status, said = home.build()
    assert status == 0, said
    return home


def spells(home: BuiltHome, inn: str, columns: str, source: str = "ofac_sdn") -> list[tuple[object, ...]]:
    return home.query(
        f"select {columns} from marts.organisation_sanctions "
        f"where organisation_id = 'ru-inn-{inn}' and list = '{source}' order by listed_seen_from"
    )


def listed(home: BuiltHome, inn: str, day: str, source: str = "ofac_sdn") -> object:
    ((answer,),) = home.ask(
        "sanctions_as_of",
        f"select is_listed from marts.sanctions_as_of('{day}') "
        f"where organisation_id = 'ru-inn-{inn}' and list = '{source}'",
    )
    return answer


def test_spells_are_told_by_the_days_on_which_the_list_was_looked_at(built: BuiltHome) -> None:
    columns = "listed_seen_from, listed_seen_to, not_listed_seen_on, removal_seen_on, match_basis"
    first, second, third, fourth = (date.fromisoformat(day) for day in DAYS)
    assert spells(built, UVZ, columns) == [(first, None, None, None, "tax_number")]
    assert spells(built, VOMZ, columns) == [
        (second, second, first, third, "tax_number"),
        (fourth, None, third, None, "tax_number"),
    ]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2022-02-28", None),
        ("2022-03-01", False),
        ("2022-05-01", None),
        ("2022-07-06", True),
        ("2022-09-01", None),
        ("2022-12-20", False),
        ("2023-05-23", True),
        ("2023-05-24", None),
    ],
)
def test_membership_on_a_day_is_true_false_or_not_known(built: BuiltHome, day: str, expected: bool | None) -> None:
    assert listed(built, VOMZ, day) is expected


def test_an_organisation_that_no_list_names_is_not_listed_between_observations_and_unknown_outside(
    built: BuiltHome,
) -> None:
    answers = [listed(built, SKBM, day) for day in ("2022-02-28", "2022-12-09", "2024-01-01")]
    assert answers == [None, False, None]


def test_a_tax_number_that_came_later_tells_who_the_entry_was_before(built: BuiltHome) -> None:
    columns = "listed_seen_from, match_basis, tax_number, tax_number_seen_from"
    assert spells(built, KBM_KOLOMNA, columns) == [
        (date(2022, 7, 6), "tax_number", KBM_KOLOMNA, date(2023, 5, 23)),
    ]


def test_one_entry_for_two_legal_persons_lists_both_and_says_so(built: BuiltHome) -> None:
    columns = "entry_id, organisations_of_entry, match_basis, first_seen_by_publisher_on"
    expected = [("NK-synthetic-uvz", 2, "tax_number", date(2023, 1, 2))]
    assert spells(built, UVZ, columns, "opensanctions") == expected
    assert spells(built, UVZ_CONCERN, columns, "opensanctions") == expected


def test_false_friends_are_never_joined(built: BuiltHome) -> None:
    found = built.query("select organisation_id, entry_id from marts.organisation_sanctions order by all")
    assert set(found) == {
        (f"ru-inn-{UVZ}", "1"),
        (f"ru-inn-{KBM_MOSCOW}", "2"),
        (f"ru-inn-{VOMZ}", "4"),
        (f"ru-inn-{KBM_KOLOMNA}", "5"),
        (f"ru-inn-{UVZ}", "NK-synthetic-uvz"),
        (f"ru-inn-{UVZ_CONCERN}", "NK-synthetic-uvz"),
        (f"ru-inn-{UVZ_TRANS}", "NK-synthetic-trans"),
        (f"ru-inn-{KBM_KOLOMNA}", "NK-synthetic-kbm"),
        (f"ru-inn-{SKBM}", "NK-synthetic-skbm"),
    }


def test_why_an_entry_was_not_joined_is_kept(built: BuiltHome) -> None:
    outcomes = dict(
        built.query(
            "select entry_id, outcome from intermediate.int_sanctions__entries_matched "
            "where list = 'ofac_sdn' and organisation_id is null"
        )
    )
    assert outcomes["13"] == "other_country"
    assert {outcomes[entry] for entry in ("11", "12", "14")} == {"not_met"}
    assert outcomes["10"] in {"too_short", "not_met"}


def test_persons_are_counted_and_have_no_name_in_the_warehouse(built: BuiltHome) -> None:
    persons = built.query("select name, aliases from staging.stg_sanctions__entries where kind = 'person'")
    assert persons == [(None, [])] * 5
    in_the_mart = built.query("select count(*) from marts.organisation_sanctions where name_on_list like '%Doe%'")
    assert in_the_mart == [(0,)]


def test_ledger_of_the_lists_balances(built: BuiltHome) -> None:
    ledger = built.query(
        "select source, rows_in, rows_loaded, rows_quarantined, rows_duplicate from marts.row_ledger order by all"
    )
    assert ledger == [
        ("ofac_sdn", 8, 8, 0, 0),
        ("ofac_sdn", 9, 9, 0, 0),
        ("ofac_sdn", 10, 10, 0, 0),
        ("ofac_sdn", 10, 10, 0, 0),
        ("opensanctions", 14, 14, 0, 0),
    ]


def test_order_of_arrival_makes_no_difference(built: BuiltHome, tmp_path: Path) -> None:
    other = BuiltHome(Home.open(tmp_path / "home", profile="live"), BUILD)
    land_lists(other, tmp_path, (DAYS[2], DAYS[3], DAYS[0], DAYS[1]))
    status, said = other.build()
    assert status == 0, said
    rows = [home.query("select * from marts.organisation_sanctions order by all") for home in (built, other)]
    assert rows[0] == rows[1] and len(rows[0]) == 10


def test_a_firm_without_a_number_is_met_by_its_plain_name_if_it_alone_bears_it(tmp_path: Path) -> None:
    home = BuiltHome(Home.open(tmp_path / "home", profile="live"), BUILD)
    names = {"0000001": "SYNTHETIC VECTOR LLC", "0000002": "SYNTHETIC TWIN LLC", "0000003": "SYNTHETIC TWIN"}
    numbers = {"0000001": "", "0000002": KBM_MOSCOW, "0000003": VOMZ}
    header = [*DECLARATION_FIELDS]
    rows = [
        {
            "RECORD_KIND": "SYNTHETIC", "ND": f"10001000/010223/{serial}", "G072": "01.02.2023", "G011": "ИМ",
            "G022": "SYNTHETIC SUPPLIER PTE", "G081": numbers[serial], "G082": name, "G31_1": "ПОДШИПНИКИ",
            "G32": "1", "G33": "8482109009", "G37_1": "40", "G46": "100",
        }
        for serial, name in names.items()
    ]  # fmt: skip
    path = tmp_path / "lines.csv"
    lines = [";".join(header), *(";".join(row.get(name, "") for name in header) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    ingest(home.home, [path], source=specification("customs"), layout="russia_declaration_fields")
    entries = [ofac_entry(1, "SYNTHETIC VECTOR OOO"), ofac_entry(2, "SYNTHETIC TWIN JSC"), ofac_entry(3, "VECTOR SYN")]
    sdn = tmp_path / "SDN.CSV"
    sdn.write_bytes(ofac_list(entries))
    home.land("ofac_sdn", sdn, "2023-05-23T12:00:00Z")
    status, said = home.build()
    assert status == 0, said
    found = home.query(
        "select organisations.name, spells.entry_id, spells.match_basis, spells.tax_number "
        "from marts.organisation_sanctions as spells "
        "join marts.dim_organisations as organisations using (organisation_id)"
    )
    assert found == [("SYNTHETIC VECTOR LLC", "1", "plain_name", None)]
    outcomes = home.query("select entry_id, outcome from intermediate.int_sanctions__entries_matched order by all")
    assert outcomes == [("1", "plain_name"), ("2", "ambiguous_name"), ("3", "not_met")]


def test_the_real_lists_give_the_registered_makers_and_none_of_their_namesakes(real_data: Path, tmp_path: Path) -> None:
    home = BuiltHome(Home.open(tmp_path / "home", profile="live"), BUILD)
    for day in ("2022-07-06", "2023-05-23"):
        ((path),) = (real_data / "ofac-sdn").glob(f"sdn.{day}.*")
        home.land("ofac_sdn", path, f"{day}T12:00:00Z")
    half = real_data / "opensanctions-ua-war-sanctions" / "targets.simple.organisations-half.csv.gz"
    home.land("opensanctions", half, "2026-03-13T06:00:00Z")
    status, said = home.build()
    assert status == 0, said
    ledger = home.query("select source, rows_in, rows_loaded, rows_quarantined from marts.row_ledger order by all")
    assert ledger == [
        ("ofac_sdn", 10_426, 10_426, 0),
        ("ofac_sdn", 12_543, 12_543, 0),
        ("opensanctions", 1_379, 1_379, 0),
    ]
    assert home.query(
        "select organisation_id, entry_id, match_basis from marts.organisation_sanctions "
        f"where organisation_id in ('ru-inn-{UVZ}', 'ru-inn-{UVZ_CONCERN}', 'ru-inn-{UVZ_TRANS}', "
        f"'ru-inn-{KBM_KOLOMNA}', 'ru-inn-{KBM_MOSCOW}', 'ru-inn-{SKBM}') and list = 'opensanctions' order by all"
    ) == [
        (f"ru-inn-{KBM_KOLOMNA}", "NK-nA7cQ8d2pUZv5bgWkxo3GP", "tax_number"),
        (f"ru-inn-{UVZ}", "NK-oUCmeZwsdjEkcYiCvLc3CW", "tax_number"),
        (f"ru-inn-{UVZ_CONCERN}", "NK-oUCmeZwsdjEkcYiCvLc3CW", "tax_number"),
        (f"ru-inn-{UVZ_TRANS}", "NK-32XHdHCds9PFaL2GUENreU", "tax_number"),
    ]
    kolomna = "listed_seen_from, listed_seen_to, entry_id, match_basis, tax_number_seen_from"
    assert spells(home, KBM_KOLOMNA, kolomna) == [(date(2022, 7, 6), None, "35349", "tax_number", date(2022, 7, 6))]
    # The tank works stands on OFAC's list since 2014, without a number, and by its plain name alone.
    assert home.query(
        "select organisation_id, entry_id, name_on_list, programme, tax_number "
        "from marts.organisation_sanctions where match_basis = 'plain_name'"
    ) == [(f"ru-inn-{UVZ}", "16885", "URALVAGONZAVOD", "UKRAINE-EO13661", None)]
