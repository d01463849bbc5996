"""Draft a campaign and take its steps; set a target."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from haodun.audit.services import AuditKind, record
from haodun.offices.organisations.models import Organisation
from haodun.offices.organisations.services import Kind, Permission, bureaus_of, find, readers_of, system
from haodun.offices.transitions.services import Actor, Change, Outcome, Preview, Refused, act, begin, preview
from haodun.registry.reregistration.models import Campaign, Target
from haodun.registry.reregistration.states import CAMPAIGN
from haodun.registry.reregistration.values import MAX_TITLE, MAX_WAIT, WAITS, Dimension, NewCampaign, NewTarget

HOLDS_CARDS = (Kind.CARRIER, Kind.RESELLER)
SETS_TARGETS = (Kind.MINISTRY, Kind.BUREAU)


def draft_campaign(actor: Actor, new: NewCampaign, *, key: str) -> uuid.UUID:
    """Draft a campaign over the cards of the actor's organisation. Refused `carrier`, `title`, `days`, `reseller`."""
    if not 0 < len(new.title.strip()) <= MAX_TITLE:
        raise Refused("title", f"名称须为 1 至 {MAX_TITLE} 字。", f"A title has 1 to {MAX_TITLE} characters.")
    days = {name: getattr(new, name) for name in WAITS}
    if not all(1 <= value <= MAX_WAIT for value in days.values()):
        raise Refused(
            "days", f"每一步间隔 1 至 {MAX_WAIT} 日。", f"From one step to the next are 1 to {MAX_WAIT} days."
        )
    unit = _unit(actor)
    if unit is None or unit.kind not in HOLDS_CARDS:
        raise Refused("carrier", "补登记由运营商或转售企业安排。", "A carrier or a reseller plans a re-registration.")
    if new.reseller is not None and not find(kind=Kind.RESELLER).filter(id=new.reseller).exists():
        raise Refused("reseller", "没有这家转售企业。", "There is no such reseller.")

    def make(change: Change) -> list[Campaign]:
        return [
            Campaign.objects.create(
                title=new.title.strip(),
                organisation=unit,
                reseller_id=new.reseller,
                province=new.province,
                starts_on=new.starts_on,
                state=CAMPAIGN.initial,
                version=1,
                created_at=change.at,
                moved_at=change.at,
                readers=readers_of(unit.id, *bureaus_of(new.province or unit.province)),
                **days,
            )
        ]

    request = {
        "title": new.title, "starts_on": new.starts_on.isoformat(), "reseller": str(new.reseller or ""),
        "province": new.province, **days,
    }  # fmt: skip
    return begin(actor, CAMPAIGN, "draft", make, key=key, request=request)[0].id


def take(
    actor: Actor,
    ids: Sequence[uuid.UUID],
    action: str,
    *,
    key: str,
    reason: str = "",
    seen: str | None = None,
    version: int | None = None,
) -> tuple[Outcome, ...]:
    """Take a step on campaigns, all or none. Raises Refused."""
    return act(actor, CAMPAIGN, ids, action, key=key, reason=reason, seen=seen, version=version)


def preview_step(actor: Actor, campaign: Campaign, action: str) -> Preview:
    """What a step would meet now, and what it would restrict if nobody registered."""
    return preview(actor, CAMPAIGN, [campaign.id], action)


def set_target(actor: Actor, new: NewTarget) -> Target:
    """Set a target, or replace its last version. Refused `permission`, `unit`, `about`, `share`, `reason`, `stale`."""
    if actor.system or Permission.REREGISTRATION_APPROVE not in actor.permissions:
        raise Refused("permission", "您的岗位不能设定目标。", "Your role may not set targets.")
    unit = _unit(actor)
    if unit is None or unit.kind not in SETS_TARGETS:
        raise Refused("unit", "目标由通信管理部门设定。", "The ministry or a bureau sets targets.")
    about = _about(unit, new)
    if not 1 <= new.basis_points <= 10_000:
        raise Refused("share", "目标须在 0.01% 至 100% 之间。", "A target is between 0.01 % and 100 %.")
    if not 0 < len(new.reason.strip()) <= 400:
        raise Refused("reason", "请写明依据或修订原因，最多 400 字。", "Say why, in at most 400 characters.")
    try:
        with transaction.atomic(), system():
            return _set(actor, unit, new, about)
    except IntegrityError as error:
        raise _stale() from error


def _unit(actor: Actor) -> Organisation | None:
    return None if actor.organisation_id is None else find().filter(id=actor.organisation_id).first()


def _set(actor: Actor, unit: Organisation, new: NewTarget, about: list[uuid.UUID]) -> Target:
    known = Target.objects.filter(organisation=unit, dimension=new.dimension, key=new.key).order_by("-version").first()
    if (known.version if known else None) != new.before:
        raise _stale()
    row = Target.objects.create(
        dimension=new.dimension,
        key=new.key,
        basis_points=new.basis_points,
        due=new.due,
        version=(new.before or 0) + 1,
        reason=new.reason.strip(),
        organisation=unit,
        set_by=actor.user_id,
        set_at=timezone.now(),
        readers=readers_of(unit.id, *about),
    )
    record(
        AuditKind.REREGISTRATION_TARGET,
        actor=actor.user_id,
        on_behalf_of=actor.on_behalf_of,
        organisation=actor.organisation_id,
        object_type="reregistration_target",
        object_id=row.id,
        body={
            "dimension": row.dimension, "key": row.key, "basis_points": row.basis_points, "due": row.due.isoformat(),
            "version": row.version,
        },
    )  # fmt: skip
    return row


def within(unit: Organisation) -> QuerySet[Organisation]:
    """Who holds cards within a unit's reach: of a bureau those under it and those of its province."""
    units = find().filter(kind__in=HOLDS_CARDS)
    if unit.kind == Kind.MINISTRY:
        return units
    return units.filter(Q(path__contains=[unit.id]) | (Q(province=unit.province) & ~Q(province="")))


def _about(unit: Organisation, new: NewTarget) -> list[uuid.UUID]:
    """Whom a target is about, and so who reads it beside who set it; of a bureau only what is within its reach."""
    bearing = within(unit)
    if new.dimension == Dimension.ALL and not new.key and unit.kind == Kind.MINISTRY:
        return list(bearing.values_list("id", flat=True))
    if new.dimension == Dimension.PROVINCE and new.key and (unit.kind == Kind.MINISTRY or unit.province == new.key):
        return list(bearing.filter(province=new.key).values_list("id", flat=True))
    kinds = {Dimension.CARRIER: Kind.CARRIER, Dimension.RESELLER: Kind.RESELLER}
    if new.dimension in kinds:
        try:
            wanted = uuid.UUID(new.key)
        except ValueError:
            wanted = None
        if wanted and bearing.filter(id=wanted, kind=kinds[new.dimension]).exists():
            return [wanted]
    raise Refused(
        "about", "目标的对象不在本单位范围内。", "What the target is about is not within your organisation's reach."
    )


def _stale() -> Refused:
    return Refused("stale", "目标已有更新的版本，请核对后重填。", "The target has a newer version; look at it first.")
