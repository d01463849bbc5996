"""A line from registration to closure, its tests and exceptions, the report of a device, the figures."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from tests.registry.key_services.conftest import Cast, code
from tests.registry.voice_lines.conftest import enforced, key, new_line, proved_line, registered, step

from haodun.offices.transitions.services import Refused, clocks_of
from haodun.registry.key_services.services import LISTING, Breach, PartyKind, propose_listing
from haodun.registry.key_services.services import take as take_listing
from haodun.registry.voice_lines import figures
from haodun.registry.voice_lines.models import DeviceReport, LineTest, VoiceLine
from haodun.registry.voice_lines.services import (
    DEVICE,
    DeviceKind,
    amend_line,
    end_exceptions,
    find_device,
    preview_step,
    report_test,
    take,
)


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"trunk": "line 1"}, "trunk"),
        ({"permits": ("8625",)}, "permits"),
        ({"permits": ("+862583100099-+862583100000",)}, "permits"),
        ({"default": "+862583100000-+862583100001"}, "default"),
        ({"uscc": "91320100"}, "uscc"),
    ],
)
def test_what_is_no_line_is_refused(cast: Cast, changes: dict[str, object], wanted: str) -> None:
    with pytest.raises(Refused) as refused:
        registered(cast, **changes)
    assert refused.value.code == wanted and not VoiceLine.objects.exists()


def test_a_trunk_has_one_line_and_a_blacklisted_holder_none(cast: Cast) -> None:
    line = registered(cast)
    with pytest.raises(Refused) as refused:
        registered(cast, trunk=line.trunk)
    assert refused.value.code == "taken"
    listing = propose_listing(
        cast["officer"],
        kind=PartyKind.FIRM,
        name="坏公司",
        uscc=code(77),
        breach=Breach.ILLEGAL_LINE,
        note="判决",
        key=key(),
    )
    take_listing(cast["approver"], [listing], "list", table=LISTING, key=key())
    with pytest.raises(Refused) as refused:
        registered(cast, uscc=code(77))
    assert refused.value.code == "blacklisted"


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"holder": ""}, "holder"),
        ({"permits": ()}, "permits"),
        ({"default": "+862583999999"}, "default"),
        ({"default": "", "unpermitted": "replace"}, "default"),
        ({"hiding_off": False}, "hiding"),
    ],
)
def test_a_line_that_lacks_something_is_not_enforced(cast: Cast, changes: dict[str, object], wanted: str) -> None:
    line = proved_line(cast, registered(cast, **changes))
    with pytest.raises(Refused) as refused:
        step(cast["engineer"], line, "pass_test")
        step(cast["shop"], line, "enforce")
    assert refused.value.code == wanted


def test_a_line_is_enforced_by_another_than_who_tested_it(cast: Cast) -> None:
    line = registered(cast)
    with pytest.raises(Refused) as refused:
        step(cast["engineer"], line, "pass_test")
    assert refused.value.code == "test"
    step(cast["engineer"], proved_line(cast, line), "pass_test")
    with pytest.raises(Refused) as refused:
        step(cast["engineer"], line, "enforce")
    assert refused.value.code == "second_person"
    assert step(cast["shop"], line, "enforce").state == "ENFORCED"


def test_a_failed_test_takes_an_enforced_line_out_and_closing_needs_another_and_the_radius(cast: Cast) -> None:
    line = proved_line(cast, enforced(cast), passed=False)
    assert line.state == "UNAUTHENTICATED"
    test = LineTest.objects.filter(line=line).latest("done_at")
    with pytest.raises(Refused) as refused:
        report_test(cast["engineer"], test.id, passed=True, evidence="改口")
    assert refused.value.code == "done"
    blast = preview_step(cast["shop"], line, "close").blast
    assert blast is not None and blast.numbers == 100
    with pytest.raises(Refused) as refused:
        step(cast["shop"], line, "close", reason="拒不鉴权", seen="0" * 64)
    assert refused.value.code == "seen"
    assert step(cast["shop"], line, "close", reason="拒不鉴权", seen=blast.digest()).closed_at is not None


def test_an_exception_ends_by_itself(cast: Cast) -> None:
    line = enforced(cast)
    for wrong in ("", "2020-01-01T00:00:00+08:00", (timezone.now() + timedelta(days=91)).isoformat()):
        with pytest.raises(Refused) as refused:
            step(cast["approver"], line, "except_for", reason="割接", data={"until": wrong})
        assert refused.value.code == "until"
    until = timezone.now() + timedelta(days=3)
    step(cast["approver"], line, "except_for", reason="割接", data={"until": until.isoformat()})
    assert line.state == "EXCEPTION"
    assert end_exceptions(until - timedelta(minutes=1)) == 0
    assert end_exceptions(until) == 1
    line.refresh_from_db()
    assert (line.state, line.exception_until) == ("ENFORCED", None)


def test_only_a_line_that_is_not_in_force_is_amended(cast: Cast) -> None:
    line = registered(cast, holder="")
    amend_line(cast["shop"], line, new_line(trunk=line.trunk, permits=("+862583200000",), default="+862583200000"))
    line.refresh_from_db()
    assert line.holder and list(line.permits.values_list("low", "high")) == [(862583200000, 862583200000)]
    with pytest.raises(Refused) as refused:
        amend_line(cast["shop"], enforced(cast), new_line())
    assert refused.value.code == "state"


def test_a_forbidden_device_is_reported_within_its_clock_and_handed_to_the_police(cast: Cast) -> None:
    made = find_device(
        cast["engineer"],
        kind=DeviceKind.SIM_BOX,
        finding="同一小区 30 张卡轮换，判定 edge-1-99",
        province="32",
        key=key(),
    )
    report = DeviceReport.objects.get(id=made)
    [clock] = clocks_of(DEVICE.name, [made])
    assert clock.stopped_at is None and cast.land.bureau.id in report.readers
    police = cast.people["police"]
    assert not DeviceReport.objects.scoped_to(police).exists()
    with pytest.raises(Refused) as refused:
        take(cast["shop"], [made], "report", table=DEVICE, key=key(), data={"police": str(cast.land.bureau.id)})
    assert refused.value.code == "police"
    take(cast["shop"], [made], "report", table=DEVICE, key=key(), data={"police": str(cast.land.police.id)})
    [clock] = clocks_of(DEVICE.name, [made])
    assert clock.met is True
    assert DeviceReport.objects.scoped_to(police).exists()
    take(cast["police"], [made], "acknowledge", table=DEVICE, key=key())
    report.refresh_from_db()
    assert report.state == "ACKNOWLEDGED"


def test_the_authentication_rate_and_the_form(cast: Cast) -> None:
    enforced(cast)
    registered(cast, uscc=code(502))
    registered(cast, uscc="", holder="")
    now = timezone.now()
    checker = cast.people["checker"]
    assert figures.authentication_rate(checker, as_of=now).value == 3333
    period = {"since": now - timedelta(days=7), "until": now + timedelta(days=1), "as_of": now}
    fifth = {one.code: one.value for one in figures.section_5(checker, **period)}
    assert fifth == {"form.5.lines": 3, "form.5.not_done": 2, "form.5.closed": 0, "form.5.rate": 3333}
    first = {one.code: one.value for one in figures.section_1(checker, **period)}
    assert first["form.1.users"] == 3 and first["form.1.real_name"] == 6667 and first["form.1.checked"] is None
    line = proved_line(cast, enforced(cast, uscc=code(503)), passed=False)
    blast = preview_step(cast["shop"], line, "close").blast
    assert blast is not None
    step(cast["shop"], line, "close", reason="拒不鉴权", seen=blast.digest())
    first = {one.code: one.value for one in figures.section_1(checker, **period)}
    assert (first["form.1.closed_users"], first["form.1.closed_numbers"]) == (1, 100)
    assert figures.authentication_rate(cast.people["rival"], as_of=now).value is None
