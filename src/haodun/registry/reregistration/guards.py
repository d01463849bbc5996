"""What must hold before a campaign may go on."""

from __future__ import annotations

from django.utils import timezone

from haodun.offices.organisations.services import system
from haodun.offices.transitions.services import Change, Refused
from haodun.registry.reregistration.models import Campaign, Sheet


def has_cards(change: Change, row: Campaign) -> None:
    """There is something to register again. Refused `nothing`."""
    from haodun.registry.reregistration.scope import in_scope

    with system():
        found = in_scope(row, change.at).exists()
    if not found:
        raise Refused("nothing", "范围内没有未实名的号码。", "No card in its scope lacks a valid real name.")


def begins_by_now(change: Change, row: Campaign) -> None:
    """It starts on its day, not before. Refused `early`."""
    if timezone.localdate(change.at) < row.starts_on:
        raise Refused("early", "还没有到开始日期。", "Its first day has not come yet.")


def has_good_rows(change: Change, row: Sheet) -> None:
    """Nothing is recorded where nothing is good. Refused `nothing`."""
    if row.good == 0:
        raise Refused("nothing", "没有可以登记的行。", "There is no row to record.")
