"""The second half of `haodun demo`: an installation with the run's verdicts, served with a live edge beside it."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING
from uuid import UUID

import typer

from haodun.cli.errors import OUR_FAULT, CommandError

if TYPE_CHECKING:
    from haodun.console.demonstration import Furnished
    from haodun.offices.organisations.seeding import Seeded

WEB_PORT, SIP_PORT = 8000, 5060
"""Where console and edge are if these are free; else on free ports."""
EDGE = "demo-edge"
CARRIER = "甲网江苏公司"
"""Whose edge it is."""
MOST_CALLERS = 4_000
"""Numbers that get a holder: all that were not let through, and others."""
MOST_GUILTY = 1_000
TRUNKS = """trunks:
  demo: {class: intra_network, sources: [127.0.0.1]}
"""
_SERVES = re.compile(r"haodun serves (http://\S+)")
_LISTENS = re.compile(r"listening on udp ([0-9]+)")


def installation(folder: Path) -> Path:
    """Begin an installation's data folder, so that the run's redress tokens are made under its key."""
    from haodun.console.setup import prepare_keys

    data = (folder / "data").resolve()
    os.environ["HAODUN_DATA"] = str(data)
    os.environ["HAODUN_DEMO"] = os.environ["HAODUN_SYNTHETIC"] = "1"
    prepare_keys(data)
    return data


def serve_demo(folder: Path, *, browser: bool) -> None:
    """Furnish the installation from the run, serve it and one edge until told to stop."""
    data = (folder / "data").resolve()
    typer.echo("\nfurnishing the console: 31 provinces, carriers, resellers, police, holders, documents …")
    seeded, furnished = _furnish(folder, data)
    os.environ["HAODUN_RECORDED_RUN"] = str((folder / "run").resolve())  # policies are compared on the run's calls
    with _children() as children:
        web = _start(children, ["serve", "--demo", "--data", str(data), "--listen", f"127.0.0.1:{_free(WEB_PORT)}"])
        address = _said(web, _SERVES)
        port = _free(SIP_PORT, kind=socket.SOCK_DGRAM)
        edge = _start(children, _edge_arguments(data, address, port))
        sip = _said(edge, _LISTENS)
        typer.echo(_welcome(address, sip, seeded, furnished))
        if browser:
            typer.launch(address)
        _wait(children)


def _furnish(folder: Path, data: Path) -> tuple[Seeded, Furnished]:
    from haodun.console.database import running
    from haodun.console.setup import configure, migrate
    from haodun.store.runs import add_run
    from haodun.store.services import Store

    with Store(data / "store").writer() as writer:
        add_run(writer, folder / "run")
        writer.compact(now_ms=time.time_ns() // 1_000_000, fewest=2)
    callers, guilty = _callers(folder / "run")
    with running(data) as urls:
        urls.export()
        configure()
        from django.db import connections
        from django.utils import timezone

        from haodun.console.demonstration import STORY, furnish
        from haodun.console.demonstration_register import furnish_register
        from haodun.offices.organisations.seeding import seed_country

        migrate(urls)
        seeded = seed_country()
        _count(folder / "run")
        furnished = furnish(callers=callers, guilty=guilty, now=timezone.now())
        furnish_register(province=STORY, now=timezone.now())
        _enrol(data)
        connections.close_all()
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL"):  # `haodun serve` starts the database again, as its own
        os.environ.pop(name, None)
    return seeded, furnished


def _callers(run: Path) -> tuple[list[int], list[int]]:
    """Home mobiles of the run that get a holder; and all of them in the order of how hard they were met.

    Blocked most often first, those always let through last, the busiest of them before the others.
    """
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    from haodun.numbering import Kind

    table = pq.read_table(run / "verdicts.parquet", columns=["caller", "caller_kind", "action"])
    home = table.filter((pc.field("caller_kind") == int(Kind.MOBILE)) & (pc.field("caller") > 8_610_000_000_000))
    met = home.group_by("caller").aggregate([("action", "sum"), ("action", "count")])
    hardest = met.sort_by([("action_sum", "descending"), ("action_count", "descending"), ("caller", "ascending")])
    callers = [int(number or 0) for number in hardest.column("caller").to_pylist()][:MOST_CALLERS]
    return callers, callers[:MOST_GUILTY]


def _count(run: Path) -> None:
    """Take the run's verdicts into the counts of the edge's carrier, as the keeper does with a live log."""
    from haodun.registry.verdict_counts.services import Classes, ingest
    from haodun.screening.policy import load_policy
    from haodun.store.runs import run_batches

    classes = Classes(load_policy("cn"))
    for batch in run_batches(run):
        verdicts = [verdict for _, verdict in batch.pairs if verdict is not None]
        upto = batch.pairs[-1][0].number
        ingest("demonstration", verdicts, upto, organisation=_owner(), classes=classes)


def _owner() -> UUID:
    from haodun.offices.organisations.services import find, system

    with system():
        owner: UUID = find().get(name_zh=CARRIER).id
    return owner


def _enrol(data: Path) -> None:
    from haodun.registry.policies.services import enrol

    token = data / "keys" / f"{EDGE}.token"
    token.touch(mode=0o600)
    token.write_text(enrol(EDGE, organisation=_owner()), encoding="ascii")
    (data / "edges" / EDGE).mkdir(parents=True)
    (data / "edges" / f"{EDGE}.trunks.yaml").write_text(TRUNKS, encoding="utf-8")


def _edge_arguments(data: Path, address: str, port: int) -> list[str]:
    return [
        *("edge", "sip", "--listen", f"udp:127.0.0.1:{port}", "--mode", "enforce"),
        *("--log", str(data / "edges" / EDGE), "--trunks", str(data / "edges" / f"{EDGE}.trunks.yaml")),
        *("--control", address, "--control-token", str(data / "keys" / f"{EDGE}.token")),
        *("--trust", str(data / "keys" / "snapshot.pub"), "--http", "127.0.0.1:0"),
        *("--redress-url", f"{address}/why/"),
    ]


def _welcome(address: str, sip: str, seeded: Seeded, furnished: Furnished) -> str:
    free = [f"+{number}" for number in furnished.free[:3]]
    lines = [
        "",
        f"console  {address}/          every page says that the data are invented",
        f"citizen  {address}/why/      why was my call refused; {address}/appeal/",
        f"edge     udp:127.0.0.1:{sip}          a SIP client is answered 302, or 603 from a number that was shut down",
        "",
        f"{seeded.organisations} organisations, {furnished.holders} holders, {furnished.orders} documents; logins "
        "(passwords are shown only now):",
        *(
            f"  {login.username:<22} {login.password}  {login.role:<20} {login.organisation} {login.name}"
            for login in seeded.logins
        ),
        "",
        "try: as police-officer file an order for " + ", ".join(free),
        "     as police-approver look at what it would hit, and approve it",
        f"     haodun lab call {free[0] if free else '+8613912345678'} +8613800138000 --edge udp:127.0.0.1:{sip}",
        "Ctrl-C ends it; the data stay in the folder",
    ]
    return "\n".join(lines)


def _free(port: int, *, kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """The port, or 0 where it is taken."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, int(kind is socket.SOCK_STREAM))
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return 0
    return port


