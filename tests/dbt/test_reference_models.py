"""Exchange rates, nomenclatures and spellings, from landed files to the tables that lines are joined with."""

from __future__ import annotations

import io
import shutil
import zipfile
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import duckdb
import pytest
from reference_home import ReferenceHome

from boomerang.home import PROJECT_ROOT, Home
from rates_server import Quote, daily, dynamic

USD = {
    date(2025, 3, 29): (1, "83,6813"),
    date(2025, 4, 1): (1, "85,4963"),
    date(2025, 5, 1): (1, "80,0000"),
    date(2025, 5, 14): (1, "81,0000"),
    date(2025, 5, 16): (1, "3,0000"),
}
INR = {date(2025, 3, 29): (10, "9,7759"), date(2025, 4, 1): (100, "99,9006"), date(2025, 5, 15): (100, "95,0000")}
TABLE = (
    "Date,USD,INR,RUB,JPY,\n2025-05-16,1.1194,95.8,N/A,163.2,\n2025-04-02,1.0803,92.4,N/A,161.6,\n"
    "2022-03-01,1.1162,84.5,117.201,128.42,\n2022-02-28,1.1199,84.6,115.4842,129.31,\n"
)
HEADINGS = (
    "020|20220811|0000|\n"
    "84|85|ЧАСТИ МАШИН|01.01.2002|31.12.2006|\n"
    "84|85|МАШИНЫ ДЛЯ АДДИТИВНОГО ПРОИЗВОДСТВА|01.01.2022||\n"
    "88|03|ЧАСТИ АППАРАТОВ|01.01.2002|31.12.2016|\n"
    "88|03|ЧАСТИ АППАРАТОВ|01.01.2017|31.12.2021|\n"
    "88|07|ЧАСТИ АППАРАТОВ|01.01.2022||\n"
    "88|01|АЭРОСТАТЫ|01.01.2002|31.12.2006|\n"
    "90|13|ПРИЦЕЛЫ|01.01.2017||\n"
    "99|99|FIFI2018|01.07.2018|31.12.2021|\n"
)
OLD_HEADINGS = "018|20190723|0000|\n88|03|СТАРОЕ ИМЯ|01.01.2017||\n88|99|ТОЛЬКО В СТАРОМ ИЗДАНИИ|01.01.2017||\n"
CODES = (
    "section,hscode,description,parent,level\nXVII,87,Vehicles,TOTAL,2\nXVII,8710,Tanks,87,4\n"
    "XVII,871000,Tanks,8710,6\nXVII,8801,Balloons,88,4\nXVII,8807,Parts,88,4\nTOTAL,9999,Not specified,99,4\n"
)


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def zipped(text: str) -> bytes:
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("eurofxref-hist.csv", text)
    return output.getvalue()


def span(currency: str, quotes: dict[date, Quote]) -> bytes:
    return dynamic(currency, min(quotes), max(quotes), quotes)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> ReferenceHome:
    folder = tmp_path_factory.mktemp("reference")
    home = ReferenceHome(Home.open(folder / "home", profile="live"))
    files = [
        ("fx_cbr", "usd.xml", span("USD", USD), "2025-05-20"),
        ("fx_cbr", "inr.xml", span("INR", INR), "2025-05-20"),
        # A mistake of 2025-04-01 that the later file above took back: it landed last and is older.
        ("fx_cbr", "day.xml", daily(date(2025, 4, 1), {"INR": (100, "11,1111")}), "2025-04-01"),
        ("fx_ecb", "hist.zip", zipped(TABLE), "2025-05-20"),
        ("tnved", "TNVED3.TXT", HEADINGS.encode("cp866"), "2025-05-20"),
        ("tnved", "old.TXT", OLD_HEADINGS.encode(), "2025-05-21"),
        ("harmonised_system", "hs.csv", CODES.encode(), "2025-05-20"),
    ]
    for source, name, content, as_of in files:
        home.land(source, write(folder / name, content), as_of)
    status, said = home.build()
    assert status == 0, said
    return home


def rate(built: ReferenceHome, currency: str, day: str) -> tuple[object, ...] | None:
    rows = built.query(
        f"select fx_on, fx_rate, fx_source from intermediate.int_exchange_rates__usd "
        f"where currency = '{currency}' and rate_day = '{day}'"
    )
    assert len(rows) < 2
    return rows[0] if rows else None


def exact(numerator: str, denominator: str) -> Decimal:
    return (Decimal(numerator) / Decimal(denominator)).quantize(Decimal("1E-12"), ROUND_HALF_UP)


