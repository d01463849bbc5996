"""The background work of this context."""

from __future__ import annotations

import uuid

from haodun.offices.jobs.services import task

COMPARE = "policy_revisions.compare"


@task(COMPARE, once=False)
def compare(comparison: str) -> None:
    """Compare a revision with its base over recorded calls; run again, it begins again."""
    from haodun.registry.policy_revisions.comparing import run_comparison

    run_comparison(uuid.UUID(comparison))
