"""K10, K11 and K18, each against cases counted by hand."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from tests.casework.conftest import HELD, Country, filing

from haodun.casework.appeals.figures import answered, false_positives
from haodun.casework.appeals.models import Appeal, FalsePositive, Ground
from haodun.casework.appeals.states import REVIEW
from haodun.casework.appeals.states import TABLE as APPEALS
from haodun.casework.orders.figures import latency, numbers_shut
from haodun.casework.orders.models import Order, Urgency
from haodun.casework.orders.services import file_order
from haodun.casework.orders.states import TABLE
from haodun.offices.transitions.services import SYSTEM, act, preview, start

START = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)
UNTIL = START + timedelta(days=7)
AS_OF = START + timedelta(days=8)
Run = Callable[..., Order]


@pytest.fixture
def run(country: Country, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`run(minutes, …)`: an order received at START and in effect after so many minutes; None: still open."""
    monkeypatch.setattr(settings, "HAODUN_DATA", tmp_path)

    def make(minutes: int | None, *, at: datetime = START, **changes: object) -> Order:
        filed = file_order(country.actor("police"), filing(country, **changes), key=uuid.uuid4().hex, at=at)
        if minutes is not None:
            end = at + timedelta(minutes=minutes)
            seen = preview(SYSTEM, TABLE, [filed.order], "approve", at=end).blast
            assert seen is not None
            act(SYSTEM, TABLE, [filed.order], "approve", key=uuid.uuid4().hex, seen=seen.digest(), at=end)
            act(SYSTEM, TABLE, [filed.order], "execute", key=uuid.uuid4().hex, at=end)
        return Order.objects.get(id=filed.order)

    return make


def shut(country: Country, name: str = "officer") -> int | None:
    return numbers_shut(country.user(name), since=START, until=UNTIL, as_of=AS_OF).value


def k11(country: Country, *, as_of: datetime = AS_OF) -> list[int | None]:
    found = latency(country.user("officer"), since=START, until=UNTIL, as_of=as_of)
    return [figure.value for figure in found]


def test_k10_counts_a_number_once_however_many_orders_name_it(run: Run, country: Country) -> None:
    run(10, numbers="13912345678\n13812345678")
    run(20, numbers="13912345678\n110")
    run(None, numbers="13700000001")
    assert shut(country) == 2
    assert shut(country, "stranger") == 0


def test_k10_is_of_its_period(run: Run, country: Country) -> None:
    run(10, at=START - timedelta(days=1))
    assert shut(country) == 0


def test_k11_takes_median_ninetieth_and_share_within_the_limit(run: Run, country: Country) -> None:
    for minutes in (10, 20, 30, 119, 121):  # the urgent limit is 120 minutes
        run(minutes, urgency=Urgency.URGENT)
    assert k11(country) == [30 * 60, 121 * 60, 800]


def test_k11_counts_an_open_order_with_its_age_and_as_late(run: Run, country: Country) -> None:
    run(10)
    run(None)
    assert k11(country, as_of=START + timedelta(minutes=60)) == [600, 3600, 500]


def test_k11_leaves_out_what_was_never_to_be_carried_out(run: Run, country: Country) -> None:
    act(country.actor("police"), TABLE, [run(None).id], "withdraw", key="w", reason="重复")
    run(10)
    assert k11(country) == [600, 600, 1000]


def test_k11_of_nothing_is_no_figure(country: Country) -> None:
    assert k11(country) == [None, None, None]


def appeal(country: Country, *, hours: int | None, state: str) -> Appeal:
    return Appeal.objects.create(
        reference=uuid.uuid4().hex[:12],
        ground=Ground.VERDICT,
        number=HELD,
        statement=b"",
        contact=b"",
        language="en",
        state=state,
        created_at=START,
        decided_at=None if hours is None else START + timedelta(hours=hours),
        readers=[country.bureau.id],
    )


def test_k18_takes_median_share_and_overdue(country: Country) -> None:
    for hours, state in ((2, "LIFTED"), (4, "UPHELD"), (6, "PARTIAL"), (None, "REVIEW")):
        appeal(country, hours=hours, state=state)
    found = answered(country.user("officer"), since=START, until=UNTIL, as_of=AS_OF)
    assert [figure.value for figure in found] == [4 * 3600, 666, 0]
    assert [f.value for f in answered(country.user("stranger"), since=START, until=UNTIL, as_of=AS_OF)] == [
        None,
        None,
        0,
    ]


def test_k18_counts_an_appeal_past_its_deadline(country: Country) -> None:
    one = appeal(country, hours=None, state="REVIEW")
    start(APPEALS.name, [one], REVIEW, at=START)
    found = answered(country.user("officer"), since=START, until=UNTIL, as_of=AS_OF)
    assert found[2].value == 1


def test_false_positives_are_counted_by_cause(country: Country) -> None:
    for _ in range(2):
        one = appeal(country, hours=1, state="LIFTED")
        FalsePositive.objects.create(appeal=one, kind="rule", cause="CN-X", at=START)
    assert false_positives(since=START, until=UNTIL) == {"rule:CN-X": 2}
