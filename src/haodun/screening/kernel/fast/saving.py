"""The state as a stream of checked chunks: only what is held, exact, and refused where it does not fit.

Theory of operation. A stream is a magic line and chunks: kind, length, CRC-32, payload; the last one is the SHA-256 of
all before. Numbers go as keys and records, probation in order of arrival, then main; repeats, live and blocked calls
follow in their order. Links, index and buckets are not stored: they are made anew, so nothing in a stream can point
outside the memory. The state must stand still until the last chunk is taken; no process is forked. The digest shows
damage, not an author: who can write the file can forge it.
"""

from __future__ import annotations

import hashlib
import json
import struct
import zlib
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO, Final

import numpy as np

from haodun.compiled import borrowing
from haodun.screening.kernel.errors import KernelError
from haodun.screening.kernel.fast.calls import add, look_up
from haodun.screening.kernel.fast.hashing import set_of, spread
from haodun.screening.kernel.fast.layout import (
    BLOCKED,
    COUNTERS,
    LIVE,
    RECORD,
    REPEAT,
    Array,
    State,
    Views,
    make_state,
    views,
)
from haodun.screening.kernel.fast.memory import blocked_of, keys_at, link_at, live_of, probation_at, repeats_of
from haodun.screening.kernel.fast.numbers import find, find_on_probation, link, way_of
from haodun.screening.kernel.fast.signs import signed
from haodun.screening.kernel.fast.windows import advance
from haodun.screening.kernel.parameters import WAYS, Parameters

MAGIC: Final = b"haodun fast kernel state 1\n"
DAMAGED: Final = "the stored kernel state is damaged or of another version; start without it"
CHUNK: Final = 16_384
"""Numbers or calls in one chunk."""
MAX_CHUNK_BYTES: Final = CHUNK * (RECORD.itemsize + 8)

_FRAME = struct.Struct("<4sQI")
_HEADER, _PROBATION, _MAIN, _END = b"head", b"prob", b"main", b"done"
_TABLES: Final = ((b"reps", "repeats", REPEAT), (b"live", "live", LIVE), (b"blkd", "blocked", BLOCKED))
_LINKS: Final = frozenset({"older", "newer", "chain", "near_older", "near_newer"})
_KINDS: Final = (_PROBATION, _MAIN, *(kind for kind, _, _ in _TABLES))


def save(state: State, parameters: Parameters, *, label: str = "") -> Iterator[bytes]:
    """All of a kernel in chunks, to be written one after the other; it must stand still until the last.

    `label` is whatever else must be the same where it is loaded, such as a digest of the fingerprints' key. KernelError
    where the kernel is seen to have gone on meanwhile.
    """
    before, digest = state.head.tobytes(), hashlib.sha256(MAGIC)
    yield MAGIC
    for kind, payload in _contents(state, parameters, label):
        chunk = _framed(kind, payload)
        digest.update(chunk)
        yield chunk
    if state.head.tobytes() != before:
        raise KernelError("the kernel went on while its state was saved; save it between two batches")
    yield _framed(_END, digest.digest())


def write(state: State, parameters: Parameters, file: BinaryIO, *, label: str = "") -> int:
    """Write all chunks to a file: bytes written. Making it durable is the caller's (`store.durable.draft`)."""
    return sum(file.write(chunk) for chunk in save(state, parameters, label=label))


def load(chunks: Iterable[tuple[bytes, bytes]], parameters: Parameters, *, secret: int = 0, label: str = "") -> State:
    """The kernel of a stream's chunks, as `read_chunks` gives them; KernelError where it does not fit or is damaged."""
    state = make_state(parameters, secret=secret)
    found = iter(chunks)
    try:
        kind, payload = next(found, (b"", b""))
        header = _checked_header(kind, payload, parameters, label)
        held = dict.fromkeys(_KINDS, 0)
        for kind, payload in found:
            held[kind] += _take(state, kind, payload)
        if held != {name: header["held"][name.decode("ascii")] for name in _KINDS}:
            raise KernelError(DAMAGED)
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise KernelError(DAMAGED) from error
    return state if _set_head(state, header) else _refuse()


