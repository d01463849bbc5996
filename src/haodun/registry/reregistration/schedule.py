"""How many cards would stand in each step at which date, if nobody registered from now on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from haodun.registry.reregistration.values import OPEN

STATES = (*OPEN, "RELEASED")


@dataclass(frozen=True, slots=True)
class Group:
    """Cards in one state whose next step is due on one day."""

    state: str
    """One of STATES; '' for cards not taken up yet."""
    due: date | None
    """None: nothing follows."""
    cards: int


@dataclass(frozen=True, slots=True)
class Row:
    """What stands at the end of a day."""

    day: date
    counts: tuple[int, ...]
    """In the order of STATES."""


def planned(groups: Iterable[Group], waits: Sequence[int], *, today: date) -> tuple[Row, ...]:
    """A row for today and for each day on which a card moves; `waits` are the days from each of OPEN to the next.

    A step that is overdue is taken today, one step a day.

    >>> [(r.day.day, r.counts) for r in planned([Group("", date(2026, 1, 1), 5)], (1, 2, 3, 4), today=date(2026, 1, 1))]
    [(1, (5, 0, 0, 0, 0)), (2, (0, 5, 0, 0, 0)), (4, (0, 0, 5, 0, 0)), (7, (0, 0, 0, 5, 0)), (11, (0, 0, 0, 0, 5))]
    """
    changes: dict[date, Counter[str]] = {today: Counter()}
    for group in groups:
        state, due = group.state, group.due
        if state:
            changes[today][state] += group.cards
        while due is not None:
            day = max(due, today)
            place = STATES.index(state) + 1 if state else 0
            moved = changes.setdefault(day, Counter())
            if state:
                moved[state] -= group.cards
            state = STATES[place]
            moved[state] += group.cards
            due = day + timedelta(days=waits[place]) if place < len(waits) else None
    rows, held = [], Counter[str]()
    for day in sorted(changes):
        for state, count in changes[day].items():
            held[state] += count
        rows.append(Row(day, tuple(held[state] for state in STATES)))
    return tuple(rows)
