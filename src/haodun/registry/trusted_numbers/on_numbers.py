"""What the trusted-number centre says of a number on its page: the applications for it, and the entry in force."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.urls import reverse

from haodun.offices.transitions.on_number import MOST, Course, courses
from haodun.registry.trusted_numbers.models import Entry
from haodun.registry.trusted_numbers.sayings import SAYINGS
from haodun.registry.trusted_numbers.shown import TONES, name_of
from haodun.registry.trusted_numbers.states import TABLE


def courses_on(number: int, user: Any) -> list[Course]:
    """The entries of a number (E.164 key) that this person may read, newest first; drafts are nobody's news."""
    readable = Entry.objects.scoped_to(user).filter(numbers__number=number).exclude(state="DRAFT")

    def describe(row: Entry) -> tuple[str, str, datetime, datetime | None]:
        address = reverse("trusted:entry", args=[row.id])
        return name_of(row), address, row.valid_from or row.created_at, row.closed_at

    rows = list(readable.order_by("-created_at")[:MOST])
    return courses(TABLE, rows, sayings=SAYINGS, tones=TONES, describe=describe)