def read(file: BinaryIO, parameters: Parameters, *, secret: int = 0, label: str = "") -> State:
    """The kernel of a file; KernelError where it was cut, damaged, or made under other parameters or another label."""
    return load(read_chunks(file), parameters, secret=secret, label=label)


def read_chunks(file: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    """Kind and payload of each chunk of a file, each checked before it is given; KernelError at the first that is bad.

    The last step checks the whole: until this ends without an error, nothing of it may be believed.
    """
    digest = hashlib.sha256(MAGIC)
    if file.read(len(MAGIC)) != MAGIC:
        raise KernelError(DAMAGED)
    while True:
        frame = file.read(_FRAME.size)
        if len(frame) != _FRAME.size:
            raise KernelError(DAMAGED)
        kind, length, check = _FRAME.unpack(frame)
        payload = file.read(length) if length <= MAX_CHUNK_BYTES else b""
        if len(payload) != length or zlib.crc32(payload, zlib.crc32(kind)) != check:
            raise KernelError(DAMAGED)
        if kind == _END:
            if payload != digest.digest() or file.read(1):
                raise KernelError(DAMAGED)
            return
        digest.update(frame + payload)
        yield kind, payload


def _refuse() -> State:
    raise KernelError(DAMAGED)


def _framed(kind: bytes, payload: bytes) -> bytes:
    return _FRAME.pack(kind, len(payload), zlib.crc32(payload, zlib.crc32(kind))) + payload


def _contents(state: State, parameters: Parameters, label: str) -> Iterator[tuple[bytes, bytes]]:
    head, memory = state.head[0], views(state)
    held: dict[bytes, int] = {_PROBATION: int(head["held_probation"]), _MAIN: int(head["held_main"])}
    for kind, name, _ in _TABLES:
        held[kind] = int(getattr(memory, name)["count"][0])
    header = {
        "parameters": parameters.digest,
        "label": label,
        "now_ms": int(head["now_ms"]),
        "counters": {name: int(head[name]) for name in COUNTERS},
        "held": {kind.decode("ascii"): count for kind, count in held.items()},
    }
    yield _HEADER, json.dumps(header, separators=(",", ":")).encode("utf-8")
    order = np.zeros(held[_PROBATION], np.int64)
    probation_order(state, order)
    for slots in _parts(order):
        yield _PROBATION, memory.probation["key"][slots].tobytes() + memory.records[slots].tobytes()
    yield from _main_parts(memory, int(head["probation_size"]))
    for which, (kind, _, _) in enumerate(_TABLES):
        order = np.zeros(held[kind], np.int64)
        table_order(state, which, order)
        entries = (memory.repeat_entries, memory.live_entries, memory.blocked_entries)[which]
        for places in _parts(order):
            calls = entries[places]
            for link_name in _LINKS.intersection(calls.dtype.names or ()):
                calls[link_name] = 0
            yield kind, calls.tobytes()


def _parts(order: Array) -> Iterator[Array]:
    for start in range(0, len(order), CHUNK):
        yield order[start : start + CHUNK]


def _main_parts(memory: Views, first: int) -> Iterator[tuple[bytes, bytes]]:
    """The keys in use and their records, by set; looked through in parts, so that nothing is copied whole."""
    keys = memory.keys["key"].reshape(-1)
    for start in range(0, len(keys), CHUNK):
        used = start + np.flatnonzero(keys[start : start + CHUNK])
        if len(used):
            yield _MAIN, keys[used].tobytes() + memory.records[first + used].tobytes()


def _checked_header(kind: bytes, payload: bytes, parameters: Parameters, label: str) -> dict[str, Any]:
    if kind != _HEADER:
        raise KernelError(DAMAGED)
    header: dict[str, Any] = json.loads(payload)
    for name, mine in (("parameters", parameters.digest), ("label", label)):
        if header[name] != mine:
            raise KernelError(
                f"the stored kernel state was made under {name} {str(header[name])[:12]}, this run has {mine[:12]}; "
                "use the same or start without the state"
            )
    numbers = [header["now_ms"], *(header["counters"][name] for name in COUNTERS), *header["held"].values()]
    if not all(type(number) is int and 0 <= number < 2**62 for number in numbers):
        raise KernelError(DAMAGED)
    return header


def _set_head(state: State, header: dict[str, Any]) -> bool:
    set_clock(state, header["now_ms"])
    for name in COUNTERS:
        state.head[name] = header["counters"][name]
    return True


def _take(state: State, kind: bytes, payload: bytes) -> int:
    """Put a chunk's numbers or calls into the state: how many. KernelError where they do not fit."""
    memory = views(state)
    for which, (name, _, entry) in enumerate(_TABLES):
        if kind == name:
            calls = np.frombuffer(payload, entry)
            places = np.zeros(len(calls), np.int64)
            if not place_calls(state, which, calls["high"].copy(), calls["low"].copy(), places):
                raise KernelError(DAMAGED)
            _fill_calls((memory.repeat_entries, memory.live_entries, memory.blocked_entries)[which], places, calls)
            return len(calls)
    count, rest = divmod(len(payload), RECORD.itemsize + 8)
    if rest:
        raise KernelError(DAMAGED)
    keys = np.frombuffer(payload, "<i8", count).astype(np.int64)
    slots = np.zeros(count, np.int64)
    placed = place_on_probation(state, keys, slots) if kind == _PROBATION else place_in_main(state, keys, slots)
    if not placed:
        raise KernelError(DAMAGED)
    memory.records[slots] = np.frombuffer(payload, RECORD, offset=8 * count)
    return count


def _fill_calls(entries: Array, places: Array, calls: Array) -> None:
    for name in calls.dtype.names or ():
        if name not in _LINKS:
            entries[name][places] = calls[name]


@borrowing
def set_clock(state: State, now_ms: int) -> None:
    """Set the clock of an empty state."""
    advance(state.head[0], now_ms)


@borrowing
def probation_order(state: State, order: Array) -> None:
    """The slots of probation in order of arrival."""
    kernel = state.head[0]
    slot = kernel.oldest
    for place in range(len(order)):
        order[place] = slot - 1
        slot = signed(probation_at(kernel, slot - 1).newer)


@borrowing
def _table(kernel: Any, which: int) -> Any:
    if which == 0:
        return repeats_of(kernel)
    return live_of(kernel) if which == 1 else blocked_of(kernel)


@borrowing
def table_order(state: State, which: int, order: Array) -> None:
    """The places of a table's entries, the oldest first; `which` is 0 repeats, 1 live, 2 blocked."""
    table = _table(state.head[0], which)
    at = table.oldest
    for place in range(len(order)):
        order[place] = at
        at = signed(link_at(table, at).newer)


@borrowing
def place_on_probation(state: State, keys: Array, slots: Array) -> bool:
    """Slots for numbers in order of arrival; False where one is there already, or there is no room."""
    kernel = state.head[0]
    for place in range(len(keys)):
        full = kernel.held_probation >= kernel.probation_size
        if keys[place] == 0 or full or find_on_probation(kernel, keys[place]) >= 0:
            return False
        slots[place] = kernel.used
        kernel.used += 1
        link(kernel, slots[place], keys[place])
    return True


@borrowing
def place_in_main(state: State, keys: Array, slots: Array) -> bool:
    """Slots for numbers in their sets; False where one is there already, or its set is full."""
    kernel = state.head[0]
    for place in range(len(keys) - 1, -1, -1):  # ways are given out from the last on: each gets its own again
        key = keys[place]
        if key == 0 or find(kernel, key) >= 0:
            return False
        chosen = set_of(kernel, spread(key))
        line = keys_at(kernel, chosen)
        way = way_of(line, 0)
        if way == WAYS:
            return False
        line.key[way] = key
        kernel.held_main += 1
        slots[place] = kernel.probation_size + WAYS * chosen + way
    return True


@borrowing
def place_calls(state: State, which: int, high: Array, low: Array, places: Array) -> bool:
    """Places for calls in order; False where one is there already, or there is no room."""
    table = _table(state.head[0], which)
    for place in range(len(high)):
        if table.count >= table.limit or look_up(table, high[place], low[place]):
            return False
        places[place] = add(table, high[place], low[place])
    return True
