"""How the ledger stands: what is sealed, what the newest checkpoint says; and a verification that fits a page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection

from haodun.audit.checkpoints import LATEST, Checkpoint, public_key, read_all, read_note
from haodun.audit.errors import AuditError
from haodun.audit.models import Entry, Item, Seal
from haodun.audit.proofs import prove
from haodun.audit.site import checkpoints_of
from haodun.audit.verifying import Verification, verify

INLINE = 20_000
"""Entries and items that are verified while somebody waits (about two seconds); more is for `haodun audit verify`."""
COUNT_TO = 1_001
"""Entries without a seal are counted no further."""
LATE = 10_000
"""So far behind the last sealed id an entry of a transaction that committed late is looked for."""
LOCK = 0x48616F64756F
"""Of a verification asked for on a page: one at a time in all processes."""


class TooLong(Exception):  # noqa: N818 (it is what happened)
    """The ledger is too long to be verified while somebody waits; `haodun audit verify` does it."""


class Busy(Exception):  # noqa: N818
    """Somebody else's verification is at work."""


@dataclass(frozen=True, slots=True)
class Sealing:
    """What is sealed, and signed."""

    sealed: int
    unsealed: int
    """At most COUNT_TO."""
    checkpoint: Checkpoint | None
    """The newest, whose signature holds; None where there is none yet, or where it does not hold."""
    problem: str
    """Why the newest checkpoint does not count, in one sentence of English; '' where it does or there is none."""


def sealing(data: Path) -> Sealing:
    """How the ledger of a data folder stands now; reads O(log n) rows."""
    last = Seal.objects.order_by("-sequence").values_list("sequence", "entry").first()
    checkpoint, problem = _newest(data)
    return Sealing(last[0] if last else 0, _unsealed(last[1] if last else 0), checkpoint, problem)


def verify_here(data: Path) -> Verification:
    """Hold the ledger against the last checkpoint of each day and the newest. TooLong, Busy, AuditError."""
    with _alone():
        sealed = Seal.objects.order_by("-sequence").values_list("sequence", flat=True).first() or 0
        if sealed > INLINE or Item.objects.all()[: INLINE - sealed + 1].count() > INLINE - sealed:
            raise TooLong
        kept = list(checkpoints_of(data).last_of_each_day())
        known, refused = read_all(kept, _key(data)) if kept else ([], [])
        return verify(known, refused=refused)


def proof_of(data: Path, entry_id: int) -> dict[str, Any]:
    """The proof that an entry stands in the ledger of the newest checkpoint, as JSON. AuditError."""
    latest = checkpoints_of(data).latest()
    if latest is None:
        raise AuditError("there is no checkpoint yet; wait a second, or start the sealer")
    return prove(entry_id, latest, _key(data))


@contextmanager
def _alone() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        (held,) = cursor.fetchone()
    if not held:
        raise Busy
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def _newest(data: Path) -> tuple[Checkpoint | None, str]:
    try:
        latest = checkpoints_of(data).latest()
        return (None, "") if latest is None else (read_note(latest.note, _key(data), where=LATEST), "")
    except AuditError as error:
        return None, str(error)


def _unsealed(last: int) -> int:
    """Entries without a seal among the newest: those that committed late lie shortly before the last sealed id."""
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT count(*) FROM (SELECT 1 FROM "{Entry._meta.db_table}" e WHERE e.id > %s AND NOT EXISTS '  # noqa: S608
            f'(SELECT 1 FROM "{Seal._meta.db_table}" s WHERE s.entry = e.id) LIMIT {COUNT_TO}) AS waiting',
            [last - LATE],
        )
        (count,) = cursor.fetchone()
        return int(count)


def _key(data: Path) -> Any:
    return public_key(data / "keys" / "checkpoint.pub")
