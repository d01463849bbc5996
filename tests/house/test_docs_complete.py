"""House rule: what a user can name stands in docs/ (commands, options, features, scenario and format names)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.main import get_command

from haodun.cli.main import app
from haodun.edge.cdr import FORMATS
from haodun.screening.events import FEATURES


def commands() -> Iterator[tuple[str, list[str]]]:
    """Each command's path and its long options."""
    stack = [("haodun", get_command(app))]
    while stack:
        path, command = stack.pop()
        children = getattr(command, "commands", {})
        stack.extend((f"{path} {name}", child) for name, child in children.items())
        if not children:
            yield path, [name for option in command.params for name in option.opts if name.startswith("--")]


def absent(text: str, names: list[str]) -> list[str]:
    return [name for name in names if name not in text]


@pytest.mark.parametrize(("path", "options"), sorted(commands()), ids=lambda value: str(value)[:40])
def test_every_command_and_option_is_documented(path: str, options: list[str], root: Path) -> None:
    text = (root / "docs/reference/commands.md").read_text(encoding="utf-8")
    section = text.partition(f"## `{path}`")[2].partition("\n## ")[0]
    assert section, f"docs/reference/commands.md has no section for {path}"
    assert absent(section, [f"`{option}" for option in options]) == []


def test_every_feature_is_documented(root: Path) -> None:
    text = (root / "docs/reference/features.md").read_text(encoding="utf-8")
    assert absent(text, [f"| `{feature.name}` | {feature.type.value}" for feature in FEATURES]) == []


def test_every_format_is_documented(root: Path) -> None:
    text = (root / "docs/reference/cdr.md").read_text(encoding="utf-8")
    assert absent(text, [f"`{name}`" for name in FORMATS]) == []


def test_a_missing_name_is_found() -> None:
    assert absent("only `--here`", ["`--here", "`--gone"]) == ["`--gone"]
