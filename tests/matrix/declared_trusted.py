"""Cases about trusted numbers: own pages, the centre's desk, every step, papers, the public directory, programs."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from tests.matrix.asking import Case
from tests.matrix.country import Country
from tests.matrix.country_trusted import PUBLISHED
from tests.matrix.declared_cases import OUTSIDE, REASON, door, gate, key, of, to_login
from tests.matrix.oracle import Thing, may, sees
from tests.matrix.tree import Reader

STEPS = {
    "submit": ("trusted.apply", ("DRAFT",), "PENDING"),
    "withdraw": ("trusted.apply", ("DRAFT", "PENDING", "EVIDENCE_CHECKED"), "WITHDRAWN"),
    "send_back": ("trusted.check", ("PENDING", "EVIDENCE_CHECKED"), "SENT_BACK"),
    "refuse": ("trusted.check", ("PENDING", "EVIDENCE_CHECKED"), "REFUSED"),
    "approve": ("trusted.check", ("EVIDENCE_CHECKED",), "ACTIVE"),
    "revoke": ("trusted.check", ("ACTIVE",), "REVOKED"),
    "give_up": ("trusted.apply", ("ACTIVE",), "REVOKED"),
}
"""Step → who, from where, to where. `check` waits for a call-back that nobody answers here."""


def takes(reader: Reader, verb: str, thing: Thing) -> bool:
    """Whether the step, with a valid body, goes through."""
    what, states, _ = STEPS[verb]
    if not (may(reader, what) and sees(reader, thing)) or thing.state not in states:
        return False
    return verb != "approve" or reader.name not in thing.by


def owns(reader: Reader, thing: Thing, *states: str) -> bool:
    """Whether it is the reader's own application, in one of these states."""
    return may(reader, "trusted.apply") and reader.at == thing.owner and thing.state in states


def pages(land: Country, reader: Reader) -> Iterator[Case]:
    """Desk, my numbers, the entry, its questions and papers."""
    for tab in ("todo", "late", "approve", "active", "ended", "all"):
        yield Case(
            "trusted:desk", reader, "GET", f"/trusted/?tab={tab}", gate(reader, "trusted.read"), to=to_login(reader)
        )
    for tab in ("active", "open", "ended"):
        there = gate(reader, "trusted.apply")
        yield Case("trusted:mine", reader, "GET", f"/trusted/mine/?tab={tab}", there, to=to_login(reader))
    for thing in of(land, "trusted"):
        base = f"/trusted/{thing.id}/"
        there = (200,) if sees(reader, thing) else (404,)
        yield _page("trusted:entry", reader, base, gate(reader, "trusted.read", there), thing)
        yield Case(
            "trusted:paper", reader, "GET", f"{base}papers/{thing.more['paper']}/", gate(reader, "trusted.read", there),
            to=to_login(reader), thing=thing, writes=may(reader, "trusted.read") and sees(reader, thing),
        )  # fmt: skip
        writable = (200,) if owns(reader, thing, "DRAFT") else (404,)
        for name in ("numbers", "name", "purpose", "trunks", "papers"):
            statuses = gate(reader, "trusted.apply", writable)
            if name == "numbers":  # its own numbers stand in full in the applicant's field; asked in `writes`
                continue
            yield _page("trusted:question", reader, f"{base}apply/{name}/", statuses, thing)
        yield _page("trusted:check", reader, f"{base}check/", gate(reader, "trusted.apply", writable), thing)
        waits = (200,) if owns(reader, thing, "DRAFT", "PENDING") else (302,) if sees(reader, thing) else (404,)
        number = thing.more["number"]
        statuses = gate(reader, "trusted.apply", waits)
        yield Case("trusted:code", reader, "GET", f"{base}numbers/{number}/code/", statuses, thing=thing)


def writes(land: Country, reader: Reader) -> Iterator[Case]:
    """Beginning, steps, papers taken out, call-backs."""
    begins = may(reader, "trusted.apply")
    yield Case(
        "trusted:start", reader, "POST", "/trusted/apply/", gate(reader, "trusted.apply", (302,)),
        {"key": uuid.uuid4().hex}, to=to_login(reader, "/trusted/"), writes=begins,
    )  # fmt: skip
    for thing in of(land, "trusted"):
        base = f"/trusted/{thing.id}/"
        for verb, (_, states, target) in STEPS.items():
            if thing.state not in states:
                continue
            done = takes(reader, verb, thing)
            inside = (302,) if done else (422,) if sees(reader, thing) else (404,)
            body = {"reason": REASON, "remedy": REASON, "key": uuid.uuid4().hex}
            yield Case(
                "trusted:step", reader, "POST", f"{base}steps/{verb}/", gate(reader, "trusted.read", inside), body,
                to=to_login(reader, base), thing=thing, target=target if done else thing.state, writes=done,
            )  # fmt: skip
        draft, waits = owns(reader, thing, "DRAFT"), owns(reader, thing, "DRAFT", "PENDING")
        yield Case(
            "trusted:remove_paper", reader, "POST", f"{base}papers/{thing.more['paper']}/remove/",
            gate(reader, "trusted.apply", (302,) if draft else (404,)), {}, to=to_login(reader, base), thing=thing,
            writes=draft,
        )  # fmt: skip
        inside = (302,) if waits else (422,) if sees(reader, thing) else (404,)
        yield Case(
            "trusted:call_back", reader, "POST", f"{base}numbers/{thing.more['number']}/call/",
            gate(reader, "trusted.apply", inside), {}, to=to_login(reader, base), thing=thing, writes=waits,
        )  # fmt: skip


