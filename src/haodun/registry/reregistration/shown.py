"""How campaigns, files, recordings and targets look on pages; no HTML."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time, timedelta
from fractions import Fraction
from typing import Any

from django.db.models import Case, DateTimeField, F, Min, Q, QuerySet, Value, When
from django.db.models.functions import Cast, Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from haodun.audit.services import subjects_for
from haodun.offices.organisations.services import PROVINCES, find
from haodun.offices.transitions.on_pages import chinese, named, people_of, titled
from haodun.registry.reregistration.drawing import forecast_drawing
from haodun.registry.reregistration.models import Campaign, Recording, Sheet, Target
from haodun.registry.reregistration.reading import Standing
from haodun.registry.reregistration.states import CAMPAIGN, CARD, SHEET
from haodun.registry.reregistration.values import OPEN, Dimension
from haodun.registry.subscribers.queries import NEVER
from haodun.registry.subscribers.sealing import BEIJING

TONES: Mapping[str, tuple[str, str]] = {
    "DRAFT": ("two", "stamp"),
    "APPROVED": ("info", "hourglass"),
    "RUNNING": ("info", "activity"),
    "ENDED": ("neu", "x"),
    "NOTIFIED": ("neu", "message-square-warning"),
    "REMINDED": ("cau", "hourglass"),
    "ONE_WAY_STOP": ("ser", "ban"),
    "TWO_WAY_STOP": ("ser", "octagon-alert"),
    "RELEASED": ("neu", "undo-2"),
    "REGISTERED": ("ok", "circle-check"),
    "LAPSED": ("neu", "x"),
    "UPLOADED": ("info", "hourglass"),
    "UNREADABLE": ("ser", "octagon-alert"),
    "CHECKED": ("two", "stamp"),
    "APPLYING": ("info", "hourglass"),
    "APPLIED": ("ok", "circle-check"),
    "DISCARDED": ("neu", "x"),
}
"""Tone and icon of each state's chip (CONSOLE.md §3)."""
TABS: Mapping[str, tuple[str, ...]] = {
    "open": ("DRAFT", "APPROVED", "RUNNING"),
    "ended": ("ENDED",),
}
"""Tab → states; `all` besides."""


def chip(table: Any, state: str) -> dict[str, str]:
    """Tone, icon and words of a state."""
    tone, icon = TONES[state]
    return {"tone": tone, "icon": icon, "words": titled(table.state(state))}


