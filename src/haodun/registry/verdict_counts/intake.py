"""Take verdicts in exactly once: rows and the mark of how far they go are one transaction.

Theory of operation. A source is a numbered sequence that only grows. The intake row of a source is locked first, so two
that take in the same source go one after the other; rows up to the mark were taken before and are passed over. Counts
are added, flagged rows inserted, the mark is moved, and all of it is committed or none. Who crashed begins again from
the mark, or from anywhere before it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from haodun.offices.organisations.services import readers_of, system
from haodun.registry.verdict_counts.classes import Classes, Sort, province_of
from haodun.registry.verdict_counts.models import FlaggedCall, Intake
from haodun.screening.events import Flag
from haodun.screening.verdicts import Verdict

HOUR_MS = 3_600_000
BATCH = 2_000
MAX_CALL_ID = 256
MAX_TRUNK = 128

_ADD = """
INSERT INTO verdict_counts_hourcount
  (organisation, readers, hour, rule_class, province, rule, action, enforced, verdicts)
SELECT %s, %s::uuid[], * FROM unnest(
  %s::timestamptz[], %s::text[], %s::text[], %s::text[], %s::smallint[], %s::boolean[], %s::bigint[])
ON CONFLICT (organisation, hour, rule_class, province, rule, action, enforced)
DO UPDATE SET verdicts = verdict_counts_hourcount.verdicts + excluded.verdicts
"""
_ADD_RULES = """
INSERT INTO verdict_counts_rulecount (organisation, readers, hour, rule, shadow, action, verdicts)
SELECT %s, %s::uuid[], * FROM unnest(%s::timestamptz[], %s::text[], %s::boolean[], %s::smallint[], %s::bigint[])
ON CONFLICT (organisation, hour, rule, shadow, action)
DO UPDATE SET verdicts = verdict_counts_rulecount.verdicts + excluded.verdicts
"""
_START = datetime(1970, 1, 1, tzinfo=UTC)
_Key = tuple[datetime, str, str, str, int, bool]
_RuleKey = tuple[datetime, str, bool, int]


class IntakeError(Exception):
    """Rows cannot be taken in; nothing was. The message says which and why."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What one intake did."""

    counted: int
    """Verdicts added to the counts; repeats of an attempt are not."""
    flagged: int
    """Rows kept because of TRACE or CASE."""
    passed_over: int
    """Rows that were taken in before."""
    upto: int
    """The mark now."""


def ingest(source: str, rows: Iterable[Verdict], upto: int, *, organisation: UUID, classes: Classes) -> Taken:
    """Take in the verdicts of a source up to event number `upto`; rows in any order, each event number once.

    IntakeError where a row lies beyond `upto`, since the next intake would take it again.
    """
    with system(), transaction.atomic():
        done = _mark(source)
        counts: Counter[_Key] = Counter()
        rules: Counter[_RuleKey] = Counter()
        flagged: list[FlaggedCall] = []
        passed_over = 0
        readers = readers_of(organisation)
        for verdict in rows:
            if verdict.event > upto:
                raise IntakeError(f"{source}: event {verdict.event} lies beyond {upto}, up to which was to be taken in")
            if verdict.event <= done:
                passed_over += 1
                continue
            sort, province = classes.of(verdict), province_of(verdict.caller)
            if not verdict.repeat_of:
                counts[_key(verdict, sort, province)] += 1
                rules.update(_rule_keys(verdict))
            if verdict.flags != Flag.NONE:
                row = _flagged(verdict, sort, province)
                row.source, row.organisation, row.readers = source, organisation, readers
                flagged.append(row)
        _add(_ADD, counts, organisation=organisation, readers=readers)
        _add(_ADD_RULES, rules, organisation=organisation, readers=readers)
        FlaggedCall.objects.bulk_create(flagged, batch_size=BATCH)
        now = max(done, upto)
        Intake.objects.filter(pk=source).update(upto=now)
    return Taken(counts.total(), len(flagged), passed_over, now)


def taken_upto(source: str) -> int:
    """The event number up to which a source was taken in, 0 for none."""
    return Intake.objects.filter(pk=source).values_list("upto", flat=True).first() or 0


def _mark(source: str) -> int:
    """How far the source was taken in; its row is locked until commit."""
    Intake.objects.bulk_create([Intake(source=source)], ignore_conflicts=True)
    return Intake.objects.select_for_update().get(pk=source).upto


def _hour(verdict: Verdict) -> datetime:
    return _START + timedelta(milliseconds=verdict.time_ms // HOUR_MS * HOUR_MS)


def _rule_keys(verdict: Verdict) -> list[_RuleKey]:
    """Each rule that held, once: carried out, or only watched."""
    hour, action = _hour(verdict), int(verdict.action)
    held = [(rule, False) for rule in verdict.reasons] + [(rule, True) for rule in verdict.shadow]
    return [(hour, rule, shadow, action) for rule, shadow in dict.fromkeys(held)]


def _key(verdict: Verdict, sort: Sort, province: str) -> _Key:
    return _hour(verdict), sort.rule_class, province, sort.rule, int(verdict.action), verdict.enforced


def _add(statement: str, counts: Counter[Any], *, organisation: UUID, readers: list[UUID]) -> None:
    """Add in key order, so that two sources of one organisation cannot wait for each other."""
    if not counts:
        return
    columns = [list(column) for column in zip(*sorted(counts), strict=True)]
    numbers = [counts[key] for key in sorted(counts)]
    with connection.cursor() as cursor:
        cursor.execute(statement, [organisation, readers, *columns, numbers])


def _flagged(verdict: Verdict, sort: Sort, province: str) -> FlaggedCall:
    return FlaggedCall(
        event=verdict.event,
        at=_START + timedelta(milliseconds=verdict.time_ms),
        call_id=verdict.call_id[:MAX_CALL_ID],
        caller=verdict.caller,
        callee=verdict.callee,
        province=province,
        trunk=verdict.trunk[:MAX_TRUNK],
        action=int(verdict.action),
        enforced=verdict.enforced,
        rule=sort.rule,
        rule_class=sort.rule_class,
        flags=int(verdict.flags),
        reasons=list(verdict.reasons),
        token=verdict.token,
    )
