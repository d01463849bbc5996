"""The deciding part of a live edge: one kernel for as long as it lives, under one policy after another."""

from __future__ import annotations

from dataclasses import dataclass, replace

from haodun.edge.serve.calls import CallReader
from haodun.edge.serve.kernels import OracleKernel
from haodun.edge.serve.settings import EdgeError, Settings
from haodun.edge.serve.wording import Wording
from haodun.numbering import load_plan
from haodun.screening.events import Decision, Event, Trunks
from haodun.screening.kernel import KernelError, Oracle, Parameters
from haodun.screening.kernel.calls import Attempted
from haodun.screening.policy import Policy
from haodun.screening.snapshot import Snapshot
from haodun.screening.verdicts import Mode, Screener, Verdict

ENGINE_FAULTS = (
    ArithmeticError,
    AttributeError,
    KernelError,
    LookupError,
    MemoryError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What our own code raises where it is wrong. It costs a verdict, never a call."""


@dataclass(frozen=True, slots=True)
class Deciding:
    """Everything that a new snapshot replaces, made ready outside the call path."""

    screener: Screener
    reader: CallReader
    wording: Wording
    trunks: Trunks
    snapshot: Snapshot | None

    @property
    def version(self) -> int:
        """Of the snapshot, 0 where a policy file decides."""
        return 0 if self.snapshot is None else self.snapshot.version


def prepare(
    settings: Settings,
    *,
    policy: Policy,
    trunks: Trunks,
    parameters: Parameters,
    site_key: bytes,
    run_id: str,
    snapshot: Snapshot | None = None,
) -> Deciding:
    """Make a policy ready to decide. EdgeError where a trunk's or the edge's profile cannot be worded."""
    plan = load_plan(policy.home)
    wording = Wording(settings, policy.profile)
    reader = CallReader(home=policy.home, plan=plan, trunks=trunks)
    for name in ("", *trunks.names()):
        settings.check_profile(wording.profile(reader.live(name)))
    screener = Screener(
        policy=policy,
        plan=plan,
        trunks=trunks,
        parameters=parameters,
        mode=settings.mode,
        site_key=site_key,
        run_id=run_id,
    )
    reader.warm()
    policy.decide([0] * policy.row_length)
    if snapshot is not None:
        screener.versions = replace(screener.versions, snapshot=snapshot.name)
    return Deciding(screener, reader, wording, trunks, snapshot)


class Engine:
    """Takes events in order; swaps what decides between two of them."""

    def __init__(self, deciding: Deciding, kernel: OracleKernel) -> None:
        """`kernel` is what all that decides counts with, one after another."""
        self.deciding = deciding
        self.kernel = kernel
        deciding.screener.oracle = kernel.oracle

    @property
    def oracle(self) -> Oracle:
        """The kernel's state in plain Python."""
        return self.kernel.oracle

    def swap(self, deciding: Deciding) -> None:
        """Decide by something else from now on; the kernel stays. EdgeError under other kernel parameters."""
        if deciding.screener.oracle.parameters != self.oracle.parameters:
            raise EdgeError("the snapshot is of another home country; restart the edge with a log of its own")
        deciding.screener.oracle = self.oracle
        self.deciding = deciding

    def judge(self, event: Event, *, enforce: bool, given: Decision | None = None) -> Verdict | None:
        """Count an attempt and decide it, or take the decision that is given."""
        screener = self.deciding.screener
        screener.mode = Mode.ENFORCE if enforce else Mode.OBSERVE
        return screener.take(event, given=given)

    def repeated(self, event_key: tuple[str, str], now_ms: int) -> Attempted | None:
        """The attempt that an INVITE of this Call-ID and transaction repeats within 32 s, None if none."""
        return self.oracle.repeats.find(event_key, time_ms=now_ms, now_ms=now_ms)

    def token(self, attempted: Attempted) -> str:
        """The redress token that the attempt got."""
        return self.deciding.screener.token(time_ms=attempted.time_ms, sequence=attempted.event)
