"""K3, K4, K4b, K8, K9 and the weekly form: against counts made here by hand, and the figures of 2016."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from tests.registry.key_services.conftest import Cast, active, code, existing, flagged, key, step

from haodun.offices.transitions.services import emit
from haodun.registry.key_services import figures
from haodun.registry.key_services.facts import NumbersCleared, NumbersInvolved
from haodun.registry.key_services.figure_views import drop_sentence
from haodun.registry.key_services.figures import FigureRefused, drop, month_on_month, percent, share
from haodun.registry.key_services.services import AGENT, PersonSeen, ServiceKind, register_agent, take

MAY, JUNE = (2016, 5), (2016, 6)
BASELINE = [(2016, 1), (2016, 2), (2016, 3)]
PUBLISHED = {(2016, 1): 801, (2016, 2): 781, (2016, 3): 791, MAY: 166, JUNE: 89}
"""Three months whose mean is 791, and the two that the bulletin of 2016-08 names."""


def test_the_published_drop_of_84_percent_has_its_baseline_and_window() -> None:
    fallen = drop(PUBLISHED, baseline=BASELINE, window=[MAY, JUNE])
    assert (fallen, percent(fallen, 0)) == (8388, "84%")
    assert drop(PUBLISHED, baseline=BASELINE, window=[JUNE]) == 8875
    assert drop(PUBLISHED, baseline=BASELINE, window=[MAY]) == 7901
    assert month_on_month(PUBLISHED, JUNE) == 4639
    said = drop_sentence(PUBLISHED, baseline=BASELINE, window=[MAY, JUNE])
    for part in ("791", "166", "89", "84%", "2016-01", "2016-03", "2016-05", "2016-06"):
        assert part in said


@pytest.mark.parametrize(
    ("baseline", "window"),
    [([], [MAY]), (BASELINE, []), ([MAY], [MAY]), ([(2015, 1)], [MAY])],
    ids=["no baseline", "no window", "the same month", "an empty baseline"],
)
def test_a_drop_without_baseline_or_window_is_refused(
    baseline: list[tuple[int, int]], window: list[tuple[int, int]]
) -> None:
    with pytest.raises(FigureRefused):
        drop(PUBLISHED, baseline=baseline, window=window)


@given(st.integers(0, 10**9), st.integers(1, 10**9))
def test_a_share_is_rounded_half_up_in_integers(part: int, whole: int) -> None:
    from decimal import ROUND_HALF_UP, Decimal, getcontext

    getcontext().prec = 60
    exact = (Decimal(part) * 10_000 / Decimal(whole)).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    assert share(part, whole) == int(exact)


@pytest.mark.parametrize(
    ("value", "two", "none"), [(8388, "83.88%", "84%"), (50, "0.50%", "1%"), (-101, "−1.01%", "-1%")]
)
def test_percent_is_written_with_two_decimals_or_none(value: int, two: str, none: str) -> None:
    assert percent(value) == two
    assert percent(value, 0) == none


def test_nothing_to_measure_is_no_figure() -> None:
    assert share(0, 0) is None
    assert month_on_month(PUBLISHED, MAY) is None


def test_involved_numbers_count_once_a_month_by_receipt_in_beijing(cast: Cast) -> None:
    police = (cast.land.police.id, cast.land.ministry.id)
    first, second = uuid.uuid4(), uuid.uuid4()
    last_of_april = datetime(2016, 4, 30, 17, 0, tzinfo=UTC)  # 1 May, 01:00 in Beijing
    emit(NumbersInvolved(first, last_of_april, (864001000001, 864001000002), police))
    emit(NumbersInvolved(second, datetime(2016, 5, 20, tzinfo=UTC), (864001000001,), police))
    emit(NumbersInvolved(uuid.uuid4(), datetime(2016, 6, 1, tzinfo=UTC), (864001000001, 8613912345678), police))
    assert figures.involved_by_month(cast.people["supervisor"]) == {MAY: 2, JUNE: 1}
    assert figures.involved_by_month(cast.people["rival"]) == {}
    emit(NumbersCleared(first, (864001000002,), timezone.now()))
    assert figures.involved_by_month(cast.people["supervisor"]) == {MAY: 1, JUNE: 1}


def week() -> dict[str, datetime]:
    now = timezone.now()
    return {"since": now - timedelta(days=7), "until": now + timedelta(days=1), "as_of": now}


def test_rectification_and_closures_of_the_period(cast: Cast) -> None:
    done, open_, later = (active(cast, uscc=code(serial)) for serial in (21, 22, 23))
    for service in (done, open_):
        flagged(cast, service)
    step(cast["officer"], done, "order_rectification")
    step(cast["shop"], done, "rectify", reason="已改")
    step(cast["officer"], done, "accept")
    found = {one.code: one.value for one in figures.rectification(cast.people["officer"], **week())}
    assert found == {"K8.flagged": 2, "K8.rectified": 5000, "K8.closed": 0}
    assert later.state == "ACTIVE"
    assert figures.rectification(cast.people["rival"], **week())[1].value is None


def test_the_weekly_form_counts_applicants_once_and_numbers_each(cast: Cast) -> None:
    active(cast, uscc=code(31))
    active(cast, uscc=code(31))
    old = existing(cast, uscc=code(32), handler=PersonSeen("", ""))
    existing(cast, uscc=code(33))
    active(cast, kind=ServiceKind.SWITCHBOARD, number="02583000001", uscc=code(31))
    made = register_agent(
        cast["shop"], name="快通", uscc=code(90), legal=PersonSeen("王", "11010519491231002X"),
        committed_on=timezone.localdate(), key=key(),
    )  # fmt: skip
    flagged(cast, old, "incomplete")
    form = {one.code: one.value for one in figures.weekly_form(cast.people["checker"], **week())}
    assert form["form.2.400.users"] == 3
    assert form["form.2.400.real_name"] == 6667
    assert form["form.2.400.checked"] == 5000
    assert (form["form.2.400.closed_users"], form["form.2.400.closed_numbers"]) == (0, 0)
    assert (form["form.2.switchboard.users"], form["form.2.switchboard.checked"]) == (1, None)
    assert (form["form.2.one_number.users"], form["form.2.one_number.real_name"]) == (0, None)
    assert (form["form.3.agents"], form["form.3.revoked"]) == (1, 0)
    take(cast["shop"], [made], "find_breach", table=AGENT, key=key(), data={"breach": "card_farming", "note": "养卡"})
    take(cast["shop"], [made], "revoke", table=AGENT, key=key(), reason="养卡")
    form = {one.code: one.value for one in figures.weekly_form(cast.people["checker"], **week())}
    assert (form["form.3.agents"], form["form.3.revoked"]) == (0, 1)
    assert all(one.definition for one in figures.weekly_form(cast.people["checker"], **week()))
