"""Register a line, plan and report its tests, record a finding."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from haodun.audit.services import AuditKind, record
from haodun.offices.organisations.services import Kind, Permission, bureaus_of, find, readers_of
from haodun.offices.organisations.uscc import UsccError
from haodun.offices.organisations.uscc import parse as parse_uscc
from haodun.offices.transitions.services import SYSTEM, Actor, Change, Refused, act, begin
from haodun.registry.voice_lines.models import DeviceReport, LinePermit, LineTest, VoiceLine
from haodun.registry.voice_lines.states import DEVICE, TABLE
from haodun.registry.voice_lines.values import (
    MAX_NAME,
    MAX_NOTE,
    TRUNK,
    DeviceKind,
    Method,
    NewLine,
    ranges_of,
    text_of,
)


def register_line(actor: Actor, line: NewLine, *, key: str, at: datetime | None = None) -> uuid.UUID:
    """Register a line at the actor's own organisation; `at` is when, now where None.

    Refused `trunk`, `permits`, `default`, `uscc`, `blacklisted`, `taken`.
    """
    ranges, default, uscc = _checked(line)

    def make(change: Change) -> list[VoiceLine]:
        return [_insert(change, line, ranges=ranges, default=default, uscc=uscc)]

    request = {
        "kind": line.kind.value,
        "trunk": line.trunk,
        "permits": [text_of(low, high) for low, high in ranges],
        "holder": line.holder,
        "default": line.default,
    }
    try:
        with transaction.atomic():
            return begin(actor, TABLE, "register", make, key=key, request=request, at=at)[0].id
    except IntegrityError as error:
        if "voice_line_trunk_once" not in str(error):
            raise
        raise Refused(
            "taken", "这个中继编号已有登记的线路。", "A line is registered under this trunk id already."
        ) from error


def plan_test(actor: Actor, line: VoiceLine, *, method: Method, planned_for: date) -> uuid.UUID:
    """Plan a test of a line. Refused `permission`."""
    _may_test(actor)
    with transaction.atomic():
        row = LineTest.objects.create(
            line=line, method=method, planned_for=planned_for, planned_by=actor.user_id, readers=line.readers
        )
        _note(actor, row, "planned")
    return row.id


def report_test(actor: Actor, test: uuid.UUID, *, passed: bool, evidence: str, at: datetime | None = None) -> None:
    """The result of a planned test; a line that failed becomes unauthenticated. Refused `done`, `evidence`."""
    _may_test(actor)
    if not 0 < len(evidence.strip()) <= MAX_NOTE:
        raise Refused(
            "evidence", f"请写明依据，最多 {MAX_NOTE} 字。", f"Say what shows it, at most {MAX_NOTE} characters."
        )
    with transaction.atomic():
        row = LineTest.objects.select_for_update().select_related("line").filter(id=test).first()
        if row is None or (not actor.system and actor.organisation_id not in row.readers):
            raise Refused("absent", "没有这项测试。", "There is no such test in your reach.")
        if row.done_at is not None:
            raise Refused("done", "这项测试已有结果。", "This test has its result already.")
        row.passed, row.evidence = passed, evidence.strip()
        row.done_at, row.done_by = at or timezone.now(), actor.user_id
        row.save(update_fields=["passed", "evidence", "done_at", "done_by"])
        _note(actor, row, "passed" if passed else "failed")
        if not passed and row.line.state in ("REGISTERED", "TESTED", "ENFORCED", "EXCEPTION"):
            act(actor, TABLE, [row.line_id], "fail", key=f"failed {row.id}", reason=evidence.strip(), at=at)


def amend_line(actor: Actor, line: VoiceLine, new: NewLine) -> None:
    """Put right what is registered of a line that is not enforced: holder, numbers, default. Refused `state`, …."""
    if not actor.system and Permission.VOICE_LINE_EDIT not in actor.permissions:
        raise Refused("permission", "您的岗位不能登记线路。", "Your role may not register lines.")
    ranges, default, uscc = _checked(new)
    with transaction.atomic():
        row = VoiceLine.objects.select_for_update().get(id=line.id)
        if row.state not in ("REGISTERED", "UNAUTHENTICATED"):
            raise Refused(
                "state",
                "已测试或已鉴权的线路先测试不通过再修改。",
                "Only a registered or unauthenticated line is amended.",
            )
        row.holder, row.uscc, row.location = new.holder.strip(), uscc, new.location.strip()
        row.default, row.unpermitted, row.hiding_off = default, new.unpermitted, new.hiding_off
        row.direction, row.version = new.direction, row.version + 1
        row.save()
        row.permits.all().delete()
        _permit(row, ranges)
        record(
            AuditKind.LINE_REGISTERED,
            actor=actor.user_id,
            organisation=actor.organisation_id,
            object_type=TABLE.name,
            object_id=row.id,
            body={"amended": True, "ranges": len(ranges)},
        )


def find_device(
    actor: Actor, *, kind: DeviceKind, finding: str, province: str = "", line: VoiceLine | None = None, key: str
) -> uuid.UUID:
    """A forbidden device was found; the clock of its report runs. The regulator of the place reads it at once."""
    if not 0 < len(finding.strip()) <= MAX_NOTE:
        raise Refused(
            "finding", f"请写明发现，最多 {MAX_NOTE} 字。", f"State the finding, at most {MAX_NOTE} characters."
        )

    def make(change: Change) -> list[DeviceReport]:
        organisation = _organisation(change)
        own = find().filter(id=organisation).values_list("province", flat=True).first() or ""
        regulators = find(kind=Kind.BUREAU, province=province or own).values_list("id", flat=True)
        row = DeviceReport.objects.create(
            kind=kind,
            organisation_id=organisation,
            line=line,
            province=province or own,
            finding=finding.strip(),
            state=DEVICE.initial,
            version=1,
            created_at=change.at,
            moved_at=change.at,
            readers=readers_of(organisation, *regulators),
        )
        return [row]

    request = {"kind": kind.value, "finding": finding, "province": province, "line": str(line.id) if line else ""}
    return begin(actor, DEVICE, "find", make, key=key, request=request)[0].id


def end_exceptions(at: datetime | None = None) -> int:
    """Exceptions whose time is over end by themselves; how many."""
    now = timezone.now() if at is None else at
    over = VoiceLine.objects.filter(state="EXCEPTION", exception_until__lte=now)
    ids = list(over.order_by("id").values_list("id", "version"))
    for line, version in ids:
        act(SYSTEM, TABLE, [line], "end_exception", key=f"over {line} {version}")
    return len(ids)


def _checked(line: NewLine) -> tuple[list[tuple[int, int]], int | None, str]:
    if TRUNK.fullmatch(line.trunk) is None:
        raise Refused(
            "trunk", "中继编号只能含字母、数字和 . _ : -。", "A trunk id has letters, digits and . _ : - only."
        )
    if len(line.holder) > MAX_NAME or len(line.location) > MAX_NAME:
        raise Refused(
            "words", f"名称和地点最多 {MAX_NAME} 字。", f"Holder and location have at most {MAX_NAME} characters."
        )
    ranges, default = ranges_of(line.permits), ranges_of((line.default,)) if line.default else []
    if ranges is None:
        raise Refused(
            "permits",
            "许可号码写成 +8657188000000 或 +8657188000000-+8657188000099。",
            "Permitted numbers are written +8657188000000 or +8657188000000-+8657188000099.",
        )
    if default is None or (default and default[0][0] != default[0][1]):
        raise Refused(
            "default", "默认号码是一个号码，如 +8657188000000。", "The default is one number, like +8657188000000."
        )
    try:
        uscc = parse_uscc(line.uscc) if line.uscc.strip() else ""
    except UsccError:
        raise Refused(
            "uscc", "统一社会信用代码无效（GB 32100）。", "The unified social credit code is not valid."
        ) from None
    return ranges, default[0][0] if default else None, uscc


def _insert(
    change: Change, line: NewLine, *, ranges: list[tuple[int, int]], default: int | None, uscc: str
) -> VoiceLine:
    carrier = _organisation(change)
    owners = list(find().filter(uscc=uscc).values_list("id", flat=True)) if uscc else []
    own = find().filter(id=carrier).values_list("province", flat=True).first() or ""
    row = VoiceLine.objects.create(
        kind=line.kind,
        trunk=line.trunk,
        carrier_id=carrier,
        province=line.province or own,
        holder=line.holder.strip(),
        uscc=uscc,
        location=line.location.strip(),
        direction=line.direction,
        default=default,
        unpermitted=line.unpermitted,
        hiding_off=line.hiding_off,
        resold=line.resold,
        licence=line.licence,
        existing_since=line.existing_since,
        state=TABLE.initial,
        version=1,
        created_at=change.at,
        moved_at=change.at,
        readers=readers_of(carrier, *owners, *bureaus_of(line.province or own)),
    )
    _permit(row, ranges)
    return row


def _permit(row: VoiceLine, ranges: list[tuple[int, int]]) -> None:
    LinePermit.objects.bulk_create(
        LinePermit(line=row, low=low, high=high, readers=row.readers) for low, high in ranges
    )


def _organisation(change: Change) -> uuid.UUID:
    if change.actor.organisation_id is None:
        raise Refused("carrier", "没有所属单位。", "It belongs to an organisation.")
    return change.actor.organisation_id


def _may_test(actor: Actor) -> None:
    if not actor.system and Permission.VOICE_LINE_TEST not in actor.permissions:
        raise Refused("permission", "您的岗位不能测试线路。", "Your role may not test lines.")


def _note(actor: Actor, row: LineTest, result: str) -> None:
    record(
        AuditKind.LINE_TESTED,
        actor=actor.user_id,
        organisation=actor.organisation_id,
        object_type=TABLE.name,
        object_id=row.line_id,
        body={"result": result, "method": row.method},
    )
