"""The synthetic country: complete, invented, the same for the same seed."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import override_settings

from haodun.offices.organisations import seeding, uscc
from haodun.offices.organisations.kinds import MAINLAND, Kind
from haodun.offices.organisations.models import Organisation, User
from haodun.offices.organisations.services import (
    Permission,
    Role,
    actor_for,
    find,
    reading_as,
    search,
    seed_country,
    system,
)
from haodun.offices.organisations.tree import OrganisationError

FACTS = ("id", "parent_id", "kind", "name_zh", "name_en", "uscc", "province", "place")


@pytest.fixture(autouse=True)
def quick_passwords() -> Iterator[None]:
    """Hashing seventeen passwords the slow way teaches nothing."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


def facts() -> list[tuple[Any, ...]]:
    return sorted(Organisation.objects.values_list(*FACTS), key=str)


def test_every_province_has_its_bureau_its_police_and_a_company_of_each_carrier(db: None) -> None:
    seed_country()
    for kind, each in ((Kind.BUREAU, 1), (Kind.CARRIER, len(seeding.CARRIERS))):
        assert [find(kind=kind, province=code).count() for code in MAINLAND] == [each] * 31
    assert [find(kind=Kind.POLICE, province=code, place="").count() for code in MAINLAND] == [1] * 31
    assert {kind: find(kind=kind).count() > 0 for kind in Kind} == dict.fromkeys(Kind, True)


def test_every_code_is_valid_and_given_once(db: None) -> None:
    seed_country()
    codes = list(Organisation.objects.values_list("uscc", flat=True))
    assert [uscc.parse(code) for code in codes] == codes
    assert len(set(codes)) == len(codes) > 200


def test_the_same_seed_makes_the_same_country_but_other_passwords(db: None) -> None:
    found = []
    for seed in (1, 1, 2):
        with transaction.atomic():
            made = seed_country(seed=seed)
            found.append((facts(), {login.username: login.password for login in made.logins}))
            transaction.set_rollback(True)
    assert found[0][0] == found[1][0] != found[2][0]
    assert found[0][1].keys() == found[1][1].keys()
    assert not set(found[0][1].values()) & set(found[1][1].values())


def test_every_role_has_a_login_that_opens_and_a_standing(db: None) -> None:
    made = seed_country()
    assert {login.role for login in made.logins} == set(Role.values)
    for login in made.logins:
        user = User.objects.get(username=login.username)
        assert user.check_password(login.password)
        assert actor_for(user).role == login.role
        assert login.password not in repr(login)


def test_the_story_needs_two_people_who_read_the_same_rows(db: None) -> None:
    seed_country()
    officer, approver = (User.objects.get(username=name) for name in ("police-officer", "police-approver"))
    assert actor_for(officer).organisation_id == actor_for(approver).organisation_id
    assert Permission.ORDER_APPROVE not in actor_for(officer).permissions
    assert Permission.ORDER_APPROVE in actor_for(approver).permissions
    with reading_as(officer):
        mine = {str(one.username) for one in User.objects.filter(memberships__role=Role.POLICE_OFFICER)}
    assert mine == {"police-officer", "city-police-officer"}


def test_names_are_found_in_both_languages(db: None) -> None:
    seed_country()
    assert [one.name_en for one in search("甲网江苏公司")] == ["Net A Jiangsu"]
    assert [one.name_zh for one in search("net a jiangsu")] == ["甲网江苏公司"]
    assert [one.name_zh for one in search("广西壮族自治区公安厅")] == ["广西壮族自治区公安厅"]


def test_invented_organisations_never_stand_among_others(db: None) -> None:
    with system():
        seed_country()
    with pytest.raises(OrganisationError, match="empty"):
        seed_country(seed=2)


def test_the_command_prints_the_logins_once(db: None) -> None:
    out = io.StringIO()
    call_command("seed_country", "--json", stdout=out)
    said = json.loads(out.getvalue())
    assert said["organisations"] == Organisation.objects.count()
    assert {"role", "username", "password", "name", "organisation"} == set(said["logins"][0])
    with pytest.raises(CommandError, match="empty"):
        call_command("seed_country")
