"""The decision row: everything that a rule may read about one attempt, as integers in the order of FEATURES."""

from __future__ import annotations

from functools import lru_cache

from haodun.numbering import Number, Plan
from haodun.screening.events import Event, Roaming, Trunks, actor_key
from haodun.screening.kernel import Parameters, Reading
from haodun.screening.policy import Policy

FACTS_CACHE = 262_144
"""Numbers whose plan facts are kept at hand."""

MAX_TIME_MS = 2**48


class RowBuilder:
    """Builds decision rows for one policy, plan, trunks file and parameter set."""

    def __init__(self, *, policy: Policy, plan: Plan, trunks: Trunks, parameters: Parameters) -> None:
        self._policy = policy
        self._plan = plan
        self._trunks = trunks
        self._parameters = parameters
        self._caller = lru_cache(maxsize=FACTS_CACHE)(self._caller_facts)
        self._callee = lru_cache(maxsize=FACTS_CACHE)(self._callee_facts)

    def build(self, event: Event, reading: Reading) -> list[int]:
        """The row of one attempt: features, then the policy's list slots."""
        key = actor_key(event.caller, event.trunk)
        row = [
            min(max(event.time_ms, 0), MAX_TIME_MS),
            self._parameters.local_hour(event.time_ms),
            int(event.ingress),
            int(event.presentation),
            int(event.attestation),
            int(event.roaming if event.roaming is not Roaming.UNKNOWN else self._trunks.roaming(event.trunk)),
            int(event.diversion != 0),
            int(reading.late),
            key,
            *self._caller(event.caller),
            *self._callee(event.callee),
            *self._line(event.trunk, event.caller.key),
            *reading.features,
        ]
        row += self._policy.memberships(row)
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

    def _callee_facts(self, number: Number) -> tuple[int, ...]:
        emergency = self._plan.facts(number).emergency
        return (number.key, int(number.kind), number.country, int(self._plan.is_home(number)), int(emergency))

    def _line(self, trunk: str, caller: int) -> tuple[int, int, int]:
        line = self._trunks.line(trunk)
        if line is None:
            return (0, 0, 0)
        return (int(line.registered), int(line.permits_number(caller)), 1)
