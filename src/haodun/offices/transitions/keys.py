"""Idempotency: a request under a key is carried out once; whoever repeats it gets the answer that was given.

The key is claimed by an INSERT inside the act's own transaction. A second request with the same key waits at the unique
index until the first has ended: after a commit it finds the stored answer, after a roll-back it takes the key itself. A
crash between commit and answer therefore loses nothing: the repeated request finds the answer.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from haodun.offices.transitions.change import Outcome
from haodun.offices.transitions.models import Performed
from haodun.offices.transitions.refusals import Refused

MAX_KEY = 80


def claim(actor: uuid.UUID, key: str, request: str) -> tuple[Outcome, ...] | None:
    """Take the key, or the answer stored under it. Raises Refused `key` for a bad key or one of another request."""
    if not 0 < len(key) <= MAX_KEY or not key.isprintable():
        raise Refused(
            "key", "幂等键须为 1–80 个可见字符", f"an idempotency key has 1 to {MAX_KEY} printable characters"
        )
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{Performed._meta.db_table}" (actor, key, request, at) VALUES (%s, %s, %s, now()) '  # noqa: S608
            "ON CONFLICT (actor, key) DO NOTHING RETURNING id",
            [actor, key, request],
        )
        if cursor.fetchone() is not None:
            return None
    known = Performed.objects.get(actor=actor, key=key)
    if known.request != request:
        raise Refused(
            "key",
            "该幂等键已用于另一项请求，请刷新页面后重试",
            "this idempotency key was used for another request; reload the page and try again",
        )
    if known.outcomes is None:
        raise Refused("key", "该请求正在办理中", "this very request is being carried out; an act must not call itself")
    return tuple(Outcome.from_json(said) for said in known.outcomes)


def forget_answers(before: datetime) -> int:
    """Delete the answers stored before this moment; how many. Their keys count as new from then on."""
    return Performed.objects.filter(at__lt=before).delete()[0]


def keep(actor: uuid.UUID, key: str, outcomes: Sequence[Outcome]) -> None:
    """Store the answer under the claimed key."""
    said = [outcome.to_json() for outcome in outcomes]
    Performed.objects.filter(actor=actor, key=key).update(outcomes=said)
