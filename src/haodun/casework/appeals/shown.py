"""How appeals look on pages: rows of the queue, verbs with their sentences, steps taken; no HTML."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.contrib.auth import get_user_model
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from haodun.casework.appeals.models import Appeal
from haodun.casework.appeals.references import grouped
from haodun.casework.appeals.sayings import saying
from haodun.casework.appeals.states import TABLE
from haodun.casework.orders import shown as of_orders
from haodun.offices.transitions.services import Actor, Preview, StepRecord, clocks_of

VERBS = (
    "acknowledge", "take_up", "lift", "lift_in_part", "uphold",
    "accept", "decline", "lift_finally", "uphold_finally", "go_to_court",
)  # fmt: skip
"""Verbs with a button, in their order: what frees somebody stands first."""
TONES = {
    "APPEALED": ("neu", "inbox"),
    "ACKNOWLEDGED": ("two", "scale"),
    "REVIEW": ("info", "eye"),
    "UPHELD": ("neu", "x"),
    "LIFTED": ("ok", "circle-check"),
    "PARTIAL": ("ok", "check"),
    "ESCALATED": ("two", "arrow-right"),
    "ACCEPTED": ("info", "eye"),
    "COURT": ("neu", "scale"),
    "CLOSED": ("neu", "check"),
}
"""Tone and icon of each state's chip (CONSOLE.md §3)."""


def state_of(appeal: Appeal) -> str:
    """The state in the page's language."""
    return of_orders.titled(TABLE.state(appeal.state))


def told(action: str) -> str:
    """What somebody did, as a history says it."""
    return str(saying(action).told)


def rows(appeals: Sequence[Any]) -> list[dict[str, Any]]:
    """Rows of the queue; the appeals have `due` (queries.readable)."""
    now = timezone.now()
    people = people_of(one.reviewer for one in appeals if one.reviewer)
    clocks: dict[uuid.UUID, list[Any]] = {}
    for clock in clocks_of(TABLE.name, [one.id for one in appeals]):
        clocks.setdefault(clock.object_id, []).append(clock)
    return [
        {
            **row_in_short(one),
            "late": one.due < now,
            "clock": of_orders.clock_of(clocks.get(one.id, [])),
            "under": one.order.document if one.order else "",
            "category": one.get_ground_display(),
            "number": one.number,
            "officer": people.get(one.reviewer, ""),
        }
        for one in appeals
    ]


def row_in_short(one: Appeal) -> dict[str, Any]:
    """What a list on another case's page says of an appeal: reference, address, state, when."""
    tone, icon = TONES[one.state]
    return {
        "id": one.id,
        "document": grouped(one.reference),
        "address": reverse("appeals:appeal", args=[one.id]),
        "tone": tone,
        "icon": icon,
        "state": state_of(one),
        "at": one.created_at,
    }


def verbs(found: Appeal, actor: Actor, look: Callable[[Actor, Appeal, str], Preview]) -> list[dict[str, Any]]:
    """What the person could decide: verbs of the state that the role has; `why` disables one."""
    offered = []
    for name in VERBS:
        step = TABLE.step(name, found.state)
        if step is None or step.permission not in actor.permissions:
            continue
        refusal = look(actor, found, name).refusal
        said = saying(name)
        offered.append(
            {
                "name": name,
                "title": said.button,
                "asks": said.asks if step.needs_reason else "",
                "means": said.means,
                "why": of_orders.sentence(refusal) if refusal else "",
                "address": reverse("appeals:step", args=[found.id, name]),
            }
        )
    return offered


def history(steps: Sequence[StepRecord], people: Mapping[uuid.UUID, str]) -> list[dict[str, Any]]:
    """Each step taken, newest first."""
    return [
        {
            "at": record.at,
            "title": told(record.action),
            "who": people.get(record.actor) or _("系统"),
            "reason": record.reason,
            "seal": of_orders.SEALS.get(record.action, ""),
        }
        for record in reversed(steps)
    ]


def people_of(ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Names by id."""
    found = get_user_model()._default_manager.filter(pk__in=set(ids))
    return {person.pk: str(person) for person in found}
