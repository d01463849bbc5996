"""Messages to people outside: one line each in the operator's outbox; those of before the move go on waiting."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, migrations
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from haodun.registry.outgoing.carrying import carry
from haodun.registry.outgoing.models import Message
from haodun.registry.outgoing.services import NAME, TASK, hand_over, perform, text_of
from haodun.registry.subscribers.ciphertext import field_cipher


@pytest.fixture
def data(db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(settings, "HAODUN_DATA", tmp_path)
    return tmp_path


def lines(data: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in (data / NAME).read_text(encoding="utf-8").splitlines()]


def test_a_message_is_one_line_and_its_text_is_kept_no_longer(data: Path) -> None:
    made = hand_over("+8613900000000", "三张", kind="cards:counts", language="zh-hans", mode="sent")
    row = Message.objects.get(id=made)
    assert "三张".encode() not in bytes(row.text)
    assert text_of(row) == "三张"
    perform(str(made))
    perform(str(made))
    (line,) = lines(data)
    assert {name: line[name] for name in ("kind", "to", "text", "mode")} == {
        "kind": "cards:counts",
        "to": "+8613900000000",
        "text": "三张",
        "mode": "sent",
    }
    row.refresh_from_db()
    assert (bytes(row.to), text_of(row)) == (b"", "")


def test_a_line_without_a_mode_says_none(data: Path) -> None:
    perform(str(hand_over("a@b.cn", "已解除", kind="appeal:lifted", language="zh-hans")))
    assert "mode" not in lines(data)[0]


class Old:
    """Rows of a table that a context had of its own."""

    class _meta:  # noqa: N801 (as Django calls it)
        db_table = "appeals_message"

    def __init__(self, rows: list[Any]) -> None:
        self.rows = rows
        self.objects = self

    def using(self, alias: str) -> Old:
        return self

    def filter(self, **wanted: object) -> Old:
        return Old([row for row in self.rows if row.handed_over_at is None])

    def exists(self) -> bool:
        return bool(self.rows)

    def order_by(self, name: str) -> Old:
        return self

    def iterator(self) -> list[Any]:
        return self.rows


def test_what_waited_before_the_move_is_sealed_again_and_stays_in_line(data: Path) -> None:
    seal = field_cipher(data)
    row = Message(kind="code", language="en", behind=0, created_at=timezone.now(), handed_over_at=None)
    row.to = seal.seal("+8613900000000", place="appeals_message.to")
    row.text = seal.seal("code 123456", place="appeals_message.text")
    over = Message(
        kind="lifted",
        language="en",
        to=b"",
        text=b"",
        behind=9,
        created_at=row.created_at,
        handed_over_at=row.created_at,
    )
    kept = hand_over("x", "y", kind="z", language="en")
    ProcrastinateJob.objects.filter(args={"message": str(kept)}).update(task_name="appeals.hand_over")
    carry(Old([row, over]), Message, kind="appeal:{}", task="appeals.hand_over", connection=connection)
    assert text_of(Message.objects.get(id=row.id)) == "code 123456"
    assert Message.objects.get(id=row.id).kind == "appeal:code"
    assert Message.objects.get(id=over.id).handed_over_at == row.created_at
    assert ProcrastinateJob.objects.filter(task_name=TASK, status="todo").count() == 1
    perform(str(row.id))
    assert lines(data)[0]["to"] == "+8613900000000"


def test_both_contexts_carry_before_they_drop(postgres: object) -> None:
    nodes = MigrationExecutor(connection).loader.disk_migrations
    for app, name in (("appeals", "0002_messages_moved"), ("trusted_numbers", "0003_messages_moved")):
        kinds = [type(one) for one in nodes[app, name].operations]
        assert kinds == [migrations.RunPython, migrations.DeleteModel]
