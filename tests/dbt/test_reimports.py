"""Evidence of re-imports, from files of declarations to the marts: rules, round trips, mirrors, defect claims."""

from __future__ import annotations

import csv
import shutil
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from customs_home import BUILT_AT, CustomsHome, declarations

from boomerang.home import Home
from boomerang.synthetic.customs_files import SHIPPING_BILLS, Answer, synthesise
from boomerang.transform import build_database, dbt

Line = dict[str, str]

SELECTED = ("+path:models/marts/reimports", "+path:models/intermediate/reimports")
"""What this half needs: no losses."""


def build(home: CustomsHome) -> None:
    """Build the re-imports and run every test that needs nothing else."""
    said: list[str] = []
    status = dbt(
        home.home, "build", "--indirect-selection", "cautious", "--exclude", "test_type:unit", "--select", *SELECTED,
        built_at=BUILT_AT, progress=said.append,
    )  # fmt: skip
    assert status == 0, "\n".join(said)
    assert any("PASS assert_no_export_is_used_twice" in line for line in said)


@dataclass
class Book:
    """Declaration lines, each under a name of its own: the name is its number."""

    lines: list[Line] = field(default_factory=list)

    def add(self, name: str, **said: str) -> str:
        """A line as :data:`customs_home.SIGHTS` has it, with what is said of it."""
        self.lines.append({"ND": name, **said})
        return name

    def export(self, name: str, day: str, quantity: str, **said: str) -> str:
        """A Russian export of Uralvagonzavod's TPD-K1 sights to Algeria, with what is said of it."""
        return self.add(
            name,
            **{
                "G072": day, "G011": "ЭК", "G021": "6623029538", "G022": 'АО "НПК "УРАЛВАГОНЗАВОД"', "G081": "",
                "G082": "EXAMPLE LAND FORCES DEPOT", "G15A": "RU", "G17A": "DZ", "G37": "1000000",
                "G31_1": "ПРИЦЕЛ-ДАЛЬНОМЕР ТПД-К1", "G31_7": quantity, **said,
            },
        )  # fmt: skip


# --- Words ------------------------------------------------------------------------------------------------------------

REASONS = {
    "ВОЗВРАТ ПО РЕКЛАМАЦИИ": "defect_claim",
    "ВОЗВРАТ: БРАК": "defect_claim",
    "БРАКОВАННЫЕ ИЗДЕЛИЯ": "defect_claim",
    "ЗАБРАКОВАНЫ ЗАКАЗЧИКОМ": "defect_claim",
    "С ДЕФЕКТАМИ ОПТИКИ": "defect_claim",
    "ТОВАР НЕКАЧЕСТВЕННЫЙ": "defect_claim",
    "НЕНАДЛЕЖАЩЕГО КАЧЕСТВА": "defect_claim",
    "НЕИСПРАВНЫЕ": "defect_claim",
    "ГАРАНТИЙНЫЙ ВОЗВРАТ": "defect_claim",
    "ГАРАНТИЙНЫЙ РЕМОНТ": "defect_claim",
    "РЕМОНТ ПО ГАРАНТИИ": "defect_claim",
    "RETURNED AS DEFECTIVE": "defect_claim",
    "RETURNED UNDER CLAIM": "defect_claim",
    "FAULTY, RETURN UNDER WARRANTY": "defect_claim",
    "REJECTED BY THE CUSTOMER": "defect_claim",
    "WARRANTY CLAIM NO 5": "defect_claim",
    "РЕКЛАМАЦИЯ, УПАКОВКА БЕЗ ДЕФЕКТОВ": "defect_claim",
    "НЕ ДЛЯ РЕМОНТА, БРАК": "defect_claim",
    "DEFECTIVE OPTICS, HOUSING WITHOUT DEFECTS": "defect_claim",
    "ДЛЯ РЕМОНТА": "repair",
    "В РЕМОНТ": "repair",
    "FOR OVERHAUL": "repair",
    "FOR REPAIR AND RETURN": "repair",
    "БЕЗ ДЕФЕКТОВ, В РЕМОНТ": "repair",
    "ПЕРЕСОРТ ТОВАРА": "wrong_delivery",
    "DELIVERED BY MISTAKE": "wrong_delivery",
    "ПОСЛЕ ВРЕМЕННОГО ВЫВОЗА": "temporary_export",
    # Never by accident.
    "БЕЗ ДЕФЕКТОВ": "none",
    "БЕЗ ВИДИМЫХ ДЕФЕКТОВ": "none",
    "БЕЗ БРАКА, БЕЗ ДЕФЕКТОВ": "none",
    "НЕ ЯВЛЯЕТСЯ БРАКОМ": "none",
    "НЕ ИМЕЕТ ДЕФЕКТОВ": "none",
    "ДЕФЕКТОВ НЕ ОБНАРУЖЕНО": "none",
    "НЕ ПО РЕКЛАМАЦИИ": "none",
    "РЕКЛАМАЦИЙ НЕТ": "none",
    "NOT DEFECTIVE": "none",
    "WITHOUT ANY DEFECTS": "none",
    "NO DEFECTS FOUND": "none",
    "NON-DEFECTIVE GOODS": "none",
    "FREE OF DEFECTS": "none",
    "ГАРАНТИЙНЫЙ СРОК 12 МЕС": "none",
    "WARRANTY 24 MONTHS": "none",
    "ДЕФЕКТОСКОП УЛЬТРАЗВУКОВОЙ": "none",
    "НЕ ДЛЯ РЕМОНТА": "none",
    "НЕ ТРЕБУЕТ РЕМОНТА": "none",
    "РЕМОНТНЫЙ КОМПЛЕКТ": "none",
    "ИНСТРУМЕНТ ДЛЯ РЕМОНТА": "none",
    "ПОСЛЕ РЕМОНТА": "none",
    "REPAIR KIT": "none",
    "REKLAMA, РЕКЛАМНЫЕ МАТЕРИАЛЫ": "none",
    "НОВЫЕ": "none",
}
"""What stands behind "ПРИЦЕЛ ТАНКОВЫЙ, " -> the reason that it gives."""

