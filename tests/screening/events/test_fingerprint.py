"""SipHash-2-4-128: the published vectors, a plain second version of it, one text and many."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from haodun.screening.events.fingerprint import (
    attempt_fingerprint,
    derived_key,
    fill_attempts,
    fill_calls,
    fingerprint,
    key_words,
)
from haodun.screening.events.packing import joined_texts

KEY = bytes(range(16))
MASK = 0xFFFFFFFFFFFFFFFF
PUBLISHED = {
    0: "a3817f04ba25a8e66df67214c7550293",
    1: "da87c1d86b99af44347659119b22fc45",
    2: "8177228da4a45dc7fca38bdef60affe4",
    3: "9c70b60c5267a94e5f33b6b02985ed51",
    4: "f88164c12d9c8faf7d0f6e7c7bcd5579",
    5: "1368875980776f8854527a07690e9627",
    6: "14eeca338b208613485ea0308fd7a15e",
    7: "a1f1ebbed8dbc153c0b84aa61ff08239",
    8: "3b62a9ba6258f5610f83e264f31497b4",
    15: "5493e99933b0a8117e08ec0f97cfc3d9",
}
"""Output by the length of the input 00 01 02 … under the key 00 … 0f (J.-P. Aumasson, SipHash reference, vectors.h)."""


def plain_siphash(key: bytes, data: bytes) -> bytes:
    """The same, written straight from the paper."""
    k0, k1 = int.from_bytes(key[:8], "little"), int.from_bytes(key[8:], "little")
    v = [k0 ^ 0x736F6D6570736575, k1 ^ 0x646F72616E646F6D, k0 ^ 0x6C7967656E657261, k1 ^ 0x7465646279746573]
    v[1] ^= 0xEE

    def rotate(place: int, bits: int) -> None:
        v[place] = (v[place] << bits | v[place] >> (64 - bits)) & MASK

    def rounds(count: int) -> None:
        for _ in range(count):
            for left, right, bits, also in ((0, 1, 13, True), (2, 3, 16, False), (0, 3, 21, False), (2, 1, 17, True)):
                v[left] = (v[left] + v[right]) & MASK
                rotate(right, bits)
                v[right] ^= v[left]
                if also:
                    rotate(left, 32)

    padded = data + bytes(-(len(data) + 1) % 8) + bytes([len(data) & 0xFF])
    for start in range(0, len(padded), 8):
        word = int.from_bytes(padded[start : start + 8], "little")
        v[3] ^= word
        rounds(2)
        v[0] ^= word
    v[2] ^= 0xEE
    rounds(4)
    high = v[0] ^ v[1] ^ v[2] ^ v[3]
    v[1] ^= 0xDD
    rounds(4)
    return high.to_bytes(8, "little") + (v[0] ^ v[1] ^ v[2] ^ v[3]).to_bytes(8, "little")


def as_bytes(words: tuple[int, int]) -> bytes:
    return words[0].to_bytes(8, "little") + words[1].to_bytes(8, "little")


@pytest.mark.conformance
@pytest.mark.parametrize("length", sorted(PUBLISHED))
def test_the_published_vectors_hold(length: int) -> None:
    data = bytes(range(length))
    assert as_bytes(fingerprint(key_words(KEY), data)).hex() == PUBLISHED[length]
    assert plain_siphash(KEY, data).hex() == PUBLISHED[length]


@given(st.binary(min_size=16, max_size=16), st.binary(max_size=300))
def test_it_equals_the_plain_version(key: bytes, data: bytes) -> None:
    assert as_bytes(fingerprint(key_words(key), data)) == plain_siphash(key, data)


@given(st.lists(st.tuples(st.text(max_size=40), st.text(max_size=40)), min_size=1, max_size=20))
def test_many_are_those_of_each(texts: list[tuple[str, str]]) -> None:
    key, count = key_words(KEY), len(texts)
    high, low, attempt_high, attempt_low = (np.zeros(count, np.uint64) for _ in range(4))
    fill_calls(key, *joined_texts([call for call, _ in texts]), high, low)
    transactions = joined_texts([transaction for _, transaction in texts])
    fill_attempts(key, (high, low), *transactions, attempt_high, attempt_low)
    for place, (call, transaction) in enumerate(texts):
        words = fingerprint(key, call.encode())
        assert (int(high[place]), int(low[place])) == words
        whole = plain_siphash(KEY, as_bytes(words) + transaction.encode()) if transaction else as_bytes(words)
        assert as_bytes((int(attempt_high[place]), int(attempt_low[place]))) == whole
        assert as_bytes(attempt_fingerprint(key, words, transaction.encode())) == whole


def test_offsets_of_32_bits_do_as_well() -> None:
    offsets, data = joined_texts(["one", "", "three"])
    found = [np.zeros(3, np.uint64) for _ in range(4)]
    fill_calls(key_words(KEY), offsets, data, found[0], found[1])
    fill_calls(key_words(KEY), offsets.astype(np.int32), data, found[2], found[3])
    assert found[0].tolist() == found[2].tolist() and found[1].tolist() == found[3].tolist()


def test_keys_of_two_purposes_and_of_two_sites_differ() -> None:
    keys = {derived_key(site, purpose) for site in (b"a" * 32, b"b" * 32) for purpose in (b"calls", b"numbers")}
    assert len(keys) == 4 and all(len(key) == 16 for key in keys)


def test_a_key_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="15 bytes; give 16"):
        key_words(bytes(15))
