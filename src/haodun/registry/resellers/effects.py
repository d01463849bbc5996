"""What a step of a case does besides the new state; inside the act's transaction."""

from __future__ import annotations

from haodun.offices.organisations.services import readers_of
from haodun.offices.transitions.services import Change
from haodun.registry.number_plan.services import Stopped, lift_stop, stop_supply
from haodun.registry.resellers.models import Proof

SOURCE = "转售企业检查 W2e"


def note_move(change: Change) -> None:
    """When the last step was taken."""
    for row in change.rows:
        row.moved_at = change.at
        row.save(update_fields=["moved_at"])


def tell_parties(change: Change) -> None:
    """The reseller and its host carrier read the case from now on."""
    for row in change.rows:
        row.readers = sorted({*row.readers, *readers_of(row.reseller_id, row.host_id)})
        row.save(update_fields=["readers"])
        Proof.objects.filter(case=row).update(readers=row.readers)


def stop_numbers(change: Change) -> None:
    """The number plan gives it nothing new."""
    _stop(change, Stopped.NUMBERS)


def stop_users(change: Change) -> None:
    """The register takes no new user of it."""
    _stop(change, Stopped.USERS)


def give_numbers(change: Change) -> None:
    """The number plan gives again."""
    for row in change.rows:
        lift_stop(row.id, Stopped.NUMBERS, at=change.at)


def take_users(change: Change) -> None:
    """The register takes new users again."""
    for row in change.rows:
        lift_stop(row.id, Stopped.USERS, at=change.at)


def _stop(change: Change, what: Stopped) -> None:
    for row in change.rows:
        stop_supply(row.reseller_id, what, case=row.id, at=change.at, province=row.province, source=SOURCE)
