"""Would an edge with these options serve? Every finding before it is started; and whether a running one answers."""

from __future__ import annotations

import os
import secrets
import socket
from dataclasses import dataclass

from haodun.compiled import nothing_kept
from haodun.edge.serve.kernels import NO_KERNEL
from haodun.edge.serve.settings import EdgeError, Place, Settings
from haodun.edge.serve.starting import start
from haodun.edge.sip import SipError
from haodun.screening.events import TrunksError
from haodun.screening.policy import PolicyError
from haodun.screening.snapshot import SnapshotRefused
from haodun.store.errors import StoreError

REFUSALS = (EdgeError, OSError, PolicyError, SipError, SnapshotRefused, StoreError, TrunksError)
PROBE_S = 2.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    ok: bool
    text: str


def check(settings: Settings, *, now_ms: int) -> list[Finding]:
    """Read what the edge would read, without opening its log or its sockets for service."""
    findings = []
    try:
        prepared = start(_without_log(settings), now_ms=now_ms)
    except REFUSALS as error:
        findings.append(Finding(False, str(error)))
    else:
        deciding = prepared.engine.deciding
        policy = deciding.policy
        findings.append(Finding(True, f"policy {policy.id} {policy.version}, snapshot {deciding.version or 'none'}"))
        sources = len(deciding.trunks.sources)
        text = f"{len(deciding.trunks)} trunks with {sources} sources"
        findings.append(Finding(True, text if sources else text + ": only this machine itself is served"))
    if settings.kernel == "fast":
        findings.append(_can_compile())
    findings += [_can_bind(settings.listen, socket.SOCK_DGRAM, "--listen udp:")]
    if settings.http is not None:
        findings.append(_can_bind(settings.http, socket.SOCK_STREAM, "--http "))
    if settings.log is not None:
        findings.append(_can_log(settings))
    return findings


def probe(place: Place) -> Finding:
    """Ask a running edge by OPTIONS (RFC 3261 §11): whether it answers 200 within PROBE_S."""
    branch, tag = secrets.token_hex(8), secrets.token_hex(4)
    text = (
        f"OPTIONS sip:{place} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK{branch};rport\r\n"
        f"Max-Forwards: 70\r\nFrom: <sip:check@127.0.0.1>;tag={tag}\r\nTo: <sip:{place}>\r\n"
        f"Call-ID: {branch}@127.0.0.1\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
    )
    family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as asking:
            asking.settimeout(PROBE_S)
            asking.connect((place.host, place.port))
            asking.send(text.encode("ascii"))
            answer = asking.recv(65_536)
    except OSError as error:
        why = "no answer" if isinstance(error, TimeoutError) else error.strerror or str(error)
        return Finding(False, f"udp:{place}: {why}; is the edge running, and is this machine one of its sources?")
    first = answer.partition(b"\r\n")[0].decode("ascii", "backslashreplace")
    return Finding(first == "SIP/2.0 200 OK", f"udp:{place} answered {first}")


def _can_compile() -> Finding:
    if NO_KERNEL:
        return Finding(False, NO_KERNEL)
    if nothing_kept():
        return Finding(True, "the first start compiles the kernel for about a minute; haodun edge warm does it ahead")
    return Finding(True, "the kernel is compiled, or a part of it")


def _without_log(settings: Settings) -> Settings:
    """The same without what belongs to a running edge, and by the plain kernel: what is read is the same."""
    return Settings(
        listen=settings.listen,
        policy=settings.policy,
        snapshot=settings.snapshot,
        trunks=settings.trunks,
        mode=settings.mode,
        trust=settings.trust,
        profile=settings.profile,
        redress_url=settings.redress_url,
        kernel="oracle",
    )


def _can_bind(place: Place, kind: socket.SocketKind, option: str) -> Finding:
    family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
    with socket.socket(family, kind) as trial:
        try:
            trial.bind((place.host, place.port))
        except OSError as error:
            return Finding(False, f"{option}{place}: {error.strerror}; choose another, or stop what holds it")
    return Finding(True, f"{option}{place} is free")


def _can_log(settings: Settings) -> Finding:
    folder = settings.log
    while folder is not None and not folder.exists() and folder != folder.parent:
        folder = folder.parent
    fits = folder is not None and folder.is_dir() and os.access(folder, os.W_OK)
    return Finding(fits, f"--log {settings.log}" + (" can be written" if fits else ": not writable; check the rights"))
