"""The kernel of an edge, whichever it is: what decides by it, and how a log takes it along, saves and restores it.

Theory of operation. Both kernels reach the same verdicts. Under the oracle each policy has a screener of its own, and
all share the oracle; the compiled screener is one for as long as the edge lives and swaps what it decides by. An edge
sees neither: it asks its kernel for a `Ready` (made outside the call path) and tells it to decide by that.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from typing_extensions import Buffer

from haodun.compiled import ABSENT
from haodun.edge.serve.limits import REPLAY_AHEAD_MS
from haodun.edge.serve.settings import EdgeError
from haodun.numbering import IngressClass, Plan, parse
from haodun.screening.events import (
    Action,
    Attestation,
    Cause,
    Decision,
    Event,
    EventKind,
    Presentation,
    Roaming,
    Trunks,
)
from haodun.screening.events.packed import ENFORCED, EVENT, HAS_VERDICT, JUDGED, Events, Judged
from haodun.screening.kernel import Oracle, Parameters
from haodun.screening.kernel.calls import Attempted
from haodun.screening.policy import Policy
from haodun.screening.policy.stages import SILENT
from haodun.screening.verdicts import Mode, Screener, Verdict
from haodun.screening.verdicts.fast import FastScreener
from haodun.store.frames import Batch, Columns
from haodun.store.reading import facts


class Basis(NamedTuple):
    """What decides, before it is made ready."""

    policy: Policy
    plan: Plan
    trunks: Trunks
    site_key: bytes
    run_id: str
    snapshot: str
    """Name of the snapshot, 'none' where a policy file decides."""


NO_KERNEL = f"--kernel fast: {ABSENT}; install numba, or give --kernel oracle" if ABSENT else ""
"""Why the compiled kernel cannot be had on this machine, '' where it can."""
AnyScreener = Screener | FastScreener


class Ready(NamedTuple):
    """Something to decide by, made outside the call path."""

    screener: AnyScreener
    """Who takes events once it is installed."""
    install: Callable[[], None]
    """Decide by it from now on; between two events."""


class OracleKernel:
    """The oracle."""

    name: Final = "oracle"

    def __init__(self, parameters: Parameters, *, folder: Path | None = None) -> None:
        """`folder`: that of the log, for what is said of damage."""
        self.oracle = Oracle(parameters)
        self._folder = folder or Path()

    @property
    def parameters(self) -> Parameters:
        """What it counts by."""
        return self.oracle.parameters

    @property
    def numbers(self) -> int:
        """How many numbers it holds."""
        return len(self.oracle.segments)

    def ready(self, basis: Basis) -> Ready:
        """A screener of its own, which counts here once it is installed; it may be made in another thread."""
        screener = Screener(
            policy=basis.policy,
            plan=basis.plan,
            trunks=basis.trunks,
            parameters=self.parameters,
            mode=Mode.OBSERVE,
            site_key=basis.site_key,
            run_id=basis.run_id,
            snapshot=basis.snapshot,
        )
        return Ready(screener, lambda: setattr(screener, "oracle", self.oracle))

    def repeated(self, event_key: tuple[str, str], now_ms: int) -> Attempted | None:
        """The attempt that an INVITE of this call id and transaction would repeat now, None if none."""
        return self.oracle.repeats.find(event_key, time_ms=now_ms, now_ms=now_ms)

    def count_again(self, frames: Sequence[Batch | Columns], *, after: int, now_ms: int) -> int:
        """Count the events of frames after one, with the logged decisions; how many. StoreError.

        Attempts that were answered without evaluation were not counted then and are not now. Events dated more than
        REPLAY_AHEAD_MS after `now_ms` are passed over: they would make every live call late.
        """
        done = 0
        for frame in frames:
            for event, verdict in facts(frame, self._folder).pairs:
                if event.number <= after:
                    continue
                done += 1
                if event.time_ms <= now_ms + REPLAY_AHEAD_MS:
                    self._again(event, verdict)
        return done

    def save(self) -> Iterator[bytes]:
        """Its whole state, in parts."""
        yield self.oracle.export_state()

    def load(self, parts: Iterable[bytes]) -> None:
        """Go on from a saved state; KernelError where it does not fit, and whatever the parts raise."""
        self.oracle = Oracle.restore(self.oracle.parameters, b"".join(parts))

    def _again(self, event: Event, verdict: Verdict | None) -> None:
        if event.kind is not EventKind.ATTEMPT:
            self.oracle.outcome(event)
            return
        if verdict is None:
            return
        reading = self.oracle.attempt(event)
        if reading.decided_live or reading.repeat_of:
            return
        self.oracle.settle(event, decision_of(verdict), blocked=verdict.enforced and verdict.action is Action.BLOCK)


class CompiledKernel:
    """The compiled screener with its kernel."""

    name: Final = "fast"

    def __init__(self, screener: FastScreener) -> None:
        self.screener = screener

    @property
    def parameters(self) -> Parameters:
        """What it counts by."""
        return self.screener.parameters

    @property
    def numbers(self) -> int:
        """How many numbers it holds."""
        return self.screener.counters["numbers"]

    def ready(self, basis: Basis) -> Ready:
        """What the one screener swaps to; it may be made in another thread."""
        _rehearse(basis, self.parameters)
        prepared = self.screener.prepare(
            policy=basis.policy, plan=basis.plan, trunks=basis.trunks, snapshot=basis.snapshot
        )
        return Ready(self.screener, lambda: self.screener.swap(prepared))

    def repeated(self, event_key: tuple[str, str], now_ms: int) -> Attempted | None:
        """The attempt that an INVITE of this call id and transaction would repeat now, None if none."""
        return self.screener.repeated(event_key, now_ms)

    def count_again(self, frames: Sequence[Batch | Columns], *, after: int, now_ms: int) -> int:
        """As `OracleKernel.count_again`; all frames by one call of compiled code."""
        numbers: dict[Decision, int] = {SILENT: 0}
        parts = [_arrays(frame, self.screener, numbers) for frame in frames]
        if not parts:
            return 0
        # Of records by their bytes: numpy would look at each field anew.
        events = np.frombuffer(bytearray().join([one.data for one, _ in parts]), EVENT)
        judged = np.frombuffer(bytearray().join([one.data for _, one in parts]), JUDGED)
        if int(events["number"][0]) <= after:
            new = events["number"] > after
            events, judged = events[new], judged[new]
        done = len(events)
        if done and int(events["time_ms"].max()) > now_ms + REPLAY_AHEAD_MS:
            near = events["time_ms"] <= now_ms + REPLAY_AHEAD_MS
            events, judged = events[near], judged[near]
        self.screener.replay(events, judged, list(numbers))
        return done

    def save(self) -> Iterator[bytes]:
        """Its whole state, in parts."""
        yield from self.screener.save()

    def load(self, parts: Iterable[bytes]) -> None:
        """Go on from a saved state; KernelError where it does not fit, and whatever the parts raise."""
        self.screener.load(io.BufferedReader(_Parts(iter(parts))))


class _Parts(io.RawIOBase):
    """Parts as a file."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        super().__init__()
        self._parts = parts
        self._left = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer, /) -> int:
        if not self._left:
            self._left = memoryview(next(self._parts, b""))
        into = memoryview(buffer).cast("B")
        count = min(len(into), len(self._left))
        into[:count] = self._left[:count]
        self._left = self._left[count:]
        return count


