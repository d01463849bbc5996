"""告知与短信: what was handed to the operator's sender, to whom, when, about which restriction."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from haodun.offices.organisations.services import Permission, requires, standing_of
from haodun.registry.restrictions import sent
from haodun.registry.restrictions.values import MEASURES, Measure

PAGES = {"order": ("orders:order", Permission.ORDER_READ), "appeal": ("appeals:appeal", Permission.APPEAL_READ),
         "key-service": ("key_services:service", Permission.SERVICE_READ)}  # fmt: skip
"""Sources of a restriction that have a page: its name, and the right it asks for."""


@require_GET
@requires(Permission.NOTICE_READ)
def home(request: HttpRequest) -> HttpResponse:
    """Notices within reach, newest first."""
    tab = request.GET.get("tab", "all")
    tab = tab if tab in sent.TABS else "all"
    rows, after = sent.page(request.user, tab=tab, cursor=request.GET.get("after", "")[:120])
    standing = standing_of(request)
    held = standing.permissions if standing else frozenset()
    context = {
        "tabs": _tabs(sent.counts(request.user), tab),
        "rows": [_row(one, held) for one in rows],
        "may_look": Permission.NUMBER_LOOKUP.value in held,
        "after": _address(tab, after) if after else "",
        "first": _address(tab) if request.GET.get("after") else "",
        "tab": tab,
    }
    return render(request, "messages/home.html", context)


def _row(one: sent.Sent, held: frozenset[str]) -> dict[str, Any]:
    english = (get_language() or "").startswith("en")
    measure = MEASURES[Measure(one.measure)]
    tone, icon, state, at = _state(one)
    return {
        "at": one.created_at,
        "number": one.number,
        "subject": one.subject,
        "to": _("登记的联系方式") if one.to_contact else _("该号码"),
        "measure": measure.en if english else measure.zh,
        "text": one.text_en if english else one.text_zh,
        "tone": tone,
        "icon": icon,
        "state": state,
        "state_at": at,
        "source": _source(one.source_kind),
        "address": _source_address(one, held),
    }


def _state(one: sent.Sent) -> tuple[str, str, str, Any]:
    if one.handed_over_at is not None:
        return "ok", "check", _("已移交"), one.handed_over_at
    if one.withdrawn_at is not None:
        return "neu", "undo-2", _("未发，限制已解除"), one.withdrawn_at
    return "info", "hourglass", _("待移交"), None


def _source(kind: str) -> str:
    return {
        "order": pgettext("一件", "关停指令"),
        "appeal": pgettext("一件", "申诉"),
        "rule": pgettext("一件", "规则"),
        "re-verification": _("重新核验"),
        "enforcement": _("行政执法"),
        "node": _("其他节点"),
        "key-service": _("重点业务关停"),
        "key-service-suspension": _("重点业务暂停"),
    }.get(kind, kind)


def _source_address(one: sent.Sent, held: frozenset[str]) -> str:
    """The page of what caused the restriction, '' where there is none or the role may not open it."""
    name, permission = PAGES.get(one.source_kind, ("", None))
    if permission is None or permission.value not in held:
        return ""
    try:
        return reverse(name, args=[one.source_id])
    except NoReverseMatch:
        return ""


def _tabs(counted: dict[str, int], current: str) -> list[dict[str, Any]]:
    titles = {"all": _("全部"), "waiting": _("待移交"), "handed": _("已移交"), "withdrawn": _("未发")}
    return [
        {"title": title, "address": _address(name), "count": counted[name], "current": name == current}
        for name, title in titles.items()
    ]


def _address(tab: str, after: str = "") -> str:
    query = {name: value for name, value in (("tab", tab if tab != "all" else ""), ("after", after)) if value}
    return reverse("messages:home") + (f"?{urlencode(query)}" if query else "")
