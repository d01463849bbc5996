"""一证通查 for programs: `POST /api/v1/cards/questions`, open to everybody; the answer is an SMS and never here."""

from __future__ import annotations

from typing import Any, Literal

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Field, Router, Schema, Status
from ninja.errors import HttpError

from haodun.offices.transitions.on_api import CODES, Problem, key_of, problem
from haodun.offices.transitions.on_pages import chinese
from haodun.offices.transitions.services import Refused
from haodun.registry.own_cards.asking import ask
from haodun.registry.own_cards.forms import MAX_TYPED, number_of
from haodun.registry.own_cards.models import Channel
from haodun.registry.own_cards.public_views import address_of
from haodun.registry.own_cards.values import ANSWER_HOURS, Question, TooOften
from haodun.registry.subscribers.services import PERSONAL, Document, DocumentError, DocumentKind

router = Router(tags=["registry"], auth=None)


class QuestionIn(Schema):
    """A person's document, and a mobile number that stands under it."""

    kind: DocumentKind = DocumentKind.RESIDENT
    document: str = Field(max_length=MAX_TYPED)
    number: str = Field(max_length=MAX_TYPED)
    language: Literal["zh-hans", "en"] = "zh-hans"


class TakenOut(Schema):
    """The same for every document and every number."""

    taken: bool
    hours: int
    """Within which an SMS comes, where the number stands under the document and none came within the day."""
    message: str


@router.post("cards/questions", response={202: TakenOut, 429: Problem, CODES: Problem})
def questions(request: HttpRequest, asked: QuestionIn) -> Any:
    """Ask how many mobile cards stand under a document; needs no login. Needs an Idempotency-Key header."""
    key, number = key_of(request), number_of(asked.number)
    if number is None:
        raise HttpError(422, "number: give a mobile number of China in full")
    if asked.kind not in PERSONAL:
        raise HttpError(422, "kind: only a person's document can be asked about")
    try:
        document = Document.parse(asked.kind, asked.document, on=timezone.localdate())
    except DocumentError as error:
        raise HttpError(422, f"document: it {error.en}") from error
    try:
        ask(Question(document, number, Channel.PROGRAM, asked.language, address_of(request)), key=key)
    except TooOften:
        return Status(429, Problem(code="too_many", message=_("查询过于频繁；请一小时后再试。")))
    except Refused as refused:
        return problem(refused)
    return Status(202, TakenOut(taken=True, hours=ANSWER_HOURS, message=_sentence()))


def _sentence() -> str:
    zh = "已受理。号码在该证件名下且 24 小时内没有答复过的，48 小时内收到短信。"
    en = "Taken. A number under that document that had no answer within 24 hours gets an SMS within 48 hours."
    return zh if chinese() else en
