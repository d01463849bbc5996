"""Ed25519 keys (RFC 8032) of issuers and approvers: made, read from PEM, named by their own digest."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from haodun.screening.snapshot.errors import Code, SnapshotRefused

SIGNATURE_BYTES = 64
MAX_PEM = 4_096
"""Bytes of a key file."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that signatures are checked with."""

    raw: bytes
    """32 bytes, RFC 8032 §5.1.5."""

    @property
    def key_id(self) -> str:
        """The first 16 hexadecimal digits of SHA-256 of the raw key."""
        return sha256(self.raw).hexdigest()[:16]

    @classmethod
    def load(cls, path: Path) -> PublicKey:
        """Read a PEM file (SubjectPublicKeyInfo). Raises SnapshotRefused `key`."""
        try:
            key = serialization.load_pem_public_key(_pem(path))
        except (ValueError, UnsupportedAlgorithm) as error:
            raise _no_key(path, "public") from error
        if not isinstance(key, Ed25519PublicKey):
            raise _no_key(path, "public")
        return cls(key.public_bytes_raw())

    def to_pem(self) -> bytes:
        """The key as a PEM file."""
        key = Ed25519PublicKey.from_public_bytes(self.raw)
        return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)

    def verifies(self, signature: bytes, message: bytes) -> bool:
        """Whether the signature is this key's over the message."""
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class Signer:
    """A key that signs. Its secret part never shows in a message or a representation."""

    _key: Ed25519PrivateKey = field(repr=False)

    @classmethod
    def generate(cls) -> Signer:
        """A new key from the system's random numbers."""
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def load(cls, path: Path) -> Signer:
        """Read an unencrypted PKCS #8 PEM file (RFC 5958). Raises SnapshotRefused `key`."""
        return cls.from_pem(_pem(path), name=str(path))

    @classmethod
    def from_pem(cls, pem: bytes, *, name: str) -> Signer:
        """A key from PEM bytes; `name` stands in the message. Raises SnapshotRefused `key`."""
        try:
            key = serialization.load_pem_private_key(pem, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise _no_key(name, "private") from error
        if not isinstance(key, Ed25519PrivateKey):
            raise _no_key(name, "private")
        return cls(key)

    @property
    def public(self) -> PublicKey:
        """What others check its signatures with."""
        return PublicKey(self._key.public_key().public_bytes_raw())

    @property
    def key_id(self) -> str:
        """That of the public key."""
        return self.public.key_id

    def sign(self, message: bytes) -> bytes:
        """64 bytes, RFC 8032 §5.1.6: the same message always has the same signature."""
        return self._key.sign(message)

    def save(self, private: Path, public: Path) -> None:
        """Write both PEM files, the private one with mode 0600. Raises SnapshotRefused `taken` where one exists."""
        pem = self._key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        for path in (private, public):
            if path.exists() or path.is_symlink():
                raise SnapshotRefused(Code.TAKEN, f"{path} is there already; name another place, keys are kept")
        for path, data, mode in ((private, pem, 0o600), (public, self.public.to_pem(), 0o644)):
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())


def _pem(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_PEM + 1)
    except OSError as error:
        raise SnapshotRefused(Code.KEY, f"{path} cannot be read ({error.strerror}); name a PEM file") from error


def _no_key(name: str | Path, kind: str) -> SnapshotRefused:
    return SnapshotRefused(Code.KEY, f"{name} is no Ed25519 {kind} key in PEM; `haodun snapshot keygen` makes a pair")
