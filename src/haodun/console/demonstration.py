"""The demonstration on the synthetic country: invented holders, orders and an appeal, all made through the services."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from haodun.casework.orders.models import Category, Order, Urgency
from haodun.casework.orders.services import Filing, file_order, preview_step, take
from haodun.numbering import Holder, load_plan, parse
from haodun.offices.organisations.models import Organisation, User
from haodun.offices.organisations.services import Kind, find, system
from haodun.offices.transitions.services import Actor, actor_of
from haodun.registry.number_plan.services import set_range_carrier
from haodun.registry.restrictions.services import Basis
from haodun.registry.subscribers.services import Document, DocumentKind, HolderKind, NewHolding, import_intervals

STORY = "32"
"""Jiangsu, where the story plays."""
NETWORKS = {Holder.MOBILE: 0, Holder.TELECOM: 1, Holder.UNICOM: 2, Holder.BROADNET: 3}
"""Which invented carrier answers for which holder's ranges, by its place among those of a province."""
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
GIVEN = "伟芳娜敏静磊强洋艳勇军杰娟涛明超兰霞平刚"
FIRMS = ("顺达", "恒信", "远航", "瑞丰", "华辰", "中汇", "联创", "金穗")


@dataclass(frozen=True, slots=True)
class Step:
    """One document of the demonstration."""

    document: str
    category: Category
    urgency: Urgency
    count: int
    """Of numbers."""
    ago: timedelta
    """Before now it was received."""
    then: str = ""
    """What an officer did with it: approve, send_back, reject, or nothing yet."""
    reason: str = ""


DOCUMENTS = (
    Step("苏公网安关停〔{y}〕{md}-009", Category.SERVICE, Urgency.URGENT, 6, timedelta(minutes=77), "approve"),
    Step("苏公网安关停〔{y}〕{md}-012", Category.REBATE, Urgency.NORMAL, 14, timedelta(hours=5), "approve"),
    Step("苏公网安关停〔{y}〕{md}-016", Category.LOAN, Urgency.URGENT, 4, timedelta(minutes=123)),
    Step("苏公网安关停〔{y}〕{md}-018", Category.AUTHORITY, Urgency.URGENT, 9, timedelta(minutes=111)),
    Step("苏公网安关停〔{y}〕{md}-021", Category.SERVICE, Urgency.URGENT, 37, timedelta(minutes=98)),
    Step("苏公网安关停〔{y}〕{md}-022", Category.ROMANCE, Urgency.URGENT, 12, timedelta(minutes=69)),
    Step("苏公网安关停〔{y}〕{md}-025", Category.ACQUAINTANCE, Urgency.NORMAL, 3, timedelta(hours=16)),
    Step("苏公网安关停〔{y}〕{md}-026", Category.PRIZE, Urgency.NORMAL, 8, timedelta(minutes=21)),
    Step(
        "苏公网安关停〔{y}〕{md}-027",
        Category.CREDIT,
        Urgency.NORMAL,
        5,
        timedelta(hours=3),
        "send_back",
        "两个号码与来文扫描件不一致，请核对后补正。",
    ),
    Step(
        "苏公网安关停〔{y}〕{md}-028",
        Category.UNKNOWN,
        Urgency.NORMAL,
        2,
        timedelta(hours=2),
        "reject",
        "来文没有列明依据，且号码均为企业客服号码，请按程序另行来文。",
    ),
)


@dataclass(frozen=True, slots=True)
class Furnished:
    """What was made."""

    holders: int
    orders: int
    free: tuple[int, ...]
    """Guilty numbers that no order names yet: for whoever tries the desk."""


def furnish(*, callers: Sequence[int], guilty: Sequence[int], now: datetime, seed: int = 1) -> Furnished:
    """Give the callers holders and file the documents of the demonstration about the guilty ones.

    Needs the organisations of `seed_country`. `callers` are E.164 keys of home numbers, `guilty` some of them that a
    campaign used; the documents take the first of these, those of the story's province before the others.
    """
    with system():
        _allot_ranges()
        holders = import_intervals(_holdings(callers, now=now, draw=random.Random(seed)))  # noqa: S311 (invented)
    officer, approver, bureau = (_actor(name, now) for name in ("police-officer", "police-approver", "bureau-officer"))
    unit = find(kind=Kind.POLICE, province=STORY, place="").get().id
    plan = load_plan()
    left = sorted(dict.fromkeys(guilty), key=lambda number: plan.facts(parse(f"+{number}")).province != STORY)
    filed = 0
    for step in DOCUMENTS:
        numbers, left = left[: step.count], left[step.count :]
        if not numbers:
            break
        order = _file(officer, step, unit=unit, numbers=numbers, now=now)
        _onward(order, step, approver=approver, bureau=bureau)
        filed += 1
    return Furnished(holders, filed, tuple(left))


