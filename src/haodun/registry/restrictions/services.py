"""Place and lift restrictions, and what derives from them: the only way in for other contexts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from haodun.offices.transitions.services import Actor

MAX_TERM = timedelta(days=90)
"""Longest term without renewal (DESIGN.md §3 *Snapshot*)."""


class Measure(StrEnum):
    """What is done to a number. Each is one list of the snapshot."""

    OUTGOING = "outgoing"
    """No outgoing calls (单停): list `black`."""
    BOTH_WAYS = "both_ways"
    """No calls either way (双停, 关停): list `orders`. Emergency calls always pass."""
    TIP = "tip"
    """The called party is warned: list `grey`."""


class Basis(StrEnum):
    """The clause a restriction rests on (RULES.md §1.3, §1.4)."""

    AFL_11 = "afl-11"
    """反电信网络诈骗法 art. 11: abnormal card, not re-verified."""
    AFL_12 = "afl-12"
    """art. 12: abnormal use of an IoT card."""
    AFL_13 = "afl-13"
    """art. 13: false caller number or abused line."""
    AFL_31 = "afl-31"
    """art. 31: cards sold, lent or bought for fraud."""
    MIIT_POLICE_2015_11 = "miit-police-2015-11"
    """工信部、公安部 fast notice and shutdown, 2015-11."""


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Source:
    """What caused a restriction or its lift; opaque here."""

    kind: str
    """`order`, `appeal`, `rule`, `re-verification`, `enforcement`."""
    id: str


@dataclass(frozen=True, slots=True)
class Restriction:
    """One restriction as other contexts see it."""

    id: UUID
    number: int
    measure: Measure
    basis: Basis
    reason: Text
    source: Source
    starts: datetime
    ends: datetime
    lapses_at: datetime | None
    """When its holder ceased or ceases to hold the number."""
    lifted_at: datetime | None
    lift_source: Source | None
    carrier: UUID | None
    interval: int | None
    """Holder interval at `starts`."""
    forged: bool
    """The number was forged by others: recorded, on no list, no notice."""
    appeal: str
    """Reference by which its holder appeals."""
    change: int
    """Place of its last change in the order of all changes; a publication that covers it carries it."""

    def in_force(self, at: datetime) -> bool:
        """Whether it restricts at `at`."""
        ends = [self.ends, *(end for end in (self.lapses_at, self.lifted_at) if end is not None)]
        return not self.forged and self.starts <= at < min(ends)


class RestrictionRefused(Exception):  # noqa: N818 (it is what happened)
    """A restriction is not placed or lifted; nothing was changed. `code` for programs, zh and en for people."""

    def __init__(self, code: str, *, zh: str, en: str) -> None:
        super().__init__(en)
        self.code = code
        self.zh = zh
        self.en = en


def place(
    numbers: Sequence[int],
    *,
    measure: Measure,
    basis: Basis,
    reason: Text,
    source: Source,
    until: datetime,
    actor: Actor,
    at: datetime | None = None,
    forged: Collection[int] = (),
    readers: Collection[UUID] = (),
) -> list[Restriction]:
    """Restrict numbers (E.164 keys) from `at` (now) to `until`, inside the caller's transaction; in number order.

    Idempotent by (source, number): what this source has placed already is returned as it is. `forged` names those of
    the numbers that others forged: they are recorded, restrict nobody and notify nobody. `readers`: organisations
    entitled beside the actor's own, the carrier and the reseller. Emits RestrictionsChanged.
    RestrictionRefused: `term` (over 90 days or ended), `emergency` (an emergency or official short code), `number`.
    """
    raise NotImplementedError


def renew(ids: Collection[UUID], *, until: datetime, actor: Actor, at: datetime | None = None) -> list[Restriction]:
    """Extend restrictions that are in force to `until`, at most 90 days from `at`. Emits RestrictionsChanged."""
    raise NotImplementedError


def lift(
    ids: Collection[UUID], *, source: Source, reason: str, actor: Actor, at: datetime | None = None
) -> list[Restriction]:
    """Lift restrictions at once (反电信网络诈骗法 art. 32), inside the caller's transaction.

    What was lifted before is returned as it is. A number that another source also restricts stays restricted until the
    last is lifted. RestrictionRefused `unknown` for an id that is none. Emits RestrictionsChanged.
    """
    raise NotImplementedError


def by_ids(ids: Collection[UUID]) -> list[Restriction]:
    """Restrictions by id, in number order; unknown ids are left out."""
    raise NotImplementedError


def by_source(source: Source) -> list[Restriction]:
    """What one source placed, in number order."""
    raise NotImplementedError


def of_number(number: int) -> list[Restriction]:
    """All restrictions a number ever had, newest first."""
    raise NotImplementedError


def in_force(numbers: Sequence[int], at: datetime) -> dict[int, list[Restriction]]:
    """What restricts these numbers at `at`; numbers that nothing restricts are absent."""
    raise NotImplementedError
