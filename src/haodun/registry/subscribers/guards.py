"""What must hold before an import or a card above the limit may go on."""

from __future__ import annotations

from haodun.offices.transitions.services import Change, Refused
from haodun.registry.subscribers.limits import MAX_CARDS
from haodun.registry.subscribers.models import ExcessCard, ImportRun


def has_good_rows(change: Change, row: ImportRun) -> None:
    """Nothing is applied where nothing is good. Refused `nothing`."""
    if row.good == 0:
        raise Refused("nothing", "没有可以登记的行。", "There is no row to register.")


def within_the_limit(change: Change, row: ExcessCard) -> None:
    """At most five cards of one document are kept at one party (notice of 2016-09-23). Refused `limit`."""
    kept = ExcessCard.objects.filter(document_mark=row.document_mark, party=row.party, state="CONFIRMED")
    if kept.filter(interval__valid__contains=change.at).count() >= MAX_CARDS:
        raise Refused(
            "limit",
            f"该证件已保留 {MAX_CARDS} 张卡，其余须销户或判为不通过。",
            f"{MAX_CARDS} cards of this document are kept already; the others are closed or not confirmed.",
        )
