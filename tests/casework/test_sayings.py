"""Every step that a person can take has its own whole sentences, in both languages."""

from __future__ import annotations

import pytest
from django.utils import translation
from tests.casework.conftest import Country

from haodun.casework.appeals import sayings as of_appeals
from haodun.casework.appeals import shown as appeals_shown
from haodun.casework.appeals.states import TABLE as APPEALS
from haodun.casework.orders import sayings as of_orders
from haodun.casework.orders import shown as orders_shown
from haodun.casework.orders.states import TABLE as ORDERS
from haodun.offices.transitions.services import Table

SIDES = [
    (ORDERS, of_orders.SAYINGS, orders_shown.VERBS),
    (APPEALS, of_appeals.SAYINGS, appeals_shown.VERBS),
]


@pytest.mark.parametrize(("table", "sayings", "verbs"), SIDES)
def test_every_step_of_the_table_has_its_sentences_and_no_other(
    table: Table, sayings: dict[str, of_orders.Saying], verbs: tuple[str, ...]
) -> None:
    assert set(sayings) == {step.action for step in table.transitions}
    for action in verbs:
        said, needs = sayings[action], any(step.needs_reason for step in table.of(action))
        assert said.button and said.done and said.means, action
        assert bool(said.asks) is needs, action


@pytest.mark.parametrize(("table", "sayings", "verbs"), SIDES)
def test_the_english_of_each_sentence_is_english(
    country: Country, table: Table, sayings: dict[str, of_orders.Saying], verbs: tuple[str, ...]
) -> None:
    with translation.override("en"):
        words = [str(part) for said in sayings.values() for part in (said.told, said.done, said.asks, said.means)]
        assert not [one for one in words if any("㐀" <= sign <= "鿿" for sign in one)]
