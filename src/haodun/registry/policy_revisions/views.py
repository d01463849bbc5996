"""策略: the queue, the policy in force, a revision with what it changes, its steps; who may, verb, redirect."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from haodun.offices.organisations.services import Permission, requires, standing_of, sudo_until
from haodun.offices.organisations.sudo import lead
from haodun.offices.transitions import on_pages, paging
from haodun.offices.transitions.on_pages import (
    actor_for_request,
    key_of,
    named,
    notice_of,
    people_of,
    titled,
    version_of,
)
from haodun.offices.transitions.paging import read_page
from haodun.offices.transitions.services import Refused, steps_of
from haodun.registry.policy_revisions import compared, shown
from haodun.registry.policy_revisions.access import is_own, may, revision_or_404, revisions_of
from haodun.registry.policy_revisions.carrying import carried
from haodun.registry.policy_revisions.comparing import ask_comparison, text_before
from haodun.registry.policy_revisions.drafting import draft_next_step, rebase, roll_back
from haodun.registry.policy_revisions.findings import findings
from haodun.registry.policy_revisions.guards import refuse_not_operator
from haodun.registry.policy_revisions.in_force import InForce, PolicyFileError, policy_in_force
from haodun.registry.policy_revisions.lines import side_by_side
from haodun.registry.policy_revisions.models import Revision
from haodun.registry.policy_revisions.sayings import AGAIN, ORDER, SAYS, SEALS
from haodun.registry.policy_revisions.services import take
from haodun.registry.policy_revisions.states import TABLE
from haodun.registry.verdict_counts.services import held_rules
from haodun.screening.policy import Policy, PolicyError, parse_policy

WEEK = timedelta(days=7)
AUTHORS = ("submit", "rebase", "withdraw")
"""Verbs that only the drafting organisation has."""


@require_GET
@requires(Permission.POLICY_READ)
def home(request: HttpRequest) -> HttpResponse:
    """The policy in force with its rules, or the revisions: mine, to approve, history."""
    drafts, decides = may(request, Permission.POLICY_DRAFT), may(request, Permission.POLICY_APPROVE)
    tab = request.GET.get("tab", "approve" if decides else "mine" if drafts else "in_force")
    tab = tab if tab in (*shown.TABS, "in_force") else "in_force"
    base, policy = _in_force()
    context = {
        "tab": tab,
        "tabs": _tabs(request, tab),
        "flag": shown.what_holds(base, policy, carried()) if base is not None else _no_file(),
        "may_draft": drafts and base is not None,
        "empty": {"kind": "none", "title": _("这里没有版本"), "words": _("换一个视图看看，或起草一版。")},
        "key": uuid.uuid4().hex,
    }
    context |= _rules(request, policy) if tab == "in_force" else _queue(request, tab)
    return render(request, "policies/home.html", context)


def _in_force() -> tuple[InForce | None, Policy | None]:
    """What is in force; None for a file that cannot be read, or a policy that does not load on its own."""
    try:
        base = policy_in_force()
    except PolicyFileError:
        return None, None
    try:
        return base, parse_policy(base.text, name="policy")
    except PolicyError:
        return base, None


def _no_file() -> dict[str, str]:
    words = _("请运维人员检查 HAODUN_POLICY 指定的文件；入口仍按上一份快照判定。")
    return {"tone": "crit", "icon": "octagon-alert", "title": _("站点的策略文件读不出来"), "words": words}


def _tabs(request: HttpRequest, tab: str) -> list[dict[str, Any]]:
    here = reverse("policies:home")
    titles = {"mine": _("本单位起草"), "approve": _("待复核与发布"), "in_force": _("现行规则"), "history": _("历史")}
    counts = {name: _rows(request, name)[: paging.COUNT_TO].count() for name in ("mine", "approve")}
    return [
        {
            "title": title, "address": f"{here}?tab={name}", "count": counts.get(name), "current": name == tab,
            "two": name == "approve",
        }
        for name, title in titles.items()
    ]  # fmt: skip


def _rows(request: HttpRequest, tab: str) -> QuerySet[Any]:
    rows: QuerySet[Any] = revisions_of(request).filter(state__in=shown.TABS[tab])
    if tab == "mine":
        standing = standing_of(request)
        rows = rows.filter(organisation=None if standing is None else standing.organisation_id)
    return rows


def _queue(request: HttpRequest, tab: str) -> dict[str, Any]:
    here, after = reverse("policies:home"), request.GET.get("after", "")[:200]
    past = tab == "history"  # what supersedes and what is superseded move at one moment: the newest draft first
    found = read_page(_rows(request, tab), by="created_at" if past else "moved_at", newest_first=past, cursor=after)
    return {
        "rows": shown.revision_rows(found.rows),
        "total": found.total,
        "after": f"{here}?tab={tab}&after={found.after}" if found.after else "",
        "first": f"{here}?tab={tab}" if after else "",
    }


def _rules(request: HttpRequest, policy: Policy | None) -> dict[str, Any]:
    now = timezone.now()
    since = (now - WEEK).replace(minute=0, second=0, microsecond=0)
    held = held_rules(request.user, since=since, until=now)
    return {
        "rules": [] if policy is None else shown.rule_rows(policy, held),
        "since": since,
        "counted": bool(held),
        "may_step": may(request, Permission.POLICY_DRAFT) and policy is not None,
    }


@require_GET
@requires(Permission.POLICY_READ)
def revision(request: HttpRequest, revision_id: uuid.UUID) -> HttpResponse:
    """One revision: what is true, what it changes, what can be done."""
    return page(request, revision_or_404(request, revision_id))


@require_GET
@requires(Permission.POLICY_READ)
def comparison(request: HttpRequest, revision_id: uuid.UUID) -> HttpResponse:
    """The comparison alone, for the page that waits for it; without script the page itself."""
    row = revision_or_404(request, revision_id)
    if not request.headers.get("HX-Request"):
        return redirect("policies:revision", row.id)
    found = {"compared": compared.shown(row, compared.newest(row)), "row": row, "may_compare": _may_compare(request)}
    return render(request, "policies/compared.html", found)


@require_POST
@requires(Permission.POLICY_READ)
def compare(request: HttpRequest, revision_id: uuid.UUID) -> HttpResponse:
    """Ask for a comparison on recorded calls."""
    row = revision_or_404(request, revision_id)
    try:
        ask_comparison(actor_for_request(request), row)
    except Refused as refused:
        return page(request, row, notice=notice_of(refused), status=422)
    messages.success(request, _("正在比较，结果出来后显示在这一页。"))
    return redirect(reverse("policies:revision", args=[row.id]) + "#compared")


@require_POST
@requires(Permission.POLICY_DRAFT)
def next_step(request: HttpRequest) -> HttpResponse:
    """A draft in which one rule goes one step further."""
    try:
        made = draft_next_step(actor_for_request(request), request.POST.get("rule", "")[:48], key=key_of(request))
    except Refused as refused:
        messages.error(request, titled(refused))
        return redirect(reverse("policies:home") + "?tab=in_force")
    messages.success(request, _("已起草这条规则的下一步，其余不变；比较后提交复核。"))
    return redirect("policies:revision", made)


@require_POST
@requires(Permission.POLICY_READ)
def take_step(request: HttpRequest, revision_id: uuid.UUID, action: str) -> HttpResponse:
    """A verb of the table on one revision."""
    row = revision_or_404(request, revision_id)
    if action not in ORDER:
        return HttpResponse(status=404)
    actor, reason = actor_for_request(request), request.POST.get("reason", "").strip()
    try:
        if action == "rebase":
            rebase(actor, row, key=key_of(request), version=version_of(request))
        else:
            take(actor, [row.id], action, key=key_of(request), reason=reason, version=version_of(request))
    except Refused as refused:
        return _refused(request, row, refused)
    messages.success(request, str(SAYS[action].done))
    return redirect("policies:revision", row.id)


@require_POST
@requires(Permission.POLICY_ROLL_BACK)
def take_back(request: HttpRequest, revision_id: uuid.UUID) -> HttpResponse:
    """回退: what was in force before this revision, or this earlier one, in one act."""
    row = revision_or_404(request, revision_id)
    reason = request.POST.get("reason", "").strip()
    try:
        made = roll_back(actor_for_request(request), row, reason=reason, key=key_of(request))
    except Refused as refused:
        return _refused(request, row, refused)
    messages.success(request, str(SAYS["roll_back"].done))
    return redirect("policies:revision", made)


def _refused(request: HttpRequest, row: Revision, refused: Refused) -> HttpResponse:
    if refused.code == "sudo":
        return lead(request, reverse("sudo"))
    return page(request, row, notice=notice_of(refused), status=422)


def page(
    request: HttpRequest, row: Revision, *, notice: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    """The page of a revision, above it what was refused."""
    row = revision_or_404(request, row.id)
    before = text_before(row)
    verbs = _verbs(request, row)
    context = {
        "row": row,
        "chip": shown.chip(row),
        "of": named(row.organisation),
        "author": people_of([row.author]).get(row.author, "—"),
        "base": shown.base_name(row),
        "carried": shown.carried_words(carried()) if row.in_force else "",
        "found": findings(row.text, row.cases, before),
        "diff": side_by_side(before, row.text) | {"old_title": shown.base_name(row), "new_title": _title(row)},
        "compared": compared.shown(row, compared.newest(row)),
        "may_compare": _may_compare(request),
        "may_edit": _may_edit(request, row),
        "verbs": verbs,
        "history": on_pages.history(steps_of(TABLE.name, row.id), SAYS, SEALS),
        "waits": _("待复核") if row.state == "SUBMITTED" else "",
        "here": reverse("policies:revision", args=[row.id]),
        "notice": notice,
        "key": uuid.uuid4().hex,
    }
    return render(request, "policies/revision.html", context, status=status)


def _title(row: Revision) -> str:
    return _("第 %(number)s 版") % {"number": row.number}


def _may_compare(request: HttpRequest) -> bool:
    return may(request, Permission.POLICY_DRAFT) or may(request, Permission.POLICY_APPROVE)


def _may_edit(request: HttpRequest, row: Revision) -> bool:
    return is_own(request, row) and may(request, Permission.POLICY_DRAFT) and row.state == "DRAFTING"


def _verbs(request: HttpRequest, row: Revision) -> list[dict[str, Any]]:
    """The steps of the table; taking the policy in force as a base only where the draft stands on another one."""
    proved = sudo_until(request) is not None
    address = {name: reverse("policies:step", args=[row.id, name]) for name in ORDER}
    base, _policy = _in_force()
    own, moved = is_own(request, row), base is not None and base.digest != row.base_digest
    names = [name for name in ORDER if (own or name not in AUTHORS) and (moved or name != "rebase")]
    found = on_pages.verbs(
        TABLE, row, actor_for_request(request), order=names, sayings=SAYS, address=address, proved=proved
    )
    if row.state in ("PUBLISHED", "SUPERSEDED") and may(request, Permission.POLICY_ROLL_BACK):
        found.append(_back(request, row, base, proved=proved))
    return found


def _back(request: HttpRequest, row: Revision, base: InForce | None, *, proved: bool) -> dict[str, Any]:
    said, why = SAYS["roll_back"] if row.in_force else AGAIN, ""
    try:
        refuse_not_operator(actor_for_request(request))
    except Refused as refused:
        why = titled(refused)
    if not row.in_force and base is not None and base.digest == row.digest:
        why = _("现行策略就是这一文本。")
    return {
        "name": "roll_back", "title": said.button, "asks": said.asks, "means": said.means, "why": why,
        "prove": not proved, "page": False, "address": reverse("policies:roll_back", args=[row.id]),
    }  # fmt: skip
