"""The card of a 608 verifies under its key, and is not made without a way to ask."""

from __future__ import annotations

import base64
import json

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from haodun.edge.sip import jwscard

KEY = ec.derive_private_key(7, ec.SECP256R1())
X5U = "https://certs.example.cn/608.cer"


def sign(data: bytes) -> bytes:
    r, s = decode_dss_signature(KEY.sign(data, ec.ECDSA(SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def verify(jws: str) -> None:
    signed, _, signature = jws.rpartition(".")
    raw = decoded(signature)
    r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    KEY.public_key().verify(encode_dss_signature(r, s), signed.encode(), ec.ECDSA(SHA256()))


def test_a_card_says_who_and_where_and_verifies() -> None:
    jws = jwscard(
        "号盾 申诉", {"url": "https://a.example.cn/", "tel": "tel:+861"}, x5u=X5U, issued_s=1_546_008_698, sign=sign
    )
    header, payload, _ = jws.split(".")
    assert json.loads(decoded(header)) == {"alg": "ES256", "typ": "vcard+json", "x5u": X5U}
    assert json.loads(decoded(payload)) == {
        "iat": 1_546_008_698,
        "jcard": ["vcard", [
            ["version", {}, "text", "4.0"], ["fn", {}, "text", "号盾 申诉"],
            ["url", {}, "uri", "https://a.example.cn/"], ["tel", {}, "uri", "tel:+861"],
        ]],
    }  # fmt: skip
    verify(jws)
    with pytest.raises(InvalidSignature):
        verify(jws.replace(payload, payload[:-2] + "AA"))


@pytest.mark.parametrize(
    ("contacts", "x5u", "length", "words"),
    [({}, X5U, 64, "needs one of"), ({"x": "y"}, X5U, 64, "needs one of"), ({"tel": "tel:1"}, "http://a", 64, "https"),
     ({"tel": "tel:1"}, X5U, 70, "64 bytes")],
)  # fmt: skip
def test_a_card_that_nobody_could_use_is_not_made(contacts: dict[str, str], x5u: str, length: int, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        jwscard("a", contacts, x5u=x5u, issued_s=0, sign=lambda _: bytes(length))
