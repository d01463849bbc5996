"""`/api/v1/openapi.json`: what the interface offers, for programs that are being written."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from haodun.console.openapi import text


@require_GET
def described(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document, the same for everybody."""
    return HttpResponse(text(), content_type="application/json")
