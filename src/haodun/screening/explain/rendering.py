"""The explanation tree as text: one sentence, the stages in order, reasons, what would have changed it, versions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

from haodun.numbering import Form, Kind, Number, Refusal, describe, mask
from haodun.screening.events import FEATURES, INDEX, Action, Flag, Layer, Type
from haodun.screening.explain.explanation import Explanation
from haodun.screening.explain.members import member_name
from haodun.screening.explain.messages import ACTIONS, FLAGS, LAYERS, UNITS, Language, pick, say
from haodun.screening.policy import Outcome, RuleTrace, TermTrace, TraceNode

INDENT = "  "
_FEATURES = {feature.name: feature for feature in FEATURES}


def render(explanation: Explanation, lang: Language) -> str:
    """The whole tree in one language, one line a fact; numbers of persons are masked."""
    return "\n".join(_lines(explanation, lang))


def _lines(explanation: Explanation, lang: Language) -> Iterator[str]:
    yield sentence(explanation, lang)
    yield from _notes(explanation, lang)
    yield ""
    yield say("stages", lang)
    for layer in Layer:
        if layer is not Layer.NONE:
            yield from _layer(explanation, layer, lang)
    yield ""
    yield say("reasons", lang)
    yield from _reasons(explanation, lang)
    yield ""
    yield say("flips", lang)
    yield from _flips(explanation, lang)
    yield ""
    yield from _versions(explanation, lang)


def sentence(explanation: Explanation, lang: Language) -> str:
    """Who called whom, when, what happened and why."""
    verdict, policy = explanation.verdict, explanation.by.policy
    offset = timezone(timedelta(minutes=explanation.by.utc_offset_minutes))
    time = datetime.fromtimestamp(verdict.time_ms / 1000, UTC).astimezone(offset)
    titles = ("；" if lang == "zh" else "; ").join(
        traced.rule.title.in_(lang) for traced in explanation.trace.rules if traced.decided
    )
    if explanation.trace.emergency:
        why = say("why_emergency", lang)
    elif verdict.layer is Layer.TRUSTED and verdict.action is Action.ALLOW:
        why = say("why_trusted", lang, titles=titles)
    else:
        why = say("why_rules", lang, titles=titles) if titles else say("why_none", lang)
    return say(
        "sentence",
        lang,
        time=f"{time:%Y-%m-%d %H:%M:%S%z}",
        caller=_shown(verdict.caller_text),
        callee=mask(f"+{verdict.callee}", policy.home) if verdict.callee > 0 else "?",
        trunk=_shown_trunk(verdict.trunk),
        action=_action(verdict.action, lang) + ("" if verdict.enforced else say("observed", lang)),
        why=why,
    )


def _notes(explanation: Explanation, lang: Language) -> Iterator[str]:
    verdict = explanation.verdict
    if verdict.repeat_of:
        yield say("repeat", lang, event=verdict.repeat_of)
    if verdict.late:
        yield say("late", lang)
    if not verdict.origin_screened:
        yield say("unscreened", lang, trunk=_shown_trunk(verdict.trunk))
    number = _caller_number(explanation)
    if number is not None:
        yield say("caller", lang, text=describe(number, explanation.by.plan.facts(number), lang))


def _layer(explanation: Explanation, layer: Layer, lang: Language) -> Iterator[str]:
    decision = explanation.trace.decision
    held = [traced for traced in explanation.trace.held() if traced.rule.layer is layer]
    name = pick(LAYERS[layer], lang)
    if layer is decision.layer:
        yield f"{INDENT}▶ {name}  {say('decides', lang, action=_action(decision.action, lang))}"
    elif held:
        yield f"{INDENT}○ {name}"
    else:
        yield f"{INDENT}· {name}  {say('passes', lang)}"
    for traced in held:
        yield from _rule(explanation, traced, lang)


def _rule(explanation: Explanation, traced: RuleTrace, lang: Language) -> Iterator[str]:
    rule = traced.rule
    if traced.outcome is Outcome.SHADOW:
        became = say("shadow", lang)
    elif traced.outcome is Outcome.EXPIRED:
        became = say("expired", lang)
    elif rule.action is None:
        became = say("notes_only", lang)
    elif traced.decided:
        became = "→ " + _action(rule.action, lang)
    else:
        became = say("would", lang, action=_action(rule.action, lang))
    flags = "".join(f" +{pick(FLAGS[flag], lang)}" for flag in (Flag.TRACE, Flag.CASE) if flag in rule.flags)
    yield f"{INDENT * 3}{rule.id}  {rule.title.in_(lang)}  [{rule.stage}]  {became}{flags}"
    yield from _node(explanation, traced.tree, depth=4, lang=lang)


def _node(explanation: Explanation, node: TraceNode, *, depth: int, lang: Language) -> Iterator[str]:
    """A condition as a tree: a word for a knot, a line for a term."""
    if node.term is not None:
        yield f"{INDENT * depth}{_badge(node.answer, lang)} {_term(explanation, node.term, lang)}"
        return
    yield f"{INDENT * depth}{_badge(node.answer, lang)} {say(node.word, lang)}"
    for child in node.children:
        yield from _node(explanation, child, depth=depth + 1, lang=lang)


def _badge(answer: bool | None, lang: Language) -> str:
    word = "unasked" if answer is None else "true" if answer else "false"
    return f"[{say(word, lang)}]"


def _term(explanation: Explanation, term: TermTrace, lang: Language) -> str:
    facts = (f"{fact_title(fact.name, lang)} = {fact_value(fact.name, fact.value, lang)}" for fact in term.facts)
    separator = "，" if lang == "zh" else ", "
    return f"{separator.join(facts)}   ⟨{term.text}⟩"


def fact_title(name: str, lang: Language) -> str:
    """A feature's title, or that of a list slot (`caller.number in black`)."""
    feature = _FEATURES.get(name)
    if feature is not None:
        return pick((feature.zh, feature.en), lang)
    number, _, list_name = name.partition(" in ")
    owner = _FEATURES[number]
    return say("on_list", lang, title=pick((owner.zh, owner.en), lang), name=list_name)


