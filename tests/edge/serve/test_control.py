"""The control link: an order is blocked at the edge and receipted; refusals, a lost server, a restart without one."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.edge.serve.console import TOKEN, Console
from tests.edge.serve.edges import Trunk, request, running, status, trunk_of

from haodun.edge.serve import Edge, Settings, control
from haodun.edge.serve.metrics import Gauge
from haodun.screening.snapshot import Content, Entry, Signer, Trust, build, build_delta, open_snapshot

Options = Callable[..., Settings]
NUMBER = 8613912345678
POLICY = """
policy: ordered
version: "1"
home: CN
profile: cn
title: {zh: 令, en: Orders}
lists: {orders: {title: {zh: 令, en: orders}}}
rules:
  - {id: O-1, title: {zh: 令, en: ordered}, layer: orders, stage: enforce, when: caller.number in orders, action: BLOCK,
     reason: ordered, class: criminal, basis: [law]}
"""
DAY_MS = 86_400_000


@dataclass
class Issuer:
    """The console's publisher."""

    place: Path
    signer: Signer
    now_ms: int

    def full(self, version: int, *numbers: int, signer: Signer | None = None) -> Path:
        folder = self.place / f"full-{version}"
        entries = [Entry(number, self.now_ms + DAY_MS) for number in numbers]
        build(
            folder,
            Content(policy_yaml=POLICY, lists={"orders": entries}),
            issuer="haodun",
            version=version,
            parent=version - 1,
            created_ms=self.now_ms,
            expires_ms=self.now_ms + 30 * DAY_MS,
            signer=signer or self.signer,
        )
        return folder

    def delta(self, base: Path, version: int, *adds: int) -> Path:
        folder = self.place / f"delta-{version}"
        trust = Trust(issuer="haodun", keys=(self.signer.public,))
        opened = open_snapshot(base, trust=trust, now_ms=self.now_ms)
        build_delta(
            folder,
            base=opened,
            version=version,
            created_ms=self.now_ms,
            expires_ms=self.now_ms + 30 * DAY_MS,
            signer=self.signer,
            adds={"orders": [Entry(number, self.now_ms + DAY_MS) for number in adds]},
        )
        return folder


