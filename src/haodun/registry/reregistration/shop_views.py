"""机主来办: the clerk's page, and files of re-registrations."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from haodun.audit.services import AuditKind, record
from haodun.offices.organisations.services import Permission, Purpose, purpose_of, requires
from haodun.offices.sheets.services import MEDIA, Kind, SheetError
from haodun.offices.transitions import on_pages
from haodun.offices.transitions.on_pages import actor_for_request, chinese, key_of, named, notice_of, titled
from haodun.offices.transitions.paging import read_page
from haodun.offices.transitions.services import Refused, steps_of
from haodun.registry.reregistration import sayings, sheets, shown
from haodun.registry.reregistration.forms import SheetForm, ShopForm
from haodun.registry.reregistration.models import Recording, Sheet
from haodun.registry.reregistration.recording import record_holder
from haodun.registry.reregistration.states import SHEET
from haodun.registry.reregistration.views import ways

RECENT = 20
"""Recordings that the clerk's page shows."""
FIELDS = {
    "number": "number", "document": "document", "possession": "possession", "agent": "agent", "blacklisted": "agent",
    "name": "name", "absent": "number", "valid": "number", "other": "name", "kind": "document_kind",
    "limit": "document",
}  # fmt: skip
"""Refusal → the field that it is about."""


@never_cache
@require_http_methods(["GET", "POST"])
@requires(Permission.SUBSCRIBER_EDIT)
def record_page(request: HttpRequest) -> HttpResponse:
    """机主来办补登记: the form, and who came last."""
    form = ShopForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = record_holder(actor_for_request(request), form.shop(), key=key_of(request))
        except Refused as refused:
            form.add_error(FIELDS.get(refused.code), titled(refused))
        else:
            messages.success(request, shown.lifted_words(Recording.objects.get(id=made).lifted))
            return redirect("reregistration:record")
    rows = Recording.objects.scoped_to(request.user).select_related("interval").order_by("-created_at", "-id")
    context = {
        "form": form,
        "rows": shown.recording_rows(list(rows[:RECENT])),
        "key": uuid.uuid4().hex,
        **ways(request),
    }
    return render(request, "reregistration/record.html", context, status=422 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "POST"])
@requires(Permission.SUBSCRIBER_READ)
def sheets_page(request: HttpRequest) -> HttpResponse:
    """补登记表: the files, and the form that brings one."""
    form = SheetForm(request.POST, request.FILES) if request.method == "POST" else SheetForm()
    may = ways(request)
    if request.method == "POST":
        if not may["may_edit"]:
            raise PermissionDenied
        made = _upload(request, form) if form.is_valid() else None
        if made is not None:
            messages.success(request, _("已收到，正在核对；核对完毕后由另一人复核。"))
            return redirect("reregistration:sheet", made)
    found = read_page(
        Sheet.objects.scoped_to(request.user).select_related("organisation"), by="created_at", newest_first=True,
        cursor=request.GET.get("after", "")[:200],
    )  # fmt: skip
    here = reverse("reregistration:sheets")
    context = {
        "form": form,
        "rows": shown.sheet_rows(found.rows),
        "total": found.total,
        "after": f"{here}?after={found.after}" if found.after else "",
        "first": here if request.GET.get("after") else "",
        "columns": [(one.zh, one.en, one.name, one.required) for one in sheets.COLUMNS],
        "key": uuid.uuid4().hex,
        **may,
    }
    return render(request, "reregistration/sheets.html", context, status=422 if form.errors else 200)


def _upload(request: HttpRequest, form: SheetForm) -> uuid.UUID | None:
    try:
        return sheets.upload(actor_for_request(request), form.cleaned_data["file"].file, key=key_of(request))
    except SheetError as error:
        form.add_error("file", titled(error))
    except Refused as refused:
        form.add_error(None, titled(refused))
    return None


@never_cache
@require_GET
@requires(Permission.SUBSCRIBER_READ)
def sheet_page(request: HttpRequest, sheet_id: uuid.UUID) -> HttpResponse:
    """One file: counts, reasons, what the second look would record."""
    return _page(request, _sheet(request, sheet_id))


@require_POST
@requires(Permission.SUBSCRIBER_READ)
def sheet_step(request: HttpRequest, sheet_id: uuid.UUID, action: str) -> HttpResponse:
    """Apply or discard."""
    row = _sheet(request, sheet_id)
    if action not in sayings.SHEET_ORDER:
        raise Http404
    try:
        sheets.step(
            actor_for_request(request), row.id, action, key=key_of(request),
            reason=request.POST.get("reason", "").strip(), seen=request.POST.get("seen") or None,
        )  # fmt: skip
    except Refused as refused:
        return _page(request, row, notice=notice_of(refused), status=422)
    messages.success(request, str(sayings.SHEET[action].done))
    return redirect("reregistration:sheet", row.id)


@require_POST
@requires(Permission.SUBSCRIBER_EDIT)
def bad_rows(request: HttpRequest, sheet_id: uuid.UUID) -> HttpResponseBase:
    """The rows that were not taken, as the kind of file that came; in the ledger."""
    row = _sheet(request, sheet_id)
    found = sheets.bad_rows(row)
    if found is None:
        raise Http404
    actor = actor_for_request(request)
    with transaction.atomic():
        record(
            AuditKind.EXPORTED,
            actor=actor.user_id,
            organisation=actor.organisation_id,
            object_type=SHEET.name,
            object_id=row.id,
            purpose=purpose_of(request) or Purpose.LIST_REVIEW.value,
            body={"rows": row.bad, "kind": row.kind},
        )
    kind = Kind(row.kind)
    answer = FileResponse(found, as_attachment=True, filename=f"haodun-bad-rows.{kind.value}", content_type=MEDIA[kind])
    answer["Cache-Control"] = "no-store"
    return answer


def _page(request: HttpRequest, row: Sheet, *, notice: dict[str, str] | None = None, status: int = 200) -> HttpResponse:
    row.refresh_from_db()
    actor, may = actor_for_request(request), ways(request)
    address = {name: reverse("reregistration:sheet_step", args=[row.id, name]) for name in sayings.SHEET_ORDER}
    blast = sheets.preview_step(actor, row.id, "apply").blast if row.state == "CHECKED" else None
    context = {
        "row": row,
        "chip": shown.chip(SHEET, row.state),
        "organisation": named(row.organisation),
        "failure": row.failure_zh if chinese() else row.failure_en,
        "reasons": [(one["zh" if chinese() else "en"], one["rows"]) for one in row.reasons],
        "has_bad": bool(row.bad) and may["may_edit"] and row.state != "DISCARDED",
        "verbs": on_pages.verbs(
            SHEET, row, actor, order=sayings.SHEET_ORDER, sayings=sayings.SHEET, address=address, proved=True
        ),
        "seen": blast.digest() if blast else "",
        "history": on_pages.history(steps_of(SHEET.name, row.id), sayings.SHEET, sayings.SHEET_SEALS),
        "waits": _("待复核") if row.state == "CHECKED" else "",
        "notice": notice,
        "key": uuid.uuid4().hex,
        **may,
    }
    return render(request, "reregistration/sheet.html", context, status=status)


def _sheet(request: HttpRequest, sheet_id: uuid.UUID) -> Sheet:
    found: Sheet | None = (
        Sheet.objects.scoped_to(request.user).select_related("organisation").filter(id=sheet_id).first()
    )
    if found is None:
        raise Http404
    return found
