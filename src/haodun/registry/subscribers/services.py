"""Who held a number, from when to when: the only way in for other contexts (电话用户真实身份信息登记规定)."""

from __future__ import annotations

from haodun.registry.subscribers.holders import (
    changed_holder,
    close_interval,
    contact_of,
    holder_at,
    holder_seen_by,
    holders_at,
    intervals_of,
    intervals_seen_by,
    intervals_with_contact,
    open_interval,
)
from haodun.registry.subscribers.importing import import_intervals
from haodun.registry.subscribers.routing import route
from haodun.registry.subscribers.values import (
    Certainty,
    HolderKind,
    Holding,
    NewHolding,
    Route,
    SubscriberRefused,
)

__all__ = [
    "Certainty",
    "HolderKind",
    "Holding",
    "NewHolding",
    "Route",
    "SubscriberRefused",
    "changed_holder",
    "close_interval",
    "contact_of",
    "holder_at",
    "holder_seen_by",
    "holders_at",
    "import_intervals",
    "intervals_of",
    "intervals_seen_by",
    "intervals_with_contact",
    "open_interval",
    "route",
]
