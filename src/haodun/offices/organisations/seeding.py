"""The synthetic country's organisations and one login per role: invented, the same for the same seed but passwords."""

from __future__ import annotations

import random
import secrets
import string
from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID, uuid5

from django.db import transaction

from haodun.offices.organisations import uscc
from haodun.offices.organisations.kinds import MAINLAND, PROVINCES, Kind
from haodun.offices.organisations.models import Organisation, User
from haodun.offices.organisations.people import appoint
from haodun.offices.organisations.roles import Role
from haodun.offices.organisations.scope import system
from haodun.offices.organisations.tree import OrganisationError, establish

NAMESPACE = UUID("6a0f3f0e-5a8c-5d37-9d1b-3c1f5f0b7c21")
STORY = "32"
"""Jiangsu: the province in which the demonstration's story plays."""
CARRIERS = (("甲网", "Net A"), ("乙网", "Net B"), ("丙网", "Net C"), ("丁网", "Net D"))
RESELLERS = "ABCDEF"
CITIES = (
    ("320100", "南京市", "Nanjing"),
    ("320200", "无锡市", "Wuxi"),
    ("320500", "苏州市", "Suzhou"),
    ("330100", "杭州市", "Hangzhou"),
    ("440100", "广州市", "Guangzhou"),
    ("440300", "深圳市", "Shenzhen"),
)
ENTERPRISES = (
    ("速递企业A", "Courier A", "32"),
    ("商业银行B", "Bank B", "32"),
    ("综合医院C", "Hospital C", "32"),
    ("出租汽车企业D", "Taxi Company D", "32"),
    ("客服外包企业E", "Call Centre E", "32"),
    ("电商企业F", "Online Shop F", "33"),
    ("快餐企业G", "Delivery G", "44"),
)
PLATFORMS = (("平台企业A", "Platform A"), ("平台企业B", "Platform B"), ("安全软件企业C", "Security Software C"))
_SHAPES = {
    **dict.fromkeys(("11", "12", "31", "50"), "市"),
    "15": "自治区",
    "45": "壮族自治区",
    "54": "自治区",
    "64": "回族自治区",
    "65": "维吾尔自治区",
}
_WORD = string.ascii_letters + string.digits
PASSWORD_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Login:
    """How one person logs in; the password is known only here and now."""

    role: str
    username: str
    password: str = field(repr=False)
    name: str
    organisation: str


@dataclass(frozen=True, slots=True)
class Seeded:
    """What was made."""

    organisations: int
    logins: tuple[Login, ...]


# Key of the organisation → (role, login, name of the person). Two hold what one alone must not.
PEOPLE: tuple[tuple[str, Role, str, str], ...] = (
    ("ministry", Role.SUPERVISOR, "supervisor", "卫明"),
    ("ministry", Role.AUDITOR, "auditor", "严正"),
    ("ministry", Role.ADMINISTRATOR, "administrator", "管晓"),
    (f"bureau:{STORY}", Role.BUREAU_OFFICER, "bureau-officer", "江源"),
    (f"bureau:{STORY}", Role.BUREAU_APPROVER, "bureau-approver", "陆远"),
    (f"bureau:{STORY}", Role.ADMINISTRATOR, "bureau-administrator", "苏宁远"),
    (f"police:{STORY}", Role.POLICE_OFFICER, "police-officer", "安平"),
    (f"police:{STORY}", Role.POLICE_APPROVER, "police-approver", "武定"),
    ("police:320100", Role.POLICE_OFFICER, "city-police-officer", "金陵生"),
    (f"carrier:0:{STORY}", Role.CARRIER_COMPLIANCE, "carrier-compliance", "甲一川"),
    (f"carrier:0:{STORY}", Role.CARRIER_ENGINEER, "carrier-engineer", "路由之"),
    (f"carrier:1:{STORY}", Role.CARRIER_COMPLIANCE, "carrier-b-compliance", "乙二泉"),
    ("reseller:A", Role.RESELLER_OFFICER, "reseller-officer", "万转成"),
    ("enterprise:0", Role.ENTERPRISE, "enterprise", "商达"),
    ("platform:0", Role.PLATFORM_OPERATOR, "platform-operator", "云舟"),
    ("association", Role.ASSOCIATION_CLERK, "association-clerk", "和信"),
    ("association", Role.ASSOCIATION_CLERK, "association-clerk-b", "许诺"),
    ("press", Role.PRESS, "press", "闻达"),
)


@dataclass(frozen=True, slots=True)
class _Plan:
    key: str
    kind: Kind
    name_zh: str
    name_en: str
    above: str | None = None
    province: str = ""
    place: str = ""


