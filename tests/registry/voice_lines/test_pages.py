"""The pages of voice lines in a browser without script: what each role sees, what each form does."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from tests.registry.key_services.conftest import Cast
from tests.registry.key_services.test_pages import browser, page, post
from tests.registry.voice_lines.conftest import enforced, lines_cast, proved_line, registered

from haodun.offices.organisations.services import system
from haodun.registry.voice_lines.models import DeviceReport, VoiceLine


@pytest.fixture
def cast(db: None, monkeypatch: pytest.MonkeyPatch) -> Cast:
    """The cast, with pages that ask for no second factor, as in a demonstration."""
    monkeypatch.setattr(settings, "HAODUN_DEMO", True)
    with system():
        return lines_cast()


FORM = {
    "kind": "dedicated", "trunk": "line-form", "holder": "南京呼叫中心有限公司", "uscc": "", "location": "机房",
    "direction": "out", "permits": "+862583100000-+862583100099", "default": "+862583100000",
    "unpermitted": "replace", "hiding_off": "on",
}  # fmt: skip


@pytest.mark.parametrize("lang", ["zh-hans", "en"])
def test_every_page_opens_in_both_languages_and_shows_no_number(cast: Cast, lang: str) -> None:
    with system():
        line = proved_line(cast, enforced(cast), passed=False)
    client = browser(cast, "shop", lang=lang)
    for address in (
        reverse("voice_lines:home") + "?tab=all",
        reverse("voice_lines:new"),
        reverse("voice_lines:line", args=[line.id]),
        reverse("voice_lines:close", args=[line.id]),
        reverse("voice_lines:grant", args=[line.id]),
        reverse("voice_lines:devices"),
        reverse("voice_lines:device_new"),
    ):
        assert "2583100000" not in page(client, address), address
    for address in (reverse("voice_lines:line", args=[line.id]), reverse("voice_lines:close", args=[line.id])):
        page(browser(cast, "rival", lang=lang), address, 404)


def test_from_the_form_to_enforcement_exception_and_closure(cast: Cast) -> None:
    shop, engineer, approver = (browser(cast, name) for name in ("shop", "engineer", "approver"))
    assert "线路已登记" in post(shop, reverse("voice_lines:new"), **FORM)
    with system():
        line = VoiceLine.objects.get()
    day = timezone.localdate().isoformat()
    post(engineer, reverse("voice_lines:plan", args=[line.id]), method="foreign_cli", planned_for=day)
    with system():
        test = line.tests.get()
    result = reverse("voice_lines:result", args=[test.id])
    assert "测试结果已记录" in post(engineer, result, passed="yes", evidence="判定 edge-1-17")
    assert "等另一人实施鉴权" in post(engineer, reverse("voice_lines:step", args=[line.id, "pass_test"]))
    assert "已实施鉴权" in post(shop, reverse("voice_lines:step", args=[line.id, "enforce"]))
    until = (timezone.localdate() + timedelta(days=5)).isoformat()
    grant = reverse("voice_lines:grant", args=[line.id])
    assert "例外已批准" in post(approver, grant, until=until, reason="割接")
    assert "已恢复鉴权" in post(shop, reverse("voice_lines:step", args=[line.id, "end_exception"]))
    post(engineer, reverse("voice_lines:step", args=[line.id, "fail"]), reason="复测未通过")
    close = reverse("voice_lines:close", args=[line.id])
    seen = re.search(r'name="seen" value="([0-9a-f]{64})"', page(approver, close))
    assert seen is not None
    assert "线路已关停" in post(approver, close, seen=seen[1], remark="拒不鉴权")


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"trunk": "a b"}, "中继编号"), ({"permits": "8625"}, "许可号码写成"), ({"uscc": "1"}, "统一社会信用代码无效")],
)
def test_what_is_wrong_stands_beside_its_field(cast: Cast, changes: dict[str, str], words: str) -> None:
    response = browser(cast, "shop").post(reverse("voice_lines:new"), {"key": "k", **FORM, **changes})
    assert response.status_code == 422 and words in response.content.decode()


def test_a_device_goes_to_the_police_who_acknowledge_it(cast: Cast) -> None:
    engineer, police = browser(cast, "engineer"), browser(cast, "police")
    html = post(engineer, reverse("voice_lines:device_new"), kind="sim_box", finding="30 张卡轮换，判定 edge-1-99")
    assert "发现已登记" in html
    with system():
        report = DeviceReport.objects.get()
    address = reverse("voice_lines:device", args=[report.id])
    page(police, address, 404)
    step = reverse("voice_lines:device_step", args=[report.id, "report"])
    assert engineer.post(step, {"key": "r"}).status_code == 422
    assert "已报告并移送" in post(engineer, step, measure=str(cast.land.police.id))
    assert "30 张卡轮换" in page(police, address)
    assert "已签收" in post(police, reverse("voice_lines:device_step", args=[report.id, "acknowledge"]))


def test_the_list_counts_its_ranges_and_takes_no_query_a_row(cast: Cast) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client, address = browser(cast, "shop"), reverse("voice_lines:home")

    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            page(client, address)
        return len(caught)

    with system():
        registered(cast)
    queries()
    one = queries()
    with system():
        for _ in range(3):
            registered(cast)
    assert queries() == one


FILE = (
    "线路种类,中继编号,使用单位,方向,许可号码,默认号码,不是本线路的主叫号码,已关闭主叫号码隐藏,开通日期\n"
    "语音专线,line-f1,南京呼叫中心有限公司,呼出,+862583100000-+862583100099；+862583100200,+862583100000,换成默认号码,是,2015/3/1\n"
    "e1,line-f2,,,,,,,\n"
    "微波,line-f3,,,,,,,\n"
    "语音专线,line-f1,另一家,呼出,,,,,\n"
    "语音专线,line-f4,甲,呼出,8625,,,,\n"
    "语音专线,line-f5,甲,呼出,,,,也许,\n"
)


def test_lines_are_registered_from_a_file_and_its_bad_rows_given_back(cast: Cast) -> None:
    client, address = browser(cast, "shop"), reverse("voice_lines:import")
    html = client.post(address, {"key": "f", "file": io.BytesIO(FILE.encode())}).content.decode()
    assert "已登记 2 行" in html and "4 行没有入库" in html
    for reason in ("应为以下之一", "已有登记的线路", "许可号码写成", "应为“是”或“否”"):
        assert reason in html
    with system():
        first, second = VoiceLine.objects.order_by("trunk")
        assert [(one.low, one.high) for one in first.permits.order_by("low")] == [
            (862583100000, 862583100099), (862583100200, 862583100200),
        ]  # fmt: skip
    assert (first.unpermitted, first.hiding_off, second.kind, second.holder) == ("replace", True, "e1", "")
    assert first.existing_since is not None and first.existing_since.date().isoformat() == "2015-02-28"
    back = client.post(address, {"key": "g", "file": io.BytesIO(FILE.encode()), "give_back": "1"})
    assert "attachment" in back.headers["Content-Disposition"] and "line-f3" in back.content.decode()
    assert page(browser(cast, "officer"), address, 403)


def test_the_list_goes_out_as_a_file_with_a_purpose_and_only_what_one_reads(cast: Cast) -> None:
    with system():
        line = enforced(cast)
        registered(cast)
    client = browser(cast, "shop")
    assert client.post(reverse("voice_lines:export"), {"file": "csv"}).status_code == 302
    client.post(reverse("purpose"), {"purpose": "audit"})

    def text(name: str, tab: str) -> str:
        reader = browser(cast, name)
        reader.post(reverse("purpose"), {"purpose": "audit"})
        answer = reader.post(reverse("voice_lines:export"), {"file": "csv", "tab": tab})
        return b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]

    enforced_only = text("shop", "enforced").splitlines()
    assert len(enforced_only) == 2 and line.trunk in enforced_only[1]
    assert len(text("shop", "all").splitlines()) == 3
    assert line.trunk not in text("rival", "all")
