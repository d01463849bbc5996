"""Running campaigns take up cards and take the steps that are due; what was registered is set free at once.

Theory of operation. All is set-based: a step moves up to MAX_ROWS cards in one act(), which places or lifts in one
statement each. The key of an act names the cards' campaign and the moment, so a run that is killed is done again and
finds in the states what is left. A card moves one step a run, and its next waiting time begins when it was taken.
A card whose notice was not handed over yet stays where it is (`handing_over`).
No step waits longer than MAX_WAIT days, so that the next comes before its restriction ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from haodun.offices.organisations.services import system
from haodun.offices.transitions.services import SYSTEM, Change, act, begin
from haodun.registry.reregistration.handing_over import hand_all_over
from haodun.registry.reregistration.models import Campaign, Card, HolderNotice
from haodun.registry.reregistration.scope import in_scope, may_be_stopped
from haodun.registry.reregistration.states import CARD
from haodun.registry.reregistration.values import OPEN
from haodun.registry.subscribers.facts import StatesChanged
from haodun.registry.subscribers.models import Registration
from haodun.registry.subscribers.services import RealName

PART = 5_000
"""Cards of one act."""
STEPS = {"TWO_WAY_STOP": "release", "ONE_WAY_STOP": "stop_two_way", "REMINDED": "stop_one_way", "NOTIFIED": "remind"}
"""State → the step that follows; the last first, so that no card moves twice in a run."""


def advance(at: datetime | None = None) -> dict[str, int]:
    """One run over all campaigns; how many cards took each step."""
    now = timezone.now() if at is None else at
    done = {"registered": settle(now), "lapse": _lapse(now)}
    with system():
        running = list(Campaign.objects.filter(state="RUNNING").order_by("created_at", "id"))
    for campaign in running:
        for state, action in STEPS.items():
            done[action] = done.get(action, 0) + _step(campaign, state, action, now)
        done["notify"] = done.get("notify", 0) + _take_up(campaign, now)
    hand_all_over(now)
    return done


def settle(at: datetime, intervals: Iterable[int] | None = None) -> int:
    """Open cards whose register now says `valid` become REGISTERED and are set free; of these intervals, or of all."""
    with system():
        rows = Registration.objects.filter(status=RealName.VALID, recorded__upper_inf=True, valid__contains=at)
        if intervals is not None:
            rows = rows.filter(interval__in=list(intervals))
        open_cards = Card.objects.filter(state__in=OPEN)
        if intervals is not None:
            open_cards = open_cards.filter(interval__in=list(intervals))
        ids = list(open_cards.filter(interval__in=rows.values("interval")).order_by("id").values_list("id", flat=True))
    return _act(ids, "registered", at)


def on_states_changed(fact: StatesChanged) -> None:
    """Whoever was registered is set free in the same transaction."""
    settle(timezone.now(), fact.intervals)


def _lapse(at: datetime) -> int:
    """Cards whose holder gave the number up go no further."""
    with system():
        gone = Card.objects.filter(state__in=OPEN).exclude(interval__valid__contains=at)
        ids = list(gone.order_by("id").values_list("id", flat=True))
    return _act(ids, "lapse", at)


def _step(campaign: Campaign, state: str, action: str, at: datetime) -> int:
    with system():
        due: QuerySet[Any] = Card.objects.filter(campaign=campaign, state=state, due_at__lte=at)
        untold = HolderNotice.objects.filter(card=OuterRef("id"), step=state, handed_over_at=None)
        due = due.exclude(Exists(untold))
        ids = list(due.order_by("id").values_list("id", flat=True))
    return _act(ids, action, at)


def _act(ids: list[UUID], action: str, at: datetime) -> int:
    for part in _parts(ids):
        act(SYSTEM, CARD, part, action, key=uuid4().hex, at=at)
    return len(ids)


def _take_up(campaign: Campaign, at: datetime) -> int:
    """Cards in the scope that it has not yet, no more than were approved."""
    with system():
        room = campaign.approved_numbers - campaign.cards.count()
        found = (
            in_scope(campaign, at).order_by("interval").values_list("interval", "interval__number", "interval__readers")
        )
        fresh = [row for row in found[: max(0, room)] if may_be_stopped(row[1])]
    for part in _parts(fresh):
        begin(
            SYSTEM,
            CARD,
            "notify",
            lambda change, part=part: _rows(change, campaign, part),  # type: ignore[misc]
            key=uuid4().hex,
            request={"campaign": str(campaign.id), "cards": len(part)},
            at=at,
        )
    return len(fresh)


def _rows(change: Change, campaign: Campaign, found: list[tuple[int, int, list[UUID]]]) -> list[Card]:
    return Card.objects.bulk_create(
        (
            Card(
                campaign=campaign,
                interval_id=interval,
                number=number,
                state=CARD.initial,
                version=1,
                created_at=change.at,
                readers=sorted({*readers, *campaign.readers}),
            )
            for interval, number, readers in found
        ),
        batch_size=2_000,
    )


def _parts(rows: list[Any]) -> Iterator[list[Any]]:
    for start in range(0, len(rows), PART):
        yield rows[start : start + PART]
