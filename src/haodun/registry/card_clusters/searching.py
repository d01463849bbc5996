"""The query: groups of active personal mobile cards that share a document, a device, an address, or a burst.

Theory of operation. One statement. `live` is every active mobile card under a person's document; a company's fleet
stands under an organisation's and is not in it. Each kind of group is an aggregate over it with its floors in HAVING.
A burst: the openings at one agent that lie within `window` of a start with enough openings after it; openings further
apart than `window` are different bursts. What comes back are only groups above their floors.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import connection

from haodun.registry.card_clusters.values import Card, Group, Rules, Shared

_LIVE = """
live AS MATERIALIZED (
  SELECT i.id, i.number, lower(i.valid) AS opened, i.carrier_id, r.agent, r.document_mark, r.device_mark, r.address_mark
    FROM subscribers_holderinterval i JOIN subscribers_record r ON r.interval_id = i.id
   WHERE i.valid @> %(at)s AND r.personal AND r.service = 'mobile' AND r.document_mark <> ''::bytea
), recent AS (SELECT * FROM live WHERE opened >= %(since)s)
"""
_SHARED = """
SELECT '{kind}', encode({mark}, 'hex'), array_agg(id) FROM {rows} WHERE {mark} <> ''::bytea GROUP BY {mark}
HAVING count(*) >= %({kind}_cards)s AND count(DISTINCT document_mark) >= %({kind}_documents)s
"""
_BURSTS = """
SELECT 'burst', carrier_id::text || ':' || agent || ':' || island, array_agg(id) FROM (
  SELECT *, sum(CASE WHEN gap <= %(window)s THEN 0 ELSE 1 END) OVER (PARTITION BY carrier_id, agent ORDER BY opened, id)
         AS island FROM (
    SELECT *, opened - lag(opened) OVER (PARTITION BY carrier_id, agent ORDER BY opened, id) AS gap FROM (
      SELECT *, bool_or(ahead >= %(burst_cards)s) OVER (
               PARTITION BY carrier_id, agent ORDER BY opened
               RANGE BETWEEN %(window)s PRECEDING AND CURRENT ROW) AS dense
        FROM (SELECT *, count(*) OVER (
                PARTITION BY carrier_id, agent ORDER BY opened
                RANGE BETWEEN CURRENT ROW AND %(window)s FOLLOWING) AS ahead
                FROM recent WHERE agent <> '') counted) flagged
     WHERE dense) gaps) islands
GROUP BY carrier_id, agent, island
HAVING count(*) >= %(burst_cards)s AND count(DISTINCT document_mark) >= %(burst_documents)s
"""
_QUERY = "WITH" + _LIVE + "\nUNION ALL\n".join(
    (
        _SHARED.format(kind="document", mark="document_mark", rows="live"),
        _SHARED.format(kind="device", mark="device_mark", rows="recent"),
        _SHARED.format(kind="address", mark="address_mark", rows="recent"),
        _BURSTS,
    )
)  # fmt: skip
_CARDS = """
SELECT i.id, i.number, r.document_mark, i.carrier_id, r.agent, lower(i.valid), i.readers
  FROM subscribers_holderinterval i JOIN subscribers_record r ON r.interval_id = i.id WHERE i.id = ANY(%s)
"""


def groups(at: datetime, rules: Rules) -> list[Group]:
    """Groups above their floors as of `at`, in a fixed order."""
    values: dict[str, Any] = {"at": at, "since": at - rules.look_back, "window": rules.window}
    for kind, floor in rules.floors.items():
        values |= {f"{kind}_cards": floor.cards, f"{kind}_documents": floor.documents}
    with connection.cursor() as cursor:
        cursor.execute(_QUERY, values)
        found = [Group(Shared(kind), mark, frozenset(cards)) for kind, mark, cards in cursor.fetchall()]
    return sorted(found, key=lambda one: (one.shared.value, one.mark))


def cards(intervals: Collection[int]) -> dict[int, Card]:
    """What is known of these cards, by interval; one query."""
    with connection.cursor() as cursor:
        cursor.execute(_CARDS, [list(intervals)])
        return {
            row[0]: Card(row[0], row[1], bytes(row[2]), row[3], row[4], row[5], tuple(row[6]))
            for row in cursor.fetchall()
        }
