"""A country made through the services, in which each organisation's rows hold words that stand nowhere else."""

from __future__ import annotations

import hashlib
import itertools
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from allauth.mfa.totp.internal.auth import TOTP
from django.db import transaction
from django.utils import timezone
from tests.matrix.country_trusted import programs, trusted_entries
from tests.matrix.oracle import WITHOUT_FACTOR, Thing, Word
from tests.matrix.tree import KINDS, LOOKERS, PARENTS, PROVINCES, READERS, Reader, entitled

from haodun.audit.services import AuditKind, record, subject_for
from haodun.casework.appeals.lookups import Stopped
from haodun.casework.appeals.models import Appeal
from haodun.casework.appeals.services import Claim, decide, escalate, file_appeal
from haodun.casework.orders.models import Category, Order, OrderNumber, Urgency
from haodun.casework.orders.services import Filing, file_order, preview_step, take
from haodun.numbering import IngressClass, Kind, mask
from haodun.offices.organisations.models import Organisation, User
from haodun.offices.organisations.services import (
    appoint,
    delegate,
    establish,
    put_on_duty,
    system,
)
from haodun.offices.transitions.services import Actor, actor_of
from haodun.registry.policies.models import Edge
from haodun.registry.policies.receipts import Said, take_receipt
from haodun.registry.policies.services import enrol, publish
from haodun.registry.restrictions.services import Basis, Measure, Restriction, Source, Text, by_source, place
from haodun.registry.subscribers.services import HolderKind, NewHolding, import_intervals
from haodun.registry.verdict_counts.services import Classes, ingest
from haodun.screening.events import Action, Flag, Layer
from haodun.screening.policy import load_policy
from haodun.screening.verdicts import Verdict

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # noqa: S105 (of invented people)
PASSWORD = "matrix-only-Kx81"  # noqa: S105
SINCE = datetime(2025, 1, 1, tzinfo=UTC)
_LETTERS = "ABCDEFGHJKLMNPQRSTVWXYZ"


def canary(*parts: str) -> str:
    """A word of ten capital letters that stands nowhere else: ZQ and eight by a hash of what it is for."""
    value = int.from_bytes(hashlib.sha256("/".join(parts).encode()).digest()[:8], "big")
    signs = []
    for _ in range(8):
        value, sign = divmod(value, len(_LETTERS))
        signs.append(_LETTERS[sign])
    return "ZQ" + "".join(signs)


@dataclass
class Country:
    """What was made: the cast, the rows with addresses, the words and who may read them."""

    places: dict[str, Organisation] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    things: list[Thing] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)
    tokens: dict[str, str] = field(default_factory=dict)
    """Organisation → bearer token of its edge."""
    programs: dict[str, str] = field(default_factory=dict)
    """Organisation → bearer token of its program."""
    notice: str = ""
    """Reference of the restriction that the citizen was told of."""
    numbers: dict[int, frozenset[str]] = field(default_factory=dict)
    _serial: Any = field(default_factory=lambda: itertools.count(1))

    def word(self, kind: str, owner: str, readers: frozenset[str], *parts: str) -> str:
        """A new canary."""
        text = canary(kind, owner, *parts)
        self.words.append(Word(text, owner, kind, readers))
        return text

    def user(self, role: str, at: str) -> User:
        """The person of a seat."""
        return self.users[Reader(role, at).name]

    def actor(self, role: str, at: str) -> Actor:
        """The person as act() takes them, with a second proof."""
        return actor_of(self.user(role, at), sudo_until=timezone.now() + timedelta(minutes=10))

    def number(self, carrier: str, owner: str, *, reseller: str = "") -> int:
        """A new number held by a firm at a carrier; its name and its digits are canaries."""
        serial = next(self._serial)
        number = int(f"86139{serial:04d}{1000 + serial * 7:04d}")
        province = PROVINCES.get(carrier, "32")
        holders = entitled(carrier, f"bureau{province}", *([reseller] if reseller else []))
        name = self.word("holder", carrier, holders, str(serial)) + "公司"
        contact = self.word("hidden", carrier, frozenset(), "contact", str(serial))
        holding = NewHolding(
            number=number,
            since=SINCE,
            carrier=self.places[carrier].id,
            reseller=self.places[reseller].id if reseller else None,
            subject=uuid.uuid4(),
            kind=HolderKind.ORGANISATION,
            name=name,
            contact=contact,
            province=province,
        )
        import_intervals([holding])
        self.numbers[number] = holders
        self.words.append(Word(str(number)[2:], owner, "digits", frozenset()))
        return number

    def shows_masked(self, number: int, owner: str, readers: frozenset[str]) -> None:
        """From now on the masked number is a canary of a row with these readers."""
        self.words.append(Word(mask(f"+{number}"), owner, "number", readers))


