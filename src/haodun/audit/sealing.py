"""The sealer: one process gives committed entries their place in the chain and the tree, and signs checkpoints.

Theory of operation. Acts only insert entries; nothing they do waits for the sealer. The sealer holds a session's
advisory lock, so there is one; another stands by. Each round: 1. read the oldest transaction still at work (the
horizon) and the entries without a seal from there on; 2. insert their seals in one transaction, in id order within
the round: an entry whose transaction commits late, with a lower id, simply comes in a later round, since the order of
the ledger is that of the seals; 3. after the commit, sign a checkpoint and put it outside the database. Stopped
between 2 and 3, the next start signs. At its start the sealer holds the database against the last checkpoint: a
ledger that is shorter than it was, or another, is not sealed further.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import structlog
from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from haodun.audit.checkpoints import Checkpoint, Folder, read_note
from haodun.audit.errors import AuditError
from haodun.audit.leaves import FIELDS, FIRST_HEAD, entry_leaf, fields_of, next_head
from haodun.audit.merkle import Frontier
from haodun.audit.models import Entry, Seal
from haodun.audit.tree import head_at, peaks_at, root_at
from haodun.screening.snapshot import Signer

LOCK = 0x48616F64756E  # "Haodun"
log = structlog.get_logger("haodun.audit")
BATCH = 2_000
"""Entries sealed in one transaction."""


@dataclass(slots=True)
class Sealer:
    """Seals one ledger; use inside `locked()`."""

    folder: Folder
    signer: Signer
    origin: str
    """`haodun/` and the node's name."""
    _frontier: Frontier = field(default_factory=Frontier)
    _head: bytes = FIRST_HEAD
    _horizon: int = 0
    _signed: int = 0

    @property
    def size(self) -> int:
        """Entries sealed so far."""
        return self._frontier.size

    def begin(self) -> None:
        """Find out where the ledger ends. Raises AuditError where it is not what the last checkpoint says."""
        last = Seal.objects.order_by("-sequence").values_list("sequence", "head").first()
        size = last[0] if last else 0
        kept = self.folder.latest()
        self._signed = 0
        if kept is not None:
            known = read_note(kept.note, self.signer.public, where=kept.where)
            self._signed = known.size
            if size < known.size:
                raise AuditError(
                    f"the ledger has {size} sealed entries, but {kept.where} says {known.size} "
                    f"on {known.at.isoformat()}: its end was cut or an old copy restored; run `haodun audit verify`, "
                    "nothing is sealed until then"
                )
            if root_at(known.size) != known.root or head_at(known.size) != known.head:
                raise AuditError(
                    f"the first {known.size} sealed entries are not those of {kept.where}: the ledger was changed; "
                    "run `haodun audit verify`, nothing is sealed until then"
                )
        self._frontier = Frontier(size, peaks_at(size))
        self._head = bytes(last[1]) if last else FIRST_HEAD
        self._horizon = 0

    def round(self) -> int:
        """Seal what is committed now and sign a checkpoint where anything is new; how many entries were sealed."""
        sealed = 0
        while True:
            with transaction.atomic():
                horizon = _oldest_transaction()
                rows = _unsealed(self._horizon)
                after = self._seal(rows)
            self._frontier, self._head = after  # only what is committed counts
            sealed += len(rows)
            if len(rows) < BATCH:
                self._horizon = horizon
                break
        if self.size > self._signed:
            self._sign()
        return sealed

    def _seal(self, rows: Sequence[dict[str, Any]]) -> tuple[Frontier, bytes]:
        frontier = self._frontier.copy()
        head = self._head
        seals = []
        for row in rows:
            leaf = entry_leaf(fields_of(row))
            head = next_head(head, leaf)
            nodes = b"".join(frontier.add(leaf))
            seals.append(Seal(sequence=frontier.size, entry=row["id"], leaf=leaf, head=head, nodes=nodes))
        Seal.objects.bulk_create(seals)
        return frontier, head

    def _sign(self) -> None:
        now = Checkpoint(self.origin, self.size, self._frontier.root(), self._head, timezone.now())
        self.folder.add(now, self.signer)
        self._signed = self.size


def _oldest_transaction() -> int:
    """Below this number every transaction is over, and its entries are visible to the next statement."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        (found,) = cursor.fetchone()
        return int(found)


def _unsealed(horizon: int) -> list[dict[str, Any]]:
    """Entries without a seal, of transactions from the horizon on; 0 looks at all, as the first round must."""
    with connection.cursor() as cursor:
        columns = ", ".join(f"e.{name}" for name in FIELDS)
        cursor.execute(
            f'SELECT {columns} FROM "{Entry._meta.db_table}" e WHERE e.xid >= %s AND NOT EXISTS '  # noqa: S608
            f'(SELECT 1 FROM "{Seal._meta.db_table}" s WHERE s.entry = e.id) ORDER BY e.id LIMIT {BATCH}',
            [horizon],
        )
        return [dict(zip(FIELDS, row, strict=True)) for row in cursor.fetchall()]


@contextmanager
def locked() -> Iterator[bool]:
    """Hold the sealers' lock for the block; False where another process holds it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        (held,) = cursor.fetchone()
    try:
        yield bool(held)
    finally:
        if held and connection.connection is not None and not connection.connection.closed:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def seal_once(sealer: Sealer) -> int | None:
    """One round; None where another sealer is at work."""
    with locked() as held:
        if not held:
            return None
        sealer.begin()
        return sealer.round()


def seal_forever(sealer: Sealer, *, stopped: Callable[[], bool], interval: float = 1.0) -> None:
    """A round each `interval` seconds until `stopped()`; while another sealer is at work, stand by for its lock."""
    while not stopped():
        try:
            with locked() as held:
                if held:
                    sealer.begin()
                while held and not stopped():
                    sealer.round()
                    time.sleep(interval)
        except (OperationalError, InterfaceError) as error:  # the database went away, and the lock with it
            log.warning("sealer_lost_the_database", error=str(error).strip())
            connection.close()
        if not stopped():
            time.sleep(interval)
