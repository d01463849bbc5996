"""Who looked at what and why: the entries about a subject, alone or as an item of a bulk act; and its erasure."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from haodun.audit.errors import AuditError
from haodun.audit.kinds import LOOKS, AuditKind
from haodun.audit.models import Entry, Item, Subject
from haodun.audit.recording import record

MAX_LOOKS = 500
"""Entries given at once; the page asks on with `before`."""


@dataclass(frozen=True, slots=True)
class Look:
    """Somebody did something about a subject."""

    entry: int
    at: datetime
    kind: str
    title_zh: str
    title_en: str
    actor: uuid.UUID | None
    on_behalf_of: uuid.UUID | None
    organisation: uuid.UUID | None
    purpose: str
    basis: str


def looks(
    subject: uuid.UUID | None,
    *,
    organisations: Collection[uuid.UUID] | None = None,
    before: int | None = None,
    limit: int = MAX_LOOKS,
) -> Sequence[Look]:
    """Who looked at this subject and why, newest first; () for None, a value that the ledger never named.

    `organisations`: only looks on behalf of these, None for all; `before`: entries older than this id.
    """
    return about(subject, kinds=LOOKS, organisations=organisations, before=before, limit=limit)


def about(
    subject: uuid.UUID | None,
    *,
    kinds: Collection[AuditKind] | None = None,
    organisations: Collection[uuid.UUID] | None = None,
    before: int | None = None,
    limit: int = MAX_LOOKS,
) -> Sequence[Look]:
    """What was done about this subject, newest first; see `looks`."""
    if subject is None:
        return ()
    # A union, not an OR: PostgreSQL answers each half from its index, and would read the whole ledger for the OR.
    alone = Entry.objects.filter(subject=subject).order_by().values_list("id")
    inside = Item.objects.filter(subject=subject).order_by().values_list("entry_id")
    found = Entry.objects.filter(id__in=alone.union(inside))
    if kinds is not None:
        found = found.filter(kind__in=[kind.value for kind in kinds])
    if organisations is not None:
        found = found.filter(organisation__in=list(organisations))
    if before is not None:
        found = found.filter(id__lt=before)
    return tuple(
        Look(
            entry=entry.id,
            at=entry.at,
            kind=entry.kind,
            title_zh=entry.title_zh,
            title_en=entry.title_en,
            actor=entry.actor,
            on_behalf_of=entry.on_behalf_of,
            organisation=entry.organisation,
            purpose=entry.purpose,
            basis=entry.basis,
        )
        for entry in found.order_by("-id")[: min(limit, MAX_LOOKS)]
    )


def erase(
    subject: uuid.UUID, *, actor: uuid.UUID | None, organisation: uuid.UUID | None, basis: str, purpose: str = ""
) -> int:
    """Delete what a subject id means (个人信息保护法 art. 47); the entries stay. Returns the entry that says so.

    Raises AuditError without a basis, or where the ledger knows no such subject.
    """
    if not basis.strip():
        raise AuditError("erasing a subject needs its basis: the request, the statute, or the end of keeping")
    with transaction.atomic():
        gone = Subject.objects.select_for_update().filter(id=subject).first()
        if gone is None:
            raise AuditError(f"the ledger knows no subject {subject}; it may be erased already")
        kind = gone.kind
        gone.delete()
        return record(
            AuditKind.SUBJECT_ERASED,
            actor=actor,
            organisation=organisation,
            object_type="subject",
            object_id=subject,
            subject=subject,
            basis=basis,
            purpose=purpose,
            body={"kind": kind},
        )
