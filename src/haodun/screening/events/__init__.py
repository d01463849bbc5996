"""The input log: events, their order, and the features that a decision may read."""

from haodun.screening.events.action import Action, Decision, Flag, Layer
from haodun.screening.events.event import (
    Attestation,
    Cause,
    Event,
    EventKind,
    Presentation,
    Roaming,
    actor_key,
    order,
    trunk_id,
)
from haodun.screening.events.features import FEATURES, FEATURES_VERSION, INDEX, KERNEL_FEATURES, Feature, Type

__all__ = [
    "FEATURES",
    "FEATURES_VERSION",
    "INDEX",
    "KERNEL_FEATURES",
    "Action",
    "Attestation",
    "Cause",
    "ContentDigest",
    "Decision",
    "Event",
    "EventKind",
    "Feature",
    "Flag",
    "Layer",
    "Line",
    "Presentation",
    "Roaming",
    "Trunks",
    "TrunksError",
    "Type",
    "actor_key",
    "content_digest",
    "event_batch",
    "events_of",
    "order",
    "read_events",
    "trunk_id",
    "trunks_schema",
]
