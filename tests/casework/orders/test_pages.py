"""The order desk in a browser without script: what each role sees, what each form does."""

from __future__ import annotations

import re
import uuid
from urllib.parse import quote, urlencode

import pytest
from django.test import Client
from django.urls import reverse
from tests.casework.conftest import HELD, Country, MakeOrder, browser, filing

from haodun.casework.orders import queries
from haodun.casework.orders.models import Order
from haodun.casework.orders.services import preview_step, take
from haodun.registry.restrictions.services import Source, by_source

LANGUAGES = ("zh-hans", "en")
FULL = ("13912345678", "8613912345678", "13812345678", "442079460123")


def fields(html: str) -> dict[str, str]:
    """The hidden fields of a page, the last of each name."""
    return dict(re.findall(r'<input type="hidden" name="([a-z]+)" value="([^"]*)"', html))


def filed(country: Country, **changes: str) -> dict[str, str]:
    given = filing(country)
    return {
        "document": given.document,
        "issuing_unit": str(given.issuing_unit),
        "category": given.category.value,
        "urgency": given.urgency.value,
        "basis": given.basis.value,
        "numbers": given.numbers,
        "remark": "",
        "key": uuid.uuid4().hex,
        **changes,
    }


def page(client: Client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status, address
    return response.content.decode()


def no_number_in(html: str) -> None:
    assert not [number for number in FULL if number in html]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", ["police", "officer", "approver", "supervisor", "auditor"])
def test_the_desk_shows_what_is_due_and_no_number(pages: Country, make_order: MakeOrder, name: str, lang: str) -> None:
    order = make_order()
    html = page(browser(pages, name, lang=lang), reverse("orders:desk"))
    assert order.document in html
    no_number_in(html)


@pytest.mark.parametrize("name", ["stranger", "other_police", "carrier", "other_carrier"])
def test_an_order_of_others_is_neither_listed_nor_found(pages: Country, make_order: MakeOrder, name: str) -> None:
    order = make_order()
    client = browser(pages, name)
    assert order.document not in page(client, reverse("orders:desk") + "?tab=all")
    page(client, reverse("orders:order", args=[order.id]), 404)
    page(client, reverse("orders:approve", args=[order.id]), 404)
    step = client.post(reverse("orders:step", args=[order.id, "withdraw"]), {"key": "k", "reason": "x"})
    assert step.status_code == 404


def test_nobody_reads_anything_without_a_login(pages: Country, make_order: MakeOrder) -> None:
    order = make_order()
    for address in (reverse("orders:desk"), reverse("orders:new"), reverse("orders:order", args=[order.id])):
        response = Client(headers={"host": "localhost"}).get(address)
        assert response.status_code == 302
        assert response.headers["Location"].startswith("/accounts/login/")


def test_filing_leads_to_the_order_and_a_second_click_to_the_same(pages: Country) -> None:
    client, form = browser(pages, "police"), filed(pages)
    first = client.post(reverse("orders:new"), form)
    second = client.post(reverse("orders:new"), form)
    assert (first.status_code, second.status_code) == (302, 302)
    assert first.headers["Location"] == second.headers["Location"]
    assert Order.objects.count() == 1


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_bad_list_is_shown_again_with_its_lines(pages: Country, lang: str) -> None:
    form = filed(pages, numbers="13912345678\n1391234567x")
    response = browser(pages, "police", lang=lang).post(reverse("orders:new"), form)
    html = response.content.decode()
    assert response.status_code == 422
    assert "1391234567x" in html
    assert form["document"] in html
    assert form["key"] in html
    assert not Order.objects.exists()


def test_a_wrong_document_number_is_said_beside_its_field(pages: Country) -> None:
    response = browser(pages, "police").post(reverse("orders:new"), filed(pages, document="hello"))
    assert response.status_code == 422
    assert "文号格式不符" in response.content.decode()


def test_a_police_officer_files_for_the_own_unit_only(pages: Country) -> None:
    form = filed(pages, issuing_unit=str(pages.other_police.id))
    assert browser(pages, "police").post(reverse("orders:new"), form).status_code == 422


@pytest.mark.parametrize("name", ["carrier", "auditor"])
def test_others_have_no_filing_page(pages: Country, name: str) -> None:
    page(browser(pages, name), reverse("orders:new"), 403)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_order_page_masks_every_number(pages: Country, make_order: MakeOrder, lang: str) -> None:
    html = page(browser(pages, "officer", lang=lang), reverse("orders:order", args=[make_order().id]))
    no_number_in(html)
    assert "5678" in html


def approve(country: Country, order: Order, name: str = "approver") -> Client:
    client = browser(country, name, sudo=True)
    address = reverse("orders:approve", args=[order.id])
    response = client.post(address, {**fields(page(client, address)), "verb": "approve", "remark": ""})
    assert response.status_code == 302, response.content.decode()[:3000]
    order.refresh_from_db()
    return client


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_approver_sees_the_blast_radius_and_no_number(pages: Country, make_order: MakeOrder, lang: str) -> None:
    order = make_order()
    html = page(browser(pages, "approver", sudo=True, lang=lang), reverse("orders:approve", args=[order.id]))
    assert 'name="verb" value="approve"' in html
    no_number_in(html)


def test_approval_through_the_page_dispatches(pages: Country, make_order: MakeOrder) -> None:
    order = make_order()
    approve(pages, order)
    assert order.state == "DISPATCHED"
    assert len(by_source(Source("order", str(order.id)))) == 3


def test_the_second_proof_comes_before_the_sheet_so_that_no_box_is_ticked_twice(
    pages: Country, make_order: MakeOrder
) -> None:
    order = make_order()
    client, address = browser(pages, "approver"), reverse("orders:approve", args=[order.id])
    led = client.get(address)
    assert led.headers["Location"] == f"/sudo/?next={quote(address, safe='')}"
    drawer = client.get(address, headers={"HX-Request": "true"})
    assert (drawer.status_code, drawer.headers["HX-Redirect"]) == (204, led.headers["Location"])
    proved = fields(page(browser(pages, "approver", sudo=True), address))
    forged = client.post(address, {**proved, "verb": "approve"}, headers={"referer": f"http://localhost{address}"})
    assert forged.status_code == 302
    assert forged.headers["Location"].startswith("/sudo/?next=")
    order.refresh_from_db()
    assert order.state == "ROUTED"


def test_whoever_cannot_approve_anyway_is_not_asked_for_a_proof(pages: Country, make_order: MakeOrder) -> None:
    address = reverse("orders:approve", args=[make_order().id])
    for name in ("officer", "auditor", "police"):
        assert 'value="approve"' not in page(browser(pages, name), address)


def test_a_recall_asks_for_the_proof_before_the_reason(pages: Country, make_order: MakeOrder) -> None:
    order = make_order()
    approve(pages, order)
    address = reverse("orders:order", args=[order.id])
    before, after = (page(browser(pages, "second_approver", sudo=sudo), address) for sudo in (False, True))
    assert f"/sudo/?next={quote(address, safe='')}%23verb-recall" in before
    assert 'id="reason-recall"' not in before
    assert 'id="reason-recall"' in after


def test_the_history_is_newest_first_with_the_seals_of_both(pages: Country, make_order: MakeOrder) -> None:
    order = make_order()
    address = reverse("orders:order", args=[order.id])
    waiting = page(browser(pages, "officer"), address)
    assert waiting.index("等另一人复核") < waiting.index('class="seal">已提出')
    approve(pages, order)
    done = page(browser(pages, "officer"), address)
    assert done.index('class="seal">已复核') < done.index('class="seal">已提出')
    assert "等另一人复核" not in done


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_verb_that_is_refused_says_why_below_its_button(pages: Country, make_order: MakeOrder, lang: str) -> None:
    html = page(browser(pages, "officer", lang=lang), reverse("orders:order", args=[make_order(by="officer").id]))
    said = re.search(r'<button class="button" disabled aria-describedby="(why-send_back)">([^<]+)</button>', html)
    assert said is not None
    why = re.search(rf'id="{said[1]}">.*?<span>([^<]+)</span>', html)
    assert why is not None and len(why[1]) > 10


def test_many_carriers_are_folded_and_many_numbers_are_listed_when_asked(
    pages: Country, make_order: MakeOrder, monkeypatch: pytest.MonkeyPatch
) -> None:
    from haodun.casework.orders import views

    monkeypatch.setattr(views, "NUMBERS_SHOWN", 2)
    address = reverse("orders:order", args=[make_order().id])
    few, every = page(browser(pages, "officer"), address), page(browser(pages, "officer"), address + "?numbers=all")
    assert "还有 1 个号码，全部列出" in few
    assert (few.count('class="number-chip'), every.count('class="number-chip')) == (2, 3)


def test_the_proposer_sees_the_sheet_without_the_button(pages: Country, make_order: MakeOrder) -> None:
    order = make_order("approver")
    html = page(browser(pages, "approver"), reverse("orders:approve", args=[order.id]))
    assert 'value="approve"' not in html
    assert "须由另一人办理" in html


def test_a_stale_sheet_is_refused_with_a_sentence_and_a_fresh_one(pages: Country, make_order: MakeOrder) -> None:
    order = make_order()
    client, address = browser(pages, "approver", sudo=True), reverse("orders:approve", args=[order.id])
    response = client.post(address, {**fields(page(client, address)), "verb": "approve", "seen": "0" * 64})
    html = response.content.decode()
    assert response.status_code == 422
    assert "影响范围与您所见不一致" in html
    assert fields(html)["seen"] != "0" * 64


def test_the_drawer_is_the_same_sheet_as_a_fragment(pages: Country, make_order: MakeOrder) -> None:
    address = reverse("orders:approve", args=[make_order().id])
    html = browser(pages, "approver", sudo=True).get(address, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in html
    assert fields(html)["seen"]


def test_a_carrier_sees_a_dispatched_order_with_its_own_numbers_only(pages: Country, make_order: MakeOrder) -> None:
    order = make_order(numbers="13912345678\n13012345678\n+442079460123")
    approve(pages, order)
    html = page(browser(pages, "carrier"), reverse("orders:order", args=[order.id]))
    assert "139****5678" in html.replace("</span><span>", "").replace('</span><span class="number-masked">', "")
    assert "0123" not in html
    assert "130" not in re.sub(r"<script.*?</script>", "", html, flags=re.S).split("号码")[1]
    assert pages.other_carrier.name_zh not in html


def test_withdrawing_on_the_page_takes_a_reason(pages: Country, make_order: MakeOrder) -> None:
    order = make_order()
    client, address = browser(pages, "police"), reverse("orders:step", args=[order.id, "withdraw"])
    assert client.post(address, {"key": "a"}).status_code == 422
    assert client.post(address, {"key": "b", "reason": "重复"}).status_code == 302
    order.refresh_from_db()
    assert (order.state, order.note) == ("WITHDRAWN", "重复")


@pytest.mark.parametrize("action", ["validate", "execute", "file", "approve", "nonsense"])
def test_no_address_takes_a_step_of_the_system(pages: Country, make_order: MakeOrder, action: str) -> None:
    order = make_order()
    response = browser(pages, "approver", sudo=True).post(
        reverse("orders:step", args=[order.id, action]) if action != "approve" else "/orders/x/approve/", {"key": "a"}
    )
    assert response.status_code == 404


def test_a_bulk_act_asks_for_its_reason_and_tells_what_became_of_each(pages: Country, make_order: MakeOrder) -> None:
    mine, other = make_order("officer"), make_order()
    client = browser(pages, "officer")
    form = {"action": "send_back", "ids": [str(mine.id), str(other.id)], "key": "one"}
    assert 'name="reason"' in client.post(reverse("orders:bulk"), form).content.decode()
    html = client.post(reverse("orders:bulk"), {**form, "reason": "缺页"}).content.decode()
    assert "须由另一人办理" in html
    mine.refresh_from_db()
    other.refresh_from_db()
    assert (mine.state, other.state) == ("ROUTED", "SENT_BACK")


def test_a_bulk_act_cannot_approve(pages: Country, make_order: MakeOrder) -> None:
    order = make_order()
    client = browser(pages, "approver", sudo=True)
    client.post(reverse("orders:bulk"), {"action": "approve", "ids": [str(order.id)], "key": "k"})
    order.refresh_from_db()
    assert order.state == "ROUTED"


def test_tabs_and_filters_find_what_they_name(pages: Country, make_order: MakeOrder) -> None:
    urgent, normal = make_order(), make_order(urgency="normal")
    back = make_order()
    take(pages.actor("officer"), [back.id], "send_back", key="k", reason="缺页")
    client = browser(pages, "approver")

    def listed(**query: str) -> set[str]:
        html = page(client, f"{reverse('orders:desk')}?{urlencode(query)}")
        return {one.document for one in (urgent, normal, back) if one.document in html}

    assert listed(tab="approve") == {urgent.document, normal.document}
    assert listed(tab="sent_back") == {back.document}
    assert listed(tab="todo", urgency="normal") == {normal.document}
    assert listed(tab="all", q=urgent.document) == {urgent.document}
    assert listed(tab="all", unit=str(pages.other_police.id)) == set()
    assert listed(tab="late") == set()
    assert listed(tab="nonsense", category="' OR 1=1", after="%%%") == set()


def test_a_number_typed_into_the_filter_is_not_kept_in_any_address(pages: Country, make_order: MakeOrder) -> None:
    make_order()
    client = browser(pages, "officer")
    for text in ("13912345678", "+86 139 1234 5678", "１３９１２３４５６７８"):
        response = client.get(reverse("orders:desk"), {"q": text, "tab": "all"})
        assert response.status_code == 302
        no_number_in(response.headers["Location"])
        assert "号码不进入网址" in page(client, response.headers["Location"])


def test_the_queue_is_sorted_by_its_clock_and_read_page_by_page(pages: Country, make_order: MakeOrder) -> None:
    made = [make_order(urgency=urgency) for urgency in ("normal", "urgent", "normal", "urgent", "urgent")]
    user, user_id = pages.user("officer"), pages.user("officer").id
    found, cursor = [], ""
    for _ in range(5):
        one = queries.page(user, user_id, tab="todo", filters=queries.Filters(), cursor=cursor, size=2)
        found += one.rows
        cursor = one.after
        if not cursor:
            break
    assert {one.id for one in found} == {one.id for one in made}
    assert len(found) == 5
    assert [one.due for one in found] == sorted(one.due for one in found)
    assert [one.urgency for one in found] == ["urgent"] * 3 + ["normal"] * 2


def test_no_number_stands_in_an_address_or_title_of_any_page(pages: Country, make_order: MakeOrder) -> None:
    order = make_order()
    approve(pages, order)
    client = browser(pages, "second_approver")
    for address in (reverse("orders:desk"), reverse("orders:order", args=[order.id])):
        html = page(client, address)
        no_number_in(address)
        no_number_in("".join(re.findall(r"<title>.*?</title>|href=\"[^\"]*\"|action=\"[^\"]*\"", html, flags=re.S)))


def test_nothing_of_a_number_is_logged(
    pages: Country, make_order: MakeOrder, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    order = make_order()
    approve(pages, order)
    out = "".join(capfd.readouterr()) + caplog.text
    no_number_in(out)
    assert str(HELD) not in out


def test_the_preview_and_the_sheet_agree(pages: Country, make_order: MakeOrder) -> None:
    order = make_order()
    address = reverse("orders:approve", args=[order.id])
    blast = preview_step(pages.actor("approver"), order, "approve").blast
    assert blast is not None
    assert fields(page(browser(pages, "approver", sudo=True), address))["seen"] == blast.digest()
