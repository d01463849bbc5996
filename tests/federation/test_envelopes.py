"""One form only: parsed, or Unreadable and nothing else; a changed byte never verifies."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haodun.federation.envelopes import Header, Origin, canonical, digest_of, read, seal
from haodun.federation.errors import FederationError, Unreadable
from haodun.screening.snapshot import Signer

SIGNER = Signer.generate()
BODY = {"number": "8613800138000", "text": "a  b", "list": [1, 2, {"é": "\x00\u2028"}]}
HEADER = Header(
    id=UUID(int=5),
    sequence=3,
    previous="ab" * 32,
    kind="order",
    schema=1,
    issuer="ministry",
    audience="carrier-a",
    time=datetime(2026, 11, 20, 4, 0, 0, 123_000, tzinfo=UTC),
    valid_until=datetime(2027, 1, 1, tzinfo=UTC),
    body_hash=digest_of(canonical(BODY)),
    origin=Origin("police", UUID(int=6)),
    onward=("carrier-b", "carrier-c"),
)
WIRE = seal(HEADER, canonical(BODY), SIGNER)


def test_what_was_written_is_read_and_verifies() -> None:
    found = read(WIRE)
    assert (found.header, found.body, found.to_wire()) == (HEADER, BODY, WIRE)
    assert found.verifies(SIGNER.public) and not found.verifies(Signer.generate().public)


@given(at=st.integers(0, len(WIRE) - 1), bit=st.integers(0, 7))
def test_no_changed_bit_is_taken(at: int, bit: int) -> None:
    changed = bytearray(WIRE)
    changed[at] ^= 1 << bit
    try:
        found = read(bytes(changed))
    except Unreadable:
        return
    assert found.key != SIGNER.key_id or not found.verifies(SIGNER.public)


@given(st.one_of(st.binary(max_size=300), st.integers(0, len(WIRE) - 1).map(lambda end: WIRE[:end])))
def test_anything_else_is_unreadable_and_raises_nothing_else(raw: bytes) -> None:
    with pytest.raises(Unreadable):
        read(raw)


@pytest.mark.parametrize(
    "raw",
    [
        WIRE + b"\n",
        b" " + WIRE,
        WIRE.replace(b'"a  b"', b'"a b"'),
        WIRE.replace(b'"schema":1', b'"schema":1.0'),
        WIRE.replace(b'"schema":1', b'"schema":true'),
        WIRE.replace(b'"schema":1', b'"schema":0'),
        WIRE.replace(b'"sequence":3', b'"sequence":-3'),
        WIRE.replace(b'"ministry"', b'"Ministry"'),
        WIRE.replace(b'"ministry"', '"ministrｙ"'.encode()),
        WIRE.replace(b'["carrier-b","carrier-c"]', b'["carrier-c","carrier-b"]'),
        WIRE.replace(b'"key":', b'"key":"0000000000000000","key":'),
        WIRE.replace(b".123Z", b".123456Z"),
        WIRE.replace(b"2026-11-20", b"2026-13-20"),
        b'{"body":' + b"[" * 100_000,
        b'{"body":{"n":NaN},"header":{},"key":"","signature":""}',
        b"\xff\xfe",
        b"null",
    ],
    ids=range(17),
)
def test_another_form_of_the_same_is_not_taken(raw: bytes) -> None:
    with pytest.raises(Unreadable):
        read(raw)


def test_the_signature_covers_the_header_and_through_it_the_body() -> None:
    for changed in (
        replace(HEADER, audience="carrier-b"),
        replace(HEADER, sequence=4),
        replace(HEADER, valid_until=None),
        replace(HEADER, onward=()),
    ):
        found = read(WIRE)
        forged = replace(found, header=changed)
        assert not forged.verifies(SIGNER.public)


def test_what_json_cannot_say_is_not_sent() -> None:
    for value in (2**53, float("nan"), "\ud800", object(), {1: 2}):
        with pytest.raises(FederationError):
            canonical({"x": value})
