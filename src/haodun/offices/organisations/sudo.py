"""Proving once more who one is: for fifteen minutes the session may do what is hard to undo.

Theory of operation. `/sudo/` takes the password or a code of the second factor; attempts are limited per person, wrong
ones go to the ledger. A grant is a moment in the session, bound to the person; logging in as another, logging out and
changing the password end it with the session. `act()` compares the moment (`Actor.sudo_until`), views use
`require_sudo`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec
from urllib.parse import urlencode

from allauth.core import ratelimit
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from haodun.audit.services import AuditKind, record

if TYPE_CHECKING:
    from haodun.offices.organisations.models import User

SESSION_KEY = "haodun.sudo"
LASTS = timedelta(minutes=15)
ACTION = "reauthenticate"
"""allauth's name for its rate of proofs: 10 a minute and person (settings ACCOUNT_RATE_LIMITS)."""

P = ParamSpec("P")


def sudo_until(request: HttpRequest) -> datetime | None:
    """Until when this session is proved, None where it is not or no longer."""
    kept = request.session.get(SESSION_KEY)
    if not kept or kept["user"] != str(request.user.pk):
        return None
    until = datetime.fromisoformat(kept["until"])
    return until if until > timezone.now() else None


def prove(request: HttpRequest, user: User, proof: str) -> bool:
    """Grant sudo where the proof is the password or a code of the second factor; the answer, written to the ledger.

    False without looking where the person tried too often.
    """
    if not ratelimit.consume(request, action=ACTION, user=user):
        return False
    proved = _is_proof(user, proof)
    with transaction.atomic():
        kind = AuditKind.SUDO_GRANTED if proved else AuditKind.LOGIN_FAILED
        record(kind, actor=user.pk, organisation=None, object_type="user", object_id=user.pk, body={"step": "sudo"})
    if proved:
        grant(request, user)
    return proved


def grant(request: HttpRequest, user: User) -> None:
    """Mark the session as proved from now on; its key changes, so a key seen before is worth nothing."""
    request.session.cycle_key()
    request.session[SESSION_KEY] = {"user": str(user.pk), "until": (timezone.now() + LASTS).isoformat()}


def _is_proof(user: User, proof: str) -> bool:
    if user.check_password(proof):
        return True
    return any(
        found.wrap().validate_code(proof)
        for found in Authenticator.objects.filter(
            user=user, type__in=(Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES)
        )
    )


def require_sudo(
    view: Callable[Concatenate[HttpRequest, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """A view that first leads to `/sudo/` and comes back; a form sent without proof is not acted on."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if sudo_until(request) is not None:
            return view(request, *args, **kwargs)
        return lead(request, reverse("sudo"))

    return guarded


def lead(request: HttpRequest, target: str) -> HttpResponse:
    """Lead to another page and back here afterwards; a fragment makes the whole page go."""
    back = request.get_full_path() if request.method == "GET" else request.META.get("HTTP_REFERER", "/")
    address = f"{target}?{urlencode({'next': back})}"
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)
