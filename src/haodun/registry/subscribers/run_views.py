"""登记导入 and 超限卡: who may, form, verb, redirect."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from haodun.audit.services import AuditKind, record, subject_for
from haodun.offices.organisations.services import Permission, Purpose, purpose_of, requires
from haodun.offices.sheets.services import MEDIA, Kind, SheetError
from haodun.offices.transitions import on_pages
from haodun.offices.transitions.on_pages import actor_for_request, key_of, notice_of, titled, version_of
from haodun.offices.transitions.services import Refused, act, clocks_of, steps_of
from haodun.registry.subscribers import queries, runs, sayings, shown
from haodun.registry.subscribers.access import may, row_or_404
from haodun.registry.subscribers.forms import UploadForm
from haodun.registry.subscribers.import_columns import COLUMNS
from haodun.registry.subscribers.models import ExcessCard, ImportRun
from haodun.registry.subscribers.states import EXCESS, IMPORT

OTHERS = 40
"""Cards of the same document that are listed."""


@never_cache
@require_http_methods(["GET", "POST"])
@requires(Permission.SUBSCRIBER_READ)
def imports(request: HttpRequest) -> HttpResponse:
    """登记导入: the imports, and the form that begins one."""
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        if not may(request, Permission.SUBSCRIBER_EDIT):
            raise PermissionDenied
        made = _upload(request, form) if form.is_valid() else None
        if made is not None:
            messages.success(request, _("已收到，正在核对；核对完毕后由另一人复核。"))
            return redirect("subscribers:import", made)
    found = queries.imports(request.user, cursor=request.GET.get("after", "")[:200])
    context = {
        "form": form,
        "rows": shown.import_rows(found.rows),
        "after": shown.address("imports", after=found.after) if found.after else "",
        "first": shown.address("imports") if request.GET.get("after") else "",
        "columns": [(one.zh, one.en, one.name, one.required) for one in COLUMNS],
        "may_edit": may(request, Permission.SUBSCRIBER_EDIT),
        "key": uuid.uuid4().hex,
    }
    return render(request, "subscribers/imports.html", context, status=422 if form.errors else 200)


def _upload(request: HttpRequest, form: UploadForm) -> uuid.UUID | None:
    actor = actor_for_request(request)
    if actor.organisation_id is None:
        raise PermissionDenied
    try:
        return runs.upload(
            actor, form.cleaned_data["file"].file, organisation=actor.organisation_id,
            mode=form.cleaned_data["mode"], key=key_of(request),
        )  # fmt: skip
    except SheetError as error:
        form.add_error("file", titled(error))
    except Refused as refused:
        form.add_error(None, titled(refused))
    return None


@never_cache
@require_GET
@requires(Permission.SUBSCRIBER_READ)
def import_page(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """One import: counts, reasons, what the second look would register."""
    return _import_page(request, row_or_404(request, ImportRun, run_id, "organisation"))


@require_POST
@requires(Permission.SUBSCRIBER_READ)
def import_step(request: HttpRequest, run_id: uuid.UUID, action: str) -> HttpResponse:
    """Apply or discard."""
    run = row_or_404(request, ImportRun, run_id, "organisation")
    if action not in sayings.IMPORT_ORDER:
        raise Http404
    try:
        runs.step(
            actor_for_request(request), run.id, action, key=key_of(request),
            reason=request.POST.get("reason", "").strip(), seen=request.POST.get("seen") or None,
        )  # fmt: skip
    except Refused as refused:
        return _import_page(request, run, notice=notice_of(refused), status=422)
    messages.success(request, str(sayings.IMPORT[action].done))
    return redirect("subscribers:import", run.id)


@require_POST
@requires(Permission.SUBSCRIBER_EDIT)
def bad_rows(request: HttpRequest, run_id: uuid.UUID) -> HttpResponseBase:
    """The rows that were set aside, as the kind of file that came; in the ledger."""
    run = row_or_404(request, ImportRun, run_id)
    found = runs.bad_rows(run)
    if found is None:
        raise Http404
    actor = actor_for_request(request)
    with transaction.atomic():
        record(
            AuditKind.EXPORTED,
            actor=actor.user_id,
            organisation=actor.organisation_id,
            object_type="import_run",
            object_id=run.id,
            purpose=purpose_of(request) or Purpose.LIST_REVIEW.value,
            body={"rows": run.bad, "kind": run.kind},
        )
    kind = Kind(run.kind)
    answer = FileResponse(found, as_attachment=True, filename=f"haodun-bad-rows.{kind.value}", content_type=MEDIA[kind])
    answer["Cache-Control"] = "no-store"
    return answer


def _import_page(
    request: HttpRequest, run: ImportRun, *, notice: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    run.refresh_from_db()
    actor = actor_for_request(request)
    addresses = {name: reverse("subscribers:import_step", args=[run.id, name]) for name in sayings.IMPORT_ORDER}
    verbs = on_pages.verbs(
        IMPORT, run, actor, order=sayings.IMPORT_ORDER, sayings=sayings.IMPORT, address=addresses, proved=True
    )
    blast = runs.preview_step(actor, run.id, "apply").blast if run.state == "CHECKED" else None
    context = {
        "run": run,
        "chip": shown.import_chip(run),
        "organisation": on_pages.named(run.organisation),
        "mode": run.get_mode_display(),
        "failure": run.failure_zh if on_pages.chinese() else run.failure_en,
        "groups": shown.breakdown(run),
        "reasons": [(one["zh" if on_pages.chinese() else "en"], one["rows"]) for one in run.summary.get("reasons", [])],
        "ignored": run.summary.get("ignored", []),
        "holders": run.summary.get("holders"),
        "above": run.summary.get("above_limit"),
        "left": max(0, run.good - run.applied - run.late),
        "has_bad": bool(run.bad) and Permission.SUBSCRIBER_EDIT.value in actor.permissions,
        "verbs": verbs,
        "seen": blast.digest() if blast else "",
        "history": on_pages.history(steps_of(IMPORT.name, run.id), sayings.IMPORT, sayings.SEALS),
        "waits": _("待复核") if run.state == "CHECKED" else "",
        "notice": notice,
        "key": uuid.uuid4().hex,
    }
    return render(request, "subscribers/import.html", context, status=status)


@require_GET
@requires(Permission.SUBSCRIBER_READ)
def excess(request: HttpRequest) -> HttpResponse:
    """超限卡: the queue, by clock."""
    tab = request.GET.get("tab", "todo")
    tab = tab if tab in queries.EXCESS_TABS else "todo"
    found = queries.excess_page(request.user, tab=tab, cursor=request.GET.get("after", "")[:200])
    titles = {"todo": _("待核验"), "late": _("逾期"), "done": _("已办")}
    context = {
        "tabs": [
            {
                "title": title,
                "address": shown.address("excess", tab=name),
                "count": queries.excess_count(request.user, name) if name != "done" else None,
                "late": name == "late" and queries.excess_count(request.user, name) > 0,
                "current": name == tab,
            }
            for name, title in titles.items()
        ],
        "rows": shown.excess_rows(found.rows),
        "total": found.total,
        "after": shown.address("excess", tab=tab, after=found.after) if found.after else "",
        "first": shown.address("excess", tab=tab) if request.GET.get("after") else "",
        "empty": {
            "kind": "none",
            "title": _("这里没有超限卡"),
            "words": _("每天夜里查一次；一个证件在一家企业最多五张有效卡。"),
        },
    }  # fmt: skip
    return render(request, "subscribers/excess.html", context)


@require_GET
@requires(Permission.SUBSCRIBER_READ)
def card(request: HttpRequest, card_id: uuid.UUID) -> HttpResponse:
    """One card above the limit, and the others of the same document."""
    return _card_page(request, _card(request, card_id))


@require_POST
@requires(Permission.SUBSCRIBER_READ)
def card_step(request: HttpRequest, card_id: uuid.UUID, action: str) -> HttpResponse:
    """A verb of the table on one card."""
    row = _card(request, card_id)
    if action not in sayings.EXCESS_ORDER:
        raise Http404
    try:
        act(
            actor_for_request(request), EXCESS, [row.id], action, key=key_of(request),
            reason=request.POST.get("reason", "").strip(), version=version_of(request),
        )  # fmt: skip
    except Refused as refused:
        return _card_page(request, row, notice=notice_of(refused), status=422)
    messages.success(request, str(sayings.EXCESS[action].done))
    return redirect("subscribers:card", row.id)


def _card(request: HttpRequest, card_id: uuid.UUID) -> ExcessCard:
    found: ExcessCard = row_or_404(
        request, ExcessCard, card_id, "interval", "interval__carrier", "interval__reseller", "interval__record"
    )
    return found


def _card_page(
    request: HttpRequest, row: ExcessCard, *, notice: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    row.refresh_from_db(fields=["state", "version", "decided_at"])
    actor = actor_for_request(request)
    others = ExcessCard.objects.scoped_to(request.user).filter(case=row.case).exclude(id=row.id)
    others = others.select_related("interval", "interval__carrier", "interval__reseller")
    rows = list(others.order_by("interval_id")[:OTHERS])
    addresses = {name: reverse("subscribers:card_step", args=[row.id, name]) for name in sayings.EXCESS_ORDER}
    context: dict[str, Any] = {
        **shown.excess_row(row, on_pages.clock_of(clocks_of(EXCESS.name, [row.id]))),
        "subject": subject_for("number", row.interval.number),
        "may_look": may(request, Permission.NUMBER_LOOKUP),
        "document": shown.document_shown(row.interval.record),
        "others": shown.excess_rows(rows),
        "verbs": on_pages.verbs(
            EXCESS, row, actor, order=sayings.EXCESS_ORDER, sayings=sayings.EXCESS, address=addresses, proved=True
        ),
        "history": on_pages.history(steps_of(EXCESS.name, row.id), sayings.EXCESS),
        "notice": notice,
        "key": uuid.uuid4().hex,
    }
    return render(request, "subscribers/card.html", context, status=status)
