"""The appeal desk: who may, form, verb, redirect."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from haodun.audit.services import subject_for
from haodun.casework.appeals import queries, shown, texts
from haodun.casework.appeals.access import appeal_or_404
from haodun.casework.appeals.guards import MILDER
from haodun.casework.appeals.models import Appeal
from haodun.casework.appeals.references import grouped
from haodun.casework.appeals.sayings import saying
from haodun.casework.appeals.services import decide, preview_step, statement_of
from haodun.casework.appeals.states import TABLE
from haodun.casework.orders import shown as of_orders
from haodun.casework.orders.access import actor_for_request
from haodun.casework.orders.effects import SUBJECT
from haodun.offices.organisations.access import requires
from haodun.offices.organisations.services import Permission
from haodun.offices.transitions.services import Refused, clocks_of, steps_of
from haodun.registry.policies.services import lifted_everywhere
from haodun.registry.restrictions.services import by_ids


@require_GET
@requires(Permission.APPEAL_READ)
def desk(request: HttpRequest) -> HttpResponse:
    """申诉: the queue."""
    tab = request.GET.get("tab", "todo")
    tab = tab if tab in queries.TABS else "todo"
    found = queries.page(request.user, tab=tab, cursor=request.GET.get("after", ""))
    context = {
        "tabs": _tabs(queries.counts(request.user), tab),
        "rows": shown.rows(found.rows),
        "total": found.total,
        "after": _address(tab, after=found.after) if found.after else "",
        "before": _address(tab) if request.GET.get("after") else "",
        "empty": {"kind": "none", "title": _("这里没有申诉"), "words": _("新的申诉提交后会出现在这里。")},
    }
    return render(request, "appeals/desk.html", context)


@require_GET
@requires(Permission.APPEAL_READ)
def appeal(request: HttpRequest, appeal_id: uuid.UUID) -> HttpResponse:
    """One appeal: what was restricted and why, what the appellant says, what may be decided."""
    return _appeal_page(request, appeal_or_404(request, appeal_id))


@require_POST
@requires(Permission.APPEAL_READ)
def take_step(request: HttpRequest, appeal_id: uuid.UUID, action: str) -> HttpResponse:
    """A verb of the table on one appeal."""
    found = appeal_or_404(request, appeal_id)
    if action not in shown.VERBS:
        return HttpResponse(status=404)
    reason, key = request.POST.get("reason", "").strip(), request.POST.get("key", "")[:80]
    data = {"measure": request.POST.get("measure", "")} if action == "lift_in_part" else None
    try:
        decide(actor_for_request(request), [found.id], action, key=key, reason=reason, data=data)
    except Refused as refused:
        notice = {"tone": "ser", "title": of_orders.sentence(refused), "words": ""}
        return _appeal_page(request, found, notice=notice, reason=reason, status=422)
    messages.success(request, str(saying(action).done))
    return redirect("appeals:appeal", found.id)


def _appeal_page(
    request: HttpRequest,
    found: Appeal,
    *,
    notice: Mapping[str, str] | None = None,
    reason: str = "",
    status: int = 200,
) -> HttpResponse:
    found.refresh_from_db()
    steps = steps_of(TABLE.name, found.id)
    people = shown.people_of(record.actor for record in steps)
    restrictions = by_ids([found.restriction]) if found.restriction else []
    actor = actor_for_request(request)
    context = {
        "appeal": found,
        "subject": subject_for(SUBJECT, found.number) if found.number > 0 else None,
        "may_look": Permission.NUMBER_LOOKUP.value in actor.permissions,
        "here": reverse("appeals:appeal", args=[found.id]),
        "reference": grouped(found.reference),
        "chip": (*shown.TONES[found.state], shown.state_of(found)),
        "clocks": [of_orders.clock_of([clock]) for clock in clocks_of(TABLE.name, [found.id])],
        "statement": statement_of(found),
        "ground": found.get_ground_display(),
        "answers": [texts.of_restriction(one) for one in restrictions],
        "everywhere": lifted_everywhere(found.restriction) if found.restriction and found.state == "LIFTED" else None,
        "history": shown.history(steps, people),
        "verbs": shown.verbs(found, actor, preview_step),
        "milder": [(one.value, str(texts.MEASURES[one])) for one in MILDER],
        "notice": notice,
        "reason": reason,
        "key": uuid.uuid4().hex,
    }
    return render(request, "appeals/appeal.html", context, status=status)


def _tabs(counts: Mapping[str, int], current: str) -> list[dict[str, Any]]:
    titles = {
        "todo": _("待办"),
        "late": _("逾期"),
        "review": _("待复核"),
        "above": _("上一级"),
        "done": _("已答复"),
        "all": _("全部"),
    }
    return [
        {
            "title": title,
            "address": _address(name),
            "count": counts.get(name),
            "late": name == "late" and bool(counts.get(name)),
            "two": name == "review",
            "current": name == current,
        }
        for name, title in titles.items()
    ]


def _address(tab: str, *, after: str = "") -> str:
    query = {"tab": tab, **({"after": after} if after else {})}
    return f"{reverse('appeals:desk')}?{urlencode(query)}"
