"""What other contexts use of the ledger."""

from __future__ import annotations

from haodun.audit.canonical import canonical
from haodun.audit.errors import AuditError
from haodun.audit.kinds import LOOKS, AuditKind, Erasure
from haodun.audit.listing import PAGE, Listed, ListedItem, Reach, Wanted, entry, items, page, recent
from haodun.audit.looking import Look, about, erase, looks
from haodun.audit.recording import known_subject, record, subject_for, subjects_for, value_of
from haodun.audit.standing import Busy, Sealing, TooLong, proof_of, sealing, verify_here
from haodun.audit.verifying import Verification

__all__ = [
    "LOOKS",
    "PAGE",
    "AuditError",
    "AuditKind",
    "Busy",
    "Erasure",
    "Listed",
    "ListedItem",
    "Look",
    "Reach",
    "Sealing",
    "TooLong",
    "Verification",
    "Wanted",
    "about",
    "canonical",
    "entry",
    "erase",
    "items",
    "known_subject",
    "looks",
    "page",
    "proof_of",
    "recent",
    "record",
    "sealing",
    "subject_for",
    "subjects_for",
    "value_of",
    "verify_here",
]
