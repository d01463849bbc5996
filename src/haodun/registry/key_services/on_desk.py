"""Key services and parties of the blacklist that wait for somebody, for the 工作台."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from haodun.offices.transitions.on_desk import Said, waiting
from haodun.offices.transitions.on_pages import named
from haodun.registry.key_services.models import Listing, Service
from haodun.registry.key_services.other_states import LISTING
from haodun.registry.key_services.queries import DUE, LISTING_TABS, TABS
from haodun.registry.key_services.shown import TONES
from haodun.registry.key_services.states import TABLE


def services_waiting(user: Any, limit: int) -> tuple[list[dict[str, Any]], int]:
    """Those to take on, to put right or to close."""
    states = [state for tab in DUE for state in TABS[tab]]
    found = Service.objects.scoped_to(user).filter(state__in=states).select_related("carrier")

    def describe(row: Service) -> Said:
        address = reverse("key_services:service", args=[row.id])
        defect = row.get_defect_display() if row.defect else ""
        return Said(row.applicant, address, defect, row.get_kind_display(), named(row.carrier))

    return waiting(TABLE, found, by="moved_at", limit=limit, tones=TONES[TABLE.name], describe=describe)


def listings_waiting(user: Any, limit: int) -> tuple[list[dict[str, Any]], int]:
    """Those that a second person decides: proposed, or under review."""
    found = Listing.objects.scoped_to(user).filter(state__in=LISTING_TABS["todo"]).select_related("organisation")

    def describe(row: Listing) -> Said:
        address = reverse("key_services:listing", args=[row.id])
        return Said(row.masked, address, row.get_breach_display(), row.get_kind_display(), named(row.organisation))

    return waiting(LISTING, found, by="moved_at", limit=limit, tones=TONES[LISTING.name], describe=describe)
