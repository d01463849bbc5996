"""隔离区: what was not let in, why, and what an officer decides."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from haodun.federation.models import Quarantine
from haodun.offices.organisations.services import Permission, requires
from haodun.offices.peering import shown
from haodun.offices.peering.access import actor_for_request, row_or_404
from haodun.offices.peering.models import Held
from haodun.offices.peering.services import HELD, preview_step
from haodun.offices.transitions.services import steps_of

PAGE = 50
TABS = ("held", "decided")


@require_GET
@requires(Permission.NODE_READ)
def quarantine(request: HttpRequest) -> HttpResponse:
    """Pieces, newest first, by cursor (the id of the last one)."""
    tab = request.GET.get("tab", "held")
    tab = tab if tab in TABS else "held"
    rows = Held.objects.scoped_to(request.user)
    rows = rows.filter(state="HELD") if tab == "held" else rows.exclude(state="HELD")
    last = rows.filter(pk=_uuid(request.GET.get("after", ""))).first()
    if last is not None:
        rows = rows.filter(Q(created_at__lt=last.created_at) | Q(created_at=last.created_at, pk__lt=last.pk))
    found = list(rows.order_by("-created_at", "-pk")[: PAGE + 1])
    pieces = Quarantine.objects.select_related("peer").defer("raw").in_bulk([one.id for one in found[:PAGE]])
    address = reverse("nodes:quarantine")
    context = {
        "tabs": [
            {"title": title, "address": f"{address}?tab={name}", "count": None, "current": name == tab}
            for name, title in (("held", _("待处置")), ("decided", _("已处置")))
        ],
        "rows": [shown.piece_row(one, pieces[one.id], HELD) for one in found[:PAGE] if one.id in pieces],
        "after": f"{address}?tab={tab}&after={found[PAGE - 1].id}" if len(found) > PAGE else "",
        "first": f"{address}?tab={tab}" if last is not None else "",
        "empty": {"kind": "none", "title": _("这里没有来件"), "words": _("验证不通过或不予接受的来件会出现在这里。")},
    }
    return render(request, "nodes/quarantine.html", context)


@require_GET
@requires(Permission.NODE_READ)
def piece(request: HttpRequest, piece_id: UUID) -> HttpResponse:
    """One piece: why it is here, its digest, what may be done. Its content is never shown: it may hold numbers."""
    row = row_or_404(request, Held, piece_id)
    found = Quarantine.objects.select_related("peer", "inbox").defer("raw").filter(id=row.id).first()
    if found is None:
        raise Http404
    actor = actor_for_request(request)
    means: dict[str, tuple[str, str]] = {
        "release": (_("放行如同现在收到：重新验证，通过才办理；回执随后发出。"), _("为什么放行")),
        "discard": (_("内容删除，原因和摘要留存；对方的原件可以再发。"), _("为什么丢弃")),
    }
    verbs: list[dict[str, Any] | None] = [
        shown.verb(
            actor, HELD, row.id, name, preview=preview_step(actor, HELD, row.id, name), means=said[0], asks=said[1]
        )
        for name, said in means.items()
    ]
    context = {
        "piece": found,
        "row": shown.piece_row(row, found, HELD),
        "verified": found.inbox is not None,
        "history": shown.history(steps_of(HELD.name, row.id), HELD),
        "verbs": [one for one in verbs if one is not None],
        "key": uuid4().hex,
        "here": reverse("nodes:piece", args=[row.id]),
    }
    return render(request, "nodes/piece.html", context)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)