EXCLUSIONS = {
    # description, HS code -> reason, rule
    ("ПОЛУВАГОНЫ ГРУЗОВЫЕ", "8606920000"): ("railway_wagon", "railway-vehicle-hs"),
    ("ВАГОНЫ-ЦИСТЕРНЫ ДЛЯ НЕФТИ", "8606100000"): ("railway_wagon", "railway-vehicle-hs"),
    ("TANK CARS, USED", "8609009009"): ("railway_wagon", "railway-wagon-words"),
    ("TANK WAGON PARTS", "7326909807"): ("railway_wagon", "railway-wagon-words"),
    ("ЧАСТИ ЦИСТЕРН", "7326909807"): ("railway_wagon", "railway-wagon-words"),
    ("АВТОЦИСТЕРНА АЦ-10", "8704239108"): ("tank_vehicle", "tank-truck-words"),
    ("БАК ТОПЛИВНЫЙ СТАЛЬНОЙ", "7309003000"): ("fuel_tank", "fuel-tank-hs"),
    ("FUEL TANK OF A TRUCK", "8708999709"): ("fuel_tank", "fuel-tank-words"),
    ("КОНТЕЙНЕРЫ ПОРОЖНИЕ", "7326909807"): ("container", "container-words"),
    ("ТАРА ВОЗВРАТНАЯ", "7326909807"): ("packaging", "packaging-words"),
    ("ЯЩИКИ", "4415101000"): ("packaging", "packaging-hs"),
    ("ОБРАЗЕЦ ПРИЦЕЛА, ВОЗВРАТ С ВЫСТАВКИ", "9013100000"): ("exhibition", "exhibition"),
    ("SIGHT, RETURNED FROM A LEASE, LEASED", "9013100000"): ("lease", "lease"),
    ("ЛИЧНЫЕ ВЕЩИ СОТРУДНИКА", "6309000000"): ("personal_effects", "personal-effects"),
    ("ПРИЦЕЛЫ, ТРАНЗИТНЫЙ ГРУЗ", "9013100000"): ("transit", "transit-words"),
}
"""A declared re-import of Uralvagonzavod's own product -> what keeps it out."""

