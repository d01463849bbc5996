"""How questions look on pages: chips, rows, tiles; no HTML. Neither document nor number is ever shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from haodun.offices.transitions.on_pages import clocks_by_row, named, titled
from haodun.offices.transitions.paging import COUNT_TO
from haodun.registry.key_services.services import percent
from haodun.registry.own_cards.figures import figures
from haodun.registry.own_cards.models import CardQuestion
from haodun.registry.own_cards.states import TABLE
from haodun.registry.own_cards.values import ANSWER_HOURS

TONES: Mapping[str, tuple[str, str]] = {
    "ASKED": ("cau", "hourglass"),
    "ANSWERED": ("ok", "circle-check"),
    "LAPSED": ("neu", "ban"),
}
"""Tone and icon of each state's chip (CONSOLE.md §3)."""
ORDER = ("answer", "lapse")
"""Verbs with a button, in their order."""
TABS: Mapping[str, tuple[str, ...]] = {"open": ("ASKED",), "done": ("ANSWERED",), "lapsed": ("LAPSED",)}
"""Tab → states; `late` and `all` besides."""
PERIOD = timedelta(days=30)
LATE = timedelta(hours=ANSWER_HOURS)


def chip(row: CardQuestion) -> dict[str, str]:
    """Tone, icon and words of a question's state."""
    tone, icon = TONES[row.state]
    return {"tone": tone, "icon": icon, "words": titled(TABLE.state(row.state))}


def question_rows(rows: Sequence[CardQuestion]) -> list[dict[str, Any]]:
    """Rows of the queue."""
    clocks = clocks_by_row(TABLE, [row.id for row in rows])
    return [
        {
            "address": reverse("own_cards:question", args=[row.id]),
            "name": short(row),
            "desk": named(row.desk),
            "channel": row.get_channel_display(),
            "chip": chip(row),
            "clock": clocks.get(row.id),
            "asked": row.created_at,
            "ended": row.ended_at,
        }
        for row in rows
    ]


def short(row: CardQuestion) -> str:
    """What a question is called: the beginning of its id, which says nothing of anybody."""
    return str(row.id)[:8].upper()


def tiles(user: Any, now: datetime) -> list[dict[str, Any]]:
    """Figures of the last 30 days."""
    asked, done, share, late = figures(user, since=now - PERIOD, until=now, as_of=now)
    here = reverse("own_cards:desk")
    rate = "—" if share.value is None else percent(share.value)
    waiting = CardQuestion.objects.scoped_to(user).filter(state="ASKED")[:COUNT_TO].count()
    return [
        {
            "title": _("待答复"), "value": waiting, "unit": "", "address": here,
            "line": _("多数几分钟内由后台任务办完"),
        },
        {
            "title": _("30 天内受理"), "value": asked.value, "unit": "", "address": f"{here}?tab=all",
            "line": _("截至现在，只计您有权看到的"),
        },
        {
            "title": _("48 小时内办理"), "value": done.value, "unit": "", "address": f"{here}?tab=done",
            "line": _("按时办理率 %(rate)s") % {"rate": rate},
        },
        {
            "title": _("已超过 48 小时"), "value": late.value, "unit": "", "address": f"{here}?tab=late",
            "warn": bool(late.value), "line": _("时限：提出后 48 小时"),
        },
    ]  # fmt: skip
