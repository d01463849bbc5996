"""What an entry of the trusted directory is to other contexts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

MAX_NUMBERS = 500
"""Numbers of one application."""
MAX_TRUNKS = 50
MAX_TRUNK = 120
"""Characters of a trunk's id."""
MAX_PURPOSE = 200
VALID_DAYS = 365
RENEW_DAYS = 30
"""How long before its end an entry asks to be renewed."""


class Purpose(TextChoices):
    """What calls from the numbers are for; marketing is none of them."""

    SERVICE = "service", _("客户服务")
    DELIVERY = "delivery", _("配送联系")
    NOTICE = "notice", _("业务通知")
    VERIFICATION = "verification", _("语音验证")
    CARE = "care", _("医疗、教育等公共服务")
    HOTLINE = "hotline", _("只接听的服务热线")


class EvidenceKind(TextChoices):
    """What a file proves."""

    LICENCE = "licence", _("营业执照或法人证书")
    NUMBERS = "numbers", _("号码使用证明（入网协议或电信业务经营者出具）")
    AUTHORISATION = "authorisation", _("经办人授权书")
    BRAND = "brand", _("商标或名称使用证明")


NEEDED = (EvidenceKind.LICENCE, EvidenceKind.NUMBERS, EvidenceKind.AUTHORISATION)
"""Without these nothing is submitted."""


@dataclass(frozen=True, slots=True)
class Trusted:
    """One number in force under an entry."""

    number: int
    """E.164 key."""
    entry: UUID
    holder: UUID
    name_zh: str
    name_en: str
    trunks: tuple[str, ...]
    """Trunks from which its calls come; () where none was named."""
    inbound_only: bool
    until: datetime
    """When the entry ends."""