KEPT = {
    # Words that only resemble those of a rule.
    ("ТАНК Т-72, ТОПЛИВНЫЙ БАК СНЯТ", "8710000000"),
    ("ПРИЦЕЛ В УПАКОВКЕ", "9013100000"),
    ("ПРИЦЕЛ, ИЗГОТОВИТЕЛЬ УРАЛВАГОНЗАВОД", "9013100000"),
    ("ПРИЦЕЛ ТАНКА, НЕ ДЛЯ ВЫСТАВКИ", "9013100000"),
    ("SPARE PARTS FOR TANKS IN CONTAINERS", "8710000000"),
}


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> CustomsHome:
    """One line a text."""
    book = Book()
    for number, text in enumerate(REASONS):
        book.add(f"reason {number}", G31_1=f"ПРИЦЕЛ ТАНКОВЫЙ, {text}", G37="4000000")
    for number, (text, hs_code) in enumerate(EXCLUSIONS):
        book.add(f"exclusion {number}", G31_1=text, G33=hs_code)
    for number, (text, hs_code) in enumerate(sorted(KEPT)):
        book.add(f"kept {number}", G31_1=text, G33=hs_code)
    book.add("declared by words", G31_1="ПРИЦЕЛ ТАНКОВЫЙ, РЕИМПОРТ", G37="4000000")
    book.add("declared not to be", G31_1="ПРИЦЕЛ ТАНКОВЫЙ, НЕ ЯВЛЯЕТСЯ РЕИМПОРТОМ", G37="4000000")
    book.add("transit", G37="8000000")
    book.add("sixty elsewhere", G31_1="ПРИЦЕЛ ТАНКОВЫЙ", G37="4000060")
    folder = tmp_path_factory.mktemp("words")
    home = CustomsHome(Home.open(folder / "home", profile="live"))
    home.land(declarations(folder / "words.csv", *book.lines), "2023-03-01")
    build(home)
    return home


@pytest.mark.parametrize(("number", "text"), enumerate(REASONS))
def test_reason_is_read_and_never_by_accident(words: CustomsHome, number: int, text: str) -> None:
    assert words.query(
        f"select declared_return_reason from marts.fct_reimports where declaration_number = 'reason {number}'"
    ) == [(REASONS[text],)], text


@pytest.mark.parametrize(("number", "line"), enumerate(EXCLUSIONS))
def test_exclusion_names_its_rule(words: CustomsHome, number: int, line: tuple[str, str]) -> None:
    assert words.query(
        "select reason, rule, rule_text is not null from marts.fct_reimport_exclusions "
        "inner join marts.fct_customs_lines using (customs_line_id) "
        f"where declaration_number = 'exclusion {number}'"
    ) == [(*EXCLUSIONS[line], True)], line


def test_words_that_resemble_an_exclusion_keep_nothing_out(words: CustomsHome) -> None:
    kept = words.query("select count(*) from marts.fct_reimports where declaration_number like 'kept %'")
    assert kept == [(len(KEPT),)]


def test_declaration_is_read_from_procedure_and_words(words: CustomsHome) -> None:
    assert dict(
        words.query(
            "select declaration_number, is_declared_reimport from marts.fct_reimports "
            "where declaration_number in ('declared by words', 'declared not to be', 'sixty elsewhere')"
        )
    ) == {"declared by words": True, "declared not to be": False, "sixty elsewhere": False}
    assert words.query("select count(*) from marts.fct_reimport_exclusions where rule = 'transit'") == [(1,)]


def test_without_declared_coverage_nothing_is_told_of_exports_and_returns(words: CustomsHome) -> None:
    assert words.query(
        "select distinct is_round_trip, round_trip_status from marts.fct_reimports where component_class is not null"
    ) == [(None, "exports_not_covered")]
    assert words.query(
        "select distinct assessment, quantity_returned from marts.mart_defect_claims where component_class is not null"
    ) == [("not_observable", None)]


# --- Round trips, claims ----------------------------------------------------------------------------------------------

COVERS = ("RU:export:2013-01-01:2023-03-31", "RU:import:2013-01-01:2023-03-31")
UVZ_MYANMAR = {
    "RECORD_KIND": "RECONSTRUCTED",
    "G022": "MYANMAR ARMY",
    "G15A": "MM",
    "G31_11": 'АО "НПК "УРАЛВАГОНЗАВОД"',
    "G072": "09.12.2022",
    "G37": "6010000",
}
KBM_INDIA = {
    "RECORD_KIND": "RECONSTRUCTED",
    "G022": "MINISTRY OF DEFENCE, GOVERNMENT OF INDIA",
    "G081": "5022039177",
    "G082": 'АО "НПК "КОНСТРУКТОРСКОЕ БЮРО МАШИНОСТРОЕНИЯ"',
    "G15A": "IN",
    "G31_11": 'АО "НПК "КОНСТРУКТОРСКОЕ БЮРО МАШИНОСТРОЕНИЯ"',
    "G31_1": "ЧАСТИ ПРИЦЕЛОВ НОЧНОГО ВИДЕНИЯ ДЛЯ ЗЕНИТНЫХ РАКЕТ, ВОЗВРАТ ПО РЕКЛАМАЦИИ (БРАК)",
    "G33": "9013900000",
}


