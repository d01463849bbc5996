"""A short account of a country in words: who calls, how much, and which fraud is in it."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow.compute as pc

from haodun.lab.country.country import Country
from haodun.lab.country.errors import CountryError

_WORDS = {
    "zh": ("群体", "呼叫", "主叫", "普通", "普通·高频", "诈骗", "合成国家", "次呼叫"),
    "en": ("group", "calls", "callers", "ordinary", "ordinary, heavy", "fraud", "synthetic country", "calls"),
}


@dataclass(frozen=True)
class Group:
    """One population or campaign of a country."""

    name: str
    title: str
    fraud: bool
    heavy: bool
    calls: int
    callers: int
    """Distinct numbers shown."""


def groups(country: Country, lang: str) -> list[Group]:
    """Populations, then campaigns, as the scenario has them; `lang` is zh or en."""
    _words(lang)
    titles = {habit.name: habit.title for habit in country.scenario.habits}
    counted = country.labels.group_by("population").aggregate([("caller", "count"), ("caller", "count_distinct")])
    by_name = {row["population"]: (row["caller_count"], row["caller_count_distinct"]) for row in counted.to_pylist()}
    fraud = set(pc.unique(country.labels["campaign"].combine_chunks()).to_pylist()) if len(country.labels) else set()
    heavy = {population.name for population in country.scenario.populations if population.heavy}
    found = []
    for name, title in titles.items():
        calls, callers = by_name.get(name, (0, 0))
        shown = name if title is None else title.zh if lang == "zh" else title.en
        found.append(Group(name, shown, name in fraud, name in heavy, calls, callers))
    return found


def describe(country: Country, lang: str = "zh") -> str:
    """The same as a plain table, one line for each group that has calls; `lang` is zh or en."""
    group, calls, callers, ordinary, heavy, fraud, head, unit = _words(lang)
    title = country.scenario.title.zh if lang == "zh" else country.scenario.title.en
    lines = [f"{title} ({head}): {len(country.calls):,} {unit}", f"{group}\t{calls}\t{callers}\t"]
    for entry in groups(country, lang):
        if entry.calls:
            kind = fraud if entry.fraud else heavy if entry.heavy else ordinary
            lines.append(f"{entry.title}\t{entry.calls:,}\t{entry.callers:,}\t{kind}")
    return "\n".join(lines)


def _words(lang: str) -> tuple[str, ...]:
    if lang not in _WORDS:
        raise CountryError(f"{lang!r} is no language of ours; write zh or en.")
    return _WORDS[lang]
