"""The background work of this context."""

from __future__ import annotations

from django.utils import timezone

from haodun.casework.appeals import limits
from haodun.offices.jobs.services import task


@task("appeals.forget", cron="17 * * * *")
def forget() -> None:
    """Drop counts that no limit looks at, and codes that are over."""
    limits.forget(now=timezone.now())
