"""Holder intervals: who held which number from when to when."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import Func, Q, Value
from django.utils.translation import gettext_lazy as _

from haodun.offices.organisations.models import Organisation
from haodun.offices.organisations.services import Readers
from haodun.registry.subscribers.documents import DocumentKind

MARK = 32
"""Bytes of a keyed mark."""


class HolderInterval(Readers):
    """One holder of one number, from when to when. No number has two holders at a time."""

    number = models.BigIntegerField()
    """E.164 key."""
    valid = DateTimeRangeField()
    """[since, until)."""
    carrier = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    reseller = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", null=True)
    subject = models.UUIDField()
    """Random id of the holder."""
    kind = models.CharField(max_length=12)
    province = models.CharField(max_length=2, default="", blank=True)
    masked_name = models.CharField(max_length=160)
    name_sealed = models.BinaryField()
    contact_sealed = models.BinaryField()
    contact_mark = models.BinaryField(max_length=32)
    """HMAC of the contact, for equality; b'' where none is known."""

    class Meta(Readers.Meta):
        indexes = (
            *Readers.Meta.indexes,
            models.Index(fields=["number"]),
            models.Index(fields=["subject"]),
            models.Index(fields=["contact_mark"], condition=~Q(contact_mark=b""), name="holder_contact"),
        )
        constraints: ClassVar = [
            ExclusionConstraint(
                name="one_holder_at_a_time",
                expressions=[
                    (Func("number", "number", Value("[]"), function="int8range"), RangeOperators.OVERLAPS),
                    ("valid", RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(condition=Q(number__gt=0), name="holder_number_is_one"),
            models.CheckConstraint(condition=Q(valid__isempty=False), name="holder_interval_lasts"),
        ]


class Service(models.TextChoices):
    """What a number is used for, as the rates are told apart."""

    MOBILE = "mobile", _("移动电话")
    DATA_CARD = "data_card", _("无线上网卡")
    IOT = "iot", _("物联网卡")
    FIXED = "fixed", _("固定电话")


class Opened(models.TextChoices):
    """How a number was opened."""

    SHOP = "shop", _("自有营业厅")
    AGENT = "agent", _("代理网点")
    ONLINE = "online", _("网上")
    DELIVERY = "delivery", _("上门或寄递")
    TRANSFER = "transfer", _("过户")
    UNKNOWN = "unknown", _("不详")


class RealName(models.TextChoices):
    """The real-name state of a number held by somebody."""

    NONE = "none", _("未登记")
    INCOMPLETE = "incomplete", _("登记不全")
    FAILED = "failed", _("核验未通过")
    VALID = "valid", _("已实名")


class Record(Readers):
    """What was recorded when a number was given to its holder: one to one with the interval."""

    interval = models.OneToOneField(HolderInterval, on_delete=models.CASCADE, primary_key=True, related_name="record")
    party = models.UUIDField()
    """Whose five cards these count among: the reseller, else the group of the carrier, else the carrier."""
    document_kind = models.CharField(max_length=20, choices=DocumentKind.choices, blank=True, default="")
    document_sealed = models.BinaryField(default=b"")
    document_mark = models.BinaryField(max_length=MARK, default=b"")
    """HMAC of `Document.key`; b'' where no document was recorded."""
    personal = models.BooleanField(default=False)
    """The document is a person's."""
    proxy_kind = models.CharField(max_length=20, choices=DocumentKind.choices, blank=True, default="")
    """Of whoever opened it for the holder (Order 25 art. 6)."""
    proxy_sealed = models.BinaryField(default=b"")
    proxy_mark = models.BinaryField(max_length=MARK, default=b"")
    agent = models.CharField(max_length=40, blank=True, default="")
    """Code of the channel that opened it; '' for own shops."""
    service = models.CharField(max_length=12, choices=Service.choices, default=Service.MOBILE)
    opened_how = models.CharField(max_length=12, choices=Opened.choices, default=Opened.UNKNOWN)
    address_sealed = models.BinaryField(default=b"")
    address_mark = models.BinaryField(max_length=MARK, default=b"")
    device_mark = models.BinaryField(max_length=MARK, default=b"")
    """HMAC of the device's IMEI without its check digit."""

    class Meta(Readers.Meta):
        indexes = (
            *Readers.Meta.indexes,
            models.Index(fields=["document_mark", "party"], condition=Q(personal=True), name="record_document"),
            models.Index(fields=["address_mark"], condition=~Q(address_mark=b""), name="record_address"),
            models.Index(fields=["device_mark"], condition=~Q(device_mark=b""), name="record_device"),
            models.Index(fields=["agent"], condition=~Q(agent=""), name="record_agent"),
        )


