"""起草与修改: the form that begins a revision, the editor, and the check of what is typed, saved or not."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from haodun.offices.organisations.services import Permission, requires
from haodun.offices.transitions.on_pages import actor_for_request, key_of, titled, version_of
from haodun.offices.transitions.services import Refused
from haodun.registry.policy_revisions.access import is_own, revision_or_404, revisions_of
from haodun.registry.policy_revisions.checking import check
from haodun.registry.policy_revisions.comparing import text_before
from haodun.registry.policy_revisions.drafting import amend, draft
from haodun.registry.policy_revisions.findings import findings
from haodun.registry.policy_revisions.forms import DraftForm, TextForm
from haodun.registry.policy_revisions.in_force import PolicyFileError
from haodun.registry.policy_revisions.models import Revision
from haodun.registry.policy_revisions.values import MAX_CASES, MAX_POLICY, Start

EARLIER = 20
"""Published revisions that a draft can begin from, newest first."""


@require_http_methods(["GET", "POST"])
@requires(Permission.POLICY_DRAFT)
def new(request: HttpRequest) -> HttpResponse:
    """起草一版."""
    published = revisions_of(request).filter(published_at__isnull=False, in_force=False)
    earlier = list(published.order_by("-published_at", "-number")[:EARLIER])
    form = DraftForm(request.POST or None, earlier=earlier)
    if request.method == "POST" and form.is_valid():
        try:
            made = _draft(request, form, earlier)
        except Refused as refused:
            form.add_error("why" if refused.code == "why" else None, titled(refused))
        except PolicyFileError:
            form.add_error(None, _("站点的策略文件读不出来，请运维人员检查 HAODUN_POLICY。"))
        else:
            return redirect("policies:edit", made)
    context = {"form": form, "key": request.POST.get("key") or uuid.uuid4().hex}
    return render(request, "policies/new.html", context, status=422 if form.errors else 200)


def _draft(request: HttpRequest, form: DraftForm, earlier: list[Revision]) -> uuid.UUID:
    given, actor, key = form.cleaned_data, actor_for_request(request), key_of(request)
    if not given["start"]:
        return draft(actor, why=given["why"], key=key)
    begun = next(one for one in earlier if str(one.id) == given["start"])
    return draft(
        actor, why=given["why"], key=key, start=Start.EARLIER, text=begun.text, cases=begun.cases, again_of=begun
    )


@require_http_methods(["GET", "POST"])
@requires(Permission.POLICY_DRAFT)
def edit(request: HttpRequest, revision_id: uuid.UUID) -> HttpResponse:
    """The editor; posting saves."""
    row = revision_or_404(request, revision_id)
    if row.state != "DRAFTING":
        messages.error(request, _("提交之后文本不能再改；请复核人退回，或另行起草。"))
        return redirect("policies:revision", row.id)
    if not is_own(request, row):
        messages.error(request, _("只有起草单位可以修改文本。"))
        return redirect("policies:revision", row.id)
    if request.method == "GET":
        return _page(request, row, TextForm(initial={"text": row.text, "cases": row.cases}))
    form = TextForm(request.POST)
    if not form.is_valid():
        return _page(request, row, form, status=422)
    given = form.cleaned_data
    try:
        amend(
            actor_for_request(request), row, text=given["text"], cases=given["cases"], key=key_of(request),
            version=version_of(request),
        )  # fmt: skip
    except Refused as refused:
        form.add_error(None, titled(refused))
        return _page(request, row, form, status=422)
    row.refresh_from_db()
    if check(row.text, row.cases, at=timezone.now()).sound:
        messages.success(request, _("草稿已保存，检查没有发现错误。"))
        return redirect("policies:revision", row.id)
    messages.warning(request, _("草稿已保存，还有错误要改。"))
    return redirect("policies:edit", row.id)


@require_POST
@requires(Permission.POLICY_DRAFT)
def check_text(request: HttpRequest, revision_id: uuid.UUID) -> HttpResponse:
    """What the checker says of what is typed, without saving: a fragment, or without script the editor again."""
    row = revision_or_404(request, revision_id)
    text, cases = (request.POST.get(name, "") for name in ("text", "cases"))
    if not request.headers.get("HX-Request"):
        return _page(request, row, TextForm(initial={"text": text, "cases": cases}), checked=(text, cases))
    found = findings(text[: MAX_POLICY + 1], cases[: MAX_CASES + 1], text_before(row))
    return render(request, "policies/findings.html", {"found": found})


def _page(
    request: HttpRequest, row: Revision, form: TextForm, *, checked: tuple[str, str] | None = None, status: int = 200
) -> HttpResponse:
    given = checked or (form["text"].value() or "", form["cases"].value() or "")
    context: dict[str, Any] = {
        "row": row,
        "form": form,
        "found": findings(given[0][: MAX_POLICY + 1], given[1][: MAX_CASES + 1], text_before(row)),
        "check": reverse("policies:check", args=[row.id]),
        "version": request.POST.get("version") or row.version,
        "key": uuid.uuid4().hex,
    }
    return render(request, "policies/edit.html", context, status=status)
