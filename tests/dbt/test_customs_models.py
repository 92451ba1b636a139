"""The customs half of the warehouse, from landed files to re-imports and the losses before them."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from customs_home import CustomsHome, declarations
from oryx_home import LossesHome, page

from boomerang.home import Home
from boomerang.landing.inbox import parse_as_of
from boomerang.synthetic import sample_site
from boomerang.synthetic.customs_files import Answer, Finding, traps
from boomerang.transform import build_database

LINES = {"russia_declaration_fields": 4_000, "russia_import_full": 1_200, "russia_export_full": 1_000}
FIRST_NIGHT, SECOND_NIGHT = "2023-06-01", "2023-06-02"

# Two tanks that the later pages do not show any more.
EARLY_PAGE = page(
    "Russia - 2, of which: destroyed: 2",
    {
        "Tanks (2, of which destroyed: 2)": {
            "2 T-72B": [
                ("https://i.postimg.cc/aaaaaaaa/t72-10-05-22.jpg", "(1, destroyed)"),
                ("https://i.postimg.cc/bbbbbbbb/t72-01-03-22.jpg", "(2, destroyed)"),
            ],
        }
    },
)


@dataclass(frozen=True)
class Sample:
    """The sample of two nights, smaller, with its answer."""

    built: CustomsHome
    answer: Answer

    def rows(self, finding: Finding, columns: str, mart: str, order: str = "all") -> list[tuple[object, ...]]:
        """What a mart has of a finding's rows."""
        sha256 = next(file.sha256 for file in self.answer.files if file.file == finding.file)
        numbers = ", ".join(map(str, finding.rows))
        return self.built.query(
            f"select {columns} from marts.{mart} "
            f"where source_sha256 = '{sha256}' and source_row in ({numbers}) order by {order}"
        )

    def findings(self, *verdicts: str) -> list[Finding]:
        """Those of some verdicts."""
        found = [finding for finding in self.answer.findings if finding.verdict in verdicts]
        assert found, verdicts
        return found


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """Both nights of the sample landed and built, the losses too."""
    folder = tmp_path_factory.mktemp("customs")
    built = CustomsHome(Home.open(folder / "home", profile="live"))
    with pytest.MonkeyPatch.context() as smaller:
        for layout, lines in LINES.items():
            smaller.setitem(sample_site.LINES, layout, lines)
        sample_site.build_sample(folder / "1", 1)
        answer = sample_site.build_sample(folder / "2", 2)
    losses = LossesHome(built.home)
    losses.land(EARLY_PAGE, datetime(2022, 6, 1, 20, tzinfo=UTC))
    for night, as_of in (("1", FIRST_NIGHT), ("2", SECOND_NIGHT)):
        losses.land((folder / night / "oryx" / "russia.html").read_bytes(), parse_as_of(as_of))
        for path in sorted((folder / night / "customs").rglob("*")):
            if path.suffix in {".csv", ".xlsx"} and (night == "1" or path.name.startswith("revision")):
                built.land(path, as_of)
    status, said = built.build()
    assert status == 0, said
    return Sample(built, answer)


def test_every_reimport_of_the_answer_is_found_in_its_tier(sample: Sample) -> None:
    superseding = sample.findings("superseded")[0].declaration_numbers
    for finding in sample.findings("reimport"):
        found = sample.rows(finding, "declaration_number, evidence_tier", "fct_reimports")
        expected = sorted(number for number in finding.declaration_numbers if number not in superseding)
        assert [number for number, _ in found] == expected, finding.trap
        # By tax numbers and plain names alone such a line may show in a lower tier.
        tiers = {finding.evidence_tier, "B"} if finding.needs == "names" else {finding.evidence_tier}
        assert {tier for _, tier in found} <= tiers, finding.trap


def test_nothing_but_the_answers_reimports_is_found(sample: Sample) -> None:
    expected = {
        number for finding in sample.findings("reimport", "superseded") for number in finding.declaration_numbers
    }
    found = {number for (number,) in sample.built.query("select declaration_number from marts.fct_reimports")}
    assert found <= expected


