"""House rule: the reference of the shipped rules is what the rules are."""

from __future__ import annotations

from pathlib import Path

from haodun.screening.policy import PACKS, describe_rules, load_policy


def test_the_reference_holds_every_shipped_rule_as_it_is(root: Path) -> None:
    text = (root / "docs/reference/rules.md").read_text(encoding="utf-8")
    for pack in PACKS:
        assert describe_rules(load_policy(pack)).rstrip() in text, f"write docs/reference/rules.md anew: {pack} changed"
