"""A 400 number of the existing base: the carrier registers it, the bureau finds a defect, the carrier mends it.

A carrier's compliance officer and a bureau's officer, each in a browser of their own (RULES.md W2a; 452号 art. 6, 7).
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.journey

SHOTS = os.environ.get("HAODUN_SHOTS")
"""A folder for pictures of each station; none are taken without it."""
Enter = Callable[..., Page]
APPLICANT = "南京同仁食品有限公司"
FIELDS = {
    "number": "400-888-1234", "applicant": APPLICANT, "uscc": "913201000000000091", "legal_name": "王建国",
    "legal_document": "11010519491231002X", "handler_name": "李小红", "handler_document": "440524188001010014",
    "use": "客户服务热线", "landing": "025-8312 3456", "existing_since": "2016-03-01",
}  # fmt: skip


def shot(page: Page, name: str) -> None:
    """The page at 1440 light and dark, and at 360."""
    for width, theme in ((1440, "light"), (1440, "dark"), (360, "light")):
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (name, width)
        if SHOTS:
            page.screenshot(path=f"{SHOTS}/key-service-{name}-{width}-{theme}.png", full_page=True)
    page.set_viewport_size({"width": 1440, "height": 900})


def register(carrier: Page) -> str:
    """The whole form, once with a number that is none; the address of the service's page."""
    carrier.goto("/key-services/")
    carrier.get_by_role("link", name="登记存量", exact=True).click()
    carrier.select_option("[name=kind]", "400")
    for name, value in FIELDS.items():
        carrier.fill(f"[name={name}]", "1391234" if name == "number" else value)
    shot(carrier, "form")
    carrier.locator("main form button.button-main").click()
    expect(carrier.locator(".errors")).to_contain_text("业务号码")
    carrier.fill("[name=number]", FIELDS["number"])
    carrier.locator("main form button.button-main").click()
    expect(carrier.locator("h1")).to_have_text(APPLICANT)
    return carrier.url


def prove(carrier: Page) -> None:
    """The landing number is called, and its holder says the code back."""
    carrier.click("button:has-text('回拨')")
    spoken = re.search(r"验证码 ([0-9]{6})", carrier.locator(".flag-info").inner_text())
    assert spoken is not None
    carrier.fill("[name=code]", spoken[1])
    carrier.click("button:has-text('核对')")
    expect(carrier.locator("main")).to_contain_text("回拨通过")


def step(page: Page, address: str, name: str, *, reason: str = "", choice: str = "") -> None:
    """One verb of the service's page."""
    page.goto(address)
    if reason:
        page.fill(f"#reason-{name}", reason)
    if choice:
        page.select_option(f"#verb-{name} select", choice)
    page.locator(f"#verb-{name} button").click()


def test_a_defect_is_found_ordered_away_mended_and_accepted(enter: Enter) -> None:
    carrier = enter("carrier-compliance")
    address = register(carrier)
    expect(carrier.locator("main")).not_to_contain_text("8312 3456")
    expect(carrier.locator("main")).not_to_contain_text("王建国")
    bureau = enter("bureau-officer")
    bureau.goto("/key-services/?tab=all")
    bureau.click(f"text={APPLICANT}")
    assert bureau.url == address, "the bureau reads what its carriers registered"
    step(bureau, address, "flag", reason="拨打后转接到外省手机", choice="use_differs")
    expect(bureau.locator(".page-note")).to_contain_text("用途与登记不符")
    step(bureau, address, "order_rectification")
    expect(bureau.locator(".page-note")).to_contain_text("整改")
    shot(bureau, "ordered")
    carrier.goto("/key-services/?tab=all")
    carrier.click(f"text={APPLICANT}")
    prove(carrier)
    step(carrier, address, "rectify", reason="已改回登记的落地号码")
    shot(carrier, "rectified")
    expect(carrier.locator("#verb-accept button")).to_be_disabled()
    step(bureau, address, "accept")
    expect(bureau.locator(".page-note")).to_contain_text("在用")
    expect(bureau.locator(".page-note")).not_to_contain_text("用途与登记不符")
    shot(bureau, "accepted")
    stranger = enter("enterprise", lands="/trusted/mine/")
    assert stranger.request.get(address).status == 404, "an enterprise reads no other's service"
