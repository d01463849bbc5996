"""The sheet of consequences before a cluster is confirmed: blast radius, basis, the two persons."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from haodun.offices.organisations.services import Permission, requires, sudo_until
from haodun.offices.organisations.sudo import lead
from haodun.offices.transitions import on_pages
from haodun.offices.transitions.on_pages import actor_for_request, key_of, notice_of, titled, version_of
from haodun.offices.transitions.services import BlastRadius, Refused, clocks_of, preview, steps_of
from haodun.registry.card_clusters import shown
from haodun.registry.card_clusters.models import Cluster
from haodun.registry.card_clusters.sayings import CLUSTER as SAYS
from haodun.registry.card_clusters.services import take
from haodun.registry.card_clusters.states import TABLE
from haodun.registry.card_clusters.values import CAP
from haodun.registry.card_clusters.views import cluster_or_404, page
from haodun.registry.restrictions.services import LAWS, Basis, blast_cells, blast_flags


@require_http_methods(["GET", "POST"])
@requires(Permission.CLUSTER_READ)
def confirm(request: HttpRequest, cluster_id: uuid.UUID) -> HttpResponse:
    """What a confirmation hits; posting it does it."""
    row = cluster_or_404(request, cluster_id)
    if request.method == "GET":
        return _sheet(request, row)
    try:
        take(
            actor_for_request(request), [row.id], "confirm", key=key_of(request), seen=request.POST.get("seen", ""),
            reason=request.POST.get("remark", "").strip(), version=version_of(request),
        )  # fmt: skip
    except Refused as refused:
        if refused.code == "sudo":
            return lead(request, reverse("sudo"))
        return _sheet(request, row, notice=notice_of(refused), status=422)
    messages.success(request, str(SAYS["confirm"].done))
    return redirect("card_clusters:cluster", row.id)


def _sheet(
    request: HttpRequest, row: Cluster, *, notice: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    row.refresh_from_db()
    found = preview(actor_for_request(request), TABLE, [row.id], "confirm")
    if found.blast is None:
        return page(request, row, notice=notice_of(found.refusal) if found.refusal else notice, status=status)
    if request.method == "GET" and found.refusal is None and sudo_until(request) is None:
        return lead(request, reverse("sudo"))  # before the boxes, so that nothing is ticked twice
    context = {
        "row": row,
        "name": shown.short(row),
        "title": SAYS["confirm"].button,
        "notice": notice,
        "approval": _approval(row, found.blast, found.refusal),
    }
    return render(request, "clusters/confirm.html", context, status=status)


def _approval(row: Cluster, blast: BlastRadius, refusal: Refused | None) -> dict[str, Any]:
    """What the approver reads (CONSOLE.md §5)."""
    chip, here = shown.chip(row), reverse("card_clusters:confirm", args=[row.id])
    why = "、".join(one["label"] for one in shown.reasons(row))
    return {
        "tone": chip["tone"],
        "icon": chip["icon"],
        "state": chip["words"],
        "document": _("卡群 %(name)s") % {"name": shown.short(row)},
        "under": _("%(score)d 分") % {"score": row.score},
        "clock": on_pages.clock_of(clocks_of(TABLE.name, [row.id])),
        "steps": [],
        "will": _("号码在全网暂停主叫 30 天，仍可接听；登记的持有人收到告知和申诉入口，核验通过即解除。"),
        "blast": blast_cells(blast, CAP),
        "flags": blast_flags(blast),
        "basis": [(_("法律依据"), titled(LAWS[Basis.AFL_11])), (_("依据"), why)],
        "seals": _two_persons(row),
        "confirms": [_("已核对每个号码的依据"), _("已看过影响范围")],
        "verb": SAYS["confirm"].told,
        "action": here,
        "seen": blast.digest(),
        "key": uuid.uuid4().hex,
        "extra": [("version", row.version)],
        "asks": SAYS["confirm"].asks,
        "why_not": titled(refusal) if refusal else "",
        "ready": _("办理后立即在全网生效。"),
        "page": here,
    }


def _two_persons(row: Cluster) -> list[dict[str, Any]]:
    taken = [record for record in steps_of(TABLE.name, row.id) if record.action == "review"]
    people = on_pages.people_of(record.actor for record in taken)
    first: dict[str, Any] = {"words": _("待复核"), "wait": True, "name": "", "unit": "", "at": None}
    if taken:
        last = taken[-1]
        first = {"words": _("已复核"), "wait": False, "name": people.get(last.actor, ""), "unit": "", "at": last.at}
    return [first, {"words": _("待认定"), "wait": True, "name": _("另一人"), "unit": "", "at": None}]
