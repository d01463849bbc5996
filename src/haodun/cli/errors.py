"""How a failure becomes one sentence and an exit code: 2 wrong use, 3 bad input, 1 our fault."""

from __future__ import annotations

import sys
from types import TracebackType

OUR_FAULT = 1
WRONG_USE = 2
BAD_INPUT = 3


class CommandError(Exception):
    """A command cannot do what it was asked; the message says what, where, and what to do."""

    def __init__(self, message: str, *, exit_code: int = WRONG_USE) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def expected_errors() -> tuple[type[Exception], ...]:
    """The error families of the packages, imported only once something was raised."""
    from haodun.audit.errors import AuditError
    from haodun.compiled import NoCompilerError
    from haodun.console.database import DatabaseError
    from haodun.console.serving import ServeError
    from haodun.edge.batch import BatchError
    from haodun.edge.cdr import CdrError
    from haodun.edge.serve.settings import EdgeError
    from haodun.federation.errors import FederationError
    from haodun.lab.calling import CallingError
    from haodun.lab.country import ScenarioError
    from haodun.screening.events import TrunksError
    from haodun.screening.explain import ExplainError
    from haodun.screening.kernel import KernelError
    from haodun.screening.policy import PolicyError
    from haodun.screening.snapshot import SnapshotRefused
    from haodun.store.errors import StoreError

    return (
        CommandError,
        AuditError,
        BatchError,
        CallingError,
        CdrError,
        DatabaseError,
        EdgeError,
        FederationError,
        ScenarioError,
        ServeError,
        TrunksError,
        ExplainError,
        KernelError,
        NoCompilerError,
        PolicyError,
        SnapshotRefused,
        StoreError,
    )


def exit_code_of(error: Exception) -> int:
    """The code an error family carries, bad input where it carries none."""
    code = getattr(error, "exit_code", BAD_INPUT)
    return code if isinstance(code, int) else BAD_INPUT


def say(message: str) -> None:
    """One error on standard error."""
    sys.stderr.write(f"haodun: {message}\n")


def our_fault(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """The hook for what nobody expected: the trace for us, one sentence for the user."""
    sys.__excepthook__(kind, error, trace)
    say(f"this is our fault, not yours ({kind.__name__}); please report it with the lines above")
