"""Which callers a canary rule speaks for: always the same ones, so that a redial meets the same verdict."""

from __future__ import annotations

from hashlib import sha256

from haodun.screening.policy.rule import CANARY_SHARES


def canary_place(rule_id: str, *, salt: str, caller: int) -> int:
    """A caller's place among 10,000 for one rule: SHA-256 of rule id, salt and E.164 key, modulo 10,000.

    The parts are joined by NUL and written as UTF-8, the key in decimal; the digest is read as one big-endian integer.
    Callers that are no number have key 0 and share one place.

    >>> canary_place("R-1", salt="s", caller=8613912345678)
    6846
    """
    digest = sha256(f"{rule_id}\0{salt}\0{caller}".encode()).digest()
    return int.from_bytes(digest, "big") % CANARY_SHARES