def found() -> Country:
    """Make it all, under the system's scope."""
    land = Country()
    with system(), transaction.atomic():
        _establish(land)
        _people(land)
        _edges(land)
        _orders(land)
        _restrictions(land)
        _appeals(land)
        _counts(land)
        _roster(land)
        trusted_entries(land)
        programs(land)
        _looks(land)
    return land


def _establish(land: Country) -> None:
    for key, parent in PARENTS.items():
        land.places[key] = establish(
            kind=KINDS[key],
            name_zh=f"单位{key}",
            name_en=f"Unit {key}",
            parent=land.places[parent] if parent else None,
            province=PROVINCES.get(key, ""),
        )


def _people(land: Country) -> None:
    for reader in READERS:
        if not reader.signed_in:
            continue
        user = User.objects.create_user(username=reader.name, password=PASSWORD, name=f"人{reader.name}")
        if reader.at:
            appoint(user, land.places[reader.at], reader.role)
        if reader.role not in WITHOUT_FACTOR:
            TOTP.activate(user, SECRET)
        land.users[reader.name] = user


def _edges(land: Country) -> None:
    for key in ("carrierA32", "carrierA33", "carrierB32"):
        name = land.word("edge", key, entitled(key))
        land.tokens[key] = enrol(name, organisation=land.places[key].id)


def _file(land: Country, role: str, at: str, *, issuer: str, carriers: tuple[str, ...]) -> Thing:
    """An order with a number at each carrier; its document and remark are canaries."""
    province = issuer[-2:] if issuer != "police" else ""
    readers = entitled(issuer, at, f"bureau{province}" if province else "ministry")
    serial = str(next(land._serial))
    numbers = {land.number(carrier, at): carrier for carrier in carriers}
    for number, carrier in numbers.items():
        land.shows_masked(number, at, readers | entitled(carrier))
    filing = Filing(
        document=f"{land.word('order', at, readers, 'document', serial)}-{serial}",
        issuing_unit=land.places[issuer].id,
        category=Category.AUTHORITY,
        urgency=Urgency.NORMAL,
        basis=Basis.MIIT_POLICE_2015_11,
        numbers="\n".join(f"+{number}" for number in numbers),
        remark=land.word("order", at, readers, "remark", serial),
    )
    filed = file_order(land.actor(role, at), filing, key=uuid.uuid4().hex)
    units = frozenset({issuer, at})
    return Thing(
        "order", str(filed.order), at, "ROUTED", readers, frozenset({f"{role}@{at}"}), units=units,
        more={"carriers": ",".join(carriers)},
    )  # fmt: skip


def _approve(land: Country, order: Thing, role: str, at: str) -> Thing:
    """Approve it: its carriers read it from now on, and so its words."""
    actor, row = land.actor(role, at), Order.objects.get(id=order.id)
    blast = preview_step(actor, row, "approve").blast
    assert blast is not None
    take(actor, [row.id], "approve", key=uuid.uuid4().hex, seen=blast.digest())
    readers = order.readers | entitled(*order.more["carriers"].split(","))
    row.refresh_from_db()
    for index, word in enumerate(land.words):
        if word.kind == "order" and (word.text in row.document or word.text == row.remark):
            land.words[index] = Word(word.text, word.owner, word.kind, readers)
    return Thing(
        "order", order.id, order.owner, "DISPATCHED", readers, order.by, frozenset({f"{role}@{at}"}),
        order.units, order.more,
    )  # fmt: skip


_FILED = (
    ("police_officer", "police32", "police32", ("carrierA32", "carrierB32"), ("police_approver", "police32")),
    ("police_officer", "city32", "city32", ("carrierA32",), ("police_approver", "police32")),
    ("police_officer", "police33", "police33", ("carrierA33",), ("police_approver", "police33")),
    ("bureau_officer", "bureau32", "police32", ("carrierA32",), ("bureau_approver", "bureau32")),
)
"""Who files, where, for which unit, numbers at which carriers, and who approves."""


