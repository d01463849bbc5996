"""Lift restrictions, inside the transaction of the act that decides it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from haodun.offices.organisations.services import system
from haodun.offices.transitions.services import Actor, emit
from haodun.registry.restrictions.changes import hold, next_change
from haodun.registry.restrictions.facts import RestrictionsChanged
from haodun.registry.restrictions.ledger import record_lifted
from haodun.registry.restrictions.models import RestrictionRow
from haodun.registry.restrictions.reading import restriction_of
from haodun.registry.restrictions.values import MAX_REASON, Restriction, RestrictionRefused, Source


def lift(
    ids: Collection[UUID], *, source: Source, reason: str, actor: Actor, at: datetime | None = None
) -> list[Restriction]:
    """Lift restrictions at once (反电信网络诈骗法 art. 32), inside the caller's transaction; in number order.

    What was lifted before is returned as it is. A number that another source also restricts stays restricted until the
    last is lifted. RestrictionRefused `unknown` for an id that is none. Emits RestrictionsChanged.
    """
    at = timezone.now() if at is None else at
    with system(), transaction.atomic():
        hold()
        rows = list(RestrictionRow.objects.select_for_update().filter(pk__in=ids).order_by("pk"))
        if len(rows) != len(set(ids)):
            raise RestrictionRefused(
                "unknown", zh="有限制不存在，未解除。", en="One is no restriction; none was lifted."
            )
        opened = [row for row in rows if row.lifted_at is None]
        if opened:
            change = next_change()
            for row in opened:
                row.lifted_at, row.change = max(at, row.starts), change
                row.lift_source_kind, row.lift_source_id = source.kind, source.id
                row.lift_reason = reason[:MAX_REASON]
            fields = ["lifted_at", "change", "lift_source_kind", "lift_source_id", "lift_reason"]
            RestrictionRow.objects.bulk_update(opened, fields, batch_size=2_000)
            record_lifted(opened, actor=actor, source=source, reason=reason)
            emit(RestrictionsChanged(change=change, cause="lifted", restrictions=tuple(row.pk for row in opened)))
    return [restriction_of(row) for row in sorted(rows, key=lambda row: row.number)]
