"""Reading the ledger for people: entries newest first, one entry with its place, its items; always within a reach.

A reach is the organisations whose entries a person may read, None for all: `readable` is the one place that narrows.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from haodun.audit.models import Entry, Item, Seal, Subject

PAGE = 50
"""Entries of one page."""
MAX_ITEMS = 100
"""Items of a bulk act that are shown."""
RECENT = 2_000
"""Entries that are looked through for the people and organisations to choose from."""
Reach = Collection[uuid.UUID] | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; '' and None ask nothing."""

    kind: str = ""
    organisation: uuid.UUID | None = None
    actor: uuid.UUID | None = None
    object_type: str = ""
    object_id: str = ""
    subject: uuid.UUID | None = None
    """Alone, or as an item of a bulk act."""
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """One entry as it is read."""

    id: int
    at: datetime
    kind: str
    title_zh: str
    title_en: str
    actor: uuid.UUID | None
    on_behalf_of: uuid.UUID | None
    organisation: uuid.UUID | None
    object_type: str
    object_id: str
    subject: uuid.UUID | None
    subject_kind: str
    """`number`, `person` …; '' without a subject, and for one whose meaning was erased."""
    subject_value: str
    basis: str
    purpose: str
    body: Mapping[str, Any]
    items: int
    place: int | None
    """In the order of the ledger, 1 the first; None while it waits for its seal."""


@dataclass(frozen=True, slots=True)
class ListedItem:
    """One item of a bulk act."""

    position: int
    subject: uuid.UUID | None
    subject_kind: str
    subject_value: str


def readable(reach: Reach) -> QuerySet[Entry]:
    """The entries within a reach: all of them for None, else those of its organisations; the rest is not there."""
    return Entry.objects.all() if reach is None else Entry.objects.filter(organisation__in=list(reach))


def page(reach: Reach, wanted: Wanted, *, before: int | None = None, size: int = PAGE) -> tuple[list[Listed], bool]:
    """Entries older than `before`, newest first, and whether there are more."""
    found = _narrowed(readable(reach), wanted)
    if before is not None:
        found = found.filter(id__lt=before)
    rows = list(found.order_by("-id")[: size + 1])
    return _listed(rows[:size]), len(rows) > size


def entry(reach: Reach, entry_id: int) -> Listed | None:
    """One entry within reach."""
    rows = _listed(list(readable(reach).filter(id=entry_id)))
    return rows[0] if rows else None


def items(reach: Reach, entry_id: int) -> list[ListedItem]:
    """The first MAX_ITEMS items of an entry within reach; none of another."""
    if not readable(reach).filter(id=entry_id).exists():
        return []
    rows = list(Item.objects.filter(entry_id=entry_id).order_by("position")[:MAX_ITEMS])
    known = _subjects(row.subject for row in rows)
    return [ListedItem(row.position, row.subject, *known.get(row.subject, ("", ""))) for row in rows]


def recent(reach: Reach) -> tuple[set[uuid.UUID], set[uuid.UUID]]:
    """Who acted, and for which organisations, in the RECENT newest entries within reach."""
    rows = readable(reach).order_by("-id").values_list("actor", "organisation")[:RECENT]
    people, organisations = set[uuid.UUID](), set[uuid.UUID]()
    for actor, organisation in rows:
        if actor is not None:
            people.add(actor)
        if organisation is not None:
            organisations.add(organisation)
    return people, organisations


def _narrowed(found: QuerySet[Entry], wanted: Wanted) -> QuerySet[Entry]:
    plain = {
        "kind": wanted.kind,
        "organisation": wanted.organisation,
        "actor": wanted.actor,
        "object_type": wanted.object_type,
        "object_id": wanted.object_id,
        "at__gte": wanted.since,
    }
    found = found.filter(**{name: value for name, value in plain.items() if value})
    if wanted.subject is None:
        return found
    # A union, not an OR: PostgreSQL answers each half from its index.
    alone = Entry.objects.filter(subject=wanted.subject).order_by().values_list("id")
    inside = Item.objects.filter(subject=wanted.subject).order_by().values_list("entry_id")
    return found.filter(id__in=alone.union(inside))


def _listed(rows: Sequence[Entry]) -> list[Listed]:
    known = _subjects(row.subject for row in rows)
    places = dict(Seal.objects.filter(entry__in=[row.id for row in rows]).values_list("entry", "sequence"))
    shown = []
    for row in rows:
        kind, value = known.get(row.subject, ("", ""))
        shown.append(
            Listed(
                id=row.id,
                at=row.at,
                kind=row.kind,
                title_zh=row.title_zh,
                title_en=row.title_en,
                actor=row.actor,
                on_behalf_of=row.on_behalf_of,
                organisation=row.organisation,
                object_type=row.object_type,
                object_id=row.object_id,
                subject=row.subject,
                subject_kind=kind,
                subject_value=value,
                basis=row.basis,
                purpose=row.purpose,
                body=row.said,
                items=row.items,
                place=places.get(row.id),
            )
        )
    return shown


def _subjects(ids: Any) -> dict[uuid.UUID | None, tuple[str, str]]:
    wanted = {one for one in ids if one is not None}
    found = Subject.objects.filter(id__in=wanted).values_list("id", "kind", "value")
    return {one: (kind, value) for one, kind, value in found}