def _orders(land: Country) -> None:
    """Of each owner: reported, in effect, awaiting approval; one sent back."""
    reported = []
    for role, at, issuer, carriers, approver in _FILED[::2]:
        order = _approve(land, _file(land, role, at, issuer=issuer, carriers=carriers), *approver)
        reported.append(order)
    _publish(land)
    for order in reported:
        assert Order.objects.get(id=order.id).state == "REPORTED"
        land.things.append(_in_state(order, "REPORTED"))
    for role, at, issuer, carriers, approver in _FILED:
        land.things.append(_approve(land, _file(land, role, at, issuer=issuer, carriers=carriers), *approver))
        land.things.append(_file(land, role, at, issuer=issuer, carriers=carriers))
    for role, at, back in (("police_officer", "police32", "bureau32"), ("police_officer", "police33", "bureau33")):
        order = _file(land, role, at, issuer=at, carriers=(f"carrierA{at[-2:]}",))
        note = land.word("order", at, order.readers, "note", order.id)
        actor = land.actor("bureau_officer", back)
        take(actor, [uuid.UUID(order.id)], "send_back", key=uuid.uuid4().hex, reason=note)
        land.things.append(_in_state(order, "SENT_BACK"))


def _in_state(thing: Thing, state: str, **more: str) -> Thing:
    return Thing(
        thing.kind, thing.id, thing.owner, state, thing.readers, thing.by, thing.decided_by, thing.units,
        {**thing.more, **more},
    )  # fmt: skip


def _publish(land: Country) -> None:
    version = publish("matrix")
    assert version is not None
    for edge in Edge.objects.all():
        owner = next(key for key, place in land.places.items() if place.id == edge.organisation_id)
        detail = land.word("edge", owner, entitled(owner), "detail")
        run = land.word("edge", owner, entitled(owner), "run")
        take_receipt(edge.pk, Said(version, "executed", detail, timezone.now(), run))


def _restrictions(land: Country) -> None:
    """Restrictions that a rule placed, through the bureau of each province; the citizen was told of the first."""
    for at, carrier in (("bureau32", "carrierA32"), ("bureau33", "carrierA33")):
        readers = entitled(at, carrier)
        number = land.number(carrier, at, reseller="reseller" if at == "bureau32" else "")
        if at == "bureau32":
            readers |= entitled("reseller")
        land.shows_masked(number, at, readers)
        reason = land.word("restriction", at, readers)
        [placed] = place(
            [number],
            measure=Measure.OUTGOING,
            basis=Basis.AFL_11,
            reason=Text(reason, reason),
            source=Source("rule", f"matrix-{at}"),
            until=timezone.now() + timedelta(days=30),
            actor=land.actor("bureau_approver", at),
        )
        land.things.append(Thing("restriction", str(placed.id), at, "", readers))
        land.notice = land.notice or placed.appeal
        land.words.append(Word(placed.appeal, at, "hidden", frozenset()))


_APPEALED = (
    ("ACKNOWLEDGED", 0), ("REVIEW", 1), ("ESCALATED", 2), ("ACCEPTED", 3), ("UPHELD", 0), ("REVIEW", 2),
)  # fmt: skip
"""State of an appeal, and against the order of which owner (place in _FILED)."""


def _appeals(land: Country) -> None:
    for state, place_ in _APPEALED:
        role, at, issuer, carriers, approver = _FILED[place_]
        order = _approve(land, _file(land, role, at, issuer=issuer, carriers=carriers[:1]), *approver)
        [restriction] = by_source(Source("order", order.id))
        land.things.append(_appeal(land, order, restriction, state))
    _appeal_of_a_call(land)


