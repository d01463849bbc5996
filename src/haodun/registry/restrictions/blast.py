"""What restricting numbers would hit, as counted now: shown before approval, and capped (DESIGN.md §4.3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from django.utils import timezone

from haodun.numbering import load_plan, parse
from haodun.offices.transitions.services import BlastRadius, members_of
from haodun.registry.policy_revisions.services import policy_source
from haodun.registry.subscribers.services import HolderKind, changed_holder, holders_at, route
from haodun.registry.verdict_counts.services import flagged_numbers
from haodun.screening.policy import Membership, load_policy

RECENT = timedelta(days=30)
"""A number that changed its holder since then may be judged by what another did with it."""
ABNORMAL_SINCE = timedelta(days=90)
"""How far back abnormal calls are looked for."""


@dataclass(frozen=True, slots=True)
class Radius(BlastRadius):
    """A blast radius with what an approver should see beside the counts that are capped.

    The digest is that of BlastRadius: it does not change because a call was flagged meanwhile.
    """

    persons: int = 0
    """Different holders that are persons."""
    organisations: int = 0
    """Different holders that are organisations."""
    unknown: int = 0
    """Numbers without a registered holder."""
    recently_changed: int = 0
    """Numbers that changed their holder within RECENT."""
    quiet: int = 0
    """Numbers with no flagged call since ABNORMAL_SINCE."""


def blast_radius(numbers: Sequence[int], at: datetime | None = None) -> Radius:
    """Count what these numbers (E.164 keys) stand for at `at` (now)."""
    at = timezone.now() if at is None else at
    wanted = sorted(set(numbers))
    held = holders_at(wanted, at)
    kinds = {one.subject: one.kind for one in held.values()}
    split = Counter(kinds.values())
    carriers: Counter[str] = Counter()
    for carrier, routes in route(wanted, at).items():
        carriers["" if carrier is None else str(carrier)] += len(routes)
    plan = load_plan()
    provinces = Counter(
        held[number].province if number in held else plan.facts(parse(f"+{number}")).province for number in wanted
    )
    at_ms = int(at.timestamp() * 1000)
    listed = trusted_list(policy_source())
    trusted = {number for number in wanted if listed is not None and listed.holds(number, at_ms)}
    trusted = trusted.union(*(among(wanted, at) for among in _directories))
    return Radius(
        numbers=len(wanted),
        holders=len(kinds),
        trusted=len(trusted),
        provinces=dict(sorted(provinces.items())),
        carriers=dict(sorted(carriers.items())),
        members=members_of(wanted),
        persons=split[HolderKind.PERSON],
        organisations=split[HolderKind.ORGANISATION],
        unknown=len(wanted) - len(held),
        recently_changed=len(changed_holder(wanted, since=at - RECENT, at=at)),
        quiet=len(wanted) - len(flagged_numbers(wanted, since=at - ABNORMAL_SINCE)),
    )


TrustedAmong = Callable[[Sequence[int], datetime], set[int]]
_directories: list[TrustedAmong] = []


def count_trusted_with(among: TrustedAmong) -> None:
    """Let a context above say which numbers are in its directory; called from its `apps.py`."""
    if among not in _directories:
        _directories.append(among)


@cache
def trusted_list(source: str) -> Membership | None:
    """The trusted numbers of a policy; None where it has no such list. PolicyError where it does not load."""
    return load_policy(source).lists.get("trusted")
