"""Order approved → first call refused at the edge, on one node, through everything that lies between.

A whole installation runs in a temporary folder. Orders of one number each are filed at the pages; then, one by one, the
approval sheet is opened and sent, and from that number calls are made every POLL_S on loopback until one is answered
603. Counted from the sending of the approval, and from its answer. Publication and receipts are looked up afterwards in
the database's own times of the jobs and rows. The wait of the edge's loop (it sleeps while no call comes) is not in
the figure, for the calls wake it: what is measured is what a caller meets.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from haodun.lab.benchmarks.control_pages import Officer, PageError
from haodun.lab.benchmarks.control_site import HAODUN, PATIENCE_S, Site
from haodun.lab.benchmarks.row import Row

ORDERS = 40
"""How many, where HAODUN_BENCH_ORDERS says nothing else."""
FIRST_NUMBER = 8_613_912_340_000
POLL_S = 0.002
GIVE_UP_S = 30.0
TARGET_MS = 1_000.0
"""DESIGN.md §7: p99 on one node."""

_TIMES = """
import json
from haodun.offices.organisations.services import system
from haodun.registry.policies.models import Publication, Receipt
from procrastinate.contrib.django.models import ProcrastinateEvent
with system():
    events = ProcrastinateEvent.objects.filter(job__task_name="policies.publish").order_by("at")
    jobs = [(event.job_id, event.type, event.at.timestamp()) for event in events]
    said = Receipt.objects.filter(state="executed").order_by("received_at")
    receipts = [(one.publication.created_at.timestamp(), one.received_at.timestamp()) for one in said]
print(json.dumps({"jobs": jobs, "receipts": receipts}))
"""


@dataclass(frozen=True, slots=True)
class Passed:
    """How long one order took, in ms."""

    answered: float
    """From the sending of the approval to its answer."""
    blocked: float
    """From the sending of the approval to the first 603."""


def run() -> list[Row]:
    """All figures of the suite; about a minute."""
    count = int(os.environ.get("HAODUN_BENCH_ORDERS", ORDERS))
    place = Path(tempfile.mkdtemp(prefix="hd-"))  # a short path, since a socket lies in it
    site = Site(place)
    try:
        site.serve()
        site.furnish([FIRST_NUMBER + n for n in range(count)])
        site.run_edge()
        began = time.time()
        passed = _measure(site, count)
        jobs, receipts = _times(site, since=began)
    finally:
        site.stop()
        shutil.rmtree(place, ignore_errors=True)
    return _rows(passed, jobs, receipts)


def _measure(site: Site, count: int) -> list[Passed]:
    officer, approver = (Officer(site.address, name, site.passwords[name]) for name in _PEOPLE)
    officer.log_in()
    approver.log_in()
    day = datetime.now(UTC)
    orders = []
    for n in range(count):
        document = f"苏公网安关停〔{day.year}〕{day:%m%d}-{n + 1:03}"
        orders.append((officer.file(document, [FIRST_NUMBER + n], key=secrets.token_hex(8)), FIRST_NUMBER + n))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        wire.connect(("127.0.0.1", site.sip_port))
        wire.settimeout(1.0)
        return [_one(approver, order, number, wire) for order, number in orders]


_PEOPLE = ("police-officer", "police-approver")


def _one(approver: Officer, order: str, number: int, wire: socket.socket) -> Passed:
    if call(wire, number) == 603:
        raise PageError(f"the number of {order} is refused before its approval")
    sheet = approver.sheet(order)
    began = time.perf_counter()
    page = approver.approve(sheet)
    answered = time.perf_counter()
    if page.status != 302:
        raise PageError(f"{order} was not approved ({page.status})")
    while call(wire, number) != 603:
        if time.perf_counter() - began > GIVE_UP_S:
            raise PageError(f"{order} was approved, but is not in effect at the edge after {GIVE_UP_S:g} s")
        time.sleep(POLL_S)
    return Passed((answered - began) * 1000, (time.perf_counter() - began) * 1000)


def call(wire: socket.socket, number: int) -> int:
    """Call once from a number; the status of the answer, 0 where none came in time."""
    own, there = wire.getsockname(), wire.getpeername()
    mark = secrets.token_hex(8)
    head = (
        f"Via: SIP/2.0/UDP 127.0.0.1:{own[1]};branch=z9hG4bK{mark};rport\r\nMax-Forwards: 70\r\n"
        f"From: <sip:+{number}@127.0.0.1;user=phone>;tag={mark}\r\nTo: <sip:+8613800138000@127.0.0.1>\r\n"
        f"Call-ID: {mark}\r\nContent-Length: 0\r\n"
    )
    invite = f"INVITE sip:+8613800138000@127.0.0.1:{there[1]} SIP/2.0\r\n{head}CSeq: 1 INVITE\r\n\r\n"
    wire.send(invite.encode("ascii"))
    while True:
        try:
            answer = wire.recv(65_536)
        except TimeoutError:
            return 0
        if mark.encode("ascii") in answer:
            ack = f"ACK sip:+8613800138000@127.0.0.1:{there[1]} SIP/2.0\r\n{head}CSeq: 1 ACK\r\n\r\n"
            wire.send(ack.encode("ascii"))
            return int(answer[8:11])


def _times(site: Site, *, since: float) -> tuple[list[float], list[float]]:
    """How long each publication's job ran, and from each publication's beginning to its receipt; ms.

    Only of publications made after `since` (Unix time, s): earlier ones waited for the edge to be started.
    """
    said = json.loads(_shell(site, _TIMES))
    started = {job: at for job, kind, at in said["jobs"] if kind == "started"}
    ran = [
        (at - started[job]) * 1000
        for job, kind, at in said["jobs"]
        if kind == "succeeded" and started.get(job, 0) >= since
    ]
    return ran, [(received - made) * 1000 for made, received in said["receipts"] if made >= since]


def _shell(site: Site, program: str) -> str:
    done = subprocess.run(  # noqa: S603
        [*HAODUN, "manage", "--data", str(site.data), "shell", "-v", "0", "-c", program],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=True,
    )
    return done.stdout.splitlines()[-1]


def _rows(passed: list[Passed], jobs: list[float], receipts: list[float]) -> list[Row]:
    blocked = [one.blocked for one in passed]
    after = [one.blocked - one.answered for one in passed]
    return [
        Row("control", "orders approved", len(passed), "orders"),
        Row("control", "order approved → first 603 p50", median(blocked), "ms"),
        Row("control", "order approved → first 603 p99", _p99(blocked), "ms", TARGET_MS, at_most=True),
        Row("control", "the same from the approval's answer p50", median(after), "ms"),
        Row("control", "the same from the approval's answer p99", _p99(after), "ms"),
        Row("control", "approval's answer p50", median(one.answered for one in passed), "ms"),
        Row("control", "publication job p50", median(jobs), "ms"),
        Row("control", "publication job p99", _p99(jobs), "ms"),
        Row("control", "publication begun → edge's receipt kept p50", median(receipts), "ms"),
        Row("control", "publication begun → edge's receipt kept p99", _p99(receipts), "ms"),
    ]


def _p99(values: list[float]) -> float:
    """The nearest-rank 99th percentile: of forty values, the largest."""
    ordered = sorted(values)
    return ordered[-(-len(ordered) * 99 // 100) - 1]
