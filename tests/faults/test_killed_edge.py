"""kill -9 of the edge at every place of a swap: it answers by the old snapshot or the new one, and tells the truth."""

from __future__ import annotations

import pytest
from tests.edge.serve.test_faults import check_log
from tests.faults.calling import Caller, Line
from tests.faults.installation import FREE, Installation, patiently
from tests.faults.killing import ALL
from tests.faults.points import EDGE

from haodun.store.segments import read_batches

pytestmark = pytest.mark.fault
CHOSEN = ("fetched-not-judged", "remembered-not-ready", "swapped-and-nothing-said", "receipt-sent-not-struck")


@pytest.mark.parametrize("name", list(EDGE) if ALL else CHOSEN)
def test_killed_in_a_swap_the_edge_goes_on_and_its_receipts_are_true(installation: Installation, name: str) -> None:
    installation.hook.reset(name)
    with Caller(installation.site.sip_port, shut=installation.shut, free=FREE) as caller:
        case = installation.file()
        installation.hook.arm(name)
        assert installation.approve(case)
        installation.await_death(installation.site.edge)
        assert installation.hook.fired(name)
        receipts_are_true(installation)
        installation.site.run_edge()
        line = Line(installation.site.sip_port)
        with line.socket:
            assert line.call(case.numbers[0])[1] in (302, 603)
            assert line.call(installation.shut)[1] == 603, "never without a snapshot"
        installation.await_effect(case)
    caller.check()
    assert installation.one("SELECT version FROM policies_edge") == newest(installation)
    receipts_are_true(installation)
    installation.check()
    check_log(installation.site.place / "edge", caller.answered)


def receipts_are_true(installation: Installation) -> None:
    """Whatever it said that it executes is on its disk, or was replaced by what is newer."""
    said = installation.one("SELECT coalesce(max(publication_id), 0) FROM policies_receipt WHERE state = 'executed'")
    kept = [int(path.name) for path in (installation.site.place / "edge" / "snapshots").iterdir() if path.is_dir()]
    assert said <= max(kept)
    decided_by = max(batch.snapshot for batch in read_batches(installation.site.place / "edge"))
    assert decided_by <= max(kept)


def newest(installation: Installation) -> int:
    return int(installation.one("SELECT max(version) FROM policies_publication"))


def test_an_edge_started_while_the_server_is_dead_answers_from_its_last_good_snapshot(
    installation: Installation,
) -> None:
    case = installation.file()
    assert installation.approve(case)
    installation.await_effect(case)
    installation.kill_server()
    assert installation.site.edge is not None
    installation.site.edge.kill()
    installation.await_death(installation.site.edge)
    installation.site.run_edge()
    line = Line(installation.site.sip_port)
    with line.socket:
        assert [line.call(number)[1] for number in (*case.numbers, installation.shut, FREE)] == [603, 603, 603, 302]
    installation.serve()
    patiently("the edge has found the server again", lambda: seen_now(installation))
    installation.check()


def seen_now(installation: Installation) -> bool:
    """Whether the server heard of the edge in the last second."""
    return bool(installation.one("SELECT last_seen > now() - interval '1 second' FROM policies_edge"))
