"""Connected components: groups that have a card in common are one cluster."""

from __future__ import annotations

from collections.abc import Sequence

from haodun.registry.card_clusters.values import Group


def components(groups: Sequence[Group]) -> list[tuple[Group, ...]]:
    """The groups, split so that two with a common card are together; order is kept.

    Union-find by the first group that holds a card; every group is looked at once.
    """
    above = list(range(len(groups)))

    def root(place: int) -> int:
        while above[place] != place:
            above[place] = above[above[place]]
            place = above[place]
        return place

    first: dict[int, int] = {}
    for place, group in enumerate(groups):
        for card in group.cards:
            one, other = root(place), root(first.setdefault(card, place))
            above[max(one, other)] = min(one, other)
    found: dict[int, list[Group]] = {}
    for place, group in enumerate(groups):
        found.setdefault(root(place), []).append(group)
    return [tuple(together) for together in found.values()]
