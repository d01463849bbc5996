"""Lines from a file, and the list as one (offices/sheets)."""

from __future__ import annotations

from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from haodun.offices.organisations.services import Permission, requires
from haodun.offices.sheets.on_pages import ImportPage, answer_export, answer_import
from haodun.registry.voice_lines import shown
from haodun.registry.voice_lines.models import VoiceLine
from haodun.registry.voice_lines.sheets import IN, OUT, import_lines, rows_out


@never_cache
@require_http_methods(["GET", "POST"])
@requires(Permission.VOICE_LINE_EDIT)
def import_page(request: HttpRequest) -> HttpResponse:
    """批量登记线路."""
    page = ImportPage(
        title=_("批量登记线路"),
        note=_("一行一条线路；许可号码用分号隔开。有错的行不入库，逐行说明原因；同一中继编号不会登记两次。"),
        back=reverse("voice_lines:home"),
        back_title=_("语音专线"),
        columns=IN,
        take=import_lines,
    )
    return answer_import(request, page)


@require_POST
@requires(Permission.VOICE_LINE_READ)
def export_list(request: HttpRequest) -> HttpResponseBase:
    """The lines of a tab."""
    found, tab = VoiceLine.objects.scoped_to(request.user), request.POST.get("tab", "all")
    if tab in shown.TABS:
        found = found.filter(state__in=shown.TABS[tab])
    rows = rows_out(found.annotate(ranges=Count("permits")).order_by("-moved_at", "-id"))
    return answer_export(request, rows, OUT, name="voice-lines", back=reverse("voice_lines:home"))
