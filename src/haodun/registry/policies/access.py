"""Who asks on the pages of edges: the actor of a request, and an edge for eyes that may read it, else 404."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest

from haodun.offices.organisations.services import Permission, standing_of
from haodun.offices.transitions.services import Actor, actor_of
from haodun.registry.policies.models import Edge


def actor_for_request(request: HttpRequest) -> Actor:
    """The signed-in person as an actor, for the organisation chosen in the session. PermissionDenied without a seat."""
    standing = standing_of(request)
    if standing is None:
        raise PermissionDenied
    return actor_of(request.user, standing.organisation_id, sudo_until=standing.sudo_until)


def may(request: HttpRequest, permission: Permission) -> bool:
    """Whether the role acted in holds a permission."""
    standing = standing_of(request)
    return standing is not None and permission.value in standing.permissions


def edges_of(request: HttpRequest) -> QuerySet[Edge]:
    """The enrolled edges within the person's reach, by name; none without the right to read edges."""
    if not may(request, Permission.EDGE_READ):
        return Edge.objects.none()
    found: QuerySet[Edge] = Edge.objects.scoped_to(request.user).filter(revoked_at=None)
    return found.select_related("organisation").order_by("name")


def edge_or_404(request: HttpRequest, edge_id: int) -> Edge:
    """An edge the person may read, a revoked one too; strangers get the same 404 as for one that is none."""
    found = Edge.objects.scoped_to(request.user).select_related("organisation").filter(pk=edge_id)
    edge: Edge | None = found.first()
    if edge is None:
        raise Http404
    return edge
