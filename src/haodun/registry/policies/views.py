"""入口与快照: are edges and snapshots in step, is anything failing open; enrolling and revoking an edge."""

from __future__ import annotations

import uuid
from collections import Counter
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from haodun.offices.organisations.services import Permission, require_sudo, requires
from haodun.offices.transitions.services import Refused
from haodun.registry.policies import shown
from haodun.registry.policies.access import actor_for_request, edge_or_404, edges_of, may
from haodun.registry.policies.edges import EdgeRefused
from haodun.registry.policies.enrolling import enrol_once, revoke_once
from haodun.registry.policies.forms import EnrolForm
from haodun.registry.policies.models import OfferedPolicy, Publication, Receipt
from haodun.registry.policy_revisions.services import PolicyFileError, Start, draft, in_force

MAX_EDGES = 200
"""Edges in the table, worst first; all of them are in `/api/v1/edges`."""
MAX_OFFERS = 10
"""Policies offered by other nodes, newest first; all of them by `haodun manage offered_policy`."""
PAGE = 20
"""Publications of one page."""
MAX_RECEIPTS = 100
"""Receipts in one table, newest first."""


@require_GET
@requires(Permission.SNAPSHOT_READ)
def home(request: HttpRequest) -> HttpResponse:
    """The edges within reach, worst first, and the publications, newest first."""
    now, edges = timezone.now(), list(edges_of(request))
    newest = _newest()
    found, after = _page(request)
    refused = _refusals(request, newest)
    rows = shown.worst_first([shown.edge_row(one, newest, now=now, refused=refused) for one in edges])
    against = _refused_counts(request, found)
    context = {
        "now": now,
        "rows": rows[:MAX_EDGES],
        "more": max(0, len(rows) - MAX_EDGES),
        "newest": newest,
        "sees_edges": may(request, Permission.EDGE_READ),
        "may_enrol": may(request, Permission.EDGE_ENROL),
        "verdict": shown.verdict(rows, newest) if newest else None,
        "tiles": shown.tiles(rows, found, now) if "before" not in request.GET else [],
        "publications": [shown.publication_row(one, edges, against[one.version]) for one in found],
        "after": after,
        "first": reverse("edges:home") if "before" in request.GET else "",
        "silent_after": shown.silent_after(),
        "in_force": in_force(),
        "sees_policy": may(request, Permission.POLICY_READ),
        "may_draft": may(request, Permission.POLICY_DRAFT),
        "key": uuid.uuid4().hex,
        "offers": OfferedPolicy.objects.scoped_to(request.user).defer("text").order_by("-came_at")[:MAX_OFFERS],
    }
    return render(request, "edges/home.html", context)


@require_GET
@requires(Permission.SNAPSHOT_READ)
def publication(request: HttpRequest, version: int) -> HttpResponse:
    """One publication: what it is, and what each edge within reach said of it."""
    row = Publication.objects.filter(version=version).first()
    if row is None:
        raise Http404
    edges = list(edges_of(request))
    receipts = Receipt.objects.scoped_to(request.user).filter(publication=row).select_related("edge")
    said = list(receipts.order_by("-received_at", "-pk")[:MAX_RECEIPTS])
    spoke = {one.edge_id for one in said}
    context = {
        "row": row,
        "page": shown.publication_row(row, edges, sum(one.state == "refused" for one in said)),
        "receipts": [shown.receipt_row(one, row.created_at) for one in said],
        "mute": [one for one in edges if one.pk not in spoke and one.version < row.version],
        "later": [one for one in edges if one.pk not in spoke and one.version >= row.version],
        "sees_edges": may(request, Permission.EDGE_READ),
        "newest": _newest(),
    }
    return render(request, "edges/publication.html", context)


@require_GET
@requires(Permission.EDGE_READ)
def edge(request: HttpRequest, edge_id: int) -> HttpResponse:
    """One edge: how it stands, what it said, and its end."""
    return _edge_page(request, edge_id)


@never_cache
@require_http_methods(["GET", "POST"])
@requires(Permission.EDGE_ENROL)
@require_sudo
def enrol(request: HttpRequest) -> HttpResponse:
    """登记入口: a form; the answer shows the token, this once, so it is a page and no redirect."""
    actor = actor_for_request(request)
    if actor.organisation_id is None:
        raise Http404
    form = EnrolForm(request.POST or None, organisation=actor.organisation_id)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            token = enrol_once(
                actor,
                key=_key(request),
                name=given["name"],
                organisation=uuid.UUID(given["organisation"]),
                mode=given["mode"],
            )
        except EdgeRefused:
            form.add_error("name", _("这个名称已经用过，请换一个；停用的名称也不再使用。"))
        except Refused as refused:
            form.add_error(None, _sentence(refused))
        else:
            context = {"token": token, "name": given["name"], "mode": given["mode"]}
            return render(request, "edges/enrolled.html", context)
    context = {"form": form, "key": request.POST.get("key") or uuid.uuid4().hex}
    return render(request, "edges/enrol.html", context, status=422 if form.errors else 200)


