"""The policy that decided a stored verdict: found by its digest among what is kept here, never guessed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from haodun.numbering import load_plan
from haodun.registry.policy_revisions.services import policy_source
from haodun.screening.explain import DecidedBy, Explanation, explain_row
from haodun.screening.policy import PACKS, Policy, PolicyError, load_policy
from haodun.store.services import StoredVerdict

BEIJING_MINUTES = 480
"""Offset from UTC in which the explanation speaks: the console's one time."""
MAX_SNAPSHOTS = 200
"""Kept policies and snapshots that are looked at, the newest, where the one that decided is gone."""
_VERSION = re.compile(r"[0-9]{1,15}")
KEPT = 16
"""Policies kept at hand, each some hundred kilobytes."""


class PolicyGone(Exception):  # noqa: N818 (it is what happened, not how it is called)
    """No policy kept here has the digest of the one that decided."""


def explained(stored: StoredVerdict) -> Explanation:
    """The verdict decided again from its row, by the policy that decided it.

    PolicyGone; ExplainError for an ALLOW, which carries no row; Mismatch where the result is another.
    """
    policy = policy_of(stored.snapshot, stored.policy, str(settings.HAODUN_DATA))
    versions = {
        "snapshot": str(stored.snapshot) if stored.snapshot else "none",
        "policy": policy.id,
        "policy_version": policy.version,
        "policy_digest": policy.digest,
        "run": stored.run,
    }
    by = DecidedBy(policy, load_plan(policy.home), BEIJING_MINUTES, versions)
    return explain_row(stored.verdict, by, verdict_id=stored.id)


@lru_cache(maxsize=KEPT)
def policy_of(snapshot: int, digest: str, data: str) -> Policy:
    """The policy of this digest: that of the snapshot, else the site's own, a shipped pack, another kept one.

    What the lists of a snapshot held is in the row already. PolicyGone, which is not remembered.
    """
    for source in _sources(snapshot, Path(data)):
        try:
            policy = load_policy(source)
        except PolicyError:
            continue
        if policy.digest == digest:
            return policy
    raise PolicyGone(digest)


DIGITS = frozenset("0123456789")


def _sources(snapshot: int, data: Path) -> Iterator[str | Path]:
    kept = data / "snapshots"
    if snapshot:
        yield kept / str(snapshot) / "policy.yaml"
    yield from dict.fromkeys((policy_source(), *PACKS))
    published = (data / "policies").glob("*.yaml")
    yield from sorted(published, key=lambda path: path.stat().st_mtime, reverse=True)[:MAX_SNAPSHOTS]
    numbers = sorted((int(path.name) for path in kept.glob("[0-9]*") if not set(path.name) - DIGITS), reverse=True)
    yield from (kept / str(number) / "policy.yaml" for number in numbers[:MAX_SNAPSHOTS] if number != snapshot)
