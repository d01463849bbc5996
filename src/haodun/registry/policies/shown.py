"""How edges and publications look on pages: rows, tiles, flags; sentences, tones and icons, no HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from haodun.registry.policies.edges import is_silent
from haodun.registry.policies.limits import SILENT_AFTER
from haodun.registry.policies.models import Edge, Publication, Receipt

Standing = tuple[str, str, str, str]
"""Tone, icon, word, note of an edge's chip (CONSOLE.md §3)."""
ORDER = ("crit", "ser", "cau", "neu", "ok")
"""Worst first."""


def standing(edge: Edge, newest: int, *, now: datetime, refused: Mapping[int, str]) -> Standing:
    """How an edge stands to the newest snapshot; `refused` are the edges that refused it, and why."""
    if edge.revoked_at is not None:
        return "neu", "circle-slash", _("已停用"), ""
    if edge.last_seen is None:
        return "crit", "unlink", _("从未连接"), _("还没有用令牌连过，不拦任何来电")
    if is_silent(edge, now):
        return "crit", "unlink", _("失联"), _("按最后一份快照继续判定，名单逐条到期放行")
    if not edge.version and newest:
        return "ser", "triangle-alert", _("没有快照"), _("名单不起作用，名单上的号码照常放行")
    if edge.pk in refused and edge.version < newest:
        return "ser", "octagon-alert", _("拒绝快照"), refused[edge.pk]
    if edge.version < newest:
        behind = newest - edge.version
        note = ngettext("还差 %(n)s 版", "还差 %(n)s 版", behind) % {"n": behind}
        return "cau", "hourglass", _("落后"), note
    if edge.mode == "observe":
        return "neu", "eye", _("只观察"), _("已同步；只记录，一通也不拦")
    return "ok", "circle-check", _("同步"), ""


def edge_row(edge: Edge, newest: int, *, now: datetime, refused: Mapping[int, str]) -> dict[str, Any]:
    """One row of the table of edges."""
    tone, icon, word, note = standing(edge, newest, now=now, refused=refused)
    return {
        "id": edge.pk,
        "name": edge.name,
        "address": reverse("edges:edge", args=[edge.pk]),
        "organisation": edge.organisation,
        "mode": mode(edge.mode),
        "heard": heard(edge.last_seen, now),
        "last_seen": edge.last_seen,
        "version": edge.version or None,
        "behind": max(0, newest - edge.version),
        "tone": tone,
        "icon": icon,
        "state": word,
        "note": note,
        "late": tone == "crit",
    }


