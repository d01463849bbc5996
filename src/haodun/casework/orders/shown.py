"""How orders look on pages: rows of the queue, steps, the approval sheet; sentences, tones and icons, no HTML."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from haodun.casework.orders.models import NumberState, Order, OrderNumber
from haodun.casework.orders.numbers import Exclusion
from haodun.casework.orders.queries import SETTLED
from haodun.casework.orders.sayings import saying
from haodun.casework.orders.states import TABLE
from haodun.offices.organisations.services import find
from haodun.offices.transitions.services import (
    Actor,
    BlastRadius,
    Clock,
    Preview,
    Refused,
    StepRecord,
    cap_of,
    clocks_of,
    steps_of,
)
from haodun.registry.restrictions.services import LAWS, Basis, Radius

TONES = {
    "RECEIVED": ("neu", "inbox"),
    "VALIDATED": ("neu", "circle-dashed"),
    "ROUTED": ("two", "stamp"),
    "DISPATCHED": ("info", "circle-dot"),
    "EXECUTED": ("ok", "check"),
    "REPORTED": ("info", "arrow-right"),
    "FED_BACK": ("ok", "circle-check"),
    "SENT_BACK": ("cau", "undo-2"),
    "REJECTED": ("neu", "x"),
    "WITHDRAWN": ("neu", "x"),
    "REVERSED": ("neu", "undo-2"),
}
"""Tone and icon of each state's chip (CONSOLE.md §3)."""
NUMBER_TONES = {
    NumberState.PENDING: ("neu", "circle-dashed"),
    NumberState.EXECUTED: ("ok", "circle-check"),
    NumberState.NOT_OURS: ("cau", "info"),
    NumberState.ALREADY_CLOSED: ("ok", "check"),
    NumberState.REJECTED: ("neu", "x"),
    NumberState.REVERSED: ("neu", "undo-2"),
}
VERBS = ("send_back", "reject", "withdraw", "acknowledge", "recall")
"""Verbs with a button on the order's page, in their order; approval and correction have pages of their own."""
SEALS: dict[str, str | Promise] = {
    **dict.fromkeys(("file", "file_urgent", "correct"), gettext_lazy("已提出")),
    "approve": gettext_lazy("已复核"),
}
"""The stamp of each of the two persons, by what they did."""
WAY: dict[str, str | Promise] = {
    "RECEIVED": gettext_lazy("收文"),
    "VALIDATED": gettext_lazy("核验"),
    "ROUTED": gettext_lazy("分派"),
    "DISPATCHED": gettext_lazy("复核下发"),
    "EXECUTED": gettext_lazy("全网执行"),
    "REPORTED": gettext_lazy("上报结果"),
    "FED_BACK": gettext_lazy("公安确认"),
}
"""The step that leads to each state of the way, as its name."""
PATH = tuple(WAY)
SIDE = ("SENT_BACK", "REJECTED", "WITHDRAWN", "REVERSED")


def chinese() -> bool:
    """Whether this page is Chinese."""
    return not (get_language() or "").startswith("en")


def sentence(refused: Refused) -> str:
    """A refusal in the page's language."""
    return refused.zh if chinese() else refused.en


def told(action: str) -> str:
    """What somebody did, as a history says it."""
    return str(saying(action).told)


def titled(thing: Any) -> str:
    """`zh` or `en` of a state, transition, text."""
    return str(thing.zh if chinese() else thing.en)


def named(unit: Any) -> str:
    """The name of an organisation in the page's language."""
    return str(unit.name_zh if chinese() else unit.name_en)


def clock_of(clocks: Sequence[Clock]) -> dict[str, Any] | None:
    """The clock to show: the running one, else the last stopped."""
    if not clocks:
        return None
    clock = clocks[0]
    paused = clock.paused_at is not None and clock.stopped_at is None
    calendar = _("%(calendar)s 日历") % {"calendar": clock.calendar.upper()}
    source = f"{_(clock.source)} ({calendar})"
    return {
        "started_at": clock.started_at,
        "due_at": clock.due_at,
        "met_at": clock.stopped_at,
        "paused": _("等来文补正") if paused else "",
        "source": source,
    }


def rows(
    orders: Sequence[Any],
    receipts: Mapping[uuid.UUID, Mapping[str, int]],
    people: Mapping[uuid.UUID, str],
    *,
    now: datetime,
) -> list[dict[str, Any]]:
    """Rows of the queue table."""
    clocks: dict[uuid.UUID, list[Clock]] = {}
    for clock in clocks_of(TABLE.name, [order.id for order in orders]):
        clocks.setdefault(clock.object_id, []).append(clock)
    return [_row(order, receipts.get(order.id, {}), people, clocks.get(order.id, []), now=now) for order in orders]


