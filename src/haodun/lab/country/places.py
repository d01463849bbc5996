"""Where numbers live: provinces, cities and carriers of the mainland's ranges, and valid blocks abroad.

The 7-digit table of mobile ranges is that of the package `phone` (state of 2023-12); the networks and their holders are
those of the Ministry's list (公众移动通信网网号, state of 2023-03). Codes of provinces are GB/T 2260.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
import phonenumbers
from phone import Phone
from phonenumbers import PhoneNumberType

from haodun.lab.country.draws import Ints

PROVINCES = {
    "11": "北京", "12": "天津", "13": "河北", "14": "山西", "15": "内蒙古", "21": "辽宁", "22": "吉林", "23": "黑龙江",
    "31": "上海", "32": "江苏", "33": "浙江", "34": "安徽", "35": "福建", "36": "江西", "37": "山东", "41": "河南",
    "42": "湖北", "43": "湖南", "44": "广东", "45": "广西", "46": "海南", "50": "重庆", "51": "四川", "52": "贵州",
    "53": "云南", "54": "西藏", "61": "陕西", "62": "甘肃", "63": "青海", "64": "宁夏", "65": "新疆",
}  # fmt: skip
"""GB/T 2260 code to name."""

CARRIERS = ("telecom", "mobile", "unicom", "broadnet")
RESOLD = len(CARRIERS)
"""In a range's row: position of the carrier, plus RESOLD where a reseller sells it."""

_NETWORKS = {
    0: (133, 149, 153, 173, 177, 180, 181, 189, 190, 191, 193, 199),
    1: (
        134,
        135,
        136,
        137,
        138,
        139,
        147,
        150,
        151,
        152,
        157,
        158,
        159,
        172,
        178,
        182,
        183,
        184,
        187,
        188,
        195,
        197,
        198,
    ),
    2: (130, 131, 132, 145, 155, 156, 166, 175, 176, 185, 186, 196),
    3: (192,),
}
# The package's words: 1 Mobile, 2 Unicom, 3 Telecom, 4–6 their resellers, 7 Broadnet.
_HOLDER_OF_TYPE = {1: 1, 2: 2, 3: 0, 4: RESOLD + 0, 5: RESOLD + 2, 6: RESOLD + 1, 7: 3}
_RESOLD_NETWORKS = {162: (RESOLD,), 165: (RESOLD + 1,), 167: (RESOLD + 2,), 170: (4, 5, 6), 171: (RESOLD + 2,)}


@dataclass(frozen=True)
class Ranges:
    """Allocated 7-digit mobile ranges, sorted into cells of (seller, city)."""

    prefixes: Ints
    """1300000 … 1999999, cell by cell."""
    first: Ints
    """[seller, city] → first range of the cell. Seller: carrier, or RESOLD + carrier."""
    count: Ints
    """[seller, city] → ranges in the cell; at least 1 (an empty cell borrows from the province, then the country)."""


@dataclass(frozen=True)
class Places:
    """Cities and what is numbered in them."""

    provinces: tuple[str, ...]
    """GB/T 2260 codes."""
    city_province: Ints
    city_area: Ints
    """Area code without its 0: 10, 571."""
    city_local_digits: Ints
    """Length of a fixed number without area code: 7 or 8."""
    city_ranges: Ints
    """Allocated mobile ranges: how large the city is."""
    ranges: Ranges


@functools.cache
def places() -> Places:
    """The mainland by the installed range table; read once."""
    table, texts = _table()
    cities = _cities(texts)
    city_of_offset = {offset: cities[key] for offset, text in texts.items() if (key := _city_key(text)) in cities}
    position = np.array([city_of_offset.get(int(offset), -1) for offset in np.unique(table["offset"])], dtype=np.int64)
    city = position[np.searchsorted(np.unique(table["offset"]), table["offset"])]
    seller = _sellers(table["prefix"], table["type"])
    usable = (city >= 0) & (seller >= 0)
    codes = {name: code for code, name in PROVINCES.items()}
    provinces = tuple(PROVINCES)
    province = np.array([provinces.index(codes[key[0]]) for key in cities], dtype=np.int64)
    area = np.array([key[1] for key in cities], dtype=np.int64)
    return Places(
        provinces=provinces,
        city_province=province,
        city_area=area,
        city_local_digits=np.array([_local_digits(int(code)) for code in area], dtype=np.int64),
        city_ranges=np.bincount(city[usable], minlength=len(cities)).astype(np.int64),
        ranges=_ranges(
            table["prefix"][usable].astype(np.int64), seller=seller[usable], city=city[usable], province=province
        ),
    )


