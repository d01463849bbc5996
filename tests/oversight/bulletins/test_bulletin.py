"""A bulletin's figures equal DuckDB's counts over the files, its rows are those counted, its sentences whole."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from tests.oversight.bulletins.conftest import Ask

from haodun.lab.country import Registry
from haodun.offices.organisations.models import Organisation, User
from haodun.offices.organisations.services import system
from haodun.offices.transitions.services import Actor
from haodun.oversight.bulletins.services import Bulletin, BulletinRefused, Period, bulletin, months_of, rows_of
from haodun.registry.key_services.services import NumbersInvolved, bring_in_involved
from haodun.registry.subscribers import figures as published
from haodun.registry.subscribers.models import Registration
from haodun.registry.subscribers.services import RealName, set_state

BASELINE, WINDOW = months_of("2025-09..2025-11"), months_of("2026-01..2026-02")
WHOLE = Period(date(2025, 9, 1), date(2026, 2, 28), BASELINE, WINDOW)
PART = Period(date(2025, 12, 1), date(2026, 1, 15), months_of("2025-10"), months_of("2025-12..2026-01"))
HAN = re.compile("[\u4e00-\u9fff]")


def half_up(part: int, whole: int) -> int | None:
    return None if whole == 0 else int((20_000 * part + whole) // (2 * whole))


def expected(ask: Ask, period: Period) -> dict[str, int | None]:
    """Every figure, from the files alone."""
    return {
        **_involved(ask, period),
        **_services(ask, period, "", "kind <> ''"),
        **_services(ask, period, ".400", "kind = '400'"),
        **_services_besides(ask, period),
        **_lines(ask, period),
        **_names(ask, period),
        **_resellers(ask, period),
    }


def _involved(ask: Ask, period: Period) -> dict[str, int | None]:
    def of(months: Any) -> int:
        places = ", ".join(str(year * 12 + month) for year, month in months)
        return int(
            ask(
                "select count(*) from (select distinct year(noticed_at) * 12 + month(noticed_at) as m, number "
                f"from involved where withdrawn_at is null and year(noticed_at) * 12 + month(noticed_at) in ({places}))"
            )[0]
        )

    before = {month: ((month[0] * 12 + month[1] - 2) // 12, (month[1] - 2) % 12 + 1) for month in period.window}
    found: dict[str, int | None] = {
        f"K3.{year}-{month:02d}": of([(year, month)])
        for year, month in {*period.baseline, *period.window, *before.values()}
    }
    base, after = (of(months) / len(months) for months in (period.baseline, period.window))
    found |= {"K3.baseline": int(base + 0.5), "K3.window": int(after + 0.5), "K4": round(10_000 * (1 - after / base))}
    for month, last in before.items():
        change = round(10_000 * (1 - of([month]) / of([last]))) if of([last]) else None
        found[f"K4b.{month[0]}-{month[1]:02d}"] = change
    return found


def _services(ask: Ask, period: Period, code: str, where: str) -> dict[str, int | None]:
    flagged, accepted, closed = ask(
        "select count(*) filter (flagged_on between $1 and $2), "
        "count(*) filter (flagged_on between $1 and $2 and rectified_on between $1 and $2), "
        f"count(*) filter (closed_on between $1 and $2) from key_services where {where}",
        *_days(period),
    )
    return {
        f"K8{code}.flagged": flagged,
        f"K8{code}.accepted": accepted,
        f"K8{code}.rate": half_up(accepted, flagged),
        f"K8{code}.closed": closed,
    }


def _services_besides(ask: Ask, period: Period) -> dict[str, int | None]:
    (users,) = ask("select count(distinct uscc) from key_services where flagged_on between $1 and $2", *_days(period))
    looked, used = ask(
        "select count(*) filter (least(checked_on, flagged_on) <= $1), count(*) from key_services "
        "where existing_since <= $1 and (closed_on is null or closed_on > $1)",
        _days(period)[1],
    )
    return {"K8.users": users, "K9.services": half_up(looked, used)}


def _lines(ask: Ask, period: Period) -> dict[str, int | None]:
    first, last = _days(period)
    tested, passed = ask(
        "select count(*), count(*) filter (good) from (select trunk, arg_max(passed, tested_on) as good "
        "from voice_line_tests where tested_on between $1 and $2 group by trunk)",
        first,
        last,
    )
    (closed,) = ask("select count(*) from voice_lines where closed_on between $1 and $2", first, last)
    used, done = ask(
        "select count(*), count(*) filter (authenticated and tested_on <= $1) from voice_lines "
        "where existing_since <= $1 and (closed_on is null or closed_on > $1)",
        last,
    )
    return {
        "lines.tested": tested, "lines.passed": passed, "lines.closed": closed,
        "K7.lines": used, "K7.done": done, "K7": half_up(done, used),
    }  # fmt: skip


def _names(ask: Ask, period: Period) -> dict[str, int | None]:
    before = (period.first - timedelta(days=1)).isoformat()
    found = {}
    for code, day, where in (
        ("K1", period.last.isoformat(), "true"),
        ("K1.resellers.before", before, "reseller is not null"),
        ("K1.resellers", period.last.isoformat(), "reseller is not null"),
    ):
        sql = f"select count(*) filter (status = 'valid'), count(*) from subscribers where since <= $1 and {where}"
        found[code] = half_up(*ask(sql, day))
    return found


def _resellers(ask: Ask, period: Period) -> dict[str, int | None]:
    days = _days(period)
    many, samples, good = ask(
        "select count(distinct reseller), count(*), count(*) filter (compliant) from reseller_samples "
        "where inspected_on between $1 and $2",
        *days,
    )
    notified, supply, users = ask(
        "select count(*) filter (notified_on between $1 and $2), count(*) filter (supply_stopped_on between $1 and $2),"
        " count(*) filter (users_stopped_on between $1 and $2) from reseller_cases",
        *days,
    )
    return {
        "resellers.inspected": many, "resellers.samples": samples, "resellers.compliant": good,
        "K1b": half_up(good, samples), "resellers.notified": notified, "resellers.supply": supply,
        "resellers.users": users,
    }  # fmt: skip


def _days(period: Period) -> tuple[str, str]:
    return period.first.isoformat(), period.last.isoformat()


@pytest.mark.parametrize("period", [WHOLE, PART], ids=["half a year", "six weeks"])
def test_every_figure_equals_what_duckdb_counts_in_the_files(period: Period, supervisor: User, ask: Ask) -> None:
    found = bulletin(supervisor, period)
    counted = expected(ask, period)
    print(f"\n{period.first} to {period.last}: figure, bulletin, DuckDB")
    for code, figure in found.figures.items():
        print(f"{code:<22} {figure.value!s:>8} {counted.get(code)!s:>8} {figure.unit}")
    assert {code: figure.value for code, figure in found.figures.items()} == counted
    assert {code for one in found.sentences for code in one.codes} <= set(found.figures)
    if period is WHOLE:
        assert all(value for code, value in counted.items() if code != "resellers.users"), counted


def test_the_rows_of_each_figure_are_those_it_counts(supervisor: User) -> None:
    found = bulletin(supervisor, WHOLE)
    for code, figure in found.figures.items():
        rows = list(rows_of(supervisor, figure))
        whole, part = {row["who"] for row in rows}, {row["who"] for row in rows if row["counts"]}
        if figure.rows.name == "samples":
            assert found.figures["resellers.samples"].value == sum(row["sample"] for row in rows)
            assert found.figures["resellers.compliant"].value == sum(row["compliant"] for row in rows)
        elif figure.rows.name == "involved":  # those of several months: the next test
            assert figure.value == len(whole) or code.startswith("K4") or code in ("K3.baseline", "K3.window"), code
        elif figure.whole is not None:
            assert (len(part), len(whole)) == (figure.part, figure.whole), code
        else:
            assert figure.value == len(part if code.endswith(("accepted", "passed", "done")) else whole), code
        assert len({row["id"] for row in rows}) == len(rows)


def test_the_drop_and_the_means_come_from_the_rows_that_they_name(supervisor: User, made: Registry) -> None:
    figures = bulletin(supervisor, WHOLE).figures
    codes = [code for code in figures if code[:2] in ("K3", "K4")]
    rows = {code: {row["who"] for row in rows_of(supervisor, figures[code])} for code in codes}
    for name, months in (("baseline", BASELINE), ("window", WINDOW)):
        total = len(rows[f"K3.{name}"])
        assert total == figures[f"K3.{name}"].part == sum(figures[f"K3.{y}-{m:02d}"].value or 0 for y, m in months)
        assert figures[f"K3.{name}"].value == int(total / len(months) + 0.5)
    assert rows["K4"] == rows["K3.baseline"] | rows["K3.window"]
    assert made.months[:3] == BASELINE


def test_each_figure_says_of_what_time_it_is(supervisor: User) -> None:
    figures = bulletin(supervisor, WHOLE).figures
    spans = {code: (str(one.since)[:10], str(one.until)[:10]) for code, one in figures.items()}
    assert spans["K3.2025-12"] == ("2025-12-01", "2026-01-01")
    assert spans["K3.baseline"] == ("2025-09-01", "2025-12-01")
    assert spans["K8.flagged"] == ("2025-09-01", "2026-03-01")
    assert spans["K7"] == ("None", "2026-03-01")
    assert spans["K1.resellers.before"] == ("None", "2025-09-01")


def test_shares_that_differ_never_read_the_same(supervisor: User) -> None:
    zh, _ = _of(bulletin(supervisor, WHOLE), "real_name.resellers")
    assert len(set(re.findall(r"[0-9.]+%", zh))) == 2, zh


def test_a_carriers_person_gets_the_figures_of_what_it_may_read(country: None, ask: Ask) -> None:
    carrier = User.objects.get(username="carrier-compliance")
    figures = bulletin(carrier, WHOLE).figures
    name = "甲网江苏公司"
    (flagged,) = ask("select count(*) from key_services where carrier = $1 and flagged_on is not null", name)
    (numbers,) = ask("select count(*) from subscribers where carrier = $1 and since <= '2026-02-28'", name)
    assert (figures["K8.flagged"].value, figures["K1"].whole) == (flagged, numbers)
    assert figures["resellers.inspected"].value == 0
    none = bulletin(carrier, Period(WHOLE.first, WHOLE.last, months_of("2025-07"), WINDOW))
    assert none.figures["K4"].value is None
    assert "无从比较" in _of(none, "involved.drop")[0]


def _of(found: Bulletin, topic: str) -> tuple[str, str]:
    (one,) = (one for one in found.sentences if one.topic == topic)
    return one.zh, one.en


def test_sentences_are_whole_in_both_languages(supervisor: User) -> None:
    found = bulletin(supervisor, WHOLE)
    for one in found.sentences:
        assert one.zh.endswith("。")
        assert one.en.endswith(".")
        assert not HAN.search(one.en)
        assert "%(" not in one.zh + one.en
    topics = [one.topic for one in found.sentences]
    assert topics[0] == "involved.drop"
    assert {"services.all", "lines.authentication", "real_name.all", "resellers.stops"} <= set(topics)
    zh, en = _of(found, "involved.drop")
    assert zh.startswith("涉案“400”号码由2025年9月至2025年11月的月均")
    assert "September 2025 to November 2025" in en
    assert "，尚未发布。" in _of(found, "real_name.all")[0]


@pytest.fixture
def minister(supervisor: User) -> Actor:
    with system():
        ministry = Organisation.objects.get(name_zh="信息通信主管部")
    return Actor(user_id=supervisor.id, organisation_id=ministry.id, role="supervisor", system=True)


def test_a_published_rate_is_said_as_published_and_a_revision_with_its_day_and_reason(
    supervisor: User, minister: Actor
) -> None:
    given = next(one for one in published.publish(WHOLE.last, actor=minister) if one.figure.dimension == "all")
    assert "与" in _of(bulletin(supervisor, WHOLE), "real_name.all")[0]
    _spoil(600)
    zh, en = _of(bulletin(supervisor, WHOLE), "real_name.all")
    assert zh.endswith("尚未修订。")
    assert "not revised yet" in en
    published.revise(given.id, reason="迟到的核验结果", actor=minister)
    zh, _ = _of(bulletin(supervisor, WHOLE), "real_name.all")
    assert "修订为" in zh
    assert "原因：迟到的核验结果。" in zh
    first, revision = json.loads(_command("--json"))["published"]
    assert (first["value"], revision["revises"], revision["reason"]) == (
        given.figure.value,
        first["id"],
        "迟到的核验结果",
    )
    assert revision["value"] < first["value"]
    assert published.recomputed(given.id).numerator == given.figure.numerator


def _spoil(count: int) -> None:
    """So many numbers were never validly registered, as is found out now."""
    with system():
        rows = Registration.objects.filter(status="valid", valid__startswith__lt=WHOLE.since)
        chosen = list(rows.order_by("interval").values_list("interval", flat=True)[:count])
        set_state(chosen, since=WHOLE.since, status=RealName.FAILED, source="correction")


def test_the_sentence_of_the_public_report_of_2016_comes_out_of_its_counts(supervisor: User) -> None:
    ministry = Organisation.objects.get(name_zh="信息通信主管部")
    months = {1: 791, 2: 791, 3: 791, 5: 166, 6: 89}
    bring_in_involved(
        (NumbersInvolved(uuid4(), datetime(2016, month, 9, 12, tzinfo=UTC), _numbers(count), (ministry.id,)), None)
        for month, count in months.items()
    )
    period = Period(date(2016, 1, 1), date(2016, 6, 30), months_of("2016-01..2016-03"), months_of("2016-05..2016-06"))
    found = bulletin(supervisor, period)
    assert _of(found, "involved.drop") == (
        "涉案“400”号码由2016年1月至2016年3月的月均791个降至2016年5月至2016年6月的月均128个，降幅84%。",
        "Involved 400 numbers fell from a monthly mean of 791 in January 2016 to March 2016"
        " to 128 in May 2016 to June 2016, a drop of 84%.",
    )
    may, june = (one.zh for one in found.sentences if one.topic == "involved.month")
    assert may == "2016年5月涉案“400”号码166个；上月没有，无从比较。"
    assert june == "2016年6月涉案“400”号码89个，比上月下降46%。"


def _numbers(count: int) -> tuple[int, ...]:
    return tuple(864_001_000_000 + step for step in range(count))


def test_a_period_that_is_not_over_or_months_that_give_no_drop_are_refused(supervisor: User) -> None:
    future = Period(date(2026, 1, 1), date(2999, 1, 1), BASELINE, WINDOW)
    with pytest.raises(BulletinRefused, match="not over yet"):
        bulletin(supervisor, future)
    with pytest.raises(BulletinRefused, match="share a month"):
        bulletin(supervisor, Period(WHOLE.first, WHOLE.last, WINDOW, WINDOW))
    with pytest.raises(BulletinRefused, match="before it begins"):
        bulletin(supervisor, Period(WHOLE.last, WHOLE.first, BASELINE, WINDOW))
    with pytest.raises(BulletinRefused, match="no month"):
        months_of("2016-13")
    with pytest.raises(BulletinRefused, match="no range"):
        months_of("2016-02..2016-01")


def _command(*more: str) -> str:
    out = StringIO()
    asked = ("--user=supervisor", "--from=2025-09-01", "--to=2026-02-28", "--baseline=2025-09..2025-11")
    call_command("bulletin", *asked, "--window=2026-01..2026-02", *more, stdout=out)
    return out.getvalue()


def test_the_command_prints_text_json_and_the_rows_of_a_figure(supervisor: User) -> None:
    said = json.loads(_command("--json"))
    seven = said["figures"]["K7"]
    assert set(seven) >= {"value", "unit", "since", "until", "known_at", "definition", "version", "source", "rows"}
    assert seven["rows"] == {"name": "lines_in_use", "params": {"until": "2026-03-01T00:00:00+08:00"}}
    rows = [json.loads(line) for line in _command("--rows", "K7").splitlines()]
    assert (sum(row["counts"] for row in rows), len(rows)) == (seven["part"], seven["whole"])
    text = _command("--lang", "en")
    assert not HAN.search(text)
    assert all(one["en"] in text for one in said["sentences"])
    assert "86400" not in _command("--rows", "K4")
    with pytest.raises(CommandError, match="known are K3"):
        _command("--rows", "K99")
