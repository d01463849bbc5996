"""A real explanation of an invented call for the parts page: the shipped policy decides it."""

from __future__ import annotations

from functools import cache

from haodun.numbering import IngressClass, load_plan, parse
from haodun.screening.events import Attestation, Cause, Event, EventKind, Presentation, Roaming, Trunks
from haodun.screening.explain import DecidedBy, Explanation, explain_row
from haodun.screening.kernel import Parameters
from haodun.screening.policy import load_policy
from haodun.screening.verdicts import Mode, Screener

TRUNKS = "trunks:\n  gw-shanghai-7: {class: international}\n"
AT_MS = 1_795_412_832_000
CALLER, CALLEE = "+862584560110", "+8613812342207"


@cache
def explanation() -> Explanation:
    """A fixed line of Nanjing that calls in over an international gateway: the policy blocks it."""
    policy, plan, parameters = load_policy("cn", at_ms=AT_MS), load_plan("CN"), Parameters(capacity=1_024)
    screener = Screener(
        policy=policy,
        plan=plan,
        trunks=Trunks.parse(TRUNKS, "sample"),
        parameters=parameters,
        mode=Mode.ENFORCE,
        site_key=bytes(32),
        run_id="sample",
    )
    event = Event(
        number=1, time_ms=AT_MS, kind=EventKind.ATTEMPT, call_id="sample@invented", transaction="", live=True,
        caller_text=CALLER, caller=parse(CALLER, IngressClass.INTERNATIONAL), callee_text=CALLEE, callee=parse(CALLEE),
        trunk="gw-shanghai-7", ingress=IngressClass.INTERNATIONAL, presentation=Presentation.ALLOWED,
        attestation=Attestation.NONE, roaming=Roaming.UNKNOWN, diversion=0, device=0, cell=0, answered=False, seconds=0,
        ring_ms=0, cause=Cause.UNKNOWN, source="",
    )  # fmt: skip
    verdict = screener.take(event)
    if verdict is None:
        raise ValueError("the sample is no attempt")
    by = DecidedBy(policy, plan, parameters.utc_offset_minutes, screener.versions.to_dict())
    return explain_row(verdict, by, verdict_id="sample-1")
