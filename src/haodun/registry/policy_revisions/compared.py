"""A comparison as the page shows it: how far it is, what changes by action, for whom, by rule, with examples."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from haodun.offices.transitions.on_pages import chinese
from haodun.registry.policy_revisions.comparing import recorded_run
from haodun.registry.policy_revisions.models import Comparison, Revision
from haodun.registry.policy_revisions.wording import action_words
from haodun.screening.events import Action

TONES = {"ALLOW": "ok", "TIP": "info", "WITHHOLD_CLI": "cau", "CHALLENGE": "cau", "BLOCK": "crit"}
ICONS = {"ALLOW": "check", "TIP": "info", "WITHHOLD_CLI": "eye-off", "CHALLENGE": "hand", "BLOCK": "ban"}
INGRESS: dict[str, str | Promise] = {
    "unknown": gettext_lazy("来路不明"),
    "international": gettext_lazy("国际来话"),
    "inter_network": gettext_lazy("网间来话"),
    "intra_network": gettext_lazy("网内来话"),
    "voice_line": gettext_lazy("语音专线"),
    "access": gettext_lazy("本网接入"),
}
KINDS: dict[str, str | Promise] = {
    "unknown": gettext_lazy("没有主叫号码"),
    "invalid": gettext_lazy("不是号码"),
    "mobile": gettext_lazy("手机"),
    "fixed": gettext_lazy("固定电话"),
    "mvno_mobile": gettext_lazy("转售手机"),
    "iot": gettext_lazy("物联网号码"),
    "satellite": gettext_lazy("卫星电话"),
    "service_400": gettext_lazy("400 号码"),
    "service_800": gettext_lazy("800 号码"),
    "service_95": gettext_lazy("95、96 号码"),
    "short_code": gettext_lazy("短号码"),
    "emergency": gettext_lazy("紧急号码"),
    "privacy_700": gettext_lazy("700 隐私号"),
    "foreign": gettext_lazy("境外号码"),
}


def newest(row: Revision) -> Comparison | None:
    """The comparison asked for last."""
    found: Comparison | None = Comparison.objects.filter(revision=row).order_by("-asked_at").first()
    return found


def shown(row: Revision, comparison: Comparison | None) -> dict[str, Any]:
    """For `policies/compared.html`."""
    if comparison is None:
        return {"stands": "none", "calls": recorded_run() is not None}
    about = {"run": comparison.run, "at": comparison.asked_at, "calls": True}
    if comparison.finished_at is None:
        return about | {"stands": "running", "done": comparison.done, "total": max(comparison.total, 1)}
    if comparison.result is None:
        return about | {"stands": "failed", "failure": comparison.failure}
    stale = (comparison.old_digest, comparison.new_digest) != (row.base_digest, row.digest)
    return about | {"stands": "done", "stale": stale} | _result(comparison.result)


def _result(result: dict[str, Any]) -> dict[str, Any]:
    changed = sum(count for _old, _new, count in result["changed"])
    return {
        "decided": result["calls"],
        "changed": changed,
        "same": result["calls"] - changed,
        "callers": result["callers"],
        "moves": [{"old": _action(old), "new": _action(new), "count": count} for old, new, count in result["changed"]],
        "who": [
            {"ingress": str(INGRESS.get(ingress, ingress)), "kind": str(KINDS.get(kind, kind)), "count": count}
            for ingress, kind, count in result["who"]
        ],
        "rules": list(_rules(result["rules"])),
        "examples": [
            one | {"old": _action(one["old"]), "new": _action(one["new"]), "rules": _reasons(one)}
            for one in result["examples"]
        ],
    }


def _rules(rules: Iterable[list[Any]]) -> Iterable[dict[str, Any]]:
    """Rules that hold more or less often, those with the largest difference first."""
    differing = [one for one in rules if one[1] != one[2]]
    for rule, old, new, zh, en in sorted(differing, key=lambda one: (-abs(one[2] - one[1]), one[0])):
        yield {"id": rule, "title": zh if chinese() else en, "old": old, "new": new}


def _reasons(one: dict[str, Any]) -> str:
    old, new = (", ".join(one[side]) or _("无") for side in ("old_reasons", "new_reasons"))
    return f"{old} → {new}"


def _action(name: str) -> dict[str, str]:
    return {"words": action_words(Action[name]), "tone": TONES[name], "icon": ICONS[name]}
