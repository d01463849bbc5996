"""Tables contradict themselves when they are made, not when somebody acts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.offices.transitions.parcels import TABLE

from haodun.offices.transitions.clock_spec import ClockKind, ClockSpec, Unit
from haodun.offices.transitions.table import State, Table, TableError, Transition, register, table_named, tables


def changed(action: str, /, **what: Any) -> tuple[Transition, ...]:
    return tuple(replace(step, **what) if step.action == action else step for step in TABLE.transitions)


def table(states: tuple[State, ...] = TABLE.states, transitions: tuple[Transition, ...] = TABLE.transitions) -> Table:
    return Table("parcel", TABLE.model, "PACKED", states, transitions)


@pytest.mark.parametrize(
    ("states", "transitions", "said"),
    [
        ((*TABLE.states, State("LOST", "遗失", "Lost")), TABLE.transitions, "LOST cannot be reached"),
        ((*TABLE.states, TABLE.states[0]), TABLE.transitions, "PACKED stands twice"),
        (TABLE.states[1:], TABLE.transitions, "initial state PACKED is none"),
        ((replace(TABLE.states[0], zh=""), *TABLE.states[1:]), TABLE.transitions, "PACKED has no title"),
        (TABLE.states, changed("send", target="GONE"), "unknown state GONE"),
        (TABLE.states, changed("send", source=("NOWHERE",)), "unknown state NOWHERE"),
        (TABLE.states, changed("return", en=""), "has no title"),
        (TABLE.states, changed("return", action="send", source=("PACKED",)), "leads out of PACKED twice"),
        (TABLE.states, changed("pack", target="SENT"), "not in the initial state"),
        (TABLE.states, changed("send", not_by=("wrap",)), "unknown action wrap"),
        (TABLE.states, changed("send", stops=("tea",)), "clock tea, which nothing starts"),
        (TABLE.states, changed("return", cap="parcels"), "counts no blast radius"),
        (TABLE.states, changed("force", needs_sudo=False), "without a second proof"),
        (TABLE.states, changed("review", not_by=()), "no step by another person stops"),
    ],
)
def test_a_contradiction_is_named(states: tuple[State, ...], transitions: tuple[Transition, ...], said: str) -> None:
    with pytest.raises(TableError, match=said):
        table(states, transitions)


def test_a_sound_table_tells_its_steps() -> None:
    assert table().step("send", "PACKED") is TABLE.of("send")[0]
    assert table().step("send", "SENT") is None
    assert TABLE.creating("pack").target == "PACKED"
    with pytest.raises(TableError, match="makes no row"):
        TABLE.creating("send")


def test_two_tables_of_one_name_do_not_pass() -> None:
    from haodun.offices.transitions import table as module

    known = dict(module._tables)
    try:
        register(TABLE)
        assert register(TABLE) is table_named("parcel")
        assert TABLE in tables()
        with pytest.raises(TableError, match="two tables are called parcel"):
            register(replace(TABLE))
    finally:
        module._tables.clear()
        module._tables.update(known)
    with pytest.raises(TableError, match="no table is called parcel"):
        table_named("parcel")


@pytest.mark.parametrize("wrong", [{"amount": 0}, {"source": ""}, {"en": ""}, {"name": ""}])
def test_a_clock_without_length_or_source_is_none(wrong: dict[str, Any]) -> None:
    sound = ClockSpec("c", "期限", "Clock", 1, Unit.HOURS, "art. 1", ClockKind.LEGAL)
    with pytest.raises(ValueError, match="clock"):
        replace(sound, **wrong)
