"""Where a change of an entry has arrived: told by the context that publishes, which stands above this one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Everywhere:
    """How far a change has come."""

    version: int
    """First snapshot that carries it, 0 where none does yet."""
    executed: tuple[str, ...]
    """Edges that run it."""
    missing: tuple[str, ...]
    """Edges that do not yet."""

    @property
    def done(self) -> bool:
        """Published, and run by every edge, of which there is at least one."""
        return self.version > 0 and bool(self.executed) and not self.missing


Teller = Callable[[int], Everywhere]
_tellers: list[Teller] = []


def receipts_from(teller: Teller) -> None:
    """Let the publishing context tell of a change's receipts; called from its `apps.py`."""
    _tellers[:] = [teller]


def everywhere(change: int) -> Everywhere | None:
    """Where a change is in effect; None where nobody publishes here."""
    return _tellers[0](change) if _tellers else None
