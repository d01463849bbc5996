"""The API for programs, `/api/v1`: the routers of the contexts, one shape of error, session and CSRF."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.util import find_spec

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

CONTEXTS = (
    "haodun.registry.restrictions",
    "haodun.registry.key_services",
    "haodun.registry.subscribers",
    "haodun.registry.voice_lines",
    "haodun.registry.reregistration",
    "haodun.registry.resellers",
    "haodun.registry.trusted_numbers",
    "haodun.registry.policy_revisions",
    "haodun.registry.own_cards",
    "haodun.registry.card_clusters",
    "haodun.registry.policies",
    "haodun.casework.orders",
    "haodun.casework.appeals",
)
"""Contexts with an `api.py` whose `router` hangs at the root of the API."""
CODES = {401: "sign_in", 403: "permission", 404: "absent", 409: "conflict", 422: "input", 429: "too_many"}
"""What an error is called where its sentence alone was given."""

api = NinjaAPI(title="Haodun", version="1", docs_url=None, openapi_url=None, urls_namespace="api-v1")


def _answer(request: HttpRequest, status: int, message: str, code: str = "") -> HttpResponse:
    return api.create_response(
        request, {"code": code or CODES.get(status, "failed"), "message": message}, status=status
    )


@api.exception_handler(AuthenticationError)
def _not_signed_in(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    return _answer(request, 401, "sign in first: session cookie and X-CSRFToken, or a program's Authorization: Bearer")


@api.exception_handler(HttpError)
def _refused(request: HttpRequest, error: HttpError) -> HttpResponse:
    return _answer(request, error.status_code, error.message)


@api.exception_handler(ValidationError)
def _unreadable(request: HttpRequest, error: ValidationError) -> HttpResponse:
    places = "; ".join(f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}" for one in error.errors)
    return _answer(request, 422, places)


@api.exception_handler(PermissionDenied)
def _not_allowed(request: HttpRequest, error: PermissionDenied) -> HttpResponse:
    return _answer(request, 403, "the role acted in does not allow this")


@api.exception_handler(Http404)
def _absent(request: HttpRequest, error: Http404) -> HttpResponse:
    return _answer(request, 404, "no such thing, or it is not in your scope")


@cache
def mount() -> NinjaAPI:
    """The API with every router that exists."""
    for name in CONTEXTS:
        if find_spec(f"{name}.api"):
            api.add_router("", import_module(f"{name}.api").router)
    return api
