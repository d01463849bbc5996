"""Events and verdicts as a live edge logs them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from haodun.numbering import IngressClass, load_plan, parse
from haodun.screening.events import Attestation, Cause, Event, EventKind, Presentation, Roaming, Trunks
from haodun.screening.kernel import Parameters
from haodun.screening.policy import load_policy
from haodun.screening.verdicts import Mode, Screener
from haodun.store.frames import Batch, Pair

START_MS = 1_795_478_400_000
Calls = Callable[..., list[Pair]]


def attempt(number: int, *, caller: str, callee: str) -> Event:
    """One live attempt from abroad."""
    ingress = IngressClass.INTERNATIONAL
    return Event(
        number=number,
        time_ms=START_MS + number,
        kind=EventKind.ATTEMPT,
        call_id=f"call-{number}@例.example",
        transaction=f"tag{number};1",
        live=True,
        caller_text=caller,
        caller=parse(caller, ingress),
        callee_text=callee,
        callee=parse(callee, ingress),
        trunk="igw-1",
        ingress=ingress,
        presentation=Presentation.RESTRICTED,
        attestation=Attestation.B,
        roaming=Roaming.NO,
        diversion=8613900000002,
        device=2**61,
        cell=7,
        answered=False,
        seconds=0,
        ring_ms=0,
        cause=Cause.UNKNOWN,
        source="udp:192.0.2.1:5060",
    )


@pytest.fixture(scope="session")
def screened() -> Calls:
    """`screened(n, first=1)`: n attempts and their verdicts, some BLOCK, some ALLOW, one unjudged, one an END.

    Each call begins with an empty kernel, so that no test decides what another sees.
    """
    policy, plan = load_policy("cn"), load_plan("CN")
    trunks = Trunks.parse("trunks: {igw-1: {class: international}}", "trunks.yaml")
    callers = ("+8657188881234", "anonymous", "+442079250918", "+86110", "+8613800138000")

    def make(count: int, first: int = 1) -> list[Pair]:
        callees = ("+8613900000001", "+8613900000001", "+86110")
        screener = Screener(
            policy=policy,
            plan=plan,
            trunks=trunks,
            parameters=Parameters(capacity=1000),
            mode=Mode.ENFORCE,
            site_key=bytes(32),
            run_id="live",
        )
        events = [attempt(first + n, caller=callers[n % 5], callee=callees[n % 3]) for n in range(count)]
        pairs: list[Pair] = [(event, screener.take(event)) for event in events]
        if count > 3:
            pairs[1] = (events[1], None)
            end = events[3]._replace(kind=EventKind.END, answered=True, seconds=61, ring_ms=900, cause=Cause.NORMAL)
            pairs[3] = (end, None)
        return pairs

    return make


@pytest.fixture(scope="session")
def batch(screened: Calls) -> Callable[..., Batch]:
    """`batch(n, first)`: a batch of n events."""

    def make(count: int, first: int = 1) -> Batch:
        return Batch(snapshot=7, policy="ab" * 32, bypass=False, pairs=screened(count, first))

    return make
