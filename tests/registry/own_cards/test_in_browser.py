"""一证通查 in a real browser: a person without script asks, the clerk's pages say nothing, one message goes out."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from tests.registry.conftest import Land
from tests.registry.own_cards.conftest import FIRST, MINE, furnished

from haodun.offices.jobs.services import drain
from haodun.offices.organisations.services import system
from haodun.registry.outgoing.services import NAME
from haodun.registry.own_cards.models import CardQuestion

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.journey
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
SHOTS = os.environ.get("HAODUN_SHOTS")
"""A folder for pictures of each page, for whoever wants to look."""


@pytest.fixture
def served(lasting_land: Land, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Land:
    monkeypatch.setattr(settings, "HAODUN_DEMO", True)
    monkeypatch.setattr(settings, "HAODUN_DATA", tmp_path)
    return furnished(lasting_land)


def fill(page: Page, number: int) -> None:
    page.select_option("[name=kind]", "resident")
    page.fill("[name=document]", MINE.number.lower())
    page.fill("[name=number]", str(number)[2:])
    page.click("main form button.button-main")


def look(page: Page, name: str, width: int) -> list[str]:
    """What is wrong with the page as it stands."""
    from axe_playwright_python.sync_playwright import Axe

    wrong = [f"{name}: {one['id']}" for one in Axe().run(page, options=RULES).response["violations"]]
    if page.evaluate("document.documentElement.scrollWidth") > width:
        wrong.append(f"{name}: wider than {width}")
    if page.locator("h1").count() != 1:
        wrong.append(f"{name}: no single h1")
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"cards-{name}-{width}.png"), full_page=True)
    return wrong


def test_a_person_asks_without_script_and_one_message_goes_out(
    open_page: Callable[..., Page], served: Land, tmp_path: Path
) -> None:
    person = open_page(script=False, width=360)
    for number in (FIRST + 5, FIRST):
        person.goto("/cards/")
        fill(person, number)
        assert person.url.endswith("/cards/asked/")
        assert "查询已受理" in person.locator("h1").inner_text()
    clerk = open_page(served.owner)
    clerk.goto("/cards/desk/new/")
    fill(clerk, FIRST + 1)
    assert "已受理" in clerk.locator("body").inner_text()
    assert clerk.locator("table.queue tbody tr").count() == 3
    clerk.click("table.queue a.queue-link >> nth=0")
    clerk.locator("#verb-answer button").click()
    assert "已办理" in clerk.locator(".page-note").inner_text()
    drain()
    lines = (tmp_path / NAME).read_text(encoding="utf-8").splitlines()
    assert len([line for line in lines if "cards:counts" in line and "共 3 张" in line]) == 1
    with system():
        assert set(CardQuestion.objects.values_list("state", flat=True)) == {"ANSWERED"}


@pytest.mark.parametrize(
    ("theme", "lang", "width"), [("light", "zh-hans", 1440), ("dark", "zh-hans", 1440), ("light", "en", 360)]
)
def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(
    open_page: Callable[..., Page], served: Land, theme: str, lang: str, width: int
) -> None:
    wrong: list[str] = []
    person = open_page(theme=theme, lang=lang, width=width)
    person.goto("/cards/")
    wrong += look(person, f"ask-{theme}", width)
    person.click("main form button.button-main")
    wrong += look(person, f"errors-{theme}", width)
    fill(person, FIRST)
    wrong += look(person, f"asked-{theme}", width)
    clerk = open_page(served.owner, theme=theme, lang=lang, width=width)
    clerk.goto("/cards/desk/")
    wrong += look(clerk, f"desk-{theme}", width)
    clerk.click("a.queue-link")
    wrong += look(clerk, f"question-{theme}", width)
    clerk.goto("/cards/desk/new/")
    wrong += look(clerk, f"new-{theme}", width)
    assert not wrong, "\n".join(wrong)
