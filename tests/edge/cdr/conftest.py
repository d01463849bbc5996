"""One table of calls that drives encoders and codecs alike."""

from __future__ import annotations

from dataclasses import dataclass, fields

import pyarrow as pa
import pytest

from haodun.edge.cdr import CALLS_SCHEMA, CallRecord
from haodun.screening.events import Attestation, Cause, Presentation, Roaming

_START = 1_795_168_800_000


def _call(number: int, *, answer: int | None = 7, seconds: int = 60, **other: object) -> CallRecord:
    values: dict[str, object] = {
        "call_id": f"call-{number}", "leg_id": f"call-{number}", "start_ms": _START + number * 1000,
        "answer_ms": None if answer is None else _START + (number + answer) * 1000,
        "end_ms": _START + (number + seconds) * 1000, "caller": f"1390000{number:04}", "callee": "057188880000",
        "trunk": "carrier-sz-2", "cause": Cause.NORMAL, **other,
    }  # fmt: skip
    return CallRecord(**values)  # type: ignore[arg-type]


def _cases() -> list[CallRecord]:
    cases = [_call(index, cause=cause) for index, cause in enumerate(Cause)]
    cases += [_call(20 + index, presentation=value) for index, value in enumerate(Presentation)]
    cases += [_call(30 + index, attestation=value) for index, value in enumerate(Attestation)]
    cases += [_call(40 + index, roaming=value) for index, value in enumerate(Roaming)]
    cases += [
        _call(50, answer=None, cause=Cause.NO_ANSWER),
        _call(51, answer=0, seconds=0),
        _call(52, caller="anonymous", presentation=Presentation.RESTRICTED),
        _call(53, caller="anonymous", presentation=Presentation.ALLOWED),
        _call(54, caller="", presentation=Presentation.UNAVAILABLE, trunk=""),
        _call(55, caller='+86"139",;', callee="0086\n571", trunk="a/b, c;1"),
        _call(56, diversion="+8657188880001", device="ua=1;100%3B %", cell="460-00-1;2"),
        _call(57, device="号盾 终端", trunk="深圳-国际-1"),
        _call(58, caller="１３９", callee="x" * 256, trunk="gw-00000001"),
    ]
    return cases


@dataclass(frozen=True)
class Calls:
    """The cases as records and as a table."""

    records: list[CallRecord]
    table: pa.Table


@pytest.fixture(scope="session")
def calls() -> Calls:
    records = _cases()
    names = [field.name for field in fields(CallRecord) if field.name in CALLS_SCHEMA.names]
    rows = [{name: getattr(record, name) for name in names} for record in records]
    return Calls(records, pa.Table.from_pylist(rows, schema=CALLS_SCHEMA))
