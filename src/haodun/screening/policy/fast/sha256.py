"""SHA-256 (FIPS 180-4) in compiled code, for canary places and redress tokens: midstates of what stays the same.

Words are int64 that hold 32 bits: a uint64 that meets an int64 would become a float.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from haodun.compiled import borrowing

Words = npt.NDArray[Any]
"""int64, each of 32 bits."""
Octets = npt.NDArray[Any]
"""uint8."""

BLOCK: Final = 64
"""Bytes of one block."""
DIGEST: Final = 8
"""Words of a digest."""
MASK: Final = 0xFFFFFFFF


def _fraction(prime: int, root: int) -> int:
    """The first 32 bits of the fraction of the square or cube root of a prime (FIPS 180-4 §4.2.2, §5.3.3)."""
    scaled = prime << 32 * root
    low, high = 0, 1 << 40
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if middle**root <= scaled else (low, middle)
    return low & MASK


def _primes(count: int) -> list[int]:
    found: list[int] = []
    number = 2
    while len(found) < count:
        if all(number % prime for prime in found):
            found.append(number)
        number += 1
    return found


ROUNDS: Final = np.array([_fraction(prime, 3) for prime in _primes(64)], np.int64)
START: Final = np.array([_fraction(prime, 2) for prime in _primes(8)], np.int64)


@borrowing
def _turn(word: int, places: int) -> int:
    return (word >> places | word << 32 - places) & MASK


@borrowing
def _schedule(block: Octets, at: int, words: Words) -> None:
    """The 64 words of a block (FIPS 180-4 §6.2.2, step 1)."""
    for index in range(16):
        place = at + 4 * index
        words[index] = (
            np.int64(block[place]) << 24
            | np.int64(block[place + 1]) << 16
            | np.int64(block[place + 2]) << 8
            | np.int64(block[place + 3])
        )
    for index in range(16, 64):
        early, late = words[index - 15], words[index - 2]
        small = _turn(early, 7) ^ _turn(early, 18) ^ early >> 3
        large = _turn(late, 17) ^ _turn(late, 19) ^ late >> 10
        words[index] = words[index - 16] + small + words[index - 7] + large & MASK


@borrowing
def compress(state: Words, block: Octets, at: int, words: Words) -> None:
    """Take the 64 bytes at `at` into the state. `words` is room for 64 words."""
    _schedule(block, at, words)
    a, b, c, d = state[0], state[1], state[2], state[3]
    e, f, g, h = state[4], state[5], state[6], state[7]
    for index in range(64):
        first = h + (_turn(e, 6) ^ _turn(e, 11) ^ _turn(e, 25)) + (e & f ^ (e ^ MASK) & g)
        first += ROUNDS[index] + words[index]
        second = (_turn(a, 2) ^ _turn(a, 13) ^ _turn(a, 22)) + (a & b ^ a & c ^ b & c)
        h, g, f, e = g, f, e, d + first & MASK
        d, c, b, a = c, b, a, first + second & MASK
    state[0], state[1] = state[0] + a & MASK, state[1] + b & MASK
    state[2], state[3] = state[2] + c & MASK, state[3] + d & MASK
    state[4], state[5] = state[4] + e & MASK, state[5] + f & MASK
    state[6], state[7] = state[6] + g & MASK, state[7] + h & MASK


@borrowing
def finish(state: Words, block: Octets, filled: int, total: int, words: Words) -> None:
    """Pad a last piece and take it in: `filled` bytes (< 64) in `block`, of `total` in the message.

    `block` has room for two blocks; what stands behind the piece is overwritten.
    """
    ends = BLOCK if filled < BLOCK - 8 else 2 * BLOCK
    block[filled] = 0x80
    for place in range(filled + 1, ends - 8):
        block[place] = 0
    bits = total * 8
    for place in range(8):
        block[ends - 1 - place] = bits >> 8 * place & 0xFF
    compress(state, block, 0, words)
    if ends > BLOCK:
        compress(state, block, BLOCK, words)


class Begun(NamedTuple):
    """A message of which the beginning is known: the state behind its whole blocks, and the rest."""

    state: Words
    rest: Octets
    """64 bytes, of which `filled` are part of the message."""
    filled: int
    total: int
    """Bytes so far, those of the whole blocks with them."""


def begun(message: bytes) -> Begun:
    """The beginning of a message."""
    whole = len(message) // BLOCK * BLOCK
    state, words = START.copy(), np.zeros(64, np.int64)
    octets = np.frombuffer(message, np.uint8).copy()
    for at in range(0, whole, BLOCK):
        compress(state, octets, at, words)
    rest = np.zeros(BLOCK, np.uint8)
    rest[: len(message) - whole] = octets[whole:]
    return Begun(state, rest, len(message) - whole, len(message))
