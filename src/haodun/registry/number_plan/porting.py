"""Numbers that change their network: records by COPY and over the whole set, none lost, none twice."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import islice

from django.db import connection, transaction

from haodun.audit.services import AuditKind, record
from haodun.numbering import mask
from haodun.offices.transitions.services import Actor
from haodun.registry.number_plan.models import Porting
from haodun.registry.number_plan.stops import stops
from haodun.registry.number_plan.values import NewPorting, PlanRefused, Stopped

MAX_AT_ONCE = 10_000_000
"""Numbers of one import."""
CHUNK = 10_000
"""Numbers of one COPY."""

_STAGE = (
    "CREATE TEMP TABLE porting_staging (number int8, organisation uuid, at timestamptz, source text) ON COMMIT DROP"
)
_TWICE = "SELECT number FROM porting_staging GROUP BY number HAVING count(*) > 1 ORDER BY number LIMIT 1"
_LATER = """
SELECT new.number FROM porting_staging AS new JOIN number_plan_porting AS kept ON kept.number = new.number
WHERE lower(kept.valid) >= new.at AND NOT (lower(kept.valid) = new.at AND kept.organisation_id = new.organisation)
ORDER BY new.number LIMIT 1
"""
_STOPPED = """
SELECT new.number FROM porting_staging AS new WHERE new.organisation = ANY(%s) ORDER BY new.number LIMIT 1
"""
_KNOWN = """
DELETE FROM porting_staging AS new USING number_plan_porting AS kept
WHERE kept.number = new.number AND kept.organisation_id = new.organisation AND lower(kept.valid) <= new.at
  AND (upper(kept.valid) IS NULL OR upper(kept.valid) > new.at)
"""
_CLOSE = """
UPDATE number_plan_porting AS kept SET valid = tstzrange(lower(kept.valid), new.at)
FROM porting_staging AS new WHERE kept.number = new.number AND kept.valid @> new.at
"""
_INSERT = """
INSERT INTO number_plan_porting (number, valid, organisation_id, before_id, source, recorded_at)
SELECT new.number, tstzrange(new.at, NULL), new.organisation, coalesce(ported.organisation_id, given.organisation_id),
       new.source, now()
FROM porting_staging AS new
LEFT JOIN LATERAL (SELECT organisation_id FROM number_plan_porting AS kept
                   WHERE kept.number = new.number AND upper(kept.valid) = new.at) AS ported ON true
LEFT JOIN LATERAL (SELECT organisation_id FROM number_plan_allocation AS a
                   WHERE a.numbers @> new.number AND a.valid @> new.at AND a.state = 'allocated') AS given ON true
"""


def port(wanted: Iterable[NewPorting], *, actor: Actor) -> int:
    """Record that these numbers changed their network, all or none; how many were news.

    A record that is known already changes nothing; one older than what is recorded of its number is refused.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_STAGE)
        count, rest = 0, iter(wanted)
        while chunk := list(islice(rest, CHUNK)):  # made before the COPY: while it runs nothing else can be asked
            count += len(chunk)
            if count > MAX_AT_ONCE:
                raise PlanRefused("too_many", f"一次最多导入 {MAX_AT_ONCE} 个号码", f"at most {MAX_AT_ONCE} at once")
            with cursor.copy("COPY porting_staging (number, organisation, at, source) FROM STDIN") as copy:
                for one in chunk:
                    copy.write_row((one.number, one.organisation, one.at, one.source))
        _refuse(cursor, _TWICE, "在文件中出现两次，请删去一行", "stands in the file twice; delete one line")
        _refuse(
            cursor, _LATER, "已有更晚的携转记录，请先更正", "has a later porting record already; correct that first"
        )
        cursor.execute(_KNOWN)
        _refuse(
            cursor, _STOPPED, "要携入的单位已停止发展新用户，解除前不得携入",
            "would go to an organisation that may take no new users; lift that stop first",
            [[one.organisation for one in stops(Stopped.USERS)]],
        )  # fmt: skip
        for statement in (_CLOSE, _INSERT):
            cursor.execute(statement)
        news = int(cursor.rowcount)
        cursor.execute("DROP TABLE porting_staging")
        _note(news, actor)
    return news


def end_porting(number: int, at: datetime, *, actor: Actor) -> None:
    """The number went back to the holder of its range at `at`. PlanRefused where it is not ported then."""
    with transaction.atomic():
        row = Porting.objects.select_for_update().filter(number=number, valid__contains=at).first()
        if row is None or row.valid.lower == at:
            who = mask(f"+{number}")
            raise PlanRefused("number", f"{who} 当时没有携转，无需结束", f"{who} is not ported then; nothing to end")
        row.valid = type(row.valid)(row.valid.lower, at)
        row.save(update_fields=["valid"])
        _note(1, actor)


def _refuse(cursor: object, query: str, zh: str, en: str, values: list[object] | None = None) -> None:
    cursor.execute(query, values)  # type: ignore[attr-defined]
    found = cursor.fetchone()  # type: ignore[attr-defined]
    if found is not None:
        who = mask(f"+{found[0]}")
        raise PlanRefused("number", f"{who} {zh}", f"{who} {en}")


def _note(count: int, actor: Actor) -> None:
    if count:
        record(
            AuditKind.PLAN_CHANGED,
            actor=actor.user_id,
            organisation=actor.organisation_id,
            object_type="porting",
            body={"numbers": count},
        )
