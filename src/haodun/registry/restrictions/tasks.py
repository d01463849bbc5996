"""The job of restrictions: hand notices over."""

from __future__ import annotations

from haodun.offices.jobs.services import task
from haodun.registry.restrictions.handing_over import TASK, hand_over


@task(TASK, cron="*/5 * * * *", once=False)
def hand_over_notices() -> None:
    """Hand over all notices that are due, a batch a transaction."""
    while hand_over():
        pass
