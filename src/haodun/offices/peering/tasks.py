"""The jobs of exchange: a round each minute and each few seconds between, and at once where something is to go."""

from __future__ import annotations

from django.utils import timezone

from haodun.federation.limits import KEPT, ROUND
from haodun.federation.models import Peer
from haodun.federation.services import forget, own_name
from haodun.offices.jobs.services import defer, task
from haodun.offices.peering.services import exchange_all

ALL, ONE = "peering.exchange_all", "peering.exchange"


@task(ALL, cron="* * * * *", once=False)
def start_rounds() -> None:
    """See that each active peer has a round in line."""
    for name in Peer.objects.filter(own=own_name(), active=True).values_list("name", flat=True):
        defer(ONE, queueing_lock=f"{ONE} {name}", peer=name, again=True)


@task(ONE, once=False)
def exchange_one(*, peer: str, again: bool = False) -> None:
    """One round with a node; `again` puts the next one in line."""
    exchange_all(peer)
    if again:
        defer(ONE, queueing_lock=f"{ONE} {peer}", at=timezone.now() + ROUND, peer=peer, again=True)


@task("peering.forget", cron="27 3 * * *", once=False)
def forget_bodies() -> None:
    """Erase the bodies of what is done and older than KEPT."""
    forget(timezone.now() - KEPT)


def wake(names: list[str]) -> None:
    """Something is to go to these nodes: a round for each, once the transaction is committed."""
    for name in names:
        defer(ONE, queueing_lock=f"{ONE} {name} now", peer=name)
