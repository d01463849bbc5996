"""What a step of an import or of a card above the limit does besides the new state; inside the transaction."""

from __future__ import annotations

from haodun.audit.services import subject_for
from haodun.offices.jobs.services import defer
from haodun.offices.transitions.services import BlastRadius, Change, Refused
from haodun.registry.subscribers.facts import CardRefused
from haodun.registry.subscribers.holders import close_interval
from haodun.registry.subscribers.import_runs import drop_rows
from haodun.registry.subscribers.models import HolderInterval, ImportRun
from haodun.registry.subscribers.recording import set_state
from haodun.registry.subscribers.values import SubscriberRefused

CHECK_TASK = "subscribers.check_import"
APPLY_TASK = "subscribers.apply_import"


def check_later(change: Change) -> None:
    """The file is checked by a job, unless whoever made the run checks it at once (`data.now`)."""
    if not change.data.get("now"):
        for row in change.rows:
            change.then(lambda run=row.id: defer(CHECK_TASK, run=str(run)))  # type: ignore[misc]


def apply_later(change: Change) -> None:
    """The rows are applied by a job, unless the caller does so at once (`data.now`)."""
    if not change.data.get("now"):
        for row in change.rows:
            change.then(lambda run=row.id: defer(APPLY_TASK, run=str(run)))  # type: ignore[misc]


def count_import(change: Change) -> None:
    """The ledger says how many rows it was about, and which file."""
    for row in change.rows:
        change.body |= {"good": row.good, "bad": row.bad, "applied": row.applied, "late": row.late}
        change.body["sha256"] = bytes(row.sha256).hex()


def import_radius(change: Change) -> BlastRadius:
    """What an application registers. It restricts nobody, so it has no cap."""
    row: ImportRun = change.rows[0]
    counts = row.summary
    return BlastRadius(
        numbers=row.good,
        holders=counts.get("holders", 0),
        provinces=counts.get("province", {}),
        carriers=counts.get("carrier", {}),
        members=bytes(row.sha256).hex(),
    )


def drop(change: Change) -> None:
    """Its rows and files are gone."""
    for row in change.rows:
        drop_rows(row)


def finish(change: Change) -> None:
    """Note when it was over."""
    for row in change.rows:
        row.finished_at = change.at
        row.save(update_fields=["finished_at"])


def name_card(change: Change) -> None:
    """The ledger names the numbers by their subject ids."""
    numbers = dict(
        HolderInterval.objects.filter(pk__in=[row.interval_id for row in change.rows]).values_list("pk", "number")
    )
    if len(change.rows) == 1:
        change.subject = subject_for("number", numbers[change.rows[0].interval_id])
    else:
        change.items += [{"subject": str(subject_for("number", numbers[row.interval_id]))} for row in change.rows]


def decide(change: Change) -> None:
    """Note when."""
    for row in change.rows:
        row.decided_at = change.at
        row.save(update_fields=["decided_at"])


def confirm_card(change: Change) -> None:
    """The holder was checked again, and that is recorded from now on."""
    decide(change)
    ids = [row.interval_id for row in change.rows]
    set_state(ids, since=change.at, checked=True, source="check", actor=change.actor.user_id)


def close_card(change: Change) -> None:
    """The number is given up: its interval ends now."""
    decide(change)
    for row in change.rows:
        try:
            close_interval(row.interval.number, change.at, actor=change.actor.user_id)
        except SubscriberRefused as refused:
            raise Refused(refused.code, refused.zh, str(refused)) from refused


def refuse_card(change: Change) -> None:
    """The real name is not confirmed; whoever restricts hears of it (CardRefused)."""
    decide(change)
    ids = [row.interval_id for row in change.rows]
    set_state(ids, since=change.at, status="failed", checked=True, source="check", actor=change.actor.user_id)
    change.emit(CardRefused(intervals=tuple(sorted(ids))))
