"""The registry's API: own rows only, numbers masked and never in an address, each look-up with its purpose."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.test.utils import override_settings
from django.urls import path
from django.utils import timezone
from ninja import NinjaAPI
from tests.registry.conftest import Land, holding
from tests.registry.policies.test_publishing import FIRST, place

from haodun.audit.models import Entry
from haodun.console import urls as console_urls
from haodun.offices.organisations.models import User
from haodun.offices.organisations.services import Kind, Role, appoint, establish, system
from haodun.registry.policies import api as policies_api
from haodun.registry.policies import services as policies
from haodun.registry.policies.models import Publication
from haodun.registry.policies.receipts import Said, take_receipt
from haodun.registry.restrictions import api as restrictions_api
from haodun.registry.subscribers import services as subscribers

_API = NinjaAPI(title="registry", urls_namespace="registry-test")
_API.add_router("", restrictions_api.router)
_API.add_router("", policies_api.router)
urlpatterns = [path("api/v1/", _API.urls), *console_urls.urlpatterns]


@pytest.fixture(autouse=True)
def mounted() -> Iterator[None]:
    with override_settings(ROOT_URLCONF=__name__, HAODUN_DEMO=True, ALLOWED_HOSTS=["testserver"]):
        yield


def client(user: User | None) -> Client:
    found = Client()
    if user is not None:
        found.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return found


def get(user: User | None, address: str) -> tuple[int, Any]:
    answer = client(user).get(f"/api/v1/{address}")
    return answer.status_code, answer.json() if answer.content else None


def status(user: User | None, **body: str) -> tuple[int, Any]:
    answer = client(user).post("/api/v1/numbers/status", json.dumps(body), content_type="application/json")
    return answer.status_code, answer.json()


def test_each_reader_gets_his_own_rows_with_masked_numbers(land: Land) -> None:
    place(land, FIRST, FIRST + 1)
    for user, seen in ((land.owner, 2), (land.colleague, 2), (land.stranger, 0)):
        code, page = get(user, "restrictions?in_force=true")
        assert (code, len(page["items"])) == (200, seen)
        assert str(FIRST)[2:] not in json.dumps(page)
    identity = get(land.owner, "restrictions")[1]["items"][0]["id"]
    assert get(land.owner, f"restrictions/{identity}")[1]["number"].startswith("138****")
    assert get(land.stranger, f"restrictions/{identity}")[0] == 404
    assert get(land.stranger, f"restrictions?after={identity}")[0] == 404
    assert get(land.owner, "restrictions?in_force=false")[1]["items"] == []


def test_nobody_else_gets_anything(land: Land) -> None:
    place(land, FIRST)
    press = User.objects.create_user(username="press", password=None)
    paper = establish(kind=Kind.PRESS, name_zh="人民邮电报", name_en="Posts and Telecoms News", parent=land.ministry)
    appoint(press, paper, Role.PRESS)
    for address in ("restrictions", "publications", "edges"):
        assert get(None, address)[0] == 401
        assert get(press, address)[0] == 403
    assert status(None, number="+8613813800001", purpose="audit")[0] == 401
    assert status(press, number="+8613813800001", purpose="audit")[0] == 403


def test_pages_follow_each_other_without_gap_or_repeat(land: Land) -> None:
    for n in range(5):
        place(land, FIRST + 2 * n, FIRST + 2 * n + 1, source=str(n))
    seen: list[str] = []
    address = "restrictions?limit=3"
    while address:
        page = get(land.owner, address)[1]
        seen += [item["id"] for item in page["items"]]
        address = f"restrictions?limit=3&after={page['next']}" if page["next"] else ""
    assert len(seen) == len(set(seen)) == 10


def test_a_look_up_has_a_purpose_and_stands_in_the_ledger_without_the_number(land: Land) -> None:
    now = timezone.now()
    subscribers.open_interval(holding(land, FIRST, since=now))
    place(land, FIRST)
    assert status(land.owner, number="13813800001")[0] == 422
    assert status(land.owner, number="13813800001", purpose="curiosity")[0] == 422
    assert status(land.owner, number="1381380000１", purpose="audit")[0] == 422
    code, found = status(land.owner, number="13813800001", purpose="order_check")
    assert (code, found["number"], found["holder"], len(found["restrictions"])) == (200, "138****0001", "欧***", 1)
    code, less = status(land.stranger, number="13813800001", purpose="order_check")
    assert (code, less["holder"], less["held_since"], less["restrictions"]) == (200, "", None, [])
    entries = list(Entry.objects.filter(kind="number:looked_up").values_list("purpose", "body", "object_id"))
    assert [entry[0] for entry in entries] == ["order_check"] * 2
    assert "13813800001" not in str(entries)


def test_publications_and_receipts_are_listed(land: Land) -> None:
    now = timezone.now()
    for version in (1, 2, 3):
        Publication.objects.create(
            version=version, parent=version - 1, kind="full", digest="0" * 64, bytes=1, policy_digest="", cause="daily",
            created_at=now, change=version,
        )  # fmt: skip
    policies.enrol("e", organisation=land.mobile.id)
    with system():
        from haodun.registry.policies.models import Edge

        pk = Edge.objects.get().pk
    take_receipt(pk, Said(2, "executed", "", now, "r"))
    with system():  # the API asks who may; here only what is shown
        admin = User.objects.create_user(username="admin", password=None)
        appoint(admin, land.mobile, Role.CARRIER_ENGINEER)
    page = get(admin, "publications?limit=2")[1]
    assert [item["version"] for item in page["items"]] == [3, 2] and page["next"] == 2
    assert [item["version"] for item in get(admin, "publications?before=2")[1]["items"]] == [1]
    assert [one["edge"] for one in get(admin, "publications/2/receipts")[1]] == ["e"]
    assert get(admin, "publications/9/receipts")[0] == 404
    assert [(one["name"], one["version"], one["silent"]) for one in get(admin, "edges")[1]] == [("e", 2, False)]