@pytest.mark.parametrize(
    ("trap", "reasons"),
    [
        ("railway_wagons", {"railway_wagon"}),
        ("tank_wagons", {"railway_wagon"}),
        ("fuel_tanks", {"fuel_tank"}),
        ("returned_packaging", {"packaging", "container"}),
        ("exhibition_goods", {"exhibition"}),
        ("leased_goods", {"lease"}),
        ("personal_effects", {"personal_effects"}),
        ("transit", {"transit"}),
        ("civil_own_product", {"no_military_link"}),
        ("false_friend_by_name_alone", {"no_military_link"}),
        # These raise no signal at all, so that nothing has to keep them out.
        ("sixty_elsewhere_in_box_37", set()),
        ("false_friends_with_sights", set()),
        ("foreign_goods_for_a_defence_maker", set()),
        ("hunting_sights_of_a_dealer", set()),
        ("exporter_acts_for_another", set()),
        ("exporter_cut_off", set()),
        ("tax_number_glued_to_the_partner", set()),
    ],
)
def test_trap_is_kept_out_for_its_reason(sample: Sample, trap: str, reasons: set[str]) -> None:
    findings = [finding for finding in sample.findings("kept_out") if finding.trap == trap]
    assert findings
    for finding in findings:
        assert sample.rows(finding, "*", "fct_reimports") == []
        assert len(sample.rows(finding, "1", "fct_customs_lines")) == len(finding.rows)
        kept_out = sample.rows(finding, "reason", "fct_reimport_exclusions")
        assert {reason for (reason,) in kept_out} == reasons
        assert len(kept_out) == (len(finding.rows) if reasons else 0)


def test_every_kept_out_trap_is_looked_at() -> None:
    (looked_at,) = (mark for mark in test_trap_is_kept_out_for_its_reason.pytestmark if mark.name == "parametrize")
    layouts = {*LINES, sample_site.MIRRORING_LAYOUT}
    assert {trap for trap, _ in looked_at.args[1]} == {
        trap.trap for trap in traps() if trap.verdict == "kept_out" and layouts & set(trap.layouts)
    }


def test_both_records_of_a_shipment_are_one_reimport(sample: Sample) -> None:
    (finding,) = sample.findings("mirror")
    assert sample.rows(finding, "*", "fct_reimports") == []
    found = sample.built.query(
        """
        select mirrors.declaration_number, russian.declaration_number, russian.line_number
        from marts.bridge_shipment_lines as bridge
        inner join marts.fct_customs_lines as mirrors on bridge.customs_line_id = mirrors.customs_line_id
        inner join marts.fct_customs_lines as russian on bridge.shipment_id = russian.customs_line_id
        where not bridge.is_leading
        order by all
        """
    )
    expected = zip(finding.declaration_numbers, finding.mirrors, strict=True)
    assert found == sorted((number, *russian) for number, russian in expected)
    assert sample.built.query("select count(*) from marts.fct_reimports where is_corroborated") == [(len(found),)]


def test_duplicates_stand_once_and_equal_rows_without_an_item_number_twice(sample: Sample) -> None:
    for finding in sample.findings("duplicate"):
        assert sample.rows(finding, "*", "fct_customs_lines") == []
    for finding in sample.findings("duplicate", "counted_twice", "new", "export"):
        declarations_standing = sample.built.query(
            "select count(distinct declaration_number) from marts.fct_customs_lines "
            f"where declaration_number in {(*finding.declaration_numbers, '')}"
        )
        assert declarations_standing == [(len(set(finding.declaration_numbers)),)], finding.trap
    for finding in sample.findings("counted_twice", "new", "export"):
        assert len(sample.rows(finding, "1", "fct_customs_lines")) == len(finding.rows), finding.trap


def test_unreadable_rows_are_in_no_mart(sample: Sample) -> None:
    for finding in sample.findings("quarantined"):
        assert sample.rows(finding, "*", "fct_customs_lines") == []


def test_superseding_statement_stands_with_its_figures_and_the_former_is_kept(sample: Sample) -> None:
    (finding,) = sample.findings("superseded")
    lines = sample.rows(finding, "quantity, value_usd, known_from, content_known_from", "fct_customs_lines")
    assert sum(line[0] for line in lines) == finding.quantity
    assert sum(line[1] for line in lines) == finding.value_usd
    assert {line[2:] for line in lines} == {(date(2023, 6, 1), date(2023, 6, 2))}
    assert sample.built.query(
        "select count(*), count(distinct customs_line_id), min(content_known_from), min(superseded_on) "
        "from marts.customs_lines_superseded"
    ) == [(2, 2, date(2023, 6, 1), date(2023, 6, 2))]
    assert len(sample.rows(finding, "1", "fct_reimports")) == 1


