"""The pages of key services in a browser without script: what each role sees, what each form does."""

from __future__ import annotations

import io
import re
import uuid
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from tests.registry.conftest import found_land
from tests.registry.key_services.conftest import (
    Cast,
    active,
    applied,
    cast_of,
    code,
    existing,
    flagged,
    prove,
    step,
)

from haodun.offices.organisations.services import system
from haodun.registry.key_services.models import Agent, CleanUp, Listing, Service

LANGUAGES = ("zh-hans", "en")


@pytest.fixture
def cast(db: None, monkeypatch: pytest.MonkeyPatch) -> Cast:
    """The cast, with pages that ask for no second factor, as in a demonstration."""
    monkeypatch.setattr(settings, "HAODUN_DEMO", True)
    with system():
        return cast_of(found_land())


def browser(cast: Cast, name: str, *, lang: str = "zh-hans", sudo: bool = True) -> Client:
    client = Client(headers={"host": "localhost", "accept-language": lang})
    client.force_login(cast.people[name], backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    if sudo:
        until = (timezone.now() + timedelta(minutes=10)).isoformat()
        session["haodun.sudo"] = {"user": str(cast.people[name].pk), "until": until}
    session.save()
    return client


def made(make: object, *args: object, **kwargs: object) -> Service:
    with system():
        return make(*args, **kwargs)  # type: ignore[operator,no-any-return]


def page(client: Client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status, (address, response.status_code)
    return response.content.decode()


def post(client: Client, address: str, **body: object) -> str:
    response = client.post(address, {"key": uuid.uuid4().hex, **body}, follow=True)
    return response.content.decode()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_page_opens_in_both_languages_and_shows_no_number(cast: Cast, lang: str) -> None:
    service = made(flagged, cast)
    client = browser(cast, "checker", lang=lang)
    for address in (
        reverse("key_services:home") + "?tab=flagged",
        reverse("key_services:home") + "?tab=all&kind=400&q=南京",
        reverse("key_services:new"),
        reverse("key_services:existing"),
        reverse("key_services:import"),
        reverse("key_services:involved"),
        reverse("key_services:campaigns"),
        reverse("key_services:campaign_new"),
        reverse("key_services:service", args=[service.id]),
        reverse("key_services:sheet", args=[service.id, "suspend"]),
        reverse("key_services:agents"),
        reverse("key_services:agent_new"),
        reverse("key_services:blacklist"),
        reverse("key_services:listing_new"),
    ):
        html = page(client, address)
        assert str(service.number) not in html and "2583123456" not in html, address
        assert "110105" not in html or "1101051949" not in html
    assert service.applicant in page(client, reverse("key_services:home") + "?tab=flagged")


def test_another_carrier_finds_nothing_of_it(cast: Cast) -> None:
    service = made(active, cast)
    client = browser(cast, "rival")
    assert service.applicant not in page(client, reverse("key_services:home") + "?tab=all")
    page(client, reverse("key_services:service", args=[service.id]), 404)
    page(client, reverse("key_services:sheet", args=[service.id, "close"]), 404)


def test_a_number_never_enters_the_address(cast: Cast) -> None:
    response = browser(cast, "checker").get(reverse("key_services:home") + "?q=4001234567")
    assert response.status_code == 302 and "400" not in response.headers["Location"]


FORM = {
    "kind": "400", "number": "400-888-1234", "applicant": "南京同仁食品有限公司", "uscc": code(9),
    "applicant_kind": "organisation", "channel": "own_shop", "legal_name": "王建国",
    "legal_document": "11010519491231002X", "handler_name": "李小红", "handler_document": "440524188001010014",
    "use": "客服热线", "landing": "025-83123456",
}  # fmt: skip


def test_from_the_form_to_use_by_two_officers(cast: Cast) -> None:
    shop, checker = browser(cast, "shop"), browser(cast, "checker")
    assert "已受理" in post(shop, reverse("key_services:new"), **FORM)
    with system():
        service = Service.objects.get()
        landing = service.landings.get()
    html = post(checker, reverse("key_services:landing", args=[landing.id, "call"]))
    found = re.search(r"验证码 ([0-9]{6})", html)
    assert found is not None
    assert found[1] not in page(checker, reverse("key_services:service", args=[service.id]))
    assert "验证码不符" in post(checker, reverse("key_services:landing", args=[landing.id, "answer"]), code="x")
    post(checker, reverse("key_services:landing", args=[landing.id, "answer"]), code=found[1])
    assert "核验已通过" in post(checker, reverse("key_services:step", args=[service.id, "verify"]))
    assert "业务已开通" in post(shop, reverse("key_services:step", args=[service.id, "activate"]))
    html = page(checker, reverse("key_services:service", args=[service.id]))
    assert "王**" in html and "王建国" not in html and "110*" in html


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"applicant_kind": "individual"}, "个人不能办理"),
        ({"channel": "agent"}, "代理商和网上渠道不得受理"),
        ({"uscc": "91320100000000000X"}, "统一社会信用代码无效"),
        ({"number": "13912345678"}, "业务号码与业务种类不符"),
        ({"resold": "on"}, "许可证"),
    ],
)
def test_what_is_wrong_stands_beside_its_field(cast: Cast, changes: dict[str, str], words: str) -> None:
    response = browser(cast, "shop").post(reverse("key_services:new"), {"key": "k", **FORM, **changes})
    assert response.status_code == 422
    html = response.content.decode()
    assert words in html and "请改正下面几处" in html
    assert not Service.objects.exists()