Kernel = OracleKernel | CompiledKernel
_FEW = 1_024


def _arrays(frame: Batch | Columns, screener: FastScreener, numbers: dict[Decision, int]) -> tuple[Events, Judged]:
    """What a frame says as `FastScreener.replay` takes it; `numbers` of decisions grow by those that are new."""
    if isinstance(frame, Columns):
        judged = frame.judged.copy()
        given = [numbers.setdefault(decision, len(numbers)) for decision in frame.decisions] or [0]
        # Of what has no verdict, any number that is there.
        judged["decision"] = np.array(given, np.int32)[np.searchsorted(frame.numbers[:-1], judged["decision"])]
        return frame.events, judged
    judged = np.zeros(len(frame.pairs), JUDGED)
    for place, (_, verdict) in enumerate(frame.pairs):
        if verdict is not None:
            decision = decision_of(verdict)
            record = judged[place]
            record["decision"] = numbers.setdefault(decision, len(numbers))
            record["action"], record["state"] = decision.action, HAS_VERDICT | ENFORCED * verdict.enforced
    return screener.packer.pack(event for event, _ in frame.pairs), judged


def decision_of(verdict: Verdict) -> Decision:
    """The decision that a verdict carries."""
    return Decision(verdict.action, verdict.layer, verdict.flags, verdict.reasons, verdict.shadow, verdict.score)


def _rehearse(basis: Basis, parameters: Parameters) -> None:
    """Compile, or load, all that judging calls for, on a kernel of a few numbers."""
    few = replace(parameters, capacity=_FEW, max_repeats=_FEW, max_open_calls=_FEW)
    screener = _screener(basis, few)
    for number in (1, 2):
        event = _attempt(number)
        screener.take(event)
        screener.repeated((event.call_id, event.transaction), event.time_ms)


def _attempt(number: int) -> Event:
    """An attempt between two made-up numbers."""
    return Event(
        number=number,
        time_ms=0,
        kind=EventKind.ATTEMPT,
        call_id=f"rehearsal{number}",
        transaction="1",
        live=True,
        caller_text="",
        caller=parse("+8613800138000", IngressClass.UNKNOWN),
        callee_text="",
        callee=parse("+8613900001234", IngressClass.UNKNOWN),
        trunk="",
        ingress=IngressClass.UNKNOWN,
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
        source="",
    )


def make_kernel(name: str, basis: Basis, parameters: Parameters, *, folder: Path | None) -> Kernel:
    """An empty kernel by its name; `folder` is that of the log.

    KernelError where its memory cannot be had, EdgeError where it cannot be compiled.
    """
    if name == OracleKernel.name:
        return OracleKernel(parameters, folder=folder)
    if ABSENT:
        raise EdgeError(NO_KERNEL)
    return CompiledKernel(_screener(basis, parameters))


def _screener(basis: Basis, parameters: Parameters) -> FastScreener:
    return FastScreener(
        policy=basis.policy,
        plan=basis.plan,
        trunks=basis.trunks,
        parameters=parameters,
        mode=Mode.OBSERVE,
        site_key=basis.site_key,
        run_id=basis.run_id,
        snapshot=basis.snapshot,
    )
