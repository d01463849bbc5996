"""转售企业检查: who may, form, verb, redirect."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from haodun.offices.organisations.services import Permission, requires, standing_of, sudo_until
from haodun.offices.organisations.sudo import lead
from haodun.offices.transitions import on_pages, paging
from haodun.offices.transitions.on_pages import actor_for_request, key_of, named, notice_of, titled, version_of
from haodun.offices.transitions.paging import read_page
from haodun.offices.transitions.services import Refused, clocks_of, steps_of
from haodun.registry.resellers import shown
from haodun.registry.resellers.forms import InspectionForm, ProofForm, SampleForm
from haodun.registry.resellers.inspecting import ENDED, recheck, record_inspection, send_proof
from haodun.registry.resellers.models import Proof, ResellerCase
from haodun.registry.resellers.sayings import CASE as SAYS
from haodun.registry.resellers.sayings import SEALS
from haodun.registry.resellers.services import take
from haodun.registry.resellers.states import TABLE
from haodun.registry.resellers.values import Inspection, Way

PROOFS_SHOWN = 20


@require_GET
@requires(Permission.RESELLER_READ)
def home(request: HttpRequest) -> HttpResponse:
    """The cases within reach, by what is to be done."""
    tab = request.GET.get("tab", "open")
    tab = tab if tab in (*shown.TABS, "all") else "open"
    rows: QuerySet[Any] = ResellerCase.objects.scoped_to(request.user)
    counts = {name: rows.filter(state__in=states)[: paging.COUNT_TO].count() for name, states in shown.TABS.items()}
    listed = rows if tab == "all" else rows.filter(state__in=shown.TABS[tab])
    found = read_page(
        listed.select_related("reseller", "host"), by="moved_at", newest_first=tab != "open",
        cursor=request.GET.get("after", "")[:200],
    )  # fmt: skip
    titles = {"open": _("检查与整改"), "stopped": _("停止发展中"), "ended": _("已结案"), "all": _("全部")}
    here = reverse("resellers:home")
    context = {
        "tabs": [
            {"title": title, "address": f"{here}?tab={name}", "count": counts.get(name), "current": name == tab}
            for name, title in titles.items()
        ],
        "rows": shown.case_rows(found.rows),
        "total": found.total,
        "after": f"{here}?tab={tab}&after={found.after}" if found.after else "",
        "first": f"{here}?tab={tab}" if request.GET.get("after") else "",
        "may_inspect": _may(request, Permission.RESELLER_INSPECT),
        "empty": {"kind": "none", "title": _("这里没有检查"), "words": _("换一个视图看看。")},
    }
    return render(request, "resellers/home.html", context)


@require_http_methods(["GET", "POST"])
@requires(Permission.RESELLER_INSPECT)
def new(request: HttpRequest) -> HttpResponse:
    """登记检查."""
    form = InspectionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        seen = Inspection(
            uuid.UUID(given["reseller"]), uuid.UUID(given["host"]), Way(given["way"]), given["on"], form.sample(),
            int(given["target"] * 100),
        )  # fmt: skip
        try:
            made = record_inspection(actor_for_request(request), seen, key=key_of(request))
        except Refused as refused:
            form.add_error("compliant" if refused.code == "sample" else None, titled(refused))
        else:
            messages.success(request, _("检查已登记，请结案或通知整改。"))
            return redirect("resellers:case", made)
    context = {"form": form, "key": request.POST.get("key") or uuid.uuid4().hex}
    return render(request, "resellers/form.html", context, status=422 if form.errors else 200)


@require_GET
@requires(Permission.RESELLER_READ)
def case(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """One case: what is true, what is due, what can be done."""
    return _page(request, _case(request, case_id))


@require_POST
@requires(Permission.RESELLER_ANSWER)
def prove(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """提交整改证明."""
    row, form = _case(request, case_id), ProofForm(request.POST)
    if not form.is_valid():
        return _page(request, row, proof_form=form, status=422)
    try:
        send_proof(actor_for_request(request), row.id, form.cleaned_data["words"])
    except Refused as refused:
        return _page(request, row, notice=notice_of(refused), status=422)
    messages.success(request, _("整改证明已提交，等检查单位复查。"))
    return redirect("resellers:case", row.id)


@require_POST
@requires(Permission.RESELLER_INSPECT)
def check(request: HttpRequest, proof_id: uuid.UUID) -> HttpResponse:
    """复查 a proof."""
    proof = Proof.objects.scoped_to(request.user).filter(id=proof_id).first()
    if proof is None:
        raise Http404
    row, form = _case(request, proof.case_id), SampleForm(request.POST)
    if not form.is_valid():
        return _page(request, row, check_form=form, status=422)
    try:
        recheck(actor_for_request(request), proof.id, form.sample())
    except Refused as refused:
        return _page(request, row, notice=notice_of(refused), status=422)
    messages.success(request, _("复查结果已登记。"))
    return redirect("resellers:case", row.id)


@require_POST
@requires(Permission.RESELLER_READ)
def take_step(request: HttpRequest, case_id: uuid.UUID, action: str) -> HttpResponse:
    """A verb of the table on one case."""
    row = _case(request, case_id)
    if action not in shown.ORDER:
        return HttpResponse(status=404)
    reason = request.POST.get("reason", "").strip()
    try:
        take(
            actor_for_request(request), [row.id], action, key=key_of(request), reason=reason,
            version=version_of(request),
        )  # fmt: skip
    except Refused as refused:
        if refused.code == "sudo":
            return lead(request, reverse("sudo"))
        return _page(request, row, notice=notice_of(refused), status=422)
    messages.success(request, str(SAYS[action].done))
    return redirect("resellers:case", row.id)


def _page(
    request: HttpRequest,
    row: ResellerCase,
    *,
    notice: dict[str, str] | None = None,
    proof_form: ProofForm | None = None,
    check_form: SampleForm | None = None,
    status: int = 200,
) -> HttpResponse:
    row.refresh_from_db()
    context = {
        **_facts(row, request),
        **_ways_on(row, request),
        "proof_form": proof_form or ProofForm(),
        "check_form": check_form or SampleForm(),
        "key": uuid.uuid4().hex,
        "here": reverse("resellers:case", args=[row.id]),
        "notice": notice,
    }
    return render(request, "resellers/case.html", context, status=status)


def _facts(row: ResellerCase, request: HttpRequest) -> dict[str, object]:
    """What is true, and how it came about."""
    taken = steps_of(TABLE.name, row.id)
    return {
        "row": row,
        "of": named(row.reseller),
        "host": named(row.host),
        "inspector": named(row.inspector),
        "chip": shown.chip(row),
        "clock": on_pages.clock_of(clocks_of(TABLE.name, [row.id])),
        "rate": shown.rate(row.rate),
        "target": shown.rate(row.target),
        "k1": shown.real_name_rate(row, request.user),
        "proofs": shown.proof_rows(list(row.proofs.order_by("-sent_at", "-id")[:PROOFS_SHOWN])),
        "history": on_pages.history(taken, SAYS, SEALS),
    }


def _ways_on(row: ResellerCase, request: HttpRequest) -> dict[str, object]:
    """What this reader can do, and what is due first."""
    standing = standing_of(request)
    at = standing.organisation_id if standing else None
    address = {name: reverse("resellers:step", args=[row.id, name]) for name in shown.ORDER}
    running = row.state not in (*ENDED, TABLE.initial)
    return {
        "may_prove": running and at == row.reseller_id and _may(request, Permission.RESELLER_ANSWER),
        "may_check": running and _may(request, Permission.RESELLER_INSPECT) and at in row.inspector.path,
        "verbs": on_pages.verbs(
            TABLE, row, actor_for_request(request), order=shown.ORDER, sayings=SAYS, address=address,
            proved=sudo_until(request) is not None,
        ),
    }  # fmt: skip


def _case(request: HttpRequest, case_id: uuid.UUID) -> ResellerCase:
    rows = ResellerCase.objects.scoped_to(request.user).select_related("reseller", "host", "inspector")
    found: ResellerCase | None = rows.filter(id=case_id).first()
    if found is None:
        raise Http404
    return found


def _may(request: HttpRequest, permission: Permission) -> bool:
    standing = standing_of(request)
    return standing is not None and permission.value in standing.permissions
