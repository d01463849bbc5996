"""Who asks, in a view: standing, permission, and the middlewares that bind each request to its person's scope.

Order of the middlewares (settings): session, person, messages, `Scope`, `SecondFactor`. `Scope` sets the database's
scope for the length of the view and clears it whatever happens; an answer that streams runs after that and sees
nothing unless it opens a block of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from uuid import UUID

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.contrib.sessions.backends.cache import SessionStore
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.urls import reverse

from haodun.offices.organisations.permissions import Permission
from haodun.offices.organisations.purposes import Purpose, purpose_of, reference_of
from haodun.offices.organisations.scope import NOTHING, holding, joined
from haodun.offices.organisations.standing import (
    NoStandingError,
    Standing,
    actor_for,
    frozen,
    needs_second_factor,
    own_organisations,
)
from haodun.offices.organisations.sudo import lead, sudo_until
from haodun.offices.organisations.tokens import account_of

P = ParamSpec("P")
Answer = Callable[[HttpRequest], HttpResponseBase]

ACTING_FOR = "haodun.acting_for"
OPEN_WITHOUT_FACTOR = ("/accounts/", "/sudo/", "/static/", "/healthz", "/i18n/")
"""Where a person without the second factor may go: to set it up, or away."""
API = "/api/"
PROGRAMS = "/api/v1/"
"""Where bearer tokens of programs count; the control link of edges has its own."""


def standing_of(request: HttpRequest) -> Standing | None:
    """For whom this request's person acts: the organisation chosen in the session, else the first; None for nobody."""
    chosen = request.session.get(ACTING_FOR)
    until = sudo_until(request)
    for organisation in (UUID(chosen), None) if chosen else (None,):
        try:
            return actor_for(request.user, organisation, sudo_until=until)
        except NoStandingError:
            continue
    return None


def act_for(request: HttpRequest, organisation_id: UUID) -> Standing:
    """Choose for whom to act in this session; NoStandingError where the person has no seat there."""
    found = actor_for(request.user, organisation_id, sudo_until=sudo_until(request))
    request.session[ACTING_FOR] = str(organisation_id)
    return found


def requires(
    permission: Permission,
) -> Callable[
    [Callable[Concatenate[HttpRequest, P], HttpResponseBase]], Callable[Concatenate[HttpRequest, P], HttpResponseBase]
]:
    """A view for those who hold a permission where they act; others log in, or are told 403."""

    def decorate(
        view: Callable[Concatenate[HttpRequest, P], HttpResponseBase],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            standing = standing_of(request)
            if standing is None or permission.value not in standing.permissions:
                raise PermissionDenied(permission.value)
            return view(request, *args, **kwargs)

        return guarded

    return decorate


class Scope:
    """Bind the database to the rows of this request's person, and let go of them at its end."""

    def __init__(self, get_response: Answer) -> None:
        """Wrap the next layer."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The answer, made under the person's scope; the anonymous read no row that names its readers."""
        with frozen():
            own = own_organisations(request.user)
            with holding(joined(own) if own else NOTHING):
                return self.get_response(request)


class Bearer:
    """A program says who it is by `Authorization: Bearer …` on the interface; it has no session and needs no CSRF."""

    def __init__(self, get_response: Answer) -> None:
        """Wrap the next layer."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The answer as that account; 401 for a token that is none, is over or was revoked."""
        said = request.headers.get("Authorization", "")
        if not said or not request.path.startswith(PROGRAMS):
            return self.get_response(request)
        scheme, _, text = said.partition(" ")
        account = account_of(text.strip()) if scheme.lower() == "bearer" else None
        if account is None:
            words = "this token is none, is over or was revoked; ask your administrator for another"
            answer = JsonResponse({"code": "sign_in", "message": words}, status=401)
            answer["WWW-Authenticate"] = "Bearer"
            return answer
        request.session = SessionStore()  # nothing of it is saved: a program has no session
        request.user = account
        request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]  # no browser sends this header by itself
        return self.get_response(request)


class SecondFactor:
    """Lead a person whose role demands a second factor to set it up before anything else."""

    def __init__(self, get_response: Answer) -> None:
        """Wrap the next layer."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The answer, or the way to the second factor; a program is told 403 in one sentence."""
        if self._may_pass(request):
            return self.get_response(request)
        if request.path.startswith(API):
            return JsonResponse({"detail": "this role needs a second factor; set it up in the console"}, status=403)
        return lead(request, reverse("mfa_activate_totp"))

    def _may_pass(self, request: HttpRequest) -> bool:
        if settings.HAODUN_DEMO or not request.user.is_authenticated or request.path.startswith(OPEN_WITHOUT_FACTOR):
            return True
        return not needs_second_factor(request.user) or is_mfa_enabled(request.user)


def context(request: HttpRequest) -> dict[str, Any]:
    """What every page knows: demonstration, invented data, standing, purpose, sudo (a context processor)."""
    found: dict[str, Any] = {
        "haodun_demo": settings.HAODUN_DEMO,
        "haodun_synthetic": settings.HAODUN_SYNTHETIC,
        "purposes": Purpose.choices,
    }
    if hasattr(request, "session") and request.user.is_authenticated:
        found["standing"] = standing_of(request)
        found["purpose"] = purpose_of(request)
        found["purpose_reference"] = reference_of(request)
        found["sudo_until"] = sudo_until(request)
    return found
