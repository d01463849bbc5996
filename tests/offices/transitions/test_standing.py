"""From people with seats to actors; acting under the database's own wall, not only as the system."""

from __future__ import annotations

import uuid
from datetime import timedelta

import psycopg
import pytest
from django.utils import timezone
from tests.offices.organisations.conftest import Country, country
from tests.offices.organisations.conftest import person as somebody
from tests.offices.transitions.parcels import HOME, packed, person, send

from haodun.offices.organisations.scope import holding
from haodun.offices.organisations.services import CHARTERS, NoStandingError, Role, appoint, delegate, system
from haodun.offices.transitions.services import actor_of, clocks_of, steps_of

__all__ = ["country"]


def test_own_rights_are_the_person_s_and_lent_ones_their_giver_s(country: Country) -> None:
    with system():
        taker = somebody("taker")
        appoint(taker, country.jiangsu, Role.BUREAU_OFFICER)
        now = timezone.now()
        delegate(
            country.colleague,
            taker,
            organisation=country.jiangsu,
            role=Role.BUREAU_APPROVER,
            starts=now - timedelta(hours=1),
            ends=now + timedelta(days=1),
            reason="on leave",
        )
    actor = actor_of(taker)
    own = CHARTERS[Role.BUREAU_OFFICER].permissions
    lent = CHARTERS[Role.BUREAU_APPROVER].permissions - own
    assert lent
    assert set(actor.permissions) == own | lent
    assert {actor.principal(one) for one in lent} == {country.colleague.id}
    assert {actor.principal(one) for one in own} == {None}


def test_who_has_no_seat_is_no_actor(country: Country) -> None:
    with pytest.raises(NoStandingError):
        actor_of(somebody("nobody"))
    with pytest.raises(NoStandingError):
        actor_of(country.owner, country.zhejiang.id)


@pytest.mark.usefixtures("db", "parcels")
def test_a_whole_case_goes_through_under_the_organisation_s_own_scope() -> None:
    with holding(str(HOME)):
        made = packed(person())[0]
        send(person(), [made.id])
        assert [step.action for step in steps_of("parcel", made.id)] == ["pack", "send"]
        assert clocks_of("parcel", [made.id])[0].met is True


def test_the_powerless_role_neither_changes_nor_deletes_steps(committed_db: object) -> None:
    from haodun.console.database import Urls

    assert isinstance(committed_db, Urls)
    with psycopg.connect(committed_db.app, autocommit=True) as app:
        for statement in (
            f"UPDATE transitions_steprecord SET actor = '{uuid.uuid4()}'",
            "DELETE FROM transitions_steprecord",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute(statement)