def test_flagged_suspended_and_closed_by_two_persons_who_saw_the_radius(cast: Cast) -> None:
    service = made(active, cast)
    officer, approver = browser(cast, "officer"), browser(cast, "approver")
    html = post(
        officer, reverse("key_services:step", args=[service.id, "flag"]), measure="use_differs", reason="拨测用于推销"
    )
    assert "缺陷已登记" in html
    sheet = reverse("key_services:sheet", args=[service.id, "suspend"])
    html = page(officer, sheet)
    seen = re.search(r'name="seen" value="([0-9a-f]{64})"', html)
    assert seen is not None and "影响范围" in html
    assert "业务已暂停" in post(officer, sheet, seen=seen[1], remark="拒不整改")
    sheet = reverse("key_services:sheet", args=[service.id, "close"])
    response = browser(cast, "approver", sudo=False).get(sheet)
    assert response.status_code == 302 and response.headers["Location"].startswith("/sudo/")
    html = page(approver, sheet)
    seen = re.search(r'name="seen" value="([0-9a-f]{64})"', html)
    assert seen is not None
    assert approver.post(sheet, {"key": "k1", "seen": seen[1], "remark": ""}).status_code == 422
    assert "业务已关停" in post(approver, sheet, seen=seen[1], remark="情节严重")


def test_a_registration_is_corrected_while_it_is_rectified_and_at_no_other_time(cast: Cast) -> None:
    service = made(flagged, cast)
    address = reverse("key_services:amend", args=[service.id])
    shop = browser(cast, "shop")
    given = {name: value for name, value in FORM.items() if name not in ("kind", "number", "landing")}
    assert shop.post(address, given).status_code == 422
    with system():
        step(cast["officer"], service, "order_rectification")
    assert "登记已补正" in post(shop, address, **{**given, "use": "外呼推销"})
    with system():
        service.refresh_from_db()
    assert (service.use, service.uscc) == ("外呼推销", code(9))


def test_a_campaign_shows_its_scope_then_its_progress(cast: Cast) -> None:
    from haodun.registry.key_services.services import PersonSeen

    old = made(existing, cast, uscc="", use="", handler=PersonSeen("", ""), landing=())
    made(existing, cast)
    officer, approver = browser(cast, "officer"), browser(cast, "approver")
    tomorrow = (timezone.localdate() + timedelta(days=9)).isoformat()
    html = post(
        officer, reverse("key_services:campaign_new"), name="百日清理", kinds=["400"], opened_before="2016-11-07",
        deadline=tomorrow,
    )  # fmt: skip
    assert "范围预览" in html
    with system():
        campaign = CleanUp.objects.get()
    start = reverse("key_services:campaign_step", args=[campaign.id, "start"])
    assert officer.post(start, {"key": "s"}).status_code == 422
    assert "行动已开始" in post(approver, start)
    with system():
        step(cast["officer"], old, "flag", data={"defect": "no_registration", "note": "无材料"})
    html = page(officer, reverse("key_services:campaign", args=[campaign.id]))
    counts = re.findall(r"<dt>([^<]+)</dt><dd>([0-9]+)</dd>", html)
    assert dict(counts) == {
        "范围内业务": "2", "已核查": "1", "有缺陷": "1", "已整改": "0", "已关停": "0", "未核查": "1",
    }  # fmt: skip


