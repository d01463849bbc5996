"""Packed events hold what plan, trunks file and event say; a line permits what its ranges hold."""

from __future__ import annotations

from typing import Any

import pytest

from haodun.numbering import IngressClass, load_plan, parse
from haodun.screening.events import Attestation, Cause, Event, EventKind, Presentation, Roaming, Trunks, trunk_id
from haodun.screening.events.fingerprint import attempt_fingerprint, fingerprint, key_words
from haodun.screening.events.packed import EVENT
from haodun.screening.events.packing import NO_LINE, Packer, line_table, permits

KEY = bytes(range(16))
TRUNKS = """
trunks:
  gw-1:
    class: international
    roaming: verified
  line-2:
    class: voice_line
    permits: ["+8657188000000-+8657188000099", "+8657188000200"]
  line-3:
    class: voice_line
    permits: ["+8675588000000"]
"""


def event(**more: Any) -> Event:
    caller = parse("13800138000", home="CN", ingress=IngressClass.ACCESS)
    fields: dict[str, Any] = {
        "number": 7,
        "time_ms": 1_763_596_800_123,
        "kind": EventKind.END,
        "call_id": "a84b4c76e66710@pc33",
        "transaction": "",
        "live": True,
        "caller_text": "13800138000",
        "caller": caller,
        "callee_text": "110",
        "callee": parse("110", home="CN", ingress=IngressClass.ACCESS),
        "trunk": "line-2",
        "ingress": IngressClass.VOICE_LINE,
        "presentation": Presentation.RESTRICTED,
        "attestation": Attestation.B,
        "roaming": Roaming.NO,
        "diversion": 8613900139000,
        "device": -5,
        "cell": 12,
        "answered": True,
        "seconds": 61,
        "ring_ms": 4_000,
        "cause": Cause.REJECTED,
        "source": "calls.csv:8",
    }
    return Event(**(fields | more))


@pytest.fixture(scope="module")
def packer() -> Packer:
    return Packer(load_plan("CN"), Trunks.parse(TRUNKS, "trunks.yaml"), KEY)


def test_a_packed_event_says_what_the_event_says(packer: Packer) -> None:
    given = event()
    packed = packer.pack([given])
    assert packed.dtype == EVENT and len(packed) == 1
    for name in ("number", "time_ms", "kind", "live", "ingress", "presentation", "attestation", "roaming"):
        assert packed[name][0] == getattr(given, name), name
    for name in ("diversion", "device", "cell", "answered", "seconds", "ring_ms", "cause"):
        assert packed[name][0] == getattr(given, name), name
    assert packed["caller"][0] == given.caller.key == 8613800138000
    assert packed["callee"][0] == given.callee.key == 86110
    assert packed["trunk_id"][0] == trunk_id("line-2")
    assert packed["line"][0] == 1
    assert packed["given"][0] == 0


def test_the_facts_are_those_of_the_plan(packer: Packer) -> None:
    plan, given = load_plan("CN"), event()
    packed = packer.pack([given])
    for side, number in (("caller", given.caller), ("callee", given.callee)):
        for name in ("kind", "form", "refusal", "country"):
            assert packed[f"{side}_{name}"][0] == getattr(number, name), name
        assert packed[f"{side}_home"][0] == plan.is_home(number) == 1
    facts = plan.facts(given.caller)
    found = tuple(int(packed[f"caller_{name}"][0]) for name in ("allocation", "holder", "reseller"))
    assert found == (facts.allocation, facts.holder, facts.reseller)
    assert packed["callee_emergency"][0] == 1
    abroad = parse("+442079460000", home="CN", ingress=IngressClass.INTERNATIONAL)
    packed = packer.pack([event(caller=abroad, callee=abroad)])
    assert packed["caller_home"][0] == packed["callee_home"][0] == packed["callee_emergency"][0] == 0


def test_texts_become_fingerprints(packer: Packer) -> None:
    key = key_words(KEY)
    given = [event(), event(transaction="z9hG4bK"), event(call_id="号盾"), event(call_id="\ud800")]
    packed = packer.pack(given)
    call = fingerprint(key, b"a84b4c76e66710@pc33")
    attempt = attempt_fingerprint(key, call, b"z9hG4bK")
    assert [(int(row["call_high"]), int(row["call_low"])) for row in packed[:2]] == [call, call]
    assert [(int(row["attempt_high"]), int(row["attempt_low"])) for row in packed[:2]] == [call, attempt]
    assert (int(packed["call_high"][2]), int(packed["call_low"][2])) == fingerprint(key, "号盾".encode())
    assert len(set(packed["call_high"].tolist())) == 3


def test_a_trunk_that_is_not_on_file_has_no_line(packer: Packer) -> None:
    assert packer.line("gw-1") == 0 and packer.line("gw-9") == NO_LINE
    assert packer.pack([event(trunk="gw-9")])["line"][0] == NO_LINE


def test_an_integer_of_more_than_64_bits_is_refused(packer: Packer) -> None:
    with pytest.raises(OverflowError):
        packer.pack([event(device=2**64)])


def test_no_events_are_an_empty_array(packer: Packer) -> None:
    assert packer.pack([]).shape == (0,) and packer.pack([]).dtype == EVENT


def test_the_lines_table_permits_what_the_trunks_file_permits() -> None:
    trunks = Trunks.parse(TRUNKS, "trunks.yaml")
    table = line_table(trunks)
    assert table.registered.tolist() == [0, 1, 1]
    assert table.roaming.tolist() == [Roaming.VERIFIED, Roaming.UNKNOWN, Roaming.UNKNOWN]
    ends = [8657188000000, 8657188000099, 8657188000200, 8675588000000]
    for place, name in enumerate(trunks.names()):
        line = trunks.line(name)
        assert line is not None
        for key in (near for end in ends for near in (end - 1, end, end + 1, 0, -7)):
            assert permits(table, place, key) == line.permits_number(key), (name, key)
    assert not permits(table, NO_LINE, ends[0])


def test_a_file_without_lines_makes_an_empty_table() -> None:
    table = line_table(Trunks({}))
    assert table.starts.tolist() == [0] and len(table.first) == 0
    assert not permits(table, NO_LINE, 8613800138000)


def test_the_record_of_an_event_is_as_long_as_the_contract_says() -> None:
    assert EVENT.itemsize == 144
