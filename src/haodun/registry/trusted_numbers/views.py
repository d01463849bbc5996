"""我的号码, the centre's desk, an entry's page: who may, form, verb, redirect."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from haodun.offices.organisations.access import requires
from haodun.offices.organisations.services import Permission
from haodun.offices.transitions import on_pages
from haodun.offices.transitions.on_pages import actor_for_request, key_of, notice_of
from haodun.offices.transitions.services import Actor, Refused, clocks_of, steps_of
from haodun.registry.trusted_numbers import queries, services, shown
from haodun.registry.trusted_numbers.evidence import ENDINGS, name_of
from haodun.registry.trusted_numbers.models import Entry, Evidence
from haodun.registry.trusted_numbers.receipts import everywhere
from haodun.registry.trusted_numbers.sayings import PREVIEW, SAYINGS, SEALS, VERBS
from haodun.registry.trusted_numbers.states import TABLE, WITH_APPLICANT

SHOWN_NUMBERS = 100
"""Numbers on an entry's page."""


def entry_or_404(request: HttpRequest, entry_id: uuid.UUID) -> Entry:
    """An entry the person may read; strangers get the same 404 as for one that is none."""
    found: Entry | None = Entry.objects.scoped_to(request.user).select_related("holder").filter(id=entry_id).first()
    if found is None:
        raise Http404
    return found


@require_GET
@requires(Permission.TRUSTED_APPLY)
def mine(request: HttpRequest) -> HttpResponse:
    """我的号码: are my numbers trusted, marked, expiring."""
    now = timezone.now()
    tab = request.GET.get("tab", "active")
    tab = tab if tab in queries.OWN_TABS else "active"
    found = queries.page(request.user, queries.OWN_TABS, tab=tab, cursor=request.GET.get("after", "")[:120])
    titles = {"active": _("有效"), "open": _("申请中"), "ended": _("已结束")}
    counted = queries.counts(request.user, queries.OWN_TABS)
    context = {
        "facts": shown.own_facts(request.user, now),
        "tabs": _tabs("trusted:mine", titles, counted, tab),
        "rows": shown.rows(found.rows, now),
        "after": _address("trusted:mine", tab, found.after) if found.after else "",
        "before": _address("trusted:mine", tab) if request.GET.get("after") else "",
        "key": uuid.uuid4().hex,
        "empty": {"kind": "none", "title": _("这里没有登记"), "words": _("申请的可信号码会出现在这里。")},
    }
    return render(request, "trusted/mine.html", context)


@require_GET
@requires(Permission.TRUSTED_READ)
def desk(request: HttpRequest) -> HttpResponse:
    """可信号码: the centre's queue by clock; others read what they may."""
    now = timezone.now()
    tab = request.GET.get("tab", "todo")
    tab = tab if tab in queries.TABS else "todo"
    found = queries.page(request.user, queries.TABS, tab=tab, cursor=request.GET.get("after", "")[:120])
    titles = {
        "todo": _("待办"),
        "late": _("逾期"),
        "approve": _("待批准"),
        "active": _("有效"),
        "ended": _("已结束"),
        "all": _("全部"),
    }
    context = {
        "tabs": _tabs("trusted:desk", titles, queries.counts(request.user, queries.TABS), tab),
        "rows": shown.rows(found.rows, now),
        "total": found.total,
        "after": _address("trusted:desk", tab, found.after) if found.after else "",
        "before": _address("trusted:desk", tab) if request.GET.get("after") else "",
        "empty": {"kind": "none", "title": _("这里没有申请"), "words": _("新的申请提交后会出现在这里。")},
    }
    return render(request, "trusted/desk.html", context)


@require_GET
@requires(Permission.TRUSTED_READ)
def entry(request: HttpRequest, entry_id: uuid.UUID) -> HttpResponse:
    """One entry: what is true, what is due, what can be done."""
    return entry_page(request, entry_or_404(request, entry_id))


