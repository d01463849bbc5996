"""Who held a number, from when to when, under which document, in which real-name state: the only way in for others
(电话用户真实身份信息登记规定).
"""

from __future__ import annotations

from haodun.registry.subscribers import counted
from haodun.registry.subscribers.counting import cards_by_operator, marks_of, operators_counted
from haodun.registry.subscribers.documents import PERSONAL, Document, DocumentError, DocumentKind, kind_named
from haodun.registry.subscribers.figures import Published
from haodun.registry.subscribers.holders import (
    changed_holder,
    close_interval,
    close_many,
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
from haodun.registry.subscribers.limits import MAX_CARDS, active_cards, records_of
from haodun.registry.subscribers.models import Opened, RealName, Service
from haodun.registry.subscribers.quarantine import held_back_until, hold_back
from haodun.registry.subscribers.rates import DIMENSIONS, counted_from_states, rates
from haodun.registry.subscribers.recording import history_of, set_state, state_of, states_of
from haodun.registry.subscribers.reregistering import Replaced, Shown, reregister, try_out
from haodun.registry.subscribers.routing import route
from haodun.registry.subscribers.sealing import (
    OLD_BEFORE,
    address_mark,
    device_mark,
    document_mark,
    subject_of,
)
from haodun.registry.subscribers.values import (
    Certainty,
    HolderKind,
    Holding,
    NewHolding,
    Rate,
    Recorded,
    Route,
    State,
    SubscriberRefused,
)

__all__ = [
    "DIMENSIONS",
    "MAX_CARDS",
    "OLD_BEFORE",
    "PERSONAL",
    "Certainty",
    "Document",
    "DocumentError",
    "DocumentKind",
    "HolderKind",
    "Holding",
    "NewHolding",
    "Opened",
    "Published",
    "Rate",
    "RealName",
    "Recorded",
    "Replaced",
    "Route",
    "Service",
    "Shown",
    "State",
    "SubscriberRefused",
    "active_cards",
    "address_mark",
    "cards_by_operator",
    "changed_holder",
    "close_interval",
    "close_many",
    "contact_of",
    "counted",
    "counted_from_states",
    "device_mark",
    "document_mark",
    "held_back_until",
    "history_of",
    "hold_back",
    "holder_at",
    "holder_seen_by",
    "holders_at",
    "import_intervals",
    "intervals_of",
    "intervals_seen_by",
    "intervals_with_contact",
    "kind_named",
    "marks_of",
    "open_interval",
    "operators_counted",
    "rates",
    "records_of",
    "reregister",
    "route",
    "set_state",
    "state_of",
    "states_of",
    "subject_of",
    "try_out",
]
