"""Read a scenario file, and say where it is wrong: file, line, key, and what was probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from haodun.lab.country.errors import ScenarioError
from haodun.lab.country.places import PROVINCES, known_regions
from haodun.lab.country.scenario import SCENARIO_JSON_SCHEMA, Habit, NumberSource, Scenario

MAX_BYTES = 1_000_000
MAX_DEPTH = 16
MAX_NODES = 50_000
SHIPPED = ("country", "quiet", "heldout")
"""Scenarios that come with Haodun. `country` is for training: measure a policy on `heldout`, and tune none on that."""

Path_ = tuple[str | int, ...]


def load_scenario(source: str | Path | None = None) -> Scenario:
    """A shipped scenario by name (`country`, the default, `quiet`, `heldout`), or a YAML file.

    Raises ScenarioError: one sentence with file, line, key and what to do.
    """
    if source is None or str(source) in SHIPPED:
        name = f"{source or SHIPPED[0]}.yaml"
        return parse_scenario((resources.files("haodun.lab.country") / "scenarios" / name).read_bytes(), name)
    path = Path(source)
    if not path.is_file():
        near = difflib.get_close_matches(str(source), SHIPPED, n=1)
        hint = f"did you mean {near[0]!r}" if near else f"give a YAML file or one of {', '.join(SHIPPED)}"
        raise ScenarioError(f"{source}: there is no such scenario; {hint}.")
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ScenarioError(f"{path}: the file cannot be read ({error.strerror}); check its permissions.") from error
    return parse_scenario(data, str(path))


def parse_scenario(data: bytes, name: str) -> Scenario:
    """A scenario from the bytes of a YAML file called `name`. Raises ScenarioError."""
    if len(data) > MAX_BYTES:
        raise ScenarioError(f"{name}: a scenario may have {MAX_BYTES:,} bytes; this one is longer.")
    node = _compose(data, name)
    lines = dict(_lines(node, ()))
    try:
        content = yaml.SafeLoader("").construct_document(node)
    except (yaml.YAMLError, ValueError) as error:
        raise ScenarioError(f"{name}: {_one_line(error)}; write plain texts, numbers, lists and maps.") from error
    try:
        scenario = Scenario.model_validate(content)
    except ValidationError as error:
        found = error.errors(include_url=False)
        # A key misspelt is also a key missing; the misspelling is the one to tell.
        first = next((one for one in found if one["type"] == "extra_forbidden"), found[0])
        raise ScenarioError(_sentence(first, name=name, lines=lines)) from error
    for where, problem in _cross_check(scenario):
        raise ScenarioError(f"{name}, line {_line(lines, where)}: {_key(where)}: {problem}")
    return scenario


def _compose(data: bytes, name: str) -> yaml.Node:
    """The YAML tree, bounded in depth and size, without aliases (a few can stand for billions of nodes)."""
    depth = nodes = 0
    try:
        text = data.decode("utf-8-sig")
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            nodes += 1
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            line = event.start_mark.line + 1 if event.start_mark else 1
            if isinstance(event, yaml.AliasEvent):
                raise ScenarioError(f"{name}, line {line}: YAML aliases are not allowed; write the value out.")
            if depth > MAX_DEPTH or nodes > MAX_NODES:
                raise ScenarioError(
                    f"{name}, line {line}: the file is too deep or too long; see the scenario reference."
                )
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except UnicodeDecodeError as error:
        raise ScenarioError(f"{name}: byte {error.start} is not UTF-8; save the file as UTF-8.") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ScenarioError(f"{name}, line {line}: no YAML ({error.problem}); check indentation and quotes.") from error
    except yaml.YAMLError as error:
        raise ScenarioError(f"{name}: no YAML ({_one_line(error)}).") from error
    if not isinstance(node, yaml.MappingNode):
        raise ScenarioError(f"{name}, line 1: a scenario is a map of keys; start with `version: 1`.")
    _refuse_doubles(node, name)
    return node


def _refuse_doubles(node: yaml.Node, name: str) -> None:
    """A key given twice would silently win."""
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _refuse_doubles(item, name)
    if not isinstance(node, yaml.MappingNode):
        return
    seen: set[str] = set()
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise ScenarioError(f"{name}, line {key.start_mark.line + 1}: a key must be a plain text.")
        if key.value in seen:
            raise ScenarioError(f"{name}, line {key.start_mark.line + 1}: {key.value}: given twice; keep one.")
        seen.add(key.value)
        _refuse_doubles(value, name)


def _lines(node: yaml.Node, path: Path_) -> Iterator[tuple[Path_, int]]:
    yield path, node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            for where, line in _lines(value, (*path, str(key.value))):
                yield where, key.start_mark.line + 1 if where == (*path, str(key.value)) else line
    elif isinstance(node, yaml.SequenceNode):
        for position, item in enumerate(node.value):
            yield from _lines(item, (*path, position))


def _line(lines: dict[Path_, int], where: Path_) -> int:
    """The line of a place, or of the nearest thing around it."""
    while where and where not in lines:
        where = where[:-1]
    return lines.get(where, 1)


def _key(where: Iterable[str | int]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in where).lstrip(".")


def _sentence(error: ErrorDetails, *, name: str, lines: dict[Path_, int]) -> str:
    where: Path_ = tuple(part for part in error["loc"] if part != "[key]")
    place = f"{name}, line {_line(lines, where)}: {_key(where) or 'the scenario'}"
    context: dict[str, Any] = error.get("ctx", {})
    if error["type"] == "extra_forbidden":
        return f"{place}: unknown key; {_meant(str(where[-1]))}."
    if error["type"] == "missing":
        return f"{place}: this key is missing; add it."
    if error["type"] == "literal_error":
        near = difflib.get_close_matches(
            str(error["input"]), str(context["expected"]).replace("'", "").split(", "), n=1
        )
        hint = f"did you mean {near[0]!r}? " if near else ""
        return f"{place}: {error['input']!r:.60} is not known; {hint}write {context['expected']}."
    message = error["msg"].removeprefix("Value error, ")
    return f"{place}: {message[:1].lower()}{message[1:]}, not {error['input']!r:.60}; see the scenario reference."


def _meant(key: str) -> str:
    words = {
        word
        for part in (SCENARIO_JSON_SCHEMA, *SCENARIO_JSON_SCHEMA["$defs"].values())
        for word in part.get("properties", {})
    }
    near = difflib.get_close_matches(key, sorted(words), n=1)
    return f"did you mean {near[0]!r}" if near else "remove it, or see the scenario reference"


def _cross_check(scenario: Scenario) -> Iterator[tuple[Path_, str]]:
    """What one value says of another."""
    for code in scenario.provinces:
        if code not in PROVINCES:
            known = ", ".join(PROVINCES)
            yield ("provinces", code), f"no province of the mainland has this GB/T 2260 code; use one of {known}."
    for field in ("foreign", "premium"):
        for region in getattr(scenario, field):
            if region not in known_regions():
                yield (field, region), "no such region abroad; use ISO 3166 codes such as US."
    names: set[str] = set()
    for field in ("populations", "campaigns"):
        for position, habit in enumerate(getattr(scenario, field)):
            if habit.name in names:
                yield (field, position, "name"), f"{habit.name!r} is taken; give each group a name of its own."
            names.add(habit.name)
            yield from _check_habit(scenario, (field, position), habit)
    if scenario.campaign_share > 0 and not scenario.campaigns:
        yield ("campaign_share",), "there are no campaigns; write 0, or add one."


def _check_habit(scenario: Scenario, where: Path_, habit: Habit) -> Iterator[tuple[Path_, str]]:
    if habit.curve not in scenario.curves:
        near = difflib.get_close_matches(habit.curve, scenario.curves, n=1)
        hint = f"did you mean {near[0]!r}" if near else "add it to curves"
        yield (*where, "curve"), f"there is no curve {habit.curve!r}; {hint}."
    if habit.callees.premium > 0 and not scenario.premium:
        yield (*where, "callees", "premium"), "the scenario names no premium regions; fill `premium`."
    yield from _check_sources(scenario, (*where, "numbers"), habit.numbers)


def _check_sources(scenario: Scenario, where: Path_, sources: Iterable[NumberSource]) -> Iterator[tuple[Path_, str]]:
    for position, source in enumerate(sources):
        for code in source.provinces:
            if code not in scenario.provinces:
                yield (*where, position, "provinces"), f"{code!r} is not among the scenario's provinces."
        for region in source.regions:
            if region not in known_regions():
                yield (*where, position, "regions", region), "no such region abroad; use ISO 3166 codes such as US."


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
