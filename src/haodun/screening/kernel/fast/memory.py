"""The state's memory for compiled code: the record at a place, by its address.

A checked build (`HAODUN_CHECKED=1`) looks at every place first, as it does at every index of an array.
"""

from __future__ import annotations

from typing import Any

from haodun.compiled import CHECKED, borrowing, record_kind
from haodun.screening.kernel.fast.layout import (
    HINT,
    HINTS,
    KEY_WORD,
    KEYS,
    LINK,
    LIVE,
    PLACE,
    PROBATION,
    RECORD,
    REPEAT,
    TABLE,
    WORDS,
)

_record = record_kind(RECORD)
_words = record_kind(WORDS)
_keys = record_kind(KEYS)
_probation = record_kind(PROBATION)
_place = record_kind(PLACE)
_hint = record_kind(HINT)
_key = record_kind(KEY_WORD)
_table = record_kind(TABLE)
_link = record_kind(LINK)
_repeat = record_kind(REPEAT)
_live = record_kind(LIVE)

RECORD_BYTES, KEYS_BYTES, PROBATION_BYTES = RECORD.itemsize, KEYS.itemsize, PROBATION.itemsize
PLACE_BYTES, HINT_BYTES, KEY_BYTES = PLACE.itemsize, HINT.itemsize, KEY_WORD.itemsize
_HINT_MASK = HINTS - 1
_SCRATCH = 2


@borrowing
def _check(place: int, end: int) -> None:
    if CHECKED and (place < 0 or place >= end):
        raise IndexError("a place outside the kernel's memory")


@borrowing
def record_at(kernel: Any, slot: int) -> Any:
    """The record of a number."""
    _check(slot, kernel.scratch + _SCRATCH)
    return _record(kernel.records + slot * RECORD_BYTES)


@borrowing
def words_at(kernel: Any, slot: int) -> Any:
    """The same as words."""
    _check(slot, kernel.scratch + _SCRATCH)
    return _words(kernel.records + slot * RECORD_BYTES)


@borrowing
def keys_at(kernel: Any, place: int) -> Any:
    """The keys of a set of main."""
    _check(place, kernel.set_count)
    return _keys(kernel.keys + place * KEYS_BYTES)


@borrowing
def probation_at(kernel: Any, slot: int) -> Any:
    """A slot of probation."""
    _check(slot, kernel.probation_size)
    return _probation(kernel.probation + slot * PROBATION_BYTES)


@borrowing
def place_at(kernel: Any, at: int) -> Any:
    """An entry of the index of probation."""
    _check(at, kernel.index_mask + 1)
    return _place(kernel.places + at * PLACE_BYTES)


@borrowing
def hint_of(kernel: Any, number: int) -> Any:
    """What was found out ahead for the event of a number, or for another one."""
    return _hint(kernel.hints + (number & _HINT_MASK) * HINT_BYTES)


@borrowing
def key_in(kernel: Any, slot: int) -> int:
    """The key of a slot, 0 where it is empty."""
    _check(slot, kernel.scratch)
    if slot >= kernel.probation_size:
        return int(_key(kernel.keys + (slot - kernel.probation_size) * KEY_BYTES).key)
    return int(probation_at(kernel, slot).key)


@borrowing
def repeats_of(kernel: Any) -> Any:
    """The table of attempts."""
    return _table(kernel.repeats)


@borrowing
def live_of(kernel: Any) -> Any:
    """The table of calls decided live."""
    return _table(kernel.live)


@borrowing
def blocked_of(kernel: Any) -> Any:
    """The table of blocked calls."""
    return _table(kernel.blocked)


@borrowing
def bucket_at(table: Any, buckets: int, bucket: int) -> Any:
    """A bucket of a table; `buckets` is one of its addresses."""
    _check(bucket, table.mask + 1)
    return _place(buckets + bucket * PLACE_BYTES)


@borrowing
def link_at(table: Any, at: int) -> Any:
    """How an entry of any table begins."""
    _check(at, table.limit + 1)
    return _link(table.entries + (at << table.shift))


@borrowing
def repeat_at(table: Any, at: int) -> Any:
    """An attempt."""
    _check(at, table.limit + 1)
    return _repeat(table.entries + (at << table.shift))


@borrowing
def live_at(table: Any, at: int) -> Any:
    """A call decided live."""
    _check(at, table.limit + 1)
    return _live(table.entries + (at << table.shift))
