"""Where the number page gets its lanes and events from: one small source a context, asked one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from haodun.console.formatting import Language
from haodun.console.reader import Reader


@dataclass(frozen=True, slots=True)
class Question:
    """What the page asks each source."""

    number: int
    """E.164 key."""
    subject: UUID
    """Its opaque id."""
    start: datetime
    end: datetime
    """Now."""
    reader: Reader

    @property
    def lang(self) -> Language:
        """Language of the answer."""
        return self.reader.lang

    def say(self, zh: str, en: str) -> str:
        """The words of the page's language."""
        return en if self.lang == "en" else zh


@dataclass(frozen=True, slots=True)
class Happening:
    """One event on the time line, in the words of the page's language."""

    at: datetime
    kind: str
    """holding, restriction, verdict, order, appeal, look: what the filter above the line chooses by."""
    tone: str
    icon: str
    title: str
    words: str = ""
    more: str = ""
    address: str = ""
    link: str = ""
    strong: bool = True
    """False: an everyday thing, quiet on the line."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A stretch of a lane."""

    start: datetime
    end: datetime | None
    """None: until now."""
    tone: str
    words: str


@dataclass(frozen=True, slots=True)
class Lane:
    """One lane: a name and its stretches."""

    name: str
    intervals: Sequence[Interval] = ()


@dataclass(frozen=True, slots=True)
class HourOfCalls:
    """What a number did in one hour as a caller."""

    at: datetime
    count: int
    high: bool
    """Some of the calls were not let through as they were."""


@dataclass(slots=True)
class Answer:
    """What one source knows."""

    lanes: list[Lane] = field(default_factory=list)
    happenings: list[Happening] = field(default_factory=list)
    hours: list[HourOfCalls] = field(default_factory=list)
    changes: list[datetime] = field(default_factory=list)
    """When the holder changed."""
    notes: list[str] = field(default_factory=list)
    """What the reader should know of the answer's limits."""


class NumberSource(Protocol):
    """A context that knows something of numbers. It answers only what the reader may see."""

    def answer(self, question: Question) -> Answer:
        """Its lanes and events between `start` and `end`."""


_sources: list[NumberSource] = []


def add_source(source: NumberSource) -> None:
    """Ask this source too, after those that are there; once each."""
    if source not in _sources:
        _sources.append(source)


def ask(question: Question) -> Answer:
    """The answers of all sources as one; events newest first."""
    whole = Answer()
    for source in _sources:
        found = source.answer(question)
        whole.lanes += found.lanes
        whole.happenings += [one for one in found.happenings if one.at >= question.start]
        whole.hours += found.hours
        whole.changes += found.changes
        whole.notes += found.notes
    whole.happenings.sort(key=lambda one: one.at, reverse=True)
    whole.changes.sort(reverse=True)
    return whole


def lane_rows(lanes: Iterable[Lane]) -> list[dict[str, Any]]:
    """Lanes as the drawing takes them."""
    return [
        {"name": lane.name, "intervals": [
            {"start": one.start, "end": one.end, "tone": one.tone, "words": one.words} for one in lane.intervals]}
        for lane in lanes
    ]  # fmt: skip


def by_day(happenings: Sequence[Happening], changes: Sequence[datetime], rule: str) -> Iterator[dict[str, Any]]:
    """Events in days as the part takes them; `rule` stands at each change of holder, and what is older is quiet.

    Both are newest first. Equal events that follow each other on a day were folded by their source.
    """
    from haodun.console.formatting import local

    pending, crossed = list(changes), 0
    day: dict[str, Any] | None = None
    for one in happenings:
        while pending and one.at < pending[0]:
            if day is not None:
                yield day
                day = None
            yield {"rule": rule.format(since=local(pending.pop(0)).strftime("%Y-%m-%d"))}
            crossed += 1
        if day is None or local(day["at"]).date() != local(one.at).date():
            if day is not None:
                yield day
            day = {"at": one.at, "events": []}
        shown = {
            name: getattr(one, name)
            for name in ("at", "kind", "tone", "icon", "title", "words", "more", "address", "link", "strong")
        }
        day["events"].append({**shown, "old": crossed > 0})
    if day is not None:
        yield day
