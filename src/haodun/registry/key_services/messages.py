"""The blacklist between nodes: who is listed here is refused there (452号; W2f: shared, permanent until review).

One message for one party, to every node that may get the kind; nodes enrolled later are told by the hourly round. A
removal recalls the message. Only the node that listed a party reviews it: elsewhere its row cannot be moved by hand.
Of a person the document goes, since the other node must recognise it under its own key, and no name but its first
character; the way between nodes must be closed to others (docs/design/federation.md).
"""

from __future__ import annotations

import uuid
from datetime import datetime
from uuid import UUID

import msgspec
from django.db import transaction

from haodun.federation.services import (
    Received,
    Refuse,
    executed,
    reachable,
    recall,
    send,
    subscribe,
)
from haodun.offices.organisations.services import readers_of, system
from haodun.offices.peering.services import operator
from haodun.offices.transitions.services import SYSTEM, Change, act, begin
from haodun.registry.key_services.blacklist import IN_FORCE
from haodun.registry.key_services.documents import DOCUMENT, NAME, canonical, cipher, mark_of, masked_name, valid_uscc
from haodun.registry.key_services.facts import PartyListed
from haodun.registry.key_services.models import Listing, ListingTold
from haodun.registry.key_services.other_states import LISTING
from haodun.registry.key_services.values import MAX_NAME, Breach, PartyKind

KIND = "listing"
NOTE = "由其他节点列入，事实和复查由该节点掌握。"


class Entry(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Schema 1 of kind `listing`."""

    breach: Breach
    document: str
    """Of a person, or of a firm's legal representative; '' where unknown."""
    listed_at: datetime
    name: str
    """A firm's; of a person the first character and stars."""
    party: PartyKind
    uscc: str


def register() -> None:
    """Take listings of other nodes."""
    subscribe(KIND, 1, take, zh="黑名单", en="Blacklist entry", undo=undo)


def on_listed(fact: PartyListed) -> None:
    """Tell the nodes of what was listed or removed here, in the transaction that did it."""
    with system():
        row = Listing.objects.get(id=fact.listing)
        if row.node:
            return
        if fact.listed:
            _tell(row, reachable(KIND))
        else:
            _take_back(row)


def tell_late() -> int:
    """Tell the nodes that were enrolled or granted the kind after a party was listed; how many messages."""
    sent = 0
    with system(), transaction.atomic():
        nodes = reachable(KIND)
        for row in Listing.objects.filter(node="", state__in=IN_FORCE).order_by("listed_at") if nodes else ():
            sent += _tell(row, nodes)
    return sent


def _tell(row: Listing, nodes: list[str]) -> int:
    """One message to those who were not told yet."""
    told = set(row.told.values_list("node", flat=True))
    due = [node for node in nodes if node not in told]
    if not due or row.listed_at is None:
        return 0
    said = Entry(
        breach=Breach(row.breach),
        document=cipher().open(bytes(row.document_sealed), place=DOCUMENT),
        listed_at=row.listed_at,
        name=row.masked,
        party=PartyKind(row.kind),
        uscc=row.uscc,
    )
    message = send(KIND, due, msgspec.to_builtins(said))
    ListingTold.objects.bulk_create(ListingTold(listing=row, node=node, message=message) for node in due)
    return 1


def _take_back(row: Listing) -> None:
    for message in sorted(set(row.told.values_list("message", flat=True))):
        recall(message, "removed from the blacklist after a review")
    row.told.all().delete()


def take(received: Received) -> None:
    """List the party here too, at once and for everybody. Refuse."""
    try:
        said = msgspec.convert(dict(received.body), Entry)
    except msgspec.ValidationError as error:
        raise Refuse("bad_body", f"it is no listing of schema 1: {error}") from error
    document = canonical(said.document) or ""
    firm = said.party is PartyKind.FIRM
    if (firm and valid_uscc(said.uscc) != said.uscc) or (not firm and not document):
        raise Refuse("bad_body", "a firm has a valid unified social credit code, a person a valid document number")
    if not 0 < len(said.name) <= MAX_NAME or said.listed_at.tzinfo is None:
        raise Refuse("bad_body", f"a listing has a name of 1 to {MAX_NAME} characters and a time with its zone")
    runs = operator()
    if runs is None:
        raise Refuse("operator", "no organisation is said to run this node; nobody here could read the listing")
    with system():
        made = begin(
            SYSTEM, LISTING, "receive", lambda change: [_row(change, received, said, document, runs)],
            key=f"listing {received.id}", request={"node": received.issuer, "message": str(received.id)},
        )[0].id  # fmt: skip
        act(SYSTEM, LISTING, [made], "adopt", key=f"adopt {received.id}")
    executed(received.id, {"listed": 1}, own=received.own)


def _row(change: Change, received: Received, said: Entry, document: str, runs: UUID) -> Listing:
    seal = cipher()
    name = said.name if said.party is PartyKind.FIRM else masked_name(said.name)
    return Listing.objects.create(
        id=uuid.uuid4(),
        kind=said.party,
        name_sealed=seal.seal(name, place=NAME),
        masked=name,
        uscc=said.uscc if said.party is PartyKind.FIRM else "",
        document_sealed=seal.seal(document, place=DOCUMENT),
        document_mark=mark_of(document),
        breach=said.breach,
        note=NOTE,
        organisation_id=runs,
        node=received.issuer,
        message=received.id,
        state=LISTING.initial,
        version=1,
        created_at=change.at,
        moved_at=change.at,
        readers=readers_of(runs),
    )


def undo(asked: Received, before: Received) -> None:
    """Its node removed the party after a review; it refuses nobody here either. A person listed here too stays so."""
    with system():
        found = Listing.objects.filter(node=before.issuer, message=before.id, state__in=IN_FORCE).values_list("id")
        rows = [row for (row,) in found]
        if rows:
            act(SYSTEM, LISTING, rows, "withdraw", key=f"withdraw {asked.id}")
    executed(asked.id, {"removed": len(rows)}, own=asked.own)