def test_a_currency_is_converted_through_roubles_by_its_nominal(built: ReferenceHome) -> None:
    assert rate(built, "INR", "2025-04-01") == (date(2025, 4, 1), exact("0.999006", "85.4963"), "fx_cbr")
    assert rate(built, "INR", "2025-03-29") == (date(2025, 3, 29), exact("0.97759", "83.6813"), "fx_cbr")


def test_the_rouble_is_converted_by_the_dollars_rate(built: ReferenceHome) -> None:
    assert rate(built, "RUB", "2025-04-01") == (date(2025, 4, 1), exact("1", "85.4963"), "fx_cbr")
    row = built.query(
        "select source_sha256, source_row from marts.exchange_rates where currency = 'RUB' and rate_on = '2025-04-01'"
    )
    assert row == built.query(
        "select source_sha256, source_row from marts.exchange_rates "
        "where currency = 'USD' and fx_source = 'fx_cbr' and rate_on = '2025-04-01'"
    )


def test_converted_roubles_are_the_dollars_that_a_vendor_gives(built: ReferenceHome, real_data: Path) -> None:
    # Of 31 March 2025, a Monday: in force was the rate of Saturday, 83.6813. (The export workbook of the same day is
    # reckoned by 83.011, the rate of another day.)
    rows = workbook_rows(real_data / "customs-vendor-samples" / "Russia Import Full.xlsx")
    lines = [
        (Decimal(str(row["CUSTOMS_COST_VALUE_RUB"])), Decimal(str(row["TOTAL_VALUE_USD"])))
        for row in rows
        if "CUSTOMS_COST_VALUE_RUB" in row
    ]
    found = rate(built, "RUB", "2025-03-31")
    assert found is not None
    fx_rate = Decimal(str(found[1]))
    assert len(lines) == 2
    assert [(amount * fx_rate).quantize(Decimal("0.01"), ROUND_HALF_UP) for amount, _ in lines] == [
        usd for _, usd in lines
    ]


def test_a_day_without_a_rate_takes_the_last_one_and_says_so(built: ReferenceHome) -> None:
    assert rate(built, "RUB", "2025-03-31") == (date(2025, 3, 29), exact("1", "83.6813"), "fx_cbr")
    assert rate(built, "RUB", "2025-04-15") == (date(2025, 4, 1), exact("1", "85.4963"), "fx_cbr")


def test_beyond_the_longest_holiday_there_is_no_rate(built: ReferenceHome) -> None:
    assert rate(built, "RUB", "2025-04-16") is None
    assert rate(built, "RUB", "2025-03-28") is None
    assert rate(built, "RUB", "2025-05-30") == (date(2025, 5, 16), exact("1", "3"), "fx_cbr")
    assert rate(built, "RUB", "2025-05-31") is None


def test_the_ecb_speaks_where_the_bank_of_russia_does_not(built: ReferenceHome) -> None:
    assert rate(built, "JPY", "2025-04-05") == (date(2025, 4, 2), exact("1.0803", "161.6"), "fx_ecb")
    assert rate(built, "EUR", "2025-04-05") == (date(2025, 4, 2), exact("1.0803", "1"), "fx_ecb")
    assert rate(built, "INR", "2025-04-16") == (date(2025, 4, 2), exact("1.0803", "92.4"), "fx_ecb")
    assert rate(built, "INR", "2025-04-15") == (date(2025, 4, 1), exact("0.999006", "85.4963"), "fx_cbr")
    assert rate(built, "INR", "2025-04-17") is None


def test_the_euros_rouble_ends_on_the_first_of_march_2022(built: ReferenceHome) -> None:
    assert rate(built, "RUB", "2022-03-01") == (date(2022, 3, 1), exact("1.1162", "117.201"), "fx_ecb")
    assert rate(built, "RUB", "2022-03-15") == (date(2022, 3, 1), exact("1.1162", "117.201"), "fx_ecb")
    assert rate(built, "RUB", "2022-03-16") is None


def test_a_rate_without_a_dollar_rate_of_its_day_converts_nothing(built: ReferenceHome) -> None:
    # The Bank of Russia's rupee of 15 May has no dollar beside it: the ECB's of the 16th is the next there is.
    assert rate(built, "INR", "2025-05-15") is None
    assert built.query(
        "select usd_per_unit from marts.exchange_rates where currency = 'INR' and rate_on = '2025-05-15'"
    ) == [(None,)]


