"""What the ledger refuses."""

from __future__ import annotations


class AuditError(Exception):
    """The ledger cannot do what it was asked; the message says what, where and what to do."""

    exit_code = 3
