"""What is remembered of single calls: tables of entries in order of arrival, found by fingerprint.

As `haodun.screening.kernel.calls`. All three are one kind of table: entries in a doubly linked list, the oldest first,
and buckets of chains by the fingerprint's lower bits. Places begin at 1; 0 is none. A fingerprint is made under a key
of the site, so nobody can choose which bucket grows long.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from haodun.compiled import borrowing, merged, prefetch_at
from haodun.screening.kernel.fast.memory import PLACE_BYTES, bucket_at, link_at
from haodun.screening.kernel.fast.signs import signed


@borrowing
def bucket_of(table: Any, low: Any) -> int:
    """The bucket of a fingerprint."""
    return int(signed(low) & table.mask)


@merged
def look_up(table: Any, high: Any, low: Any) -> int:
    """The place of an entry, 0 if there is none."""
    at = signed(bucket_at(table, table.buckets, bucket_of(table, low)).at)
    while at:
        entry = link_at(table, at)
        if entry.low == low and entry.high == high:
            return int(at)
        at = signed(entry.chain)
    return 0


@merged
def add(table: Any, high: Any, low: Any) -> int:
    """A new entry at the end, known to be in no bucket: its place. The table must have room."""
    if table.free:
        at = table.free
        table.free = signed(link_at(table, at).newer)
    else:
        table.used += 1
        at = table.used
    entry, bucket = link_at(table, at), bucket_at(table, table.buckets, bucket_of(table, low))
    entry.high, entry.low = high, low
    entry.chain = bucket.at
    bucket.at = np.uint32(at)
    table.count += 1
    append(table, at)
    return int(at)


@merged
def append(table: Any, at: int) -> None:
    """Put an entry at the end of the order."""
    entry = link_at(table, at)
    entry.older, entry.newer = np.uint32(table.newest), np.uint32(0)
    if table.newest:
        link_at(table, table.newest).newer = np.uint32(at)
    else:
        table.oldest = at
    table.newest = at


@borrowing
def detach(table: Any, at: int) -> None:
    """Take an entry out of the order."""
    entry = link_at(table, at)
    older, newer = signed(entry.older), signed(entry.newer)
    if older:
        link_at(table, older).newer = np.uint32(newer)
    else:
        table.oldest = newer
    if newer:
        link_at(table, newer).older = np.uint32(older)
    else:
        table.newest = older


@borrowing
def remove(table: Any, at: int) -> None:
    """Forget an entry."""
    entry = link_at(table, at)
    bucket = bucket_at(table, table.buckets, bucket_of(table, entry.low))
    here = signed(bucket.at)
    if here == at:
        bucket.at = entry.chain
    else:
        before = here
        here = signed(link_at(table, before).chain)
        while here != at:
            before, here = here, signed(link_at(table, here).chain)
        link_at(table, before).chain = entry.chain
    detach(table, at)
    entry.newer = np.uint32(table.free)
    table.free = at
    table.count -= 1
    if table.oldest:
        prefetch_at(table.buckets + bucket_of(table, link_at(table, table.oldest).low) * PLACE_BYTES)
