"""How far the policy in force has come: which snapshot carries it, whether it waits for signatures."""

from __future__ import annotations

from haodun.offices.organisations.services import system
from haodun.registry.policies.content import SiteError, read_site
from haodun.registry.policies.models import Draft, Publication
from haodun.registry.policy_revisions.services import Carried


def carried_now() -> Carried:
    """Of the newest publication, where it was made with the site's policy as it is now."""
    try:
        digest = read_site().digest
    except SiteError:
        return Carried(0, None, waits=False)
    with system():
        newest = Publication.objects.order_by("-version").first()
        waits = Draft.objects.filter(state="waiting", policy=True, site_digest=digest).exists()
    if newest is None or newest.policy_digest != digest:
        return Carried(0, None, waits=waits)
    return Carried(newest.version, newest.executed_at, waits=False)
