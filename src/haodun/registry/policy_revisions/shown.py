"""How revisions and the rules in force look on pages: chips, rows, facts; no HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from haodun.offices.transitions.on_pages import chinese, named, people_of, titled
from haodun.registry.policy_revisions.carrying import Carried
from haodun.registry.policy_revisions.in_force import InForce
from haodun.registry.policy_revisions.models import Revision
from haodun.registry.policy_revisions.rule_steps import step_after
from haodun.registry.policy_revisions.states import TABLE
from haodun.registry.policy_revisions.wording import action_words, layer_words, stage_words
from haodun.registry.verdict_counts.services import Held
from haodun.screening.policy import Policy, Rule, Stage, StageKind

TONES: Mapping[str, tuple[str, str]] = {
    "DRAFTING": ("neu", "file-text"),
    "SUBMITTED": ("two", "stamp"),
    "APPROVED": ("info", "clipboard-check"),
    "PUBLISHED": ("ok", "circle-check"),
    "SUPERSEDED": ("neu", "history"),
    "WITHDRAWN": ("neu", "undo-2"),
}
"""Tone and icon of each state's chip (CONSOLE.md §3)."""
STAGES = {
    StageKind.SHADOW: ("neu", "circle-dashed"),
    StageKind.CANARY: ("cau", "circle-dot"),
    StageKind.ENFORCE: ("ok", "circle-check"),
}
OPEN = ("DRAFTING", "SUBMITTED", "APPROVED")
TABS: Mapping[str, tuple[str, ...]] = {
    "mine": OPEN,
    "approve": ("SUBMITTED", "APPROVED"),
    "history": ("PUBLISHED", "SUPERSEDED", "WITHDRAWN"),
}
"""Tab → states; `in_force` besides."""


def chip(row: Revision) -> dict[str, str]:
    """Tone, icon and words of a revision's state."""
    tone, icon = TONES[row.state]
    return {"tone": tone, "icon": icon, "words": titled(TABLE.state(row.state))}


def revision_rows(rows: Sequence[Revision]) -> list[dict[str, Any]]:
    """Rows of the queue; each comes with its organisation and base."""
    people = people_of(row.author for row in rows)
    return [
        {
            "address": reverse("policies:revision", args=[row.id]),
            "number": row.number,
            "why": row.why,
            "start": row.get_start_display(),
            "chip": chip(row),
            "of": named(row.organisation),
            "author": people.get(row.author, "—"),
            "base": base_name(row),
            "at": row.published_at or row.moved_at,
        }
        for row in rows
    ]


def base_name(row: Revision) -> str:
    """What a revision was drafted on."""
    if row.base is None:
        return _("站点的策略文件")
    return _("第 %(number)s 版") % {"number": row.base.number}


def rule_rows(policy: Policy, held: Mapping[str, Held]) -> list[dict[str, Any]]:
    """The rules of the policy in force, with what they met lately; those that are watched or on trial first."""
    order = {StageKind.SHADOW: 0, StageKind.CANARY: 1, StageKind.ENFORCE: 2}
    rules = sorted(policy.rules, key=lambda rule: order[rule.stage.kind])
    return [_rule_row(rule, held.get(rule.id, Held(0, 0, 0))) for rule in rules]


def _rule_row(rule: Rule, held: Held) -> dict[str, Any]:
    tone, icon = STAGES[rule.stage.kind]
    after = step_after(rule)
    return {
        "id": rule.id,
        "title": rule.title.zh if chinese() else rule.title.en,
        "layer": layer_words(rule.layer),
        "action": action_words(rule.action),
        "tone": tone,
        "icon": icon,
        "stage": stage_words(rule.stage),
        "carried_out": held.carried_out,
        "watched": held.watched,
        "watched_allowed": held.watched_allowed,
        "next": after,
        "next_words": stage_words(_stage(after)) if after else "",
    }


def _stage(text: str) -> Stage:
    kind, _space, share = text.partition(" ")
    return Stage(StageKind(kind), int(share or 0))


def what_holds(base: InForce, policy: Policy | None, carried: Carried | None) -> dict[str, str]:
    """The first thing of the page: which policy is in force, and whether the edges have it."""
    address, link = "", ""
    if base.revision is None:
        title = _("现行策略是站点的文件 %(name)s，还没有在这里发布过") % {"name": base.name}
    else:
        title = _("现行策略是第 %(number)s 版") % {"number": base.revision.number}
        address, link = reverse("policies:revision", args=[base.revision.id]), _("看这一版改了什么")
    if policy is None:
        words = _("它在这里不能单独载入，例如引用了名单文件；先起草一份不引用文件的。")
        return _flag("ser", "octagon-alert", title, words, address, link)
    words = _stages(policy) + (carried_words(carried) if base.revision is not None else "")
    late = base.revision is not None and carried is not None and carried.executed_at is None
    return _flag("cau" if late else "ok", "hourglass" if late else "circle-check", title, words, address, link)


def _stages(policy: Policy) -> str:
    kinds = [rule.stage.kind for rule in policy.rules]
    words = ngettext(
        "%(n)s 条规则，其中影子 %(shadow)s 条、灰度 %(canary)s 条。",
        "%(n)s 条规则，其中影子 %(shadow)s 条、灰度 %(canary)s 条。",
        len(kinds),
    )
    return words % {
        "n": len(kinds), "shadow": kinds.count(StageKind.SHADOW), "canary": kinds.count(StageKind.CANARY)
    }  # fmt: skip


def carried_words(carried: Carried | None) -> str:
    """Whether the edges have the policy in force; '' where nobody publishes here."""
    if carried is None:
        return ""
    if carried.waits:
        return _("快照等两名审批人签名，入口仍按上一版判定。")
    if not carried.version:
        return _("快照正在生成，入口仍按上一版判定。")
    if carried.executed_at is None:
        return _("已随快照 %(version)s 下发，还有在线入口未执行。") % {"version": carried.version}
    return _("在线入口已全部执行快照 %(version)s。") % {"version": carried.version}


def _flag(tone: str, icon: str, title: str, words: str, address: str, link: str) -> dict[str, str]:
    return {"tone": tone, "icon": icon, "title": title, "words": words, "address": address, "link": link}
