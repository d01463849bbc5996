"""The register of the demonstration: key services, lines, an inspection of a reseller, in many states."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from haodun.offices.organisations.services import Kind, find, system
from haodun.offices.organisations.uscc import check_character
from haodun.registry.key_services import services as key_services
from haodun.registry.key_services.services import Application, PersonSeen, ServiceKind
from haodun.registry.resellers import services as resellers
from haodun.registry.resellers.values import Inspection, Sample, Way
from haodun.registry.voice_lines import services as voice_lines
from haodun.registry.voice_lines.services import Direction, LineKind, Method, NewLine, Unpermitted

NOTE = "演示数据"
DAY = timedelta(days=1)
LEGAL, HANDLER = PersonSeen("赵启明", "11010519491231002X"), PersonSeen("孙晓", "440524188001010014")
"""Invented; the numbers are examples of the standard (GB 11643)."""


@dataclass(frozen=True, slots=True)
class ServiceTold:
    """A service of the story; days ago of its steps, 0 where a step was not taken."""

    kind: ServiceKind
    number: str
    applicant: str
    use: str
    checked: int = 0
    defect: str = ""
    flagged: int = 0
    ordered: int = 0
    rectified: int = 0
    accepted: int = 0
    suspended: int = 0


SERVICES = (
    ServiceTold(ServiceKind.SERVICE_400, "4006021101", "南京云锦商贸有限公司", "客户服务热线", checked=140),
    ServiceTold(ServiceKind.SERVICE_400, "4006021102", "苏州运河物流有限公司", "物流查询", checked=120),
    ServiceTold(
        ServiceKind.SERVICE_400, "4006021103", "无锡金匮网络科技有限公司", "售后服务",
        defect="use_differs", flagged=9, ordered=8,
    ),
    ServiceTold(
        ServiceKind.SERVICE_400, "4006021104", "徐州彭城信息咨询有限公司", "咨询",
        defect="false", flagged=20, ordered=19, suspended=2,
    ),
    ServiceTold(
        ServiceKind.SERVICE_400, "4006021105", "扬州瘦西湖旅行社有限公司", "订票热线",
        defect="incomplete", flagged=60, ordered=58, rectified=50, accepted=49,
    ),
    ServiceTold(
        ServiceKind.ONE_NUMBER, "02552220000", "常州龙城家政服务有限公司", "预约",
        defect="use_not_registered", flagged=1,
    ),
    ServiceTold(ServiceKind.SWITCHBOARD, "02552110000", "南通江海纺织有限公司", "总机", checked=90),
)  # fmt: skip
LINES = (
    ("js-line-01", LineKind.DEDICATED, "南京云锦商贸有限公司", "南京市建邺区机房", 300, "passed"),
    ("js-line-02", LineKind.SIP_GROUP, "苏州运河物流有限公司", "苏州市工业园区机房", 260, "passed"),
    ("js-gw-07", LineKind.VOIP_GATEWAY, "", "徐州市云龙区", 500, ""),
    ("js-line-03", LineKind.RESOLD, "无锡金匮网络科技有限公司", "无锡市梁溪区机房", 200, "failed"),
)
"""Trunk id, kind, holder ('' is a defect), place, days since it was opened, its test."""


def furnish_register(*, province: str, now: datetime) -> None:
    """Give the first carrier of the province these services and lines, and the bureau an inspection under way.

    Needs the organisations of `seed_country`. Everything is brought in by the services, as records of the past are.
    """
    with system():
        carrier = find(kind=Kind.CARRIER, province=province).order_by("parent__name_en")[0].id
        bureau = find(kind=Kind.BUREAU, province=province)[0].id
        reseller = find(kind=Kind.RESELLER).order_by("name_zh").last()
    key_services.bring_in([_service(nth, told, carrier, now) for nth, told in enumerate(SERVICES)], note=NOTE)
    voice_lines.bring_in(list(_lines(carrier, now)), note=NOTE)
    if reseller is not None:
        seen = Inspection(
            reseller=reseller.id, host=carrier, way=Way.COVERT, on=(now - 6 * DAY).date(),
            sample=Sample(500, 468, "暗访营业网点 9 处"),
        )  # fmt: skip
        case = resellers.PastCase(bureau, seen, now - 6 * DAY, (("notify", now - 5 * DAY),))
        resellers.bring_in([case], note=NOTE)


def _service(nth: int, told: ServiceTold, carrier: UUID, now: datetime) -> key_services.PastService:
    def ago(days: int) -> datetime | None:
        return now - days * DAY if days else None

    body = f"91320100MADEM0{nth:03d}"
    return key_services.PastService(
        carrier=carrier,
        application=Application(
            kind=told.kind,
            number=told.number,
            applicant=told.applicant,
            uscc=body + check_character(body),
            legal=LEGAL,
            handler=HANDLER,
            use=told.use,
            landing=(f"0258311{nth:04d}",),
            existing_since=now - 700 * DAY,
        ),
        checked_at=ago(told.checked),
        defect=told.defect,
        flagged_at=ago(told.flagged),
        ordered_at=ago(told.ordered),
        rectified_at=ago(told.rectified),
        accepted_at=ago(told.accepted),
        suspended_at=ago(told.suspended),
    )


def _lines(carrier: UUID, now: datetime) -> Iterator[voice_lines.PastLine]:
    for nth, (trunk, kind, holder, place, days, test) in enumerate(LINES):
        first = 862558000000 + nth * 1_000
        line = NewLine(
            kind=kind,
            trunk=trunk,
            permits=(f"+{first}-+{first + 99}",) if holder else (),
            default=f"+{first}" if holder else "",
            holder=holder,
            location=place,
            direction=Direction.OUT,
            unpermitted=Unpermitted.REPLACE if holder else Unpermitted.REFUSE,
            hiding_off=bool(holder),
            resold=kind is LineKind.RESOLD,
            existing_since=now - days * DAY,
        )
        tests = (voice_lines.PastTest(Method.FOREIGN_CLI, now - 30 * DAY, test == "passed"),) if test else ()
        yield voice_lines.PastLine(carrier, line, tests=tests, enforced=test == "passed")
