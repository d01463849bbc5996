"""What a step of a campaign or of its cards does besides the new state; inside the act's transaction."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from functools import partial
from uuid import UUID

from django.db import transaction

from haodun.audit.services import subject_for, subjects_for
from haodun.offices.jobs.services import defer
from haodun.offices.organisations.services import system
from haodun.offices.transitions.services import BlastRadius, Change, Refused
from haodun.registry.reregistration.models import Campaign, Card, Recording, Sheet
from haodun.registry.reregistration.scope import in_scope, may_be_stopped
from haodun.registry.reregistration.values import OPEN, WAITS
from haodun.registry.reregistration.wording import stop_reason
from haodun.registry.restrictions.services import (
    MAX_TERM,
    Basis,
    Measure,
    Source,
    blast_radius,
    lift,
    place,
)
from haodun.registry.subscribers import sealed_files
from haodun.registry.subscribers.models import HolderInterval
from haodun.registry.subscribers.services import close_many, hold_back

SOURCE = "reregistration"
CHECK_TASK = "reregistration.check_sheet"
APPLY_TASK = "reregistration.apply_sheet"
MOST = 100_000
"""Cards of one campaign: more are split, by province or reseller."""


def note_move(change: Change) -> None:
    """When the last step was taken."""
    for row in change.rows:
        row.moved_at = change.at
        row.save(update_fields=["moved_at"])


def numbers_of(campaign: Campaign, change: Change) -> list[int]:
    """The numbers a campaign would take up now. Refused `too_many`."""
    with system():  # whoever approves may not read every card: all of them count
        found = list(in_scope(campaign, change.at).values_list("interval__number", flat=True)[: MOST + 1])
    numbers = [number for number in found if may_be_stopped(number)]
    if len(numbers) > MOST:
        raise Refused(
            "too_many",
            f"范围内的号码超过 {MOST} 个，请按省份或转售企业分开办理。",
            f"More than {MOST} cards are in its scope; split it by province or reseller.",
        )
    return numbers


def radius_of(change: Change) -> BlastRadius:
    """What would be restricted if nobody registered: all cards in the scope."""
    return blast_radius(numbers_of(change.rows[0], change), change.at)


def note_approval(change: Change) -> None:
    """How many cards were approved, and when."""
    for row in change.rows:
        row.approved_at, row.moved_at = change.at, change.at
        row.approved_numbers = change.blast.numbers if change.blast else 0
        row.save(update_fields=["approved_at", "moved_at", "approved_numbers"])


def name_cards(change: Change) -> None:
    """The ledger names the numbers by their subject ids."""
    subjects = subjects_for("number", [row.number for row in change.rows])
    if len(change.rows) == 1:
        change.subject = subjects[str(change.rows[0].number)]
    else:
        change.items += [{"subject": str(subjects[str(row.number)])} for row in change.rows]


def set_due(change: Change) -> None:
    """When each card's next step is due, by its campaign's days; the rows are saved."""
    campaigns = Campaign.objects.in_bulk({row.campaign_id for row in change.rows})
    for row in change.rows:
        days = getattr(campaigns[row.campaign_id], WAITS[OPEN.index(row.state)]) if row.state in OPEN else None
        row.due_at = None if days is None else change.at + timedelta(days=days)
    Card.objects.bulk_update(change.rows, ["due_at"], batch_size=2_000)


def stop_one_way(change: Change) -> None:
    """Outgoing calls are stopped: a restriction that reaches the snapshot like every other."""
    _place(change, Measure.OUTGOING, "one_way")


def stop_two_way(change: Change) -> None:
    """Calls both ways are stopped; emergency numbers can still be called."""
    _place(change, Measure.BOTH_WAYS, "two_way")


def set_free(change: Change) -> None:
    """What was laid on these cards is lifted at once (AFL art. 32)."""
    laid = [one for row in change.rows for one in (row.one_way, row.two_way) if one is not None]
    if laid:
        by = {row.campaign_id for row in change.rows}
        source = Source(SOURCE, str(min(by)))
        lift(laid, source=source, reason="已补登记，解除限制。", actor=change.actor, at=change.at)


def release(change: Change) -> None:
    """The number is taken back and given to nobody for 90 days; its restrictions lapse with its holder."""
    closed = set(close_many([row.interval_id for row in change.rows], change.at, actor=change.actor.user_id))
    rows = [(row.number, row.readers) for row in change.rows if row.number in closed]
    hold_back(rows, since=change.at)


def _place(change: Change, measure: Measure, column: str) -> None:
    by_campaign: dict[UUID, list[Card]] = defaultdict(list)
    for row in change.rows:
        by_campaign[row.campaign_id].append(row)
    campaigns = Campaign.objects.select_related("organisation").in_bulk(list(by_campaign))
    for campaign, rows in sorted(by_campaign.items()):
        readers = {reader for row in rows for reader in row.readers}
        reason = stop_reason(campaigns[campaign], rows[0].state, change.at)
        placed = place(
            [row.number for row in rows],
            measure=measure,
            basis=Basis.MIIT_REREGISTRATION,
            reason=reason,
            source=Source(SOURCE, f"{campaign.hex} {change.at:%Y%m%dT%H%M%S.%f}"),
            until=change.at + MAX_TERM,
            actor=change.actor,
            at=change.at,
            readers=readers,
        )
        by_number = {one.number: one.id for one in placed}
        for row in rows:
            setattr(row, column, by_number[row.number])
    Card.objects.bulk_update(change.rows, [column], batch_size=2_000)


def name_recordings(change: Change) -> None:
    """The ledger names the numbers by their subject ids, and says how many stops were lifted."""
    rows: list[Recording] = list(change.rows)
    numbers = dict(HolderInterval.objects.filter(pk__in=[row.interval_id for row in rows]).values_list("pk", "number"))
    change.body["lifted"] = sum(row.lifted for row in rows)
    if len(rows) == 1:
        change.subject = subject_for("number", numbers[rows[0].interval_id])
        return
    subjects = subjects_for("number", list(numbers.values()))
    change.items += [{"subject": str(subjects[str(numbers[row.interval_id])])} for row in rows]


def check_later(change: Change) -> None:
    """A job checks the file."""
    for row in change.rows:
        change.then(lambda sheet=row.id: defer(CHECK_TASK, sheet=str(sheet)))  # type: ignore[misc]


def apply_later(change: Change) -> None:
    """A job records the rows."""
    for row in change.rows:
        change.then(lambda sheet=row.id: defer(APPLY_TASK, sheet=str(sheet)))  # type: ignore[misc]


def count_sheet(change: Change) -> None:
    """The ledger says how many rows it was about, and which file."""
    for row in change.rows:
        change.body |= {"good": row.good, "bad": row.bad, "recorded": row.recorded, "lifted": row.lifted}
        change.body["sha256"] = bytes(row.sha256).hex()


def sheet_radius(change: Change) -> BlastRadius:
    """What an application registers. It restricts nobody, so it has no cap."""
    row: Sheet = change.rows[0]
    return BlastRadius(numbers=row.good, holders=0, members=bytes(row.sha256).hex())


def finish_sheet(change: Change) -> None:
    """Note when it was over."""
    for row in change.rows:
        row.finished_at = change.at
        row.save(update_fields=["finished_at"])


def forget_sheet(change: Change) -> None:
    """Its files are gone, once that is committed."""
    for row in change.rows:
        for name in (str(row.id), f"{row.id}-bad"):
            transaction.on_commit(partial(sealed_files.forget, name))
