"""Voice lines' tests: an engineer, two compliance officers, a bureau, a police unit; lines that are sound."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.utils import timezone
from tests.registry.conftest import Land, found_land
from tests.registry.key_services.conftest import Cast, cast_of, code

from haodun.offices.organisations.models import User
from haodun.offices.organisations.services import Role, appoint, system
from haodun.offices.transitions.services import Actor
from haodun.registry.voice_lines.models import VoiceLine
from haodun.registry.voice_lines.services import (
    Direction,
    LineKind,
    Method,
    NewLine,
    Unpermitted,
    plan_test,
    register_line,
    report_test,
    take,
)

_serial = itertools.count(1)
PERMITS = ("+862583100000-+862583100099",)
DEFAULT = "+862583100000"


@pytest.fixture
def cast(db: None) -> Iterator[Cast]:
    with system():
        yield lines_cast()


def lines_cast(land: Land | None = None) -> Cast:
    """The cast of key services, with an engineer and a police officer."""
    made = cast_of(land or found_land())
    for name, place, role in (
        ("engineer", made.land.mobile, Role.CARRIER_ENGINEER),
        ("police", made.land.police, Role.POLICE_OFFICER),
    ):
        made.people[name] = User.objects.create_user(username=f"vl-{name}", password=None)
        appoint(made.people[name], place, role)
    return made


def new_line(**changes: object) -> NewLine:
    """A sound line."""
    sound = NewLine(
        kind=LineKind.DEDICATED,
        trunk=f"line-{next(_serial)}",
        permits=PERMITS,
        default=DEFAULT,
        holder="南京呼叫中心有限公司",
        uscc=code(501),
        location="南京市玄武区机房",
        direction=Direction.OUT,
        unpermitted=Unpermitted.REFUSE,
        hiding_off=True,
    )
    return replace(sound, **changes)  # type: ignore[arg-type]


def key() -> str:
    return uuid.uuid4().hex


def registered(cast: Cast, **changes: object) -> VoiceLine:
    return VoiceLine.objects.get(id=register_line(cast["shop"], new_line(**changes), key=key()))


def proved_line(cast: Cast, line: VoiceLine, *, passed: bool = True) -> VoiceLine:
    test = plan_test(cast["engineer"], line, method=Method.FOREIGN_CLI, planned_for=timezone.localdate())
    report_test(cast["engineer"], test, passed=passed, evidence="从线路上用他人号码拨测，判定 edge-1-17")
    line.refresh_from_db()
    return line


def step(actor: Actor, line: VoiceLine, action: str, **more: object) -> VoiceLine:
    take(actor, [line.id], action, key=key(), **more)  # type: ignore[arg-type]
    line.refresh_from_db()
    return line


def enforced(cast: Cast, **changes: object) -> VoiceLine:
    """A line that went the whole way."""
    line = proved_line(cast, registered(cast, **changes))
    step(cast["engineer"], line, "pass_test")
    return step(cast["shop"], line, "enforce")
