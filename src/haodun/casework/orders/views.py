"""The order desk: who may, form, verb, redirect."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from haodun.audit.services import subjects_for
from haodun.casework.orders import shown
from haodun.casework.orders.access import actor_for_request, numbers_of, order_or_404
from haodun.casework.orders.desk_page import desk_context, without_number
from haodun.casework.orders.effects import SUBJECT
from haodun.casework.orders.forms import CorrectionForm, FilingForm, bad_lines
from haodun.casework.orders.guards import CAP
from haodun.casework.orders.models import AtNode, Order
from haodun.casework.orders.sayings import saying
from haodun.casework.orders.services import BadNumbers, correct_order, file_order, preview_step, take
from haodun.casework.orders.states import TABLE
from haodun.offices.organisations.access import requires
from haodun.offices.organisations.services import Kind, Permission, find
from haodun.offices.organisations.sudo import lead, sudo_until
from haodun.offices.transitions.paging import SIZE
from haodun.offices.transitions.services import Actor, Refused, clocks_of, steps_of
from haodun.registry.policies.services import executed_everywhere

IN_BULK = ("send_back", "acknowledge", "reject", "withdraw")
"""Verbs that may be taken on several orders at once; approval is one by one."""
NUMBERS_SHOWN = 50
"""Numbers on an order's page until all are asked for."""


@require_GET
@requires(Permission.ORDER_READ)
def desk(request: HttpRequest) -> HttpResponse:
    """关停指令: the queue."""
    clean = without_number(request)
    if clean:
        return redirect(clean)
    return render(request, "orders/desk.html", desk_context(request, actor_for_request(request), verbs=IN_BULK))


@require_http_methods(["GET", "POST"])
@requires(Permission.ORDER_FILE)
def new(request: HttpRequest) -> HttpResponse:
    """登记来文: a police unit files its own document, a bureau that of a police unit."""
    actor = actor_for_request(request)
    own = actor.organisation_id if find(kind=Kind.POLICE).filter(id__in=[actor.organisation_id]).exists() else None
    form = FilingForm(request.POST or None, own_unit=own)
    if request.method == "POST" and form.is_valid():
        try:
            filed = file_order(actor, form.filing(), key=_key(request))
        except Refused as refused:
            _explain(form, refused)
        else:
            _say_filed(request, filed.known, filed.numbers, len(filed.excluded))
            return redirect("orders:order", filed.order)
    return _form_page(request, "orders/new.html", form)


@require_http_methods(["GET", "POST"])
@requires(Permission.ORDER_FILE)
def correct(request: HttpRequest, order_id: uuid.UUID) -> HttpResponse:
    """补正: the right numbers of a document that was sent back."""
    order = order_or_404(request, order_id)
    form = CorrectionForm(request.POST or None, initial={"remark": order.remark})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            filed = correct_order(
                actor_for_request(request), order, numbers=given["numbers"], remark=given["remark"], key=_key(request)
            )
        except Refused as refused:
            _explain(form, refused)
        else:
            _say_filed(request, False, filed.numbers, len(filed.excluded))
            return redirect("orders:order", order.id)
    return _form_page(request, "orders/correct.html", form, order=order)


@require_GET
@requires(Permission.ORDER_READ)
def order(request: HttpRequest, order_id: uuid.UUID) -> HttpResponse:
    """One order: state, clock, next step, who."""
    return _order_page(request, order_or_404(request, order_id))


@require_http_methods(["GET", "POST"])
@requires(Permission.ORDER_READ)
def approve(request: HttpRequest, order_id: uuid.UUID) -> HttpResponse:
    """The approval sheet; posting it approves, or sends back."""
    found = order_or_404(request, order_id)
    if request.method == "GET":
        return _approval_page(request, found)
    if request.POST.get("verb") == "send_back":
        return _take(request, found, "send_back", reason=request.POST.get("remark", ""))
    seen, version = request.POST.get("seen", ""), _version(request)
    return _take(request, found, "approve", reason=request.POST.get("remark", ""), seen=seen, version=version)


@require_POST
@requires(Permission.ORDER_READ)
def take_step(request: HttpRequest, order_id: uuid.UUID, action: str) -> HttpResponse:
    """Any other verb of the table on one order."""
    found = order_or_404(request, order_id)
    if action not in shown.VERBS:
        return HttpResponse(status=404)
    return _take(request, found, action, reason=request.POST.get("reason", ""), version=_version(request))


@require_POST
@requires(Permission.ORDER_READ)
def bulk(request: HttpRequest) -> HttpResponse:
    """One verb on several orders: each by itself; the page says of each what became of it."""
    action = request.POST.get("action", "")
    orders = [order_or_404(request, one) for one in _ids(request.POST.getlist("ids"))]
    if action not in IN_BULK or not orders:
        messages.info(request, _("没有选择来文，什么也没有办理。"))
        return redirect("orders:desk")
    reason, step = request.POST.get("reason", "").strip(), TABLE.of(action)[0]
    said = saying(action)
    context: dict[str, Any] = {"orders": orders, "action": action, "said": said, "key": _key(request)}
    if step.needs_reason and not reason:
        return render(request, "orders/bulk_reason.html", context)
    actor = actor_for_request(request)
    results = [(one, _attempt(actor, one, action, key=_key(request), reason=reason)) for one in orders]
    return render(request, "orders/bulk_done.html", context | {"results": results})