def trips() -> Book:
    """Exports and what came back of them."""
    book = Book()
    # The press cases, as the papers have them (quantities exported are ours).
    to_myanmar = {"RECORD_KIND": "RECONSTRUCTED", "G082": "MYANMAR ARMY", "G17A": "MM"}
    book.export("uvz telescopes out", "14.05.2019", "6775", G31_1="ТЕЛЕСКОПЫ ПРИЦЕЛЬНЫЕ ДЛЯ ТАНКОВ", **to_myanmar)
    book.export("uvz cameras out", "14.05.2019", "200", G31_1="КАМЕРЫ ДЛЯ ТАНКОВ", G33="8525800000", **to_myanmar)
    returned = "ВОЗВРАТ ПО РЕКЛАМАЦИИ (БРАК)"
    book.add("uvz telescopes", G31_1=f"ТЕЛЕСКОПЫ ПРИЦЕЛЬНЫЕ ДЛЯ ТАНКОВ, {returned}", G31_7="6775", **UVZ_MYANMAR)
    # HS 8525 80 became 8525 81 to 89 in 2022.
    book.add("uvz cameras", G31_1=f"КАМЕРЫ ДЛЯ ТАНКОВ, {returned}", G31_7="200", G33="8525890000", **UVZ_MYANMAR)
    kbm = 'АО "НПК "КОНСТРУКТОРСКОЕ БЮРО МАШИНОСТРОЕНИЯ"'
    book.export(
        "kbm parts out", "11.06.2013", "100", RECORD_KIND="RECONSTRUCTED", G021="5022039177", G022=kbm,
        G082="MINISTRY OF DEFENCE, GOVERNMENT OF INDIA", G17A="IN", G31_11=kbm, G33="9013900000",
        G31_1="ЧАСТИ ПРИЦЕЛОВ НОЧНОГО ВИДЕНИЯ ДЛЯ ЗЕНИТНЫХ РАКЕТ",
    )  # fmt: skip
    book.add("kbm parts in august", G072="17.08.2022", G31_7="60", **KBM_INDIA)
    book.add("kbm parts in november", G072="23.11.2022", G31_7="40", **KBM_INDIA)
    # One export of 10 explains ten pieces that come back, and no eleventh.
    book.export("ten out", "01.02.2016", "10")
    book.add("first six back", G072="01.02.2018", G31_7="6")
    book.add("next six back", G072="01.03.2018", G31_7="6")
    book.add("two more back", G072="01.04.2018", G31_7="2")
    # Another unit, no quantity, no maker, another maker, the day itself: no trip.
    book.add("in another unit", G072="01.02.2020", G31_71="КОМПЛ")
    book.add("without a quantity", G072="01.02.2020", G31_7="")
    book.export("out on the day", "05.05.2020", "9", G17A="PE")
    book.add("back on the day", G072="05.05.2020", G15A="PE")
    # Parts of aircraft: 8803 became 8807 in 2022.
    aircraft = {"G31_1": "ЧАСТИ УПРАВЛЯЕМЫХ РАКЕТ: GUIDED MISSILE PARTS", "G31_7": "4"}
    book.export("missile parts out", "01.02.2021", "4", G33="8803900000", G31_1=aircraft["G31_1"])
    book.add("missile parts back", G072="01.12.2022", G33="8807900000", **aircraft)
    # Came for repair and went back, with other goods and in part.
    book.export("egypt out", "20.03.2018", "40", G17A="EG")
    book.add("egypt for repair", G072="15.06.2021", G31_7="12", G15A="EG", G31_1="ПРИЦЕЛ ТПД-К1, ДЛЯ РЕМОНТА")
    book.export("egypt went back", "09.11.2021", "7", G17A="EG", G37="3151000")
    book.export("egypt other sight", "09.11.2021", "7", G17A="EG", G31_1="ПРИЦЕЛ ТКН-3")
    book.export("libya went back", "09.11.2021", "7", G17A="LY")
    # The last 90 days of the coverage are too near.
    book.add("too near to the end", G072="15.01.2023", G15A="SD", G31_1="ПРИЦЕЛ ТПД-К1, РЕКЛАМАЦИЯ")
    # Who made it is not said: a designation is enough, kind and heading are not (unless declared).
    book.export("iraq out", "01.02.2016", "50", G17A="IQ", G31_1="ПРИЦЕЛЫ ТАНКОВЫЕ")
    unnamed = {"G15A": "IQ", "G31_11": "НЕ УСТАНОВЛЕН", "G34": ""}
    book.add("unnamed maker", G072="01.02.2021", G31_1="ПРИЦЕЛЫ ТАНКОВЫЕ", G37="4000000", **unnamed)
    book.add("unnamed maker declared", G072="01.02.2021", G31_1="ПРИЦЕЛЫ ТАНКОВЫЕ", **unnamed)
    book.export("iraq designated out", "01.02.2016", "50", G17A="IQ", G31_1="ПРИЦЕЛ ТКН-3")
    book.add("unnamed maker designated", G072="01.02.2021", G31_1="SIGHT TKN-3", G37="4000000", **unnamed)
    # A line that only a round trip lifts: own product, nothing declared.
    book.export("syria out", "01.02.2016", "50", G17A="SY")
    book.add("own product by a round trip", G072="01.02.2021", G15A="SY", G37="4000000", G34="")
    return book


