"""Publications, receipts and edges for programs: `/api/v1/publications`, `/api/v1/edges`."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema
from ninja.errors import HttpError
from ninja.security import django_auth

from haodun.offices.organisations.access import standing_of
from haodun.offices.organisations.services import Permission
from haodun.registry.policies.edges import enrolled, is_silent
from haodun.registry.policies.models import Publication, Receipt

router = Router(tags=["registry"], auth=django_auth)
PAGE = 50
MAX_PAGE = 200


class PublicationOut(Schema):
    """One published snapshot."""

    version: int
    parent: int
    kind: str
    sha256: str
    bytes: int
    cause: str
    created_at: datetime
    change: int
    executed_at: datetime | None


class PublicationPage(Schema):
    """A page; `next` is the cursor of the one after it, null at the end."""

    items: list[PublicationOut]
    next: int | None


class ReceiptOut(Schema):
    """What one edge said."""

    edge: str
    state: str
    detail: str
    at: datetime
    received_at: datetime


class EdgeOut(Schema):
    """One enrolled edge."""

    name: str
    mode: str
    last_seen: datetime | None
    version: int
    silent: bool


@router.get("publications", response=PublicationPage)
def publications(request: HttpRequest, before: int | None = None, limit: int = PAGE) -> PublicationPage:
    """Publications, newest first."""
    _allow(request, Permission.SNAPSHOT_READ)
    limit = max(1, min(limit, MAX_PAGE))
    rows = Publication.objects.order_by("-version")
    if before is not None:
        rows = rows.filter(version__lt=before)
    found = list(rows[: limit + 1])
    return PublicationPage(
        items=[_out(row) for row in found[:limit]], next=found[limit - 1].version if len(found) > limit else None
    )


@router.get("publications/{int:version}/receipts", response=list[ReceiptOut])
def receipts(request: HttpRequest, version: int) -> list[ReceiptOut]:
    """The receipts of one publication from edges whose rows the reader may see, oldest first."""
    _allow(request, Permission.SNAPSHOT_READ)
    if not Publication.objects.filter(version=version).exists():
        raise HttpError(404, "no such version")
    rows = Receipt.objects.scoped_to(request.user).filter(publication_id=version).select_related("edge")
    return [
        ReceiptOut(edge=row.edge.name, state=row.state, detail=row.detail, at=row.at, received_at=row.received_at)
        for row in rows.order_by("received_at", "pk")
    ]


@router.get("edges", response=list[EdgeOut])
def edges(request: HttpRequest) -> list[EdgeOut]:
    """The enrolled edges that the reader may see, by name."""
    _allow(request, Permission.EDGE_READ)
    now = timezone.now()
    rows = enrolled().scoped_to(request.user)  # type: ignore[attr-defined]  # the manager's own query
    return [
        EdgeOut(name=row.name, mode=row.mode, last_seen=row.last_seen, version=row.version, silent=is_silent(row, now))
        for row in rows
    ]


def _allow(request: HttpRequest, permission: Permission) -> None:
    """HttpError 403 where the role does not hold the permission."""
    standing = standing_of(request)
    if standing is None or permission.value not in standing.permissions:
        raise HttpError(403, f"the role acted in does not hold {permission.value}")


def _out(row: Publication) -> PublicationOut:
    return PublicationOut(
        version=row.version,
        parent=row.parent,
        kind=row.kind,
        sha256=row.digest,
        bytes=row.bytes,
        cause=row.cause,
        created_at=row.created_at,
        change=row.change,
        executed_at=row.executed_at,
    )
