"""Policy revisions' tests: an engineer who drafts, two approvers above, a rival carrier's engineer; sound texts."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from importlib.resources import files

import pytest
from tests.registry.conftest import Land, found_land
from tests.registry.key_services.conftest import Cast, cast_of

from haodun.offices.organisations.models import User
from haodun.offices.organisations.services import Role, appoint, system
from haodun.offices.transitions.services import Actor
from haodun.registry.policy_revisions.models import Revision
from haodun.registry.policy_revisions.services import amend, draft, take

PACK = (files("haodun.screening.policy") / "packs" / "cn.yaml").read_text(encoding="utf-8")
WATCHED = "CN-STRUCTURE-INTER"
"""A rule of the pack that speaks for a twentieth of the callers."""
CHANGED = PACK.replace("stage: canary 500", "stage: shadow", 1)
"""The pack with that rule only watched."""
assert CHANGED != PACK


@pytest.fixture
def cast(db: None) -> Iterator[Cast]:
    with system():
        yield policy_cast()


def policy_cast(land: Land | None = None) -> Cast:
    """The cast of key services, with two engineers."""
    made = cast_of(land or found_land())
    for name, place in (("engineer", made.land.mobile), ("rival_engineer", made.land.unicom)):
        made.people[name] = User.objects.create_user(username=f"pr-{name}", password=None)
        appoint(made.people[name], place, Role.CARRIER_ENGINEER)
    return made


def key() -> str:
    return uuid.uuid4().hex


def drafted(cast: Cast, *, text: str | None = CHANGED, cases: str | None = None, by: str = "engineer") -> Revision:
    """A draft with another text than what is in force."""
    made = draft(cast[by], why="网间异常号码先观察", key=key(), text=text, cases=cases)
    return Revision.objects.get(id=made)


def step(actor: Actor, row: Revision, action: str, **more: object) -> Revision:
    take(actor, [row.id], action, key=key(), **more)  # type: ignore[arg-type]
    row.refresh_from_db()
    return row


def write(actor: Actor, row: Revision, text: str) -> Revision:
    amend(actor, row, text=text, cases=row.cases, key=key())
    row.refresh_from_db()
    return row


def published(cast: Cast, *, text: str | None = CHANGED) -> Revision:
    """A revision that went the whole way."""
    row = step(cast["engineer"], drafted(cast, text=text), "submit")
    return step(cast["approver"], step(cast["approver"], row, "approve"), "publish")
