"""House rule: the import contracts of pyproject.toml hold, and each one bites when it is broken."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

BREACHES = {
    "layers": ("numbering/breach.py", "import haodun.screening.events\n"),
    "screening-layers": ("screening/events/breach.py", "import haodun.screening.policy\n"),
    "edge-layers": ("edge/cdr/breach.py", "import haodun.edge.batch\n"),
    "pure": ("screening/kernel/breach.py", "import time\n"),
    "data-plane-has-no-django": ("screening/breach.py", "import django\n"),
}


def lint(place: Path, contract: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run import-linter on a tree whose `haodun` package is imported from there."""
    wanted = [] if contract is None else ["--contract", contract]
    program = "import sys; sys.path.insert(0, 'src'); from importlinter.cli import lint_imports_command as c; c()"
    command = [sys.executable, "-c", program, "--no-cache", *wanted]
    return subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)


def test_the_tree_keeps_every_contract(root: Path) -> None:
    result = lint(root)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("contract", sorted(BREACHES))
def test_a_breach_is_found(contract: str, root: Path, tmp_path: Path) -> None:
    shutil.copy(root / "pyproject.toml", tmp_path)
    shutil.copytree(root / "src" / "haodun", tmp_path / "src" / "haodun")
    name, text = BREACHES[contract]
    (tmp_path / "src" / "haodun" / name).write_text('"""A breach."""\n' + text, encoding="utf-8")
    result = lint(tmp_path, contract)
    assert result.returncode == 1, result.stdout + result.stderr
    assert "BROKEN" in result.stdout
