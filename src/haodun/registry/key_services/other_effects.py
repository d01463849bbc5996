"""Guards and effects of campaigns, agents and listings; inside the act's transaction."""

from __future__ import annotations

from datetime import datetime, time

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_noop

from haodun.audit.services import subject_for
from haodun.offices.organisations.services import system
from haodun.offices.transitions.services import (
    SYSTEM,
    Change,
    ClockKind,
    ClockSpec,
    Refused,
    Unit,
    act,
    start,
    stop,
)
from haodun.registry.key_services.blacklist import everybody
from haodun.registry.key_services.facts import PartyListed
from haodun.registry.key_services.models import Agent, CleanUp, CleanUpItem, Listing, Service
from haodun.registry.key_services.values import Breach

DEADLINE = "cleanup_deadline"
PARTY = "party"
"""Kind of ledger subject of a firm or person on the blacklist."""
LIVE = ("ACTIVE", "FLAGGED", "RECTIFY_ORDERED", "RECTIFIED", "SUSPENDED")
BATCH = 5_000


def in_scope(row: CleanUp) -> QuerySet[Service]:
    """The services a campaign is about, as they are now: what its organisation and those below it answer for."""
    first = timezone.make_aware(datetime.combine(row.opened_before, time.min))
    opened = Q(existing_since__lt=first) | Q(existing_since=None, created_at__lt=first)
    found: QuerySet[Service] = Service.objects.filter(
        opened, kind__in=row.kinds, state__in=LIVE, readers__contains=[row.organisation_id]
    )
    return found


def deadline_is_ahead(change: Change, row: CleanUp) -> None:
    """A campaign has time left when it starts. Refused `deadline`."""
    if row.deadline <= timezone.localdate(change.at):
        raise Refused("deadline", "截止日须晚于今天。", "The deadline must be later than today.")


def has_services(change: Change, row: CleanUp) -> None:
    """A campaign is about something. Refused `empty`."""
    with system():
        found = in_scope(row).exists()
    if not found:
        raise Refused("empty", "范围内没有业务。", "There is no service in its scope.")


def fix_items(change: Change) -> None:
    """The services it is about are those of this moment; later ones are not added."""
    with system():
        for row in change.rows:
            services = in_scope(row).order_by("id").values_list("id", "readers")
            items: list[CleanUpItem] = []
            for service, readers in services.iterator(chunk_size=BATCH):
                items.append(CleanUpItem(campaign=row, service_id=service, readers=readers))
                if len(items) == BATCH:
                    CleanUpItem.objects.bulk_create(items)
                    items = []
            CleanUpItem.objects.bulk_create(items)
            change.body["services"] = CleanUpItem.objects.filter(campaign=row).count()


def start_deadline(change: Change) -> None:
    """The campaign's own deadline as a clock, in days: it ends at 24:00 of the day named."""
    for row in change.rows:
        days = (row.deadline - timezone.localdate(change.at)).days
        spec = ClockSpec(
            name=DEADLINE,
            zh="清理截止",
            en="Clean-up deadline",
            amount=days,
            unit=Unit.DAYS,
            source=gettext_noop("452 号文第六条；截止日由行动规定"),
            kind=ClockKind.POLICY,
        )
        start(change.table.name, [row], spec, at=change.at)
        row.started_at = change.at
        row.save(update_fields=["started_at"])


def stop_deadline(change: Change) -> None:
    """It is over."""
    stop(change.table.name, [row.id for row in change.rows], [DEADLINE], at=change.at)
    for row in change.rows:
        row.ended_at = change.at
        row.save(update_fields=["ended_at"])


def names_a_breach(change: Change, row: Agent) -> None:
    """A breach has a kind and something that shows it. Refused `breach`."""
    if change.data.get("breach") not in Breach.values or not str(change.data.get("note", "")).strip():
        raise Refused("breach", "请选择违规类型并写明依据。", "Choose the breach and say what shows it.")


def note_breach(change: Change) -> None:
    """What the agent did."""
    for row in change.rows:
        row.breach = change.data["breach"]
        row.breach_note = str(change.data["note"]).strip()
        row.moved_at = change.at
        row.save(update_fields=["breach", "breach_note", "moved_at"])
        change.body["breach"] = row.breach


def clear_breach(change: Change) -> None:
    """It did not."""
    for row in change.rows:
        row.breach, row.breach_note, row.moved_at = "", "", change.at
        row.save(update_fields=["breach", "breach_note", "moved_at"])


def note_move(change: Change) -> None:
    """When the last step was taken."""
    for row in change.rows:
        row.moved_at = change.at
        row.save(update_fields=["moved_at"])


def name_party(change: Change) -> None:
    """The ledger entry names the party by a random subject id."""
    if len(change.rows) == 1:
        row = change.rows[0]
        change.subject = subject_for(PARTY, row.uscc or bytes(row.document_mark).hex())


def listed_here(change: Change, row: Listing) -> None:
    """Only the node that listed a party reviews it. Refused `other_node`."""
    if row.node:
        raise Refused(
            "other_node",
            f"由节点 {row.node} 列入，请向该节点提请复查；它移出后这里同时移出。",
            f"Node {row.node} listed it; ask that node for a review. Once it removes the entry, so does this one.",
        )


def share(change: Change) -> None:
    """From now on everybody who takes on users reads it and is refused by it; an agent of that name is marked."""
    shared = everybody()
    for row in change.rows:
        row.readers = sorted({*row.readers, *shared})
        row.listed_at, row.moved_at = change.at, change.at
        row.save(update_fields=["readers", "listed_at", "moved_at"])
        _move_agent(row, "blacklist", source="REVOKED")
        change.emit(PartyListed(row.id, True))


def unshare(change: Change) -> None:
    """The listing no longer refuses anybody; that it was there stays readable."""
    for row in change.rows:
        row.moved_at = change.at
        row.save(update_fields=["moved_at"])
        _move_agent(row, "free", source="BLACKLISTED")
        change.emit(PartyListed(row.id, False))


def _move_agent(row: Listing, action: str, *, source: str) -> None:
    from haodun.registry.key_services.other_states import AGENT

    if row.agent_id is not None and Agent.objects.filter(id=row.agent_id, state=source).exists():
        act(SYSTEM, AGENT, [row.agent_id], action, key=f"{action} {row.id}.{row.version}"[:80])
