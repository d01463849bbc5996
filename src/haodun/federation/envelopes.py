"""The envelope: bytes in, values out, one form only; no I/O, no clock.

On the wire an envelope is one JSON object in canonical form (RFC 8785), so the same envelope is always the same bytes:
`{"body": …, "header": …, "key": …, "signature": …}`. The header names the message, its place in the stream from its
issuer to its audience, the digest of the header before it and that of the body. Ed25519 (RFC 8032) signs the header;
the body stands beside it, so that a body can be erased later and the rest still proves what was sent. The key's id is
outside the header: a message sent again after a change of keys is the same message under another signature.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import rfc8785

from haodun.federation.errors import FederationError, Unreadable
from haodun.federation.limits import MAX_AUDIENCE
from haodun.screening.snapshot import PublicKey, Signer

DOMAIN = b"haodun envelope v1\n"
"""Stands before what is signed, so that no signature for another purpose is one of these."""
CONTROL = 0
"""The number of an envelope outside the stream: it tells how far its issuer is, and the newest one counts."""
MAX_SEQUENCE = 2**53 - 1
NAME = re.compile(r"[a-z][a-z0-9-]{0,62}", re.ASCII)
"""Name of a node."""
KIND = re.compile(r"[a-z][a-z0-9_.]{0,39}", re.ASCII)
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
_KEY = re.compile(r"[0-9a-f]{16}", re.ASCII)
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z", re.ASCII)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_FIELDS = frozenset(
    (
        "audience", "body_hash", "id", "issuer", "kind", "onward", "origin", "previous", "schema", "sequence", "time",
        "valid_until",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Origin:
    """The message that this one passes on."""

    issuer: str
    id: UUID


@dataclass(frozen=True, slots=True)
class Header:
    """What is signed."""

    id: UUID
    """Of the message; the same to all its recipients."""
    sequence: int
    """1, 2, 3 … from this issuer to this audience; CONTROL outside the stream."""
    previous: str
    """SHA-256 of the header before it in the stream, hexadecimal; '' for the first and for control."""
    kind: str
    schema: int
    """Version of the kind's body, from 1."""
    issuer: str
    audience: str
    """The one node it is for: who else gets the message is nobody's to know."""
    time: datetime
    """When the message was made, by the issuer's clock, to the millisecond."""
    valid_until: datetime | None
    body_hash: str
    """SHA-256 of the canonical body, hexadecimal."""
    origin: Origin | None
    onward: tuple[str, ...] = ()
    """The nodes to whom its audience may pass it on, sorted; empty: nobody."""

    def to_json(self) -> dict[str, Any]:
        """As it stands on the wire."""
        return {
            "audience": self.audience,
            "body_hash": self.body_hash,
            "id": str(self.id),
            "issuer": self.issuer,
            "kind": self.kind,
            "onward": list(self.onward),
            "origin": None if self.origin is None else {"id": str(self.origin.id), "issuer": self.origin.issuer},
            "previous": self.previous,
            "schema": self.schema,
            "sequence": self.sequence,
            "time": written(self.time),
            "valid_until": None if self.valid_until is None else written(self.valid_until),
        }

    def signed_bytes(self) -> bytes:
        """RFC 8785 of it."""
        return canonical(self.to_json())

    @property
    def digest(self) -> str:
        """SHA-256 of signed_bytes(), hexadecimal."""
        return sha256(self.signed_bytes()).hexdigest()


@dataclass(frozen=True, slots=True)
class Envelope:
    """A header, its body, and a signature that was not checked yet."""

    header: Header
    body: Mapping[str, Any]
    key: str
    """Id of the key that signed, 16 hexadecimal digits."""
    signature: bytes

    def to_wire(self) -> bytes:
        """Its one form."""
        return wire(self.header, canonical(self.body), key=self.key, signature=self.signature)

    def verifies(self, key: PublicKey) -> bool:
        """Whether this key signed it."""
        return key.verifies(self.signature, DOMAIN + self.header.signed_bytes())


def canonical(value: Mapping[str, Any]) -> bytes:
    """RFC 8785 bytes of a JSON object. FederationError where JSON cannot say it (integers beyond 2^53 are strings)."""
    try:
        found = rfc8785.dumps(dict(value))
        found.decode()
    except (rfc8785.CanonicalizationError, UnicodeError, TypeError, RecursionError) as error:
        raise FederationError(f"a message holds what JSON cannot say ({error}); give strings instead") from error
    return found


