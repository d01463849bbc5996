"""What a step of a question does besides the new state; inside the act's transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection

from haodun.numbering import Kind, parse
from haodun.offices.jobs.services import defer
from haodun.offices.organisations.services import system
from haodun.offices.transitions.services import Change
from haodun.registry.outgoing.services import hand_over
from haodun.registry.own_cards.texts import Names, answer_text, names_of
from haodun.registry.own_cards.values import EVERY
from haodun.registry.subscribers.services import cards_by_operator, marks_of, operators_counted

TASK = "own_cards.answer"
KIND = "cards:counts"
_CAN_READ = (Kind.MOBILE, Kind.MVNO_MOBILE)
_TOLD = """
INSERT INTO own_cards_cardstold (mark, at) VALUES (%s, %s)
ON CONFLICT (mark) DO UPDATE SET at = excluded.at WHERE own_cards_cardstold.at <= %s
RETURNING mark
"""


def answer_soon(change: Change) -> None:
    """The job deals with it, whatever it is: the page that took it does the same work for all."""
    change.then(lambda: defer(TASK, queueing_lock=TASK))


def tell(change: Change) -> None:
    """The counts go to each number that stands under its document, once a day a document; else nothing is sent.

    1. Which numbers stand under the document asked about: one query. 2. Each document takes its turn of the day by a
    conditional insert; where no row came back, it was told within the day. 3. The counts of all: one query.
    """
    with system():
        numbers = [row.number for row in change.rows]
        under = marks_of(numbers, change.at)
        due = [row for row in change.rows if under.get(row.number) == bytes(row.mark) and _readable(row.number)]
        due = [row for row in due if _turn(bytes(row.mark), change.at)]
        counts = cards_by_operator([bytes(row.mark) for row in due], change.at)
        counted = operators_counted(change.at) if due else ()
        names = names_of({*counted, *(one for found in counts.values() for one in found)})
        for row in due:
            _send(row, counts.get(bytes(row.mark), {}), counted, names, change.at)


def forget(change: Change) -> None:
    """Document and number are not kept longer than the question is open."""
    for row in change.rows:
        row.mark, row.number, row.ended_at = b"", None, change.at
        row.save(update_fields=["mark", "number", "ended_at"])


def _readable(number: int) -> bool:
    return parse(f"+{number}").kind in _CAN_READ


def _turn(mark: bytes, at: datetime) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_TOLD, [mark, at, at - EVERY])
        return cursor.fetchone() is not None


def _send(row: Any, cards: dict[Any, int], counted: tuple[Any, ...], names: Names, at: datetime) -> None:
    text = answer_text(cards, counted=counted, names=names, at=at, language=row.language)
    hand_over(f"+{row.number}", text, kind=KIND, language=row.language, mode="sent", now=at)
