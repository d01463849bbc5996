"""Raw number strings to Number: one by one (met again, met first, foreign), and in columns by the compiled reader."""

from __future__ import annotations

import itertools

import numpy as np
import pyarrow as pa

from haodun.lab.benchmarks.row import Row, rate
from haodun.numbering import IngressClass, load_plan, parse
from haodun.numbering.bulk import VALUES, Reader, read_one
from haodun.numbering.tables import china

COUNT = 20_000
COLUMN = 500_000
"""Texts of one column, each written once."""
ASKED = 5_000
"""Texts of a column that the scalar parser reads too, for the ratio."""
TARGET = 5e6
"""Texts in columns per second of one core, so that reading is a small part of a country's calls."""

_TRUNK = IngressClass.INTER_NETWORK


def run() -> list[Row]:
    """Parses per CPU second on one core."""
    fresh = itertools.count()
    return [*_one_by_one(fresh), *_in_columns(fresh)]


def _one_by_one(fresh: itertools.count[int]) -> list[Row]:
    def repeated() -> int:
        for _ in range(COUNT):
            parse("13912345678", _TRUNK)
        return COUNT

    def first_met() -> int:
        for _ in range(COUNT):
            parse(f"1391{next(fresh):07d}", _TRUNK)
        return COUNT

    def foreign() -> int:
        for _ in range(COUNT // 10):
            parse(f"004420{79460000 + next(fresh) % 10_000_000}", IngressClass.INTERNATIONAL)
        return COUNT // 10

    def facts() -> int:
        plan = load_plan("CN")
        for _ in range(COUNT):
            plan.facts(parse(f"1392{next(fresh):07d}", _TRUNK))
        return COUNT

    return [
        Row("numbers", "parse, a text met before", rate(repeated), "numbers/s"),
        Row("numbers", "parse, a Chinese mobile met first", rate(first_met), "numbers/s"),
        Row("numbers", "parse, a foreign number met first", rate(foreign), "numbers/s"),
        Row("numbers", "parse and plan facts, met first", rate(facts), "numbers/s"),
    ]


def _in_columns(fresh: itertools.count[int]) -> list[Row]:
    reader = Reader("CN")
    home, foreign, uris = (
        pa.array(texts, pa.string()) for texts in (_home(), _foreign(), _written("sip:+8613912{}@10.0.0.1"))
    )
    again = pa.array(_written("+86(139)12{}"), pa.string())
    reader.read(again, _TRUNK)

    def column(texts: pa.StringArray) -> float:
        def work() -> int:
            reader.read(texts, _TRUNK)
            return len(texts)

        return rate(work, repeats=5)

    fast = column(home)
    return [
        Row("numbers", "columns, numbers of home", fast, "numbers/s", TARGET),
        Row("numbers", "columns, foreign numbers", column(foreign), "numbers/s", TARGET),
        Row("numbers", "columns, plain sip: URIs", column(uris), "numbers/s", TARGET),
        Row("numbers", "columns, numbers in parentheses met again", column(again), "numbers/s"),
        Row("numbers", "columns, numbers in parentheses met first", _met_first(reader, fresh), "numbers/s"),
        Row("numbers", "columns over parse and facts, numbers of home", fast / _scalar(home), "times"),
        Row("numbers", "columns over parse and facts, foreign numbers", column(foreign) / _scalar(foreign), "times"),
        Row("numbers", "one number by the compiled entry, called from Python", _entered(reader), "numbers/s"),
    ]


def _home() -> list[str]:
    """Mobiles, fixed lines and short codes, half in full and half as dialled."""
    random = np.random.default_rng(1)
    mobile, areas = [*china().mobile], [*china().areas]
    codes = ["110", "10086", "95588", "4001234567", "12345", "10690123456789"[:12]]
    kinds = random.integers(0, 20, COLUMN).tolist()
    tails = random.integers(0, 10**9, COLUMN).tolist()
    texts = []
    for kind, tail in zip(kinds, tails, strict=True):
        if kind < 13:
            national = f"{mobile[tail % len(mobile)]}{tail:09d}"[:11]
            texts.append(f"+86{national}" if kind % 2 else national)
        elif kind < 18:
            area = areas[tail % len(areas)]
            fixed = f"{area}{2 + tail % 8}{tail:09d}"[: len(area) + china().areas[area].lengths[0]]
            texts.append(f"+86{fixed}" if kind % 2 else f"0{fixed}")
        else:
            texts.append(codes[tail % len(codes)])
    return texts


def _foreign() -> list[str]:
    """Numbers of some countries, each about ten times."""
    random = np.random.default_rng(2)
    fronts = ("+4420794", "+1415555", "+8180123", "0065612", "+85291", "+4915112", "+9198765")
    tails = random.integers(0, COLUMN // 10, COLUMN).tolist()
    return [f"{fronts[tail % len(fronts)]}{tail:05d}" for tail in tails]


def _written(form: str) -> list[str]:
    """Chinese mobiles in one form, each about ten times."""
    random = np.random.default_rng(3)
    return [form.format(f"{tail:06d}") for tail in random.integers(0, COLUMN // 10, COLUMN).tolist()]


def _met_first(reader: Reader, fresh: itertools.count[int]) -> float:
    def work() -> int:
        texts = [f"+86(13){next(fresh):09d}" for _ in range(COUNT)]
        reader.read(pa.array(texts, pa.string()), _TRUNK)
        return COUNT

    return rate(work)


def _scalar(texts: pa.StringArray) -> float:
    """The same texts by the scalar parser and the plan, other texts in each run."""
    plan = load_plan("CN")
    ahead = iter(texts.to_pylist())

    def work() -> int:
        for text in itertools.islice(ahead, ASKED):
            number = parse(str(text), _TRUNK)
            plan.facts(number)
            plan.is_home(number)
        return ASKED

    return rate(work)


def _entered(reader: Reader) -> float:
    data = np.frombuffer(b"+8613912345678", np.uint8)
    out = np.empty(VALUES, np.int64)
    read_one(reader.tables, data, 0, len(data), 2, out)

    def work() -> int:
        for _ in range(COUNT):
            read_one(reader.tables, data, 0, len(data), 2, out)
        return COUNT

    return rate(work)
