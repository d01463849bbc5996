"""Who asks at the appeal desk: an appeal for eyes that may read it, else 404."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpRequest

from haodun.casework.appeals.models import Appeal


def appeal_or_404(request: HttpRequest, appeal_id: uuid.UUID) -> Appeal:
    """An appeal the person may read; strangers get the same 404 as for one that is none."""
    found: Appeal | None = Appeal.objects.scoped_to(request.user).select_related("order").filter(id=appeal_id).first()
    if found is None:
        raise Http404
    return found