@pytest.fixture(scope="module")
def traded(tmp_path_factory: pytest.TempPathFactory) -> CustomsHome:
    """:func:`trips` with the coverage that the press had, :func:`shipments`, and a line that is called real."""
    folder = tmp_path_factory.mktemp("traded")
    home = CustomsHome(Home.open(folder / "home", profile="live"))
    home.land(declarations(folder / "trips.csv", *trips().lines), "2023-06-01", *COVERS)
    imports, exports = shipments()
    home.land(declarations(folder / "imports.csv", *imports.lines), "2023-06-01")
    home.land(bills(folder / "bills.csv", *exports), "2023-06-02")
    real = {**UVZ_MYANMAR, "RECORD_KIND": "REAL", "G31_1": "КАМЕРЫ ДЛЯ ТАНКОВ, БРАК", "G33": "8525890000"}
    home.land(declarations(folder / "real.csv", {"ND": "called real", **real}), "2023-06-02")
    build(home)
    return home


def trip(home: CustomsHome, name: str) -> tuple[object, ...]:
    """How a line's round trip is told: tier, is it one, why (not), which export, days."""
    found = home.query(
        "select evidence_tier, is_round_trip, round_trip_status, exports.declaration_number, days_away "
        "from marts.fct_reimports as reimports left join marts.fct_customs_lines as exports "
        f"on reimports.export_line_id = exports.customs_line_id where reimports.declaration_number = '{name}'"
    )
    assert len(found) == 1, name
    return found[0]


@pytest.mark.parametrize(
    ("name", "export", "days"),
    [
        ("uvz telescopes", "uvz telescopes out", (date(2022, 12, 9) - date(2019, 5, 14)).days),
        ("uvz cameras", "uvz cameras out", (date(2022, 12, 9) - date(2019, 5, 14)).days),
        ("kbm parts in august", "kbm parts out", (date(2022, 8, 17) - date(2013, 6, 11)).days),
        ("kbm parts in november", "kbm parts out", (date(2022, 11, 23) - date(2013, 6, 11)).days),
        ("missile parts back", "missile parts out", (date(2022, 12, 1) - date(2021, 2, 1)).days),
        ("egypt for repair", "egypt out", (date(2021, 6, 15) - date(2018, 3, 20)).days),
        ("own product by a round trip", "syria out", (date(2021, 2, 1) - date(2016, 2, 1)).days),
    ],
)
def test_earlier_export_is_named_with_its_days(traded: CustomsHome, name: str, export: str, days: int) -> None:
    assert trip(traded, name) == ("A", True, "export_found", export, days)


def test_press_cases_come_out_with_the_reason_and_nothing_returned(traded: CustomsHome) -> None:
    assert traded.query(
        "select importer_id, counterparty_country_code, sum(quantity), min(exported_on), "
        "bool_and(is_from_military_end_user), any_value(declared_return_reason) from marts.fct_reimports "
        "where record_kind = 'reconstructed' and evidence_tier = 'A' group by all order by all"
    ) == [
        ("ru-inn-5022039177", "IN", Decimal(100), date(2013, 6, 11), True, "defect_claim"),
        ("ru-inn-6623029538", "MM", Decimal(6975), date(2019, 5, 14), True, "defect_claim"),
    ]
    assert traded.query(
        "select distinct assessment, because, quantity_returned, first_returned_on, observable_until "
        "from marts.mart_defect_claims where record_kind = 'reconstructed'"
    ) == [("not_supported_so_far", "no_return_on_record", Decimal(0), None, date(2023, 3, 31))]


