"""The memory floor of the kernel's record: a loop that touches the same cache lines and does nothing else.

Theory of operation. `trace` says for each event which lines the kernel touches: a line of keys and a line of the index
for each number, the bucket and the entry of an attempt, the lines of each record. `touch` asks for them in the same
order, as far ahead, and then adds to one word of each (0, so that the state stays). Addresses are given, so it neither
hashes nor compares.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from haodun.compiled import borrowing, prefetch_at, record_kind
from haodun.screening.events import EventKind
from haodun.screening.events.packed import Events
from haodun.screening.kernel.fast import INDEX_AHEAD, RECORDS_AHEAD, State, actor
from haodun.screening.kernel.fast.calls import bucket_of
from haodun.screening.kernel.fast.hashing import index_hash, set_of, spread
from haodun.screening.kernel.fast.layout import Array
from haodun.screening.kernel.fast.memory import KEYS_BYTES, PLACE_BYTES, RECORD_BYTES, repeats_of
from haodun.screening.kernel.fast.numbers import LINE, find

COLUMNS = 8
_KEYS, _INDEX, _RECORD, _LINES, _KEYS_2, _INDEX_2, _RECORD_2, _BUCKET = range(COLUMNS)
_word = record_kind(np.dtype([("word", "<i8")]))
_ATTEMPT, _END = int(EventKind.ATTEMPT), int(EventKind.END)


@borrowing
def _trace_number(kernel: Any, key: int, row: Any, at: int) -> None:
    row[at] = kernel.keys + set_of(kernel, spread(key)) * KEYS_BYTES
    row[at + 1] = kernel.places + (np.int64(index_hash(kernel, key)) & kernel.index_mask) * PLACE_BYTES
    slot = find(kernel, key)
    row[at + 2] = kernel.records + (slot if slot >= 0 else kernel.scratch) * RECORD_BYTES


@borrowing
def trace(state: State, events: Events, rows: Array) -> None:
    """The addresses that each event will touch, given where numbers are now; 0 for what it does not."""
    kernel = state.head[0]
    table = repeats_of(kernel)
    for place in range(len(events)):
        event, row = events[place], rows[place]
        _trace_number(kernel, actor(event), row, _KEYS)
        row[_LINES] = 3 if event.kind == _ATTEMPT else 2
        row[_RECORD_2] = row[_BUCKET] = 0
        if event.kind != _END and event.callee > 0:
            _trace_number(kernel, event.callee, row, _KEYS_2)
        if event.kind == _ATTEMPT:
            row[_BUCKET] = table.buckets + bucket_of(table, event.attempt_low) * PLACE_BYTES


@borrowing
def _ask(row: Any) -> None:
    prefetch_at(row[_KEYS])
    prefetch_at(row[_INDEX])
    if row[_RECORD_2]:
        prefetch_at(row[_KEYS_2])
        prefetch_at(row[_INDEX_2])
    if row[_BUCKET]:
        prefetch_at(row[_BUCKET])


@borrowing
def _ask_records(row: Any) -> int:
    total = _word(row[_KEYS]).word + _word(row[_INDEX]).word
    for line in range(row[_LINES]):
        prefetch_at(row[_RECORD] + LINE * line)
    if row[_RECORD_2]:
        total += _word(row[_KEYS_2]).word + _word(row[_INDEX_2]).word
        prefetch_at(row[_RECORD_2])
        prefetch_at(row[_RECORD_2] + LINE)
    return int(total)


@borrowing
def _touch(row: Any, entry: int, added: int) -> None:
    for line in range(row[_LINES]):
        _word(row[_RECORD] + LINE * line).word += added
    if row[_RECORD_2]:
        _word(row[_RECORD_2]).word += added
        _word(row[_RECORD_2] + LINE).word += added
    if row[_BUCKET]:
        _word(row[_BUCKET] & -8).word += added
        _word(entry).word += added


@borrowing
def touch(state: State, events: Events, rows: Array, added: int) -> int:
    """Read and write the lines of every event. Give 0 to be added, which the compiler cannot know: the state stays."""
    table = repeats_of(state.head[0])
    total, entry = 0, 0
    for place in range(-INDEX_AHEAD, len(rows)):
        if place + INDEX_AHEAD < len(rows):
            _ask(rows[np.uint64(place + INDEX_AHEAD)])
        if 0 <= place + RECORDS_AHEAD < len(rows):
            total += _ask_records(rows[np.uint64(place + RECORDS_AHEAD)])
        if place >= 0:
            entry = entry + 1 if entry < table.used else 1
            total += events[np.uint64(place)].time_ms
            _touch(rows[np.uint64(place)], table.entries + (entry << table.shift), added)
    return total
