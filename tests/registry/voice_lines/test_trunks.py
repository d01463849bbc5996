"""What the snapshot carries of lines: merged over the site's file, and read as an edge reads it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from tests.registry.key_services.conftest import Cast
from tests.registry.voice_lines.conftest import enforced, proved_line, registered, step

from haodun.offices.transitions.services import subscribe, unsubscribe
from haodun.registry.voice_lines.facts import LinesChanged
from haodun.registry.voice_lines.services import LinesRefused, merged, preview_step, trunks_section
from haodun.screening.events import Trunks

SITE = """
trunks:
  intl-gw-1: {class: international}
  '0571': {class: inter_network, go_on: 404, trust_identity: true}
  %s:
    class: voice_line
    permits: ["+8699900000"]
    default: "+8699900000"
    sources: [192.0.2.9]
    go_on: 503
"""
OURS, OTHERS = 862583100005, 862583999999


def read(text: str | None) -> Trunks:
    assert text is not None
    return Trunks.parse(text, "merged")


def test_without_lines_in_force_the_site_s_file_is_as_it_was(cast: Cast) -> None:
    registered(cast)
    assert merged(None, timezone.now()) is None
    assert merged(SITE % "x", timezone.now()) == SITE % "x"


def test_an_enforced_line_replaces_the_numbers_of_the_file_and_keeps_how_it_is_served(cast: Cast) -> None:
    line = enforced(cast, unpermitted="replace")
    trunks = read(merged(SITE % line.trunk, timezone.now()))
    found = trunks.line(line.trunk)
    assert found is not None and found.permits_number(OURS) and not found.permits_number(OTHERS)
    assert not found.permits_number(8699900000) and found.default == 862583100000
    assert (found.live.go_on, found.live.unpermitted) == ("503", "replace")
    assert trunks.sources.trunk("192.0.2.9", 5060) == line.trunk
    other = trunks.line("0571")
    assert other is not None and other.live.go_on == "404" and other.live.trust_identity


def test_without_a_site_s_file_the_lines_alone_are_one(cast: Cast) -> None:
    line = enforced(cast)
    assert read(merged(None, timezone.now())).names() == (line.trunk,)


def test_under_an_exception_its_numbers_are_not_asked_after_until_it_ends(cast: Cast) -> None:
    line = enforced(cast)
    until = timezone.now() + timedelta(days=2)
    step(cast["approver"], line, "except_for", reason="割接", data={"until": until.isoformat()})
    found = read(merged(None, timezone.now())).line(line.trunk)
    assert found is not None and not found.registered
    found = read(merged(None, until)).line(line.trunk)
    assert found is not None and found.registered


def test_a_closed_line_is_served_no_more(cast: Cast) -> None:
    line = proved_line(cast, enforced(cast), passed=False)
    blast = preview_step(cast["shop"], line, "close").blast
    assert blast is not None
    step(cast["shop"], line, "close", reason="拒不鉴权", seen=blast.digest())
    assert trunks_section(timezone.now())[line.trunk] == {"closed": True}
    trunks = read(merged(SITE % line.trunk, timezone.now()))
    assert trunks.sources.trunk("192.0.2.9", 5060) is None


def test_a_site_s_file_that_no_edge_would_take_is_refused_with_its_place(cast: Cast) -> None:
    enforced(cast)
    with pytest.raises(LinesRefused, match="line 3"):
        merged("trunks:\n  a: {class: voice_line}\n  b: {class: nowhere}\n", timezone.now())


def test_each_change_of_what_the_snapshot_carries_is_told(cast: Cast) -> None:
    told: list[LinesChanged] = []
    subscribe(LinesChanged, told.append)
    try:
        line = enforced(cast)
        assert [one.lines for one in told] == [(line.id,)]
        proved_line(cast, line, passed=False)
    finally:
        unsubscribe(LinesChanged, told.append)
    assert len(told) == 2
