"""Record an inspection, send a proof, re-check it."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from haodun.audit.services import AuditKind, record
from haodun.offices.organisations.services import Kind, Permission, find, readers_of
from haodun.offices.transitions.services import Actor, Change, Refused, begin
from haodun.registry.resellers.models import Proof, ResellerCase
from haodun.registry.resellers.states import TABLE
from haodun.registry.resellers.values import FULL, MAX_NOTE, MAX_SAMPLE, Inspection, Sample

ENDED = ("CLEAR", "RECTIFIED")
MAX_PROOFS = 50
"""Of one case."""


def record_inspection(actor: Actor, seen: Inspection, *, key: str, at: datetime | None = None) -> uuid.UUID:
    """Record an inspection of the actor's own office, at `at` (now).

    Refused `reseller`, `host`, `sample`, `target`, `evidence`.
    """
    _check(seen.sample)
    if not 0 < seen.target <= FULL:
        raise Refused("target", "达标线在 0 到 100% 之间。", "The target lies between 0 and 100 %.")
    if not find(kind=Kind.RESELLER).filter(id=seen.reseller).exists():
        raise Refused("reseller", "请选择转售企业。", "Name the reseller that was inspected.")
    if not find().filter(id=seen.host, kind__in=(Kind.CARRIER, Kind.CARRIER_GROUP)).exists():
        raise Refused("host", "请选择基础运营商。", "Name the carrier whose network it resells.")

    def make(change: Change) -> list[ResellerCase]:
        return [_insert(change, seen)]

    request = {
        "reseller": str(seen.reseller), "host": str(seen.host), "way": seen.way.value, "on": seen.on.isoformat(),
        "sample": seen.sample.size, "compliant": seen.sample.compliant, "target": seen.target,
    }  # fmt: skip
    return begin(actor, TABLE, "record", make, key=key, request=request, at=at)[0].id


def send_proof(actor: Actor, case: uuid.UUID, words: str) -> uuid.UUID:
    """The reseller says what it has put right. Refused `permission`, `absent`, `reseller`, `state`, `words`."""
    _may(actor, Permission.RESELLER_ANSWER)
    if not 0 < len(words.strip()) <= MAX_NOTE:
        raise Refused(
            "words", f"请写明整改情况，最多 {MAX_NOTE} 字。", f"Say what was put right, at most {MAX_NOTE} characters."
        )
    with transaction.atomic():
        row = _locked(actor, case)
        if not actor.system and actor.organisation_id != row.reseller_id:
            raise Refused("reseller", "由被检查的转售企业提交。", "The inspected reseller sends the proof.")
        if row.state in ENDED or row.state == TABLE.initial or row.proofs.count() >= MAX_PROOFS:
            raise Refused("state", "本案现在不接收整改证明。", "This case takes no proof now.")
        made = Proof.objects.create(
            case=row, words=words.strip(), sent_at=timezone.now(), sent_by=actor.user_id, readers=row.readers
        )
        _note(actor, row, {"proof": str(made.id)})
    return made.id


def recheck(actor: Actor, proof: uuid.UUID, sample: Sample) -> None:
    """What the re-check of a proof found. Refused `permission`, `absent`, `done`, `sample`, `evidence`."""
    _may(actor, Permission.RESELLER_INSPECT)
    _check(sample)
    with transaction.atomic():
        found = Proof.objects.select_for_update().filter(id=proof).first()
        if found is None:
            raise Refused("absent", "没有这份整改证明。", "There is no such proof in your reach.")
        row = _locked(actor, found.case_id)
        path = find().filter(id=row.inspector_id).values_list("path", flat=True).first() or []
        if not actor.system and actor.organisation_id not in path:
            raise Refused(
                "inspector", "由检查单位或其上级复查。", "The inspecting office or the one above it re-checks."
            )
        if found.rechecked_at is not None:
            raise Refused("done", "这份证明已经复查。", "This proof was re-checked already.")
        found.sample, found.compliant, found.evidence = sample.size, sample.compliant, sample.evidence.strip()
        found.rechecked_at, found.rechecked_by = timezone.now(), actor.user_id
        found.save()
        _note(actor, row, {"proof": str(found.id), "sample": sample.size, "compliant": sample.compliant})


def _insert(change: Change, seen: Inspection) -> ResellerCase:
    inspector = change.actor.organisation_id
    if inspector is None:
        raise Refused("inspector", "没有检查单位。", "An inspection belongs to an office.")
    province = find().filter(id=inspector).values_list("province", flat=True).first() or ""
    return ResellerCase.objects.create(
        reseller_id=seen.reseller,
        host_id=seen.host,
        inspector_id=inspector,
        province=province,
        way=seen.way,
        inspected_on=seen.on,
        sample=seen.sample.size,
        compliant=seen.sample.compliant,
        target=seen.target,
        evidence=seen.sample.evidence.strip(),
        state=TABLE.initial,
        version=1,
        created_at=change.at,
        moved_at=change.at,
        readers=readers_of(inspector),
    )


def _check(sample: Sample) -> None:
    if not (0 < sample.size <= MAX_SAMPLE and 0 <= sample.compliant <= sample.size):
        raise Refused(
            "sample", "样本至少一份，合规数不超过样本数。",
            "A sample has at least one piece, and no more are compliant than it has.",
        )  # fmt: skip
    if not 0 < len(sample.evidence.strip()) <= MAX_NOTE:
        raise Refused(
            "evidence", f"请写明依据，最多 {MAX_NOTE} 字。", f"Say what shows it, at most {MAX_NOTE} characters."
        )


def _locked(actor: Actor, case: uuid.UUID) -> ResellerCase:
    row: ResellerCase | None = ResellerCase.objects.select_for_update().filter(id=case).first()
    if row is None or (not actor.system and actor.organisation_id not in row.readers):
        raise Refused("absent", "没有这件检查。", "There is no such case in your reach.")
    return row


def _may(actor: Actor, permission: Permission) -> None:
    if not actor.system and permission not in actor.permissions:
        raise Refused("permission", "您的岗位不能办理。", "Your role may not do this.")


def _note(actor: Actor, row: ResellerCase, body: dict[str, object]) -> None:
    record(
        AuditKind.RESELLER_PROVED,
        actor=actor.user_id,
        organisation=actor.organisation_id,
        object_type=TABLE.name,
        object_id=row.id,
        body=body,
    )