def seed_country(*, seed: int = 1) -> Seeded:
    """Make the organisations and people of the synthetic country; one transaction.

    OrganisationError where the installation has organisations already: invented ones never stand among real ones.
    """
    with transaction.atomic(), system():
        if Organisation.objects.exists():
            raise OrganisationError(
                "this installation has organisations already; the synthetic country needs an empty one:"
                " name another --data"
            )
        made: dict[str, Organisation] = {}
        for plan in _plans():
            made[plan.key] = establish(
                kind=plan.kind,
                name_zh=plan.name_zh,
                name_en=plan.name_en,
                parent=made[plan.above] if plan.above else None,
                province=plan.province,
                place=plan.place,
                uscc=_code(seed, plan),
                id=uuid5(NAMESPACE, f"{seed}:{plan.key}"),
            )
        logins = tuple(_person(seed, made[key], role, login, name) for key, role, login, name in PEOPLE)
    return Seeded(len(made), logins)


def new_password() -> str:
    """A password of PASSWORD_LENGTH letters and digits (95 bits), for a login made by a command."""
    return "".join(secrets.choice(_WORD) for _ in range(PASSWORD_LENGTH))


def _person(seed: int, organisation: Organisation, role: Role, username: str, name: str) -> Login:
    password = new_password()
    user = User.objects.create_user(
        username=username, password=password, name=name, id=uuid5(NAMESPACE, f"{seed}:user:{username}")
    )
    appoint(user, organisation, role)
    return Login(role.value, username, password, name, organisation.name_zh)


def _code(seed: int, plan: _Plan) -> str:
    """A valid code: registrar and kind (GB 32100-2015 4.2), place, nine characters by the seed, check character."""
    draw = random.Random(f"{seed}:{plan.key}")  # noqa: S311  # invented data, the same for the same seed
    public = plan.kind in (Kind.MINISTRY, Kind.BUREAU, Kind.POLICE, Kind.TECHNICAL_CENTRE)
    head = "11" if public else "51" if plan.kind is Kind.ASSOCIATION else "91"
    place = plan.place or f"{plan.province or '10'}0000"
    body = head + place + "".join(draw.choice(uscc.CHARACTERS) for _ in range(9))
    return body + uscc.check_character(body)


def full_name(province: str) -> str:
    """Name of a province as its offices write it: 江苏省, 北京市, 广西壮族自治区."""
    return PROVINCES[province][0] + _SHAPES.get(province, "省")


def _plans() -> Iterator[_Plan]:
    yield _Plan("ministry", Kind.MINISTRY, "信息通信主管部", "Ministry of Communications")
    yield _Plan("technical", Kind.TECHNICAL_CENTRE, "全国技术支撑中心", "National Technical Centre", "ministry")
    yield _Plan("association", Kind.ASSOCIATION, "通信行业协会", "Communications Association", "ministry")
    yield _Plan("trusted", Kind.ASSOCIATION, "可信号码服务中心", "Trusted Number Centre", "association")
    for code in MAINLAND:
        name = f"{full_name(code)}通信管理局", f"{PROVINCES[code][1]} Communications Administration"
        yield _Plan(f"bureau:{code}", Kind.BUREAU, *name, "ministry", code)
    name = f"{full_name(STORY)}技术支撑中心", f"{PROVINCES[STORY][1]} Technical Centre"
    yield _Plan(f"technical:{STORY}", Kind.TECHNICAL_CENTRE, *name, f"bureau:{STORY}", STORY)
    yield from _carriers()
    yield from _police()
    for index, (zh, en, province) in enumerate(ENTERPRISES):
        yield _Plan(f"enterprise:{index}", Kind.ENTERPRISE, zh, en, None, province)
    for index, (zh, en) in enumerate(PLATFORMS):
        yield _Plan(f"platform:{index}", Kind.PLATFORM, zh, en)
    yield _Plan("press", Kind.PRESS, "通信新闻社", "Communications News")


def _carriers() -> Iterator[_Plan]:
    for index, (zh, en) in enumerate(CARRIERS):
        yield _Plan(f"group:{index}", Kind.CARRIER_GROUP, f"{zh}集团", f"{en} Group", "ministry")
        for code in MAINLAND:
            short, english = PROVINCES[code]
            name = f"{zh}{short}公司", f"{en} {english}"
            yield _Plan(f"carrier:{index}:{code}", Kind.CARRIER, *name, f"group:{index}", code)
    for letter in RESELLERS:
        yield _Plan(f"reseller:{letter}", Kind.RESELLER, f"转售企业{letter}", f"Reseller {letter}", "ministry")


def _police() -> Iterator[_Plan]:
    yield _Plan("police", Kind.POLICE, "公安主管部", "Ministry of Police")
    for code in MAINLAND:
        office = "公安局" if full_name(code).endswith("市") else "公安厅"
        name = f"{full_name(code)}{office}", f"{PROVINCES[code][1]} Police"
        yield _Plan(f"police:{code}", Kind.POLICE, *name, "police", code)
    for place, zh, en in CITIES:
        yield _Plan(
            f"police:{place}", Kind.POLICE, f"{zh}公安局", f"{en} Police", f"police:{place[:2]}", place[:2], place
        )
