"""How entries of the ledger read on pages: who, what, why in words; sentences, tones and icons, no HTML."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from haodun.audit.services import LOOKS, Listed, ListedItem, Sealing, Verification
from haodun.console.formatting import stamp
from haodun.console.reader import language
from haodun.numbering import mask
from haodun.offices.organisations.models import Organisation
from haodun.offices.organisations.services import Purpose
from haodun.offices.transitions.services import SYSTEM_ID
from haodun.registry.restrictions.services import LAWS

PAGES = {"order": "orders:order", "appeal": "appeals:appeal", "snapshot": "edges:publication"}
"""Object types whose things have a page, and its name; the page itself decides who may see it."""
STALE_S = 120
"""Entries that wait longer for a seal mean that the sealer does not run."""
MAX_TOLD = 12
"""Findings of a verification that a page tells; the command tells more."""
_DIALLED = re.compile(r"(?<![0-9A-Za-z-])\+?[0-9]{7,15}(?![0-9A-Za-z-])")
_KEY = re.compile(r"[0-9]{3,15}")
_HAN = re.compile("[㐀-鿿]")


@dataclass(frozen=True, slots=True)
class Names:
    """Names of people and organisations, by id."""

    people: Mapping[uuid.UUID, str]
    units: Mapping[uuid.UUID, str]


def names_of(people: Iterable[uuid.UUID | None], units: Iterable[uuid.UUID | None]) -> Names:
    """Look the names up, in the page's language."""
    wanted = {one for one in people if one is not None}
    users = get_user_model()._default_manager.filter(pk__in=wanted)
    found = Organisation.objects.filter(id__in={one for one in units if one is not None})
    chinese = language() != "en"
    return Names(
        {user.pk: str(user) for user in users}, {one.id: one.name_zh if chinese else one.name_en for one in found}
    )


def names_in(rows: Sequence[Listed]) -> Names:
    """The names that these entries need: who acted, for whom, and the people and organisations they are about."""
    about = [_id(row.object_id) for row in rows if row.object_type in ("user", "organisation")]
    people = [*(row.actor for row in rows), *(row.on_behalf_of for row in rows), *about]
    return names_of(people, [*(row.organisation for row in rows), *about])


def entry_row(row: Listed, names: Names) -> dict[str, Any]:
    """One row of the table."""
    return {
        "id": row.id,
        "address": reverse("audit:entry", args=[row.id]),
        "at": row.at,
        "title": row.title_en if language() == "en" else row.title_zh,
        "look": row.kind in LOOKS,
        "who": who(row.actor, names),
        "person": row.actor if row.actor in names.people else None,
        "behalf": who(row.on_behalf_of, names) if row.on_behalf_of else "",
        "unit": names.units.get(row.organisation, "") if row.organisation else "",
        "unit_id": row.organisation,
        "number": number_of(row.subject_kind, row.subject_value),
        "subject": row.subject,
        "erased": row.subject is not None and not row.subject_kind,
        "object": object_words(row, names),
        "object_address": object_address(row),
        "items": row.items,
        "why": why(row),
        "place": row.place,
    }


def who(actor: uuid.UUID | None, names: Names) -> str:
    """The name of an account; the system and the public have none."""
    if actor is None:
        return _("系统或公众")
    if actor == SYSTEM_ID:
        return _("系统")
    return names.people.get(actor) or _("已删除的账号")


def why(row: Listed) -> list[str]:
    """Purpose and basis, in words where we have them."""
    purpose = str(Purpose(row.purpose).label) if row.purpose in Purpose.values else row.purpose
    return [one for one in (purpose, basis(row.basis)) if one]


def basis(code: str) -> str:
    """The authority in words: a statute that we know by its code, else as it was written."""
    law = next((text for one, text in LAWS.items() if one.value == code), None)
    if law is not None:
        return law.en if language() == "en" else law.zh
    return {"afl-32": _("《反电信网络诈骗法》第三十二条")}.get(code, code)


def number_of(kind: str, value: str) -> int | None:
    """The number that a subject means, None where it means none."""
    return int(value) if kind == "number" and _KEY.fullmatch(value) else None


def objects() -> dict[str, str]:
    """Types of objects in words."""
    return {
        "appeal": pgettext("一件", "申诉"),
        "delegation": pgettext("一件", "代办授权"),
        "edge": pgettext("一件", "入口"),
        "entry": pgettext("一件", "审计条目"),
        "notice": pgettext("一件", "告知"),
        "number": pgettext("一件", "号码"),
        "order": pgettext("一件", "关停指令"),
        "organisation": pgettext("一件", "单位"),
        "restriction": pgettext("一件", "限制"),
        "snapshot": pgettext("一件", "快照"),
        "subject": pgettext("一件", "主体标识"),
        "user": pgettext("一件", "账号"),
    }


