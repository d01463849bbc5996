"""The sources of the number page that exist in this installation: holders, restrictions, verdicts, orders, looks."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import groupby

from django.conf import settings

from haodun.audit.services import looks
from haodun.console.explaining import ACTION_LOOKS
from haodun.console.formatting import local
from haodun.console.number_sources import Answer, Happening, HourOfCalls, Interval, Lane, Question, add_source
from haodun.offices.organisations.purposes import Purpose
from haodun.offices.organisations.services import Permission
from haodun.registry.restrictions.services import LAWS, MEASURES, Measure, seen_by
from haodun.registry.subscribers.services import holder_seen_by, intervals_seen_by
from haodun.screening.events import Action
from haodun.screening.explain.messages import ACTIONS, pick
from haodun.store.services import Store, StoredVerdict

WEEK = timedelta(days=7)
MAX_LOOKS = 100
MAX_VERDICTS = 2_000
"""Verdicts of a number that are folded into events; the newest."""
_TONES = {Measure.BOTH_WAYS: ("crit", "ban"), Measure.OUTGOING: ("crit", "phone-off"), Measure.TIP: ("cau", "info")}


class Holders:
    """Who held the number: a lane, an event at each beginning and end."""

    def answer(self, question: Question) -> Answer:
        """Masked names; nothing for those who may not see registrations."""
        found = Answer()
        user = question.reader.user
        if user is None or not question.reader.may(Permission.SUBSCRIBER_READ):
            return found
        intervals, before = [], None
        for held in intervals_seen_by(question.number, user):
            now = held.until is None
            intervals.append(Interval(held.since, held.until, "now" if now else "neu", held.masked_name))
            opened = question.say("开户", "Opened")
            found.happenings.append(
                Happening(held.since, "holding", "info", "id-card", opened, question.say(
                    f"持有人 {held.masked_name}", f"holder {held.masked_name}"))
            )  # fmt: skip
            if held.until is not None:
                closed = question.say("销户", "Closed")
                found.happenings.append(Happening(held.until, "holding", "neu", "circle-dashed", closed))
            if before is not None and before != held.subject:
                found.changes.append(held.since)
            before = held.subject
        if intervals:
            found.lanes.append(Lane(question.say("持有", "Holder"), intervals))
        return found


class Restrictions:
    """What restricts or restricted the number."""

    def answer(self, question: Question) -> Answer:
        """Measure, law and times; why in words stands in the case itself."""
        found = Answer()
        user = question.reader.user
        if user is None or not question.reader.may(Permission.RESTRICTION_READ):
            return found
        intervals = []
        for one in sorted(seen_by(question.number, user), key=lambda row: row.starts):
            if one.forged:
                continue
            tone, icon = _TONES[one.measure]
            measure, law = (getattr(text, question.lang) for text in (MEASURES[one.measure], LAWS[one.basis]))
            over = one.until <= question.end
            intervals.append(Interval(one.starts, one.until if over else None, tone, measure))
            until = local(one.until).strftime("%Y-%m-%d")
            found.happenings.append(
                Happening(one.starts, "restriction", tone, icon, question.say("采取限制", "Restricted"), measure, law)
            )
            if over:
                ended = (
                    question.say("限制解除", "Lifted")
                    if one.lifted_at
                    else question.say("限制到期", "Restriction ended")
                )
                found.happenings.append(Happening(one.until, "restriction", "ok", "undo-2", ended, measure, until))
        if intervals:
            found.lanes.append(Lane(question.say("限制", "Limits"), intervals))
        return found


class Verdicts:
    """What was decided about the calls of the number, from the store; equal ones of a day fold into one event."""

    def answer(self, question: Question) -> Answer:
        """Nothing where there is no store, or for those who may not see verdicts."""
        found = Answer()
        root = settings.HAODUN_DATA / "store"
        if not root.is_dir() or not _may_see_calls(question):
            return found
        store = Store(root)
        since, until = _ms(question.start), _ms(question.end)
        rows = store.verdicts_of(question.number, since_ms=since, until_ms=until, limit=MAX_VERDICTS)
        found.happenings += self._folded(rows, question)
        first = max(since, _ms(question.end - WEEK))
        found.hours += _hours(store, question.number, first=first, last=until)
        return found

    def _folded(self, rows: Iterable[StoredVerdict], question: Question) -> Iterable[Happening]:
        for (_, action, reason), group in groupby(rows, key=_fold):
            same = list(group)
            if action is Action.ALLOW:
                continue
            tone, icon = ACTION_LOOKS[action]
            word, count = pick(ACTIONS[action], question.lang), len(same)
            newest, oldest = _at(same[0]), _at(same[-1])
            spanned = question.say(
                f"{local(oldest):%H:%M} 至 {local(newest):%H:%M}", f"{local(oldest):%H:%M} – {local(newest):%H:%M}"
            )
            rule = question.say(f"规则 {reason}", f"rule {reason}") if reason else ""
            title = question.say(f"{word} {count} 次", f"{word}, {count} calls" if count > 1 else f"{word}, 1 call")
            yield Happening(newest, "verdict", tone, icon, title, spanned if count > 1 else "", rule)


class Looks:
    """Who looked at the number and why: officers of one's own organisations; all of them for an auditor."""

    def answer(self, question: Question) -> Answer:
        """Looks as events."""
        from haodun.offices.organisations.models import User
        from haodun.offices.organisations.services import own_organisations

        reader, found = question.reader, Answer()
        within = None if reader.may(Permission.AUDIT_READ) else own_organisations(reader.user)
        rows = looks(question.subject, organisations=within, limit=MAX_LOOKS)
        names = dict(User.objects.filter(pk__in={row.actor for row in rows}).values_list("pk", "name"))
        for _, group in groupby(rows, key=lambda row: (local(row.at).date(), row.kind, row.actor, row.purpose)):
            same = list(group)
            row, count = same[0], len(same)
            title = row.title_en if question.lang == "en" else row.title_zh
            times = "" if count == 1 else question.say(f" {count} 次", f", {count} times")
            known = row.purpose in Purpose.values
            purpose = str(Purpose(row.purpose).label) if known else row.purpose
            who = names.get(row.actor) if row.actor else None
            said = who or question.say("查询人未知", "not known")
            found.happenings.append(Happening(row.at, "look", "neu", "eye", title + times, purpose, said))
        return found


