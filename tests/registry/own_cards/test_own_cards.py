"""一证通查: who is told what, how often, and that nobody else can learn anything from asking."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob
from tests.registry.conftest import DAY, NOW, Land, holding
from tests.registry.own_cards.conftest import FIRST, MINE, OTHER

from haodun.audit.models import Entry
from haodun.offices.organisations.models import User
from haodun.offices.organisations.services import Role, appoint, reading_as
from haodun.offices.transitions.services import SYSTEM, Actor, Refused, StepRecord, actor_of, clocks_of
from haodun.registry.outgoing.models import Message
from haodun.registry.outgoing.services import text_of
from haodun.registry.own_cards.models import CardQuestion, CardsTold
from haodun.registry.own_cards.services import (
    TABLE,
    Channel,
    Question,
    TooOften,
    answer_open,
    ask,
    figures,
    take,
    tidy,
)
from haodun.registry.subscribers.services import (
    Document,
    DocumentKind,
    HolderKind,
    cards_by_operator,
    document_mark,
    open_interval,
)

FIRM = Document(DocumentKind.CREDIT_CODE, "91350100M000100Y43")


def put(
    document: Document = MINE,
    number: int = FIRST,
    *,
    at: datetime = NOW,
    address: str = "203.0.113.7",
    key: str = "",
    language: str = "zh-hans",
) -> None:
    ask(Question(document, number, Channel.PAGE, language, address), key=key or uuid.uuid4().hex, now=at)


def told() -> list[str]:
    return [text_of(row) for row in Message.objects.filter(kind="cards:counts").order_by("created_at")]


def clerk(land: Land, at: object = None, role: Role = Role.CARRIER_COMPLIANCE) -> Actor:
    person = User.objects.create_user(username=uuid.uuid4().hex, password=None)
    unit = at or land.mobile
    appoint(person, unit, role)  # type: ignore[arg-type]
    return actor_of(person, unit.id)  # type: ignore[attr-defined]


def test_the_answer_counts_active_mobile_cards_by_operator_and_goes_to_the_number(country: Land) -> None:
    put()
    assert answer_open(NOW) == 1
    (text,) = told()
    assert "该证件名下的移动电话卡共 3 张：江苏移动 2 张、分享转售 1 张。" in text
    assert "统计了江苏移动、分享转售，其他企业未计入。" in text or "统计了分享转售、江苏移动，其他企业未计入。" in text
    for secret in ("139", "欧阳", MINE.number, "www", "http"):
        assert secret not in text


def test_an_english_question_gets_an_english_answer(country: Land) -> None:
    put(language="en")
    answer_open(NOW)
    (text,) = told()
    assert "3 mobile cards" in text
    assert "Mobile Jiangsu: 2" in text


@pytest.mark.parametrize(
    ("document", "number"),
    [
        (OTHER, FIRST),
        (MINE, FIRST + 5),
        (MINE, FIRST + 3),
        (MINE, FIRST + 4),
        (MINE, 8613911112222),
        (MINE, 862512345678),
    ],
    ids=["other-document", "other-number", "closed", "data-card", "unknown", "fixed"],
)
def test_a_number_not_under_the_document_gets_no_message_and_the_same_record(
    country: Land, document: Document, number: int
) -> None:
    put(at=NOW)
    put(document, number, at=NOW, address="203.0.113.8")
    assert answer_open(NOW) == 2
    assert len(told()) == 1
    mine, other = CardQuestion.objects.order_by("asker")
    for name in ("state", "version", "mark", "number", "channel", "ended_at", "created_at"):
        assert getattr(mine, name) == getattr(other, name), name
    assert mine.state == "ANSWERED"


def test_once_a_day_a_document_whoever_asks_and_wrong_questions_do_not_use_the_turn(country: Land) -> None:
    put(number=FIRST + 5)
    answer_open(NOW)
    assert told() == []
    put(address="203.0.113.8")
    put(number=FIRST + 1, address="203.0.113.9")
    answer_open(NOW)
    assert len(told()) == 1
    put(at=NOW + timedelta(hours=23))
    answer_open(NOW + timedelta(hours=23))
    assert len(told()) == 1
    put(at=NOW + DAY)
    answer_open(NOW + DAY)
    assert len(told()) == 2


def test_household_book_and_identity_card_are_one_document(country: Land) -> None:
    put(Document(DocumentKind.HOUSEHOLD, MINE.number))
    answer_open(NOW)
    assert len(told()) == 1


def test_an_organisations_document_is_refused(country: Land) -> None:
    open_interval(holding(country, FIRST + 6, document=FIRM, kind=HolderKind.ORGANISATION, name="某公司"))
    with pytest.raises(Refused) as refused:
        put(FIRM, FIRST + 6)
    assert refused.value.code == "document"


def test_document_and_number_are_forgotten_and_nothing_says_who_was_told(country: Land) -> None:
    put()
    row = CardQuestion.objects.get()
    assert bytes(row.mark) == document_mark(MINE)
    assert MINE.number.encode() not in bytes(row.mark)
    answer_open(NOW)
    row.refresh_from_db()
    assert (bytes(row.mark), row.number) == (b"", None)
    kept = [str(step.data) for step in StepRecord.objects.filter(object_id=row.id)]
    kept += [str(entry.body) for entry in Entry.objects.filter(kind__startswith="cards:")]
    assert len(kept) == 4
    assert not any(str(FIRST) in one or document_mark(MINE).hex() in one for one in kept)
    tidy(NOW + 2 * DAY)
    row.refresh_from_db()
    assert bytes(row.asker) == b""
    assert not CardsTold.objects.exists()


def test_an_address_asks_five_times_an_hour(country: Land) -> None:
    for place in range(5):
        put(number=FIRST + place)
    with pytest.raises(TooOften):
        put(number=FIRST)
    put(address="203.0.113.8")
    put(at=NOW + timedelta(hours=1, seconds=1))


def test_the_same_request_sent_again_is_one_question(country: Land) -> None:
    put(key="once")
    put(key="once")
    assert CardQuestion.objects.count() == 1
    put(key="once", address="203.0.113.8")
    put(key="once", number=FIRST + 1)
    assert CardQuestion.objects.count() == 3


def test_the_clock_is_48_hours_and_the_job_waits_once(country: Land) -> None:
    put()
    put(number=FIRST + 1)
    row = CardQuestion.objects.order_by("id").first()
    assert row is not None
    (clock,) = clocks_of(TABLE.name, [row.id])
    assert clock.due_at - clock.started_at == timedelta(hours=48)
    assert ProcrastinateJob.objects.filter(task_name="own_cards.answer", status="todo").count() == 1


def test_the_carrier_of_the_number_reads_the_question_and_no_other(country: Land) -> None:
    put()
    row = CardQuestion.objects.get()
    assert row.desk_id == country.mobile.id
    assert set(row.readers) == {country.mobile.id, country.bureau.id, country.ministry.id}
    put(number=8613011112222, address="203.0.113.8")
    assert CardQuestion.objects.filter(desk=country.unicom).count() == 1, "by the number plan"
    put(number=862512345678, address="203.0.113.9")
    assert CardQuestion.objects.exclude(desk__in=(country.mobile, country.unicom)).count() <= 1


def test_a_clerk_asks_for_a_person_and_learns_nothing(country: Land) -> None:
    actor = clerk(country)
    ask(Question(MINE, FIRST, Channel.DESK, "zh-hans"), key="desk", actor=actor, now=NOW)
    row = CardQuestion.objects.get()
    assert (row.channel, row.state) == ("desk", "ASKED")
    stranger = clerk(country, country.unicom)
    with pytest.raises(Refused) as refused:
        take(stranger, [row.id], "answer", key="x")
    assert refused.value.code == "absent"
    reader = clerk(country, country.bureau, Role.BUREAU_OFFICER)
    with pytest.raises(Refused) as refused:
        take(reader, [row.id], "answer", key="y")
    assert refused.value.code == "permission"
    take(actor, [row.id], "answer", key="z", at=NOW)
    assert len(told()) == 1


def test_a_clerks_answer_is_made_within_his_own_reach(country: Land) -> None:
    ask(Question(MINE, FIRST, Channel.DESK, "zh-hans"), key="desk", actor=clerk(country), now=NOW)
    row = CardQuestion.objects.get()
    actor = clerk(country)
    with reading_as(User.objects.get(id=actor.user_id)):
        take(actor, [row.id], "answer", key="z", at=NOW)
    assert "共 3 张" in told()[0], "cards at other operators are counted too"


def test_a_question_lapses_after_a_week_and_not_before(country: Land) -> None:
    put()
    row = CardQuestion.objects.get()
    with pytest.raises(Refused) as refused:
        take(SYSTEM, [row.id], "lapse", key="early", at=NOW + DAY)
    assert refused.value.code == "early"
    later = NOW + 7 * DAY
    assert answer_open(later) == 0
    tidy(later)
    row.refresh_from_db()
    assert (row.state, row.number) == ("LAPSED", None)
    assert told() == []


def test_figures_count_what_was_asked_and_dealt_with_in_time(country: Land) -> None:
    put()
    put(number=FIRST + 5, address="203.0.113.8")
    answer_open(NOW + timedelta(hours=1))
    put(at=NOW + 2 * timedelta(hours=1), address="203.0.113.9")
    at = NOW + 3 * DAY
    found = {one.code: one.value for one in figures(country.owner, since=NOW - DAY, until=at, as_of=at)}
    assert found == {"cards.asked": 3, "cards.in_time": 2, "cards.share": 6667, "cards.overdue": 1}
    soon = {one.code: one.value for one in figures(country.owner, since=NOW - DAY, until=at, as_of=NOW + DAY)}
    assert soon["cards.share"] == 10_000
    none = {one.code: one.value for one in figures(country.stranger, since=NOW - DAY, until=at, as_of=at)}
    assert (none["cards.asked"], none["cards.share"]) == (0, None)


def test_counts_are_made_for_many_documents_at_once(country: Land) -> None:
    found = cards_by_operator([document_mark(MINE), document_mark(OTHER)], NOW)
    assert {mark: sum(counts.values()) for mark, counts in found.items()} == {
        document_mark(MINE): 3,
        document_mark(OTHER): 1,
    }
