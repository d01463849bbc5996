"""One call by hand: an INVITE to an edge, and what it answers (RFC 3261 §17.1.1, sent again until answered)."""

from __future__ import annotations

import secrets
import socket
import time
from dataclasses import dataclass

T1_S = 0.5
"""First retransmission of an INVITE over UDP (RFC 3261 §17.1.1.2), doubling."""
TIMES = 4
MAX_ANSWER = 65_535


class CallingError(Exception):
    """A call cannot be made; the message says why and what to do."""

    exit_code = 3


@dataclass(frozen=True, slots=True)
class Reply:
    """What an edge answered."""

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    milliseconds: float
    """From the last sending to the answer."""

    def header(self, name: str) -> tuple[str, ...]:
        """The values of a header."""
        return tuple(value for key, value in self.headers if key.lower() == name.lower())


def call(caller: str, callee: str, *, host: str, port: int) -> Reply:
    """Call once from a number to a number over UDP; CallingError where nobody answers."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as wire:
        wire.connect((host, port))
        own_host, own_port = wire.getsockname()[:2]
        own = f"[{own_host}]:{own_port}" if ":" in own_host else f"{own_host}:{own_port}"
        there = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        dialogue = _Dialogue(caller, callee, own=own, there=there)
        wait = T1_S
        for _ in range(TIMES):
            sent = time.perf_counter()
            try:
                wire.send(dialogue.request("INVITE"))
                wire.settimeout(wait)
                answer = wire.recv(MAX_ANSWER)
            except TimeoutError:
                wait *= 2
                continue
            except OSError as error:
                raise CallingError(f"nobody listens at udp {there} ({error.strerror}); is the edge running?") from error
            reply = _reply(answer, milliseconds=(time.perf_counter() - sent) * 1000)
            wire.send(dialogue.request("ACK", to=reply.header("To")[0] if reply.header("To") else ""))
            return reply
    raise CallingError(f"udp {there} did not answer {TIMES} times; is this address among its trunks' sources?")


class _Dialogue:
    """The identifiers that INVITE and ACK share."""

    def __init__(self, caller: str, callee: str, *, own: str, there: str) -> None:
        self._from = f"<sip:{caller}@{own};user=phone>;tag={secrets.token_hex(6)}"
        self._to = f"<sip:{callee}@{there};user=phone>"
        self._uri = f"sip:{callee}@{there};user=phone"
        self._via = f"SIP/2.0/UDP {own};branch=z9hG4bK{secrets.token_hex(8)};rport"
        self._call_id = f"{secrets.token_hex(10)}@{own}"

    def request(self, method: str, *, to: str = "") -> bytes:
        lines = (
            f"{method} {self._uri} SIP/2.0",
            f"Via: {self._via}",
            "Max-Forwards: 70",
            f"From: {self._from}",
            f"To: {to or self._to}",
            f"Call-ID: {self._call_id}",
            f"CSeq: 1 {method}",
            "Content-Length: 0",
            "",
            "",
        )
        return "\r\n".join(lines).encode("utf-8")


def _reply(data: bytes, *, milliseconds: float) -> Reply:
    head = data.partition(b"\r\n\r\n")[0].decode("utf-8", "replace")
    first, *rest = head.split("\r\n")
    words = first.split(" ", 2)
    if len(words) < 3 or words[0] != "SIP/2.0" or len(words[1]) != 3 or set(words[1]) - set("0123456789"):
        raise CallingError("what came back is no SIP answer; is this the address of an edge?")
    fields = [line.partition(":") for line in rest]
    headers = tuple((name.strip(), value.strip()) for name, colon, value in fields if colon)
    return Reply(int(words[1]), words[2], headers, milliseconds)
