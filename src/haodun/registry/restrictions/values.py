"""What a restriction is to other contexts: measures, bases, sources, one frozen row, refusals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from haodun.offices.transitions.services import Refused

MAX_TERM = timedelta(days=90)
"""Longest term without renewal (DESIGN.md §3 *Snapshot*)."""
MAX_NUMBERS = 100_000
"""Numbers of one placing."""
MAX_REASON = 400
"""Characters of a reason in one language."""
MAX_SOURCE = 64
"""Characters of a source's id."""


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence in both languages."""

    zh: str
    en: str


class Measure(StrEnum):
    """What is done to a number. Each is one list of the snapshot."""

    OUTGOING = "outgoing"
    """No outgoing calls (单停): list `black`."""
    BOTH_WAYS = "both_ways"
    """No calls either way (双停, 关停): list `orders`. Emergency calls always pass."""
    TIP = "tip"
    """The called party is warned: list `grey`."""


LISTS: dict[Measure, str] = {Measure.BOTH_WAYS: "orders", Measure.OUTGOING: "black", Measure.TIP: "grey"}
"""The snapshot's list of each measure."""

MEASURES: dict[Measure, Text] = {
    Measure.OUTGOING: Text("暂停主叫（不能拨出，可以接听）", "outgoing calls are suspended (you can still be called)"),
    Measure.BOTH_WAYS: Text("关停（不能拨出，也不能接听）", "the number is shut for calls in both directions"),
    Measure.TIP: Text("向您拨打的用户发送风险提示", "the people you call are shown a warning"),
}
"""How a notice names each measure."""


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
    MIIT_452 = "miit-452"
    """工信部网安函〔2016〕452号 art. 6: a key service or voice line that was not put right."""
    MIIT_REREGISTRATION = "miit-reregistration"
    """MIIT notice of 2016-05-24 on re-registration (补登记): notify, suspend, notify again, stop."""


LAWS: dict[Basis, Text] = {
    Basis.AFL_11: Text("《反电信网络诈骗法》第十一条", "Anti-Telecom-Fraud Law, article 11"),
    Basis.AFL_12: Text("《反电信网络诈骗法》第十二条", "Anti-Telecom-Fraud Law, article 12"),
    Basis.AFL_13: Text("《反电信网络诈骗法》第十三条", "Anti-Telecom-Fraud Law, article 13"),
    Basis.AFL_31: Text("《反电信网络诈骗法》第三十一条", "Anti-Telecom-Fraud Law, article 31"),
    Basis.MIIT_POLICE_2015_11: Text(
        "工业和信息化部、公安部涉案号码快速通报关停机制（2015 年 11 月）",
        "fast notice and shutdown of involved numbers, MIIT and Ministry of Public Security, November 2015",
    ),
    Basis.MIIT_452: Text(
        "工业和信息化部关于进一步防范和打击通讯信息诈骗工作的实施意见（工信部网安函〔2016〕452号）第六条",
        "MIIT implementing opinion on preventing and combating telecom fraud (notice 452 of 2016), article 6",
    ),
    Basis.MIIT_REREGISTRATION: Text(
        "工业和信息化部关于电话用户真实身份信息补登记的通知（2016 年 5 月 24 日）",
        "MIIT notice on the re-registration of telephone users' real identity, 24 May 2016",
    ),
}
"""How a notice names each basis."""


@dataclass(frozen=True, slots=True)
class Source:
    """What caused a restriction or its lift; opaque here."""

    kind: str
    """`order`, `appeal`, `rule`, `re-verification`, `enforcement`, `key-service`, `key-service-suspension`, `node`,
    `reregistration`, `card-cluster`."""
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

    @property
    def until(self) -> datetime:
        """When it ends or ended: term, lapse or lift, whichever is first."""
        return min(end for end in (self.ends, self.lapses_at, self.lifted_at) if end is not None)

    def in_force(self, at: datetime) -> bool:
        """Whether it restricts at `at`."""
        return not self.forged and self.starts <= at < self.until


@dataclass(frozen=True, slots=True)
class NoticeTimes:
    """When the holder of a restricted number was told."""

    created_at: datetime
    handed_over_at: datetime | None
    """Handed to the operator's sender; None while it waits."""
    withdrawn_at: datetime | None
    """Its restriction was lifted before anybody was told."""


class RestrictionRefused(Refused):
    """A restriction is not placed, renewed or lifted; nothing was changed.

    Codes: `emergency`, `empty`, `number`, `reason`, `source`, `term`, `too_many`, `unknown`.
    """
