"""Where calls come in: the trunks file, which says the class of each trunk and the numbers a line may show."""

from __future__ import annotations

import hashlib
import json
import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from haodun.numbering import IngressClass
from haodun.screening.events.event import Roaming
from haodun.screening.events.live_trunks import PROFILES, LiveEntry, LiveTrunk, SourceError, Sources, live_trunk
from haodun.screening.events.plain_yaml import Place, PlainYaml, PlainYamlError

MAX_TRUNKS = 100_000
MAX_PERMITS = 10_000
"""Ranges of one trunk."""
MAX_TEXT = 16_777_216
"""Characters of a trunks file."""

ENTRY = re.compile(r"\+([1-9][0-9]{2,14})(?:-\+([1-9][0-9]{2,14}))?")
CLASSES = tuple(member.name.lower() for member in IngressClass)
ROAMING = tuple(member.name.lower() for member in Roaming)
_WORDS = {
    "class": CLASSES,
    "roaming": ROAMING,
    "trust_identity": ("true", "false"),
    "go_on": ("redirect", "404", "480", "503"),
    "fail": ("open", "closed"),
    "profile": PROFILES,
    "unpermitted": ("refuse", "replace"),
}
"""Words to choose from, for the suggestion."""
KEYS = ("class", "permits", "default", "roaming", *LiveEntry.model_fields)


class TrunksError(Exception):
    """A trunks file that cannot be used; the message says which file, line and trunk, and what to write."""

    exit_code = 3


class _Entry(LiveEntry):
    """One trunk as written in the file."""

    ingress: Literal["unknown", "international", "inter_network", "intra_network", "voice_line", "access"] = Field(
        alias="class", description="Where calls on this trunk come from."
    )
    permits: list[Annotated[str, Field(json_schema_extra={"pattern": f"^{ENTRY.pattern}$"})]] = Field(
        default=[], max_length=MAX_PERMITS, description="Numbers this line may show: +E.164 or +first-+last."
    )
    default: str = Field(default="", description="The number to show where the caller's own is not permitted.")
    roaming: Literal["unknown", "no", "verified"] = Field(
        default="unknown", description="What the site knows of +86 mobiles on this trunk: checked as roaming or not."
    )


class _File(BaseModel):
    """The file."""

    model_config = ConfigDict(extra="forbid")

    trunks: dict[str, _Entry] = Field(max_length=MAX_TRUNKS, description="Trunk id as it stands in the call records.")


def trunks_schema() -> dict[str, Any]:
    """The JSON schema of a trunks file, as published in docs/reference/trunks.schema.json."""
    return _File.model_json_schema(by_alias=True)


@dataclass(frozen=True, slots=True)
class Line:
    """What one trunk is, and which numbers it may show."""

    ingress: IngressClass
    permits: tuple[tuple[int, int], ...]
    """Ranges of E.164 keys, both ends included, ascending, apart from each other; empty where nothing is on file."""
    default: int
    roaming: Roaming
    live: LiveTrunk = field(default_factory=LiveTrunk)
    """How a live edge serves it; no part of a verdict."""
    own: tuple[tuple[int, int], ...] = ()
    """Ranges like `permits` of trusted numbers whose holder calls by this trunk; others it may carry as before."""

    @property
    def registered(self) -> bool:
        """Whether its permitted numbers are on file."""
        return bool(self.permits)

    def permits_number(self, key: int) -> bool:
        """Whether a number may be shown on this line."""
        return _within(self.permits, key) or (bool(self.own) and _within(self.own, key))

    @property
    def shown(self) -> tuple[tuple[int, int], ...]:
        """All ranges of numbers that are at home on this line: on file, and the trusted directory's."""
        return self.permits if not self.own else _merged([*self.permits, *self.own])


