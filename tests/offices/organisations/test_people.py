"""Memberships have a term, roles are lent once and never more than held, somebody is on duty."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from tests.offices.organisations.conftest import Country, person

from haodun.offices.organisations.models import Delegation, Membership, User
from haodun.offices.organisations.permissions import Permission
from haodun.offices.organisations.roles import CHARTERS
from haodun.offices.organisations.services import (
    Kind,
    NoStandingError,
    OrganisationError,
    Role,
    actor_for,
    appoint,
    delegate,
    dismiss,
    find,
    members_of,
    on_duty,
    own_organisations,
    put_on_duty,
    reading_as,
    revoke,
    system,
)
from haodun.offices.organisations.standing import frozen

HOUR = timedelta(hours=1)


def lend(country: Country, now: datetime, **other: Any) -> Delegation:
    terms: dict[str, Any] = {
        "organisation": country.jiangsu,
        "role": Role.BUREAU_APPROVER,
        "starts": now - HOUR,
        "ends": now + HOUR,
        "reason": "出差",
        "giver": country.colleague,
        "taker": country.owner,
        **other,
    }
    return delegate(terms.pop("giver"), terms.pop("taker"), **terms)


def test_permissions_are_alphabetical_and_well_formed() -> None:
    names = [one.name for one in Permission]
    assert names == sorted(names)
    assert all(len(one.value.split(":")) == 3 for one in Permission)


def test_every_role_has_a_charter_and_every_permission_a_holder() -> None:
    assert set(CHARTERS) == set(Role.values)
    held = frozenset().union(*(charter.permissions for charter in CHARTERS.values()))
    assert held == set(Permission.values)
    assert frozenset().union(*(charter.kinds for charter in CHARTERS.values())) == set(Kind.values)


def test_nobody_both_files_and_approves_alone_by_an_officers_role() -> None:
    for role in (Role.POLICE_OFFICER, Role.BUREAU_OFFICER):
        assert Permission.ORDER_APPROVE not in CHARTERS[role].permissions
    assert Permission.AUDIT_READ not in CHARTERS[Role.ADMINISTRATOR].permissions
    assert Permission.MEMBERSHIP_GRANT not in CHARTERS[Role.AUDITOR].permissions


def test_a_role_exists_only_where_its_kind_has_it(country: Country) -> None:
    with pytest.raises(OrganisationError, match="has no police_officer"):
        appoint(country.owner, country.jiangsu, Role.POLICE_OFFICER)
    with pytest.raises(OrganisationError, match="no role"):
        appoint(country.owner, country.jiangsu, "king")


def test_nobody_appoints_themself_or_twice(country: Country) -> None:
    with pytest.raises(OrganisationError, match="themself"):
        appoint(country.owner, country.jiangsu, Role.ADMINISTRATOR, by=country.owner)
    with pytest.raises(OrganisationError, match="already"):
        appoint(country.owner, country.jiangsu, Role.BUREAU_OFFICER)


def test_a_membership_counts_only_within_its_term(country: Country) -> None:
    now = timezone.now()
    late, early = person("late"), person("early")
    appoint(late, country.jiangsu, Role.BUREAU_OFFICER, starts=now + HOUR)
    appoint(early, country.jiangsu, Role.BUREAU_OFFICER, starts=now - 2 * HOUR, ends=now - HOUR)
    assert own_organisations(late) == own_organisations(early) == []
    with system():
        dismiss(Membership.objects.get(user=country.owner))
    assert own_organisations(country.owner) == []
    with pytest.raises(NoStandingError):
        actor_for(country.owner)


def test_standing_joins_all_roles_at_one_organisation_and_none_of_another(country: Country) -> None:
    appoint(country.owner, country.jiangsu, Role.ADMINISTRATOR)
    appoint(country.owner, country.zhejiang, Role.BUREAU_APPROVER)
    here = actor_for(country.owner, country.jiangsu.id)
    assert here.permissions == CHARTERS[Role.BUREAU_OFFICER].permissions | CHARTERS[Role.ADMINISTRATOR].permissions
    assert Permission.ORDER_APPROVE.value not in here.permissions
    assert actor_for(country.owner, country.zhejiang.id).role == Role.BUREAU_APPROVER
    with pytest.raises(NoStandingError):
        actor_for(country.owner, country.ministry.id)


def test_a_request_sees_one_state_of_the_memberships(country: Country) -> None:
    with frozen():
        before = own_organisations(country.owner)
        with system():
            dismiss(Membership.objects.get(user=country.owner))
        assert own_organisations(country.owner) == before
    assert own_organisations(country.owner) == []


def test_a_lent_role_adds_its_permissions_until_it_is_taken_back(country: Country) -> None:
    lent = lend(country, timezone.now())
    assert Permission.ORDER_APPROVE.value in actor_for(country.owner).permissions
    assert revoke(lent, by=country.colleague)
    assert not revoke(lent, by=country.colleague)
    assert Permission.ORDER_APPROVE.value not in actor_for(country.owner).permissions


@pytest.mark.parametrize("how", ["dismissed", "asleep", "over"])
def test_a_lent_role_ends_with_the_givers_own(country: Country, how: str) -> None:
    now = timezone.now()
    if how == "over":
        lend(country, now, starts=now - 2 * HOUR, ends=now - HOUR)
    else:
        lend(country, now)
    if how == "dismissed":
        with system():
            dismiss(Membership.objects.get(user=country.colleague))
    if how == "asleep":
        country.colleague.is_active = False
        country.colleague.save()
    assert Permission.ORDER_APPROVE.value not in actor_for(country.owner).permissions


def test_nobody_lends_what_they_do_not_hold_themselves(country: Country) -> None:
    now = timezone.now()
    lend(country, now)
    third = person("third")
    appoint(third, country.jiangsu, Role.BUREAU_OFFICER)
    with pytest.raises(OrganisationError, match="cannot lend"):
        lend(country, now, giver=country.owner, taker=third)
    with pytest.raises(OrganisationError, match="cannot lend"):
        lend(country, now, role=Role.ADMINISTRATOR)


@pytest.mark.parametrize(
    ("other", "said"),
    [({"reason": "  "}, "why"), ({"ends": datetime(2020, 1, 1, tzinfo=timezone.get_default_timezone())}, "ends after")],
)
def test_a_loan_has_a_reason_and_a_time(country: Country, other: dict[str, Any], said: str) -> None:
    with pytest.raises(OrganisationError, match=said):
        lend(country, timezone.now(), **other)


def test_a_role_is_lent_to_a_colleague_never_to_a_stranger_nor_for_longer_than_held(country: Country) -> None:
    now = timezone.now()
    with pytest.raises(OrganisationError, match="colleague"):
        lend(country, now, taker=country.stranger)
    brief = person("brief")
    appoint(brief, country.jiangsu, Role.BUREAU_APPROVER, ends=now + HOUR)
    with pytest.raises(OrganisationError, match="no longer"):
        lend(country, now, giver=brief, ends=now + 2 * HOUR)


def test_who_is_on_duty_stands_in_the_roster_first_in_line_first(country: Country) -> None:
    now = timezone.now()
    put_on_duty(country.colleague, country.jiangsu, starts=now, ends=now + HOUR, deputy=True)
    put_on_duty(country.owner, country.jiangsu, starts=now, ends=now + HOUR)
    assert on_duty(country.jiangsu, now) == [country.owner, country.colleague]
    assert on_duty(country.jiangsu, now + HOUR) == []
    with pytest.raises(OrganisationError, match="no member"):
        put_on_duty(country.stranger, country.jiangsu, starts=now, ends=now + HOUR)
    with system():
        dismiss(Membership.objects.get(user=country.owner), at=now + HOUR / 2)
    assert on_duty(country.jiangsu, now + HOUR / 2) == [country.colleague]


def test_members_are_listed_within_the_readers_scope(country: Country) -> None:
    with reading_as(country.supervisor):
        assert set(members_of(country.jiangsu)) == {country.owner, country.colleague}
        assert set(members_of(country.jiangsu, role=Role.BUREAU_APPROVER)) == {country.colleague}
    with reading_as(country.stranger):
        assert not members_of(country.jiangsu).exists()


def test_an_installation_begins_with_an_organisation_and_its_administrator(db: None) -> None:
    out = io.StringIO()
    call_command("found", "ministry", "通信部", "Ministry", "root-admin", stdout=out)
    call_command(
        "found", "bureau", "江苏局", "Jiangsu", "js-admin", "--province", "32", "--parent", "通信部", stdout=out
    )
    call_command("appoint", "zhang", "江苏局", "bureau_officer", "--name", "张三", stdout=out)
    shown = [line.split() for line in out.getvalue().splitlines() if "shown only now" in line]
    password = {login: word for login, word, *_ in shown}["zhang"]
    zhang = User.objects.get(username="zhang")
    assert zhang.check_password(password)
    assert actor_for(zhang).role == Role.BUREAU_OFFICER
    assert actor_for(User.objects.get(username="js-admin")).role == Role.ADMINISTRATOR
    assert find(kind=Kind.BUREAU).get().parent == find(kind=Kind.MINISTRY).get()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("found", "bureau", "局", "Bureau", "admin", "--province", "99"), "no province"),
        (("found", "bureau", "局", "Bureau", "admin", "--uscc", "x"), "credit code"),
        (("found", "bureau", "局", "Bureau", "admin", "--parent", "无"), "0 organisations"),
        (("found", "bureau", "局", "Bureau", "owner"), "already"),
        (("appoint", "owner", "江苏省通信管理局", "bureau_officer"), "already"),
        (("appoint", "new", "江苏省通信管理局", "police_officer"), "has no"),
        (("appoint", "new", "", "police_officer"), "name an organisation"),
    ],
)
def test_a_command_that_cannot_says_why_and_leaves_nothing(country: Country, words: tuple[str, ...], said: str) -> None:
    before = (User.objects.count(), find().count())
    with pytest.raises(CommandError, match=said):
        call_command(*words, stdout=io.StringIO())
    assert (User.objects.count(), find().count()) == before
