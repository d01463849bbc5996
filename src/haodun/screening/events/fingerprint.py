"""Fingerprints of texts: SipHash-2-4 with 128 bits of output under a key of the site, one or many at a time.

Theory of operation. A call id comes from a stranger. Under a secret key nobody can choose two texts with one
fingerprint, nor texts that crowd one bucket of a table (Aumasson, Bernstein 2012; 128-bit variant of 2014). A
fingerprint is two words: `high` is the first eight bytes of the output read as little-endian, `low` the second. The
fingerprint of an attempt stands for call id and transaction: that of the call where the transaction is empty, else the
SipHash of the call's two words (little-endian) followed by the transaction.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import numpy as np
import numpy.typing as npt

from haodun.compiled import ABSENT, borrowing

KEY_BYTES = 16

Key = npt.NDArray[np.uint64]
"""The two words of a key."""
Words = npt.NDArray[np.uint64]
Bytes = npt.NDArray[np.uint8]

_NO_PREFIX = np.uint64(0)


def derived_key(site_key: bytes, purpose: bytes) -> bytes:
    """16 bytes for one purpose from the site's key; the site's key cannot be had back from them."""
    return hmac.new(site_key, b"haodun key for " + purpose, hashlib.sha256).digest()[:KEY_BYTES]


def key_words(key: bytes) -> Key:
    """A 16-byte key as compiled code takes it; ValueError where it has another length."""
    if len(key) != KEY_BYTES:
        raise ValueError(f"a fingerprint key has {len(key)} bytes; give {KEY_BYTES}")
    return np.frombuffer(key, dtype="<u8").astype(np.uint64)


@borrowing
def _rotated(word: Any, bits: Any) -> Any:
    return (word << np.uint64(bits)) | (word >> np.uint64(64 - bits))


@borrowing
def _round(a: Any, b: Any, c: Any, d: Any) -> Any:
    """SipRound."""
    a += b
    b = _rotated(b, 13) ^ a
    a = _rotated(a, 32)
    c += d
    d = _rotated(d, 16) ^ c
    a += d
    d = _rotated(d, 21) ^ a
    c += b
    b = _rotated(b, 17) ^ c
    c = _rotated(c, 32)
    return a, b, c, d


@borrowing
def _absorbed(a: Any, b: Any, c: Any, d: Any, word: Any) -> Any:
    a, b, c, d = _round(a, b, c, d ^ word)
    a, b, c, d = _round(a, b, c, d)
    return a ^ word, b, c, d


@borrowing
def _finished(a: Any, b: Any, c: Any, d: Any) -> Any:
    """The two words of output."""
    c ^= np.uint64(0xEE)
    for _ in range(4):
        a, b, c, d = _round(a, b, c, d)
    high = a ^ b ^ c ^ d
    b ^= np.uint64(0xDD)
    for _ in range(4):
        a, b, c, d = _round(a, b, c, d)
    return high, a ^ b ^ c ^ d


@borrowing
def _word(data: Any, start: int) -> Any:
    """Eight bytes, little-endian."""
    word, first = np.uint64(0), np.uint64(start)  # places without sign: then it is one load
    for place in range(np.uint64(8)):
        word |= np.uint64(data[first + place]) << (np.uint64(8) * place)
    return word


@borrowing
def _siphash(key: Any, prefixed: bool, first: Any, second: Any, data: Any, start: int, end: int) -> Any:
    """Of data[start:end], behind two words where `prefixed`."""
    one, two = key[0], key[1]
    a, b = one ^ np.uint64(0x736F6D6570736575), two ^ np.uint64(0x646F72616E646F6D) ^ np.uint64(0xEE)
    c, d = one ^ np.uint64(0x6C7967656E657261), two ^ np.uint64(0x7465646279746573)
    length = np.uint64(end - start)
    if prefixed:
        a, b, c, d = _absorbed(a, b, c, d, first)
        a, b, c, d = _absorbed(a, b, c, d, second)
        length += np.uint64(16)
    while end - start >= 8:
        a, b, c, d = _absorbed(a, b, c, d, _word(data, start))
        start += 8
    last = length << np.uint64(56)
    for place in range(end - start):
        last |= np.uint64(data[start + place]) << np.uint64(8 * place)
    a, b, c, d = _absorbed(a, b, c, d, last)
    return _finished(a, b, c, d)


@borrowing
def of_bytes(key: Key, data: Bytes, start: int, end: int) -> tuple[np.uint64, np.uint64]:
    """Fingerprint of data[start:end], as (high, low); for compiled callers."""
    found: tuple[np.uint64, np.uint64] = _siphash(key, False, _NO_PREFIX, _NO_PREFIX, data, start, end)
    return found


@borrowing
def of_attempt(
    key: Key, high: np.uint64, low: np.uint64, data: Bytes, start: int, end: int
) -> tuple[np.uint64, np.uint64]:
    """Fingerprint of an attempt from that of its call and its transaction data[start:end]; for compiled callers."""
    if start == end:
        return np.uint64(high), np.uint64(low)
    found: tuple[np.uint64, np.uint64] = _siphash(key, True, high, low, data, start, end)
    return found


@borrowing
def fill_calls(key: Key, offsets: npt.NDArray[Any], data: Bytes, high: Words, low: Words) -> None:
    """Fingerprints of many texts: the i-th is data[offsets[i]:offsets[i + 1]]. `offsets` has one more than `high`."""
    for place in range(len(high)):
        high[place], low[place] = of_bytes(key, data, int(offsets[place]), int(offsets[place + 1]))


@borrowing
def fill_attempts(
    key: Key, calls: tuple[Words, Words], offsets: npt.NDArray[Any], data: Bytes, high: Words, low: Words
) -> None:
    """Fingerprints of many attempts from those of their calls, (high, low), and the texts of their transactions."""
    call_high, call_low = calls
    for place in range(len(high)):
        start, end = int(offsets[place]), int(offsets[place + 1])
        high[place], low[place] = of_attempt(key, call_high[place], call_low[place], data, start, end)


def fingerprint(key: Key, data: bytes) -> tuple[int, int]:
    """Of one text, as (high, low).

    >>> high, _ = fingerprint(key_words(bytes(range(16))), b"")
    >>> high.to_bytes(8, "little").hex()
    'a3817f04ba25a8e6'
    """
    if ABSENT:
        return plain_fingerprint(key, data)
    high, low = of_bytes(key, np.frombuffer(data, dtype=np.uint8), 0, len(data))
    return int(high), int(low)


def attempt_fingerprint(key: Key, call: tuple[int, int], transaction: bytes) -> tuple[int, int]:
    """Of one attempt from that of its call."""
    data = np.frombuffer(transaction, dtype=np.uint8)
    high, low = of_attempt(key, np.uint64(call[0]), np.uint64(call[1]), data, 0, len(transaction))
    return int(high), int(low)


_MASK = 2**64 - 1


def plain_fingerprint(key: Key, data: bytes) -> tuple[int, int]:
    """The same in plain Python, for where nothing can be compiled: a To tag must be what it was before.

    >>> plain_fingerprint(key_words(bytes(range(16))), b"")[0].to_bytes(8, "little").hex()
    'a3817f04ba25a8e6'
    """
    one, two = int(key[0]), int(key[1])
    state = [
        one ^ 0x736F6D6570736575,
        two ^ 0x646F72616E646F6D ^ 0xEE,
        one ^ 0x6C7967656E657261,
        two ^ 0x7465646279746573,
    ]
    padded = data + bytes(-(len(data) + 1) % 8) + bytes([len(data) & 0xFF])
    for start in range(0, len(padded), 8):
        word = int.from_bytes(padded[start : start + 8], "little")
        state[3] ^= word
        _plain_rounds(state, 2)
        state[0] ^= word
    words = []
    for place, mark in ((2, 0xEE), (1, 0xDD)):
        state[place] ^= mark
        _plain_rounds(state, 4)
        words.append(state[0] ^ state[1] ^ state[2] ^ state[3])
    return words[0], words[1]


def _plain_rounds(state: list[int], count: int) -> None:
    a, b, c, d = state
    for _ in range(count):
        a = (a + b) & _MASK
        b = _plain_rotated(b, 13) ^ a
        a = _plain_rotated(a, 32)
        c = (c + d) & _MASK
        d = _plain_rotated(d, 16) ^ c
        a = (a + d) & _MASK
        d = _plain_rotated(d, 21) ^ a
        c = (c + b) & _MASK
        b = _plain_rotated(b, 17) ^ c
        c = _plain_rotated(c, 32)
    state[:] = a, b, c, d


def _plain_rotated(word: int, bits: int) -> int:
    return (word << bits | word >> 64 - bits) & _MASK
