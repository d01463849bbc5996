"""The number page: addressed by an opaque id, masked, each look with a purpose and an entry in the ledger."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from haodun.audit.services import AuditKind, record, value_of
from haodun.console.formatting import masked_groups, plain_groups
from haodun.console.number_facts import facts_of, restrictions_of
from haodun.console.number_sources import Question, ask, by_day, lane_rows
from haodun.console.reader import Reader, reader_of
from haodun.offices.organisations.access import requires
from haodun.offices.organisations.services import Permission

SHOWN_FOR = timedelta(seconds=60)
REVEALED = "haodun.revealed"
"""Session key: opaque id → until when its number is shown without script."""
RANGES = {"14m": timedelta(days=425), "7d": timedelta(days=7), "all": timedelta(days=3650)}
KINDS = ("verdict", "restriction", "order", "appeal", "holding", "look")
MAX_EVENTS = 100
"""Events on one page; the filter narrows them."""


@require_safe
@requires(Permission.NUMBER_LOOKUP)
def number_page(request: HttpRequest, subject: UUID) -> HttpResponse:
    """What the number is, whose it is now, what holds, why, who looked. 404 for an id that names no number."""
    number, reader = _number(subject), reader_of(request)
    if not reader.purpose:
        return render(request, "console/purpose_first.html", {"next": request.path})
    _write(AuditKind.NUMBER_LOOKED_UP, reader, subject)
    now = timezone.now()
    chosen = request.GET.get("range", "14m")
    length = RANGES.get(chosen, RANGES["14m"])
    answer = ask(Question(number, subject, now - length, now, reader))
    shown = request.GET.get("show", "")
    events = [one for one in answer.happenings if shown not in KINDS or one.kind == shown]
    held = restrictions_of(number, now, reader)
    context = {
        "subject": subject,
        "number": number,
        "shown_groups": plain_groups(number) if _still_shown(request, subject, now) else (),
        "masked": " ".join(masked_groups(number)),
        "facts": facts_of(number, now, reader),
        "restrictions": held,
        "lanes": lane_rows(answer.lanes),
        "hours": [{"at": one.at, "count": one.count, "high": one.high} for one in answer.hours],
        "start": now - length,
        "end": now,
        "change": answer.changes[0] if answer.changes else None,
        "days": list(by_day(events[:MAX_EVENTS], answer.changes, _rule())),
        "more": max(0, len(events) - MAX_EVENTS),
        "limits": answer.notes,
        "looks": [one for one in answer.happenings if one.kind == "look"][:8],
        "tabs": _tabs(request, answer.happenings, shown, chosen),
        "ranges": _ranges(request, chosen, shown),
    }
    return render(request, "console/number.html", context)


@require_POST
@requires(Permission.NUMBER_UNMASK)
def reveal(request: HttpRequest, subject: UUID) -> HttpResponse:
    """显示全号: needs a purpose, writes the ledger, shows for 60 s; a fragment for htmx, else back to the page."""
    number, reader = _number(subject), reader_of(request)
    if not reader.purpose:
        return HttpResponseRedirect(f"{reverse('purpose')}?next={reverse('number', args=[subject])}")
    _write(AuditKind.NUMBER_REVEALED, reader, subject)
    if not request.headers.get("HX-Request"):
        kept = dict(request.session.get(REVEALED, {}))
        kept[str(subject)] = (timezone.now() + SHOWN_FOR).isoformat()
        request.session[REVEALED] = kept
        return HttpResponseRedirect(reverse("number", args=[subject]))
    context = {
        "subject": subject,
        "shown": plain_groups(number),
        "masked": " ".join(masked_groups(number)),
        "big": bool(request.POST.get("big")),
        "kind": request.POST.get("kind", "")[:24],
    }
    return render(request, "console/parts/number_chip.html", context)


def _number(subject: UUID) -> int:
    value = value_of("number", subject)
    if value is None:
        raise Http404
    return int(value)


def _write(kind: AuditKind, reader: Reader, subject: UUID) -> None:
    if reader.standing is None:
        raise PermissionDenied
    with transaction.atomic():
        record(
            kind,
            actor=reader.user_id,
            organisation=reader.standing.organisation_id,
            on_behalf_of=reader.standing.giver_id,
            object_type="number",
            object_id=subject,
            subject=subject,
            purpose=reader.purpose,
        )


def _still_shown(request: HttpRequest, subject: UUID, now: datetime) -> bool:
    until = request.session.get(REVEALED, {}).get(str(subject))
    return bool(until) and datetime.fromisoformat(until) > now


def _rule() -> str:
    return _("以上属当前持有区间（{since} 起）。以下属前持有人，不计入当前风险。")


def _tabs(request: HttpRequest, happenings: list[Any], shown: str, chosen: str) -> list[dict[str, Any]]:
    titles = {
        "": _("全部"), "verdict": _("判定"), "restriction": _("限制"), "order": _("指令"), "appeal": _("申诉"),
        "holding": _("登记"), "look": _("谁看过"),
    }  # fmt: skip
    counts = {kind: sum(one.kind == kind for one in happenings) for kind in KINDS}
    counts[""] = len(happenings)
    return [
        {"title": title, "count": counts[kind], "current": kind == (shown if shown in KINDS else ""),
         "address": f"{request.path}?range={chosen}" + (f"&show={kind}" if kind else "")}
        for kind, title in titles.items() if counts[kind] or not kind
    ]  # fmt: skip


def _ranges(request: HttpRequest, chosen: str, shown: str) -> list[dict[str, Any]]:
    titles = {"all": _("全部"), "14m": _("14 个月"), "7d": _("7 日")}
    current = chosen if chosen in RANGES else "14m"
    keep = f"&show={shown}" if shown in KINDS else ""
    return [
        {"title": title, "current": name == current, "address": f"{request.path}?range={name}{keep}"}
        for name, title in titles.items()
    ]
