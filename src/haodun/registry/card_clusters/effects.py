"""What a step of a cluster does besides the new state; inside the act's transaction."""

from __future__ import annotations

from datetime import timedelta

from haodun.audit.services import subjects_for
from haodun.offices.organisations.services import system
from haodun.offices.transitions.services import BlastRadius, Change
from haodun.registry.card_clusters.models import ClusterCard
from haodun.registry.restrictions.services import Basis, Measure, Source, Text, blast_radius, place
from haodun.registry.subscribers.services import holders_at

SOURCE = "card-cluster"
TERM = timedelta(days=30)
"""How long outgoing calls stop while the holder may be verified again; platform rule."""
REASON = Text(
    "该号码与多张电话卡有相同的证件、设备、地址或集中开卡记录，被认定为异常电话卡，须重新核验。",
    "The card shares a document, device, address or burst of openings with many others and must be verified again.",
)


def note_move(change: Change) -> None:
    """When the last step was taken."""
    for row in change.rows:
        row.moved_at = change.at
        row.save(update_fields=["moved_at"])


def numbers_now(change: Change) -> list[int]:
    """The cluster's numbers that are still held as they were when it was found: nobody answers for another's card."""
    with system():
        rows = ClusterCard.objects.filter(cluster__in=[row.id for row in change.rows])
        found = dict(rows.values_list("number", "interval"))
        held = holders_at(list(found), change.at)
    return sorted(number for number, interval in found.items() if number in held and held[number].interval == interval)


def radius_of(change: Change) -> BlastRadius:
    """What a confirmation restricts."""
    return blast_radius(numbers_now(change), change.at)


def restrict(change: Change) -> None:
    """Outgoing calls of its numbers stop until they are verified again, by restrictions (AFL art. 11)."""
    for row in change.rows:
        numbers = numbers_now(change)
        if numbers:
            place(
                numbers, measure=Measure.OUTGOING, basis=Basis.AFL_11, reason=REASON,
                source=Source(SOURCE, str(row.id)), until=change.at + TERM, actor=change.actor, at=change.at,
                readers=row.readers,
            )  # fmt: skip
        subjects = subjects_for("number", numbers)
        change.items += [{"subject": str(subjects[str(number)])} for number in numbers]
        change.body["numbers"] = len(numbers)
