"""Which snapshot carries the policy in force: told by the context that publishes, which stands above this one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Carried:
    """How far the policy in force has come."""

    version: int
    """The newest snapshot, where it carries it; 0 where none does yet."""
    executed_at: datetime | None
    """When every live edge ran it, None where that is still to come."""
    waits: bool
    """Whether it waits for two approvers' signatures."""


Teller = Callable[[], Carried]
_tellers: list[Teller] = []


def carried_from(teller: Teller) -> None:
    """Let the publishing context tell how far the policy in force has come; called from its `apps.py`."""
    _tellers[:] = [teller]


def carried() -> Carried | None:
    """How far the policy in force has come; None where nobody publishes here."""
    return _tellers[0]() if _tellers else None
