"""Facts: inside the act's transaction, after its ledger entry; a subscriber that fails undoes the act."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection, transaction
from tests.offices.transitions.parcels import PARCELS, TABLE, packed, person, with_effect

from haodun.audit.models import Entry
from haodun.offices.organisations.services import system
from haodun.offices.transitions.models import Performed, StepRecord
from haodun.offices.transitions.services import (
    SYSTEM,
    Change,
    Refused,
    act,
    emit,
    subscribe,
    unsubscribe,
)


@dataclass(frozen=True)
class ParcelSent:
    """A fact of the tests."""

    parcel: Any
    entries: int


def announce(change: Change) -> None:
    for row in change.rows:
        change.emit(ParcelSent(row.id, Entry.objects.count()))


@pytest.fixture
def hear() -> Iterator[Callable[[Callable[[ParcelSent], object]], None]]:
    handlers: list[Callable[[ParcelSent], object]] = []

    def on(handler: Callable[[ParcelSent], object]) -> None:
        handlers.append(handler)
        subscribe(ParcelSent, handler)

    yield on
    for handler in handlers:
        unsubscribe(ParcelSent, handler)


Hear = Callable[[Callable[[ParcelSent], object]], None]
WHY = "the building is on fire, no colleague here"


@pytest.mark.usefixtures("db", "parcels")
class TestFacts:
    def test_a_fact_arrives_after_the_ledger_entry_and_in_the_transaction(self, hear: Hear) -> None:
        heard: list[tuple[bool, int]] = []
        hear(lambda fact: heard.append((connection.in_atomic_block, Entry.objects.count() - fact.entries)))
        with system():
            made = packed(person())[0]
            act(person(), with_effect(announce), [made.id], "force", key="k", reason=WHY)
        assert heard == [(True, 2)]  # the step's entry and the break-glass entry

    def test_a_failing_subscriber_rolls_the_act_back(self, hear: Hear) -> None:
        def fail(fact: ParcelSent) -> None:
            raise LookupError(f"no room for {fact.parcel}")

        hear(fail)
        with system():
            made = packed(person())[0]
            before = (Entry.objects.count(), StepRecord.objects.count(), Performed.objects.count())
            with pytest.raises(LookupError, match="no room"):
                act(person(), with_effect(announce), [made.id], "force", key="k", reason=WHY)
            assert before == (Entry.objects.count(), StepRecord.objects.count(), Performed.objects.count())
            assert PARCELS.get(id=made.id).state == "PACKED"

    def test_a_subscriber_may_act_itself_and_its_refusal_undoes_both(self, hear: Hear) -> None:
        with system():
            first, second = packed(person(), count=2)
            hear(lambda fact: act(SYSTEM, TABLE, [second.id], "send", key=f"after-{fact.parcel}"))
            table = with_effect(announce)
            act(person(), table, [first.id], "force", key="k", reason=WHY)
            assert PARCELS.get(id=second.id).state == "SENT"
            third = packed(person())[0]
            with pytest.raises(Refused):
                act(person(), table, [third.id], "force", key="k", reason=WHY)  # the second is sent already
            assert PARCELS.get(id=third.id).state == "PACKED"

    def test_jobs_come_after_facts_and_a_failing_one_rolls_back(self, hear: Hear) -> None:
        order: list[str] = []
        hear(lambda fact: order.append("fact"))

        def effect(change: Change) -> None:
            change.then(lambda: order.append("job"))
            announce(change)

        with system():
            made = packed(person())[0]
            act(person(), with_effect(effect), [made.id], "force", key="k", reason=WHY)
        assert order == ["fact", "job"]

    def test_a_fact_goes_to_its_own_type_only(self, hear: Hear) -> None:
        heard: list[object] = []
        hear(heard.append)
        with transaction.atomic():
            emit("something else")
        assert heard == []

    def test_the_same_handler_twice_hears_once(self, hear: Hear) -> None:
        heard: list[object] = []
        for _ in range(2):
            subscribe(ParcelSent, heard.append)
        hear(heard.append)
        with system():
            made = packed(person())[0]
            act(person(), with_effect(announce), [made.id], "force", key="k", reason=WHY)
        assert len(heard) == 1

    def test_effects_see_the_new_state_and_may_speak_in_the_ledger(self) -> None:
        def effect(change: Change) -> None:
            change.body["saw"] = [row.state for row in change.rows]

        with system():
            made = packed(person())[0]
            done = act(person(), with_effect(effect), [made.id], "force", key="k", reason=WHY)
            assert Entry.objects.get(id=done[0].entry).said["saw"] == ["SENT"]


@pytest.mark.usefixtures("committed_db")
def test_a_fact_outside_a_transaction_is_refused() -> None:
    with pytest.raises(RuntimeError, match="outside a transaction"):
        emit(ParcelSent(None, 0))
