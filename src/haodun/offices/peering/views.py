"""节点互联: which nodes there are, how the exchange with each stands, what waits for a second officer."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from haodun.federation.services import FederationError, fingerprint, own_key, own_name, standing, standings
from haodun.offices.organisations.services import Permission, requires
from haodun.offices.peering import shown
from haodun.offices.peering.access import actor_for_request, may, row_or_404
from haodun.offices.peering.forms import KeyForm, KindsForm, NodeForm
from haodun.offices.peering.models import Held, NodeChange, Peering
from haodun.offices.peering.services import (
    CHANGE,
    HELD,
    PEERING,
    Proposal,
    decide,
    preview_step,
    propose,
    propose_change,
)
from haodun.offices.transitions.services import Actor, Refused, Table, steps_of

MAX_NODES = 200
MAX_CHANGES = 50
STEPS: dict[str, tuple[Table, Any, tuple[str, ...]]] = {
    "peering": (PEERING, Peering, ("approve", "decline", "suspend", "resume", "revoke")),
    "node_change": (CHANGE, NodeChange, ("confirm", "approve", "decline")),
    "quarantined": (HELD, Held, ("release", "discard")),
}
"""Steps that a form may take: table, model, actions."""


@require_GET
@requires(Permission.NODE_READ)
def home(request: HttpRequest) -> HttpResponse:
    """All nodes, worst first; what waits for officers."""
    now = timezone.now()
    stands = {one.id: one for one in standings()}
    found = Peering.objects.scoped_to(request.user).order_by("name")[:MAX_NODES]
    rows = [shown.node_row(one, PEERING, stands, now) for one in found]
    changes = NodeChange.objects.scoped_to(request.user).select_related("peering").order_by("-created_at")
    context = {
        "now": now,
        "rows": sorted(rows, key=lambda row: (not row["late"], row["name"])),
        "waiting": [shown.change_row(one, CHANGE) for one in changes.filter(state__in=("PROPOSED", "CONFIRMED"))[:20]],
        "held": Held.objects.scoped_to(request.user).filter(state="HELD").count(),
        "identity": _identity(),
        "may_enrol": may(request, Permission.NODE_ENROL),
    }
    return render(request, "nodes/home.html", context)


def _identity() -> dict[str, str] | None:
    """This node's name, key and fingerprint; None before `haodun node init`."""
    try:
        public = bytes(own_key().public)
    except FederationError:
        return None
    return {"name": own_name(), "public": public.hex(), "fingerprint": fingerprint(public)}


@require_GET
@requires(Permission.NODE_READ)
def node(request: HttpRequest, peering_id: UUID) -> HttpResponse:
    """One node: what was sent and received, gaps, changes, what may be done."""
    return _node_page(request, row_or_404(request, Peering, peering_id))


