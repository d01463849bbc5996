"""The name of a trusted number is shown where its origin is proven, and nowhere else: edges with real sockets."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest
from tests.edge.serve.edges import header, request, running, status, trunk_of

from haodun.edge.serve import Settings
from haodun.screening.events import Trunks
from haodun.screening.snapshot import Content, Entry, Name, Named, Signer, build, directory_text
from haodun.screening.verdicts import Mode

COURIER, HOTLINE, UNKNOWN = 862588110001, 862588110002, 862588110003
TRUNKS = """
trunks:
  line-1: {class: access, sources: [127.0.0.2], trust_identity: true}
  other: {class: inter_network, sources: [127.0.0.3], trust_identity: true}
  own: {class: intra_network, sources: [127.0.0.4], trust_identity: true}
  line-9: {class: voice_line, permits: ["+8657188000000-+8657188000099"], sources: [127.0.0.5]}
"""
_versions = itertools.count(1)


def snapshot_of(folder: Path, signer: Signer, *, until_s: int, trunks: tuple[str, ...] = ("line-1",)) -> Path:
    """A snapshot with one named number, one that never calls out, and the shipped policy."""
    now_ms, version = time.time_ns() // 1_000_000, next(_versions)
    named = Named(
        holder="顺达速递有限公司",
        name=Name(zh="顺达速递", en="Shunda Courier"),
        numbers=(COURIER,),
        trunks=trunks,
        until=until_s,
    )
    far = now_ms + 80 * 86_400_000
    content = Content(
        policy_yaml=(files("haodun.screening.policy") / "packs" / "cn.yaml").read_text(encoding="utf-8"),
        lists={"trusted": [Entry(COURIER, far)], "dno": [Entry(HOTLINE, far)]},
        trunks_yaml=TRUNKS,
        directory_json=directory_text([named]),
    )
    when = {"created_ms": now_ms - 1_000, "expires_ms": now_ms + 86_400_000}
    build(folder / str(version), content, issuer="gov", version=version, parent=0, signer=signer, **when)
    return folder / str(version)


@pytest.fixture(params=["plain", "compiled"])
def edge_of(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[..., Settings]:
    """`edge_of(until_s=…)`: settings of an edge under such a snapshot, with each of the fronts."""
    signer = Signer.generate()
    signer.save(tmp_path / "keys" / "gov.key", tmp_path / "keys" / "gov.pub")

    def make(*, until_s: int | None = None, mode: Mode = Mode.ENFORCE, **named: tuple[str, ...]) -> Settings:
        from haodun.edge.serve import Place

        until_s = time.time_ns() // 10**9 + 86_400 if until_s is None else until_s
        return Settings(
            listen=Place("127.0.0.1", 0),
            snapshot=snapshot_of(tmp_path / "made", signer, until_s=until_s, **named),
            trust=tmp_path / "keys" / "gov.pub",
            mode=mode,
            log=tmp_path / "log",
            deadline_ms=5_000,
            kernel="fast" if request.param == "compiled" else "oracle",
            front=request.param,
        )

    return make


def asserted(settings: Settings, number: int, host: str) -> tuple[int, str]:
    """Status, and what the called telephone would show, of a call from a trunk."""
    with running(settings) as edge, trunk_of(edge, host) as trunk:
        answer = trunk.ask(request(f"+{number}", via=f"{host}:5060"))
        again = trunk.ask(request(f"+{number}", via=f"{host}:5060"))
        assert header(answer, "P-Asserted-Identity") == header(again, "P-Asserted-Identity")
        return status(answer), header(answer, "P-Asserted-Identity")


@pytest.mark.parametrize("host", ["127.0.0.2", "127.0.0.4"])
def test_a_call_by_its_own_trunk_or_network_shows_the_name(edge_of: Callable[..., Settings], host: str) -> None:
    assert asserted(edge_of(), COURIER, host) == (
        302,
        f'"顺达速递" <tel:+{COURIER};verstat=No-TN-Validation>',
    )


def test_the_same_number_by_another_trunk_is_told_to_be_unverified(edge_of: Callable[..., Settings]) -> None:
    assert asserted(edge_of(), COURIER, "127.0.0.3") == (
        302,
        f'"来源未核实" <tel:+{COURIER};verstat=No-TN-Validation>',
    )


def test_without_a_trunk_of_its_own_no_trunk_proves_it(edge_of: Callable[..., Settings]) -> None:
    assert "来源未核实" in asserted(edge_of(trunks=()), COURIER, "127.0.0.2")[1]


def test_a_number_without_an_entry_shows_nothing(edge_of: Callable[..., Settings]) -> None:
    assert asserted(edge_of(), UNKNOWN, "127.0.0.2") == (302, "")


def test_an_entry_that_has_ended_shows_nothing(edge_of: Callable[..., Settings]) -> None:
    assert asserted(edge_of(until_s=1_700_000_000), COURIER, "127.0.0.2") == (302, "")


def test_a_caller_who_withholds_his_number_shows_no_name(edge_of: Callable[..., Settings]) -> None:
    with running(edge_of()) as edge, trunk_of(edge, "127.0.0.2") as trunk:
        answer = trunk.ask(
            request(
                "anonymous",
                headers=f"P-Asserted-Identity: <tel:+{COURIER}>\nPrivacy: id",
                via="127.0.0.2:5060",
            )
        )
    assert header(answer, "P-Asserted-Identity") == ""


def test_a_number_that_never_calls_out_is_blocked_whatever_its_trunk(edge_of: Callable[..., Settings]) -> None:
    assert asserted(edge_of(), HOTLINE, "127.0.0.2")[0] == 603


def test_an_observing_edge_shows_no_name(edge_of: Callable[..., Settings]) -> None:
    assert asserted(edge_of(mode=Mode.OBSERVE), COURIER, "127.0.0.2") == (302, "")


def test_own_numbers_make_no_line_judge_others() -> None:
    """A trunk of a trusted number carries other numbers as before, and a line keeps what is on file."""
    trunks = Trunks.parse(TRUNKS, "trunks").with_own({"line-1": (COURIER,), "line-9": (COURIER,), "nowhere": (1,)})
    access, line = trunks.line("line-1"), trunks.line("line-9")
    assert access is not None
    assert line is not None
    assert trunks.line("nowhere") is None
    assert access.permits_number(COURIER)
    assert not access.permits_number(UNKNOWN)
    assert not access.registered
    assert line.registered
    assert line.permits_number(COURIER)
    assert line.permits_number(8657188000001)
    assert Trunks.parse(TRUNKS, "trunks").digest != trunks.digest
    assert Trunks.parse(TRUNKS, "trunks").with_own({}).digest == Trunks.parse(TRUNKS, "trunks").digest
