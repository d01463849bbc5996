"""What key services are to other contexts: kinds, defects, breaches, what is applied for, one service, one listing."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

MAX_NAME = 120
MAX_USE = 200
MAX_NOTE = 400
MAX_LANDING = 20
"""Landing numbers of one service."""


class ServiceKind(models.TextChoices):
    """The three services that 452号 art. 6 names beside the voice line."""

    SERVICE_400 = "400", _("400 号码")
    ONE_NUMBER = "one_number", _("一号通")
    SWITCHBOARD = "switchboard", _("商务总机")


class Channel(models.TextChoices):
    """Through what an application came in (art. 7)."""

    OWN_SHOP = "own_shop", _("运营商自有营业厅")
    AGENT = "agent", _("代理商")
    WEB = "web", _("网上渠道")


class ApplicantKind(models.TextChoices):
    """Who applies."""

    ORGANISATION = "organisation", _("单位")
    INDIVIDUAL = "individual", _("个人")


class Defect(models.TextChoices):
    """The defect codes of 452号 art. 6, in its order."""

    NO_REGISTRATION = "no_registration", _("无主体登记")
    FALSE = "false", _("登记虚假")
    INCOMPLETE = "incomplete", _("登记不完整")
    USE_NOT_REGISTERED = "use_not_registered", _("用途未登记")
    USE_DIFFERS = "use_differs", _("用途与登记不符")
    UNQUALIFIED = "unqualified", _("无资质")
    RULE_BREACH = "rule_breach", _("违规使用")
    ABNORMAL_USE = "abnormal_use", _("使用异常")


NOT_REAL_NAME = (Defect.NO_REGISTRATION, Defect.FALSE, Defect.INCOMPLETE)
"""Defects that make a registration no valid one (real-name rate)."""


class Breach(models.TextChoices):
    """What a channel or a user did (arts. 5 and 7; blacklist of firms and persons)."""

    MISSING_REGISTRATION = "missing_registration", _("未登记即开通")
    FALSE_REGISTRATION = "false_registration", _("虚假登记")
    BULK_OPENING = "bulk_opening", _("批量开卡")
    CARD_FARMING = "card_farming", _("养卡")
    SUB_DELEGATION = "sub_delegation", _("转委托代理")
    ILLEGAL_LINE = "illegal_line", _("违规经营或转租语音业务")
    FRAUD_USE = "fraud_use", _("用于诈骗")


class PartyKind(models.TextChoices):
    """What stands on the blacklist."""

    FIRM = "firm", _("企业")
    PERSON = "person", _("个人")


@dataclass(frozen=True, slots=True)
class PersonSeen:
    """A person whose document was looked at; in clear here, ciphertext at rest."""

    name: str
    document: str


@dataclass(frozen=True, slots=True)
class Application:
    """What a carrier's shop takes down of an applicant (art. 7)."""

    kind: ServiceKind
    number: str
    """The service number, in any spelling."""
    applicant: str
    """Name of the organisation."""
    uscc: str
    legal: PersonSeen
    handler: PersonSeen
    use: str
    """Declared use."""
    landing: tuple[str, ...]
    """Numbers that calls end at, in any spelling."""
    applicant_kind: ApplicantKind = ApplicantKind.ORGANISATION
    channel: Channel = Channel.OWN_SHOP
    resold: bool = False
    licence: str = ""
    """Telecom licence, where the service is resold."""
    licence_until: date | None = None
    province: str = ""
    existing_since: datetime | None = None
    """When it was opened, for one of the existing base that is only being registered; None for a new one."""

    def to_json(self) -> dict[str, Any]:
        """As the step's request; the persons are left out, their marks are put in by the service."""
        return {
            "kind": self.kind.value,
            "applicant_kind": self.applicant_kind.value,
            "channel": self.channel.value,
            "landing": len(self.landing),
            "resold": self.resold,
        }


@dataclass(frozen=True, slots=True)
class KeyService:
    """One service as other contexts see it: no person."""

    id: uuid.UUID
    kind: ServiceKind
    number: int
    carrier: uuid.UUID
    applicant: str
    uscc: str
    use: str
    state: str
    landing: tuple[int, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Listed:
    """A party on the shared blacklist."""

    id: uuid.UUID
    kind: PartyKind
    breach: Breach
    since: datetime
    source: uuid.UUID
    """Organisation that had it listed."""