def test_one_export_does_not_explain_two_reimports(traded: CustomsHome) -> None:
    assert traded.query(
        "select reimports.declaration_number, allocated.quantity, exports.declaration_number, allocated.rule "
        "from marts.bridge_reimport_exports as allocated inner join marts.fct_reimports as reimports "
        "using (reimport_id) inner join marts.fct_customs_lines as exports "
        "on allocated.export_line_id = exports.customs_line_id "
        "where exports.declaration_number = 'ten out' order by 1"
    ) == [
        ("first six back", Decimal(6), "ten out", "round-trip-designation-country"),
        ("next six back", Decimal(4), "ten out", "round-trip-designation-country"),
    ]
    assert trip(traded, "two more back") == ("A", False, "exports_used_up", None, None)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("in another unit", ("A", None, "other_unit", None, None)),
        ("without a quantity", ("A", None, "quantity_not_declared", None, None)),
        ("back on the day", ("A", False, "no_export_on_record", None, None)),
        ("unnamed maker declared", ("B", True, "export_found", "iraq out", 1827)),
        ("unnamed maker designated", ("B", True, "export_found", "iraq designated out", 1827)),
    ],
)
def test_what_cannot_be_compared_is_unknown_and_says_why(
    traded: CustomsHome, name: str, expected: tuple[object, ...]
) -> None:
    assert trip(traded, name) == expected


def test_kind_and_heading_alone_make_no_round_trip_of_goods_whose_maker_is_not_named(traded: CustomsHome) -> None:
    for mart in ("fct_reimports", "fct_reimport_exclusions"):
        assert traded.query(
            f"select 1 from marts.{mart} inner join marts.fct_customs_lines as lines using (customs_line_id) "
            "where lines.declaration_number = 'unnamed maker'"
        ) == []  # fmt: skip


def test_returns_are_counted_up_to_what_came_in(traded: CustomsHome) -> None:
    claim = (
        "select assessment, because, claims.quantity, quantity_returned, first_returned_on, len(returns) "
        "from marts.mart_defect_claims as claims inner join marts.fct_reimports using (reimport_id) "
        "where declaration_number = "
    )
    assert traded.query(f"{claim} 'egypt for repair'") == [
        ("supported", "returns_on_record", Decimal(12), Decimal(7), date(2021, 11, 9), 1)
    ]
    assert traded.query(f"{claim} 'too near to the end'") == [
        ("not_observable", "coverage_ends_too_early", Decimal(5), None, None, 0)
    ]
    assert traded.query(f"{claim} 'without a quantity'") == [
        ("not_observable", "quantity_not_declared", None, None, None, 0)
    ]


def test_evidence_of_a_round_trip_is_the_exports_own_record(traded: CustomsHome) -> None:
    ((rule, text, address),) = traded.query(
        "select piece.rule, piece.text, piece.address from (select unnest(evidence) as piece "
        "from marts.fct_reimports where declaration_number = 'uvz cameras') where piece.signal = 'is_round_trip'"
    )
    assert rule == "round-trip-heading-country"
    assert "exported on 2019-05-14 to MYANMAR ARMY, MM" in str(text)
    assert "200 of 200 piece used up" in str(text)
    assert traded.query(
        "select declaration_number from marts.fct_customs_lines "
        f"where source_sha256 || '/' || source_member || '/' || source_row = '{address}'"
    ) == [("uvz cameras out",)]


def test_invented_records_say_nothing_of_real_ones(traded: CustomsHome) -> None:
    assert trip(traded, "called real") == ("A", None, "exports_not_covered", None, None)
    assert traded.query("select assessment, because from marts.mart_defect_claims where record_kind = 'real'") == [
        ("not_observable", "exports_not_covered")
    ]


# --- Mirrors ----------------------------------------------------------------------------------------------------------

BILL = {
    "RECORD_KIND": "SYNTHETIC",
    "SB NO": "1",
    "ITEM NO": "1",
    "SB DATE": "01-Jul-2022",
    "EXPORTER NAME": "MINISTRY OF DEFENCE, GOVERNMENT OF INDIA",
    "BUYER NAME": "NPK KBM",
    "COUNTRY OF DESTINATION": "RUSSIA",
    "RITC CODE": "90139000",
    "ITEM DESCRIPTION": "PARTS OF NIGHT VISION SIGHTS",
    "QUANTITY": "60",
    "UQC": "NOS",
    "INVOICE CURRENCY": "USD",
    "FOB VALUE (INR)": "6320000",
    "FOB VALUE (USD)": "80000",
}


