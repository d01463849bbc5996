"""Lists of this context: tabs, filters, pages by cursor; every one scoped to its reader."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.db.models import Q, QuerySet

from haodun.offices.transitions.paging import COUNT_TO, Page, read_page
from haodun.registry.key_services.documents import valid_uscc
from haodun.registry.key_services.models import Agent, CleanUp, Listing, Service
from haodun.registry.key_services.values import ServiceKind

TABS: Mapping[str, tuple[str, ...]] = {
    "take_on": ("APPLIED", "VERIFIED"),
    "flagged": ("FLAGGED", "RECTIFY_ORDERED", "RECTIFIED"),
    "close": ("SUSPENDED",),
    "active": ("ACTIVE",),
    "gone": ("CLOSED", "REFUSED"),
}
"""Tab → states; `all` besides. The first three are what somebody must do, the one that waits longest first."""
DUE = ("take_on", "flagged", "close")
AGENT_TABS: Mapping[str, tuple[str, ...]] = {
    "at_work": ("ACTIVE",),
    "breach": ("VIOLATION",),
    "gone": ("REVOKED", "BLACKLISTED"),
}
LISTING_TABS: Mapping[str, tuple[str, ...]] = {
    "todo": ("PROPOSED", "REVIEW"),
    "listed": ("LISTED",),
    "gone": ("REMOVED", "DECLINED"),
}
_NUMBER = re.compile(r"[0-9+() -]{7,20}", re.ASCII)


def looks_like_number(text: str) -> bool:
    """Whether a search text is a telephone number, which never goes into an address."""
    return _NUMBER.fullmatch(text.strip()) is not None


def services(user: Any, *, tab: str, kind: str = "", text: str = "") -> QuerySet[Service]:
    """The services of a tab that a person may read."""
    found: QuerySet[Service] = Service.objects.scoped_to(user).select_related("carrier")
    if tab in TABS:
        found = found.filter(state__in=TABS[tab])
    if kind in ServiceKind.values:
        found = found.filter(kind=kind)
    words = text.strip()
    if words:
        code = valid_uscc(words)
        found = found.filter(Q(uscc=code) if code else Q(applicant__icontains=words))
    return found


def service_page(user: Any, *, tab: str, kind: str = "", text: str = "", cursor: str = "") -> Page:
    """One page of a tab."""
    found = services(user, tab=tab, kind=kind, text=text)
    return read_page(found, by="moved_at", newest_first=tab not in DUE, cursor=cursor)


def counts(user: Any, tabs: Mapping[str, tuple[str, ...]], model: Any) -> dict[str, int]:
    """How many rows stand on each tab; at most COUNT_TO."""
    rows = model.objects.scoped_to(user)
    return {name: rows.filter(state__in=states)[:COUNT_TO].count() for name, states in tabs.items()}


def agents(user: Any, *, tab: str, cursor: str = "") -> Page:
    """Agents of a tab, newest step first."""
    found = Agent.objects.scoped_to(user).select_related("carrier")
    if tab in AGENT_TABS:
        found = found.filter(state__in=AGENT_TABS[tab])
    return read_page(found, by="moved_at", newest_first=True, cursor=cursor)


def listings(user: Any, *, tab: str, cursor: str = "") -> Page:
    """Listings of a tab, newest step first."""
    found = Listing.objects.scoped_to(user).select_related("organisation")
    if tab in LISTING_TABS:
        found = found.filter(state__in=LISTING_TABS[tab])
    return read_page(found, by="moved_at", newest_first=True, cursor=cursor)


def campaigns(user: Any, *, cursor: str = "") -> Page:
    """Campaigns, newest first."""
    found = CleanUp.objects.scoped_to(user).select_related("organisation")
    return read_page(found, by="created_at", newest_first=True, cursor=cursor)
