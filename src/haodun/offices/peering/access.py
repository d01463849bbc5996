"""Who asks on the pages of nodes: the actor of a request, and rows for eyes that may read them, else 404."""

from __future__ import annotations

from typing import TypeVar
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest

from haodun.offices.organisations.services import Permission, Readers, standing_of
from haodun.offices.transitions.services import Actor, actor_of

Row = TypeVar("Row", bound=Readers)


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


def row_or_404(request: HttpRequest, model: type[Row], row_id: UUID) -> Row:
    """A row the person may read; strangers get the same 404 as for one that is none."""
    found: Row | None = model.objects.scoped_to(request.user).filter(pk=row_id).first()
    if found is None:
        raise Http404
    return found
