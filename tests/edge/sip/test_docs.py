"""The reference page names every profile, refusal and limit as the code has them."""

from __future__ import annotations

from pathlib import Path

from haodun.edge.sip import Profile, limits
from haodun.edge.sip.error import PHRASES
from haodun.screening.events import Action


def test_the_page_holds_what_the_code_does(root: Path) -> None:
    page = (root / "docs/reference/sip.md").read_text(encoding="utf-8")
    assert [profile for profile in Profile if f"| `{profile.value}` | " not in page] == []
    assert [action.name for action in Action if f"| {action.name} | " not in page] == []
    assert [status for status in PHRASES if f"| {status} | " not in page] == []
    table = page.partition("| limit | |")[2].partition("\n\n")[0]
    named = {name: value for name, value in vars(limits).items() if name.startswith("MAX_")}
    del named["MAX_NUMBER_TEXT"]  # of numbering's own
    assert [name for name, value in named.items() if f"{value:,}" not in table] == []
