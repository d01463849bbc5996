"""What the checker says of a text as the editor shows it: errors with their place and line, cases, what changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from haodun.registry.policy_revisions.checking import Checked, check
from haodun.registry.policy_revisions.drafting import plain
from haodun.registry.policy_revisions.wording import Summary, summary
from haodun.screening.policy import Policy, PolicyError, Problem, parse_policy

SHOWN = 20
"""Errors and failed cases that are listed; the rest is counted."""
WIDE = 90
"""Characters of a line that are shown around the place of an error."""


def findings(text: str, cases: str, before: str) -> dict[str, Any]:
    """For `policies/findings.html`; `before` is the text that the draft stands on."""
    text, cases = plain(text), plain(cases)
    found = check(text, cases, at=timezone.now())
    return {
        "verdict": _verdict(found),
        "problems": _places(found.problems[:SHOWN], text),
        "case_problems": _places(found.case_problems[:SHOWN], cases),
        "failed": [{"name": one.name, "message": one.message} for one in found.failed[:SHOWN]],
        "more": max(0, len(found.problems) - SHOWN) + max(0, len(found.failed) - SHOWN),
        "ended": found.ended,
        "summary": None if found.policy is None else changes(before, found.policy),
    }


def changes(before: str, policy: Policy) -> Summary | None:
    """What changes from a text to a policy, in words; None where that text does not load here."""
    try:
        return summary(parse_policy(before, name="policy"), policy)
    except PolicyError:
        return None


def _verdict(found: Checked) -> dict[str, str]:
    if found.policy is None:
        count = len(found.problems)
        title = ngettext("%(n)s 处错误，还不能提交", "%(n)s 处错误，还不能提交", count) % {"n": count}
        return {
            "tone": "ser",
            "icon": "octagon-alert",
            "title": title,
            "words": _("改好一处再看下一处，检查随输入进行。"),
        }
    if found.unknown_lists:
        names = ", ".join(found.unknown_lists)
        words = _("登记的名单 %(names)s 不在策略的 lists 里，这样的策略无法发布。") % {"names": names}
        return {"tone": "ser", "icon": "octagon-alert", "title": _("缺少名单，还不能提交"), "words": words}
    if found.failed or found.case_problems:
        count = len(found.failed) + len(found.case_problems)
        title = ngettext("%(n)s 个用例不通过，还不能提交", "%(n)s 个用例不通过，还不能提交", count) % {"n": count}
        return {"tone": "cau", "icon": "list-checks", "title": title, "words": _("改规则或改用例，直到一致。")}
    if not found.results:
        words = _("共 %(n)s 条规则；没有用例，规则的效果没有检查过。") % {"n": len(found.policy.rules)}
        return {"tone": "cau", "icon": "list-checks", "title": _("检查没有发现错误，但没有用例"), "words": words}
    words = _("共 %(rules)s 条规则，%(cases)s 个用例全部通过。") % {
        "rules": len(found.policy.rules),
        "cases": len(found.results),
    }
    return {"tone": "ok", "icon": "circle-check", "title": _("检查没有发现错误"), "words": words}


def _places(problems: Sequence[Problem], text: str) -> list[dict[str, Any]]:
    lines = text.split("\n")
    return [
        {
            "line": one.line,
            "column": one.column,
            "message": one.message,
            "suggestion": one.suggestion,
            "shown": _shown(lines[one.line - 1], one.column) if 0 < one.line <= len(lines) else None,
        }
        for one in problems
    ]


def _shown(line: str, column: int) -> tuple[str, str, str]:
    """The line before the place, the sign at it, the line behind it; cut to what is near."""
    at = min(max(column - 1, 0), len(line))
    start = max(0, at - WIDE // 2)
    return line[start:at], line[at : at + 1] or " ", line[at + 1 : at + 1 + WIDE // 2]
