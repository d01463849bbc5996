"""Who asks on these pages: the actor of a request, and an order for eyes that may read it, else 404."""

from __future__ import annotations

import uuid

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest

from haodun.casework.orders.models import Order, OrderNumber
from haodun.offices.organisations.access import standing_of
from haodun.offices.transitions.services import Actor, actor_of


def actor_for_request(request: HttpRequest) -> Actor:
    """The signed-in person as an actor, for the organisation chosen in the session. PermissionDenied without a seat."""
    standing = standing_of(request)
    if standing is None:
        raise PermissionDenied
    return actor_of(request.user, standing.organisation_id, sudo_until=standing.sudo_until)


def order_or_404(request: HttpRequest, order_id: uuid.UUID) -> Order:
    """An order the person may read; strangers get the same 404 as for one that is none."""
    found = Order.objects.scoped_to(request.user).select_related("issuing_unit", "filing_unit").filter(id=order_id)
    order: Order | None = found.first()
    if order is None:
        raise Http404
    return order


def numbers_of(request: HttpRequest, order: Order) -> QuerySet[OrderNumber]:
    """The numbers of an order that the person may read: a carrier sees its own."""
    found: QuerySet[OrderNumber] = OrderNumber.objects.scoped_to(request.user).filter(order=order)
    return found.select_related("carrier").order_by("state", "number")
