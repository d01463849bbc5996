"""The installation that is killed again and again, what is done in it, and what must be true of it afterwards."""

from __future__ import annotations

import http.client
import itertools
import json
import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from tests.faults.calling import Line
from tests.faults.killing import KERNEL
from tests.faults.points import Hook

from haodun.console.database import running
from haodun.lab.benchmarks.control_pages import Officer, Page, Sheet
from haodun.lab.benchmarks.control_site import HAODUN, Site

FIRST_NUMBER = 8_613_912_340_000
HELD = 400
"""Numbers that have a holder, who gets a notice."""
FREE = 8_613_812_345_678
"""A number that no order names."""
PATIENCE_S = 120.0
DEAD = (OSError, http.client.HTTPException)
"""What a client sees of a server that is killed."""


@dataclass
class Case:
    """An order of two numbers, and whether its approval was acknowledged."""

    order: str
    numbers: tuple[int, int]
    sheet: Sheet
    acknowledged: bool = False


class Installation:
    """A served installation with an edge, an officer and an approver at its pages."""

    def __init__(self, place: Path) -> None:
        self.hook = Hook(place / "hook")
        self.site = Site(
            place, environment=self.hook.environment, edge_environment=self.hook.environment, kernel=KERNEL
        )
        self.cases: list[Case] = []
        self._numbers = itertools.count(FIRST_NUMBER)
        self._documents = itertools.count(1)
        self._owner: psycopg.Connection[tuple[Any, ...]] | None = None
        self.serve()
        with running(self.site.data) as urls:
            self._url = urls.owner
        self.site.furnish(range(FIRST_NUMBER, FIRST_NUMBER + HELD))
        self.site.run_edge()
        self.officer, self.approver = (
            Officer(self.site.address, name, self.site.passwords[name])
            for name in ("police-officer", "police-approver")
        )
        self.officer.log_in()
        self.approver.log_in()
        first = self.file()
        assert self.approve(first)
        self.await_effect(first)
        self.shut = first.numbers[0]
        """A number that is shut down for the whole test."""

    def serve(self) -> None:
        """Start the server, or start it again."""
        self.site.serve()
        assert self.site.server is not None
        (self.hook.folder / "server.pid").write_text(str(self.site.server.pid))

    def mend(self) -> None:
        """Start what does not run, after a test that failed."""
        if self.site.server is None or self.site.server.poll() is not None:
            self.serve()
        if self.site.edge is None or self.site.edge.poll() is not None:
            self.site.run_edge()

    def file(self) -> Case:
        """A new order of two numbers with holders, its sheet open."""
        numbers = next(self._numbers), next(self._numbers)
        n = next(self._documents)
        order = self.officer.file(f"苏公网安关停〔2026〕1124-{n:03}", numbers, key=f"file-{n}")
        case = Case(order, numbers, self.approver.sheet(order))
        self.cases.append(case)
        return case

    def approve(self, case: Case) -> bool:
        """Send the sheet; whether that was acknowledged. A refusal fails the test: nothing stands against it."""
        try:
            page: Page = self.approver.approve(case.sheet)
        except DEAD:
            return False
        if page.status >= 500:  # its database died first
            return False
        assert (page.status, page.location) == (302, f"/orders/{case.order}/"), page.text[:500]
        case.acknowledged = True
        return True

    def await_effect(self, case: Case) -> None:
        """Until both numbers are refused at the edge, the order is reported, and its notices are handed over."""
        line = Line(self.site.sip_port)
        with line.socket:
            for number in case.numbers:
                patiently(f"{number} is refused", partial(line.refused, number))
        patiently("the order is reported", lambda: self.state(case) == "REPORTED")
        patiently("its notices are handed over", lambda: len(self.notices(case)) == 2)

    def state(self, case: Case) -> str:
        """State of the order in the database."""
        return str(self.one("SELECT state FROM orders_order WHERE id = %s", case.order))

    def notices(self, case: Case) -> list[str]:
        """Lines in the outbox about the numbers of an order."""
        rows = self.rows(
            "SELECT n.id FROM restrictions_notice n JOIN restrictions_restrictionrow r ON r.id = n.restriction_id "
            "WHERE r.source_id = %s AND n.handed_over_at IS NOT NULL",
            case.order,
        )
        return [str(row[0]) for row in rows]

    def one(self, query: str, *values: object) -> Any:
        """The only value of a query."""
        ((value,),) = self.rows(query, *values)
        return value

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """What the database says to its owner, with every row in sight."""
        if self._owner is None or self._owner.closed:
            self._owner = psycopg.connect(self._url, autocommit=True)
            self._owner.execute("SELECT set_config('haodun.scope', '*', false)")
        try:
            return self._owner.execute(query, values).fetchall()
        except psycopg.OperationalError:  # killed since the last question
            self._owner.close()
            return self.rows(query, *values)

    def outbox(self) -> list[dict[str, str]]:
        """All lines that were handed to the operator's sender."""
        text = (self.site.data / "messages" / "outbox.jsonl").read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines()]

    def await_death(self, process: subprocess.Popen[str] | None) -> None:
        """Until a process has been killed."""
        assert process is not None
        process.wait(timeout=PATIENCE_S)
        assert process.stdout is not None
        process.stdout.close()
        assert process.returncode == -signal.SIGKILL

    def kill_database(self) -> None:
        """kill -9 of PostgreSQL, its parent first."""
        parent = int((self.site.data / "postgres" / "postmaster.pid").read_text().split()[0])
        children = [int(one) for one in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]
        for one in (parent, *children):
            try:
                os.kill(one, signal.SIGKILL)
            except ProcessLookupError:
                continue
        patiently("PostgreSQL is dead", lambda: not any(Path(f"/proc/{one}").exists() for one in (parent, *children)))

    def kill_server(self) -> None:
        """kill -9 of the parent and all its children."""
        server = self.site.server
        assert server is not None
        for one in (server.pid, *below(server.pid)):
            try:
                os.kill(one, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.await_death(server)

    def check(self) -> None:
        """Nothing is lost, nothing is there twice."""
        self._each_order_once()
        self._publications_whole()
        self._outbox_once()
        patiently(
            "all is sealed",
            lambda: self.one("SELECT count(*) FROM audit_entry") == self.one("SELECT count(*) FROM audit_seal"),
        )

    def close(self) -> None:
        """Hold the ledger against its checkpoints, and stop everything."""
        try:
            self.mend()
            done = subprocess.run(
                [*HAODUN, "audit", "verify", "--data", str(self.site.data)], capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stdout + done.stderr
        finally:
            if self._owner is not None:
                self._owner.close()
            self.site.stop()

    def _each_order_once(self) -> None:
        done = [case for case in self.cases if self.state(case) == "REPORTED"]
        assert [case for case in self.cases if case.acknowledged and case not in done] == [], "acknowledged and lost"
        for case in done:
            placed = self.rows(
                "SELECT number, count(*) FROM restrictions_restrictionrow WHERE source_id = %s GROUP BY 1", case.order
            )
            assert sorted(placed) == [(number, 1) for number in case.numbers]
            steps = "SELECT action, count(*) FROM transitions_steprecord WHERE object_id = %s GROUP BY 1"
            taken = dict(self.rows(steps, case.order))
            names = ("file_urgent", "validate", "route", "approve", "execute", "report")
            assert taken == dict.fromkeys(names, 1)
            entries = "SELECT kind, count(*) FROM audit_entry WHERE object_id = %s GROUP BY 1"
            assert dict(self.rows(entries, case.order))["order:approved"] == 1
            placed_for = "SELECT count(*) FROM audit_entry WHERE kind = 'restriction:placed' AND body::text LIKE %s"
            assert self.one(placed_for, f"%{case.order}%") == 1

    def _publications_whole(self) -> None:
        rows = self.rows("SELECT version, parent, kind FROM policies_publication ORDER BY version")
        versions = [row[0] for row in rows]
        assert versions == list(range(1, len(versions) + 1)), "no version is missing"
        assert [row[1] for row in rows] == [0, *versions[:-1]]
        told = "SELECT object_id, count(*) FROM audit_entry WHERE kind = 'snapshot:published' GROUP BY 1"
        assert dict(self.rows(told)) == {str(version): 1 for version in versions}
        names = {path.name.removesuffix(".full") for path in (self.site.data / "snapshots").iterdir()}
        assert {int(name) for name in names} <= set(versions), "a folder without a row, or half a folder"

    def _outbox_once(self) -> None:
        ids = Counter(line["id"] for line in self.outbox())
        assert set(ids.values()) == {1}
        handed = self.rows("SELECT id FROM restrictions_notice WHERE handed_over_at IS NOT NULL")
        assert {str(row[0]) for row in handed} == set(ids)
        for case in self.cases:
            assert len(self.notices(case)) == (2 if case.acknowledged else 0)


def below(parent: int) -> list[int]:
    """All processes below one."""
    found, new = list[int](), [parent]
    while new:
        one = new.pop()
        try:
            children = [int(text) for text in Path(f"/proc/{one}/task/{one}/children").read_text().split()]
        except (FileNotFoundError, ProcessLookupError):
            continue
        found += children
        new += children
    return found


def patiently(question: str, answer: Callable[[], bool]) -> None:
    """Wait until the answer is yes."""
    deadline = time.monotonic() + PATIENCE_S
    while not answer():
        assert time.monotonic() < deadline, question
        time.sleep(0.05)
