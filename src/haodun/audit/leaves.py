"""The bytes of an entry that the ledger's hashes are taken over; the same from a database row and from a proof."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from haodun.audit.canonical import canonical
from haodun.audit.merkle import leaf_hash

FIELDS = (
    "id",
    "at",
    "kind",
    "actor",
    "on_behalf_of",
    "organisation",
    "object_type",
    "object_id",
    "subject",
    "basis",
    "purpose",
    "body",
    "items",
    "items_root",
)
"""Every column of an entry that is hashed: all but `xid`."""
FIRST_HEAD = bytes(32)
"""The chain head before the first entry."""


def fields_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """The entry as a JSON object of strings and integers, whatever the database handed over for each column."""
    said: dict[str, Any] = {}
    for name in FIELDS:
        value = row[name]
        if isinstance(value, datetime):
            value = value.astimezone(UTC).isoformat(timespec="microseconds")
        elif isinstance(value, uuid.UUID):
            value = str(value)
        elif isinstance(value, bytes | memoryview):
            value = bytes(value).hex()
        said[name] = value
    return said


def entry_leaf(said: Mapping[str, Any]) -> bytes:
    """RFC 6962 leaf hash of an entry given as `fields_of` gives it. The body's own bytes are inside, as a string."""
    return leaf_hash(canonical({name: said[name] for name in FIELDS}))


def next_head(head: bytes, leaf: bytes) -> bytes:
    """The chain: SHA-256(0x02 || head before || leaf)."""
    return sha256(b"\x02" + head + leaf).digest()