def test_press_cases_come_out_with_the_figures_that_were_printed(sample: Sample) -> None:
    cases = sample.built.query(
        """
        select
            importer_id, counterparty_country_code, list(distinct month(declared_on) order by month(declared_on)),
            list(cast(quantity as bigint) order by quantity desc), sum(value_usd)
        from marts.fct_reimports
        where
            record_kind = 'reconstructed' and evidence_tier = 'A' and year(declared_on) = 2022
            and is_own_product and is_declared_reimport and is_from_military_end_user
            and declared_return_reason = 'defect_claim'
        group by all
        order by all
        """
    )
    assert cases == [
        ("ru-inn-5022039177", "IN", [8, 11], [60, 40], Decimal(150_000)),
        ("ru-inn-6623029538", "MM", [12], [6775, 200], Decimal(24_000_000)),
    ]
    assert sample.built.query("select count(*) from marts.fct_reimports where record_kind = 'reconstructed'") == [(4,)]


def test_losses_of_a_family_that_no_page_counts_are_not_observed_instead_of_none(sample: Sample) -> None:
    columns = "losses_before, losses_90d_before, losses_365d_before, losses_undated, first_loss_on"
    assert sample.built.query(
        f"select distinct {columns} from marts.fct_reimport_loss_links where family = 'Igla'"
    ) == [(None,) * 5]
    assert sample.built.query(
        "select count(*) > 0, count(*) = count(losses_before), min(losses_before) > 0 "
        "from marts.fct_reimport_loss_links where family = 'T-72' and record_kind = 'reconstructed'"
    ) == [(True, True, True)]


def test_what_was_known_then_is_told_beside_what_is_known_now(sample: Sample) -> None:
    ((before, then_90d, then_365d, then),) = sample.built.query(
        "select distinct losses_before, losses_90d_before_known_then, losses_365d_before_known_then, "
        "losses_before_known_then from marts.fct_reimport_loss_links "
        "where family = 'T-72' and record_kind = 'reconstructed'"
    )
    assert (then_90d, then_365d, then) == (0, 2, 2)
    assert [(before,)] == sample.built.query(
        "select count(*) from marts.fct_equipment_losses where family = 'T-72' and lost_on < '2022-12-09' "
        "and side = 'russia' and withdrawn_on is null"
    )


def test_before_anyone_had_looked_nothing_was_known_of_losses(sample: Sample) -> None:
    ((links, known_then, known_now),) = sample.built.query(
        "select count(*), count(losses_before_known_then), count(losses_before) "
        "from marts.fct_reimport_loss_links where family = 'T-72' and declared_on < '2022-06-01'"
    )
    assert links > 0
    assert (known_then, known_now) == (0, links)


UNNUMBERED = {"ND": "99001000/010223/0000002", "G32": ""}
SECOND_ITEM = {"G32": "2", "G31_7": "3", "G46": "600"}
FILES = {
    # The second item stands twice; two lines without an item number say the same.
    "first.csv": ("2023-03-01", [{}, SECOND_ITEM, SECOND_ITEM, UNNUMBERED, UNNUMBERED]),
    "again.csv": ("2023-03-02", [SECOND_ITEM, UNNUMBERED, {"ND": "99001000/020223/0000003"}]),
    "revised.csv": ("2023-03-03", [{"G31_7": "7"}]),
    "revised_back.csv": ("2023-03-04", [{"G023": ""}]),
}


def land(home: CustomsHome, folder: Path, name: str) -> None:
    """Land one of the files."""
    as_of, lines = FILES[name]
    home.land(declarations(folder / name, *lines), as_of, "RU:import:2023-01-01:2023-03-31")


@pytest.fixture(scope="module")
def in_order(tmp_path_factory: pytest.TempPathFactory) -> CustomsHome:
    """The files landed in the order of their observation, built once, without any losses."""
    folder = tmp_path_factory.mktemp("in_order")
    home = CustomsHome(Home.open(folder / "home", profile="live"))
    for name in FILES:
        land(home, folder / "files", name)
    status, said = home.build()
    assert status == 0, said
    return home


