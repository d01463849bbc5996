"""Revisions that wait for an approver or for publication, for the 工作台."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from haodun.offices.transitions.on_desk import Said, waiting
from haodun.offices.transitions.on_pages import named
from haodun.registry.policy_revisions import shown
from haodun.registry.policy_revisions.models import Revision
from haodun.registry.policy_revisions.states import TABLE


def revisions_waiting(user: Any, limit: int) -> tuple[list[dict[str, Any]], int]:
    """Submitted, or approved and not published yet."""
    found = Revision.objects.scoped_to(user).filter(state__in=shown.TABS["approve"]).select_related("organisation")
    found = found.defer("text", "cases", "base_text")

    def describe(row: Revision) -> Said:
        title = _("第 %(number)s 版") % {"number": row.number}
        address = reverse("policies:revision", args=[row.id])
        return Said(title, address, row.why, row.get_start_display(), named(row.organisation))

    return waiting(TABLE, found, by="moved_at", limit=limit, tones=shown.TONES, describe=describe)
