"""News from the registry that moves orders on."""

from __future__ import annotations

from haodun.casework.orders.receiving import undone
from haodun.casework.orders.services import orders_executed
from haodun.registry.policies.facts import SnapshotExecuted


def snapshot_executed(fact: SnapshotExecuted) -> None:
    """Every live edge runs it: the orders whose restrictions it holds are executed, recalls of other nodes are."""
    orders_executed(change=fact.change, version=fact.version, held=fact.held)
    undone(fact.change, fact.version)
