"""A score with its reasons: what the cards share, how many they are, what each reason adds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from haodun.registry.card_clusters.values import AGENT_SHARE, Card, Group, Rules, Shared

FULL = 100


def score(groups: Sequence[Group], cards: Mapping[int, Card], rules: Rules) -> tuple[int, list[dict[str, Any]]]:
    """0 to 100, and the reasons, the heaviest first; their points add up to it, or to more where it is capped."""
    reasons = [_reason(shared, groups, cards, rules) for shared in Shared]
    found = [one for one in (*reasons, _agent(groups, cards, rules)) if one is not None]
    found.sort(key=lambda one: (-one["points"], one["shared"]))
    return min(FULL, sum(one["points"] for one in found)), found


def _reason(shared: Shared, groups: Sequence[Group], cards: Mapping[int, Card], rules: Rules) -> dict[str, Any] | None:
    """Of one kind: the points of its floor, and some for each card above it, at most `most`."""
    of = [group for group in groups if group.shared is shared]
    if not of:
        return None
    floor, members = rules.floors[shared], frozenset[int]().union(*(group.cards for group in of))
    above = sum(len(group.cards) - floor.cards for group in of)
    return _said(shared.value, len(of), members, cards, floor.points + min(floor.most, floor.each * above))


def _agent(groups: Sequence[Group], cards: Mapping[int, Card], rules: Rules) -> dict[str, Any] | None:
    """Where one agent opened most of them; a burst says that already."""
    if all(group.shared is Shared.BURST for group in groups):
        return None
    members = frozenset[int]().union(*(group.cards for group in groups))
    counted = Counter((cards[one].carrier, cards[one].agent) for one in members if cards[one].agent)
    if not counted:
        return None
    (key, most) = counted.most_common(1)[0]
    if most * 100 < AGENT_SHARE * len(members):
        return None
    same = frozenset(one for one in members if (cards[one].carrier, cards[one].agent) == key)
    return _said("agent", 1, same, cards, rules.agent)


def _said(shared: str, groups: int, members: frozenset[int], cards: Mapping[int, Card], points: int) -> dict[str, Any]:
    documents = len({cards[one].document for one in members})
    return {"shared": shared, "groups": groups, "cards": len(members), "documents": documents, "points": points}
