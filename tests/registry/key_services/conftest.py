"""Key services' tests: a carrier with two officers and their bureau, applications that are sound until changed."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.registry.conftest import Land, found_land

from haodun.offices.organisations.models import User
from haodun.offices.organisations.services import Role, appoint, system
from haodun.offices.organisations.uscc import check_character
from haodun.offices.transitions.services import Actor, actor_of
from haodun.registry.key_services.models import Service
from haodun.registry.key_services.services import (
    Application,
    PersonSeen,
    ServiceKind,
    apply,
    call_back,
    read_back,
    register_existing,
    take,
)

LEGAL = PersonSeen("王建国", "11010519491231002X")
HANDLER = PersonSeen("李小红", "440524188001010014")
LANDING = ("025-83123456",)


def code(serial: int) -> str:
    """A valid unified social credit code."""
    body = f"91320100{serial:09d}"
    return body + check_character(body)


@dataclass
class Cast:
    """Who acts, with a second proof."""

    land: Land
    people: dict[str, User]

    def __getitem__(self, name: str) -> Actor:
        return actor_of(self.people[name], sudo_until=datetime.now(UTC) + timedelta(minutes=10))


CAST = {
    "shop": ("mobile", Role.CARRIER_COMPLIANCE),
    "checker": ("mobile", Role.CARRIER_COMPLIANCE),
    "rival": ("unicom", Role.CARRIER_COMPLIANCE),
    "officer": ("bureau", Role.BUREAU_OFFICER),
    "approver": ("bureau", Role.BUREAU_APPROVER),
    "approver2": ("bureau", Role.BUREAU_APPROVER),
    "supervisor": ("ministry", Role.SUPERVISOR),
}


def cast_of(land: Land) -> Cast:
    """Appoint the cast in a land."""
    people = {}
    for name, (place, role) in CAST.items():
        people[name] = User.objects.create_user(username=f"ks-{name}", password=None)
        appoint(people[name], getattr(land, place), role)
    return Cast(land, people)


@pytest.fixture
def cast(db: None) -> Iterator[Cast]:
    with system():
        yield cast_of(found_land())


_numbers = iter(range(4_001_000_000, 4_009_999_999))


def application(**changes: object) -> Application:
    """A sound application for a new 400 number."""
    sound = Application(
        kind=ServiceKind.SERVICE_400,
        number=str(next(_numbers)),
        applicant="南京同仁食品有限公司",
        uscc=code(1),
        legal=LEGAL,
        handler=HANDLER,
        use="客户服务热线",
        landing=LANDING,
    )
    return replace(sound, **changes)  # type: ignore[arg-type]


def key() -> str:
    return uuid.uuid4().hex


Applied = Callable[..., Service]


def applied(cast: Cast, **changes: object) -> Service:
    return Service.objects.get(id=apply(cast["shop"], application(**changes), key=key()))


def prove(cast: Cast, service: Service, by: str = "checker") -> None:
    for landing in service.landings.all():
        assert read_back(cast[by], landing.id, call_back(cast[by], landing.id))


def active(cast: Cast, **changes: object) -> Service:
    """A service that went the whole way."""
    service = applied(cast, **changes)
    prove(cast, service)
    step(cast["checker"], service, "verify")
    step(cast["shop"], service, "activate")
    return service


def existing(cast: Cast, **changes: object) -> Service:
    """One of the existing base, in use."""
    given = application(existing_since=datetime(2015, 3, 1, tzinfo=UTC), **changes)
    return Service.objects.get(id=register_existing(cast["shop"], given, key=key()))


def step(actor: Actor, service: Service, action: str, **more: object) -> Service:
    take(actor, [service.id], action, key=key(), **more)  # type: ignore[arg-type]
    service.refresh_from_db()
    return service


def flagged(cast: Cast, service: Service | None = None, defect: str = "use_differs") -> Service:
    service = service or active(cast)
    return step(cast["officer"], service, "flag", data={"defect": defect, "note": "拨测发现用于推销"})
