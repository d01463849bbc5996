"""Cards of one person at two carriers and a reseller, and questions about them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.conf import settings
from tests.registry.conftest import DAY, NOW, Land, found_land, holding

from haodun.offices.organisations.services import Kind, establish, system
from haodun.registry.subscribers.services import Document, DocumentKind, Service, open_interval

MINE = Document(DocumentKind.RESIDENT, "11010519491231002X")
OTHER = Document(DocumentKind.PASSPORT, "E12345678")
FIRST = 8613900000100


@pytest.fixture
def country(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Land]:
    """As `furnished`; pages ask for no second factor, as in a demonstration."""
    monkeypatch.setattr(settings, "HAODUN_DEMO", True)
    with system():
        yield furnished(found_land())


def furnished(land: Land) -> Land:
    """Three cards of mine at two carriers and a reseller, one closed, one data card; one card of somebody else."""
    with system():
        resale = establish(kind=Kind.RESELLER, name_zh="分享转售", name_en="Share Resale", parent=land.ministry)
        rows = [
            holding(land, FIRST, document=MINE),
            holding(land, FIRST + 1, document=MINE),
            holding(land, FIRST + 2, document=MINE, carrier=land.unicom, reseller=resale.id),
            holding(land, FIRST + 3, document=MINE, until=NOW - DAY),
            holding(land, FIRST + 4, document=MINE, service=Service.DATA_CARD),
            holding(land, FIRST + 5, document=OTHER),
        ]
        for row in rows:
            open_interval(row)
    return land
