"""The reference page shows each table whole, and is what the code is."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from tests.offices.transitions.parcels import TABLE

from haodun.offices.transitions.drawing import page, section
from haodun.offices.transitions.table import tables


def test_the_reference_is_what_the_registered_tables_are(root: Path) -> None:
    text = (root / "docs/reference/transitions.md").read_text(encoding="utf-8")
    assert text == page(tables()), "run `haodun manage transitions_reference`"


def test_a_section_holds_every_state_step_and_clock() -> None:
    text = section(TABLE)
    for state in TABLE.states:
        assert f"| `{state.name}` | {state.zh} | {state.en} |" in text
    for step in TABLE.transitions:
        for source in step.source or ("[*]",):
            assert f"    {source} --> {step.target}: {step.action}\n" in text
    assert "| `delivery` | 送达期限 / Delivery | 24 hours | test 1 | P |" in text
    assert "not by whoever did `pack`; second proof; `not_heavy`; blast radius seen, cap `parcels.weight`" in text
    assert "starts `break_glass_review`" in text


def test_a_page_of_another_day_is_found(tmp_path: Path) -> None:
    out = tmp_path / "transitions.md"
    with pytest.raises(CommandError, match="is not what the code is"):
        call_command("transitions_reference", check=True, out=out)
    call_command("transitions_reference", out=out, verbosity=0)
    call_command("transitions_reference", check=True, out=out)
    out.write_text(out.read_text(encoding="utf-8") + "x", encoding="utf-8")
    with pytest.raises(CommandError, match="is not what the code is"):
        call_command("transitions_reference", check=True, out=out)