def test_the_latest_observation_of_a_rate_stands_and_the_difference_is_told(built: ReferenceHome) -> None:
    assert built.query(
        "select value from marts.exchange_rates "
        "where fx_source = 'fx_cbr' and currency = 'INR' and rate_on = '2025-04-01'"
    ) == [(Decimal("99.9006"),)]
    assert "WARN 1 assert_published_rates_are_not_revised" in built.said[-1]


def test_the_dollar_needs_no_rate(built: ReferenceHome) -> None:
    assert built.query("select count(*) from intermediate.int_exchange_rates__usd where currency = 'USD'") == [(0,)]


def test_every_rate_leads_to_its_record(built: ReferenceHome) -> None:
    assert built.query(
        "select count(*), count(source_sha256), count(source_member), min(source_row) from marts.exchange_rates"
    ) == [(31, 31, 31, 1)]
    assert built.query("select distinct source_member from marts.exchange_rates where fx_source = 'fx_ecb'") == [
        ("eurofxref-hist.csv",)
    ]


# --- Nomenclatures


def in_force(built: ReferenceHome, heading: str, day: str) -> object:
    """As a line joins it; None where nothing is known."""
    rows = built.query(
        f"select is_in_force from intermediate.int_nomenclature__heading_periods "
        f"where heading = '{heading}' and date '{day}' between valid_from and valid_to"
    )
    assert len(rows) < 2
    return rows[0][0] if rows else None


@pytest.mark.parametrize(
    ("heading", "day", "expected"),
    [
        ("8803", "2021-12-31", True),
        ("8803", "2022-01-01", False),
        ("8807", "2021-12-31", False),
        ("8807", "2022-01-01", True),
        ("8807", "2016-12-31", None),  # editions before HS 2017 are not known
        ("8485", "2006-12-31", True),
        ("8485", "2015-01-01", None),
        ("8485", "2019-01-01", False),
        ("8485", "2025-01-01", True),
        ("8710", "2022-06-01", True),  # not subdivided: the Russian table leaves it out, the Harmonized System has it
        ("8710", "2021-06-01", True),
        ("8710", "2016-06-01", None),
        ("8801", "2010-01-01", None),  # an end in the Russian table is none
        ("8801", "2019-01-01", True),
        ("9013", "2027-12-31", True),
        ("9013", "2028-01-01", None),  # a table says nothing about the next edition
        ("8803", "2001-12-31", None),  # before the table begins
        ("9302", "2022-06-01", None),  # in no landed table
        ("9999", "2019-01-01", None),  # the leftover of the World Cup is no heading
        ("8899", "2019-01-01", None),  # the newest edition does not know it
    ],
)
def test_a_heading_is_read_against_the_day(built: ReferenceHome, heading: str, day: str, expected: bool | None) -> None:
    assert in_force(built, heading, day) is expected


def test_the_newest_edition_speaks_whenever_it_landed(built: ReferenceHome) -> None:
    assert built.query(
        "select heading, valid_from, valid_to, name_ru, edition from marts.dim_hs_headings "
        "where nomenclature = 'tnved' and heading = '8803' order by valid_from"
    ) == [
        ("8803", date(2002, 1, 1), date(2016, 12, 31), "ЧАСТИ АППАРАТОВ", "020 of 2022-08-11"),
        ("8803", date(2017, 1, 1), date(2021, 12, 31), "ЧАСТИ АППАРАТОВ", "020 of 2022-08-11"),
    ]
    assert built.query(
        "select heading, name_en from marts.dim_hs_headings where nomenclature = 'hs2022' order by heading"
    ) == [("8710", "Tanks"), ("8801", "Balloons"), ("8807", "Parts")]


def test_every_landed_record_is_counted_for_the_ledger(built: ReferenceHome) -> None:
    counted = built.query(
        "select source, sum(rows_loaded) from intermediate.int_reference__rows_standing group by source order by source"
    )
    assert counted == [("fx_cbr", 9), ("fx_ecb", 4), ("harmonised_system", 6), ("tnved", 10)]
    ledger = built.home.bronze / "*" / "ledger" / "*.parquet"
    assert (
        counted
        == duckdb.sql(
            f"select source, sum(rows_loaded) from '{ledger}' "
            "where source in (select unnest(['fx_cbr', 'fx_ecb', 'tnved', 'harmonised_system'])) "
            "group by source order by source"
        ).fetchall()
    )


