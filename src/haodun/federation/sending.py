"""Say something to other nodes: send, pass on, recall, narrow; and why a message does or does not go to one.

Theory of operation. `send` inserts a message and one row for each recipient, in the caller's transaction: rolled back
with it, on its way once it is committed. It takes no lock and no number, so callers never wait for each other; the
round of exchange numbers committed rows in the order of their ids. A row that commits late with a lower id is simply
numbered later: nothing committed before it can depend on it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.utils import timezone

from haodun.federation.envelopes import KIND, NAME, canonical, digest_of
from haodun.federation.errors import CannotSend, FederationError
from haodun.federation.keys import own_name
from haodun.federation.kinds import ALWAYS, NARROW, RECALL, RECEIPT, Received
from haodun.federation.limits import MAX_AUDIENCE, MAX_BODY, MAX_SENTENCE
from haodun.federation.models import Message, Outbox, Peer

_listeners: list[Callable[[list[str]], None]] = []


def on_sent(listener: Callable[[list[str]], None]) -> None:
    """Call this, in the same transaction, with the names of the nodes that something is to go to."""
    _listeners.append(listener)


@dataclass(frozen=True, slots=True)
class Going:
    """Whether a message of a kind goes to a node, and why or why not."""

    node: str
    goes: bool
    code: str
    """`goes`, `unknown`, `suspended`, `not_granted`, `not_understood`, `stopped`, `itself`."""
    zh: str
    en: str


_WHY: dict[str, tuple[bool, str, str]] = {
    "goes": (True, "会发送", "it goes there"),
    "itself": (False, "是本节点自己", "it is this very node"),
    "not_granted": (False, "没有约定向该节点发送这一种类", "this kind was not agreed on for that node"),
    "not_understood": (False, "该节点声明不认识这一种类或版本", "that node says it does not know this kind or schema"),
    "stopped": (
        True,
        "会排队，但与该节点的往来因记录不相接已停止，须由人员处理",
        "it queues, but the exchange with that node has stopped since the records do not fit; officers must decide",
    ),
    "suspended": (False, "该节点未启用或已停用", "that node is not enrolled yet, or suspended"),
    "unknown": (False, "没有登记这个节点", "no such node is enrolled here"),
}


def why(kind: str, nodes: Iterable[str], *, schema: int = 1, own: str | None = None) -> list[Going]:
    """For each node whether a message of this kind would go there now, in the order asked; for pages and for `send`."""
    name = own or own_name()
    wanted = list(nodes)
    peers = {peer.name: peer for peer in Peer.objects.filter(own=name, name__in=wanted)}
    return [_going(kind, schema, node, name, peers.get(node)) for node in wanted]


def _going(kind: str, schema: int, node: str, own: str, peer: Peer | None) -> Going:
    if node == own:
        code = "itself"
    elif peer is None:
        code = "unknown"
    elif not peer.active:
        code = "suspended"
    elif kind not in (*peer.may_get, *ALWAYS):
        code = "not_granted"
    elif kind not in ALWAYS and peer.understands and schema not in peer.understands.get(kind, ()):
        code = "not_understood"
    else:
        code = "stopped" if peer.stopped else "goes"
    goes, zh, en = _WHY[code]
    return Going(node, goes, code, zh, en)


def reachable(kind: str, *, schema: int = 1, own: str | None = None) -> list[str]:
    """Names of the nodes a message of this kind goes to, sorted."""
    names = Peer.objects.filter(own=own or own_name(), active=True).order_by("name").values_list("name", flat=True)
    return [one.node for one in why(kind, names, schema=schema, own=own) if one.goes]


def send(
    kind: str,
    audience: Collection[str],
    body: Mapping[str, Any],
    *,
    schema: int = 1,
    valid_until: datetime | None = None,
    onward: Collection[str] = (),
    passes_on: Received | None = None,
    own: str | None = None,
    at: datetime | None = None,
) -> UUID:
    """Say something to these nodes, inside the caller's transaction; the message's id.

    An empty audience is nobody: the message is kept and goes nowhere. `onward` are those to whom the recipients may
    pass it on. Raises CannotSend for a recipient it may not go to, FederationError outside a transaction or for a body
    that is no JSON or too large; nothing is sent then.
    """
    name = own or own_name()
    _check(kind, audience)
    for going in why(kind, sorted(set(audience)), schema=schema, own=name):
        if not going.goes:
            raise CannotSend(going.code, f"{going.node}：{going.zh}", f"{kind} does not go to {going.node}: {going.en}")
    return _say(
        kind,
        audience,
        body,
        name=name,
        schema=schema,
        valid_until=valid_until,
        at=at,
        onward=onward,
        passes_on=passes_on,
    )


def say_receipts(peer: Peer, body: Mapping[str, Any], *, at: datetime) -> UUID:
    """The federation's own receipts, as a message to one peer."""
    return _say(RECEIPT, [peer.name], body, name=peer.own, at=at)


