"""What publications are made of, from all contexts that have something on the edges' lists."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from functools import lru_cache

import structlog

from haodun.registry.policies.content import Site
from haodun.registry.restrictions import services as restrictions
from haodun.registry.restrictions.services import AHEAD
from haodun.registry.trusted_numbers import services as trusted
from haodun.screening.snapshot import Column, Snapshot
from haodun.screening.snapshot.assembly import compiled

log = structlog.get_logger("haodun.policies")


def active_lists(
    at: datetime, numbers: Collection[int] | None = None, *, site: Site, base: Snapshot | None = None
) -> dict[str, Column]:
    """List name → its entries at `at`; of some numbers only, where they are given.

    `trusted` and `dno` are the centre's where the site's policy knows such a list and has nothing of its own on it. A
    list that `base` does not have is given whole, since a delta brings it as new.
    """
    found = restrictions.active_lists(at, numbers)
    names = centre_lists(site.policy_yaml, site.policy_name)
    known = names if base is None else [name for name in names if name in base.lists]
    if known:
        ours = trusted.lists(at, numbers)
        found |= {name: ours[name] for name in known}
    if len(known) < len(names):
        whole = trusted.lists(at)
        found |= {name: whole[name] for name in names if name not in known}
    return found


def changed_numbers(after: int, upto: int) -> list[int]:
    """Numbers with something that changed after one change, up to another, ascending."""
    return sorted({*restrictions.changed_numbers(after, upto), *trusted.changed_numbers(after, upto)})


def moment_of(after: int, upto: int, at: datetime) -> datetime:
    """As of when these changes are listed, see `restrictions.lists.moment_of`."""
    latest = trusted.latest_start(after, upto, at + AHEAD)
    return max(restrictions.moment_of(after, upto, at), at if latest is None else latest)


def placings(at: datetime, *, after: int, upto: int, also: Collection[int]) -> list[tuple[str, int, int]]:
    """List, number, and the change that placed it there, of what may block."""
    found = restrictions.placings(at, after=after, upto=upto, also=also)
    return sorted([*found, *trusted.placings(at, after=after, upto=upto, also=also)])


def directory(at: datetime, base: Snapshot | None) -> str | None:
    """The trusted directory; None where `base` has the same, or where there neither is nor was one."""
    text = trusted.directory_part(at)
    if base is not None and base.directory_json is not None:
        return None if text == base.directory_json else text
    return text if trusted.in_force(at) or trusted.of_others(at) else None


@lru_cache(maxsize=4)
def centre_lists(policy_yaml: str, policy_name: str) -> tuple[str, ...]:
    """The centre's lists that this policy takes: those it knows and has filled with nothing itself. SnapshotRefused."""
    own = compiled(policy_yaml, name=policy_name).lists
    filled = [name for name in trusted.LISTS if name in own and any(True for _ in own[name].lines())]
    if filled:
        log.error(
            "policy_keeps_its_own_list",
            lists=filled,
            remedy="the policy has entries of its own on these lists, so the trusted-number centre's are left out of "
            "them; move the policy's into a list of another name",
        )
    return tuple(name for name in trusted.LISTS if name in own and name not in filled)
