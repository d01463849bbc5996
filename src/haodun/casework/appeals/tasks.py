"""The background work of this context."""

from __future__ import annotations

from django.utils import timezone

from haodun.casework.appeals import handing_over, limits
from haodun.offices.jobs.services import task


@task(handing_over.TASK)
def hand_over(message: str) -> None:
    """Give one message to the operator's sender."""
    handing_over.perform(message)


@task("appeals.forget", cron="17 * * * *")
def forget() -> None:
    """Drop counts that no limit looks at, and codes that are over."""
    limits.forget(now=timezone.now())
