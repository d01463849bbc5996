"""The line through both planes: an order by two officers, the refused call, the appeal, the lift, the call that passes.

A real browser on a real installation (`haodun demo`), real SIPp on the edge, and the ledger that proves each step.
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.conftest import need
from tests.journeys.conftest import Demonstration

from haodun.audit.checkpoints import public_key
from haodun.audit.errors import AuditError
from haodun.audit.proving import check_proof
from haodun.lab.calling import call

pytestmark = [pytest.mark.journey, pytest.mark.peer]

SCENARIOS = Path(__file__).parent / "data" / "sipp"
CALLEE = "+8613900001234"
DOCUMENT = "苏公网安关停〔2026〕1125-101"
SHOTS = os.environ.get("HAODUN_SHOTS")
"""A folder for pictures of each station; none are taken without it."""
Enter = Callable[..., Page]


def shot(page: Page, name: str, *, whole: bool = False) -> None:
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=whole)


def sipp(program: str, code: str, *, caller: str, port: int, place: Path) -> None:
    """One call by SIPp that must be answered so, or the test fails."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as trial:
        trial.bind(("127.0.0.1", 0))
        own = trial.getsockname()[1]
    done = subprocess.run(
        [
            *(program, f"127.0.0.1:{port}", "-sf", str(SCENARIOS / f"{code}.xml"), "-i", "127.0.0.1", "-p", str(own)),
            *("-m", "1", "-key", "caller", caller, "-s", CALLEE, "-timeout", "10s", "-timeout_error", "-nostdin"),
        ],
        capture_output=True,
        text=True,
        timeout=30,
        cwd=place,
        check=False,
    )
    assert done.returncode == 0, f"{caller} was not answered {code}: {done.stdout[-1500:]}"


def until_answered(code: int, *, caller: str, port: int) -> None:
    """Wait until the edge has the new snapshot; the call by SIPp afterwards is the proof."""
    for _ in range(200):
        if call(caller, CALLEE, host="127.0.0.1", port=port).status == code:
            return
        time.sleep(0.05)
    raise AssertionError(f"the edge did not come to answer {code}")


def file_order(page: Page, numbers: list[str]) -> str:
    page.goto("/orders/new/")
    page.fill("[name=document]", DOCUMENT + "号")
    page.select_option("[name=category]", "authority")
    page.check("[name=urgency][value=urgent]")
    page.select_option("[name=basis]", "miit-police-2015-11")
    first, second, third = numbers
    page.fill("[name=numbers]", f"{first}\n{second.removeprefix('+86')}\n0086 {third[3:6]} {third[6:10]}-{third[10:]}")
    page.fill("[name=remark]", "三名被害人的来电记录附后。")
    shot(page, "01-filing")
    page.click("main form button.button-main")
    expect(page.locator("h1")).to_have_text(DOCUMENT)
    return page.url


def approve(page: Page, order: str, password: str) -> None:
    """The second proof first, then the sheet: no box is ticked twice. Proved, the sheet opens beside the order."""
    page.goto(order)
    page.click("[data-approve]")
    page.wait_for_url("**/sudo/**")
    page.fill("main input[type=password]", password)
    page.press("main input[type=password]", "Enter")
    page.wait_for_url("**/approve/")
    page.goto(order)
    page.click("[data-approve]")
    drawer = page.locator("dialog[open]")
    expect(drawer.get_by_text("影响范围", exact=True)).to_be_visible()
    button = drawer.get_by_role("button", name="同意，下发 3 个号码")
    expect(button).to_be_disabled()
    shot(page, "02-approval")
    for box in drawer.locator("input[type=checkbox]").all():
        box.check()
    shot(page, "03-approval-confirmed")
    button.click()
    page.wait_for_url(order)


def appeal(page: Page, token: str) -> tuple[str, str]:
    """On a telephone without JavaScript: why, then an appeal against the restriction; reference and code."""
    page.goto("/why/token/")
    page.fill("main input[type=text]", token)
    page.click("main form button")
    expect(page.locator("main")).to_contain_text("冒充公检法")
    expect(page.locator("main")).to_contain_text("110、119、120、122 始终可以拨打")
    shot(page, "05-why", whole=True)
    page.click("main a.button-main")
    page.locator("main input[type=radio]").first.check()
    page.click("main form button")
    page.fill("main textarea", "这是我本人使用多年的号码，没有拨打过诈骗电话，请核查通话记录后恢复。")
    page.click("main form button")
    page.fill("main input[name=contact]", "13900001111")
    page.click("main form button")
    shot(page, "06-check-answers", whole=True)
    page.click("main form button")
    expect(page.locator("h1")).to_have_text("申诉已提交")
    shot(page, "07-filed", whole=True)
    text = page.inner_text("main")
    reference, code = re.search(r"S[0-9]{6}-[A-Z0-9]{6}", text), re.search(r"\b[A-Z0-9]{4}-[A-Z0-9]{4}\b", text)
    assert reference is not None and code is not None, text
    return reference[0], code[0]


def lift(page: Page, reference: str) -> None:
    page.goto("/appeals/")
    page.get_by_role("link", name=reference).click()
    page.get_by_role("button", name="开始复核").click()
    form = page.locator("form[action$='/lift/']")
    form.locator("textarea").fill("通话记录显示号码被他人冒用，来文单位同意解除。")
    shot(page, "08-review", whole=True)
    form.locator("button").click()
    expect(page.locator("main")).to_contain_text("解除")


