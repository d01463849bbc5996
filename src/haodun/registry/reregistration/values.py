"""What re-registration is to other contexts: a campaign to be drafted, a target, limits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _

MAX_TITLE = 120
MAX_WAIT = 80
"""Days between two steps: a restriction lasts 90 days at most, and the next step must come before it ends."""
OPEN = ("NOTIFIED", "REMINDED", "ONE_WAY_STOP", "TWO_WAY_STOP")
"""States of a card that go on."""
WAITS = ("remind_after", "one_way_after", "two_way_after", "release_after")
"""Days from each step to the next, in the order of OPEN."""

TOLD = {"NOTIFIED": "notice", "REMINDED": "reminder"}
"""States that are told by a notice of their own; the stops are told by the notices of their restrictions."""


class Dimension(models.TextChoices):
    """What a target is about."""

    ALL = "all", _("全部")
    CARRIER = "carrier", _("运营商")
    RESELLER = "reseller", _("转售企业")
    PROVINCE = "province", _("省份")


class Possession(models.TextChoices):
    """How a clerk saw that a number is in the hands of whoever came."""

    CARD = "card", _("卡在手，当场拨测")
    PASSWORD = "password", _("服务密码")
    CODE = "code", _("发到该号码的验证码")


@dataclass(frozen=True, slots=True)
class Shop:
    """One holder who came with a document, as a clerk typed it; all of it text from outside."""

    number: str
    """As a person writes it, such as 138 0013 8000."""
    name: str
    document_kind: str
    """A code or a title of `DocumentKind`."""
    document: str
    possession: str
    """`Possession`."""
    agent: str = ""
    """Unified social credit code of the channel; '' for an own shop."""


@dataclass(frozen=True, slots=True)
class NewCampaign:
    """A campaign to be drafted, of the cards of the actor's own organisation."""

    title: str
    starts_on: date
    reseller: UUID | None = None
    """Only the cards of this reseller on the carrier's network."""
    province: str = ""
    """GB/T 2260, two digits; '' for all."""
    remind_after: int = 15
    """Days from the notice to the reminder."""
    one_way_after: int = 15
    two_way_after: int = 30
    release_after: int = 60
    """Days from the two-way stop to the release (Beijing 2016: two months to restore)."""


@dataclass(frozen=True, slots=True)
class NewTarget:
    """A share to be reached by a day."""

    dimension: Dimension
    key: str
    """Organisation id, or two digits of a province; '' for all."""
    basis_points: int
    """9600 is 96 %."""
    due: date
    reason: str
    before: int | None = None
    """Version that this one replaces; None: there is none yet."""
