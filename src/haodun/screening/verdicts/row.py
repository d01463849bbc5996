"""The decision row: everything that a rule may read about one attempt, as integers in the order of FEATURES.

Theory of operation. `build` makes the whole row. A live edge decides most calls ALLOW, whose row is kept by nobody, so
`deciding` makes only the groups of features of which the policy reads one (its program, its slots, its guards); the
others stand as 0, which no one looks at. A policy of lists alone asks for none of the kernel's windows.
"""

from __future__ import annotations

from functools import lru_cache

from haodun.numbering import Number, Plan
from haodun.screening.events import FEATURES, INDEX, KERNEL_FEATURES, Event, Roaming, Trunks
from haodun.screening.kernel import Counted, Parameters, Reading
from haodun.screening.kernel.windows import MINUTE_MS
from haodun.screening.policy import Policy

FACTS_CACHE = 262_144
"""Numbers whose plan facts are kept at hand."""

MAX_TIME_MS = 2**48

_CALLER_FACTS = range(INDEX["caller.kind"], INDEX["callee.number"])
_LINE = range(INDEX["line.registered"], INDEX["line.known"] + 1)
_KERNEL = range(len(FEATURES) - len(KERNEL_FEATURES), len(FEATURES))
_NO_CALLER_FACTS, _NO_LINE, _NO_WINDOWS = (0,) * len(_CALLER_FACTS), (0,) * len(_LINE), (0,) * len(_KERNEL)


class RowBuilder:
    """Builds decision rows for one policy, plan, trunks file and parameter set."""

    def __init__(self, *, policy: Policy, plan: Plan, trunks: Trunks, parameters: Parameters) -> None:
        self._plan = plan
        self._trunks = trunks
        self._parameters = parameters
        self._caller = lru_cache(maxsize=FACTS_CACHE)(self._caller_facts)
        self._slots = [(policy.lists[slot.list].holds, slot.position) for slot in policy.slots]
        reads = policy.reads()
        self._reads_caller = not reads.isdisjoint(_CALLER_FACTS)
        self._reads_line = not reads.isdisjoint(_LINE)
        self._reads_windows = not reads.isdisjoint(_KERNEL)
        self.whole = self._reads_caller and self._reads_line and self._reads_windows
        """Whether `deciding` leaves nothing out under this policy."""
        self._minute = self._hour = -1

    def build(self, event: Event, reading: Reading, key: int) -> list[int]:
        """The row of one attempt: features, then the policy's list slots. `key` is that of the caller's state."""
        caller, line = self._caller(event.caller), self._line(event.trunk, event.caller.key)
        return self._row(event, key, reading.late, caller=caller, line=line, windows=reading.features)

    def deciding(self, event: Event, counted: Counted) -> list[int]:
        """The same for deciding only: 0 stands for what the policy does not read."""
        return self._row(
            event,
            counted.key,
            counted.late,
            caller=self._caller(event.caller) if self._reads_caller else _NO_CALLER_FACTS,
            line=self._line(event.trunk, event.caller.key) if self._reads_line else _NO_LINE,
            windows=counted.features() if self._reads_windows else _NO_WINDOWS,
        )

    def _row(
        self,
        event: Event,
        key: int,
        late: bool,
        *,
        caller: tuple[int, ...],
        line: tuple[int, ...],
        windows: tuple[int, ...],
    ) -> list[int]:
        time_ms, callee, plan = event.time_ms, event.callee, self._plan
        if time_ms // MINUTE_MS != self._minute:
            self._minute, self._hour = time_ms // MINUTE_MS, self._parameters.local_hour(time_ms)
        roaming = event.roaming
        if roaming is Roaming.UNKNOWN:
            roaming = self._trunks.roaming(event.trunk)
        # Adding 0 makes a plain integer of a member faster than int() does.
        row = [
            time_ms if 0 <= time_ms <= MAX_TIME_MS else min(max(time_ms, 0), MAX_TIME_MS),
            self._hour,
            event.ingress + 0,
            event.presentation + 0,
            event.attestation + 0,
            roaming + 0,
            1 if event.diversion else 0,
            1 if late else 0,
            key,
            *caller,
            callee.key,
            callee.kind + 0,
            callee.country,
            1 if plan.is_home(callee) else 0,
            1 if plan.is_emergency(callee) else 0,
            *line,
            *windows,
        ]
        now = row[0]
        for holds, position in self._slots:
            row.append(1 if holds(row[position], now) else 0)
        return row

    def _caller_facts(self, number: Number) -> tuple[int, ...]:
        facts = self._plan.facts(number)
        return (
            int(number.kind),
            int(number.form),
            int(number.refusal),
            number.country,
            int(self._plan.is_home(number)),
            int(facts.allocation),
            int(facts.holder),
            int(facts.reseller),
        )

    def _line(self, trunk: str, caller: int) -> tuple[int, ...]:
        line = self._trunks.line(trunk)
        if line is None:
            return (0, 0, 0)
        return (int(line.registered), int(line.permits_number(caller)), 1)
