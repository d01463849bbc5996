"""What a case did about a number, for the number's page: when it stood, how it stands, its steps."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from haodun.offices.transitions.models import StepRecord
from haodun.offices.transitions.on_pages import Saying, titled
from haodun.offices.transitions.table import Table

MOST = 20
"""Cases of one kind about one number; the newest."""


@dataclass(frozen=True, slots=True)
class CourseStep:
    """One step, in the words of the page's language."""

    at: datetime
    title: str
    tone: str
    icon: str
    reason: str


@dataclass(frozen=True, slots=True)
class Course:
    """One case about the number."""

    title: str
    state: str
    """In words."""
    tone: str
    address: str
    since: datetime
    until: datetime | None
    """None: it still stands."""
    steps: tuple[CourseStep, ...]


def courses(
    table: Table,
    rows: Sequence[Any],
    *,
    sayings: Mapping[str, Saying],
    tones: Mapping[str, tuple[str, str]],
    describe: Callable[[Any], tuple[str, str, datetime, datetime | None]],
) -> list[Course]:
    """The courses of these rows; `describe` gives title, address, since and until of one."""
    steps: dict[uuid.UUID, list[CourseStep]] = {row.id: [] for row in rows}
    for record in StepRecord.objects.filter(object_type=table.name, object_id__in=steps).order_by("id"):
        tone, icon = tones[record.to_state]
        title = str(sayings[record.action].told)
        steps[record.object_id].append(CourseStep(record.at, title, tone, icon, record.reason))
    found = []
    for row in rows:
        title, address, since, until = describe(row)
        tone, _ = tones[row.state]
        state = titled(table.state(row.state))
        found.append(Course(title, state, tone, address, since, until, tuple(steps[row.id])))
    return found
