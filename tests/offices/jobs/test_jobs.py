"""A job starts with its transaction, runs once in effect, and outlives its worker."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.utils import timezone
from procrastinate.contrib.django import app

from haodun.console.database import Urls
from haodun.offices.jobs import services
from haodun.offices.jobs.models import Effect
from haodun.offices.jobs.services import JobError, defer, drain, task, waiting
from haodun.offices.jobs.working import retake
from haodun.offices.organisations import scope

SCRIPT = Path(__file__).with_name("worker.py")
PATIENCE_S = 60
seen: list[str] = []


@pytest.fixture(autouse=True)
def tasks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Three tasks of these tests, known to no other."""
    monkeypatch.setattr(services, "_works", dict(services._works))
    seen.clear()
    if "test.mark" not in app.tasks:
        for name, work in (("test.mark", _mark), ("test.break", _break), ("test.chain", _chain)):
            task(name)(work)
    for name, work in (("test.mark", _mark), ("test.break", _break), ("test.chain", _chain)):
        services._works[name] = (work, True)
    yield


def _mark(word: str) -> None:
    seen.append(f"{word} {scope.current()}")


def _break(word: str) -> None:
    Session.objects.create(session_key=word, session_data="", expire_date=timezone.now())
    raise ValueError(word)


def _chain(left: int) -> None:
    defer("test.chain", left=left - 1)


def run_worker(urls: Urls, where: str) -> int:
    environment = {**os.environ, "DATABASE_URL": urls.app, "DATABASE_OWNER_URL": urls.owner}
    return subprocess.run(
        [sys.executable, "-W", "ignore", str(SCRIPT), where], env=environment, timeout=PATIENCE_S, check=False
    ).returncode


def test_a_job_runs_with_the_systems_scope(db: None) -> None:
    defer("test.mark", word="a")
    assert drain() == 1
    assert seen == ["a *"]
    assert scope.current() == ""
    assert waiting() == {"succeeded": 1}


def test_an_unknown_task_is_refused_before_anything_is_written(db: None) -> None:
    with pytest.raises(JobError, match="no task"):
        defer("test.nothing")


def test_a_name_is_given_once(db: None) -> None:
    with pytest.raises(JobError, match="two tasks"):
        task("test.mark")(_mark)


def test_nothing_runs_if_the_transaction_is_rolled_back(db: None) -> None:
    with pytest.raises(ValueError, match="no"), transaction.atomic():
        defer("test.mark", word="a")
        raise ValueError("no")
    assert drain() == 0


def test_a_second_job_of_the_same_queueing_lock_joins_the_one_that_waits(db: None) -> None:
    assert defer("test.mark", queueing_lock="q", word="a") is not None
    assert defer("test.mark", queueing_lock="q", word="b") is None
    assert drain() == 1
    assert defer("test.mark", queueing_lock="q", word="c") is not None


def test_a_job_for_later_waits(db: None) -> None:
    defer("test.mark", at=timezone.now() + timedelta(hours=1), word="a")
    assert drain() == 0
    assert waiting() == {"todo": 1}


def test_a_failing_job_leaves_nothing_behind(db: None) -> None:
    defer("test.break", word="broken")
    with pytest.raises(ValueError, match="broken"):
        drain()
    assert not Session.objects.exists()
    assert not Effect.objects.exists()
    assert waiting() == {"todo": 1}


def test_a_failing_job_ends_where_another_of_its_kind_waits(db: None) -> None:
    defer("test.mark", queueing_lock="q", word="next")
    services.perform("test.break", 10**9, "q", {"word": "broken"})
    assert not Session.objects.exists()
    with pytest.raises(ValueError, match="broken"):
        services.perform("test.break", 10**9, "other", {"word": "broken"})


def test_jobs_that_defer_each_other_without_end_are_noticed(db: None) -> None:
    defer("test.chain", left=0)
    with pytest.raises(JobError, match="without end"):
        drain(limit=5)


def test_a_second_run_of_the_same_job_has_no_effect(db: None) -> None:
    for _ in range(2):
        services.perform("test.mark", 42, None, {"word": "a"})
    assert seen == ["a *"]


@pytest.mark.fault
@pytest.mark.parametrize("where", ["before", "inside", "after"])
def test_a_worker_killed_anywhere_leaves_one_effect(committed_db: Urls, where: str) -> None:
    with transaction.atomic():
        defer("test.mark", queueing_lock="q", word="once")
    connection.close()
    assert run_worker(committed_db, where) == -signal.SIGKILL
    assert waiting("test.mark") == {"doing": 1}
    connection.close()
    assert run_worker(committed_db, "nowhere") == 0
    assert Session.objects.count() == Effect.objects.filter(task="test.mark").count() == 1
    assert waiting("test.mark") == {"succeeded": 1}


@pytest.mark.fault
def test_of_two_stalled_jobs_of_a_kind_the_waiting_one_goes_on(committed_db: Urls) -> None:
    defer("test.mark", queueing_lock="q", word="old")
    with psycopg.connect(committed_db.app) as own:
        own.execute("UPDATE procrastinate_jobs SET status = 'doing'")
    defer("test.mark", queueing_lock="q", word="new")
    with psycopg.connect(committed_db.app, autocommit=True) as own:
        assert retake(own) == 1
    assert waiting() == {"aborted": 1, "todo": 1}


def test_a_waiting_job_is_held_back_until_the_transaction_that_joined_it_ends(committed_db: Urls) -> None:
    defer("test.mark", queueing_lock="q", word="a")
    with psycopg.connect(committed_db.app, autocommit=True) as other:
        take = "SELECT id FROM procrastinate_fetch_job_v2(NULL, NULL)"
        with transaction.atomic():
            assert defer("test.mark", queueing_lock="q", word="b") is None
            assert other.execute(take).fetchone() == (None,)
        found = other.execute(take).fetchone()
        assert found is not None
        assert found[0] is not None


def test_a_running_worker_takes_a_job_when_it_is_committed_and_stops_when_told(committed_db: Urls) -> None:
    environment = {**os.environ, "DATABASE_URL": committed_db.app, "DATABASE_OWNER_URL": committed_db.owner}
    with subprocess.Popen([sys.executable, "-W", "ignore", str(SCRIPT), "stay"], env=environment) as worker:
        try:
            with transaction.atomic():
                defer("test.mark", word="a")
            done = threading.Event()
            for _ in range(PATIENCE_S * 20):
                if Session.objects.exists() or worker.poll() is not None or done.wait(0.05):
                    break
            assert Session.objects.count() == 1
        finally:
            worker.send_signal(signal.SIGTERM)
            assert worker.wait(timeout=PATIENCE_S) == 0