def object_words(row: Listed, names: Names) -> str:
    """What an entry is about: its type, and its name where that is short and no secret."""
    title = objects().get(row.object_type, row.object_type)
    about = _id(row.object_id)
    name = ""
    if about is not None:
        name = names.people.get(about, "") or names.units.get(about, "")
    elif row.object_type in ("edge", "snapshot", "entry"):
        name = row.object_id
    return f"{title} {name}".strip()


def object_address(row: Listed) -> str:
    """The page of the thing, '' where it has none."""
    name = PAGES.get(row.object_type)
    if name is None or not row.object_id:
        return ""
    try:
        return reverse(name, args=[row.object_id])
    except NoReverseMatch:
        return ""


def body_pairs(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What else an entry says, field by field; anything that could be a telephone number is masked."""
    shown = []
    for name, value in sorted(body.items()):
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
        text = _DIALLED.sub(lambda found: mask(found[0]), text)
        shown.append({"name": name, "value": text, "chinese": bool(_HAN.search(text))})
    return shown


def item_row(item: ListedItem) -> dict[str, Any]:
    """One item of a bulk act."""
    return {
        "position": item.position + 1,
        "number": number_of(item.subject_kind, item.subject_value),
        "subject": item.subject,
        "erased": item.subject is not None and not item.subject_kind,
    }


def seal_flag(state: Sealing, now: datetime) -> dict[str, str]:
    """The first sentence of the page: is the ledger sealed up to now."""
    if state.problem:
        title = _("最近的检查点不能用来核对")
        return _flag("crit", "octagon-alert", title, _("它被撕坏、伪造，或公钥不对；不要覆盖它，请用命令核验。"))
    if state.checkpoint is None:
        title = _("还没有检查点")
        return _flag("ser", "triangle-alert", title, _("封存进程没有运行，或刚刚启动；在它运行之前，改动不会被发现。"))
    signed = state.checkpoint
    if state.unsealed and (now - signed.at).total_seconds() > STALE_S:
        title = _("封存停了：最近的检查点是 %(at)s") % {"at": stamp(signed.at)}
        return _flag("crit", "octagon-alert", title, _("之后的条目没有封存，改动不会被发现；请运维人员启动封存进程。"))
    if state.sealed < signed.size:
        title = _("账本比检查点短")
        words = _("检查点签了 %(size)s 条，库里只封存了 %(sealed)s 条：末尾被截掉，或恢复了旧备份。请立即核验。")
        return _flag("crit", "octagon-alert", title, words % {"size": signed.size, "sealed": state.sealed})
    title = _("账本已封存到第 %(place)s 位") % {"place": f"{state.sealed:,}"}
    words = _("封存不等于没有被改：核验把每一条与签过名的检查点重新对一遍。")
    return _flag("ok", "shield-check", title, words)


def _flag(tone: str, icon: str, title: str, words: str) -> dict[str, str]:
    return {"tone": tone, "icon": icon, "title": title, "words": words}


def told(found: Verification, seconds: float, now: datetime) -> dict[str, Any]:
    """The result of a verification as the session keeps it until it is shown."""
    return {
        "at": now.isoformat(),
        "whole": found.whole,
        "sealed": found.sealed,
        "unsealed": found.unsealed,
        "checkpoints": found.checkpoints,
        "covered": found.covered.size if found.covered else 0,
        "findings": [{"code": one.code, "place": one.place} for one in found.findings[:MAX_TOLD]],
        "more": max(0, len(found.findings) - MAX_TOLD) + found.untold,
        "ms": int(seconds * 1_000),
    }


def damage(finding: Mapping[str, Any]) -> str:
    """What a finding means, and where."""
    sentences = {
        "missing": _("第 %(place)s 位起缺失：条目连同封印被删除"),
        "deleted": _("第 %(place)s 位的条目被删除，封印还在"),
        "changed": _("第 %(place)s 位的条目在封存后被改动"),
        "reordered": _("第 %(place)s 位的条目与另一条被调换"),
        "chain": _("链在第 %(place)s 位断开：封印被改动"),
        "tree": _("第 %(place)s 位保存的散列与之前的条目不符"),
        "items": _("第 %(place)s 位的批量条目，其明细被改动、增减"),
        "rewritten": _("到第 %(place)s 位为止的账本被整段重写，与签名的检查点不符"),
        "cut": _("账本从第 %(place)s 位起被截掉"),
        "fork": _("大小为 %(place)s 的两个检查点互相矛盾：有两份历史"),
        "forged": _("有检查点的签名不成立：被伪造、撕坏，或公钥不对"),
    }
    return sentences.get(str(finding["code"]), _("第 %(place)s 位不对")) % {"place": finding["place"]}


def _id(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
