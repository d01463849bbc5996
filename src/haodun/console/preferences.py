"""What a person chooses for the look of the pages: language and theme, kept in cookies, set by plain forms."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from haodun.console.reader import THEME_COOKIE, THEMES

YEAR = 365 * 24 * 3600


def back_to(request: HttpRequest) -> str:
    """Where the form came from; the home page for an address of another site."""
    asked = request.POST.get("next", "/")
    safe = url_has_allowed_host_and_scheme(asked, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return asked if safe else "/"


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Keep the theme: auto, light or dark; anything else is auto."""
    chosen = request.POST.get("theme", "auto")
    return _kept(request, THEME_COOKIE, chosen if chosen in THEMES else "auto")


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Keep the language: one of settings.LANGUAGES; anything else is the source language."""
    chosen = request.POST.get("language", "")
    known = {code for code, _ in settings.LANGUAGES}
    return _kept(request, settings.LANGUAGE_COOKIE_NAME, chosen if chosen in known else settings.LANGUAGE_CODE)


def _kept(request: HttpRequest, name: str, value: str) -> HttpResponse:
    answer = HttpResponseRedirect(back_to(request))
    answer.set_cookie(name, value, max_age=YEAR, samesite="Lax", secure=request.is_secure(), httponly=True)
    return answer
