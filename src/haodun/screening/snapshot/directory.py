"""The trusted directory in a snapshot: which name a number's calls may show, and by which trunks they come.

A name alone lifts nothing and shows nothing: the number must stand on the list `trusted` at the time of the call, and
the call must come from where its holder calls (DESIGN.md §3, order of stages, trusted entries).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from haodun.screening.snapshot.columns import MAX_NUMBER
from haodun.screening.snapshot.errors import Code, SnapshotRefused

MAX_ENTRIES = 100_000
MAX_NUMBERS = 500
MAX_TRUNKS = 50
MAX_NAME = 60
"""Characters of a name."""

Words = Annotated[str, Field(min_length=1, max_length=MAX_NAME, pattern=r'^[^\x00-\x1f\x7f"\\<>]+$')]


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Name(_Frozen):
    """What a telephone shows."""

    zh: Words
    en: Words


class Named(_Frozen):
    """One entry: numbers of one holder under one name."""

    holder: Annotated[str, Field(max_length=120)]
    name: Name
    numbers: tuple[Annotated[int, Field(gt=0, le=MAX_NUMBER)], ...] = Field(min_length=1, max_length=MAX_NUMBERS)
    trunks: tuple[Annotated[str, Field(min_length=1, max_length=120)], ...] = Field(max_length=MAX_TRUNKS)
    until: Annotated[int, Field(ge=0, le=2**45)]
    """Seconds since the epoch."""


class _File(_Frozen):
    format: Annotated[int, Field(ge=1, le=1)]
    entries: tuple[Named, ...] = Field(max_length=MAX_ENTRIES)


class Directory:
    """The entries of a snapshot, by number."""

    def __init__(self, entries: Iterable[Named]) -> None:
        self.entries = tuple(entries)
        self._by_number = {number: entry for entry in self.entries for number in entry.numbers}

    @classmethod
    def parse(cls, text: str, *, name: str) -> Directory:
        """Read a directory part. Raises SnapshotRefused `directory`."""
        try:
            found = _File.model_validate_json(text)
        except ValidationError as error:
            problem = error.errors(include_url=False, include_input=False)[0]
            place = ".".join(map(str, problem["loc"]))[:120] or "the file"
            raise SnapshotRefused(
                Code.DIRECTORY, f"{name}: {place}: {problem['msg']}; build the snapshot again"
            ) from error
        made = cls(found.entries)
        if len(made) != sum(len(entry.numbers) for entry in found.entries):
            raise SnapshotRefused(Code.DIRECTORY, f"{name} names a number twice; build the snapshot again")
        return made

    def __len__(self) -> int:
        return len(self._by_number)

    def numbers(self) -> list[int]:
        """E.164 keys, ascending."""
        return sorted(self._by_number)

    def entry(self, number: int, time_ms: int) -> Named | None:
        """The entry under which a number stands at that time (ms since the epoch), None where none does."""
        found = self._by_number.get(number)
        return found if found is not None and time_ms < found.until * 1_000 else None

    def by_trunk(self) -> Mapping[str, tuple[int, ...]]:
        """Trunk to the numbers that call by it."""
        found: dict[str, set[int]] = defaultdict(set)
        for entry in self.entries:
            for trunk in entry.trunks:
                found[trunk].update(entry.numbers)
        return {trunk: tuple(sorted(numbers)) for trunk, numbers in found.items()}


def directory_text(entries: Iterable[Named]) -> str:
    """The one spelling of a directory: equal entries are equal bytes."""
    ordered = sorted(entries, key=lambda entry: entry.numbers)
    plain = {"entries": [entry.model_dump(mode="json") for entry in ordered], "format": 1}
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n"


def parsed_directory(text: str | None, *, name: str) -> Directory | None:
    """The directory of a snapshot. Raises SnapshotRefused `directory`."""
    return None if text is None else Directory.parse(text, name=name)
