"""Counts the byte codes that the scan runs, uncompiled, for hostile datagrams of n and 2n bytes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import numpy as np
from tests.edge.sip.messages import HEADERS, message
from tests.edge.sip.test_linear import WORST

from haodun.edge.sip.fast import ROW, scan

LENGTH = 1_200
OWN: dict[str, Callable[[int], bytes]] = {
    "a long tag": lambda n: message({"From": "<sip:+861@h>;tag=" + "a" * min(n, 500)}, more="S: " + "b" * n + "\r\n"),
    "parameters of the URI": lambda n: message(start=f"INVITE sip:+861@h{';a=b' * min(n // 4, 240)} SIP/2.0"),
    "words of Privacy": lambda n: message({"Privacy": "; x" * (n // 3)}),
    "a long display name": lambda n: message({"From": '"' + "\\a" * (n // 2) + '" ' + HEADERS["From"][12:]}),
    "dots before invalid": lambda n: message({"From": f"<sip:+861@h{'.i' * (n // 2)}>;tag=a"}),
    "a long branch": lambda n: message({"Via": "SIP/2.0/UDP h;branch=" + "b" * n}),
    "a long Call-ID": lambda n: message({"Call-ID": "c" * min(n, 512)}, more="S: " + "b" * n + "\r\n"),
    "many headers": lambda n: message(more="a: bcd\r\n" * (n // 8)),
    "many names": lambda n: message(more=("a" * 30 + ":\r\n") * (n // 33)),
    "spaces around a value": lambda n: message({"To": " " * n + HEADERS["To"]}),
}


def byte_codes(data: bytes) -> int:
    """How many byte codes the scan of a datagram takes."""
    count = 0
    buffer, row = np.frombuffer(data, np.uint8).copy(), np.zeros(ROW, np.int32)

    def trace(frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal count
        frame.f_trace_opcodes = True
        count += event == "opcode"
        return trace

    sys.settrace(trace)
    try:
        scan(buffer, 0, len(data), 1, row)
    finally:
        sys.settrace(None)
    return count


if __name__ == "__main__":
    for name, made in {**WORST, **OWN}.items():
        print(name, byte_codes(made(LENGTH)), byte_codes(made(2 * LENGTH)), sep="\t")
