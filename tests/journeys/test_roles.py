"""One short visit per role: what it lands on, what the rail offers, what is not theirs and says so."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect
from tests.journeys.country import EVERYBODY, Land
from tests.journeys.test_every_page import full_numbers, wider

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.journey

RAIL = re.compile(r'<a class="rail-link" href="([^"]+)"')
LANDS = {
    "supervisor": ("将到期与已逾期", "待我复核", "退回的"),
    "auditor": ("核验", "审计"),
    "administrator": ("入口与快照", "登记入口"),
    "bureau-officer": ("将到期与已逾期", "退回的", "申诉"),
    "bureau-approver": ("将到期与已逾期", "待我复核", "退回的"),
    "police-officer": ("将到期与已逾期", "退回的"),
    "police-approver": ("将到期与已逾期", "待我复核"),
    "city-police-officer": ("没有待办",),
    "carrier-compliance": ("要执行的关停指令，等回执", "-009", "申诉"),
    "carrier-engineer": ("入口与快照", "edge-nanjing"),
    "reseller-officer": ("要执行的关停指令，等回执",),
    "enterprise": ("我的号码", "您还没有有效的可信号码。"),
    "platform-operator": ("关停指令",),
    "association-clerk": ("申诉",),
    "press": ("没有要按时限办理的件",),
}
"""Words that answer the role's question of five seconds on the page it lands on (CONSOLE.md §7, as far as built)."""
NOT_THEIRS = {
    "administrator": ("/orders/", "/appeals/", "/search/"),
    "carrier-engineer": ("/orders/", "/appeals/"),
    "enterprise": ("/orders/",),
    "association-clerk": ("/orders/",),
    "platform-operator": ("/appeals/",),
    "press": ("/orders/", "/appeals/", "/search/"),
    "auditor": ("/orders/new/",),
    "supervisor": ("/orders/new/",),
}


def landing(land: Land, login: str) -> str:
    """The page on which a person lands after the login; redirects are followed."""
    answer = land.client(login).get("/landing/", follow=True)
    assert answer.status_code == 200, login
    return html.unescape(answer.content.decode())


@pytest.mark.parametrize("login", sorted(LANDS))
def test_the_landing_page_answers_the_role(land: Land, login: str) -> None:
    main = landing(land, login).partition("<main")[2].partition("</main>")[0]
    missing = [words for words in LANDS[login] if words not in main]
    assert not missing, (missing, re.sub(r"<[^>]*>|\s+", " ", main)[:600])


@pytest.mark.parametrize("login", EVERYBODY)
def test_every_entry_of_the_rail_opens(land: Land, login: str) -> None:
    offered = RAIL.findall(landing(land, login))
    assert offered
    for address in offered:
        if address.startswith("#"):
            continue
        assert land.client(login).get(address, follow=True).status_code == 200, (login, address)


@pytest.mark.parametrize("login", sorted(NOT_THEIRS))
def test_what_is_not_theirs_says_so_and_whom_to_ask(land: Land, login: str) -> None:
    for lang, words in (("zh-hans", ("不归您办", "管理员")), ("en", ("not yours", "administrator"))):
        for address in NOT_THEIRS[login]:
            answer = land.client(login, lang).get(address)
            text = answer.content.decode()
            assert answer.status_code == 403, (login, address)
            assert all(word.lower() in text.lower() for word in words), (login, address, lang)


def test_a_case_of_somebody_else_looks_like_none_and_says_whom_to_ask(land: Land) -> None:
    for address in (f"/orders/{land.ids['order_id'][0]}/", f"/appeals/{land.ids['appeal_id'][0]}/"):
        answer = land.client("reseller-officer").get(address)
        assert answer.status_code == 404
        assert "请联系发送人" in answer.content.decode()


# The citizen --------------------------------------------------------------------------------------------------------


@pytest.fixture
def citizen(land: Land) -> Page:
    """An old telephone: 320 px, no JavaScript."""
    return land.open(None, width=320, script=False)


def narrow(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= 320, (page.url, wider(page, 320))
    assert not full_numbers(page.url + page.title())


def press_on(page: Page) -> None:
    with page.expect_navigation():
        page.locator("main form button").last.click()
    narrow(page)


def test_a_citizen_without_script_learns_why_appeals_and_reads_the_answer(land: Land, citizen: Page) -> None:
    page = citizen
    page.goto("/why/")
    narrow(page)
    page.locator("main input[type=radio]").first.check()
    press_on(page)
    page.fill("main input[type=text]", land.notice)
    press_on(page)
    expect(page.locator("main")).to_contain_text("110、119、120、122 始终可以拨打")
    with page.expect_navigation():
        page.click("main a.button-main")
    page.locator("main input[type=radio]").first.check()
    press_on(page)
    page.fill("main textarea", "这是我本人的号码，没有拨打过诈骗电话。")
    press_on(page)
    press_on(page)
    expect(page.locator("main")).to_contain_text("更改理由")
    press_on(page)
    expect(page.locator("h1")).to_have_text("申诉已提交")
    reference, code = page.locator(".portal-receipt strong").all_inner_texts()
    page.goto("/appeal/status/")
    page.fill("main input[name=reference]", reference)
    page.fill("main input[name=code]", code)
    press_on(page)
    expect(page.locator("main")).to_contain_text("最迟答复")


def test_a_call_that_was_refused_is_explained_by_its_token(land: Land, citizen: Page) -> None:
    page = citizen
    page.goto("/why/token/")
    page.fill("main input[type=text]", land.token.lower())
    press_on(page)
    expect(page.locator("main")).to_contain_text("这次来电")


def test_an_upheld_appeal_shows_its_answer_and_the_way_up(land: Land, citizen: Page) -> None:
    page = citizen
    page.goto("/appeal/status/")
    page.fill("main input[name=reference]", land.appeal[0])
    page.fill("main input[name=code]", land.appeal[1])
    press_on(page)
    expect(page.locator("main")).to_contain_text("已向来文单位核实")
    expect(page.get_by_role("button", name="申请上一级复核")).to_be_visible()


ERRORS = {
    "/why/": {},
    "/why/token/": {"token": "nothing"},
    "/why/number/": {"number": "12"},
    "/appeal/": {},
    "/appeal/status/": {"reference": "x", "code": "y"},
}


@pytest.mark.parametrize("lang", ["zh-hans", "en"])
@pytest.mark.parametrize("address", sorted(ERRORS))
def test_an_error_is_in_the_title_in_a_summary_and_beside_its_field(land: Land, address: str, lang: str) -> None:
    page = land.open(None, width=320, lang=lang)
    page.goto(address)
    for name, value in ERRORS[address].items():
        page.fill(f"main [name={name}]", value)
    with page.expect_navigation():
        page.locator("main form button").last.click()
    assert page.title().startswith("错误：" if lang == "zh-hans" else "Error: "), page.title()
    summary = page.locator(".errors[role=alert]")
    expect(summary).to_be_focused()
    for link in summary.locator("a").all():
        words, target = link.inner_text(), (link.get_attribute("href") or "#")[1:]
        beside = page.locator(".field-wrong .field-error")
        assert any(words in said for said in beside.all_inner_texts()), (words, target)
        link.click()
        assert page.evaluate("id => !!document.getElementById(id)", target), target
    for name, value in ERRORS[address].items():
        assert page.input_value(f"main [name={name}]") == value, "input is kept"
    if lang == "en":
        assert not re.search(r"[㐀-鿿]", page.locator("main").inner_text())
    narrow(page)
