"""The sealer: one at a time, no entry missed or sealed twice, no insert waits, and what a crash leaves is taken up."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection, connections, transaction
from tests.audit.ledgers import Ledger

from haodun.audit.models import Entry, Seal
from haodun.audit.sealing import Sealer, locked, seal_forever, seal_once
from haodun.audit.services import AuditKind, record
from haodun.audit.tree import root_at


def sequence() -> list[tuple[int, int]]:
    return list(Seal.objects.order_by("sequence").values_list("sequence", "entry"))


def test_entries_are_sealed_once_in_their_order(ledger: Ledger) -> None:
    ledger.write(3)
    assert ledger.seal() == 3
    assert ledger.seal() == 0
    ledger.write(2)
    assert ledger.seal() == 2
    assert sequence() == list(enumerate(ledger.ids, start=1))
    assert [one.size for one in ledger.checkpoints()] == [3, 5, 5]  # each once, and the latest


def test_an_entry_that_commits_late_with_a_lower_id_gets_a_later_place(ledger: Ledger) -> None:
    sealer = ledger.sealer()
    inserted, go = threading.Event(), threading.Event()
    early: list[int] = []

    def slow() -> None:
        with transaction.atomic():
            early.append(
                record(AuditKind.LOGIN, actor=None, organisation=None, object_type="session", object_id="slow")
            )
            inserted.set()
            go.wait(30)
        connections.close_all()

    thread = threading.Thread(target=slow)
    thread.start()
    inserted.wait(30)
    late = ledger.write(2)
    with locked() as held:
        assert held
        sealer.begin()
        assert sealer.round() == 2
        assert sealer.round() == 0
        go.set()
        thread.join(30)
        assert sealer.round() == 1
    assert early[0] < late[0]
    assert [entry for _, entry in sequence()] == [*late, *early]
    assert ledger.verify().whole


def test_a_rolled_back_entry_leaves_no_gap(ledger: Ledger) -> None:
    ledger.write()
    with transaction.atomic():
        record(AuditKind.LOGIN, actor=None, organisation=None, object_type="session")
        transaction.set_rollback(True)
    ledger.write()
    ledger.seal()
    assert sequence() == list(enumerate(ledger.ids, start=1))


def test_a_round_larger_than_a_batch_is_sealed_whole(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("haodun.audit.sealing.BATCH", 4)
    ledger.write(11)
    assert ledger.seal() == 11
    assert ledger.verify().whole


def test_while_one_sealer_works_another_stands_by(ledger: Ledger) -> None:
    ledger.write()
    with psycopg.connect(ledger.owner) as other:
        from haodun.audit.sealing import LOCK

        other.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
        assert seal_once(ledger.sealer()) is None
        assert Seal.objects.count() == 0
        other.execute("SELECT pg_advisory_unlock(%s)", (LOCK,))
    assert ledger.seal() == 1


def test_two_sealers_running_for_ever_and_writers_beside_them_lose_nothing(ledger: Ledger) -> None:
    stop = threading.Event()

    def run() -> None:
        seal_forever(ledger.sealer(), stopped=stop.is_set, interval=0.01)
        connections.close_all()

    def write() -> None:
        for _ in range(40):
            with transaction.atomic():
                record(AuditKind.LOGIN, actor=None, organisation=None, object_type="session")
        connections.close_all()

    sealers = [threading.Thread(target=run) for _ in range(2)]
    writers = [threading.Thread(target=write) for _ in range(4)]
    for thread in (*sealers, *writers):
        thread.start()
    for thread in writers:
        thread.join(60)
    until = time.monotonic() + 60
    while Seal.objects.count() < 160 and time.monotonic() < until:
        time.sleep(0.02)
    stop.set()
    for thread in sealers:
        thread.join(60)
    ledger.seal()
    assert [place for place, _ in sequence()] == list(range(1, 161))
    assert {entry for _, entry in sequence()} == set(Entry.objects.values_list("id", flat=True))
    found = ledger.verify()
    assert (found.whole, found.unsealed) == (True, 0)


def test_inserting_does_not_wait_for_a_sealer_in_the_middle_of_its_round(ledger: Ledger) -> None:
    ledger.write(3)
    with psycopg.connect(ledger.owner) as sealing:  # a sealer that has inserted its seals and not yet committed
        sealing.execute("INSERT INTO audit_seal SELECT 1, min(id), '', '', '' FROM audit_entry")
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = '5s'")
        ledger.write()
        with connection.cursor() as cursor:
            cursor.execute("RESET statement_timeout")
        sealing.rollback()
    assert ledger.seal() == 4


def test_seals_without_a_checkpoint_are_signed_at_the_next_start(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(self: Sealer) -> None:
        raise KeyboardInterrupt

    ledger.write(3)
    with monkeypatch.context() as broken:
        broken.setattr(Sealer, "_sign", crash)
        with pytest.raises(KeyboardInterrupt):
            ledger.seal()
    assert Seal.objects.count() == 3
    assert ledger.folder.latest() is None
    assert ledger.seal() == 0
    (first, _) = ledger.checkpoints()
    assert (first.size, first.root) == (3, root_at(3))


@pytest.mark.fault
def test_a_sealer_killed_at_work_loses_and_doubles_nothing(ledger: Ledger, tmp_path: Path) -> None:
    ledger.signer.save(tmp_path / "keys" / "checkpoint.key", tmp_path / "keys" / "checkpoint.pub")
    program = f"""
        from pathlib import Path
        from haodun.console.database import django_settings
        from haodun.console.setup import configure
        configure()
        from django.conf import settings
        from django.db import connections
        connections.settings["default"].update(django_settings({_app(ledger)!r}))
        settings.HAODUN_DATA, settings.HAODUN_NODE = Path({str(tmp_path)!r}), "test"
        from django.core.management import call_command
        call_command("seal", interval=0.001)
    """
    for _ in range(3):
        process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(program)])
        known = Seal.objects.count()
        until = time.monotonic() + 60
        while Seal.objects.count() < known + 20 and time.monotonic() < until:
            ledger.write(5)
        os.kill(process.pid, signal.SIGKILL)
        process.wait(30)
    _until_free()
    ledger.write(1)
    ledger.seal()
    assert [entry for _, entry in sequence()] == sorted(ledger.ids)
    found = ledger.verify()
    assert (found.whole, found.unsealed, found.sealed) == (True, 0, len(ledger.ids))


def _app(ledger: Ledger) -> str:
    return ledger.owner.replace("haodun_owner@", "haodun_app@")


def _until_free() -> None:
    """Until the database has noticed that the killed sealer is gone."""
    for _ in range(1_000):
        with locked() as held:
            if held:
                return
        time.sleep(0.01)
    pytest.fail("the lock of a killed sealer was never given up")


def test_the_command_seals_once_and_says_what_it_did(
    ledger: Ledger, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from django.test import override_settings

    ledger.write(2)
    with override_settings(HAODUN_DATA=tmp_path, HAODUN_NODE="test"):
        call_command("seal", once=True)
    assert "sealed 2; the ledger has 2" in capsys.readouterr().out
    assert (tmp_path / "checkpoints" / "latest").read_text().startswith("haodun/test\n2\n")


def test_the_powerless_role_neither_changes_nor_deletes_entries_items_or_seals(ledger: Ledger) -> None:
    ledger.write(items=[{"n": 1}])
    ledger.seal()
    with psycopg.connect(_app(ledger), autocommit=True) as app:
        for table in ("audit_entry", "audit_item", "audit_seal"):
            for statement in (f"UPDATE {table} SET id = id", f"DELETE FROM {table}", f"TRUNCATE {table}"):
                wanted = statement.replace("SET id = id", "SET leaf = leaf") if table == "audit_seal" else statement
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    app.execute(wanted)
