"""The matrix's organisations and people, written down by hand: what the oracle knows of them, without any query."""

from __future__ import annotations

from dataclasses import dataclass

PARENTS: dict[str, str | None] = {
    "ministry": None,
    "bureau32": "ministry",
    "bureau33": "ministry",
    "technical32": "bureau32",
    "carrierA32": "bureau32",
    "carrierA33": "bureau33",
    "groupB": "ministry",
    "carrierB32": "groupB",
    "reseller": "ministry",
    "association": "ministry",
    "police": None,
    "police32": "police",
    "city32": "police32",
    "police33": "police",
    "enterprise": None,
    "platform": None,
    "press": None,
}
"""Organisation → the one above it."""
KINDS = {
    "ministry": "ministry",
    "bureau32": "bureau",
    "bureau33": "bureau",
    "technical32": "technical_centre",
    "carrierA32": "carrier",
    "carrierA33": "carrier",
    "groupB": "carrier_group",
    "carrierB32": "carrier",
    "reseller": "reseller",
    "association": "association",
    "police": "police",
    "police32": "police",
    "city32": "police",
    "police33": "police",
    "enterprise": "enterprise",
    "platform": "platform",
    "press": "press",
}
PROVINCES = {key: key[-2:] for key in PARENTS if key[-2:] in ("32", "33")}
SEATS = (
    ("supervisor", "ministry"),
    ("auditor", "ministry"),
    ("administrator", "ministry"),
    ("bureau_officer", "bureau32"),
    ("bureau_approver", "bureau32"),
    ("auditor", "bureau32"),
    ("administrator", "bureau32"),
    ("bureau_officer", "bureau33"),
    ("bureau_approver", "bureau33"),
    ("carrier_compliance", "carrierA32"),
    ("carrier_engineer", "carrierA32"),
    ("auditor", "carrierA32"),
    ("carrier_compliance", "carrierA33"),
    ("carrier_compliance", "carrierB32"),
    ("carrier_compliance", "groupB"),
    ("carrier_engineer", "technical32"),
    ("police_approver", "police"),
    ("police_officer", "police32"),
    ("police_approver", "police32"),
    ("police_officer", "city32"),
    ("police_approver", "city32"),
    ("police_officer", "police33"),
    ("police_approver", "police33"),
    ("reseller_officer", "reseller"),
    ("enterprise", "enterprise"),
    ("platform_operator", "platform"),
    ("association_clerk", "association"),
    ("press", "press"),
)
"""Role and organisation of each reader: every role, and the same role in several places of the tree."""
LOOKERS = ("bureau32", "bureau33", "carrierA32", "carrierB32", "police32", "police33")
"""Organisations of officers who do nothing but look numbers up: their names are canaries of the ledger."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks: a role at an organisation; `anonymous`, `newcomer` (no seat) and `citizen` have no organisation."""

    role: str
    at: str = ""

    @property
    def name(self) -> str:
        """How a failure names it."""
        return f"{self.role}@{self.at}" if self.at else self.role

    @property
    def signed_in(self) -> bool:
        """Whether it has a login."""
        return self.role not in ("anonymous", "citizen")


ANONYMOUS, NEWCOMER, CITIZEN = Reader("anonymous"), Reader("newcomer"), Reader("citizen")
READERS = (*(Reader(role, at) for role, at in SEATS), NEWCOMER, CITIZEN, ANONYMOUS)


def above(key: str) -> tuple[str, ...]:
    """An organisation and all above it, itself first."""
    found, here = [], PARENTS[key]
    found.append(key)
    while here is not None:
        found.append(here)
        here = PARENTS[here]
    return tuple(found)


def entitled(*keys: str) -> frozenset[str]:
    """These and all above them: who may read a row of theirs (DESIGN.md §4.1)."""
    return frozenset(one for key in keys for one in above(key))


def relation(reader: Reader, owner: str) -> str:
    """How the reader stands to the organisation whose row it is."""
    if not reader.at:
        return "anonymous" if not reader.signed_in else "stranger"
    if reader.at == owner:
        return "own"
    if reader.at in above(owner):
        return "child"
    if owner in above(reader.at):
        return "parent"
    same = PARENTS[reader.at] is not None and PARENTS[reader.at] == PARENTS[owner]
    return "sibling" if same else "stranger"
