"""Entries of the trusted directory in the matrix's country, in each state that has steps."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone
from tests.matrix.oracle import Thing
from tests.matrix.tree import Reader, entitled

from haodun.console.setup import prepare_keys
from haodun.offices.organisations.models import User
from haodun.offices.organisations.services import Role, appoint
from haodun.offices.organisations.tokens import allowed_at, issue
from haodun.offices.transitions.services import actor_of
from haodun.registry.trusted_numbers import services
from haodun.registry.trusted_numbers.models import Entry
from haodun.registry.trusted_numbers.publishing import publish_directory

if TYPE_CHECKING:
    from tests.matrix.country import Country

PAPER = b"%PDF-1.7\nmatrix\n%%EOF\n"
PUBLISHED = 8613700010001
"""Of the entry in force: everybody may know it, so it is no canary."""
OWN, SECOND = Reader("association_clerk", "association").name, "another-clerk"
STATES = ("DRAFT", "PENDING", "EVIDENCE_CHECKED", "EVIDENCE_CHECKED", "ACTIVE")
NAMES = ("单位", "单位客服", "单位热线", "单位通知", "单位配送")


def trusted_entries(land: Country) -> None:
    """One application or entry of the enterprise in each state; of the two that were checked, each by another clerk."""
    prepare_keys(Path(settings.HAODUN_DATA))
    clerk = User.objects.create_user(username=SECOND, password=None)
    appoint(clerk, land.places["association"], Role.ASSOCIATION_CLERK)
    for index, state in enumerate(STATES):
        land.things.append(_entry(land, index, state, clerk))
    publish_directory()


def programs(land: Country) -> None:
    """A token of a program at some organisations, with all that a program may be given there."""
    for role, at in (("administrator", "ministry"), ("administrator", "bureau32"), ("platform_operator", "platform")):
        place = land.places[at]
        name = land.word("token", at, entitled(at))
        issued = issue(
            place,
            name=name,
            permissions=allowed_at(place),
            days=30,
            issuer=land.user(role, at),
            at=timezone.now(),
        )
        land.programs[at] = issued.text


def _entry(land: Country, index: int, state: str, clerk: User) -> Thing:
    readers = entitled("enterprise", "association")
    owner = land.actor("enterprise", "enterprise")
    entry = services.begin_application(owner, key=uuid.uuid4().hex)
    number = PUBLISHED if state == "ACTIVE" else land.number("carrierA32", "enterprise")
    if state != "ACTIVE":
        land.shows_masked(number, "enterprise", readers)
    english = ("Unit", "Unit Service", "Unit Hotline", "Unit Notice", "Unit Delivery")[index]
    services.set_numbers(owner, entry, services.read_numbers(f"+{number}"))
    services.set_name(owner, entry, zh=NAMES[index], en=english)
    words = land.word("trusted", "enterprise", readers, "purpose", str(index))
    services.set_purpose(owner, entry, purpose="service", words=f"{words}联系客户")
    services.set_trunks(owner, entry, [land.word("trusted", "enterprise", readers, "trunk", str(index))])
    for kind in ("licence", "numbers", "authorisation"):
        name = land.word("trusted", "enterprise", readers, kind, str(index))
        services.add_evidence(owner, entry, kind=kind, name=f"{name}.pdf", data=PAPER)
    row = Entry.objects.get(id=entry)
    row.numbers.update(verified_at=None if state in ("DRAFT", "PENDING") else timezone.now())
    own = land.actor("association_clerk", "association")
    checker = own if index == 3 else actor_of(clerk)
    for actor, action, states in (
        (owner, "submit", STATES[1:]),
        (checker, "check", STATES[2:]),
        (own, "approve", STATES[4:]),
    ):
        if state in states:
            services.step(actor, [entry], action, key=uuid.uuid4().hex)
    paper, one = row.evidence.all()[0], row.numbers.get()
    return Thing(
        "trusted", str(entry), "enterprise", state, readers, frozenset({OWN if index == 3 else SECOND}),
        more={"paper": str(paper.id), "number": str(one.id)},
    )  # fmt: skip
