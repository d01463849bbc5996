"""Take typed fields out of YAML nodes and collect what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime

from haodun.screening.policy.document import Document, Mapping, Node, Scalar, Sequence
from haodun.screening.policy.error import MAX_PROBLEMS, PolicyError, Problem, nearest, quoted

MAX_TITLE = 200
INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,14})")
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)?")
LANGUAGES = ("zh", "en")


class Notes:
    """The problems found so far in one file."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.problems: list[Problem] = []

    def add(self, node: Node, message: str, suggestion: str = "") -> None:
        """Note a problem at the start of a node."""
        self.add_at((node.line, node.column), message, suggestion)

    def add_at(self, place: tuple[int, int], message: str, suggestion: str = "") -> None:
        """Note a problem at a line and column."""
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(Problem(*place, message, suggestion))

    def raise_if_any(self) -> None:
        """Raise PolicyError with everything that was noted."""
        if self.problems:
            raise PolicyError(self.document.name, self.problems)


class Section:
    """A mapping whose keys are known; each `take` method notes a problem and gives an empty value where it must."""

    def __init__(self, node: Node, notes: Notes, *, what: str, keys: Iterable[str] | None) -> None:
        self.node = node
        self.notes = notes
        self.what = what
        self.fields: dict[str, Node] = {}
        self.keys: dict[str, Scalar] = {}
        if not isinstance(node, Mapping):
            notes.add(node, f"{what} must be a mapping of keys and values")
            return
        known = None if keys is None else frozenset(keys)
        for key, value in node.entries:
            if key.text in self.fields:
                notes.add(key, f"{what} has {quoted(key.text)} twice", "remove one")
            elif known is not None and key.text not in known:
                notes.add(key, f"{what} has no key {quoted(key.text)}", nearest(key.text, known))
            else:
                self.fields[key.text] = value
                self.keys[key.text] = key

    def scalar(self, key: str, *, required: bool = True) -> Scalar | None:
        """The text under a key."""
        node = self.fields.get(key)
        if node is None:
            if required and isinstance(self.node, Mapping):
                self.notes.add(self.node, f"{self.what} lacks {key}", f"add {key}:")
            return None
        if not isinstance(node, Scalar):
            self.notes.add(node, f"{key} must be a single value")
            return None
        if not node.text.strip():
            self.notes.add(node, f"{key} is empty")
            return None
        return node

    def text(self, key: str, pattern: re.Pattern[str], *, rule: str, required: bool = True) -> str:
        """A text that matches a pattern as a whole; `rule` says the pattern in words. '' where there is none."""
        found = self.scalar(key, required=required)
        if found is None:
            return ""
        if pattern.fullmatch(found.text) is None:
            self.notes.add(found, f"{key} {quoted(found.text)} is not allowed", rule)
            return ""
        return found.text

    def choice(self, key: str, options: Iterable[str], *, required: bool = True) -> str:
        """One of some words, '' where there is none."""
        found = self.scalar(key, required=required)
        if found is None:
            return ""
        known = tuple(options)
        if found.text not in known:
            hint = nearest(found.text, known) or f"it is one of {', '.join(known)}"
            self.notes.add(found, f"{key} cannot be {quoted(found.text)}", hint)
            return ""
        return found.text

    def texts(self, key: str, *, required: bool = True) -> tuple[str, ...]:
        """A list of short texts, at least one where required."""
        node = self.fields.get(key)
        if node is None and not required:
            return ()
        if not isinstance(node, Sequence) or (required and not node.items):
            self.notes.add(node or self.node, f"{self.what} needs {key}, a list with at least one text")
            return ()
        found = []
        for item in node.items:
            if isinstance(item, Scalar) and item.text.strip() and len(item.text) <= MAX_TITLE:
                found.append(item.text)
            else:
                self.notes.add(item, f"each of {key} must be a text of 1 to {MAX_TITLE} characters")
        return tuple(found)

    def titles(self, key: str, *, required: bool = True) -> dict[str, str]:
        """A text in Chinese and in English."""
        node = self.fields.get(key)
        if node is None:
            if required:
                self.notes.add(self.node, f"{self.what} lacks {key}", "add title: {zh: …, en: …}")
            return dict.fromkeys(LANGUAGES, "")
        inner = Section(node, self.notes, what=key, keys=LANGUAGES)
        found = {language: inner.scalar(language) for language in LANGUAGES}
        for scalar in found.values():
            if scalar is not None and len(scalar.text) > MAX_TITLE:
                self.notes.add(scalar, f"a title has at most {MAX_TITLE} characters")
        return {language: scalar.text if scalar else "" for language, scalar in found.items()}

    def date(self, key: str) -> int | None:
        """Milliseconds since the epoch of a date (its first moment, UTC) or a UTC time; None where there is none."""
        found = self.scalar(key, required=False)
        if found is None:
            return None
        moment = parse_date(found.text)
        if moment is None:
            self.notes.add(
                found, f"{key} {quoted(found.text)} is not a date", "write 2028-01-31 or 2028-01-31T12:00:00Z"
            )
        return moment

    def items(self, key: str) -> list[Node]:
        """The items of an optional list."""
        node = self.fields.get(key)
        if node is None:
            return []
        if not isinstance(node, Sequence):
            self.notes.add(node, f"{key} must be a list")
            return []
        return node.items

    def inner(self, key: str, *, keys: Iterable[str] | None) -> Section | None:
        """An optional mapping under a key."""
        node = self.fields.get(key)
        return None if node is None else Section(node, self.notes, what=key, keys=keys)


def parse_date(text: str) -> int | None:
    """Milliseconds since the epoch of `2028-01-31` or `2028-01-31T12:00:00Z`, None if it is neither.

    >>> parse_date("1970-01-02")
    86400000
    """
    if DATE.fullmatch(text) is None:
        return None
    try:
        moment = datetime.fromisoformat(text.removesuffix("Z")).replace(tzinfo=UTC)
    except ValueError:
        return None
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    between = moment - epoch
    return (between.days * 86_400 + between.seconds) * 1_000


def parse_integer(scalar: Scalar) -> int | None:
    """A plain decimal integer of at most 15 digits, None if it is none."""
    return int(scalar.text) if scalar.plain and INTEGER.fullmatch(scalar.text) else None