@require_POST
@requires(Permission.POLICY_DRAFT)
def draft_offer(request: HttpRequest, offer_id: uuid.UUID) -> HttpResponse:
    """以此起草: a revision with the text that another node offers; it is checked, compared and approved like any."""
    offer = OfferedPolicy.objects.scoped_to(request.user).filter(id=offer_id, recalled_at=None).first()
    if offer is None:
        raise Http404
    why = _("节点 %(node)s 提供的策略 %(name)s") % {"node": offer.node, "name": offer.name}
    try:
        made = draft(
            actor_for_request(request), why=why, key=_key(request), start=Start.OFFERED, text=offer.text, cases=""
        )
    except Refused as refused:
        messages.error(request, _sentence(refused))
        return redirect("edges:home")
    except PolicyFileError:
        messages.error(request, _("站点的策略文件读不出来，请运维人员检查 HAODUN_POLICY。"))
        return redirect("edges:home")
    return redirect("policies:revision", made)


@require_POST
@requires(Permission.EDGE_REVOKE)
@require_sudo
def revoke(request: HttpRequest, edge_id: int) -> HttpResponse:
    """停用入口: its token opens nothing from now on."""
    found = edge_or_404(request, edge_id)
    try:
        revoke_once(actor_for_request(request), key=_key(request), name=found.name)
    except EdgeRefused:
        return _edge_page(request, edge_id, problem=_("这个入口已经停用，没有再做什么。"))
    except Refused as refused:
        return _edge_page(request, edge_id, problem=_sentence(refused))
    messages.success(request, _("已停用入口 %(name)s，它的令牌即刻失效。") % {"name": found.name})
    return redirect("edges:edge", edge_id)


def _edge_page(request: HttpRequest, edge_id: int, *, problem: str = "") -> HttpResponse:
    row, now, newest = edge_or_404(request, edge_id), timezone.now(), _newest()
    refused = _refusals(request, newest)
    said = Receipt.objects.scoped_to(request.user).filter(edge=row).select_related("edge", "publication")
    receipts = said.order_by("-received_at", "-pk")[:MAX_RECEIPTS]
    context = {
        "edge": row,
        "row": shown.edge_row(row, newest, now=now, refused=refused),
        "newest": newest,
        "receipts": [shown.receipt_row(one, one.publication.created_at) for one in receipts],
        "may_revoke": may(request, Permission.EDGE_REVOKE) and row.revoked_at is None,
        "key": uuid.uuid4().hex,
        "notice": {"tone": "ser", "title": problem, "words": ""} if problem else None,
    }
    return render(request, "edges/edge.html", context, status=422 if problem else 200)


def _newest() -> int:
    return Publication.objects.order_by("-version").values_list("version", flat=True).first() or 0


def _page(request: HttpRequest) -> tuple[list[Publication], str]:
    """One page of publications, and the address of the one after it."""
    before = request.GET.get("before", "")
    rows = Publication.objects.order_by("-version")
    if before.isascii() and 0 < len(before) <= 16 and not before.strip("0123456789"):
        rows = rows.filter(version__lt=int(before))
    found = list(rows[: PAGE + 1])
    if len(found) <= PAGE:
        return found, ""
    return found[:PAGE], f"{reverse('edges:home')}?{urlencode({'before': found[PAGE - 1].version})}#publications"


def _refusals(request: HttpRequest, newest: int) -> dict[int, str]:
    """Edges that refused the newest snapshot, and why."""
    rows = Receipt.objects.scoped_to(request.user).filter(publication_id=newest, state="refused")
    return dict(rows.values_list("edge_id", "detail"))


def _refused_counts(request: HttpRequest, found: list[Publication]) -> Counter[int]:
    rows = Receipt.objects.scoped_to(request.user).filter(publication__in=found, state="refused")
    return Counter(rows.values_list("publication_id", flat=True))


def _sentence(refused: Refused) -> str:
    return refused.en if (get_language() or "").startswith("en") else refused.zh


def _key(request: HttpRequest) -> str:
    return request.POST.get("key", "")[:80]
