"""Applications at the trusted-number centre that wait for a clerk, for the 工作台."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils import timezone

from haodun.offices.transitions.on_desk import Said, waiting
from haodun.offices.transitions.on_pages import named
from haodun.registry.trusted_numbers.models import Entry
from haodun.registry.trusted_numbers.queries import TABS, readable
from haodun.registry.trusted_numbers.shown import TONES, name_of
from haodun.registry.trusted_numbers.states import TABLE


def entries_waiting(user: Any, limit: int) -> tuple[list[dict[str, Any]], int]:
    """By their clocks, the next deadline first."""
    found = TABS["todo"](readable(user), timezone.now())

    def describe(row: Entry) -> Said:
        address = reverse("trusted:entry", args=[row.id])
        return Said(row.reference, address, name_of(row), row.get_purpose_display(), named(row.holder))

    return waiting(TABLE, found, by="due", limit=limit, tones=TONES, describe=describe)
