"""实名登记 and its rates: who may, form, verb, redirect."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from haodun.offices.organisations.services import Permission, requires
from haodun.offices.transitions.on_pages import actor_for_request, chinese
from haodun.registry.subscribers import queries, shown
from haodun.registry.subscribers.access import may
from haodun.registry.subscribers.figures import (
    CODES,
    SOURCE,
    Figure,
    figures,
    given_out,
    publish,
    revise,
    trend,
)
from haodun.registry.subscribers.forms import day_of
from haodun.registry.subscribers.models import PublishedFigure
from haodun.registry.subscribers.rates import DIMENSIONS, By, today
from haodun.registry.subscribers.values import SubscriberRefused

MONTHS = 12
WORST = 8
MAX_ID = 2**63 - 1


@require_GET
@requires(Permission.SUBSCRIBER_READ)
def home(request: HttpRequest) -> HttpResponse:
    """实名登记: how many, the rate against its target, what is due, and the numbers themselves."""
    tab = request.GET.get("tab", "all")
    tab = tab if tab in queries.TABS else "all"
    lines, after = queries.registrations(request.user, tab=tab, cursor=request.GET.get("after", ""))
    day = today()
    target = shown.target_at(day)
    k1, k9 = figures(day, user=request.user)
    context = {
        "day": day,
        "tiles": _tiles(request, k1, k9),
        "gap": shown.gap(k1, target),
        "target": shown.percent(target),
        "reached": shown.gap(k1, target) == 0,
        "worst": _worst(request, target),
        "tabs": _tabs(tab),
        "tab": tab,
        "rows": shown.registration_rows(lines),
        "after": shown.address("home", tab=tab, after=after) if after else "",
        "first": shown.address("home", tab=tab) if request.GET.get("after") else "",
        "may_look": may(request, Permission.NUMBER_LOOKUP),
        "may_edit": may(request, Permission.SUBSCRIBER_EDIT),
    }
    return render(request, "subscribers/home.html", context)


@require_GET
@requires(Permission.SUBSCRIBER_READ)
def rates(request: HttpRequest) -> HttpResponse:
    """实名率: K1 and K9 as of any past day, by group, what was published of them."""
    return _rates_page(request, request.GET)


@require_POST
@requires(Permission.FIGURE_PUBLISH)
def give_out(request: HttpRequest) -> HttpResponse:
    """Publish the figures of a day."""
    day, code = day_of(request.POST.get("at", "")), _code(request.POST.get("code", ""))
    try:
        publish(day, actor=actor_for_request(request), code=code)
    except SubscriberRefused as refused:
        return _rates_page(request, request.POST, notice=_said(refused), status=422)
    messages.success(request, _("已发布。以后补录的数据只能通过修订体现。"))
    return redirect(shown.address("rates", at=day.isoformat(), code=code))


@require_POST
@requires(Permission.FIGURE_PUBLISH)
def give_out_again(request: HttpRequest, figure: int) -> HttpResponse:
    """Publish a figure anew, with the reason; the one before stays."""
    actor = actor_for_request(request)
    row = PublishedFigure.objects.scoped_to(request.user).filter(pk=min(figure, MAX_ID)).first()
    if row is None or row.organisation != actor.organisation_id:
        return HttpResponse(status=404)
    asked = {"at": row.as_of.isoformat(), "code": row.code}
    try:
        revise(row.pk, reason=request.POST.get("reason", "")[:400], actor=actor)
    except SubscriberRefused as refused:
        return _rates_page(request, asked, notice=_said(refused), status=422)
    messages.success(request, _("修订已发布，原数据保留并注明已被修订。"))
    return redirect(shown.address("rates", **asked))


def _rates_page(
    request: HttpRequest, asked: Any, *, notice: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    day, code = day_of(asked.get("at", "")), _code(asked.get("code", ""))
    by: By = next((one for one in DIMENSIONS if one == asked.get("by")), "carrier")
    target = shown.target_at(day) if code == "K1" else None
    whole = next(one for one in figures(day, user=request.user) if one.code == code)
    groups = [one for one in figures(day, by=by, user=request.user) if one.code == code]
    days = shown.month_ends(day, MONTHS)
    past = trend(code, days, user=request.user)
    actor = actor_for_request(request)
    context = {
        "day": day,
        "last": today(),
        "code": code,
        "codes": [("K1", _("实名率")), ("K9", _("老用户核查率"))],
        "by": by,
        "dimensions": [
            ("carrier", _("运营商")), ("reseller", _("转售企业")), ("province", _("省份")), ("service", _("业务")),
        ],
        "whole": whole,
        "rate": shown.percent(whole.value),
        "target": shown.percent(target) if target else "",
        "gap": shown.gap(whole, target),
        "rows": shown.rate_rows(groups, by, target),
        "trend": [
            {"day": one.as_of, "rate": shown.percent(one.value), "part": one.numerator, "whole": one.denominator}
            for one in past
        ],
        "line": [one.value for one in past if one.value is not None],
        "source": SOURCE,
        "published": _published(request, code, actor.organisation_id),
        "may_publish": Permission.FIGURE_PUBLISH.value in actor.permissions,
        "notice": notice,
        "key": uuid.uuid4().hex,
    }  # fmt: skip
    return render(request, "subscribers/rates.html", context, status=status)


def _published(request: HttpRequest, code: str, organisation: Any) -> list[dict[str, Any]]:
    """What was published in all, newest day first: value then, and whether a later row revises it."""
    rows = [one for one in given_out(request.user, code=code) if one.figure.dimension == "all"]
    own = set(
        PublishedFigure.objects.scoped_to(request.user)
        .filter(pk__in=[one.id for one in rows], organisation=organisation)
        .values_list("pk", flat=True)
    )
    return [
        {
            "one": one,
            "rate": shown.percent(one.figure.value),
            "may_revise": one.revision is None and one.id in own,
        }
        for one in rows[:40]
    ]


def _code(text: str) -> str:
    return text if text in CODES else "K1"


def _said(refused: SubscriberRefused) -> dict[str, str]:
    return {"tone": "ser", "title": refused.zh if chinese() else str(refused), "words": ""}


def _tiles(request: HttpRequest, k1: Figure, k9: Figure) -> list[dict[str, Any]]:
    late, pending = queries.excess_count(request.user, "late"), queries.excess_count(request.user, "todo")
    waiting = queries.waiting_imports(request.user)
    tiles: list[dict[str, Any]] = [
        {
            "title": _("在用号码"), "value": k1.denominator, "unit": "", "address": shown.address("home"),
            "line": _("截至 %(day)s") % {"day": k1.as_of.isoformat()},
        },
        {
            "title": _("未实名"), "value": k1.denominator - k1.numerator, "unit": "",
            "address": shown.address("home", tab="due"), "warn": k1.denominator > k1.numerator,
            "line": _("实名率 %(rate)s") % {"rate": shown.percent(k1.value)},
        },
        {
            "title": _("老用户未核查"), "value": k9.denominator - k9.numerator, "unit": "",
            "address": shown.address("rates", code="K9"),
            "line": _("核查率 %(rate)s") % {"rate": shown.percent(k9.value)},
        },
        {
            "title": _("超限卡待核验"), "value": pending, "unit": "", "address": shown.address("excess"),
            "warn": late > 0, "line": _("逾期 %(late)s 张") % {"late": late},
        },
        {
            "title": _("导入待复核"), "value": waiting, "unit": "", "address": shown.address("imports"),
            "line": _("须由另一人复核"),
        },
    ]  # fmt: skip
    return tiles


def _worst(request: HttpRequest, target: int | None) -> list[dict[str, Any]]:
    """The carriers and resellers furthest from the target."""
    found: list[dict[str, Any]] = []
    for by in ("carrier", "reseller"):
        rows = [one for one in figures(today(), by=by, user=request.user) if one.code == "K1" and one.key]
        found += shown.rate_rows(rows, by, target)
    return sorted(found, key=lambda row: (row["value"] is None, row["value"] or 0))[:WORST]


def _tabs(current: str) -> list[dict[str, Any]]:
    titles = {"all": _("在用号码"), "due": _("未实名")}
    return [
        {"title": title, "address": shown.address("home", tab=name if name != "all" else ""), "count": None,
         "current": name == current}
        for name, title in titles.items()
    ]  # fmt: skip
