"""What a step of an entry does besides the new state; inside the transaction."""

from __future__ import annotations

from datetime import timedelta

from haodun.audit.services import subject_for, subjects_for
from haodun.offices.organisations.services import system
from haodun.offices.transitions.services import SYSTEM, Change, act
from haodun.registry.restrictions.services import next_change
from haodun.registry.trusted_numbers.facts import TrustedChanged
from haodun.registry.trusted_numbers.guards import numbers_are_free
from haodun.registry.trusted_numbers.models import Entry, EntryNumber
from haodun.registry.trusted_numbers.values import VALID_DAYS


def name_numbers(change: Change) -> None:
    """The ledger entry names each number by its subject id."""
    with system():
        numbers = list(EntryNumber.objects.filter(entry__in=change.rows).values_list("number", flat=True))
    if len(numbers) == 1:
        change.subject = subject_for("number", numbers[0])
        return
    change.items += [{"subject": str(one)} for one in subjects_for("number", numbers).values()]


def clear_answer(change: Change) -> None:
    """What was asked to be corrected was corrected."""
    for row in change.rows:
        row.outcome_reason = row.remedy = ""
        row.save(update_fields=["outcome_reason", "remedy"])


def answer(change: Change) -> None:
    """Keep why, and what can be done, for the applicant."""
    for row in change.rows:
        row.outcome_reason, row.remedy = change.reason, str(change.data.get("remedy", "")).strip()
        row.save(update_fields=["outcome_reason", "remedy"])


def close(change: Change) -> None:
    """Nothing more is to be done here."""
    for row in change.rows:
        row.closed_at = change.at
        row.save(update_fields=["closed_at"])


def put_in_force(change: Change) -> None:
    """From now for a year; the entry it renews ends in the same transaction, so no call sees neither."""
    for row in change.rows:
        if row.renews_id is not None and Entry.objects.filter(id=row.renews_id, state="ACTIVE").exists():
            act(SYSTEM, change.table, [row.renews_id], "supersede", key=f"supersede {row.id}", at=change.at)
        change_number = next_change()
        numbers_are_free(change, row)  # again, now that no other approval can come between
        row.valid_from, row.valid_until = change.at, change.at + timedelta(days=VALID_DAYS)
        row.placed_change = row.change = change_number
        row.save(update_fields=["valid_from", "valid_until", "placed_change", "change"])
        with system():
            EntryNumber.objects.filter(entry=row).update(active=True)
        change.emit(TrustedChanged("trusted", row.change))


def take_out(change: Change) -> None:
    """Out of snapshot and directory at once."""
    for row in change.rows:
        row.closed_at, row.change = change.at, next_change()
        row.save(update_fields=["closed_at", "change"])
        with system():
            EntryNumber.objects.filter(entry=row).update(active=False)
        change.emit(TrustedChanged("trusted", row.change))
