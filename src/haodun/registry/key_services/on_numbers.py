"""What key services say of a number on its page: those it is the number of, and those whose calls end at it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from haodun.offices.transitions.on_number import MOST, Course, courses
from haodun.registry.key_services.models import GONE, Landing, Service
from haodun.registry.key_services.sayings import SERVICE
from haodun.registry.key_services.shown import TONES
from haodun.registry.key_services.states import TABLE


def courses_on(number: int, user: Any) -> list[Course]:
    """The services of a number (E.164 key) that this person may read, newest first."""
    ending = list(Landing.objects.filter(number=number).values_list("service", flat=True)[:MOST])
    mine = Q(number=number) | Q(id__in=ending)
    rows = Service.objects.scoped_to(user).filter(mine).order_by("-created_at")[:MOST]

    def describe(row: Service) -> tuple[str, str, datetime, datetime | None]:
        kind = row.get_kind_display()
        if row.number != number:
            kind = _("{kind}的落地号码").format(kind=kind)
        until = (row.closed_at or row.moved_at) if row.state in GONE else None
        return f"{kind} {row.applicant}", reverse("key_services:service", args=[row.id]), _since(row), until

    return courses(TABLE, list(rows), sayings=SERVICE, tones=TONES[TABLE.name], describe=describe)


def _since(row: Service) -> datetime:
    return row.existing_since or row.created_at
