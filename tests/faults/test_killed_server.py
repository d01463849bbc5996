"""kill -9 of the whole server, at every place where an approval or its publication could be lost or doubled.

By default at the places that differ most; `HAODUN_FAULT_ALL=1` (make faults) tries all, and random moments, with and
without PostgreSQL.
"""

from __future__ import annotations

import random
import threading
import time

import pytest
from tests.faults.calling import Caller
from tests.faults.installation import FREE, Installation
from tests.faults.killing import ALL
from tests.faults.points import SERVER

pytestmark = pytest.mark.fault
CHOSEN = (
    "approved-not-committed",
    "committed-not-answered",
    "snapshot-without-its-row",
    "published-and-the-job-not-ended",
    "notices-written-not-committed",
)
BEFORE_THE_ANSWER = ("approved-not-committed", "committed-not-answered")


def carried_on(installation: Installation, name: str, caller: Caller) -> None:
    """One order whose server is killed at a place, started again, and asked again."""
    case = installation.file()
    installation.hook.arm(name)
    acknowledged = installation.approve(case)
    assert not (acknowledged and name in BEFORE_THE_ANSWER)
    installation.await_death(installation.site.server)
    assert installation.hook.fired(name)
    before = len(caller.answered)
    state = installation.state(case)
    assert state == ("ROUTED" if name == "approved-not-committed" else state)
    assert state != "ROUTED" or not acknowledged
    time.sleep(0.3)
    assert len(caller.answered) > before, "the edge answers while the server is dead"
    installation.serve()
    assert installation.approve(case), "the same sheet again: carried out, or answered as it was"
    installation.await_effect(case)


@pytest.mark.parametrize("name", list(SERVER) if ALL else CHOSEN)
def test_killed_anywhere_an_approval_has_one_effect_and_the_edge_goes_on(installation: Installation, name: str) -> None:
    installation.hook.reset(name)
    with Caller(installation.site.sip_port, shut=installation.shut, free=FREE) as caller:
        carried_on(installation, name, caller)
    caller.check()
    installation.check()


@pytest.mark.parametrize("seed", range(12 if ALL else 1))
def test_killed_with_its_database_while_orders_are_approved_nothing_is_lost_or_doubled(
    installation: Installation, seed: int
) -> None:
    draw = random.Random(seed)
    cases = [installation.file() for _ in range(4)]
    threads = [threading.Thread(target=installation.approve, args=(case,)) for case in cases]
    with Caller(installation.site.sip_port, shut=installation.shut, free=FREE) as caller:
        for thread in threads:
            thread.start()
            time.sleep(draw.uniform(0, 0.05))
        time.sleep(draw.uniform(0, 0.3))
        if seed % 2 == 0:
            installation.kill_database()
        installation.kill_server()
        for thread in threads:
            thread.join()
        acknowledged = {case.order for case in cases if case.acknowledged}
        installation.serve()
        assert acknowledged <= {case.order for case in cases if installation.state(case) != "ROUTED"}
        for case in cases:
            assert installation.approve(case)
        for case in cases:
            installation.await_effect(case)
    caller.check()
    installation.check()
