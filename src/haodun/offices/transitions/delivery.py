"""Facts: news that travels up inside the transaction of the act; a subscriber that fails undoes the act."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.db import connection

Fact = TypeVar("Fact")
_handlers: dict[type, list[Callable[[Any], object]]] = {}


def subscribe(fact_type: type[Fact], handler: Callable[[Fact], object]) -> None:
    """Have `handler` called with each fact of exactly this type; from `apps.py`'s ready(). Twice is once."""
    handlers = _handlers.setdefault(fact_type, [])
    if handler not in handlers:
        handlers.append(handler)


def unsubscribe(fact_type: type[Fact], handler: Callable[[Fact], object]) -> None:
    """Take a handler off again; nothing happens where it was not on."""
    if handler in _handlers.get(fact_type, []):
        _handlers[fact_type].remove(handler)


def emit(fact: object) -> None:
    """Call the subscribers of the fact in the order in which they came, inside the running transaction.

    Whatever a subscriber raises goes through, so that the whole act is rolled back. Raises RuntimeError outside a
    transaction, where nothing could be undone.
    """
    if not connection.in_atomic_block:
        raise RuntimeError(f"{type(fact).__name__} was emitted outside a transaction; emit it inside the act")
    for handler in tuple(_handlers.get(type(fact), ())):
        handler(fact)
