from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from typer.testing import CliRunner

from boomerang.cli.main import app
from boomerang.sources.specification import specifications
from boomerang_cli import boomerang

VERBS = [
    "nightly", "pull", "ingest", "accept", "retract", "build", "check", "publish", "quarantine", "releases", "diff",
    "sql", "sources", "layouts", "layout", "models", "synthesise", "docs",
]  # fmt: skip


SUB_COMMANDS = {"layout": ["try"], "models": ["unmapped"]}


def test_help_names_every_verb_and_each_takes_home_and_json() -> None:
    def shown(*arguments: str) -> str:
        return CliRunner().invoke(app, [*arguments, "--help"], env={"COLUMNS": "100"}).stdout

    assert [verb for verb in VERBS if not re.search(rf"\b{verb}\b", shown())] == []
    for verb in VERBS:
        options = shown(verb, *SUB_COMMANDS.get(verb, []))
        assert "--home" in options, verb
        assert "--json" in options, verb


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["frobnicate"], "No such command"),
        (["pull", "nonsense"], f"known sources: {', '.join(specifications())}"),
        (["nightly", "--date", "31.02.2023"], "yyyy-mm-dd"),
        (["nightly", "--date", "2999-01-01"], "has not come yet"),
        (["nightly", "--profile", "nonsense"], "--profile sample or live"),
        (["ingest", "/nowhere.csv"], "nowhere.csv"),
        (["publish"], "boomerang build"),
        (["check"], "boomerang build"),
        (["sql", "select 1"], "boomerang nightly"),
        (["releases", "pin", "nonsense"], "boomerang releases"),
        (["diff", "one", "other"], "boomerang releases"),
        (["retract", "nothing.csv", "--why", "it is wrong"], "nothing.csv"),
        (["retract", "nothing.csv", "--why", "x", "--observed-at", "yesterday"], "yesterday"),
        (["pull", "oryx_russia", "--since", "2023-01-01"], "--since"),
        (["models", "unmapped"], "boomerang nightly"),
    ],
)
def test_a_mistake_is_a_message_with_what_to_do_and_exit_2(tmp_path: Path, arguments: list[str], said: str) -> None:
    run = boomerang(*arguments, home=tmp_path)
    assert run.returncode == 2, run.stderr
    assert said in " ".join(run.stderr.split())
    assert "Traceback" not in run.stderr


def test_a_source_that_does_not_answer_exits_3_and_is_on_record(tmp_path: Path) -> None:
    run = boomerang("pull", "oryx_russia", home=tmp_path, BOOMERANG_ORYX_RUSSIA_URL="http://127.0.0.1:9/page.html")
    assert run.returncode == 3, run.stderr
    assert "the last good observation stands" in run.stderr
    failures = json.loads(boomerang("quarantine", "--json", home=tmp_path).stdout)["files"]
    assert [item["source"] for item in failures] == ["oryx_russia"]


def test_a_page_that_is_not_the_page_is_refused_and_shown(tmp_path: Path, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/page.html").respond_with_data("<html><body>Just a moment...</body></html>")
    address = httpserver.url_for("/page.html")
    run = boomerang("pull", "oryx_russia", home=tmp_path, BOOMERANG_ORYX_RUSSIA_URL=address)
    assert run.returncode == 3
    shown = boomerang("quarantine", home=tmp_path).stdout
    assert "wrong_page" in shown
    assert not list((tmp_path / "landing").glob("*/*/*"))


def test_a_customs_file_that_is_none_is_refused_with_the_known_layouts(tmp_path: Path) -> None:
    (tmp_path / "prices.csv").write_text("fruit;price\napple;1\n")
    run = boomerang("ingest", tmp_path / "prices.csv", home=tmp_path / "home")
    assert run.returncode != 0
    assert "russia_declaration_fields" in run.stderr
    assert "Traceback" not in run.stderr


def test_answers_for_programs_are_json_alone(tmp_path: Path) -> None:
    sources = json.loads(boomerang("sources", "--json", home=tmp_path).stdout)
    assert {item["name"] for item in sources} == set(specifications())
    assert all(item["licence"] for item in sources)
    layouts = json.loads(boomerang("layouts", "--json", home=tmp_path).stdout)
    assert {"russia_import_full", "russia_export_full", "russia_declaration_fields"} <= {
        item["name"] for item in layouts
    }
    assert json.loads(boomerang("releases", "--json", home=tmp_path).stdout) == []


def test_a_layout_can_be_tried_before_anything_is_taken(tmp_path: Path) -> None:
    boomerang("synthesise", tmp_path / "files", "--lines", "1000", home=tmp_path)
    made = next((tmp_path / "files" / "russia_declaration_fields").glob("*.csv"))
    run = boomerang("layout", "try", made, home=tmp_path)
    assert run.returncode == 0, run.stderr
    assert "russia_declaration_fields" in run.stdout
    assert not list((tmp_path / "landing").glob("*/*/*"))
