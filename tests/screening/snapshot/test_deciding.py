"""A snapshot decides: by its lists, until each entry's own end, and then towards ALLOW."""

from __future__ import annotations

from tests.screening.snapshot.conftest import DAY, NOW, NUMBER, Desk

from haodun.numbering import IngressClass, load_plan, parse
from haodun.screening.events import Action, Attestation, Cause, Event, EventKind, Presentation, Roaming, Trunks
from haodun.screening.kernel import Parameters
from haodun.screening.snapshot import Snapshot
from haodun.screening.verdicts import Mode, Screener


def attempt(number: int, time_ms: int, *, caller: str = f"+{NUMBER}") -> Event:
    """A call from the listed number."""
    return Event(
        number=number,
        time_ms=time_ms,
        kind=EventKind.ATTEMPT,
        call_id=f"c{number}",
        transaction="",
        live=False,
        caller_text=caller,
        caller=parse(caller, home="CN"),
        callee_text="+8613800138000",
        callee=parse("+8613800138000", home="CN"),
        trunk="t",
        ingress=IngressClass.ACCESS,
        presentation=Presentation.ALLOWED,
        attestation=Attestation.NONE,
        roaming=Roaming.UNKNOWN,
        diversion=0,
        device=0,
        cell=0,
        answered=False,
        seconds=0,
        ring_ms=0,
        cause=Cause.UNKNOWN,
        source="test:1",
    )


def screener(snapshot: Snapshot) -> Screener:
    return Screener(
        policy=snapshot.policy,
        plan=load_plan("CN"),
        trunks=Trunks({}),
        parameters=Parameters(),
        mode=Mode.ENFORCE,
        site_key=bytes(32),
        run_id="r",
        snapshot=snapshot.name,
    )


def test_an_edge_cut_off_decays_towards_allow(desk: Desk) -> None:
    desk.full(1, {"orders": [(NUMBER, NOW + DAY)], "grey": [(NUMBER, NOW + 2 * DAY)]}, expires_ms=NOW + 1_000)
    edge = screener(desk.open(1))
    times = (NOW, NOW + DAY - 1, NOW + DAY, NOW + 2 * DAY - 1, NOW + 2 * DAY)
    verdicts = [edge.take(attempt(number, time)) for number, time in enumerate(times, 1)]
    actions = [None if verdict is None else verdict.action for verdict in verdicts]
    assert actions == [Action.BLOCK, Action.BLOCK, Action.TIP, Action.TIP, Action.ALLOW]


def test_verdicts_name_the_snapshot_they_were_reached_under(desk: Desk) -> None:
    desk.full(1, {"orders": [(NUMBER, NOW + DAY)]})
    snapshot = desk.open(1)
    versions = screener(snapshot).versions
    assert versions.snapshot == snapshot.name and versions.policy_digest == snapshot.manifest.policy.digest


def test_a_caller_that_is_no_number_is_on_no_list(desk: Desk) -> None:
    desk.full(1, {"orders": [(NUMBER, NOW + DAY)]})
    event = attempt(1, NOW, caller="anonymous")
    assert not event.caller.is_number
    verdict = screener(desk.open(1)).take(event)
    assert verdict is not None and verdict.caller < 0 and verdict.action is Action.ALLOW
