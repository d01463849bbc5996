"""The compiled screener gives the verdicts of the plain one: every field, event by event."""

from __future__ import annotations

import pytest
from tests.screening.verdicts.fast.conftest import CROWDED, Country, Pair, texts_of

from haodun.screening.events import Action, EventKind
from haodun.screening.kernel import Parameters
from haodun.screening.policy import PACKS, load_policy
from haodun.screening.verdicts import Mode, verdict_batch


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("pack", PACKS)
def test_a_shipped_pack_gives_the_same_verdicts_event_by_event(pack: str, mode: Mode, country: Country) -> None:
    pair = Pair.of(load_policy(pack), country.trunks, mode=mode)
    seen = [pair.take(event) for event in country.events]
    assert pair.fast.counters == pair.plain.counters
    actions = {verdict.action for verdict in seen if verdict is not None}
    assert {Action.ALLOW, Action.BLOCK} <= actions
    assert any(verdict is not None and verdict.repeat_of for verdict in seen)
    assert any(
        verdict is None and event.kind is EventKind.ATTEMPT for verdict, event in zip(seen, country.events, strict=True)
    )
