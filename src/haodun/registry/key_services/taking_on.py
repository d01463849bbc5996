"""Take a key service on: read an application, make the row with its landing numbers, and correct a registration."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction

from haodun.audit.services import AuditKind, record, subject_for
from haodun.numbering import Kind, Number, load_plan, parse
from haodun.offices.organisations.services import Kind as OrganisationKind
from haodun.offices.organisations.services import bureaus_of, find, readers_of, system
from haodun.offices.transitions.services import Actor, Change, Outcome, Refused, act, begin
from haodun.registry.key_services.documents import DOCUMENT, NAME, canonical, cipher, mark_of, valid_uscc
from haodun.registry.key_services.effects import SUBJECT
from haodun.registry.key_services.models import Landing, Service
from haodun.registry.key_services.states import TABLE
from haodun.registry.key_services.values import MAX_LANDING, MAX_NAME, MAX_USE, Application, PersonSeen, ServiceKind

_KINDS = {
    ServiceKind.SERVICE_400: (Kind.SERVICE_400,),
    ServiceKind.ONE_NUMBER: (Kind.FIXED, Kind.MOBILE, Kind.SERVICE_95),
    ServiceKind.SWITCHBOARD: (Kind.FIXED, Kind.SERVICE_95),
}
"""What kind of number each service has."""
_LANDS_ON = (Kind.FIXED, Kind.MOBILE, Kind.MVNO_MOBILE)


def apply(actor: Actor, application: Application, *, key: str) -> uuid.UUID:
    """Take on an application at the actor's own carrier (452号 art. 7); the service's id.

    Refused with the code of the guard that stands against it, or `number`, `landing`, `document`, `taken`.
    """
    return _begin(actor, "apply", application, key=key)[0].id


def register_existing(actor: Actor, application: Application, *, key: str, at: datetime | None = None) -> uuid.UUID:
    """Register a service of the existing base as it stands, with what is missing; a campaign checks it (art. 6).

    `at`: when it was registered, where records of the past are brought in; now where None.
    """
    with transaction.atomic():
        made = _begin(actor, "register", application, key=key, at=at)[0]
        act(actor, TABLE, [made.id], "take_over", key=f"take over {made.id}", at=at)
    return made.id


def correct(actor: Actor, service: Service, application: Application, *, at: datetime) -> None:
    """Put a registration right while it is being rectified: applicant, persons, use, licence. Refused `state`, ….

    The number, the carrier and the landing numbers stay; the correction is an entry of the ledger.
    """
    with transaction.atomic():
        row = Service.objects.select_for_update().get(id=service.id)
        if row.state not in ("APPLIED", "RECTIFY_ORDERED"):
            raise Refused("state", "现在不能补正登记。", "The registration cannot be corrected now.")
        _check_words(application)
        for name, value in _registration(application).items():
            setattr(row, name, value)
        row.version += 1
        row.save(update_fields=[*_registration_names(), "version"])
        record(
            AuditKind.SERVICE_CORRECTED,
            actor=actor.user_id,
            organisation=actor.organisation_id,
            object_type=TABLE.name,
            object_id=row.id,
            subject=subject_for(SUBJECT, row.number),
            body={"at": at.isoformat()},
        )


def _begin(
    actor: Actor, action: str, application: Application, *, key: str, at: datetime | None = None
) -> Sequence[Outcome]:
    _check_words(application)
    number = _service_number(application)
    landing = _landing_numbers(application)
    _check_carrier(actor)
    request = application.to_json() | {
        "digest": cipher().mark(repr((application, number)), place="key_services.request").hex()
    }

    def make(change: Change) -> list[Service]:
        return [_insert(change, application, number, landing)]

    try:
        with transaction.atomic():
            return begin(actor, TABLE, action, make, key=key, request=request, at=at)
    except IntegrityError as error:
        if "service_number_once" not in str(error):
            raise
        raise Refused(
            "taken", "这个号码已有登记的业务。", "This number has a service already; open that one instead."
        ) from error


def _insert(change: Change, application: Application, number: Number, landing: Sequence[Number]) -> Service:
    carrier = change.actor.organisation_id
    if carrier is None:
        raise Refused("carrier", "没有受理企业。", "No carrier takes it on.")
    home = find().filter(id=carrier).values_list("province", flat=True).first() or ""
    province = application.province or load_plan().facts(number).province or home
    readers = readers_of(carrier, *_owners(application.uscc), *bureaus_of(province))
    row = Service.objects.create(
        kind=application.kind,
        number=number.key,
        carrier_id=carrier,
        province=province,
        existing_since=application.existing_since,
        state=TABLE.initial,
        version=1,
        created_at=change.at,
        moved_at=change.at,
        readers=readers,
        **_registration(application),
    )
    Landing.objects.bulk_create(Landing(service=row, number=one.key, code=b"", readers=readers) for one in landing)
    return row


def _registration(application: Application) -> dict[str, object]:
    seal = cipher()

    def sealed(person: PersonSeen) -> tuple[bytes, bytes, bytes]:
        document = canonical(person.document) or ""
        return seal.seal(person.name, place=NAME), seal.seal(document, place=DOCUMENT), mark_of(document)

    legal, handler = sealed(application.legal), sealed(application.handler)
    return {
        "applicant_kind": application.applicant_kind,
        "applicant": application.applicant.strip(),
        "uscc": valid_uscc(application.uscc) or application.uscc.strip()[:18],
        "legal_sealed": legal[0],
        "legal_document_sealed": legal[1],
        "legal_mark": legal[2],
        "handler_sealed": handler[0],
        "handler_document_sealed": handler[1],
        "handler_mark": handler[2],
        "channel": application.channel,
        "resold": application.resold,
        "licence": application.licence.strip(),
        "licence_until": application.licence_until,
        "use": application.use.strip(),
    }


def _registration_names() -> tuple[str, ...]:
    return (
        "applicant_kind", "applicant", "uscc", "legal_sealed", "legal_document_sealed", "legal_mark",
        "handler_sealed", "handler_document_sealed", "handler_mark", "channel", "resold", "licence",
        "licence_until", "use",
    )  # fmt: skip


def _owners(uscc: str) -> list[uuid.UUID]:
    """The applicant itself where it is an organisation here: it reads its own service."""
    code = valid_uscc(uscc)
    with system():
        return [] if code is None else list(find().filter(uscc=code).values_list("id", flat=True))


def _check_carrier(actor: Actor) -> None:
    kinds = (OrganisationKind.CARRIER, OrganisationKind.CARRIER_GROUP)
    if not find().filter(id__in=[actor.organisation_id], kind__in=kinds).exists():
        raise Refused("carrier", "只有运营商可以受理。", "Only a carrier takes a key service on.")


def _service_number(application: Application) -> Number:
    number = parse(application.number)
    if not number.is_number or number.kind not in _KINDS[application.kind]:
        raise Refused(
            "number",
            "业务号码与业务种类不符，或不是号码。",
            "The service number is none, or not of this kind of service.",
        )
    return number


def _landing_numbers(application: Application) -> list[Number]:
    found = {number.key: number for number in map(parse, application.landing)}
    if len(found) > MAX_LANDING or any(not one.is_number or one.kind not in _LANDS_ON for one in found.values()):
        raise Refused(
            "landing",
            f"落地号码须是固定或移动电话，最多 {MAX_LANDING} 个。",
            f"Landing numbers are fixed or mobile numbers, at most {MAX_LANDING}.",
        )
    return list(found.values())


def _check_words(application: Application) -> None:
    if not 0 < len(application.applicant.strip()) <= MAX_NAME or len(application.use) > MAX_USE:
        raise Refused(
            "words",
            f"请写明申请单位（最多 {MAX_NAME} 字）；用途最多 {MAX_USE} 字。",
            f"Name the applicant (at most {MAX_NAME} characters); the use has at most {MAX_USE}.",
        )
    for person in (application.legal, application.handler):
        if person.document.strip() and canonical(person.document) is None:
            raise Refused(
                "document",
                "证件号码不符：请核对位数和校验位（居民身份证按 GB 11643）。",
                "A document number is wrong: check its length and check character (GB 11643 for identity cards).",
            )
