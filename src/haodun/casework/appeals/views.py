"""The appeal desk: who may, form, verb, redirect."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from haodun.casework.appeals import queries, texts
from haodun.casework.appeals.access import appeal_or_404
from haodun.casework.appeals.guards import MILDER
from haodun.casework.appeals.models import Appeal
from haodun.casework.appeals.references import grouped
from haodun.casework.appeals.services import decide, preview_step, statement_of
from haodun.casework.appeals.states import TABLE
from haodun.casework.orders import shown
from haodun.casework.orders.access import actor_for_request
from haodun.offices.organisations.access import requires
from haodun.offices.organisations.services import Permission
from haodun.offices.transitions.services import Actor, Refused, clocks_of, steps_of
from haodun.registry.policies.services import lifted_everywhere
from haodun.registry.restrictions.services import by_ids

VERBS = (
    "acknowledge", "take_up", "lift", "lift_in_part", "uphold",
    "accept", "decline", "lift_finally", "uphold_finally", "go_to_court",
)  # fmt: skip
"""Verbs with a button, in their order: what frees somebody stands first."""
TONES = {
    "APPEALED": ("neu", "inbox"),
    "ACKNOWLEDGED": ("two", "scale"),
    "REVIEW": ("info", "eye"),
    "UPHELD": ("neu", "x"),
    "LIFTED": ("ok", "circle-check"),
    "PARTIAL": ("ok", "check"),
    "ESCALATED": ("two", "arrow-right"),
    "ACCEPTED": ("info", "eye"),
    "COURT": ("neu", "scale"),
    "CLOSED": ("neu", "check"),
}


@require_GET
@requires(Permission.APPEAL_READ)
def desk(request: HttpRequest) -> HttpResponse:
    """申诉: the queue."""
    tab = request.GET.get("tab", "todo")
    tab = tab if tab in queries.TABS else "todo"
    found = queries.page(request.user, tab=tab, cursor=request.GET.get("after", ""))
    context = {
        "tabs": _tabs(queries.counts(request.user), tab),
        "rows": _rows(found.rows),
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
    if action not in VERBS:
        return HttpResponse(status=404)
    reason, key = request.POST.get("reason", "").strip(), request.POST.get("key", "")[:80]
    data = {"measure": request.POST.get("measure", "")} if action == "lift_in_part" else None
    try:
        decide(actor_for_request(request), [found.id], action, key=key, reason=reason, data=data)
    except Refused as refused:
        notice = {"tone": "ser", "title": shown.sentence(refused), "words": ""}
        return _appeal_page(request, found, notice=notice, reason=reason, status=422)
    messages.success(request, _("已办理：%(step)s。") % {"step": shown.titled(TABLE.of(action)[0])})
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
    people = _people(record.actor for record in steps)
    restrictions = by_ids([found.restriction]) if found.restriction else []
    context = {
        "appeal": found,
        "reference": grouped(found.reference),
        "chip": (*TONES[found.state], shown.titled(TABLE.state(found.state))),
        "clocks": [shown.clock_of([clock]) for clock in clocks_of(TABLE.name, [found.id])],
        "statement": statement_of(found),
        "ground": found.get_ground_display(),
        "answers": [texts.of_restriction(one) for one in restrictions],
        "everywhere": lifted_everywhere(found.restriction) if found.restriction and found.state == "LIFTED" else None,
        "history": [_step(record, people) for record in reversed(steps)],
        "verbs": _verbs(found, actor_for_request(request)),
        "milder": [(one.value, str(texts.MEASURES[one])) for one in MILDER],
        "notice": notice,
        "reason": reason,
        "key": uuid.uuid4().hex,
    }
    return render(request, "appeals/appeal.html", context, status=status)


def _verbs(found: Appeal, actor: Actor) -> list[dict[str, Any]]:
    """What the person could decide: verbs of the state that the role has; `why` disables one."""
    verbs = []
    for name in VERBS:
        step = TABLE.step(name, found.state)
        if step is None or step.permission not in actor.permissions:
            continue
        refusal = preview_step(actor, found, name).refusal
        verbs.append(
            {
                "name": name,
                "title": shown.titled(step),
                "needs_reason": step.needs_reason,
                "why": shown.sentence(refusal) if refusal else "",
                "address": reverse("appeals:step", args=[found.id, name]),
            }
        )
    return verbs


def _step(record: Any, people: Mapping[uuid.UUID, str]) -> dict[str, Any]:
    title = shown.titled(TABLE.of(record.action)[0])
    return {"at": record.at, "title": title, "who": people.get(record.actor) or _("系统"), "reason": record.reason}


def _rows(appeals: list[Any]) -> list[dict[str, Any]]:
    now = timezone.now()
    people = _people(one.reviewer for one in appeals if one.reviewer)
    clocks: dict[uuid.UUID, list[Any]] = {}
    for clock in clocks_of(TABLE.name, [one.id for one in appeals]):
        clocks.setdefault(clock.object_id, []).append(clock)
    return [
        {
            "id": one.id,
            "late": one.due < now,
            "clock": shown.clock_of(clocks.get(one.id, [])),
            "document": grouped(one.reference),
            "address": reverse("appeals:appeal", args=[one.id]),
            "under": one.order.document if one.order else "",
            "category": one.get_ground_display(),
            "number": one.number,
            "tone": TONES[one.state][0],
            "icon": TONES[one.state][1],
            "state": shown.titled(TABLE.state(one.state)),
            "officer": people.get(one.reviewer, ""),
        }
        for one in appeals
    ]


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


def _people(ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, str]:
    found = get_user_model()._default_manager.filter(pk__in=set(ids))
    return {person.pk: str(person) for person in found}