def fact_value(name: str, value: int, lang: Language) -> str:
    """A value with its unit, member name or yes and no; numbers masked."""
    feature = _FEATURES.get(name)
    if feature is None or feature.type is Type.BOOL:
        return say("yes" if value else "no", lang)
    if feature.members is not None:
        return member_name(feature.members, value, lang)
    if feature.type is Type.NUMBER:
        return mask(f"+{value}") if value > 0 else "—"
    return f"{value:,}" + pick(UNITS[feature.unit], lang)


def _reasons(explanation: Explanation, lang: Language) -> Iterator[str]:
    if not explanation.verdict.reasons:
        yield INDENT + say("no_reasons", lang)
    for position, rule_id in enumerate(explanation.verdict.reasons, 1):
        rule = explanation.by.policy.rule(rule_id)
        basis = say("basis", lang, basis=", ".join(rule.basis))
        yield f"{INDENT}{position}. {rule.title.in_(lang)}  {rule.id} ({rule.reason}); {basis}"


def _flips(explanation: Explanation, lang: Language) -> Iterator[str]:
    if not explanation.flips:
        yield INDENT + say("no_flips", lang)
    for flip in explanation.flips:
        yield INDENT + say(
            "flip",
            lang,
            title=fact_title(flip.name, lang),
            other=fact_value(flip.name, flip.other, lang),
            value=fact_value(flip.name, flip.value, lang),
            action=_action(flip.action, lang),
        )


def _versions(explanation: Explanation, lang: Language) -> Iterator[str]:
    versions = explanation.by.versions
    yield say("versions", lang)
    short = {name: value[:12] if len(value) == 64 else value for name, value in versions.items()}
    yield INDENT + "  ".join(f"{name}={value}" for name, value in short.items())
    yield INDENT + say("recomputed_replay" if explanation.replayed else "recomputed_row", lang)
    if explanation.verdict.token:
        yield INDENT + say("token", lang, token=explanation.verdict.token)


def _action(action: Action, lang: Language) -> str:
    return pick(ACTIONS[action], lang)


def _shown(text: str) -> str:
    """A number as received, masked and printable."""
    return mask(text) if text else "—"


def _shown_trunk(trunk: str) -> str:
    return "".join(letter if letter.isprintable() else "�" for letter in trunk) or "—"


def _caller_number(explanation: Explanation) -> Number | None:
    """The caller as the plan knows it, None where it is no number."""
    row, verdict = explanation.row, explanation.verdict
    if verdict.caller <= 0:
        return None
    country = row[INDEX["caller.country"]]
    return Number(verdict.caller, Kind(verdict.caller_kind), country, Form.PLUS, Refusal.NONE)
