"""补登记: the queue of campaigns, one campaign, its approval."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from haodun.offices.organisations.services import Permission, requires, standing_of, sudo_until
from haodun.offices.organisations.sudo import lead
from haodun.offices.transitions import on_pages, paging
from haodun.offices.transitions.on_pages import actor_for_request, key_of, named, notice_of, titled, version_of
from haodun.offices.transitions.paging import read_page
from haodun.offices.transitions.services import BlastRadius, Refused, steps_of
from haodun.registry.reregistration import shown
from haodun.registry.reregistration.forms import CampaignForm
from haodun.registry.reregistration.models import Campaign
from haodun.registry.reregistration.planning import draft_campaign, preview_step, take
from haodun.registry.reregistration.reading import counts_of, plan_of, standings, told_of
from haodun.registry.reregistration.sayings import CAMPAIGN as SAYS
from haodun.registry.reregistration.sayings import CAMPAIGN_ORDER as ORDER
from haodun.registry.reregistration.sayings import CAMPAIGN_SEALS as SEALS
from haodun.registry.reregistration.states import CAMPAIGN, CAP
from haodun.registry.restrictions.services import LAWS, Basis, Radius, blast_cells, blast_flags


@require_GET
@requires(Permission.REREGISTRATION_READ)
def home(request: HttpRequest) -> HttpResponse:
    """The campaigns within reach, by the clock of their next step."""
    tab = request.GET.get("tab", "open")
    tab = tab if tab in (*shown.TABS, "all") else "open"
    rows: QuerySet[Any] = Campaign.objects.scoped_to(request.user)
    counts = {name: rows.filter(state__in=states)[: paging.COUNT_TO].count() for name, states in shown.TABS.items()}
    listed = rows if tab == "all" else rows.filter(state__in=shown.TABS[tab])
    found = read_page(
        shown.with_due(listed).select_related("organisation", "reseller"),
        by="due" if tab == "open" else "moved_at",
        newest_first=tab != "open",
        cursor=request.GET.get("after", "")[:200],
    )
    titles, here = {"open": _("办理中"), "ended": _("已结束"), "all": _("全部")}, reverse("reregistration:home")
    context = {
        "tabs": [
            {"title": title, "address": f"{here}?tab={name}", "count": counts.get(name), "current": name == tab}
            for name, title in titles.items()
        ],
        "rows": shown.campaign_rows(found.rows),
        "total": found.total,
        "after": f"{here}?tab={tab}&after={found.after}" if found.after else "",
        "first": f"{here}?tab={tab}" if request.GET.get("after") else "",
        **ways(request),
        "empty": {
            "kind": "none", "title": _("这里没有补登记安排"),
            "words": _("由运营商或转售企业拟定，另一人批准后开始。"),
        },
    }  # fmt: skip
    return render(request, "reregistration/home.html", context)


@require_http_methods(["GET", "POST"])
@requires(Permission.REREGISTRATION_PLAN)
def new(request: HttpRequest) -> HttpResponse:
    """拟定补登记."""
    form = CampaignForm(request.POST or None, initial={"starts_on": shown.today()})
    if request.method == "POST" and form.is_valid():
        try:
            made = draft_campaign(actor_for_request(request), form.campaign(), key=key_of(request))
        except Refused as refused:
            form.add_error(None, titled(refused))
        else:
            messages.success(request, _("已拟定，等另一人批准。"))
            return redirect("reregistration:campaign", made)
    context = {"form": form, "key": request.POST.get("key") or uuid.uuid4().hex}
    return render(request, "reregistration/new.html", context, status=422 if form.errors else 200)


@require_GET
@requires(Permission.REREGISTRATION_READ)
def campaign(request: HttpRequest, campaign_id: uuid.UUID) -> HttpResponse:
    """One campaign: what is true, what is due, what can be done."""
    return _page(request, _campaign(request, campaign_id))


@require_http_methods(["GET", "POST"])
@requires(Permission.REREGISTRATION_READ)
def approve(request: HttpRequest, campaign_id: uuid.UUID) -> HttpResponse:
    """What the campaign would restrict if nobody came; posting it approves."""
    row = _campaign(request, campaign_id)
    if request.method == "GET":
        return _sheet(request, row)
    try:
        take(
            actor_for_request(request), [row.id], "approve", key=key_of(request), seen=request.POST.get("seen", ""),
            reason=request.POST.get("remark", "").strip()[:400], version=version_of(request),
        )  # fmt: skip
    except Refused as refused:
        if refused.code == "sudo":
            return lead(request, reverse("sudo"))
        return _sheet(request, row, notice=notice_of(refused), status=422)
    messages.success(request, str(SAYS["approve"].done))
    return redirect("reregistration:campaign", row.id)


@require_POST
@requires(Permission.REREGISTRATION_READ)
def take_step(request: HttpRequest, campaign_id: uuid.UUID, action: str) -> HttpResponse:
    """Start or end a campaign."""
    row = _campaign(request, campaign_id)
    if action not in ("start", "end"):
        raise Http404
    reason = request.POST.get("reason", "").strip()
    try:
        take(
            actor_for_request(request), [row.id], action, key=key_of(request), reason=reason,
            version=version_of(request),
        )  # fmt: skip
    except Refused as refused:
        return _page(request, row, notice=notice_of(refused), status=422)
    messages.success(request, str(SAYS[action].done))
    return redirect("reregistration:campaign", row.id)


def ways(request: HttpRequest) -> dict[str, bool]:
    """What this reader may do here, for links and buttons."""
    standing = standing_of(request)
    held = standing.permissions if standing is not None else frozenset()
    return {
        "may_plan": Permission.REREGISTRATION_PLAN.value in held,
        "may_edit": Permission.SUBSCRIBER_EDIT.value in held,
        "may_read": Permission.REREGISTRATION_READ.value in held,
        "may_register": Permission.SUBSCRIBER_READ.value in held,
    }


def _page(
    request: HttpRequest, row: Campaign, *, notice: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    row = _campaign(request, row.id)
    counts = counts_of(row)
    here = reverse("reregistration:campaign", args=[row.id])
    address = {name: reverse("reregistration:step", args=[row.id, name]) for name in ORDER}
    address["approve"] = reverse("reregistration:approve", args=[row.id])
    told = shown.told_rows(told_of(row))
    context = {
        "row": row,
        "of": named(row.organisation),
        "scope": shown.scope(row),
        "chip": shown.chip(CAMPAIGN, row.state),
        "clock": shown.clock(row),
        "cards": shown.card_rows(counts),
        "taken": sum(counts.values()),
        "done": counts.get("REGISTERED", 0),
        "stopped": counts.get("ONE_WAY_STOP", 0) + counts.get("TWO_WAY_STOP", 0),
        "told": told,
        "failed": sum(one["failed"] for one in told),
        "targets": shown.targets_of(row, standings(request.user)),
        "plan": shown.plan_rows(plan_of(row)),
        "plan_titles": shown.plan_titles(),
        "verbs": on_pages.verbs(
            CAMPAIGN, row, actor_for_request(request), order=ORDER, sayings=SAYS, address=address,
            proved=sudo_until(request) is not None,
        ),
        "history": on_pages.history(steps_of(CAMPAIGN.name, row.id), SAYS, SEALS),
        "waits": _("待复核") if row.state == "DRAFT" else "",
        "notice": notice,
        "key": uuid.uuid4().hex,
        "here": here,
        **ways(request),
    }  # fmt: skip
    return render(request, "reregistration/campaign.html", context, status=status)


def _sheet(
    request: HttpRequest, row: Campaign, *, notice: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    row = _campaign(request, row.id)
    found = preview_step(actor_for_request(request), row, "approve")
    if found.blast is None:
        refused = notice_of(found.refusal) if found.refusal else notice
        return _page(request, row, notice=notice or refused, status=status)
    if request.method == "GET" and found.refusal is None and sudo_until(request) is None:
        return lead(request, reverse("sudo"))
    context = {"row": row, "notice": notice, "approval": _approval(row, found.blast, found.refusal)}
    return render(request, "reregistration/sheet_approve.html", context, status=status)


def _approval(row: Campaign, blast: BlastRadius, refusal: Refused | None) -> dict[str, Any]:
    page, chip = reverse("reregistration:approve", args=[row.id]), shown.chip(CAMPAIGN, row.state)
    days = {"remind": row.remind_after, "one": row.one_way_after, "two": row.two_way_after, "out": row.release_after}
    return {
        "tone": chip["tone"],
        "icon": chip["icon"],
        "state": chip["words"],
        "document": row.title,
        "under": f"{named(row.organisation)} · {shown.scope(row)}",
        "clock": shown.clock(row),
        "steps": [],
        "will": _(
            "先通知每位机主；%(remind)s 日后提醒，再过 %(one)s 日单停，再过 %(two)s 日双停，再过 %(out)s 日收回号码。"
            "任何一步补登记，限制立即解除；110、119、120、122 始终可以拨打。下面是无人补登记时的影响。"
        ) % days,
        "blast": blast_cells(blast, CAP),
        "flags": blast_flags(replace(blast, quiet=0) if isinstance(blast, Radius) else blast),
        "basis": [
            (_("法律依据"), titled(LAWS[Basis.MIIT_REREGISTRATION])),
            (_("开始日期"), row.starts_on.isoformat()),
        ],
        "seals": _seals(row),
        "confirms": [_("已看过影响范围"), _("营业厅和渠道已备好补登记")],
        "verb": _("同意，批准补登记 %(n)s 个号码") % {"n": blast.numbers},
        "action": page,
        "seen": blast.digest(),
        "key": uuid.uuid4().hex,
        "extra": [("version", row.version)],
        "why_not": titled(refusal) if refusal else "",
        "ready": _("批准后到开始日期才能开始；之后新开的号码不在其中。"),
        "page": page,
    }  # fmt: skip


def _seals(row: Campaign) -> list[dict[str, Any]]:
    """The two persons."""
    first = next((record for record in steps_of(CAMPAIGN.name, row.id) if record.action == "draft"), None)
    name = on_pages.people_of([first.actor]).get(first.actor, "") if first else ""
    unit, at = named(row.organisation), first.at if first else None
    return [
        {"words": _("已提出"), "wait": False, "name": name, "unit": unit, "at": at},
        {"words": _("待复核"), "wait": True, "name": _("另一人"), "unit": "", "at": None},
    ]


def _campaign(request: HttpRequest, campaign_id: uuid.UUID) -> Campaign:
    rows = shown.with_due(Campaign.objects.scoped_to(request.user)).select_related("organisation", "reseller")
    found: Campaign | None = rows.filter(id=campaign_id).first()
    if found is None:
        raise Http404
    return found