def test_the_real_tables_know_the_changes_of_2022(tmp_path: Path, real_data: Path) -> None:
    home = ReferenceHome(Home.open(tmp_path / "home", profile="live"))
    for edition in ("utf8-2019", "cp866-2022"):
        for level in (1, 2, 3):
            name = f"TNVED{level}.TXT.gz"
            copy = shutil.copy(real_data / "tnved-fns" / edition / name, tmp_path / f"{edition}-{name}")
            home.land("tnved", Path(copy), "2025-05-20")
    home.land("harmonised_system", real_data / "hs-nomenclature" / "harmonized-system.csv.gz", "2025-05-20")
    status, said = home.build()
    assert status == 0, said
    known = {
        (heading, day): in_force(home, heading, day)
        for heading in ("8803", "8807", "9013", "8710", "9302", "8485", "9999")
        for day in ("2019-06-01", "2023-02-01")
    }
    assert known == {
        ("8803", "2019-06-01"): True,
        ("8803", "2023-02-01"): False,
        ("8807", "2019-06-01"): False,
        ("8807", "2023-02-01"): True,
        ("9013", "2019-06-01"): True,
        ("9013", "2023-02-01"): True,
        ("8710", "2019-06-01"): True,
        ("8710", "2023-02-01"): True,
        ("9302", "2019-06-01"): True,
        ("9302", "2023-02-01"): True,
        ("8485", "2019-06-01"): False,
        ("8485", "2023-02-01"): True,
        ("9999", "2019-06-01"): None,
        ("9999", "2023-02-01"): None,
    }
    assert home.query(
        "select nomenclature, count(distinct heading) from marts.dim_hs_headings group by 1 order by 1"
    ) == [("hs2022", 1228), ("tnved", 980)]


# --- An empty home


def test_without_landed_tables_nothing_is_converted_and_no_heading_is_judged(tmp_path: Path) -> None:
    from boomerang.bronze import make_bronze

    home = ReferenceHome(Home.open(tmp_path / "home", profile="live"))
    make_bronze(home.home)
    status, said = home.build()
    assert status == 0, said
    assert home.query("select count(*) from intermediate.int_exchange_rates__usd") == [(0,)]
    assert home.query("select count(*) from intermediate.int_nomenclature__heading_periods") == [(0,)]
    assert home.query("select count(*) from marts.dim_customs_procedures") == [(18,)]


# --- Spellings

FOLDED = {
    "currencies": ("currency_as_declared", "currency_code"),
    "quantity_units": ("unit_as_declared", "quantity_unit"),
    "countries": ("country_name", "country_code"),
}


def meant(seed: str, spelling: str) -> object:
    """What a spelling stands for, compared as the models compare it; None where the seed does not know it."""
    column, meaning = FOLDED[seed]
    path = PROJECT_ROOT / "dbt_project" / "seeds" / "reference" / f"{seed}.csv"
    fold = (
        "case when length(trim({0})) <= 3 then upper(trim({0})) else trim(regexp_replace(translate(upper("
        "strip_accents({0})), 'АВЕКМНОРСТУХІЈЅ', 'ABEKMHOPCTYXIJS'), '[^\\p{{L}}\\p{{N}}]+', ' ', 'g')) end"
    )
    rows = duckdb.execute(
        f"select distinct {meaning} from read_csv('{path}', all_varchar = true, nullstr = '-') "
        f"where {fold.format(column)} = {fold.format('$spelling')}",
        {"spelling": spelling},
    ).fetchall()
    assert len(rows) < 2
    return rows[0][0] if rows else None


@pytest.mark.parametrize(
    ("spelling", "code"),
    [
        ("USD", "USD"), ("usd", "USD"), ("840", "USD"), ("US DOLLAR", "USD"), ("Доллар США", "USD"),
        ("ДОЛЛАРОВ США", "USD"), ("RUB", "RUB"), ("RUR", "RUB"), ("810", "RUB"), ("643", "RUB"), ("руб.", "RUB"),
        ("РОССИЙСКИЙ РУБЛЬ", "RUB"), ("ЕВРО", "EUR"), ("978", "EUR"), ("ЮАНЬ", "CNY"), ("RMB", "CNY"), ("156", "CNY"),
        ("ИНДИЙСКАЯ РУПИЯ", "INR"), ("356", "INR"), ("ТЕНГЕ", "KZT"), ("398", "KZT"), ("ГРН", "UAH"), ("980", "UAH"),
        ("TL", "TRY"), ("AED", "AED"), ("784", "AED"), ("BYR", "BYR"), ("BYN", "BYN"), ("008", "ALL"),
        ("ДОЛЛАР", ""), ("RUPEE", ""), ("$", ""), ("XXX", ""), ("ZZZ", None), ("8", None),
    ],
)  # fmt: skip
def test_a_currency_is_known_by_its_names_and_numbers_and_never_guessed(spelling: str, code: str | None) -> None:
    assert meant("currencies", spelling) == code


