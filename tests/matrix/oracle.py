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
    "subscriber.read": frozenset((*_BUREAU, *_CARRIER, "supervisor")),
    "verdict.read": frozenset((*_BUREAU, "supervisor", "carrier_compliance", "carrier_engineer")),
    "audit.read": frozenset(("auditor",)),
    "edge.enrol": frozenset(("administrator", "carrier_engineer")),
    "notice.read": frozenset((*_BUREAU, *_POLICE, *_CARRIER, "supervisor", "association_clerk", "enterprise")),
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
    "node.read": frozenset((*_BUREAU, "supervisor", "auditor", "administrator", "carrier_engineer")),
    "node.enrol": frozenset(("administrator",)),
