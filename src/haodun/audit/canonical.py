"""JSON in one form only (RFC 8785), so that a hash of it can be computed again by anybody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import rfc8785

from haodun.audit.errors import AuditError

MAX_BODY = 65_536
"""Bytes of the canonical body of one entry; more is said as items."""


def canonical(value: Mapping[str, Any], *, limit: int | None = None) -> bytes:
    """RFC 8785 bytes of a JSON object.

    Integers beyond 2^53 must come as strings (RFC 8785 §3.2.2.3). Raises AuditError where the value is no JSON,
    holds U+0000, or is longer than `limit` bytes.
    """
    try:
        written = rfc8785.dumps(dict(value))
        written.decode()
    except (rfc8785.CanonicalizationError, UnicodeEncodeError, TypeError, RecursionError) as error:
        raise AuditError(
            f"an entry of the ledger holds what JSON cannot say ({error}); give strings instead"
        ) from error
    if b"\\u0000" in written and "\x00" in _strings(value):
        raise AuditError("an entry of the ledger holds the character U+0000, which PostgreSQL cannot store; remove it")
    if limit is not None and len(written) > limit:
        raise AuditError(
            f"the body of an entry has {len(written)} bytes, at most {limit} are kept; give the rest as items"
        )
    return written


def storable(text: str, what: str) -> str:
    """The text, which PostgreSQL can store; AuditError where it holds U+0000."""
    if "\x00" in text:
        raise AuditError(f"the {what} of an entry of the ledger holds the character U+0000; remove it")
    return text


def _strings(value: Any) -> str:
    """All text inside a JSON value, keys included, joined."""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return "\n".join(f"{_strings(key)}\n{_strings(item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return "\n".join(_strings(item) for item in value)
    return ""
