"""What other contexts use: `@task` for a function, `defer` inside a transaction, `drain` where no worker runs.

Theory of operation. A job is a row, inserted by the transaction that wants it: rolled back with it, seen by the worker
only once committed (a notification wakes the worker at once). The worker runs the function with the system's scope in
one transaction that also inserts `Effect`; killed before the commit nothing happened and the job is taken again,
killed after it the second run finds the effect and ends. Effects outside the database (a file, a socket) need an
identity of their own: a line in a file carries the id of what it tells.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import nullcontext
from datetime import datetime
from types import TracebackType
from typing import Any

import structlog
from django.db import connection, transaction
from django.db.models import Count
from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import AlreadyEnqueued

from haodun.offices.organisations.services import system

ATTEMPTS = 12
"""A failing job is tried again after 2, 4, 8 … seconds, about two hours in all, then stays as failed."""
DRAIN_LIMIT = 10_000
"""More jobs than this in one `drain` are jobs that defer each other without end."""
log = structlog.get_logger("haodun.jobs")

Work = Callable[..., None]


class JobError(Exception):
    """A job cannot be deferred or run so; the message says why and what to do."""

    exit_code = 1


_works: dict[str, tuple[Work, bool]] = {}


def task(name: str, *, cron: str | None = None, once: bool = True) -> Callable[[Work], Work]:
    """Register a function of JSON keyword arguments under a name; stands in the context's `tasks.py`.

    `cron` runs it by the clock too (five fields, UTC). `once=False` is for work that has transactions of its own and
    may run again. JobError where the name is taken.
    """

    def register(work: Work) -> Work:
        if name in _works:
            raise JobError(f"two tasks are called {name}; give one another name")
        _works[name] = (work, once)

        def run(context: JobContext, /, **arguments: Any) -> None:
            arguments.pop("timestamp", None)
            perform(name, int(context.job.id or 0), context.job.queueing_lock, arguments)

        retry = RetryStrategy(max_attempts=ATTEMPTS, exponential_wait=2)
        made = app.task(name=name, pass_context=True, retry=retry)(run)
        if cron is not None:
            app.periodic(cron=cron)(made)  # type: ignore[arg-type]  # it takes the time, and drops it
        return work

    return register


def defer(
    name: str,
    *,
    queueing_lock: str | None = None,
    lock: str | None = None,
    at: datetime | None = None,
    **arguments: Any,
) -> int | None:
    """Put a job in line, in the running transaction; its id, None where one with this `queueing_lock` waits already.

    A waiting one is held back until this transaction ends, so it sees what this transaction wrote. Jobs with the same
    `lock` run one after another. JobError for a task that is not registered.
    """
    if name not in _works:
        raise JobError(f"no task is called {name}; its function stands in a tasks.py under @task")
    deferrer = app.configure_task(name, queueing_lock=queueing_lock, lock=lock, schedule_at=at)
    while True:
        try:
            with transaction.atomic():
                return int(deferrer.defer(**arguments))
        except AlreadyEnqueued:
            if not connection.in_atomic_block or _held(queueing_lock):
                return None


def _held(queueing_lock: str | None) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM procrastinate_jobs WHERE queueing_lock = %s AND status = 'todo' FOR UPDATE", [queueing_lock]
        )
        return cursor.fetchone() is not None


def perform(name: str, job_id: int, queueing_lock: str | None, arguments: dict[str, Any]) -> None:
    """Do a job's work; an error undoes all of it and is the worker's to try again.

    1. The system's scope, one transaction. 2. Its effect is claimed; a second run ends here. 3. The work.
    """
    work, once = _works[name]
    with _Yielding(job_id, queueing_lock), system(), transaction.atomic() if once else nullcontext():
        if once and not _claim(job_id, name):
            log.info("job_had_its_effect", job=job_id, task=name)
            return
        work(**arguments)


def _claim(job_id: int, name: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO jobs_effect (job_id, task, at) VALUES (%s, %s, now()) ON CONFLICT DO NOTHING", [job_id, name]
        )
        return bool(cursor.rowcount == 1)


class _Yielding:
    """Where work fails while a job of the same queueing lock waits, that one is the next attempt; this one ends."""

    def __init__(self, job_id: int, queueing_lock: str | None) -> None:
        self.job_id, self.queueing_lock = job_id, queueing_lock

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if kind is None or self.queueing_lock is None or not issubclass(kind, Exception):
            return False
        waits = ProcrastinateJob.objects.filter(queueing_lock=self.queueing_lock, status="todo")
        if not waits.exclude(id=self.job_id).exists():
            return False
        log.warning("job_yields_to_the_one_that_waits", job=self.job_id, error=str(error))
        return True


def drain(*, limit: int = DRAIN_LIMIT) -> int:
    """Do all due jobs here and now, those they defer too; how many. An error of a job is raised.

    For a process without a worker (the demonstration's first data) and for tests inside a transaction.
    """
    done = 0
    while done < limit:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_TAKE)
            found = cursor.fetchone()
            if found is None:
                return done
            job_id, name, queueing_lock, arguments = found
            perform(name, job_id, queueing_lock, json.loads(arguments))
            cursor.execute("SELECT procrastinate_finish_job_v1(%s, 'succeeded', false)", [job_id])
        done += 1
    raise JobError(f"more than {limit} jobs in a row: some task defers itself without end; look at the newest jobs")


_TAKE = """
UPDATE procrastinate_jobs SET status = 'doing' WHERE id = (
    SELECT id FROM procrastinate_jobs WHERE status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= now())
     ORDER BY priority DESC, id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, task_name, queueing_lock, args
"""


def waiting(name: str | None = None) -> dict[str, int]:
    """How many jobs, of one task or of all, are in each state: todo, doing, succeeded, failed …"""
    jobs = ProcrastinateJob.objects.all() if name is None else ProcrastinateJob.objects.filter(task_name=name)
    return {str(status): int(count) for status, count in jobs.values_list("status").annotate(count=Count("id"))}
