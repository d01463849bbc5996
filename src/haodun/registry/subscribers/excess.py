"""Cards above the one-ID limit among those that are active already: found by query, re-verified one by one (W2d)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from django.db import connection

from haodun.offices.organisations.services import system
from haodun.offices.transitions.services import SYSTEM, Change, act, begin
from haodun.registry.subscribers.limits import MAX_CARDS
from haodun.registry.subscribers.models import ExcessCard
from haodun.registry.subscribers.sealing import now
from haodun.registry.subscribers.states import EXCESS

CASES = UUID("2f1f7a54-6b83-5c5e-9d52-5a0d6f5a9a11")
MAX_FOUND = 10_000
"""Cards taken up in one act; the next run goes on."""
RESELLERS_FROM = 5
"""At a reseller already the fifth card has all five re-verified (452号: 持有 5 张及以上); elsewhere the sixth."""

# First the documents with many records, by the index alone; only of these the active cards are counted.
_FOUND = """
WITH many AS (
  SELECT document_mark, party FROM subscribers_record WHERE personal GROUP BY 1, 2 HAVING count(*) >= %(least)s
), active AS (
  SELECT held.id, record.document_mark, record.party, held.readers,
         count(*) OVER (PARTITION BY record.document_mark, record.party) AS cards,
         held.reseller_id IS NOT NULL AND held.reseller_id = record.party AS resold
  FROM many JOIN subscribers_record AS record USING (document_mark, party)
  JOIN subscribers_holderinterval AS held ON held.id = record.interval_id
  WHERE record.personal AND held.valid @> %(at)s
)
SELECT id, document_mark, party, readers, cards FROM active
WHERE cards >= CASE WHEN resold THEN %(least)s ELSE %(most)s + 1 END
  AND NOT EXISTS (SELECT 1 FROM subscribers_excesscard AS known WHERE known.interval_id = active.id
                  AND (known.state IN ('PENDING', 'REFUSED')
                       OR (known.state = 'CONFIRMED' AND known.cards >= active.cards)))
ORDER BY document_mark, party, id LIMIT %(limit)s
"""
_OVER = """
SELECT card.id FROM subscribers_excesscard AS card
JOIN subscribers_holderinterval AS held ON held.id = card.interval_id
WHERE card.state = 'PENDING' AND NOT held.valid @> %(at)s ORDER BY card.id LIMIT %(limit)s
"""


def find_excess(*, at: datetime | None = None) -> int:
    """Take up active cards above the limit that nobody looks at yet; how many. Pending ones that were closed lapse.

    A card confirmed earlier is taken up again when the document has got more cards since.
    """
    moment = at or now()
    values: dict[str, Any] = {"at": moment, "least": RESELLERS_FROM, "most": MAX_CARDS, "limit": MAX_FOUND}
    with system(), connection.cursor() as cursor:
        cursor.execute(_OVER, values)
        over = [row for (row,) in cursor.fetchall()]
        cursor.execute(_FOUND, values)
        found = cursor.fetchall()
    if over:
        act(SYSTEM, EXCESS, over, "lapse", key=f"lapse {moment.isoformat()}", at=moment)
    if found:
        begin(
            SYSTEM,
            EXCESS,
            "find",
            lambda change: _rows(change, found),
            key=f"excess {moment.isoformat()}",
            request={"cards": len(found)},
            at=moment,
        )
    return len(found)


def _rows(change: Change, found: Sequence[tuple[Any, ...]]) -> list[ExcessCard]:
    return ExcessCard.objects.bulk_create(
        ExcessCard(
            interval_id=interval,
            party=party,
            document_mark=bytes(mark),
            case=uuid5(CASES, f"{bytes(mark).hex()}{party}{change.at.isoformat()}"),
            cards=cards,
            state=EXCESS.initial,
            version=1,
            created_at=change.at,
            readers=readers,
        )
        for interval, mark, party, readers, cards in found
    )
