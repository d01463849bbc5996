"""The kernel's state as bytes: exact, versioned, checked, and refused under other parameters.

Layout: a magic line, the SHA-256 of the rest, then zlib of a JSON header and the records as little-endian 64-bit
integers, `FIELDS` a record, probation first in order of arrival, then the main segment in order of its keys' arrival.
"""

from __future__ import annotations

import hashlib
import json
import struct
import sys
import zlib
from array import array
from collections.abc import Iterable
from typing import Any, Protocol

from haodun.screening.events import Action, Decision, Flag, Layer
from haodun.screening.kernel.calls import Attempted, BlockedCalls, LiveCall, LiveCalls, Repeats
from haodun.screening.kernel.errors import KernelError
from haodun.screening.kernel.parameters import WAYS, Parameters
from haodun.screening.kernel.record import Record
from haodun.screening.kernel.segments import Segments
from haodun.screening.kernel.windows import CELLS

MAGIC = b"haodun kernel state 2\n"
DAMAGED = "the stored kernel state is damaged or of another version; start without it"
MAX_STATE_BYTES = 4_294_967_296
"""Unpacked; a larger one is refused."""

_WORD = 0xFFFFFFFFFFFFFFFF
_SCALARS = (
    "key",
    "first_ms",
    "last_ms",
    "attempt_ms",
    "verdict_ms",
    "minute",
    "last_callee",
    "run",
    "trunks",
    "device",
    "device_changes",
)
FIELDS = len(_SCALARS) + 1 + 4 + CELLS
"""Integers a record: scalars, the saturation flag, two bitmaps of two words, the cells of the windows."""


class Kernel(Protocol):
    """What a state is made of: the parts of a kernel that later readings depend on."""

    parameters: Parameters
    segments: Segments
    repeats: Repeats
    live: LiveCalls
    blocked: BlockedCalls
    now_ms: int
    late: int
    repeated: int
    after_block: int


def export_state(oracle: Kernel) -> bytes:
    """All of a kernel."""
    segments = oracle.segments
    header = {
        "parameters": oracle.parameters.digest,
        "now_ms": oracle.now_ms,
        "counters": [oracle.late, oracle.repeated, oracle.after_block],
        "evicted": [segments.evicted_probation, segments.evicted_main],
        "probation": len(segments.probation),
        "main": len(segments.main),
        "repeats": [[*key, *_attempted(entry)] for key, entry in oracle.repeats.entries.items()],
        "live": [[call_id, *pair, *call] for call_id, pair, call in oracle.live.items()],
        "blocked": list(oracle.blocked.ids),
    }
    words = array("q")
    for record in (*segments.probation.values(), *segments.main.values()):
        words.extend(_to_words(record))
    if sys.byteorder == "big":
        words.byteswap()
    text = json.dumps(header, separators=(",", ":")).encode("utf-8")
    body = zlib.compress(struct.pack("<Q", len(text)) + text + words.tobytes(), 1)
    return MAGIC + hashlib.sha256(body).digest() + body


def fill_state(oracle: Kernel, data: bytes) -> None:
    """Put an exported state into a fresh oracle; KernelError where the bytes are no state of such an oracle."""
    try:
        header, words = _unpack(data)
        _check_parameters(oracle, header)
        _fill(oracle, header, words)
    except (
        ValueError,
        KeyError,
        TypeError,
        IndexError,
        OverflowError,
        RecursionError,
        zlib.error,
        struct.error,
    ) as error:
        raise KernelError(DAMAGED) from error


def _check_parameters(oracle: Kernel, header: dict[str, Any]) -> None:
    if header["parameters"] != oracle.parameters.digest:
        raise KernelError(
            f"the stored kernel state was made under parameters {header['parameters'][:12]}, this run has "
            f"{oracle.parameters.digest[:12]}; use the same parameters or start without the state"
        )


