"""The job of verdict counts: tell other nodes of the day that is over."""

from __future__ import annotations

from haodun.offices.jobs.services import task
from haodun.registry.verdict_counts.messages import report_yesterday


@task("verdict_counts.report", cron="40 1 * * *", once=False)
def report_counts() -> None:
    """Yesterday's counts, to whoever may get them."""
    report_yesterday()
