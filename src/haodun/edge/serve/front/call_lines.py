"""The lines of `calls.jsonl` for a batch: as `CallLines` writes them, but what calls have in common is encoded once."""

from __future__ import annotations

import msgspec

from haodun.edge.serve.front.batch import CallBatch

_encode = msgspec.json.Encoder().encode
MOST_TEXTS = 4_096
"""Texts kept that lines have in common."""


class LineTexts:
    """Makes lines, and keeps what they have in common."""

    def __init__(self, run_id: str) -> None:
        self._run_id = run_id
        self._kept: dict[tuple[object, ...], str] = {}

    def lines(self, calls: CallBatch, *, microseconds: int, snapshot: int, bypass: bool) -> bytes:
        """One line a call, each with its line end."""
        work, count, judged = calls.work, calls.size, calls.verdicts.judged
        begin = f'{{"event":"call","time_ms":{int(work.events["time_ms"][0])},"verdict":"{self._run_id}-'
        end = f"{microseconds}}}\n"
        made: dict[tuple[int, int, int], str] = {}
        lines = []
        places = zip(judged["decision"].tolist(), work.trunks[:count].tolist(), work.said[:count].tolist(), strict=True)
        for at, (number, place) in enumerate(zip(judged_numbers(calls), places, strict=True)):
            rest = made.get(place)
            if rest is None:
                rest = made[place] = self._rest(calls, at, snapshot, bypass) + end
            lines.append(f"{begin}{number}{rest}")
        return "".join(lines).encode()

    def _rest(self, calls: CallBatch, at: int, snapshot: int, bypass: bool) -> str:
        """What follows the number in the line of a call and of all that are like it, but for the time it took."""
        judged = calls.is_judged(at)
        reasons = calls.verdicts.decisions[int(calls.verdicts.judged["decision"][at])].reasons if judged else ()
        action = calls.action(at).name if judged else ""
        key = (action, calls.answered(at), reasons, calls.why_of(at), bypass, calls.trunk(at), snapshot)
        found = self._kept.get(key)
        if found is None:
            if len(self._kept) >= MOST_TEXTS:
                self._kept.clear()
            names = ("action", "answered", "reasons", "why", "emergency", "bypass", "trunk", "snapshot", "us")
            said = dict(zip(names, (*key[:4], False, *key[4:], 0), strict=True))
            found = self._kept[key] = '",' + _encode(said).decode()[1:-2]
        return found


def judged_numbers(calls: CallBatch) -> list[int]:
    """Numbers of the events."""
    numbers: list[int] = calls.work.events["number"][: calls.size].tolist()
    return numbers
