"""A small kind of row to move in tests: a parcel that is packed, sent, returned; its table, and its cast."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.apps import AppConfig, apps
from django.db import connections, models
from django.utils import timezone

from haodun.audit.services import AuditKind
from haodun.offices.organisations.rls import enable
from haodun.offices.organisations.services import Readers
from haodun.offices.transitions.services import (
    BREAK_GLASS_REVIEW,
    Actor,
    BlastRadius,
    Change,
    ClockKind,
    ClockSpec,
    Outcome,
    Refused,
    State,
    Table,
    Transition,
    Unit,
    act,
    begin,
    members_of,
    wall_states,
)

LABEL = "parcels"
CONFIG = AppConfig("tests.offices.transitions.parcels", sys.modules[__name__])
CONFIG.label, CONFIG.apps, CONFIG.models = LABEL, apps, apps.all_models[LABEL]


@contextmanager
def installed() -> Iterator[None]:
    """Parcels are an application while the block runs, and to nobody else's tests."""
    apps.app_configs[LABEL] = CONFIG
    apps.clear_cache()
    yield
    del apps.app_configs[LABEL]
    apps.clear_cache()


class Parcel(Readers):
    """What the tests move."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    state = models.CharField(max_length=20, default="PACKED")
    version = models.IntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    weight = models.IntegerField(default=1)
    sent = models.IntegerField(default=0)

    class Meta(Readers.Meta):
        app_label = LABEL


PARCELS: Any = Parcel.objects
"""Its rows; typed loosely, since the checker knows the models of installed applications only."""

HOME = uuid.UUID("11111111-1111-1111-1111-111111111111")
ELSEWHERE = uuid.UUID("22222222-2222-2222-2222-222222222222")
ALL = frozenset({"parcel:pack", "parcel:send", "parcel:return", "parcel:force", "parcel:review"})


def person(organisation: uuid.UUID = HOME, *, permissions: frozenset[str] = ALL, **more: Any) -> Actor:
    """Somebody who has given a second proof."""
    given = {"sudo_until": timezone.now() + timedelta(hours=1), **more}
    return Actor(uuid.uuid4(), organisation, "clerk", permissions, **given)


def not_heavy(change: Change, row: Any) -> None:
    if row.weight > 100:
        raise Refused("heavy", "超重", f"a parcel of {row.weight} kg is too heavy")


def radius(change: Change) -> BlastRadius:
    numbers = [row.weight for row in change.rows]
    return BlastRadius(numbers=sum(numbers), holders=len(numbers), members=members_of(numbers))


def count_sent(change: Change) -> None:
    for row in change.rows:
        row.sent += 1
        row.save(update_fields=["sent"])


DELIVERY = ClockSpec("delivery", "送达期限", "Delivery", 24, Unit.HOURS, "test 1", ClockKind.POLICY)
TABLE = Table(
    name="parcel",
    model=f"{LABEL}.Parcel",
    initial="PACKED",
    states=(
        State("PACKED", "已打包", "Packed"),
        State("SENT", "已寄出", "Sent"),
        State("RETURNED", "已退回", "Returned"),
    ),
    transitions=(
        Transition(
            action="pack",
            source=(),
            target="PACKED",
            zh="打包",
            en="Pack",
            permission="parcel:pack",
            kind=AuditKind.ORDER_FILED,
            guards=(not_heavy,),
            starts=(DELIVERY,),
        ),
        Transition(
            action="send",
            source=("PACKED",),
            target="SENT",
            zh="寄出",
            en="Send",
            permission="parcel:send",
            kind=AuditKind.ORDER_APPROVED,
            guards=(not_heavy,),
            not_by=("pack",),
            needs_sudo=True,
            blast=radius,
            cap="parcels.weight",
            effects=(count_sent,),
            stops=("delivery",),
        ),
        Transition(
            action="return",
            source=("SENT",),
            target="RETURNED",
            zh="退回",
            en="Return",
            permission="parcel:return",
            kind=AuditKind.ORDER_REVERSED,
            needs_reason=True,
        ),
        Transition(
            action="force",
            source=("PACKED",),
            target="SENT",
            zh="强制寄出",
            en="Force",
            permission="parcel:force",
            kind=AuditKind.ORDER_APPROVED,
            needs_sudo=True,
            break_glass=True,
            effects=(count_sent,),
        ),
        Transition(
            action="review",
            source=("SENT",),
            target="SENT",
            zh="复核",
            en="Review",
            permission="parcel:review",
            kind=AuditKind.ORDER_REPORTED,
            not_by=("force",),
            stops=(BREAK_GLASS_REVIEW,),
        ),
    ),
)


def with_effect(effect: Callable[[Change], None]) -> Table:
    """The table with one more effect of the step `force`."""
    steps = tuple(
        replace(step, effects=(*step.effects, effect)) if step.action == "force" else step for step in TABLE.transitions
    )
    return Table(TABLE.name, TABLE.model, TABLE.initial, TABLE.states, steps)


def make_table(owner_url: str) -> None:
    """Create the parcels' table as its owner, with the powerless role's rights."""
    with connections["owner"].schema_editor() as editor:
        editor.create_model(Parcel)
    with connections["owner"].cursor() as cursor:
        cursor.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON parcels_parcel TO haodun_app")
        for statement in enable("parcels_parcel").sql:
            cursor.execute(str(statement))
    connections["owner"].close()
    wall_states(owner_url, [TABLE])


def packed(by: Actor, *, count: int = 1, weight: int = 1, key: str = "") -> tuple[Outcome, ...]:
    """Pack some parcels that everybody at home may read."""

    def make(change: Change) -> Any:
        return PARCELS.bulk_create(Parcel(readers=[HOME], weight=weight) for _ in range(count))

    asked = {"count": count, "weight": weight}
    return begin(by, TABLE, "pack", make, key=key or uuid.uuid4().hex, request=asked)


def send(by: Actor, ids: Sequence[uuid.UUID], *, key: str = "", weight: int = 1, **more: Any) -> tuple[Outcome, ...]:
    """Send parcels after having looked at what that hits."""
    seen = BlastRadius(numbers=weight * len(ids), holders=len(ids), members=members_of([weight] * len(ids))).digest()
    return act(by, TABLE, ids, "send", key=key or uuid.uuid4().hex, **{"seen": seen, **more})