def _file(officer: Actor, step: Step, *, unit: UUID, numbers: Sequence[int], now: datetime) -> Order:
    received = now - step.ago
    filing = Filing(
        document=step.document.format(y=received.year, md=f"{received:%m%d}"),
        issuing_unit=unit,
        category=step.category,
        urgency=step.urgency,
        basis=Basis.MIIT_POLICE_2015_11,
        numbers="\n".join(f"+{number}" for number in numbers),
    )
    with system():
        return Order.objects.get(id=file_order(officer, filing, key=str(uuid4()), at=received).order)


def _onward(order: Order, step: Step, *, approver: Actor, bureau: Actor) -> None:
    with system():
        if step.then == "approve":
            seen = preview_step(approver, order, "approve")
            radius = seen.blast.digest() if seen.blast is not None else None
            take(approver, [order.id], "approve", key=str(uuid4()), seen=radius)
        elif step.then:
            take(bureau, [order.id], step.then, key=str(uuid4()), reason=step.reason)


def _actor(username: str, now: datetime) -> Actor:
    with system():
        return actor_of(User.objects.get(username=username), sudo_until=now + timedelta(minutes=15))


def _allot_ranges() -> None:
    """Each invented carrier answers for the ranges of one holder, in each province, as NETWORKS says."""
    for province, carriers in _carriers().items():
        for holder, place in NETWORKS.items():
            if place < len(carriers):
                set_range_carrier(holder, carriers[place].id, province=province)


def _carriers() -> dict[str, list[Organisation]]:
    found: dict[str, list[Organisation]] = {}
    for carrier in find(kind=Kind.CARRIER).order_by("province", "parent__name_en"):
        found.setdefault(carrier.province, []).append(carrier)
    return found


def _holdings(callers: Sequence[int], *, now: datetime, draw: random.Random) -> Iterator[NewHolding]:
    """A present holder for each caller; one in six numbers had another before, and a rest of ninety days between."""
    carriers, resellers, plan = _carriers(), list(find(kind=Kind.RESELLER)), load_plan()
    story = carriers[STORY]
    for number in dict.fromkeys(callers):
        facts = plan.facts(parse(f"+{number}"))
        network = NETWORKS.get(facts.holder, 0)
        carrier = carriers.get(facts.province, story)[network].id
        reseller = draw.choice(resellers).id if facts.reseller and resellers else None
        since = now - timedelta(days=draw.randrange(20, 900), minutes=draw.randrange(1440))
        if draw.random() < 1 / 6:
            ended = since - timedelta(days=90)
            yield _holding(number, ended - timedelta(days=draw.randrange(200, 700)), ended, carrier, reseller, draw)
        yield _holding(number, since, None, carrier, reseller, draw)


def _holding(
    number: int, since: datetime, until: datetime | None, carrier: UUID, reseller: UUID | None, draw: random.Random
) -> NewHolding:
    firm = draw.random() < 0.08
    given = "".join(draw.choice(GIVEN) for _ in range(draw.choice((1, 2))))
    name = f"江苏{draw.choice(FIRMS)}商务服务有限公司" if firm else draw.choice(SURNAMES) + given
    return NewHolding(
        number=number,
        since=since,
        until=until,
        carrier=carrier,
        reseller=reseller,
        subject=UUID(int=draw.getrandbits(128), version=4),
        kind=HolderKind.ORGANISATION if firm else HolderKind.PERSON,
        name=name,
        contact=f"+{number}",
        document=_document(number, since, firm=firm),
    )


def _document(number: int, since: datetime, *, firm: bool) -> Document | None:
    """An invented document, the same for the same number and time; one holder in twenty-five has shown none."""
    draw = random.Random(f"{number} {since:%Y}")  # noqa: S311 (invented)
    if draw.random() < 1 / 25:
        return None
    if firm:
        return Document.parse(DocumentKind.OTHER_ORGANISATION, f"DEMO-{draw.randrange(10**8):08d}", on=since.date())
    born = datetime(1950, 1, 1) + timedelta(days=draw.randrange(18_000))  # noqa: DTZ001 (a day, no moment)
    digits = f"32010{draw.randrange(2, 9)}{born:%y%m%d}{draw.randrange(1, 999):03d}"  # made 18 by `parse`
    return Document.parse(DocumentKind.RESIDENT, digits, on=since.date())
