"""What each role may do and read, written from the charter by hand and apart from the code that is tested."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.matrix.tree import KINDS, Reader, entitled

_BUREAU = ("bureau_officer", "bureau_approver")
_POLICE = ("police_officer", "police_approver")
_CARRIER = ("carrier_compliance", "reseller_officer")
_APPROVERS = ("bureau_approver", "police_approver", "supervisor")

MAY: Mapping[str, frozenset[str]] = {
    "order.read": frozenset((*_BUREAU, *_POLICE, *_CARRIER, "auditor", "supervisor", "platform_operator")),
    "order.file": frozenset((*_BUREAU, *_POLICE)),
    "order.send_back": frozenset((*_BUREAU, *_POLICE)),
    "order.reject": frozenset((*_BUREAU, *_CARRIER)),
    "order.withdraw": frozenset(("bureau_approver", "supervisor", *_POLICE)),
    "order.approve": frozenset(_APPROVERS),
    "order.recall": frozenset(_APPROVERS),
    "order.acknowledge": frozenset((*_POLICE, *_CARRIER, "platform_operator")),
    "order.correct": frozenset((*_BUREAU, *_POLICE)),
    "appeal.read": frozenset(
        (*_BUREAU, *_POLICE, *_CARRIER, "auditor", "supervisor", "association_clerk", "enterprise")
    ),
    "appeal.acknowledge": frozenset((*_BUREAU, "carrier_compliance", "association_clerk")),
    "appeal.decide": frozenset((*_BUREAU, "carrier_compliance")),
    "appeal.approve": frozenset(("bureau_approver", "supervisor")),
    "number.lookup": frozenset(
        (*_BUREAU, *_POLICE, *_CARRIER, "auditor", "supervisor", "association_clerk", "enterprise", "platform_operator")
    ),
    "number.unmask": frozenset((*_BUREAU, *_POLICE, *_CARRIER, "supervisor")),
    "subscriber.edit": frozenset(_CARRIER),
    "figure.publish": frozenset((*_BUREAU, *_CARRIER, "supervisor")),
    "subscriber.read": frozenset((*_BUREAU, *_CARRIER, "supervisor")),
    "verdict.read": frozenset((*_BUREAU, "supervisor", "carrier_compliance", "carrier_engineer")),
    "audit.read": frozenset(("auditor",)),
    "token.issue": frozenset(("administrator",)),
    "edge.enrol": frozenset(("administrator", "carrier_engineer")),
    "notice.read": frozenset((*_BUREAU, *_POLICE, *_CARRIER, "supervisor", "association_clerk", "enterprise")),
    "node.read": frozenset((*_BUREAU, "supervisor", "auditor", "administrator", "carrier_engineer")),
    "node.enrol": frozenset(("administrator",)),
    "snapshot.read": frozenset(
        (*_BUREAU, "supervisor", "carrier_compliance", "carrier_engineer", "administrator", "auditor")
    ),
    "service.read": frozenset((*_BUREAU, "supervisor", "auditor", "carrier_compliance", "enterprise")),
    "service.apply": frozenset(("carrier_compliance",)),
    "service.verify": frozenset(("carrier_compliance",)),
    "service.flag": frozenset((*_BUREAU, "carrier_compliance")),
    "service.close": frozenset(("bureau_approver", "supervisor", "carrier_compliance")),
    "agent.read": frozenset((*_BUREAU, "supervisor", "auditor", *_CARRIER)),
    "agent.edit": frozenset(_CARRIER),
    "blacklist.read": frozenset((*_BUREAU, "supervisor", "auditor", *_CARRIER)),
    "blacklist.edit": frozenset((*_BUREAU, "carrier_compliance")),
    "blacklist.approve": frozenset(("bureau_approver", "supervisor")),
    "plan.read": frozenset((*_BUREAU, *_CARRIER, "supervisor", "auditor", "carrier_engineer")),
    "plan.edit": frozenset((*_BUREAU, "carrier_compliance")),
    "reseller.read": frozenset((*_BUREAU, "supervisor", "auditor", *_CARRIER)),
    "reseller.inspect": frozenset(_BUREAU),
    "reseller.stop": frozenset(("bureau_approver", "supervisor")),
    "reseller.answer": frozenset(_CARRIER),
    "cards.read": frozenset((*_BUREAU, "supervisor", "auditor", *_CARRIER)),
    "cluster.read": frozenset((*_BUREAU, "supervisor", "auditor", "carrier_compliance")),
    "cluster.review": frozenset((*_BUREAU, "carrier_compliance")),
    "cluster.confirm": frozenset(("bureau_approver", "supervisor", "carrier_compliance")),
    "cards.ask": frozenset(_CARRIER),
    "reregistration.read": frozenset((*_BUREAU, "supervisor", "auditor", *_CARRIER)),
    "reregistration.plan": frozenset(_CARRIER),
    "reregistration.approve": frozenset(("bureau_approver", "supervisor", *_CARRIER)),
    "policy.read": frozenset((*_BUREAU, "supervisor", "carrier_compliance", "carrier_engineer")),
    "policy.draft": frozenset((*_BUREAU, "carrier_engineer")),
    "policy.approve": frozenset(("bureau_approver", "supervisor")),
    "policy.roll_back": frozenset(("bureau_approver", "supervisor")),
    "line.read": frozenset((*_BUREAU, "supervisor", "auditor", "carrier_compliance", "carrier_engineer", "enterprise")),
    "line.edit": frozenset(("carrier_compliance", "carrier_engineer")),
    "line.test": frozenset(("carrier_engineer",)),
    "line.close": frozenset(("bureau_approver", "supervisor", "carrier_compliance")),
    "device.read": frozenset((*_BUREAU, *_POLICE, "supervisor", "auditor", "carrier_compliance", "carrier_engineer")),
    "device.report": frozenset(("carrier_compliance", "carrier_engineer")),
    "trusted.read": frozenset(
        (*_BUREAU, "supervisor", "auditor", "carrier_compliance", "carrier_engineer", "association_clerk", "enterprise")
    ),
    "trusted.apply": frozenset(("enterprise",)),
    "trusted.check": frozenset(("association_clerk",)),
    "edge.read": frozenset((*_BUREAU, "supervisor", "carrier_compliance", "carrier_engineer", "administrator")),
}
"""What is asked before a page or a step → the roles that have it."""
WITHOUT_FACTOR = ("enterprise", "press", "newcomer")
"""Who needs no second factor."""
REGULATORS = ("ministry", "bureau")
"""Kinds of organisation that decide appeals against what a police order caused."""


def may(reader: Reader, what: str) -> bool:
    """Whether the role allows it anywhere at all."""
    return reader.role in MAY[what]


@dataclass(frozen=True, slots=True)
class Word:
    """One canary: a text that only a row of one organisation holds."""

    text: str
    owner: str
    kind: str
    """`order`, `number`, `digits` (in full), `holder`, `restriction`, `appeal`, `edge`, `person`, `hidden` …"""
    readers: frozenset[str]
    """Organisations entitled to the row, with all above them; empty: nobody ever reads it on a page."""


@dataclass(frozen=True, slots=True)
class Thing:
    """One row that has an address."""

    kind: str
    """order, appeal, number"""
    id: str
    owner: str
    state: str
    readers: frozenset[str]
    by: frozenset[str] = frozenset()
    """Readers (by name) who proposed it."""
    decided_by: frozenset[str] = frozenset()
    """Readers who approved it."""
    units: frozenset[str] = frozenset()
    """Issuing and filing unit."""
    more: Mapping[str, str] = field(default_factory=dict)
    """What a valid body needs: version, and the like."""


def sees(reader: Reader, thing: Thing) -> bool:
    """Whether the row is within the reader's reach."""
    return reader.at in thing.readers


