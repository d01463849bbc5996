"""What other contexts use of the ledger."""

from __future__ import annotations

from haodun.audit.canonical import canonical
from haodun.audit.errors import AuditError
from haodun.audit.kinds import LOOKS, AuditKind, Erasure
from haodun.audit.recording import known_subject, record, subject_for, subjects_for

__all__ = [
    "LOOKS",
    "AuditError",
    "AuditKind",
    "Erasure",
    "canonical",
    "known_subject",
    "record",
    "subject_for",
    "subjects_for",
]
