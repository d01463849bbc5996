"""The signed card of a 608: who rejected the call and where to ask, as RFC 8688 §3.2 has it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping

CONTACTS = ("url", "tel", "email", "adr")
"""RFC 8688 §3.2.2: at least one of these lets a caller ask."""

_TYPES = {"url": "uri", "tel": "uri"}


def jwscard(name: str, contacts: Mapping[str, str], *, x5u: str, issued_s: int, sign: Callable[[bytes], bytes]) -> str:
    """A jCard (RFC 7095) in a JWS in compact form (RFC 7515), to be served where Call-Info points.

    `contacts` maps url, tel (a tel: URI), email or adr to their value; `x5u` is the https URL of the certificate;
    `issued_s` is seconds since the Unix epoch; `sign` gives the ES256 signature, 64 bytes r and s (RFC 7518 §3.4).
    ValueError where no way to ask is given, another key stands there, x5u is not https, or the signature has
    another length.
    """
    if not contacts or not set(contacts) <= set(CONTACTS):
        raise ValueError(f"a card needs one of {', '.join(CONTACTS)} and nothing else (RFC 8688 §3.2.2)")
    if not x5u.startswith("https://"):
        raise ValueError(f"{x5u!r} is not https; give the certificate's https URL")
    properties: list[list[object]] = [["version", {}, "text", "4.0"], ["fn", {}, "text", name]]
    properties += [[key, {}, _TYPES.get(key, "text"), value] for key, value in contacts.items()]
    header = _encoded({"alg": "ES256", "typ": "vcard+json", "x5u": x5u})
    signed = f"{header}.{_encoded({'iat': issued_s, 'jcard': ['vcard', properties]})}"
    signature = sign(signed.encode("ascii"))
    if len(signature) != 64:
        raise ValueError(f"an ES256 signature has 64 bytes, this one {len(signature)}; convert it from DER")
    return f"{signed}.{_base64url(signature)}"


def _encoded(value: object) -> str:
    return _base64url(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
