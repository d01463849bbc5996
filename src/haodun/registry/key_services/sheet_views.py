"""The sheet of consequences before a service is suspended or closed: blast radius, basis, the two persons."""

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
from haodun.offices.transitions.services import BlastRadius, Refused, clocks_of, steps_of
from haodun.registry.key_services import shown
from haodun.registry.key_services.access import row_or_404
from haodun.registry.key_services.limits import CAP
from haodun.registry.key_services.models import Service
from haodun.registry.key_services.sayings import SERVICE
from haodun.registry.key_services.services import preview_step, take
from haodun.registry.key_services.states import TABLE
from haodun.registry.key_services.views import service_page
from haodun.registry.restrictions.services import LAWS, Basis, blast_cells, blast_flags


@require_http_methods(["GET", "POST"])
@requires(Permission.SERVICE_READ)
def sheet(request: HttpRequest, service_id: uuid.UUID, action: str) -> HttpResponse:
    """The consequences of suspending or closing; posting it does it."""
    row = row_or_404(request, Service, service_id, "carrier")
    if action not in shown.WITH_RADIUS:
        return HttpResponse(status=404)
    if request.method == "GET":
        return _sheet(request, row, action)
    try:
        take(
            actor_for_request(request), [row.id], action, key=key_of(request), seen=request.POST.get("seen", ""),
            reason=request.POST.get("remark", "").strip(), version=version_of(request),
        )  # fmt: skip
    except Refused as refused:
        if refused.code == "sudo":
            return lead(request, reverse("sudo"))
        return _sheet(request, row, action, notice=notice_of(refused), status=422)
    messages.success(request, str(SERVICE[action].done))
    return redirect("key_services:service", row.id)


def _sheet(
    request: HttpRequest, row: Service, action: str, *, notice: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    row.refresh_from_db()
    found = preview_step(actor_for_request(request), row, action)
    if found.blast is None:
        return service_page(request, row, notice=notice_of(found.refusal) if found.refusal else notice, status=status)
    if request.method == "GET" and action == "close" and found.refusal is None and sudo_until(request) is None:
        # The proof comes before the boxes, so that nothing is ticked twice.
        return lead(request, reverse("sudo"))
    context = {
        "row": row,
        "title": SERVICE[action].button,
        "notice": notice,
        "approval": _approval(row, action, found.blast, found.refusal),
    }
    return render(request, "key_services/sheet.html", context, status=status)


def _approval(row: Service, action: str, blast: BlastRadius, refusal: Refused | None) -> dict[str, Any]:
    """What the approver reads (CONSOLE.md §5)."""
    closing, chip = action == "close", shown.chip(TABLE, row)
    page = reverse("key_services:sheet", args=[row.id, action])
    return {
        "tone": chip["tone"],
        "icon": chip["icon"],
        "state": chip["words"],
        "document": row.applicant,
        "under": f"{row.get_kind_display()}，{row.get_defect_display()}" if row.defect else row.get_kind_display(),
        "clock": on_pages.clock_of(clocks_of(TABLE.name, [row.id])),
        "steps": _way(row),
        "will": _will(closing),
        "blast": blast_cells(blast, CAP),
        "flags": blast_flags(blast),
        "basis": [(_("法律依据"), titled(LAWS[Basis.MIIT_452])), (_("依据"), row.defect_note or "—")],
        "seals": _two_persons(row, closing=closing),
        "confirms": [_("已核对缺陷和依据"), _("已看过影响范围")],
        "verb": SERVICE[action].told,
        "action": page,
        "seen": blast.digest(),
        "key": uuid.uuid4().hex,
        "extra": [("version", row.version)],
        "asks": SERVICE[action].asks,
        "why_not": titled(refusal) if refusal else "",
        "ready": _("办理后立即在全网生效。"),
        "page": page,
    }


def _will(closing: bool) -> str:
    if closing:
        return _("业务关停，号码在全网双向停用；登记的持有人收到告知和申诉入口。应急呼叫不受影响；申诉成立时立即解除。")
    return _("号码在全网暂停主叫，仍可接听；由另一人决定关停或恢复。恢复时立即解除。")


def _two_persons(row: Service, *, closing: bool) -> list[dict[str, Any]]:
    taken = [record for record in steps_of(TABLE.name, row.id) if record.action == "suspend"]
    people = on_pages.people_of(record.actor for record in taken)
    first: dict[str, Any] = {"words": _("待提出"), "wait": True, "name": _("您"), "unit": "", "at": None}
    if closing and taken:
        name = people.get(taken[-1].actor, "")
        first = {"words": _("已提出"), "wait": False, "name": name, "unit": "", "at": taken[-1].at}
    return [first, {"words": _("待复核"), "wait": True, "name": _("另一人"), "unit": "", "at": None}]


def _way(row: Service) -> list[dict[str, str]]:
    names = ("FLAGGED", "RECTIFY_ORDERED", "SUSPENDED", "CLOSED")
    done = {record.to_state for record in steps_of(TABLE.name, row.id)}
    found = []
    for name in names:
        state = "now" if name == row.state else "done" if name in done else "todo"
        found.append({"title": titled(TABLE.state(name)), "note": "", "state": state})
    return found
