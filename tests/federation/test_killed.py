"""kill -9 at each write, fsync, rename and commit of an exchange: the next start goes on, and nothing is doubled."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from tests.federation.nodes import CARRIER, KIND, MINISTRY, Two, forget_kinds, two_nodes

from haodun.audit.models import Entry
from haodun.audit.services import AuditKind, record
from haodun.console.database import Urls
from haodun.federation import kinds
from haodun.federation.models import Inbox, Message, Outbox, Peer, Quarantine
from haodun.federation.receipts import executed
from haodun.federation.services import Received, recall, subscribe
from haodun.store import durable

NOTES = 4


def effect(kind: AuditKind, received: Received) -> None:
    """An effect in the database, rolled back with what it belongs to."""
    record(kind, actor=None, organisation=None, object_type="note", object_id=str(received.body.get("n", "recall")))


def stage(two: Two, folder: Path) -> None:
    """Over folders, with effects that can be counted."""
    kinds.forget(KIND)

    def take(received: Received) -> None:
        effect(AuditKind.ORDER_FILED, received)
        executed(received.id, own=received.own, at=two.now)

    def undo(again: Received, before: Received) -> None:
        effect(AuditKind.ORDER_REVERSED, again)
        executed(again.id, own=again.own, at=two.now)

    subscribe(KIND, 1, take, zh="便条", en="Note", undo=undo)
    for name in ("up", "down"):
        (folder / name).mkdir()
    down, up = str(folder / "down"), str(folder / "up")
    Peer.objects.filter(own=MINISTRY).update(transport={"kind": "folder", "outgoing": down, "incoming": up})
    Peer.objects.filter(own=CARRIER).update(transport={"kind": "folder", "outgoing": up, "incoming": down})


def play(two: Two) -> None:
    """The whole story; begun again it goes on where it stopped."""
    for number in range(NOTES):
        if not Message.objects.filter(kind=KIND, body=f'{{"n":{number}}}').exists():
            two.send(number)
        two.rounds(1)
    with transaction.atomic():
        recall(Message.objects.get(kind=KIND, body='{"n":1}').id, "again", own=MINISTRY)
    two.rounds(4, later=timedelta(minutes=2))


class Counter:
    """Counts the steps that can be the last, and dies at one of them."""

    def __init__(self, last: int | None) -> None:
        self.steps = 0
        self.last = last

    def step(self) -> None:
        self.steps += 1
        if self.steps == self.last:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, real: Callable[..., Any]) -> Callable[..., Any]:
        """Before and after it."""

        def call(*given: Any, **named: Any) -> Any:
            self.step()
            result = real(*given, **named)
            self.step()
            return result

        return call


def in_child(two: Two, last: int | None) -> int:
    """Play the story in a process of its own that dies at a step; how many steps it would have, 0 where it died."""
    connections.close_all()
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        own_connections()
        counter = Counter(last)
        for name in ("write", "fsync", "rename"):
            setattr(durable, name, counter.around(getattr(durable, name)))
        BaseDatabaseWrapper._commit = counter.around(BaseDatabaseWrapper._commit)  # type: ignore[attr-defined]
        try:
            play(two)
            os.write(write, str(counter.steps).encode())
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read) as said:
        steps = said.read()
    _, status = os.waitpid(child, 0)
    if last is not None:
        assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    return int(steps or 0)


def own_connections() -> None:
    """Forget what the parent opened and did not close.

    Where a browser's event loop runs in the parent, Django keeps connections by context there and by thread here, so
    `close_all` there closes others than these; killed with one of them, a transaction would stay open for ever.
    """
    for alias in connections:
        connections[alias] = connections.create_connection(alias)


def check() -> None:
    filed = Entry.objects.filter(kind=AuditKind.ORDER_FILED).values_list("object_id", flat=True)
    assert sorted(filed) == [str(number) for number in range(NOTES)], "each note once"
    assert Entry.objects.filter(kind=AuditKind.ORDER_REVERSED).count() == 1
    taken = Inbox.objects.filter(peer__own=CARRIER).exclude(kind="receipt")
    assert taken.count() == NOTES + 1 and not taken.exclude(status="accepted", executed_at__isnull=False).exists()
    ways = Outbox.objects.filter(peer__own=MINISTRY).exclude(message__kind="receipt")
    assert ways.count() == NOTES + 1
    assert not ways.exclude(answer="accepted", executed_at__isnull=False, received_at__isnull=False).exists()
    assert not Quarantine.objects.exists() and not Peer.objects.exclude(stopped="").exists()


@pytest.mark.fault
def test_killed_at_any_step_the_next_start_goes_on(committed_db: Urls, tmp_path: Path) -> None:
    from tests.conftest import empty

    steps = begin(tmp_path / "all", None)
    check()
    every = 1 if os.environ.get("HAODUN_FAULT_ALL") == "1" else max(1, steps // 24)
    last = 1
    while last <= steps:
        forget_kinds()
        empty(committed_db)
        begin(tmp_path / str(last), last)
        check()
        last += every
    forget_kinds()
    print(f"\nkilled at {len(range(1, steps + 1, every))} of {steps} steps")


def begin(folder: Path, last: int | None) -> int:
    """The story with a death in it, and to its end by whoever comes after."""
    folder.mkdir()
    two = two_nodes()
    stage(two, folder)
    steps = in_child(two, last)
    two.now += timedelta(hours=1)
    play(two)
    return steps
