"""Who asks on these pages, and the revision for eyes that may read it, else 404."""

from __future__ import annotations

import uuid

from django.db.models import QuerySet
from django.http import Http404, HttpRequest

from haodun.offices.organisations.services import Permission, standing_of
from haodun.registry.policy_revisions.models import Revision


def may(request: HttpRequest, permission: Permission) -> bool:
    """Whether the role acted in holds a permission."""
    standing = standing_of(request)
    return standing is not None and permission.value in standing.permissions


def revisions_of(request: HttpRequest) -> QuerySet[Revision]:
    """The revisions within the person's reach, without their long texts."""
    found: QuerySet[Revision] = Revision.objects.scoped_to(request.user).select_related("organisation", "base")
    return found.defer("text", "cases", "base_text", "base__text", "base__cases", "base__base_text")


def revision_or_404(request: HttpRequest, revision_id: uuid.UUID) -> Revision:
    """A revision the person may read; strangers get the same 404 as for one that is none."""
    found: Revision | None = (
        Revision.objects.scoped_to(request.user).select_related("organisation", "base").filter(id=revision_id).first()
    )
    if found is None:
        raise Http404
    return found


def is_own(request: HttpRequest, row: Revision) -> bool:
    """Whether the person acts for the organisation that drafts it."""
    standing = standing_of(request)
    return standing is not None and standing.organisation_id == row.organisation_id