def messages(demonstration: Demonstration) -> str:
    return (demonstration.data / "messages" / "outbox.jsonl").read_text(encoding="utf-8")


def waits_for(page: Page, words: str) -> None:
    """Reload until a page says it: receipts and notices follow an approval at once, not before its answer."""
    for _ in range(100):
        page.reload()
        if words in page.inner_text("main"):
            return
        time.sleep(0.1)
    raise AssertionError(f"{page.url} never said {words}: {page.inner_text('main')[:1500]}")


def test_from_the_order_to_the_lift(
    demonstration: Demonstration, enter: Enter, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    program, port, numbers = need("sipp", request), demonstration.sip, demonstration.free
    caller = numbers[0]
    sipp(program, "302", caller=caller, port=port, place=tmp_path)

    officer = enter("police-officer")
    order = file_order(officer, numbers)
    assert officer.locator("[data-approve]").count() == 0, "whoever filed it may not approve it"
    sipp(program, "302", caller=caller, port=port, place=tmp_path)

    approver = enter("bureau-approver")
    approve(approver, order, demonstration.passwords["bureau-approver"])
    until_answered(603, caller=caller, port=port)
    for number in numbers:
        sipp(program, "603", caller=number, port=port, place=tmp_path)
    approver.goto(order)
    waits_for(approver, "全部入口已执行快照")
    shot(approver, "04-executed", whole=True)
    told = [line for line in messages(demonstration).splitlines() if caller in line and "冒充公检法" in line]
    assert len(told) == 1, "the holder is told once"

    reply = call(caller, CALLEE, host="127.0.0.1", port=port)
    token = re.search(r"[A-Z2-7]{26}", reply.header("Reason")[0])
    assert token is not None
    citizen = enter(width=360, script=False)
    for _ in range(100):  # the keeper brings the verdict into the store within a second or two
        citizen.goto("/why/token/")
        citizen.fill("main input[type=text]", token[0])
        citizen.click("main form button")
        if "这次来电没有接通" in citizen.inner_text("main"):
            break
        time.sleep(0.1)
    reference, code = appeal(citizen, token[0])

    approver.goto("/appeals/")
    approver.get_by_role("link", name=reference).click()
    expect(approver.get_by_role("button", name="开始复核")).to_be_disabled()
    shot(approver, "07-first-decider", whole=True)

    lift(enter("bureau-officer"), reference)
    until_answered(302, caller=caller, port=port)
    sipp(program, "302", caller=caller, port=port, place=tmp_path)
    sipp(program, "603", caller=numbers[1], port=port, place=tmp_path)

    citizen.goto("/appeal/status/")
    citizen.fill("main input[name=reference]", reference)
    citizen.fill("main input[name=code]", code)
    citizen.click("main form button")
    expect(citizen.locator("main")).to_contain_text("解除")
    shot(citizen, "09-status", whole=True)
    approver.goto(order)
    waits_for(approver, "已解除")
    ledger_proves_it(demonstration, order.rstrip("/").rpartition("/")[2])


STEPS = """
import json
from pathlib import Path
from django.conf import settings
from haodun.audit.checkpoints import public_key
from haodun.audit.models import Entry
from haodun.audit.proofs import prove
from haodun.audit.site import checkpoints_of
data = Path(settings.HAODUN_DATA)
latest, key = checkpoints_of(data).latest(), public_key(data / "keys" / "checkpoint.pub")
for number, kind, about in Entry.objects.order_by("id").values_list("id", "kind", "object_id"):
    print("ENTRY" + json.dumps([number, kind, about, prove(number, latest, key)]))
"""
"""Every entry of the ledger with its proof under the latest checkpoint."""
EXPECTED = (
    ("order:filed", True),
    ("order:validated", True),
    ("order:routed", True),
    ("order:approved", True),
    ("restriction:placed", False),
    ("snapshot:published", False),
    ("edge:receipt", False),
    ("order:executed", True),
    ("notice:handed_over", False),
    ("appeal:filed", False),
    ("appeal:acknowledged", False),
    ("appeal:review_begun", False),
    ("appeal:lifted", False),
    ("restriction:lifted", False),
)
"""Kinds of entries in the order of the story, and whether they are about the order."""


def ledger_proves_it(demonstration: Demonstration, order: str) -> None:
    """Each step has its entry, in order; the ledger verifies; each step is proven with the checkpoint's key alone."""
    time.sleep(2)  # the sealer works each second
    verified = demonstration.command("audit", "verify", "--data", str(demonstration.data))
    assert verified.returncode == 0, verified.stdout + verified.stderr
    shell = demonstration.command("manage", "shell", "-c", STEPS)
    lines = [line.removeprefix("ENTRY") for line in shell.stdout.splitlines() if line.startswith("ENTRY")]
    entries = [json.loads(line) for line in lines]
    assert entries, shell.stderr
    begun = next(number for number, kind, about, _ in entries if kind == "order:filed" and about == order)
    key = public_key(demonstration.data / "keys" / "checkpoint.pub")
    story: list[int] = []
    for kind, of_order in EXPECTED:
        found = [
            (number, proof)
            for number, had, about, proof in entries
            if had == kind and number >= begun and (about == order or not of_order)
        ]
        assert found, f"the ledger has no {kind}: {sorted({had for _, had, _, _ in entries})}"
        number, proof = found[0]
        assert check_proof(proof, key).said
        altered = json.loads(json.dumps(proof).replace(kind, kind + "x"))
        with pytest.raises(AuditError):
            check_proof(altered, key)
        story += [number] if of_order else []
    assert story == sorted(story)
