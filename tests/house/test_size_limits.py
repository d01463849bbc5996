"""House rule: modules stay under 400 lines and functions under 40 (STYLE.md 2); the exceptions may only shrink."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

MAX_MODULE = 400
MAX_FUNCTION = 40
EXCEPTIONS: frozenset[str] = frozenset()


def too_large(name: str, text: str) -> list[str]:
    found = [name] if text.count("\n") > MAX_MODULE else []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > MAX_FUNCTION:
                found.append(f"{name}:{node.name}")
    return found


def test_every_module_and_function_fits_on_its_screen(root: Path) -> None:
    found = {
        place
        for path in (root / "src").rglob("*.py")
        for place in too_large(str(path.relative_to(root)), path.read_text(encoding="utf-8"))
    }
    assert found == EXCEPTIONS


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x = 1\n" * 401, ["m.py"]),
        ("def f() -> None:\n" + "    x = 1\n" * 40, ["m.py:f"]),
        ("def f() -> None:\n" + "    x = 1\n" * 39, []),
    ],
)
def test_the_rule_bites(text: str, expected: list[str]) -> None:
    assert too_large("m.py", text) == expected