def worst_first(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What needs a person stands above what does not; else by name."""
    return sorted(rows, key=lambda row: (ORDER.index(row["tone"]), row["name"]))


def mode(value: str) -> str:
    """observe or enforce in words."""
    return {"observe": pgettext("方式", "观察"), "enforce": pgettext("方式", "执行")}.get(value, value)


def heard(at: datetime | None, now: datetime) -> timedelta | None:
    """How long ago an edge was heard of, None for never."""
    return None if at is None else max(timedelta(0), now - at)


def publication_row(row: Publication, edges: Sequence[Edge], refused: int) -> dict[str, Any]:
    """One row of the table of publications; `edges` are those within reach, `refused` how many of them refused it."""
    return {
        "version": row.version,
        "address": reverse("edges:publication", args=[row.version]),
        "kind": kind(row.kind),
        "cause": cause(row.cause),
        "numbers": row.numbers,
        "added": row.added,
        "removed": row.removed,
        "bytes": size(row.bytes),
        "created_at": row.created_at,
        "done": sum(edge.version >= row.version for edge in edges),
        "total": len(edges),
        "refused": refused,
        "executed_at": row.executed_at,
        "took": took(row),
    }


def took(row: Publication) -> str:
    """From publication until every live edge had executed it, '' where that is still to come."""
    return "" if row.executed_at is None else short(row.executed_at - row.created_at)


def short(length: timedelta) -> str:
    """A length of time of which parts of a second matter: 412 毫秒, 3.2 秒, 9 分."""
    ms = max(0, length // timedelta(milliseconds=1))
    if ms < 1_000:
        return _("%(n)s 毫秒") % {"n": ms}
    if ms < 60_000:
        return _("%(n)s 秒") % {"n": f"{ms // 100 / 10:.1f}"}
    minutes = ms // 60_000
    if minutes < 60:
        return _("%(n)s 分") % {"n": minutes}
    return _("%(n)s 时") % {"n": minutes // 60}


def ago(length: timedelta) -> str:
    """How long something is past, in whole units: 44 秒, 9 分, 3 时, 2 天."""
    seconds = max(0, int(length.total_seconds()))
    if seconds < 60:
        return _("%(n)s 秒") % {"n": seconds}
    if seconds < 3_600:
        return _("%(n)s 分") % {"n": seconds // 60}
    if seconds < 86_400:
        return _("%(n)s 时") % {"n": seconds // 3_600}
    return _("%(n)s 天") % {"n": seconds // 86_400}


def kind(value: str) -> str:
    """full or delta in words."""
    return {"full": pgettext("快照", "全量"), "delta": pgettext("快照", "增量")}.get(value, value)


def cause(value: str) -> str:
    """Why something was published."""
    return {
        "placed": _("采取限制"),
        "renewed": _("延长限制"),
        "lifted": _("解除限制"),
        "lapsed": _("号码换了持有人"),
        "daily": _("每日全量"),
        "by hand": _("人工发布"),
        "policy": _("策略变更"),
    }.get(value, value)


def receipt_state(value: str) -> Standing:
    """Chip of a receipt."""
    return {
        "received": ("info", "circle-dot", _("已收到"), ""),
        "executed": ("ok", "circle-check", _("已执行"), ""),
        "refused": ("ser", "octagon-alert", _("拒绝"), ""),
    }[value]


def size(count: int) -> str:
    """Bytes with a unit, truncated."""
    for unit, step in (("MB", 1 << 20), ("KB", 1 << 10)):
        if count >= step:
            return f"{count * 10 // step / 10:,.1f} {unit}"
    return f"{count} B"


def tiles(rows: Sequence[dict[str, Any]], published: Sequence[Publication], now: datetime) -> list[dict[str, Any]]:
    """The figures above the tables; those about edges only for who sees any."""
    found = []
    if published:
        newest = published[0]
        numbers = newest.numbers
        line = _("%(kind)s，%(ago)s前发布") % {"kind": kind(newest.kind), "ago": ago(now - newest.created_at)}
        found.append(_tile(_("最新快照"), newest.version, line, reverse("edges:publication", args=[newest.version])))
        if numbers is not None:
            found.append(_tile(_("名单上的号码"), numbers, _("各名单合计，随最新快照生效"), "#publications"))
    if rows:
        even = sum(row["behind"] == 0 and not row["late"] for row in rows)
        lost = sum(row["late"] for row in rows)
        line = _("%(total)s 个入口，%(lost)s 个失联") % {"total": len(rows), "lost": lost}
        found.append(_tile(_("已同步的入口"), even, line, "#edges", warn=bool(lost)))
    lengths = [row.executed_at - row.created_at for row in published if row.executed_at is not None]
    if lengths:
        middle = int(median(length // timedelta(milliseconds=1) for length in lengths))
        line = ngettext(
            "%(n)s 次发布的中位数，到在线入口全部执行", "%(n)s 次发布的中位数，到在线入口全部执行", len(lengths)
        )
        line %= {"n": len(lengths)}
        found.append(_tile(_("全网执行用时"), middle, line, "#publications", unit=_("毫秒")))
    return found


def _tile(title: str, value: int, line: str, address: str, *, unit: str = "", warn: bool = False) -> dict[str, Any]:
    return {"title": title, "value": value, "unit": unit, "line": line, "address": address, "warn": warn}


def verdict(rows: Sequence[dict[str, Any]], newest: int) -> dict[str, str] | None:
    """The first sentence of the page: is anything failing open, is everything in step. None without edges."""
    if not rows:
        return None
    lost = [row["name"] for row in rows if row["tone"] == "crit"]
    bare = [row["name"] for row in rows if row["tone"] == "ser"]
    behind = [row["name"] for row in rows if row["tone"] == "cau"]
    watching = [row["name"] for row in rows if row["tone"] == "neu"]
    if lost:
        title = ngettext("%(n)s 个入口联系不上", "%(n)s 个入口联系不上", len(lost)) % {"n": len(lost)}
        words = _("失联的入口按最后一份快照继续判定，新的处置到不了那里，旧的名单逐条到期放行：%(names)s")
        return _flag("crit", "unlink", title, words, lost)
    if bare:
        title = ngettext("%(n)s 个入口没有按最新快照拦截", "%(n)s 个入口没有按最新快照拦截", len(bare)) % {
            "n": len(bare)
        }
        return _flag("ser", "triangle-alert", title, _("名单上的号码在那里可能被放行：%(names)s"), bare)
    if behind:
        title = ngettext("%(n)s 个入口正在取快照", "%(n)s 个入口正在取快照", len(behind)) % {"n": len(behind)}
        return _flag("cau", "hourglass", title, _("通常一秒内执行；仍落后的请看该入口的日志：%(names)s"), behind)
    title = _("全部入口与快照 %(version)s 同步") % {"version": newest}
    if watching:
        return _flag("info", "eye", title, _("其中只观察、一通也不拦的：%(names)s"), watching)
    words = _("没有入口因为缺少快照或失联而放行。单通来电超时、过载和旁路由入口自己的指标报告。")
    return _flag("ok", "circle-check", title, words, [])


def _flag(tone: str, icon: str, title: str, words: str, names: Sequence[str]) -> dict[str, str]:
    shown = names[:8]
    joined = pgettext("列举", "，").join(shown)
    if len(names) > len(shown):
        joined += _("等 %(n)s 个") % {"n": len(names)}
    return {"tone": tone, "icon": icon, "title": title, "words": words % {"names": joined} if names else words}


def receipt_row(row: Receipt, published: datetime) -> dict[str, Any]:
    """One receipt, with how long after the publication it came."""
    tone, icon, word, _note = receipt_state(row.state)
    return {
        "edge": row.edge.name,
        "edge_address": reverse("edges:edge", args=[row.edge_id]),
        "version": row.publication_id,
        "address": reverse("edges:publication", args=[row.publication_id]),
        "tone": tone,
        "icon": icon,
        "state": word,
        "detail": row.detail,
        "at": row.at,
        "received_at": row.received_at,
        "after": short(row.received_at - published),
    }


def silent_after() -> int:
    """Seconds after which an edge counts as silent."""
    return int(SILENT_AFTER.total_seconds())
