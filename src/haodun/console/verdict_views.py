"""The page that says why a call got its verdict: addressed by day and verdict id, each look in the ledger."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from haodun.audit.services import AuditKind, record, subject_for
from haodun.console.deciding import PolicyGone, explained
from haodun.console.explaining import ACTION_LOOKS, picture
from haodun.console.reader import Reader, reader_of
from haodun.console.verdict_sources import at_of, may_see_calls, the_store
from haodun.offices.organisations.access import requires
from haodun.offices.organisations.services import Permission
from haodun.screening.events import Action
from haodun.screening.explain import ExplainError
from haodun.screening.explain.messages import ACTIONS, pick
from haodun.store.services import StoredVerdict

MAX_ID = 80
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@require_safe
@requires(Permission.VERDICT_READ)
def verdict_page(request: HttpRequest, day: str, verdict_id: str) -> HttpResponse:
    """Why one call got its verdict, decided again before it is shown.

    404 for an id of no verdict, and for one of a number whose calls the reader may not see.
    """
    reader = reader_of(request)
    stored = _found(day, verdict_id)
    if not may_see_calls(reader, stored.verdict.caller, at_of(stored)):
        raise Http404
    if not reader.purpose:
        return render(request, "console/purpose_first.html", {"next": request.path})
    subject = subject_for("number", stored.verdict.caller) if stored.verdict.caller > 0 else None
    _write(reader, stored, subject)
    tone, icon = ACTION_LOOKS[stored.verdict.action]
    context: dict[str, Any] = {
        "stored": stored,
        "at": at_of(stored),
        "subject": subject if reader.may(Permission.NUMBER_LOOKUP) else None,
        "action": pick(ACTIONS[stored.verdict.action], reader.lang),
        "tone": tone,
        "icon": icon,
        "snapshot": stored.snapshot,
        **_why(stored, reader),
    }
    return render(request, "console/verdict.html", context)


def _why(stored: StoredVerdict, reader: Reader) -> dict[str, Any]:
    """The picture of the explanation, or which of the reasons there is none: allowed, policy gone, mismatch."""
    if stored.verdict.action is Action.ALLOW and stored.verdict.features is None:
        return {"none": "allowed"}
    try:
        return {"picture": picture(explained(stored), reader.lang)}
    except PolicyGone:
        return {"none": "gone"}
    except ExplainError:
        return {"none": "differs"}


def _found(day: str, verdict_id: str) -> StoredVerdict:
    store = the_store()
    if store is None or len(verdict_id) > MAX_ID or _DAY.fullmatch(day) is None:
        raise Http404
    try:
        stored = store.by_id(verdict_id, day=date.fromisoformat(day))
    except ValueError:  # a 31st of February
        raise Http404 from None
    if stored is None:
        raise Http404
    return stored


def _write(reader: Reader, stored: StoredVerdict, subject: Any) -> None:
    if reader.standing is None:
        raise PermissionDenied
    with transaction.atomic():
        record(
            AuditKind.NUMBER_LOOKED_UP,
            actor=reader.user_id,
            organisation=reader.standing.organisation_id,
            on_behalf_of=reader.standing.giver_id,
            object_type="verdict",
            object_id=stored.id,
            subject=subject,
            purpose=reader.purpose,
        )
