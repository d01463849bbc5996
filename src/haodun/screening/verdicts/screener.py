"""The screener: takes the events of an input log in order and gives each attempt its verdict."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from enum import StrEnum

from haodun.numbering import IngressClass, Plan
from haodun.screening.events import FEATURES_VERSION, Action, Decision, Event, EventKind, Trunks, actor_key
from haodun.screening.kernel import Counted, Oracle, Parameters, Reading
from haodun.screening.policy import Policy
from haodun.screening.verdicts.log import Verdict
from haodun.screening.verdicts.row import RowBuilder
from haodun.screening.verdicts.token import redress_token, site_of


class Mode(StrEnum):
    """Whether a BLOCK takes effect on what follows."""

    OBSERVE = "observe"
    """Nothing is blocked; the log says what would have been."""
    ENFORCE = "enforce"
    """Answer and end of a blocked call are not counted, as on a live edge."""


@dataclass(frozen=True, slots=True)
class Versions:
    """What a verdict depends on besides the input log; in the log's metadata and in run.json."""

    policy: str
    policy_version: str
    policy_digest: str
    plan: str
    kernel: str
    """Digest of the kernel's parameters."""
    trunks: str
    mode: str
    features: str = str(FEATURES_VERSION)
    snapshot: str = "none"
    model: str = "none"

    def to_dict(self) -> dict[str, str]:
        """Name to version."""
        return asdict(self)


class Screener:
    """One run's deciding part: kernel, facts, policy. `take` events in order; nothing else changes its state."""

    def __init__(
        self,
        *,
        policy: Policy,
        plan: Plan,
        trunks: Trunks,
        parameters: Parameters,
        mode: Mode,
        site_key: bytes,
        run_id: str,
        snapshot: str = "none",
    ) -> None:
        """`snapshot` is the name of the one that `policy` comes from."""
        self.policy = policy
        self.mode = mode
        self.run_id = run_id
        self.versions = Versions(
            policy=policy.id,
            policy_version=policy.version,
            policy_digest=policy.digest,
            plan=plan.version,
            kernel=parameters.digest,
            trunks=trunks.digest,
            mode=mode.value,
            snapshot=snapshot,
        )
        self.oracle = Oracle(parameters)
        self._rows = RowBuilder(policy=policy, plan=plan, trunks=trunks, parameters=parameters)
        self._site_key = site_key
        self._site = site_of(site_key)

    def take(self, event: Event, *, given: Decision | None = None) -> Verdict | None:
        """The verdict of an attempt; None for an answer, an end, or the record of a call that was decided live.

        `given` stands in place of the policy's decision: a live edge lets an emergency centre's call back pass so.
        """
        if event.kind is not EventKind.ATTEMPT:
            self.oracle.outcome(event)
            return None
        oracle, rows = self.oracle, self._rows
        counted = oracle.count(event)
        if counted.decided_live:
            return None
        row: list[int] | None = None
        decision = given or (oracle.earlier(event) if counted.repeat_of else None)
        if decision is None:
            row = rows.deciding(event, counted)
            decision = self.policy.decide(row)
        # Before `settle`, though that changes no feature: only what comes back from here is kept.
        if decision.action is Action.ALLOW:
            row = None
        elif row is None or not rows.whole:
            row = rows.build(event, counted.read(), counted.key)
        enforced = self.mode is Mode.ENFORCE
        if not counted.repeat_of:
            oracle.settle(event, decision, blocked=enforced and decision.action is Action.BLOCK)
        return self._verdict(event, counted, decision=decision, row=row, enforced=enforced)

    def row(self, event: Event, reading: Reading) -> list[int]:
        """The decision row of an attempt that the oracle has read."""
        return self._rows.build(event, reading, actor_key(event.caller, event.trunk))

    def export_state(self) -> bytes:
        """Everything that later verdicts depend on."""
        return self.oracle.export_state()

    def restore_state(self, data: bytes) -> None:
        """Go on from an exported state; KernelError where it does not fit."""
        self.oracle = Oracle.restore(self.oracle.parameters, data)

    @property
    def counters(self) -> Counter[str]:
        """What the kernel counted besides the verdicts."""
        segments = self.oracle.segments
        return Counter(
            late=self.oracle.late,
            repeated=self.oracle.repeated,
            after_block=self.oracle.after_block,
            evicted_probation=segments.evicted_probation,
            evicted_main=segments.evicted_main,
            numbers=len(segments),
        )

    def token(self, *, time_ms: int, sequence: int) -> str:
        """The redress token of the attempt that is event `sequence` of this run, at `time_ms`."""
        day = max(time_ms, 0)
        return redress_token(self._site_key, run_id=self.run_id, site=self._site, time_ms=day, sequence=sequence)

    def _verdict(
        self, event: Event, counted: Counted, *, decision: Decision, row: list[int] | None, enforced: bool
    ) -> Verdict:
        """`row` is the whole row of a non-ALLOW decision, None for ALLOW."""
        number, time_ms, ingress = event.number, event.time_ms, event.ingress
        caller, callee = event.caller, event.callee
        action, layer, flags, reasons, shadow, score = decision
        # Positional, in the order of Verdict: this runs once a call.
        return Verdict(
            number,
            time_ms,
            event.call_id,
            event.source,
            event.caller_text,
            counted.key,
            caller.kind,
            callee.key,
            callee.kind,
            event.trunk,
            ingress,
            action,
            enforced,
            layer,
            flags,
            reasons,
            shadow,
            score,
            counted.late,
            counted.counted,
            counted.repeat_of,
            ingress is not IngressClass.UNKNOWN,
            None if row is None else tuple(row),
            "" if row is None else self.token(time_ms=time_ms, sequence=number),
        )
