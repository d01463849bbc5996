"""What edges say of snapshots, each thing once; and from it, what is in effect everywhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from haodun.audit.services import AuditKind, record
from haodun.offices.organisations.services import system
from haodun.offices.transitions.services import emit
from haodun.registry.policies.edges import enrolled, is_silent
from haodun.registry.policies.facts import SnapshotExecuted
from haodun.registry.policies.limits import MAX_DETAIL, MAX_RUN
from haodun.registry.policies.models import Edge, Publication, Receipt
from haodun.registry.restrictions.services import by_ids, in_effect
from haodun.registry.trusted_numbers.services import Everywhere as InDirectory

STATES = ("received", "executed", "refused")
LOCK = "haodun.receipts"
_MAX_MS = 2**48
_MAX_VERSION = 2**53


class ReceiptError(Exception):
    """A receipt is none; the message says why. Nothing was kept."""


@dataclass(frozen=True, slots=True)
class Said:
    """A receipt as it came."""

    version: int
    state: str
    detail: str
    at: datetime
    run: str

    @classmethod
    def parse(cls, body: object) -> Said:
        """Read a JSON object. ReceiptError."""
        if not isinstance(body, dict):
            raise ReceiptError("a receipt is a JSON object")
        version, state, at_ms = body.get("version"), body.get("state"), body.get("at_ms")
        detail, run = body.get("detail", ""), body.get("run", "")
        if type(version) is not int or not 0 < version < _MAX_VERSION:
            raise ReceiptError("version is no version")
        if state not in STATES:
            raise ReceiptError("state is received, executed or refused")
        if type(at_ms) is not int or not 0 <= at_ms <= _MAX_MS:
            raise ReceiptError("at_ms is no time in milliseconds")
        if not isinstance(detail, str) or not isinstance(run, str) or "\0" in detail + run:
            raise ReceiptError("detail and run are texts")
        return cls(
            version, str(state), detail[:MAX_DETAIL], datetime.fromtimestamp(at_ms / 1000, tz=UTC), run[:MAX_RUN]
        )


@dataclass(frozen=True, slots=True)
class Everywhere:
    """Whether a lift (or a measure) has arrived everywhere, and who is missing."""

    version: int
    """First publication that covers it, 0 where none does yet."""
    executed: tuple[str, ...]
    """Edges that run it: by name where the scope of whoever asks holds the edge, else by its organisation's."""
    missing: tuple[str, ...]
    """Edges that do not yet, silent ones among them; named alike."""
    silent: tuple[str, ...]
    """Of the missing, those not heard of."""

    @property
    def done(self) -> bool:
        """Published, and executed by every enrolled edge, of which there is at least one."""
        return self.version > 0 and bool(self.executed) and not self.missing


def take_receipt(edge_id: int, said: Said, at: datetime | None = None) -> bool:
    """Keep a receipt; False where it is there already. ReceiptError for a version that was never published.

    Emits SnapshotExecuted when with it every live edge runs a version.
    """
    at = timezone.now() if at is None else at
    with system(), transaction.atomic():
        _lock()  # two last receipts at once: the later one sees the earlier one
        edge = Edge.objects.get(pk=edge_id)
        if not Publication.objects.filter(version=said.version).exists():
            raise ReceiptError(f"version {said.version} was never published here")
        _, made = Receipt.objects.get_or_create(
            publication_id=said.version,
            edge=edge,
            state=said.state,
            defaults={"detail": said.detail, "at": said.at, "received_at": at, "readers": edge.readers},
        )
        edge.last_seen, edge.run = at, said.run or edge.run
        if said.state == "executed":
            edge.version = max(edge.version, said.version)
        edge.save(update_fields=["last_seen", "run", "version"])
        if made:
            _record(edge, said)
        _settle(at)
    return made


def settle(at: datetime | None = None) -> int:
    """Look again what is in effect at every live edge, as when one falls silent; the newest version, 0 for none."""
    at = timezone.now() if at is None else at
    with system(), transaction.atomic():
        _lock()
        return _settle(at)


def executed_everywhere(change: int, at: datetime | None = None) -> Everywhere:
    """Where the state after `change` (of a restriction) is in effect."""
    at = timezone.now() if at is None else at
    seen = _in_scope()
    with system():
        version = first_covering(change)
        executed: list[str] = []
        missing: list[str] = []
        silent: list[str] = []
        for edge in enrolled().select_related("organisation"):
            if version and edge.version >= version:
                executed.append(_called(edge, seen))
                continue
            missing.append(_called(edge, seen))
            if is_silent(edge, at):
                silent.append(_called(edge, seen))
    return Everywhere(version, tuple(executed), tuple(missing), tuple(silent))


def trusted_everywhere(change: int) -> InDirectory:
    """Where a change of a trusted entry is in effect, for the pages of the context below."""
    found = executed_everywhere(change)
    return InDirectory(found.version, found.executed, found.missing)


def lifted_everywhere(restriction: UUID, at: datetime | None = None) -> Everywhere:
    """Row closed, published, and executed by every enrolled edge (DESIGN.md §4.5).

    A restriction that is not lifted, or not known, is lifted nowhere: version 0, all edges missing.
    """
    found = by_ids([restriction])
    if found and found[0].lifted_at is not None:
        return executed_everywhere(found[0].change, at)
    seen = _in_scope()
    with system():
        names = tuple(_called(edge, seen) for edge in enrolled().select_related("organisation"))
    return Everywhere(0, (), names, ())


def _in_scope() -> frozenset[int]:
    """The edges that row-level security shows to whoever asks; all of them to the system."""
    return frozenset(enrolled().values_list("pk", flat=True))


def _called(edge: Edge, seen: frozenset[int]) -> str:
    """The name of an edge in scope; of another's edge only whose it is, which the directory tells everybody."""
    return edge.name if edge.pk in seen else str(edge.organisation)


def first_covering(change: int) -> int:
    """The first publication that carries this change, 0 where there is none yet."""
    rows = Publication.objects.filter(change__gte=change).exclude(held__contains=[change]).order_by("version")
    return rows.values_list("version", flat=True).first() or 0


def _settle(at: datetime) -> int:
    """Mark what every live edge runs, and tell it once. Without a live edge nothing is in effect."""
    live = [edge for edge in enrolled() if not is_silent(edge, at)]
    version = min((edge.version for edge in live), default=0)
    reached = Publication.objects.filter(version__lte=version, executed_at=None)
    newest = reached.order_by("-version").first()
    if newest is None:
        return version
    reached.update(executed_at=at)
    # Notices of later placings wait with those held back, at the latest for an hour.
    in_effect(min((held - 1 for held in newest.held), default=newest.change))
    held = frozenset(newest.held)
    emit(SnapshotExecuted(version=newest.version, change=newest.change, edges=len(live), held=held))
    return version


def _lock() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [LOCK])


def _record(edge: Edge, said: Said) -> None:
    record(
        AuditKind.EDGE_RECEIPT,
        actor=None,
        organisation=edge.organisation_id,
        object_type="snapshot",
        object_id=said.version,
        body={"edge": edge.name, "state": said.state, "detail": said.detail},
    )
