"""Orders and appeals by many at once, by services and by pages, on real commits: exactly one of everything."""

from __future__ import annotations

import json
import re
import uuid
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob
from tests.casework.conftest import HELD, Country, browser, filing, found_country
from tests.offices.transitions.test_concurrency import together

from haodun.audit.models import Entry, Item
from haodun.casework.appeals.models import Appeal
from haodun.casework.appeals.services import Claim, decide, file_appeal
from haodun.casework.orders import views
from haodun.casework.orders.models import Order
from haodun.casework.orders.services import file_order, preview_step, take
from haodun.console.database import Urls
from haodun.console.setup import prepare_keys
from haodun.offices.jobs.services import drain
from haodun.offices.organisations.services import system
from haodun.offices.transitions.models import Performed, StepRecord
from haodun.offices.transitions.services import Outcome, Refused
from haodun.registry.policies.models import Publication
from haodun.registry.policies.services import publish
from haodun.registry.restrictions.models import Notice, RestrictionRow
from haodun.registry.restrictions.services import Source, by_source

ONCE = {"restrictions": 3, "notices": 1, "approve": 1, "order:approved": 1, "restriction:placed": 1, "publish": 1}
"""What the approval of one order of three numbers, one of them with a holder, comes to."""


@pytest.fixture
def land(committed_db: Urls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Country]:
    """A committed country with keys of its own, whose pages ask for no second factor."""
    monkeypatch.setattr(settings, "HAODUN_DATA", tmp_path)
    monkeypatch.setattr(settings, "HAODUN_DEMO", True)
    prepare_keys(tmp_path)
    with system():
        yield found_country()


def routed(land: Country) -> tuple[Order, str]:
    """An order that awaits approval, and the digest of what its approval would hit."""
    order = Order.objects.get(id=file_order(land.actor("police"), filing(land), key=uuid.uuid4().hex).order)
    blast = preview_step(land.actor("approver"), order, "approve").blast
    assert blast is not None
    return order, blast.digest()


def approve(land: Country, order: Order, seen: str, *, by: str = "approver", key: str = "") -> tuple[Outcome, ...]:
    return take(land.actor(by), [order.id], "approve", key=key or uuid.uuid4().hex, seen=seen)


def happened() -> dict[str, int]:
    """How much of everything there is."""
    entries = Counter(Entry.objects.values_list("kind", flat=True))
    return {
        "restrictions": RestrictionRow.objects.count(),
        "notices": Notice.objects.count(),
        "approve": StepRecord.objects.filter(action="approve").count(),
        "order:approved": entries["order:approved"],
        "restriction:placed": entries["restriction:placed"],
        "publish": ProcrastinateJob.objects.filter(task_name="policies.publish").count(),
    }


def codes(answers: list[Any]) -> list[str]:
    """The refusals among the answers."""
    return sorted(answer.code for answer in answers if isinstance(answer, Refused))


def test_of_two_approvers_at_once_one_has_exactly_one_effect(land: Country) -> None:
    order, seen = routed(land)
    answers = together(*[lambda by=by: approve(land, order, seen, by=by) for by in ("approver", "second_approver")])
    assert codes(answers) == ["state"]
    assert happened() == ONCE


def test_one_key_eight_times_at_once_has_one_effect_and_one_answer(land: Country) -> None:
    order, seen = routed(land)
    answers = together(*[lambda: approve(land, order, seen, key="click") for _ in range(8)])
    assert codes(answers) == []
    assert len({str(answer) for answer in answers}) == 1
    assert happened() == ONCE
    assert Performed.objects.filter(key="click").count() == 1


def test_of_approval_and_withdrawal_at_once_one_wins_whole(land: Country) -> None:
    for _ in range(4):
        order, seen = routed(land)

        def withdraw(order: Order = order) -> tuple[Outcome, ...]:
            return take(land.actor("police"), [order.id], "withdraw", key=uuid.uuid4().hex, reason="误报")

        answers = together(partial(approve, land, order, seen), withdraw)
        assert codes(answers) == ["state"]
        order.refresh_from_db()
        placed = by_source(Source("order", str(order.id)))
        assert (order.state, len(placed)) in {("DISPATCHED", 3), ("WITHDRAWN", 0)}
        states = set(order.numbers.values_list("state", flat=True))
        assert states <= ({"PENDING", "ALREADY_CLOSED"} if placed else {"REJECTED"})


def sheet(client: Client, order: Order) -> dict[str, str]:
    """What the approval page would send back."""
    page = client.get(reverse("orders:approve", args=[order.id]))
    assert page.status_code == 200
    found = re.findall(r'<input type="hidden" name="(key|seen|version)" value="([^"]*)">', page.content.decode())
    assert len(found) == 3
    return dict(found)


def posted(client: Client, order: Order, form: dict[str, str]) -> int:
    """The status of one click, by a browser with the cookies of another: a page open twice."""
    again = Client(headers={"accept-language": "en", "host": "localhost"}, raise_request_exception=False)
    again.cookies = client.cookies
    return int(again.post(reverse("orders:approve", args=[order.id]), form).status_code)


