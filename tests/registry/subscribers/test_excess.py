"""Cards above the one-ID limit that are active already: found, re-verified one by one, by act() and with a clock."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

import pytest
from tests.registry.conftest import DAY, NOW, Land, holding

from haodun.offices.organisations.models import Organisation
from haodun.offices.organisations.services import Kind, establish, system
from haodun.offices.transitions.services import Refused, act, actor_of, clocks_of, subscribe, unsubscribe
from haodun.registry.subscribers import services as subscribers
from haodun.registry.subscribers.excess import find_excess
from haodun.registry.subscribers.facts import CardRefused
from haodun.registry.subscribers.models import ExcessCard
from haodun.registry.subscribers.sealing import BEIJING
from haodun.registry.subscribers.services import Document, DocumentKind
from haodun.registry.subscribers.states import EXCESS

FIRST = 8613800138000
PERSON = Document(DocumentKind.RESIDENT, "11010519491231002X")


def _hold(land: Land, count: int, *, reseller: Organisation | None = None, first: int = FIRST) -> None:
    subscribers.import_intervals(
        holding(land, first + place, document=PERSON, reseller=reseller.id if reseller else None)
        for place in range(count)
    )


def _cards() -> list[ExcessCard]:
    with system():
        return list(ExcessCard.objects.select_related("interval").order_by("interval__number"))


def _step(land: Land, card: ExcessCard, action: str) -> None:
    with system():
        act(actor_of(land.owner), EXCESS, [card.id], action, key=uuid4().hex, reason="本人到厅核验", at=NOW)


@pytest.mark.parametrize(("count", "found"), [(4, 0), (5, 0), (6, 6), (9, 9)])
def test_a_document_with_more_than_five_cards_has_all_of_them_verified(land: Land, count: int, found: int) -> None:
    _hold(land, count)
    assert find_excess(at=NOW) == found
    assert find_excess(at=NOW + DAY) == 0, "a card is taken up once"
    cards = _cards()
    assert {card.cards for card in cards} <= {count}
    with system():
        clocks = clocks_of(EXCESS.name, [card.id for card in cards])
    assert [clock.due_at for clock in clocks] == [datetime(2026, 12, 22, tzinfo=BEIJING)] * found


def test_at_a_reseller_five_are_enough(land: Land) -> None:
    with system():
        reseller = establish(kind=Kind.RESELLER, name_zh="转售", name_en="Reseller", parent=land.ministry)
    _hold(land, 5, reseller=reseller)
    assert find_excess(at=NOW) == 5


def test_five_may_be_kept_and_the_sixth_is_given_up_or_not_confirmed(land: Land) -> None:
    _hold(land, 6)
    find_excess(at=NOW)
    cards = _cards()
    for card in cards[:5]:
        _step(land, card, "confirm")
    with pytest.raises(Refused) as refused:
        _step(land, cards[5], "confirm")
    assert refused.value.code == "limit"
    _step(land, cards[5], "give_up")
    assert subscribers.holder_at(cards[5].interval.number, NOW + DAY) is None
    state = subscribers.state_of(cards[0].interval_id, NOW + DAY)
    assert state and state.checked


def test_a_card_that_is_not_confirmed_fails_and_whoever_restricts_hears_of_it(land: Land) -> None:
    _hold(land, 6)
    find_excess(at=NOW)
    heard: list[CardRefused] = []
    subscribe(CardRefused, heard.append)
    try:
        _step(land, _cards()[0], "refuse")
    finally:
        unsubscribe(CardRefused, heard.append)
    assert [len(one.intervals) for one in heard] == [1]
    state = subscribers.state_of(heard[0].intervals[0], NOW + DAY)
    assert state and state.status == "failed"


def test_a_pending_card_that_was_closed_meanwhile_lapses(land: Land) -> None:
    _hold(land, 6)
    find_excess(at=NOW)
    subscribers.close_interval(FIRST, NOW)
    find_excess(at=NOW + DAY)
    assert [card.state for card in _cards()] == ["LAPSED", *["PENDING"] * 5]


def test_a_confirmed_card_is_looked_at_again_when_there_are_more(land: Land) -> None:
    _hold(land, 6)
    find_excess(at=NOW)
    _step(land, _cards()[0], "confirm")
    assert find_excess(at=NOW + DAY) == 0
    _hold(land, 1, first=FIRST + 50)
    assert find_excess(at=NOW + 2 * DAY) == 2, "the new one, and the one confirmed before"
