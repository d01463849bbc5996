"""Every sentence of an explanation in both languages."""

from __future__ import annotations

from typing import Literal

from haodun.screening.events import Action, Flag, Layer

Language = Literal["zh", "en"]

MESSAGES: dict[str, tuple[str, str]] = {
    "sentence": (
        "{time} {caller} 呼叫 {callee}（入口 {trunk}）：{action}。{why}",
        "{time} {caller} called {callee} (trunk {trunk}): {action}. {why}",
    ),
    "why_rules": ("原因：{titles}。", "Because: {titles}."),
    "why_none": ("没有任何已生效的规则成立。", "No enforced rule holds."),
    "why_emergency": (
        "被叫为紧急号码，任何规则都不得阻断。",
        "The called number is an emergency number; no rule may stop it.",
    ),
    "why_trusted": ("可信名录放行：{titles}。", "The trusted directory lets it pass: {titles}."),
    "observed": ("（仅观察：未实际执行）", " (observed only: not carried out)"),
    "repeat": ("这是第 {event} 号事件的重发，沿用其判定。", "A repeat of event {event}; it has that verdict."),
    "late": ("迟到记录：已判定，未计数。", "A late record: decided, not counted."),
    "unscreened": (
        "入口未知，来源类规则无法判断；请用 --trunks 说明中继 {trunk}。",
        "The ingress is unknown, so no rule about the origin could speak; say with --trunks what {trunk} is.",
    ),
    "stages": ("判定顺序", "Stages in their order"),
    "passes": ("未触发", "nothing"),
    "decides": ("在此决定 → {action}", "decides here → {action}"),
    "would": ("若无前者则 {action}", "would give {action}"),
    "notes_only": ("只记录", "notes only"),
    "shadow": ("仅观察，不执行（影子或灰度之外）", "watched only (shadow, or outside its canary share)"),
    "expired": ("已到期", "expired"),
    "true": ("真", "true"),
    "false": ("假", "false"),
    "unasked": ("–", "–"),
    "and": ("且", "AND"),
    "or": ("或", "OR"),
    "not": ("非", "NOT"),
    "reasons": ("理由（按顺序）", "Reasons in order"),
    "basis": ("依据 {basis}", "basis {basis}"),
    "no_reasons": ("无", "none"),
    "flips": ("如果只有一个事实不同", "If one single fact had been different"),
    "flip": ("{title} 为 {other}（实为 {value}）→ {action}", "{title} {other} instead of {value} → {action}"),
    "no_flips": ("没有单独一个事实能改变结果", "no single fact would have changed it"),
    "numbers": ("号码", "Numbers"),
    "caller": ("主叫 {text}", "caller  {text}"),
    "callee": ("被叫 {text}", "called  {text}"),
    "no_number": ("不成号码（{reason}）", "no number ({reason})"),
    "versions": ("版本", "Versions"),
    "recomputed_row": ("已由判定行重算：一致", "recomputed from the stored row: equal"),
    "recomputed_replay": ("已由输入日志回放重算：一致", "recomputed by replay of the input log: equal"),
    "token": ("申诉凭证 {token}", "redress token {token}"),
    "yes": ("是", "yes"),
    "no": ("否", "no"),
    "on_list": ("{title} 在名单 {name} 中", "{title} is on list {name}"),
}
"""Key to (Chinese, English); values are named, sentences are whole."""

ACTIONS: dict[Action, tuple[str, str]] = {
    Action.ALLOW: ("放行", "ALLOW"),
    Action.TIP: ("提示", "TIP"),
    Action.WITHHOLD_CLI: ("隐藏号码", "WITHHOLD_CLI"),
    Action.CHALLENGE: ("质询", "CHALLENGE"),
    Action.BLOCK: ("拦截", "BLOCK"),
}
LAYERS: dict[Layer, tuple[str, str]] = {
    Layer.EMERGENCY: ("紧急呼叫", "emergency"),
    Layer.STRUCTURE: ("号码结构", "structure"),
    Layer.ALLOCATION: ("号段分配", "allocation"),
    Layer.ORDERS: ("指令与限制", "orders and restrictions"),
    Layer.ORIGIN: ("来源", "origin"),
    Layer.ATTESTATION: ("主叫认证", "attestation"),
    Layer.TRUSTED: ("可信号码", "trusted numbers"),
    Layer.LISTS: ("名单", "lists"),
    Layer.BEHAVIOUR: ("行为", "behaviour"),
    Layer.SCORE: ("评分", "score"),
    Layer.NONE: ("无", "none"),
}
FLAGS: dict[Flag, tuple[str, str]] = {Flag.TRACE: ("溯源", "TRACE"), Flag.CASE: ("立案", "CASE")}
UNITS: dict[str, tuple[str, str]] = {
    "": ("", ""),
    "calls": (" 次", " calls"),
    "s": (" 秒", " s"),
    "ms": (" 毫秒", " ms"),
    "hour": (" 时", " h"),
    "thousandths": ("‰", " thousandths"),
}


def say(key: str, lang: Language, **values: object) -> str:
    """One sentence in one language."""
    return pick(MESSAGES[key], lang).format(**values)


def pick(texts: tuple[str, str], lang: Language) -> str:
    """The text of a language."""
    return texts[0] if lang == "zh" else texts[1]
