"""Pages for what went wrong: what failed, what became of the input, what to do, a reference that is also in the log."""

from __future__ import annotations

import logging
import secrets

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import loader

from haodun.console.context import uncounted

LOG = logging.getLogger("haodun.console")


def server_error(request: HttpRequest) -> HttpResponse:
    """500: our fault. The page needs no database, since that may be what failed."""
    reference = secrets.token_hex(4).upper()
    LOG.error("a request failed; reference %s", reference)
    body = loader.get_template("500.html").render({"reference": reference})
    return HttpResponse(body, status=500, headers={"X-Reference": reference})


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: no such address, or none of this reader's. Nothing is counted for it: a guessed address costs little."""
    return render(request, "404.html", uncounted(request), status=404)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: not this reader's to do. Nothing is counted for it."""
    return render(request, "403.html", uncounted(request), status=403)


def form_expired(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the form's token is missing or old; nothing was done."""
    return render(request, "403_csrf.html", {}, status=403)