def _appeal(land: Country, order: Thing, restriction: Restriction, state: str) -> Thing:
    carrier = order.more["carriers"].split(",")[0]
    desk = f"bureau{order.owner[-2:]}"
    readers = order.readers | entitled(carrier, desk)
    words = land.word("appeal", order.owner, readers, "statement", order.id)
    contact = land.word("hidden", order.owner, frozenset(), "appellant", order.id)
    claim = Claim(restriction.number, restriction=restriction)
    filed = file_appeal(claim, statement=words, contact=contact, language="zh-hans", key=uuid.uuid4().hex)
    row = Appeal.objects.get(reference=filed.reference)
    reviewer = Reader("bureau_officer", desk)
    if Reader("bureau_officer", desk).name in order.by:
        reviewer = Reader("supervisor", "ministry")
    by, later = set(order.by | order.decided_by), set()
    if state != "ACKNOWLEDGED":
        reviewer = Reader("bureau_officer", "bureau33" if desk == "bureau33" else "bureau32")
        if reviewer.name in by:
            reviewer = Reader("bureau_approver", desk)
        if reviewer.name in by:
            state = "ACKNOWLEDGED"
    if state != "ACKNOWLEDGED":
        decide(land.actor(reviewer.role, reviewer.at), [row.id], "take_up", key=uuid.uuid4().hex)
    if state in ("UPHELD", "ESCALATED", "ACCEPTED"):
        reason = land.word("appeal", order.owner, readers, "outcome", order.id)
        decide(land.actor(reviewer.role, reviewer.at), [row.id], "uphold", key=uuid.uuid4().hex, reason=reason)
        later.add(reviewer.name)
    if state in ("ESCALATED", "ACCEPTED"):
        assert escalate(filed.reference, filed.code, key="up", address="192.0.2.1")
    if state == "ACCEPTED":
        decide(land.actor("supervisor", "ministry"), [row.id], "accept", key=uuid.uuid4().hex)
    return Thing(
        "appeal", str(row.id), order.owner, state, readers, frozenset(by), frozenset(later), more={"ordered": "yes"}
    )


def _appeal_of_a_call(land: Country) -> None:
    """An appeal against what a rule did to a call of a number in 33."""
    number = land.number("carrierA33", "bureau33")
    readers = entitled("bureau33")
    land.shows_masked(number, "bureau33", readers)
    words = land.word("appeal", "bureau33", readers, "call")
    now = timezone.now()
    call = Stopped("matrix-1", now.date(), number, now, Action.BLOCK, ("CN-ORDERS-CALLER",), ("规则",), ("Rule",))
    filed = file_appeal(Claim(number, call=call), statement=words, contact="", language="zh-hans", key=uuid.uuid4().hex)
    row = Appeal.objects.get(reference=filed.reference)
    land.things.append(Thing("appeal", str(row.id), "bureau33", "ACKNOWLEDGED", readers))


def _counts(land: Country) -> None:
    classes = Classes(load_policy("cn"))
    for key in ("carrierA32", "carrierA33", "carrierB32"):
        call, trunk = (land.word("call", key, entitled(key), part) for part in ("call", "trunk"))
        caller, callee = (land.number(key, key) for _ in range(2))
        row = Verdict(
            1, int(timezone.now().timestamp() * 1000), call, "", "", caller, Kind.MOBILE, callee, Kind.MOBILE, trunk,
            IngressClass.ACCESS, Action.BLOCK, True, Layer.ORDERS, Flag.CASE, ("CN-ORDERS-CALLER",), (), 0, False,
            True, 0, True, None, "",
        )  # fmt: skip
        ingest(f"matrix-{key}", [row], 1, organisation=land.places[key].id, classes=classes)


def _roster(land: Country) -> None:
    """Two lent roles and two duties, with reasons that are canaries."""
    now = timezone.now()
    for at, giver, taker in (("bureau32", "bureau_approver", "auditor"), ("police33", "police_approver", "officer")):
        other = land.user("auditor", at) if taker == "auditor" else land.user("police_officer", at)
        reason = land.word("delegation", at, entitled(at))
        delegate(
            land.user(giver, at),
            other,
            organisation=land.places[at],
            role=giver,
            starts=now + timedelta(days=20),
            ends=now + timedelta(days=21),
            reason=reason,
        )
        put_on_duty(other, land.places[at], starts=now, ends=now + timedelta(days=1))


def _looks(land: Country) -> None:
    """In each of some organisations an officer looked at every number; the officer's name is a canary."""
    for at in LOOKERS:
        name = land.word("look", at, entitled(at))
        looker = User.objects.create_user(username=f"looker-{at}", password=None, name=name)
        for number in land.numbers:
            subject = subject_for("number", number)
            record(
                AuditKind.NUMBER_LOOKED_UP,
                actor=looker.pk,
                organisation=land.places[at].id,
                object_type="number",
                object_id=subject,
                subject=subject,
                purpose="lead_query",
            )
    for number in OrderNumber.objects.order_by("number").values_list("number", flat=True)[::4]:
        readers = next(word.readers for word in land.words if word.text == mask(f"+{number}"))
        owner = next(word.owner for word in land.words if word.text == mask(f"+{number}"))
        land.things.append(
            Thing("number", str(subject_for("number", number)), owner, "", readers, more={"number": f"+{number}"})
        )
