"""Management tests: Django is set up before their modules are imported; a small country with its cast."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from haodun.console.setup import configure

configure()

from django.conf import settings  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from haodun.casework.orders.models import Category, Order, Urgency  # noqa: E402
from haodun.casework.orders.services import Filing, file_order  # noqa: E402
from haodun.numbering import Holder  # noqa: E402
from haodun.offices.organisations.models import Organisation, User  # noqa: E402
from haodun.offices.organisations.services import (  # noqa: E402
    Kind,
    Role,
    actor_for,
    appoint,
    delegate,
    establish,
    system,
)
from haodun.offices.transitions.services import Actor, actor_of  # noqa: E402
from haodun.registry.number_plan.services import set_range_carrier  # noqa: E402
from haodun.registry.restrictions.services import Basis  # noqa: E402
from haodun.registry.subscribers.services import (  # noqa: E402
    HolderKind,
    NewHolding,
    open_interval,
)

SINCE = datetime(2025, 1, 1, tzinfo=UTC)
HELD = 8613912345678
"""Held by a person, at China Mobile in Jiangsu."""
ALLOCATED = 8613812345678
"""Only allocated; no holder is registered."""
FOREIGN = 442079460123
NUMBERS = "139 1234 5678\n13812345678\n+44 20 7946 0123"

_serial = itertools.count(1)


@dataclass(frozen=True)
class Country:
    """The organisations and the fixed cast."""

    ministry: Organisation
    bureau: Organisation
    other_bureau: Organisation
    police: Organisation
    other_police: Organisation
    carrier: Organisation
    other_carrier: Organisation
    people: dict[str, User]

    def user(self, name: str) -> User:
        return self.people[name]

    def actor(self, name: str, *, sudo: bool = True) -> Actor:
        """A person as act() takes them, with a second proof just given unless `sudo` is False."""
        until = timezone.now() + timedelta(minutes=10) if sudo else None
        return actor_of(self.people[name], sudo_until=until)


CAST = {
    "supervisor": ("ministry", Role.SUPERVISOR),
    "officer": ("bureau", Role.BUREAU_OFFICER),
    "colleague": ("bureau", Role.BUREAU_OFFICER),
    "approver": ("bureau", Role.BUREAU_APPROVER),
    "second_approver": ("bureau", Role.BUREAU_APPROVER),
    "auditor": ("bureau", Role.AUDITOR),
    "stranger": ("other_bureau", Role.BUREAU_APPROVER),
    "police": ("police", Role.POLICE_OFFICER),
    "police_approver": ("police", Role.POLICE_APPROVER),
    "other_police": ("other_police", Role.POLICE_APPROVER),
    "carrier": ("carrier", Role.CARRIER_COMPLIANCE),
    "other_carrier": ("other_carrier", Role.CARRIER_COMPLIANCE),
}


def found_country() -> Country:
    ministry = establish(kind=Kind.MINISTRY, name_zh="通信部", name_en="Ministry of Communications")

    def below(kind: str, zh: str, en: str, province: str) -> Organisation:
        parent = ministry if kind == Kind.BUREAU else None
        return establish(kind=kind, name_zh=zh, name_en=en, parent=parent, province=province)

    places = {
        "ministry": ministry,
        "bureau": below(Kind.BUREAU, "江苏局", "Jiangsu Bureau", "32"),
        "other_bureau": below(Kind.BUREAU, "浙江局", "Zhejiang Bureau", "33"),
        "police": below(Kind.POLICE, "南京公安", "Nanjing Police", "32"),
        "other_police": below(Kind.POLICE, "杭州公安", "Hangzhou Police", "33"),
        "carrier": below(Kind.CARRIER, "江苏移动", "Mobile Jiangsu", "32"),
        "other_carrier": below(Kind.CARRIER, "江苏联通", "Unicom Jiangsu", "32"),
    }
    people = {}
    for name, (place, role) in CAST.items():
        people[name] = User.objects.create_user(username=f"{name}-{next(_serial)}", password=None)
        appoint(people[name], places[place], role)
    set_range_carrier(Holder.MOBILE, places["carrier"].id, province="32")
    set_range_carrier(Holder.UNICOM, places["other_carrier"].id, province="32")
    open_interval(
        NewHolding(
            number=HELD,
            since=SINCE,
            carrier=places["carrier"].id,
            subject=uuid.uuid4(),
            kind=HolderKind.PERSON,
            name="王小明",
            contact="+8613912345678",
        )
    )
    return Country(**places, people=people)


@pytest.fixture
def country(db: None) -> Iterator[Country]:
    """A country in a database that shows every row; tests of scope narrow it themselves."""
    with system():
        yield found_country()


def filing(country: Country, **changes: object) -> Filing:
    """A sound document of the Nanjing police."""
    given = Filing(
        document=f"宁公网安关停〔2026〕{next(_serial)}",
        issuing_unit=country.police.id,
        category=Category.AUTHORITY,
        urgency=Urgency.URGENT,
        basis=Basis.MIIT_POLICE_2015_11,
        numbers=NUMBERS,
    )
    return replace(given, **changes)  # type: ignore[arg-type]


MakeOrder = Callable[..., Order]


@pytest.fixture
def make_order(country: Country) -> MakeOrder:
    """`make_order(by="police", …)`: an order filed and routed."""

    def make(by: str = "police", **changes: object) -> Order:
        filed = file_order(country.actor(by), filing(country, **changes), key=uuid.uuid4().hex)
        return Order.objects.get(id=filed.order)

    return make


def browser(country: Country, name: str, *, sudo: bool = False, lang: str = "zh-hans") -> Client:
    """A browser in which this person is signed in."""
    client = Client(headers={"accept-language": lang, "host": "localhost"})
    user = country.user(name)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    if sudo:
        session = client.session
        until = timezone.now() + timedelta(minutes=10)
        session["haodun.sudo"] = {"user": str(user.pk), "until": until.isoformat()}
        session.save()
    return client


@pytest.fixture
def pages(country: Country, monkeypatch: pytest.MonkeyPatch) -> Country:
    """The country with pages that ask for no second factor, as in a demonstration."""
    monkeypatch.setattr(settings, "HAODUN_DEMO", True)
    return country


def lend(country: Country, giver: str, taker: str) -> None:
    """`giver` lends the own role to `taker` for a day."""
    seat = actor_for(country.user(giver))
    now = timezone.now()
    delegate(
        country.user(giver),
        country.user(taker),
        organisation=Organisation.objects.get(id=seat.organisation_id),
        role=seat.role,
        starts=now - timedelta(hours=1),
        ends=now + timedelta(days=1),
        reason="外出",
    )
