"""What other contexts use of transitions."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from haodun.offices.transitions.acting import Preview, act, begin, preview
from haodun.offices.transitions.acting_person import actor_of
from haodun.offices.transitions.actors import SYSTEM, SYSTEM_ID, Actor
from haodun.offices.transitions.blast import BlastRadius, cap_of, members_of
from haodun.offices.transitions.change import Change, Outcome
from haodun.offices.transitions.checks import persons_of
from haodun.offices.transitions.clock_spec import ClockKind, ClockSpec, Unit
from haodun.offices.transitions.clocks import On, pause, resume, start, stop, tell_breaches
from haodun.offices.transitions.delivery import emit, subscribe, unsubscribe
from haodun.offices.transitions.keys import claim, forget_answers, keep
from haodun.offices.transitions.models import Clock, StepRecord
from haodun.offices.transitions.reading import Level, Reading
from haodun.offices.transitions.refusals import Refused, RowRefusal
from haodun.offices.transitions.table import (
    BREAK_GLASS_REVIEW,
    State,
    Table,
    TableError,
    Transition,
    register,
    table_named,
    tables,
)
from haodun.offices.transitions.wall import wall_states

__all__ = [
    "BREAK_GLASS_REVIEW",
    "SYSTEM",
    "SYSTEM_ID",
    "Actor",
    "BlastRadius",
    "Change",
    "Clock",
    "ClockKind",
    "ClockSpec",
    "Level",
    "On",
    "Outcome",
    "Preview",
    "Reading",
    "Refused",
    "RowRefusal",
    "State",
    "StepRecord",
    "Table",
    "TableError",
    "Transition",
    "Unit",
    "act",
    "actor_of",
    "begin",
    "cap_of",
    "claim",
    "clocks_of",
    "emit",
    "forget_answers",
    "keep",
    "members_of",
    "pause",
    "persons_of",
    "preview",
    "register",
    "resume",
    "start",
    "steps_of",
    "stop",
    "subscribe",
    "table_named",
    "tables",
    "tell_breaches",
    "unsubscribe",
    "wall_states",
]


def steps_of(object_type: str, object_id: uuid.UUID) -> Sequence[StepRecord]:
    """The steps of one row, first to last."""
    return list(StepRecord.objects.filter(object_type=object_type, object_id=object_id).order_by("id"))


def clocks_of(object_type: str, ids: Sequence[uuid.UUID]) -> Sequence[Clock]:
    """The clocks of these rows: running ones first, the next deadline first."""
    found = Clock.objects.filter(object_type=object_type, object_id__in=ids)
    return sorted(found, key=lambda clock: (clock.stopped_at is not None, clock.due_at, clock.pk))
