"""Checks of resellers that are under way, for the 工作台."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from haodun.offices.transitions.on_desk import Said, waiting
from haodun.offices.transitions.on_pages import named
from haodun.registry.resellers import shown
from haodun.registry.resellers.models import ResellerCase
from haodun.registry.resellers.states import TABLE


def cases_waiting(user: Any, limit: int) -> tuple[list[dict[str, Any]], int]:
    """Recorded, given notice, or stopped and not lifted yet."""
    states = (*shown.TABS["open"], *shown.TABS["stopped"])
    found = ResellerCase.objects.scoped_to(user).filter(state__in=states).select_related("reseller", "host")

    def describe(row: ResellerCase) -> Said:
        address = reverse("resellers:case", args=[row.id])
        return Said(named(row.reseller), address, shown.rate(row.rate), row.get_way_display(), named(row.host))

    return waiting(TABLE, found, by="moved_at", limit=limit, tones=shown.TONES, describe=describe)
