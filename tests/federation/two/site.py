"""Two installations on one machine, a ministry's and a carrier's: two databases, servers and data folders."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from haodun.console.database import running
from haodun.lab.benchmarks.control_site import CARRIER as CARRIER_NAME
from haodun.lab.benchmarks.control_site import HAODUN, PATIENCE_S, Site

MINISTRY, CARRIER = "ministry", "carrier-a"
ROUND_S = "1"
_PREPARE = """
import json
from haodun.offices.organisations.models import Organisation, User
from haodun.offices.organisations.services import Role, appoint, system
from haodun.offices.peering.services import run_by
from haodun.federation.services import make_own_key, own_key
with system():
    carrier = Organisation.objects.get(name_zh={carrier!r})
    ministry = Organisation.objects.get(kind="ministry")
    runs, away = ({pair})
    for name in ("node-one", "node-two"):
        appoint(User.objects.create_user(username=name, password=None, name=name), runs, Role.ADMINISTRATOR)
    if {name!r} == "ministry":
        Organisation.objects.filter(id=carrier.id).update(home_node={other!r})
    else:
        Organisation.objects.exclude(id=carrier.id).update(home_node={other!r})
    run_by(runs.id)
    make_own_key()
    print(json.dumps(bytes(own_key().public).hex()))
"""
_ENROL = """
from datetime import timedelta
from uuid import uuid4
from django.utils import timezone
from haodun.federation.services import fingerprint
from haodun.offices.organisations.models import User
from haodun.offices.organisations.services import system
from haodun.offices.peering.services import PEERING, Proposal, decide, propose
from haodun.offices.transitions.services import actor_of
until = timezone.now() + timedelta(minutes=5)
one, two = (actor_of(User.objects.get(username=name), None, sudo_until=until) for name in ("node-one", "node-two"))
public = bytes.fromhex({public!r})
kinds = {kinds!r}
with system():
    made = propose(one, Proposal({other!r}, {other!r}, public, kinds, kinds), key=uuid4().hex)
    decide(two, PEERING, made, "approve", key=uuid4().hex, data={{"fingerprint": fingerprint(public)}})
"""
_RECALL = """
from datetime import timedelta
from uuid import UUID, uuid4
from django.utils import timezone
from haodun.casework.orders.services import take
from haodun.offices.organisations.models import User
from haodun.offices.organisations.services import system
from haodun.offices.transitions.services import actor_of
actor = actor_of(User.objects.get(username="bureau-approver"), None, sudo_until=timezone.now() + timedelta(minutes=5))
with system():
    for order in {orders!r}:
        take(actor, [UUID(order)], "recall", key=uuid4().hex, reason="误登记，撤销")
"""


@dataclass
class Node:
    """One installation."""

    name: str
    other: str
    site: Site
    url: str = ""

    def start(self, numbers: list[int]) -> str:
        """Serve, furnish, prepare; the public key."""
        self.site.serve()
        self.site.furnish(numbers)
        with running(self.site.data) as urls:
            self.url = urls.owner
        pair = "ministry, carrier" if self.name == MINISTRY else "carrier, ministry"
        program = _PREPARE.format(carrier=CARRIER_NAME, pair=pair, name=self.name, other=self.other)
        return str(json.loads(self.shell(program)))

    def enrol(self, public: str, kinds: tuple[str, ...]) -> None:
        """Let the other one in, by two officers."""
        self.shell(_ENROL.format(public=public, other=self.other, kinds=kinds))

    def shell(self, program: str) -> str:
        """Run a program in the installation."""
        done = subprocess.run(
            [*HAODUN, "manage", "--data", str(self.site.data), "shell", "-v", "0", "-c", program],
            capture_output=True, text=True, timeout=PATIENCE_S, check=False,
            env=self.site._environment(self.site.environment),
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout.strip().splitlines()[-1] if done.stdout.strip() else ""

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """What the database says to its owner."""
        with psycopg.connect(self.url) as owner:
            owner.execute("SELECT set_config('haodun.scope', '*', false)")
            return owner.execute(query, values).fetchall()

    def one(self, query: str, *values: object) -> Any:
        """The only value of a query."""
        ((value,),) = self.rows(query, *values)
        return value

    def folder(self, which: str) -> Path:
        """outgoing or incoming."""
        return self.site.data / "exchange" / self.other / which


@dataclass
class Pair:
    """Both, and who carries between them."""

    ministry: Node
    carrier: Node
    proxy: subprocess.Popen[str] | None = None
    faults: dict[str, int] = field(default_factory=dict)

    def carry(self, seed: int) -> None:
        """Start the proxy."""
        ways = [
            (self.ministry.folder("outgoing"), self.carrier.folder("incoming")),
            (self.carrier.folder("outgoing"), self.ministry.folder("incoming")),
        ]
        names = [str(folder) for way in ways for folder in way]
        script = Path(__file__).with_name("fault_proxy.py")
        self.proxy = subprocess.Popen(
            [sys.executable, str(script), *names, "--seed", str(seed)], stdout=subprocess.PIPE, text=True
        )
        assert self.proxy.stdout is not None and self.proxy.stdout.readline() == "carrying\n"

    def heal(self) -> None:
        """From now on every file arrives as it was."""
        assert self.proxy is not None
        self.proxy.send_signal(signal.SIGUSR1)

    def recall(self, orders: list[str]) -> None:
        """The bureau's approver takes them back at the ministry's node."""
        self.ministry.shell(_RECALL.format(orders=orders))

    def stop_proxy(self) -> None:
        """Carry no more; what was done stands in `faults`."""
        if self.proxy is not None:
            self.proxy.terminate()
            said, _ = self.proxy.communicate(timeout=30)
            self.faults = json.loads(said.splitlines()[-1])
            self.proxy = None

    def stop(self) -> None:
        """Stop everything."""
        self.stop_proxy()
        for node in (self.carrier, self.ministry):
            node.site.stop()
            shutil.rmtree(node.site.place, ignore_errors=True)


def found_pair() -> Pair:
    """Two empty installations in short folders."""

    def node(name: str, other: str) -> Node:
        place = Path(tempfile.mkdtemp(prefix="hd2-"))
        environment = {"HAODUN_NODE": name, "HAODUN_EXCHANGE_S": ROUND_S}
        return Node(name, other, Site(place, environment=environment))

    return Pair(node(MINISTRY, CARRIER), node(CARRIER, MINISTRY))
