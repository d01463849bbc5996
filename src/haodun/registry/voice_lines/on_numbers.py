"""What voice lines say of a number on its page: the lines and landing resources that may show it as the caller."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.urls import reverse

from haodun.offices.transitions.on_number import MOST, Course, courses
from haodun.registry.voice_lines.models import LinePermit, VoiceLine
from haodun.registry.voice_lines.sayings import LINE
from haodun.registry.voice_lines.shown import TONES
from haodun.registry.voice_lines.states import TABLE


def courses_on(number: int, user: Any) -> list[Course]:
    """The lines of a number (E.164 key) that this person may read, newest first."""
    permitted = LinePermit.objects.filter(low__lte=number, high__gte=number).values_list("line", flat=True)[:MOST]
    rows = VoiceLine.objects.scoped_to(user).filter(id__in=list(permitted)).order_by("-created_at")

    def describe(row: VoiceLine) -> tuple[str, str, datetime, datetime | None]:
        title = " ".join(filter(None, (row.get_kind_display(), row.holder)))
        return title, reverse("voice_lines:line", args=[row.id]), row.existing_since or row.created_at, row.closed_at

    return courses(TABLE, list(rows), sayings=LINE, tones=TONES[TABLE.name], describe=describe)