def test_a_double_click_on_the_page_approves_once_and_both_are_told_so(land: Country) -> None:
    order, _ = routed(land)
    client = browser(land, "approver", sudo=True)
    form = sheet(client, order)
    assert together(*[lambda: posted(client, order, form) for _ in range(4)]) == [302] * 4
    assert happened() == ONCE


def test_two_approvers_click_at_once_and_one_is_told_that_the_other_was_first(land: Country) -> None:
    order, _ = routed(land)
    clients = [browser(land, name, sudo=True) for name in ("approver", "second_approver")]
    forms = [sheet(client, order) for client in clients]
    pairs = zip(clients, forms, strict=True)
    answers = together(*[lambda client=client, form=form: posted(client, order, form) for client, form in pairs])
    assert sorted(answers) == [302, 422]
    assert happened() == ONCE


def test_an_answer_lost_after_the_commit_is_given_when_the_page_is_sent_again(
    land: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    order, _ = routed(land)
    client = browser(land, "approver", sudo=True)
    form = sheet(client, order)

    def crash(*_: object) -> None:
        raise RuntimeError("the answer never left")

    with monkeypatch.context() as crashing:
        crashing.setattr(views, "_to", crash)
        assert posted(client, order, form) == 500
    assert happened() == ONCE
    assert posted(client, order, form) == 302
    assert happened() == ONCE


def test_publishers_at_once_make_one_publication(land: Country) -> None:
    order, seen = routed(land)
    approve(land, order, seen)
    answers = together(*[lambda: publish("placed") for _ in range(4)])
    assert sorted(answers, key=str) == [1, None, None, None]
    assert Publication.objects.count() == 1
    assert [path.name for path in (Path(settings.HAODUN_DATA) / "snapshots").iterdir()] == ["1"]
    assert Entry.objects.filter(kind="snapshot:published").count() == 1


@pytest.fixture
def appeal(land: Country) -> Appeal:
    """An appeal of the holder, under review by an officer who has decided nothing before."""
    order, seen = routed(land)
    approve(land, order, seen)
    drain()
    restriction = next(one for one in by_source(Source("order", str(order.id))) if one.number == HELD)
    filed = file_appeal(
        Claim(HELD, restriction=restriction), statement="号码被他人冒用", contact="", language="en", key="appeal"
    )
    found = Appeal.objects.get(reference=filed.reference)
    decide(land.actor("officer"), [found.id], "take_up", key="take-up")
    return found


def lifted(appeal: Appeal) -> dict[str, int]:
    """How much of a lift there is."""
    entries = Counter(Entry.objects.values_list("kind", flat=True))
    return {
        "lift": StepRecord.objects.filter(action="lift", object_id=appeal.id).count(),
        "closed": RestrictionRow.objects.exclude(lifted_at=None).count(),
        "appeal:lifted": entries["appeal:lifted"],
        "restriction:lifted": entries["restriction:lifted"],
        "publish": ProcrastinateJob.objects.filter(task_name="policies.publish", status="todo").count(),
    }


def test_an_appeal_lifted_twice_at_once_lifts_once(land: Country, appeal: Appeal) -> None:
    def lift(by: str, key: str) -> tuple[Outcome, ...]:
        return decide(land.actor(by), [appeal.id], "lift", key=key, reason="查无此事")

    answers = together(
        lambda: lift("officer", "click"), lambda: lift("officer", "click"), lambda: lift("colleague", "other")
    )
    assert codes(answers) in (["state"], ["state", "state"])
    assert lifted(appeal) == dict.fromkeys(lifted(appeal), 1)
    drain()
    assert list(Publication.objects.order_by("version").values_list("version", flat=True)) == [1, 2]


def test_a_lift_and_a_recall_at_once_lift_each_number_once(land: Country, appeal: Appeal) -> None:
    order = Order.objects.get()

    def recall() -> tuple[Outcome, ...]:
        return take(land.actor("second_approver"), [order.id], "recall", key="recall", reason="撤销")

    def lift() -> tuple[Outcome, ...]:
        return decide(land.actor("officer"), [appeal.id], "lift", key="lift", reason="查无此事")

    answers = together(recall, lift)
    assert codes(answers) == []
    order.refresh_from_db()
    appeal.refresh_from_db()
    assert (order.state, appeal.state) == ("REVERSED", "LIFTED")
    assert RestrictionRow.objects.filter(lifted_at=None).count() == 0
    told = Entry.objects.filter(kind="restriction:lifted").values("id")
    bodies = Item.objects.filter(entry__in=told).values_list("body", flat=True)
    items = Counter(json.loads(body)["restriction"] for body in bodies)
    assert items == {str(one): 1 for one in RestrictionRow.objects.values_list("pk", flat=True)}
    drain()
    assert Publication.objects.order_by("-version").values_list("change", flat=True)[0] == max(
        RestrictionRow.objects.values_list("change", flat=True)
    )
