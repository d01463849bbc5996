"""A trusted-number centre with two clerks, an enterprise that applies, and a stranger."""

from __future__ import annotations

import re
import shutil
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.conf import settings
from tests.registry.conftest import Land

from haodun.console.setup import prepare_keys
from haodun.offices.jobs.services import drain
from haodun.offices.organisations.models import Organisation, User
from haodun.offices.organisations.services import Kind, Role, appoint, establish, system
from haodun.offices.transitions.services import Actor, actor_of
from haodun.registry.outgoing.services import NAME
from haodun.registry.policies import publishing
from haodun.registry.policies.chain import Chain
from haodun.registry.trusted_numbers import services
from haodun.registry.trusted_numbers.models import Entry

PDF = b"%PDF-1.7\nlicence\n%%EOF\n"
MOBILE, FIXED, HOTLINE = 8613913110001, 862588110001, 864008110001


@dataclass(frozen=True)
class Centre:
    """The cast."""

    land: Land
    centre: Organisation
    enterprise: Organisation
    other: Organisation
    people: dict[str, User]

    def actor(self, name: str) -> Actor:
        return actor_of(self.people[name])

    def user(self, name: str) -> User:
        return self.people[name]


def found_centre(land: Land) -> Centre:
    """Make it, in the database of the test."""
    association = establish(kind=Kind.ASSOCIATION, name_zh="可信号码中心", name_en="Trusted Number Centre")
    enterprise = establish(
        kind=Kind.ENTERPRISE,
        name_zh="顺达速递有限公司",
        name_en="Shunda Courier Co Ltd",
        province="32",
        uscc="91320000MA1ABCDE3G",
    )
    other = establish(kind=Kind.ENTERPRISE, name_zh="顺大速递有限公司", name_en="Shun Da Courier", province="33")
    cast = {
        "clerk": (association, Role.ASSOCIATION_CLERK),
        "second": (association, Role.ASSOCIATION_CLERK),
        "owner": (enterprise, Role.ENTERPRISE),
        "colleague": (enterprise, Role.ENTERPRISE),
        "stranger": (other, Role.ENTERPRISE),
        "engineer": (land.mobile, Role.CARRIER_ENGINEER),
    }
    people = {}
    for name, (place, role) in cast.items():
        people[name] = User.objects.create_user(username=f"trusted-{name}", password=None)
        appoint(people[name], place, role)
    return Centre(land, association, enterprise, other, people)


def fresh_data() -> Path:
    """The data folder with keys and nothing published or sent."""
    data = Path(settings.HAODUN_DATA)
    prepare_keys(data)
    for name in ("snapshots", "directory", "messages", "evidence"):
        shutil.rmtree(data / name, ignore_errors=True)
    return data


@pytest.fixture
def centre(land: Land) -> Iterator[Centre]:
    """In a transaction; rows are shown as to the system, tests of scope narrow it themselves."""
    fresh_data()
    with system():
        yield found_centre(land)


@pytest.fixture
def lasting_centre(lasting_land: Land, monkeypatch: pytest.MonkeyPatch) -> Iterator[Centre]:
    """Committed."""
    fresh_data()
    monkeypatch.setattr(publishing, "_chain", Chain())
    with system():
        yield found_centre(lasting_land)


def key() -> str:
    return uuid.uuid4().hex


def code_sent() -> str:
    """The newest code that was handed to the sender."""
    drain()
    lines = (Path(settings.HAODUN_DATA) / NAME).read_text(encoding="utf-8").splitlines()
    found = re.search(r"\b([0-9]{6})\b", lines[-1].partition('"text"')[2])
    assert found is not None
    return found[1]


def written(
    centre: Centre,
    *numbers: int,
    by: str = "owner",
    zh: str = "顺达速递",
    en: str = "Shunda Courier",
    purpose: str = "delivery",
    trunks: tuple[str, ...] = ("line-1",),
) -> Entry:
    """An application that is filled in, its numbers verified, not submitted."""
    actor = centre.actor(by)
    entry = services.begin_application(actor, key=key())
    services.set_numbers(actor, entry, services.read_numbers("\n".join(f"+{one}" for one in numbers or (MOBILE,))))
    services.set_name(actor, entry, zh=zh, en=en)
    services.set_purpose(actor, entry, purpose=purpose, words="快递派送前与收件人联系")
    services.set_trunks(actor, entry, trunks if purpose != "hotline" else ())
    for kind in ("licence", "numbers", "authorisation"):
        services.add_evidence(actor, entry, kind=kind, name=f"{kind}.pdf", data=PDF)
    found: Entry = Entry.objects.get(id=entry)
    return found


def verify(centre: Centre, entry: Entry, by: str = "owner") -> None:
    """Answer every call-back."""
    for row in entry.numbers.all():
        services.ask_code(centre.actor(by), row.id, language="zh-hans")
        services.type_code(centre.actor(by), row.id, code_sent())


def in_force(centre: Centre, *numbers: int, **changes: object) -> Entry:
    """An entry that two clerks let in."""
    entry = written(centre, *numbers, **changes)  # type: ignore[arg-type]
    by = str(changes.get("by", "owner"))
    verify(centre, entry, by)
    services.step(centre.actor(by), [entry.id], "submit", key=key())
    services.step(centre.actor("clerk"), [entry.id], "check", key=key())
    services.step(centre.actor("second"), [entry.id], "approve", key=key())
    entry.refresh_from_db()
    return entry
