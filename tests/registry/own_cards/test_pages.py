"""The pages and the interface of 一证通查: the same for every document and number, and a desk that shows neither."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.conftest import signed_in
from tests.registry.conftest import Land
from tests.registry.own_cards.conftest import FIRST, MINE

from haodun.offices.organisations.models import User
from haodun.registry.outgoing.models import Message
from haodun.registry.outgoing.services import text_of
from haodun.registry.own_cards.models import CardQuestion
from haodun.registry.own_cards.services import Channel, Question, answer_open, ask

UNKNOWN = "E87654321"
KEY = re.compile(r'(name="(?:key|csrfmiddlewaretoken)" value="|FToken": ")[^"]*')
Login = Callable[[User], Client]


def stranger(address: str = "203.0.113.7", lang: str = "zh-hans") -> Client:
    return Client(headers={"host": "localhost", "accept-language": lang}, REMOTE_ADDR=address)


def clerk(user: User) -> Client:
    from django.conf import settings

    client = Client(headers={"host": "localhost", "accept-language": "zh-hans"})
    client.cookies[settings.SESSION_COOKIE_NAME] = signed_in(user)
    return client


def form(document: str = MINE.number, number: str = str(FIRST)[2:], kind: str = "resident") -> dict[str, str]:
    return {"kind": kind, "document": document, "number": number, "key": uuid.uuid4().hex}


def told(client: Client, body: dict[str, str]) -> tuple[int, str, str, int]:
    """Status, where it leads, what is read there, and how many queries the question took."""
    with CaptureQueriesContext(
        connection,
    ) as asked:
        answer = client.post("/cards/", body)
    after = client.get(answer.headers["Location"]).content.decode()
    return answer.status_code, answer.headers["Location"], KEY.sub(r"\1", after), len(asked)


def test_known_and_unknown_get_the_same_page_and_the_same_work(country: Land) -> None:
    first = told(stranger("203.0.113.1"), form())
    assert first[:2] == (302, "/cards/asked/")
    for place, body in enumerate(
        (
            form(UNKNOWN, kind="passport"),
            form(number=str(FIRST + 5)[2:]),
            form(number="13911112222"),
            form("４４０５２４１８８００１０１００１４", "139 1111 3333"),
        ),
        start=2,
    ):
        assert told(stranger(f"203.0.113.{place}"), body) == first


def test_a_person_without_script_or_account_asks_and_is_told_by_message(country: Land) -> None:
    page = stranger(lang="en").get("/cards/").content.decode()
    assert "How many phone cards are in my name?" in page
    assert stranger(lang="en").post("/cards/", form()).status_code == 302
    assert answer_open() == 1
    assert "3 mobile cards" in text_of(Message.objects.get(kind="cards:counts"))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (form(document="110105194912310021"), "校验码应为 X"),
        (form(document=""), "请填写证件号码"),
        (form(number="95588"), "不是一个完整的手机号码"),
        (form(number="025-83123456"), "不是一个完整的手机号码"),
        (form(kind="credit_code"), ""),
    ],
    ids=["check-character", "no-document", "short-number", "fixed-line", "organisation"],
)
def test_what_is_no_document_or_no_mobile_number_comes_back(country: Land, body: dict[str, str], words: str) -> None:
    answer = stranger().post("/cards/", body)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not CardQuestion.objects.exists()


def test_an_address_that_asks_too_often_is_told_so_whatever_it_asks(country: Land) -> None:
    client = stranger()
    for _ in range(5):
        assert client.post("/cards/", form(UNKNOWN, kind="passport")).status_code == 302
    refused = client.post("/cards/", form())
    assert (refused.status_code, "查询过于频繁" in refused.content.decode()) == (422, True)
    assert stranger("203.0.113.8").post("/cards/", form()).status_code == 302


def test_a_form_sent_twice_is_one_question(country: Land) -> None:
    client, body = stranger(), form()
    client.post("/cards/", body)
    client.post("/cards/", body)
    assert CardQuestion.objects.count() == 1


def test_a_program_gets_the_same_answer_for_every_document(country: Land) -> None:
    def post(body: dict[str, str], address: str, **headers: str) -> Any:
        return stranger(address).post("/api/v1/cards/questions", body, content_type="application/json", headers=headers)

    wanted = {"document": MINE.number, "number": str(FIRST)[2:]}
    first = post(wanted, "203.0.113.1", idempotency_key="a")
    other = post({**wanted, "number": "13911112222"}, "203.0.113.2", idempotency_key="a")
    assert first.status_code == other.status_code == 202
    assert first.content == other.content
    assert first.json()["hours"] == 48
    assert post(wanted, "203.0.113.3").status_code == 422, "no key"
    assert post({**wanted, "kind": "credit_code"}, "203.0.113.3", idempotency_key="b").status_code == 422
    for place in range(5):
        post(wanted, "203.0.113.4", idempotency_key=str(place))
    assert post(wanted, "203.0.113.4", idempotency_key="c").status_code == 429


def test_a_clerk_takes_a_question_and_sees_neither_document_nor_number(country: Land) -> None:
    client = clerk(country.owner)
    made = client.post("/cards/desk/new/", form(), follow=True)
    text = made.content.decode()
    assert "已受理" in text
    row = CardQuestion.objects.get()
    detail = client.get(f"/cards/desk/{row.id}/").content.decode()
    for page in (text, detail, client.get("/cards/desk/?tab=all").content.decode()):
        assert MINE.number not in page
        assert "139****" not in page
        assert str(FIRST)[2:] not in page
    step = client.post(f"/cards/desk/{row.id}/step/answer/", {"key": "k", "version": "1"}, follow=True)
    assert "已办理" in step.content.decode()
    assert Message.objects.filter(kind="cards:counts").count() == 1


def test_the_desk_looks_the_same_whether_somebody_was_told_or_not(country: Land) -> None:
    client = clerk(country.owner)
    pages = []
    for number in (FIRST, FIRST + 5):
        ask(Question(MINE, number, Channel.PAGE, "zh-hans", f"203.0.113.{number % 100}"), key=str(number))
    answer_open()
    assert Message.objects.count() == 1
    for row in CardQuestion.objects.all():
        answer = client.get(f"/cards/desk/{row.id}/")
        assert answer.status_code == 200
        page = KEY.sub(r"\1", answer.content.decode())
        pages.append(page.replace(str(row.id), "").replace(str(row.id)[:8].upper(), ""))
    at = re.compile(r"[0-9]{2}:[0-9]{2}|[0-9T:.+-]{19,}")
    assert at.sub("", pages[0]) == at.sub("", pages[1])


def test_the_queue_shows_what_is_late_first_and_costs_the_same_for_many(country: Land) -> None:
    now = timezone.now()
    client = clerk(country.owner)

    def put(place: int, hours: int) -> None:
        at = now - timedelta(hours=hours)
        ask(Question(MINE, FIRST, Channel.PAGE, "zh-hans", f"198.51.100.{place}"), key=str(place), now=at)

    put(1, 50)
    client.get("/cards/desk/")
    with CaptureQueriesContext(connection) as one:
        text = client.get("/cards/desk/").content.decode()
    assert 'class="count count-late">1' in text
    for place in range(2, 12):
        put(place, 1)
    with CaptureQueriesContext(connection) as many:
        text = client.get("/cards/desk/").content.decode()
    assert len(many) == len(one)
    order = re.findall(r"/cards/desk/([0-9a-f-]{36})/", text)
    assert order[0] == str(CardQuestion.objects.order_by("created_at").values_list("id", flat=True)[0])


def test_another_carrier_does_not_see_the_question(country: Land) -> None:
    ask(Question(MINE, FIRST, Channel.PAGE, "zh-hans", "203.0.113.7"), key="k")
    row = CardQuestion.objects.get()
    client = clerk(country.stranger)
    assert client.get(f"/cards/desk/{row.id}/").status_code == 404
    assert str(row.id) not in client.get("/cards/desk/?tab=all").content.decode()
    reader = clerk(country.colleague)
    assert reader.get(f"/cards/desk/{row.id}/").status_code == 200
    assert reader.get("/cards/desk/new/").status_code == 403
