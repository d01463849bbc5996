"""What is remembered of single calls: tables of entries in order of arrival, found by fingerprint.

As `haodun.screening.kernel.calls`. All three are one kind of table: entries in a doubly linked list, the oldest first,
and buckets of chains by the fingerprint's lower bits. Places begin at 1; 0 is none. A fingerprint is made under a key
of the site, so nobody can choose which bucket grows long.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from haodun.compiled import jit, prefetch


@jit
def bucket_of(head: Any, low: Any) -> int:
    """The bucket of a fingerprint."""
    return int(np.int64(low) & head.mask)


@jit
def look_up(entries: Any, buckets: Any, head: Any, high: Any, low: Any) -> int:
    """The place of an entry, 0 if there is none."""
    at = np.int64(buckets[np.uint64(bucket_of(head, low))])
    while at:
        entry = entries[np.uint64(at)]
        if entry.low == low and entry.high == high:
            return int(at)
        at = np.int64(entry.chain)
    return 0


@jit
def add(entries: Any, buckets: Any, head: Any, high: Any, low: Any) -> int:
    """A new entry at the end, known to be in no bucket: its place. The table must have room."""
    if head.free:
        at = head.free
        head.free = np.int64(entries[at].newer)
    else:
        head.used += 1
        at = head.used
    entry = entries[np.uint64(at)]
    entry.high, entry.low = high, low
    bucket = bucket_of(head, low)
    entry.chain = buckets[bucket]
    buckets[bucket] = np.uint32(at)
    head.count += 1
    append(entries, head, at)
    return int(at)


@jit
def append(entries: Any, head: Any, at: int) -> None:
    """Put an entry at the end of the order."""
    entry = entries[at]
    entry.older, entry.newer = np.uint32(head.newest), np.uint32(0)
    if head.newest:
        entries[head.newest].newer = np.uint32(at)
    else:
        head.oldest = at
    head.newest = at


@jit
def detach(entries: Any, head: Any, at: int) -> None:
    """Take an entry out of the order."""
    entry = entries[at]
    older, newer = np.int64(entry.older), np.int64(entry.newer)
    if older:
        entries[older].newer = np.uint32(newer)
    else:
        head.oldest = newer
    if newer:
        entries[newer].older = np.uint32(older)
    else:
        head.newest = older


@jit
def remove(entries: Any, buckets: Any, head: Any, at: int) -> None:
    """Forget an entry."""
    entry = entries[at]
    bucket = bucket_of(head, entry.low)
    before, here = np.int64(0), np.int64(buckets[bucket])
    while here != at:
        before, here = here, np.int64(entries[here].chain)
    if before:
        entries[before].chain = entry.chain
    else:
        buckets[bucket] = entry.chain
    detach(entries, head, at)
    entry.newer = np.uint32(head.free)
    head.free = at
    head.count -= 1
    if head.oldest:
        prefetch(buckets, bucket_of(head, entries[head.oldest].low), 0)
