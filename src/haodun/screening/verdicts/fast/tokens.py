"""Redress tokens by the array, compiled: equal to `redress_token`."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from haodun.compiled import borrowing
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
Octets = npt.NDArray[np.uint8]


class TokenTables(NamedTuple):
    """What a token is made from, and room to work in."""

    inner: Integers
    outer: Integers
    """SHA-256 behind the key for either."""
    run: Octets
    """The run id."""
    site: Integers
    """One integer."""
    raw: Octets
    block: Octets
    state: Integers
    words: Integers


def token_tables(inner: Integers, outer: Integers, run: Octets, *, site: int) -> TokenTables:
    """With room of its own: not for two threads at once."""
    room = (np.zeros(HEAD + MAC, np.uint8), np.zeros(2 * BLOCK, np.uint8))
    return TokenTables(
        inner, outer, run, np.array([site], np.int64), *room, np.zeros(DIGEST, np.int64), np.zeros(64, np.int64)
    )


class TokenMaker:
    """Makes the tokens of one run's verdicts."""

    def __init__(self, site_key: bytes, *, run_id: str, site: int) -> None:
        """`site` is the site's 16-bit number (`site_of`)."""
        key = site_key if len(site_key) <= BLOCK else begun_digest(site_key)
        padded = key.ljust(BLOCK, b"\0")
        # RFC 2104: the state behind key XOR ipad and key XOR opad is the same for all tokens.
        inner, outer = (begun_sha256(bytes(octet ^ pad for octet in padded)).state for pad in (0x36, 0x5C))
        run = np.frombuffer(run_id.encode("ascii"), np.uint8).copy()
        self.tables = token_tables(inner, outer, run, site=site)
        """For compiled code that makes tokens one by one, in one thread with this."""

    def letters(self, times_ms: Integers, sequences: Integers) -> npt.NDArray[np.uint8]:
        """A row of 26 letters for each verdict; OverflowError beyond 2^40 events or the year 2149."""
        days = np.maximum(times_ms, 0) // DAY_MS
        if len(days):
            check(int(days.max()), int(sequences.min()), int(sequences.max()))
        found = np.zeros(len(days) * TOKEN_LENGTH, np.uint8)
        _fill(self.tables, found, days, sequences.astype(np.int64))
        return found.reshape(len(days), TOKEN_LENGTH)

    def column(self, times_ms: Integers, sequences: Integers, wanted: npt.NDArray[np.bool_]) -> pa.StringArray:
        """The token of each verdict that is wanted, '' elsewhere."""
        letters = self.letters(times_ms[wanted], sequences[wanted])
        offsets = np.zeros(len(wanted) + 1, np.int32)
        np.cumsum(wanted * TOKEN_LENGTH, out=offsets[1:])
        return pa.StringArray.from_buffers(len(wanted), pa.py_buffer(offsets.data), pa.py_buffer(letters.data))


def day_of(time_ms: int, first: int, last: int) -> int:
    """The day that tokens of events `first` to `last` at a time say; OverflowError where they cannot be said."""
    day = max(time_ms, 0) // DAY_MS
    check(day, first, last)
    return day


def check(day: int, first: int, last: int) -> None:
    """OverflowError beyond 2^40 events or the year 2149."""
    if day >= MOST_DAYS or first < 0 or last >= MOST_EVENTS:
        raise OverflowError("an event's day or number does not fit a redress token")


def begun_digest(message: bytes) -> bytes:
    """SHA-256 of a key that is longer than a block."""
    start = begun_sha256(message)
    block = np.zeros(2 * BLOCK, np.uint8)
    block[:BLOCK] = start.rest
    finish(start.state, block, start.filled, start.total, np.zeros(64, np.int64))
    return b"".join(int(word).to_bytes(4, "big") for word in start.state)


@borrowing
def write_token(tables: TokenTables, day: int, sequence: int, found: Octets, start: int) -> None:
    """The 26 letters of one token from `start` on; day and sequence are within their bounds."""
    raw, block, state = tables.raw, tables.block, tables.state
    _head(raw, tables.site[0], day, sequence)
    for place in range(DIGEST):
        state[place] = tables.inner[place]
    _absorb(tables)
    for place in range(32):
        block[place] = state[place >> 2] >> 24 - 8 * (place & 3) & 0xFF
    for place in range(DIGEST):
        state[place] = tables.outer[place]
    finish(state, block, 32, BLOCK + 32, tables.words)
    for place in range(MAC):
        raw[HEAD + place] = state[place >> 2] >> 24 - 8 * (place & 3) & 0xFF
    _base32(raw, found, start)


@borrowing
def _fill(tables: TokenTables, found: Octets, days: Integers, sequences: Integers) -> None:
    for index in range(len(days)):
        write_token(tables, days[index], sequences[index], found, index * TOKEN_LENGTH)


@borrowing
def _head(raw: Octets, site: int, day: int, sequence: int) -> None:
    raw[0], raw[1] = site >> 8, site & 0xFF
    raw[2], raw[3] = day >> 8, day & 0xFF
    for place in range(5):
        raw[4 + place] = sequence >> 32 - 8 * place & 0xFF


@borrowing
def _absorb(tables: TokenTables) -> None:
    """Head and run id behind the inner key."""
    state, block, words, run = tables.state, tables.block, tables.words, tables.run
    at = HEAD
    for place in range(HEAD):
        block[place] = tables.raw[place]
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


@borrowing
def _base32(raw: Octets, found: Octets, start: int) -> None:
    """RFC 4648 §6, without padding: 16 bytes are 26 letters."""
    held: Any = 0
    bits, at = 0, start
    for place in range(HEAD + MAC):
        held = (held << 8 | np.int64(raw[place])) & 0xFFFF
        bits += 8
        while bits >= 5:
            bits -= 5
            found[at] = LETTERS[held >> bits & 31]
            at += 1
    found[at] = LETTERS[held << 5 - bits & 31]
