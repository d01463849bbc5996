"""How services, campaigns, agents and listings look on pages: chips, rows, the points of art. 7; no HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from haodun.audit.services import subjects_for
from haodun.offices.transitions.on_pages import clocks_by_row, named, titled
from haodun.offices.transitions.services import SYSTEM, Change, Refused, Table
from haodun.registry.key_services.effects import SUBJECT
from haodun.registry.key_services.guards import ARTICLE_7
from haodun.registry.key_services.models import Agent, CleanUp, Listing, Service
from haodun.registry.key_services.other_states import AGENT, CAMPAIGN, LISTING
from haodun.registry.key_services.sayings import TITLES
from haodun.registry.key_services.states import TABLE
from haodun.registry.key_services.values import ServiceKind

TONES: Mapping[str, Mapping[str, tuple[str, str]]] = {
    TABLE.name: {
        "APPLIED": ("neu", "inbox"),
        "VERIFIED": ("info", "clipboard-check"),
        "ACTIVE": ("ok", "circle-check"),
        "FLAGGED": ("ser", "flag"),
        "RECTIFY_ORDERED": ("cau", "hourglass"),
        "RECTIFIED": ("two", "stamp"),
        "SUSPENDED": ("two", "stamp"),
        "CLOSED": ("neu", "ban"),
        "REFUSED": ("neu", "x"),
    },
    CAMPAIGN.name: {
        "DRAFT": ("two", "stamp"),
        "RUNNING": ("info", "circle-dot"),
        "ENDED": ("ok", "circle-check"),
        "DROPPED": ("neu", "x"),
    },
    AGENT.name: {
        "ACTIVE": ("ok", "circle-check"),
        "VIOLATION": ("ser", "flag"),
        "REVOKED": ("neu", "ban"),
        "BLACKLISTED": ("crit", "octagon-alert"),
    },
    LISTING.name: {
        "PROPOSED": ("two", "stamp"),
        "LISTED": ("crit", "octagon-alert"),
        "REVIEW": ("two", "stamp"),
        "REMOVED": ("neu", "undo-2"),
        "DECLINED": ("neu", "x"),
    },
}
"""Tone and icon of each state's chip (CONSOLE.md §3)."""
ORDER: Mapping[str, tuple[str, ...]] = {
    TABLE.name: (
        "verify", "activate", "check", "order_rectification", "rectify", "accept", "resume", "close", "flag",
        "dismiss", "send_back", "suspend", "refuse",
    ),
    CAMPAIGN.name: ("start", "end", "drop"),
    AGENT.name: ("find_breach", "revoke", "dismiss"),
    LISTING.name: ("list", "keep", "remove", "decline", "ask_review"),
}  # fmt: skip
"""Verbs with a button, in their order."""
WITH_RADIUS = ("suspend", "close")
"""Verbs on a service whose consequences are shown on a page of their own first."""
CODES = ("individual", "channel", "uscc", "legal", "handler", "licence", "blacklisted", "quantity", "use", "landing")
"""The code each guard of ARTICLE_7 refuses with, in their order."""


def chip(table: Table, row: Any) -> dict[str, str]:
    """Tone, icon and words of a row's state."""
    tone, icon = TONES[table.name][row.state]
    return {"tone": tone, "icon": icon, "words": titled(table.state(row.state))}


def service_rows(rows: Sequence[Service]) -> list[dict[str, Any]]:
    """Rows of the list."""
    clocks, now = clocks_by_row(TABLE, [row.id for row in rows]), timezone.now()
    return [
        {
            "address": reverse("key_services:service", args=[row.id]),
            "applicant": row.applicant,
            "uscc": row.uscc,
            "number": row.number,
            "kind": row.get_kind_display(),
            "carrier": named(row.carrier),
            "chip": chip(TABLE, row),
            "defect": row.get_defect_display() if row.defect else "",
            "clock": clocks.get(row.id),
            "late": row.id in clocks and clocks[row.id]["due_at"] < now,
            "at": row.moved_at,
        }
        for row in rows
    ]


def points(row: Service) -> list[dict[str, Any]]:
    """Each point of art. 7 as it stands now: met, or the sentence that says why not."""
    change = Change(actor=SYSTEM, table=TABLE, action="check", rows=[row], at=timezone.now())
    found = []
    for code, guard in zip(CODES, ARTICLE_7, strict=True):
        why = ""
        try:
            guard(change, row)
        except Refused as refused:
            why = titled(refused)
        found.append({"title": TITLES[code], "met": not why, "why": why})
    return found


def landing_rows(row: Service) -> list[dict[str, Any]]:
    """The landing numbers with how their verification stands."""
    landings = list(row.landings.order_by("number"))
    subjects = subjects_for(SUBJECT, (one.number for one in landings))
    return [
        {
            "id": one.id,
            "number": one.number,
            "subject": subjects[str(one.number)],
            "chip": _landing_chip(one),
            "at": one.verified_at or one.failed_at or one.called_at,
            "open": bool(one.code),
            "proved": one.verified_at is not None,
        }
        for one in landings
    ]


def _landing_chip(one: Any) -> dict[str, str]:
    if one.verified_at is not None:
        return {"tone": "ok", "icon": "circle-check", "words": _("回拨通过")}
    if one.failed_at is not None:
        return {"tone": "ser", "icon": "x", "words": _("回拨未通过")}
    if one.code:
        return {"tone": "info", "icon": "phone-call", "words": _("等回报验证码")}
    return {"tone": "neu", "icon": "circle-dashed", "words": _("未回拨")}


def agent_rows(rows: Sequence[Agent]) -> list[dict[str, Any]]:
    """Rows of the list of agents."""
    return [
        {
            "address": reverse("key_services:agent", args=[row.id]),
            "name": row.name,
            "note": row.uscc,
            "of": named(row.carrier),
            "what": row.get_breach_display() if row.breach else "",
            "chip": chip(AGENT, row),
            "at": row.moved_at,
        }
        for row in rows
    ]


def listing_rows(rows: Sequence[Listing]) -> list[dict[str, Any]]:
    """Rows of the blacklist."""
    return [
        {
            "address": reverse("key_services:listing", args=[row.id]),
            "name": row.masked,
            "note": row.uscc or row.get_kind_display(),
            "of": row.node or named(row.organisation),
            "what": row.get_breach_display(),
            "chip": chip(LISTING, row),
            "at": row.moved_at,
        }
        for row in rows
    ]


def campaign_rows(rows: Sequence[CleanUp]) -> list[dict[str, Any]]:
    """Rows of the list of campaigns."""
    clocks = clocks_by_row(CAMPAIGN, [row.id for row in rows])
    return [
        {
            "address": reverse("key_services:campaign", args=[row.id]),
            "name": row.name,
            "of": named(row.organisation),
            "kinds": kinds_of(row),
            "chip": chip(CAMPAIGN, row),
            "deadline": row.deadline,
            "clock": clocks.get(row.id),
        }
        for row in rows
    ]


def kinds_of(row: CleanUp) -> str:
    """The kinds of service in words."""
    return _("、").join(str(ServiceKind(kind).label) for kind in row.kinds)


def tabs(
    titles: Mapping[str, str], current: str, address: str, counted: Mapping[str, int], *, two: tuple[str, ...] = ()
) -> list[dict[str, Any]]:
    """Tabs for `console/parts/tabs.html`."""
    return [
        {
            "title": title,
            "address": f"{address}?tab={name}",
            "count": counted.get(name),
            "two": name in two,
            "current": name == current,
        }
        for name, title in titles.items()
    ]
