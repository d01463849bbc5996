"""Publication to the edges: the only way in for other contexts."""

from __future__ import annotations

from haodun.registry.policies.edges import EdgeRefused, EdgeState, edges, enrol, revoke
from haodun.registry.policies.publishing import publish
from haodun.registry.policies.receipts import Everywhere, executed_everywhere, lifted_everywhere, settle

__all__ = [
    "EdgeRefused",
    "EdgeState",
    "Everywhere",
    "edges",
    "enrol",
    "executed_everywhere",
    "lifted_everywhere",
    "publish",
    "revoke",
    "settle",
]
