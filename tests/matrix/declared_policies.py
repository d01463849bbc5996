"""Revisions of the policy: a draft, one to approve, one in force, with canaries; the cases of every address."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from importlib.resources import files

from tests.matrix.asking import Case
from tests.matrix.country import Country
from tests.matrix.declared_cases import REASON, door, gate, of, to_login
from tests.matrix.declared_nodes import OWNER
from tests.matrix.oracle import Thing, may, sees
from tests.matrix.tree import KINDS, Reader, above, entitled

from haodun.registry.policy_revisions.services import draft, take

RUNS = OWNER
"""Whoever runs the node, or stands above, decides on its policy."""
BOUND = ("ministry", "bureau", "carrier_group", "carrier", "technical_centre")
"""Kinds of organisation that read what is in force."""
PACK = (files("haodun.screening.policy") / "packs" / "cn.yaml").read_text(encoding="utf-8")


def rows(land: Country) -> None:
    """What is in force comes from a bureau's officer; a draft and one to approve from two carriers' engineers."""
    land.things.append(_revision(land, "bureau33", "bureau_officer", "PUBLISHED"))
    land.things.append(_revision(land, "carrierA32", "carrier_engineer", "DRAFTING"))
    land.things.append(_revision(land, "technical32", "carrier_engineer", "SUBMITTED"))


def _revision(land: Country, at: str, role: str, state: str) -> Thing:
    bound = [key for key, kind in KINDS.items() if kind in BOUND]
    readers = entitled(at, RUNS, *(bound if state == "PUBLISHED" else []))
    author, decides = land.actor(role, at), land.actor("supervisor", "ministry")
    word = land.word("policy", at, readers, state)
    text = PACK + f"# {word}\n" if state != "PUBLISHED" else PACK + "# in force\n"
    made = draft(author, why=word, key=uuid.uuid4().hex, text=text)
    for actor, step in (
        *([(author, "submit")] if state != "DRAFTING" else []),
        *([(decides, "approve"), (decides, "publish")] if state == "PUBLISHED" else []),
    ):
        take(actor, [made], step, key=uuid.uuid4().hex)
    return Thing("policy", str(made), at, state, readers, frozenset({f"{role}@{at}"}))


def _there(reader: Reader, thing: Thing, status: int = 200) -> tuple[int, ...]:
    return (status,) if sees(reader, thing) else (404,)


def pages(land: Country, reader: Reader) -> Iterator[Case]:
    """The queue, the form, each revision, its editor, its comparison."""
    for path in ("", "?tab=mine", "?tab=approve", "?tab=in_force", "?tab=history"):
        yield Case(
            "policies:home", reader, "GET", f"/policies/{path}", gate(reader, "policy.read"), to=to_login(reader)
        )
    yield Case("policies:new", reader, "GET", "/policies/new/", gate(reader, "policy.draft"), to=to_login(reader))
    for thing in of(land, "policy"):
        here = f"/policies/{thing.id}/"
        yield Case(
            "policies:revision", reader, "GET", here, gate(reader, "policy.read", _there(reader, thing)),
            to=to_login(reader), thing=thing,
        )  # fmt: skip
        opens = thing.state == "DRAFTING" and reader.at == thing.owner
        yield Case(
            "policies:edit", reader, "GET", f"{here}edit/",
            gate(reader, "policy.draft", _there(reader, thing, 200 if opens else 302)),
            to=to_login(reader, "" if opens else here), thing=thing,
        )  # fmt: skip
        yield Case(
            "policies:compared", reader, "GET", f"{here}compared/",
            gate(reader, "policy.read", _there(reader, thing, 302)), to=to_login(reader, here), thing=thing,
        )  # fmt: skip


def steps(land: Country, reader: Reader) -> Iterator[Case]:
    """Drafting, the check, a comparison, a step of each state, the roll-back."""
    body = {"start": "", "why": REASON, "key": uuid.uuid4().hex}
    drafts = may(reader, "policy.draft")
    yield Case(
        "policies:new", reader, "POST", "/policies/new/", gate(reader, "policy.draft", (302,)), body,
        to=to_login(reader, "/policies/"), writes=drafts,
    )  # fmt: skip
    yield Case(
        "policies:next", reader, "POST", "/policies/next/", gate(reader, "policy.draft", (302,)),
        {"rule": "NO-SUCH-RULE", "key": uuid.uuid4().hex}, to=to_login(reader, "/policies/"),
    )  # fmt: skip
    yield Case(
        "edges:draft_offer", reader, "POST", f"/edges/offers/{uuid.uuid4()}/draft/",
        gate(reader, "policy.draft", (404,)), to=to_login(reader),
    )  # fmt: skip
    for thing in of(land, "policy"):
        here = f"/policies/{thing.id}/"
        yield Case(
            "policies:check", reader, "POST", f"{here}check/", gate(reader, "policy.draft", _there(reader, thing)),
            {"text": "policy: x", "cases": ""}, to=to_login(reader), thing=thing, target=thing.state,
        )  # fmt: skip
        yield Case(
            "policies:compare", reader, "POST", f"{here}compare/",
            gate(reader, "policy.read", _there(reader, thing, 422)), {}, to=to_login(reader), thing=thing,
            target=thing.state,
        )  # fmt: skip
        yield _step(reader, thing)
        if thing.state == "PUBLISHED":
            yield _back(reader, thing)


def _step(reader: Reader, thing: Thing) -> Case:
    verb, done, target = {
        "DRAFTING": ("withdraw", may(reader, "policy.draft") and reader.at == thing.owner, "WITHDRAWN"),
        "SUBMITTED": ("approve", may(reader, "policy.approve") and reader.at in above(RUNS), "APPROVED"),
        "PUBLISHED": ("return", False, ""),
    }[thing.state]
    done = done and sees(reader, thing) and (verb != "approve" or reader.name not in thing.by)
    here, body = f"/policies/{thing.id}/", {"reason": REASON, "key": uuid.uuid4().hex}
    inside = (302,) if done else _there(reader, thing, 422)
    return Case(
        "policies:step", reader, "POST", f"{here}step/{verb}/", gate(reader, "policy.read", inside), body,
        to=to_login(reader, here), thing=thing, target=target if done else thing.state, writes=done,
    )  # fmt: skip


def _back(reader: Reader, thing: Thing) -> Case:
    done = may(reader, "policy.roll_back") and reader.at in above(RUNS)
    inside = (302,) if done else _there(reader, thing, 422)
    return Case(
        "policies:roll_back", reader, "POST", f"/policies/{thing.id}/roll-back/",
        gate(reader, "policy.roll_back", inside), {"reason": REASON, "key": uuid.uuid4().hex},
        to=to_login(reader, "/policies/"), thing=thing, target="SUPERSEDED" if done else thing.state, writes=done,
    )  # fmt: skip


def api(land: Country, reader: Reader) -> Iterator[Case]:
    """The interface for programs."""
    yield Case("GET policy-revisions", reader, "GET", "/api/v1/policy-revisions", door(reader, "policy.read"))
    for thing in of(land, "policy"):
        yield Case(
            "GET policy-revisions/<identity>", reader, "GET", f"/api/v1/policy-revisions/{thing.id}",
            door(reader, "policy.read", _there(reader, thing)),
        )  # fmt: skip
    yield Case(
        "POST policy-checks", reader, "POST", "/api/v1/policy-checks", door(reader, "policy.draft"),
        {"text": "policy: x"}, json=True,
    )  # fmt: skip


NAMED = {
    pages: ("policies:home", "policies:new", "policies:revision", "policies:edit", "policies:compared"),
    steps: (
        "policies:next", "policies:check", "policies:compare", "policies:step", "policies:roll_back",
        "edges:draft_offer",
    ),
    api: ("GET policy-revisions", "GET policy-revisions/<identity>", "POST policy-checks"),
}  # fmt: skip
"""Who makes the cases of which addresses."""
