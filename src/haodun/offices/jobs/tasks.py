"""The jobs of offices: forgetting what is long done, telling of deadlines that passed."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from haodun.offices.jobs.models import Effect
from haodun.offices.jobs.services import task
from haodun.offices.transitions.services import forget_answers, tell_breaches

KEPT = timedelta(days=30)
"""How long a job that is done can be looked up."""


@task("jobs.forget", cron="17 3 * * *", once=False)
def forget() -> None:
    """Delete succeeded jobs, the marks of their effects and answered requests after KEPT; failed jobs stay."""
    from django.db import connection
    from procrastinate.contrib.django.models import ProcrastinateJob

    before = timezone.now() - KEPT
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM procrastinate_jobs WHERE status IN ('succeeded', 'aborted', 'cancelled') AND NOT EXISTS ("
            "SELECT 1 FROM procrastinate_events e WHERE e.job_id = procrastinate_jobs.id AND e.at >= %s)",
            [before],
        )
    living = ProcrastinateJob.objects.values("id")
    Effect.objects.filter(at__lt=before).exclude(job_id__in=living).delete()
    forget_answers(before)


@task("jobs.check_clocks", cron="* * * * *", once=False)
def check_clocks() -> None:
    """Tell of every deadline that passed, each in a transaction of its own."""
    tell_breaches()
