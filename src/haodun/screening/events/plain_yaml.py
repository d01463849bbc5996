"""YAML as nested texts with the line of each: no numbers, no booleans, no aliases, no key twice."""

from __future__ import annotations

from dataclasses import dataclass, field

import yaml

Place = tuple[str | int, ...]
"""The keys and positions that lead to a value."""


class PlainYamlError(ValueError):
    """A text that is no plain YAML; the message says the line and what is wrong there."""


@dataclass(slots=True)
class PlainYaml:
    """What a YAML text says, every scalar as the text it is written as.

    An unquoted `no`, `0571` or `+8657188000000` means false, 377 and 8657188000000 in YAML 1.1; here it stays text.
    """

    content: object = None
    lines: dict[Place, int] = field(default_factory=dict)
    """Line of each value, from 1."""

    @classmethod
    def parse(cls, text: str) -> PlainYaml:
        """Read a text; PlainYamlError where it is no YAML, or repeats a key, or uses an alias."""
        try:
            root = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.reader.ReaderError as error:
            raise PlainYamlError(f"character {error.position + 1} is not allowed in YAML") from error
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark
            place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
            raise PlainYamlError(f"{place}not YAML ({error.problem})") from error
        except RecursionError as error:
            raise PlainYamlError("nested too deeply") from error
        found = cls()
        if root is not None:
            found.content = found._value(root, (), set())
        return found

    def line(self, place: Place) -> int:
        """The line of a value, or of the nearest one around it."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)

    def _value(self, node: yaml.Node, place: Place, seen: set[int]) -> object:
        line = node.start_mark.line + 1
        self.lines.setdefault(place, line)
        if id(node) in seen:
            raise PlainYamlError(f"line {line}: an alias (*) is used; write the value out")
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, place, seen)
        if isinstance(node, yaml.SequenceNode):
            return [self._value(child, (*place, index), seen) for index, child in enumerate(node.value)]
        return str(node.value)

    def _mapping(self, node: yaml.MappingNode, place: Place, seen: set[int]) -> dict[str, object]:
        found: dict[str, object] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise PlainYamlError(f"line {line}: a key must be a name")
            name = str(key.value)
            if name in found:
                first = self.line((*place, name))
                raise PlainYamlError(f"line {line}: {name!r} is given twice, first in line {first}; keep one")
            self.lines[(*place, name)] = line
            found[name] = self._value(value, (*place, name), seen)
        return found