@require_POST
@requires(Permission.TRUSTED_READ)
def take_step(request: HttpRequest, entry_id: uuid.UUID, action: str) -> HttpResponse:
    """A verb of the table on one entry."""
    found = entry_or_404(request, entry_id)
    if action not in VERBS:
        raise Http404
    reason, remedy = request.POST.get("reason", "").strip(), request.POST.get("remedy", "").strip()
    try:
        services.step(
            actor_for_request(request), [found.id], action, key=key_of(request), reason=reason, data={"remedy": remedy}
        )
    except Refused as refused:
        return entry_page(request, found, notice=notice_of(refused), kept=(reason, remedy), status=422)
    messages.success(request, str(SAYINGS[action].done))
    return redirect("trusted:entry", found.id)


@require_GET
@requires(Permission.TRUSTED_READ)
def paper(request: HttpRequest, entry_id: uuid.UUID, paper_id: uuid.UUID) -> HttpResponse:
    """A paper as a file to keep, never shown by this site's own pages; the look is in the ledger."""
    found = entry_or_404(request, entry_id)
    one: Evidence | None = found.evidence.filter(id=paper_id).first()
    if one is None:
        raise Http404
    try:
        given = services.open_evidence(actor_for_request(request), one)
    except Refused as refused:
        return entry_page(request, found, notice=notice_of(refused), status=422)
    answer = HttpResponse(given.data, content_type=given.media_type)
    answer["Content-Disposition"] = f'attachment; filename="{one.kind}-{one.id}{ENDINGS[given.media_type]}"'
    answer["Cache-Control"] = "no-store"
    return answer


def entry_page(
    request: HttpRequest,
    found: Entry,
    *,
    notice: Mapping[str, str] | None = None,
    kept: tuple[str, str] = ("", ""),
    status: int = 200,
) -> HttpResponse:
    """The page of an entry, with a notice above it where something was refused."""
    found.refresh_from_db()
    actor = actor_for_request(request)
    own = actor.organisation_id == found.holder_id
    context = {
        "entry": found,
        "own": own,
        "holder": found.holder,
        "name": shown.name_of(found),
        "chip": shown.state_of(found),
        "clocks": [on_pages.clock_of([one]) for one in clocks_of(TABLE.name, [found.id])],
        "numbers": shown.number_rows(found, SHOWN_NUMBERS),
        "more": max(0, found.numbers.count() - SHOWN_NUMBERS),
        "may_verify": own and found.state in ("DRAFT", "SENT_BACK", "PENDING"),
        "papers": [{"row": one, "name": name_of(one)} for one in found.evidence.order_by("at")],
        "verbs": _verbs(found, actor),
        "remedies": list(PREVIEW),
        "history": on_pages.history(steps_of(TABLE.name, found.id), SAYINGS, SEALS),
        "waits": _("待批准") if found.state == "EVIDENCE_CHECKED" else "",
        "everywhere": everywhere(found.change) if found.change else None,
        "may_change": own and found.state in WITH_APPLICANT,
        "may_renew": own and found.state == "ACTIVE",
        "notice": notice,
        "reason": kept[0],
        "remedy": kept[1],
        "key": uuid.uuid4().hex,
    }
    return render(request, "trusted/entry.html", context, status=status)


def _verbs(found: Entry, actor: Actor) -> list[dict[str, Any]]:
    own = actor.organisation_id == found.holder_id
    wanted = [name for name in VERBS if own == (name in ("submit", "withdraw", "give_up"))]
    return on_pages.verbs(
        TABLE,
        found,
        actor,
        order=wanted,
        sayings=SAYINGS,
        address={name: reverse("trusted:step", args=[found.id, name]) for name in wanted},
        proved=True,
        data=PREVIEW,
    )


def _tabs(url: str, titles: Mapping[str, str], counted: Mapping[str, int], current: str) -> list[dict[str, Any]]:
    return [
        {
            "title": title,
            "address": _address(url, name),
            "count": counted.get(name),
            "late": name == "late" and bool(counted.get(name)),
            "two": name == "approve",
            "current": name == current,
        }
        for name, title in titles.items()
    ]


def _address(url: str, tab: str, after: str = "") -> str:
    return f"{reverse(url)}?{urlencode({'tab': tab, **({'after': after} if after else {})})}"
