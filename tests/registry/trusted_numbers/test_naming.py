"""Which names are refused, and why: look-alikes, state organs, banks, claims."""

from __future__ import annotations

import pytest

from haodun.offices.transitions.services import Refused
from haodun.registry.trusted_numbers.naming import check_en, check_zh, skeleton
from haodun.registry.trusted_numbers.wording import check_purpose

COURIER, COURIER_EN = "南京顺达速递有限公司", "Nanjing Shunda Courier Co Ltd"
BANK = "江苏商业银行股份有限公司"


@pytest.mark.parametrize(
    ("name", "registered"),
    [
        ("顺达速递", COURIER),
        ("南京顺达客服", COURIER),
        ("顺达速递配送（南京）", COURIER),
        ("江苏商业银行", BANK),
        ("江苏商行客服", BANK),
    ],
)
def test_a_registered_name_or_its_short_form_passes(name: str, registered: str) -> None:
    check_zh(name, registered=registered)


@pytest.mark.parametrize(
    "name",
    [
        "顺",  # too short
        "顺达速递有限公司南京市鼓楼区客服",  # too long
        "顺达★速递",
        "顺达 速递",
        "顺达\u200b速递",
        "ШундaКурьер",
        "南京公安",
        "南京顺达银行",
        "反诈中心",
        "官方客服",
        "中国移动客服",
        "客服热线",  # nobody's name
        "达顺速递",  # another order of characters is another name
        "京东快递",
    ],
)
def test_every_other_name_is_refused_with_a_sentence(name: str) -> None:
    with pytest.raises(Refused) as found:
        check_zh(name, registered=COURIER)
    assert found.value.code == "name"
    assert found.value.zh.endswith("。")
    assert found.value.en.endswith(".")


@pytest.mark.parametrize("name", ["Shunda Courier", "Shunda Courier Delivery", "Nanjing Shunda"])
def test_an_english_short_form_passes(name: str) -> None:
    check_en(name, registered=COURIER_EN)


@pytest.mark.parametrize(
    "name",
    ["S", "Shunda\nCourier", 'Shunda "Courier"', "Shunda Bank", "Nanjing Police", "State Tax", "Customer Care"],
)
def test_an_english_claim_is_refused(name: str) -> None:
    with pytest.raises(Refused):
        check_en(name, registered=COURIER_EN)


def test_a_taxi_is_no_tax() -> None:
    check_en("Jinling Taxi Service", registered="Jinling Taxi Ltd")


@pytest.mark.parametrize(
    ("one", "other"), [("顺达速递", "顺达 速递"), ("ABC0", "abcO"), ("未来", "末来"), ("l1I快递", "IIl快递")]
)
def test_names_that_an_eye_confuses_have_one_skeleton(one: str, other: str) -> None:
    assert skeleton(one) == skeleton(other)


@pytest.mark.parametrize(
    ("purpose", "words", "hotline"),
    [
        ("", "派送前与收件人联系", False),
        ("delivery", "派送", False),
        ("delivery", "派送，请看 www.example.com 网站", False),
        ("delivery", "请回拨 025-8811000 联系我们", False),
        ("service", "向老客户推销新产品和贷款", False),
        ("hotline", "只接听客户来电，从不外呼", False),
        ("delivery", "派送前与收件人联系", True),
    ],
)
def test_a_purpose_that_does_not_fit_is_refused(purpose: str, words: str, hotline: bool) -> None:
    with pytest.raises(Refused) as found:
        check_purpose(purpose, words, inbound_only=hotline)
    assert found.value.code == "purpose"
