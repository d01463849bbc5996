"""Orders of police units to shut numbers down, and what became of each number."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from haodun.offices.organisations.services import Readers


class Category(models.TextChoices):
    """The scam categories of the 12381 system (RULES.md part 5: eight are named in the sources), and the rest."""

    LOAN = "loan", _("虚假贷款")
    REBATE = "rebate", _("刷单返利")
    AUTHORITY = "authority", _("冒充公检法")
    ROMANCE = "romance", _("杀猪盘")
    SERVICE = "service", _("冒充客服")
    ACQUAINTANCE = "acquaintance", _("冒充领导熟人")
    PRIZE = "prize", _("虚假中奖")
    CREDIT = "credit", _("虚假征信")
    UNKNOWN = "unknown", _("其他或未知")


class Urgency(models.TextChoices):
    """How fast (RULES.md §1.4: 24 h, best practice 2 h)."""

    URGENT = "urgent", _("紧急，2 小时")
    NORMAL = "normal", _("普通，24 小时")


class NumberState(models.TextChoices):
    """What became of one number of an order."""

    PENDING = "PENDING", _("待执行")
    EXECUTED = "EXECUTED", _("已关停")
    NOT_OURS = "NOT_OURS", _("无归属运营商，已在网间拦截")
    ALREADY_CLOSED = "ALREADY_CLOSED", _("此前已关停，增加本件为依据")
    REJECTED = "REJECTED", _("未纳入")
    REVERSED = "REVERSED", _("已解除")


class Order(Readers):
    """One document of a police unit that names numbers (反电信网络诈骗法 art. 26; RULES.md W4a)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    document = models.CharField(max_length=60)
    """As `documents.canonical` spells it."""
    issuing_unit = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT, related_name="+")
    filing_unit = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT, related_name="+")
    """Who entered it: the unit itself, or the bureau that got it on paper."""
    category = models.CharField(max_length=16, choices=Category.choices)
    urgency = models.CharField(max_length=8, choices=Urgency.choices)
    basis = models.CharField(max_length=24)
    """A clause of `registry.restrictions.services.Basis`."""
    remark = models.CharField(max_length=400, blank=True, default="")
    state = models.CharField(max_length=16)
    version = models.IntegerField(default=0)
    filed_by = models.UUIDField()
    approved_by = models.UUIDField(null=True)
    created_at = models.DateTimeField()
    """Received: all clocks and K11 count from here."""
    dispatched_at = models.DateTimeField(null=True)
    executed_at = models.DateTimeField(null=True)
    """In effect at every live edge."""
    change = models.BigIntegerField(default=0)
    """Last change of its restrictions; 0 while it has none."""
    note = models.CharField(max_length=400, blank=True, default="")
    """Why it was sent back, rejected, withdrawn or recalled."""
    here = models.BigIntegerField(default=0)
    """The snapshot with which every live edge of this node had it, 0 before; other nodes may still owe theirs."""
    origin_node = models.CharField(max_length=63, blank=True, default="")
    """The node it came from, approved there; '' for one filed here."""
    origin_message = models.UUIDField(null=True)
    """The envelope that brought it; its header and signature stay in the federation's inbox."""
    approval = models.JSONField(default=dict)
    """Who approved it at its origin: person, role, organisation, time, entry of the ledger there; {} for ours."""

    class Meta(Readers.Meta):
        constraints = (models.UniqueConstraint(fields=["issuing_unit", "document"], name="order_document_once"),)
        indexes: ClassVar[Any] = [
            *Readers.Meta.indexes,
            models.Index(fields=["state", "created_at"], name="order_state_created"),
            models.Index(fields=["-created_at", "-id"], name="order_newest"),
            models.Index(fields=["change"], name="order_change", condition=Q(state="DISPATCHED")),
            models.Index(fields=["origin_message"], name="order_origin", condition=Q(origin_message__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.document


class OrderNumber(Readers):
    """One number of an order; a carrier reads only its own."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="numbers")
    number = models.BigIntegerField()
    """E.164 key."""
    kind = models.SmallIntegerField()
    """`numbering.Kind`."""
    province = models.CharField(max_length=2, blank=True, default="")
    carrier = models.ForeignKey("organisations.Organisation", null=True, on_delete=models.PROTECT, related_name="+")
    """Who answers for it; None where nobody here does."""
    certainty = models.CharField(max_length=12, blank=True, default="")
    """How that is known: `subscribers.services.Certainty`."""
    state = models.CharField(max_length=16, choices=NumberState.choices, default=NumberState.PENDING)
    reason = models.CharField(max_length=24, blank=True, default="")
    """Why REJECTED or REVERSED: `numbers.Exclusion`, `removed`, `withdrawn`, `recalled`, `appeal`."""
    restriction = models.UUIDField(null=True)
    changed_at = models.DateTimeField()

    class Meta(Readers.Meta):
        constraints = (models.UniqueConstraint(fields=["order", "number"], name="order_number_once"),)
        indexes: ClassVar[Any] = [
            *Readers.Meta.indexes,
            models.Index(fields=["number"], name="order_number_number"),
            models.Index(fields=["restriction"], name="order_number_restriction"),
        ]


class AtNode(Readers):
    """The part of an order that another node carries out, since the carriers of these numbers live there."""

    class State(models.TextChoices):
        """What that node has said."""

        UNSENT = "UNSENT", _("未送出")
        SENT = "SENT", _("已送出")
        ACCEPTED = "ACCEPTED", _("对方已接受")
        REFUSED = "REFUSED", _("对方拒绝")
        EXECUTED = "EXECUTED", _("对方已执行")
        RECALLED = "RECALLED", _("撤销已送出")
        LIFTED = "LIFTED", _("对方已解除")

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="nodes")
    node = models.CharField(max_length=63)
    numbers = models.IntegerField()
    """How many of its numbers."""
    message = models.UUIDField(null=True)
    """The envelope; None while it could not be sent."""
    state = models.CharField(max_length=8, choices=State.choices)
    code = models.CharField(max_length=40, blank=True, default="")
    """Why it was not sent or was refused."""
    sentence = models.CharField(max_length=400, blank=True, default="")
    changed_at = models.DateTimeField()

    class Meta(Readers.Meta):
        constraints = (models.UniqueConstraint(fields=["order", "node"], name="order_at_node_once"),)
        indexes: ClassVar[Any] = [
            *Readers.Meta.indexes,
            models.Index(fields=["message"], name="order_at_node_message"),
            models.Index(fields=["state"], name="order_at_node_unsent", condition=Q(state="UNSENT")),
        ]


class Undoing(Readers):
    """A recall or a lift that another node asked of this one: executed once every live edge has it."""

    message = models.UUIDField(primary_key=True)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="undoings")
    change = models.BigIntegerField()
    """Last change of the restrictions it lifted."""
    numbers = models.IntegerField()
    done_at = models.DateTimeField(null=True)

    class Meta(Readers.Meta):
        indexes: ClassVar[Any] = [
            *Readers.Meta.indexes,
            models.Index(fields=["change"], name="order_undoing_open", condition=Q(done_at=None)),
        ]