def with_due(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Campaigns with `due`: when the next step of one of its cards is due, or its first day; NEVER where nothing is."""
    following = Coalesce(Min("cards__due_at", filter=Q(cards__state__in=OPEN)), Value(NEVER))
    found: QuerySet[Any] = rows.annotate(
        due=Case(
            When(state="RUNNING", then=following),
            When(state="ENDED", then=Value(NEVER)),
            default=Cast(F("starts_on"), DateTimeField()),
            output_field=DateTimeField(),
        )
    )
    return found


def clock(row: Any) -> dict[str, Any] | None:
    """The chip of what a campaign (`with_due`) has next; None where nothing follows."""
    if row.due == NEVER:
        return None
    if row.state == "RUNNING":
        return {
            "started_at": row.moved_at, "due_at": row.due, "met_at": None, "paused": "",
            "source": _("最早到期的一步；间隔由本次安排规定"),
        }  # fmt: skip
    due = datetime.combine(row.starts_on + timedelta(days=1), time(), BEIJING)  # at the end of its first day
    return {
        "started_at": min(row.created_at, due), "due_at": due, "met_at": None, "paused": "",
        "source": _("开始日期；由本次安排规定"),
    }  # fmt: skip


def campaign_rows(rows: Sequence[Any]) -> list[dict[str, Any]]:
    """Rows of the queue."""
    return [
        {
            "address": reverse("reregistration:campaign", args=[row.id]),
            "title": row.title,
            "of": named(row.organisation),
            "scope": scope(row),
            "chip": chip(CAMPAIGN, row.state),
            "clock": clock(row),
            "starts": row.starts_on,
            "numbers": row.approved_numbers,
            "at": row.moved_at,
        }
        for row in rows
    ]


def scope(row: Campaign) -> str:
    """Which of its cards a campaign is about."""
    parts = [named(row.reseller)] if row.reseller is not None else []
    parts += [PROVINCES[row.province][not chinese()]] if row.province in PROVINCES else []
    return " · ".join(parts) or _("全部未实名的号码")


def card_rows(counts: Mapping[str, int]) -> list[dict[str, Any]]:
    """How many cards stand in each state, in the order of the steps; states without cards too."""
    total = sum(counts.values())
    return [{"chip": chip(CARD, one.name), "cards": counts.get(one.name, 0), "total": total} for one in CARD.states]


def told_rows(told: Iterable[Any]) -> list[dict[str, Any]]:
    """Notices by step."""
    return [
        {
            "title": titled(CARD.state(one.step)), "handed_over": one.handed_over, "waiting": one.waiting,
            "failed": one.failed, "failed_at": one.failed_at,
        }
        for one in told
    ]  # fmt: skip


def targets_of(campaign: Campaign, standings: Iterable[Standing]) -> list[dict[str, Any]]:
    """The targets that are about whose cards a campaign is, the nearest first; of other people's none."""
    unit = campaign.organisation
    keys = {
        Dimension.CARRIER: str(unit.id), Dimension.RESELLER: str(campaign.reseller_id or unit.id),
        Dimension.PROVINCE: campaign.province or unit.province,
    }  # fmt: skip
    own = [one for one in standings if keys.get(Dimension(one.target.dimension)) == one.target.key]
    return [standing_row(one, names_of([one])) for one in own]


def names_of(standings: Iterable[Standing]) -> dict[str, str]:
    """What the keys of targets are called; one query."""
    wanted = {one.target.key for one in standings if one.target.dimension in (Dimension.CARRIER, Dimension.RESELLER)}
    return {str(unit.id): named(unit) for unit in find().filter(id__in=[uuid.UUID(key) for key in wanted])}


def about(target: Target, names: Mapping[str, str]) -> str:
    """What a target is about."""
    if target.dimension == Dimension.ALL:
        return _("全部")
    if target.dimension == Dimension.PROVINCE:
        return PROVINCES[target.key][not chinese()] if target.key in PROVINCES else target.key
    return names.get(target.key, _("已撤销的单位"))


def standing_row(one: Standing, names: Mapping[str, str]) -> dict[str, Any]:
    """A target as pages show it: share, gap, forecast with its range, and on how many numbers all of it rests."""
    row, seen = one.target, one.forecast
    reached = seen.gap is not None and seen.gap <= 0
    words = _reached(one)
    return {
        "id": row.id,
        "target": row,
        "about": about(row, names),
        "value": f"{row.dimension}:{row.key}",
        "goal": percent(Fraction(row.basis_points, 10_000)),
        "share": percent(seen.share),
        "missing": seen.missing,
        "reached": reached,
        "numbers": one.points[-1].numbers,
        "as_of": one.as_of,
        "window": seen.window,
        "forecast": words,
        "range": _range(one),
        "late": not reached and (seen.reached_on is None or seen.reached_on > row.due),
        "rate": percent(seen.rate) if seen.rate is not None else "—",
        "points": [(point.day, percent(point.share), point.valid, point.numbers) for point in one.points],
        "drawing": forecast_drawing(one, words),
        "set_by": named(row.organisation),
    }


def _reached(one: Standing) -> str:
    seen = one.forecast
    if seen.share is None:
        return _("没有可以计算的号码")
    if seen.gap is not None and seen.gap <= 0:
        return _("已经达到")
    if seen.rate is None:
        return _("还没有足够的数据预测")
    if seen.reached_on is None:
        return _("按现在的速度达不到")
    return _("按现在的速度 %(day)s 达到") % {"day": seen.reached_on.isoformat()}


def _range(one: Standing) -> str:
    band, seen = one.band, one.forecast
    if seen.gap is None or seen.gap <= 0 or band.fastest is None:
        return ""
    if band.earliest is None:
        return _("近期最快的一段也没有上升，不给日期")
    if band.latest is None:
        return _("最早 %(day)s；近期最慢的一段没有上升，所以没有最晚日期") % {"day": band.earliest.isoformat()}
    return _("最早 %(early)s，最晚 %(late)s") % {"early": band.earliest.isoformat(), "late": band.latest.isoformat()}


def percent(share: Fraction | None) -> str:
    """A share with two places; '—' of nothing."""
    if share is None:
        return "—"
    hundredths = int(share * 10_000) if share >= 0 else -int(-share * 10_000)
    sign = "-" if hundredths < 0 else ""
    return f"{sign}{abs(hundredths) // 100}.{abs(hundredths) % 100:02d}%"


def recording_rows(rows: Sequence[Recording]) -> list[dict[str, Any]]:
    """The last holders who came: number masked, by whom recorded, how many stops were lifted."""
    subjects = subjects_for("number", [row.interval.number for row in rows])
    people = people_of(row.recorded_by for row in rows)
    return [
        {
            "number": row.interval.number,
            "subject": subjects[str(row.interval.number)],
            "holder": row.interval.masked_name,
            "at": row.created_at,
            "since": row.since,
            "by": people.get(row.recorded_by, ""),
            "possession": row.get_possession_display(),
            "lifted": row.lifted,
            "from_file": row.sheet_id is not None,
        }
        for row in rows
    ]


def lifted_words(lifted: int) -> str:
    """What became of the stops, for the message after a recording."""
    if not lifted:
        return _("已补登记。这个号码没有补登记安排的限制。")
    said = ngettext("已补登记，%(n)s 项限制已在全网解除。", "已补登记，%(n)s 项限制已在全网解除。", lifted)
    return said % {"n": lifted}


def sheet_rows(rows: Iterable[Sheet]) -> list[dict[str, Any]]:
    """Rows of the list of files."""
    return [
        {
            "sheet": row,
            "address": reverse("reregistration:sheet", args=[row.id]),
            "chip": chip(SHEET, row.state),
            "organisation": named(row.organisation),
        }
        for row in rows
    ]


def plan_rows(plan: Iterable[Any]) -> list[tuple[Any, tuple[int, ...]]]:
    """Days and counts of the plan."""
    return [(row.day, row.counts) for row in plan]


def plan_titles() -> list[str]:
    """Column heads of the plan."""
    return [titled(CARD.state(name)) for name in (*OPEN, "RELEASED")]


def today() -> Any:
    """The day of the site."""
    return timezone.localdate()
