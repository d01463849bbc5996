"""The screener by arrays: `judge` for many events, `take` for one; what it says is what `Screener` says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from haodun.compiled import Kept
from haodun.numbering import IngressClass, Plan
from haodun.screening.events import Action, Decision, Event, Trunks, actor_key
from haodun.screening.events.fingerprint import attempt_fingerprint, derived_key, fingerprint
from haodun.screening.events.packed import COUNTED, ENFORCED, HAS_VERDICT, JUDGED, LATE, Events, Judged
from haodun.screening.events.packing import Packer
from haodun.screening.kernel import Parameters
from haodun.screening.kernel.calls import Attempted
from haodun.screening.kernel.fast import FastKernel
from haodun.screening.kernel.fast.layout import views
from haodun.screening.kernel.fast.saving import table_order
from haodun.screening.policy import Policy
from haodun.screening.policy.fast.decisions import PASS, DecisionTable, Numbers
from haodun.screening.verdicts.fast import loop
from haodun.screening.verdicts.fast.columns import Texts, verdict_columns
from haodun.screening.verdicts.fast.prepared import Prepared, prepare
from haodun.screening.verdicts.fast.saving import chunks, restored
from haodun.screening.verdicts.fast.tokens import TokenMaker
from haodun.screening.verdicts.log import Verdict, verdicts_of
from haodun.screening.verdicts.screener import Mode
from haodun.screening.verdicts.token import redress_token, site_of

ROWS = 1_024
"""Room for decision rows at first, where a batch has as many events."""

Integers = npt.NDArray[Any]


class JudgedEvents(NamedTuple):
    """What became of some events."""

    judged: Judged
    """A record an event."""
    rows: Integers
    """The decision rows of all that is not ALLOW, int64; `judged["row"]` points into them."""
    decisions: Sequence[Decision]
    """`judged["decision"]` points into them; good for as long as it is kept."""


class FastScreener:
    """One run's deciding part, compiled. Events in order; one thread at a time."""

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
        """As `Screener`. TypeError where the policy has a list that compiled code cannot look into."""
        self.mode = mode
        """May be changed between events."""
        self.parameters = parameters
        self._site_key = site_key
        self._site = site_of(site_key)
        self.run_id = run_id
        self._secret = int.from_bytes(derived_key(site_key, b"index of numbers")[:8], "little")
        self._label = derived_key(site_key, b"label of a stored state").hex()
        self.kernel = FastKernel(parameters, secret=self._secret)
        self.prepared = self.prepare(policy=policy, plan=plan, trunks=trunks, snapshot=snapshot)
        self.versions = self.prepared.versions
        self._table = DecisionTable(policy.rules)
        self._added: dict[Decision, int] = {}
        self._kept: tuple[Kept, Numbers, Prepared] | None = None

    @property
    def run_id(self) -> str:
        """The run that verdicts and tokens belong to; it may be changed between events."""
        return self._run_id

    @run_id.setter
    def run_id(self, name: str) -> None:
        self._run_id = name
        self.tokens = TokenMaker(self._site_key, run_id=name, site=self._site)

    @property
    def policy(self) -> Policy:
        """The policy in force."""
        return self.prepared.policy

    @property
    def packer(self) -> Packer:
        """Packs events as `judge` takes them."""
        return self.prepared.packer

    @property
    def decisions(self) -> Sequence[Decision]:
        """The decisions known, by number."""
        return self._table.decisions

    def prepare(self, *, policy: Policy, plan: Plan, trunks: Trunks, snapshot: str = "none") -> Prepared:
        """Make something else ready to decide, for `swap`; it may be done in another thread."""
        return prepare(
            policy=policy,
            plan=plan,
            trunks=trunks,
            parameters=self.parameters,
            mode=self.mode,
            site_key=self._site_key,
            snapshot=snapshot,
        )

    def swap(self, prepared: Prepared) -> None:
        """Decide by something else from now on; the kernel and the decisions given out stay."""
        self._table.renew(prepared.policy.rules)
        self.prepared = prepared
        self.versions = prepared.versions

    def judge(self, events: Events, *, given: Decision | None = None) -> JudgedEvents:
        """Count and decide events in order; `given` is the decision on those marked so, PASSED by default."""
        if not events.flags.writeable or not events.flags.c_contiguous:
            events = events.copy()  # so that compiled code meets one type of array
        if self._table.crowded:
            self._keep_decisions()
        options = self.prepared.options
        options[loop.ENFORCE], options[loop.ROWS] = self.mode is Mode.ENFORCE, 0
        options[loop.GIVEN] = PASS if given is None else self._number(given)
        rows = np.empty((min(max(len(events), 1), ROWS), self.policy.row_length), np.int64)
        judged, bits, done = np.zeros(len(events), JUDGED), self.prepared.slots_of(events), 0
        while True:
            done = loop.judge(self._court(), events, bits, judged, rows, done)
            if done == len(events):
                break
            if options[loop.ROWS] == len(rows):
                rows = np.concatenate([rows, np.empty_like(rows)])
            else:
                self._table.grow()
        self._table.learn()
        return JudgedEvents(judged, rows[: options[loop.ROWS]], self._table.decisions)

    def _court(self) -> int:
        """Where all that judging needs is laid down, anew where a part of it was replaced."""
        state, numbers, prepared = self.kernel.state, self._table.numbers, self.prepared
        kept = self._kept
        if kept is None or kept[1] is not numbers or kept[2] is not prepared or kept[0].value.state is not state:
            court = loop.COURT.keep(loop.Court(state, prepared.deciding(numbers)))
            kept = self._kept = (court, numbers, prepared)
        return kept[0].address

    def take(self, event: Event, *, given: Decision | None = None) -> Verdict | None:
        """The verdict of an attempt; None for an answer, an end, or the record of a call that was decided live.

        `given` stands in place of the policy's decision: a live edge lets an emergency centre's call back pass so.
        """
        events = self.packer.pack([event])
        events["given"] = given is not None
        found = self.judge(events, given=given)
        return self._verdict(event, found) if found.judged[0]["state"] & HAS_VERDICT else None

    def verdict_columns(
        self, events: Events, found: JudgedEvents, texts: Texts, metadata: Mapping[str, str] | None = None
    ) -> pa.RecordBatch:
        """The verdicts among judged events as one batch of the log."""
        return verdict_columns(
            events,
            found.judged,
            texts,
            decisions=found.decisions,
            rows=found.rows,
            tokens=self.tokens,
            metadata=metadata,
        )

    def verdicts(self, events: Events, found: JudgedEvents, texts: Texts) -> list[Verdict]:
        """The verdicts among judged events, as objects."""
        return list(verdicts_of(self.verdict_columns(events, found, texts)))

    def replay(self, events: Events, judged: Judged, decisions: Sequence[Decision]) -> None:
        """Count events again as they were judged before, with the decisions that they got then."""
        numbers = np.array([self._number(decision) for decision in decisions], np.int64)
        # Compiled code meets one type of array: those that can be written to.
        events, judged = (some if some.flags.writeable else some.copy() for some in (events, judged))
        loop.replay(self.kernel.state, numbers, events, judged)

    def repeated(self, event_key: tuple[str, str], now_ms: int) -> Attempted | None:
        """The attempt that an INVITE of this call id and transaction would repeat now, None if none."""
        return self.repeated_attempt(self.attempt_key(event_key), now_ms)

    def attempt_key(self, event_key: tuple[str, str]) -> tuple[int, int]:
        """The fingerprint of an attempt, as events have it."""
        key, (call_id, transaction) = self.packer.key, event_key
        call = fingerprint(key, call_id.encode("utf-8", "surrogatepass"))
        return attempt_fingerprint(key, call, transaction.encode("utf-8", "surrogatepass"))

    def repeated_attempt(self, attempt: tuple[int, int], now_ms: int) -> Attempted | None:
        """`repeated` by the fingerprint of the attempt."""
        high, low = attempt
        at = loop.remembered(self.kernel.state, np.uint64(high), np.uint64(low))
        if not at:
            return None
        entry, window = views(self.kernel.state).repeat_entries[at], self.parameters.repeat_window_s * 1000
        event, time_ms, seen_ms, number = (int(entry[name]) for name in ("event", "time_ms", "seen_ms", "decision"))
        if abs(now_ms - time_ms) > window or now_ms - seen_ms > window:
            return None
        return Attempted(event, time_ms, seen_ms, self.decisions[number] if number else None)

    def save(self) -> Iterator[bytes]:
        """Everything that later verdicts depend on, in chunks; KernelError where events are judged before the last.

        The same events and decisions give the same bytes, whatever was swapped or restored meanwhile.
        """
        self._keep_decisions()
        return chunks(self.kernel.state, self.parameters, self.decisions, label=self._label)

    def load(self, file: BinaryIO) -> None:
        """Go on from what was saved; KernelError where it is damaged, or of other parameters or another site."""
        state, decisions = restored(file, self.parameters, secret=self._secret, label=self._label)
        self.kernel.state = state
        self._table.restore(decisions)
        self._added.clear()

    def export_state(self) -> bytes:
        """What `save` gives, at once."""
        return b"".join(self.save())

    def restore_state(self, data: bytes) -> None:
        """`load` from bytes."""
        self.load(BytesIO(data))

    @property
    def counters(self) -> Counter[str]:
        """What the kernel counted besides the verdicts."""
        return Counter(self.kernel.counters)

    def token(self, *, time_ms: int, sequence: int) -> str:
        """The redress token of the attempt that is event `sequence` of this run, at `time_ms`."""
        day = max(time_ms, 0)
        return redress_token(self._site_key, run_id=self.run_id, site=self._site, time_ms=day, sequence=sequence)

    def _number(self, decision: Decision) -> int:
        """The number of a decision from elsewhere, the same each time."""
        number = self._added.get(decision)
        if number is None:
            number = self._added[decision] = self._table.add(decision)
        return number

    def _keep_decisions(self) -> None:
        """Drop the decisions that no repeat can ask for any more."""
        found = views(self.kernel.state)
        repeats, numbers = found.repeats[0], found.repeat_entries["decision"]
        order = np.zeros(int(repeats["count"]), np.int64)
        table_order(self.kernel.state, 0, order)
        renumbered, used = self._table.keep(numbers[order]), int(repeats["used"]) + 1
        numbers[:used] = renumbered[numbers[:used]]
        self._added.clear()

    def _verdict(self, event: Event, found: JudgedEvents) -> Verdict:
        one = found.judged[0]
        state, row, decision = int(one["state"]), int(one["row"]), found.decisions[int(one["decision"])]
        restricted = decision.action is not Action.ALLOW
        return Verdict(
            event.number,
            event.time_ms,
            event.call_id,
            event.source,
            event.caller_text,
            actor_key(event.caller, event.trunk),
            event.caller.kind,
            event.callee.key,
            event.callee.kind,
            event.trunk,
            event.ingress,
            decision.action,
            bool(state & ENFORCED),
            decision.layer,
            decision.flags,
            decision.reasons,
            decision.shadow,
            decision.score,
            bool(state & LATE),
            bool(state & COUNTED),
            int(one["repeat_of"]),
            event.ingress is not IngressClass.UNKNOWN,
            tuple(found.rows[row].tolist()) if restricted else None,
            self.token(time_ms=event.time_ms, sequence=event.number) if restricted else "",
        )
