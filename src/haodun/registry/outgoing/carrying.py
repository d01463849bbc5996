"""For the migrations that brought two contexts' messages into one table: sealed again, in line again."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from haodun.registry.outgoing.handing_over import TASK, TEXT_PLACE, TO_PLACE
from haodun.registry.subscribers.ciphertext import field_cipher

_JOBS = "UPDATE procrastinate_jobs SET task_name = %s WHERE task_name = %s AND status = 'todo'"


def carry(old: Any, new: Any, *, kind: str, task: str, connection: Any) -> None:
    """Take the rows of `old` over into `new`: `kind` is a format of the old row's kind, `task` the job it had."""
    place = old._meta.db_table
    rows = old.objects.using(connection.alias)
    seal = field_cipher(settings.HAODUN_DATA) if rows.filter(handed_over_at=None).exists() else None
    for row in rows.order_by("created_at").iterator():
        to = text = b""
        if seal is not None and row.handed_over_at is None:
            to = seal.seal(seal.open(bytes(row.to), place=f"{place}.to"), place=TO_PLACE)
            text = seal.seal(seal.open(bytes(row.text), place=f"{place}.text"), place=TEXT_PLACE)
        new.objects.using(connection.alias).create(
            id=row.id,
            kind=kind.format(getattr(row, "kind", "")),
            mode=getattr(row, "mode", ""),
            language=row.language,
            to=to,
            text=text,
            behind=row.behind,
            created_at=row.created_at,
            handed_over_at=row.handed_over_at,
        )
    with connection.cursor() as cursor:
        cursor.execute(_JOBS, [TASK, task])