def bills(path: Path, *lines: Line) -> Path:
    """Write Indian shipping bills: each line is :data:`BILL` with what is said of it."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(SHIPPING_BILLS), restval="")
        writer.writeheader()
        writer.writerows({**BILL, **line} for line in lines)
    return path


def shipments() -> tuple[Book, list[Line]]:
    """Russian imports from India, and Indian exports to Russia."""
    came = {**KBM_INDIA, "RECORD_KIND": "SYNTHETIC"}
    book = Book()
    book.add("both sides", G072="17.08.2022", G31_7="60", G46="90000", **came)
    book.add("monthly 1", G072="17.09.2022", G31_7="5", G46="900", **came)
    book.add("monthly 2", G072="17.10.2022", G31_7="5", G46="900", **came)
    book.add("no other record", G072="17.11.2022", G31_7="33", G46="900", **came)
    book.add("buyer not named", G072="17.11.2022", G31_7="47", G46="4700", **came)
    month = {"QUANTITY": "5", "FOB VALUE (USD)": "850"}
    to_order = {"BUYER NAME": "NULL", "EXPORTER NAME": "NULL", "QUANTITY": "47", "FOB VALUE (USD)": "4500"}
    sight = {"ITEM DESCRIPTION": "SIGHT TPD-K1, RE-IMPORT FOR REPAIR", "RITC CODE": "90131010", "QUANTITY": "3"}
    return book, [
        {"SB NO": "mirror"},
        {"SB NO": "month a", "SB DATE": "05-Aug-2022", **month},
        {"SB NO": "month b", "SB DATE": "05-Sep-2022", **month},
        {"SB NO": "to order", "SB DATE": "05-Oct-2022", **to_order},
        {"SB NO": "of other goods", "RITC CODE": "84213990"},
        {"SB NO": "alone", **sight, "BUYER NAME": "URALVAGONZAVOD JSC"},
        {"SB NO": "no maker of arms", **sight, "BUYER NAME": "EXAMPLE OPTICS LLC"},
    ]


def test_shipment_that_both_sides_recorded_is_told_once_and_marked(traded: CustomsHome) -> None:
    assert traded.query(
        "select lines.declaration_number, is_leading, rule, days_between, shipments.shipment_id = customs_line_id "
        "from marts.bridge_shipment_lines as shipments "
        "inner join marts.fct_customs_lines as lines using (customs_line_id) "
        "order by is_leading desc, lines.declaration_number"
    ) == [
        ("both sides", True, "mirror-parties", 47, True),
        ("buyer not named", True, "mirror-figures", 43, True),
        ("mirror", False, "mirror-parties", 47, False),
        ("to order", False, "mirror-figures", 43, False),
    ]
    assert dict(
        traded.query(
            "select declaration_number, is_corroborated from marts.fct_reimports "
            "where leading_record = 'russian_import' and counterparty_country_code = 'IN' and record_kind = 'synthetic'"
        )
    ) == {
        "both sides": True,
        "buyer not named": True,
        # Two deliveries that are alike: nobody can tell which is which.
        "monthly 1": None,
        "monthly 2": None,
        "no other record": False,
    }


def test_ambiguous_foreign_records_are_counted_apart_and_not_again(traded: CustomsHome) -> None:
    assert traded.query(
        "select lines.declaration_number, mirror_status from intermediate.int_reimports__mirrors "
        "inner join marts.fct_customs_lines as lines using (customs_line_id) "
        "where mirror_status = 'ambiguous' order by 1"
    ) == [(name, "ambiguous") for name in ("month a", "month b", "monthly 1", "monthly 2")]


def test_foreign_record_alone_makes_a_reimport_that_is_marked(traded: CustomsHome) -> None:
    assert traded.query(
        "select declaration_number, evidence_tier, is_corroborated, is_declared_reimport, component_id, importer_id, "
        "counterparty_country_code, value_basis from marts.fct_reimports where leading_record = 'foreign_export'"
    ) == [("alone", "B", False, True, "tpd-k1", "ru-inn-6623029538", "IN", "fob")]


def test_other_sides_record_is_evidence_under_its_own_address(traded: CustomsHome) -> None:
    ((rule, text, address),) = traded.query(
        "select piece.rule, piece.text, piece.address from (select unnest(evidence) as piece "
        "from marts.fct_reimports where declaration_number = 'both sides') where piece.signal = 'is_corroborated'"
    )
    assert rule == "mirror-parties"
    assert "declared by IN on 2022-07-01" in str(text)
    assert traded.query(
        "select declaration_number from marts.fct_customs_lines "
        f"where source_sha256 || '/' || source_member || '/' || source_row = '{address}'"
    ) == [("mirror",)]


# --- Synthetic files --------------------------------------------------------------------------------------------------

LAYOUTS = ("russia_declaration_fields", "russia_import_full", "russia_export_full")
SEED = 20_230_605
"""Not one that the rules were written by."""


@pytest.fixture(scope="module")
def synthetic(tmp_path_factory: pytest.TempPathFactory) -> tuple[CustomsHome, Answer]:
    """The three Russian layouts with their answer, and India's record of one press line."""
    folder = tmp_path_factory.mktemp("synthetic")
    home = CustomsHome(Home.open(folder / "home", profile="live"))
    first, *others = (synthesise(folder / "files", lines=1_000, seed=SEED, layout=layout) for layout in LAYOUTS)
    for path in sorted((folder / "files").rglob("*")):
        if path.suffix in {".csv", ".xlsx"}:
            home.land(path, "2023-06-01")
    bill = {"RECORD_KIND": "RECONSTRUCTED", "SB NO": "press line", "SB DATE": "20-Jul-2022"}
    home.land(bills(folder / "bills.csv", bill), "2023-06-01")
    build(home)
    return home, sum(others, first)


