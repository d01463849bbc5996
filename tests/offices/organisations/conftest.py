"""A small country: a ministry, two bureaus with a city police each, and its cast."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from haodun.offices.organisations.models import Organisation, User
from haodun.offices.organisations.services import Kind, Role, appoint, establish


@dataclass(frozen=True)
class Country:
    """The organisations and the fixed cast: an owner, a colleague, a stranger."""

    ministry: Organisation
    jiangsu: Organisation
    zhejiang: Organisation
    nanjing: Organisation
    supervisor: User
    owner: User
    colleague: User
    stranger: User


def person(name: str) -> User:
    return User.objects.create_user(username=name, password=None)


def found_country() -> Country:
    ministry = establish(kind=Kind.MINISTRY, name_zh="通信部", name_en="Ministry of Communications")
    jiangsu, zhejiang = (
        establish(kind=Kind.BUREAU, name_zh=f"{zh}通信管理局", name_en=f"{en} Bureau", parent=ministry, province=code)
        for code, zh, en in (("32", "江苏省", "Jiangsu"), ("33", "浙江省", "Zhejiang"))
    )
    nanjing = establish(
        kind=Kind.POLICE,
        name_zh="南京市公安局",
        name_en="Nanjing Police",
        parent=jiangsu,
        province="32",
        place="320100",
    )
    people = [person(name) for name in ("supervisor", "owner", "colleague", "stranger")]
    appoint(people[0], ministry, Role.SUPERVISOR)
    appoint(people[1], jiangsu, Role.BUREAU_OFFICER)
    appoint(people[2], jiangsu, Role.BUREAU_APPROVER)
    appoint(people[3], zhejiang, Role.BUREAU_OFFICER)
    return Country(ministry, jiangsu, zhejiang, nanjing, people[0], people[1], people[2], people[3])


@pytest.fixture
def country(db: None) -> Country:
    return found_country()
