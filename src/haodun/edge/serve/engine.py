"""The deciding part of a live edge: one kernel for as long as it lives, under one policy after another."""

from __future__ import annotations

from dataclasses import dataclass

from haodun.edge.serve.calls import CallReader
from haodun.edge.serve.kernels import AnyScreener, Basis, Kernel, Ready
from haodun.edge.serve.naming import naming_of
from haodun.edge.serve.replacing import Replacing
from haodun.edge.serve.settings import EdgeError, Settings
from haodun.edge.serve.wording import Wording, to_tag
from haodun.numbering import load_plan
from haodun.screening.events import Decision, Event, Trunks
from haodun.screening.kernel import KernelError
from haodun.screening.kernel.calls import Attempted
from haodun.screening.policy import Policy
from haodun.screening.snapshot import Snapshot
from haodun.screening.verdicts import Mode, Verdict

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

    kernel: Kernel
    """What it was made ready for."""
    ready: Ready
    policy: Policy
    reader: CallReader
    wording: Wording
    trunks: Trunks
    snapshot: Snapshot | None

    @property
    def version(self) -> int:
        """Of the snapshot, 0 where a policy file decides."""
        return 0 if self.snapshot is None else self.snapshot.version

    @property
    def screener(self) -> AnyScreener:
        """Who takes events; under the compiled kernel always the same, whatever it decides by."""
        return self.ready.screener


def prepare(
    settings: Settings,
    kernel: Kernel,
    *,
    policy: Policy,
    trunks: Trunks,
    site_key: bytes,
    run_id: str,
    snapshot: Snapshot | None = None,
) -> Deciding:
    """Make a policy ready to decide. EdgeError where a trunk's or the edge's profile cannot be worded."""
    plan = load_plan(policy.home)
    if snapshot is not None and snapshot.directory is not None:
        trunks = trunks.with_own(snapshot.directory.by_trunk())
    naming = naming_of(policy, trunks, snapshot)
    wording = Wording(settings, policy.profile, naming, Replacing(trunks, policy))
    reader = CallReader(home=policy.home, plan=plan, trunks=trunks)
    for name in ("", *trunks.names()):
        settings.check_profile(wording.profile(reader.live(name)))
    named = "none" if snapshot is None else snapshot.name
    ready = kernel.ready(Basis(policy, plan, trunks, site_key, run_id, named))
    reader.warm()
    to_tag(b"", "", "")  # what is compiled is compiled, or loaded, before the first call
    policy.decide([0] * policy.row_length)
    return Deciding(kernel, ready, policy, reader, wording, trunks, snapshot)


class Engine:
    """Takes events in order; swaps what decides between two of them."""

    def __init__(self, deciding: Deciding) -> None:
        self.kernel = deciding.kernel
        """What all that decides counts with, one after another."""
        self.deciding = deciding
        deciding.ready.install()

    def swap(self, deciding: Deciding) -> None:
        """Decide by something else from now on; the kernel stays. EdgeError where it was made for another kernel."""
        if deciding.kernel is not self.kernel:
            raise EdgeError("the snapshot is of another home country; restart the edge with a log of its own")
        deciding.ready.install()
        self.deciding = deciding

    def judge(self, event: Event, *, enforce: bool, given: Decision | None = None) -> Verdict | None:
        """Count an attempt and decide it, or take the decision that is given."""
        screener = self.deciding.screener
        screener.mode = Mode.ENFORCE if enforce else Mode.OBSERVE
        return screener.take(event, given=given)

    def repeated(self, event_key: tuple[str, str], now_ms: int) -> Attempted | None:
        """The attempt that an INVITE of this Call-ID and transaction repeats within 32 s, None if none."""
        return self.kernel.repeated(event_key, now_ms)

    def token(self, attempted: Attempted) -> str:
        """The redress token that the attempt got."""
        return self.deciding.screener.token(time_ms=attempted.time_ms, sequence=attempted.event)
