"""What a step of a revision does besides the new state; inside the act's transaction."""

from __future__ import annotations

from uuid import UUID

from haodun.federation.services import own_name
from haodun.offices.organisations.services import Kind, find, readers_of, system
from haodun.offices.transitions.services import SYSTEM, Change, act, table_named
from haodun.registry.policy_revisions.facts import PolicyChanged
from haodun.registry.policy_revisions.in_force import kept
from haodun.registry.policy_revisions.models import Comparison, Revision

BOUND = (Kind.MINISTRY, Kind.BUREAU, Kind.CARRIER_GROUP, Kind.CARRIER, Kind.TECHNICAL_CENTRE)
"""Kinds of organisation whose roles read policies: those of this node read what is published for them."""


def note_move(change: Change) -> None:
    """When the last step was taken; which text it was about."""
    for row in change.rows:
        row.moved_at = change.at
        row.save(update_fields=["moved_at"])
        change.body |= {"number": row.number, "digest": change.data.get("digest", row.digest)}


def publish(change: Change) -> None:
    """It is in force from now on, and whoever it binds reads it; the one before is superseded in the same act."""
    (row,) = change.rows
    with system():
        before = Revision.objects.filter(in_force=True).first()
        if before is not None:
            act(SYSTEM, table_named("policy_revision"), [before.id], "supersede", key=f"by {row.id}", at=change.at)
        row.published_at, row.in_force = change.at, True
        row.readers = sorted({*row.readers, *readers_of(*_bound())})
        row.save(update_fields=["published_at", "in_force", "readers"])
        Comparison.objects.filter(revision=row).update(readers=row.readers)
        kept(row)
    change.body |= {"replaces": 0 if before is None else before.number}
    change.emit(PolicyChanged(row.id, row.number))


def supersede(change: Change) -> None:
    """It is in force no longer."""
    for row in change.rows:
        row.in_force, row.superseded_at = False, change.at
        row.save(update_fields=["in_force", "superseded_at"])


def _bound() -> list[UUID]:
    here = ("local", own_name())
    return [one.id for kind in BOUND for one in find(kind=kind).filter(home_node__in=here)]
