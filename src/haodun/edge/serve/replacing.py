"""Whose number a voice line shows in the place of one that is not its own (六部门通告 2016-09-23: 语音专线主叫鉴权).

The verdict is what the policy says, BLOCK by the rule of the line, on every machine alike. Carrying it out is the
trunk's own affair, as a challenge or a profile is: with `unpermitted: replace` the call goes on, and shows the line's
default number instead. Nothing is replaced where that would let a call pass that is stopped for another reason: a
called number that orders have shut, or a default number that stands on a list itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from haodun.screening.events import Event, LiveTrunk, Trunks
from haodun.screening.policy import Policy

REPLACE = "replace"
STOPS_CALLED = ("orders",)
"""Lists that stop calls to a number."""
STOPS_CALLER = ("orders", "dno", "black")
"""Lists that stop calls from a number."""


@dataclass(frozen=True, slots=True)
class Replacing:
    """Default numbers of lines under one policy and trunks file; none where it is empty."""

    trunks: Trunks = field(default_factory=lambda: Trunks({}))
    policy: Policy | None = None

    def number(self, event: Event, live: LiveTrunk) -> int:
        """The E.164 key to show in the place of the caller's number; 0 where a blocked call stays blocked."""
        if live.unpermitted != REPLACE or self.policy is None or not event.caller.is_number:
            return 0
        line = self.trunks.line(event.trunk)
        if line is None or not line.registered or line.permits_number(event.caller.key):
            return 0
        if self._stands(event.callee.key, STOPS_CALLED, event.time_ms):
            return 0
        return 0 if self._stands(line.default, STOPS_CALLER, event.time_ms) else line.default

    def _stands(self, key: int, names: tuple[str, ...], time_ms: int) -> bool:
        lists = {} if self.policy is None else self.policy.lists
        return any(name in lists and lists[name].holds(key, time_ms) for name in names)
