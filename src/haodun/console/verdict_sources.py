"""What was decided about the calls of a number, from the store: equal verdicts of a day folded, calls an hour."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.urls import reverse

from haodun.console.explaining import ACTION_LOOKS
from haodun.console.formatting import local, quantity
from haodun.console.number_sources import Answer, Happening, HourOfCalls, Question
from haodun.console.reader import Reader
from haodun.offices.organisations.services import Kind, Permission
from haodun.registry.subscribers.services import holder_seen_by
from haodun.screening.events import Action
from haodun.screening.explain.messages import ACTIONS, pick
from haodun.store.dataset import day_of
from haodun.store.services import Store, StoredVerdict

WEEK = timedelta(days=7)
HOUR_MS = 3_600_000
MAX_VERDICTS = 2_000
"""Verdicts of a number that are folded into events; the newest."""
OFFICES = (Kind.MINISTRY, Kind.BUREAU, Kind.TECHNICAL_CENTRE)
"""Who sees the calls of every number; others see those of the numbers whose holder they may see."""


class Fold(NamedTuple):
    """What verdicts must have in common to be one line."""

    day: date
    """On the Beijing clock."""
    action: Action
    rule: str
    """The reason that decided, '' for none."""
    carried_out: bool


class Verdicts:
    """What was decided about the calls of the number."""

    def answer(self, question: Question) -> Answer:
        """Nothing where there is no store, or for those who may not see these calls."""
        found = Answer()
        store = the_store()
        if store is None or not may_see_calls(question.reader, question.number, question.end):
            return found
        since, until = _ms(question.start), _ms(question.end)
        rows = store.verdicts_of(question.number, since_ms=since, until_ms=until, limit=MAX_VERDICTS)
        found.happenings += _folded(rows, question)
        if len(rows) == MAX_VERDICTS:
            most = quantity(MAX_VERDICTS, question.lang)
            found.notes.append(question.say(
                f"判定只列出最近 {most} 次呼叫。", f"Verdicts of the latest {most} calls only."))  # fmt: skip
        found.hours += _hours(store, question.number, first=max(since, _ms(question.end - WEEK)), last=until)
        return found


def the_store() -> Store | None:
    """The store of this installation, None where there is none yet."""
    root = settings.HAODUN_DATA / "store"
    return Store(root) if root.is_dir() else None


def may_see_calls(reader: Reader, number: int, at: datetime) -> bool:
    """Whether the reader sees what was decided about a number's calls (VERDICT_READ, and reach to the number)."""
    if reader.user is None or reader.organisation is None or not reader.may(Permission.VERDICT_READ):
        return False
    office = reader.organisation.kind in OFFICES and reader.may(Permission.SITUATION_READ)
    return office or holder_seen_by(number, at, reader.user) is not None


def verdict_address(stored: StoredVerdict) -> str:
    """Address of the page that says why: by day and verdict id, no number in it."""
    return reverse("verdict", args=[day_of(stored.verdict.time_ms).isoformat(), stored.id])


def _folded(rows: Iterable[StoredVerdict], question: Question) -> Iterable[Happening]:
    """One line for the equal verdicts of a day, newest first; the newest of them is its evidence."""
    folds: dict[Fold, list[StoredVerdict]] = {}
    for row in rows:
        folds.setdefault(_fold(row), []).append(row)
    return [_happening(fold, same, question) for fold, same in folds.items()]


def _fold(row: StoredVerdict) -> Fold:
    verdict = row.verdict
    rule = verdict.reasons[0] if verdict.reasons and verdict.action is not Action.ALLOW else ""
    return Fold(local(at_of(row)).date(), verdict.action, rule, verdict.enforced and not row.bypass)


def _happening(fold: Fold, same: Sequence[StoredVerdict], question: Question) -> Happening:
    tone, icon = ACTION_LOOKS[fold.action]
    count, word = len(same), pick(ACTIONS[fold.action], question.lang)
    calls = f"{word}, {count:,} calls" if count > 1 else f"{word}, 1 call"
    title = question.say(f"{word} {quantity(count, 'zh')} 次", calls)
    newest, oldest = at_of(same[0]), at_of(same[-1])
    spanned = question.say("{} 至 {}", "{} – {}").format(f"{local(oldest):%H:%M}", f"{local(newest):%H:%M}")
    watched = "" if fold.carried_out else question.say("仅观察，没有执行", "observed only, not carried out")
    rule = question.say(f"规则 {fold.rule}", f"rule {fold.rule}") if fold.rule else ""
    return Happening(
        newest,
        "verdict",
        "neu" if fold.action is Action.ALLOW else tone,
        icon,
        title,
        spanned if count > 1 else "",
        question.say("；", "; ").join(part for part in (rule, watched) if part),
        verdict_address(same[0]),
        question.say("为何这样判", "Why"),
        strong=fold.action is not Action.ALLOW,
    )


def _hours(store: Store, number: int, *, first: int, last: int) -> list[HourOfCalls]:
    """Every hour of the week, those without a call too; [] where there was none."""
    known = {hour.start_ms: hour for hour in store.hours_of(number, since_ms=first, until_ms=last)}
    if not known:
        return []
    steps = range(first // HOUR_MS * HOUR_MS, last, HOUR_MS)
    return [
        HourOfCalls(_moment(at), known[at].attempts if at in known else 0, at in known and known[at].stopped > 0)
        for at in steps
    ]


def at_of(row: StoredVerdict) -> datetime:
    """When the call was attempted."""
    return _moment(row.verdict.time_ms)


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
