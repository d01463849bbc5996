"""How entries look on pages: rows, what is true of a holder's numbers; no HTML."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from haodun.offices.transitions.on_pages import chinese, clocks_by_row, named, titled
from haodun.registry.restrictions.services import active_lists
from haodun.registry.trusted_numbers.models import Entry, EntryNumber
from haodun.registry.trusted_numbers.states import TABLE
from haodun.registry.trusted_numbers.values import RENEW_DAYS

TONES = {
    "DRAFT": ("neu", "circle-dashed"),
    "PENDING": ("info", "inbox"),
    "SENT_BACK": ("cau", "undo-2"),
    "EVIDENCE_CHECKED": ("two", "stamp"),
    "ACTIVE": ("ok", "circle-check"),
    "EXPIRED": ("neu", "hourglass"),
    "REVOKED": ("ser", "ban"),
    "REFUSED": ("neu", "x"),
    "WITHDRAWN": ("neu", "x"),
}
"""Tone and icon of each state's chip (CONSOLE.md §3)."""
SOON = timedelta(days=RENEW_DAYS)


def state_of(entry: Entry) -> tuple[str, str, str]:
    """Tone, words and icon of its state."""
    tone, icon = TONES[entry.state]
    return tone, titled(TABLE.state(entry.state)), icon


def name_of(entry: Entry) -> str:
    """The name it shows, in the page's language; '—' where none was given yet."""
    return (entry.display_zh if chinese() else entry.display_en) or "—"


def rows(entries: Sequence[Any], now: datetime) -> list[dict[str, Any]]:
    """Rows of a table; the entries have `due` and `count` (queries.readable)."""
    clocks = clocks_by_row(TABLE, [one.id for one in entries])
    return [
        {
            "id": one.id,
            "address": reverse("trusted:entry", args=[one.id]),
            "reference": one.reference,
            "holder": named(one.holder),
            "name": name_of(one),
            "purpose": one.get_purpose_display() if one.purpose else "—",
            "numbers": one.count,
            "inbound_only": one.inbound_only,
            "chip": state_of(one),
            "clock": clocks.get(one.id),
            "late": one.due < now and one.state != "ACTIVE",
            "until": one.valid_until,
            "soon": one.state == "ACTIVE" and one.valid_until is not None and one.valid_until - now < SOON,
        }
        for one in entries
    ]


def own_facts(user: Any, now: datetime) -> dict[str, Any]:
    """Are my numbers trusted, marked, expiring: counts, and a sentence of each."""
    active = EntryNumber.objects.scoped_to(user).filter(active=True)
    numbers = list(active.values_list("number", flat=True))
    soon = active.filter(entry__valid_until__lt=now + SOON).count()
    lists = active_lists(now, numbers) if numbers else {}
    marked = {int(one) for column in lists.values() for one in column.numbers.tolist()}
    return {
        "active": len(numbers),
        "soon": soon,
        "marked": len(marked),
        "sentence": _sentence(len(numbers), soon, len(marked)),
    }


def _sentence(active: int, soon: int, marked: int) -> str:
    if not active:
        return _("您还没有有效的可信号码。")
    if marked:
        return ngettext(
            "%(count)s 个号码正被限制或标记，可以申诉。", "%(count)s 个号码正被限制或标记，可以申诉。", marked
        ) % {"count": marked}
    if soon:
        return ngettext("%(count)s 个号码 30 日内到期，请续期。", "%(count)s 个号码 30 日内到期，请续期。", soon) % {
            "count": soon
        }
    return ngettext("%(count)s 个号码都有效，没有被标记。", "%(count)s 个号码都有效，没有被标记。", active) % {
        "count": active
    }


def number_rows(entry: Entry, limit: int) -> list[dict[str, Any]]:
    """The numbers of an entry with their call-back, the unverified ones first."""
    now = timezone.now()
    found = list(entry.numbers.order_by("-active", "number")[:limit])
    lists = active_lists(now, [one.number for one in found]) if found else {}
    marked = {int(one) for column in lists.values() for one in column.numbers.tolist()}
    return [
        {"id": one.id, "number": one.number, "verified_at": one.verified_at, "marked": one.number in marked}
        for one in sorted(found, key=lambda one: (one.verified_at is not None, one.number))
    ]