def _say(
    kind: str,
    audience: Collection[str],
    body: Mapping[str, Any],
    *,
    name: str,
    schema: int = 1,
    valid_until: datetime | None = None,
    at: datetime | None = None,
    onward: Collection[str] = (),
    passes_on: Received | None = None,
) -> UUID:
    """Keep a message and address it; whether it may go was asked before."""
    said = canonical(body)
    if len(said) > MAX_BODY:
        raise FederationError(f"a message of {kind} has {len(said)} bytes, at most {MAX_BODY} travel; divide it")
    message = Message.objects.create(
        id=uuid4(),
        own=name,
        kind=kind,
        schema=schema,
        body=said.decode(),
        body_hash=digest_of(said),
        at=at or timezone.now(),
        valid_until=valid_until,
        audience=sorted(set(audience)),
        onward=sorted(set(onward)),
        origin_issuer=passes_on.issuer if passes_on else "",
        origin=passes_on.id if passes_on else None,
    )
    peers = Peer.objects.filter(own=name, name__in=message.audience).order_by("name")
    Outbox.objects.bulk_create(Outbox(message=message, peer=peer) for peer in peers)
    for listener in _listeners:
        listener(message.audience)
    return message.id


def _check(kind: str, audience: Collection[str]) -> None:
    if not connection.in_atomic_block:
        raise FederationError(f"{kind} was to be sent outside a transaction; send it inside the act's")
    if KIND.fullmatch(kind) is None:
        raise FederationError(f"{kind!r} is no kind of message")
    if (
        isinstance(audience, str)
        or len(audience) > MAX_AUDIENCE
        or any(NAME.fullmatch(one) is None for one in audience)
    ):
        raise FederationError(f"the audience of a message is at most {MAX_AUDIENCE} names of nodes")


def pass_on(
    received: Received,
    audience: Collection[str],
    *,
    onward: Collection[str] = (),
    body: Mapping[str, Any] | None = None,
    valid_until: datetime | None = None,
) -> UUID:
    """Send a message further, to whom its issuer allows. CannotSend `not_onward` for others.

    When the message is recalled or narrowed, so is this one, by itself.
    """
    from haodun.federation.taking import onward_of

    allowed = set(onward_of(received))
    beyond = sorted({*audience, *onward} - allowed)
    if beyond:
        raise CannotSend(
            "not_onward",
            f"发出节点不允许转给 {'、'.join(beyond)}",
            f"its issuer does not let it go to {', '.join(beyond)}",
        )
    said = received.body if body is None else body
    return send(
        received.kind,
        audience,
        said,
        schema=received.schema,
        onward=onward,
        valid_until=valid_until,
        passes_on=received,
        own=received.own,
    )


def recall(message: UUID, reason: str, *, own: str | None = None) -> tuple[UUID, ...]:
    """Take a message back everywhere, inside the caller's transaction; ids of the recalls that go out.

    To a peer that it has not left for it never goes. A message recalled before: (). FederationError for one not ours.
    """
    with transaction.atomic():
        found = Message.objects.select_for_update().filter(id=message, own=own or own_name()).first()
        if found is None or found.kind in (RECEIPT, RECALL, NARROW):
            raise FederationError(f"{message} is no message of this node that can be recalled")
        if found.recalled_at is not None:
            return ()
        found.recalled_at = timezone.now()
        found.recall_reason = reason[:MAX_SENTENCE]
        found.save(update_fields=["recalled_at", "recall_reason"])
        return _take_back(found, found.audience, reason)


def narrow(
    message: UUID,
    audience: Collection[str],
    *,
    onward: Collection[str] | None = None,
    reason: str = "narrowed",
    own: str | None = None,
) -> tuple[UUID, ...]:
    """Let a message count only for these; the others get a recall, those who stay are told whom they may pass it to.

    Ids of what goes out. FederationError where somebody would be added: that is another message.
    """
    with transaction.atomic():
        found = Message.objects.select_for_update().filter(id=message, own=own or own_name(), recalled_at=None).first()
        if found is None:
            raise FederationError(f"{message} is no message of this node that still stands")
        kept_onward = sorted(set(found.onward if onward is None else onward))
        if not set(audience) <= set(found.audience) or not set(kept_onward) <= set(found.onward):
            raise FederationError("narrowing takes away and never adds; send another message to others")
        gone = sorted(set(found.audience) - set(audience))
        told = sorted(set(audience)) if kept_onward != sorted(found.onward) else []
        found.audience, found.onward = sorted(set(audience)), kept_onward
        found.save(update_fields=["audience", "onward"])
        recalls = _take_back(found, gone, reason)
        if not told:
            return recalls
        body = {"message": str(found.id), "onward": kept_onward}
        return (*recalls, _say(NARROW, told, body, name=found.own))


def _take_back(message: Message, names: Collection[str], reason: str) -> tuple[UUID, ...]:
    waiting = Outbox.objects.select_for_update().filter(message=message, peer__name__in=names, sequence=None)
    withdrawn = [way.pk for way in waiting]
    Outbox.objects.filter(pk__in=withdrawn).update(withdrawn_at=timezone.now())
    left = Outbox.objects.filter(message=message, peer__name__in=names, withdrawn_at=None)
    told = sorted(left.values_list("peer__name", flat=True))
    if not told:
        return ()
    # It waits for a suspended peer too: what is recalled must never stand again because a link was cut meanwhile.
    return (_say(RECALL, told, {"message": str(message.id), "reason": reason[:MAX_SENTENCE]}, name=message.own),)
