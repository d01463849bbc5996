"""The trusted-number centre for programs: `/api/v1/trusted` and, open to everybody, `/api/v1/directory/query`.

A number never stands in an address; in answers it is masked but in the public directory, which is public.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, Literal

from django.http import Http404, HttpRequest
from ninja import Field, File, Form, Router, Schema, Status
from ninja.errors import HttpError
from ninja.files import UploadedFile
from ninja.security import django_auth

from haodun.numbering import mask, parse
from haodun.offices.organisations.access import standing_of
from haodun.offices.organisations.services import Permission, system
from haodun.offices.transitions.on_pages import titled
from haodun.offices.transitions.services import Actor, Refused, actor_of
from haodun.registry.trusted_numbers import documents, queries, services
from haodun.registry.trusted_numbers.applying import MAX_TEXT
from haodun.registry.trusted_numbers.evidence import MAX_BYTES
from haodun.registry.trusted_numbers.models import Entry
from haodun.registry.trusted_numbers.naming import LENGTH_EN, LENGTH_ZH
from haodun.registry.trusted_numbers.publishing import newest, version_files
from haodun.registry.trusted_numbers.values import MAX_PURPOSE, MAX_TRUNK, MAX_TRUNKS, EvidenceKind, Purpose
from haodun.registry.trusted_numbers.views import entry_or_404

router = Router(tags=["trusted"], auth=django_auth)
PAGE, MAX_PAGE = 50, 200
CODES = frozenset({403, 404, 409, 422, 429})
_STATUS = {
    "absent": 404,
    "permission": 403,
    "sudo": 403,
    "second_person": 403,
    "authority": 403,
    "state": 409,
    "stale": 409,
    "key": 409,
    "too_many": 429,
}
Verb = Literal["submit", "withdraw", "check", "send_back", "refuse", "approve", "revoke", "give_up"]


class Problem(Schema):
    """Why nothing was done."""

    code: str
    message: str


class EntryOut(Schema):
    """One entry; its numbers masked."""

    id: uuid.UUID
    reference: str
    holder: uuid.UUID
    display_zh: str
    display_en: str
    purpose: str
    inbound_only: bool
    state: str
    version: int
    created_at: datetime
    valid_from: datetime | None
    valid_until: datetime | None
    outcome_reason: str
    remedy: str
    change: int


class NumberOut(Schema):
    """One number of an entry."""

    id: uuid.UUID
    number: str
    verified_at: datetime | None
    active: bool


class PaperOut(Schema):
    """One paper of an entry."""

    id: uuid.UUID
    kind: str
    media_type: str
    size: int
    sha256: str


class EntryDetail(EntryOut):
    """One entry with its numbers, trunks and papers."""

    purpose_words: str
    trunks: list[str]
    numbers: list[NumberOut]
    papers: list[PaperOut]


class EntryPage(Schema):
    """A page; `next` is the cursor of the one after it, '' at the end."""

    items: list[EntryOut]
    next: str


class EntryIn(Schema):
    """What an application says."""

    numbers: str = Field(max_length=MAX_TEXT)
    """One a line."""
    display_zh: str = Field(max_length=LENGTH_ZH[1])
    display_en: str = Field(max_length=LENGTH_EN[1])
    purpose: Purpose
    purpose_words: str = Field(max_length=MAX_PURPOSE)
    trunks: list[str] = Field(default=[], max_length=MAX_TRUNKS)


class BeginIn(Schema):
    """The entry that is to be renewed, none for a new one."""

    renews: uuid.UUID | None = None


class MadeOut(Schema):
    """What was made."""

    id: uuid.UUID


class CodeIn(Schema):
    """The code of a call-back."""

    code: str = Field(max_length=12)


class StepIn(Schema):
    """A step: why, and what can be done about it."""

    reason: str = Field("", max_length=1000)
    remedy: str = Field("", max_length=1000)
    version: int | None = None


class StepOut(Schema):
    """What became of the entry."""

    id: uuid.UUID
    state: str
    version: int
    at: datetime


class LookIn(Schema):
    """A number as written."""

    number: str = Field(max_length=64)


class LookOut(Schema):
    """The answer of the directory with its proof; docs/reference/directory.md."""

    found: bool
    head: dict[str, Any]
    signature: str
    shown: list[dict[str, Any]]


@router.get("trusted", response=EntryPage)
def entries(request: HttpRequest, tab: str = "todo", after: str = "", limit: int = PAGE) -> EntryPage:
    """The entries of a tab (todo, late, approve, active, ended, all) that the reader may see."""
    _actor(request, Permission.TRUSTED_READ)
    if tab not in queries.TABS:
        raise HttpError(422, f"tab is one of {', '.join(queries.TABS)}")
    found = queries.page(request.user, queries.TABS, tab=tab, cursor=after, size=max(1, min(limit, MAX_PAGE)))
    return EntryPage(items=[_out(row) for row in found.rows], next=found.after)


@router.post("trusted", response={201: MadeOut, CODES: Problem})
def begin(request: HttpRequest, asked: BeginIn) -> Any:
    """Begin an application, or a renewal. Needs an Idempotency-Key header."""
    actor, key = _actor(request, Permission.TRUSTED_APPLY), _key(request)
    try:
        return Status(201, MadeOut(id=services.begin_application(actor, key=key, renews=asked.renews)))
    except Refused as refused:
        return _problem(refused)


@router.get("trusted/{identity}", response=EntryDetail)
def entry(request: HttpRequest, identity: uuid.UUID) -> EntryDetail:
    """One entry that the reader may see."""
    found = _entry(request, identity, Permission.TRUSTED_READ)
    return EntryDetail(
        **_out(found).dict(),
        purpose_words=found.purpose_words,
        trunks=found.trunks,
        numbers=[
            NumberOut(id=row.id, number=mask(f"+{row.number}"), verified_at=row.verified_at, active=row.active)
            for row in found.numbers.order_by("number")
        ],
        papers=[
            PaperOut(id=row.id, kind=row.kind, media_type=row.media_type, size=row.size, sha256=row.sha256)
            for row in found.evidence.order_by("at")
        ],
    )


@router.put("trusted/{identity}", response={204: None, CODES: Problem})
def write(request: HttpRequest, identity: uuid.UUID, asked: EntryIn) -> Any:
    """Replace what an application says, while it may be changed."""
    actor = _actor(request, Permission.TRUSTED_APPLY)
    _entry(request, identity, Permission.TRUSTED_APPLY)
    if any(len(one) > MAX_TRUNK for one in asked.trunks):
        raise HttpError(422, f"a trunk has at most {MAX_TRUNK} characters")
    try:
        services.set_all(
            actor,
            identity,
            numbers=asked.numbers,
            zh=asked.display_zh,
            en=asked.display_en,
            purpose=asked.purpose,
            words=asked.purpose_words,
            trunks=asked.trunks,
        )
    except Refused as refused:
        return _problem(refused)
    return Status(204, None)


@router.post("trusted/{identity}/papers", response={201: MadeOut, CODES: Problem})
def add_paper(request: HttpRequest, identity: uuid.UUID, kind: Form[EvidenceKind], file: File[UploadedFile]) -> Any:
    """Add a paper (multipart: `kind`, `file`). Needs an Idempotency-Key header; the same bytes are kept once."""
    actor = _actor(request, Permission.TRUSTED_APPLY)
    _key(request)
    _entry(request, identity, Permission.TRUSTED_APPLY)
    data = file.read(MAX_BYTES + 1)
    try:
        return Status(
            201, MadeOut(id=services.add_evidence(actor, identity, kind=kind, name=file.name or "", data=data))
        )
    except Refused as refused:
        return _problem(refused)


@router.post("trusted/{identity}/numbers/{number}/call-back", response={202: None, CODES: Problem})
def call_back(request: HttpRequest, identity: uuid.UUID, number: uuid.UUID) -> Any:
    """Send or speak a code to a number of an application; `number` is its id there."""
    actor = _actor(request, Permission.TRUSTED_APPLY)
    _key(request)
    _entry(request, identity, Permission.TRUSTED_APPLY)
    try:
        services.ask_code(actor, number, language="zh-hans")
    except Refused as refused:
        return _problem(refused)
    return Status(202, None)


@router.post("trusted/{identity}/numbers/{number}/code", response={204: None, CODES: Problem})
def code(request: HttpRequest, identity: uuid.UUID, number: uuid.UUID, asked: CodeIn) -> Any:
    """Type back the code of a call-back."""
    actor = _actor(request, Permission.TRUSTED_APPLY)
    _key(request)
    _entry(request, identity, Permission.TRUSTED_APPLY)
    try:
        services.type_code(actor, number, asked.code)
    except Refused as refused:
        return _problem(refused)
    return Status(204, None)


@router.post("trusted/{identity}/{verb}", response={200: StepOut, CODES: Problem})
def step(request: HttpRequest, identity: uuid.UUID, verb: Verb, asked: StepIn) -> Any:
    """Take a step of the entry's table. Needs an Idempotency-Key header."""
    actor, key = _actor(request, Permission.TRUSTED_READ), _key(request)
    found = _entry(request, identity, Permission.TRUSTED_READ)
    try:
        done = services.step(
            actor, [found.id], verb, key=key, reason=asked.reason, data={"remedy": asked.remedy}, version=asked.version
        )[0]
    except Refused as refused:
        return _problem(refused)
    return Status(200, StepOut(id=done.id, state=done.to_state, version=done.version, at=done.at))


