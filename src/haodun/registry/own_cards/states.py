"""The states of a question; nowhere else. DONE is the same whether something was sent or not, so that nobody learns."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from haodun.audit.services import AuditKind
from haodun.offices.organisations.services import Permission
from haodun.offices.transitions.services import ClockKind, ClockSpec, State, Table, Transition, Unit
from haodun.registry.own_cards import effects, guards
from haodun.registry.own_cards.values import ANSWER_HOURS

ANSWER = ClockSpec(
    name="cards_answer",
    zh="答复",
    en="Answer",
    amount=ANSWER_HOURS,
    unit=Unit.HOURS,
    source=gettext_noop("2021 年 9 月“一证通查”服务：48 小时内以短信答复"),
    kind=ClockKind.POLICY,
)

TABLE = Table(
    name="card_question",
    model="own_cards.CardQuestion",
    initial="ASKED",
    states=(
        State("ASKED", zh="待答复", en="To be answered"),
        State("ANSWERED", zh="已办理", en="Dealt with"),
        State("LAPSED", zh="逾期失效", en="Lapsed"),
    ),
    transitions=(
        Transition(
            action="ask", source=(), target="ASKED", permission=Permission.CARDS_ASK,
            zh="受理查询", en="Take a question", kind=AuditKind.CARDS_ASKED,
            effects=(effects.answer_soon,), starts=(ANSWER,),
        ),
        Transition(
            action="answer", source=("ASKED",), target="ANSWERED", permission=Permission.CARDS_ASK,
            zh="办理", en="Deal with it", kind=AuditKind.CARDS_ANSWERED,
            effects=(effects.tell, effects.forget), stops=(ANSWER.name,),
        ),
        Transition(
            action="lapse", source=("ASKED",), target="LAPSED", permission=Permission.CARDS_ASK,
            zh="逾期失效", en="Lapse", kind=AuditKind.CARDS_LAPSED,
            guards=(guards.too_late,), effects=(effects.forget,), stops=(ANSWER.name,),
        ),
    ),
)  # fmt: skip
