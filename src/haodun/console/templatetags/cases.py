"""Tags that show the cases of one context on the pages of another, for eyes that may read both: `{% load cases %}`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import template

from haodun.casework.appeals.services import about_order
from haodun.console.reader import Reader
from haodun.offices.organisations.services import Permission

register = template.Library()


@register.inclusion_tag("console/parts/appeals_about.html", takes_context=True)
def appeals_about(context: Mapping[str, Any], order: UUID) -> dict[str, Any]:
    """Which appeals concern this order; nothing is drawn for readers of no appeals, or where there is none."""
    asked = context.get("reader")
    reader = asked() if callable(asked) else asked
    if not isinstance(reader, Reader) or not reader.may(Permission.APPEAL_READ):
        return {"appeals": []}
    return {"appeals": about_order(order, reader.user)}
