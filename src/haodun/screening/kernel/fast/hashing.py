"""Keys as places: the set of a key, its bit among the callees of an hour, its place in the index."""

from __future__ import annotations

from typing import Any

import numpy as np

from haodun.compiled import bit_count, borrowing, high_product
from haodun.screening.kernel.distinct import BITS, ESTIMATES
from haodun.screening.kernel.fast.signs import signed
from haodun.screening.kernel.record import TRUNK_BITS

_ESTIMATES = np.array(ESTIMATES, np.int64)
_GOLDEN, _FIRST, _SECOND = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_30, _27, _31 = np.uint64(30), np.uint64(27), np.uint64(31)
_ONE, _WORD_BITS, _UPPER = np.uint64(1), np.uint64(63), np.uint64(32)
_TRUNKS = np.uint64(TRUNK_BITS - 1)


@borrowing
def spread(key: int) -> Any:
    """`distinct.splitmix64` of a signed key, as uint64."""
    value = np.uint64(key) + _GOLDEN
    value = (value ^ (value >> _30)) * _FIRST
    value = (value ^ (value >> _27)) * _SECOND
    return value ^ (value >> _31)


@borrowing
def set_of(kernel: Any, hashed: Any) -> int:
    """hashed % set_count, without a division."""
    high = high_product(kernel.magic, hashed)
    quotient = (high + ((hashed - high) >> np.uint64(kernel.shift))) >> np.uint64(kernel.extra_shift)
    return int(signed(hashed - quotient * np.uint64(kernel.set_count)))


@borrowing
def mark(bits: Any, key: int) -> None:
    """Set the key's bit in a generation."""
    hashed = spread(key)
    bits[(hashed >> np.uint64(6)) & _ONE] |= _ONE << (hashed & _WORD_BITS)


@borrowing
def estimate(bits: Any) -> int:
    """About how many different keys were marked."""
    return int(_ESTIMATES[BITS - bit_count(bits[0]) - bit_count(bits[1])])


@borrowing
def trunk_bit(trunk_id: int) -> int:
    """`record.trunk_mask`."""
    return int(signed(_ONE << (spread(trunk_id) & _TRUNKS)))


@borrowing
def index_hash(kernel: Any, key: int) -> Any:
    """Where the index looks for a key first (lower bits), and its tag (upper half)."""
    return spread(signed(np.uint64(key) ^ kernel.secret))


@borrowing
def tag_of(kernel: Any, hashed: Any) -> int:
    """The bits of an index entry that tell most other keys apart."""
    return int(signed(hashed >> _UPPER) & kernel.tag_mask)
