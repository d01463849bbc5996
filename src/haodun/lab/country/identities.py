"""Invented persons and firms: numbers of documents and names that pass every check of form and belong to nobody."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from haodun.lab.country.draws import Ints, Words, below, hashed

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
GIVEN = "伟芳娜敏静磊强洋艳勇军杰娟涛明超兰霞平刚"
FIRMS = ("顺达", "恒信", "远航", "瑞丰", "华辰", "中汇", "联创", "金穗")
_BORN = date(1945, 1, 1)
_DAYS = 21_000
"""Births lie between 1945 and the middle of 2002."""
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_CODES = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CODE_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)


def resident_documents(keys: Words, *, province: list[str]) -> list[str]:
    """A citizen's number for each key, its check character right (GB 11643-1999)."""
    days = below(hashed(np.uint64(61), keys), _DAYS)
    county = below(hashed(np.uint64(62), keys), 99) + 1
    order = below(hashed(np.uint64(63), keys), 1000)
    births = [f"{_BORN + timedelta(days=day):%Y%m%d}" for day in range(_DAYS)]
    found = []
    for where, area, day, last in zip(province, county.tolist(), days.tolist(), order.tolist(), strict=True):
        body = f"{where}01{area:02d}{births[day]}{last:03d}"
        found.append(body + _CHECKS[sum(int(d) * w for d, w in zip(body, _WEIGHTS, strict=True)) % 11])
    return found


def names(keys: Words) -> list[str]:
    """A person's name for each key."""
    parts = [below(hashed(np.uint64(64 + place), keys), 20).tolist() for place in range(3)]
    return [SURNAMES[a] + GIVEN[b] + (GIVEN[c] if c % 2 else "") for a, b, c in zip(*parts, strict=True)]


def firms(keys: Words) -> list[str]:
    """A firm's name for each key."""
    which: Ints = below(hashed(np.uint64(67), keys), len(FIRMS))
    number: Ints = below(hashed(np.uint64(68), keys), 10_000)
    return [f"{FIRMS[a]}商务服务有限公司{b:04d}" for a, b in zip(which.tolist(), number.tolist(), strict=True)]


def credit_codes(keys: Words, *, province: list[str]) -> list[str]:
    """A unified social credit code for each key, its check character right (GB 32100-2015)."""
    words = [below(hashed(np.uint64(70 + place), keys), len(_CODES)).tolist() for place in range(9)]
    found = []
    for row, where in enumerate(province):
        body = f"91{where}0100" + "".join(_CODES[column[row]] for column in words)
        total = sum(_CODES.index(one) * weight for one, weight in zip(body, _CODE_WEIGHTS, strict=True))
        found.append(body + _CODES[(31 - total % 31) % 31])
    return found