def digest_of(data: bytes) -> str:
    """SHA-256, hexadecimal."""
    return sha256(data).hexdigest()


def written(at: datetime) -> str:
    """A moment as it stands on the wire: UTC, milliseconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def seal(header: Header, body: bytes, signer: Signer) -> bytes:
    """The wire form, signed; `body` is canonical."""
    return wire(header, body, key=signer.key_id, signature=signer.sign(DOMAIN + header.signed_bytes()))


def wire(header: Header, body: bytes, *, key: str, signature: bytes) -> bytes:
    """The wire form of the parts."""
    said = canonical({"header": header.to_json(), "key": key, "signature": b64encode(signature).decode("ascii")})
    return b'{"body":' + body + b"," + said[1:]


def read(raw: bytes) -> Envelope:
    """The envelope of these bytes; its signature is not checked. Unreadable where they are not exactly one."""
    said = _object(raw)
    if set(said) != {"body", "header", "key", "signature"} or not isinstance(said["body"], dict):
        raise Unreadable("it has not the four parts of an envelope")
    header = header_of(said["header"])
    try:
        signature = b64decode(_text(said["signature"]), validate=True)
    except ValueError as error:
        raise Unreadable("its signature is not written in base64") from error
    found = Envelope(header, said["body"], _match(_KEY, said["key"]), signature)
    try:
        body = canonical(found.body)
        same = wire(header, body, key=found.key, signature=signature) == raw
    except FederationError as error:
        raise Unreadable(str(error)) from error
    if not same:
        raise Unreadable("it is not written in the one form of RFC 8785")
    if digest_of(body) != header.body_hash:
        raise Unreadable("its body is not the one its header names")
    return found


def header_of(said: Any) -> Header:
    """A header from JSON. Unreadable."""
    if not isinstance(said, dict) or set(said) != _FIELDS:
        raise Unreadable("its header has not the fields of one")
    sequence = _number(said["sequence"], least=CONTROL)
    first = said["previous"] == ""
    return Header(
        id=_id(said["id"]),
        sequence=sequence,
        previous="" if first else _match(_DIGEST, said["previous"]),
        kind=_match(KIND, said["kind"]),
        schema=_number(said["schema"], least=1),
        issuer=_match(NAME, said["issuer"]),
        audience=_match(NAME, said["audience"]),
        time=_moment(said["time"]),
        valid_until=None if said["valid_until"] is None else _moment(said["valid_until"]),
        body_hash=_match(_DIGEST, said["body_hash"]),
        origin=None if said["origin"] is None else _origin(said["origin"]),
        onward=_names(said["onward"]),
    )


def _object(raw: bytes) -> dict[str, Any]:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise Unreadable("a name stands twice in one object")
        return found

    try:
        said = json.loads(raw.decode(), object_pairs_hook=once)
    except (ValueError, RecursionError) as error:
        raise Unreadable("it is no whole JSON text") from error
    if not isinstance(said, dict):
        raise Unreadable("it is no JSON object")
    return said


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Unreadable("a field is no text that should be one")
    return value


def _match(pattern: re.Pattern[str], value: Any) -> str:
    found = pattern.fullmatch(_text(value))
    if found is None:
        raise Unreadable("a name, kind or digest is not written as one")
    return found[0]


def _number(value: Any, *, least: int) -> int:
    if type(value) is not int or not least <= value <= MAX_SEQUENCE:
        raise Unreadable("a number is none, or out of its range")
    return value


def _id(value: Any) -> UUID:
    return UUID(_match(_UUID, value))


def _moment(value: Any) -> datetime:
    text = _match(_TIME, value)
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError as error:
        raise Unreadable("a time is none") from error


def _names(said: Any) -> tuple[str, ...]:
    if not isinstance(said, list) or len(said) > MAX_AUDIENCE:
        raise Unreadable(f"it may be passed on to a list of at most {MAX_AUDIENCE} nodes")
    names = tuple(_match(NAME, one) for one in said)
    if list(names) != sorted(set(names)):
        raise Unreadable("the nodes it may be passed on to are not in their order, each once")
    return names


def _origin(said: Any) -> Origin:
    if not isinstance(said, dict) or set(said) != {"id", "issuer"}:
        raise Unreadable("its origin has not the fields of one")
    return Origin(issuer=_match(NAME, said["issuer"]), id=_id(said["id"]))
