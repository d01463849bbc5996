"""语音专线: who may, form, verb, redirect."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from haodun.offices.organisations.services import Permission, requires, standing_of, sudo_until
from haodun.offices.organisations.sudo import lead
from haodun.offices.transitions import on_pages, paging
from haodun.offices.transitions.on_pages import (
    actor_for_request,
    key_of,
    named,
    notice_of,
    titled,
    version_of,
)
from haodun.offices.transitions.paging import read_page
from haodun.offices.transitions.services import BlastRadius, Refused, clocks_of, steps_of
from haodun.registry.key_services.services import percent
from haodun.registry.restrictions.services import LAWS, Basis, blast_cells
from haodun.registry.voice_lines import figures, shown
from haodun.registry.voice_lines.forms import LineForm, ResultForm, TestForm, UntilForm
from haodun.registry.voice_lines.models import LineTest, VoiceLine
from haodun.registry.voice_lines.registering import amend_line, plan_test, register_line, report_test
from haodun.registry.voice_lines.sayings import LINE as LINE_SAYS
from haodun.registry.voice_lines.sayings import SEALS
from haodun.registry.voice_lines.services import preview_step, take
from haodun.registry.voice_lines.states import TABLE
from haodun.registry.voice_lines.values import Method, text_of

RANGES_SHOWN = 50
TESTS_SHOWN = 20
OWN_PAGES = ("close", "except_for")
"""Verbs with a page of their own: consequences, or an end."""


@require_GET
@requires(Permission.VOICE_LINE_READ)
def home(request: HttpRequest) -> HttpResponse:
    """The lines within reach, by what is to be done, with the authentication rate."""
    tab = request.GET.get("tab", "not_done")
    tab = tab if tab in (*shown.TABS, "all") else "not_done"
    rows: QuerySet[Any] = VoiceLine.objects.scoped_to(request.user)
    counts = {name: rows.filter(state__in=states)[: paging.COUNT_TO].count() for name, states in shown.TABS.items()}
    listed = rows if tab == "all" else rows.filter(state__in=shown.TABS[tab])
    listed = listed.select_related("carrier").annotate(ranges=Count("permits"))
    found = read_page(listed, by="moved_at", newest_first=tab != "not_done", cursor=request.GET.get("after", "")[:200])
    titles = {
        "not_done": _("未完成鉴权"),
        "exception": _("例外"),
        "enforced": _("已鉴权"),
        "closed": _("已关停"),
        "all": _("全部"),
    }
    here, now = reverse("voice_lines:home"), timezone.now()
    rate = figures.authentication_rate(request.user, as_of=now)
    context = {
        "tabs": [
            {"title": title, "address": f"{here}?tab={name}", "count": counts.get(name), "current": name == tab}
            for name, title in titles.items()
        ],
        "tab": tab,
        "rows": shown.line_rows(found.rows),
        "total": found.total,
        "after": f"{here}?tab={tab}&after={found.after}" if found.after else "",
        "first": f"{here}?tab={tab}" if request.GET.get("after") else "",
        "rate": "—" if rate.value is None else percent(rate.value),
        "as_of": now,
        "may_edit": may(request, Permission.VOICE_LINE_EDIT),
        "may_devices": may(request, Permission.DEVICE_READ),
        "empty": {"kind": "none", "title": _("这里没有线路"), "words": _("换一个视图看看。")},
    }
    return render(request, "voice_lines/home.html", context)


@require_http_methods(["GET", "POST"])
@requires(Permission.VOICE_LINE_EDIT)
def new(request: HttpRequest) -> HttpResponse:
    """登记线路."""
    form = LineForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = register_line(actor_for_request(request), form.line(), key=key_of(request))
        except Refused as refused:
            _explain(form, refused)
        else:
            messages.success(request, _("线路已登记，请安排鉴权测试。"))
            return redirect("voice_lines:line", made)
    return form_page(request, form, title=_("登记线路"), back=reverse("voice_lines:home"), back_title=_("语音专线"))


@require_http_methods(["GET", "POST"])
@requires(Permission.VOICE_LINE_EDIT)
def amend(request: HttpRequest, line_id: uuid.UUID) -> HttpResponse:
    """修改登记 of a line that is not in force."""
    row = _line(request, line_id)
    form = LineForm(request.POST or None, correcting=True, initial=_initial(row))
    if request.method == "POST" and form.is_valid():
        try:
            amend_line(actor_for_request(request), row, form.line(kind=row.kind, trunk=row.trunk))
        except Refused as refused:
            _explain(form, refused)
        else:
            messages.success(request, _("登记已修改。"))
            return redirect("voice_lines:line", row.id)
    back = reverse("voice_lines:line", args=[row.id])
    return form_page(request, form, title=_("修改登记"), back=back, back_title=row.trunk)


@require_GET
@requires(Permission.VOICE_LINE_READ)
def line(request: HttpRequest, line_id: uuid.UUID) -> HttpResponse:
    """One line: what is true, what is due, what can be done."""
    return _page(request, _line(request, line_id))


@require_POST
@requires(Permission.VOICE_LINE_TEST)
def plan(request: HttpRequest, line_id: uuid.UUID) -> HttpResponse:
    """Plan a test."""
    row, form = _line(request, line_id), TestForm(request.POST)
    if not form.is_valid():
        return _page(request, row, test_form=form, status=422)
    given = form.cleaned_data
    plan_test(actor_for_request(request), row, method=Method(given["method"]), planned_for=given["planned_for"])
    messages.success(request, _("测试已列入计划。"))
    return redirect("voice_lines:line", row.id)


@require_POST
@requires(Permission.VOICE_LINE_TEST)
def result(request: HttpRequest, test_id: uuid.UUID) -> HttpResponse:
    """Report the result of a test."""
    test = LineTest.objects.scoped_to(request.user).select_related("line", "line__carrier").filter(id=test_id).first()
    if test is None:
        raise Http404
    form = ResultForm(request.POST)
    if not form.is_valid():
        return _page(request, test.line, result_form=form, status=422)
    given = form.cleaned_data
    try:
        report_test(actor_for_request(request), test.id, passed=given["passed"] == "yes", evidence=given["evidence"])
    except Refused as refused:
        return _page(request, test.line, notice=notice_of(refused), status=422)
    messages.success(request, _("测试结果已记录。"))
    return redirect("voice_lines:line", test.line_id)


@require_POST
@requires(Permission.VOICE_LINE_READ)
def take_step(request: HttpRequest, line_id: uuid.UUID, action: str) -> HttpResponse:
    """A verb of the table on one line."""
    row = _line(request, line_id)
    if action not in shown.ORDER[TABLE.name] or action in OWN_PAGES:
        return HttpResponse(status=404)
    reason = request.POST.get("reason", "").strip()
    try:
        take(
            actor_for_request(request), [row.id], action, key=key_of(request), reason=reason,
            version=version_of(request),
        )  # fmt: skip
    except Refused as refused:
        return _page(request, row, notice=notice_of(refused), status=422)
    messages.success(request, str(LINE_SAYS[action].done))
    return redirect("voice_lines:line", row.id)


@require_http_methods(["GET", "POST"])
@requires(Permission.VOICE_LINE_CLOSE)
def grant(request: HttpRequest, line_id: uuid.UUID) -> HttpResponse:
    """批准例外, until a day."""
    row, form = _line(request, line_id), UntilForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            take(
                actor_for_request(request), [row.id], "except_for", key=key_of(request),
                reason=form.cleaned_data["reason"], data={"until": form.moment()},
            )  # fmt: skip
        except Refused as refused:
            form.add_error("until" if refused.code == "until" else None, titled(refused))
        else:
            messages.success(request, str(LINE_SAYS["except_for"].done))
            return redirect("voice_lines:line", row.id)
    back = reverse("voice_lines:line", args=[row.id])
    return form_page(request, form, title=_("批准例外"), back=back, back_title=row.trunk)


@require_http_methods(["GET", "POST"])
@requires(Permission.VOICE_LINE_CLOSE)
def close(request: HttpRequest, line_id: uuid.UUID) -> HttpResponse:
    """The consequences of closing; posting it closes."""
    row = _line(request, line_id)
    if request.method == "GET":
        return _sheet(request, row)
    try:
        take(
            actor_for_request(request), [row.id], "close", key=key_of(request), seen=request.POST.get("seen", ""),
            reason=request.POST.get("remark", "").strip(), version=version_of(request),
        )  # fmt: skip
    except Refused as refused:
        if refused.code == "sudo":
            return lead(request, reverse("sudo"))
        return _sheet(request, row, notice=notice_of(refused), status=422)
    messages.success(request, str(LINE_SAYS["close"].done))
    return redirect("voice_lines:line", row.id)


def _page(
    request: HttpRequest,
    row: VoiceLine,
    *,
    notice: dict[str, str] | None = None,
    test_form: TestForm | None = None,
    result_form: ResultForm | None = None,
    status: int = 200,
) -> HttpResponse:
    row.refresh_from_db()
    ranges = list(row.permits.order_by("low").values_list("low", "high")[: RANGES_SHOWN + 1])
    verbs = _verbs(request, row)
    tests = list(row.tests.order_by("done_at", "planned_for")[:TESTS_SHOWN])
    context = {
        "row": row,
        "chip": shown.chip(TABLE, row),
        "carrier": named(row.carrier),
        "defects": shown.defects(row, len(ranges)),
        "ranges": [(low, high if high != low else None) for low, high in ranges[:RANGES_SHOWN]],
        "more": len(ranges) > RANGES_SHOWN,
        "tests": shown.test_rows(tests),
        "test_form": test_form or TestForm(),
        "result_form": result_form or ResultForm(),
        "may_test": may(request, Permission.VOICE_LINE_TEST) and row.state != "CLOSED",
        "may_amend": may(request, Permission.VOICE_LINE_EDIT) and row.state in ("REGISTERED", "UNAUTHENTICATED"),
        "verbs": verbs,
        "doable": any(not verb["page"] for verb in verbs),
        "history": on_pages.history(steps_of(TABLE.name, row.id), LINE_SAYS, SEALS),
        "waits": _("待复核") if row.state in ("TESTED", "UNAUTHENTICATED") else "",
        "here": reverse("voice_lines:line", args=[row.id]),
        "notice": notice,
        "key": uuid.uuid4().hex,
    }
    return render(request, "voice_lines/line.html", context, status=status)


def _verbs(request: HttpRequest, row: VoiceLine) -> list[dict[str, Any]]:
    names = shown.ORDER[TABLE.name]
    address = {name: reverse("voice_lines:step", args=[row.id, name]) for name in names}
    address |= {
        "close": reverse("voice_lines:close", args=[row.id]),
        "except_for": reverse("voice_lines:grant", args=[row.id]),
    }
    until = (timezone.now() + timedelta(days=1)).isoformat()
    found = on_pages.verbs(
        TABLE, row, actor_for_request(request), order=names, sayings=LINE_SAYS, address=address,
        proved=sudo_until(request) is not None, data={"except_for": {"until": until}},
    )  # fmt: skip
    return [verb | {"page": verb["page"] or verb["name"] in OWN_PAGES} for verb in found]


def _sheet(
    request: HttpRequest, row: VoiceLine, *, notice: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    row.refresh_from_db()
    found = preview_step(actor_for_request(request), row, "close")
    if found.blast is None:
        return _page(request, row, notice=notice_of(found.refusal) if found.refusal else notice, status=status)
    if request.method == "GET" and found.refusal is None and sudo_until(request) is None:
        return lead(request, reverse("sudo"))
    context = {"row": row, "notice": notice, "approval": _approval(row, found.blast, found.refusal)}
    return render(request, "voice_lines/sheet.html", context, status=status)


def _approval(row: VoiceLine, blast: BlastRadius, refusal: Refused | None) -> dict[str, Any]:
    page, chip = reverse("voice_lines:close", args=[row.id]), shown.chip(TABLE, row)
    cells = blast_cells(blast, "") | {"over": "", "cap": blast.numbers or 1, "holders_note": row.holder}
    taken = [record for record in steps_of(TABLE.name, row.id) if record.action == "fail"]
    people = on_pages.people_of(record.actor for record in taken)
    first = taken[-1] if taken else None
    return {
        "tone": chip["tone"],
        "icon": chip["icon"],
        "state": chip["words"],
        "document": row.trunk,
        "under": row.holder or row.get_kind_display(),
        "clock": on_pages.clock_of(clocks_of(TABLE.name, [row.id])),
        "steps": [],
        "will": _("入口不再受理这条线路的任何呼叫；线路上的号码本身不受限制。登记保留，编号可以重新登记。"),
        "blast": cells,
        "flags": [],
        "basis": [
            (_("法律依据"), titled(LAWS[Basis.MIIT_452])),
            (_("未通过的测试"), first.reason if first else "—"),
        ],
        "seals": [
            {
                "words": _("已提出"), "wait": False, "name": people.get(first.actor, "") if first else "", "unit": "",
                "at": first.at if first else None,
            },
            {"words": _("待复核"), "wait": True, "name": _("另一人"), "unit": "", "at": None},
        ],
        "confirms": [_("已核对未通过的测试"), _("已看过影响范围")],
        "verb": LINE_SAYS["close"].told,
        "action": page,
        "seen": blast.digest(),
        "key": uuid.uuid4().hex,
        "extra": [("version", row.version)],
        "asks": LINE_SAYS["close"].asks,
        "why_not": titled(refusal) if refusal else "",
        "ready": _("关停后立即在全网生效。"),
        "page": page,
    }  # fmt: skip


def _line(request: HttpRequest, line_id: uuid.UUID) -> VoiceLine:
    found: VoiceLine | None = (
        VoiceLine.objects.scoped_to(request.user).select_related("carrier").filter(id=line_id).first()
    )
    if found is None:
        raise Http404
    return found


def may(request: HttpRequest, permission: Permission) -> bool:
    standing = standing_of(request)
    return standing is not None and permission.value in standing.permissions


def _initial(row: VoiceLine) -> dict[str, Any]:
    names = ("holder", "uscc", "location", "direction", "unpermitted", "hiding_off", "resold", "licence")
    ranges = row.permits.order_by("low").values_list("low", "high")
    return {name: getattr(row, name) for name in names} | {
        "permits": "\n".join(text_of(low, high) for low, high in ranges),
        "default": f"+{row.default}" if row.default is not None else "",
    }


def _explain(form: LineForm, refused: Refused) -> None:
    """A refusal beside the field it is about."""
    names = {"trunk": "trunk", "taken": "trunk", "permits": "permits", "default": "default", "uscc": "uscc",
             "words": "holder", "blacklisted": "uscc"}  # fmt: skip
    name = names.get(refused.code)
    form.add_error(name if name in form.fields else None, titled(refused))


def form_page(request: HttpRequest, form: Any, *, title: str, back: str, back_title: str) -> HttpResponse:
    context = {
        "form": form,
        "title": title,
        "back": back,
        "back_title": back_title,
        "key": request.POST.get("key") or uuid.uuid4().hex,
    }
    return render(request, "voice_lines/form.html", context, status=422 if form.errors else 200)
