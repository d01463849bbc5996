"""Over a link that delays, repeats, reorders, cuts and alters: each message once and in order, every receipt true."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.federation.nodes import CARRIER, MINISTRY, Two, forget_kinds, two_nodes

from haodun.console.database import Urls
from haodun.federation.models import Inbox, Outbox, Quarantine, Receipt
from haodun.federation.services import recall
from haodun.federation.standing import standings

FAULTS = ("lose", "repeat", "reorder", "cut", "alter", "swap_in_old")
ENDS = (MINISTRY, CARRIER)
step = st.one_of(
    st.tuples(st.just("send"), st.integers(-2, 9)),
    st.tuples(st.just("recall"), st.integers(0, 30)),
    st.tuples(st.just("round"), st.sampled_from(ENDS)),
    st.tuples(st.just("round"), st.sampled_from(ENDS)),
    st.tuples(st.just("wait"), st.integers(1, 4_000)),
    st.tuples(st.sampled_from(FAULTS), st.sampled_from(ENDS)),
)
TOTALS: Counter[str] = Counter()
"""What all examples did together, printed at the end."""


@pytest.fixture(scope="module", autouse=True)
def told() -> Iterator[None]:
    yield
    print(f"\nlossy link: {dict(TOTALS)}")


class Link:
    """The nodes, and hands on the wire between them."""

    def __init__(self, seed: int) -> None:
        self.two: Two = two_nodes()
        self.random = random.Random(seed)
        self.old: dict[str, list[bytes]] = {end: [] for end in ENDS}
        self.sent: list[tuple[int, UUID]] = []

    def do(self, what: str, value: int | str) -> None:
        """One step."""
        TOTALS[what] += 1
        if what == "send":
            self.sent.append((int(value), self.two.send(int(value))))
        elif what == "recall":
            if self.sent:
                with transaction.atomic():
                    recall(self.sent[int(value) % len(self.sent)][1], "test", own=MINISTRY)
        elif what == "round":
            self.two.round(str(value))
            for end in ENDS:
                self.old[end] = [*self.old[end], *self.two.wire(end)][-50:]
        elif what == "wait":
            self.two.now += timedelta(seconds=int(value))
        else:
            self.spoil(what, str(value))

    def spoil(self, what: str, end: str) -> None:
        """A fault on what is on its way from one end."""
        wire = self.two.wire(end)
        if what == "swap_in_old" and self.old[end]:
            wire.append(self.random.choice(self.old[end]))
        if not wire:
            return
        at = self.random.randrange(len(wire))
        if what == "lose":
            del wire[at]
        elif what == "repeat":
            wire.append(wire[at])
        elif what == "reorder":
            self.random.shuffle(wire)
        elif what == "cut":
            wire[at] = wire[at][: self.random.randrange(len(wire[at]))]
        elif what == "alter":
            changed = bytearray(wire[at])
            changed[self.random.randrange(len(changed))] ^= 1 << self.random.randrange(8)
            wire[at] = bytes(changed)

    def heal(self) -> None:
        """The link is whole again: both sides go on until nothing is left to say."""
        for _ in range(40):
            self.two.rounds(1, later=timedelta(hours=1))
            said = Outbox.objects.filter(peer__own__in=ENDS, sequence=None, withdrawn_at=None).count()
            if not said and all(
                one.sent == one.acknowledged and not one.gaps for end in ENDS for one in standings(end)
            ):
                return
        raise AssertionError([standings(end) for end in ENDS])


@pytest.mark.fault
@settings(max_examples=30)
@given(steps=st.lists(step, min_size=25, max_size=80), seed=st.integers(0, 2**32))
def test_every_message_takes_effect_once_and_in_order_once_the_link_heals(
    postgres: Urls, steps: list[tuple[str, int]], seed: int
) -> None:
    with transaction.atomic():
        try:
            link = Link(seed)
            for what, value in steps:
                link.do(what, value)
            link.heal()
            check(link)
        finally:
            forget_kinds()
            connection.set_rollback(True)


def check(link: Link) -> None:
    """Effects, order, receipts."""
    ways = {way.message_id: way for way in Outbox.objects.filter(peer__own=MINISTRY).select_related("message")}
    gone = {way.message_id for way in ways.values() if way.withdrawn_at is not None}
    expected = [number for number, message in link.sent if message not in gone and number >= 0]
    assert link.two.effects == expected, "each note once, in the order it was sent"
    rows = {row.message: row for row in Inbox.objects.filter(peer__own=CARRIER)}
    for message, way in ways.items():
        if way.message.kind == "receipt" or message in gone:
            continue
        row = rows[message]
        assert way.answer == row.status, "what the receipt says is what happened there"
        assert (way.executed_at is None) == (row.executed_at is None)
        assert way.received_at is not None
    recalled = [message for _, message in link.sent if message not in gone and ways[message].message.recalled_at]
    assert sorted(map(str, link.two.undone)) == sorted(str(one) for one in recalled if rows[one].status == "accepted")
    got = Receipt.objects.filter(ours=False).values_list("message", "status")
    assert len(got) == len(set(got)), "no receipt came twice in effect"
    for piece in Quarantine.objects.filter(inbox=None):
        assert piece.reason in {
            "unreadable",
            "bad_signature",
            "unknown_key",
            "unknown_issuer",
            "wrong_audience",
            "clock",
        }
    TOTALS["notes taken"] += len(link.two.effects)
    TOTALS["set aside"] += Quarantine.objects.count()
