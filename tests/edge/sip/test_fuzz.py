"""Random and hostile datagrams: a Request or a SipError, and what is accepted can be answered without harm.

`make test` runs a fixed share from fixed seeds; `make fuzz MINUTES=30` goes on with fresh ones and keeps what fails.
"""

from __future__ import annotations

import collections
import os
import random
import sys
import time
from pathlib import Path

import pytest
from tests.edge.sip.messages import START, message, mutated, read_response

from haodun.edge.sip import Envelope, Request, SipError, answer, build_response, classify, parse_request, respond
from haodun.screening.events import Action

pytestmark = pytest.mark.fuzz

MESSAGES = 200_000
SEEDS = tuple(range(10))

SEED_MESSAGES = [
    message(),
    message(body=b""),
    message({"P-Asserted-Identity": '"a, b" <sip:+8613900001234@h;user=phone>, <tel:+8613900001234>'}),
    message({"Privacy": "id", "Diversion": "<tel:+861>;reason=unknown", "History-Info": "<sip:1@h>;index=1"}),
    message({"From": '"q\\"<sip:1@x>;tag=n" <sip:+861@h>;x="y;tag=z";tag=w', "To": "sip:1@h;tag=t"}),
    message({"Via": "SIP / 2.0 / UDP [2001:db8::1] : 5060 ; rport ; branch=z9hG4bKa, SIP/2.0/TCP b;received=1.2.3.4"}),
    message({"To": "\r\n <sip:1@h>\r\n ;\r\n\tx = 1", "Timestamp": "12.5 1"}, more="v: SIP/2.0/TLS c;branch=q\r\n"),
    message({"CSeq": "1 OPTIONS"}, start=START.replace("INVITE", "OPTIONS")),
    message({"Remote-Party-ID": "<sip:1@h>;privacy=full", "Contact": "*"}, start="INVITE tel:+861;isub=1 SIP/2.0"),
    message({"Identity": "a..b;info=<https://c>"}, start="INVITE urn:service:sos SIP/2.0"),
]


def check_answer(envelope: Request | Envelope, built: bytes) -> None:
    """One of each header the RFC names, each with the request's own text, none besides."""
    if isinstance(envelope, Request):
        envelope = envelope.envelope
    _, headers, _ = read_response(built)
    names = [name for name, _ in headers]
    vias = [value for name, value in headers if name == "Via"]
    assert names[: len(vias) + 4] == ["Via"] * len(vias) + ["From", "To", "Call-ID", "CSeq"]
    assert set(names[len(vias) + 4 :]) <= {"Contact", "Reason", "Content-Length"}
    values = dict(headers)
    assert (values["From"], values["Call-ID"], values["CSeq"]) == (
        envelope.from_text,
        envelope.call_id,
        envelope.cseq_text,
    )
    assert values["To"] == envelope.to_text + (";tag=mine" if envelope.to_tag == "" else "")
    first, *others = envelope.vias
    assert vias[1:] == others
    assert vias[0].endswith(first)


def check(data: bytes) -> str:
    """Feed one datagram to everything; the kind of its outcome."""
    kind = classify(data).name
    try:
        request = parse_request(data)
    except SipError as error:
        if error.envelope is None:
            return f"{kind} dropped"
        built = build_response(
            error.envelope, error.status, error.reason, to_tag="mine", via_received="192.0.2.7", via_rport=9
        )
        check_answer(error.envelope, built)
        return f"{kind} {error.status}"
    for trusted in (True, False):
        assert isinstance(request.caller_text(trusted=trusted), str)
        request.presentation(trusted=trusted)
    assert request.called_text() is not None
    assert request.diversion_text() is not None
    request.is_emergency()
    request.date_seconds()
    try:
        request.contacts()
    except SipError as error:
        assert error.answerable
    assert request.branch_key
    for action in (Action.ALLOW, Action.WITHHOLD_CLI, Action.BLOCK):
        built = respond(request, answer(action, request), to_tag="mine", via_received="192.0.2.7", via_rport=9)
        check_answer(request, built)
    return f"{kind} accepted"


@pytest.mark.parametrize("seed", SEEDS)
def test_a_spoilt_message_is_read_or_refused_and_its_answer_carries_nothing_else(seed: int) -> None:
    draw = random.Random(seed)
    outcomes = collections.Counter(check(mutated(SEED_MESSAGES, draw)) for _ in range(MESSAGES // len(SEEDS)))
    assert sum(outcomes.values()) == MESSAGES // len(SEEDS)
    # The spoiling must neither leave all messages whole nor ruin all of them, or it would test nothing.
    assert outcomes["REQUEST accepted"] > 2_000
    assert outcomes["REQUEST dropped"] > 2_000
    assert outcomes["REQUEST 400"] > 1_000


def main(minutes: float, place: Path) -> int:
    """Fuzz with fresh seeds for so long; failing datagrams go to `place`."""
    seed = int.from_bytes(os.urandom(6), "big")
    draw = random.Random(seed)
    outcomes: collections.Counter[str] = collections.Counter()
    failures = 0
    end = time.monotonic() + 60 * minutes
    while time.monotonic() < end:
        for _ in range(1000):
            data = mutated(SEED_MESSAGES, draw)
            try:
                outcomes[check(data)] += 1
            except Exception as error:  # noqa: BLE001 - any exception is a finding
                failures += 1
                place.mkdir(parents=True, exist_ok=True)
                (place / f"{seed}-{failures}.bin").write_bytes(data)
                print(f"{type(error).__name__}: {error}; see {place}/{seed}-{failures}.bin")
                if failures >= 20:
                    return 1
    print(f"seed {seed}: {sum(outcomes.values()):,} messages, {failures} failures")
    for outcome, count in sorted(outcomes.items()):
        print(f"  {outcome:24} {count:>12,}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), Path(sys.argv[2])))
