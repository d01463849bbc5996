"""The background work of this context."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from haodun.offices.jobs.services import task
from haodun.offices.organisations.services import system
from haodun.registry.subscribers import excess, runs
from haodun.registry.subscribers.effects import APPLY_TASK, CHECK_TASK
from haodun.registry.subscribers.import_runs import drop_rows
from haodun.registry.subscribers.models import ImportRun
from haodun.registry.subscribers.sealing import now

KEEP_BAD = timedelta(days=7)
"""How long bad rows of an import that is over can be fetched."""


@task(CHECK_TASK, once=False)
def check_import(run: str) -> None:
    """Check an uploaded file."""
    runs.check(UUID(run))


@task(APPLY_TASK, once=False)
def apply_import(run: str) -> None:
    """Bring the rows of an approved import into the register."""
    runs.finish(UUID(run))


@task("subscribers.find_excess", cron="35 18 * * *")
def find_excess() -> None:
    """Take up cards above the one-ID limit, nightly (02:35 in Beijing)."""
    excess.find_excess()


@task("subscribers.forget_imports", cron="50 18 * * *")
def forget_imports() -> None:
    """Delete files and rows of imports that are over for KEEP_BAD."""
    with system():
        for run in ImportRun.objects.filter(finished_at__lt=now() - KEEP_BAD):
            drop_rows(run)
