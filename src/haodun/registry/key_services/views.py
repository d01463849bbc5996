"""重点业务: who may, form, verb, redirect."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from haodun.audit.services import subject_for
from haodun.offices.organisations.services import Permission, requires, sudo_until
from haodun.offices.transitions import on_pages
from haodun.offices.transitions.on_pages import actor_for_request, key_of, named, notice_of, titled, version_of
from haodun.offices.transitions.services import Refused, clocks_of, steps_of
from haodun.registry.key_services import queries, shown
from haodun.registry.key_services.access import may, row_or_404
from haodun.registry.key_services.documents import DOCUMENT, NAME, cipher, masked_document, masked_name
from haodun.registry.key_services.effects import SUBJECT
from haodun.registry.key_services.forms import ServiceForm
from haodun.registry.key_services.models import Landing, Service
from haodun.registry.key_services.sayings import SEALS, SERVICE
from haodun.registry.key_services.services import (
    apply,
    call_back,
    correct,
    read_back,
    register_existing,
    take,
    unanswered,
)
from haodun.registry.key_services.states import TABLE
from haodun.registry.key_services.values import Defect, ServiceKind


@require_GET
@requires(Permission.SERVICE_READ)
def home(request: HttpRequest) -> HttpResponse:
    """The services within reach, by what is to be done."""
    text = request.GET.get("q", "")[:60]
    if queries.looks_like_number(text):
        messages.info(request, _("号码不进入网址；这里只按单位筛选，号码请用页面顶部的查号。"))
        return redirect("key_services:home")
    tab, kind = request.GET.get("tab", "take_on"), request.GET.get("kind", "")
    tab = tab if tab in (*queries.TABS, "all") else "take_on"
    found = queries.service_page(request.user, tab=tab, kind=kind, text=text, cursor=request.GET.get("after", "")[:200])
    query = {name: value for name, value in (("tab", tab), ("kind", kind), ("q", text)) if value}
    here = reverse("key_services:home")
    context = {
        "tabs": shown.tabs(_titles(), tab, here, queries.counts(request.user, queries.TABS, Service), two=("close",)),
        "rows": shown.service_rows(found.rows),
        "total": found.total,
        "after": f"{here}?{urlencode({**query, 'after': found.after})}" if found.after else "",
        "first": f"{here}?{urlencode(query)}" if request.GET.get("after") else "",
        "text": {"name": "q", "value": text, "title": _("申请单位或信用代码")},
        "filters": [_kind_filter(kind, here, tab, text)],
        "keep": [("tab", tab)],
        "may_apply": may(request, Permission.SERVICE_APPLY),
        "may_export": bool(found.rows),
        "key": uuid.uuid4().hex,
        "empty": {"kind": "none", "title": _("这里没有业务"), "words": _("换一个视图，或去掉筛选。")},
    }
    return render(request, "key_services/home.html", context)


@require_http_methods(["GET", "POST"])
@requires(Permission.SERVICE_APPLY)
def new(request: HttpRequest) -> HttpResponse:
    """受理申请: a new service, by art. 7."""
    return _take_on(request, existing=False)


@require_http_methods(["GET", "POST"])
@requires(Permission.SERVICE_APPLY)
def existing(request: HttpRequest) -> HttpResponse:
    """登记存量: one of the existing base, as it stands."""
    return _take_on(request, existing=True)


@require_GET
@requires(Permission.SERVICE_READ)
def service(request: HttpRequest, service_id: uuid.UUID) -> HttpResponse:
    """One service: what is true, what is due, what can be done."""
    return service_page(request, row_or_404(request, Service, service_id, "carrier"))


@require_POST
@requires(Permission.SERVICE_READ)
def take_step(request: HttpRequest, service_id: uuid.UUID, action: str) -> HttpResponse:
    """A verb of the table on one service."""
    row = row_or_404(request, Service, service_id, "carrier")
    if action not in shown.ORDER[TABLE.name] or action in shown.WITH_RADIUS:
        return HttpResponse(status=404)
    reason, data = request.POST.get("reason", "").strip(), {}
    if action == "flag":
        data, reason = {"defect": request.POST.get("measure", ""), "note": reason[:400]}, ""
    try:
        take(
            actor_for_request(request), [row.id], action, key=key_of(request), reason=reason, data=data,
            version=version_of(request),
        )  # fmt: skip
    except Refused as refused:
        return service_page(request, row, notice=notice_of(refused), status=422)
    messages.success(request, str(SERVICE[action].done))
    return redirect("key_services:service", row.id)


@require_http_methods(["GET", "POST"])
@requires(Permission.SERVICE_APPLY)
def amend(request: HttpRequest, service_id: uuid.UUID) -> HttpResponse:
    """补正登记: applicant, persons, use and licence, while it is being rectified."""
    row = row_or_404(request, Service, service_id, "carrier")
    form = ServiceForm(request.POST or None, correcting=True, initial=_initial(row))
    if request.method == "POST" and form.is_valid():
        given = form.application(kind=row.kind, number=f"+{row.number}")
        try:
            correct(actor_for_request(request), row, given, at=timezone.now())
        except Refused as refused:
            form.add_error(None, titled(refused))
        else:
            messages.success(request, _("登记已补正；改了什么写入台账。"))
            return redirect("key_services:service", row.id)
    context = {"form": form, "row": row, "key": uuid.uuid4().hex, "title": _("补正登记")}
    return render(request, "key_services/amend.html", context, status=422 if form.errors else 200)


@never_cache
@require_POST
@requires(Permission.SERVICE_VERIFY)
def landing(request: HttpRequest, landing_id: uuid.UUID, what: str) -> HttpResponse:
    """回拨核验: call (shows the code to speak, once), answer, unanswered."""
    one = row_or_404(request, Landing, landing_id, "service", "service__carrier")
    actor, spoken = actor_for_request(request), ""
    try:
        if what == "call":
            spoken = call_back(actor, one.id)
        elif what == "answer":
            right = read_back(actor, one.id, request.POST.get("code", "")[:12])
            messages.info(request, _("验证码相符，号码已核验。") if right else _("验证码不符。"))
        elif what == "unanswered":
            unanswered(actor, one.id)
            messages.info(request, _("已记为回拨未通过。"))
        else:
            return HttpResponse(status=404)
    except Refused as refused:
        return service_page(request, one.service, notice=notice_of(refused), status=422)
    if spoken:
        return service_page(request, one.service, spoken={"landing": one.id, "code": spoken})
    return redirect("key_services:service", one.service_id)


def _take_on(request: HttpRequest, *, existing: bool) -> HttpResponse:
    form = ServiceForm(request.POST or None, existing=existing)
    if request.method == "POST" and form.is_valid():
        verb = register_existing if existing else apply
        try:
            made = verb(actor_for_request(request), form.application(), key=key_of(request))
        except Refused as refused:
            _explain(form, refused)
        else:
            messages.success(request, _("已登记入库。") if existing else _("已受理，等另一人核验。"))
            return redirect("key_services:service", made)
    context = {"form": form, "existing": existing, "key": request.POST.get("key") or uuid.uuid4().hex}
    return render(request, "key_services/new.html", context, status=422 if form.errors else 200)


def _explain(form: ServiceForm, refused: Refused) -> None:
    """A refusal beside the field it is about."""
    field = {
        "individual": "applicant_kind", "channel": "channel", "uscc": "uscc", "legal": "legal_document",
        "handler": "handler_document", "licence": "licence", "use": "use", "landing": "landing", "number": "number",
        "taken": "number", "words": "applicant",
    }.get(refused.code)  # fmt: skip
    form.add_error(field if field in form.fields else None, titled(refused))


def service_page(
    request: HttpRequest,
    row: Service,
    *,
    notice: dict[str, str] | None = None,
    spoken: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    row.refresh_from_db()
    actor = actor_for_request(request)
    points, verbs = shown.points(row), _verbs(request, row, actor)
    context = {
        "row": row,
        "chip": shown.chip(TABLE, row),
        "clock": on_pages.clock_of(clocks_of(TABLE.name, [row.id])),
        "number": row.number,
        "subject": subject_for(SUBJECT, row.number),
        "carrier": named(row.carrier),
        "points": points,
        "met": sum(one["met"] for one in points),
        "persons": _persons(row) if may(request, Permission.SUBSCRIBER_READ) else None,
        "landings": shown.landing_rows(row),
        "spoken": spoken,
        "may_call": may(request, Permission.SERVICE_VERIFY) and row.state in ("APPLIED", "ACTIVE", "RECTIFY_ORDERED"),
        "may_amend": may(request, Permission.SERVICE_APPLY) and row.state in ("APPLIED", "RECTIFY_ORDERED"),
        "may_look": may(request, Permission.NUMBER_LOOKUP),
        "verbs": verbs,
        "doable": any(not verb["page"] for verb in verbs),
        "defects": Defect.choices,
        "history": on_pages.history(steps_of(TABLE.name, row.id), SERVICE, SEALS),
        "waits": _("待复核") if row.state in ("SUSPENDED", "RECTIFIED") else "",
        "here": reverse("key_services:service", args=[row.id]),
        "notice": notice,
        "key": uuid.uuid4().hex,
    }
    return render(request, "key_services/service.html", context, status=status)


def _verbs(request: HttpRequest, row: Service, actor: Any) -> list[dict[str, Any]]:
    names = shown.ORDER[TABLE.name]
    address = {
        name: reverse(f"key_services:{'sheet' if name in shown.WITH_RADIUS else 'step'}", args=[row.id, name])
        for name in names
    }
    sample = {"flag": {"defect": Defect.FALSE.value, "note": "—"}}
    proved = sudo_until(request) is not None
    return on_pages.verbs(TABLE, row, actor, order=names, sayings=SERVICE, address=address, proved=proved, data=sample)


def _persons(row: Service) -> list[tuple[str, str, str]]:
    """Legal representative and handler, masked."""
    seal = cipher()
    pairs = (
        (_("法定代表人"), row.legal_sealed, row.legal_document_sealed),
        (_("经办人"), row.handler_sealed, row.handler_document_sealed),
    )
    return [
        (
            title,
            masked_name(seal.open(bytes(name), place=NAME)),
            masked_document(seal.open(bytes(document), place=DOCUMENT)) if document else "",
        )
        for title, name, document in pairs
    ]


def _initial(row: Service) -> dict[str, Any]:
    """What stands there, without the persons: they are entered anew from their documents."""
    names = ("applicant", "uscc", "applicant_kind", "channel", "use", "resold", "licence", "licence_until")
    return {name: getattr(row, name) for name in names}


def _titles() -> dict[str, str]:
    return {
        "take_on": _("待核验开通"),
        "flagged": _("缺陷与整改"),
        "close": _("待关停复核"),
        "active": _("在用"),
        "gone": _("已关停或未办"),
        "all": _("全部"),
    }


def _kind_filter(kind: str, here: str, tab: str, text: str) -> dict[str, Any]:
    chosen = kind if kind in ServiceKind.values else ""
    without = urlencode({"tab": tab, **({"q": text} if text else {})})
    return {
        "name": "kind",
        "title": _("业务种类"),
        "value": chosen,
        "value_title": str(ServiceKind(chosen).label) if chosen else "",
        "choices": [(value, str(title)) for value, title in ServiceKind.choices],
        "without": f"{here}?{without}",
    }
