"""A worker of the tests: tasks that leave a mark, and die where they are told to. Run: worker.py DATA WHERE."""

from __future__ import annotations

import os
import signal
import sys
import uuid


def main(where: str) -> None:
    from haodun.console.setup import configure

    configure()
    from django.contrib.sessions.models import Session
    from django.db import transaction
    from django.utils import timezone

    from haodun.offices.jobs.services import task
    from haodun.offices.jobs.working import work

    def die() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    @task("test.mark")
    def mark(word: str) -> None:
        if where == "before":
            die()
        Session.objects.create(session_key=uuid.uuid4().hex, session_data=word, expire_date=timezone.now())
        if where == "inside":
            die()
        if where == "after":
            transaction.on_commit(die)

    work(wait=where == "stay")


if __name__ == "__main__":
    main(sys.argv[1])
