"""Two screeners side by side: the one that defines every verdict, and the compiled one."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pytest

from haodun.edge.batch import Settings, run_screen
from haodun.lab.country import generate, load_scenario, write
from haodun.numbering import load_plan
from haodun.screening.events import Decision, Event, EventKind, Trunks, read_events
from haodun.screening.kernel import Parameters
from haodun.screening.policy import Policy
from haodun.screening.verdicts import Mode, Screener, Verdict
from haodun.screening.verdicts.fast import FastScreener, Texts

CALLS = 900
KEY = bytes(range(32))
CROWDED = Parameters(capacity=300, max_open_calls=100, max_repeats=120)


@dataclass
class Pair:
    """Both screeners under one policy."""

    plain: Screener
    fast: FastScreener

    @classmethod
    def of(
        cls,
        policy: Policy,
        trunks: Trunks,
        *,
        mode: Mode = Mode.ENFORCE,
        parameters: Parameters = CROWDED,
        key: bytes = KEY,
    ) -> Pair:
        plan = load_plan(policy.home)
        return cls(
            Screener(
                policy=policy,
                plan=plan,
                trunks=trunks,
                parameters=parameters,
                mode=mode,
                site_key=key,
                run_id="test",
            ),
            FastScreener(
                policy=policy,
                plan=plan,
                trunks=trunks,
                parameters=parameters,
                mode=mode,
                site_key=key,
                run_id="test",
            ),
        )

    def expected(self, events: Sequence[Event]) -> list[Verdict]:
        """The plain screener's verdicts."""
        return [verdict for event in events if (verdict := self.plain.take(event)) is not None]

    def found(self, events: Sequence[Event]) -> list[Verdict]:
        """The compiled screener's, judged as one batch."""
        packed = self.fast.packer.pack(events)
        return self.fast.verdicts(packed, self.fast.judge(packed), texts_of(events))

    def take(self, event: Event, *, given: Decision | None = None) -> Verdict | None:
        """What both say of one event; they say the same."""
        expected = self.plain.take(event, given=given)
        assert self.fast.take(event, given=given) == expected
        return expected


def texts_of(events: Sequence[Event]) -> Texts:
    """What events say in words, as columns."""
    return Texts(
        *(
            pa.array([getattr(event, name) for event in events], pa.string())
            for name in ("call_id", "source", "caller_text", "trunk")
        )
    )


@dataclass(frozen=True)
class Country:
    """A small country's events, some live, late, repeated and out of order, and its trunks."""

    events: list[Event]
    trunks: Trunks


@pytest.fixture(scope="session")
def country() -> Iterator[Country]:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        records, _, trunks = write(
            generate(load_scenario("country"), calls=CALLS, seed=5), format="parquet", out=place
        )[:3]
        run_screen(Settings(calls=[str(records)], trunks=trunks, out=place / "run"))
        plain = list(read_events(next((place / "run").glob("input*"))))
        yield Country(disturbed(plain), Trunks.parse(trunks.read_text(encoding="utf-8"), "trunks.yaml"))


def disturbed(plain: Sequence[Event]) -> list[Event]:
    """The events as a bad day brings them: half of the attempts live, and their records after them."""
    chance = random.Random(7)
    events: list[Event] = []
    for event in plain:
        if event.kind is EventKind.ATTEMPT and chance.random() < 0.5:
            live = event._replace(live=True, transaction="t", time_ms=event.time_ms - chance.choice((0, 0, 400_000)))
            events.append(live)
            if chance.random() < 0.3:
                events.append(event)
        else:
            events.append(event)
        if chance.random() < 0.05:
            events.append(events[-1])
    for start in range(0, len(events), 20):
        part = events[start : start + 20]
        chance.shuffle(part)
        events[start : start + 20] = part
    return [event._replace(number=number) for number, event in enumerate(events, 1)]
