"""The pages in a real browser: no finding of axe, nothing wider than the screen, focus seen, looks that end."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from haodun.console.middleware import POLICY

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from tests.console.conftest import Cast

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
NODES = 2_500
OpenPage = Callable[..., "Page"]


def findings(page: Page) -> list[str]:
    """What axe finds under WCAG 2.2 AA, one line a place."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options=RULES)
    return [
        f"{one['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
        for one in found.response["violations"]
        for node in one["nodes"]
    ]


def state_purpose(page: Page) -> None:
    page.goto("/purpose/")
    page.locator("select").select_option("order_check")
    page.locator("main form button.button-main").click()
    page.wait_for_load_state()


@pytest.mark.journey
@pytest.mark.parametrize("width", [1440, 360])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(
    open_page: OpenPage, seen: Cast, theme: str, width: int
) -> None:
    lang = "en" if width == 360 else "zh-hans"
    page = open_page(seen.officer, theme=theme, lang=lang, width=width)
    state_purpose(page)
    places = ["/", "/parts/", "/search/", "/search/?q=Jiangsu", f"/numbers/{seen.subject}/?range=all", "/sudo/",
              "/accounts/2fa/", "/nothing/"]  # fmt: skip
    for place in places:
        page.goto(place)
        assert not findings(page), place
        assert page.evaluate("document.documentElement.scrollWidth") <= width, place
        assert page.evaluate("document.querySelectorAll('*').length") <= NODES, place
        assert page.locator("h1").count() == 1, place
    stranger = open_page(None, theme=theme, lang=lang, width=width)
    stranger.goto("/accounts/login/")
    assert not findings(stranger)
    assert stranger.evaluate("document.documentElement.scrollWidth") <= width


def test_a_first_load_makes_at_most_six_requests_and_a_later_page_one(open_page: OpenPage, seen: Cast) -> None:
    page = open_page(seen.officer)
    asked: list[str] = []
    policies: set[str | None] = set()
    page.on("requestfinished", lambda request: asked.append(request.url))
    page.on("response", lambda answer: policies.add(answer.headers.get("content-security-policy")))
    page.goto("/search/", wait_until="networkidle")
    assert 1 < len(asked) <= 6, asked
    assert policies == {POLICY}
    page.goto("/", wait_until="networkidle")
    fresh = page.evaluate(
        "performance.getEntriesByType('resource')"
        ".filter(one => one.transferSize > 0 && !one.name.startsWith('data:')).map(one => one.name)"
    )
    assert fresh == []


def test_the_focus_is_seen_on_every_stop_of_the_keyboard(open_page: OpenPage, seen: Cast) -> None:
    page = open_page(seen.officer)
    page.goto("/search/")
    stops = set()
    for _ in range(80):
        page.keyboard.press("Tab")
        stop = page.evaluate(
            """() => { const at = document.activeElement, look = getComputedStyle(at),
            around = getComputedStyle(at.closest('.find') || at)
            return [at.tagName + ' ' + (at.className || at.name),
             (look.outlineStyle !== 'none' && parseFloat(look.outlineWidth) >= 2) || around.boxShadow !== 'none']}"""
        )
        if stop[0].startswith("BODY"):
            break
        assert stop[1], stop[0]
        stops.add(stop[0])
    assert len(stops) >= 8


def test_from_the_search_box_to_the_full_number_and_back_behind_the_mask(open_page: OpenPage, seen: Cast) -> None:
    page = open_page(seen.officer)
    page.clock.install()
    page.goto("/")
    page.keyboard.press("/")
    page.keyboard.type("171 2345 8306")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="指令核查").last.click()
    page.wait_for_url("**/numbers/**")
    assert "2345" not in page.content()
    page.get_by_role("button", name="显示全号").click()
    shown = page.locator(".number-shown")
    shown.wait_for()
    assert shown.inner_text().replace("\n", "") == "17123458306"
    page.clock.run_for(61_000)
    page.locator(".number-masked").first.wait_for()
    assert "2345" not in page.content()
    assert "8306" not in page.url
    assert "8306" not in page.title()


def test_ticked_rows_are_counted_with_what_they_contain(open_page: OpenPage, seen: Cast) -> None:
    page = open_page(None)
    page.goto("/parts/")
    bar = page.locator("#queue .bulk")
    assert bar.is_hidden()
    page.locator("#queue tbody [type=checkbox]").nth(0).check()
    page.locator("#queue tbody [type=checkbox]").nth(2).check()
    assert "已选 2 件，67 个号码" in bar.inner_text()
    page.get_by_role("button", name="取消选择").click()
    assert bar.is_hidden()


def test_the_button_of_an_approval_waits_for_its_boxes_and_says_why(open_page: OpenPage, seen: Cast) -> None:
    page = open_page(None)
    page.goto("/parts/")
    form = page.locator("#approval form")
    button = form.locator("[data-waits]")
    assert button.is_disabled()
    assert "还差 2 项确认" in form.locator("[data-why]").inner_text()
    for box in form.locator("[data-confirm]").all():
        box.check()
    assert button.is_enabled()


def test_province_tiles_are_walked_with_the_arrows(open_page: OpenPage, seen: Cast) -> None:
    page = open_page(None)
    page.goto("/parts/")
    page.locator(".tile[data-row='4'][data-column='4']").focus()
    places = []
    for key in ("ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp"):
        page.keyboard.press(key)
        places.append(page.evaluate("[document.activeElement.dataset.row, document.activeElement.dataset.column]"))
    assert places == [["4", "5"], ["5", "5"], ["5", "4"], ["4", "4"]]
