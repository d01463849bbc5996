"""Which changes the next publication carries, and which wait: for two approvers' signatures, or for the hour to pass.

Theory of operation. The unit is the act: what one placing restricted, four eyes and all. An act is published whole or
not at all. Acts within the cap go out in the order in which they were placed, as many to a publication as the cap
allows, each publication a step of its own: without the burst they would have been published one by one, and an edge
could not tell the difference. An act over the cap is never cut into slices, for that is what the cap is for: it waits
for signatures, and later acts pass it. Both are held to what edges take in an hour, which they count themselves: what
they would refuse is not sent, since an edge that refuses one version misses the lifts after it. Lifts never wait.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Sum

from haodun.registry.policies.content import Site, SiteError
from haodun.registry.policies.gathering import placings
from haodun.registry.policies.models import Publication
from haodun.screening.policy import Policy
from haodun.screening.snapshot import Content, Snapshot, Trust, blocking_lists, draft, fresh_blocks

CAP, BUDGET, POLICY = "HAODUN_APPROVAL_CAP", "HAODUN_BLOCK_BUDGET", "HAODUN_POLICY_NEEDS_APPROVAL"
"""Environment variables: what the trust files of this installation's edges say (docs/reference/snapshot.md)."""
HOUR = timedelta(minutes=65)
"""The hour of an edge, which takes a snapshot a little after it was published."""
_COUNT = re.compile(r"[0-9]{1,10}")
_PLAIN = Trust(issuer=None, keys=())
Entry = tuple[str, int]
"""List and number."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What the next publication does."""

    released: bool
    """Whether it carries acts that waited before."""
    held: frozenset[int]
    """Acts that wait, by the change that placed them."""
    over: frozenset[int]
    """Of them those over the cap: only two approvers' signatures let them out."""
    withheld: Mapping[str, frozenset[int]]
    """List to the numbers that stay off it meanwhile."""
    touched: frozenset[int]
    """Numbers that an earlier publication held back: their entries are looked at again."""
    new_blocks: int
    """Numbers that it newly blocks."""
    more: bool
    """Whether another publication can follow at once."""
    site_held: bool = False
    """Whether the site's changed policy waits for signatures."""


def approval_cap() -> int:
    """How many numbers one snapshot may newly block without signatures. SiteError."""
    return _count(CAP, _PLAIN.approval_cap)


def block_budget() -> int:
    """How many numbers all snapshots of an hour may newly block. SiteError."""
    return _count(BUDGET, _PLAIN.max_new_blocks_per_hour)


def budget_left(at: datetime) -> int:
    """What is left of the budget that edges have for an hour."""
    rows = Publication.objects.filter(created_at__gt=at - HOUR)
    return max(0, block_budget() - int(rows.aggregate(sum=Sum("new_blocks"))["sum"] or 0))


def plan(last: Publication | None, opened: Snapshot | None, site: Site, *, upto: int, at: datetime) -> Plan:
    """What to publish after `last` (`opened`, where it opens) of all changes up to one."""
    after, before = (0, frozenset()) if last is None else (last.change, frozenset(last.held))
    rows = placings(at, after=after, upto=upto, also=before)
    rules = None if opened is None else opened.rules
    fresh, site_held = 0, False
    if last is None or opened is None or last.policy_digest != site.digest:
        new_rules = _rules(site, at)
        if opened is not None and rules is not None:
            known = {name: entries for name, entries in opened.lists.items() if name in new_rules.lists}
            fresh = sum(map(len, fresh_blocks(new_rules, known, opened).values()))
            changed = new_rules.digest != rules.digest
            site_held = fresh > min(approval_cap(), budget_left(at)) or (changed and os.environ.get(POLICY) == "yes")
        rules = rules if site_held and rules is not None else new_rules
    blocking = frozenset() if rules is None else blocking_lists(rules)
    acts = _acts(row for row in rows if row[0] in blocking and _is_new(row, opened, last))
    return _choose(acts, before=before, rows=rows, fresh=0 if site_held else fresh, site_held=site_held, at=at)


def on_list(opened: Snapshot | None, name: str, number: int) -> bool:
    """Whether a list of a snapshot has an entry for a number, run out or not."""
    return opened is not None and name in opened.lists and opened.lists[name].holds(number, 0)


def _is_new(row: tuple[str, int, int], opened: Snapshot | None, last: Publication | None) -> bool:
    """Whether an entry was on no list before; where the last snapshot does not open, the register tells."""
    if opened is not None or last is None:
        return not on_list(opened, row[0], row[1])
    return row[2] > last.change or row[2] in last.held


def _acts(rows: Iterable[tuple[str, int, int]]) -> dict[int, set[Entry]]:
    """By act, in the order of placing, what it newly blocks."""
    found: dict[int, set[Entry]] = defaultdict(set)
    for name, number, act in rows:
        found[act].add((name, number))
    return dict(sorted(found.items()))


def _choose(
    acts: dict[int, set[Entry]],
    *,
    before: frozenset[int],
    rows: list[tuple[str, int, int]],
    fresh: int,
    site_held: bool,
    at: datetime,
) -> Plan:
    cap, left = approval_cap(), budget_left(at)
    chosen: set[Entry] = set()
    held, over, more = set(), set(), False
    for act, entries in acts.items():
        size = len(entries - chosen)
        if size > cap:
            over.add(act)
        elif more or fresh + len(chosen) + size > cap:
            more = True  # goes with the next step, in its order
        elif fresh + len(chosen) + size <= left:
            chosen |= entries
            continue
        held.add(act)
    withheld: dict[str, set[int]] = defaultdict(set)
    for act in held:
        for name, number in acts[act] - chosen:
            withheld[name].add(number)
    return Plan(
        released=bool(before - held),
        held=frozenset(held),
        over=frozenset(over),
        withheld={name: frozenset(numbers) for name, numbers in withheld.items()},
        touched=frozenset(number for _, number, act in rows if act in before),
        new_blocks=fresh + len(chosen),
        more=more and bool(chosen),
        site_held=site_held,
    )


def _rules(site: Site, at: datetime) -> Policy:
    content = Content(policy_yaml=site.policy_yaml, policy_name=site.policy_name)
    now_ms = int(at.timestamp() * 1_000)
    return draft(content, issuer="site", version=1, parent=0, created_ms=now_ms, expires_ms=now_ms + 1).rules


def _count(name: str, default: int) -> int:
    said = os.environ.get(name, str(default))
    if _COUNT.fullmatch(said) is None:
        raise SiteError(f"{name}={said!r} is no count; give a whole number such as {default}")
    return int(said)
