"""Read YAML into nodes that know their place: no aliases, no tags, no depth or size beyond named limits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml

from haodun.screening.policy.error import PolicyError, Problem, quoted

MAX_TEXT = 4_000_000
"""Characters of a policy or test file."""
MAX_NESTING = 12
MAX_NODES = 400_000

_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Scalar:
    """One piece of text."""

    line: int
    column: int
    text: str
    plain: bool
    """Written without quotes and not as a block."""
    start: int
    """Offset in the file of the value, behind an opening quote or block sign."""


@dataclass(slots=True)
class Mapping:
    """Keys and values in the order of the file; a key may still stand twice."""

    line: int
    column: int
    entries: list[tuple[Scalar, Node]] = field(default_factory=list)


@dataclass(slots=True)
class Sequence:
    """A list."""

    line: int
    column: int
    items: list[Node] = field(default_factory=list)


Node = Scalar | Mapping | Sequence


@dataclass(slots=True)
class Document:
    """A file's text and its only document."""

    name: str
    text: str
    root: Node
    lines: list[int]
    """Offset of each line's first character."""

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column, from 1, of an offset in the text."""
        low, high = 0, len(self.lines)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self.lines[middle] <= offset else (low, middle)
        return low + 1, offset - self.lines[low] + 1

    def place_in(self, scalar: Scalar, offset: int) -> tuple[int, int]:
        """Line and column, from 1, of an offset in a scalar's value, whatever the style it is written in.

        YAML may fold lines and take off indentation, but it keeps every visible character and their order.
        """
        source = scalar.start
        for character in scalar.text[:offset]:
            if not character.isspace():
                source = self.text.find(character, source) + 1
                if source == 0:
                    return scalar.line, scalar.column
        following = scalar.text[offset : offset + 1].strip()
        return self.place(max(source, self.text.find(following, source)) if following else source)


def read_document(text: str, *, name: str) -> Document:
    """The only document of a YAML text. Raises PolicyError with the place, and nothing else."""
    if len(text) > MAX_TEXT:
        raise PolicyError(
            name, [Problem(0, 0, f"is longer than {MAX_TEXT} characters", "move numbers into a list file")]
        )
    lines = [0, *(found.end() for found in _BREAK.finditer(text))]
    try:
        root = _compose(text, name, lines)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        raise PolicyError(name, [Problem(*place, f"is not YAML: {quoted(error.problem or 'unreadable')}")]) from error
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        if isinstance(error, PolicyError):
            raise
        raise PolicyError(name, [Problem(0, 0, f"is not YAML: {quoted(str(error))}")]) from error
    return Document(name, text, root, lines)


def _compose(text: str, name: str, lines: list[int]) -> Node:
    open_nodes: list[Mapping | Sequence] = []
    keys: list[Scalar | None] = []
    root: Node | None = None
    count = 0
    for event in _events(text):
        mark = event.start_mark
        place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        if isinstance(event, yaml.AliasEvent):
            raise PolicyError(name, [Problem(*place, "YAML aliases are not allowed", "write the value again")])
        if isinstance(event, yaml.NodeEvent) and event.anchor is not None:
            raise PolicyError(
                name, [Problem(*place, "YAML anchors are not allowed", "remove the word that starts with &")]
            )
        if isinstance(event, yaml.CollectionEndEvent):
            open_nodes.pop()
            keys.pop()
            continue
        if not isinstance(event, yaml.NodeEvent):
            continue
        count += 1
        _limits(name, place, count=count, depth=len(open_nodes), tag=_explicit_tag(event))
        if root is not None and not open_nodes:
            raise PolicyError(name, [Problem(*place, "a second document starts here", "keep one document in a file")])
        node = _node(event, place, document=text, lines=lines)
        root = root or node
        _attach(name, node, open_nodes, keys=keys)
        if not isinstance(node, Scalar):
            open_nodes.append(node)
            keys.append(None)
    if root is None:
        raise PolicyError(name, [Problem(1, 1, "is empty", "start from a shipped pack")])
    return root


def _events(text: str) -> Iterator[yaml.Event]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    events: Iterator[yaml.Event] = yaml.parse(text, Loader=loader)
    return events


def _explicit_tag(event: yaml.NodeEvent) -> bool:
    return getattr(event, "tag", None) is not None


def _limits(name: str, place: tuple[int, int], *, count: int, depth: int, tag: bool) -> None:
    if depth > MAX_NESTING:
        raise PolicyError(name, [Problem(*place, f"is nested more than {MAX_NESTING} deep")])
    if count > MAX_NODES:
        raise PolicyError(name, [Problem(*place, f"has more than {MAX_NODES} values", "move numbers into a list file")])
    if tag:
        raise PolicyError(name, [Problem(*place, "YAML tags are not allowed", "remove the word that starts with !")])


def _node(event: yaml.NodeEvent, place: tuple[int, int], *, document: str, lines: list[int]) -> Node:
    line, column = place[0] - 1, place[1] - 1
    if isinstance(event, yaml.MappingStartEvent):
        return Mapping(*place)
    if not isinstance(event, yaml.ScalarEvent):
        return Sequence(*place)
    start = lines[min(line, len(lines) - 1)] + column
    if event.style in ("|", ">"):  # the value begins below the sign
        start = lines[min(line + 1, len(lines) - 1)]
    elif event.style in ("'", '"'):
        start += 1
    return Scalar(*place, event.value, event.style in (None, ""), min(start, len(document)))


def _attach(name: str, node: Node, open_nodes: list[Mapping | Sequence], *, keys: list[Scalar | None]) -> None:
    if not open_nodes:
        return
    parent = open_nodes[-1]
    if isinstance(parent, Sequence):
        parent.items.append(node)
        return
    key = keys[-1]
    if key is not None:
        parent.entries.append((key, node))
        keys[-1] = None
    elif isinstance(node, Scalar):
        keys[-1] = node
    else:
        raise PolicyError(name, [Problem(node.line, node.column, "a key must be a word", "write key: value")])
