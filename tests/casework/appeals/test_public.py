"""The public pages, as a citizen walks through them without script and without an account."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from tests.casework.appeals.conftest import restriction_of
from tests.casework.conftest import HELD, Country

from haodun.audit.models import Entry
from haodun.casework.appeals.models import Appeal
from haodun.casework.appeals.services import decide
from haodun.casework.orders.models import Order
from haodun.registry.outgoing.models import Message
from haodun.registry.outgoing.services import text_of

LANGUAGES = ("zh-hans", "en")
MAX_PAGE = 60 * 1024
PUBLIC = ("why", "token", "number", "start", "status")


def citizen(lang: str = "zh-hans") -> Client:
    return Client(headers={"accept-language": lang, "host": "localhost"})


def post(client: Client, name: str, form: dict[str, str], *, to: str) -> None:
    response = client.post(reverse(f"appeals:{name}"), form)
    assert response.status_code == 302, response.content.decode()[-3000:]
    assert response.headers["Location"] == reverse(f"appeals:{to}")


def shown(client: Client, name: str) -> str:
    response = client.get(reverse(f"appeals:{name}"))
    assert response.status_code == 200, name
    return response.content.decode()


def last_code() -> str:
    message = Message.objects.filter(kind="appeal:code").latest("created_at")
    found = re.search("[0-9]{6}", text_of(message))
    assert found is not None
    return found[0]


def prove(client: Client, *, way: str = "why", to: str = "answer", number: str = "139 1234 5678") -> None:
    post(client, way, {"way": "number"}, to="number")
    post(client, "number", {"number": number, "day": ""}, to="code")
    post(client, "code", {"code": last_code()}, to=to)


def visible(html: str) -> str:
    return re.sub(r"<[^>]+>", " ", re.sub(r"<script.*?</script>", "", html, flags=re.S))


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", PUBLIC)
def test_each_first_page_is_small_and_needs_no_login(country: Country, name: str, lang: str) -> None:
    response = citizen(lang).get(reverse(f"appeals:{name}"))
    assert response.status_code == 200
    styles = re.findall(r'<link rel="stylesheet" href="([^"]+)"', response.content.decode())
    sizes = [len(b"".join(citizen().get(address))) for address in styles]
    assert len(response.content) + sum(sizes) <= MAX_PAGE
    assert "no-cache" in response.headers["Cache-Control"]


def test_a_holder_learns_why_by_number_and_code(shut: Order) -> None:
    client = citizen()
    prove(client)
    text = visible(shown(client, "answer"))
    for words in ("已停止呼出和呼入", "公安机关通报", "冒充公检法", "2015 年 11 月", "110、119、120、122", "申诉"):
        assert words in text
    assert shut.document not in text
    assert "公安" in text
    assert "南京公安" not in text


def test_the_answer_is_complete_in_english(shut: Order) -> None:
    client = citizen("en")
    prove(client)
    text = visible(shown(client, "answer"))
    assert "fraud" in text
    assert not re.search("[\u4e00-\u9fff]", text.replace("中文", "")), re.findall("[\u4e00-\u9fff]+", text)


def test_the_reference_of_the_notice_opens_the_same_answer(shut: Order) -> None:
    client = citizen()
    post(client, "start", {"way": "token"}, to="token")
    post(client, "token", {"token": restriction_of(shut).appeal.lower()}, to="which")
    assert "公安机关通报" in visible(shown(client, "answer"))


def test_a_known_and_an_unknown_number_get_the_same_page_until_the_code(shut: Order) -> None:
    def pages(number: str) -> list[str]:
        client = citizen()
        post(client, "why", {"way": "number"}, to="number")
        post(client, "number", {"number": number, "day": ""}, to="code")
        wrong = client.post(reverse("appeals:code"), {"code": "abc"}).content.decode()
        return [re.sub(r'value="[A-Za-z0-9]{64}"', "", page) for page in (shown(client, "code"), wrong)]

    assert pages("13912345678") == pages("13700000001")


def test_nothing_is_told_without_the_code(shut: Order) -> None:
    client = citizen()
    post(client, "why", {"way": "number"}, to="number")
    post(client, "number", {"number": "13912345678", "day": ""}, to="code")
    for name in ("answer", "which", "statement", "contact", "check", "done"):
        response = client.get(reverse(f"appeals:{name}"))
        assert response.status_code == 302, name
    assert citizen().get(reverse("appeals:answer")).status_code == 302


def test_the_proof_of_one_visitor_is_no_proof_of_another(shut: Order) -> None:
    client = citizen()
    prove(client)
    other = citizen()
    other.get(reverse("appeals:why"))
    assert other.get(reverse("appeals:answer")).status_code == 302


def test_a_wrong_number_and_a_wrong_day_are_said_and_kept(country: Country) -> None:
    client = citizen()
    response = client.post(reverse("appeals:number"), {"number": "1391234567", "day": "2020-01-01"})
    html = response.content.decode()
    assert response.status_code == 422
    assert "<title>错误：" in html
    assert "不是一个完整的号码" in html
    assert "只能查最近 180 天" in html
    assert 'value="1391234567"' in html
    assert not Message.objects.exists()


def test_asking_too_often_is_refused_with_one_sentence_for_all(shut: Order) -> None:
    client = citizen()
    for _ in range(3):
        client.post(reverse("appeals:number"), {"number": "13912345678", "day": ""})
    response = client.post(reverse("appeals:number"), {"number": "13912345678", "day": ""})
    assert response.status_code == 422
    assert "过于频繁" in response.content.decode()


def test_a_text_that_is_no_token_is_said_to_be_none(country: Country) -> None:
    response = citizen().post(reverse("appeals:token"), {"token": "A" * 26})
    assert response.status_code == 422
    assert "没有找到" in response.content.decode()


Walk = Callable[[str], tuple[Client, str, str]]


@pytest.fixture
def appealed(shut: Order) -> Walk:
    """`appealed(lang)`: a citizen who appealed, the reference and the code."""

    def walk(lang: str = "zh-hans") -> tuple[Client, str, str]:
        client = citizen(lang)
        prove(client, way="start", to="which")
        post(client, "which", {"claim": f"r{restriction_of(shut).id}"}, to="statement")
        post(client, "statement", {"statement": "我是机主，没有打过这些电话。"}, to="contact")
        post(client, "contact", {"contact": ""}, to="check")
        assert "我是机主" in shown(client, "check")
        post(client, "check", {}, to="done")
        found = re.findall(r"<strong>([^<]+)</strong>", shown(client, "done"))
        return client, found[0], found[1]

    return walk


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_appeal_is_filed_in_four_steps_and_followed_by_reference_and_code(appealed: Walk, lang: str) -> None:
    _, reference, code = appealed(lang)
    appeal = Appeal.objects.get()
    assert (appeal.state, appeal.number, appeal.language) == ("ACKNOWLEDGED", HELD, lang)
    response = citizen(lang).post(reverse("appeals:status"), {"reference": reference, "code": code.lower()})
    assert response.status_code == 200
    assert reference in response.content.decode()


def test_sending_twice_files_once_and_shows_the_same_confirmation(appealed: Walk) -> None:
    client, reference, _ = appealed("zh-hans")
    post(client, "check", {}, to="done")
    assert reference in shown(client, "done")
    assert Appeal.objects.count() == 1


def test_a_second_appeal_against_the_same_is_refused_kindly(appealed: Walk, shut: Order) -> None:
    appealed("zh-hans")
    client = citizen()
    prove(client, way="start", to="which")
    post(client, "which", {"claim": f"r{restriction_of(shut).id}"}, to="statement")
    post(client, "statement", {"statement": "再说一次"}, to="contact")
    post(client, "contact", {"contact": "a@example.com"}, to="check")
    response = client.post(reverse("appeals:check"), {})
    assert response.status_code == 422
    assert "已有一件申诉正在办理" in response.content.decode()


def test_reference_and_code_must_belong_together(appealed: Walk) -> None:
    _, reference, code = appealed("zh-hans")
    for given in ((reference, "AAAA-AAAA"), ("S261124-AAAAAA", code), ("x", "y"), (reference, "")):
        response = citizen().post(reverse("appeals:status"), {"reference": given[0], "code": given[1]})
        assert response.status_code == 422
        assert "待复核" not in visible(response.content.decode())


def test_an_upheld_appeal_can_be_taken_to_the_upper_desk_from_the_status_page(appealed: Walk, country: Country) -> None:
    _, reference, code = appealed("zh-hans")
    appeal = Appeal.objects.get()
    decide(country.actor("officer"), [appeal.id], "take_up", key="a")
    decide(country.actor("officer"), [appeal.id], "uphold", key="b", reason="记录一致")
    html = citizen().post(reverse("appeals:status"), {"reference": reference, "code": code}).content.decode()
    assert "记录一致" in html
    form = dict(re.findall(r'<input type="hidden" name="([a-z]+)" value="([^"]*)"', html))
    assert citizen().post(reverse("appeals:go_up"), form | {"code": "AAAAAAAA"}).status_code == 302
    appeal.refresh_from_db()
    assert appeal.state == "UPHELD"
    assert citizen().post(reverse("appeals:go_up"), form).status_code == 200
    appeal.refresh_from_db()
    assert appeal.state == "ESCALATED"


def test_neither_number_nor_officer_nor_statement_stands_in_an_address_or_the_status(
    appealed: Walk, country: Country
) -> None:
    _, reference, code = appealed("zh-hans")
    html = citizen().post(reverse("appeals:status"), {"reference": reference, "code": code}).content.decode()
    assert "我是机主" not in html
    assert str(HELD) not in html and "13912345678" not in html
    assert country.user("approver").username not in html


def test_each_look_is_in_the_ledger_by_the_subject_not_the_number(shut: Order) -> None:
    client = citizen()
    prove(client)
    shown(client, "answer")
    entries = Entry.objects.filter(kind__in=("why:asked", "code:sent"))
    assert {entry.kind for entry in entries} == {"why:asked", "code:sent"}
    assert all(entry.subject is not None for entry in entries)
    assert "13912345678" not in "".join(str(vars(entry)) for entry in entries)


def test_a_day_before_the_order_shows_nothing(shut: Order) -> None:
    client = citizen()
    post(client, "why", {"way": "number"}, to="number")
    yesterday = timezone.localdate() - timedelta(days=1)
    post(client, "number", {"number": "13912345678", "day": yesterday.isoformat()}, to="code")
    post(client, "code", {"code": last_code()}, to="answer")
    assert "没有查到" in visible(shown(client, "answer"))


@pytest.mark.parametrize("name", ["why", "token", "number", "code", "start", "which", "check", "status", "go_up"])
def test_hostile_input_is_refused_or_led_back_never_an_error(country: Country, name: str, data: Path) -> None:
    client = citizen()
    for text in ("", "'\"<script>alert(1)</script>", "\x00", "A" * 70_000, "％０ａ", "../../etc/passwd"):
        form = dict.fromkeys(("way", "token", "number", "day", "code", "claim", "reference", "key"), text)
        response = client.post(reverse(f"appeals:{name}"), form)
        assert response.status_code in (302, 405, 422, 429)
        assert "<script>alert(1)" not in response.content.decode()
