"""The pages on roles and settings say what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from haodun.offices.organisations.permissions import Permission
from haodun.offices.organisations.purposes import Purpose
from haodun.offices.organisations.roles import CHARTERS, Role


def rows(page: Path) -> dict[str, list[str]]:
    """First cell of each table row, without its quotes → the other cells."""
    found = {}
    for line in page.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `"):
            found[cells[0].strip("`")] = cells[1:]
    return found


def test_the_page_of_roles_equals_the_code(root: Path) -> None:
    found = rows(root / "docs/reference/roles.md")
    for role in Role:
        title, factor, _, may = found.pop(role.value)
        assert title == str(role.label)
        assert factor == ("yes" if CHARTERS[role].second_factor else "no")
        assert set(re.findall(r"`([a-z_:]+)`", may)) == CHARTERS[role].permissions
    for choice in (*Permission, *Purpose):
        assert found.pop(choice.value) == [str(choice.label)]
    assert found == {}


def test_every_setting_is_documented(root: Path) -> None:
    page = (root / "docs/operate/serve.md").read_text(encoding="utf-8")
    sources = [root / "src/haodun/console" / name for name in ("settings.py", "database.py", "wsgi.py", "serving.py")]
    names = {
        name for path in sources for name in re.findall(r'"(HAODUN_[A-Z_]+|DATABASE[A-Z_]*_URL)"', path.read_text())
    }
    assert len(names) > 10
    assert {name for name in names if f"`{name}`" not in page} == set()
