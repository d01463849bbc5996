"""The registered tables as a page of the reference: a diagram and a table each."""

from __future__ import annotations

from collections.abc import Iterable

from haodun.offices.transitions.blast import DEFAULT_CAP
from haodun.offices.transitions.clock_spec import ClockSpec
from haodun.offices.transitions.completing import REVIEW
from haodun.offices.transitions.table import Table, Transition

OPENING = """# Transitions

Written by `haodun manage transitions_reference`; a test holds it equal to the code. What the columns mean stands in
`docs/design/transitions.md`.
"""


def page(tables: Iterable[Table]) -> str:
    """The whole reference page, Markdown."""
    return "\n".join([OPENING, *(section(table) for table in tables)]).rstrip() + "\n"


def section(table: Table) -> str:
    """One table: its diagram, its states, its steps, its clocks."""
    lines = [f"## {table.name}", "", *_diagram(table), ""]
    lines += ["| state | 中文 | English |", "|---|---|---|"]
    lines += [f"| `{state.name}` | {state.zh} | {state.en} |" for state in table.states]
    lines += ["", "| step | from → to | permission | conditions | clocks | ledger |", "|---|---|---|---|---|---|"]
    lines += [_row(step) for step in table.transitions]
    specs = {spec.name: spec for step in table.transitions for spec in _starts(step)}
    if specs:
        lines += ["", "| clock | 中文 / English | length | source | kind |", "|---|---|---|---|---|"]
        lines += [_clock(spec) for spec in specs.values()]
    return "\n".join(lines) + "\n"


def _diagram(table: Table) -> list[str]:
    lines = ["```mermaid", "stateDiagram-v2"]
    for step in table.transitions:
        lines += [f"    {source} --> {step.target}: {step.action}" for source in step.source or ("[*]",)]
    return [*lines, "```"]


def _row(step: Transition) -> str:
    source = ", ".join(f"`{name}`" for name in step.source) or "new"
    permission = f"`{step.permission}`" if step.permission is not None else "system"
    cells = (
        f"`{step.action}` {step.zh} / {step.en}",
        f"{source} → `{step.target}`",
        permission,
        "; ".join(_conditions(step)) or "–",
        "; ".join(_clock_words(step)) or "–",
        f"`{step.kind.value}`",
    )
    return f"| {' | '.join(cells)} |"


def _conditions(step: Transition) -> list[str]:
    found = [f"not by whoever did {', '.join(f'`{name}`' for name in step.not_by)}"] if step.not_by else []
    found += ["second proof"] if step.needs_sudo else []
    found += ["break-glass"] if step.break_glass else []
    found += ["reason"] if step.needs_reason or step.break_glass else []
    found += [f"`{guard.__name__}`" for guard in step.guards]
    if step.blast is not None:
        found.append(f"blast radius seen{f', cap `{step.cap}` (default {DEFAULT_CAP})' if step.cap else ''}")
    return found


def _clock_words(step: Transition) -> list[str]:
    found = [f"starts `{spec.name}`" for spec in _starts(step)]
    for word, names in (("stops", step.stops), ("pauses", step.pauses), ("resumes", step.resumes)):
        found += [f"{word} `{name}`" for name in names]
    return found


def _starts(step: Transition) -> tuple[ClockSpec, ...]:
    return (*step.starts, *((REVIEW,) if step.break_glass else ()))


def _clock(spec: ClockSpec) -> str:
    length = f"{spec.amount} {spec.unit.value.replace('_', ' ')}"
    return f"| `{spec.name}` | {spec.zh} / {spec.en} | {length} | {spec.source} | {spec.kind.value} |"
