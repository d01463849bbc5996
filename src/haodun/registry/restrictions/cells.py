"""A blast radius as pages show it: the four cells with the split by carrier, and what to look at first."""

from __future__ import annotations

from typing import Any

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from haodun.offices.organisations.services import find
from haodun.offices.transitions.services import BlastRadius, cap_of
from haodun.registry.restrictions.blast import Radius


def blast_cells(radius: BlastRadius, cap: str) -> dict[str, Any]:
    """For `console/parts/blast.html`."""
    english = (get_language() or "").startswith("en")
    units = find().filter(id__in=[key for key in radius.carriers if key])
    names = {str(unit.id): unit.name_en if english else unit.name_zh for unit in units}
    carriers = [(names.get(key, _("无归属运营商")), count) for key, count in radius.carriers.items()]
    note = ""
    if isinstance(radius, Radius):
        note = _("单位 %(organisations)s，个人 %(persons)s，未登记 %(unknown)s") % {
            "organisations": radius.organisations,
            "persons": radius.persons,
            "unknown": radius.unknown,
        }
    return {
        "numbers": radius.numbers,
        "cap": cap_of(cap),
        "holders": radius.holders,
        "holders_note": note,
        "trusted": radius.trusted,
        "trusted_note": _("请先核对可信登记") if radius.trusted else _("无"),
        "provinces": {code: count for code, count in radius.provinces.items() if code},
        "provinces_note": "",
        "carriers": sorted(carriers, key=lambda pair: -pair[1]),
        "over": _("超过单件上限，请分批办理。") if radius.numbers > cap_of(cap) else "",
    }


def blast_flags(radius: BlastRadius) -> list[dict[str, str]]:
    """What an approver should look at first, for `console/parts/flag.html`."""
    found = []
    if radius.trusted:
        title = ngettext("%(n)s 个号码在可信号码目录中", "%(n)s 个号码在可信号码目录中", radius.trusted)
        words = _("可信登记与这次处置互相矛盾，请先查清是哪一个不对。")
        found.append({"tone": "crit", "icon": "badge-check", "title": title % {"n": radius.trusted}, "words": words})
    if isinstance(radius, Radius) and radius.quiet:
        title = ngettext("%(n)s 个号码近 90 天没有异常通话", "%(n)s 个号码近 90 天没有异常通话", radius.quiet)
        words = _("请核对依据。")
        found.append({"tone": "ser", "icon": "activity", "title": title % {"n": radius.quiet}, "words": words})
    if isinstance(radius, Radius) and radius.recently_changed:
        title = ngettext("%(n)s 个号码 30 日内换过持有人", "%(n)s 个号码 30 日内换过持有人", radius.recently_changed)
        words = _("只作用于当前持有区间；前持有人不受影响。")
        found.append({"tone": "ser", "icon": "users", "title": title % {"n": radius.recently_changed}, "words": words})
    return found