def test_press_cases_come_out_of_files_in_three_layouts(synthetic: tuple[CustomsHome, Answer]) -> None:
    home, _ = synthetic
    assert home.query(
        "select importer_id, declared_on, quantity, reimports.evidence_tier, exported_on, days_away, "
        "reimports.declared_return_reason, assessment, quantity_returned, is_corroborated "
        "from marts.fct_reimports as reimports inner join marts.mart_defect_claims as claims "
        "using (reimport_id, importer_id, declared_on, quantity) "
        "where reimports.record_kind = 'reconstructed' order by declared_on, quantity"
    ) == [
        (f"ru-inn-{inn}", on, Decimal(quantity), "A", exported_on, (on - exported_on).days, "defect_claim",
         "not_supported_so_far", Decimal(0), corroborated)
        for inn, on, quantity, exported_on, corroborated in (
            ("5022039177", date(2022, 8, 17), 60, date(2013, 6, 11), True),
            ("5022039177", date(2022, 11, 23), 40, date(2013, 6, 11), False),
            ("6623029538", date(2022, 12, 9), 200, date(2019, 5, 14), False),
            ("6623029538", date(2022, 12, 9), 6775, date(2019, 5, 14), False),
        )
    ]  # fmt: skip


def test_reimports_of_the_answer_are_found_and_nothing_else(synthetic: tuple[CustomsHome, Answer]) -> None:
    home, answer = synthetic
    expected = {
        number: {finding.evidence_tier, "B"} if finding.needs == "names" else {finding.evidence_tier}
        for finding in answer.findings
        if finding.verdict == "reimport"
        for number in finding.declaration_numbers
    }
    found = dict(home.query("select declaration_number, evidence_tier from marts.fct_reimports"))
    assert set(found) == set(expected)
    assert {number: tier for number, tier in found.items() if tier not in expected[str(number)]} == {}


def test_repair_that_went_back_is_supported(synthetic: tuple[CustomsHome, Answer]) -> None:
    home, _ = synthetic
    assert home.query(
        "select counterparty_country_code, quantity_returned, first_returned_on, observable_until "
        "from marts.mart_defect_claims where assessment = 'supported'"
    ) == [("EG", Decimal(12), date(2021, 11, 9), date(2023, 3, 31))]


DAMAGES = {
    "assert_no_export_is_used_twice": "update marts.bridge_reimport_exports set quantity = quantity + 1",
    "assert_a_shipment_is_counted_once": "update marts.bridge_shipment_lines set shipment_id = customs_line_id",
    "assert_claims_are_judged_within_what_can_be_seen": (
        "update marts.mart_defect_claims set observable_until = declared_on + 1 "
        "where assessment = 'not_supported_so_far'"
    ),
    "assert_every_reimport_has_its_evidence": (
        "update marts.fct_reimports set evidence = list_filter(evidence, lambda piece: piece.signal <> 'is_round_trip')"
    ),
    "assert_tiers_follow_from_the_signals": (
        "update marts.fct_reimports set evidence_tier = 'B' where evidence_tier = 'A' and is_round_trip"
    ),
    "assert_foreign_records_are_accounted_for": "delete from marts.bridge_shipment_lines where not is_leading",
}


def test_every_damage_is_seen_by_the_fact_that_guards_against_it(
    synthetic: tuple[CustomsHome, Answer], tmp_path: Path
) -> None:
    shutil.copytree(synthetic[0].home.root, tmp_path / "home", symlinks=True)
    damaged = Home.open(tmp_path / "home", profile="live")
    with duckdb.connect(str(build_database(damaged))) as connection:
        for damage in DAMAGES.values():
            assert connection.execute(damage).fetchall()[0][0] > 0, damage
    said: list[str] = []
    assert dbt(damaged, "test", "--select", *DAMAGES, built_at=BUILT_AT, progress=said.append) != 0
    assert {fact for fact in DAMAGES if any(f"Failure in test {fact}" in line for line in said)} == set(DAMAGES)
