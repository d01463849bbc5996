"""A planter of cards: gangs, families, fleets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count

import pytest
from tests.registry.conftest import DAY, NOW, Land, found_land, holding
from tests.registry.key_services.conftest import Cast, cast_of

from haodun.offices.organisations.models import Organisation
from haodun.offices.organisations.services import system
from haodun.registry.subscribers.services import Document, DocumentKind, open_interval

MINUTE = timedelta(minutes=1)


@dataclass
class Planter:
    """Opens cards, each under a document of its own unless told otherwise."""

    cast: Cast
    _serial: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def land(self) -> Land:
        return self.cast.land

    def document(self) -> Document:
        return Document(DocumentKind.PASSPORT, f"E{next(self._serial):08d}")

    def open(self, **changes: object) -> int:
        number = 8613900000000 + next(self._serial)
        sound: dict[str, object] = {
            "document": self.document(),
            "since": NOW - 2 * DAY,
            "agent": "A1",
            "province": "32",
        }
        carrier = changes.pop("carrier", None)
        assert carrier is None or isinstance(carrier, Organisation)
        open_interval(holding(self.land, number, carrier=carrier, **{**sound, **changes}))
        return number

    def many(self, cards: int, *, apart: timedelta = DAY, **changes: object) -> list[int]:
        return [self.open(**{"since": NOW - 90 * DAY + place * apart, **changes}) for place in range(cards)]

    def gang(self, cards: int = 7) -> list[int]:
        """Cards of different people on one device."""
        return self.many(cards, device="49015420323751")


@pytest.fixture
def plant(db: None) -> Iterator[Planter]:
    with system():
        yield Planter(cast_of(found_land()))
