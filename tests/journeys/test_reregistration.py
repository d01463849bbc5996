"""A campaign of re-registration in a real browser: planned, looked at, started, and one holder comes to the shop."""

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
DAYS = {"remind_after": "5", "one_way_after": "10", "two_way_after": "20", "release_after": "30"}
LAND = """
from datetime import timedelta
from uuid import uuid4
from django.utils import timezone
from haodun.offices.organisations.models import User
from haodun.offices.organisations.services import system
from haodun.registry.subscribers.services import HolderKind, NewHolding, import_intervals, intervals_of, set_state
with system():
    at = timezone.now()
    carrier = User.objects.get(username="carrier-compliance").memberships.first().organisation_id
    first = 8613701390000
    import_intervals(
        NewHolding(number=first + place, since=at - timedelta(days=400), carrier=carrier, subject=uuid4(),
                   kind=HolderKind.PERSON, name="张三", status="valid" if place < 900 else "none")
        for place in range(1_000)
    )
    for days, places in ((25, range(940, 960)), (18, range(960, 965)), (11, range(965, 975)), (4, range(975, 978))):
        ids = [intervals_of(first + place)[0].interval for place in places]
        set_state(ids, since=at - timedelta(days=days), status="valid", source="check")
    print("made", carrier)
"""
"""A thousand cards of the carrier, some without a real name, fewer each week."""
FORWARD = """
from datetime import timedelta
from django.utils import timezone
from haodun.offices.organisations.services import system
from haodun.registry.reregistration.advancing import advance
from haodun.registry.reregistration.models import Campaign, Card
with system():
    at = timezone.now() - timedelta(days=40)
    Campaign.objects.update(approved_at=at)
    for days in (0, 5, 15, 35):
        advance(at + timedelta(days=days))
    print("number", Card.objects.filter(state="TWO_WAY_STOP").order_by("number").first().number)
"""
"""Forty days, as the jobs take them; the number of a holder who is stopped."""
STOPPED = """
from django.utils import timezone
from haodun.registry.restrictions.services import in_force
print("stops", len(in_force([{number}], timezone.now())))
"""


def shot(page: Page, name: str) -> None:
    """No wider than the window at 1440 and 360; pictures where a folder is given."""
    page.wait_for_load_state("load")
    for width, theme in ((1440, "light"), (1440, "dark"), (360, "light")):
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (name, width)
        if SHOTS:
            page.screenshot(path=f"{SHOTS}/reregistration-{name}-{width}-{theme}.png", full_page=True)
    page.set_viewport_size({"width": 1440, "height": 900})


def said(demonstration: Demonstration, code: str, word: str) -> str:
    """What a script on the installation printed behind a word."""
    done = demonstration.command("manage", "shell", "-v", "0", "-c", code)
    lines = [line for line in done.stdout.splitlines() if line.startswith(f"{word} ")]
    assert lines, done.stdout[-2000:] + done.stderr[-2000:]
    return lines[0].removeprefix(f"{word} ")


def plan(page: Page) -> str:
    """The carrier's officer drafts a campaign and looks at what it would hit; the address of the campaign."""
    page.goto("/reregistration/new/")
    page.fill("[name=title]", "江苏移动补登记")
    for name, days in DAYS.items():
        page.fill(f"[name={name}]", days)
    shot(page, "new")
    page.click("main form button.button-main")
    expect(page.locator(".page-note")).to_contain_text("待复核")
    address = page.url
    page.locator("main a", has_text="看影响范围").last.click()
    expect(page.locator(".blast")).to_be_visible()
    assert page.locator("button[data-waits]").count() == 0, "whoever drafts does not approve"
    shot(page, "preview")
    return address


def approve(page: Page, address: str, password: str) -> None:
    """Another person approves, with a second proof."""
    page.goto(f"{address}approve/")
    if "/sudo/" in page.url:
        page.fill("main input[type=password]", password)
        page.press("main input[type=password]", "Enter")
        page.wait_for_url(f"{address}approve/")
    for box in page.locator("input[name=confirm]").all():
        box.check()
    page.locator("button[data-waits]").click()
    expect(page.locator(".page-note")).to_contain_text("已批准")


def target(page: Page, carrier: str) -> None:
    """The bureau sets a target for the carrier, and replaces it by a version."""
    page.goto("/reregistration/targets/")
    expect(page.locator("main")).to_contain_text("还没有实名率目标")
    page.select_option("select[name=about]", f"carrier:{carrier}")
    page.fill("main .g4 [name=share]", "99.5")
    page.fill("main .g4 [name=due]", "2027-06-30")
    page.fill("main .g4 [name=reason]", "2016 年 5 月通知")
    page.click("main .g4 button.button-main")
    page.locator("summary", has_text="设新的版本").click()
    page.fill("main details[open] [name=share]", "100")
    page.fill("main details[open] [name=reason]", "加快")
    page.click("main details[open] button")
    page.locator("summary", has_text="2 个版本").click()
    expect(page.locator("main")).to_contain_text("第 2 版")
    shot(page, "targets")


def test_from_the_plan_to_the_holder_who_comes(demonstration: Demonstration, enter: Enter) -> None:
    officer, approver = enter("carrier-compliance"), enter("bureau-approver")
    carrier = said(demonstration, LAND, "made")
    address = plan(officer)
    approve(approver, address, demonstration.passwords["bureau-approver"])
    target(approver, carrier)
    officer.goto(address)
    officer.locator("#verb-start button").click()
    expect(officer.locator(".page-note")).to_contain_text("进行中")
    number = said(demonstration, FORWARD, "number")
    assert said(demonstration, STOPPED.format(number=number), "stops") == "1"
    officer.goto(address)
    expect(officer.locator("main")).to_contain_text("双停")
    expect(officer.locator(".facts").first).to_contain_text("已补登记22")
    expect(officer.locator("main")).to_contain_text("只按您能看到的")
    assert officer.locator("main svg[role=img] polygon").count() >= 1
    shot(officer, "campaign")
    officer.goto("/reregistration/")
    shot(officer, "queue")
    comes(officer, number)
    assert said(demonstration, STOPPED.format(number=number), "stops") == "0"
    officer.goto(address)
    expect(officer.locator(".facts").first).to_contain_text("已补登记23")
    expect(officer.locator("main .lines").first).to_contain_text("已补登记")


def comes(page: Page, number: str) -> None:
    """The clerk types a wrong document first, then the right one; the stops are lifted."""
    page.goto("/reregistration/record/")
    page.fill("[name=number]", number.removeprefix("86"))
    page.fill("[name=name]", "张三")
    page.select_option("[name=document_kind]", "resident")
    page.fill("[name=document]", "110105194912310021")
    page.check("[name=possession][value=card]")
    page.check("[name=seen]")
    page.click("main form button.button-main")
    expect(page.locator(".errors")).to_contain_text("校验码")
    assert page.input_value("[name=name]") == "张三"
    shot(page, "wrong")
    page.fill("[name=document]", "11010519491231002X")
    page.click("main form button.button-main")
    expect(page.locator("body")).to_contain_text("2 项限制已在全网解除")
    assert number not in page.content()
    shot(page, "recorded")
    page.goto("/reregistration/sheets/")
    shot(page, "sheets")
