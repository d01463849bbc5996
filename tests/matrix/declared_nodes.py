"""Nodes in the matrix: run by a bureau; one enrolled, one proposed, a piece in quarantine; who may what."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta
from functools import cache

from django.utils import timezone
from tests.matrix.asking import Case
from tests.matrix.country import Country, canary
from tests.matrix.declared_cases import OUTSIDE, REASON, gate, to_login
from tests.matrix.oracle import Word, may
from tests.matrix.tree import Reader, entitled

OWNER = "bureau32"
ADDRESSES = (
    "nodes:home", "nodes:new", "nodes:own-key", "nodes:node", "nodes:change", "nodes:step", "nodes:quarantine",
    "nodes:piece",
)  # fmt: skip
KEY = "ab" * 32


def found_nodes(land: Country) -> None:
    """Make the rows, each with a word that nobody else's rows hold."""
    from haodun.federation.quarantine import Piece, keep
    from haodun.federation.services import fingerprint, make_own_key, own_name
    from haodun.offices.organisations.services import CHARTERS, Role
    from haodun.offices.peering.models import NodeChange, Peering
    from haodun.offices.peering.services import PEERING, Proposal, decide, propose, propose_change, run_by
    from haodun.offices.transitions.services import Actor

    run_by(land.places[OWNER].id)
    make_own_key()
    first = land.actor("administrator", OWNER)
    second = Actor(
        user_id=uuid.uuid4(),
        organisation_id=land.places[OWNER].id,
        role=Role.ADMINISTRATOR,
        permissions=CHARTERS[Role.ADMINISTRATOR].permissions,
        sudo_until=timezone.now() + timedelta(minutes=5),
    )
    for name in ("matrix-active", "matrix-proposed"):
        title = canary("node", OWNER, name)
        land.words.append(Word(title, OWNER, "node", entitled(OWNER)))
        public = uuid.uuid5(uuid.NAMESPACE_DNS, name).bytes * 2
        made = propose(first, Proposal(name, title, public, (), ()), key=f"matrix {name}")
        if name == "matrix-active":
            said = {"fingerprint": fingerprint(public)}
            decide(second, PEERING, made, "approve", key=f"approve {name}", data=said)
            new_key = uuid.uuid5(uuid.NAMESPACE_DNS, "matrix new key").bytes * 2
            active = Peering.objects.get(id=made)
            propose_change(first, active, NodeChange.What.KEY, key="matrix change", public=new_key)
    keep(own_name(), Piece.of(b"matrix"), "unreadable", via=None)


@cache
def nodes(country: int) -> dict[str, uuid.UUID]:
    """Name of a node → id of its peering; `piece` → id of the piece in quarantine."""
    from haodun.offices.organisations.services import system
    from haodun.offices.peering.models import Held, Peering

    with system():
        return {**dict(Peering.objects.values_list("name", "id")), "piece": Held.objects.get().id}


def node_pages(land: Country, reader: Reader) -> Iterator[Case]:
    """Every page of nodes, and each step."""
    login, known = to_login(reader), nodes(id(land))
    seen = reader.at in entitled(OWNER)
    there = gate(reader, "node.read", (200,) if seen else (404,))
    for address, path in (
        ("nodes:home", ""),
        ("nodes:quarantine", "quarantine/"),
        ("nodes:quarantine", "quarantine/?tab=decided"),
    ):
        yield Case(address, reader, "GET", f"/nodes/{path}", gate(reader, "node.read"), to=login)
    for name in ("matrix-active", "matrix-proposed"):
        yield Case("nodes:node", reader, "GET", f"/nodes/{known[name]}/", there, to=login)
    yield Case("nodes:piece", reader, "GET", f"/nodes/quarantine/{known['piece']}/", there, to=login)
    yield Case("nodes:node", reader, "GET", f"/nodes/{uuid.UUID(int=7)}/", gate(reader, "node.read", (404,)), to=login)
    yield from _proposing(reader)
    yield from _changing(reader, known["matrix-active"], seen=seen)
    yield from _stepping(reader, known, seen=seen)


def _runs(reader: Reader) -> bool:
    """Only administrators of the organisation that runs the node change anything."""
    return may(reader, "node.enrol") and reader.at == OWNER


def _proposing(reader: Reader) -> Iterator[Case]:
    yield Case("nodes:new", reader, "GET", "/nodes/new/", gate(reader, "node.enrol"), to=to_login(reader))
    body = {"name": "matrix-new", "title": "新", "public": KEY, "key": uuid.uuid4().hex}
    statuses = gate(reader, "node.enrol", (302,) if _runs(reader) else (422,))
    yield Case(
        "nodes:new", reader, "POST", "/nodes/new/", statuses, body, to=to_login(reader, "/nodes/"),
        writes=_runs(reader),
    )  # fmt: skip
    yield Case(
        "nodes:own-key", reader, "POST", "/nodes/own-key/", gate(reader, "node.enrol", (302,)),
        {"key": uuid.uuid4().hex}, to=to_login(reader, "/nodes/"), writes=_runs(reader),
    )  # fmt: skip
    yield Case("nodes:own-key", reader, "GET", "/nodes/own-key/", (405,))


def _changing(reader: Reader, node: uuid.UUID, *, seen: bool) -> Iterator[Case]:
    there = gate(reader, "node.enrol", (200,) if seen else (404,))
    for what in ("key", "grants"):
        yield Case("nodes:change", reader, "GET", f"/nodes/{node}/changes/{what}/", there, to=to_login(reader))
    yield Case(
        "nodes:change", reader, "GET", f"/nodes/{node}/changes/none/", gate(reader, "node.enrol", (404,)),
        to=to_login(reader),
    )  # fmt: skip
    inside = (302,) if _runs(reader) else (422,) if seen else (404,)
    yield Case(
        "nodes:change", reader, "POST", f"/nodes/{node}/changes/key/", gate(reader, "node.enrol", inside),
        {"public": KEY, "key": uuid.uuid4().hex}, to=to_login(reader, "/nodes/"), writes=_runs(reader),
    )  # fmt: skip


def _stepping(reader: Reader, known: dict[str, uuid.UUID], *, seen: bool) -> Iterator[Case]:
    steps = (
        ("peering", "matrix-active", "suspend", True),
        ("peering", "matrix-active", "revoke", True),
        ("peering", "matrix-proposed", "decline", True),
        ("peering", "matrix-proposed", "approve", False),  # proposed by the only administrator there
        ("quarantined", "piece", "discard", True),
        ("quarantined", "piece", "release", False),  # it is no envelope and never will be
    )
    for table, name, action, goes in steps:
        path = f"/nodes/{table}/{known[name]}/{action}/"
        statuses = gate(reader, "node.read", (302,) if seen else (404,))
        body = {"reason": REASON, "key": uuid.uuid4().hex, "fingerprint": "0"}
        writes = goes and _runs(reader)
        where = to_login(reader, "/nodes/" if seen and reader not in OUTSIDE else "")
        yield Case(
            "nodes:step", reader, "POST", path, statuses, body, to=where if statuses == (302,) else "", writes=writes
        )
    yield Case("nodes:step", reader, "GET", f"/nodes/peering/{known['matrix-active']}/suspend/", (405,))