@pytest.mark.parametrize(
    ("spelling", "unit"),
    [
        ("ШТ", "piece"), ("796", "piece"), ("H87", "piece"), ("NOS", "piece"), ("PCS", "piece"), ("C62", "piece"),
        ("166", "kg"), ("KGM", "kg"), ("KGS", "kg"), ("кг", "kg"), ("163", "g"), ("GRM", "g"), ("GMS", "g"),
        ("168", "tonne"), ("TNE", "tonne"), ("MTS", "tonne"), ("206", "quintal"), ("QTL", "quintal"),
        ("112", "litre"), ("LTR", "litre"), ("111", "cm3"), ("MLT", "cm3"), ("113", "m3"), ("MTQ", "m3"), ("CBM", "m3"),
        ("006", "m"), ("MTR", "m"), ("055", "m2"), ("MTK", "m2"), ("SQM", "m2"), ("М2", "m2"), ("M2", "m2"),
        ("SQF", "ft2"), ("FTK", "ft2"), ("715", "pair"), ("NPR", "pair"), ("PRS", "pair"), ("839", "set"),
        ("SET", "set"), ("КОМПЛЕКТ", "set"), ("704", "kit"), ("KIT", "kit"),
        ("798", "1000_piece"), ("THD", "1000_piece"),
        ("641", "dozen"), ("DZN", "dozen"), ("GRS", "gross"), ("778", "package"), ("BOX", "box"), ("CTN", "carton"),
        ("305", "curie"), ("306", "g_fissile"), ("GIF", "g_fissile"), ("831", "litre_alcohol_100"),
        ("OTH", None), ("AMP", None), ("Л.", None), ("БОЧКА", None),
    ],
)  # fmt: skip
def test_a_unit_is_known_by_its_names_and_codes_and_never_guessed(spelling: str, unit: str | None) -> None:
    assert meant("quantity_units", spelling) == unit


@pytest.mark.parametrize(
    ("spelling", "code"),
    [
        ("GREAT BRITAIN", "GB"), ("UNITED KINGDOM", "GB"), ("VIETNAM, DEMOCRATIC REPUBLIC OF", "VN"),
        ("KOREA, REPUBLIC OF", "KR"), ("IRAN, ISLAMIC REPUBLIC OF", "IR"), ("RUSSIA", "RU"),
        ("RUSSIAN FEDERATION", "RU"),
        ("МЬЯHМA", "MM"), ("MYANMAR", "MM"), ("ПОЛЬЩА", "PL"), ("НІМЕЧЧИНА", "DE"), ("Türkiye", "TR"), ("EC", "EC"),
        ("ЕС", ""), ("OTHER COUNTRY", ""), ("OC", ""), ("EUROPEAN UNION", ""), ("АБХАЗИЯ", ""), ("NARNIA", None),
    ],
)  # fmt: skip
def test_a_country_is_known_by_its_names_and_never_guessed(spelling: str, code: str | None) -> None:
    assert meant("countries", spelling) == code


def test_every_country_unit_and_currency_of_the_vendors_samples_is_known(real_data: Path) -> None:
    unknown = set()
    for path in sorted((real_data / "customs-vendor-samples").glob("*.xlsx")):
        for column, text in named_cells(path):
            name = column.upper()
            if name in {"UNIT", "STD UNIT", "UNIT_EN", "UNIT_OF_QUANTITY"}:
                seed = "quantity_units"
            elif "CURRENC" in name and "VALUE" not in name:
                seed = "currencies"
            elif ("COUNTRY" in name or "ISO_CODE" in name) and "TRANS" not in name:
                seed = "countries"
            else:
                continue
            if meant(seed, text) is None:
                unknown.add((seed, text))
    assert unknown == set()


def named_cells(path: Path) -> set[tuple[str, str]]:
    """Each different cell of a workbook that says something, with its column's name."""
    return {
        (name, str(cell))
        for row in workbook_rows(path)
        for name, cell in row.items()
        if str(cell) not in {"", "NULL", "N/A"}
    }


def workbook_rows(path: Path) -> list[dict[str, object]]:
    """The rows of a workbook by their columns' names; the header is the row with the most texts."""
    from python_calamine import CalamineWorkbook

    found = []
    book = CalamineWorkbook.from_path(str(path))
    for sheet in book.sheet_names:
        rows = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
        texts = [sum(isinstance(cell, str) and cell != "" for cell in row) for row in rows[:10]]
        header = texts.index(max(texts))
        names = [str(name) for name in rows[header]]
        found += [dict(zip(names, row, strict=False)) for row in rows[header + 1 :]]
    return found