def _table() -> tuple[np.ndarray[tuple[int], np.dtype[np.void]], dict[int, str]]:
    phone = Phone()
    row = np.dtype([("prefix", "<i4"), ("offset", "<i4"), ("type", "u1")])
    table = np.frombuffer(phone.buf, dtype=row, offset=phone.first_phone_record_offset)
    texts = {int(at): phone.buf[at : phone.buf.find(b"\0", at)].decode() for at in np.unique(table["offset"])}
    return table, texts


def _city_key(text: str) -> tuple[str, int]:
    """Province and area code of `province|city|post code|area code`: cities that share an area code are one."""
    province, _, _, area = text.split("|")
    return province, int(area)


def _cities(texts: dict[int, str]) -> dict[tuple[str, int], int]:
    keys = sorted({_city_key(text) for text in texts.values()})
    known = [key for key in keys if key[0] in PROVINCES.values() and _local_digits(key[1])]
    return {key: position for position, key in enumerate(known)}


@functools.cache
def _local_digits(area: int) -> int:
    """8 or 7 by the national plan, 0 where the area code is no longer in use."""
    for digits in (8, 7):
        number = phonenumbers.PhoneNumber(country_code=86, national_number=int(f"{area}6{'1' * (digits - 1)}"))
        if phonenumbers.is_valid_number(number):
            return digits
    return 0


def _sellers(prefixes: Ints, types: Ints) -> Ints:
    """Seller of each range, -1 where table and Ministry's list differ."""
    network = prefixes // 10_000
    by_type = np.array([_HOLDER_OF_TYPE.get(kind, -1) for kind in range(256)], dtype=np.int64)[types]
    seller = np.full(len(prefixes), -1, dtype=np.int64)
    for holder, networks in _NETWORKS.items():
        own = np.isin(network, networks) & (by_type == holder) & (prefixes // 1000 != 1349)  # 1349: satellite
        seller[own] = holder
    for resold, holders in _RESOLD_NETWORKS.items():
        own = (network == resold) & np.isin(by_type, holders)
        seller[own] = by_type[own]
    return seller


def _ranges(prefixes: Ints, *, seller: Ints, city: Ints, province: Ints) -> Ranges:
    cities = len(province)
    # A country-wide and a province-wide order stand in for cells without a range of their own.
    order = np.lexsort((prefixes, city, province[city], seller))
    prefixes, seller, city = prefixes[order], seller[order], city[order]
    first = np.zeros((2 * RESOLD, cities), dtype=np.int64)
    count = np.zeros((2 * RESOLD, cities), dtype=np.int64)
    for sells in range(2 * RESOLD):
        whole = np.flatnonzero(seller == sells)
        if not len(whole):
            first[sells], count[sells] = first[sells % RESOLD], count[sells % RESOLD]
            continue
        for town in range(cities):
            own = whole[city[whole] == town]
            near = own if len(own) else whole[province[city[whole]] == province[town]]
            rows = near if len(near) else whole
            first[sells, town], count[sells, town] = rows[0], rows[-1] - rows[0] + 1
    return Ranges(prefixes=prefixes, first=first, count=count)


@functools.cache
def known_regions() -> frozenset[str]:
    """ISO 3166 codes of the regions abroad whose plan is known."""
    return frozenset(phonenumbers.SUPPORTED_REGIONS) - {"CN"}


@functools.cache
def foreign_blocks(region: str) -> Ints:
    """Blocks of 10,000 valid mobile numbers of a region: E.164 digits without the last four.

    Made by varying the digits before the last four of the region's example number and keeping what its plan allows.
    """
    example = phonenumbers.example_number_for_type(region, PhoneNumberType.MOBILE) or phonenumbers.example_number(
        region
    )
    if example is None or example.national_number is None:
        return np.array([], dtype=np.int64)
    national = example.national_number // 10_000
    width = min(1000, 10 ** max(1, len(str(national)) - 3))
    blocks = []
    for step in range(64):
        block = national - national % width + (national + step * 37) % width
        if all(_valid(example, block * 10_000 + tail) for tail in (0, 4321, 9999)):
            blocks.append(int(f"{example.country_code}{block}"))
    return np.array(sorted(set(blocks)) or [int(f"{example.country_code}{national}")], dtype=np.int64)


def _valid(example: phonenumbers.PhoneNumber, national: int) -> bool:
    number = phonenumbers.PhoneNumber(country_code=example.country_code, national_number=national)
    if example.italian_leading_zero:
        return False  # such a number cannot be written as an integer
    return phonenumbers.is_valid_number(number)
