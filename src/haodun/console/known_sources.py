"""The sources of the number page that exist in this installation: holders, restrictions, verdicts, orders, looks."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from haodun.audit.services import looks
from haodun.casework.orders.services import documents_of
from haodun.console import case_sources, registry_sources
from haodun.console.formatting import local
from haodun.console.number_sources import Answer, Happening, Interval, Lane, Question, add_source
from haodun.console.verdict_sources import Verdicts
from haodun.offices.organisations.purposes import Purpose
from haodun.offices.organisations.services import Permission
from haodun.registry.restrictions.services import (
    LAWS,
    MEASURES,
    Measure,
    NoticeTimes,
    Restriction,
    notices_seen_by,
    seen_by,
)
from haodun.registry.subscribers.services import intervals_seen_by

MAX_LOOKS = 100
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
    """What restricts or restricted the number: placed, told to its holder, lifted or run out."""

    def answer(self, question: Question) -> Answer:
        """Measure, law and times, and the order behind it where the reader may open that."""
        found = Answer()
        user = question.reader.user
        if user is None or not question.reader.may(Permission.RESTRICTION_READ):
            return found
        rows = [one for one in seen_by(question.number, user) if not one.forged]
        told = notices_seen_by(question.number, user) if question.reader.may(Permission.NOTICE_READ) else {}
        papers = documents_of([one.id for one in rows], user) if question.reader.may(Permission.ORDER_READ) else {}
        intervals = []
        for one in sorted(rows, key=lambda row: row.starts):
            over = one.until <= question.end
            measure = getattr(MEASURES[one.measure], question.lang)
            intervals.append(Interval(one.starts, one.until if over else None, _TONES[one.measure][0], measure))
            found.happenings += _of_restriction(one, question, told=told.get(one.id), paper=papers.get(one.id))
        if intervals:
            found.lanes.append(Lane(question.say("限制", "Limits"), intervals))
        return found


def _of_restriction(
    one: Restriction, question: Question, *, told: NoticeTimes | None, paper: tuple[str, str] | None
) -> Iterator[Happening]:
    tone, icon = _TONES[one.measure]
    measure, law = (getattr(text, question.lang) for text in (MEASURES[one.measure], LAWS[one.basis]))
    document, address = paper or ("", "")
    link = question.say("看来文", "The order") if address else ""
    basis = question.say("；", "; ").join(filter(None, (law, document)))
    placed = question.say("采取限制", "Restricted")
    yield Happening(one.starts, "restriction", tone, icon, placed, measure, basis, address, link)
    if told is not None and told.handed_over_at is not None:
        said = question.say("已告知持有人", "Its holder was told")
        sent = question.say("告知短信已移交发送", "the notice was handed to the operator's sender")
        yield Happening(told.handed_over_at, "restriction", "ok", "bell", said, sent)
    if one.until <= question.end:
        by_appeal = one.lift_source is not None and one.lift_source.kind == "appeal"
        ended = (
            question.say("申诉成立，限制解除", "Lifted on appeal")
            if by_appeal
            else question.say("限制解除", "Lifted")
            if one.lifted_at
            else question.say("限制到期", "Restriction ended")
        )
        yield Happening(one.until, "restriction", "ok", "undo-2", ended, measure)


class Looks:
    """Who looked at the number and why: officers of one's own organisations; for an auditor those below as well."""

    def answer(self, question: Question) -> Answer:
        """Looks as events."""
        from haodun.offices.organisations.models import User
        from haodun.offices.organisations.services import at_or_below, own_organisations

        reader, found = question.reader, Answer()
        within = own_organisations(reader.user)
        if reader.may(Permission.AUDIT_READ):  # who looks for the police is nothing for a carrier's auditor
            within = at_or_below(within)
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


def connect() -> None:
    """Let the number page ask all of them; called once when the application is ready."""
    registered = registry_sources.sources()
    for source in (
        Holders(),
        *registered,
        Restrictions(),
        Verdicts(),
        case_sources.Orders(),
        case_sources.Appeals(),
        Looks(),
    ):
        add_source(source)
