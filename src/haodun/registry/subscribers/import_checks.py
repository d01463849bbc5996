"""Checks of an import over the whole set of its rows: overlaps among themselves and with what is kept, five cards.

All of them read the temporary table of `staging` and answer with lines of the file and a reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.backends.utils import CursorWrapper

from haodun.offices.sheets.services import Reason
from haodun.registry.number_plan.services import Stopped, stops
from haodun.registry.subscribers.limits import MAX_CARDS
from haodun.registry.subscribers.quarantine import CLASH
from haodun.registry.subscribers.staging import TEMPORARY

REASONS = {
    "twice": Reason("同一号码在文件中有重叠的时段", "the number is held twice in the same time in this file"),
    "held": Reason("该号码在这段时间已有机主", "the number has a holder in that time already"),
    "quarantine": Reason("该号码已回收，尚在冷冻期", "the number was released and is in quarantine still"),
    "stopped": Reason(
        "该转售企业已停止发展新用户，解除前不得开户（W2e）",
        "the reseller may take no new users now; that stop must be lifted first (W2e)",
    ),
    "limit": Reason(
        f"该证件在本企业的有效卡超过 {MAX_CARDS} 张（2016-09-23 六部门通告）",
        f"the document has more than {MAX_CARDS} active cards at this carrier (notice of 2016-09-23)",
    ),
}
_TWICE = f"""
SELECT line FROM (
  SELECT line, lower(valid) AS begins,
         max(coalesce(upper(valid), 'infinity')) OVER (
           PARTITION BY number ORDER BY lower(valid), line ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
         ) AS until FROM {TEMPORARY}
) AS ordered WHERE until > begins
"""  # noqa: S608 (constants)
_HELD = f"""
SELECT DISTINCT new.line FROM {TEMPORARY} AS new
JOIN subscribers_holderinterval AS kept ON kept.number = new.number AND kept.valid && new.valid
"""  # noqa: S608
_QUARANTINE = f"SELECT line FROM {TEMPORARY} WHERE EXISTS ({CLASH.format(row=TEMPORARY)})"  # noqa: S608
_LIMIT = f"""
WITH own AS (
  SELECT line, document_mark, party,
         row_number() OVER (PARTITION BY document_mark, party ORDER BY lower(valid), line) AS place
  FROM {TEMPORARY} WHERE personal AND valid @> %(now)s
), kept AS (
  SELECT record.document_mark, record.party, count(*) AS cards
  FROM subscribers_record AS record JOIN subscribers_holderinterval AS held ON held.id = record.interval_id
  WHERE record.personal AND held.valid @> %(now)s
    AND (record.document_mark, record.party) IN (SELECT document_mark, party FROM own)
  GROUP BY 1, 2
)
SELECT own.line FROM own LEFT JOIN kept USING (document_mark, party)
WHERE own.place + coalesce(kept.cards, 0) > {MAX_CARDS}
"""  # noqa: S608
OF_STOPPED = """EXISTS (SELECT 1 FROM unnest(%(stopped)s::uuid[], %(places)s::text[], %(begins)s::timestamptz[])
  AS stop (reseller, place, since) WHERE stop.reseller = reseller_id AND (%(opening)s OR lower(valid) >= stop.since)
  AND (stop.place = '' OR province = '' OR stop.place = province))"""
"""Rows of a stopped reseller: all of an opening, of an existing base those that began after the stop."""
_STOPPED = f"SELECT line FROM {TEMPORARY} WHERE {OF_STOPPED}"  # noqa: S608
_QUERIES = {"stopped": _STOPPED, "twice": _TWICE, "held": _HELD, "quarantine": _QUARANTINE, "limit": _LIMIT}
_SUMMARY = f"""
SELECT carrier_id::text, coalesce(reseller_id::text, ''), province, status, service, count(*) FROM {TEMPORARY}
GROUP BY 1, 2, 3, 4, 5
"""  # noqa: S608


def stopped_now(*, opening: bool) -> dict[str, Any]:
    """What `OF_STOPPED` asks for: the stops that stand, and whether the rows are openings."""
    found = stops(Stopped.USERS)
    return {
        "stopped": [one.organisation for one in found],
        "places": [one.province for one in found],
        "begins": [one.since for one in found],
        "opening": opening,
    }


def wrong_lines(cursor: CursorWrapper, name: str, *, now: Any, opening: bool) -> Iterator[int]:
    """The lines that fail a check of `REASONS`, ascending; they leave the temporary table."""
    cursor.execute("DROP TABLE IF EXISTS wrong_lines")
    cursor.execute(
        f"CREATE TEMP TABLE wrong_lines ON COMMIT DROP AS {_QUERIES[name]}", {"now": now} | stopped_now(opening=opening)
    )
    cursor.execute(f"DELETE FROM {TEMPORARY} WHERE line IN (SELECT line FROM wrong_lines)")  # noqa: S608
    cursor.execute("SELECT line FROM wrong_lines ORDER BY line")
    yield from (line for (line,) in cursor.fetchall())


def above_limit(cursor: CursorWrapper, *, now: Any) -> int:
    """How many rows are above five cards, without setting them aside: what an existing base holds, it holds."""
    cursor.execute(f"SELECT count(*) FROM ({_QUERIES['limit']}) AS found", {"now": now})  # noqa: S608
    return int(cursor.fetchone()[0])


def summary(cursor: CursorWrapper) -> dict[str, Any]:
    """Counts of the good rows by carrier, reseller, province, state and service, and of different holders."""
    cursor.execute(_SUMMARY)
    made: dict[str, Any] = {name: {} for name in ("carrier", "reseller", "province", "status", "service")}
    for *keys, count in cursor.fetchall():
        for counts, key in zip(made.values(), keys, strict=True):
            counts[key] = counts.get(key, 0) + count
    cursor.execute(f"SELECT count(DISTINCT subject) FROM {TEMPORARY}")  # noqa: S608
    made["holders"] = int(cursor.fetchone()[0])
    return made
