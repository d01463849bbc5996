"""Personal texts at rest: AES-256-GCM (NIST SP 800-38D) under the field key, and a keyed mark for equality.

Both keys are derived from `keys/field.key` (HKDF, RFC 5869). The place a text belongs to is authenticated with it, so
that a ciphertext copied into another column does not open.
"""

from __future__ import annotations

import hmac
import secrets
from functools import cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from haodun.store.site import site_key

NONCE_BYTES = 12
KEY_BYTES = 32


class CiphertextError(Exception):
    """A kept text does not open: another key, another place, or altered bytes."""


class FieldCipher:
    """Seals and opens texts of one site."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(_derived(key, b"haodun field encryption"))
        self._mark_key = _derived(key, b"haodun field equality")

    def seal(self, text: str, *, place: str) -> bytes:
        """Nonce and ciphertext of `text`, bound to `place` (table.column). '' gives b''."""
        return self.seal_bytes(text.encode("utf-8"), place=place) if text else b""

    def seal_bytes(self, data: bytes, *, place: str) -> bytes:
        """Nonce and ciphertext of bytes, bound to `place`."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, data, place.encode("ascii"))

    def open(self, data: bytes, *, place: str) -> str:
        """The text of a ciphertext. CiphertextError where it was not sealed for that place with this key."""
        return self.open_bytes(data, place=place).decode("utf-8") if data else ""

    def open_bytes(self, data: bytes, *, place: str) -> bytes:
        """The bytes of a ciphertext. CiphertextError where they were not sealed for that place with this key."""
        nonce, sealed = data[:NONCE_BYTES], data[NONCE_BYTES:]
        try:
            return self._cipher.decrypt(nonce, sealed, place.encode("ascii"))
        except (InvalidTag, ValueError) as error:
            raise CiphertextError(
                f"a kept {place} does not open; put back the keys/field.key it was made with"
            ) from error

    def mark(self, text: str, *, place: str) -> bytes:
        """32 bytes that are equal for equal texts of one place (HMAC-SHA-256). '' gives b''."""
        return hmac.digest(self._mark_key, f"{place}\0{text}".encode(), "sha256") if text else b""


def field_cipher(data: Path) -> FieldCipher:
    """The cipher of the site whose data folder this is; its key is made where there is none. StoreError if damaged."""
    return _cipher(data / "keys" / "field.key")


@cache
def _cipher(path: Path) -> FieldCipher:
    return FieldCipher(site_key(path))


def _derived(key: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=purpose).derive(key)
