"""Cells that every table has: days in the ways people write them, choices by code or title, yes and no."""

from __future__ import annotations

import pytest
from django.utils.translation import override

from haodun.offices.sheets.services import CellError, moment, one_of, yes_no
from haodun.registry.subscribers.services import RealName


@pytest.mark.parametrize(
    "text", ["2016-10-01", "2016/10/1", "2016.10.1", "2016年10月1日", " 2016-10-01 ", "2016-10-01T00:00:00"]
)
def test_a_day_begins_at_midnight_in_beijing(text: str) -> None:
    assert moment(text).isoformat() == "2016-10-01T00:00:00+08:00"


@pytest.mark.parametrize("text", ["", "2016-13-01", "2016-02-30", "1.10.2016", "昨天", "２０１６-10-01", "20161"])
def test_what_is_no_day_is_said_to_be_none(text: str) -> None:
    with pytest.raises(CellError) as said:
        moment(text)
    assert "2016-10-01" in said.value.reason.zh and "2016-10-01" in said.value.reason.en


def test_a_choice_is_named_by_its_code_or_by_its_title_in_the_page_s_language() -> None:
    parse = one_of(RealName)
    assert parse("valid") == "valid"
    with override("zh-hans"):
        assert parse("已实名") == "valid" and parse(" 未登记 ") == "none"
    with override("en"), pytest.raises(CellError, match="none, incomplete, failed, valid"):
        parse("perhaps")


def test_yes_and_no_with_a_word_more() -> None:
    plain, more = yes_no(), yes_no(also_true="已核查", also_false="未核查")
    assert [plain(one) for one in ("是", "Yes", "1", "否", "no", "0")] == [True] * 3 + [False] * 3
    assert more("已核查") and not more("未核查")
    for text in ("", "已核查"):
        with pytest.raises(CellError):
            plain(text)
