"""Who stands on the blacklist that the industry shares (452号; RULES.md W2f); the one place that asks the table."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.db.models import Q

from haodun.offices.organisations.services import Kind, find, readers_of, system
from haodun.registry.key_services.documents import mark_of, valid_uscc
from haodun.registry.key_services.models import Listing
from haodun.registry.key_services.values import Breach, Listed, PartyKind

IN_FORCE = ("LISTED", "REVIEW")
"""States in which a party is refused: it stays listed while it is reviewed."""
SHARED_WITH = (Kind.MINISTRY, Kind.BUREAU, Kind.CARRIER_GROUP, Kind.CARRIER, Kind.RESELLER)
"""Everybody who takes on users or watches over those who do."""


def is_listed(party: str) -> Listed | None:
    """Whether a firm (unified social credit code) or a person (document number) stands on the blacklist.

    None where not, and for a text that is neither. Answers for everybody: the list is shared.
    """
    uscc = valid_uscc(party)
    return listed_party(uscc=uscc or "", marks=() if uscc else (mark_of(party),))


def listed_party(*, uscc: str, marks: Iterable[bytes]) -> Listed | None:
    """The oldest listing of a firm or of one of the persons with these marks."""
    wanted = Q()
    if uscc:
        wanted |= Q(uscc=uscc)
    known = [mark for mark in marks if mark]
    if known:
        wanted |= Q(document_mark__in=known)
    if not wanted:
        return None
    with system():
        found = Listing.objects.filter(wanted, state__in=IN_FORCE).order_by("listed_at").first()
    if found is None or found.listed_at is None:
        return None
    return Listed(found.id, PartyKind(found.kind), Breach(found.breach), found.listed_at, found.organisation_id)


def everybody() -> list[uuid.UUID]:
    """The readers of what the industry shares."""
    return readers_of(*find().filter(kind__in=SHARED_WITH).values_list("id", flat=True))
