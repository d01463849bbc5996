"""Import of the existing base and export of a list, as files (offices/sheets)."""

from __future__ import annotations

import uuid

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from haodun.offices.organisations.services import Permission, purpose_of, reference_of, requires
from haodun.offices.sheets.services import MEDIA, Kind, SheetError, download, export
from haodun.offices.transitions.on_pages import actor_for_request, chinese, key_of, notice_of, titled
from haodun.offices.transitions.services import Refused
from haodun.registry.key_services import queries
from haodun.registry.key_services.sheets import IN, OUT, import_existing, rows_out

FAULTS_SHOWN = 20


class FileForm(forms.Form):
    """A table to be read."""

    file = forms.FileField(label=_("文件"), help_text=_("CSV、Excel（xlsx）或 Parquet。"))


@never_cache
@require_http_methods(["GET", "POST"])
@requires(Permission.SERVICE_APPLY)
def import_page(request: HttpRequest) -> HttpResponse:
    """批量登记存量: read a file; bad rows are named, and given back as a file on request."""
    form = FileForm(request.POST or None, request.FILES or None)
    context: dict[str, object] = {"form": form, "columns": [(one.zh, one.en, one.required) for one in IN]}
    if request.method == "POST" and form.is_valid():
        try:
            made = import_existing(actor_for_request(request), form.cleaned_data["file"].file, key=key_of(request))
        except SheetError as error:
            form.add_error("file", titled(error))
        else:
            if request.POST.get("give_back") and made.sheet.bad:
                answer = HttpResponse(
                    made.sheet.bad_rows(language=_language()).read(), content_type=MEDIA[made.sheet.kind]
                )
                answer["Content-Disposition"] = f'attachment; filename="haodun-bad-rows.{made.sheet.kind.value}"'
                return answer
            faults = [one for _place, one in zip(range(FAULTS_SHOWN), made.sheet.faults(), strict=False)]
            context |= {
                "taken": made.taken,
                "bad": made.sheet.bad,
                "faults": [(one.number, [titled(why) for why in one.reasons]) for one in faults],
            }
    context["key"] = uuid.uuid4().hex
    return render(request, "key_services/import.html", context, status=422 if form.errors else 200)


@require_POST
@requires(Permission.SERVICE_READ)
def export_list(request: HttpRequest) -> HttpResponseBase:
    """The list as it is filtered, as a file: masked by right, with a purpose, in the ledger."""
    kind = request.POST.get("file", Kind.XLSX.value)
    found = queries.services(
        request.user,
        tab=request.POST.get("tab", "all"),
        kind=request.POST.get("kind", ""),
        text=request.POST.get("q", "")[:60],
    )
    try:
        made = export(
            actor_for_request(request),
            rows_out(found.order_by("-moved_at", "-id")),
            OUT,
            Kind(kind) if kind in tuple(Kind) else Kind.XLSX,
            name="key-services",
            purpose=purpose_of(request),
            reference=reference_of(request),
            language=_language(),
        )
    except Refused as refused:
        messages.info(request, notice_of(refused)["title"])
        return redirect("key_services:home")
    return download(made)


def _language() -> str:
    return "zh-hans" if chinese() else (get_language() or "en")[:2]
