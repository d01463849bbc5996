"""Cases about edges and snapshots, the ledger, and the messages that were handed over."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from functools import cache

from tests.matrix.asking import Case
from tests.matrix.country import Country
from tests.matrix.declared_cases import gate, to_login
from tests.matrix.oracle import may
from tests.matrix.tree import LOOKERS, Reader, entitled


@cache
def edges_by_owner(country: int) -> dict[str, int]:
    """Organisation of the country → id of its edge."""
    from haodun.offices.organisations.services import system
    from haodun.registry.policies.models import Edge

    with system():
        rows = Edge.objects.select_related("organisation").order_by("pk")
        return {row.organisation.name_zh.removeprefix("单位"): row.pk for row in rows}


@cache
def looks_by_owner(country: int) -> dict[str, int]:
    """Organisation of the country → id of an entry that says that its officer looked a number up."""
    from haodun.audit.models import Entry
    from haodun.offices.organisations.models import Organisation

    places = {f"单位{key}": key for key in LOOKERS}
    found = {}
    for place in Organisation.objects.filter(name_zh__in=places):
        entry = Entry.objects.filter(organisation=place.id, kind="number:looked_up").order_by("id").first()
        assert entry is not None
        found[places[place.name_zh]] = entry.id
    return found


def edges(land: Country, reader: Reader) -> Iterator[Case]:
    """The table, a publication, each edge, enrolling and revoking one."""
    login = to_login(reader)
    read = gate(reader, "snapshot.read")
    yield Case("edges:home", reader, "GET", "/edges/", read, to=login)
    yield Case("edges:home", reader, "GET", "/edges/?before=2", read, to=login)
    yield Case("edges:publication", reader, "GET", "/edges/publications/1/", read, to=login)
    yield Case("edges:publication", reader, "GET", "/edges/publications/999/", gate(reader, "snapshot.read", (404,)))
    for owner, edge in edges_by_owner(id(land)).items():
        seen = reader.at in entitled(owner)
        there = gate(reader, "edge.read", (200,) if seen else (404,))
        yield Case("edges:edge", reader, "GET", f"/edges/{edge}/", there, to=login)
        done = may(reader, "edge.enrol") and seen
        statuses = gate(reader, "edge.enrol", (302,) if seen else (404,))
        yield Case(
            "edges:revoke", reader, "POST", f"/edges/{edge}/revoke/", statuses, {"key": uuid.uuid4().hex},
            to=to_login(reader, f"/edges/{edge}/"), writes=done,
        )  # fmt: skip
        yield Case("edges:revoke", reader, "GET", f"/edges/{edge}/revoke/", (405,))
    yield from _enrolling(land, reader)


def _enrolling(land: Country, reader: Reader) -> Iterator[Case]:
    yield Case("edges:enrol", reader, "GET", "/edges/enrol/", gate(reader, "edge.enrol"), to=to_login(reader))
    for owner in ("carrierA32", "carrierB32", "press"):
        # Only organisations that run a network, only in one's own part of the tree.
        done = may(reader, "edge.enrol") and reader.at in entitled(owner) and owner != "press"
        body = {
            "name": "matrix-new", "organisation": str(land.places[owner].id), "mode": "enforce",
            "key": uuid.uuid4().hex,
        }  # fmt: skip
        statuses = gate(reader, "edge.enrol", (200,) if done else (422,))
        yield Case("edges:enrol", reader, "POST", "/edges/enrol/", statuses, body, to=to_login(reader), writes=done)


def ledger(land: Country, reader: Reader) -> Iterator[Case]:
    """The list under its filters, an entry of each of some organisations, its proof, a verification."""
    login, read = to_login(reader), gate(reader, "audit.read")
    number = next(thing.id for thing in land.things if thing.kind == "number")
    queries = ["", "?kind=number:looked_up", "?kind=edge:receipt", f"?object=number:{number}", "?object=edge"]
    queries += [f"?unit={land.places[key].id}" for key in ("bureau33", "carrierA32", "police33")]
    for query in queries:
        yield Case("audit:home", reader, "GET", f"/audit/{query}", read, to=login)
    for owner, entry in looks_by_owner(id(land)).items():
        there = (200,) if reader.at in ("ministry", *entitled(owner)) else (404,)
        yield Case("audit:entry", reader, "GET", f"/audit/{entry}/", gate(reader, "audit.read", there), to=login)
        inside = (302,) if there == (200,) else (404,)  # nothing is sealed here, so there is no proof yet
        yield Case(
            "audit:proof", reader, "POST", f"/audit/{entry}/proof/", gate(reader, "audit.read", inside), {},
            to=to_login(reader, f"/audit/{entry}/"),
        )  # fmt: skip
    yield Case("audit:verify", reader, "GET", "/audit/verify/", (405,))
    verified = gate(reader, "audit.read", (302,))
    yield Case("audit:verify", reader, "POST", "/audit/verify/", verified, {}, to=to_login(reader, "/audit/"))


def notices(land: Country, reader: Reader) -> Iterator[Case]:
    """The notices of each tab."""
    for tab in ("all", "waiting", "handed", "withdrawn", "none"):
        statuses = gate(reader, "notice.read")
        yield Case("messages:home", reader, "GET", f"/messages/?tab={tab}", statuses, to=to_login(reader))


def tokens(land: Country, reader: Reader) -> Iterator[Case]:
    """Tokens of programs: an administrator's own organisation's, nobody else's."""
    login = to_login(reader)
    yield Case("tokens", reader, "GET", "/tokens/", gate(reader, "token.issue"), to=login)
    done = may(reader, "token.issue")
    body = {"name": "matrix", "days": "7", "permissions": "offices:organisation:read"}
    yield Case("tokens", reader, "POST", "/tokens/", gate(reader, "token.issue"), body, to=login, writes=done)
    for owner, token in tokens_by_owner(id(land)).items():
        own = done and reader.at == owner
        statuses = gate(reader, "token.issue", (302,) if own else (404,))
        to = to_login(reader, "/tokens/")
        yield Case("token-end", reader, "POST", f"/tokens/{token}/end/", statuses, {}, to=to, writes=own)


@cache
def tokens_by_owner(country: int) -> dict[str, str]:
    """Organisation of the country → id of a token of its programs."""
    from haodun.offices.organisations.models import ProgramToken
    from haodun.offices.organisations.services import system

    with system():
        rows = ProgramToken.objects.select_related("organisation").order_by("created_at")
        return {row.organisation.name_zh.removeprefix("单位"): str(row.id) for row in rows}