def may_know(reader: Reader, word: Word, *, address: str) -> bool:
    """Whether a page at this address may show the canary to the reader."""
    if word.kind in ("hidden", "digits"):
        return False
    if reader.at in word.readers:
        return word.kind != "holder" or may(reader, "subscriber.read")
    if address.startswith("audit:") and may(reader, "audit.read"):
        # Officers within every auditor's reach looked at every number; the ministry's auditor reads all entries.
        return word.kind == "number" or reader.at == "ministry"
    # A look-up begins with the number: its masked form is what was asked.
    return word.kind == "number" and address.startswith(("number", "POST numbers")) and may(reader, "number.lookup")


def looks_known(owner: str) -> frozenset[str]:
    """Who may know that an officer of this organisation looked a number up."""
    return entitled(owner)


def takes(reader: Reader, verb: str, order: Thing) -> bool:
    """Whether a step on an order, with a valid body and a second proof, goes through."""
    if not (may(reader, "order.read") and may(reader, f"order.{verb}") and sees(reader, order)):
        return False
    if order.state not in ORDER_STATES[verb]:
        return False
    if verb in ("send_back", "reject", "approve"):
        return reader.name not in order.by
    if verb == "recall":
        return reader.name not in order.decided_by
    if verb in ("withdraw", "correct", "acknowledge"):
        return reader.at in order.units
    return True


