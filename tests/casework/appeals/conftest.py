"""A number that an approved order shut down, and an appeal against it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from tests.casework.conftest import HELD, Country, MakeOrder

from haodun.casework.appeals.models import Appeal
from haodun.casework.appeals.services import Claim, file_appeal
from haodun.casework.orders.models import Order
from haodun.casework.orders.services import preview_step, take
from haodun.registry.restrictions.services import Restriction, Source, by_source

MakeAppeal = Callable[..., Appeal]


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data folder of its own: keys, outbox, store."""
    monkeypatch.setattr(settings, "HAODUN_DATA", tmp_path)
    yield tmp_path


@pytest.fixture
def shut(make_order: MakeOrder, country: Country) -> Order:
    """An order of the police, approved by the bureau."""
    order = make_order()
    blast = preview_step(country.actor("approver"), order, "approve").blast
    assert blast is not None
    take(country.actor("approver"), [order.id], "approve", key=uuid.uuid4().hex, seen=blast.digest())
    order.refresh_from_db()
    return order


def restriction_of(order: Order, number: int = HELD) -> Restriction:
    return next(one for one in by_source(Source("order", str(order.id))) if one.number == number)


@pytest.fixture
def appeal(shut: Order) -> Appeal:
    """The holder's appeal against it, acknowledged."""
    claim = Claim(HELD, restriction=restriction_of(shut))
    filed = file_appeal(claim, statement="号码被他人冒用", contact="", language="zh-hans", key=uuid.uuid4().hex)
    return Appeal.objects.get(reference=filed.reference)
