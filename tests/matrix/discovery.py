"""Every address that the resolver knows, and every operation behind it; what is not declared fails."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver


def addresses(urlconf: Any = None) -> set[str]:
    """Names of all addresses; of a program's interface `METHOD path` for each operation of each path."""
    return set(_walk(get_resolver(urlconf), "", ""))


def _walk(resolver: URLResolver, before: str, spaces: str) -> Iterator[str]:
    for one in resolver.url_patterns:
        route = before + str(one.pattern)
        if isinstance(one, URLResolver):
            namespace = f"{one.namespace}:" if one.namespace else ""
            yield from _walk(one, route, spaces + namespace)
        else:
            yield from _names(one, route, spaces)


def _names(pattern: URLPattern, route: str, spaces: str) -> Iterator[str]:
    operations = _operations(pattern.callback)
    if operations is not None:
        yield from (f"{method} {_after_version(route)}" for operation in operations for method in operation.methods)
    elif pattern.name:
        yield spaces + pattern.name
    else:
        yield route


def _operations(callback: Any) -> list[Any] | None:
    """The operations of a django-ninja view, None for any other."""
    view: Any = getattr(callback, "path_view", None) or getattr(callback, "__self__", None)
    if view is None and getattr(callback, "__closure__", None):
        inside = (cell.cell_contents for cell in callback.__closure__)
        view = next((one for one in inside if hasattr(one, "operations")), None)
    return list(view.operations) if hasattr(view, "operations") else None


def _after_version(route: str) -> str:
    return route.partition("api/v1/")[2] or route
