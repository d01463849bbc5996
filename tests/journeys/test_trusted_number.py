"""A trusted number from application to revocation: a real browser, a real edge, two clerks, the directory.

The enterprise applies, one clerk checks the evidence, another approves; the edge shows the name; the centre revokes,
and the name is gone.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.journeys.conftest import Demonstration

from haodun.lab.calling import call

pytestmark = pytest.mark.journey

NUMBER, CALLEE = "+862588110001", "+8613900001234"
LABELS = {"licence": "营业执照", "numbers": "号码使用证明", "authorisation": "经办人授权书"}
SHOTS = os.environ.get("HAODUN_SHOTS")
"""A folder for pictures of each station; none are taken without it."""
Enter = Callable[..., Page]


def shot(page: Page, name: str) -> None:
    """The page at 1440 light and dark, and at 360."""
    if not SHOTS:
        return
    page.wait_for_load_state("load")
    for width, theme in ((1440, "light"), (1440, "dark"), (360, "light")):
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (name, width)
        page.screenshot(path=f"{SHOTS}/trusted-{name}-{width}-{theme}.png", full_page=True)
    page.set_viewport_size({"width": 1440, "height": 900})


def shown(port: int) -> str:
    """What the called telephone would show for a call from the number: '' for no name."""
    said = call(NUMBER, CALLEE, host="127.0.0.1", port=port)
    assert said.status == 302
    found = re.match(r'"([^"]*)"', "".join(said.header("P-Asserted-Identity")))
    return found[1] if found else ""


def comes_to_show(port: int, name: str) -> None:
    """Wait until the edge has the new snapshot."""
    for _ in range(600):
        if shown(port) == name:
            return
        time.sleep(0.1)
    raise AssertionError(f"the edge did not come to show {name!r}; it shows {shown(port)!r}")


def code_spoken(data: Path) -> str:
    """What the operator's sender would say to the number."""
    outbox = data / "messages" / "outbox.jsonl"
    for _ in range(600):
        lines = outbox.read_text(encoding="utf-8").splitlines() if outbox.exists() else []
        said = [json.loads(line) for line in lines if '"trusted:call_back"' in line]
        if said:
            assert (said[-1]["to"], said[-1]["mode"]) == (NUMBER, "spoken")
            found = re.search("[0-9]{6}", said[-1]["text"])
            assert found is not None
            return found[0]
        time.sleep(0.1)
    raise AssertionError("no code was handed over")


def apply(page: Page, data: Path, tmp_path: Path) -> str:
    """The whole application; the address of its page."""
    expect(page.locator("h1")).to_have_text("我的号码")
    shot(page, "mine-empty")
    page.click("text=申请可信号码")
    page.fill("[name=numbers]", "(025) 8811-0001")
    shot(page, "numbers")
    page.click("main form button.button-main")
    page.fill("[name=zh]", "中国银行")
    page.fill("[name=en]", "Courier A")
    page.click("main form button.button-main")
    expect(page.locator(".errors")).to_contain_text("中国")
    shot(page, "name-refused")
    page.fill("[name=zh]", "速递A配送")
    page.click("main form button.button-main")
    page.check("[name=purpose][value=delivery]")
    page.fill("[name=words]", "派送前与收件人联系")
    shot(page, "purpose")
    page.click("main form button.button-main")
    page.fill("[name=trunks]", "demo")
    page.click("main form button.button-main")
    paper = tmp_path / "licence.pdf"
    for kind in ("licence", "numbers", "authorisation"):
        paper.write_bytes(b"%PDF-1.7\n" + kind.encode() + b"\n%%EOF\n")
        page.check(f"[name=kind][value={kind}]")
        page.set_input_files("[name=file]", paper)
        page.locator("main form[enctype] button").click()
        expect(page.locator("main .plain-list")).to_contain_text(LABELS[kind])
    expect(page.locator("main")).to_contain_text("材料齐了")
    shot(page, "papers")
    page.click("text=材料齐了，核对后提交")
    expect(page.locator("h1")).to_have_text("核对后提交")
    shot(page, "check")
    page.click("text=提交申请")
    expect(page.locator(".page-note")).to_contain_text("待核验")
    page.click("text=发送核验码")
    page.fill("[name=code]", code_spoken(data))
    page.locator("main form button.button-main").click()
    expect(page.locator("main")).to_contain_text("已核验")
    shot(page, "applied")
    return page.url


def step(page: Page, address: str, name: str) -> None:
    page.goto(address)
    shot(page, f"before-{name}")
    page.locator(f"#verb-{name} button").click()


def test_from_application_to_the_name_on_the_telephone_and_away(
    demonstration: Demonstration, enter: Enter, tmp_path: Path
) -> None:
    assert shown(demonstration.sip) == ""
    owner = enter("enterprise", lands="/trusted/mine/")
    address = apply(owner, demonstration.data, tmp_path)
    clerk = enter("association-clerk")
    clerk.goto("/trusted/")
    shot(clerk, "desk")
    step(clerk, address, "check")
    expect(clerk.locator(".page-note")).to_contain_text("待批准")
    expect(clerk.locator("#verb-approve button")).to_be_disabled()
    step(enter("association-clerk-b"), address, "approve")
    comes_to_show(demonstration.sip, "速递A配送")
    owner.goto("/trusted/mine/")
    expect(owner.locator(".page-note")).to_have_text("1 个号码都有效，没有被标记。")
    shot(owner, "mine")
    anyone = enter()
    anyone.goto("/directory/")
    anyone.fill("[name=number]", "025-88110001")
    anyone.locator("main form button").click()
    expect(anyone.locator(".portal-receipt")).to_contain_text("速递A配送")
    shot(anyone, "directory")
    clerk.goto(address)
    clerk.fill("#reason-revoke", "号码已转让")
    clerk.fill("#remedy-revoke", "由新用户重新申请")
    clerk.locator("#verb-revoke button").click()
    expect(clerk.locator(".page-note")).to_contain_text("已撤销")
    comes_to_show(demonstration.sip, "")
    owner.goto(address)
    expect(owner.locator("main")).to_contain_text("由新用户重新申请")
    shot(owner, "revoked")
    anyone.fill("[name=number]", "025-88110001")
    anyone.locator("main form button").click()
    expect(anyone.locator(".portal-receipt")).to_contain_text("目录里没有这个号码")
    checked = demonstration.command(
        "manage", "verify_directory", str(demonstration.data / "directory"),
        "--key", str(demonstration.data / "keys" / "directory.pub"),
    )  # fmt: skip
    assert checked.returncode == 0, checked.stderr
    assert ": 0 numbers" in checked.stdout