class Trunks:
    """All trunks of a site."""

    def __init__(self, lines: Mapping[str, Line]) -> None:
        self._lines = dict(lines)
        self.sources = Sources({trunk: line.live for trunk, line in lines.items()})
        """Which trunk a live packet comes from."""

    @classmethod
    def parse(cls, text: str, name: str) -> Trunks:
        """Read a trunks file's text; TrunksError names the trunk and what to write instead."""
        if len(text) > MAX_TEXT:
            raise TrunksError(f"{name} is longer than {MAX_TEXT:,} characters; split the site")
        try:
            written = PlainYaml.parse(text)
            file = _File.model_validate(written.content)
        except PlainYamlError as error:
            raise TrunksError(f"{name}: {error}; compare it with docs/reference/trunks.md") from error
        except ValidationError as error:
            raise TrunksError(f"{name}: {_explain(error, written)}") from error
        lines = {}
        for trunk, entry in file.trunks.items():
            try:
                lines[trunk] = _line(entry)
            except _RangeError as error:
                line = written.line(("trunks", trunk, *error.place))
                raise TrunksError(f"{name}: line {line}: trunk {trunk}: {error}") from error
            except SourceError as error:
                line = written.line(("trunks", trunk, "sources", error.place))
                raise TrunksError(f"{name}: line {line}: trunk {trunk}: {error}") from error
        try:
            return cls(lines)
        except SourceError as error:
            raise TrunksError(f"{name}: {error}; a source belongs to one trunk") from error

    def __len__(self) -> int:
        return len(self._lines)

    def line(self, trunk: str) -> Line | None:
        """What is on file of a trunk, None if nothing."""
        return self._lines.get(trunk)

    def names(self) -> tuple[str, ...]:
        """The ids of all trunks, in the order of the file."""
        return tuple(self._lines)

    def ingress(self, trunk: str) -> IngressClass:
        """The class of a trunk, UNKNOWN if it is not on file."""
        line = self._lines.get(trunk)
        return IngressClass.UNKNOWN if line is None else line.ingress

    def roaming(self, trunk: str) -> Roaming:
        """What the site knows of roaming on a trunk."""
        line = self._lines.get(trunk)
        return Roaming.UNKNOWN if line is None else line.roaming

    def with_own(self, own: Mapping[str, Iterable[int]]) -> Trunks:
        """The same trunks, each also the home of these numbers (E.164 keys); trunks that are not on file stay so.

        A line whose permitted numbers are not on file does not become one that permits nothing else.
        """
        known = {trunk: numbers for trunk, numbers in own.items() if trunk in self._lines}
        if not known:
            return self
        lines = dict(self._lines)
        for trunk, numbers in known.items():
            lines[trunk] = replace(lines[trunk], own=_merged([(number, number) for number in numbers]))
        return Trunks(lines)

    @property
    def digest(self) -> str:
        """SHA-256 in hex over everything that can change a verdict."""
        content = {
            trunk: [
                *(int(line.ingress), line.permits, line.default, int(line.roaming)),
                *((line.own,) if line.own else ()),
            ]
            for trunk, line in sorted(self._lines.items())
        }
        return hashlib.sha256(json.dumps(content).encode("ascii")).hexdigest()


class _RangeError(ValueError):
    """A number or range that is none, and where in its trunk's entry it stands."""

    def __init__(self, message: str, place: Place) -> None:
        super().__init__(message)
        self.place = place


def _line(entry: _Entry) -> Line:
    default = _range(entry.default, ("default",))[0] if entry.default else 0
    permits = _merged([_range(text, ("permits", index)) for index, text in enumerate(entry.permits)])
    if entry.unpermitted == "replace" and not _within(tuple(permits), default):
        raise _RangeError("replacing needs a default that the line permits; write default: +…", ("unpermitted",))
    return Line(
        IngressClass[entry.ingress.upper()], permits, default, Roaming[entry.roaming.upper()], live_trunk(entry)
    )


def _range(text: str, place: Place) -> tuple[int, int]:
    found = ENTRY.fullmatch(text)
    if found is None:
        raise _RangeError(f"{text[:60]!r} is no number; write +8657188000000 or +8657188000000-+8657188000099", place)
    first, last = found[1], found[2] or found[1]
    if place == ("default",) and found[2]:
        raise _RangeError(f"{text!r} is a range; the default is one number", place)
    if len(first) != len(last):
        raise _RangeError(f"{text!r} joins numbers of different length; write one range for each length", place)
    if int(last) < int(first):
        raise _RangeError(f"{text!r} ends before it begins; swap the two numbers", place)
    return int(first), int(last)


def _within(ranges: tuple[tuple[int, int], ...], key: int) -> bool:
    position = bisect_right(ranges, key, key=lambda permitted: permitted[0]) - 1
    return position >= 0 and key <= ranges[position][1]


def _merged(ranges: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """The same numbers in ascending ranges that do not touch, so that a look-up is one bisection."""
    merged: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], high))
        else:
            merged.append((low, high))
    return tuple(merged)


def _explain(error: ValidationError, written: PlainYaml) -> str:
    """The most telling problem in one sentence, with a suggestion where a word is nearly right."""
    problems = sorted(error.errors(), key=lambda problem: problem["type"] != "extra_forbidden")
    place: Place = tuple(problems[0]["loc"])
    where = f"line {written.line(place)}: " + (".".join(map(str, place)) or "the file")
    if not place:
        return f"{where} has no trunks; begin with 'trunks:', see docs/reference/trunks.md"
    if problems[0]["type"] == "extra_forbidden":
        known = KEYS if len(place) > 1 else ("trunks",)
        return f"{where}: there is no such key{_near(str(place[-1]), known)}"
    given = str(problems[0].get("input"))
    words = _WORDS.get(str(place[-1]), ())
    return f"{where}: {problems[0]['msg']}, found {given[:60]!r}{_near(given[:60], words)}"


def _near(word: str, known: tuple[str, ...]) -> str:
    """The nearest known word, as the end of a sentence."""
    near = get_close_matches(word, known, 1)
    return f"; did you mean {near[0]!r}" if near else "; see docs/reference/trunks.md"
