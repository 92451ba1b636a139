"""Take the picture of Airflow's asset graph for docs/airflow.md.

Needs Airflow up on a home where a night has run (`make nightly && make up`) and a Chromium on the PATH:
``python docs/images/airflow_assets.py [--home H]`` writes ``airflow-assets.png`` beside this file.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

import httpx
from playwright.sync_api import Page, sync_playwright

from boomerang.home import Home
from boomerang.orchestration.environment import open_home
from boomerang.orchestration.standalone import find, login

PICTURE = Path(__file__).with_name("airflow-assets.png")
SIZE = {"width": 1900, "height": 620}


def main(home: Home) -> None:
    """Log in, open the asset ``release`` and photograph the flow that leads to it."""
    running = find(home)
    if running is None:
        sys.exit(f"Airflow is not up on {home.root}: make up")
    user, password = login(home)
    asset = _asset_number(running.address, user, password)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport=SIZE, color_scheme="light", locale="en-GB", timezone_id="UTC")
        page.goto(running.address)
        page.locator("input[name=username]").fill(user)
        page.locator("input[name=password]").fill(password)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{running.address}/")
        page.goto(f"{running.address}/assets/{asset}")
        _show_data_flow(page)
        page.screenshot(path=PICTURE)
        browser.close()


def _asset_number(address: str, user: str, password: str) -> int:
    token = httpx.post(f"{address}/auth/token", json={"username": user, "password": password}, trust_env=False)
    found = httpx.get(
        f"{address}/api/v2/assets",
        params={"name_pattern": "release"},
        headers={"Authorization": f"Bearer {token.raise_for_status().json()['access_token']}"},
        trust_env=False,
    )
    return int(found.raise_for_status().json()["assets"][0]["id"])


def _show_data_flow(page: Page) -> None:
    """Switch the graph from what starts what to what is made of what, and wait until it is drawn."""
    page.get_by_text("Task Dependencies").click()
    page.get_by_text("landing_oryx_russia").first.wait_for()
    page.locator(".react-flow__controls-fitview").click()
    page.wait_for_timeout(2000)  # the graph glides into place


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home")
    main(open_home(parser.parse_args().home))
