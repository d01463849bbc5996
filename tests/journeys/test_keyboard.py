"""The order desk by keyboard alone: from the search to an approved order, with no key that decides by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect
from tests.journeys.country import Land

from haodun.casework.orders.models import Order
from haodun.offices.organisations.services import system

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.journey

PASSWORD = "keyboard-journey-1"  # noqa: S105 (invented)
WHO = "bureau-approver"
MOST_TABS = 120


def focus(page: Page) -> str:
    """The tag, name and words of what has the focus."""
    said: str = page.evaluate(
        """() => { const at = document.activeElement
        return [at.tagName.toLowerCase(), at.name || at.className, at.textContent.trim().slice(0, 40)].join(' ') }"""
    )
    return said


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until what matches has the focus; each stop on the way must be seen."""
    for _ in range(MOST_TABS):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"no Tab leads to {selector} on {page.url}; now at {focus(page)}")


def state_of(document: str) -> str:
    with system():
        return Order.objects.values_list("state", flat=True).get(document=document)


def press_everything(page: Page) -> None:
    """Each letter, digit and sign once, with Escape where one opened something."""
    for key in "bcdefilmnopqrstuvwyz0123456789.,;-+ ":
        page.keyboard.press(key)
        assert page.locator("dialog#keys[open]").count() == 0


def prove(page: Page, order: str) -> None:
    """Give the second proof, so that `a` opens the drawer."""
    page.goto(f"/orders/{order}/approve/")
    page.fill("main input[type=password]", PASSWORD)
    page.press("main input[type=password]", "Enter")
    page.wait_for_url("**/approve/")


def confirm_and_approve(page: Page, inside: str) -> None:
    """Tick every confirmation with the space bar and press the button, both reached by Tab."""
    boxes = page.locator(f"{inside} input[data-confirm]")
    expect(page.locator(f"{inside} [data-waits]")).to_be_disabled()
    for number in range(boxes.count()):
        tab_to(page, f"{inside} input[data-confirm][value='{number + 1}']")
        page.keyboard.press("Space")
        assert boxes.nth(number).is_checked()
    expect(page.locator(f"{inside} [data-waits]")).to_be_enabled()
    tab_to(page, f"{inside} [data-waits]")
    page.keyboard.press("Enter")


@pytest.fixture
def approver(land: Land) -> Page:
    """The approver's page, signed in with a password that can be asked for again."""
    user = land.people[WHO]
    user.set_password(PASSWORD)
    with system():
        user.save()
    return land.page(WHO)


@pytest.fixture
def document(land: Land) -> str:
    """An order that waits for its second person."""
    with system():
        found = Order.objects.filter(state="ROUTED").order_by("id")
        return str(found.values_list("document", flat=True)[0])


def test_an_order_is_found_looked_at_and_approved_without_a_mouse(approver: Page, document: str) -> None:
    page = approver
    page.goto("/")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.matches('[data-find]')")
    page.keyboard.type(document)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(document)
    order = page.url

    page.keyboard.press("a")
    page.wait_for_url("**/sudo/**")
    tab_to(page, "main input[type=password]")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/approve/")
    assert state_of(document) == "ROUTED", "the proof alone approves nothing"
    tab_to(page, ".crumbs a:last-of-type")
    with page.expect_navigation(url=order):
        page.keyboard.press("Enter")

    page.keyboard.press("a")
    drawer = page.locator("dialog#drawer[open]")
    expect(drawer).to_be_visible()
    page.wait_for_url(f"{order}approve/")
    walk_the_drawer(page)
    page.keyboard.press("Escape")
    expect(drawer).to_have_count(0)
    assert page.url == order
    assert page.evaluate("document.activeElement.matches('[data-approve]')"), focus(page)

    page.keyboard.press("a")
    expect(drawer).to_be_visible()
    confirm_and_approve(page, "#drawer")
    page.wait_for_url(order)
    assert state_of(document) == "DISPATCHED"
    expect(page.locator("main")).to_contain_text("同意，下发关停")


def walk_the_drawer(page: Page) -> None:
    """Tab goes round inside the drawer, past its confirmations, and never to the page behind it."""
    stops: list[str] = []
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        within = page.evaluate(
            "document.activeElement === document.body || !!document.activeElement.closest('#drawer')"
        )
        assert within, f"the focus left the drawer for {focus(page)}"
        place = page.evaluate("[...document.querySelectorAll('*')].indexOf(document.activeElement)")
        if str(place) in stops:
            break
        stops.append(str(place))
        stops.append(focus(page))
    assert any("confirm" in stop for stop in stops), stops


def test_rows_are_walked_and_opened_by_keys(approver: Page) -> None:
    page = approver
    page.goto("/")
    page.keyboard.press("g")
    page.keyboard.press("o")
    page.wait_for_url("**/orders/**")
    here = page.locator(".queue .row-at")
    page.keyboard.press("j")
    first = here.inner_text()
    page.keyboard.press("j")
    assert here.inner_text() != first
    page.keyboard.press("k")
    assert here.inner_text() == first
    page.keyboard.press("x")
    assert here.locator("[type=checkbox]").is_checked()
    page.keyboard.press("x")
    assert not here.locator("[type=checkbox]").is_checked()
    words = here.locator("a.queue-link").inner_text()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(words)


def test_the_list_of_keys_opens_and_closes_and_gives_the_focus_back(approver: Page) -> None:
    page = approver
    page.goto("/orders/")
    page.keyboard.press("j")
    before = focus(page)
    page.keyboard.press("?")
    expect(page.locator("dialog#keys[open]")).to_be_visible()
    page.keyboard.press("g")
    page.keyboard.press("o")
    page.keyboard.press("Escape")
    expect(page.locator("dialog#keys[open]")).to_have_count(0)
    assert focus(page) == before


def test_keys_are_letters_while_somebody_types(approver: Page) -> None:
    page = approver
    page.goto("/orders/")
    page.keyboard.press("/")
    page.keyboard.type("gojkxa?/")
    assert page.locator("[data-find]").input_value() == "gojkxa?/"
    assert page.locator("dialog[open]").count() == 0
    assert page.locator(".queue .row-at").count() == 0


def test_no_single_key_decides_anything(approver: Page) -> None:
    page = approver
    with system():
        before = dict(Order.objects.values_list("id", "state"))
        waiting = str(Order.objects.filter(state="ROUTED").values_list("id", flat=True)[0])
    prove(page, waiting)
    written: list[str] = []
    page.on("request", lambda request: written.append(request.url) if request.method == "POST" else None)
    for place in ("/", "/orders/", f"/orders/{waiting}/", f"/orders/{waiting}/approve/"):
        page.goto(place)
        page.evaluate("document.activeElement.blur()")
        press_everything(page)
    page.goto(f"/orders/{waiting}/")
    page.keyboard.press("a")
    expect(page.locator("dialog#drawer[open]")).to_be_visible()
    page.evaluate("document.activeElement.blur()")
    press_everything(page)
    page.keyboard.press("Enter")
    page.wait_for_timeout(100)
    assert written == []
    with system():
        assert dict(Order.objects.values_list("id", "state")) == before
