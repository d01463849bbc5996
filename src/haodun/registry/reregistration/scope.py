"""Which cards a campaign is about: held by its organisation, without a valid real name, in no open campaign."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from haodun.numbering import Kind, parse
from haodun.registry.reregistration.models import Campaign, Card
from haodun.registry.reregistration.values import OPEN
from haodun.registry.subscribers.models import Registration
from haodun.registry.subscribers.services import RealName

_UNTOUCHABLE = (Kind.EMERGENCY, Kind.SHORT_CODE)


def in_scope(campaign: Campaign, at: datetime) -> QuerySet[Registration]:
    """States of the cards that it would take up at `at`: of those held before its approval, once it is approved."""
    rows = Registration.objects.filter(
        ~Q(status=RealName.VALID),
        Q(carrier=campaign.organisation_id) | Q(reseller=campaign.organisation_id),
        recorded__upper_inf=True,
        valid__contains=at,
        interval__valid__contains=at,
    )
    if campaign.reseller_id is not None:
        rows = rows.filter(reseller=campaign.reseller_id)
    if campaign.province:
        rows = rows.filter(province=campaign.province)
    if campaign.approved_at is not None:
        rows = rows.filter(interval__valid__startswith__lt=campaign.approved_at)
    taken = Card.objects.filter(interval=OuterRef("interval"))
    return rows.exclude(Exists(taken.filter(Q(state__in=OPEN) | Q(campaign=campaign.id))))


def may_be_stopped(number: int) -> bool:
    """Emergency numbers and official short codes are never restricted."""
    return parse(f"+{number}").kind not in _UNTOUCHABLE
