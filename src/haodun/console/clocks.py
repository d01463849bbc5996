"""What a clock looks like: how much is used, in which tone, in which words (CONSOLE.md §5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from haodun.console.formatting import WORDS, Language, due, duration, minutes_words, stamp

MINUTE = timedelta(minutes=1)
_STEPS = ((50, "neu", "clock"), (75, "cau", "hourglass"), (100, "ser", "triangle-alert"))
_OVER = ("crit", "octagon-alert")


@dataclass(frozen=True, slots=True)
class ClockFace:
    """One clock as drawn."""

    tone: str
    """neu, cau, ser, crit, ok: the class after `clock-`."""
    icon: str
    words: str
    """剩 9 分, 逾期 12 分, 用时 43 分, 计时暂停."""
    below: str
    """When it is due, or its limit, or why it stands still."""
    used: int | None
    """Percent of the time used, 0 to 100; None draws no bar."""
    title: str
    due_at: datetime
    started_at: datetime | None
    """Set only while the clock runs: then the script re-words it."""


def face(
    *,
    started_at: datetime,
    due_at: datetime,
    now: datetime,
    lang: Language,
    met_at: datetime | None = None,
    paused: str = "",
    source: str = "",
) -> ClockFace:
    """The face of a clock; `met_at` is when it was met, `paused` why it stands still, `source` its clause and calendar.

    Neutral to 50 % of the time, caution to 75 %, serious to 100 %, critical after; both ends are moments with a zone.
    """
    words = WORDS[lang]
    used = _used(started_at, due_at, met_at or now)
    title = " ".join(part for part in (f"{stamp(started_at)} → {stamp(due_at)}", source) if part)
    if met_at is not None:
        tone, icon = ("ok", "circle-check") if met_at <= due_at else ("ser", "circle-check")
        took = words["used"].format(time=duration(met_at - started_at, lang))
        limit = words["limit"].format(time=duration(due_at - started_at, lang))
        return ClockFace(tone, icon, took, limit, used, title, due_at, None)
    if paused:
        return ClockFace("neu", "circle-dashed", words["paused"], paused, None, title, due_at, None)
    tone, icon = next(((name, drawn) for limit, name, drawn in _STEPS if now < due_at and used < limit), _OVER)
    return ClockFace(tone, icon, _left(due_at - now, lang), due(due_at, now, lang), used, title, due_at, started_at)


def _used(started_at: datetime, due_at: datetime, now: datetime) -> int:
    whole = (due_at - started_at) // timedelta(seconds=1)
    gone = (now - started_at) // timedelta(seconds=1)
    return 100 if whole <= 0 else max(0, min(100, gone * 100 // whole))


def _left(left: timedelta, lang: Language) -> str:
    """Minutes left rounded up (never 剩 0 分), minutes overdue rounded down but at least one: as the script does."""
    if left > timedelta(0):
        return WORDS[lang]["left"].format(time=minutes_words(-(-left // MINUTE), lang))
    return WORDS[lang]["overdue"].format(time=minutes_words(max(1, -left // MINUTE), lang))