@pytest.fixture
def issuer(tmp_path: Path) -> Issuer:
    signer = Signer.generate()
    signer.save(tmp_path / "keys/snapshot.key", tmp_path / "keys/snapshot.pub")
    (tmp_path / "token").write_text(TOKEN + "\n")
    return Issuer(tmp_path, signer, time.time_ns() // 1_000_000)


@pytest.fixture
def console() -> Iterator[Console]:
    made = Console()
    yield made
    made.close()


@pytest.fixture
def linked(options: Options, console: Console, issuer: Issuer, tmp_path: Path) -> Callable[..., Settings]:
    """Settings of an edge on the link."""

    def make(**named: object) -> Settings:
        given = {
            "control": console.url,
            "control_token": tmp_path / "token",
            "trust": tmp_path / "keys/snapshot.pub",
        }
        return options(**(given | named))

    return make


def until(holds: Callable[[], bool], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)


def answered(trunk: Trunk, number: int = NUMBER) -> int:
    return status(trunk.ask(request(f"+{number}")))


def version(edge: Edge) -> int:
    return edge.desk.engine.deciding.version


def test_an_announced_snapshot_blocks_and_is_receipted_as_received_and_executed(
    linked: Options, console: Console, issuer: Issuer
) -> None:
    console.folders[1, "full"] = issuer.full(1)
    console.folders[2, "full"] = issuer.full(2, NUMBER)
    with running(linked()) as edge, trunk_of(edge) as trunk:
        until(lambda: console.streams == 1)
        assert not edge.readiness()[0], "no snapshot yet"
        console.announce(1)
        until(lambda: version(edge) == 1)
        assert answered(trunk) == 302
        console.announce(2)
        until(lambda: (2, "executed") in console.states())
        assert answered(trunk) == 603
        assert edge.readiness()[0]
        assert edge.tally.gauges[Gauge.SNAPSHOT] == 2
    assert console.states() == [(1, "received"), (1, "executed"), (2, "received"), (2, "executed")]
    assert console.asked[0] == "/edge/v1/stream"
    assert len({receipt["run"] for receipt in console.receipts}) == 1


def test_a_delta_is_fetched_on_its_parent_and_whole_where_it_does_not_fit(
    linked: Options, console: Console, issuer: Issuer
) -> None:
    first = console.folders[1, "full"] = issuer.full(1)
    console.folders[2, ""] = issuer.delta(first, 2, NUMBER)
    console.folders[5, "full"] = issuer.full(5, NUMBER, NUMBER + 1)
    with running(linked()) as edge, trunk_of(edge) as trunk:
        until(lambda: console.streams == 1)
        console.announce(1)
        console.announce(2, kind="delta", parent=1)
        until(lambda: version(edge) == 2)
        assert answered(trunk) == 603
        console.announce(5, kind="delta", parent=4)
        until(lambda: version(edge) == 5)
        assert answered(trunk, NUMBER + 1) == 603
    assert [path for path in console.asked if "snapshots" in path] == [
        "/edge/v1/snapshots/1?kind=full",
        "/edge/v1/snapshots/2",
        "/edge/v1/snapshots/5?kind=full",
    ]


def test_a_forged_an_older_and_a_damaged_snapshot_are_refused_and_the_last_good_one_stays(
    linked: Options, console: Console, issuer: Issuer
) -> None:
    console.folders[3, "full"] = issuer.full(3, NUMBER)
    console.folders[4, "full"] = issuer.full(4, signer=Signer.generate())
    console.raw[5] = b"no tar at all" * 100
    with running(linked()) as edge, trunk_of(edge) as trunk:
        until(lambda: console.streams == 1)
        console.announce(3)
        console.announce(4)
        console.announce(5)
        console.announce(2)
        until(lambda: (2, "refused") in console.states())
        assert answered(trunk) == 603
        assert version(edge) == 3
    details = {receipt["version"]: receipt["detail"] for receipt in console.receipts if receipt["state"] == "refused"}
    assert details[4].startswith("key: ")
    assert details[5].startswith("truncated: ")
    assert details[2] == "not_newer"


def test_when_the_server_is_gone_the_edge_goes_on_and_comes_back_by_itself(
    linked: Options, console: Console, issuer: Issuer
) -> None:
    console.folders[1, "full"] = issuer.full(1, NUMBER)
    with running(linked()) as edge, trunk_of(edge) as trunk:
        until(lambda: console.streams == 1)
        console.announce(1)
        until(lambda: version(edge) == 1)
        console.close()
        until(lambda: edge.tally.gauges[Gauge.LINK_UP] == 0)
        assert answered(trunk) == 603
        back = Console(console.port)
        try:
            back.folders[2, "full"] = issuer.full(2)
            until(lambda: back.streams == 1)
            back.announce(2)
            until(lambda: (2, "executed") in back.states())
            assert back.asked[0] == "/edge/v1/stream?have=1"
            assert answered(trunk) == 302
        finally:
            back.close()
    console.__init__()  # type: ignore[misc]  # the fixture closes it again


def test_after_a_restart_without_a_server_the_last_good_chain_decides(
    linked: Options, console: Console, issuer: Issuer, tmp_path: Path
) -> None:
    first = console.folders[1, "full"] = issuer.full(1)
    console.folders[2, ""] = issuer.delta(first, 2, NUMBER)
    with running(linked()) as edge:
        until(lambda: console.streams == 1)
        console.announce(1)
        console.announce(2, kind="delta", parent=1)
        until(lambda: version(edge) == 2)
    incoming = tmp_path / "log/incoming/9"
    incoming.mkdir(parents=True)
    (incoming / "manifest.json").write_text("half")
    with running(linked(control="http://127.0.0.1:9")) as edge, trunk_of(edge) as trunk:
        assert version(edge) == 2
        assert answered(trunk) == 603
        assert edge.readiness()[0]
    assert not incoming.exists()


def test_a_receipt_is_sent_until_it_is_taken_also_after_a_restart(
    linked: Options, console: Console, issuer: Issuer, tmp_path: Path
) -> None:
    console.folders[1, "full"] = issuer.full(1, NUMBER)
    console.refuse_receipts = 10**6
    with running(linked()) as edge:
        until(lambda: console.streams == 1)
        console.announce(1)
        until(lambda: version(edge) == 1)
        until(lambda: edge.tally.gauges[Gauge.RECEIPTS_WAITING] == 2)
    assert console.receipts == []
    assert (tmp_path / "log/receipts.json").exists()
    console.refuse_receipts = 0
    with running(linked()):
        until(lambda: console.states() == [(1, "received"), (1, "executed")])


@pytest.mark.parametrize("line", [b"{\n", b"[1]\n", b'{"type":"snapshot","version":"1"}\n', b"\xff\n", b"x" * 70_000])
def test_a_line_that_is_none_costs_the_connection_and_nothing_else(
    line: bytes, linked: Options, console: Console
) -> None:
    with running(linked()) as edge, trunk_of(edge) as trunk:
        until(lambda: console.streams == 1)
        console.send(line)
        until(lambda: console.streams == 2)
        assert answered(trunk) == 302


def test_a_wrong_token_is_told_in_the_metrics_and_calls_go_on(linked: Options, console: Console) -> None:
    console.token = "another"  # noqa: S105
    with running(linked()) as edge, trunk_of(edge) as trunk:
        until(lambda: len(console.asked) >= 2)
        assert edge.tally.gauges[Gauge.LINK_UP] == 0
        assert answered(trunk) in (302, 603)


MANY = range(NUMBER + 1, NUMBER + 1_002)
"""Over the cap of 1,000 that an edge has by itself."""


def test_a_fresh_edge_takes_by_hand_what_is_over_its_cap_and_then_follows_the_link(
    linked: Options, console: Console, issuer: Issuer, tmp_path: Path
) -> None:
    first = console.folders[7, "full"] = issuer.full(7, *MANY)
    console.folders[8, ""] = issuer.delta(first, 8, NUMBER)
    with running(linked()) as edge:
        until(lambda: console.streams == 1)
        console.announce(7)
        until(lambda: (7, "refused") in console.states())
        assert version(edge) == 0 and console.receipts[-1]["detail"].startswith("approvals: ")
    by_hand = tmp_path / "by-hand"
    shutil.copytree(first, by_hand)
    with running(linked(snapshot=by_hand)) as edge, trunk_of(edge) as trunk:
        assert version(edge) == 7 and answered(trunk, MANY[0]) == 603
        until(lambda: console.streams == 2)
        assert console.asked[-1] == "/edge/v1/stream?have=7"
        console.announce(8, kind="delta", parent=7)
        until(lambda: (8, "executed") in console.states())
        assert answered(trunk) == 603
    shutil.rmtree(by_hand)
    with running(linked()) as edge, trunk_of(edge) as trunk:
        assert version(edge) == 8 and answered(trunk) == 603, "the copy that was kept carries the delta"


def test_a_damaged_copy_of_what_is_installed_by_hand_is_made_anew(
    linked: Options, console: Console, issuer: Issuer, tmp_path: Path
) -> None:
    first = issuer.full(7, *MANY)
    with running(linked(snapshot=first)) as edge:
        assert version(edge) == 7
    (tmp_path / "log/snapshots/7/manifest.json").write_text("{")
    with running(linked(snapshot=first)) as edge:
        assert version(edge) == 7
    with running(linked()) as edge:
        assert version(edge) == 7


def test_after_a_refusal_the_stream_is_opened_anew_for_what_is_offered_then(
    linked: Options, console: Console, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control, "REFUSED_AGAIN_S", 0.3)
    console.folders[1, "full"] = issuer.full(1, *MANY)
    with running(linked()) as edge:
        until(lambda: console.streams == 1)
        console.announce(1)
        until(lambda: (1, "refused") in console.states())
        until(lambda: console.streams == 2)
        console.folders[2, "full"] = issuer.full(2, NUMBER)
        console.announce(2)
        until(lambda: version(edge) == 2)
