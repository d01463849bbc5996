"""Organisations and the people who act for them."""

from __future__ import annotations

import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models


class Kind(models.TextChoices):
    """What an organisation is (DESIGN.md §4.1)."""

    MINISTRY = "ministry", "部"
    BUREAU = "bureau", "省通信管理局"
    CARRIER_GROUP = "carrier_group", "运营商集团"
    CARRIER = "carrier", "运营商省公司"
    RESELLER = "reseller", "移动转售企业"
    POLICE = "police", "公安机关"
    ENTERPRISE = "enterprise", "企业用户"
    PLATFORM = "platform", "互联网企业"
    ASSOCIATION = "association", "行业协会"
    TECHNICAL_CENTRE = "technical_centre", "技术中心"
    PRESS = "press", "新闻单位"


class Organisation(models.Model):
    """One organisation of the tree."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    kind = models.CharField(max_length=24, choices=Kind.choices)
    name_zh = models.CharField(max_length=120)
    name_en = models.CharField(max_length=160)
    province = models.CharField(max_length=2, blank=True, default="")
    """First two digits of GB/T 2260, '' where it is not of one province."""


class User(AbstractUser):
    """A person with a login."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=80, blank=True, default="")


class Membership(models.Model):
    """A person acts for an organisation in a role, from when to when."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=32)
    starts = models.DateTimeField(null=True, blank=True)
    ends = models.DateTimeField(null=True, blank=True)