def _start(children: list[subprocess.Popen[str]], arguments: Sequence[str]) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", "from haodun.cli.main import main; main()", *arguments]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)  # noqa: S603
    children.append(child)
    return child


def _said(child: subprocess.Popen[str], words: re.Pattern[str]) -> str:
    """What a child says once it is ready; CommandError where it ends before."""
    for line in child.stdout or ():
        found = words.search(line)
        if found is not None:
            return found[1]
    raise CommandError("a part of the demonstration did not start; its message stands above", exit_code=OUR_FAULT)


@contextmanager
def _children() -> Iterator[list[subprocess.Popen[str]]]:
    """Children that are stopped, the last first, however the block ends."""
    started: list[subprocess.Popen[str]] = []
    try:
        yield started
    finally:
        for child in reversed(started):
            child.terminate()
        for child in reversed(started):
            try:
                child.wait(timeout=40)
            except subprocess.TimeoutExpired:
                child.kill()


def _wait(children: list[subprocess.Popen[str]]) -> None:
    """Until Ctrl-C or SIGTERM, or until a part ends by itself."""
    told = False

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal told
        told = True

    former = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        while not told and all(child.poll() is None for child in children):
            time.sleep(0.2)
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
    if not told:
        raise CommandError("a part of the demonstration ended; its message stands above", exit_code=OUR_FAULT)
