"""The pages of the ledger: entries, one entry with its proof, and a verification on the spot."""

from __future__ import annotations

import json
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from haodun.audit import services as ledger
from haodun.audit.services import AuditError, AuditKind
from haodun.console.ledger import filters, shown
from haodun.console.ledger.access import entry_or_404, reach_of
from haodun.offices.organisations.services import Permission, Purpose, purpose_of, requires, standing_of

RESULT = "haodun.verified"
"""Session key: the result of the verification that was asked for last, until it is shown."""


@require_GET
@requires(Permission.AUDIT_READ)
def home(request: HttpRequest) -> HttpResponse:
    """审计: is it sealed, does it verify, and who did what to whom and why, newest first."""
    reach, asked, now = reach_of(request), filters.Asked.read(request.GET.dict()), timezone.now()
    rows, more = ledger.page(reach, asked.wanted(now), before=asked.before)
    people, units = ledger.recent(reach)
    names, choices = shown.names_in(rows), shown.names_of(people, units)
    state = ledger.sealing(_data())
    context = {
        "state": state,
        "flag": shown.seal_flag(state, now),
        "root": state.checkpoint.root.hex()[:16] if state.checkpoint else "",
        "result": _result(request),
        "may_verify": _may(request, Permission.AUDIT_VERIFY),
        "whole_ledger": reach is None,
        "filters": filters.bar(asked, choices.people, choices.units),
        "rows": [shown.entry_row(row, names) for row in rows],
        "filtered": bool(asked.chosen),
        "after": asked.address(before=str(rows[-1].id)) if more else "",
        "first": asked.address() if asked.before is not None else "",
        "bare": asked.address(kind="", unit="", person="", object="", period=""),
    }
    return render(request, "ledger/home.html", context)


@require_GET
@requires(Permission.AUDIT_READ)
def entry(request: HttpRequest, entry_id: int) -> HttpResponse:
    """One entry: all that it says, where it stands, and its proof."""
    found = entry_or_404(request, entry_id)
    state = ledger.sealing(_data())
    covered = found.place is not None and state.checkpoint is not None and found.place <= state.checkpoint.size
    items = ledger.items(reach_of(request), entry_id) if found.items else []
    context = {
        "entry": found,
        "row": shown.entry_row(found, shown.names_in([found])),
        "pairs": shown.body_pairs(found.body),
        "items": [shown.item_row(one) for one in items],
        "more_items": max(0, found.items - len(items)),
        "covered": covered,
        "checkpoint": state.checkpoint,
        "may_export": _may(request, Permission.AUDIT_EXPORT),
    }
    return render(request, "ledger/entry.html", context)


@require_POST
@requires(Permission.AUDIT_EXPORT)
def proof(request: HttpRequest, entry_id: int) -> HttpResponse:
    """The proof of an entry as JSON, which others check without us; that it was taken away stands in the ledger."""
    found, standing = entry_or_404(request, entry_id), standing_of(request)
    if standing is None:
        raise PermissionDenied
    try:
        made = ledger.proof_of(_data(), entry_id)
    except AuditError:
        messages.info(request, _("这一条还没有被检查点覆盖，请稍等几秒再下载；一直这样说明封存进程没有运行。"))
        return redirect("audit:entry", entry_id)
    with transaction.atomic():
        ledger.record(
            AuditKind.EXPORTED,
            actor=standing.user_id,
            on_behalf_of=standing.giver_id,
            organisation=standing.organisation_id,
            object_type="entry",
            object_id=entry_id,
            subject=found.subject,
            purpose=purpose_of(request) or Purpose.AUDIT.value,
        )
    text = json.dumps(made, ensure_ascii=False, indent=2) + "\n"
    answer = HttpResponse(text, content_type="application/json; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="haodun-proof-{entry_id}.json"'
    answer["Cache-Control"] = "no-store"
    return answer


@require_POST
@requires(Permission.AUDIT_VERIFY)
def verify(request: HttpRequest) -> HttpResponse:
    """核验账本: the whole chain here and now where it is short enough; the result is shown on the page."""
    begun, now = time.monotonic(), timezone.now()
    try:
        found = ledger.verify_here(_data())
    except ledger.TooLong:
        request.session[RESULT] = {"at": now.isoformat(), "too_long": True}
    except ledger.Busy:
        messages.info(request, _("另一位审计员正在核验，请稍后再试。"))
    except AuditError:
        request.session[RESULT] = {"at": now.isoformat(), "unreadable": True}
    else:
        request.session[RESULT] = shown.told(found, time.monotonic() - begun, now)
    return redirect("audit:home")


def _result(request: HttpRequest) -> dict[str, Any] | None:
    """What the verification found, once."""
    kept: dict[str, Any] | None = request.session.pop(RESULT, None)
    if kept is None:
        return None
    findings = [shown.damage(one) for one in kept.get("findings", [])]
    return {**kept, "at": datetime.fromisoformat(kept["at"]), "said": findings}


def _may(request: HttpRequest, permission: Permission) -> bool:
    standing = standing_of(request)
    return standing is not None and permission.value in standing.permissions


def _data() -> Path:
    return Path(settings.HAODUN_DATA)