ORDER_STATES = {
    "send_back": ("ROUTED",),
    "reject": ("ROUTED", "SENT_BACK"),
    "withdraw": ("ROUTED", "SENT_BACK"),
    "approve": ("ROUTED",),
    "correct": ("SENT_BACK",),
    "acknowledge": ("REPORTED",),
    "recall": ("DISPATCHED", "REPORTED"),
}
"""Step → states of the test orders from which it leads on."""
ORDER_TARGETS = {
    "send_back": "SENT_BACK",
    "reject": "REJECTED",
    "withdraw": "WITHDRAWN",
    "approve": "DISPATCHED",
    "correct": "ROUTED",
    "acknowledge": "FED_BACK",
    "recall": "REVERSED",
}
APPEAL_STEPS = {
    "take_up": ("appeal.decide", "ACKNOWLEDGED", "REVIEW"),
    "uphold": ("appeal.decide", "REVIEW", "UPHELD"),
    "lift": ("appeal.decide", "REVIEW", "LIFTED"),
    "lift_in_part": ("appeal.decide", "REVIEW", "PARTIAL"),
    "accept": ("appeal.approve", "ESCALATED", "ACCEPTED"),
    "decline": ("appeal.approve", "ESCALATED", "CLOSED"),
    "uphold_finally": ("appeal.approve", "ACCEPTED", "CLOSED"),
    "lift_finally": ("appeal.approve", "ACCEPTED", "LIFTED"),
    "go_to_court": ("appeal.approve", "UPHELD", "COURT"),
}
"""Step → permission, state from which, state to which."""
_ABOVE = ("accept", "decline", "uphold_finally", "lift_finally")


def decides(reader: Reader, verb: str, appeal: Thing) -> bool:
    """Whether a step on an appeal goes through: another person than who decided, at a bureau or the ministry."""
    permission, source, _ = APPEAL_STEPS[verb]
    if not (may(reader, "appeal.read") and may(reader, permission) and sees(reader, appeal)):
        return False
    if appeal.state != source:
        return False
    if verb == "go_to_court":
        return True
    if appeal.more.get("ordered") == "yes" and KINDS[reader.at] not in REGULATORS:
        return False
    first = appeal.by | (appeal.decided_by if verb in _ABOVE else frozenset())
    return reader.name not in first


KEY_SERVICE_STEPS: Mapping[str, Mapping[str, tuple[str, str, str]]] = {
    "key_service": {
        "verify": ("service.verify", "APPLIED", "VERIFIED"),
        "refuse": ("service.verify", "APPLIED", "REFUSED"),
        "order_rectification": ("service.flag", "FLAGGED", "RECTIFY_ORDERED"),
        "dismiss": ("service.flag", "FLAGGED", "ACTIVE"),
        "suspend": ("service.flag", "FLAGGED", "SUSPENDED"),
        "close": ("service.close", "SUSPENDED", "CLOSED"),
        "resume": ("service.close", "SUSPENDED", "RECTIFY_ORDERED"),
    },
    "campaign": {"start": ("service.close", "DRAFT", "RUNNING"), "drop": ("service.flag", "DRAFT", "DROPPED")},
    "agent": {"find_breach": ("agent.edit", "ACTIVE", "VIOLATION")},
    "listing": {
        "list": ("blacklist.approve", "PROPOSED", "LISTED"),
        "decline": ("blacklist.approve", "PROPOSED", "DECLINED"),
        "ask_review": ("blacklist.edit", "LISTED", "REVIEW"),
    },
}
"""Kind of row → step → permission, state from which, state to which."""
_OTHER_PERSON = ("verify", "dismiss", "close", "start", "list")
"""Steps that whoever took the one before may not take."""


def moves(reader: Reader, verb: str, thing: Thing) -> bool:
    """Whether a step on a row of key services goes through, with a valid body."""
    permission, source, _ = KEY_SERVICE_STEPS[thing.kind][verb]
    reading = {"agent": "agent.read", "listing": "blacklist.read"}.get(thing.kind, "service.read")
    if not (may(reader, reading) and may(reader, permission) and sees(reader, thing)) or thing.state != source:
        return False
    return not (verb in _OTHER_PERSON and reader.name in thing.by)


def moves_line(reader: Reader, permission: str, thing: Thing) -> bool:
    """Whether a step on a voice line goes through, where its state allows it."""
    return may(reader, "line.read") and may(reader, permission) and sees(reader, thing)
