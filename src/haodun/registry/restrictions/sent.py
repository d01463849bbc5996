"""Notices as people read them: within reach, newest first, by cursor; without the reference that is the holder's."""

from __future__ import annotations

import base64
import binascii
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import Q, QuerySet

from haodun.audit.services import subjects_for
from haodun.registry.restrictions.models import Notice
from haodun.registry.subscribers.services import contact_of

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from haodun.offices.organisations.models import User

PAGE = 50
COUNT_TO = 1_001
"""Counts go no further; a page shows '>1,000'."""
HIDDEN = "****************"
"""Stands for the appeal reference: it is the holder's proof, and no officer's to read."""
TABS: dict[str, Q] = {
    "all": Q(),
    "waiting": Q(handed_over_at=None, withdrawn_at=None),
    "handed": Q(handed_over_at__isnull=False),
    "withdrawn": Q(withdrawn_at__isnull=False),
}
_CURSOR = re.compile(r"([0-9T:.+-]{10,40})~([0-9a-f-]{36})")


@dataclass(frozen=True, slots=True)
class Sent:
    """One notice."""

    id: UUID
    created_at: datetime
    handed_over_at: datetime | None
    withdrawn_at: datetime | None
    number: int
    subject: UUID
    """The ledger's opaque id of the number, by which its page is addressed."""
    to_contact: bool
    """It goes to the contact that the holder registered, and not to the number itself."""
    measure: str
    text_zh: str
    text_en: str
    source_kind: str
    source_id: str


def counts(user: User | AnonymousUser) -> dict[str, int]:
    """How many notices of each tab the person may read, at most COUNT_TO."""
    return {name: _of(user, name)[:COUNT_TO].count() for name in TABS}


def page(user: User | AnonymousUser, *, tab: str, cursor: str = "", size: int = PAGE) -> tuple[list[Sent], str]:
    """Notices that the person may read, newest first, and the cursor of the next page, '' for none.

    A cursor that is none begins at the start.
    """
    found, start = _of(user, tab), _read(cursor)
    if start is not None:
        at, last = start
        found = found.filter(Q(created_at__lt=at) | Q(created_at=at, pk__lt=last))
    rows = list(found.select_related("restriction").order_by("-created_at", "-pk")[: size + 1])
    after = _cursor(rows[size - 1]) if len(rows) > size else ""
    return _sent(rows[:size]), after


def _of(user: User | AnonymousUser, tab: str) -> QuerySet[Any]:
    return Notice.objects.scoped_to(user).filter(TABS[tab])


def _sent(rows: Sequence[Notice]) -> list[Sent]:
    subjects = subjects_for("number", [row.restriction.number for row in rows])
    shown = []
    for row in rows:
        restriction = row.restriction
        holder = restriction.holder_id
        shown.append(
            Sent(
                id=row.pk,
                created_at=row.created_at,
                handed_over_at=row.handed_over_at,
                withdrawn_at=row.withdrawn_at,
                number=restriction.number,
                subject=subjects[str(restriction.number)],
                to_contact=holder is not None and contact_of(holder) not in ("", f"+{restriction.number}"),
                measure=restriction.measure,
                text_zh=row.text_zh.replace(restriction.appeal, HIDDEN),
                text_en=row.text_en.replace(restriction.appeal, HIDDEN),
                source_kind=restriction.source_kind,
                source_id=restriction.source_id,
            )
        )
    return shown


def _cursor(row: Notice) -> str:
    plain = f"{row.created_at.astimezone(UTC).isoformat()}~{row.pk}"
    return base64.urlsafe_b64encode(plain.encode("ascii")).decode("ascii").rstrip("=")


def _read(text: str) -> tuple[datetime, UUID] | None:
    try:
        plain = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4)).decode("ascii")
        found = _CURSOR.fullmatch(plain)
        return None if found is None else (datetime.fromisoformat(found[1]), uuid.UUID(found[2]))
    except (binascii.Error, ValueError):
        return None
