"""The redress token: what a refused caller quotes to appeal; found without an index, not guessable, the same at replay.

128 bits in base32 (RFC 4648 §6), 26 characters: site 16 bits, day 16 bits (days since the Unix epoch), sequence 40 bits
(event number), and the first 56 bits of HMAC-SHA-256 under the site's key over those and the run id.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from dataclasses import dataclass

TOKEN_LENGTH = 26
KEY_BYTES = 32
DAY_MS = 86_400_000

_SITE_BITS, _DAY_BITS, _SEQUENCE_BITS, _MAC_BYTES = 16, 16, 40, 7
_TEXT = re.compile(r"[A-Z2-7]{26}")


class TokenError(Exception):
    """A text that is no redress token of this site."""

    exit_code = 3


@dataclass(frozen=True, slots=True)
class Token:
    """What a token says before its HMAC is checked."""

    site: int
    day: int
    """Days since the Unix epoch, UTC."""
    sequence: int
    """Event number of the attempt in its run."""
    mac: bytes


def redress_token(site_key: bytes, *, run_id: str, site: int, time_ms: int, sequence: int) -> str:
    """The token of one verdict; OverflowError beyond 2^40 events or the year 2149."""
    head = _head(site, time_ms // DAY_MS, sequence)
    return base64.b32encode(head + _mac(site_key, run_id, head)).decode("ascii").rstrip("=")


def parse_token(text: str) -> Token:
    """Read a token as a person typed it: case and grouping by space or hyphen do not matter."""
    plain = text.replace(" ", "").replace("-", "").upper()
    if len(text) > 2 * TOKEN_LENGTH or _TEXT.fullmatch(plain) is None:
        raise TokenError(f"a redress token has {TOKEN_LENGTH} letters A–Z and digits 2–7; check what was copied")
    try:
        raw = base64.b32decode(plain + "=" * (-len(plain) % 8))
    except binascii.Error as error:
        raise TokenError("the redress token ends in a letter that no token ends in; check the last one") from error
    head = int.from_bytes(raw[:-_MAC_BYTES], "big")
    sequence = head & (1 << _SEQUENCE_BITS) - 1
    day = head >> _SEQUENCE_BITS & (1 << _DAY_BITS) - 1
    return Token(head >> _SEQUENCE_BITS + _DAY_BITS, day, sequence, raw[-_MAC_BYTES:])


def check_token(site_key: bytes, token: Token, *, run_id: str) -> bool:
    """Whether the token was made under this key for this run; in constant time."""
    head = _head(token.site, token.day, token.sequence)
    return hmac.compare_digest(token.mac, _mac(site_key, run_id, head))


def site_of(site_key: bytes) -> int:
    """A site's 16-bit number, where no registry has given one: from its key, without telling the key."""
    return int.from_bytes(hashlib.sha256(b"haodun site" + site_key).digest()[:2], "big")


def _head(site: int, day: int, sequence: int) -> bytes:
    if not (0 <= site < 1 << _SITE_BITS and 0 <= day < 1 << _DAY_BITS and 0 <= sequence < 1 << _SEQUENCE_BITS):
        raise OverflowError(f"site {site}, day {day} or sequence {sequence} does not fit a redress token")
    value = site << _DAY_BITS + _SEQUENCE_BITS | day << _SEQUENCE_BITS | sequence
    return value.to_bytes((_SITE_BITS + _DAY_BITS + _SEQUENCE_BITS) // 8, "big")


def _mac(site_key: bytes, run_id: str, head: bytes) -> bytes:
    return hmac.digest(site_key, head + run_id.encode("ascii"), "sha256")[:_MAC_BYTES]
