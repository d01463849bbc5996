"""The input log: events, their order, and the features that a decision may read."""

from haodun.screening.events.action import Action, Decision, Flag, Layer
from haodun.screening.events.call_log import CALL_LOG_SCHEMA, events_of_calls
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
from haodun.screening.events.live_trunks import LiveTrunk, Sources
from haodun.screening.events.log import INPUT_LOG_SCHEMA, event_batch, events_of
from haodun.screening.events.log_files import ContentDigest, content_digest, count_events, read_events
from haodun.screening.events.trunks import Line, Trunks, TrunksError, trunks_schema

__all__ = [
    "CALL_LOG_SCHEMA",
    "FEATURES",
    "FEATURES_VERSION",
    "INDEX",
    "INPUT_LOG_SCHEMA",
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
    "LiveTrunk",
    "Presentation",
    "Roaming",
    "Sources",
    "Trunks",
    "TrunksError",
    "Type",
    "actor_key",
    "content_digest",
    "count_events",
    "event_batch",
    "events_of",
    "events_of_calls",
    "order",
    "read_events",
    "trunk_id",
    "trunks_schema",
]
