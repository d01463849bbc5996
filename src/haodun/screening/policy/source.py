"""The files a policy was read from, so that a run can keep its own copy of them."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from haodun.screening.policy.shipped import PACKS, load_policy, read_text_file

POLICY_FILE = "policy.yaml"


def policy_files(source: str | Path) -> dict[str, str]:
    """Name to text: `policy.yaml` and the list files beside it. Raises PolicyError where the policy cannot be loaded.

    Loading `policy.yaml` from a folder with these files gives a policy with the same digest.
    """
    load_policy(source)
    if isinstance(source, str) and source in PACKS:
        text = (files("haodun.screening.policy") / "packs" / f"{source}.yaml").read_text(encoding="utf-8")
        return {POLICY_FILE: text}
    path = Path(source)
    text = read_text_file(path)
    content: Any = yaml.safe_load(text)
    named = [entry["file"] for entry in (content.get("lists") or {}).values() if entry and entry.get("file")]
    return {POLICY_FILE: text} | {name: read_text_file(path.parent / name) for name in named}
