"""The OpenAPI document of the interface: both ways to say who one is, and the idempotency key of what changes."""

from __future__ import annotations

import json
from typing import Any

from haodun.console.api import mount

LOOK_UPS = frozenset({"/appeals/status", "/blacklist/check", "/directory/query", "/numbers/status"})
"""POST because a number or a code is given, and changing nothing: these need no Idempotency-Key."""
BEARER = {
    "type": "http",
    "scheme": "bearer",
    "description": "A program's token, issued by an administrator of its organisation at /tokens/.",
}
KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": True,
    "description": "1 to 80 characters, a new one for each new request: a request sent again is answered again.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 80},
}


def document() -> dict[str, Any]:
    """OpenAPI 3.1 of `/api/v1`, with bearer tokens beside session and CSRF, and the keys of writing operations."""
    found: dict[str, Any] = json.loads(json.dumps(mount().get_openapi_schema(path_prefix="/api/v1/"), default=str))
    found.setdefault("components", {}).setdefault("securitySchemes", {})["ProgramToken"] = BEARER
    for path, operations in found["paths"].items():
        for method, operation in operations.items():
            if operation.get("security"):
                operation["security"] = [*operation["security"], {"ProgramToken": []}]
            if method == "post" and path.removeprefix("/api/v1").rstrip("/") not in LOOK_UPS:
                operation["parameters"] = [*operation.get("parameters", []), KEY]
    return found


def text() -> str:
    """As it stands in docs/reference/openapi.json."""
    return json.dumps(document(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
