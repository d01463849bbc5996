"""What other contexts use of the ledger."""

from __future__ import annotations

from haodun.audit.canonical import canonical
from haodun.audit.errors import AuditError
from haodun.audit.kinds import LOOKS, AuditKind, Erasure
from haodun.audit.looking import Look, about, erase, looks
from haodun.audit.recording import known_subject, record, subject_for, subjects_for, value_of

__all__ = [
    "LOOKS",
    "AuditError",
    "AuditKind",
    "Erasure",
    "Look",
    "about",
    "canonical",
    "erase",
    "known_subject",
    "looks",
    "record",
    "subject_for",
    "subjects_for",
    "value_of",
]
