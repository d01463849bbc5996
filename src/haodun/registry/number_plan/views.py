"""号码资源: who was given which numbers, who holds one at a time, and files of allocations and porting."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from haodun.audit.services import AuditKind, record, subject_for
from haodun.offices.organisations.services import PROVINCES, Permission, purpose_of, requires, standing_of
from haodun.offices.sheets.services import MEDIA, Kind, SheetError, write
from haodun.offices.transitions.services import Actor, actor_of
from haodun.registry.number_plan import holders, shown, tables
from haodun.registry.number_plan.forms import AskForm, ImportForm
from haodun.registry.number_plan.models import Allocation
from haodun.registry.number_plan.values import PlanRefused, State

PAGE = 50
MAX_FAULTS = 20
"""Bad rows shown on the page; the file that is given back has all of them."""
MAX_EXPORT = 50_000


@require_GET
@requires(Permission.PLAN_READ)
def home(request: HttpRequest) -> HttpResponse:
    """The ranges in force, and the question who holds a number."""
    return _home(request, AskForm())


@require_POST
@requires(Permission.PLAN_READ)
def ask(request: HttpRequest) -> HttpResponse:
    """Who holds a number at a time. It is a look at the number: it needs a purpose and is kept."""
    form = AskForm(request.POST)
    if not purpose_of(request):
        form.add_error(None, _("请先在页面顶部选择查询目的。"))
    if not form.is_valid():
        return _home(request, form, status=422)
    number, at = form.cleaned_data["number"], form.cleaned_data["at"]
    found, past = holders.holder_of(number, at), holders.history(number)
    actor = _actor(request)
    with transaction.atomic():
        record(
            AuditKind.NUMBER_LOOKED_UP,
            actor=actor.user_id,
            organisation=actor.organisation_id,
            object_type="number",
            subject=subject_for("number", number),
            purpose=purpose_of(request),
        )
    answer = shown.answer(found, past, shown.units_of([found, *past]), at=at)
    return _home(request, form, answer=answer)


@require_GET
@requires(Permission.PLAN_READ)
def export(request: HttpRequest) -> HttpResponseBase:
    """The ranges under the page's filters as a file; they name no person."""
    kind = request.GET.get("kind", "csv")
    kind = kind if kind in list(Kind) else Kind.CSV
    english = _english()
    rows = (tables.line_of(row, english=english) for row in _ranges(_chosen(request))[:MAX_EXPORT].iterator())
    file = write(rows, tables.allocation_columns(), Kind(kind), language="en" if english else "zh-hans")
    answer = FileResponse(file, as_attachment=True, filename=f"haodun-plan.{kind}", content_type=MEDIA[Kind(kind)])
    answer["Cache-Control"] = "no-store"
    return answer


@require_http_methods(["GET", "POST"])
@requires(Permission.PLAN_EDIT)
def bring(request: HttpRequest) -> HttpResponseBase:
    """导入: a file is taken whole; one with bad rows is given back with their reasons, and nothing of it is taken."""
    form = ImportForm(request.POST, request.FILES) if request.method == "POST" else ImportForm()
    context: dict[str, Any] = {"form": form, "columns": _columns(), "faults": []}
    if request.method == "POST" and form.is_valid():
        try:
            taken = tables.take(
                form.cleaned_data["file"], tables.Table(form.cleaned_data["table"]), actor=_actor(request)
            )
        except (SheetError, PlanRefused) as error:
            form.add_error("file", error.en if _english() else error.zh)
        else:
            if not taken.sheet.bad:
                done = _("读到 %(rows)s 行，其中 %(changed)s 行有变化，已生效。")
                messages.success(request, done % {"rows": taken.sheet.taken, "changed": taken.changed})
                return redirect("plan:home")
            if "give_back" in request.POST:
                return _given_back(taken.sheet)
            context |= {"faults": _faults(taken.sheet), "bad": taken.sheet.bad, "read": taken.sheet.taken}
    failed = form.errors or context["faults"]
    return render(request, "plan/import.html", context, status=422 if failed else 200)


def _home(request: HttpRequest, form: AskForm, *, answer: Any = None, status: int = 200) -> HttpResponse:
    english, chosen = _english(), _chosen(request)
    rows = _ranges(chosen)
    after = request.GET.get("after", "")
    if after.isascii() and 0 < len(after) <= 16 and not after.strip("0123456789"):
        rows = rows.filter(numbers__startswith__gt=int(after))
    found = list(rows[: PAGE + 1])
    last = found[PAGE - 1].numbers.lower if len(found) > PAGE else None
    standing = standing_of(request)
    context = {
        "now": timezone.now(),
        "form": form,
        "answer": answer,
        "rows": [shown.row_of(row, english=english) for row in found[:PAGE]],
        "after": shown.address({**chosen, "after": str(last)}) if last else "",
        "first": shown.address(chosen) if after else "",
        "filters": shown.filters(chosen, english=english),
        "filtered": any(chosen.values()),
        "may_edit": standing is not None and Permission.PLAN_EDIT.value in standing.permissions,
        "exports": [(kind.value.upper(), shown.address({**chosen, "kind": kind}, page="plan:export")) for kind in Kind],
    }
    return render(request, "plan/home.html", context, status=status)


def _chosen(request: HttpRequest) -> dict[str, str]:
    known = {"state": State.values, "province": list(PROVINCES)}
    return {name: value for name in known if (value := request.GET.get(name, "")) in known[name]}


def _ranges(chosen: dict[str, str]) -> QuerySet[Allocation]:
    found = Allocation.objects.filter(valid__contains=timezone.now(), **chosen)
    return found.select_related("organisation").order_by("numbers")


def _faults(sheet: Any) -> list[dict[str, Any]]:
    english, found = _english(), []
    for one in sheet.faults():
        reasons = [why.en if english else why.zh for why in one.reasons]
        found.append({"number": one.number, "reasons": reasons})
        if len(found) == MAX_FAULTS:
            break
    return found


def _given_back(sheet: Any) -> FileResponse:
    file = sheet.bad_rows(language="en" if _english() else "zh-hans")
    name = f"haodun-plan-bad-rows.{sheet.kind.value}"
    answer = FileResponse(file, as_attachment=True, filename=name, content_type=MEDIA[sheet.kind])
    answer["Cache-Control"] = "no-store"
    return answer


def _columns() -> list[dict[str, Any]]:
    english = _english()
    found = ((tables.Table.ALLOCATIONS, tables.allocation_columns()), (tables.Table.PORTINGS, tables.porting_columns()))
    return [
        {
            "title": str(table.label),
            "columns": [(one.title("en" if english else "zh-hans"), one.required) for one in columns],
        }
        for table, columns in found
    ]


def _actor(request: HttpRequest) -> Actor:
    standing = standing_of(request)
    if standing is None:
        raise PermissionDenied
    return actor_of(request.user, standing.organisation_id, sudo_until=standing.sudo_until)


def _english() -> bool:
    return (get_language() or "").startswith("en")
