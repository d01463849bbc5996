"""One table of cases for each kind of text, read in both languages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from haodun.console import formatting as words
from haodun.console.clocks import face

NOON = datetime(2026, 11, 23, 6, 32, tzinfo=UTC)
"""14:32 in Beijing, a Monday."""


@pytest.mark.parametrize(
    ("number", "zh", "en_table", "en_tile"),
    [
        (None, "—", "—", "—"),
        (0, "0", "0", "0"),
        (9_999, "9,999", "9,999", "9,999"),
        (10_000, "1万", "10,000", "10,000"),
        (4_863_127, "486.3万", "4,863,127", "4.86M"),
        (4_869_999, "486.9万", "4,869,999", "4.86M"),
        (99_999_999, "9,999.9万", "99,999,999", "99.99M"),
        (104_999_999, "1.04亿", "104,999,999", "104.99M"),
        (2_500_000_000, "25亿", "2,500,000,000", "2.5bn"),
    ],
)
def test_a_quantity_is_truncated_never_rounded_up(number: int | None, zh: str, en_table: str, en_tile: str) -> None:
    assert words.quantity(number, "zh") == zh
    assert words.quantity(number, "en") == en_table
    tile = words.figure(number, "en")
    assert tile.value + tile.unit == en_tile


@pytest.mark.parametrize(
    ("seconds", "zh", "en"),
    [
        (40, "40 秒", "40 s"),
        (60, "1 分", "1 min"),
        (540, "9 分", "9 min"),
        (3_600, "1 时", "1 h"),
        (4_020, "1 时 07 分", "1 h 07 min"),
        (86_400, "1 天", "1 d"),
        (266_400, "3 天 2 时", "3 d 2 h"),
    ],
)
def test_a_duration_has_at_most_two_units(seconds: int, zh: str, en: str) -> None:
    assert words.duration(timedelta(seconds=seconds), "zh") == zh
    assert words.duration(timedelta(seconds=seconds), "en") == en


def test_a_time_is_beijing_time_in_tables_in_sentences_and_as_a_heading() -> None:
    assert words.stamp(NOON) == "2026-11-23 14:32"
    assert words.prose(NOON, "zh") == "11 月 23 日 14:32 星期一"
    assert words.prose(NOON, "en") == "Mon 23 Nov 14:32"
    assert words.day(NOON, "zh") == "2026 年 11 月 23 日 星期一"
    assert words.span(NOON, None, "zh") == "2026-11-23 至今"
    assert words.span(NOON, NOON + timedelta(days=2), "en") == "2026-11-23 – 2026-11-25"
    with pytest.raises(ValueError, match="must have a zone"):
        words.stamp(NOON.replace(tzinfo=None))


@pytest.mark.parametrize(
    ("used", "total", "tone", "zh", "en"),
    [
        (32, 120, "neu", "剩 1 时 28 分", "1 h 28 min left"),
        (60, 120, "cau", "剩 1 时", "1 h left"),
        (90, 120, "ser", "剩 30 分", "30 min left"),
        (111, 120, "ser", "剩 9 分", "9 min left"),
        (119.99, 120, "ser", "剩 1 分", "1 min left"),
        (120, 120, "crit", "逾期 1 分", "1 min overdue"),
        (132, 120, "crit", "逾期 12 分", "12 min overdue"),
    ],
)
def test_a_clock_says_what_is_left_and_turns_at_half_three_quarters_and_the_end(
    used: float, total: int, tone: str, zh: str, en: str
) -> None:
    start = NOON - timedelta(minutes=used)
    for lang, said in (("zh", zh), ("en", en)):
        seen = face(started_at=start, due_at=start + timedelta(minutes=total), now=NOON, lang=lang)  # type: ignore[arg-type]
        assert (seen.tone, seen.words) == (tone, said)


def test_a_clock_that_was_met_shows_the_time_it_took_and_one_that_stands_shows_why() -> None:
    start = NOON - timedelta(hours=3)
    met = face(
        started_at=start, due_at=start + timedelta(hours=2), now=NOON, lang="zh", met_at=start + timedelta(minutes=67)
    )
    assert (met.tone, met.words, met.below, met.started_at) == ("ok", "用时 1 时 07 分", "限 2 时", None)
    paused = face(started_at=start, due_at=NOON, now=NOON, lang="en", paused="waits for papers")
    assert (paused.words, paused.below, paused.used) == ("Clock paused", "waits for papers", None)


@pytest.mark.parametrize(
    ("due", "zh", "en"),
    [
        (timedelta(minutes=9), "14:41 到期", "due 14:41"),
        (timedelta(hours=19), "明日 09:32 到期", "due tomorrow 09:32"),
        (timedelta(days=3), "11-26 14:32 到期", "due 11-26 14:32"),
        (timedelta(days=60), "2027-01-22 14:32 到期", "due 2027-01-22 14:32"),
    ],
)
def test_when_a_clock_ends_is_said_as_near_as_it_is(due: timedelta, zh: str, en: str) -> None:
    assert words.due(NOON + due, NOON, "zh") == zh
    assert words.due(NOON + due, NOON, "en") == en


@pytest.mark.parametrize(
    ("number", "masked", "plain"),
    [
        (8617123458306, "171 **** 8306", "171 2345 8306"),
        (862584560110, "025 **** 0110", "025 8456 0110"),
        (86110, "110", "110"),
        (8610086, "10086", "10086"),
        (442079460123, "+44 **** 0123", "+44 2079460123"),
        ("１７１", "(not_ascii)", "(not_ascii)"),
    ],
)
def test_a_number_is_masked_in_groups_and_copies_as_plain_digits(number: int | str, masked: str, plain: str) -> None:
    assert " ".join(words.masked_groups(number)) == masked
    assert " ".join(words.plain_groups(number)) == plain


def test_documents_and_names_keep_their_ends_only() -> None:
    assert words.masked_document("41272519900101203X") == "412***********203X"
    assert words.masked_document("12345678") == "********"
    assert words.masked_name("王五一") == "王**"
    assert words.masked_name("  ") == "—"
    assert words.percent(9996, 10_000) == "99%"
    assert words.percent(965, 1_000, places=1) == "96.5%"
    assert words.percent(1, 0) == "—"
    assert words.counted(1_001) == ">1,000"