@router.post("directory/query", response={200: LookOut, CODES: Problem}, auth=None)
def query(request: HttpRequest, asked: LookIn) -> Any:
    """What the newest public directory says of a number, with its proof; needs no login."""
    number = parse(asked.number)
    if not number.is_number:
        raise HttpError(422, f"this is no number: {number.refusal.name.lower()}")
    with system():
        version = newest()
    held = None if version is None else version_files(version.version)
    if held is None:
        raise HttpError(404, "no directory has been published yet")
    return Status(200, documents.answer(*held, number.key))


def _actor(request: HttpRequest, permission: Permission) -> Actor:
    standing = standing_of(request)
    if standing is None or permission.value not in standing.permissions:
        raise HttpError(403, f"the role acted in does not hold {permission.value}")
    return actor_of(request.user, standing.organisation_id, sudo_until=standing.sudo_until)


def _entry(request: HttpRequest, identity: uuid.UUID, permission: Permission) -> Entry:
    _actor(request, permission)
    try:
        return entry_or_404(request, identity)
    except Http404:
        raise HttpError(404, "no such entry") from None


def _key(request: HttpRequest) -> str:
    key = request.headers.get("Idempotency-Key", "")
    if not 0 < len(key) <= 80:
        raise HttpError(422, "send an Idempotency-Key header of 1 to 80 characters, a new one for each new request")
    return key


def _problem(refused: Refused) -> Status[Problem]:
    return Status(_STATUS.get(refused.code, 422), Problem(code=refused.code, message=titled(refused)))


def _out(row: Any) -> EntryOut:
    return EntryOut(
        holder=row.holder_id, **{name: getattr(row, name) for name in EntryOut.model_fields if name != "holder"}
    )