def test_an_agent_from_the_form_to_the_blacklist_and_the_check_by_post(cast: Cast) -> None:
    shop, approver = browser(cast, "shop"), browser(cast, "approver")
    given = {
        "name": "快通代理", "uscc": code(60), "legal_name": "王建国", "legal_document": "11010519491231002X",
        "committed_on": timezone.localdate().isoformat(),
    }  # fmt: skip
    assert "代理商已登记" in post(shop, reverse("key_services:agent_new"), **given)
    with system():
        agent = Agent.objects.get()
    post(
        shop, reverse("key_services:agent_step", args=[agent.id, "find_breach"]), measure="card_farming", reason="养卡"
    )
    post(shop, reverse("key_services:agent_step", args=[agent.id, "revoke"]), reason="养卡")
    assert "已提请列入黑名单" in post(shop, reverse("key_services:agent_propose", args=[agent.id]))
    with system():
        listing = Listing.objects.get()
    check = reverse("key_services:listing_check")
    assert "不在名单中" in post(shop, check, party=code(60))
    assert "已列入" in post(approver, reverse("key_services:listing_step", args=[listing.id, "list"]))
    html = post(browser(cast, "rival"), check, party=code(60))
    assert "在名单中" in html and "养卡" in html
    assert "王建国" not in page(browser(cast, "rival"), reverse("key_services:listing", args=[listing.id]))


def test_a_file_of_the_existing_base_is_taken_and_its_bad_rows_given_back(cast: Cast) -> None:
    text = (
        "业务种类,业务号码,申请单位,统一社会信用代码,开通日期,用途\n"
        f"400,4008001111,甲公司,{code(70)},2015-03-01,客服\n"
        "彩铃,4008002222,乙公司,,2015-03-01,\n"
        "400,4008001111,甲公司,,2015-03-01,\n"
        "400,13912345678,丙公司,,2015-03-01,\n"
    )
    client, address = browser(cast, "shop"), reverse("key_services:import")
    response = client.post(address, {"key": "f", "file": io.BytesIO(text.encode())})
    html = response.content.decode()
    assert "已登记 1 行" in html and "3 行没有入库" in html and "第 2 行" in html
    with system():
        assert Service.objects.get().applicant == "甲公司"
    back = client.post(address, {"key": "g", "file": io.BytesIO(text.encode()), "give_back": "1"})
    assert "attachment" in back.headers["Content-Disposition"] and "丙公司" in back.content.decode()


def test_an_export_needs_a_purpose_and_masks_what_the_role_may_not_see(cast: Cast) -> None:
    service = made(active, cast)
    client = browser(cast, "officer")
    assert client.post(reverse("key_services:export"), {"file": "csv"}).status_code == 302
    for name, open_ in (("officer", True),):
        client = browser(cast, name)
        client.post(reverse("purpose"), {"purpose": "audit"})
        response = client.post(reverse("key_services:export"), {"file": "csv", "tab": "all"})
        assert response.status_code == 200, response.headers
        text = b"".join(response.streaming_content).decode()  # type: ignore[attr-defined]
        assert (str(service.number) in text) is open_ and service.applicant in text


def test_a_list_of_many_takes_no_query_a_row(cast: Cast) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = browser(cast, "checker")

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as caught:
            page(client, reverse("key_services:home") + "?tab=take_on")
        return len(caught)

    made(applied, cast)
    queries()
    one = queries()
    for serial in range(3):
        made(applied, cast, uscc=code(100 + serial))
    assert queries() == one


def test_the_matrix_of_landing_numbers_is_closed_to_a_bureau(cast: Cast) -> None:
    service = made(applied, cast)
    with system():
        landing = service.landings.get()
    response = browser(cast, "officer").post(reverse("key_services:landing", args=[landing.id, "call"]))
    assert response.status_code == 403
    with system():
        prove(cast, service)
