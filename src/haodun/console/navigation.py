"""The rail: groups and entries in their order; a person sees what exists here and what the roles allow."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from haodun.console.reader import Reader
from haodun.offices.organisations.services import Permission


@dataclass(frozen=True, slots=True)
class Count:
    """How many things wait behind an entry."""

    open: int = 0
    late: int = 0
    """Overdue ones: shown as a red badge instead."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the rail, as declared."""

    url: str
    """Name of its address; an entry whose name nobody answers to is not shown."""
    icon: str
    title: str | Promise
    permission: Permission | None = None
    """None: everybody who is signed in."""
    key: str = ""
    """The letter after `g`."""


@dataclass(frozen=True, slots=True)
class Group:
    """Entries under one heading; the first group has none."""

    title: str | Promise
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """One entry of the rail, as drawn."""

    entry: Entry
    address: str
    current: bool
    count: Count = field(default_factory=Count)


GROUPS = (
    Group(
        "",
        (
            Entry("home", "layout-grid", _("工作台"), key="h"),
            Entry("situation", "activity", _("态势"), Permission.SITUATION_READ, key="s"),
            Entry("search", "search", _("查号"), Permission.NUMBER_LOOKUP, key="n"),
        ),
    ),
    Group(
        _("处置"),
        (
            Entry("orders:desk", "ban", _("关停指令"), Permission.ORDER_READ, key="o"),
            Entry("appeals:desk", "undo-2", _("申诉"), Permission.APPEAL_READ, key="p"),
            Entry("messages:home", "message-square-warning", _("告知与短信"), Permission.NOTICE_READ),
        ),
    ),
    Group(
        _("登记"),
        (
            Entry("subscribers:home", "id-card", _("实名登记"), Permission.SUBSCRIBER_READ),
            Entry("own_cards:desk", "smartphone", _("一证通查"), Permission.CARDS_READ),
            Entry("card_clusters:home", "users", _("黑卡卡群"), Permission.CLUSTER_READ),
            Entry("reregistration:home", "user-check", _("补登记"), Permission.REREGISTRATION_READ),
            Entry("key_services:home", "headset", _("重点业务"), Permission.SERVICE_READ, key="k"),
            Entry("voice_lines:home", "network", _("语音专线"), Permission.VOICE_LINE_READ, key="v"),
            Entry("voice_lines:devices", "siren", _("违法设备"), Permission.DEVICE_READ),
            Entry("key_services:agents", "building-2", _("代理渠道"), Permission.AGENT_READ),
            Entry("key_services:blacklist", "ban", _("渠道黑名单"), Permission.BLACKLIST_READ),
            Entry("resellers:home", "flag", _("转售企业检查"), Permission.RESELLER_READ),
            Entry("plan:home", "hash", _("号码资源"), Permission.PLAN_READ),
            Entry("trusted:mine", "badge-check", _("我的号码"), Permission.TRUSTED_APPLY),
            Entry("trusted:desk", "shield-check", _("可信号码登记"), Permission.TRUSTED_READ),
            Entry("policies:home", "scale", _("策略"), Permission.POLICY_READ, key="c"),
            Entry("edges:home", "radio-tower", _("入口与快照"), Permission.SNAPSHOT_READ, key="e"),
        ),
    ),
    Group(_("宣传"), ()),
    Group(
        _("监督"),
        (
            Entry("tokens", "key-round", _("接口令牌"), Permission.TOKEN_ISSUE),
            Entry("audit:home", "history", _("审计"), Permission.AUDIT_READ),
            Entry("nodes:home", "network", _("节点互联"), Permission.NODE_READ),
            Entry("parts", "list-checks", _("部件样张")),
        ),
    ),
)

Counter = Callable[[HttpRequest], Count]
_counters: dict[str, Counter] = {}


def count_with(url: str, counter: Counter) -> None:
    """Let a context say how many things wait behind its entry; called from `console/counting.py`."""
    _counters[url] = counter


def address_of(url: str) -> str | None:
    """The address of a name, None where nothing answers to it."""
    try:
        return reverse(url)
    except NoReverseMatch:
        return None


def rail(
    request: HttpRequest, reader: Reader, *, hidden: Iterable[str] = (), counted: bool = True
) -> list[tuple[Group, list[Link]]]:
    """Groups with the entries this person may open here; empty groups are left out.

    The current entry is the longest address that begins the request's path.
    """
    found: list[tuple[Group, list[Link]]] = []
    unseen = set(hidden)
    for group in GROUPS:
        links = []
        for entry in group.entries:
            address = None if entry.url in unseen else address_of(entry.url)
            if address is None or not (entry.permission is None or reader.may(entry.permission)):
                continue
            counter = _counters.get(entry.url) if counted else None
            links.append(Link(entry, address, False, counter(request) if counter else Count()))
        if links:
            found.append((group, links))
    return _mark(found, request.path)


def _mark(groups: list[tuple[Group, list[Link]]], path: str) -> list[tuple[Group, list[Link]]]:
    links = [link for _, links in groups for link in links]
    within = [link for link in links if path == link.address or (link.address != "/" and path.startswith(link.address))]
    best = max(within, key=lambda link: len(link.address), default=None)
    return [
        (group, [Link(link.entry, link.address, link is best, link.count) for link in links]) for group, links in groups
    ]
