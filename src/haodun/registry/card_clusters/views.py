"""黑卡卡群: who may, verb, redirect."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from haodun.offices.organisations.services import Permission, requires, standing_of, sudo_until
from haodun.offices.organisations.sudo import lead
from haodun.offices.transitions import on_pages, paging
from haodun.offices.transitions.on_pages import actor_for_request, key_of, notice_of, version_of
from haodun.offices.transitions.paging import read_page
from haodun.offices.transitions.services import Refused, clocks_of, steps_of
from haodun.registry.card_clusters import shown
from haodun.registry.card_clusters.drawing import DRAWN, graph
from haodun.registry.card_clusters.finding import ask_look
from haodun.registry.card_clusters.models import Cluster
from haodun.registry.card_clusters.sayings import CLUSTER as SAYS
from haodun.registry.card_clusters.sayings import SEALS
from haodun.registry.card_clusters.services import take
from haodun.registry.card_clusters.states import TABLE
from haodun.registry.card_clusters.values import rules_at


@require_GET
@requires(Permission.CLUSTER_READ)
def home(request: HttpRequest) -> HttpResponse:
    """The clusters within reach, by what is to be done."""
    tab = request.GET.get("tab", "open")
    tab = tab if tab in (*shown.TABS, "all") else "open"
    rows: QuerySet[Any] = Cluster.objects.scoped_to(request.user)
    counts = {name: rows.filter(state__in=shown.TABS[name])[: paging.COUNT_TO].count() for name in ("open", "review")}
    listed = rows if tab == "all" else rows.filter(state__in=shown.TABS[tab])
    found = read_page(
        listed, by="moved_at", newest_first=tab not in ("open", "review"), cursor=request.GET.get("after", "")[:200]
    )
    titles = {
        "open": _("待复核"), "review": _("复核中"), "confirmed": _("已认定"), "dismissed": _("已排除"),
        "all": _("全部"),
    }  # fmt: skip
    here = reverse("card_clusters:home")
    context = {
        "tabs": [
            {"title": title, "address": f"{here}?tab={name}", "count": counts.get(name), "current": name == tab}
            for name, title in titles.items()
        ],
        "rows": shown.cluster_rows(found.rows),
        "total": found.total,
        "after": f"{here}?tab={tab}&after={found.after}" if found.after else "",
        "first": f"{here}?tab={tab}" if request.GET.get("after") else "",
        "may_look": _may(request, Permission.CLUSTER_REVIEW),
        "key": uuid.uuid4().hex,
        "rules": rules_at(timezone.localdate()),
        "empty": {"kind": "none", "title": _("这里没有卡群"), "words": _("每夜 2:41 查找一次，也可以立即查找。")},
    }
    return render(request, "clusters/home.html", context)


@require_POST
@requires(Permission.CLUSTER_REVIEW)
def look_now(request: HttpRequest) -> HttpResponse:
    """立即查找."""
    ask_look(actor_for_request(request))
    messages.success(request, _("已开始查找，几分钟后刷新本页。"))
    return redirect("card_clusters:home")


@require_GET
@requires(Permission.CLUSTER_READ)
def cluster(request: HttpRequest, cluster_id: uuid.UUID) -> HttpResponse:
    """One cluster: why, which cards, what can be done."""
    return page(request, cluster_or_404(request, cluster_id))


@require_POST
@requires(Permission.CLUSTER_READ)
def take_step(request: HttpRequest, cluster_id: uuid.UUID, action: str) -> HttpResponse:
    """A verb of the table on one cluster, but the one with a blast radius."""
    row = cluster_or_404(request, cluster_id)
    if action not in ("review", "dismiss"):
        return HttpResponse(status=404)
    try:
        take(
            actor_for_request(request), [row.id], action, key=key_of(request),
            reason=request.POST.get("reason", "").strip(), version=version_of(request),
        )  # fmt: skip
    except Refused as refused:
        if refused.code == "sudo":
            return lead(request, reverse("sudo"))
        return page(request, row, notice=notice_of(refused), status=422)
    messages.success(request, str(SAYS[action].done))
    return redirect("card_clusters:cluster", row.id)


def page(
    request: HttpRequest, row: Cluster, *, notice: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    """The page of a cluster."""
    row.refresh_from_db()
    evidence = row.evidence.select_related("carrier").order_by("number", "shared", "group")[: shown.MOST]
    cards = shown.card_rows(list(evidence), linked=_may(request, Permission.NUMBER_LOOKUP))
    address = {name: reverse("card_clusters:step", args=[row.id, name]) for name in shown.ORDER}
    address["confirm"] = reverse("card_clusters:confirm", args=[row.id])
    context = {
        "row": row,
        "name": shown.short(row),
        "chip": shown.chip(row),
        "clock": on_pages.clock_of(clocks_of(TABLE.name, [row.id])),
        "reasons": shown.reasons(row),
        "cards": cards,
        "more": max(0, row.cards - len(cards)),
        "undrawn": max(0, row.cards - DRAWN),
        "graph": graph(cards, title=_("卡群图：左侧是共有的证件、设备、地址或集中开卡，右侧是号码")),
        "history": on_pages.history(steps_of(TABLE.name, row.id), SAYS, SEALS),
        "verbs": on_pages.verbs(
            TABLE, row, actor_for_request(request), order=shown.ORDER, sayings=SAYS, address=address,
            proved=sudo_until(request) is not None,
        ),
        "key": uuid.uuid4().hex,
        "here": reverse("card_clusters:cluster", args=[row.id]),
        "notice": notice,
    }  # fmt: skip
    return render(request, "clusters/cluster.html", context, status=status)


def cluster_or_404(request: HttpRequest, cluster_id: uuid.UUID) -> Cluster:
    """A cluster within reach; Http404."""
    found: Cluster | None = Cluster.objects.scoped_to(request.user).filter(id=cluster_id).first()
    if found is None:
        raise Http404
    return found


def _may(request: HttpRequest, permission: Permission) -> bool:
    standing = standing_of(request)
    return standing is not None and permission.value in standing.permissions
