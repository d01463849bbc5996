"""Clusters for programs: `/api/v1/card-clusters`, to read; numbers masked."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema
from ninja.errors import HttpError
from ninja.security import django_auth

from haodun.numbering import mask
from haodun.offices.organisations.services import Permission
from haodun.offices.transitions.on_api import reader_of
from haodun.offices.transitions.paging import read_page
from haodun.registry.card_clusters.models import Cluster
from haodun.registry.card_clusters.shown import MOST

router = Router(tags=["registry"], auth=django_auth)


class ReasonOut(Schema):
    """One reason; the points of all add up to the score, which is at most 100."""

    shared: str
    groups: int
    cards: int
    documents: int
    points: int


class ClusterOut(Schema):
    """One finding."""

    id: uuid.UUID
    as_of: datetime
    rules: date
    score: int
    reasons: list[ReasonOut]
    cards: int
    documents: int
    state: str
    version: int


class CardOut(Schema):
    """One card in one group."""

    number: str
    shared: str
    group: int
    agent: str
    opened_at: datetime


class ClusterDetail(ClusterOut):
    """One finding with its cards, at most 400 rows."""

    evidence: list[CardOut]


class ClusterPage(Schema):
    """A page; `next` is the cursor of the one after it, '' at the end."""

    items: list[ClusterOut]
    next: str


@router.get("card-clusters", response=ClusterPage)
def card_clusters(request: HttpRequest, after: str = "") -> ClusterPage:
    """The clusters that the reader may see, newest step first."""
    reader_of(request, Permission.CLUSTER_READ)
    rows = Cluster.objects.scoped_to(request.user)
    found = read_page(rows, by="moved_at", newest_first=True, cursor=after[:200])
    return ClusterPage(items=[ClusterOut(**_out(row)) for row in found.rows], next=found.after)


@router.get("card-clusters/{identity}", response=ClusterDetail)
def card_cluster(request: HttpRequest, identity: uuid.UUID) -> ClusterDetail:
    """One cluster with what each card shares."""
    reader_of(request, Permission.CLUSTER_READ)
    row = Cluster.objects.scoped_to(request.user).filter(id=identity).first()
    if row is None:
        raise HttpError(404, "no such cluster in your reach")
    rows = row.evidence.order_by("number", "shared", "group")[:MOST]
    cards = [
        CardOut(
            number=mask(f"+{one.number}"), shared=one.shared, group=one.group, agent=one.agent, opened_at=one.opened_at
        )
        for one in rows
    ]
    return ClusterDetail(**_out(row), evidence=cards)


def _out(row: Cluster) -> dict[str, Any]:
    names = ("id", "as_of", "rules", "score", "reasons", "cards", "documents", "state", "version")
    return {name: getattr(row, name) for name in names}
