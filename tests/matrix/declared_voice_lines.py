"""Voice lines and device reports: rows with canaries, and the cases of every address."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta

from django.utils import timezone
from tests.matrix.asking import Case
from tests.matrix.country import Country
from tests.matrix.declared_cases import OUTSIDE, REASON, door, gate, key, of, to_login
from tests.matrix.oracle import Thing, may, moves_line, sees
from tests.matrix.tree import KINDS, Reader, entitled

from haodun.offices.transitions.services import SYSTEM
from haodun.registry.voice_lines.models import VoiceLine
from haodun.registry.voice_lines.services import (
    DEVICE,
    DeviceKind,
    LineKind,
    Method,
    NewLine,
    find_device,
    plan_test,
    register_line,
    report_test,
    take,
)

AT = ("carrierA32", "carrierA33", "carrierB32")
_serial = iter(range(1, 1_000))


def rows(land: Country) -> None:
    """At each carrier a line that is registered, and one that failed; device reports found and handed over."""
    for at in AT:
        land.things += [_line(land, at, state) for state in ("REGISTERED", "UNAUTHENTICATED")]
        land.things.append(_device(land, at, ""))
    land.things.append(_device(land, "carrierA32", "police32"))


def _line(land: Country, at: str, state: str) -> Thing:
    readers, actor = entitled(at, f"bureau{at[-2:]}"), land.actor("carrier_compliance", at)
    name = land.word("line", at, readers, state)
    line = NewLine(
        kind=LineKind.DEDICATED,
        trunk=f"matrix-{next(_serial)}",
        permits=("+862583100000",),
        holder=name,
        hiding_off=True,
    )
    made = VoiceLine.objects.get(id=register_line(actor, line, key=uuid.uuid4().hex))
    by = f"carrier_compliance@{at}"
    more: dict[str, str] = {}
    if state == "UNAUTHENTICATED":
        engineer = SYSTEM
        test = plan_test(engineer, made, method=Method.FOREIGN_CLI, planned_for=timezone.localdate())
        report_test(engineer, test, passed=False, evidence=land.word("line", at, readers, "evidence"))
        by = "system"
    return Thing("voice_line", str(made.id), at, state, readers, frozenset({by}), more=more)


def _device(land: Country, at: str, police: str) -> Thing:
    readers = entitled(at, *([f"bureau{at[-2:]}"]), *([police] if police else []))
    finding = land.word("device", at, readers, police)
    actor = land.actor("carrier_compliance", at)
    made = find_device(actor, kind=DeviceKind.SIM_BOX, finding=finding, province=at[-2:], key=uuid.uuid4().hex)
    state = "FOUND"
    if police:
        data = {"police": str(land.places[police].id)}
        take(actor, [made], "report", table=DEVICE, key=uuid.uuid4().hex, data=data)
        state = "REPORTED"
    by = frozenset({f"carrier_compliance@{at}"})
    return Thing("device", str(made), at, state, readers, by, units=frozenset({police}))


def pages(land: Country, reader: Reader) -> Iterator[Case]:
    """Lists, forms and the page of each row."""
    for name, path, what in (
        ("home", "voice-lines/", "line.read"),
        ("new", "voice-lines/new/", "line.edit"),
        ("import", "voice-lines/import/", "line.edit"),
        ("devices", "devices/", "device.read"),
        ("device_new", "devices/new/", "device.report"),
    ):
        for tab in ("", "?tab=all"):
            yield Case(f"voice_lines:{name}", reader, "GET", f"/{path}{tab}", gate(reader, what), to=to_login(reader))
    for thing in of(land, "voice_line"):
        there = (200,) if sees(reader, thing) else (404,)
        for name, path, what in (
            ("line", "", "line.read"), ("amend", "amend/", "line.edit"), ("grant", "exception/", "line.close"),
            ("close", "close/", "line.close"),
        ):  # fmt: skip
            yield Case(
                f"voice_lines:{name}", reader, "GET", f"/voice-lines/{thing.id}/{path}", gate(reader, what, there),
                to=to_login(reader), thing=thing,
            )  # fmt: skip
    for thing in of(land, "device"):
        there = (200,) if sees(reader, thing) else (404,)
        yield Case(
            "voice_lines:device", reader, "GET", f"/devices/{thing.id}/", gate(reader, "device.read", there),
            to=to_login(reader), thing=thing,
        )  # fmt: skip


def steps(land: Country, reader: Reader) -> Iterator[Case]:
    """Steps, tests and forms that write."""
    for thing in of(land, "voice_line"):
        seen = sees(reader, thing)
        done = thing.state == "REGISTERED" and moves_line(reader, "line.test", thing)
        yield Case(
            "voice_lines:step", reader, "POST", f"/voice-lines/{thing.id}/step/fail/",
            gate(reader, "line.read", (302,) if done else (422,) if seen else (404,)),
            {"reason": REASON, "key": uuid.uuid4().hex}, to=to_login(reader, f"/voice-lines/{thing.id}/"), thing=thing,
            target="UNAUTHENTICATED" if done else thing.state, writes=done,
        )  # fmt: skip
        plans = may(reader, "line.test") and seen
        body = {"method": "own_cli", "planned_for": (timezone.localdate() + timedelta(days=1)).isoformat()}
        yield Case(
            "voice_lines:plan", reader, "POST", f"/voice-lines/{thing.id}/plan/",
            gate(reader, "line.test", (302,) if seen else (404,)), body,
            to=to_login(reader, f"/voice-lines/{thing.id}/"), writes=plans,
        )  # fmt: skip
    nowhere = f"/voice-lines/tests/{uuid.uuid4()}/"
    yield Case("voice_lines:result", reader, "POST", nowhere, gate(reader, "line.test", (404,)), to=to_login(reader))
    for thing in of(land, "device"):
        yield _device_step(land, reader, thing)


def _device_step(land: Country, reader: Reader, thing: Thing) -> Case:
    verb = "report" if thing.state == "FOUND" else "acknowledge"
    allowed = (
        may(reader, "device.report") if verb == "report" else reader.at in thing.units and KINDS[reader.at] == "police"
    )
    done = allowed and sees(reader, thing)
    inside = (302,) if done else (422,) if sees(reader, thing) else (404,)
    body = {"measure": str(land.places["police33"].id), "key": uuid.uuid4().hex}
    target = {"report": "REPORTED", "acknowledge": "ACKNOWLEDGED"}[verb]
    return Case(
        "voice_lines:device_step", reader, "POST", f"/devices/{thing.id}/{verb}/", gate(reader, "device.read", inside),
        body, to=to_login(reader, f"/devices/{thing.id}/"), thing=thing, target=target if done else thing.state,
        writes=done,
    )  # fmt: skip


def api(land: Country, reader: Reader) -> Iterator[Case]:
    """The interface for programs."""
    yield Case("GET voip-resources", reader, "GET", "/api/v1/voip-resources", door(reader, "line.read"))
    for thing in of(land, "voice_line"):
        there = (200,) if sees(reader, thing) else (404,)
        path = f"/api/v1/voip-resources/{thing.id}"
        yield Case("GET voip-resources/<identity>", reader, "GET", path, door(reader, "line.read", there))
    body = {"kind": "dedicated", "trunk": "not a trunk"}
    yield Case(
        "POST voip-resources", reader, "POST", "/api/v1/voip-resources", door(reader, "line.edit", (422,)), body,
        json=True, headers=key(),
    )  # fmt: skip


def export(land: Country, reader: Reader) -> Iterator[Case]:
    """The list as a file."""
    yield Case(
        "voice_lines:export", reader, "POST", "/voice-lines/export/", gate(reader, "line.read"),
        {"file": "csv", "tab": "all"}, to=to_login(reader), writes=reader not in OUTSIDE and may(reader, "line.read"),
    )  # fmt: skip


NAMED = {
    pages: (
        "voice_lines:home", "voice_lines:new", "voice_lines:import", "voice_lines:devices", "voice_lines:device_new",
        "voice_lines:line", "voice_lines:amend", "voice_lines:grant", "voice_lines:close", "voice_lines:device",
    ),
    steps: ("voice_lines:step", "voice_lines:plan", "voice_lines:result", "voice_lines:device_step"),
    export: ("voice_lines:export",),
    api: ("GET voip-resources", "GET voip-resources/<identity>", "POST voip-resources"),
}  # fmt: skip
"""Who makes the cases of which addresses."""
