"""A reseller from a covert visit to the last lift, in a real browser: bureau, reseller, host carrier, second person."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from tests.journeys.conftest import Demonstration

pytestmark = pytest.mark.journey

SHOTS = os.environ.get("HAODUN_SHOTS")
"""A folder for pictures of each station; none are taken without it."""
Enter = Callable[..., Page]


def shot(page: Page, name: str) -> None:
    """No wider than the window at 1440 and 360; pictures where a folder is given."""
    page.wait_for_load_state("load")
    for width, theme in ((1440, "light"), (1440, "dark"), (360, "light")):
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (name, width)
        if SHOTS:
            page.screenshot(path=f"{SHOTS}/reseller-{name}-{width}-{theme}.png", full_page=True)
    page.set_viewport_size({"width": 1440, "height": 900})


def inspect(page: Page) -> str:
    """The bureau records a covert visit and gives notice; the address of the case."""
    page.goto("/resellers/new/")
    page.select_option("[name=reseller]", label="转售企业A")
    page.select_option("[name=host]", index=1)
    page.check("[name=way][value=covert]")
    page.fill("[name=size]", "1000")
    page.fill("[name=compliant]", "913")
    page.fill("[name=evidence]", "暗访网点 12 处，影像 7-31")
    shot(page, "form")
    page.click("main form button.button-main")
    expect(page.locator("main")).to_contain_text("91.30%")
    expect(page.locator("#verb-clear button")).to_be_disabled()
    page.locator("#verb-notify button").click()
    expect(page.locator(".page-note")).to_contain_text("限期整改")
    return page.url


def decide(page: Page, address: str, verb: str, password: str) -> None:
    """A step that asks for a second proof of who it is, once a session."""
    page.goto(address)
    if page.locator(f"#verb-{verb} a").count():
        page.locator(f"#verb-{verb} a").click()
        page.wait_for_url("**/sudo/**")
        page.fill("main input[type=password]", password)
        page.press("main input[type=password]", "Enter")
        page.wait_for_url("**/resellers/**")
    page.fill(f"#reason-{verb}", "复查仍不合规")
    page.locator(f"#verb-{verb} button").click()


def prove(reseller: Page, officer: Page, address: str, compliant: str) -> None:
    """The reseller sends a proof, the bureau re-checks it."""
    reseller.goto(address)
    reseller.fill("[name=words]", "已补登全部档案，材料 3 份")
    reseller.click("main form[action$='/proof/'] button")
    expect(reseller.locator("main")).to_contain_text("待复查")
    officer.goto(address)
    officer.locator("summary", has_text="登记复查").click()
    officer.fill("[name=size]", "1000")
    officer.fill("[name=compliant]", compliant)
    officer.fill("[name=evidence]", "复查档案批次 8")
    officer.locator("main details form button").click()
    expect(officer.locator("main")).to_contain_text(f"合规 {int(compliant):,} 份")


def test_from_the_covert_visit_to_the_lift(demonstration: Demonstration, enter: Enter) -> None:
    officer, reseller, approver = enter("bureau-officer"), enter("reseller-officer"), enter("bureau-approver")
    reseller.goto("/resellers/")
    expect(reseller.locator("main")).to_contain_text("这里没有检查")
    address = inspect(officer)
    assert officer.locator("#verb-stop_supply").count() == 0, "an officer does not stop"
    reseller.goto("/resellers/")
    shot(reseller, "queue")
    reseller.click("a.queue-link")
    expect(reseller.locator(".page-note")).to_contain_text("限期整改")
    shot(reseller, "notice")
    password = demonstration.passwords["bureau-approver"]
    decide(approver, address, "stop_supply", password)
    expect(approver.locator(".page-note")).to_contain_text("决定停止供号")
    decide(approver, address, "stop_users", password)
    expect(approver.locator(".page-note")).to_contain_text("停止发展新用户")
    prove(reseller, officer, address, "990")
    expect(officer.locator("#verb-lift_users button")).to_be_disabled()
    shot(officer, "short")
    prove(reseller, officer, address, "1000")
    officer.locator("#verb-lift_users button").click()
    expect(officer.locator(".page-note")).to_contain_text("已停止供号")
    expect(officer.locator("#verb-lift_supply button")).to_be_disabled()
    prove(reseller, officer, address, "1000")
    officer.locator("#verb-lift_supply button").click()
    expect(officer.locator(".page-note")).to_contain_text("整改完成")
    shot(officer, "ended")
