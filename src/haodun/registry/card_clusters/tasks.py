"""The background work of this context."""

from __future__ import annotations

from haodun.offices.jobs.services import task
from haodun.registry.card_clusters.finding import TASK
from haodun.registry.card_clusters.finding import look as look_over


@task(TASK, cron="41 18 * * *", once=False)
def look() -> None:
    """Look over the register each night at 02:41 in Beijing, and when somebody asks for it."""
    look_over()
