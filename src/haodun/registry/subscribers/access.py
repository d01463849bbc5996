"""Who asks on these pages: a row for eyes that may read it, else 404; what the role acted in may do."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import Http404, HttpRequest

from haodun.offices.organisations.services import Permission, standing_of


def row_or_404(request: HttpRequest, model: Any, row_id: uuid.UUID, *related: str) -> Any:
    """A row the person may read; strangers get the 404 of one that is none."""
    found = model.objects.scoped_to(request.user).select_related(*related).filter(id=row_id).first()
    if found is None:
        raise Http404
    return found


def may(request: HttpRequest, permission: Permission) -> bool:
    """Whether the role acted in holds a permission."""
    standing = standing_of(request)
    return standing is not None and permission.value in standing.permissions
