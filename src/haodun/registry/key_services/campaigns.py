"""Clean-up campaigns: plan, what one would be about, how one goes (452号 art. 6, K8)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q

from haodun.offices.organisations.services import readers_of, system
from haodun.offices.transitions.services import Actor, Change, Refused, StepRecord, begin
from haodun.registry.key_services.documents import valid_uscc
from haodun.registry.key_services.models import CleanUp, CleanUpItem, Service
from haodun.registry.key_services.other_effects import in_scope
from haodun.registry.key_services.other_states import CAMPAIGN
from haodun.registry.key_services.states import TABLE
from haodun.registry.key_services.values import MAX_NAME, ServiceKind


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What a campaign would be about, as counted now."""

    services: int
    by_kind: dict[str, int]
    by_carrier: dict[uuid.UUID, int]
    without_landing: int
    """Services none of whose landing numbers is proved."""
    without_persons: int
    """Without legal representative or handler."""
    without_code: int
    """Without a valid unified social credit code."""
    without_use: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How a campaign goes; all are counts of its services."""

    services: int
    checked: int
    """Looked at since it started: found without defect, or flagged."""
    flagged: int
    rectified: int
    """Flagged since it started, rectified and accepted."""
    closed: int
    left: int
    """Neither checked nor closed."""


def plan_campaign(
    actor: Actor, *, name: str, kinds: Sequence[str], opened_before: date, deadline: date, key: str
) -> uuid.UUID:
    """A draft of the actor's own organisation; another person starts it. Refused `words`, `kinds`."""
    if not 0 < len(name.strip()) <= MAX_NAME:
        raise Refused("words", f"名称为 1 至 {MAX_NAME} 字。", f"A name has 1 to {MAX_NAME} characters.")
    chosen = sorted({*kinds} & {*ServiceKind.values})
    if not chosen:
        raise Refused("kinds", "请选择至少一种业务。", "Choose at least one kind of service.")

    def make(change: Change) -> list[CleanUp]:
        organisation = change.actor.organisation_id
        if organisation is None:
            raise Refused("carrier", "没有所属单位。", "A campaign belongs to an organisation.")
        row = CleanUp.objects.create(
            name=name.strip(),
            organisation_id=organisation,
            kinds=chosen,
            opened_before=opened_before,
            deadline=deadline,
            state=CAMPAIGN.initial,
            version=1,
            created_at=change.at,
            readers=readers_of(organisation),
        )
        return [row]

    request = {"name": name, "kinds": chosen, "before": opened_before.isoformat(), "deadline": deadline.isoformat()}
    return begin(actor, CAMPAIGN, "plan", make, key=key, request=request)[0].id


def foresee(row: CleanUp) -> Foreseen:
    """Count what it would be about. Codes are checked by their check characters, the rest by the database."""
    with system():
        found = in_scope(row)
        by_kind = dict(found.values_list("kind").annotate(n=Count("id")).order_by())
        by_carrier = dict(found.values_list("carrier").annotate(n=Count("id")).order_by())
        unproved = found.exclude(landings__verified_at__isnull=False).count()
        persons = found.filter(Q(legal_mark=b"") | Q(handler_mark=b"")).count()
        uses = found.filter(use="").count()
        codes = sum(valid_uscc(code) is None for code in found.values_list("uscc", flat=True).iterator())
    return Foreseen(sum(by_kind.values()), by_kind, by_carrier, unproved, persons, codes, uses)


def progress(row: CleanUp) -> Progress:
    """How it goes, from the steps taken on its services since it started and until it ended."""
    with system():
        items = CleanUpItem.objects.filter(campaign=row)
        total = items.count()
        if row.started_at is None:
            return Progress(total, 0, 0, 0, 0, total)
        services = items.values("service")
        steps = StepRecord.objects.filter(object_type=TABLE.name, object_id__in=services, at__gte=row.started_at)
        if row.ended_at is not None:
            steps = steps.filter(at__lte=row.ended_at)

        def count(*actions: str) -> int:
            return steps.filter(action__in=actions).values("object_id").distinct().count()

        flagged = steps.filter(action="flag").values("object_id")
        rectified = steps.filter(action="accept", object_id__in=flagged).values("object_id").distinct().count()
        return Progress(
            services=total,
            checked=count("check", "flag"),
            flagged=count("flag"),
            rectified=rectified,
            closed=count("close"),
            left=total - count("check", "flag", "close"),
        )


def not_looked_at(row: CleanUp) -> list[Service]:
    """The services of a campaign nobody has looked at since it started; the oldest first, at most a page."""
    steps = StepRecord.objects.filter(object_type=TABLE.name, action__in=("check", "flag", "close"))
    if row.started_at is not None:
        steps = steps.filter(at__gte=row.started_at)
    found = Service.objects.filter(campaigns__campaign=row).exclude(id__in=steps.values("object_id"))
    return list(found.order_by("created_at", "id")[:50])
