"""A number that is not the line's is replaced by the line's default, or refused: edges with real sockets."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest
from tests.edge.serve.edges import header, request, running, status, trunk_of

from haodun.edge.serve import Place, Settings
from haodun.screening.events import Trunks, TrunksError
from haodun.screening.snapshot import Content, Entry, Signer, build
from haodun.screening.verdicts import Mode

TRUNKS = """
trunks:
  replaces:
    class: voice_line
    permits: ["+862583100000-+862583100099"]
    default: "+862583100000"
    unpermitted: replace
    sources: [127.0.0.2]
  refuses:
    class: voice_line
    permits: ["+862583100000-+862583100099"]
    default: "+862583100000"
    sources: [127.0.0.3]
  suspended:
    class: voice_line
    permits: ["+862583200000"]
    default: "+862583200000"
    unpermitted: replace
    sources: [127.0.0.4]
"""
OWN, FOREIGN, SHUT = 862583100042, 862588889999, 862583777777
DEFAULT = "<tel:+862583100000;verstat=No-TN-Validation>"
_versions = itertools.count(1)


@pytest.fixture(params=["plain", "compiled"])
def edge_of(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[..., Settings]:
    """`edge_of(mode=…)`: settings of an edge with these lines, under each of the fronts."""
    signer = Signer.generate()
    signer.save(tmp_path / "keys" / "gov.key", tmp_path / "keys" / "gov.pub")
    now_ms = time.time_ns() // 1_000_000
    far = now_ms + 80 * 86_400_000
    made = tmp_path / "made" / str(next(_versions))
    content = Content(
        policy_yaml=(files("haodun.screening.policy") / "packs" / "cn.yaml").read_text(encoding="utf-8"),
        lists={"orders": [Entry(SHUT, far)], "black": [Entry(862583200000, far)]},
        trunks_yaml=TRUNKS,
    )
    when = {"created_ms": now_ms - 1_000, "expires_ms": now_ms + 86_400_000}
    build(made, content, issuer="gov", version=1, parent=0, signer=signer, **when)

    def make(*, mode: Mode = Mode.ENFORCE) -> Settings:
        return Settings(
            listen=Place("127.0.0.1", 0),
            snapshot=made,
            trust=tmp_path / "keys" / "gov.pub",
            mode=mode,
            log=tmp_path / "log",
            deadline_ms=5_000,
            kernel="fast" if request.param == "compiled" else "oracle",
            front=request.param,
        )

    return make


def test_another_number_is_replaced_by_the_default_where_the_line_says_so(
    edge_of: Callable[..., Settings], tmp_path: Path
) -> None:
    with running(edge_of()) as edge, trunk_of(edge, "127.0.0.2") as trunk:
        invite = request(f"+{FOREIGN}", via="127.0.0.2:5060")
        answer = trunk.ask(invite)
        assert (status(answer), header(answer, "P-Asserted-Identity")) == (302, DEFAULT)
        assert header(answer, "Contact").startswith("<sip:+8613900001234@")
        assert str(FOREIGN) not in header(answer, "P-Asserted-Identity") + header(answer, "Contact")
        assert trunk.ask(invite) == answer
        own = trunk.ask(request(f"+{OWN}", via="127.0.0.2:5060"))
        assert (status(own), header(own, "P-Asserted-Identity")) == (302, "")
    said = [json.loads(line) for line in (tmp_path / "log" / "calls.jsonl").read_text().splitlines()]
    first = next(one for one in said if one["action"] == "BLOCK")
    assert (first["answered"], "CN-ORIGIN-LINE" in first["reasons"]) == ("REPLACED", True)


@pytest.mark.parametrize("host", ["127.0.0.3", "127.0.0.4"], ids=["refuses", "its default is on a list"])
def test_elsewhere_another_number_is_refused(edge_of: Callable[..., Settings], host: str) -> None:
    with running(edge_of()) as edge, trunk_of(edge, host) as trunk:
        answer = trunk.ask(request(f"+{FOREIGN}", via=f"{host}:5060"))
        assert (status(answer), header(answer, "P-Asserted-Identity")) == (603, "")


def test_a_call_to_a_number_that_orders_have_shut_is_never_let_through(edge_of: Callable[..., Settings]) -> None:
    with running(edge_of()) as edge, trunk_of(edge, "127.0.0.2") as trunk:
        answer = trunk.ask(request(f"+{FOREIGN}", f"+{SHUT}", via="127.0.0.2:5060"))
        assert status(answer) == 603


def test_an_observing_edge_replaces_nothing(edge_of: Callable[..., Settings]) -> None:
    with running(edge_of(mode=Mode.OBSERVE)) as edge, trunk_of(edge, "127.0.0.2") as trunk:
        answer = trunk.ask(request(f"+{FOREIGN}", via="127.0.0.2:5060"))
        assert (status(answer), header(answer, "P-Asserted-Identity")) == (302, "")


@pytest.mark.parametrize("default", ["", 'default: "+862583999999"'])
def test_replacing_needs_a_default_that_the_line_permits(default: str) -> None:
    line = f'class: voice_line\n    permits: ["+862583100000"]\n    unpermitted: replace\n    {default}'
    text = f"trunks:\n  a:\n    {line}\n"
    with pytest.raises(TrunksError, match="replacing needs a default"):
        Trunks.parse(text, "trunks")