def _row(
    order: Any,
    receipts: Mapping[str, int],
    people: Mapping[uuid.UUID, str],
    clocks: Sequence[Clock],
    *,
    now: datetime,
) -> dict[str, Any]:
    tone, icon = TONES[order.state]
    return {
        "id": order.id,
        "late": order.due < now,
        "clock": clock_of(clocks),
        "document": order.document,
        "address": reverse("orders:order", args=[order.id]),
        "under": named(order.issuing_unit),
        "category": order.get_category_display(),
        "count": receipts.get("total", 0),
        "receipts": receipts,
        "tone": tone,
        "icon": icon,
        "state": titled(TABLE.state(order.state)),
        "state_note": order.note,
        "officer": people.get(order.filed_by, ""),
    }


def steps(order: Order, people: Mapping[uuid.UUID, str]) -> list[dict[str, Any]]:
    """Where the order stands: the seven steps of its way, the one that is due, and how it left it."""
    when: dict[str, StepRecord] = {record.to_state: record for record in steps_of(TABLE.name, order.id)}
    stopped = order.state in SIDE
    reached = max((PATH.index(name) for name in when if name in PATH), default=0)
    shown: list[dict[str, Any]] = []
    for place, name in enumerate(PATH):
        state = "done" if place <= reached else "now" if place == reached + 1 and not stopped else "todo"
        note = _note(when[name], people) if state == "done" and name in when else ""
        shown.append({"title": WAY[name], "note": note, "state": state})
    if stopped and order.state in when:
        title = titled(TABLE.state(order.state))
        shown.insert(reached + 1, {"title": title, "note": _note(when[order.state], people), "state": "stopped"})
    return shown


def _note(record: StepRecord, people: Mapping[uuid.UUID, str]) -> str:
    at = f"{timezone.localtime(record.at):%m-%d %H:%M}"
    name = people.get(record.actor, "")
    return f"{name} {at}".strip()


def history(order: Order, people: Mapping[uuid.UUID, str]) -> list[dict[str, Any]]:
    """Each step taken, newest first."""
    return [
        {
            "at": record.at,
            "title": told(record.action),
            "who": people.get(record.actor) or _("系统"),
            "reason": record.reason,
            "seal": SEALS.get(record.action, ""),
        }
        for record in reversed(steps_of(TABLE.name, order.id))
    ]


def exclusion(reason: str) -> str:
    """Why a number is not part of an order, in words."""
    return {
        Exclusion.EMERGENCY: _("应急号码，任何情况下都不关停"),
        Exclusion.OFFICIAL: _("官方短号码，不是用户号码"),
        Exclusion.TRUSTED: _("在可信号码目录中，名义被冒用，应转溯源"),
        "removed": _("补正时去掉"),
        "withdrawn": _("来文已撤回"),
        "rejected": _("来文已驳回"),
        "recalled": _("来文已撤销"),
        "appeal": _("申诉成立"),
    }.get(reason, "")


def blast(radius: BlastRadius, cap: str) -> dict[str, Any]:
    """The four cells and the split by carrier."""
    names = {str(unit.id): named(unit) for unit in find().filter(id__in=[key for key in radius.carriers if key])}
    carriers = [(names.get(key, _("无归属运营商")), count) for key, count in radius.carriers.items()]
    over = ""
    if radius.numbers > cap_of(cap):
        over = _("超过单件上限，请退回后分件登记。")
    return {
        "numbers": radius.numbers,
        "cap": cap_of(cap),
        "holders": radius.holders,
        "holders_note": _holders(radius),
        "trusted": radius.trusted,
        "trusted_note": _("须先退回剔除") if radius.trusted else _("无"),
        "provinces": {code: count for code, count in radius.provinces.items() if code},
        "provinces_note": "",
        "carriers": sorted(carriers, key=lambda pair: -pair[1]),
        "over": over,
    }


def _holders(radius: BlastRadius) -> str:
    if not isinstance(radius, Radius):
        return ""
    return _("单位 %(organisations)s，个人 %(persons)s，未登记 %(unknown)s") % {
        "organisations": radius.organisations,
        "persons": radius.persons,
        "unknown": radius.unknown,
    }


def flags(radius: BlastRadius) -> list[dict[str, str]]:
    """What an approver should look at first."""
    found = []
    if radius.trusted:
        title = ngettext("%(n)s 个号码在可信号码目录中", "%(n)s 个号码在可信号码目录中", radius.trusted)
        words = _("不能关停可信号码；请退回补正。")
        found.append({"tone": "crit", "icon": "badge-check", "title": title % {"n": radius.trusted}, "words": words})
    if isinstance(radius, Radius) and radius.quiet:
        title = ngettext("%(n)s 个号码近 90 天没有异常通话", "%(n)s 个号码近 90 天没有异常通话", radius.quiet)
        words = _("可能是新号，也可能来文有误；请核对依据。")
        found.append({"tone": "ser", "icon": "activity", "title": title % {"n": radius.quiet}, "words": words})
    if isinstance(radius, Radius) and radius.recently_changed:
        title = ngettext("%(n)s 个号码 30 日内换过持有人", "%(n)s 个号码 30 日内换过持有人", radius.recently_changed)
        words = _("只作用于当前持有区间；前持有人不受影响。")
        found.append({"tone": "ser", "icon": "users", "title": title % {"n": radius.recently_changed}, "words": words})
    return found


