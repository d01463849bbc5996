"""Clusters in a real browser: found, taken up, dismissed by another person without script; axe, widths, themes."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from tests.registry.card_clusters.conftest import MINUTE, Planter
from tests.registry.conftest import NOW, Land
from tests.registry.key_services.conftest import cast_of

from haodun.offices.organisations.services import system
from haodun.registry.card_clusters.models import Cluster
from haodun.registry.card_clusters.services import look

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.journey
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
SHOTS = os.environ.get("HAODUN_SHOTS")
"""A folder for pictures of each page, for whoever wants to look."""


@pytest.fixture
def served(lasting_land: Land, monkeypatch: pytest.MonkeyPatch) -> Planter:
    monkeypatch.setattr(settings, "HAODUN_DEMO", True)
    with system():
        plant = Planter(cast_of(lasting_land))
        plant.gang(6)
        plant.many(12, apart=2 * MINUTE, address="南京市某路 9 号 301 室", device="35209900176148", agent="B7")
        look(NOW)
    return plant


def examine(page: Page, name: str, width: int) -> list[str]:
    """What is wrong with the page as it stands."""
    from axe_playwright_python.sync_playwright import Axe

    wrong = [f"{name}: {one['id']}" for one in Axe().run(page, options=RULES).response["violations"]]
    if page.evaluate("document.documentElement.scrollWidth") > width:
        wrong.append(f"{name}: wider than {width}")
    if page.locator("h1").count() != 1:
        wrong.append(f"{name}: no single h1")
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"clusters-{name}-{width}.png"), full_page=True)
    return wrong


@pytest.mark.parametrize(
    ("theme", "lang", "width"), [("light", "zh-hans", 1440), ("dark", "zh-hans", 1440), ("light", "en", 360)]
)
def test_from_the_queue_to_the_sheet_and_axe_finds_nothing(
    open_page: Callable[..., Page], served: Planter, theme: str, lang: str, width: int
) -> None:
    shop = open_page(served.cast.people["shop"], theme=theme, lang=lang, width=width)
    shop.goto("/clusters/")
    wrong = examine(shop, f"queue-{theme}", width)
    assert shop.locator("table.queue tbody tr").count() == 2
    shop.click("table.queue a.queue-link >> nth=0")
    shop.locator("#verb-review button").click()
    wrong += examine(shop, f"cluster-{theme}", width)
    assert shop.locator("#verb-confirm button").is_disabled(), "who took it up does not confirm"
    checker = open_page(served.cast.people["checker"], theme=theme, lang=lang, width=width, script=False)
    checker.goto(shop.url)
    assert checker.locator("main svg[role=img] circle").count() > 0, "the graph needs no script"
    checker.fill("#reason-dismiss", "维修店测试机")
    checker.locator("#verb-dismiss button").click()
    with system():
        assert sorted(Cluster.objects.values_list("state", flat=True)) == ["DISMISSED", "FOUND"]
    assert not wrong, "\n".join(wrong)
