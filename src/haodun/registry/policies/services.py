"""Publication to the edges: the only way in for other contexts."""

from __future__ import annotations

from haodun.registry.policies.drafts import Waiting, waiting
from haodun.registry.policies.edges import EdgeRefused, EdgeState, edges, enrol, revoke
from haodun.registry.policies.publishing import publish
from haodun.registry.policies.receipts import Everywhere, executed_everywhere, lifted_everywhere, settle
from haodun.registry.policies.releasing import ApprovalRefused, publish_approved

__all__ = [
    "ApprovalRefused",
    "EdgeRefused",
    "EdgeState",
    "Everywhere",
    "Waiting",
    "edges",
    "enrol",
    "executed_everywhere",
    "lifted_everywhere",
    "publish",
    "publish_approved",
    "revoke",
    "settle",
    "waiting",
]
