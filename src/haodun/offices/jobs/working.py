"""The worker: one process per installation, which takes over what a killed one left.

Theory of operation. The worker holds an advisory lock of the database for as long as it lives; a second one waits for
it. Whoever holds it knows that a job marked as running is nobody's: it is put back in line at once (or ended, where a
job of the same queueing lock waits), without waiting for a heartbeat to fail.
"""

from __future__ import annotations

import asyncio
import time

import psycopg
import structlog
from django.db import connections
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector

LOCK = "haodun.worker"
CONCURRENCY = 4
"""Jobs at the same time; each has a thread and a connection."""
POLL_S = 0.5
"""How long a job can wait whose notification was lost: one that comes while the worker looks for jobs is not kept."""
STANDBY_S = 1.0
GRACE_S = 20.0
"""How long running jobs may finish after SIGTERM; then they are left and taken again later."""
log = structlog.get_logger("haodun.jobs")

_END = """
UPDATE procrastinate_jobs AS job SET status = 'aborted'
 WHERE status = 'doing' AND queueing_lock IS NOT NULL AND EXISTS (
    SELECT 1 FROM procrastinate_jobs AS twin WHERE twin.queueing_lock = job.queueing_lock
       AND (twin.status = 'todo' OR (twin.status = 'doing' AND twin.id > job.id)))
"""
_RETAKE = (
    "UPDATE procrastinate_jobs SET status = 'todo', attempts = attempts + 1, worker_id = NULL WHERE status = 'doing'"
)


def work(*, wait: bool = True) -> None:
    """Do jobs until SIGTERM or SIGINT; with `wait=False` until none is due. Waits while another worker lives."""
    parameters = connections["default"].get_connection_params()
    keep = {name: value for name, value in parameters.items() if name in {"host", "port", "user", "password", "dbname"}}
    with psycopg.connect(**keep, autocommit=True) as own:
        while own.execute("SELECT pg_try_advisory_lock(hashtext(%s))", (LOCK,)).fetchone() != (True,):
            time.sleep(STANDBY_S)
        taken = retake(own)
        if taken:
            log.warning("jobs_of_a_killed_worker_taken_again", jobs=taken)
        asyncio.run(_run(wait=wait))


def retake(own: psycopg.Connection) -> int:
    """Put every job marked as running back in line; how many. Only whoever holds the worker's lock may."""
    with own.transaction():
        ended = own.execute(_END).rowcount
        return ended + own.execute(_RETAKE).rowcount


async def _run(*, wait: bool) -> None:
    connector = app.connector
    assert isinstance(connector, DjangoConnector)  # noqa: S101  # the contrib's own app
    with app.replace_connector(connector.get_worker_connector()):
        async with app.open_async():
            await app.run_worker_async(
                wait=wait,
                concurrency=CONCURRENCY,
                fetch_job_polling_interval=POLL_S,
                shutdown_graceful_timeout=GRACE_S,
                name="haodun",
            )
