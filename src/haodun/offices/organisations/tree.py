"""The tree of organisations: who stands above whom now and then, and who may read what follows from it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import connection, models, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from haodun.audit.services import AuditKind, record
from haodun.offices.organisations import uscc as social_credit
from haodun.offices.organisations.kinds import PROVINCES, Kind
from haodun.offices.organisations.models import Organisation, OrganisationPast
from haodun.offices.organisations.scope import system

TREE_LOCK = "haodun.organisations.tree"
"""Held shared by whoever computes readers, alone by whoever moves an organisation, until their transactions end."""
SEARCH_LIMIT = 20
_PLACE = re.compile(r"[0-9]{6}", re.ASCII)


class OrganisationError(Exception):
    """The tree or its people cannot be changed so; the message says why and what to do."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Then:
    """What an organisation was at a moment."""

    organisation_id: UUID
    name_zh: str
    name_en: str
    path: tuple[UUID, ...]
    """Ids from the root of that moment down to this one."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What a change of place did."""

    organisations: int
    """How many stand in the moved part, the moved one counted."""
    rows: dict[str, int]
    """Table → rows whose readers were written anew."""


def readers_of(*organisations: Organisation | UUID) -> list[UUID]:
    """These organisations and all above them, sorted: the `readers` of a row they are entitled to.

    Until the running transaction ends no organisation moves, so a row made with them is not left behind by a move.
    OrganisationError where an id is of no organisation: a row with too few readers would vanish silently.
    """
    asked = {one.pk if isinstance(one, Organisation) else one for one in organisations}
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(hashtext(%s))", [TREE_LOCK])
    found = dict(Organisation.objects.filter(id__in=asked).values_list("id", "path"))
    if len(found) != len(asked):
        raise OrganisationError(f"no organisation has the id {min(asked - found.keys())}; look it up by its name")
    return sorted({one for path in found.values() for one in path})


def bureaus_of(province: str) -> list[UUID]:
    """The bureaus that oversee what happens in a province, whoever's subsidiary does it; [] for no province.

    A carrier's tree is its group's: its province's bureau stands beside it, not above, and is named as a reader.
    """
    return [one.id for one in find(kind=Kind.BUREAU, province=province)] if province else []


def establish(
    *,
    kind: str,
    name_zh: str,
    name_en: str,
    parent: Organisation | None = None,
    province: str = "",
    place: str = "",
    uscc: str = "",
    id: UUID | None = None,
) -> Organisation:
    """Enter a new organisation below `parent`; OrganisationError or UsccError where a field is not what it must be."""
    if kind not in Kind.values:
        raise OrganisationError(f"{kind!r} is no kind of organisation; known: {', '.join(Kind.values)}")
    if province and province not in PROVINCES:
        raise OrganisationError(f"{province!r} is no province; give the first two digits of GB/T 2260, as 32")
    if place and (_PLACE.fullmatch(place) is None or not place.startswith(province)):
        raise OrganisationError(f"{place!r} is no place in province {province!r}; give six digits of GB/T 2260")
    fields: dict[str, Any] = {"id": id} if id else {}
    return Organisation.objects.create(
        kind=kind,
        name_zh=name_zh,
        name_en=name_en,
        parent=parent,
        province=province,
        place=place,
        uscc=social_credit.parse(uscc) if uscc else "",
        **fields,
    )


def find(
    *, kind: str | None = None, province: str | None = None, place: str | None = None, uscc: str | None = None
) -> QuerySet[Organisation, Organisation]:
    """Open organisations of a kind, province, place or code, by province and name."""
    wanted = {"kind": kind, "province": province, "place": place, "uscc": uscc}
    given = {name: value for name, value in wanted.items() if value is not None}
    return Organisation.objects.filter(closed_at=None, **given).order_by("province", "place", "name_zh", "id")


def search(text: str, *, limit: int = SEARCH_LIMIT) -> list[Organisation]:
    """Open organisations whose code is the text or whose name, in either language, contains it; at most `limit`."""
    words = text.strip()
    if not words:
        return []
    named = Q(name_zh__icontains=words) | Q(name_en__icontains=words) | Q(uscc=words.upper())
    return list(find().filter(named)[:limit])


def as_it_was(organisation: Organisation, at: datetime) -> Then:
    """Names and place in the tree at a moment; the earliest known ones for a moment before all records."""
    name_zh, name_en, parent_id = _at(organisation, at)
    path = [organisation.id]
    while parent_id is not None:
        path.append(parent_id)
        parent_id = _at(Organisation.objects.get(id=parent_id), at)[2]
    return Then(organisation.id, name_zh, name_en, tuple(reversed(path)))


def _at(organisation: Organisation, at: datetime) -> tuple[str, str, UUID | None]:
    past = organisation.past.filter(ends__gt=at).order_by("starts").first() if at < organisation.since else None
    state = past or organisation
    return state.name_zh, state.name_en, state.parent_id


def rename(
    organisation: Organisation, *, name_zh: str, name_en: str, reason: str, by: UUID | None = None
) -> Organisation:
    """Give new names from now on; the old ones are kept with their time."""
    with transaction.atomic():
        held = Organisation.objects.select_for_update().get(id=organisation.id)
        _keep_past(held, reason)
        held.name_zh, held.name_en = name_zh, name_en
        held.save(update_fields=["name_zh", "name_en", "since"])
        _record(held, by, "renamed", reason)
    return held


