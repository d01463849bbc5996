"""Events for kernel tests, made from a few words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from haodun.numbering import Form, IngressClass, Kind, Number, Refusal
from haodun.screening.events import Attestation, Cause, Event, EventKind, Presentation, Roaming

START = 1_763_596_800_000
"""2025-11-20 00:00 UTC: the beginning of a minute, an hour and a day."""

Make = Callable[..., Event]


def number(key: int) -> Number:
    return Number(key, Kind.MOBILE, 86, Form.SUBSCRIBER, Refusal.NONE)


NOBODY = Number(0, Kind.UNKNOWN, 0, Form.NONE, Refusal.ANONYMOUS)


@pytest.fixture
def make() -> Make:
    """`make(kind, at_s, caller, callee, …)`: one event, numbered in the order of making."""
    made = 0

    def event(kind: EventKind, at_s: float, caller: int = 1001, callee: int = 2002, **more: Any) -> Event:
        nonlocal made
        made += 1
        fields: dict[str, Any] = {
            "number": made,
            "time_ms": START + int(at_s * 1000),
            "kind": kind,
            "call_id": f"call-{made}",
            "transaction": "",
            "live": False,
            "caller_text": str(caller),
            "caller": number(caller) if caller > 0 else NOBODY,
            "callee_text": str(callee),
            "callee": number(callee) if callee > 0 else NOBODY,
            "trunk": "trunk-1",
            "ingress": IngressClass.INTER_NETWORK,
            "presentation": Presentation.ALLOWED,
            "attestation": Attestation.NONE,
            "roaming": Roaming.UNKNOWN,
            "diversion": 0,
            "device": 0,
            "cell": 0,
            "answered": False,
            "seconds": 0,
            "ring_ms": 0,
            "cause": Cause.UNKNOWN,
            "source": "",
        }
        return Event(**(fields | more))

    return event
