"""The head of the number page: what the numbering plan says, who holds it, what restricts it now."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from haodun.console.formatting import NO_DATA, Language, local, telephone
from haodun.console.reader import Reader
from haodun.numbering import Number, PlanFacts, load_plan, place_name
from haodun.numbering.wording import describe
from haodun.offices.organisations.services import Permission
from haodun.registry.restrictions.services import LAWS, MEASURES, Measure, seen_by
from haodun.registry.subscribers.services import Holding, holder_seen_by

_LOOKS = {Measure.BOTH_WAYS: ("crit", "ban"), Measure.OUTGOING: ("ser", "phone-off"), Measure.TIP: ("cau", "info")}
_SHORT = {
    Measure.BOTH_WAYS: ("已关停", "Shut down"),
    Measure.OUTGOING: ("暂停主叫", "Outgoing suspended"),
    Measure.TIP: ("提示", "Warned of"),
}


def facts_of(key: int, now: datetime, reader: Reader) -> list[dict[str, str]]:
    """Columns of the head: kind, allocation, place, holder; each with its note. Holders only for those who may."""
    zh, number, plan = reader.lang == "zh", telephone(key), load_plan()
    known = plan.facts(number)
    said = describe(number, known, reader.lang)
    what, _, rest = said.partition("，" if zh else ", ")
    facts = [
        {"title": "类型" if zh else "Kind", "words": what.partition("（" if zh else " (")[0],
         "note": f"号码计划 {_edition(plan.version)}" if zh else f"plan of {_edition(plan.version)}"},
        _place(known, reader.lang) | {"note": _portable(rest, number, zh)},
    ]  # fmt: skip
    if reader.user is not None and reader.may(Permission.SUBSCRIBER_READ):
        facts.append(_holder(holder_seen_by(key, now, reader.user), zh))
    return facts


def _place(known: PlanFacts, lang: Language) -> dict[str, str]:
    """Province in the page's language; the city has only its Chinese name, which is left out where it says the same."""
    province, city = place_name(known.province, lang), known.city
    name = "" if city == place_name(known.province, "zh") else city
    words = province or ("" if name else NO_DATA)
    return {"title": "归属地" if lang == "zh" else "Place", "words": words, "name": name}


def _edition(version: str) -> str:
    """The date in a plan's version; the packages it was made with stand in the explanation."""
    return version.partition("+")[0].rpartition("/")[2]


def _portable(rest: str, number: Number, zh: bool) -> str:
    if "携号" not in rest and "portable" not in rest:
        return ""
    return "可携号，不等于现服务网络" if zh else "portable: not the serving network"


def _holder(held: Holding | None, zh: bool) -> dict[str, str]:
    title = "当前持有人" if zh else "Holder now"
    if held is None:
        return {
            "title": title,
            "words": NO_DATA,
            "note": "没有您可以看的持有区间" if zh else "no interval that you may see",
        }
    since = local(held.since).strftime("%Y-%m-%d")
    return {
        "title": title,
        "words": held.masked_name,
        "lang": "zh-Hans",
        "note": f"{since} 起" if zh else f"since {since}",
    }


def restrictions_of(key: int, now: datetime, reader: Reader) -> list[dict[str, Any]]:
    """What restricts the number now: chip, measure, law, since and until; [] for those who may not see it."""
    if reader.user is None or not reader.may(Permission.RESTRICTION_READ):
        return []
    index = 0 if reader.lang == "zh" else 1
    found = []
    for one in seen_by(key, reader.user):
        if not one.in_force(now):
            continue
        tone, icon = _LOOKS[one.measure]
        found.append({
            "tone": tone, "icon": icon, "short": _SHORT[one.measure][index],
            "measure": getattr(MEASURES[one.measure], reader.lang), "law": getattr(LAWS[one.basis], reader.lang),
            "starts": one.starts, "ends": one.until, "id": one.id,
        })  # fmt: skip
    return found
