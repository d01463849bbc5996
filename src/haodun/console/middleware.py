"""What every answer carries: content policy, who may keep it, a reference for errors; which answers are packed."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from django.middleware.gzip import GZipMiddleware

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
"""CONSOLE.md §13, word for word."""
PERMISSIONS = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
PACKED = ("text/html", "text/css", "text/javascript", "application/json", "image/svg+xml", "text/plain")
"""What is worth packing; a stream of lines is not among them, since packing would hold it back."""

Answer = Callable[[HttpRequest], HttpResponseBase]


class Headers:
    """Set the security headers on every answer, those of errors and files included."""

    def __init__(self, get_response: Answer) -> None:
        """Wrap the next layer."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The answer with its headers; pages are never kept by a cache, since they differ from person to person."""
        response = self.get_response(request)
        response.headers["Content-Security-Policy"] = POLICY
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("X-Frame-Options", "DENY")
        response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        if response.headers.get("Content-Type", "").startswith("text/html"):
            response.headers.setdefault("Cache-Control", "no-store, private")
        if response.status_code >= 500:
            response.headers.setdefault("X-Reference", secrets.token_hex(4).upper())
        return response


class Pack(GZipMiddleware):
    """Pack pages, styles and scripts; leave streams and archives alone."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """The answer, packed where it is one of PACKED."""
        kind = response.headers.get("Content-Type", "").partition(";")[0]
        if kind not in PACKED:
            return response
        return super().process_response(request, response)
