"""From the register to the wire: a line is enforced, published, and a real edge replaces or refuses by it."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from tests.edge.serve.edges import header, request, running, status, trunk_of
from tests.registry.conftest import Land
from tests.registry.voice_lines.conftest import enforced, lines_cast, proved_line

from haodun.console.setup import prepare_keys
from haodun.edge.serve import Place, Settings
from haodun.offices.organisations.services import system
from haodun.registry.policies import publishing
from haodun.registry.policies.chain import Chain
from haodun.registry.policies.services import publish
from haodun.registry.voice_lines.models import VoiceLine
from haodun.screening.verdicts import Mode

SITE = """
trunks:
  {replaces}: {{class: voice_line, sources: [127.0.0.2]}}
  {refuses}: {{class: voice_line, sources: [127.0.0.3]}}
"""
FOREIGN = "+862588889999"


@pytest.fixture
def edge_of(tmp_path: Path) -> Callable[[int], Settings]:
    """`edge_of(version)`: settings of an edge under a published snapshot, trusting the site's own key."""
    data = Path(settings.HAODUN_DATA)

    def make(version: int) -> Settings:
        return Settings(
            listen=Place("127.0.0.1", 0),
            snapshot=data / "snapshots" / str(version),
            trust=data / "keys" / "snapshot.pub",
            mode=Mode.ENFORCE,
            log=tmp_path / f"log-{time.time_ns()}",
            deadline_ms=5_000,
            kernel="oracle",
            front="plain",
        )

    return make


def asked(edge_of: Callable[[int], Settings], version: int, host: str) -> tuple[int, str]:
    with running(edge_of(version)) as edge, trunk_of(edge, host) as trunk:
        answer = trunk.ask(request(FOREIGN, via=f"{host}:5060"))
        return status(answer), header(answer, "P-Asserted-Identity")


@pytest.fixture
def site(lasting_land: Land, monkeypatch: pytest.MonkeyPatch) -> Iterator[Land]:
    """A land whose installation has keys and nothing published yet."""
    data = Path(settings.HAODUN_DATA)
    prepare_keys(data)
    shutil.rmtree(data / "snapshots", ignore_errors=True)
    monkeypatch.setattr(publishing, "_chain", Chain())
    yield lasting_land
    shutil.rmtree(data / "snapshots", ignore_errors=True)


def test_an_enforced_line_is_known_to_the_edge_with_the_next_snapshot(
    site: Land,
    edge_of: Callable[[int], Settings],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = tmp_path / "trunks.yaml"
    monkeypatch.setenv("HAODUN_TRUNKS", str(file))
    with system():
        cast = lines_cast(site)
        file.write_text(SITE.format(replaces="line-a", refuses="line-b"), encoding="utf-8")
        before = publish("before")
        assert before is not None
        enforced(cast, trunk="line-a", unpermitted="replace")
        enforced(cast, trunk="line-b", permits=("+862583200000-+862583200099",), default="+862583200000")
        version = publish("lines")
        assert version is not None and version > before
    assert asked(edge_of, before, "127.0.0.2")[0] == 302
    assert asked(edge_of, version, "127.0.0.2") == (302, "<tel:+862583100000;verstat=No-TN-Validation>")
    assert asked(edge_of, version, "127.0.0.3") == (603, "")
    with system():
        proved_line(cast, VoiceLine.objects.get(trunk="line-b"), passed=False)
        version = publish("lines")
        assert version is not None
    assert asked(edge_of, version, "127.0.0.3")[0] == 302
