"""The reference page names every format, template, field of the map and reason word."""

from __future__ import annotations

import re
from pathlib import Path

from haodun.edge.cdr import FORMATS, TEMPLATES, ColumnMap, column_map_schema


def test_the_reference_page_is_complete(root: Path) -> None:
    text = (root / "docs/reference/cdr.md").read_text(encoding="utf-8")
    source = "".join(path.read_text(encoding="utf-8") for path in (root / "src/haodun/edge/cdr").glob("*.py"))
    reasons = set(re.findall(r'RowError\(\s*"([a-z_0-9]+)"', source)) | set(re.findall(r'reason="([a-z_]+)"', source))
    assert len(reasons) > 10
    names = {*FORMATS, *TEMPLATES, *reasons, "truncated", "unbalanced_quote", "too_long"}
    assert {name for name in names if f"`{name}`" not in text} == set()
    assert {key for key in column_map_schema()["properties"] if key not in text} == set()


def test_the_map_in_the_reference_page_is_a_map(root: Path) -> None:
    text = (root / "docs/reference/cdr.md").read_text(encoding="utf-8")
    example = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)[0]
    assert ColumnMap.parse(example, "docs").columns["caller"] == "主叫号码"


def test_the_template_in_the_reference_page_has_our_columns(root: Path) -> None:
    text = (root / "docs/reference/cdr.md").read_text(encoding="utf-8")
    columns = [name.removeprefix("haodun_") for name in re.findall(r"\$\{([a-z_]+)\}", text)]
    assert tuple(columns) == TEMPLATES["haodun"]
