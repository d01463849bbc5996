"""How clusters look on pages: chips, rows, reasons, the cards with what they share; no HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from haodun.audit.services import subjects_for
from haodun.offices.transitions.on_pages import clocks_by_row, named, titled
from haodun.registry.card_clusters.models import Cluster, ClusterCard
from haodun.registry.card_clusters.states import TABLE
from haodun.registry.card_clusters.values import Shared

TONES: Mapping[str, tuple[str, str]] = {
    "FOUND": ("cau", "siren"),
    "IN_REVIEW": ("cau", "hourglass"),
    "CONFIRMED": ("ser", "ban"),
    "DISMISSED": ("ok", "circle-check"),
    "SUPERSEDED": ("neu", "inbox"),
}
"""Tone and icon of each state's chip (CONSOLE.md §3)."""
ORDER = ("review", "dismiss", "confirm")
"""Verbs with a button, in their order."""
TABS: Mapping[str, tuple[str, ...]] = {
    "open": ("FOUND",),
    "review": ("IN_REVIEW",),
    "confirmed": ("CONFIRMED",),
    "dismissed": ("DISMISSED", "SUPERSEDED"),
}
"""Tab → states; `all` besides."""
MOST = 400
"""Rows of one cluster that its page shows."""


def chip(row: Cluster) -> dict[str, str]:
    """Tone, icon and words of a cluster's state."""
    tone, icon = TONES[row.state]
    return {"tone": tone, "icon": icon, "words": titled(TABLE.state(row.state))}


def short(row: Cluster) -> str:
    """What a cluster is called."""
    return str(row.id)[:8].upper()


def cluster_rows(rows: Sequence[Cluster]) -> list[dict[str, Any]]:
    """Rows of the queue."""
    clocks = clocks_by_row(TABLE, [row.id for row in rows])
    return [
        {
            "address": reverse("card_clusters:cluster", args=[row.id]),
            "name": short(row),
            "score": row.score,
            "why": [label(one["shared"]) for one in row.reasons],
            "cards": row.cards,
            "documents": row.documents,
            "chip": chip(row),
            "clock": clocks.get(row.id),
            "at": row.moved_at,
        }
        for row in rows
    ]


def label(shared: str) -> str:
    """What is shared, in the page's language."""
    return _("同一网点开卡") if shared == "agent" else str(Shared(shared).label)


def reasons(row: Cluster) -> list[dict[str, Any]]:
    """Why, and what each reason adds to the score."""
    return [{**one, "label": label(one["shared"])} for one in row.reasons]


def group_name(row: ClusterCard) -> str:
    """A group of a cluster: what is shared, and its place among those of its kind."""
    return f"{row.get_shared_display()} {row.group}"


def card_rows(rows: Sequence[ClusterCard], *, linked: bool) -> list[dict[str, Any]]:
    """A row for each card: its number (masked where shown), when and where it was opened, in which groups it is."""
    subjects = subjects_for("number", [row.number for row in rows]) if linked and rows else {}
    found: dict[int, dict[str, Any]] = {}
    for row in rows:
        one = found.setdefault(
            row.interval,
            {
                "number": row.number,
                "subject": subjects.get(str(row.number)),
                "opened": row.opened_at,
                "agent": row.agent,
                "carrier": named(row.carrier),
                "groups": [],
            },
        )
        one["groups"].append(group_name(row))
    return list(found.values())
