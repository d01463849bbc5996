"""A difference between two policies in words: one sentence each for rules, fields, constants and lists."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from haodun.offices.transitions.on_pages import chinese
from haodun.screening.events import Action, Layer
from haodun.screening.explain.messages import ACTIONS, LAYERS
from haodun.screening.policy import FieldChange, Policy, PolicyDiff, Rule, RuleClass, Stage, StageKind, diff_policies

FIELDS: dict[str, str | Promise] = {
    "title.zh": gettext_lazy("中文名称"),
    "title.en": gettext_lazy("英文名称"),
    "layer": gettext_lazy("阶段顺序"),
    "stage": gettext_lazy("推行阶段"),
    "when": gettext_lazy("条件"),
    "action": gettext_lazy("动作"),
    "flags": gettext_lazy("标志"),
    "reason": gettext_lazy("原因码"),
    "class": gettext_lazy("类别"),
    "basis": gettext_lazy("法规依据"),
    "expires": gettext_lazy("到期"),
    "policy": gettext_lazy("策略代号"),
    "version": gettext_lazy("策略版本"),
    "home": gettext_lazy("本国"),
    "profile": gettext_lazy("应答方案"),
    "salt": gettext_lazy("灰度盐值"),
}
"""Field of a rule or of the head → its name."""
_CLASSES: dict[str, str | Promise] = {
    RuleClass.CRIMINAL.value: gettext_lazy("涉诈"),
    RuleClass.NUISANCE.value: gettext_lazy("骚扰"),
    RuleClass.MARKETING.value: gettext_lazy("营销"),
    RuleClass.UNKNOWN.value: gettext_lazy("未分类"),
}
_CANARY = re.compile(r"canary ([0-9]{1,4})")
_ENTRIES = re.compile(r"[-+]([0-9]+) entries")


@dataclass(frozen=True, slots=True)
class Sentence:
    """One thing that changes."""

    sign: str
    """+ for what comes, − for what goes, ~ for what is changed."""
    words: str
    details: tuple[str, ...] = ()
    """Of a changed rule: each field, old and new."""


@dataclass(frozen=True, slots=True)
class Summary:
    """All of it, and its first line."""

    counts: str
    sentences: tuple[Sentence, ...]


def summary(old: Policy, new: Policy) -> Summary:
    """What changes on the way from one policy to another, in the page's language."""
    found = diff_policies(old, new)
    return Summary(_counts(found), tuple(_sentences(found, old, new)))


def _counts(found: PolicyDiff) -> str:
    if not found:
        return _("规则没有变化；文字或注释可能有改动。")
    return _("规则新增 %(added)s 条、修改 %(changed)s 条、删除 %(removed)s 条；其他改动 %(other)s 处。") % {
        "added": len(found.added),
        "changed": len(found.changed),
        "removed": len(found.removed),
        "other": len(found.head) + len(found.constants) + len(found.lists),
    }


def _sentences(found: PolicyDiff, old: Policy, new: Policy) -> Iterator[Sentence]:
    for rule_id in found.added:
        rule = new.rule(rule_id)
        words = _("新增规则“%(title)s”（%(id)s）：%(action)s，%(stage)s。") % _named(rule)
        yield Sentence("+", words, (_("条件：%(when)s") % {"when": rule.when},))
    for rule_id in found.removed:
        yield Sentence("−", _("删除规则“%(title)s”（%(id)s）：%(action)s，%(stage)s。") % _named(old.rule(rule_id)))
    for change in found.changed:
        words = _("修改规则“%(title)s”（%(id)s）。") % _named(new.rule(change.id))
        yield Sentence("~", words, tuple(field_words(one) for one in change.fields))
    for one in found.constants:
        yield _constant(one)
    for one in found.lists:
        yield Sentence("~", _list(one))
    for one in found.head:
        yield Sentence("~", field_words(one))


def _named(rule: Rule) -> dict[str, str]:
    return {
        "title": rule.title.zh if chinese() else rule.title.en,
        "id": rule.id,
        "action": action_words(rule.action),
        "stage": stage_words(rule.stage),
    }


def field_words(change: FieldChange) -> str:
    """One field with its old and new value; a value there is none of is a dash."""
    shown: Callable[[str], str] = _SHOWN.get(change.field, str)
    named = str(FIELDS.get(change.field, change.field))
    values = [shown(value) if value or change.field == "action" else "—" for value in (change.old, change.new)]
    return _("%(field)s由 %(old)s 改为 %(new)s") % {"field": named, "old": values[0], "new": values[1]}


def _constant(change: FieldChange) -> Sentence:
    values = {"name": change.field, "old": change.old, "new": change.new}
    if not change.old:
        return Sentence("+", _("新增常数 %(name)s = %(new)s。") % values)
    if not change.new:
        return Sentence("−", _("删除常数 %(name)s（原为 %(old)s）。") % values)
    return Sentence("~", _("常数 %(name)s 由 %(old)s 改为 %(new)s。") % values)


def _list(change: FieldChange) -> str:
    counts = [found[1] if (found := _ENTRIES.fullmatch(text)) else "0" for text in (change.old, change.new)]
    return _("名单 %(name)s：减少 %(gone)s 条，增加 %(come)s 条。") % {
        "name": change.field.removeprefix("list "),
        "gone": counts[0],
        "come": counts[1],
    }


def stage_words(stage: Stage) -> str:
    """How far a rule's roll-out has come."""
    if stage.kind is StageKind.SHADOW:
        return _("影子，只观察")
    if stage.kind is StageKind.ENFORCE:
        return _("全部执行")
    return _("灰度 %(share)s%%") % {"share": f"{stage.share / 100:g}"}


def _stage(text: str) -> str:
    found = _CANARY.fullmatch(text)
    if found is not None:
        return stage_words(Stage(StageKind.CANARY, int(found[1])))
    return stage_words(Stage(StageKind(text), 0))


def action_words(action: Action | None) -> str:
    """What a rule does."""
    if action is None:
        return pgettext("动作", "只记原因")
    zh, en = ACTIONS[action]
    return zh if chinese() else en


def layer_words(layer: Layer) -> str:
    """Where a rule stands in the order of stages."""
    zh, en = LAYERS[layer]
    return zh if chinese() else en


def _action(text: str) -> str:
    return action_words(Action[text] if text else None)


def _layer(text: str) -> str:
    return layer_words(Layer[text.upper()])


def _class(text: str) -> str:
    return str(_CLASSES.get(text, text))


_SHOWN: dict[str, Callable[[str], str]] = {"stage": _stage, "action": _action, "layer": _layer, "class": _class}
