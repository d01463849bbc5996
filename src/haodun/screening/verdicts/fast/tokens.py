"""Redress tokens by the array, compiled: equal to `redress_token`."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from haodun.compiled import jit
from haodun.screening.policy.fast.sha256 import BLOCK, DIGEST, compress, finish
from haodun.screening.policy.fast.sha256 import begun as begun_sha256
from haodun.screening.verdicts.token import DAY_MS, TOKEN_LENGTH

HEAD: Final = 9
"""Bytes of site, day and sequence."""
MAC: Final = 7
LETTERS: Final = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", np.uint8).copy()
MOST_DAYS: Final = 1 << 16
MOST_EVENTS: Final = 1 << 40

Integers = npt.NDArray[Any]


class TokenMaker:
    """Makes the tokens of one run's verdicts."""

    def __init__(self, site_key: bytes, *, run_id: str, site: int) -> None:
        """`site` is the site's 16-bit number (`site_of`)."""
        key = site_key if len(site_key) <= BLOCK else begun_digest(site_key)
        padded = key.ljust(BLOCK, b"\0")
        # RFC 2104: the state behind key XOR ipad and key XOR opad is the same for all tokens.
        self._inner = begun_sha256(bytes(octet ^ 0x36 for octet in padded)).state
        self._outer = begun_sha256(bytes(octet ^ 0x5C for octet in padded)).state
        self._run = np.frombuffer(run_id.encode("ascii"), np.uint8)
        self._site = site

    def letters(self, times_ms: Integers, sequences: Integers) -> npt.NDArray[np.uint8]:
        """A row of 26 letters for each verdict; OverflowError beyond 2^40 events or the year 2149."""
        days = np.maximum(times_ms, 0) // DAY_MS
        if len(days) and (days.max() >= MOST_DAYS or sequences.max() >= MOST_EVENTS or sequences.min() < 0):
            raise OverflowError("an event's day or number does not fit a redress token")
        found = np.zeros((len(days), TOKEN_LENGTH), np.uint8)
        _fill(found, self._site, days, sequences.astype(np.int64), self._inner, self._outer, self._run)
        return found

    def column(self, times_ms: Integers, sequences: Integers, wanted: npt.NDArray[np.bool_]) -> pa.StringArray:
        """The token of each verdict that is wanted, '' elsewhere."""
        letters = self.letters(times_ms[wanted], sequences[wanted])
        offsets = np.zeros(len(wanted) + 1, np.int32)
        np.cumsum(wanted * TOKEN_LENGTH, out=offsets[1:])
        return pa.StringArray.from_buffers(len(wanted), pa.py_buffer(offsets.data), pa.py_buffer(letters.data))


def begun_digest(message: bytes) -> bytes:
    """SHA-256 of a key that is longer than a block."""
    start = begun_sha256(message)
    block = np.zeros(2 * BLOCK, np.uint8)
    block[:BLOCK] = start.rest
    finish(start.state, block, start.filled, start.total, np.zeros(64, np.int64))
    return b"".join(int(word).to_bytes(4, "big") for word in start.state)


@jit
def _fill(
    found: Integers,
    site: int,
    days: Integers,
    sequences: Integers,
    inner: Integers,
    outer: Integers,
    run: Integers,
) -> None:
    block, state, words = np.zeros(2 * BLOCK, np.uint8), np.zeros(DIGEST, np.int64), np.zeros(64, np.int64)
    raw = np.zeros(HEAD + MAC, np.uint8)
    for index in range(len(days)):
        _head(raw, site, days[index], sequences[index])
        state[:] = inner
        _absorb(state, raw, run, block, words)
        for place in range(32):
            block[place] = state[place >> 2] >> 24 - 8 * (place & 3) & 0xFF
        state[:] = outer
        finish(state, block, 32, BLOCK + 32, words)
        for place in range(MAC):
            raw[HEAD + place] = state[place >> 2] >> 24 - 8 * (place & 3) & 0xFF
        _base32(raw, found, index)


@jit
def _head(raw: Integers, site: int, day: int, sequence: int) -> None:
    raw[0], raw[1] = site >> 8, site & 0xFF
    raw[2], raw[3] = day >> 8, day & 0xFF
    for place in range(5):
        raw[4 + place] = sequence >> 32 - 8 * place & 0xFF


@jit
def _absorb(state: Integers, raw: Integers, run: Integers, block: Integers, words: Integers) -> None:
    """Head and run id behind the inner key."""
    at = HEAD
    block[:HEAD] = raw[:HEAD]
    for index in range(len(run)):
        if at == BLOCK:
            compress(state, block, 0, words)
            at = 0
        block[at] = run[index]
        at += 1
    if at == BLOCK:
        compress(state, block, 0, words)
        at = 0
    finish(state, block, at, BLOCK + HEAD + len(run), words)


@jit
def _base32(raw: Integers, found: Integers, row: int) -> None:
    """RFC 4648 §6, without padding: 16 bytes are 26 letters."""
    held, bits, at = 0, 0, 0
    for place in range(HEAD + MAC):
        held = (held << 8 | int(raw[place])) & 0xFFFF
        bits += 8
        while bits >= 5:
            bits -= 5
            found[row, at] = LETTERS[held >> bits & 31]
            at += 1
    found[row, at] = LETTERS[held << 5 - bits & 31]
