"""The order desk's page: tabs with counts, filter bar, bulk bar, rows; every state of it is in the URL."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth import get_user_model
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from haodun.casework.orders import queries, shown
from haodun.casework.orders.documents import canonical
from haodun.casework.orders.models import Category, Urgency
from haodun.casework.orders.numbers import typed
from haodun.casework.orders.queries import TABS, Filters
from haodun.casework.orders.states import TABLE
from haodun.numbering import parse
from haodun.offices.organisations.services import Kind, Permission, find
from haodun.offices.transitions.services import Actor

FILTERS = ("urgency", "unit", "carrier", "category")


def desk_context(request: HttpRequest, actor: Actor, *, verbs: Sequence[str]) -> dict[str, Any]:
    """What the desk's template needs."""
    tab = request.GET.get("tab", "todo")
    tab = tab if tab in TABS else "todo"
    asked = request.GET.get("q", "").strip()
    chosen = {name: request.GET.get(name, "") for name in FILTERS}
    filters = Filters(document=asked, **chosen)
    found = queries.page(request.user, actor.user_id, tab=tab, filters=filters, cursor=request.GET.get("after", ""))
    people = get_user_model()._default_manager.filter(pk__in={one.filed_by for one in found.rows})
    names = {person.pk: str(person) for person in people}
    kept = {name: value for name, value in chosen.items() if value} | ({"q": asked} if asked else {})
    return {
        "tabs": _tabs(queries.counts(request.user, actor.user_id), tab),
        "text": {"name": "q", "value": filters.document, "title": _("文号")},
        "filters": [_filter(name, chosen[name], kept, tab) for name in FILTERS],
        "keep": [("tab", tab)],
        "rows": shown.rows(found.rows, queries.receipts(request.user, found.rows), names, now=timezone.now()),
        "total": found.total,
        "after": _address(tab, kept, after=found.after) if found.after else "",
        "before": _address(tab, kept) if request.GET.get("after") else "",
        "bulk": _bulk(actor, verbs),
        "empty": _empty(tab, bool(kept)),
        "number_in_filter": "number" in request.GET,
        "may_file": Permission.ORDER_FILE.value in actor.permissions,
        "key": uuid.uuid4().hex,
    }


def without_number(request: HttpRequest) -> str:
    """Where to go on where somebody typed a telephone number into the filter, '' where nobody did.

    No address of ours holds a number: the document filter is the only free text in one.
    """
    asked = request.GET.get("q", "").strip()
    if canonical(asked) is not None or not parse(typed(asked)).is_number:
        return ""
    query = {name: value for name, value in request.GET.items() if name not in ("q", "after")}
    return f"{reverse('orders:desk')}?{urlencode({**query, 'number': 1})}"


def _tabs(counts: dict[str, int], current: str) -> list[dict[str, Any]]:
    titles = {
        "todo": _("待办"),
        "late": _("逾期"),
        "approve": _("待我复核"),
        "receipts": _("待回执"),
        "sent_back": _("退回"),
        "done": _("已办结"),
        "all": _("全部"),
    }
    return [
        {
            "title": title,
            "address": _address(name, {}),
            "count": counts.get(name),
            "late": name == "late" and bool(counts.get(name)),
            "two": name == "approve",
            "current": name == current,
        }
        for name, title in titles.items()
    ]


def _filter(name: str, value: str, kept: dict[str, str], tab: str) -> dict[str, Any]:
    titles = {"urgency": _("紧急程度"), "unit": _("来文单位"), "carrier": _("运营商"), "category": _("类别")}
    choices = _choices(name)
    return {
        "name": name,
        "title": titles[name],
        "value": value,
        "value_title": dict(choices).get(value, _("无此项")),
        "choices": choices,
        "without": _address(tab, {key: one for key, one in kept.items() if key != name}),
    }


def _choices(name: str) -> list[tuple[str, str]]:
    if name == "urgency":
        return [(one.value, str(one.label)) for one in Urgency]
    if name == "category":
        return [(one.value, str(one.label)) for one in Category]
    kinds = (Kind.POLICE,) if name == "unit" else (Kind.CARRIER, Kind.RESELLER)
    return [(str(unit.id), shown.named(unit)) for kind in kinds for unit in find(kind=kind)]


def _bulk(actor: Actor, verbs: Sequence[str]) -> list[dict[str, str]]:
    icons = {"send_back": "undo-2", "acknowledge": "check", "reject": "x", "withdraw": "x"}
    found = [
        {"name": name, "title": shown.titled(TABLE.of(name)[0]), "icon": icons[name], "why": ""}
        for name in verbs
        if TABLE.of(name)[0].permission in actor.permissions
    ]
    if Permission.ORDER_APPROVE.value in actor.permissions:
        title = shown.titled(TABLE.of("approve")[0])
        found.append({"name": "approve", "title": title, "icon": "stamp", "why": _("复核须逐件办理")})
    return found


def _empty(tab: str, filtered: bool) -> dict[str, str]:
    if filtered:
        return {
            "kind": "filtered",
            "title": _("没有符合筛选的来文"),
            "words": _("去掉一个筛选条件再看。"),
            "address": _address(tab, {}),
            "link": _("去掉全部筛选"),
        }
    return {"kind": "none", "title": _("这里没有来文"), "words": _("新的来文登记后会出现在这里。")}


def _address(tab: str, kept: dict[str, str], *, after: str = "") -> str:
    query = {"tab": tab, **kept, **({"after": after} if after else {})}
    return f"{reverse('orders:desk')}?{urlencode(query)}"
