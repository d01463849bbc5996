"""清理行动, 代理渠道, 黑名单, 涉案号码: who may, form, verb, redirect."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from haodun.offices.organisations.services import Permission, find, requires, sudo_until
from haodun.offices.organisations.sudo import lead
from haodun.offices.transitions import on_pages, paging
from haodun.offices.transitions.on_pages import (
    Saying,
    actor_for_request,
    key_of,
    named,
    notice_of,
    titled,
    version_of,
)
from haodun.offices.transitions.services import Refused, Table, clocks_of, steps_of
from haodun.registry.key_services import campaigns, queries, shown
from haodun.registry.key_services.access import may, row_or_404
from haodun.registry.key_services.agents import propose_agent, propose_listing, register_agent
from haodun.registry.key_services.blacklist import is_listed
from haodun.registry.key_services.forms import AgentForm, CampaignForm, ListingForm, PartyForm
from haodun.registry.key_services.models import Agent, CleanUp, Listing
from haodun.registry.key_services.other_states import AGENT, CAMPAIGN, LISTING
from haodun.registry.key_services.sayings import AGENT as AGENT_SAYS
from haodun.registry.key_services.sayings import CAMPAIGN as CAMPAIGN_SAYS
from haodun.registry.key_services.sayings import LISTING as LISTING_SAYS
from haodun.registry.key_services.sayings import SEALS
from haodun.registry.key_services.services import take
from haodun.registry.key_services.values import Breach, PartyKind, PersonSeen

SAYINGS: dict[str, dict[str, Saying]] = {
    CAMPAIGN.name: CAMPAIGN_SAYS,
    AGENT.name: AGENT_SAYS,
    LISTING.name: LISTING_SAYS,
}


@require_GET
@requires(Permission.SERVICE_READ)
def campaign_list(request: HttpRequest) -> HttpResponse:
    """清理行动."""
    found = queries.campaigns(request.user, cursor=request.GET.get("after", "")[:200])
    here = reverse("key_services:campaigns")
    context = {
        "rows": shown.campaign_rows(found.rows),
        "total": found.total,
        "after": f"{here}?after={found.after}" if found.after else "",
        "first": here if request.GET.get("after") else "",
        "may_plan": may(request, Permission.SERVICE_FLAG),
        "empty": {"kind": "none", "title": _("没有清理行动"), "words": _("拟定一次行动，对存量业务逐个核查。")},
    }
    return render(request, "key_services/campaigns.html", context)


@require_http_methods(["GET", "POST"])
@requires(Permission.SERVICE_FLAG)
def campaign_new(request: HttpRequest) -> HttpResponse:
    """拟定清理行动."""
    form = CampaignForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = campaigns.plan_campaign(actor_for_request(request), key=key_of(request), **form.cleaned_data)
        except Refused as refused:
            form.add_error(None, titled(refused))
        else:
            messages.success(request, _("草案已拟定，请看范围；由另一人批准。"))
            return redirect("key_services:campaign", made)
    return _form(request, form, title=_("拟定清理行动"), back=("key_services:campaigns", _("清理行动")))


@require_GET
@requires(Permission.SERVICE_READ)
def campaign(request: HttpRequest, row_id: uuid.UUID) -> HttpResponse:
    """One campaign: what it is about, how it goes."""
    return _campaign(request, row_or_404(request, CleanUp, row_id, "organisation"))


@require_GET
@requires(Permission.AGENT_READ)
def agent_list(request: HttpRequest) -> HttpResponse:
    """代理渠道."""
    tab = request.GET.get("tab", "at_work")
    tab = tab if tab in (*queries.AGENT_TABS, "all") else "at_work"
    found = queries.agents(request.user, tab=tab, cursor=request.GET.get("after", "")[:200])
    titles = {"at_work": _("在用"), "breach": _("有违规"), "gone": _("已取消"), "all": _("全部")}
    here = reverse("key_services:agents")
    counted = queries.counts(request.user, queries.AGENT_TABS, Agent)
    context = {
        "tabs": shown.tabs(titles, tab, here, counted),
        "rows": shown.agent_rows(found.rows),
        "title": _("代理渠道"),
        "note": _("代理商须签署责任承诺书，不得转委托；违规的取消代理并可列入行业黑名单。"),
        "of_title": _("运营商"),
        "add": (reverse("key_services:agent_new"), _("登记代理商")) if may(request, Permission.AGENT_EDIT) else None,
        **_pages(request, found, here, tab),
    }
    return render(request, "key_services/parties.html", context)


@require_http_methods(["GET", "POST"])
@requires(Permission.AGENT_EDIT)
def agent_new(request: HttpRequest) -> HttpResponse:
    """登记代理商."""
    form = AgentForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = register_agent(
                actor_for_request(request),
                name=given["name"],
                uscc=given["uscc"],
                legal=PersonSeen(given["legal_name"], given["legal_document"]),
                committed_on=given["committed_on"],
                key=key_of(request),
            )
        except Refused as refused:
            form.add_error({"uscc": "uscc", "commitment": "committed_on"}.get(refused.code), titled(refused))
        else:
            messages.success(request, _("代理商已登记。"))
            return redirect("key_services:agent", made)
    return _form(request, form, title=_("登记代理商"), back=("key_services:agents", _("代理渠道")))


@require_GET
@requires(Permission.AGENT_READ)
def agent(request: HttpRequest, row_id: uuid.UUID) -> HttpResponse:
    """One agent."""
    return _agent(request, row_or_404(request, Agent, row_id, "carrier"))


@require_POST
@requires(Permission.BLACKLIST_EDIT)
def agent_propose(request: HttpRequest, row_id: uuid.UUID) -> HttpResponse:
    """Propose a revoked agent for the blacklist."""
    row = row_or_404(request, Agent, row_id, "carrier")
    try:
        made = propose_agent(actor_for_request(request), row, key=key_of(request))
    except Refused as refused:
        return _agent(request, row, notice=notice_of(refused), status=422)
    messages.success(request, _("已提请列入黑名单，等另一人批准。"))
    return redirect("key_services:listing", made)


@require_GET
@requires(Permission.BLACKLIST_READ)
def listing_list(request: HttpRequest) -> HttpResponse:
    """渠道黑名单: shared by the industry."""
    return _blacklist(request)


@never_cache
@require_POST
@requires(Permission.BLACKLIST_READ)
def listing_check(request: HttpRequest) -> HttpResponse:
    """查黑名单: whether a code or document is listed; the answer alone is shown, the question is kept nowhere."""
    form = PartyForm(request.POST)
    result: dict[str, Any] | None = None
    if form.is_valid():
        found = is_listed(form.cleaned_data["party"])
        result = {"listed": found, "breach": str(Breach(found.breach).label) if found else ""}
        if found:
            units = find().filter(id=found.source)
            result["source"] = named(units[0]) if units else ""
    return _blacklist(request, form=form, result=result, status=200 if form.is_valid() else 422)


@require_http_methods(["GET", "POST"])
@requires(Permission.BLACKLIST_EDIT)
def listing_new(request: HttpRequest) -> HttpResponse:
    """提请列入黑名单."""
    form = ListingForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = propose_listing(
                actor_for_request(request),
                kind=PartyKind(given["kind"]),
                name=given["name"],
                uscc=given["uscc"],
                document=given["document"],
                breach=Breach(given["breach"]),
                note=given["note"],
                key=key_of(request),
            )
        except Refused as refused:
            form.add_error({"document": "document"}.get(refused.code), titled(refused))
        else:
            messages.success(request, _("已提请列入黑名单，等另一人批准。"))
            return redirect("key_services:listing", made)
    return _form(request, form, title=_("提请列入黑名单"), back=("key_services:blacklist", _("渠道黑名单")))


@require_GET
@requires(Permission.BLACKLIST_READ)
def listing(request: HttpRequest, row_id: uuid.UUID) -> HttpResponse:
    """One listing."""
    return _listing(request, row_or_404(request, Listing, row_id, "organisation"))


@require_POST
@requires(Permission.SERVICE_READ)
def campaign_step(request: HttpRequest, row_id: uuid.UUID, action: str) -> HttpResponse:
    """A verb on a campaign."""
    return _step(request, row_or_404(request, CleanUp, row_id, "organisation"), CAMPAIGN, action)


@require_POST
@requires(Permission.AGENT_READ)
def agent_step(request: HttpRequest, row_id: uuid.UUID, action: str) -> HttpResponse:
    """A verb on an agent."""
    return _step(request, row_or_404(request, Agent, row_id, "carrier"), AGENT, action)


@require_POST
@requires(Permission.BLACKLIST_READ)
def listing_step(request: HttpRequest, row_id: uuid.UUID, action: str) -> HttpResponse:
    """A verb on a listing."""
    return _step(request, row_or_404(request, Listing, row_id, "organisation"), LISTING, action)


def _step(request: HttpRequest, row: Any, table: Table, action: str) -> HttpResponse:
    pages: dict[str, tuple[Callable[..., HttpResponse], str]] = {
        CAMPAIGN.name: (_campaign, "key_services:campaign"),
        AGENT.name: (_agent, "key_services:agent"),
        LISTING.name: (_listing, "key_services:listing"),
    }
    page, name = pages[table.name]
    if action not in shown.ORDER[table.name]:
        return HttpResponse(status=404)
    reason, data = request.POST.get("reason", "").strip(), {}
    if action == "find_breach":
        data, reason = {"breach": request.POST.get("measure", ""), "note": reason[:400]}, ""
    try:
        take(
            actor_for_request(request), [row.id], action, table=table, key=key_of(request), reason=reason, data=data,
            version=version_of(request),
        )  # fmt: skip
    except Refused as refused:
        if refused.code == "sudo":
            return lead(request, reverse("sudo"))
        return page(request, row, notice=notice_of(refused), status=422)
    messages.success(request, str(SAYINGS[table.name][action].done))
    return redirect(name, row.id)


def _case(request: HttpRequest, row: Any, table: Table, name: str) -> dict[str, Any]:
    """What every page of one row has."""
    row.refresh_from_db()
    sayings = SAYINGS[table.name]
    names = shown.ORDER[table.name]
    address = {one: reverse(f"key_services:{name}_step", args=[row.id, one]) for one in names}
    sample = {"find_breach": {"breach": Breach.CARD_FARMING.value, "note": "—"}}
    return {
        "row": row,
        "chip": shown.chip(table, row),
        "clock": on_pages.clock_of(clocks_of(table.name, [row.id])),
        "verbs": on_pages.verbs(
            table, row, actor_for_request(request), order=names, sayings=sayings, address=address,
            proved=sudo_until(request) is not None, data=sample,
        ),
        "history": on_pages.history(steps_of(table.name, row.id), sayings, SEALS),
        "here": reverse(f"key_services:{name}", args=[row.id]),
        "key": uuid.uuid4().hex,
    }  # fmt: skip


def _campaign(
    request: HttpRequest, row: CleanUp, *, notice: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    draft = row.state in ("DRAFT", "DROPPED")
    foreseen = campaigns.foresee(row) if draft else None
    units = {unit.id: named(unit) for unit in find().filter(id__in=list(foreseen.by_carrier))} if foreseen else {}
    left = [] if draft else [one for one in campaigns.not_looked_at(row) if set(one.readers) & _own(request)]
    context = _case(request, row, CAMPAIGN, "campaign") | {
        "kinds": shown.kinds_of(row),
        "unit": named(row.organisation),
        "foreseen": foreseen,
        "by_carrier": [(units.get(key, ""), count) for key, count in foreseen.by_carrier.items()] if foreseen else [],
        "progress": None if draft else campaigns.progress(row),
        "left": shown.service_rows(left),
        "waits": _("待复核") if row.state == "DRAFT" else "",
        "notice": notice,
    }
    return render(request, "key_services/campaign.html", context, status=status)


def _own(request: HttpRequest) -> set[uuid.UUID]:
    actor = actor_for_request(request)
    return {actor.organisation_id} if actor.organisation_id else set()


def _agent(
    request: HttpRequest, row: Agent, *, notice: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    context = _case(request, row, AGENT, "agent") | {
        "name": row.name,
        "crumb": (reverse("key_services:agents"), _("代理渠道")),
        "facts": [
            (_("运营商"), named(row.carrier)),
            (_("统一社会信用代码"), row.uscc),
            (_("签署责任承诺书"), row.committed_on.isoformat() if row.committed_on else "—"),
            *([(_("违规"), str(Breach(row.breach).label)), (_("事实"), row.breach_note)] if row.breach else []),
        ],
        "choices": Breach.choices,
        "propose": reverse("key_services:agent_propose", args=[row.id])
        if row.state == "REVOKED" and may(request, Permission.BLACKLIST_EDIT)
        else "",
        "notice": notice,
    }
    return render(request, "key_services/party.html", context, status=status)


def _listing(
    request: HttpRequest, row: Listing, *, notice: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    context = _case(request, row, LISTING, "listing") | {
        "name": row.masked,
        "crumb": (reverse("key_services:blacklist"), _("渠道黑名单")),
        "facts": [
            (_("对象"), row.get_kind_display()),
            *([(_("统一社会信用代码"), row.uscc)] if row.uscc else []),
            (_("违规"), str(Breach(row.breach).label)),
            (_("事实"), row.note),
            (_("列入节点"), row.node) if row.node else (_("提请单位"), named(row.organisation)),
        ],
        "waits": _("待复核") if row.state in ("PROPOSED", "REVIEW") else "",
        "notice": notice,
    }
    return render(request, "key_services/party.html", context, status=status)


def _blacklist(
    request: HttpRequest, *, form: PartyForm | None = None, result: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    tab = request.GET.get("tab", "listed")
    tab = tab if tab in (*queries.LISTING_TABS, "all") else "listed"
    found = queries.listings(request.user, tab=tab, cursor=request.GET.get("after", "")[:200])
    titles = {"todo": _("待复核"), "listed": _("在名单"), "gone": _("已移出或未列入"), "all": _("全部")}
    here = reverse("key_services:blacklist")
    counted = queries.counts(request.user, queries.LISTING_TABS, Listing)
    may_add = may(request, Permission.BLACKLIST_EDIT)
    context = {
        "tabs": shown.tabs(titles, tab, here, counted, two=("todo",)),
        "rows": shown.listing_rows(found.rows),
        "title": _("渠道黑名单"),
        "note": _("全行业共享；列入和移出都由两个人办理。列入的不得担任代理商，也不得开通重点业务和语音专线。"),
        "of_title": _("提请单位"),
        "add": (reverse("key_services:listing_new"), _("提请列入")) if may_add else None,
        "check": form or PartyForm(),
        "result": result,
        **_pages(request, found, here, tab),
    }
    return render(request, "key_services/parties.html", context, status=status)


def _pages(request: HttpRequest, found: paging.Page, here: str, tab: str) -> dict[str, Any]:
    return {
        "total": found.total,
        "after": f"{here}?tab={tab}&after={found.after}" if found.after else "",
        "first": f"{here}?tab={tab}" if request.GET.get("after") else "",
        "empty": {"kind": "none", "title": _("这一栏是空的"), "words": _("换一个视图看看。")},
    }


def _form(request: HttpRequest, form: Any, *, title: str, back: tuple[str, str]) -> HttpResponse:
    context = {
        "form": form,
        "title": title,
        "back": reverse(back[0]),
        "back_title": back[1],
        "key": request.POST.get("key") or uuid.uuid4().hex,
    }
    return render(request, "key_services/form.html", context, status=422 if form.errors else 200)
