"""What the compiled front makes of a call is what the slow path makes of it: every field, every byte."""

from __future__ import annotations

import collections
import random

import pytest
from tests.edge.serve.edges import FORGED, TIPPED, request
from tests.edge.serve.front.equal import both, check_call
from tests.edge.sip.fast.fuzzing import PLAIN
from tests.edge.sip.fast.reading import invite
from tests.edge.sip.messages import message

from haodun.edge.sip.fast import Hard

SOURCES = [("192.0.2.1", 5060), ("127.0.0.1", 1), ("255.255.255.255", 65_535), ("192.0.2.7", 15_060)]
INVITES = 4_000


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("data", [*PLAIN, request(FORGED), request(TIPPED, uri="tel:+8613900001234")])
def test_events_and_answers_are_the_same_on_every_trunk(data: bytes, source: tuple[str, int]) -> None:
    found = [check_call(data, trunk, source) for trunk in range(len(both().names))]
    assert Hard.NOTHING in found


def test_a_call_to_an_emergency_number_is_the_slow_path_s() -> None:
    assert check_call(message(start="INVITE sip:110@h SIP/2.0"), 0, SOURCES[0]) is Hard.EMERGENCY
    assert check_call(message(start="INVITE tel:+86119 SIP/2.0"), 0, SOURCES[0]) is Hard.EMERGENCY


def test_an_anonymous_caller_is_read_alike() -> None:
    data = message({"From": '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=a', "Privacy": "id"})
    assert check_call(data, 0, SOURCES[0]) is Hard.NOTHING


@pytest.mark.parametrize("home", ["CN", "US"])
def test_invites_of_all_shapes_make_the_same_events_and_answers(home: str) -> None:
    draw = random.Random(home)
    trunks = len(both(home).names)
    outcomes = collections.Counter(
        check_call(invite(draw), draw.randrange(trunks), draw.choice(SOURCES), home=home) for _ in range(INVITES)
    )
    assert outcomes[Hard.NOTHING] > INVITES // 50
    assert (outcomes[Hard.EMERGENCY] > 0) == (home == "CN"), "110 is one there"
