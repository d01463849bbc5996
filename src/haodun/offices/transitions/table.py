"""Transition tables: states, actions, who may, who may not, guards, effects and clocks, checked when they are made.

State machines are tables and stay tables: nothing outside a Table may change a `state` column.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from haodun.audit.services import AuditKind
from haodun.offices.transitions.blast import BlastRadius
from haodun.offices.transitions.clock_spec import ClockSpec

if TYPE_CHECKING:
    from haodun.offices.transitions.change import Change

Guard = Callable[["Change", Any], None]
"""Called with the change and one locked row; raises Refused where the row may not go on."""
Effect = Callable[["Change"], None]
"""Called once with the change, after the states were written, in the same transaction."""
Blast = Callable[["Change"], BlastRadius]
"""Counts what the change would hit; called for the preview, and again under the locks."""

BREAK_GLASS_REVIEW = "break_glass_review"
"""Name of the clock that a break-glass step starts."""


class TableError(Exception):
    """A transition table contradicts itself; the message names the table, the place and the remedy."""


@dataclass(frozen=True, slots=True)
class State:
    """One state a row can be in."""

    name: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """One action: from where, to where, by whom, under what conditions, with what effect."""

    action: str
    source: tuple[str, ...]
    """States it starts from; () for the action that makes the row (`begin`)."""
    target: str
    zh: str
    en: str
    permission: str | None
    """None: only the system."""
    kind: AuditKind
    guards: tuple[Guard, ...] = ()
    not_by: tuple[str, ...] = ()
    """Whoever took one of these steps on the row may not take this one, nor anybody acting for them."""
    needs_sudo: bool = False
    blast: Blast | None = None
    cap: str = ""
    """Name of the cap on the blast radius, '' for none."""
    effects: tuple[Effect, ...] = ()
    starts: tuple[ClockSpec, ...] = ()
    stops: tuple[str, ...] = ()
    """Names of the clocks it stops."""
    pauses: tuple[str, ...] = ()
    resumes: tuple[str, ...] = ()
    break_glass: bool = False
    """Loud: needs the second proof and a long reason, is recorded twice, and starts a review clock."""
    needs_reason: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """The states and transitions of one kind of row. A table that exists is consistent, else TableError."""

    name: str
    """What steps, clocks and entries call the row: `order`, `appeal`."""
    model: str
    """Django label, `orders.Order`: has id (UUID), state, version, readers, created_at."""
    initial: str
    states: tuple[State, ...]
    transitions: tuple[Transition, ...]
    _found: dict[str, tuple[Transition, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check the table and index its actions."""
        found = problems(self)
        if found:
            raise TableError(f"table {self.name}: {'; '.join(found)}")
        actions = {transition.action for transition in self.transitions}
        index = {name: tuple(t for t in self.transitions if t.action == name) for name in actions}
        object.__setattr__(self, "_found", index)

    def of(self, action: str) -> tuple[Transition, ...]:
        """All transitions of an action; TableError for one the table has not."""
        if action not in self._found:
            raise TableError(f"table {self.name} has no action {action!r}; it has {', '.join(sorted(self._found))}")
        return self._found[action]

    def step(self, action: str, state: str) -> Transition | None:
        """The transition of this action out of this state, None where there is none."""
        return next((t for t in self.of(action) if state in t.source), None)

    def state(self, name: str) -> State:
        """The state of this name; TableError for one the table has not."""
        for state in self.states:
            if state.name == name:
                return state
        raise TableError(f"table {self.name} has no state {name!r}")

    def creating(self, action: str) -> Transition:
        """The transition of this action that makes a row; TableError where it makes none."""
        for transition in self.of(action):
            if not transition.source:
                return transition
        raise TableError(f"table {self.name}: {action} makes no row; its source must be ()")


def problems(table: Table) -> list[str]:
    """What contradicts itself in a table: one sentence each, none for a sound one."""
    names = [state.name for state in table.states]
    found = [f"state {name} stands twice" for name in sorted({n for n in names if names.count(n) > 1})]
    if table.initial not in names:
        found.append(f"its initial state {table.initial} is none of its states")
    found += [f"state {s.name} has no title in both languages" for s in table.states if not (s.zh and s.en)]
    seen: set[tuple[str, str]] = set()
    for transition in table.transitions:
        found += _of_transition(table, transition, names)
        for source in transition.source or ("",):
            if (source, transition.action) in seen:
                found.append(f"{transition.action} leads out of {source or 'nothing'} twice")
            seen.add((source, transition.action))
    found += [f"state {name} cannot be reached from {table.initial}" for name in _unreachable(table, names)]
    return found


def _of_transition(table: Table, transition: Transition, names: list[str]) -> list[str]:
    where = f"{transition.action} ({', '.join(transition.source) or 'new'} → {transition.target})"
    found = [f"{where} names the unknown state {n}" for n in (*transition.source, transition.target) if n not in names]
    if not (transition.zh and transition.en):
        found.append(f"{where} has no title in both languages")
    if not transition.source and transition.target != table.initial:
        found.append(f"{where} makes a row, but not in the initial state {table.initial}")
    actions = {t.action for t in table.transitions}
    found += [f"{where}: not_by names the unknown action {name}" for name in transition.not_by if name not in actions]
    started = {spec.name for t in table.transitions for spec in t.starts}
    started |= {BREAK_GLASS_REVIEW} if any(t.break_glass for t in table.transitions) else set()
    named = (*transition.stops, *transition.pauses, *transition.resumes)
    found += [f"{where} names the clock {name}, which nothing starts" for name in named if name not in started]
    if transition.cap and transition.blast is None:
        found.append(f"{where} has a cap but counts no blast radius")
    if transition.break_glass:
        if not transition.needs_sudo:
            found.append(f"{where} breaks the glass without a second proof; set needs_sudo")
        if not any(BREAK_GLASS_REVIEW in t.stops and transition.action in t.not_by for t in table.transitions):
            found.append(f"{where} breaks the glass, but no step by another person stops {BREAK_GLASS_REVIEW}")
    return found


def _unreachable(table: Table, names: Iterable[str]) -> list[str]:
    reached = {table.initial}
    grown = True
    while grown:
        more = {t.target for t in table.transitions if reached & set(t.source)}
        grown = not more <= reached
        reached |= more
    return [name for name in names if name not in reached]


_tables: dict[str, Table] = {}


def register(table: Table) -> Table:
    """Make a table known, so that it is documented and its rows can be found by name; from `apps.py`'s ready()."""
    known = _tables.get(table.name)
    if known is not None and known is not table:
        raise TableError(f"two tables are called {table.name}: of {known.model} and of {table.model}; rename one")
    _tables[table.name] = table
    return table


def tables() -> tuple[Table, ...]:
    """All registered tables, by name."""
    return tuple(_tables[name] for name in sorted(_tables))


def table_named(name: str) -> Table:
    """The registered table of this name; TableError where there is none."""
    if name not in _tables:
        raise TableError(f"no table is called {name}; registered are {', '.join(sorted(_tables)) or 'none'}")
    return _tables[name]
