"""Where calls come in: the trunks file, which says the class of each trunk and the numbers a line may show."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from haodun.numbering import IngressClass
from haodun.screening.events.event import Roaming

MAX_TRUNKS = 100_000
MAX_PERMITS = 10_000
"""Ranges of one trunk."""
MAX_TEXT = 16_777_216
"""Characters of a trunks file."""

ENTRY = re.compile(r"\+([1-9][0-9]{2,14})(?:-\+([1-9][0-9]{2,14}))?")
CLASSES = tuple(member.name.lower() for member in IngressClass)


class TrunksError(Exception):
    """A trunks file that cannot be used; the message says which file, which trunk, what to write."""

    exit_code = 3


class _Entry(BaseModel):
    """One trunk as written in the file."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    ingress: Literal["unknown", "international", "inter_network", "intra_network", "voice_line", "access"] = Field(
        alias="class", description="Where calls on this trunk come from."
    )
    permits: list[str] = Field(
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
    """Ranges of E.164 keys, both ends included; empty where nothing is on file."""
    default: int
    roaming: Roaming

    @property
    def registered(self) -> bool:
        """Whether its permitted numbers are on file."""
        return bool(self.permits)

    def permits_number(self, key: int) -> bool:
        """Whether a number may be shown on this line."""
        return any(low <= key <= high for low, high in self.permits)


class Trunks:
    """All trunks of a site."""

    def __init__(self, lines: Mapping[str, Line]) -> None:
        self._lines = dict(lines)

    @classmethod
    def parse(cls, text: str, name: str) -> Trunks:
        """Read a trunks file's text; TrunksError names the trunk and what to write instead."""
        if len(text) > MAX_TEXT:
            raise TrunksError(f"{name} is longer than {MAX_TEXT:,} characters; split the site")
        try:
            content = yaml.safe_load(text)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            place = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "somewhere"
            raise TrunksError(f"{name} is not YAML at {place}; compare it with docs/reference/trunks.md") from error
        except RecursionError as error:
            raise TrunksError(f"{name} is nested too deeply; a trunks file has three levels") from error
        try:
            file = _File.model_validate(content)
        except ValidationError as error:
            raise TrunksError(f"{name}: {_explain(error)}") from error
        return cls({trunk: _line(name, trunk, entry) for trunk, entry in file.trunks.items()})

    def __len__(self) -> int:
        return len(self._lines)

    def line(self, trunk: str) -> Line | None:
        """What is on file of a trunk, None if nothing."""
        return self._lines.get(trunk)

    def ingress(self, trunk: str) -> IngressClass:
        """The class of a trunk, UNKNOWN if it is not on file."""
        line = self._lines.get(trunk)
        return IngressClass.UNKNOWN if line is None else line.ingress

    def roaming(self, trunk: str) -> Roaming:
        """What the site knows of roaming on a trunk."""
        line = self._lines.get(trunk)
        return Roaming.UNKNOWN if line is None else line.roaming

    @property
    def digest(self) -> str:
        """SHA-256 in hex over everything that can change a verdict."""
        content = {
            trunk: [int(line.ingress), line.permits, line.default, int(line.roaming)]
            for trunk, line in sorted(self._lines.items())
        }
        return hashlib.sha256(json.dumps(content).encode("ascii")).hexdigest()


def _line(file: str, trunk: str, entry: _Entry) -> Line:
    default = _range(file, trunk, entry.default)[0] if entry.default else 0
    permits = tuple(sorted(_range(file, trunk, text) for text in entry.permits))
    return Line(IngressClass[entry.ingress.upper()], permits, default, Roaming[entry.roaming.upper()])


def _range(file: str, trunk: str, text: str) -> tuple[int, int]:
    found = ENTRY.fullmatch(text)
    if found is None:
        raise TrunksError(f"{file}: trunk {trunk}: {text!r} is no number; write +8657188000000 or +86…-+86…")
    low = int(found[1])
    high = int(found[2] or found[1])
    if high < low:
        raise TrunksError(f"{file}: trunk {trunk}: {text!r} ends before it begins; swap the two numbers")
    return low, high


def _explain(error: ValidationError) -> str:
    """The first problem in one sentence, with a suggestion where a word is nearly right."""
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"]) or "the file"
    given = str(first.get("input"))[:60]
    near = get_close_matches(given, CLASSES, 1)
    hint = f"; did you mean {near[0]!r}" if near else "; see docs/reference/trunks.md"
    return f"{place}: {first['msg']}, found {given!r}{hint}"
