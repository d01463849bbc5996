"""Who may see which entries of the ledger: the one place that decides it.

An entry has no readers of its own. An auditor of the ministry reads all of them, an auditor of another organisation
those written for it and for the organisations below it; entries of no organisation (a login, what the system did for
nobody in particular) are the ministry's to read.
"""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest

from haodun.audit import services as ledger
from haodun.offices.organisations.models import Organisation
from haodun.offices.organisations.services import Kind, standing_of


def reach_of(request: HttpRequest) -> ledger.Reach:
    """The organisations whose entries the person may read, as what they act here; None: all. PermissionDenied."""
    standing = standing_of(request)
    if standing is None:
        raise PermissionDenied
    own = Organisation.objects.get(id=standing.organisation_id)
    if own.kind == Kind.MINISTRY:
        return None
    return frozenset(Organisation.objects.filter(path__contains=[own.id]).values_list("id", flat=True))


def entry_or_404(request: HttpRequest, entry_id: int) -> ledger.Listed:
    """An entry the person may read; strangers get the same 404 as for one that is none."""
    found = ledger.entry(reach_of(request), entry_id)
    if found is None:
        raise Http404
    return found