def _may_see_calls(question: Question) -> bool:
    """Offices see the calls of every number, others only those of numbers whose holder they may see."""
    reader = question.reader
    if reader.user is None or not reader.may(Permission.VERDICT_READ):
        return False
    seen = reader.may(Permission.SITUATION_READ)
    return seen or holder_seen_by(question.number, question.end, reader.user) is not None


def _fold(row: StoredVerdict) -> tuple[object, Action, str]:
    return local(_at(row)).date(), row.verdict.action, row.verdict.reasons[0] if row.verdict.reasons else ""


def _hours(store: Store, number: int, *, first: int, last: int) -> list[HourOfCalls]:
    """Every hour of the week, those without a call too; [] where there was none."""
    known = {hour.start_ms: hour for hour in store.hours_of(number, since_ms=first, until_ms=last)}
    if not known:
        return []
    hour_ms = 3_600_000
    steps = range(first // hour_ms * hour_ms, last, hour_ms)
    return [
        HourOfCalls(_moment(at), known[at].attempts if at in known else 0, at in known and known[at].stopped > 0)
        for at in steps
    ]


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


def _at(row: StoredVerdict) -> datetime:
    return _moment(row.verdict.time_ms)


def connect() -> None:
    """Let the number page ask all of them; called once when the application is ready."""
    for source in (Holders(), Restrictions(), Verdicts(), Looks()):
        add_source(source)