class Registration(Readers):
    """A real-name state of an interval: from when to when it held, and from when to when that was what we knew.

    Two times (bitemporal): `valid` is when it was so, `recorded` when this row was what the register said. A row is
    never changed but by ending `recorded`, once; a correction is a new row. So every past figure can be computed again.
    Triggers of the migration keep `RegistrationDelta` in step, whoever writes.
    """

    interval = models.ForeignKey(HolderInterval, on_delete=models.CASCADE, related_name="registrations")
    status = models.CharField(max_length=12, choices=RealName.choices)
    checked = models.BooleanField(default=False)
    """The holder was checked again after opening (老用户核查)."""
    valid = DateTimeRangeField()
    recorded = DateTimeRangeField()
    carrier = models.UUIDField()
    reseller = models.UUIDField(null=True)
    province = models.CharField(max_length=2, blank=True, default="")
    service = models.CharField(max_length=12, choices=Service.choices)
    old = models.BooleanField()
    """Opened before OLD_BEFORE."""
    source = models.CharField(max_length=24)
    """opening, import, closing, reregistration, check, correction …"""
    actor = models.UUIDField(null=True)

    class Meta(Readers.Meta):
        indexes = (
            *Readers.Meta.indexes,
            models.Index(fields=["-interval"], condition=~Q(status="valid"), name="registration_not_valid"),
        )
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(valid__isempty=False, recorded__isempty=False), name="registration_lasts"
            ),
        ]


class RegistrationDelta(Readers):
    """By how much counts changed on a day of validity, as recorded at a moment: their sum up to both is the count."""

    recorded_at = models.DateTimeField()
    day = models.DateField()
    """Beijing day from whose end on the change counts."""
    carrier = models.UUIDField()
    reseller = models.UUIDField(null=True)
    province = models.CharField(max_length=2)
    service = models.CharField(max_length=12)
    old = models.BooleanField()
    numbers = models.BigIntegerField()
    valid = models.BigIntegerField()
    """Numbers in the state `valid`."""
    checked = models.BigIntegerField()

    class Meta(Readers.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["recorded_at", "day", "carrier", "reseller", "province", "service", "old"],
                nulls_distinct=False,
                name="registration_delta_once",
            )
        ]


class PublishedFigure(Readers):
    """A figure as it was given out. Never changed: a revision is a new row that names the one before and why."""

    code = models.CharField(max_length=16)
    dimension = models.CharField(max_length=12)
    """all, carrier, reseller, province, service."""
    key = models.CharField(max_length=40, blank=True, default="")
    as_of = models.DateField()
    numerator = models.BigIntegerField()
    denominator = models.BigIntegerField()
    known_at = models.DateTimeField()
    """What was recorded by then went into it."""
    definition = models.SmallIntegerField()
    published_at = models.DateTimeField()
    published_by = models.UUIDField(null=True)
    organisation = models.UUIDField(null=True)
    """For whom it was published: the figure covers what that organisation may read; null: everything here."""
    revises = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="revision")
    reason = models.CharField(max_length=400, blank=True, default="")

    class Meta(Readers.Meta):
        indexes = (
            *Readers.Meta.indexes,
            models.Index(fields=["organisation", "code", "as_of"], name="figure_organisation_as_of"),
        )
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organisation", "code", "dimension", "key", "as_of"],
                condition=Q(revises=None),
                nulls_distinct=False,
                name="figure_published_once",
            ),
            models.CheckConstraint(condition=Q(revises=None) | ~Q(reason=""), name="figure_revision_says_why"),
        ]


from haodun.registry.subscribers.run_models import ExcessCard, ImportRun, Quarantine  # noqa: E402 (Django finds models here)

__all__ = [
    "ExcessCard",
    "HolderInterval",
    "ImportRun",
    "Opened",
    "PublishedFigure",
    "Quarantine",
    "RealName",
    "Record",
    "Registration",
    "RegistrationDelta",
    "Service",
]
