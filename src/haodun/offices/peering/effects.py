"""What a decision about a node does besides its state: peers, keys, kinds, folders, announcements, quarantine."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from django.conf import settings

from haodun.federation.models import Peer, PeerKey
from haodun.federation.services import (
    NEW_KEY,
    REASONS,
    FederationError,
    add_peer_key,
    discard,
    fingerprint,
    make_own_key,
    own_name,
    release,
    revoke_peer_key,
    send,
)
from haodun.offices.peering.models import NodeChange
from haodun.offices.transitions.services import Change, Refused

NOTICE = timedelta(days=7)
"""How long before it signs a new key of ours is announced, so that officers elsewhere have time to compare it."""


def folders_of(name: str) -> tuple[Path, Path]:
    """Where envelopes to a node are written and those from it are read; whatever carries files carries these."""
    place = Path(settings.HAODUN_DATA) / "exchange" / name
    return place / "outgoing", place / "incoming"


def enrol(change: Change) -> None:
    """The node becomes a peer with its key; its two folders are made."""
    for row in change.rows:
        outgoing, incoming = folders_of(row.name)
        for folder in (outgoing, incoming):
            folder.mkdir(parents=True, exist_ok=True, mode=0o770)
        peer = Peer.objects.create(
            own=own_name(),
            name=row.name,
            active=True,
            may_send=row.may_send,
            may_get=row.may_get,
            transport={"kind": "folder", "outgoing": str(outgoing), "incoming": str(incoming)},
        )
        key = add_peer_key(peer, bytes(row.public), at=change.at)
        row.peer = peer.pk
        row.save(update_fields=["peer"])
        change.body |= {"node": row.name, "key": key.key_id}


def suspend(change: Change) -> None:
    """Nothing is taken from it or put to it; messages to it are refused but recalls, which wait."""
    _set_active(change, False)


def resume(change: Change) -> None:
    """It goes on where it stopped."""
    _set_active(change, True)


def _set_active(change: Change, active: bool) -> None:
    Peer.objects.filter(pk__in=[row.peer for row in change.rows]).update(active=active)
    change.body |= {"nodes": sorted(row.name for row in change.rows)}


def revoke(change: Change) -> None:
    """Every key of it counts no longer, for ever."""
    suspend(change)
    for row in change.rows:
        if row.peer is None:
            continue
        peer = Peer.objects.get(pk=row.peer)
        for key_id in PeerKey.objects.filter(peer=peer).values_list("key_id", flat=True):
            revoke_peer_key(peer, key_id, at=change.at)


def apply(change: Change) -> None:
    """A key counts, kinds are granted, or this node has a new key and says so to everybody under the old one."""
    for row in change.rows:
        if row.what == NodeChange.What.OWN_KEY:
            _new_own_key(change)
            continue
        peer = Peer.objects.get(pk=row.peering.peer)
        if row.what == NodeChange.What.KEY:
            key = add_peer_key(peer, bytes(row.public), at=change.at)
            change.body |= {"node": peer.name, "key": key.key_id}
        else:
            peer.may_send, peer.may_get = row.may_send, row.may_get
            peer.save(update_fields=["may_send", "may_get"])
            row.peering.may_send, row.peering.may_get = row.may_send, row.may_get
            row.peering.save(update_fields=["may_send", "may_get"])
            change.body |= {"node": peer.name, "may_send": row.may_send, "may_get": row.may_get}


def _new_own_key(change: Change) -> None:
    key = make_own_key(signs_from=change.at + NOTICE)
    told = sorted(Peer.objects.filter(own=own_name(), active=True).values_list("name", flat=True))
    said = {"public": bytes(key.public).hex(), "signs_from": key.signs_from.isoformat(timespec="seconds")}
    send(NEW_KEY, told, said)
    change.body |= {"key": key.key_id, "fingerprint": fingerprint(bytes(key.public)), "told": len(told)}


def let_in(change: Change) -> None:
    """As if the piece came now. Refused `still` with the reason where it still may not."""
    for row in change.rows:
        try:
            release(row.id, at=change.at)
        except FederationError as error:
            said = REASONS.get(str(error))
            zh, en = (said.zh, said.en) if said else (str(error), str(error))
            raise Refused("still", f"仍不能放行：{zh}", f"It still cannot be let in: {en}") from error


def throw_out(change: Change) -> None:
    """Its bytes go, reason and digest stay."""
    for row in change.rows:
        discard(row.id, at=change.at)
