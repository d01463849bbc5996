"""Addresses of the console's files that change when the files do, and the four style layers as one answer."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

FOLDER = Path(__file__).parent / "static" / "console"
LAYERS = ("tokens.css", "elements.css", "parts.css", "pages.css")
"""In the order in which they apply."""
FOREVER = "public, max-age=31536000, immutable"


@cache
def version(name: str) -> str:
    """Twelve hex digits of the file's SHA-256; FileNotFoundError where it is not the console's."""
    return hashlib.sha256((FOLDER / "".join(name)).read_bytes()).hexdigest()[:12]


def asset(name: str) -> str:
    """The address of a file of the console, with its version: it may be kept for a year."""
    return f"{settings.STATIC_URL}console/{name}?v={version(name)}"


@cache
def styles() -> bytes:
    """All layers in order, as one file: fewer requests, no build."""
    return b"\n".join((FOLDER / name).read_bytes() for name in LAYERS)


@cache
def styles_address() -> str:
    """Where `stylesheet` answers, with the version in the path."""
    return reverse("stylesheet", args=[hashlib.sha256(styles()).hexdigest()[:12]])


def stylesheet(request: HttpRequest, version: str) -> HttpResponse:
    """The style of every page; an address of another version is 404, so that nothing old is kept under a new name."""
    if reverse("stylesheet", args=[version]) != styles_address():
        raise Http404
    return HttpResponse(styles(), content_type="text/css; charset=utf-8", headers={"Cache-Control": FOREVER})
