"""Management tests: Django is set up before their modules are imported; a small cast for the pages of the console."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest

from haodun.console.setup import configure

configure()

if TYPE_CHECKING:
    from haodun.offices.organisations.models import Organisation, User

NUMBER = 8617123458306
"""A number with two holders and a restriction; nobody's."""


@dataclass(frozen=True)
class Cast:
    """A bureau, its officer, an auditor, a stranger of an enterprise, and the opaque id of NUMBER."""

    bureau: Organisation
    carrier: Organisation
    officer: User
    auditor: User
    stranger: User
    subject: UUID


@pytest.fixture
def demonstration() -> Iterator[None]:
    """The site is a demonstration: invented data, no second factor demanded."""
    from django.conf import settings

    before = settings.HAODUN_SYNTHETIC, settings.HAODUN_DEMO
    settings.HAODUN_SYNTHETIC = settings.HAODUN_DEMO = True
    yield
    settings.HAODUN_SYNTHETIC, settings.HAODUN_DEMO = before


def make_cast() -> Cast:
    """Write the cast and the number's history."""
    from haodun.audit.services import subject_for
    from haodun.offices.organisations.models import User
    from haodun.offices.organisations.services import Kind, Role, appoint, establish
    from haodun.registry.subscribers.services import HolderKind, NewHolding, open_interval

    ministry = establish(kind=Kind.MINISTRY, name_zh="通信部", name_en="Ministry of Communications")
    bureau = establish(
        kind=Kind.BUREAU, name_zh="江苏省通信管理局", name_en="Jiangsu Bureau", parent=ministry, province="32"
    )
    carrier = establish(
        kind=Kind.CARRIER, name_zh="乙网江苏公司", name_en="Carrier B Jiangsu", parent=bureau, province="32"
    )
    firm = establish(
        kind=Kind.ENTERPRISE, name_zh="江南快递公司", name_en="Jiangnan Express", parent=bureau, province="32"
    )
    officer, auditor, stranger = (
        User.objects.create_user(username=login, password=None, name=name)
        for login, name in (("lijing", "李静"), ("shenji", "沈季"), ("chenglu", "程路"))
    )
    appoint(officer, bureau, Role.BUREAU_OFFICER)
    appoint(auditor, ministry, Role.AUDITOR)
    appoint(stranger, firm, Role.ENTERPRISE)
    spans = (((2025, 4, 1), (2025, 7, 1), "张三丰"), ((2025, 9, 29), None, "王五一"))
    for start, end, name in spans:
        until = datetime(*end, tzinfo=UTC) if end else None
        open_interval(
            NewHolding(NUMBER, datetime(*start, tzinfo=UTC), carrier.id, uuid4(), HolderKind.PERSON, name, until=until)
        )
    return Cast(bureau, carrier, officer, auditor, stranger, subject_for("number", NUMBER))


@pytest.fixture
def cast(db: None) -> Cast:
    """The cast, rolled back afterwards."""
    return make_cast()


@pytest.fixture
def seen(live_server: str, demonstration: None) -> Cast:
    """The cast behind the live server."""
    return make_cast()
