"""涉案号码与报表: K3, K4, K4b by month with baseline and window, the weekly form's sections 2 and 3."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from haodun.offices.organisations.services import Permission, requires
from haodun.registry.key_services import figures
from haodun.registry.key_services.figures import FigureRefused, Month
from haodun.registry.key_services.values import ServiceKind

_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])", re.ASCII)
SHOWN = 24
"""Months in the table, the newest."""
WEEK = timedelta(days=7)


@require_GET
@requires(Permission.SERVICE_READ)
def involved(request: HttpRequest) -> HttpResponse:
    """涉案 400 号码 by month of notice; the drop with its baseline and window, or not at all."""
    counts = figures.involved_by_month(request.user)
    chosen = {name: request.GET.getlist(name) for name in ("baseline", "window")}
    baseline, window = (read_months(chosen[name]) for name in ("baseline", "window"))
    asked = bool(chosen["baseline"] or chosen["window"])
    said, refused = "", ""
    try:
        if asked:
            said = drop_sentence(counts, baseline=baseline, window=window)
    except FigureRefused:
        refused = _("请选择基期和对比月份：两者不能为空、不能重叠，基期须有涉案号码。")
    now = timezone.localtime()
    context = {
        "months": [
            {
                "value": label(month),
                "count": counts[month],
                "change": _change(figures.month_on_month(counts, month)),
                "baseline": month in baseline,
                "window": month in window,
            }
            for month in sorted(counts, reverse=True)[:SHOWN]
        ],
        "spark": [counts[month] for month in sorted(counts)[-SHOWN:]],
        "said": said,
        "refused": refused,
        "form": _form_rows(request, now),
        "since": now - WEEK,
        "as_of": now,
    }
    return render(request, "key_services/involved.html", context, status=422 if refused else 200)


def read_months(texts: list[str]) -> list[Month]:
    """The months among these texts, in order; others are passed over."""
    found = [_MONTH.fullmatch(text) for text in texts[:60]]
    return sorted({(int(one[1]), int(one[2])) for one in found if one is not None})


def label(month: Month) -> str:
    """2016-05."""
    return f"{month[0]:04d}-{month[1]:02d}"


def drop_sentence(counts: dict[Month, int], *, baseline: list[Month], window: list[Month]) -> str:
    """The bulletin's sentence with its baseline and window named (RULES.md §0.1). FigureRefused without them."""
    fallen = figures.drop(counts, baseline=baseline, window=window)
    total, months = figures.mean_times(counts, baseline)
    parts = _("、").join(f"{label(month)} {counts.get(month, 0)}" for month in window)
    return _(
        "涉案 400 号码：基期 %(first)s 至 %(last)s 月均 %(mean)s 个，对比月份 %(parts)s，降幅 %(drop)s（%(exact)s）。"
    ) % {
        "first": label(baseline[0]),
        "last": label(baseline[-1]),
        "mean": total // months if total % months == 0 else f"{total / months:.1f}",
        "parts": parts,
        "drop": figures.percent(fallen, 0),
        "exact": figures.percent(fallen),
    }


def _change(value: int | None) -> str:
    if value is None:
        return "—"
    return (
        _("降 %(percent)s") % {"percent": figures.percent(value)}
        if value >= 0
        else _("升 %(percent)s") % {"percent": figures.percent(-value)}
    )


def _form_rows(request: HttpRequest, now: datetime) -> list[dict[str, Any]]:
    """Sections 2 and 3 of the weekly form, of the seven days before today."""
    until = timezone.make_aware(datetime.combine(timezone.localdate(now), time.min))
    found = {one.code: one for one in figures.weekly_form(request.user, since=until - WEEK, until=until, as_of=now)}
    rows = []
    for kind in ServiceKind:
        names = ("users", "real_name", "checked", "closed_users", "closed_numbers")
        cells = [_cell(found[f"form.2.{kind.value}.{name}"]) for name in names]
        rows.append({"title": str(kind.label), "cells": cells})
    agents = [_cell(found[f"form.3.{name}"]) for name in ("agents", "revoked")]
    return [{"section": 2, "rows": rows}, {"section": 3, "rows": [{"title": _("代理商"), "cells": agents}]}]


def _cell(figure: figures.Figure) -> str:
    if figure.value is None:
        return "—"
    return figures.percent(figure.value) if figure.unit == "percent/100" else str(figure.value)
