"""The losses half of the warehouse, from landed pages to marts."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest
from oryx_home import PUBLISHED, LossesHome, page

from boomerang.bronze import make_bronze
from boomerang.home import PROJECT_ROOT, Home
from boomerang.sources.oryx import READER
from boomerang.sources.specification import specification
from boomerang.synthetic.oryx_pages import RENAMED, RUSSIA, UKRAINE, write_oryx_pages

FIRST, SECOND, THIRD, FOURTH = (datetime(2023, 4, day, 20, tzinfo=UTC) for day in (1, 2, 4, 5))
PICTURES = "https://i.postimg.cc/aaaaaaaa"

FIRST_PAGE = page(
    "Russia - 4, of which: destroyed: 3, captured: 1",
    {
        "Tanks (4, of which destroyed: 3, captured: 1)": {
            "3 T-72B": [(f"{PICTURES}/1.jpg", "(1 and 2, destroyed)"), (f"{PICTURES}/2.jpg", "(1, captured)")],
            "1 T-62M": [(f"{PICTURES}/t62-01-03-23.jpg", "(1, destroyed)")],
        }
    },
)
# One of the captured is called destroyed now, the T-62M is gone, a T-14 that no catalogue knows has come.
SECOND_PAGE = page(
    "Russia - 4, of which: destroyed: 4",
    {
        "Tanks (4, of which destroyed: 4)": {
            "3 T-72B": [
                (f"{PICTURES}/1.jpg", "(1 and 2, destroyed)"),
                (f"{PICTURES}/2.jpg", "(3, captured and later destroyed)"),
            ],
            "1 T-14": [(f"{PICTURES}/t14.jpg", "(1, destroyed)")],
        }
    },
)


@pytest.fixture(scope="module")
def in_order(tmp_path_factory: pytest.TempPathFactory) -> LossesHome:
    """All pages landed in the order of their observation, built once: first, second, first again, unchanged."""
    home = LossesHome(Home.open(tmp_path_factory.mktemp("in_order") / "home", profile="live"))
    home.land(FIRST_PAGE, FIRST)
    home.land(SECOND_PAGE, SECOND)
    home.land(FIRST_PAGE, THIRD)
    home.land(FIRST_PAGE, FOURTH)
    status, said = home.build()
    assert status == 0, said
    return home


def test_loss_is_followed_through_its_revisions(in_order: LossesHome) -> None:
    versions = in_order.query(
        "select model, version_number, changed, status, recorded_from, recorded_to "
        "from marts.fct_equipment_loss_versions where oryx_url not like '%/1.jpg' order by model, version_number"
    )
    assert versions == [
        ("T-14", 1, "first_seen", "destroyed", SECOND, THIRD),
        ("T-62M", 1, "first_seen", "destroyed", FIRST, SECOND),
        ("T-62M", 2, "returned", "destroyed", THIRD, None),
        ("T-72B", 1, "first_seen", "captured", FIRST, SECOND),
        ("T-72B", 2, "status, number", "destroyed", SECOND, THIRD),
        ("T-72B", 3, "status, number", "captured", THIRD, None),
    ]


def test_present_keeps_withdrawn_losses_with_the_day_of_their_withdrawal(in_order: LossesHome) -> None:
    losses = in_order.query(
        "select model, family, status, lost_on, lost_on_basis, first_seen_on, withdrawn_on, sources "
        "from marts.fct_equipment_losses order by model, oryx_url, vehicle_number"
    )
    first_on, second_on, third_on = date(2023, 4, 1), date(2023, 4, 2), date(2023, 4, 4)
    undated = (None, "not_known", first_on, None, "oryx_russia")
    assert losses == [
        ("T-14", "unmapped", "destroyed", second_on, "first_seen", second_on, third_on, "oryx_russia"),
        ("T-62M", "T-62", "destroyed", date(2023, 3, 1), "picture_name", first_on, None, "oryx_russia"),
        ("T-72B", "T-72", "destroyed", *undated),
        ("T-72B", "T-72", "destroyed", *undated),
        ("T-72B", "T-72", "captured", *undated),
    ]


def test_days_between_observations_are_gaps_not_zeros(in_order: LossesHome) -> None:
    assert in_order.query("select day, is_observed from marts.observation_days order by day") == [
        (date(2023, 4, 1), True),
        (date(2023, 4, 2), True),
        (date(2023, 4, 3), False),
        (date(2023, 4, 4), True),
        (date(2023, 4, 5), True),
    ]
    assert in_order.query(
        "select day, sum(total), sum(captured) from marts.fct_equipment_losses_daily group by day order by day"
    ) == [
        (date(2023, 4, 1), 4, 1),
        (date(2023, 4, 2), 4, 0),
        (date(2023, 4, 4), 4, 1),
        (date(2023, 4, 5), 4, 1),
    ]


def test_pages_landed_in_any_order_and_one_by_one_give_the_same_tables(in_order: LossesHome, tmp_path: Path) -> None:
    home = LossesHome(Home.open(tmp_path / "home", profile="live"))
    for landed in ((SECOND_PAGE, SECOND), (FIRST_PAGE, FOURTH)), ((FIRST_PAGE, THIRD), (FIRST_PAGE, FIRST)):
        for content, observed_at in landed:
            home.land(content, observed_at)
            home.land(content, observed_at)
        status, said = home.build()
        assert status == 0, said
    expected = in_order.exports(tmp_path / "in_order")
    found = home.exports(tmp_path / "out_of_order")
    assert {table for table in PUBLISHED if found[table] != expected[table]} == set()


def test_home_without_landings_builds_empty_tables_and_stale_sources(home: Home) -> None:
    empty = LossesHome(home)
    status, said = empty.build()
    assert status == 0, said
    counts = {table: empty.query(f"select count(*) from marts.{table}")[0][0] for table in PUBLISHED}
    assert counts.pop("dim_equipment") == empty.query("select count(distinct model) from seeds.equipment_models")[0][0]
    assert set(counts.values()) == {0}
    assert empty.query(
        "select distinct last_good_pull_at, is_stale from marts.source_freshness where source like 'oryx%'"
    ) == [(None, True)]


def test_row_that_is_lost_behind_the_parser_stops_the_build(tmp_path: Path) -> None:
    home = LossesHome(Home.open(tmp_path / "home", profile="live"))
    home.land(FIRST_PAGE, FIRST)
    make_bronze(home.home)
    (links,) = (home.home.bronze / "oryx_russia" / "loss_links").glob("[0-9a-f]*.parquet")
    duckdb.execute(f"copy (from '{links}' where _source_row > 1) to '{tmp_path / 'fewer.parquet'}'")
    (tmp_path / "fewer.parquet").replace(links)
    status, said = home.build(bronze=False)
    assert status != 0
    assert "Failure in test assert_row_ledger_balances" in said


def test_every_vehicle_of_the_real_page_is_accounted_for(home: Home, real_data: Path) -> None:
    content = real_data / "oryx-html" / "russia.html.gz"
    figures = READER.inspect(content, specification("oryx_russia"), None)
    real = LossesHome(home)
    real.land(content.read_bytes(), datetime(2023, 4, 23, 18, tzinfo=UTC), name="russia.html.gz")
    status, said = real.build()
    assert status == 0, said
    by_status = dict(real.query("select status, count(*) from marts.fct_equipment_losses group by status"))
    assert by_status == {status: figures[status] for status in ("destroyed", "captured", "abandoned", "damaged")}
    assert sum(by_status.values()) == figures["vehicles"]
    assert real.query("select model from marts.dim_equipment where family = 'unmapped'") == []
    assert real.query("select count(distinct model) from marts.fct_equipment_losses") == [(353,)]
    # The page's own three figures: headline, what its headings add up to, and (ours) what its links show.
    assert real.query(
        "select kind, displayed_total, displayed_captured, counted_captured, agrees from marts.oryx_reconciliation "
        "where kind in ('headline', 'sum_of_categories') order by kind"
    ) == [("headline", 10_110, 2_824, 2_824, False), ("sum_of_categories", 10_115, 2_827, 2_824, False)]
    disagreeing = dict(
        real.query(
            "select displayed_text, displayed_total from marts.oryx_reconciliation where kind = 'model' and not agrees"
        )
    )
    assert {"T-72B": 259, "BMP-1(P)": 360, "ZiL-131": 25}.items() <= disagreeing.items()


def test_every_model_of_the_synthetic_pages_is_in_the_catalogue() -> None:
    seed = PROJECT_ROOT / "dbt_project" / "seeds" / "equipment" / "equipment_models.csv"
    with seed.open(encoding="utf-8", newline="") as lines:
        spellings = {row["spelling"] for row in csv.DictReader(lines)}
    shown = {model for plan in (RUSSIA, UKRAINE) for lines in plan.values() for model, _, _ in lines}
    assert shown | set(RENAMED) <= spellings


def test_second_night_of_the_synthetic_page_is_told_as_it_was_revised(home: Home, tmp_path: Path) -> None:
    losses = LossesHome(home)
    for night in (1, 2):
        answer = write_oryx_pages(tmp_path / str(night), night)
        content = (tmp_path / str(night) / "oryx" / "russia.html").read_bytes()
        losses.land(content, datetime(2023, 6, 28 + night, 20, tzinfo=UTC))
    status, said = losses.build()
    assert status == 0, said
    changes = answer["changes"]
    assert losses.query(
        "select oryx_url from marts.fct_equipment_losses where withdrawn_on is not null order by oryx_url"
    ) == [(url,) for url in sorted(changes["withdrawn"])]
    assert losses.query(
        "select oryx_url, status from marts.fct_equipment_loss_versions where changed like '%status%' order by oryx_url"
    ) == sorted((change["url"], change["after"]) for change in changes["restatused"])
    assert losses.query(
        "select sum(destroyed), sum(captured), sum(abandoned), sum(damaged), sum(total) "
        "from marts.fct_equipment_losses_daily where day = '2023-06-30'"
    ) == [
        (
            *(answer["russia"]["by_status"][status] for status in ("destroyed", "captured", "abandoned", "damaged")),
            answer["russia"]["vehicles"],
        )
    ]
