"""What must hold before a question may go on."""

from __future__ import annotations

from haodun.offices.transitions.services import Change, Refused
from haodun.registry.own_cards.models import CardQuestion
from haodun.registry.own_cards.values import LAPSES


def too_late(change: Change, row: CardQuestion) -> None:
    """A question lapses when an answer is of no use any more. Refused `early`."""
    if change.at < row.created_at + LAPSES:
        raise Refused(
            "early",
            f"提出不满 {LAPSES.days} 天的查询应当答复，不能失效。",
            f"A question younger than {LAPSES.days} days is answered; it does not lapse.",
        )
