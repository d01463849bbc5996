"""Registry tests: Django is set up first; a small country with two carriers, a police unit and its cast."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from haodun.console.setup import configure

configure()

from haodun.numbering import Holder  # noqa: E402
from haodun.offices.organisations.models import Organisation, User  # noqa: E402
from haodun.offices.organisations.services import Kind, Role, appoint, establish  # noqa: E402
from haodun.offices.transitions.services import Actor  # noqa: E402
from haodun.registry.number_plan.services import set_range_carrier  # noqa: E402
from haodun.registry.subscribers.services import (  # noqa: E402
    HolderKind,
    NewHolding,
)

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Land:
    """The organisations and the cast."""

    ministry: Organisation
    bureau: Organisation
    mobile: Organisation
    unicom: Organisation
    police: Organisation
    owner: User
    """Of the mobile carrier."""
    colleague: User
    """Of the bureau above it."""
    stranger: User
    """Of the other carrier."""

    @property
    def officer(self) -> Actor:
        """A police officer who acts."""
        return Actor(user_id=self.owner.id, organisation_id=self.police.id, role=Role.POLICE_OFFICER)


def found_land() -> Land:
    """Make it, in the database of the test."""
    ministry = establish(kind=Kind.MINISTRY, name_zh="通信部", name_en="Ministry of Communications")
    bureau = establish(
        kind=Kind.BUREAU, name_zh="江苏省通信管理局", name_en="Jiangsu Bureau", parent=ministry, province="32"
    )
    mobile, unicom = (
        establish(kind=Kind.CARRIER, name_zh=f"江苏{zh}", name_en=f"{en} Jiangsu", parent=bureau, province="32")
        for zh, en in (("移动", "Mobile"), ("联通", "Unicom"))
    )
    police = establish(
        kind=Kind.POLICE,
        name_zh="南京市公安局",
        name_en="Nanjing Police",
        parent=ministry,
        province="32",
        place="320100",
    )
    set_range_carrier(Holder.MOBILE, mobile.id, province="32")
    set_range_carrier(Holder.UNICOM, unicom.id)
    people = [User.objects.create_user(username=name, password=None) for name in ("owner", "colleague", "stranger")]
    appoint(people[0], mobile, Role.CARRIER_COMPLIANCE)
    appoint(people[1], bureau, Role.BUREAU_OFFICER)
    appoint(people[2], unicom, Role.CARRIER_COMPLIANCE)
    return Land(ministry, bureau, mobile, unicom, police, *people)


def holding(land: Land, number: int, *, carrier: Organisation | None = None, **changes: object) -> NewHolding:
    """A person who holds a number since long ago."""
    values: dict[str, object] = {
        "number": number,
        "since": NOW - 400 * DAY,
        "carrier": (carrier or land.mobile).id,
        "subject": uuid4(),
        "kind": HolderKind.PERSON,
        "name": "欧阳小明",
        "contact": "+8613900000000",
    }
    return NewHolding(**{**values, **changes})  # type: ignore[arg-type]


def subject() -> UUID:
    """A new holder."""
    return uuid4()


@pytest.fixture
def land(db: None) -> Land:
    return found_land()


@pytest.fixture
def lasting_land(committed_db: object) -> Land:
    """The same, committed."""
    return found_land()