def close(organisation: Organisation, *, reason: str, by: UUID | None = None) -> Organisation:
    """Close an organisation without open parts below it: its members lose their standing at once."""
    with transaction.atomic():
        held = Organisation.objects.select_for_update().get(id=organisation.id)
        below = held.children.filter(closed_at=None).count()
        if below:
            raise OrganisationError(f"{held.name_zh} has {below} open organisations below it; move or close them first")
        _keep_past(held, reason)
        held.closed_at = held.since
        held.save(update_fields=["closed_at", "since"])
        _record(held, by, "closed", reason)
    return held


def rows_touched(organisation: Organisation) -> dict[str, int]:
    """Table → rows that moving this organisation would write anew: the extent shown before anyone agrees."""
    ids = _part(organisation.id)
    with system(), connection.cursor() as cursor:
        found = {}
        for table in _tables():
            cursor.execute(f'SELECT count(*) FROM "{table}" WHERE readers && %s::uuid[]', [ids])  # noqa: S608
            found[table] = int(cursor.fetchone()[0])
    return found


def move(organisation: Organisation, parent: Organisation | None, *, reason: str, by: UUID | None = None) -> Moved:
    """Set an organisation and all below it under another; rows follow, so the new superiors read them, not the old.

    One transaction: 1. the tree is locked against other moves. 2. Each row that the moved part reads gets new
    readers: its lowest readers with the paths they will have. An old superior keeps a row only for another reader
    below it; being named beside its own part cannot be told from standing above it. 3. Paths, then the past.
    Tables that only grow (the ledger) stay as they were written.
    """
    with transaction.atomic(), system(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [TREE_LOCK])
        held = Organisation.objects.select_for_update().get(id=organisation.id)
        above = list(Organisation.objects.get(id=parent.id).path) if parent else []
        if held.id in above:
            raise OrganisationError(f"{held.name_zh} cannot stand below itself; choose a parent outside its own part")
        ids = _part(held.id)
        names: dict[str, Any] = {"moved": held.id, "above": above, "part": ids}
        rows = {}
        for table in _tables():
            cursor.execute(_REWRITE.format(table=table), names)
            rows[table] = cursor.rowcount
        cursor.execute(_PATHS, names)
        _keep_past(held, reason)
        Organisation.objects.filter(id=held.id).update(parent=parent, since=held.since)
        _record(held, by, "moved", reason)
    return Moved(len(ids), rows)


_PATHS = """
UPDATE organisations_organisation
   SET path = %(above)s::uuid[] || path[array_position(path, %(moved)s::uuid):]
 WHERE path @> ARRAY[%(moved)s::uuid]
"""

_REWRITE = """
WITH tree AS (
    SELECT id, path AS old, CASE WHEN path @> ARRAY[%(moved)s::uuid]
        THEN %(above)s::uuid[] || path[array_position(path, %(moved)s::uuid):] ELSE path END AS new
      FROM organisations_organisation
), sets AS (
    SELECT DISTINCT readers FROM "{table}" WHERE readers && %(part)s::uuid[]
), lowest AS (
    SELECT sets.readers, tree.new FROM sets JOIN tree ON tree.id = ANY(sets.readers)
     WHERE NOT EXISTS (SELECT 1 FROM tree AS below
                        WHERE below.id = ANY(sets.readers) AND below.id <> tree.id AND tree.id = ANY(below.old))
), fresh AS (
    SELECT readers, (SELECT array_agg(DISTINCT one ORDER BY one) FROM lowest AS own, unnest(own.new) AS one
                      WHERE own.readers = every.readers) AS now FROM sets AS every
)
UPDATE "{table}" AS target SET readers = fresh.now FROM fresh WHERE target.readers = fresh.readers
"""


def at_or_below(organisations: Collection[UUID]) -> list[UUID]:
    """These organisations and all below them, sorted: whose doings those above may ask about."""
    found = Organisation.objects.filter(path__overlap=list(organisations)).values_list("id", flat=True)
    return sorted(found)


def _part(organisation_id: UUID) -> list[UUID]:
    return list(Organisation.objects.filter(path__contains=[organisation_id]).values_list("id", flat=True))


def _keep_past(held: Organisation, reason: str) -> None:
    now = timezone.now()
    OrganisationPast.objects.create(
        organisation=held,
        parent=held.parent,
        name_zh=held.name_zh,
        name_en=held.name_en,
        uscc=held.uscc,
        starts=held.since,
        ends=now,
        reason=reason,
    )
    held.since = now


def _record(held: Organisation, by: UUID | None, what: str, reason: str) -> None:
    record(
        AuditKind.ORGANISATION_CHANGED,
        actor=by,
        organisation=held.id,
        object_type="organisation",
        object_id=held.id,
        basis=reason,
        body={"what": what},
    )


def _tables() -> Iterator[str]:
    """Tables of all contexts whose rows name their readers and may change."""
    for model in apps.get_models():
        if has_readers(model) and not getattr(model, "insert_only", False):
            yield model._meta.db_table


def has_readers(model: type[models.Model]) -> bool:
    """Whether a model's rows name their readers."""
    return any(field.name == "readers" for field in model._meta.local_fields)
