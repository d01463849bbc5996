"""Orders and appeals for programs: every verb, idempotency keys, masked numbers, refusals with code and sentence."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test.utils import override_settings
from django.urls import path
from ninja import NinjaAPI
from tests.casework.conftest import Country, MakeOrder, browser, filing

from haodun.casework.appeals import api as appeals_api
from haodun.casework.appeals.models import Appeal
from haodun.casework.orders import api as orders_api
from haodun.casework.orders.models import Order
from haodun.console import urls as console_urls
from haodun.offices.transitions.services import emit
from haodun.registry.policies.facts import SnapshotExecuted
from haodun.registry.restrictions.services import Source, by_source

_API = NinjaAPI(title="casework", urls_namespace="casework-test")
_API.add_router("", orders_api.router)
_API.add_router("", appeals_api.router)
urlpatterns = [path("api/v1/", _API.urls), *console_urls.urlpatterns]

FULL = ("13912345678", "8613912345678", "442079460123")


@pytest.fixture(autouse=True)
def mounted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(settings, "HAODUN_DATA", tmp_path)
    with override_settings(ROOT_URLCONF=__name__, HAODUN_DEMO=True):
        yield


class Program:
    """A program that acts for one person; `last` is the text of the last answer."""

    def __init__(self, country: Country, name: str, *, lang: str = "en") -> None:
        self._client = browser(country, name, sudo=True, lang=lang)
        self.last = ""

    def get(self, address: str, **query: str | int) -> tuple[int, Any]:
        return self._read(self._client.get(f"/api/v1/{address}", query))

    def post(self, address: str, body: dict[str, Any], *, key: str | None = "") -> tuple[int, Any]:
        headers = {} if key is None else {"Idempotency-Key": key or uuid.uuid4().hex}
        sent = json.dumps(body)
        return self._read(
            self._client.post(f"/api/v1/{address}", sent, content_type="application/json", headers=headers)
        )

    def _read(self, answer: Any) -> tuple[int, Any]:
        self.last = answer.content.decode()
        assert not [number for number in FULL if number in self.last]
        return answer.status_code, json.loads(self.last) if self.last else None


def document(country: Country, **changes: object) -> dict[str, Any]:
    given = filing(country)
    return {
        "document": given.document,
        "issuing_unit": str(given.issuing_unit),
        "category": "loan",
        "urgency": "urgent",
        "numbers": given.numbers,
        **changes,
    }


def test_an_order_runs_from_filing_to_recall(country: Country) -> None:
    police, approver = Program(country, "police"), Program(country, "approver")
    status, filed = police.post("orders", document(country))
    assert (status, filed["known"], filed["numbers"]) == (201, False, 3)
    order = filed["order"]
    _, seen = approver.get(f"orders/{order}/preview/approve")
    assert (seen["refusal"], seen["numbers"], seen["holders"]) == (None, 3, 1)
    status, done = approver.post(f"orders/{order}/approve", {"seen": seen["seen"]})
    assert (status, done["state"]) == (200, "DISPATCHED")
    emit(SnapshotExecuted(version=1, change=Order.objects.get().change, edges=1))
    status, done = police.post(f"orders/{order}/acknowledge", {})
    assert (status, done["state"]) == (200, "FED_BACK")
    status, done = Program(country, "second_approver").post(f"orders/{order}/recall", {"reason": "误报"})
    assert (status, done["state"]) == (200, "REVERSED")
    _, found = police.get(f"orders/{order}")
    assert {one["state"] for one in found["numbers"]} == {"REVERSED"}
    assert "139****5678" in police.last


def test_sending_back_correcting_withdrawing_and_rejecting(country: Country) -> None:
    police, officer = Program(country, "police"), Program(country, "officer")
    orders = [police.post("orders", document(country))[1]["order"] for _ in range(2)]
    assert officer.post(f"orders/{orders[0]}/send_back", {"reason": "缺页"})[1]["state"] == "SENT_BACK"
    status, answer = police.post(f"orders/{orders[0]}/correct", {"numbers": "1391234567x"})
    assert (status, answer["code"], answer["lines"]) == (422, "bad_numbers", [1])
    assert police.post(f"orders/{orders[0]}/correct", {"numbers": "13912345678"})[0] == 200
    assert police.post(f"orders/{orders[0]}/withdraw", {"reason": "重复"})[1]["state"] == "WITHDRAWN"
    assert officer.post(f"orders/{orders[1]}/reject", {"reason": "无权"})[1]["state"] == "REJECTED"


def test_the_same_key_acts_once_and_answers_the_same(country: Country) -> None:
    police, body = Program(country, "police"), document(country)
    first = police.post("orders", body, key="once")
    second = police.post("orders", body, key="once")
    assert first[1]["order"] == second[1]["order"]
    assert Order.objects.count() == 1
    withdrawn = [police.post(f"orders/{first[1]['order']}/withdraw", {"reason": "x"}, key="w") for _ in range(2)]
    assert withdrawn[0] == withdrawn[1]
    status, answer = police.post(f"orders/{first[1]['order']}/withdraw", {"reason": "y"}, key="w")
    assert (status, answer["code"]) == (409, "key")


def test_a_request_without_a_key_does_nothing(country: Country) -> None:
    status, _ = Program(country, "police").post("orders", document(country), key=None)
    assert status == 422
    assert not Order.objects.exists()


@pytest.mark.parametrize(("lang", "words"), [("en", "another person must"), ("zh-hans", "须由另一人办理")])
def test_a_refusal_has_a_code_and_a_sentence_in_the_language_asked_for(
    country: Country, make_order: MakeOrder, lang: str, words: str
) -> None:
    order = make_order("approver")
    status, answer = Program(country, "approver", lang=lang).post(f"orders/{order.id}/approve", {"seen": ""})
    assert (status, answer["code"]) == (403, "second_person")
    assert words in answer["message"]


def test_a_version_that_was_overtaken_is_refused(country: Country, make_order: MakeOrder) -> None:
    order = make_order()
    status, answer = Program(country, "police").post(f"orders/{order.id}/withdraw", {"reason": "x", "version": 1})
    assert (status, answer["code"]) == (409, "stale")


def test_strangers_find_nothing_and_the_anonymous_are_turned_away(country: Country, make_order: MakeOrder) -> None:
    order = make_order()
    stranger = Program(country, "stranger")
    assert stranger.get("orders", tab="all")[1]["items"] == []
    assert stranger.get(f"orders/{order.id}")[0] == 404
    assert stranger.post(f"orders/{order.id}/send_back", {"reason": "x"})[0] == 404
    from django.test import Client

    assert Client(headers={"host": "localhost"}).get("/api/v1/orders").status_code == 401


def test_lists_are_read_page_by_page(country: Country, make_order: MakeOrder) -> None:
    made = {str(make_order().id) for _ in range(5)}
    police, found, after = Program(country, "police"), [], ""
    while True:
        _, page = police.get("orders", tab="all", limit=2, after=after)
        found += [one["id"] for one in page["items"]]
        after = page["next"]
        if not after:
            break
    assert len(found) == 5
    assert set(found) == made
    assert police.get("orders", tab="nonsense")[0] == 422


def approved(country: Country, make_order: MakeOrder) -> Order:
    order, approver = make_order(), Program(country, "approver")
    seen = approver.get(f"orders/{order.id}/preview/approve")[1]["seen"]
    assert approver.post(f"orders/{order.id}/approve", {"seen": seen})[0] == 200
    return order


@pytest.fixture
def notice(country: Country, make_order: MakeOrder) -> str:
    order = approved(country, make_order)
    return next(one.appeal for one in by_source(Source("order", str(order.id))) if one.interval)


def test_an_appeal_is_filed_by_notice_reviewed_upheld_escalated_and_lifted(country: Country, notice: str) -> None:
    from haodun.offices.organisations.models import User
    from haodun.offices.organisations.services import Kind, Role, appoint, establish

    firm = establish(kind=Kind.ENTERPRISE, name_zh="甲公司", name_en="Firm A")
    person = User.objects.create_user(username="firm", password=None)
    appoint(person, firm, Role.ENTERPRISE)
    country.people["firm"] = person
    firm_program, officer = Program(country, "firm"), Program(country, "officer")
    body = {"notice": notice.lower(), "statement": "号码是我们的客服专线"}
    status, filed = firm_program.post("appeals", body)
    assert status == 201
    assert firm_program.post("appeals", body)[1]["code"] == "open"
    appeal = Appeal.objects.get()
    assert officer.get(f"appeals/{appeal.id}")[1]["statement"] == "号码是我们的客服专线"
    assert Program(country, "approver").post(f"appeals/{appeal.id}/take_up", {})[1]["code"] == "second_person"
    assert officer.post(f"appeals/{appeal.id}/take_up", {})[1]["state"] == "REVIEW"
    assert officer.post(f"appeals/{appeal.id}/uphold", {"reason": "有据"})[1]["state"] == "UPHELD"
    opened = firm_program.post("appeals/status", filed)
    assert (opened[0], opened[1]["may_escalate"], opened[1]["reason"]) == (200, True, "有据")
    assert firm_program.post("appeals/escalate", {**filed, "code": "x"})[0] == 404
    assert firm_program.post("appeals/escalate", filed)[0] == 204
    above = Program(country, "second_approver")
    assert above.post(f"appeals/{appeal.id}/accept", {})[1]["state"] == "ACCEPTED"
    assert above.post(f"appeals/{appeal.id}/lift_finally", {"reason": "改判"})[1]["state"] == "LIFTED"
    assert firm_program.post("appeals/status", filed)[1]["lifted_everywhere"] is False


def test_appeals_of_others_are_not_found(country: Country, notice: str) -> None:
    stranger = Program(country, "stranger")
    assert stranger.get("appeals", tab="all")[1]["items"] == []
    assert stranger.get(f"appeals/{uuid.uuid4()}")[0] == 404


def test_a_reference_that_is_none_files_nothing(country: Country) -> None:
    officer = Program(country, "officer")
    assert officer.post("appeals", {"notice": "A" * 16, "statement": "x"})[0] == 403
    assert not Appeal.objects.exists()
