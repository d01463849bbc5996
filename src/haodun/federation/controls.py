"""Say how far we are, and hear how far a peer is: so that what was lost is sent again and a cut link heals itself.

A control envelope has the number 0 and the kind `resend`: "I have all of yours up to `have`, I miss `missing`, I have
sent you up to `sent`". It changes nothing when it comes twice, late or never; of several the newest by its issuer's
clock counts. What a peer says it has sent shows us that the end of its stream was lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

import structlog

from haodun.federation.envelopes import CONTROL, KIND, MAX_SEQUENCE, Envelope, Header, canonical, digest_of, seal
from haodun.federation.errors import Unreadable
from haodun.federation.kinds import RESEND, understood
from haodun.federation.limits import HEARTBEAT, MAX_EARLY, MAX_KINDS, MAX_RANGES
from haodun.federation.models import Inbox, Peer
from haodun.screening.snapshot import Signer

log = structlog.get_logger("haodun.federation")
Ranges = list[list[int]]


def gaps(peer: Peer) -> Ranges:
    """Numbers of the peer's stream that are not here though later ones are, or are said to be sent: [[first, last], …].

    At most MAX_RANGES, the lowest first, and not beyond what would be kept.
    """
    early = list(
        Inbox.objects.filter(peer=peer, sequence__gt=peer.taken).order_by("sequence").values_list("sequence", flat=True)
    )
    end = min(max(peer.heard_sent, early[-1] if early else 0), peer.taken + MAX_EARLY)
    found: Ranges = []
    awaited = peer.taken + 1
    for number in (*early, end + 1):
        if number > awaited:
            found.append([awaited, min(number - 1, end)])
        awaited = number + 1
        if len(found) == MAX_RANGES:
            break
    return [one for one in found if one[0] <= one[1]]


def control(peer: Peer, signer: Signer, *, at: datetime) -> bytes | None:
    """Our control envelope to a peer, None where it said the same less than a HEARTBEAT ago; notes it on the peer."""
    said: dict[str, Any] = {
        "have": peer.taken,
        "missing": gaps(peer),
        "sent": peer.sent,
        "understands": understood(),
    }
    body = canonical(said)
    digest = digest_of(body)
    recent = peer.control_put_at is not None and at - peer.control_put_at < HEARTBEAT
    if recent and digest == peer.control_digest:
        return None
    peer.control_put_at, peer.control_digest = at, digest
    peer.save(update_fields=["control_put_at", "control_digest"])
    header = Header(
        id=uuid4(),
        sequence=CONTROL,
        previous="",
        kind=RESEND,
        schema=1,
        issuer=peer.own,
        audience=peer.name,
        time=at,
        valid_until=None,
        body_hash=digest,
        origin=None,
    )
    return seal(header, body, signer)


def take_control(peer: Peer, envelope: Envelope) -> bool:
    """Note how far the peer is; False where a newer one came before. The peer is locked. Unreadable for a bad body."""
    header, body = envelope.header, envelope.body
    if peer.control_time is not None and header.time <= peer.control_time:
        return False
    have, sent, missing, kinds = _read(body)
    peer.control_time = header.time
    peer.heard_sent = max(peer.heard_sent, sent)
    if have > peer.sent:
        peer.stopped = peer.stopped or "our_past"
        log.error("federation_peer_has_more_than_was_sent", peer=peer.name, have=have, sent=peer.sent)
    else:
        peer.acknowledged = max(peer.acknowledged, have)
        peer.asked = [[first, min(last, peer.sent)] for first, last in missing if have < first <= peer.sent]
    peer.understands = kinds
    peer.save(update_fields=["control_time", "heard_sent", "stopped", "acknowledged", "asked", "understands"])
    return True


def _read(body: Mapping[str, Any]) -> tuple[int, int, Ranges, dict[str, list[int]]]:
    if set(body) != {"have", "missing", "sent", "understands"}:
        raise Unreadable("a control envelope says have, missing, sent and understands")
    have, sent, missing, kinds = body["have"], body["sent"], body["missing"], body["understands"]
    if not _counts(have, sent) or not isinstance(missing, list) or len(missing) > MAX_RANGES:
        raise Unreadable("the numbers of a control envelope are none")
    if any(not isinstance(one, list) or len(one) != 2 or not _counts(*one) or one[0] > one[1] for one in missing):
        raise Unreadable("a gap is its first and its last number")
    if not isinstance(kinds, dict) or len(kinds) > MAX_KINDS:
        raise Unreadable(f"a node understands at most {MAX_KINDS} kinds")
    for name, schemas in kinds.items():
        if KIND.fullmatch(name) is None or not isinstance(schemas, list) or len(schemas) > MAX_KINDS:
            raise Unreadable("a kind that is understood is a name and its schemas")
        if not _counts(*schemas):
            raise Unreadable("a schema is a number")
    return have, sent, missing, kinds


def _counts(*values: Any) -> bool:
    return all(type(one) is int and 0 <= one <= MAX_SEQUENCE for one in values)
