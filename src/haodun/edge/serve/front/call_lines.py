"""The lines of `calls.jsonl` for a batch: as `CallLines` writes them, but what calls have in common is encoded once."""

from __future__ import annotations

import msgspec
import numpy as np

from haodun.edge.serve.front.batch import CallBatch
from haodun.edge.serve.front.turn import FAIL

_encode = msgspec.json.Encoder().encode


def call_lines(calls: CallBatch, *, run_id: str, microseconds: int, snapshot: int, bypass: bool) -> bytes:
    """One line a call, each with its line end."""
    judged = calls.verdicts.judged
    # One number for everything that a line says besides its event: decision, trunk, what was answered.
    codes = (judged["decision"].astype(np.int64) + 1) * len(calls.names) + calls.trunks
    codes = codes * (FAIL + 1) + calls.said
    places = codes.tolist()
    rest = {
        code: _rest(calls, places.index(code), microseconds=microseconds, snapshot=snapshot, bypass=bypass)
        for code in set(places)
    }
    begin = f'{{"event":"call","time_ms":{int(calls.events["time_ms"][0])},"verdict":"{run_id}-'
    numbers = calls.events["number"].tolist()
    return "".join([f"{begin}{number}{rest[code]}" for number, code in zip(numbers, places, strict=True)]).encode()


def _rest(calls: CallBatch, at: int, *, microseconds: int, snapshot: int, bypass: bool) -> str:
    """What follows the number in the line of a call and of all that are like it."""
    judged = bool(calls.judged[at])
    said = {
        "action": calls.action(at).name if judged else "",
        "answered": calls.answered(at),
        "reasons": calls.verdicts.decisions[int(calls.verdicts.judged["decision"][at])].reasons if judged else (),
        "why": calls.why_of(at),
        "emergency": False,
        "bypass": bypass,
        "trunk": calls.trunk(at),
        "snapshot": snapshot,
        "us": microseconds,
    }
    return '",' + _encode(said).decode()[1:] + "\n"
