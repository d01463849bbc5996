"""What this context exchanges with other nodes: the announcement of a new key."""

from __future__ import annotations

import re

from haodun.federation.services import NEW_KEY, Received, Refuse, executed, subscribe
from haodun.offices.peering.models import Peering
from haodun.offices.peering.services import announce_key

_KEY = re.compile(r"[0-9a-f]{64}", re.ASCII)


def take_new_key(received: Received) -> None:
    """Two officers compare it before it counts. Refuse `bad_body`."""
    public = received.body.get("public")
    if not isinstance(public, str) or _KEY.fullmatch(public) is None:
        raise Refuse("bad_body", "a key is 64 hexadecimal digits")
    peering = Peering.objects.filter(name=received.issuer, state="ACTIVE").first()
    if peering is None:
        raise Refuse("unknown_issuer", "this node is not enrolled through officers here")
    announce_key(peering, bytes.fromhex(public), received.id)
    executed(received.id, {"done": "put before the officers"}, own=received.own)


def register() -> None:
    """Take announcements of keys."""
    subscribe(NEW_KEY, 1, take_new_key, zh="新密钥预告", en="Announcement of a new key")
