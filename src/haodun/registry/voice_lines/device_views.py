"""违法设备 (AFL art. 14): who may, form, verb, redirect."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from haodun.offices.organisations.services import Kind, Permission, find, requires
from haodun.offices.transitions import on_pages
from haodun.offices.transitions.on_pages import (
    actor_for_request,
    key_of,
    named,
    notice_of,
    titled,
    version_of,
)
from haodun.offices.transitions.paging import read_page
from haodun.offices.transitions.services import Refused, clocks_of, steps_of
from haodun.registry.voice_lines import shown
from haodun.registry.voice_lines.forms import DeviceForm
from haodun.registry.voice_lines.models import DeviceReport
from haodun.registry.voice_lines.registering import find_device
from haodun.registry.voice_lines.sayings import DEVICE as DEVICE_SAYS
from haodun.registry.voice_lines.sayings import SEALS
from haodun.registry.voice_lines.services import take
from haodun.registry.voice_lines.states import DEVICE
from haodun.registry.voice_lines.values import DeviceKind
from haodun.registry.voice_lines.views import form_page, may


@require_GET
@requires(Permission.DEVICE_READ)
def devices(request: HttpRequest) -> HttpResponse:
    """违法设备: reports within reach, newest step first."""
    rows = DeviceReport.objects.scoped_to(request.user).select_related("organisation", "police")
    found = read_page(rows, by="moved_at", newest_first=True, cursor=request.GET.get("after", "")[:200])
    here = reverse("voice_lines:devices")
    context = {
        "rows": shown.device_rows(found.rows),
        "total": found.total,
        "after": f"{here}?after={found.after}" if found.after else "",
        "first": here if request.GET.get("after") else "",
        "may_report": may(request, Permission.DEVICE_REPORT),
        "empty": {"kind": "none", "title": _("没有违法设备报告"), "words": _("发现后登记，24 小时内报告并移送公安。")},
    }
    return render(request, "voice_lines/devices.html", context)


@require_http_methods(["GET", "POST"])
@requires(Permission.DEVICE_REPORT)
def device_new(request: HttpRequest) -> HttpResponse:
    """登记发现的违法设备."""
    form = DeviceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = find_device(
                actor_for_request(request),
                kind=DeviceKind(given["kind"]),
                finding=given["finding"],
                key=key_of(request),
            )
        except Refused as refused:
            form.add_error(None, titled(refused))
        else:
            messages.success(request, _("发现已登记，报告时限开始计时。"))
            return redirect("voice_lines:device", made)
    back = reverse("voice_lines:devices")
    return form_page(request, form, title=_("登记违法设备"), back=back, back_title=_("违法设备"))


@require_GET
@requires(Permission.DEVICE_READ)
def device(request: HttpRequest, report_id: uuid.UUID) -> HttpResponse:
    """One report."""
    return _device(request, _report(request, report_id))


@require_POST
@requires(Permission.DEVICE_READ)
def device_step(request: HttpRequest, report_id: uuid.UUID, action: str) -> HttpResponse:
    """A verb on a report."""
    row = _report(request, report_id)
    if action not in shown.ORDER[DEVICE.name]:
        return HttpResponse(status=404)
    data = {"police": request.POST.get("measure", "")} if action == "report" else {}
    try:
        take(
            actor_for_request(request), [row.id], action, table=DEVICE, key=key_of(request), data=data,
            reason=request.POST.get("reason", "").strip(), version=version_of(request),
        )  # fmt: skip
    except Refused as refused:
        return _device(request, row, notice=notice_of(refused), status=422)
    messages.success(request, str(DEVICE_SAYS[action].done))
    return redirect("voice_lines:device", row.id)


def _device(
    request: HttpRequest, row: DeviceReport, *, notice: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    row.refresh_from_db()
    names = shown.ORDER[DEVICE.name]
    units = list(find(kind=Kind.POLICE))
    sample = {"report": {"police": str(units[0].id) if units else ""}}
    context = {
        "row": row,
        "chip": shown.chip(DEVICE, row),
        "clock": on_pages.clock_of(clocks_of(DEVICE.name, [row.id])),
        "unit": named(row.organisation),
        "police": named(row.police) if row.police else "",
        "units": [(str(unit.id), named(unit)) for unit in units],
        "verbs": on_pages.verbs(
            DEVICE, row, actor_for_request(request), order=names, sayings=DEVICE_SAYS, data=sample,
            address={name: reverse("voice_lines:device_step", args=[row.id, name]) for name in names}, proved=True,
        ),
        "history": on_pages.history(steps_of(DEVICE.name, row.id), DEVICE_SAYS, SEALS),
        "here": reverse("voice_lines:device", args=[row.id]),
        "notice": notice,
        "key": uuid.uuid4().hex,
    }  # fmt: skip
    return render(request, "voice_lines/device.html", context, status=status)


def _report(request: HttpRequest, report_id: uuid.UUID) -> DeviceReport:
    rows = DeviceReport.objects.scoped_to(request.user).select_related("organisation", "police")
    found: DeviceReport | None = rows.filter(id=report_id).first()
    if found is None:
        raise Http404
    return found
