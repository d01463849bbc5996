"""What a publication says of itself: how many entries it holds, how many came, how many went."""

from __future__ import annotations

from tests.registry.conftest import Land
from tests.registry.policies.test_publishing import FIRST, lift, lists_of, place

from haodun.registry.policies import services
from haodun.registry.policies.models import Publication
from haodun.registry.restrictions.services import Measure


def counted(version: int) -> tuple[int | None, int | None, int | None]:
    row = Publication.objects.get(version=version)
    return row.numbers, row.added, row.removed


def test_a_publication_counts_what_an_edge_gains_and_loses(site: Land) -> None:
    place(site, FIRST, FIRST + 1)
    services.publish("placed")
    assert counted(1) == (2, None, None), "a full one is compared with nothing"
    placed = place(site, FIRST + 2, FIRST + 3, FIRST + 4, source="B", measure=Measure.TIP)
    services.publish("placed")
    assert counted(2) == (5, 3, 0)
    lift(site, *placed[:2])
    place(site, FIRST + 5, source="C", measure=Measure.OUTGOING)
    services.publish("lifted")
    assert counted(3) == (4, 1, 2)
    before, after = lists_of(2), lists_of(3)
    assert sum(len(after[name] - before[name]) for name in after) == 1
    assert sum(len(before[name] - after[name]) for name in after) == 2
    place(site, FIRST, source="D")
    services.publish("placed")
    assert counted(4) == (4, 0, 0), "a number that is on the list already is not gained again"