def approval(
    order: Order, *, radius: BlastRadius, refusal: Refused | None, people: Mapping[uuid.UUID, str], key: str, cap: str
) -> dict[str, Any]:
    """The approval sheet (CONSOLE.md §5), without the button where the person may not approve."""
    tone, icon = TONES[order.state]
    count = radius.numbers
    will = _(
        "向 %(carriers)s 家运营商下发 %(count)s 个号码的双向关停，随即在全网入口生效；"
        "%(holders)s 位持有人收到告知和申诉入口；应急呼叫不受影响。可随时撤销，撤销同样在全网生效。"
    ) % {"carriers": sum(1 for name in radius.carriers if name), "count": count, "holders": radius.holders}
    return {
        "tone": tone,
        "icon": icon,
        "state": titled(TABLE.state(order.state)),
        "urgent": order.urgency == "urgent",
        "document": order.document,
        "under": f"{named(order.issuing_unit)}，{order.get_category_display()}",
        "clock": clock_of(clocks_of(TABLE.name, [order.id])),
        "steps": steps(order, people),
        "will": will,
        "blast": blast(radius, cap),
        "flags": flags(radius),
        "basis": [(_("法律依据"), titled(LAWS[Basis(order.basis)])), (_("备注"), order.remark or "—")],
        "seals": _seals(order, people),
        "confirms": [_("已核对来文单位和文号"), _("已看过影响范围和上面列出的号码")],
        "verb": ngettext("同意，下发 %(n)s 个号码", "同意，下发 %(n)s 个号码", count) % {"n": count},
        "action": reverse("orders:approve", args=[order.id]),
        "seen": radius.digest(),
        "key": key,
        "extra": [("version", order.version)],
        "others": [("send_back", _("退回提出人"))],
        "why_not": sentence(refusal) if refusal else "",
        "ready": _("身份已再次验证；同意后立即下发。"),
        "page": reverse("orders:approve", args=[order.id]),
    }


def _seals(order: Order, people: Mapping[uuid.UUID, str]) -> list[dict[str, Any]]:
    return [
        {
            "words": _("已提出"),
            "wait": False,
            "name": people.get(order.filed_by, ""),
            "unit": named(order.filing_unit),
            "at": order.created_at,
        },
        {"words": _("待复核"), "wait": True, "name": _("另一人"), "unit": "", "at": None},
    ]


def law_of(order: Order) -> str:
    """The clause the order rests on."""
    return titled(LAWS[Basis(order.basis)])


def number_row(row: OrderNumber, subject: uuid.UUID) -> dict[str, Any]:
    """One number of the order, by its opaque subject id."""
    tone, icon = NUMBER_TONES[NumberState(row.state)]
    return {
        "number": row.number,
        "subject": subject,
        "carrier": named(row.carrier) if row.carrier else _("无归属运营商"),
        "tone": tone,
        "icon": icon,
        "state": row.get_state_display(),
        "why": exclusion(row.reason),
    }


def by_carrier(numbers: Sequence[OrderNumber]) -> list[dict[str, Any]]:
    """Receipts of each carrier: numbers settled of how many."""
    found: dict[str, dict[str, Any]] = {}
    for row in numbers:
        if row.state == NumberState.REJECTED:
            continue
        name = named(row.carrier) if row.carrier else _("无归属运营商")
        cell = found.setdefault(name, {"name": name, "total": 0, "done": 0})
        cell["total"] += 1
        cell["done"] += row.state in SETTLED
    return sorted(found.values(), key=lambda cell: str(cell["name"]))


def verbs(
    order: Order, actor: Actor, look: Callable[[Actor, Order, str], Preview], *, proved: bool
) -> list[dict[str, Any]]:
    """What the person could do with this order: the verbs of its state that the role has; `why` disables one.

    `proved`: the session has the second proof; without it a verb that needs one leads to it first (`prove`).
    """
    found = []
    for name in ("approve", "correct", *VERBS):
        step = TABLE.step(name, order.state)
        if step is None or not (actor.system or step.permission in actor.permissions):
            continue
        refusal, said = look(actor, order, name).refusal, saying(name)
        found.append(
            {
                "name": name,
                "title": _("复核这件来文") if name == "approve" else said.button,
                "asks": said.asks if step.needs_reason else "",
                "means": said.means,
                "why": sentence(refusal) if refusal else "",
                "prove": step.needs_sudo and not proved,
                "address": _address(order, name),
                "page": name in ("approve", "correct"),
            }
        )
    return found


def _address(order: Order, name: str) -> str:
    if name in ("approve", "correct"):
        return reverse(f"orders:{name}", args=[order.id])
    return reverse("orders:step", args=[order.id, name])
