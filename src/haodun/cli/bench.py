"""`haodun bench`: measure this machine against the targets of DESIGN.md §7."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from haodun.cli.errors import CommandError

if TYPE_CHECKING:
    from haodun.lab.benchmarks import Row


def bench(
    suites: Annotated[list[str] | None, typer.Argument(help="Which suites; all where none is named.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Measure and print each figure beside its target."""
    from haodun.lab.benchmarks import SUITES, run_suites

    unknown = [name for name in suites or () if name not in SUITES]
    if unknown:
        raise CommandError(f"there is no suite {unknown[0]!r}; choose from {', '.join(SUITES)}")
    rows = run_suites(suites or SUITES)
    if as_json:
        typer.echo(json.dumps({"rows": [row.to_dict() for row in rows]}))
        return
    for row in rows:
        verdict = "" if row.ok is None else (" reached" if row.ok else " MISSED")
        target = "" if row.target is None else f"  target {shown(row.target)}{verdict}"
        typer.echo(f"{row.suite:8} {row.name:46} {shown(row.value):>14} {row.unit:12}{target}{spread(row)}")


def spread(row: Row) -> str:
    """By which clock, how often, and between which figures a value was measured; '' where it is not known."""
    from haodun.lab.benchmarks import Figure

    if not isinstance(row.value, Figure):
        return ""
    figure = row.value
    return f"  ({figure.clock}, {figure.repeats} runs, {shown(figure.low)} to {shown(figure.high)})"


def shown(value: float) -> str:
    """A figure with as many digits as mean something.

    >>> shown(12345.6), shown(0.65)
    ('12,346', '0.65')
    """
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
