"""A policy from an error in the editor to the edges and back, in a real browser: an engineer and an approver."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from tests.journeys.conftest import Demonstration

pytestmark = pytest.mark.journey

SHOTS = os.environ.get("HAODUN_SHOTS")
"""A folder for pictures of each station; none are taken without it."""
Enter = Callable[..., Page]
WRONG = ("action: BLOCK", "action: BLOK")
"""What the engineer mistypes."""


def shot(page: Page, name: str) -> None:
    """No wider than the window at 1440 and 360; pictures where a folder is given."""
    page.wait_for_load_state("load")
    for width, theme in ((1440, "light"), (1440, "dark"), (360, "light")):
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (name, width)
        if SHOTS:
            page.screenshot(path=f"{SHOTS}/policy-{name}-{width}-{theme}.png", full_page=True)
    page.set_viewport_size({"width": 1440, "height": 900})


def decide(page: Page, address: str, verb: str, password: str, *, reason: str = "") -> None:
    """A step that asks for a second proof of who it is, once a session."""
    page.goto(address)
    if page.locator(f"#verb-{verb} a").count():
        page.locator(f"#verb-{verb} a").click()
        page.wait_for_url("**/sudo/**")
        page.fill("main input[type=password]", password)
        page.press("main input[type=password]", "Enter")
        page.wait_for_url("**/policies/**")
    if reason:
        page.fill(f"#reason-{verb}", reason)
    page.locator(f"#verb-{verb} button").click()


def write(engineer: Page) -> str:
    """A draft whose error is shown with its place while it is typed, then mended; the revision's address."""
    engineer.goto("/policies/new/")
    engineer.fill("[name=why]", "网间来话先全部提示，不拦截")
    shot(engineer, "new")
    engineer.click("main form button.button-main")
    engineer.wait_for_url("**/edit/")
    text = engineer.input_value("[name=text]")
    wrong = text.replace(*WRONG, 1)
    line = next(number for number, one in enumerate(wrong.split("\n"), 1) if WRONG[1] in one)
    engineer.fill("[name=text]", wrong)
    expect(engineer.locator("#findings")).to_contain_text(f"第 {line} 行第 13 列")
    expect(engineer.locator("#findings mark")).to_have_text("B")
    shot(engineer, "error")
    engineer.fill("[name=text]", text.replace("action: BLOCK", "action: TIP"))
    expect(engineer.locator("#findings")).to_contain_text("个用例不通过")
    expect(engineer.locator("#findings")).to_contain_text("动作由 拦截 改为 提示")
    engineer.fill("[name=cases]", "")
    expect(engineer.locator("#findings")).to_contain_text("检查没有发现错误，但没有用例")
    engineer.click("main form button.button-main")
    engineer.wait_for_url(re.compile(r"/policies/[0-9a-f-]{36}/$"))
    return engineer.url


def compare(engineer: Page) -> None:
    """On the calls of the demonstration's run, as a job."""
    engineer.locator("#compared form button").click()
    expect(engineer.locator("#compared")).to_contain_text("通判定会变", timeout=60_000)
    expect(engineer.locator("#compared")).not_to_contain_text("其中 0 通")
    expect(engineer.locator("#compared")).to_contain_text("例子")
    assert not re.search(r"(?<![0-9])1[3-9][0-9]{9}", engineer.locator("#compared").inner_text())
    shot(engineer, "compared")


def policy_at_the_edge(demonstration: Demonstration, words: str, *, there: bool) -> None:
    """Wait until the newest published snapshot carries a text, or no longer does."""
    end = time.monotonic() + 60
    while True:
        folder = max((demonstration.data / "snapshots").glob("[0-9]*"), key=lambda path: int(path.name))
        policy = folder / "policy.yaml"
        if policy.is_file() and (words in policy.read_text(encoding="utf-8")) is there:
            return
        assert time.monotonic() < end, f"{policy} never came to be as published"
        time.sleep(0.2)


def test_from_an_error_in_the_editor_to_the_edges_and_back(demonstration: Demonstration, enter: Enter) -> None:
    engineer, approver = enter("carrier-engineer", lands="/edges/"), enter("bureau-approver")
    password = demonstration.passwords["bureau-approver"]
    engineer.goto("/policies/?tab=in_force")
    expect(engineer.locator("main")).to_contain_text("现行策略是站点的文件 cn")
    shot(engineer, "rules")
    address = write(engineer)
    compare(engineer)
    engineer.locator("#verb-submit button").click()
    expect(engineer.locator(".page-note")).to_contain_text("待复核")
    expect(engineer.locator("main a", has_text="修改文本")).to_have_count(0)
    approver.goto("/policies/?tab=approve")
    shot(approver, "queue")
    approver.locator("main a", has_text="第 1 版").click()
    approver.wait_for_url(address)
    expect(approver.locator(".diff-cut").first).to_contain_text("BLOCK")
    decide(approver, address, "approve", password)
    shot(approver, "approved")
    decide(approver, address, "publish", password)
    expect(approver.locator(".page-note")).to_contain_text("现行")
    policy_at_the_edge(demonstration, "action: BLOCK", there=False)
    approver.reload()
    expect(approver.locator(".page-note")).to_contain_text("快照")
    decide(approver, address, "roll_back", password, reason="提示太多，投诉增加")
    expect(approver.locator("h1")).to_have_text("策略第 2 版")
    policy_at_the_edge(demonstration, "action: BLOCK", there=True)
    approver.goto("/policies/?tab=history")
    expect(approver.locator("main tbody tr .queue-link")).to_have_text(["第 2 版", "第 1 版"])
    shot(approver, "history")
    reseller = enter("reseller-officer")
    assert reseller.request.get(address).status == 403, "a reseller reads no policy"
