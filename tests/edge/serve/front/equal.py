"""The compiled front beside the slow path: the same event, the same answer, byte by byte."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np
from tests.edge.serve.edges import TRUNKS
from tests.edge.sip.fast.reading import read, scanned

from haodun.edge.serve import Place, Settings
from haodun.edge.serve.calls import CallReader
from haodun.edge.serve.front.saying import lines_of, saying_of, trunk_names
from haodun.edge.serve.front.told import SLOW
from haodun.edge.serve.front.work import FAIL, Saying
from haodun.edge.serve.wording import Wording, tag_key, to_tag
from haodun.edge.sip import parse_request, respond
from haodun.edge.sip.fast import (
    ROW,
    Hard,
    Reading,
    Source,
    make_reading,
    put_fingerprints,
    read_event,
    scan,
    write_answer,
)
from haodun.numbering import load_plan
from haodun.numbering.bulk import Reader
from haodun.screening.events import Action, Event, Presentation, Trunks
from haodun.screening.events.fingerprint import key_words
from haodun.screening.events.packed import EVENT
from haodun.screening.events.packing import Packer

SECRET, KEY = b"secret" * 5, bytes(range(16))
TOKEN = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"  # noqa: S105 - a sample
NOW_MS = 1_795_478_400_000


class Both(NamedTuple):
    """What both paths need."""

    reader: CallReader
    wording: Wording
    packer: Packer
    names: tuple[str, ...]
    reading: Reading
    saying: Saying


@cache
def both(home: str = "CN") -> Both:
    """For one home country, with the trunks of the edge's tests."""
    trunks = Trunks.parse(TRUNKS, "trunks.yaml")
    plan = load_plan(home)
    reader = CallReader(home=home, plan=plan, trunks=trunks)
    settings = Settings(listen=Place("127.0.0.1", 0), redress_url="https://why.example/{token}?t={token}")
    wording = Wording(settings, "cn")
    names = trunk_names(trunks)
    key = key_words(KEY)
    reading = make_reading(Reader(home).tables, lines_of(names, trunks), key=key, tag_key=tag_key(SECRET))
    return Both(
        reader, wording, Packer(plan, trunks, KEY), names, reading, saying_of(names, reader, wording, generation=1)
    )


def check_call(data: bytes, trunk: int, source: tuple[str, int], *, home: str = "CN") -> Hard:
    """AssertionError where the front and the slow path differ on a datagram; why the front leaves it."""
    given = both(home)
    name = given.names[trunk]
    trusted = given.reader.live(name).trust_identity
    buffer, row, events = np.frombuffer(data, np.uint8).copy(), np.zeros(ROW, np.int32), np.zeros(1, EVENT)
    why = scan(buffer, 0, len(data), int(trusted), row)
    if why:
        return Hard(why)
    assert scanned(data, trusted=trusted) == read(data, trusted=trusted), data
    request = parse_request(data)
    event = given.reader.event(request, number=0, time_ms=NOW_MS, trunk=name, source="")
    why = read_event(given.reading, buffer, row, trunk, events, 0)
    if why:
        return Hard(why)
    assert not given.reader.emergency(request, event)
    events["time_ms"] = NOW_MS
    tag = put_fingerprints(given.reading, buffer, row, events, 0)
    assert events.tobytes() == given.packer.pack([event]).tobytes(), data
    assert f"{int(tag):016x}" == to_tag(SECRET, request.call_id, request.transaction)
    check_answers(given, (buffer, row, tag), event, request=request, trunk=trunk, source=source)
    return Hard.NOTHING


def check_answers(
    given: Both, scan_of: tuple[Any, Any, Any], event: Event, *, request: Any, trunk: int, source: tuple[str, int]
) -> None:
    """Every answer that has a form is that of the slow wording."""
    buffer, row, tag = scan_of
    live = given.reader.live(given.names[trunk])
    shown = int(event.caller.key > 0 and event.presentation is Presentation.ALLOWED)
    host = np.zeros(16, np.uint8)
    host[: len(source[0])] = np.frombuffer(source[0].encode("ascii"), np.uint8)
    token = np.frombuffer(TOKEN.encode("ascii"), np.uint8)
    for action in (*Action, FAIL):
        form = int(given.saying.forms[trunk, action, shown])
        if form == SLOW:
            assert action == Action.WITHHOLD_CLI
            continue
        if action == FAIL:
            said = given.wording.fail(request, live)
        elif action in (Action.TIP, Action.CHALLENGE) and shown and not 10 <= event.caller.key < 10**15:
            continue
        else:
            said = given.wording.said(Action(action), request, live=live, event=event, token=TOKEN)
        out = np.zeros(16_384, np.uint8)
        where = Source(host, len(source[0]), source[1])
        length = write_answer(
            buffer, row, given.saying.texts, form, where, np.uint64(tag), token, event.caller.key, out
        )
        tag_text = to_tag(SECRET, request.call_id, request.transaction)
        expected = respond(request, said, to_tag=tag_text, via_received=source[0], via_rport=source[1])
        assert out[:length].tobytes() == expected, (action, request)
