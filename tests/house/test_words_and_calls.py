"""House rules: no catch-all handler, no open-ended matching of outside text, no left notes, no vague module names."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

VAGUE = {"utils", "util", "helpers", "common", "base", "core", "manager"}
NAMED_BY_OTHERS = {"console/templates/console/gate.html"}
"""Names that a library looks for."""
BROAD = {"Exception", "BaseException"}
LOOSE_METHODS = {"isdigit", "isnumeric", "isdecimal"}
NOTE = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")


def broad_handlers(tree: ast.AST) -> list[str]:
    handlers = [node for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler)]
    return ["broad except" for node in handlers if node.type is None or getattr(node.type, "id", "") in BROAD]


def loose_matching(tree: ast.AST) -> list[str]:
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in LOOSE_METHODS:
            found.append(f".{node.attr}()")
        if isinstance(node, ast.Attribute) and node.attr == "match" and getattr(node.value, "id", "") == "re":
            found.append("re.match")
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.search(r"\\d[+*{]", node.value):
            found.append("\\d in a pattern")
    return found


def offences(text: str) -> list[str]:
    tree = ast.parse(text)
    notes = ["left note"] if NOTE.search(text) else []
    sentence = [] if ast.get_docstring(tree) or not text.strip() else ["no opening sentence"]
    return broad_handlers(tree) + loose_matching(tree) + notes + sentence


def test_no_source_module_offends(root: Path) -> None:
    found = {
        f"{path.relative_to(root)}: {offence}"
        for path in (root / "src").rglob("*.py")
        for offence in offences(path.read_text(encoding="utf-8"))
    }
    assert found == set()


def test_nothing_has_a_vague_name(root: Path) -> None:
    found = {str(path.relative_to(root / "src" / "haodun")) for path in (root / "src").rglob("*") if path.stem in VAGUE}
    assert found <= NAMED_BY_OTHERS


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"""A."""\ntry:\n    pass\nexcept Exception:\n    pass\n', ["broad except"]),
        ('"""A."""\ntry:\n    pass\nexcept:\n    pass\n', ["broad except"]),
        ('"""A."""\nx = "1".isdigit()\n', [".isdigit()"]),
        ('"""A."""\nimport re\nre.match("a", "b")\n', ["re.match"]),
        ('"""A."""\nP = r"\\d+"\n', ["\\d in a pattern"]),
        ('"""A."""\n# TO' + "DO later\n", ["left note"]),
        ("x = 1\n", ["no opening sentence"]),
    ],
)
def test_each_rule_bites(text: str, expected: list[str]) -> None:
    assert offences(text) == expected
