"""Raw number strings to Number: repeated texts, texts met for the first time, and foreign ones."""

from __future__ import annotations

from haodun.lab.benchmarks.row import Row, rate
from haodun.numbering import IngressClass, load_plan, parse

COUNT = 20_000


def run() -> list[Row]:
    """Parses per CPU second on one core."""
    fresh = iter(range(10_000_000))

    def repeated() -> int:
        for _ in range(COUNT):
            parse("13912345678", IngressClass.INTER_NETWORK)
        return COUNT

    def first_met() -> int:
        for _ in range(COUNT):
            parse(f"1391{next(fresh):07d}", IngressClass.INTER_NETWORK)
        return COUNT

    def foreign() -> int:
        for _ in range(COUNT // 10):
            parse(f"004420{79460000 + next(fresh) % 10_000_000}", IngressClass.INTERNATIONAL)
        return COUNT // 10

    def facts() -> int:
        plan = load_plan("CN")
        for _ in range(COUNT):
            plan.facts(parse(f"1392{next(fresh):07d}", IngressClass.INTER_NETWORK))
        return COUNT

    return [
        Row("numbers", "parse, a text met before", rate(repeated), "numbers/s"),
        Row("numbers", "parse, a Chinese mobile met first", rate(first_met), "numbers/s"),
        Row("numbers", "parse, a foreign number met first", rate(foreign), "numbers/s"),
        Row("numbers", "parse and plan facts, met first", rate(facts), "numbers/s"),
    ]