def _attempt(actor: Actor, order: Order, action: str, *, key: str, reason: str) -> str:
    """'' where it was done, else why not."""
    try:
        take(actor, [order.id], action, key=f"{key[:40]} {order.id}", reason=reason)
    except Refused as refused:
        return shown.sentence(refused)
    return ""


def _take(
    request: HttpRequest, order: Order, action: str, *, reason: str, seen: str | None = None, version: int | None = None
) -> HttpResponse:
    actor = actor_for_request(request)
    try:
        take(actor, [order.id], action, key=_key(request), reason=reason.strip(), seen=seen, version=version)
    except Refused as refused:
        if refused.code == "sudo":
            return lead(request, reverse("sudo"))
        notice = {"tone": "ser", "title": shown.sentence(refused), "words": ""}
        page = _approval_page if action == "approve" else _order_page
        return page(request, order, notice=notice, status=422)
    messages.success(request, str(saying(action).done))
    return _to(request, reverse("orders:order", args=[order.id]))


def _order_page(
    request: HttpRequest, order: Order, *, notice: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    order.refresh_from_db()
    actor, numbers = actor_for_request(request), list(numbers_of(request, order))
    listed = numbers if request.GET.get("numbers") == "all" else numbers[:NUMBERS_SHOWN]
    subjects = subjects_for(SUBJECT, (row.number for row in listed))
    verbs = shown.verbs(order, actor, preview_step, proved=sudo_until(request) is not None)
    taken = steps_of(TABLE.name, order.id)
    people = _people([order.filed_by, *(record.actor for record in taken)])
    context = {
        "order": order,
        "document": order.document,
        "unit": shown.named(order.issuing_unit),
        "law": shown.law_of(order),
        "chip": (*shown.TONES[order.state], shown.titled(TABLE.state(order.state))),
        "clock": shown.clock_of(clocks_of(TABLE.name, [order.id])),
        "steps": shown.steps(order, people),
        "numbers": [shown.number_row(row, subjects[str(row.number)]) for row in listed],
        "numbers_total": len(numbers),
        "numbers_left": len(numbers) - len(listed),
        "may_look": Permission.NUMBER_LOOKUP.value in actor.permissions,
        "carriers": shown.by_carrier(numbers),
        "everywhere": executed_everywhere(order.change) if order.change else None,
        "nodes": AtNode.objects.scoped_to(request.user).filter(order=order).order_by("node"),
        "history": shown.history(order, people),
        "waits": _("待复核") if order.state == "ROUTED" else "",
        "verbs": verbs,
        "doable": any(not verb["page"] for verb in verbs),
        "here": reverse("orders:order", args=[order.id]),
        "notice": notice,
        "key": uuid.uuid4().hex,
    }
    return render(request, "orders/order.html", context, status=status)


def _approval_page(
    request: HttpRequest, order: Order, *, notice: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    order.refresh_from_db()
    found = preview_step(actor_for_request(request), order, "approve")
    if found.blast is None:
        return _order_page(request, order, notice=notice, status=status)
    if request.method == "GET" and found.refusal is None and sudo_until(request) is None:
        # The proof comes before the boxes, so that nothing is ticked twice.
        return lead(request, reverse("sudo"))
    people = _people([order.filed_by, *(record.actor for record in steps_of(TABLE.name, order.id))])
    sheet = shown.approval(
        order, radius=found.blast, refusal=found.refusal, people=people, key=uuid.uuid4().hex, cap=CAP
    )
    fragment = bool(request.headers.get("HX-Request"))
    template = "orders/approval_drawer.html" if fragment else "orders/approval.html"
    context = {"approval": sheet, "notice": notice, "order": order, "in_drawer": fragment}
    return render(request, template, context, status=status)


def _form_page(request: HttpRequest, template: str, form: Any, **context: object) -> HttpResponse:
    key = request.POST.get("key") or uuid.uuid4().hex
    status = 422 if form.errors else 200
    return render(request, template, {"form": form, "key": key, **context}, status=status)


def _explain(form: Any, refused: Refused) -> None:
    """A refusal beside the field it is about."""
    if isinstance(refused, BadNumbers):
        for line in bad_lines(refused.bad[:20]):
            form.add_error("numbers", line)
        return
    field = {"numbers": "numbers", "cap": "numbers", "document": "document", "document_differs": "document"}
    name = field.get(refused.code)
    form.add_error(name if name in form.fields else None, shown.sentence(refused))


def _say_filed(request: HttpRequest, known: bool, numbers: int, excluded: int) -> None:
    if known:
        messages.info(request, _("这份来文已经登记过，下面是原件；没有重复登记。"))
        return
    words = ngettext("已登记 %(n)s 个号码，等另一人复核。", "已登记 %(n)s 个号码，等另一人复核。", numbers) % {
        "n": numbers
    }
    messages.success(request, words)
    if excluded:
        left = ngettext("%(n)s 个号码未纳入，原因见号码清单。", "%(n)s 个号码未纳入，原因见号码清单。", excluded)
        messages.info(request, left % {"n": excluded})


def _people(ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, str]:
    found = get_user_model()._default_manager.filter(pk__in=set(ids))
    return {person.pk: str(person) for person in found}


def _ids(texts: Iterable[str]) -> list[uuid.UUID]:
    found = []
    for text in list(texts)[:SIZE]:
        try:
            found.append(uuid.UUID(text))
        except ValueError:
            continue
    return found


def _key(request: HttpRequest) -> str:
    return request.POST.get("key", "")[:80]


def _version(request: HttpRequest) -> int | None:
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isalnum() and text.strip("0123456789") == "" else None


def _to(request: HttpRequest, address: str) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)