def _fill(oracle: Kernel, header: dict[str, Any], words: array[int]) -> None:
    segments = oracle.segments
    plain = [header["now_ms"], *header["counters"], *header["evicted"], header["probation"], header["main"]]
    if not all(type(value) is int and value >= 0 for value in plain):
        raise KernelError(DAMAGED)
    oracle.now_ms = header["now_ms"]
    oracle.late, oracle.repeated, oracle.after_block = header["counters"]
    segments.evicted_probation, segments.evicted_main = header["evicted"]
    for position in range(header["probation"] + header["main"]):
        record = _from_words(words[position * FIELDS : (position + 1) * FIELDS])
        if position < header["probation"]:
            segments.probation[record.key] = record
        else:
            segments.main[record.key] = record
            segments.sets.setdefault(segments.set_of(record.key), []).append(record)
    over = [members for members in segments.sets.values() if len(members) > WAYS]
    if over or len(segments.probation) > oracle.parameters.probation_size:
        raise KernelError(DAMAGED)
    for call_id, transaction, *entry in header["repeats"]:
        oracle.repeats.entries[call_id, transaction] = _from_attempted(entry)
    for call_id, caller, callee, *call in header["live"]:
        oracle.live.remember(call_id, (caller, callee), LiveCall(*call))
    for call_id in header["blocked"]:
        oracle.blocked.add(call_id)


def _unpack(data: bytes) -> tuple[dict[str, Any], array[int]]:
    """Header and records, after every check that can be made without believing the content."""
    start = len(MAGIC) + hashlib.sha256().digest_size
    body = data[start:]
    if not data.startswith(MAGIC) or hashlib.sha256(body).digest() != data[len(MAGIC) : start]:
        raise KernelError(DAMAGED)
    unpacker = zlib.decompressobj()
    plain = unpacker.decompress(body, MAX_STATE_BYTES)
    if not unpacker.eof or unpacker.unused_data or len(plain) < 8:
        raise KernelError(DAMAGED)
    (length,) = struct.unpack_from("<Q", plain)
    header: dict[str, Any] = json.loads(plain[8 : 8 + length])
    words = array("q")
    words.frombytes(plain[8 + length :])
    if sys.byteorder == "big":
        words.byteswap()
    if len(words) != FIELDS * (header["probation"] + header["main"]):
        raise KernelError(DAMAGED)
    return header, words


def _to_words(record: Record) -> Iterable[int]:
    for name in _SCALARS:
        yield _signed(getattr(record, name))
    yield int(record.saturated)
    for bits in (record.bits, record.bits_before):
        yield _signed(bits & _WORD)
        yield _signed(bits >> 64)
    yield from record.cells


def _from_words(words: array[int]) -> Record:
    values = iter(words)
    record = Record(0, 0)
    for name in _SCALARS:
        setattr(record, name, next(values))
    record.saturated = bool(next(values))
    record.bits = (next(values) & _WORD) | (next(values) & _WORD) << 64
    record.bits_before = (next(values) & _WORD) | (next(values) & _WORD) << 64
    record.cells = list(values)
    return record


def _signed(value: int) -> int:
    """A 64-bit pattern as the signed integer that an array holds."""
    value &= _WORD
    return value - (1 << 64) if value >> 63 else value


def _attempted(entry: Attempted) -> list[Any]:
    decision = (
        None
        if entry.decision is None
        else [*(int(value) for value in entry.decision[:3]), *map(list, entry.decision[3:5])]
    )
    score = 0 if entry.decision is None else entry.decision.score
    return [entry.event, entry.time_ms, entry.seen_ms, decision, score]


def _from_attempted(values: list[Any]) -> Attempted:
    event, time_ms, seen_ms, stored, score = values
    if stored is None:
        return Attempted(event, time_ms, seen_ms, None)
    action, layer, flags, reasons, shadow = stored
    decision = Decision(Action(action), Layer(layer), Flag(flags), tuple(reasons), tuple(shadow), score)
    return Attempted(event, time_ms, seen_ms, decision)