def test_line_is_known_by_its_item_or_by_its_content_and_place(in_order: CustomsHome) -> None:
    first, second = date(2023, 3, 1), date(2023, 3, 2)
    assert in_order.query(
        "select declaration_number[-1:], line_number, quantity, known_from, content_known_from "
        "from marts.fct_customs_lines order by all"
    ) == [
        ("1", 1, Decimal(5), first, first),
        ("1", 2, Decimal(3), first, first),
        ("2", None, Decimal(5), first, first),
        ("2", None, Decimal(5), first, first),
        ("3", 1, Decimal(5), second, second),
    ]


def test_statement_that_is_taken_back_is_superseded_by_the_next_file(in_order: CustomsHome) -> None:
    assert in_order.query("select quantity, content_known_from, superseded_on from marts.customs_lines_superseded") == [
        (Decimal(7), date(2023, 3, 3), date(2023, 3, 4))
    ]


def test_files_in_any_order_one_by_one_and_twice_give_the_same_tables(in_order: CustomsHome, tmp_path: Path) -> None:
    home = CustomsHome(Home.open(tmp_path / "home", profile="live"))
    for name in ("revised.csv", "again.csv", "revised_back.csv", "first.csv"):
        land(home, tmp_path / "files", name)
        land(home, tmp_path / "files", name)
    status, said = home.build(tested=False)
    assert status == 0, said
    expected = in_order.exports(tmp_path / "in_order")
    found = home.exports(tmp_path / "out_of_order")
    assert {table for table, content in found.items() if content != expected[table]} == set()


def test_without_any_page_of_losses_no_number_of_losses_is_told(in_order: CustomsHome) -> None:
    assert in_order.query(
        "select family, count(*), count(losses_before), count(losses_undated), count(losses_before_known_then) "
        "from marts.fct_reimport_loss_links group by family"
    ) == [("T-72", 5, 0, 0, 0)]


DAMAGES = {
    "assert_every_bronze_line_is_resolved_exactly_once": "delete from marts.customs_lines_superseded",
    "assert_no_superseded_line_stands": (
        "update marts.fct_customs_lines set description = 'x' where content_known_from > known_from"
    ),
    "assert_no_line_is_known_before_it_was_observed": (
        "update marts.fct_customs_lines set known_from = '2023-01-01' where line_number = 2"
    ),
    "assert_namesakes_are_never_joined": (
        "update marts.fct_customs_lines set consignee_id = 'ru-inn-6623029538' where consignee_name like '%УВЗ-ТРАНС%'"
    ),
    "assert_no_excluded_line_is_a_reimport": "delete from marts.fct_reimport_exclusions where reason = 'transit'",
    "assert_every_reimport_has_its_evidence": (
        "update marts.fct_reimports set is_from_military_end_user = true where evidence_tier = 'C'"
    ),
    "assert_tiers_follow_from_the_signals": (
        "update marts.fct_reimports set evidence_tier = 'A' where evidence_tier = 'C'"
    ),
    "assert_own_products_name_no_other_maker": (
        "update marts.fct_reimports set manufacturer_id = 'ru-inn-7722307636' "
        "where is_own_product and importer_id = 'ru-inn-5022039177'"
    ),
    "assert_links_count_only_losses_before_the_declaration": (
        "update marts.fct_reimport_loss_links set losses_undated = losses_undated + 1"
    ),
    "assert_known_then_counts_only_what_was_recorded_by_that_day": (
        "update marts.fct_reimport_loss_links set losses_before_known_then = losses_before_known_then + 1"
    ),
    "assert_windows_nest": "update marts.fct_reimport_loss_links set losses_365d_before = losses_before + 1",
    "assert_no_data_is_not_zero": (
        "update marts.fct_reimport_loss_links set losses_undated = 0 where losses_undated is null"
    ),
}


def test_every_damage_is_seen_by_the_fact_that_guards_against_it(sample: Sample, tmp_path: Path) -> None:
    shutil.copytree(sample.built.home.root, tmp_path / "home", symlinks=True)
    damaged = CustomsHome(Home.open(tmp_path / "home", profile="live"))
    with duckdb.connect(str(build_database(damaged.home))) as connection:
        for damage in DAMAGES.values():
            assert connection.execute(damage).fetchall()[0][0] > 0, damage
    status, said = damaged.check_facts()
    assert status != 0
    assert {fact for fact in DAMAGES if f"Failure in test {fact}" in said} == set(DAMAGES)
