"""Writing the ledger: an entry goes in with the transaction of the act it tells of, or not at all."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from haodun.audit.canonical import MAX_BODY, canonical, storable
from haodun.audit.errors import AuditError
from haodun.audit.kinds import AuditKind
from haodun.audit.merkle import leaf_hash, root_of
from haodun.audit.models import Entry, Item, Subject

MAX_ITEMS = 1_000_000
"""Items of one bulk act."""
BATCH = 2_000


def record(
    kind: AuditKind,
    *,
    actor: uuid.UUID | None,
    organisation: uuid.UUID | None,
    object_type: str,
    object_id: object = "",
    on_behalf_of: uuid.UUID | None = None,
    subject: uuid.UUID | None = None,
    basis: str = "",
    purpose: str = "",
    body: Mapping[str, Any] | None = None,
    items: Iterable[Mapping[str, Any]] = (),
    at: datetime | None = None,
) -> int:
    """Write one entry inside the running transaction; its id.

    `items` are the JSON objects a bulk act was done to; an item's "subject" (a subject id) makes it found by subject.
    Raises AuditError outside a transaction, for a value that is no JSON, for too large a body, for too many items.
    """
    bodies = _bodies(kind, items)
    leaves = [leaf_hash(written) for _, written in bodies]
    entry = Entry.objects.create(
        at=at or timezone.now(),
        kind=kind.value,
        actor=actor,
        on_behalf_of=on_behalf_of,
        organisation=organisation,
        object_type=object_type,
        object_id=storable(str(object_id), "object"),
        subject=subject,
        basis=storable(basis, "basis"),
        purpose=storable(purpose, "purpose"),
        body=canonical(body or {}, limit=MAX_BODY).decode(),
        items=len(leaves),
        items_root=root_of(leaves) if leaves else b"",
    )
    _keep_items(entry, bodies, leaves)
    return entry.id


def _bodies(kind: AuditKind, items: Iterable[Mapping[str, Any]]) -> list[tuple[uuid.UUID | None, bytes]]:
    if not connection.in_atomic_block:
        raise AuditError(
            f"{kind} was to be recorded outside a transaction; record it inside the act's transaction.atomic()"
        )
    bodies = [(_subject_of(item), canonical(item)) for item in items]
    if len(bodies) > MAX_ITEMS:
        raise AuditError(f"{kind} has {len(bodies)} items, at most {MAX_ITEMS} fit one entry; divide the act")
    return bodies


def _keep_items(entry: Entry, bodies: list[tuple[uuid.UUID | None, bytes]], leaves: list[bytes]) -> None:
    """By COPY: an export of 50,000 numbers is one entry and must not take long."""
    if not bodies:
        return
    statement = f'COPY "{Item._meta.db_table}" (entry_id, position, subject, body, leaf) FROM STDIN'
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for position, ((about, written), leaf) in enumerate(zip(bodies, leaves, strict=True)):
            copy.write_row((entry.id, position, about, written.decode(), leaf))


def _subject_of(item: Mapping[str, Any]) -> uuid.UUID | None:
    about = item.get("subject")
    if about is None:
        return None
    try:
        return uuid.UUID(str(about))
    except ValueError as error:
        raise AuditError(f"an item names the subject {about!r}, which is no subject id; use subject_for()") from error


def subject_for(kind: str, value: object) -> uuid.UUID:
    """The random id of a value (a number, a person), made at first use; two callers at once get the same."""
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                f'INSERT INTO "{Subject._meta.db_table}" (id, kind, value, created_at) '  # noqa: S608
                "VALUES (%s, %s, %s, now()) ON CONFLICT (kind, value) DO NOTHING",
                [uuid.uuid4(), kind, str(value)],
            )
        found = known_subject(kind, value)
        if found is not None:  # None: erased by another between the two statements
            return found


def subjects_for(kind: str, values: Iterable[object]) -> dict[str, uuid.UUID]:
    """The random ids of many values, keyed by the value as text; new ones are made in one go, in order."""
    wanted = sorted({str(value) for value in values})
    Subject.objects.bulk_create(
        (Subject(kind=kind, value=value) for value in wanted), batch_size=BATCH, ignore_conflicts=True
    )
    return dict(Subject.objects.filter(kind=kind, value__in=wanted).values_list("value", "id"))


def known_subject(kind: str, value: object) -> uuid.UUID | None:
    """The id of a value that the ledger knows already, None for one never named or erased."""
    return Subject.objects.filter(kind=kind, value=str(value)).values_list("id", flat=True).first()


def value_of(kind: str, subject: uuid.UUID) -> str | None:
    """The value of this kind behind a random id, as text; None for an id of another kind, unknown or erased."""
    return Subject.objects.filter(kind=kind, id=subject).values_list("value", flat=True).first()
