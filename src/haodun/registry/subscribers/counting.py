"""How many cards stand under a document at each operator, and under which document a number stands; set-based."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q
from django.db.models.functions import Coalesce

from haodun.offices.organisations.models import Organisation
from haodun.offices.organisations.services import system
from haodun.registry.subscribers.models import HolderInterval, Record, Service


def cards_by_operator(marks: Collection[bytes], at: datetime) -> dict[bytes, dict[UUID, int]]:
    """Mobile cards active at `at` under each document's mark, by reseller, else carrier; absent where there is none."""
    found: dict[bytes, dict[UUID, int]] = {}
    with system():
        rows = Record.objects.filter(
            document_mark__in=list(marks), personal=True, service=Service.MOBILE, interval__valid__contains=at
        )
        operator = Coalesce("interval__reseller_id", "interval__carrier_id")
        counted = rows.values("document_mark").annotate(operator=operator, cards=Count("pk"))
        for mark, of, cards in counted.values_list("document_mark", "operator", "cards"):
            found.setdefault(bytes(mark), {})[of] = cards
    return found


def marks_of(numbers: Collection[int], at: datetime) -> dict[int, bytes]:
    """The mark of the person's document under which each number is a mobile card at `at`; others are absent."""
    with system():
        rows = HolderInterval.objects.filter(
            number__in=list(numbers), valid__contains=at, record__personal=True, record__service=Service.MOBILE
        )
        return {number: bytes(mark) for number, mark in rows.values_list("number", "record__document_mark") if mark}


def operators_counted(at: datetime) -> tuple[UUID, ...]:
    """Carriers and resellers with a number in this register at `at`: whose cards are counted here."""
    with system():
        held = HolderInterval.objects.filter(valid__contains=at)
        own = Exists(held.filter(carrier=OuterRef("pk"), reseller=None))
        resold = Exists(held.filter(reseller=OuterRef("pk")))
        rows = Organisation.objects.filter(Q(own) | Q(resold)).order_by("province", "name_zh", "id")
        return tuple(rows.values_list("id", flat=True))
