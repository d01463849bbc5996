"""What must hold before a cluster may go on."""

from __future__ import annotations

from haodun.offices.transitions.services import Change, Refused
from haodun.registry.card_clusters.effects import numbers_now
from haodun.registry.card_clusters.models import Cluster


def one_at_a_time(change: Change, row: Cluster) -> None:
    """A confirmation is about one cluster. Refused `one`."""
    if len(change.rows) != 1:
        raise Refused("one", "一次只能认定一个卡群。", "Confirm one cluster at a time.")


def still_held(change: Change, row: Cluster) -> None:
    """Some card must still be with the holder of then. Refused `gone`."""
    if not numbers_now(change):
        raise Refused("gone", "卡群中的号码都已销户或过户。", "All its cards are closed or with other holders by now.")
