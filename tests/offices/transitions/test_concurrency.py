"""act() by many at once on a real PostgreSQL: one effect, no deadlock, and an answer that survives a crash."""

from __future__ import annotations

import random
import subprocess
import sys
import textwrap
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection, connections, transaction
from tests.offices.transitions.parcels import PARCELS, TABLE, packed, person, send, with_effect

from haodun.audit.models import Entry
from haodun.offices.organisations.services import system
from haodun.offices.transitions.models import Performed, StepRecord
from haodun.offices.transitions.services import Actor, Change, Outcome, Refused, Table, act

if TYPE_CHECKING:
    from haodun.console.database import Urls

pytestmark = pytest.mark.usefixtures("parcels", "committed_db")
WHY = "the building is on fire, no colleague here"


def together(*work: Callable[[], Any]) -> list[Any]:
    """Run each piece in a thread and connection of its own, all set off at once; answers or refusals in order."""
    ready = threading.Barrier(len(work))

    def one(piece: Callable[[], Any]) -> Any:
        try:
            with system():
                ready.wait()
                return piece()
        except Refused as refusal:
            return refusal
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(work)) as pool:
        return list(pool.map(one, work))


def made(count: int = 1) -> list[uuid.UUID]:
    with system():
        return [outcome.id for outcome in packed(person(), count=count)]


def sent_counts() -> list[int]:
    with system():
        return list(PARCELS.values_list("sent", flat=True))


def entries_of_sending() -> int:
    return Entry.objects.filter(kind="order:approved").count()


def test_of_two_officers_at_once_one_acts_and_the_other_is_told() -> None:
    ids = made()
    answers = together(*[lambda: send(person(), ids) for _ in range(2)])
    refused = [answer for answer in answers if isinstance(answer, Refused)]
    assert [refusal.code for refusal in refused] == ["state"]
    assert sent_counts() == [1]
    assert entries_of_sending() == 1


def test_a_double_click_has_one_effect_and_one_answer() -> None:
    ids = made()
    colleague = person()
    answers = together(*[lambda: send(colleague, ids, key="click") for _ in range(6)])
    assert not any(isinstance(answer, Refused) for answer in answers)
    assert len(set(map(str, answers))) == 1
    assert sent_counts() == [1]
    assert (entries_of_sending(), Performed.objects.filter(key="click").count()) == (1, 1)


def test_making_by_a_double_click_makes_one_row() -> None:
    clerk = person()
    answers = together(*[lambda: packed(clerk, key="click") for _ in range(6)])
    assert len(set(map(str, answers))) == 1
    with system():
        assert PARCELS.count() == 1


def test_a_double_click_whose_first_is_rolled_back_is_carried_out_by_the_second() -> None:
    ids = made()
    colleague = person()
    begun = threading.Event()

    def undone() -> str:
        with transaction.atomic():
            send(colleague, ids, key="click")
            begun.set()
            wait_until_somebody_waits()
            transaction.set_rollback(True)
        return "undone"

    def second() -> tuple[Outcome, ...]:
        begun.wait()
        return send(colleague, ids, key="click")

    first, answer = together(undone, second)
    assert first == "undone"
    assert not isinstance(answer, Refused | str)
    assert answer[0].version == 2
    assert sent_counts() == [1]


def wait_until_somebody_waits() -> None:
    """Until another session of ours waits for a lock, at most ten seconds."""
    for _ in range(1_000):
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_locks WHERE NOT granted")
            if cursor.fetchone():
                return
        time.sleep(0.01)
    pytest.fail("the second request never waited for the first")


@pytest.mark.fault
def test_a_crash_between_commit_and_answer_leaves_the_answer_for_the_repeated_request(committed_db: Urls) -> None:
    ids = made()
    colleague = person()
    program = f"""
        import os, uuid
        from haodun.console.database import django_settings
        from haodun.console.setup import configure
        configure()
        from django.db import connection, connections, transaction
        connections.settings["default"].update(django_settings({committed_db.app!r}))
        from haodun.offices.organisations.services import system
        from haodun.offices.transitions.services import act
        from tests.offices.transitions.parcels import TABLE, installed, person
        from dataclasses import replace
        with system(), installed():
            act(replace(person(), user_id=uuid.UUID({str(colleague.user_id)!r})), TABLE, [uuid.UUID({str(ids[0])!r})],
                "force", key="crash", reason={WHY!r})
            os.kill(os.getpid(), 9)  # committed, never answered
    """
    run = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], check=False, capture_output=True, text=True)
    assert run.returncode == -9, run.stderr
    assert sent_counts() == [1]
    with system():
        again = act(colleague, TABLE, ids, "force", key="crash", reason=WHY)
    assert (again[0].to_state, again[0].version) == ("SENT", 2)
    assert sent_counts() == [1]
    assert Entry.objects.filter(kind="break_glass").count() == 1


def test_overlapping_sets_in_any_order_end_without_deadlock_and_without_loss() -> None:
    ids = made(24)
    draw = random.Random(20261124)
    sets = [draw.sample(ids, 8) for _ in range(40)]

    def work(mine: Sequence[Sequence[uuid.UUID]]) -> list[tuple[Outcome, ...] | Refused]:
        actor = person()
        found: list[tuple[Outcome, ...] | Refused] = []
        for wanted in mine:
            try:
                found.append(act(actor, TABLE, wanted, "review", key=uuid.uuid4().hex))
            except Refused as refusal:
                found.append(refusal)
        return found

    with system():
        send(person(), ids)
    answers = together(*[lambda mine=sets[n::8]: work(mine) for n in range(8)])
    flat = [one for answer in answers if not isinstance(answer, Refused) for one in answer]
    assert len(flat) == 40
    assert not any(isinstance(one, Refused) for one in flat)
    with system():
        versions = dict(PARCELS.values_list("id", "version"))
    assert versions == {row: 2 + sum(row in wanted for wanted in sets) for row in ids}
    assert StepRecord.objects.filter(action="review").count() == 40 * 8


def test_an_act_that_postgresql_undid_to_break_a_deadlock_is_begun_again() -> None:
    first, second = made(2)
    met = threading.Barrier(2)
    tries: list[int] = []

    def crossing(one: int, other: int) -> Table:
        """A table whose step takes two locks, in an order that two acts cross."""

        def effect(change: Change) -> None:
            tries.append(one)
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [one])
                if tries.count(one) == 1:
                    met.wait(30)
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [other])

        return with_effect(effect)

    answers = together(
        lambda: act(person(), crossing(101, 102), [first], "force", key="a", reason=WHY),
        lambda: act(person(), crossing(102, 101), [second], "force", key="b", reason=WHY),
    )
    assert [answer[0].to_state for answer in answers] == ["SENT", "SENT"]
    assert sorted(tries) in ([101, 101, 102], [101, 102, 102])
    assert sent_counts() == [1, 1]
    assert entries_of_sending() == 2


def test_eight_people_racing_for_every_row_move_each_once() -> None:
    ids = made(30)
    cast = [person() for _ in range(8)]

    def work(actor: Actor, seed: int) -> list[uuid.UUID]:
        won = []
        for row in random.Random(seed).sample(ids, len(ids)):
            try:
                won.append(send(actor, [row])[0].id)
            except Refused as refusal:
                assert refusal.code == "state"
        return won

    answers = together(*[lambda actor=actor, n=n: work(actor, n) for n, actor in enumerate(cast)])
    won = [row for answer in answers if not isinstance(answer, Refused) for row in answer]
    assert sorted(won) == sorted(ids)
    assert sent_counts() == [1] * 30
    assert entries_of_sending() == 30
