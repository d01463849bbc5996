"""Enrolling and revoking an edge on a page: once a form, whoever sends it twice, and with the person in the ledger."""

from __future__ import annotations

from hashlib import sha256
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from haodun.audit.services import canonical
from haodun.offices.organisations.models import Organisation
from haodun.offices.organisations.services import Kind, find
from haodun.offices.transitions.services import Actor, claim, keep
from haodun.registry.policies.edges import enrol, revoke

NETWORKS = (Kind.CARRIER_GROUP, Kind.CARRIER, Kind.RESELLER, Kind.TECHNICAL_CENTRE)
"""Kinds of organisation that run telephone networks, and so edges."""


def networks_of(organisation: UUID) -> QuerySet[Organisation]:
    """Organisations that edges may be enrolled for by people of this one: itself and those below that run networks."""
    found = find().filter(path__contains=[organisation], kind__in=NETWORKS, closed_at=None)
    return found.order_by("province", "name_zh")


def enrol_once(actor: Actor, *, key: str, name: str, organisation: UUID, mode: str) -> str | None:
    """Enrol an edge; its token, None where this very form was carried out before (a token is told once). EdgeRefused.

    Refused for a bad idempotency key.
    """
    with transaction.atomic():
        if claim(actor.user_id, key, _digest("enrol", name, str(organisation), mode)) is not None:
            return None
        token = enrol(name, organisation=organisation, mode=mode, actor=actor)
        keep(actor.user_id, key, ())
    return token


def revoke_once(actor: Actor, *, key: str, name: str) -> None:
    """Revoke an edge; the same form a second time changes nothing. EdgeRefused, Refused."""
    with transaction.atomic():
        if claim(actor.user_id, key, _digest("revoke", name)) is None:
            revoke(name, actor=actor)
            keep(actor.user_id, key, ())


def _digest(*asked: str) -> str:
    return sha256(canonical({"asked": list(asked)})).hexdigest()