def public(land: Country, reader: Reader) -> Iterator[Case]:
    """The directory is everybody's; it holds what is in force and nothing else."""
    yield Case("trusted:directory", reader, "GET", "/directory/", (200,))
    yield Case("trusted:directory", reader, "POST", "/directory/", (422,), {"number": "x"})
    yield Case("trusted:head", reader, "GET", "/directory/head.json", (200,))
    for name, status in (("full.json", 200), ("head.sig", 200), ("..%2fkeys", 404)):
        yield Case("trusted:file", reader, "GET", f"/directory/1/{name}", (status,))
    body = {"number": f"+{PUBLISHED}"}
    yield Case("POST directory/query", reader, "POST", "/api/v1/directory/query", (200,), body, True)


def programs(land: Country, reader: Reader) -> Iterator[Case]:
    """The same for programs."""
    yield Case("GET trusted", reader, "GET", "/api/v1/trusted?tab=all&limit=200", door(reader, "trusted.read"))
    begins = may(reader, "trusted.apply")
    yield Case(
        "POST trusted", reader, "POST", "/api/v1/trusted", door(reader, "trusted.apply", (201,)), {}, True, key(),
        writes=begins,
    )  # fmt: skip
    for thing in of(land, "trusted"):
        path = f"/api/v1/trusted/{thing.id}"
        there = door(reader, "trusted.read", (200,) if sees(reader, thing) else (404,))
        yield Case("GET trusted/<identity>", reader, "GET", path, there, thing=thing)
        draft, waits = owns(reader, thing, "DRAFT"), owns(reader, thing, "DRAFT", "PENDING")
        body = {
            "numbers": f"+{PUBLISHED + 1}", "display_zh": "单位", "display_en": "Unit", "purpose": "service",
            "purpose_words": "与客户联系办理业务", "trunks": [],
        }  # fmt: skip
        inside: tuple[int, ...] = (204,) if draft else (409,) if sees(reader, thing) else (404,)
        yield Case(
            "PUT trusted/<identity>", reader, "PUT", path, door(reader, "trusted.apply", inside), body, True, key(),
            thing=thing, writes=draft,
        )  # fmt: skip
        yield Case(
            "POST trusted/<identity>/papers", reader, "POST", f"{path}/papers", (401,) if reader in OUTSIDE else (422,),
            {}, False, key(), thing=thing,
        )  # fmt: skip
        number = f"{path}/numbers/{thing.more['number']}"
        inside = (202,) if waits else (409,) if sees(reader, thing) else (404,)
        yield Case(
            "POST trusted/<identity>/numbers/<number>/call-back", reader, "POST", f"{number}/call-back",
            door(reader, "trusted.apply", inside), {}, True, key(), thing=thing, writes=waits,
        )  # fmt: skip
        inside = (422,) if waits else (409,) if sees(reader, thing) else (404,)
        yield Case(
            "POST trusted/<identity>/numbers/<number>/code", reader, "POST", f"{number}/code",
            door(reader, "trusted.apply", inside), {"code": "000000"}, True, key(), thing=thing,
            writes=waits,  # a wrong code spends a try
        )  # fmt: skip
        for verb, (_, states, target) in STEPS.items():
            if thing.state not in states:
                continue
            done = takes(reader, verb, thing)
            inside = (200,) if done else (403, 409) if sees(reader, thing) else (404,)
            yield Case(
                "POST trusted/<identity>/<verb>", reader, "POST", f"{path}/{verb}",
                door(reader, "trusted.read", inside), {"reason": REASON, "remedy": REASON}, True, key(), thing=thing,
                target=target if done else thing.state, writes=done,
            )  # fmt: skip


def _page(name: str, reader: Reader, path: str, statuses: tuple[int, ...], thing: Thing) -> Case:
    return Case(name, reader, "GET", path, statuses, to=to_login(reader), thing=thing)