@require_http_methods(["GET", "POST"])
@requires(Permission.NODE_ENROL)
def new(request: HttpRequest) -> HttpResponse:
    """提请互联: the first officer names the node."""
    form = NodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        proposal = Proposal(
            given["name"], given["title"], given["public"], tuple(given["may_send"]), tuple(given["may_get"])
        )
        try:
            made = propose(actor_for_request(request), proposal, key=_key(request))
        except Refused as refused:
            form.add_error("name" if refused.code == "name" else None, shown.refusal(refused))
        else:
            messages.success(request, _("已提请；请另一位管理员向对方核对指纹后批准。"))
            return redirect("nodes:node", made)
    context = {"form": form, "key": _key(request) or uuid4().hex}
    return render(request, "nodes/new.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@requires(Permission.NODE_ENROL)
def new_change(request: HttpRequest, peering_id: UUID, what: str) -> HttpResponse:
    """A new key of the node by hand, or other kinds."""
    row = row_or_404(request, Peering, peering_id)
    if what not in (NodeChange.What.KEY, NodeChange.What.GRANTS):
        raise Http404
    kinds = {"may_send": row.may_send, "may_get": row.may_get}
    form: Any = KeyForm(request.POST or None) if what == "key" else KindsForm(request.POST or None, initial=kinds)
    if request.method == "POST" and form.is_valid():
        try:
            propose_change(actor_for_request(request), row, what, key=_key(request), **form.cleaned_data)
        except Refused as refused:
            form.add_error(None, shown.refusal(refused))
        else:
            messages.success(request, _("已提出；由另一位管理员批准后生效。"))
            return redirect("nodes:node", row.id)
    context = {"form": form, "node": row, "what": what, "key": _key(request) or uuid4().hex}
    return render(request, "nodes/change.html", context, status=422 if form.errors else 200)


@require_POST
@requires(Permission.NODE_ENROL)
def own_key_change(request: HttpRequest) -> HttpResponse:
    """Propose a new key of this node."""
    try:
        propose_change(actor_for_request(request), None, NodeChange.What.OWN_KEY, key=_key(request))
        messages.success(request, _("已提出更换本节点密钥；由另一位管理员批准后预告各节点，七天后启用。"))
    except Refused as refused:
        messages.error(request, shown.refusal(refused))
    return redirect("nodes:home")


@require_POST
@requires(Permission.NODE_READ)
def step(request: HttpRequest, table: str, row_id: UUID, action: str) -> HttpResponse:
    """A step of one of the three tables; act() asks who may."""
    if table not in STEPS or action not in STEPS[table][2]:
        raise Http404
    machine, model, _actions = STEPS[table]
    row: Any = row_or_404(request, model, row_id)
    typed = request.POST.get("fingerprint", "")[:200]
    reason = request.POST.get("reason", "").strip()[:400]
    data = {"fingerprint": typed} if action == "approve" else None
    try:
        decide(actor_for_request(request), machine, row.id, action, key=_key(request), reason=reason, data=data)
    except Refused as refused:
        messages.error(request, shown.refusal(refused))
    else:
        messages.success(request, _("已办理，并已记入审计。"))
    return redirect(_page_of(row))


def _page_of(row: Peering | NodeChange | Held) -> str:
    if isinstance(row, Held):
        return reverse("nodes:piece", args=[row.id])
    peering = row.id if isinstance(row, Peering) else row.peering_id
    return reverse("nodes:node", args=[peering]) if peering else reverse("nodes:home")


def _node_page(request: HttpRequest, row: Peering) -> HttpResponse:
    actor = actor_for_request(request)
    changes = NodeChange.objects.scoped_to(request.user).filter(peering=row).order_by("-created_at")[:MAX_CHANGES]
    stands = standing(row.peer) if row.peer else None
    now = timezone.now()
    context = {
        "now": now,
        "node": row,
        "row": shown.node_row(row, PEERING, {stands.id: stands} if stands else {}, now),
        "standing": stands,
        "may_send": shown.kinds_of(row.may_send),
        "may_get": shown.kinds_of(row.may_get),
        "changes": [shown.change_row(one, CHANGE) | {"verbs": change_verbs(actor, one)} for one in changes],
        "history": shown.history(steps_of(PEERING.name, row.id), PEERING),
        "verbs": _verbs(actor, row),
        "may_enrol": may(request, Permission.NODE_ENROL) and row.state in ("ACTIVE", "SUSPENDED"),
        "fingerprint": fingerprint(bytes(row.public)) if row.state != "PROPOSED" else "",
        "key": uuid4().hex,
        "here": reverse("nodes:node", args=[row.id]),
    }
    return render(request, "nodes/node.html", context)


def _verbs(actor: Actor, row: Peering) -> list[dict[str, Any]]:
    means = {
        "approve": (_("请通过电话或当面向对方核对指纹，把对方读出的指纹输入下面；不要抄自来信。"), ""),
        "decline": ("", _("为什么不批准")),
        "suspend": (_("暂停后不再收发；撤回照样排队，恢复后送出。"), _("为什么暂停")),
        "resume": (_("从停下的地方接着收发，一件不漏。"), ""),
        "revoke": (_("对方全部密钥永久失效，不可恢复；重新互联要用新的节点名称。"), _("为什么撤销")),
    }
    found = [
        shown.verb(
            actor,
            PEERING,
            row.id,
            name,
            preview=preview_step(actor, PEERING, row.id, name),
            means=said[0],
            asks=said[1],
        )
        for name, said in means.items()
    ]
    return [one for one in found if one is not None]


def change_verbs(actor: Actor, row: NodeChange) -> list[dict[str, Any]]:
    """What may be done with a change."""
    if row.state not in ("PROPOSED", "CONFIRMED"):
        return []
    typed = _("请输入对方读出的新指纹。") if row.what == NodeChange.What.KEY else ""
    means = {"confirm": ("", ""), "approve": (typed, ""), "decline": ("", _("为什么不批准"))}
    found = [
        shown.verb(
            actor, CHANGE, row.id, name, preview=preview_step(actor, CHANGE, row.id, name), means=said[0], asks=said[1]
        )
        for name, said in means.items()
    ]
    return [one for one in found if one is not None]


def _key(request: HttpRequest) -> str:
    return request.POST.get("key", "")[:80]
