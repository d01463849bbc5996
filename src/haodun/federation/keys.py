"""Keys of this node and of its peers: made, shown, found, put out of use."""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from haodun.federation.errors import FederationError
from haodun.federation.limits import OVERLAP
from haodun.federation.models import OwnKey, Peer, PeerKey
from haodun.screening.snapshot import PublicKey, Signer, SnapshotRefused

FINGERPRINT, GROUP = 32, 4


def own_name() -> str:
    """The name of this installation among others."""
    return str(settings.HAODUN_NODE)


def fingerprint(public: bytes) -> str:
    """What two people compare by telephone: the first 128 bits of SHA-256 of the raw key, in groups of four digits.

    >>> fingerprint(bytes(range(32)))
    '630d cd29 66c4 3366 9112 5448 bbb2 5b4f'
    """
    digits = sha256(public).hexdigest()[:FINGERPRINT]
    return " ".join(digits[at : at + GROUP] for at in range(0, len(digits), GROUP))


def make_own_key(own: str | None = None, *, signs_from: datetime | None = None) -> OwnKey:
    """Make a key of this node: the private half into the data folder (mode 0600), the public one into the database."""
    name = own or own_name()
    signer = Signer.generate()
    folder = _folder(name)
    try:
        signer.save(folder / f"{signer.key_id}.key", folder / f"{signer.key_id}.pub")
    except (SnapshotRefused, OSError) as error:
        raise FederationError(f"the key of {name} cannot be kept in {folder} ({error})") from error
    return OwnKey.objects.create(
        own=name, key_id=signer.key_id, public=signer.public.raw, signs_from=signs_from or timezone.now()
    )


def own_key(own: str | None = None, *, at: datetime | None = None) -> OwnKey:
    """The key that signs now. FederationError where this node has none."""
    name = own or own_name()
    found = OwnKey.objects.filter(own=name, signs_from__lte=at or timezone.now()).order_by("-signs_from", "-id").first()
    if found is None:
        raise FederationError(f"the node {name} has no key yet; run `haodun node init`")
    return found


def own_signer(own: str | None = None, *, at: datetime | None = None) -> Signer:
    """The same with its private half. FederationError where its file is gone."""
    key = own_key(own, at=at)
    try:
        return Signer.load(_folder(key.own) / f"{key.key_id}.key")
    except SnapshotRefused as error:
        raise FederationError(f"{error}; put the key of node {key.own} back from its copy") from error


def _folder(own: str) -> Path:
    return Path(settings.HAODUN_DATA) / "keys" / "node" / own


def key_state(peer: Peer, key_id: str, at: datetime) -> tuple[PublicKey | None, str]:
    """The key of a peer where it counts at `at`, and '' or the code why it does not."""
    found = PeerKey.objects.filter(peer=peer, key_id=key_id).first()
    if found is None:
        return None, "unknown_key"
    if found.revoked_at is not None:
        return None, "revoked_key"
    if at < found.valid_from or (found.valid_until is not None and at >= found.valid_until):
        return None, "expired_key"
    return PublicKey(bytes(found.public)), ""


def add_peer_key(
    peer: Peer,
    public: bytes,
    *,
    at: datetime | None = None,
    overlap: timedelta = OVERLAP,
    until: datetime | None = None,
) -> PeerKey:
    """A key of a peer counts from now; its former ones end after `overlap`. FederationError where it was revoked."""
    at = at or timezone.now()
    key = PublicKey(public)
    with transaction.atomic():
        known = PeerKey.objects.filter(peer=peer, key_id=key.key_id).first()
        if known is not None and known.revoked_at is not None:
            raise FederationError(f"key {key.key_id} of {peer.name} was revoked and never counts again; make a new one")
        if known is not None:
            return known
        others = PeerKey.objects.filter(peer=peer, revoked_at=None).filter(
            Q(valid_until=None) | Q(valid_until__gt=at + overlap)
        )
        others.update(valid_until=at + overlap)
        return PeerKey.objects.create(peer=peer, key_id=key.key_id, public=public, valid_from=at, valid_until=until)


def revoke_peer_key(peer: Peer, key_id: str, *, at: datetime | None = None) -> bool:
    """A key counts no longer, at once and for ever; whether it did before."""
    found = PeerKey.objects.filter(peer=peer, key_id=key_id, revoked_at=None)
    return found.update(revoked_at=at or timezone.now()) == 1
