"""A node run by a bureau with two administrators, and a node outside that wants in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from haodun.federation.services import make_own_key
from haodun.offices.organisations.models import Organisation, User
from haodun.offices.organisations.services import Kind, Role, appoint, establish, system
from haodun.offices.peering.services import run_by
from haodun.offices.transitions.services import Actor, actor_of
from haodun.screening.snapshot import Signer

OTHER = "carrier-a"


@dataclass(frozen=True)
class Site:
    """This node, its officers, and the key of the other one."""

    ministry: Organisation
    bureau: Organisation
    carrier: Organisation
    first: User
    second: User
    reader: User
    stranger: User
    other: Signer

    def actor(self, user: User) -> Actor:
        """The person as an actor with a fresh second proof."""
        return actor_of(user, None, sudo_until=timezone.now() + timedelta(minutes=5))


@pytest.fixture
def site(db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setattr(settings, "HAODUN_NODE", "bureau-32")
    monkeypatch.setattr(settings, "HAODUN_DATA", tmp_path)
    with system():
        yield found_site()


def found_site() -> Site:
    """Make it in the database of the test."""
    ministry = establish(kind=Kind.MINISTRY, name_zh="通信部", name_en="Ministry")
    bureau = establish(kind=Kind.BUREAU, name_zh="江苏局", name_en="Jiangsu", parent=ministry, province="32")
    carrier = establish(kind=Kind.CARRIER, name_zh="甲网", name_en="Net A", parent=bureau, province="32")
    people = {
        name: User.objects.create_user(username=name, password=None, name=name)
        for name in ("first", "second", "reader", "stranger")
    }
    appoint(people["first"], bureau, Role.ADMINISTRATOR)
    appoint(people["second"], bureau, Role.ADMINISTRATOR)
    appoint(people["reader"], bureau, Role.BUREAU_OFFICER)
    appoint(people["stranger"], carrier, Role.ADMINISTRATOR)
    run_by(bureau.id)
    make_own_key()
    return Site(ministry, bureau, carrier, other=Signer.generate(), **people)
