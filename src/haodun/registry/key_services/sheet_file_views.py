"""Import of the existing base and export of a list, as files (offices/sheets)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from haodun.offices.organisations.services import Permission, requires
from haodun.offices.sheets.on_pages import ImportPage, answer_export, answer_import
from haodun.registry.key_services import queries
from haodun.registry.key_services.sheets import IN, OUT, import_existing, rows_out


@never_cache
@require_http_methods(["GET", "POST"])
@requires(Permission.SERVICE_APPLY)
def import_page(request: HttpRequest) -> HttpResponse:
    """批量登记存量."""
    page = ImportPage(
        title=_("批量登记存量"),
        note=_("一行一个业务；第一行是列名，中英文都可以。有错的行不入库，逐行说明原因；同一号码不会登记两次。"),
        back=reverse("key_services:home"),
        back_title=_("重点业务"),
        columns=IN,
        take=import_existing,
    )
    return answer_import(request, page)


@require_POST
@requires(Permission.SERVICE_READ)
def export_list(request: HttpRequest) -> HttpResponseBase:
    """The list as it is filtered."""
    found = queries.services(
        request.user,
        tab=request.POST.get("tab", "all"),
        kind=request.POST.get("kind", ""),
        text=request.POST.get("q", "")[:60],
    )
    rows = rows_out(found.order_by("-moved_at", "-id"))
    return answer_export(request, rows, OUT, name="key-services", back=reverse("key_services:home"))
