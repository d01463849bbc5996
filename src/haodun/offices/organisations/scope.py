"""Whose rows the database shows: the setting `haodun.scope` of each connection, always set by a block that ends.

Theory of operation. The wanted scope lies in a context variable: '' nothing, '*' the system, else organisation ids
joined by commas. Entering a block writes it to the open connection; leaving writes the former one back. A connection
taken later (from the pool, after a break) gets the wanted scope when it is made, so none carries that of its last
user. A transaction that broke cannot be written to; its rollback restores the setting of its beginning.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections
from psycopg.pq import TransactionStatus

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from haodun.offices.organisations.models import User

SETTING = "haodun.scope"
NOTHING = ""
EVERYTHING = "*"

_wanted: ContextVar[str] = ContextVar("haodun_scope", default=NOTHING)


def current() -> str:
    """The scope wanted now."""
    return _wanted.get()


@contextmanager
def holding(scope: str) -> Iterator[None]:
    """Everything the block reads and writes is bound to this scope."""
    token = _wanted.set(scope)
    _write(scope)
    try:
        yield
    finally:
        _wanted.reset(token)
        _write(_wanted.get())


def system() -> Any:
    """A block that sees and writes every row: jobs, the publisher, services that answer only yes or no."""
    return holding(EVERYTHING)


def reading_as(user: User | AnonymousUser | None) -> Any:
    """A block that sees and writes what this person's own organisations may; nothing without a valid membership."""
    from haodun.offices.organisations.standing import own_organisations

    return holding(joined(own_organisations(user)))


def joined(organisations: list[UUID]) -> str:
    """Organisation ids as the database reads them."""
    return ",".join(str(one) for one in organisations)


def _write(scope: str) -> None:
    wrapper = connections[DEFAULT_DB_ALIAS]
    raw = wrapper.connection
    if raw is None or raw.closed or raw.info.transaction_status == TransactionStatus.INERROR:
        return
    raw.execute("SELECT set_config(%s, %s, false)", (SETTING, scope), prepare=False)


def on_connect(*, connection: Any, **_: Any) -> None:
    """Give a new connection the wanted scope (receiver of `connection_created`)."""
    if connection.vendor == "postgresql" and connection.alias == DEFAULT_DB_ALIAS:
        _write(_wanted.get())
