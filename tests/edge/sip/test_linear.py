"""Work grows with the length of a message and no faster, whatever stands in it.

Two counts, since neither sees everything: the byte codes that Python runs for a message of n and of 2n, and, for the
patterns, that run in C, their structure and the steps of a plain matcher that walks the same parse trees.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from re import _constants as sre
from re import _parser as sre_parse
from types import FrameType
from typing import Any

import pytest
from tests.edge.sip.messages import HEADERS, message
from tests.edge.sip.steps import Steps

from haodun.edge.sip import (
    SipError,
    address,
    answers,
    build_response,
    dates,
    grammar,
    parse_request,
    parsing,
    response,
    uri,
    via,
)

SIZES = (7_500, 30_000)
"""Twice the first is a header under its limit, read in full; twice the second a datagram near its own."""

# Each: a header's value or a whole message of about n bytes.
WORST: dict[str, Callable[[int], bytes]] = {
    "folding": lambda n: message({"Subject": "a" + "\r\n " * (n // 3)}),
    "folding behind blanks": lambda n: message({"To": "<sip:1@h>" + " \t\r\n " * (n // 5) + "x"}),
    "blanks": lambda n: message({"To": "<sip:1@h>" + " " * n + "x"}),
    "commas in Via": lambda n: message({"Via": HEADERS["Via"] + "," * n}),
    "commas in an identity": lambda n: message({"P-Asserted-Identity": "<tel:+1>," * (n // 9)}),
    "quotes": lambda n: message({"From": '"' * n}),
    "quoted strings": lambda n: message({"From": '"a" ' * (n // 4) + "<sip:1@h>"}),
    "an open quote": lambda n: message({"From": '"' + "a" * n}),
    "an open quote in an identity": lambda n: message({"P-Asserted-Identity": '<a>,"' + "a," * (n // 2)}),
    "backslashes": lambda n: message({"From": '"' + "\\" * n}),
    "quoted pairs": lambda n: message({"From": '"' + '\\"' * (n // 2) + '" <sip:1@h>'}),
    "parameters": lambda n: message({"From": "<sip:1@h>" + ";a=b" * (n // 4)}),
    "parameters without end": lambda n: message({"To": "<sip:1@h>" + " ; a = " * (n // 7)}),
    "parameters of Via": lambda n: message({"Via": HEADERS["Via"] + "".join(f";p{i}" for i in range(n // 6))}),
    "parameters of a URI": lambda n: message({"From": "<sip:1@h" + ";a=b" * (n // 4) + ">"}),
    "open brackets": lambda n: message({"From": "<" * n}),
    "brackets": lambda n: message({"P-Asserted-Identity": "<a>" * (n // 3)}),
    "percents": lambda n: message(start=f"INVITE sip:{'%' * n}@h SIP/2.0"),
    "escapes": lambda n: message(start=f"INVITE sip:{'%41' * (n // 3)}@h SIP/2.0"),
    "colons": lambda n: message(start=f"INVITE sip:{':' * n} SIP/2.0"),
    "colons in a line": lambda n: message(more=":" * n + "\r\n"),
    "user without host": lambda n: message(start=f"INVITE sip:{'a;' * (n // 2)} SIP/2.0"),
    "dots": lambda n: message(start=f"INVITE sip:1@{'.' * n} SIP/2.0"),
    "Vias": lambda n: message(more="v: SIP/2.0/UDP h\r\n" * (n // 19)),
    "Via values": lambda n: message({"Via": "SIP/2.0/UDP h," * (n // 14) + "SIP/2.0/UDP h"}),
    "headers": lambda n: message(more="a: b\r\n" * (n // 6)),
    "tokens": lambda n: message({"From": "a " * (n // 2)}),
    "digits": lambda n: message({"CSeq": "9" * n + " INVITE"}),
    "zeros": lambda n: message({"CSeq": "0" * n + "1 INVITE"}),
    "line ends": lambda n: b"\r\n" * (n // 2) + message(),
    "no line end": lambda n: b"I" * n,
    "privacy": lambda n: message({"Privacy": "a;" * (n // 2)}),
    "history": lambda n: message({"History-Info": "<sip:1@h>;index=1," * (n // 18) + "<sip:1@h>"}),
    "controls": lambda n: message({"Subject": "\\\1" * (n // 2)}),
}  # fmt: skip


def everything(data: bytes) -> None:
    """Read a message and ask for all that a server asks for."""
    try:
        request = parse_request(data)
    except SipError as error:
        if error.envelope is not None:
            build_response(error.envelope, error.status, error.reason, to_tag="t", via_received="192.0.2.1")
        return
    request.caller_text(trusted=True)
    request.caller_text(trusted=False)
    request.presentation(trusted=True)
    request.diversion_text()
    build_response(request, 302, "Moved", to_tag="t", via_received="192.0.2.1", via_rport=1)


def byte_codes(data: bytes) -> int:
    """How many byte codes Python runs for a message."""
    count = 0

    def trace(frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal count
        frame.f_trace_opcodes = True
        count += event == "opcode"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        everything(data)
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", WORST)
def test_twice_the_length_costs_at_most_twice_the_byte_codes(name: str, size: int) -> None:
    once, twice = byte_codes(WORST[name](size)), byte_codes(WORST[name](2 * size))
    assert once > 30
    assert twice <= 2.2 * once


PATTERNS = {
    f"{module.__name__.rpartition('.')[2]}.{name}": value
    for module in (address, answers, dates, grammar, parsing, response, uri, via)
    for name, value in vars(module).items()
    if isinstance(value, re.Pattern)
}


def repeats(tree: Any) -> Iterator[tuple[Any, int, int]]:
    """All repeats of a parse tree: kind, least and most."""
    for operator, argument in tree:
        if operator in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
            least, most, inner = argument
            yield operator, int(least), int(most)
            yield from repeats(inner)
        elif operator is sre.SUBPATTERN:
            yield from repeats(argument[3])
        elif operator is sre.ATOMIC_GROUP:
            yield from repeats(argument)
        elif operator is sre.BRANCH:
            for branch in argument[1]:
                yield from repeats(branch)
        elif operator in (sre.ASSERT, sre.ASSERT_NOT):
            yield from repeats(argument[1])


def stepping_back(pattern: str | bytes) -> list[tuple[Any, int, int]]:
    """Repeats that may give back what they took."""
    return [
        found
        for found in repeats(sre_parse.parse(pattern))
        if found[0] is not sre.POSSESSIVE_REPEAT and found[1] != found[2]
    ]


@pytest.mark.parametrize("name", sorted(PATTERNS))
def test_no_pattern_can_step_back(name: str) -> None:
    assert [found for found in stepping_back(PATTERNS[name].pattern) if found[2] > 1] == []


def test_the_structure_of_a_pattern_that_steps_back_is_seen() -> None:
    assert stepping_back(r"[ \t]*\r?\n[ \t]+")
    assert not stepping_back(r"(?:a++|b{2})*+")


HEADS = ("", "a", "sip:", "sip:1@h", '"', "<sip:1@h>", "SIP/2.0/UDP h", "INVITE ", "1 ", "a<", "tel:+", "urn:a:")
UNITS = (" ", ",", '"', "\\", "<", "%", "%41", ":", ";", "a", "1", ".", "?", "@", "/", " a", '"a" ', ";a=b", " ; a = ",
         "a:", ';a="b"', "a@", "&a=b", "[", "\xe9")  # fmt: skip
NOT_ANCHORED = {"parsing._FOLD", "parsing._LOOSE_CONTROL", "grammar._PAIR", "response._BREAK", "uri._DIGIT"}
"""Searched for or replaced, each match at most a run of blanks long; the others are matched from one place."""


@pytest.mark.parametrize("name", sorted(set(PATTERNS) - NOT_ANCHORED))
def test_a_pattern_takes_steps_in_proportion_to_its_text(name: str) -> None:
    pattern = PATTERNS[name]
    for head in HEADS:
        for unit in UNITS:
            once, twice = (Steps(pattern, head + unit * count + "\x01") for count in (60, 120))
            assert twice.count <= 2.2 * once.count + 20, (head, unit)
            assert once.matches == (pattern.fullmatch(once.text) is not None)
            whole = Steps(pattern, head + unit * 9)
            assert whole.matches == (pattern.fullmatch(whole.text) is not None)


def test_a_pattern_that_steps_back_is_seen_to_take_more_than_twice_the_steps() -> None:
    pattern = re.compile(r"(?:[ab]+)*\n")
    once, twice = (Steps(pattern, "a" * count) for count in (6, 12))
    assert twice.count > 4 * once.count
    squared = re.compile(r"[a]*[a]*\n")
    once, twice = (Steps(squared, "a" * count) for count in (30, 60))
    assert twice.count > 3 * once.count
